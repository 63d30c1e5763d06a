//! A recorded verdict is more likely wrong than right.
//!
//! # What
//! All runs of the log together contradict what was decided about a revision.
//!
//! # Why it matters
//! A bisection decides revision by revision and never looks back; its result holds only if every verdict does. `p` is the
//! probability that this one is wrong.
//!
//! # Example
//! TODO
//!
//! # What to do
//! Resume the bisection where the evidence points, or test the revision again.
//!
//! # Limits
//! `wrong` (0.5). Always an error. Rules that know why the verdict is wrong (BS101, BS201, BS202, BS203) speak instead of this one.
//!
//! # Source
//! The posterior of the verdict, `steps[].confidence`.

use serde::Deserialize;

use crate::analysis::StepAnalysis;
use crate::analysis::words::chance;
use crate::evidence::{Outcome, Verdict};

use super::case::Case;
use super::draft::Draft;

pub(super) const YIELDS_TO: &[&str] = &["BS101", "BS201", "BS202", "BS203"];

/// When a verdict is wrong.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// P(the verdict is wrong) from which it is reported.
    pub wrong: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wrong: 0.5 }
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let steps = case.judged(Verdict::Good).chain(case.judged(Verdict::Bad));
    steps.filter_map(|step| doubtful(case, step, limits)).collect()
}

fn doubtful(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let wrong = step.confidence?.complement();
    if wrong.value() < limits.wrong {
        return None;
    }
    let trials = step.crashes + step.passes;
    let verdict = step.verdict?;
    let (name, word) = (case.name(step), verdict.name());
    let message = format!("{name} was called {word} for {} of {trials} runs{}", step.crashes, case.verdict_on(step));
    let line = match verdict {
        Verdict::Bad => case.line_of(step, |outcome| matches!(outcome, Outcome::Crash(_))),
        Verdict::Good | Verdict::Skip => case.line_of(step, |outcome| *outcome == Outcome::Pass),
    };
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, 0.0, limits.wrong), line, message)
            .label(format!("called {word}, wrong with {}", chance(wrong)))
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("crashes", step.crashes)
            .figure("trials", trials)
            .next(case.remedy(step, limits.wrong)),
    )
}
