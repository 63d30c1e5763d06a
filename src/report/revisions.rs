//! What is said of the tested revisions, on a screen and on a page alike.

use std::fmt::Write as _;

use crate::analysis::words::{Manner, count, short_chance};
use crate::analysis::{Analysis, StepAnalysis};
use crate::evidence::{CommitId, Role, Verdict};

/// The revisions that the report is about.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    named: Option<CommitId>,
    /// The end of the likeliest gap.
    here: Option<CommitId>,
}

impl Marks {
    pub(super) fn of(analysis: &Analysis) -> Self {
        Self { named: analysis.named_culprit, here: analysis.likeliest_gap().and_then(|gap| gap.upto) }
    }
}

/// Steps with a place on the line, old to new.
pub(super) fn on_line(analysis: &Analysis) -> Vec<&StepAnalysis> {
    let mut steps: Vec<_> = analysis.steps.iter().filter(|step| step.point.is_some()).collect();
    steps.sort_by_key(|step| (step.point, step.step));
    steps
}

/// What was decided, or that a kernel's crash was reported here.
pub(super) fn verdict(manner: Manner, step: &StepAnalysis) -> &'static str {
    match (step.role, manner) {
        (Role::Origin, Manner::Crash) => "origin",
        _ => step.verdict.map_or("", Verdict::name),
    }
}

/// The commits between this revision and the next older one.
pub(super) fn gap_before(analysis: &Analysis, step: &StepAnalysis) -> String {
    let gap = analysis.gaps.iter().find(|gap| gap.upto == Some(step.commit));
    let size = |commits: u64, exact: bool| format!("{}{commits}", if exact { "" } else { "~" });
    match gap {
        Some(gap) if gap.commits.is_none() && gap.is_bounded() => "?".to_owned(),
        gap => gap.and_then(|gap| gap.commits.map(|commits| size(commits, gap.commits_exact))).unwrap_or_default(),
    }
}

/// What the report says of this revision.
pub(super) fn mark(marks: Marks, step: &StepAnalysis) -> &'static str {
    match Some(step.commit) {
        commit if commit == marks.named => "← named",
        commit if commit == marks.here => "← here",
        _ => "",
    }
}

/// Tests without a place in the table.
pub(super) fn left_out(analysis: &Analysis) -> String {
    let mut text = String::new();
    let failed = Manner::of(analysis).past();
    let off_line = || analysis.steps.iter().filter(|step| step.point.is_none());
    let skipped = || off_line().filter(|step| step.verdict == Some(Verdict::Skip) && step.role != Role::Config);
    for step in skipped().filter(|step| step.p_bad.is_some()) {
        let (chance, runs) = (short_chance(step.p_bad), count(step.crashes + step.passes, "run"));
        let name = step.commit.short();
        let _ = writeln!(text, "skipped   {name}   {} of {runs} {failed}, P(bad) {chance}", step.crashes);
    }
    let lost = |step: &&StepAnalysis| step.verdict != Some(Verdict::Skip) && step.role != Role::Config;
    for step in off_line().filter(lost).filter(|step| step.crashes + step.passes > 0) {
        let (runs, name) = (count(step.crashes + step.passes, "run"), step.commit.short());
        let _ = writeln!(text, "no place  {name}   {} of {runs} {failed}", step.crashes);
    }
    let mute = skipped().filter(|step| step.p_bad.is_none()).count();
    if mute > 0 {
        let _ = writeln!(text, "skipped   {} that could not be built, booted or judged", count(mute, "test"));
    }
    let configs = off_line().filter(|step| step.role == Role::Config).count();
    if configs > 0 {
        let _ = writeln!(text, "left out  {} of a smaller kernel configuration", count(configs, "test"));
    }
    if !analysis.evidence.unparsed.is_empty() {
        let lines = count(analysis.evidence.unparsed.len(), "line");
        let _ = writeln!(text, "not understood: {lines} (--format unparsed lists them)");
    }
    text
}
