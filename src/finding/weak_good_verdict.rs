//! A revision was marked good after too few runs for so rare a crash.
//!
//! # What
//! A verdict *good* that a bad revision would get too often (the *false-good chance* is above the limit), or that all
//! runs together contradict.
//!
//! # Why it matters
//! A crash that shows in one run of ten stays away for ten runs one time in three. A bad revision that is marked good
//! sends every later step to newer commits, and an innocent one gets named.
//!
//! `p`: that the verdict is wrong.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/weak-good-verdict.fires.txt`:
//!
//! ```text
//! note[BS203]: 555555555555 was marked good after 4 runs: a bad revision would
//!              pass that many runs 25 % of the time; all runs together leave a
//!              probability of 0.27 that it is bad; 2 more like it
//!   --> tests/rules/weak-good-verdict.fires.txt:54:9
//!    |
//! 54 | run #0: OK
//!    |         ^^ no crash in 4 runs, and 2 commits cleared by it
//!    |
//!    = see: tests/rules/weak-good-verdict.fires.txt:18: no crash in 4 runs
//!    = see: tests/rules/weak-good-verdict.fires.txt:44: no crash in 4 runs, and 1 commit cleared by it
//! ```
//!
//! # What to do
//! Test the revision again; `bisectstat next` says how often.
//!
//! # Limits
//! `false-good` (0.1): the chance from which the verdict is weak. A note while the result holds, a warning from `doubt`
//! (0.4) on, an error from `wrong` (0.5) on.
//!
//! # Source
//! `steps[].false_good`: the chance averaged over what the bisection says of the crash's rate, since `(1 - rate)^runs`
//! with a best guess of the rate is too sure of itself; and the posterior of the verdict, `steps[].confidence`.

use crate::analysis::StepAnalysis;
use crate::analysis::words::{count, percent};
use crate::evidence::{Kind, Outcome, Verdict};

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &["BS101"];

limits! {
    /// When a good verdict is weak.
    pub struct Limits {
        /// P(a bad revision shows the same) from which it is weak.
        false_good: f64 = 0.1,
        /// P(the verdict is wrong) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(the verdict is wrong) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.judged(Verdict::Good).filter_map(|step| weak_good(case, step, limits)).collect()
}

fn weak_good(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let (false_good, wrong) = (step.false_good?, step.shown_confidence()?.complement());
    let weak = false_good.value() >= limits.false_good || wrong.value() >= limits.doubt;
    if step.crashes > 0 || !weak {
        return None;
    }
    let runs = count(step.passes, "run");
    let (name, same) = (Case::name(step), percent(false_good));
    let message = format!(
        "{name} was marked good after {runs}: a bad revision would pass that many runs {same} of the time{}",
        Case::verdict_on(step)
    );
    let line = case.line_of(step, |outcome| *outcome == Outcome::Pass);
    let clears = clears(case, step).map(|n| format!(", and {} cleared by it", count(n, "commit"))).unwrap_or_default();
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, limits.doubt, limits.wrong), line, message)
            .label(format!("no {} in {runs}{clears}", case.manner.noun()))
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("false_good", false_good.value())
            .figure("passes", step.passes)
            .next_if(case.remedy(step, limits.doubt).map(|_| Case::rerun(step))),
    )
}

/// Commits that are innocent only if this verdict is right.
fn clears(case: &Case<'_>, step: &StepAnalysis) -> Option<u64> {
    let gap = case.analysis.gaps.iter().find(|gap| match case.evidence().kind {
        Kind::Cause => gap.upto == Some(step.commit),
        Kind::Fix => gap.after == Some(step.commit),
    });
    gap.and_then(|gap| gap.commits)
}
