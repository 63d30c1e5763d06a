//! The command line: arguments → library → streams. One file a subcommand; the library never sees an argument.

#![cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands that were left out use it"))]

mod analyze;
mod batches;
#[cfg(feature = "cli")]
mod calibrate;
#[cfg(feature = "cli")]
mod chart;
mod clock;
mod columns;
#[cfg(feature = "cli")]
mod completions;
mod exit;
mod explain;
mod filter;
#[cfg(feature = "cli")]
mod fit;
mod gate;
#[cfg(feature = "cli")]
mod history;
mod input;
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
mod tidy;

pub use exit::Exit;

#[cfg(feature = "cli")]
use clap::CommandFactory as _;
use clap::{ColorChoice, Parser, Subcommand};

/// How sure is this bisection? Bayesian statistics for bisections of flaky failures.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = Exit::TABLE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colour; NO_COLOR turns it off
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 1000)]
    color: ColorChoice,
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

/// The arguments that are understood, for what is generated from them.
#[cfg(feature = "cli")]
fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments and runs the command.
#[must_use]
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed } else { Exit::Success };
        }
    };
    match cli.color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    if let Some((columns, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
        crate::finding::render::set_width(columns.0.into());
    }
    cli.command.run()
}
