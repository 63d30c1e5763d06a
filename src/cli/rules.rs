//! `rules`: what can be found.

use clap::{Args, ValueEnum};

use crate::report::rules;

use super::Exit;
use super::input::print;

/// List the rules: what makes a bisection suspicious.
#[derive(Debug, Args)]
pub struct Rules {
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
    /// A table
    Markdown,
}

impl Rules {
    pub(super) fn run(&self) -> Exit {
        print(|out| match self.format {
            Format::Text => out.write_all(rules::list().as_bytes()),
            Format::Json => rules::list_json(out),
            Format::Markdown => out.write_all(rules::list_markdown().as_bytes()),
        })
    }
}
