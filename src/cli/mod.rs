//! The command line: arguments → library → streams. One file a subcommand; the library never sees an argument.

#![cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands that were left out use it"))]

mod analyze;
mod args;
mod batches;
#[cfg(feature = "cli")]
mod calibrate;
#[cfg(feature = "cli")]
mod chart;
mod clock;
mod colour;
mod columns;
#[cfg(feature = "cli")]
mod completions;
mod config;
mod exit;
mod explain;
mod filter;
#[cfg(feature = "cli")]
mod fit;
mod gate;
mod help;
#[cfg(feature = "cli")]
mod history;
mod input;
mod listing;
#[cfg(feature = "cli")]
mod man;
mod names;
mod next;
mod output;
#[cfg(feature = "cli")]
mod plans;
mod reader;
#[cfg(feature = "cli")]
mod report;
mod rules;
#[cfg(feature = "cli")]
mod run;
mod say;
#[cfg(feature = "cli")]
mod schema;
mod screen;
#[cfg(feature = "cli")]
mod search;
#[cfg(feature = "cli")]
mod session;
mod shard;
#[cfg(feature = "cli")]
mod simulate;
mod threads;
mod tidy;
mod version;

pub use exit::Exit;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Under which headings the help of every command lists what it shares with others.
const INPUT: &str = "Input";
/// As [`INPUT`]: what is assumed of the bug.
const MODEL: &str = "Model";
/// As [`INPUT`]: what is printed and written.
const OUTPUT: &str = "Output";
/// As [`INPUT`]: what every command understands.
const GLOBAL: &str = "Global options";

/// How sure is this bisection? Bayesian statistics for bisections of flaky failures.
#[derive(Debug, Parser)]
#[command(version = version::VERSION.as_str(), about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    loudness: say::Loudness,
    #[command(flatten)]
    config: config::Config,
    #[command(flatten)]
    colour: colour::Colour,
}

/// The commands, one a line, some with the feature without which they are left out.
macro_rules! commands {
    ($($(#[$when:meta])? $name:ident($args:ty),)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$when])? $name($args),)*
        }

        impl Command {
            fn run(&self) -> Exit {
                match self {
                    $($(#[$when])? Self::$name(command) => command.run(),)*
                }
            }
        }
    };
}

commands! {
    Analyze(analyze::Analyze),
    #[cfg(feature = "cli")]
    Calibrate(calibrate::Calibrate),
    #[cfg(feature = "cli")]
    Chart(chart::Chart),
    #[cfg(feature = "cli")]
    Completions(completions::Completions),
    Explain(explain::Explain),
    #[cfg(feature = "cli")]
    Fit(fit::Fit),
    Gate(gate::Gate),
    #[cfg(feature = "cli")]
    History(history::History),
    #[cfg(feature = "cli")]
    Man(man::Man),
    Next(next::Next),
    #[cfg(feature = "cli")]
    Plans(plans::Plans),
    #[cfg(feature = "cli")]
    Report(report::Report),
    Rules(rules::Rules),
    #[cfg(feature = "cli")]
    Run(Box<run::Run>),
    #[cfg(feature = "cli")]
    Schema(schema::Schema),
    #[cfg(feature = "cli")]
    Session(session::Session),
    #[cfg(feature = "cli")]
    Simulate(simulate::Simulate),
}

impl Command {
    /// Why two options cannot go together, where clap cannot tell.
    fn conflict(&self) -> Option<String> {
        match self {
            Self::Analyze(analyze) => analyze.conflict(),
            _ => None,
        }
    }
}

impl Cli {
    /// The command; the gate's policy is in the file that the options come from.
    fn chosen(mut self) -> Command {
        if let Command::Gate(gate) = &mut self.command {
            gate.config = self.config;
        }
        self.command
    }
}

/// The arguments that are understood, with everything that their help says.
fn command() -> clap::Command {
    help::with_sections(Cli::command(), "")
}

/// Parses the arguments and runs the command.
#[must_use]
pub fn main() -> Exit {
    colour::obey_environment();
    let cli = match args::read(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(refusal) => return refusal.tell(),
    };
    if let Some((columns, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
        crate::finding::render::set_width(columns.0.into());
    }
    let since = std::time::Instant::now();
    let exit = cli.chosen().run();
    say::detail(&format!("done after {:.1} s", since.elapsed().as_secs_f64()));
    exit
}
