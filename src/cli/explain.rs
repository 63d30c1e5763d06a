//! `explain`: what a rule means.

use clap::{Args, ValueEnum};

use crate::finding::{RULES, Rule, nearest, rule};
use crate::report::rules;

use super::Exit;
use super::input::{complain, print};

/// Explain a rule: what it finds, why that matters, an example from a log, what to do, and where it ends.
#[derive(Debug, Args)]
pub struct Explain {
    /// Its code or name, for example BS201 or single-crash-verdict
    #[arg(required_unless_present = "all", value_name = "RULE")]
    rule: Option<String>,
    /// Explain every rule
    #[arg(long, conflicts_with = "rule")]
    all: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For documents; all rules make docs/rules.md
    Markdown,
}

impl Explain {
    pub(super) fn run(&self) -> Exit {
        let Some(name) = &self.rule else { return write(&all(self.format)) };
        if let Some(rule) = rule(name) {
            return write(&one(rule, self.format));
        }
        complain(&unknown(name));
        Exit::Failed
    }
}

fn write(text: &str) -> Exit {
    print(|out| out.write_all(text.as_bytes()))
}

fn one(rule: &Rule, format: Format) -> String {
    match format {
        Format::Text => rules::page(rule),
        Format::Markdown => rules::page_markdown(rule),
    }
}

fn all(format: Format) -> String {
    match format {
        Format::Text => RULES.iter().map(rules::page).collect::<Vec<_>>().join("\n\n"),
        Format::Markdown => rules::pages_markdown(),
    }
}

fn unknown(name: &str) -> String {
    let hint = match nearest(name) {
        Some(rule) => format!("did you mean {} {}?", rule.name.code, rule.name.name),
        None => "`bisectstat rules` lists them".to_owned(),
    };
    format!("found {name:?}, expected the code or name of a rule: {hint}")
}
