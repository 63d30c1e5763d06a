//! Findings for a page: the line of the log with its mark, and what to do.

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Remedy};
use crate::analysis::words::cut;
use crate::evidence::Line;
use crate::finding::render::mark;
use crate::history::Command;

use super::log::{Links, Text};

/// Characters of a sentence that are shown: more stand only where a log's own words are endless.
pub(super) const SENTENCE: usize = 600;
/// Further lines that are named.
const PLACES: usize = 50;

/// A finding as the templates take it.
pub(super) struct Why<'a> {
    pub(super) finding: &'a Finding,
    pub(super) severity: &'static str,
    pub(super) message: Text,
    pub(super) label: Text,
    pub(super) quote: Option<Quote>,
    pub(super) places: Vec<(Line, Text)>,
    pub(super) next: Option<Next>,
}

/// A line of the log: what stands before the mark, the mark, what stands behind it.
pub(super) struct Quote {
    pub(super) before: Text,
    pub(super) marked: Text,
    pub(super) after: Text,
}

/// What to do, and the command that does it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) advice: String,
    pub(super) command: Option<Command>,
}

/// All findings, worst first. The same advice is not given twice in a row.
pub(super) fn findings<'a>(analysis: &'a Analysis, links: &Links) -> Vec<Why<'a>> {
    let mut said: Option<Next> = None;
    let why = analysis.findings.iter().map(|finding| {
        let next = finding.next.as_ref().map(Next::of);
        let told = finding.next.as_ref().is_some_and(|next| next.is_runs && analysis.plan.is_some());
        let again = told || next.is_some() && next == said;
        said = next.clone().or(said.take());
        Why {
            finding,
            severity: finding.severity.name(),
            message: Text::new(&finding.message, SENTENCE),
            label: Text::new(&finding.label, SENTENCE),
            quote: analysis.evidence.source.line(finding.line).map(|line| Quote::of(&line)),
            places: places(finding, links),
            next: next.filter(|_| !again),
        }
    });
    why.collect()
}

fn places(finding: &Finding, links: &Links) -> Vec<(Line, Text)> {
    let shown = finding.places.iter().filter(|place| links.has(place.line)).take(PLACES);
    shown.map(|place| (place.line, Text::new(&place.label, SENTENCE))).collect()
}

impl Quote {
    fn of(line: &str) -> Self {
        const BEFORE: usize = 80;
        const MARKED: usize = 300;
        const AFTER: usize = 80;
        let mark = mark(line);
        Self {
            before: Text::new(&line[..mark.start], BEFORE),
            marked: Text::new(&line[mark.clone()], MARKED),
            after: Text::new(&line[mark.end..], AFTER),
        }
    }
}

impl Next {
    fn of(next: &Remedy) -> Self {
        Self { advice: cut(&next.advice, SENTENCE), command: next.command.clone() }
    }
}
