//! `steps`: one row a test of a revision, in the log's order.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | bisection, step | text, u32 | key; `step` counts from 0 |
//! | path, line | text, u32 | the file, and where the test begins |
//! | commit | text | hash of the revision |
//! | tag | text | its tag, when the log names one |
//! | role | text | `origin`, `release`, `head`, `merge_base`, `config`, `candidate`, `parent` |
//! | verdict | text | `bad` (crashes), `good`, `skip`; the same words in cause and fix bisections |
//! | compiler, signature | text | as in the log; equal signatures are equal binaries |
//! | passes, crashes, voids | u32 | runs by outcome |
//! | inferred | bool | the number of runs is deduced |
//! | rate_mean, rate_low, rate_high | f64 | crash probability: mean and 95 % interval |
//! | p_bad_alone | f64 | P(bad), from the step's own runs |
//! | p_bad | f64 | P(bad), from the whole bisection |
//! | confidence | f64 | P(the verdict is right) |
//! | false_good | f64 | P(a bad revision shows no crash in as many trials) |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, Counts, Step};

use super::frame;

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 21] = [
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
    ("confidence", DataType::Float64),
    ("false_good", DataType::Float64),
];

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Bisection, usize, &Step, Counts)> =
        batch.iter().flat_map(|&b| b.steps.iter().enumerate().map(move |(i, s)| (b, i, s, s.counts()))).collect();
    let number = |name: &str, of: fn(&Counts) -> u32| {
        Column::new(name.into(), rows.iter().map(|(.., counts)| of(counts)).collect::<Vec<_>>())
    };
    let text = |name: &str, of: fn(&Step) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(_, _, step, _)| of(step)).collect::<Vec<_>>())
    };
    frame(vec![
        Column::new("bisection".into(), rows.iter().map(|(b, ..)| b.id.as_str()).collect::<Vec<_>>()),
        Column::new("step".into(), rows.iter().map(|(_, i, ..)| *i as u64).collect::<Vec<_>>()),
        Column::new("path".into(), rows.iter().map(|(b, _, step, _)| b.source.at(step.line).path).collect::<Vec<_>>()),
        Column::new("line".into(), rows.iter().map(|(b, _, s, _)| b.source.at(s.line).line.0).collect::<Vec<_>>()),
        text("commit", |step| Some(step.commit.to_string())),
        text("tag", |step| step.tag.as_ref().map(ToString::to_string)),
        text("role", |step| Some(step.role.name().to_owned())),
        text("verdict", |step| step.verdict().map(|verdict| verdict.name().to_owned())),
        text("compiler", |step| step.compiler.clone()),
        text("signature", |step| step.signature.clone()),
        number("passes", |counts| counts.passes),
        number("crashes", |counts| counts.crashes),
        number("voids", |counts| counts.voids),
        Column::new("inferred".into(), rows.iter().map(|(_, _, step, _)| step.inferred).collect::<Vec<_>>()),
    ])
}
