//! `findings`: one row a finding. Rules make them.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection, finding | text, u32 | never | key |
//! | rule, name | text | never | code and name of the rule |
//! | severity | text | never | `error`, `warning`, `note` |
//! | step | u32 | where it is about none | the step |
//! | path, line | text, u32 | never | the file, and where to look |
//! | commit | text | where it is about none | hash of the revision |
//! | message | text | never | what, why, what next |
//! | p | f64 | where nothing is uncertain | P(it matters) |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Severity};
use crate::prob::Prob;

use super::frame;

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 11] = [
    ("bisection", DataType::String),
    ("finding", DataType::UInt32),
    ("rule", DataType::String),
    ("name", DataType::String),
    ("severity", DataType::String),
    ("step", DataType::UInt32),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("commit", DataType::String),
    ("message", DataType::String),
    ("p", DataType::Float64),
];

/// The columns of `bisections` that count findings.
pub(super) fn counts(analyses: &[Analysis]) -> [Column; 2] {
    let count = analyses.iter().map(|analysis| analysis.findings.len() as u64);
    let worst = analyses.iter().map(|analysis| analysis.findings.iter().map(|f| f.severity).max().map(Severity::name));
    [
        Column::new("findings".into(), count.collect::<Vec<_>>()),
        Column::new("worst_severity".into(), worst.collect::<Vec<_>>()),
    ]
}

/// The rows of a batch.
pub(super) fn build(analyses: &[Analysis]) -> PolarsResult<DataFrame> {
    let rows = analyses
        .iter()
        .flat_map(|analysis| analysis.findings.iter().enumerate().map(move |(i, finding)| (analysis, i, finding)));
    let rows: Vec<(&Analysis, usize, &Finding)> = rows.collect();
    let places = rows.iter().map(|(analysis, _, finding)| analysis.evidence.source.at(finding.line));
    let text = |name: &str, of: fn(&Finding) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(_, _, finding)| of(finding)).collect::<Vec<_>>())
    };
    frame(vec![
        Column::new(
            "bisection".into(),
            rows.iter().map(|(analysis, ..)| analysis.bisection.as_str()).collect::<Vec<_>>(),
        ),
        Column::new("finding".into(), rows.iter().map(|(_, i, _)| *i as u64).collect::<Vec<_>>()),
        text("rule", |finding| Some(finding.rule.code.to_owned())),
        text("name", |finding| Some(finding.rule.name.to_owned())),
        text("severity", |finding| Some(finding.severity.name().to_owned())),
        Column::new("step".into(), rows.iter().map(|(_, _, f)| f.step.map(|step| step as u64)).collect::<Vec<_>>()),
        Column::new("path".into(), places.clone().map(|place| place.path).collect::<Vec<_>>()),
        Column::new("line".into(), places.map(|place| place.line.0).collect::<Vec<_>>()),
        text("commit", |finding| finding.commit.map(|commit| commit.to_string())),
        text("message", |finding| Some(finding.message.clone())),
        Column::new("p".into(), rows.iter().map(|(_, _, f)| f.p.map(Prob::value)).collect::<Vec<_>>()),
    ])
}
