//! What rules ask of an analysis.

use crate::analysis::{Analysis, StepAnalysis};
use crate::evidence::{Bisection, Outcome, Run, Verdict};

/// One bisection, as rules see it.
pub struct Case<'a> {
    pub(super) analysis: &'a Analysis,
}

impl<'a> Case<'a> {
    pub(super) const fn new(analysis: &'a Analysis) -> Self {
        Self { analysis }
    }

    /// What the log says.
    pub(super) const fn evidence(&self) -> &'a Bisection {
        &self.analysis.evidence
    }

    /// The tests with this verdict, in the log's order.
    pub(super) fn steps(&self, verdict: Verdict) -> impl Iterator<Item = &'a StepAnalysis> {
        self.analysis.steps.iter().filter(move |step| step.verdict == Some(verdict))
    }

    /// The test of the named culprit.
    pub(super) fn named_step(&self) -> Option<&'a StepAnalysis> {
        self.analysis.steps.get(self.evidence().culprit_step()?)
    }

    /// The first run of a test that crashed.
    pub(super) fn first_crash(&self, step: usize) -> Option<&'a Run> {
        self.evidence().steps.get(step)?.runs.iter().find(|run| matches!(run.outcome, Outcome::Crash(_)))
    }

    /// How many other tests show the crash of this run.
    pub(super) fn other_steps_with(&self, run: &Run, step: usize) -> usize {
        let shows = |runs: &[Run]| runs.iter().any(|other| other.outcome == run.outcome);
        self.evidence().steps.iter().enumerate().filter(|(i, other)| *i != step && shows(&other.runs)).count()
    }

    /// A revision's tag, else its short hash.
    pub(super) fn name(&self, step: &StepAnalysis) -> String {
        step.tag.clone().unwrap_or_else(|| step.commit.short())
    }

    /// Commands that resume where the evidence points when the named commit is not there, else an advice to run this
    /// revision again.
    pub(super) fn resume_or_rerun(&self, step: &StepAnalysis) -> String {
        self.resume().unwrap_or_else(|| format!("run {} again", self.name(step)))
    }

    /// `git bisect start NEW OLD` over the credible set, unless it is the named commit alone or has no old end.
    pub(super) fn resume(&self) -> Option<String> {
        let set = self.analysis.credible_set.as_ref()?;
        let (old, new) = set.range.as_deref()?.split_once("..")?;
        if set.commits == Some(1) || old.is_empty() {
            return None;
        }
        Some(format!("git bisect start {} {}", short(new), short(old)))
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
