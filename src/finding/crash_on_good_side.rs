//! A revision crashes although the bug seems to begin later.
//!
//! # What
//! Crashes on a revision that all runs together put on the good side.
//!
//! # Why it matters
//! Either another bug crashes there, or the bug is older than the named commit and rarely shows so far back.
//!
//! `p`: that this revision has the bug.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/crash-on-good-side.fires.txt`:
//!
//! ```text
//! note[BS403]: 555555555555 crashed in 1 of 10 runs, on the good side; P(it has
//!              the bug) 0.008
//!   --> tests/rules/crash-on-good-side.fires.txt:66:18
//!    |
//! 66 | run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo
//!    |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ P(reported bug) 0.008
//! ```
//!
//! # What to do
//! Look at the titles. If one is the reported crash, test this revision again with many runs.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on. A verdict *bad* on such a revision is BS201's,
//! BS202's or BS204's.
//!
//! # Source
//! `steps[].p_bad` and the crashes of the test.

use crate::analysis::StepAnalysis;
use crate::analysis::words::chance;
use crate::evidence::Role;

use super::case::{Case, likely};
use super::draft::Draft;

pub use super::limits::Suspicion as Limits;

pub(super) const YIELDS_TO: &[&str] = &["BS101", "BS201", "BS202", "BS204"];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let steps = case.analysis.steps.iter().filter(|step| step.point.is_some() && step.role != Role::Config);
    steps.filter_map(|step| crash(case, step, limits)).collect()
}

fn crash(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let p = step.p_shown().filter(|p| !likely(*p))?;
    let crash = case.crashes(step.step).next()?;
    let stake = case.stake(p);
    let trials = step.crashes + step.passes;
    let (name, p_bad) = (Case::name(step), chance(p));
    let (failed, bug) = (case.manner.past(), case.manner.choose("it has the bug", "bad"));
    let message = format!("{name} {failed} in {} of {trials} runs, on the good side; P({bug}) {p_bad}", step.crashes);
    let same = case.likeliest_crash(step.step).map(|(_, same)| same);
    let label = same.map_or_else(String::new, |same| case.p_reported(same));
    Some(
        Draft::new(case.severity(stake, limits.doubt, f64::INFINITY), crash.line, message)
            .label(label)
            .at(step.step, step.commit)
            .p(stake)
            .figure("p_bad", p.value())
            .figure("crashes", step.crashes)
            .figure("trials", trials)
            .next_if(case.remedy(step, limits.doubt).map(|_| Case::rerun(step))),
    )
}
