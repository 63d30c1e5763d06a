//! `bisections`: one row a bisection.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | bisection | text | key: the path, with `#2` and so on when a file holds several |
//! | path | text | the file |
//! | line | u32 | its first line there, from 1 |
//! | format | text | `syzkaller`, `git_bisect`, `table`, `junit` |
//! | year | i32 | in which it began: the log's own word, else that of the newest kernel release it names |
//! | kind | text | `cause` or `fix` |
//! | ending | text | `culprit`, `inconclusive`, `oldest_still_bad`, `newest_still_bad`, `not_reproduced`, `time_limit`, `build_error`, `infra_error`, `truncated`, `only_runs` |
//! | answer | text | what can be said: `holds-up`, `doubtful`, `starts-here`, `do-not-trust` or `cannot-tell` of a named commit, else `found`, `narrowed`, `beyond`, `always-flaky`, `no-failure` or `cannot-tell` |
//! | origin | text | hash of the revision on which the crash was reported |
//! | named_culprit | text | hash of the named commit |
//! | named_title | text | title of the crash shown for it |
//! | reported_title | text | title under which the bug was reported |
//! | steps, runs, crashes, voids | u32 | how many |
//! | p_right | f64 | P(the named commit is to blame) |
//! | p_named | f64 | P(the reported bug starts at the named commit) |
//! | p_named_any | f64 | the same when any crash counts as the bug |
//! | p_no_change | f64 | P(nothing changed between the tested revisions) |
//! | p_other_direction | f64 | P(the change goes the other way) |
//! | rate_before | f64 | Share of runs that fail before the change |
//! | rate_since | f64 | Share of runs that fail since the change |
//! | credible_commits | u64 | commits in the credible set; null when it reaches beyond the tested revisions |
//! | credible_mass | f64 | posterior mass of the credible set |
//! | credible_range | text | the set as a git range |
//! | findings | u32 | how many |
//! | worst_severity | text | of the findings |
//! | model | text | name of the model behind the figures |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, Counts};

use super::{Columns, frame};

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 29] = [
    ("bisection", DataType::String),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("format", DataType::String),
    ("year", DataType::Int32),
    ("kind", DataType::String),
    ("ending", DataType::String),
    ("answer", DataType::String),
    ("origin", DataType::String),
    ("named_culprit", DataType::String),
    ("named_title", DataType::String),
    ("reported_title", DataType::String),
    ("steps", DataType::UInt32),
    ("runs", DataType::UInt32),
    ("crashes", DataType::UInt32),
    ("voids", DataType::UInt32),
    ("p_right", DataType::Float64),
    ("p_named", DataType::Float64),
    ("p_named_any", DataType::Float64),
    ("p_no_change", DataType::Float64),
    ("p_other_direction", DataType::Float64),
    ("rate_before", DataType::Float64),
    ("rate_since", DataType::Float64),
    ("credible_commits", DataType::UInt64),
    ("credible_mass", DataType::Float64),
    ("credible_range", DataType::String),
    ("findings", DataType::UInt32),
    ("worst_severity", DataType::String),
    ("model", DataType::String),
];

const _: &Columns = &COLUMNS;

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection]) -> PolarsResult<DataFrame> {
    let text = |name: &str, of: fn(&Bisection) -> Option<String>| {
        Column::new(name.into(), batch.iter().map(|b| of(b)).collect::<Vec<_>>())
    };
    let number = |name: &str, of: fn(&Bisection) -> usize| {
        Column::new(name.into(), batch.iter().map(|b| of(b) as u64).collect::<Vec<_>>())
    };
    let counts: Vec<Counts> = batch.iter().map(|b| counts(b)).collect();
    let count = |name: &str, of: fn(&Counts) -> u32| {
        Column::new(name.into(), counts.iter().map(of).map(u64::from).collect::<Vec<_>>())
    };
    frame(vec![
        text("bisection", |b| Some(b.id.clone())),
        text("path", |b| Some(b.source.path.clone())),
        number("line", |b| b.line.0 as usize),
        text("format", |b| Some(b.format.name().to_owned())),
        Column::new("year".into(), batch.iter().map(|b| b.year().map(i32::from)).collect::<Vec<_>>()),
        text("kind", |b| Some(b.kind.name().to_owned())),
        text("ending", |b| Some(b.ending.name().to_owned())),
        text("origin", |b| b.origin.map(|commit| commit.to_string())),
        text("named_culprit", |b| b.culprit.as_ref().map(|culprit| culprit.commit.to_string())),
        text("named_title", |b| b.named_title().map(ToString::to_string)),
        number("steps", |b| b.steps.len()),
        count("runs", |counts| counts.runs()),
        count("crashes", |counts| counts.crashes),
        count("voids", |counts| counts.voids),
    ])
}

fn counts(bisection: &Bisection) -> Counts {
    Counts::of(bisection.steps.iter().flat_map(|step| &step.runs))
}
