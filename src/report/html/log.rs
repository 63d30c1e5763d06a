//! The log as it stands, each line with a number that can be linked to. Endless lines and endless logs are cut, never a
//! line that something on the page points to.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::Analysis;
use crate::analysis::words::count;
use crate::chart::is_reported;
use crate::evidence::{Line, Outcome, Run, Source, Title};

/// Characters of a line that are shown.
const WIDTH: usize = 1000;
/// Lines that are shown from the start.
const LINES: u32 = 5000;
/// Lines around one that is pointed to.
const AROUND: u32 = 3;

/// One row of the log.
pub(super) enum Row {
    /// A line.
    Line(LogLine),
    /// Lines that are not shown, in words.
    LeftOut(String),
}

pub(super) struct LogLine {
    pub(super) number: u32,
    pub(super) text: Text,
    /// `crash` of the reported bug, `other` crash, `pass`, `void` for the line of a run, else empty.
    pub(super) class: &'static str,
    /// Findings that point here.
    pub(super) cited: Vec<Cited>,
}

/// A finding that points to a line.
#[derive(Clone)]
pub(super) struct Cited {
    /// Its place among the findings, from 1.
    pub(super) finding: usize,
    pub(super) code: &'static str,
}

/// A text that may have been cut.
pub(super) struct Text {
    pub(super) shown: String,
    /// What is missing, in words; empty when nothing is.
    pub(super) missing: String,
}

impl Text {
    pub(super) fn new(text: &str, width: usize) -> Self {
        let Some((at, _)) = text.char_indices().nth(width) else {
            return Self { shown: text.to_owned(), missing: String::new() };
        };
        let missing = format!("… {} more", count(text[at..].chars().count() as u64, "character"));
        Self { shown: text[..at].to_owned(), missing }
    }
}

/// The rows of the bisection's part of the file.
pub(super) fn rows(analysis: &Analysis, links: &Links) -> Vec<Row> {
    let classes = classes(analysis);
    let first = analysis.line.0.min(links.first().unwrap_or(u32::MAX));
    let last = (first.saturating_add(analysis.evidence.lines.total())).max(links.last().unwrap_or(0));
    let (mut rows, mut left_out) = (Vec::new(), 0);
    let lines = analysis.evidence.source.lines().map(|(line, text)| (line.0, text));
    for (number, text) in lines.take_while(|(number, _)| *number <= last) {
        if number < first {
            continue;
        }
        if number - first >= LINES && !links.near(number) {
            left_out += 1;
            continue;
        }
        push_left_out(&mut rows, &mut left_out);
        let text = placed(&analysis.evidence.source, Line(number), text);
        let class = classes.get(&number).copied().unwrap_or_default();
        rows.push(Row::Line(LogLine { number, text: Text::new(&text, WIDTH), class, cited: links.cited(number) }));
    }
    push_left_out(&mut rows, &mut left_out);
    rows
}

/// Where several files are gathered, each line with its place.
fn placed<'a>(source: &Source, line: Line, text: Cow<'a, str>) -> Cow<'a, str> {
    if source.places().is_empty() { text } else { format!("{}: {text}", source.at(line)).into() }
}

fn push_left_out(rows: &mut Vec<Row>, left_out: &mut u64) {
    if *left_out > 0 {
        rows.push(Row::LeftOut(format!("… {} left out", count(*left_out, "line"))));
        *left_out = 0;
    }
}

/// How the run in a line ended. A line for several runs says what they share.
fn classes(analysis: &Analysis) -> BTreeMap<u32, &'static str> {
    let reported = analysis.titles.iter().filter(|title| is_reported(title)).map(|title| title.title.as_deref());
    let reported: BTreeSet<_> = reported.collect();
    let class = |run: &Run| match &run.outcome {
        Outcome::Pass => "pass",
        Outcome::Crash(title) if reported.contains(&title.as_ref().map(Title::as_str)) => "crash",
        Outcome::Crash(_) => "other",
        Outcome::Void(..) => "void",
    };
    let runs = analysis.evidence.steps.iter().flat_map(|step| &step.runs);
    runs.map(|run| (run.line.0, class(run))).collect()
}

/// The lines that the page points to.
pub(super) struct Links(BTreeMap<u32, Vec<Cited>>);

impl Links {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut lines: BTreeMap<u32, Vec<Cited>> = BTreeMap::new();
        for (at, finding) in (1..).zip(&analysis.findings) {
            let cited = Cited { finding: at, code: finding.rule.code };
            let places = finding.places.iter().map(|place| place.line);
            for line in std::iter::once(finding.line).chain(places) {
                let here = lines.entry(line.0).or_default();
                if here.last().is_none_or(|last| last.finding != at) {
                    here.push(cited.clone());
                }
            }
        }
        for step in &analysis.steps {
            lines.entry(step.line.0).or_default();
        }
        let known: BTreeSet<u32> = analysis.evidence.source.lines().map(|(line, _)| line.0).collect();
        lines.retain(|line, _| known.contains(line));
        Self(lines)
    }

    /// Whether the log has this line.
    pub(super) fn has(&self, line: Line) -> bool {
        self.0.contains_key(&line.0)
    }

    fn first(&self) -> Option<u32> {
        self.0.keys().next().copied()
    }

    fn last(&self) -> Option<u32> {
        self.0.keys().next_back().copied()
    }

    fn near(&self, line: u32) -> bool {
        let around = line.saturating_sub(AROUND)..=line.saturating_add(AROUND);
        self.0.range(around).next().is_some()
    }

    fn cited(&self, line: u32) -> Vec<Cited> {
        self.0.get(&line).cloned().unwrap_or_default()
    }
}
