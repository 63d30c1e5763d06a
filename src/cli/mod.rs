//! The command line: arguments → library → streams. One file a subcommand; the library never sees an argument.

mod analyze;
mod batches;
mod calibrate;
mod chart;
mod clock;
mod completions;
mod exit;
mod explain;
mod filter;
mod fit;
mod gate;
mod history;
mod input;
mod man;
mod names;
mod next;
mod plans;
mod reader;
mod report;
mod rules;
mod run;
mod screen;
mod search;
mod session;
mod shard;
mod simulate;
mod tidy;

pub use exit::Exit;

use clap::{ColorChoice, CommandFactory as _, Parser, Subcommand};

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

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(analyze::Analyze),
    Calibrate(calibrate::Calibrate),
    Chart(chart::Chart),
    Completions(completions::Completions),
    Explain(explain::Explain),
    Fit(fit::Fit),
    Gate(gate::Gate),
    History(history::History),
    Man(man::Man),
    Next(next::Next),
    Plans(plans::Plans),
    Report(report::Report),
    Rules(rules::Rules),
    Run(Box<run::Run>),
    Session(session::Session),
    Simulate(simulate::Simulate),
}

/// The arguments that are understood, for what is generated from them.
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
    match cli.command {
        Command::Analyze(command) => command.run(),
        Command::Calibrate(command) => command.run(),
        Command::Chart(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Fit(command) => command.run(),
        Command::Gate(command) => command.run(),
        Command::History(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Next(command) => command.run(),
        Command::Plans(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Run(command) => command.run(),
        Command::Session(command) => command.run(),
        Command::Simulate(command) => command.run(),
    }
}
