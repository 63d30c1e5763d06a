//! A verdict rests on fewer than half of the test's runs; the others say nothing.
//!
//! # What
//! A verdict *good* or *bad* where more than half of the runs were void: the kernel didn't boot, a trivial program
//! failed on it, the machine or the network broke.
//!
//! # Why it matters
//! A void run is no trial. Three passing runs say less than ten, and what breaks the machine may be the bug itself.
//!
//! `p`: that the verdict is wrong, given the runs that count and the rest of the log.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/void-runs.fires.txt`:
//!
//! ```text
//! note[BS101]: 555555555555 was marked good although 6 of 10 runs say nothing; all
//!              runs together leave a probability of 0.012 that it is bad
//!   --> tests/rules/void-runs.fires.txt:70:9
//!    |
//! 70 | run #4: boot failed: the machine did not come up
//!    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 6 runs like this: no trial
//! ```
//!
//! # What to do
//! Repair what broke the runs and test the revision again.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on.
//!
//! # Source
//! The posterior of the verdict, `steps[].confidence`, which counts passes and crashes only. In the study behind
//! `p_right`, 24 bisections have such a verdict; 17 of them named the wrong commit.

use crate::analysis::StepAnalysis;
use crate::analysis::words::count;
use crate::evidence::{Outcome, Verdict};

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Doubt as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let steps = case.judged(Verdict::Good).chain(case.judged(Verdict::Bad));
    steps.filter_map(|step| void_runs(case, step, limits)).collect()
}

fn void_runs(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let trials = step.crashes + step.passes;
    if trials >= step.voids {
        return None;
    }
    let wrong = step.shown_confidence()?.complement();
    let verdict = step.verdict?.name();
    let all = trials + step.voids;
    let name = Case::name(step);
    let rest = Case::verdict_on(step);
    let message = format!("{name} was marked {verdict} although {} of {all} runs say nothing{rest}", step.voids);
    let line = case.line_of(step, |outcome| matches!(outcome, Outcome::Void(..)));
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, limits.doubt, limits.wrong), line, message)
            .label(format!("{} like this: no trial", count(step.voids, "run")))
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("voids", step.voids)
            .figure("trials", trials)
            .next_if(case.remedy(step, limits.doubt).map(|_| Case::rerun(step))),
    )
}
