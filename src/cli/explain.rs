//! `explain`: what a rule means.

use clap::{Args, ValueEnum};

use crate::analysis::finding::RuleName;
use crate::finding::{Docs, RULES, Rule, nearest, rule};
use crate::gate::format::{CODES, Code};
use crate::report::rules;

use super::Exit;
use super::input::print;
use super::say::complain;

/// Explain a rule: what it finds, why that matters, an example, what to do, its limits.
#[derive(Debug, Args)]
pub struct Explain {
    /// Its code or name, for example BS201 or single-crash-verdict, or `all`
    #[arg(value_name = "RULE")]
    rule: String,
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For documents; all rules make docs/rules.md
    Markdown,
}

/// Every rule, as the policy calls them.
const ALL: &str = "all";

impl Explain {
    pub(super) fn run(&self) -> Exit {
        match (self.rule.as_str(), named(&self.rule)) {
            (ALL, _) => write(&all(self.format)),
            (_, Some(page)) => write(&page.write(self.format)),
            (unknown, None) => {
                complain(&self::unknown(unknown));
                Exit::Failed
            }
        }
    }
}

fn write(text: &str) -> Exit {
    print(|out| out.write_all(text.as_bytes()))
}

/// What can be explained.
struct Page {
    name: RuleName,
    severity: String,
    docs: &'static Docs,
}

impl Page {
    fn of(rule: &'static Rule) -> Self {
        Self { name: rule.name, severity: rule.severity_range(), docs: &rule.docs }
    }

    fn write(&self, format: Format) -> String {
        let write = match format {
            Format::Text => rules::page,
            Format::Markdown => rules::page_markdown,
        };
        write(self.name, &self.severity, self.docs)
    }
}

/// A rule's page, or that of a code which only the gate's formats tell.
fn named(name: &str) -> Option<Page> {
    let code = || CODES.iter().find(|code| code.name.code.eq_ignore_ascii_case(name) || code.name.name == name);
    let of_code = |code: &'static Code| Page { name: code.name, severity: "error".to_owned(), docs: &code.docs };
    rule(name).map(Page::of).or_else(|| code().map(of_code))
}

fn all(format: Format) -> String {
    match format {
        Format::Text => RULES.iter().map(|rule| Page::of(rule).write(format)).collect::<Vec<_>>().join("\n\n"),
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
