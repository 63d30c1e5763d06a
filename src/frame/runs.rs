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

use crate::evidence::{Bisection, CrashType, Outcome, Run, Step, Title, VoidKind};

use super::frame;

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

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection]) -> PolarsResult<DataFrame> {
    let mut rows: Vec<(&Bisection, usize, &Step, &Run)> = Vec::new();
    for &bisection in batch {
        for (i, step) in bisection.steps.iter().enumerate() {
            rows.extend(step.runs.iter().map(|run| (bisection, i, step, run)));
        }
    }
    let number = |name: &str, of: fn(&Run) -> u32| {
        Column::new(name.into(), rows.iter().map(|(.., run)| of(run)).collect::<Vec<_>>())
    };
    frame(vec![
        Column::new("bisection".into(), rows.iter().map(|(b, ..)| b.id.as_str()).collect::<Vec<_>>()),
        Column::new("step".into(), rows.iter().map(|(_, i, ..)| *i as u64).collect::<Vec<_>>()),
        number("run", |run| run.number),
        Column::new("path".into(), rows.iter().map(|(b, .., run)| b.source.at(run.line).path).collect::<Vec<_>>()),
        Column::new("line".into(), rows.iter().map(|(b, .., run)| b.source.at(run.line).line.0).collect::<Vec<_>>()),
        Column::new("commit".into(), rows.iter().map(|(_, _, step, _)| step.commit.to_string()).collect::<Vec<_>>()),
        Column::new("outcome".into(), rows.iter().map(|(.., run)| run.outcome.name()).collect::<Vec<_>>()),
        Column::new("title".into(), rows.iter().map(|(.., run)| title(run)).collect::<Vec<_>>()),
        Column::new("crash_type".into(), rows.iter().map(|(.., run)| crash_type(run)).collect::<Vec<_>>()),
        Column::new("void_kind".into(), rows.iter().map(|(.., run)| void(run).map(|v| v.0)).collect::<Vec<_>>()),
        Column::new("text".into(), rows.iter().map(|(.., run)| void(run).map(|v| v.1)).collect::<Vec<_>>()),
    ])
}

fn title(run: &Run) -> Option<&str> {
    run.outcome.title().map(Title::as_str)
}

fn crash_type(run: &Run) -> Option<&'static str> {
    title(run).map(|title| CrashType::of(title).name())
}

fn void(run: &Run) -> Option<(&'static str, &str)> {
    match &run.outcome {
        Outcome::Void(kind, text) => Some((VoidKind::name(*kind), text)),
        Outcome::Pass | Outcome::Crash(_) => None,
    }
}
