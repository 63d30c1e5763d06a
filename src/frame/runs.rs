//! `runs`: one row a run, or one for all that a table counts together. Runs behind one `all runs:` line share its line.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection, step, run | text, u32, u32 | never | key; `run` is the log's number, that of the first where several are counted |
//! | count | u32 | never | how many runs the row stands for, at least 1 |
//! | path, line | text, u32 | never | the file, and where it shows the run |
//! | commit | text | never | hash of the revision |
//! | outcome | text | never | `pass`, `crash`, `void` |
//! | title | text | where it did not crash, or without a title | title of the crash |
//! | crash_type | text | as `title` | its type |
//! | void_kind | text | where `outcome` is not `void` | `boot`, `basic_test`, `infra`, `ignored`, `failed` |
//! | text | text | where `outcome` is not `void` | the log's words for a void run |
//! | seconds | f64 | where the input does not tell, or tells it of runs that ended differently | how long it took; counted runs all together |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, CrashType, Location, Outcome, Run, Step, Title, Took, VoidKind};

use super::{Names, frame, numbers, texts};

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 13] = [
    ("bisection", DataType::String),
    ("step", DataType::UInt32),
    ("run", DataType::UInt32),
    ("count", DataType::UInt32),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("commit", DataType::String),
    ("outcome", DataType::String),
    ("title", DataType::String),
    ("crash_type", DataType::String),
    ("void_kind", DataType::String),
    ("text", DataType::String),
    ("seconds", DataType::Float64),
];

/// One step with what it belongs to.
struct Test<'a> {
    bisection: &'a Bisection,
    number: u32,
    commit: &'a str,
    step: &'a Step,
}

impl Test<'_> {
    /// Its runs, those together that ended alike one after the other.
    fn spans(&self) -> impl Iterator<Item = Span<'_>> {
        self.step.runs.chunk_by(|one, next| one.outcome == next.outcome).map(|runs| Span { test: self, runs })
    }
}

/// Runs in a row that ended alike: one row each, which differ in their numbers and counts only.
struct Span<'a> {
    test: &'a Test<'a>,
    runs: &'a [Run],
}

impl<'a> Span<'a> {
    fn outcome(&self) -> Option<&'a Outcome> {
        self.runs.first().map(|run| &run.outcome)
    }

    fn void(&self) -> Option<(&'static str, &'a str)> {
        match self.outcome()? {
            Outcome::Void(kind, text) => Some((VoidKind::name(*kind), text)),
            Outcome::Pass | Outcome::Crash(_) => None,
        }
    }

    fn places(&self) -> impl Iterator<Item = Location<'a>> {
        let source = &self.test.bisection.source;
        self.runs.iter().map(|run| source.at(run.line))
    }
}

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection], names: &Names) -> PolarsResult<DataFrame> {
    let steps = batch.iter().flat_map(|&b| (0..).zip(&b.steps).map(move |(i, step)| (b, i, step)));
    let tests =
        steps.zip(names.iter()).map(|((bisection, number, step), commit)| Test { bisection, number, commit, step });
    let tests: Vec<_> = tests.collect();
    let spans: Vec<Span<'_>> = tests.iter().flat_map(Test::spans).collect();
    let height = spans.iter().map(|span| span.runs.len()).sum();
    let text = |name: &str, of: for<'s> fn(&'s Span<'_>) -> Option<&'s str>| {
        texts(name, height, spans.iter().map(|span| (of(span), span.runs.len())))
    };
    let runs = || spans.iter().flat_map(|span| span.runs.iter().map(move |run| (span, run)));
    let places = || spans.iter().flat_map(Span::places);
    let mut types = CrashTypes::default();
    let crash_types = spans.iter().map(|span| (title(span).map(|title| types.of(title)), span.runs.len()));
    frame(vec![
        text("bisection", |span| Some(&span.test.bisection.id)),
        numbers("step", height, runs().map(|(span, _)| span.test.number)),
        numbers("run", height, runs().map(|(_, run)| run.number)),
        numbers("count", height, runs().map(|(_, run)| run.count)),
        texts("path", height, places().map(|place| (Some(place.path), 1))),
        numbers("line", height, places().map(|place| place.line.0)),
        text("commit", |span| Some(span.test.commit)),
        text("outcome", |span| span.outcome().map(Outcome::name)),
        text("title", title),
        texts("crash_type", height, crash_types),
        text("void_kind", |span| span.void().map(|void| void.0)),
        text("text", |span| span.void().map(|void| void.1)),
        Column::new("seconds".into(), runs().map(|(_, run)| run.took.map(Took::seconds)).collect::<Vec<_>>()),
    ])
}

fn title<'a>(span: &'a Span<'_>) -> Option<&'a str> {
    span.outcome()?.title().map(Title::as_str)
}

/// The type of the last title: many runs in a row show the same one.
#[derive(Default)]
struct CrashTypes<'a>(Option<(&'a str, &'static str)>);

impl<'a> CrashTypes<'a> {
    fn of(&mut self, title: &'a str) -> &'static str {
        match self.0 {
            Some((last, name)) if std::ptr::eq(last, title) || last == title => name,
            _ => self.0.insert((title, CrashType::of(title).name())).1,
        }
    }
}
