//! A revision was marked bad for another bug's crashes.
//!
//! # What
//! A verdict *bad* where each crash is likelier another bug than the reported one.
//!
//! # Why it matters
//! A bisection takes any crash for the bug. A kernel has many bugs; one that shows on a revision without the reported
//! bug sends every later step to the wrong side.
//!
//! `p`: that the verdict is wrong.
//!
//! # Example
//! `data/004_css_free_rwork_fn.txt`:
//!
//! ```text
//! error[BS202]: 6c2450ae5565 was marked bad for another bug's crash; probability
//!               that it is the reported bug: 0.011; P(good) >0.999
//!    --> data/004_css_free_rwork_fn.txt:177:18
//!     |
//! 177 | run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo
//!     |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ P(reported bug) 0.011
//!     |
//!     = next: resume the bisection (bisectstat next says how often to run
//!             what):
//!             git bisect start 66ae0d1e2d9f 6c2450ae5565
//! ```
//!
//! # What to do
//! Run the revision again and count only crashes of the reported bug; a crash that ends a run says nothing about it.
//!
//! # Limits
//! `same-bug` (0.5): from this probability on, a crash counts as the reported bug's. A note while the
//! result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on.
//!
//! # Source
//! P(a title is the reported bug), `titles[].p_same_bug`, and the posterior of the verdict, `steps[].confidence`. The
//! model sums over all sets of titles, so a renamed crash stays related.

use crate::analysis::StepAnalysis;
use crate::analysis::words::chance;
use crate::evidence::Verdict;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a crash is a stranger.
    pub struct Limits {
        /// P(the crash is the reported bug) from which it is related.
        same_bug: f64 = 0.5,
        /// P(the verdict is wrong) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(the verdict is wrong) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.judged(Verdict::Bad).filter_map(|step| unrelated(case, step, limits)).collect()
}

fn unrelated(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let (crash, same) = case.likeliest_crash(step.step)?;
    let wrong = step.shown_confidence()?.complement();
    if same.value() >= limits.same_bug {
        return None;
    }
    let manner = case.manner;
    let (whose, most) = match step.crashes {
        1 => (manner.choose("another bug's crash", "another failure"), ""),
        _ => (manner.choose("other bugs' crashes", "other failures"), " at most"),
    };
    let bug = manner.bug();
    let name = Case::name(step);
    let (same_bug, rest) = (chance(same), Case::verdict_in_short(step));
    let message =
        format!("{name} was marked bad for {whose}; probability that it is the reported {bug}: {same_bug}{most}{rest}");
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, limits.doubt, limits.wrong), crash.line, message)
            .label(case.p_reported(same))
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("p_same_bug", same.value())
            .figure("crashes", step.crashes)
            .next_if(case.remedy(step, limits.doubt)),
    )
}
