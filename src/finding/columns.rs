//! The findings' columns of the frames.

use polars::prelude::{Column, DataFrame, PolarsResult};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Severity};
use crate::frame::Frames;
use crate::prob::Prob;

/// Adds the columns that count findings, and one row a finding.
pub(super) fn attach(frames: &mut Frames, analyses: &[Analysis]) -> PolarsResult<()> {
    let count = analyses.iter().map(|analysis| analysis.findings.len() as u64);
    let worst = analyses.iter().map(|analysis| analysis.findings.iter().map(|f| f.severity).max().map(Severity::name));
    frames.bisections.hstack_mut(&[
        Column::new("findings".into(), count.collect::<Vec<_>>()),
        Column::new("worst_severity".into(), worst.collect::<Vec<_>>()),
    ])?;
    frames.findings = rows(analyses)?;
    Ok(())
}

fn rows(analyses: &[Analysis]) -> PolarsResult<DataFrame> {
    let rows = analyses
        .iter()
        .flat_map(|analysis| analysis.findings.iter().enumerate().map(move |(i, finding)| (analysis, i, finding)));
    let rows: Vec<(&Analysis, usize, &Finding)> = rows.collect();
    let places = rows.iter().map(|(analysis, _, finding)| analysis.evidence.source.at(finding.line));
    let text = |name: &str, of: fn(&Finding) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(_, _, finding)| of(finding)).collect::<Vec<_>>())
    };
    DataFrame::new_infer_height(vec![
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
