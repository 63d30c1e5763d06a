//! A revision was marked bad on a single crash.
//!
//! # What
//! A verdict *bad* that rests on exactly one crash among several runs that count.
//!
//! # Why it matters
//! A bisection marks a revision bad on any crash. One crash in ten runs can be the bug, another bug, or the machine. If
//! it isn't the bug, every later step searches on the wrong side.
//!
//! `p`: that the verdict is wrong.
//!
//! # Example
//! `data/004_css_free_rwork_fn.txt`:
//!
//! ```text
//! error[BS201]: 6c2450ae5565 was marked bad on 1 crash in 10 runs; all runs
//!               together put it at good (>0.999)
//!    --> data/004_css_free_rwork_fn.txt:177:18
//!     |
//! 177 | run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo
//!     |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ seen at no other revision
//!     |
//!     = next: resume the bisection (bisectstat next says how often to run
//!             what):
//!             git bisect start 66ae0d1e2d9f 6c2450ae5565
//! ```
//!
//! # What to do
//! Run the revision again, thirty times or more, and look at the titles. If none is the reported bug, mark the revision
//! good and resume the bisection.
//!
//! # Limits
//! `min-runs` (2): the rule skips tests with fewer runs that count, since one run per revision is what plain `git
//! bisect` does. A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on.
//!
//! # Source
//! The posterior of the verdict, `steps[].confidence`. In the study behind `p_right`, culprits that one crash decided
//! were right in 4 % of cases.

use crate::analysis::StepAnalysis;
use crate::evidence::Verdict;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a single crash is too little.
    pub struct Limits {
        /// Fewest runs that say something.
        min_runs: u32 = 2,
        /// P(the verdict is wrong) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(the verdict is wrong) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.judged(Verdict::Bad).filter_map(|step| single_crash(case, step, limits)).collect()
}

fn single_crash(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let trials = step.crashes + step.passes;
    if step.crashes != 1 || trials < limits.min_runs {
        return None;
    }
    let crash = case.crashes(step.step).next()?;
    let wrong = step.shown_confidence()?.complement();
    let elsewhere = case.other_steps_with(crash, step.step);
    let noun = case.manner.noun();
    let label = if elsewhere == 0 { "seen at no other revision".to_owned() } else { format!("the only {noun}") };
    let message = format!("{} was marked bad on 1 {noun} in {trials} runs{}", Case::name(step), Case::verdict_on(step));
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, limits.doubt, limits.wrong), crash.line, message)
            .label(label)
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("crashes", step.crashes)
            .figure("trials", trials)
            .next_if(case.remedy(step, limits.doubt)),
    )
}
