//! Markdown for a comment or a job's summary: the verdict, a table, and each failing bisection with what to do next.
//!
//! GitHub takes 65 536 characters of a comment and 1 MiB of a summary. One text serves both, so the smaller limit holds; it
//! is counted in bytes, which are never fewer.

mod escape;
mod section;

use std::io::{self, Write};

use crate::analysis::words::{chance, clean, count, cut, ending};
use crate::gate::decision::{Decision, Judged, Outcome};
use crate::prob::Prob;

use super::notice::{Problem, Standing, Told, problems, told};
use super::place::relative;
use super::words::{elsewhere, verdict};

use escape::{cell, code, inline};

/// Bytes of a comment.
const COMMENT: usize = 65_536;
/// Bytes kept for saying what was left out.
const CLOSING: usize = 300;
/// Characters of a title or subject.
const TITLE: usize = 80;

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(decision).as_bytes())
}

/// A text that grows up to a limit.
struct Page {
    text: String,
    limit: usize,
}

impl Page {
    /// Adds a block if there is room for it.
    fn push(&mut self, block: &str) -> bool {
        let fits = self.text.len() + block.len() <= self.limit;
        if fits {
            self.text.push_str(block);
        }
        fits
    }

    /// Adds blocks until one does not fit; returns how many were left out.
    fn push_all(&mut self, blocks: impl IntoIterator<Item = String>) -> usize {
        let mut full = false;
        blocks
            .into_iter()
            .filter(|block| {
                full || {
                    full = !self.push(block);
                    full
                }
            })
            .count()
    }
}

fn text(decision: &Decision<'_>) -> String {
    let mut page = Page { text: header(decision), limit: COMMENT / 2 };
    let mut told: Vec<_> = told(decision).into_iter().map(Told::listed).collect();
    // The sort is stable: the order of the input within each kind.
    told.sort_by_key(|told| rank(told));
    let problems = problems(decision);
    page.push(if problems.is_empty() { "" } else { "\n" });
    let problems = page.push_all(problems.iter().map(problem));
    let rows = if told.is_empty() { 0 } else { table(decision, &told, &mut page) };
    page.limit = COMMENT - CLOSING;
    let gated = decision.policy.is_some();
    let left_out = section::write(&told, gated, &mut page);
    page.limit = COMMENT;
    page.push(&closing([(problems, "unread input"), (rows, "bisection"), (left_out, "finding")]));
    page.text
}

/// Failed ones first, then those with findings.
fn rank(told: &Told<'_>) -> (bool, bool) {
    (told.judged.passed(), told.judged.findings.is_empty())
}

fn header(decision: &Decision<'_>) -> String {
    let Some(policy) = &decision.policy else {
        return format!("## bisectstat: {}\n", inline(&verdict(decision)));
    };
    let mark = match decision.outcome() {
        Outcome::Passed => "✓",
        Outcome::Failed => "✗",
        Outcome::CouldNotJudge => "?",
    };
    format!("## {mark} bisectstat: {}\n\nPolicy: {}\n", inline(&verdict(decision)), code(&cut(&clean(policy), 200)))
}

fn problem(problem: &Problem) -> String {
    let text = inline(&problem.text.replace('\n', " "));
    match &problem.path {
        Some(path) => format!("- could not read {}: {text}\n", code(&relative(path))),
        None => format!("- {text}\n"),
    }
}

/// Writes the table; returns how many rows were left out.
fn table(decision: &Decision<'_>, told: &[Told<'_>], page: &mut Page) -> usize {
    const HEAD: &str = "\n| | bisection | answer | named commit | to blame | starts here | look instead | findings |\n\
                        |---|---|---|---|--:|--:|---|---|\n";
    if !page.push(HEAD) {
        return told.len();
    }
    page.push_all(told.iter().map(|told| row(decision, told)))
}

fn row(decision: &Decision<'_>, told: &Told<'_>) -> String {
    let analysis = told.judged.analysis;
    let mark = match (&decision.policy, told.judged.passed()) {
        (None, _) => "",
        (Some(_), true) => "✓",
        (Some(_), false) => "✗",
    };
    let figure = |p: Option<Prob>| p.map(chance).unwrap_or_default();
    format!(
        "| {mark} | {} | {} | {} | {} | {} | {} | {} |\n",
        cell(&code(&cut(&relative(&analysis.bisection), TITLE))),
        analysis.answer.short(),
        cell(&named(told.judged)),
        cell(&inline(&figure(analysis.p_right))),
        cell(&inline(&figure(analysis.p_named))),
        elsewhere(analysis),
        codes(told),
    )
}

/// The named commit and its subject, or why there is none.
fn named(judged: &Judged<'_>) -> String {
    let Some(culprit) = &judged.analysis.evidence.culprit else {
        return format!("none: {}", ending(judged.analysis.ending));
    };
    let subject = culprit.subject.as_deref().map(|subject| cut(&clean(subject), TITLE)).unwrap_or_default();
    let subject = if subject.is_empty() { subject } else { format!(" {}", code(&subject)) };
    format!("{}{subject}", code(&culprit.commit.short()))
}

/// The codes of what counts, each once, and how much does not.
fn codes(told: &Told<'_>) -> String {
    let mut codes: Vec<(&str, usize)> = Vec::new();
    for notice in told.notices.iter().filter(|notice| notice.counts()) {
        match codes.iter_mut().find(|(code, _)| *code == notice.rule.code) {
            Some((_, times)) => *times += 1,
            None => codes.push((notice.rule.code, 1)),
        }
    }
    let words = codes.into_iter().map(|(code, n)| if n == 1 { code.to_owned() } else { format!("{code} ×{n}") });
    let suppressed = told.notices.iter().filter(|notice| !notice.counts()).count();
    let suppressed = (suppressed > 0).then(|| format!("{suppressed} suppressed"));
    words.chain(suppressed).collect::<Vec<_>>().join(", ")
}

fn closing(left_out: [(usize, &str); 3]) -> String {
    let words: Vec<_> = left_out.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(*n, noun)).collect();
    if words.is_empty() { String::new() } else { format!("\n… and {} more than fit here.\n", words.join(", ")) }
}

fn excuse(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Denied | Standing::Shown => None,
        Standing::Excused(reason) => Some(inline(&reason.replace('\n', " "))),
        Standing::Known => Some("in the baseline".to_owned()),
    }
}
