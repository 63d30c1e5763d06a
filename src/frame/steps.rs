//! `steps`: one row a test of a revision, in the log's order.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection, step | text, u32 | never | key; `step` counts from 0 |
//! | path, line | text, u32 | never | the file, and where the test begins |
//! | commit | text | never | hash of the revision |
//! | tag | text | where the log names none | its tag, when the log names one |
//! | role | text | never | `origin`, `release`, `head`, `merge_base`, `config`, `candidate`, `parent` |
//! | verdict | text | where there was none | `bad` (crashes), `good`, `skip`; the same words in cause and fix bisections |
//! | compiler, signature | text | where the log does not show them | as in the log; equal signatures are equal binaries |
//! | passes, crashes, voids | u32 | never | runs by outcome |
//! | inferred | bool | never | the number of runs is deduced |
//! | rate_mean, rate_low, rate_high | f64 | where no run passed or crashed, or the log is cut there | crash probability: mean and 95 % interval |
//! | p_bad_alone | f64 | as `rate_mean` | P(bad), from the step's own runs |
//! | p_bad | f64 | where nothing crashed on the line, or the revision is not on it | P(bad), from the whole bisection |
//! | p_hidden | f64 | where `p_bad` is null, in a fix bisection, and where no revision of this role is taken to hide a bug | The part of it in which the revision cannot show the bug |
//! | confidence | f64 | where `p_bad` or `verdict` is null, or the verdict is `skip` | P(the verdict is right) |
//! | false_good | f64 | where `rate_mean` is null, or nothing crashed on the line | P(a bad revision shows no crash in as many trials) |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, Counts, Location, Step, Tag, Verdict};

use super::{Names, frame, numbers, texts};

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 22] = [
    ("bisection", DataType::String),
    ("step", DataType::UInt32),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("commit", DataType::String),
    ("tag", DataType::String),
    ("role", DataType::String),
    ("verdict", DataType::String),
    ("compiler", DataType::String),
    ("signature", DataType::String),
    ("passes", DataType::UInt32),
    ("crashes", DataType::UInt32),
    ("voids", DataType::UInt32),
    ("inferred", DataType::Boolean),
    ("rate_mean", DataType::Float64),
    ("rate_low", DataType::Float64),
    ("rate_high", DataType::Float64),
    ("p_bad_alone", DataType::Float64),
    ("p_bad", DataType::Float64),
    ("p_hidden", DataType::Float64),
    ("confidence", DataType::Float64),
    ("false_good", DataType::Float64),
];

/// One step with what it belongs to.
struct Row<'a> {
    bisection: &'a Bisection,
    number: u32,
    commit: &'a str,
    place: Location<'a>,
    step: &'a Step,
    counts: Counts,
}

impl<'a> Row<'a> {
    fn of(((bisection, number, step), commit): ((&'a Bisection, u32, &'a Step), &'a str)) -> Self {
        let place = bisection.source.at(step.line);
        Self { bisection, number, commit, place, step, counts: step.counts() }
    }
}

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection], names: &Names) -> PolarsResult<DataFrame> {
    let rows = batch.iter().flat_map(|&b| (0..).zip(&b.steps).map(move |(i, step)| (b, i, step)));
    let rows: Vec<_> = rows.zip(names.iter()).map(Row::of).collect();
    let height = rows.len();
    let number = |name: &str, of: fn(&Row<'_>) -> u32| numbers(name, height, rows.iter().map(of));
    let text = |name: &str, of: for<'r> fn(&'r Row<'_>) -> Option<&'r str>| {
        texts(name, height, rows.iter().map(|row| (of(row), 1)))
    };
    frame(vec![
        text("bisection", |row| Some(&row.bisection.id)),
        number("step", |row| row.number),
        text("path", |row| Some(row.place.path)),
        number("line", |row| row.place.line.0),
        text("commit", |row| Some(row.commit)),
        text("tag", |row| row.step.tag.as_ref().map(Tag::as_str)),
        text("role", |row| Some(row.step.role.name())),
        text("verdict", |row| row.step.verdict().map(Verdict::name)),
        text("compiler", |row| row.step.compiler.as_deref()),
        text("signature", |row| row.step.signature.as_deref()),
        number("passes", |row| row.counts.passes),
        number("crashes", |row| row.counts.crashes),
        number("voids", |row| row.counts.voids),
        Column::new("inferred".into(), rows.iter().map(|row| row.step.inferred).collect::<Vec<_>>()),
    ])
}
