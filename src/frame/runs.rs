//! `runs`: one row a run. Runs behind one `all runs:` line share its line.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | bisection, step, run | text, u32, u32 | key; `run` is the log's number |
//! | path, line | text, u32 | the file, and where it shows the run |
//! | commit | text | hash of the revision |
//! | outcome | text | `pass`, `crash`, `void` |
//! | title | text | title of the crash |
//! | crash_type | text | its type |
//! | void_kind | text | `boot`, `basic_test`, `infra`, `ignored`, `failed` |
//! | text | text | the log's words for a void run |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, CrashType, Location, Outcome, Run, Title, VoidKind};

use super::{frame, texts};

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 11] = [
    ("bisection", DataType::String),
    ("step", DataType::UInt32),
    ("run", DataType::UInt32),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("commit", DataType::String),
    ("outcome", DataType::String),
    ("title", DataType::String),
    ("crash_type", DataType::String),
    ("void_kind", DataType::String),
    ("text", DataType::String),
];

/// One run with what it belongs to.
struct Row<'a> {
    bisection: &'a Bisection,
    step: u32,
    commit: &'a str,
    place: Location<'a>,
    run: &'a Run,
}

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection]) -> PolarsResult<DataFrame> {
    let steps = || batch.iter().flat_map(|&b| (0..).zip(&b.steps).map(move |(i, step)| (b, i, step)));
    let commits: Vec<_> = steps().map(|(.., step)| step.commit.to_string()).collect();
    let mut rows = Vec::new();
    for ((bisection, step, of), commit) in steps().zip(&commits) {
        rows.extend(of.runs.iter().map(|run| Row {
            bisection,
            step,
            commit,
            place: bisection.source.at(run.line),
            run,
        }));
    }
    let number =
        |name: &str, of: fn(&Row<'_>) -> u32| Column::new(name.into(), rows.iter().map(of).collect::<Vec<_>>());
    let text = |name: &str, of: for<'r> fn(&'r Row<'_>) -> Option<&'r str>| texts(name, rows.iter().map(of));
    let mut types = CrashTypes::default();
    frame(vec![
        text("bisection", |row| Some(&row.bisection.id))?,
        number("step", |row| row.step),
        number("run", |row| row.run.number),
        text("path", |row| Some(row.place.path))?,
        number("line", |row| row.place.line.0),
        text("commit", |row| Some(row.commit))?,
        text("outcome", |row| Some(row.run.outcome.name()))?,
        text("title", |row| title(row.run))?,
        texts("crash_type", rows.iter().map(|row| title(row.run).map(|title| types.of(title))))?,
        text("void_kind", |row| void(row.run).map(|v| v.0))?,
        text("text", |row| void(row.run).map(|v| v.1))?,
    ])
}

fn title(run: &Run) -> Option<&str> {
    run.outcome.title().map(Title::as_str)
}

/// The type of the last title: many runs in a row show the same one.
#[derive(Default)]
struct CrashTypes<'a>(Option<(&'a str, &'static str)>);

impl<'a> CrashTypes<'a> {
    fn of(&mut self, title: &'a str) -> &'static str {
        match self.0 {
            Some((last, name)) if last == title => name,
            _ => self.0.insert((title, CrashType::of(title).name())).1,
        }
    }
}

fn void(run: &Run) -> Option<(&'static str, &str)> {
    match &run.outcome {
        Outcome::Void(kind, text) => Some((VoidKind::name(*kind), text)),
        Outcome::Pass | Outcome::Crash(_) => None,
    }
}
