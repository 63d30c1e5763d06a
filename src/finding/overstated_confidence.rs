//! The log is surer of itself than its runs allow.
//!
//! # What
//! The log's own estimate that it is wrong is much smaller than the computed one.
//!
//! # Why it matters
//! The log's estimate takes the crash rate for known and equal everywhere, and every crash for the bug. Nobody who
//! reads "error probability 0.00" looks again.
//!
//! `p`: that the change is not at the named commit.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/overstated-confidence.fires.txt`:
//!
//! ```text
//! note[BS501]: the log puts its chance of being wrong at <0.001; its runs put it
//!              at 0.06
//!   --> tests/rules/overstated-confidence.fires.txt:91:1
//!    |
//! 91 | first bad commit: 6666666666666666666666666666666666666666 foo: split the teardown path
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ P(wrong) 0.06
//!    |
//!    = next: resume the bisection (bisectstat next says how often to run
//!            what):
//!            git bisect start 666666666666 444444444444
//! ```
//!
//! # What to do
//! Believe the posterior, and do what the other findings say.
//!
//! # Limits
//! `factor` (10): how many times smaller the log's estimate is; `notable` (0.05): the rule ignores smaller computed
//! ones. A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on. Where the
//! named commit is unlikely (BS301), that finding speaks for both.
//!
//! # Source
//! The line `accumulated error probability`, against one less `p_named`.

use crate::analysis::named::Named;
use crate::analysis::words::chance;
use crate::prob::Prob;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &["BS301"];

limits! {
    /// When confidence is overstated.
    pub struct Limits {
        /// How many times smaller the stated error is.
        factor: f64 = 10.0,
        /// The computed error from which it is said.
        notable: f64 = 0.05,
        /// P(it matters) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(it matters) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| overstated(case, named, limits)).into_iter().collect()
}

fn overstated(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let stated = case.evidence().stated_error?;
    let ours = case.analysis.p_named?.complement();
    if ours.value() < limits.notable || stated * limits.factor > ours.value() {
        return None;
    }
    let p = case.stake(ours);
    let said = chance(Prob::saturating(stated));
    let message = format!("the log puts its chance of being wrong at {said}; its runs put it at {}", chance(ours));
    let draft = Draft::new(case.severity(p, limits.doubt, limits.wrong), named.culprit.line, message)
        .label(format!("P(wrong) {}", chance(ours)))
        .p(p)
        .figure("computed_error", ours.value())
        .figure("stated_error", stated)
        .next_if(case.resume());
    Some(case.about_named(draft))
}
