//! The models' columns of the frames of evidence.

use polars::prelude::{Column, PolarsResult};

use crate::analysis::{Analysis, CredibleSet, StepAnalysis};
use crate::prob::{Estimate, Prob};

use super::Frames;

/// Adds every column that has a model.
pub(super) fn attach(frames: &mut Frames, analyses: &[Analysis]) -> PolarsResult<()> {
    frames.bisections.hstack_mut(&of_bisections(analyses))?;
    frames.steps.hstack_mut(&of_steps(analyses))?;
    frames.titles.hstack_mut(&of_titles(analyses))?;
    Ok(())
}

fn of_bisections(analyses: &[Analysis]) -> Vec<Column> {
    let set = |of: fn(&CredibleSet) -> Option<u64>| -> Vec<_> {
        analyses.iter().map(|analysis| analysis.credible_set.as_ref().and_then(of)).collect()
    };
    let mass = analyses.iter().map(|analysis| analysis.credible_set.as_ref().map(|set| set.mass.value()));
    let range = analyses.iter().map(|analysis| analysis.credible_set.as_ref().and_then(|set| set.range.clone()));
    let chance = |name: &str, of: fn(&Analysis) -> Option<Prob>| {
        Column::new(name.into(), analyses.iter().map(|a| of(a).map(Prob::value)).collect::<Vec<_>>())
    };
    vec![
        Column::new("answer".into(), analyses.iter().map(|a| a.answer.name()).collect::<Vec<_>>()),
        Column::new("reported_title".into(), analyses.iter().map(|a| a.reported_title.clone()).collect::<Vec<_>>()),
        chance("p_right", |analysis| analysis.p_right),
        chance("p_named", |analysis| analysis.p_named),
        chance("p_named_any", |analysis| analysis.p_named_any),
        chance("p_no_change", |analysis| analysis.p_no_change),
        chance("p_other_direction", |analysis| analysis.p_other_direction),
        chance("rate_before", |analysis| analysis.rate_before.map(|rate| rate.mean)),
        chance("rate_since", |analysis| analysis.rate_since.map(|rate| rate.mean)),
        Column::new("credible_commits".into(), set(|set| set.commits)),
        Column::new("credible_mass".into(), mass.collect::<Vec<_>>()),
        Column::new("credible_range".into(), range.collect::<Vec<_>>()),
        Column::new("model".into(), analyses.iter().map(|a| a.model.name).collect::<Vec<_>>()),
    ]
}

fn of_steps(analyses: &[Analysis]) -> Vec<Column> {
    let steps: Vec<&StepAnalysis> = analyses.iter().flat_map(|analysis| &analysis.steps).collect();
    let chance = |name: &str, of: fn(&StepAnalysis) -> Option<Prob>| {
        Column::new(name.into(), steps.iter().map(|step| of(step).map(Prob::value)).collect::<Vec<_>>())
    };
    let rate = |name: &str, of: fn(Estimate) -> Prob| {
        Column::new(name.into(), steps.iter().map(|step| step.rate.map(|rate| of(rate).value())).collect::<Vec<_>>())
    };
    vec![
        rate("rate_mean", |rate| rate.mean),
        rate("rate_low", |rate| rate.interval.low),
        rate("rate_high", |rate| rate.interval.high),
        chance("p_bad_alone", |step| step.p_bad_alone),
        chance("p_bad", |step| step.p_bad),
        chance("p_hidden", |step| step.p_hidden),
        chance("confidence", |step| step.confidence),
        chance("false_good", |step| step.false_good),
    ]
}

fn of_titles(analyses: &[Analysis]) -> Vec<Column> {
    let titles: Vec<_> = analyses.iter().flat_map(|analysis| &analysis.titles).collect();
    vec![
        Column::new("crash_type".into(), titles.iter().map(|title| title.crash_type).collect::<Vec<_>>()),
        Column::new("p_same_bug".into(), titles.iter().map(|t| t.p_same_bug.map(Prob::value)).collect::<Vec<_>>()),
        Column::new("anchor".into(), titles.iter().map(|title| title.anchor).collect::<Vec<_>>()),
    ]
}
