//! `bisections`: one row a bisection.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection | text | never | key: the path, with `#2` and so on when a file holds several |
//! | path | text | never | the file |
//! | line | u32 | never | its first line there, from 1 |
//! | format | text | never | `syzkaller`, `git_bisect`, `table`, `junit` |
//! | year | i32 | where the input tells neither a day nor a kernel release | in which it began: the log's own word, else that of the newest kernel release it names |
//! | kind | text | never | `cause` or `fix` |
//! | ending | text | never | `culprit`, `inconclusive`, `oldest_still_bad`, `newest_still_bad`, `not_reproduced`, `time_limit`, `build_error`, `infra_error`, `truncated`, `only_runs` |
//! | answer | text | never | what can be said: `holds-up`, `doubtful`, `starts-here`, `do-not-trust` or `cannot-tell` of a named commit, else `found`, `narrowed`, `beyond`, `always-flaky`, `no-failure` or `cannot-tell` |
//! | origin | text | where the input names none | hash of the revision on which the crash was reported |
//! | named_culprit | text | where no commit was named | hash of the named commit |
//! | named_title | text | where no commit was named, or no crash is shown for it | title of the crash shown for it |
//! | reported_title | text | where nobody says so | title under which the bug was reported |
//! | steps, runs, crashes, voids | u32 | never | how many |
//! | p_right | f64 | where no commit was named, in a fix bisection, and for input that is not syzkaller's | P(the named commit is to blame) |
//! | p_named | f64 | where no commit was named, it is not on the line, or nothing crashed there | P(the reported bug starts at the named commit) |
//! | p_named_any | f64 | as `p_named` | the same when any crash counts as the bug |
//! | p_no_change | f64 | where nothing crashed on the line | P(nothing changed between the tested revisions) |
//! | p_other_direction | f64 | where nothing crashed on the line | P(the change goes the other way) |
//! | rate_before | f64 | where nothing crashed on the line, or no run lies before the change | Share of runs that fail before the change |
//! | rate_since | f64 | where nothing crashed on the line, or no run lies since the change | Share of runs that fail since the change |
//! | credible_commits | u64 | where nothing crashed on the line, the set reaches beyond the tested revisions, or nobody has counted its commits | commits in the credible set |
//! | credible_mass | f64 | where nothing crashed on the line | posterior mass of the credible set |
//! | credible_range | text | where nothing crashed on the line, or the set has no end | the set as a git range |
//! | findings | u32 | never | how many |
//! | worst_severity | text | where there is no finding | of the findings |
//! | model | text | never | name of the model behind the figures |
//! | input_xxh3 | text | where the bisection is gathered from several files | xxh3 hash of the input's bytes, as `manifest.ndjson` has it |
//! | started | text | where the input tells no day | the day on which it began: `2021-04-30` |
//! | seconds | f64 | where the input does not tell | how long it took, from start to end; of a table, its runs |
//! | seconds_build, seconds_test | f64 | where the input does not tell | how much of that went into builds, and into runs |

use std::time::Duration;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, Counts, Totals};

use super::{Columns, frame};

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 34] = [
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
    ("input_xxh3", DataType::String),
    ("started", DataType::String),
    ("seconds", DataType::Float64),
    ("seconds_build", DataType::Float64),
    ("seconds_test", DataType::Float64),
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
        text("input_xxh3", |b| b.source.xxh3().map(|hash| format!("{hash:016x}"))),
        text("started", |b| b.started.map(|day| day.to_string())),
        seconds("seconds", batch, |totals| totals.total),
        seconds("seconds_build", batch, |totals| totals.build),
        seconds("seconds_test", batch, |totals| totals.test),
    ])
}

/// How long something took. What the input does not tell is not among its totals, or nothing there.
fn seconds(name: &str, batch: &[&Bisection], of: fn(&Totals) -> Duration) -> Column {
    let told = |b: &&Bisection| b.totals.as_ref().map(of).filter(|took| !took.is_zero()).map(|took| took.as_secs_f64());
    Column::new(name.into(), batch.iter().map(told).collect::<Vec<_>>())
}

fn counts(bisection: &Bisection) -> Counts {
    Counts::of(bisection.steps.iter().flat_map(|step| &step.runs))
}
