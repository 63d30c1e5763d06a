//! The rules for readers: a list, and each rule's page. The pages are the rules' own comments.

use std::fmt::Write as _;
use std::io::{self, Write};

use annotate_snippets::renderer::Style;
use comfy_table::Cell;
use serde::Serialize;

use crate::analysis::finding::RuleName;
use crate::finding::{Docs, RULES, Rule};
use crate::prob::json::to_writer_pretty;

use super::text::table::table;

const BOLD: Style = Style::new().bold();

/// What stands above the pages.
const INTRODUCTION: &str = "\
# Rules

What `bisectstat analyze` and `gate` can find. `bisectstat explain BS201` prints one page, `bisectstat rules` the list. This file is
made by `bisectstat explain all --format markdown`; the last section is added by hand.

A rule looks at what the posterior says, not at bare counts; its severity follows from what hangs on it. `p` is the probability that
the finding matters. Each page says what of: that is lowered to the probability that the named commit is not to blame (one less `p_right`,
else one less `p_named`), because a wrong verdict harms nobody where the result stands without it. So a single-crash verdict that the
rest of the log confirms is a note, and one that the result hangs on is an error. Where no commit is named there is no result to
fall, and a warning is the worst. *While the result holds* on a page means: below the first limit.

One cause makes one finding: where two rules fire for one reason, the one that knows more speaks and names the other (`also`); where one
rule fires on several revisions, the first that went wrong stands for all, and `places` has the others.
";

/// One rule of the list.
#[derive(Serialize)]
struct Row {
    rule: &'static str,
    name: &'static str,
    least_severity: &'static str,
    worst_severity: &'static str,
    summary: String,
}

/// The list as a table.
#[must_use]
pub fn list() -> String {
    let rows = RULES.iter().map(|rule| {
        let summary = rule.docs.summary();
        [rule.name.code, rule.name.name, &rule.severity_range(), &summary].map(Cell::new).into()
    });
    table(["rule", "name", "severity", "finds"], &[], rows)
}

/// The list as a table of Markdown.
#[must_use]
pub(crate) fn list_markdown() -> String {
    let mut text = "| rule | name | severity | finds |\n|---|---|---|---|\n".to_owned();
    for rule in RULES {
        let (code, name) = (rule.name.code, rule.name.name);
        let _ = writeln!(
            text,
            "| {code} | [{name}](#{}) | {} | {} |",
            anchor(rule),
            rule.severity_range(),
            rule.docs.summary()
        );
    }
    text
}

/// Writes the list as one array.
///
/// # Errors
/// When `out` cannot be written.
pub fn list_json(out: &mut dyn Write) -> io::Result<()> {
    let row = |rule: &Rule| Row {
        rule: rule.name.code,
        name: rule.name.name,
        least_severity: rule.severities.0.name(),
        worst_severity: rule.severities.1.name(),
        summary: rule.docs.summary(),
    };
    to_writer_pretty(&mut *out, &RULES.iter().map(row).collect::<Vec<_>>())?;
    writeln!(out)
}

/// A rule's page for a terminal, or that of another code.
#[must_use]
pub fn page(name: RuleName, severity: &str, docs: &Docs) -> String {
    let mut text = format!("{BOLD}{} {}{BOLD:#}   {severity}\n\n", name.code, name.name);
    let _ = writeln!(text, "{}", docs.summary());
    for section in docs.sections() {
        let _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", section.title);
        for line in section.body.lines().filter(|line| !line.starts_with("```")) {
            let _ = writeln!(text, "{}", format!("  {line}").trim_end());
        }
    }
    text
}

/// A rule's page in Markdown.
#[must_use]
pub(crate) fn page_markdown(name: RuleName, severity: &str, docs: &Docs) -> String {
    let mut text = format!("## {} {}\n\n", name.code, name.name);
    let _ = writeln!(text, "{} Severity: {severity}.", docs.summary());
    for section in docs.sections() {
        let _ = writeln!(text, "\n### {}\n\n{}", section.title, section.body);
    }
    text
}

/// All pages in Markdown, with an introduction and the list.
#[must_use]
pub fn pages_markdown() -> String {
    let page = |rule: &Rule| page_markdown(rule.name, &rule.severity_range(), &rule.docs);
    let pages: Vec<_> = RULES.iter().map(page).collect();
    format!("{INTRODUCTION}\n{}\n{}", list_markdown(), pages.join("\n"))
}

/// As GitHub makes anchors of headings.
fn anchor(rule: &Rule) -> String {
    format!("{}-{}", rule.name.code.to_ascii_lowercase(), rule.name.name)
}
