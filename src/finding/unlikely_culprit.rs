//! The reported bug probably doesn't start at the named commit.
//!
//! # What
//! `p_named`, the posterior that the change lies at the named commit, is low.
//!
//! # Why it matters
//! The name goes into a mail, and the commit's author looks for a bug that is elsewhere.
//!
//! `p`: that the change is not at this commit.
//!
//! # Example
//! `data/004_css_free_rwork_fn.txt`:
//!
//! ```text
//! error[BS301]: P(bug starts at 6c2450ae5565) <0.001; P(it is in
//!               6c2450ae5565..66ae0d1e2d9f) >0.999 (7 commits)
//!    --> data/004_css_free_rwork_fn.txt:223:1
//!     |
//! 223 | first bad commit: 6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916 io_uring: allocate memory for ove…
//!     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ P(bug starts here) <0.001
//!     |
//!     = next: resume the bisection (bisectstat next says how often to run
//!             what):
//!             git bisect start 66ae0d1e2d9f 6c2450ae5565
//! ```
//!
//! # What to do
//! Don't mail the result. Resume the bisection over the commits that the evidence leaves.
//!
//! # Limits
//! `unlikely` (0.1): the rule stays silent below. A note while the result holds, a warning from `doubt` (0.4) on, an error
//! from `wrong` (0.5) on.
//!
//! # Source
//! `p_named` and the posterior of the intervals between tested revisions, `gaps[].posterior`.

use crate::analysis::named::Named;
use crate::analysis::words::{chance, short_range};
use crate::evidence::Kind;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a commit is unlikely.
    pub struct Limits {
        /// P(the change is elsewhere) from which it is said.
        unlikely: f64 = 0.1,
        /// P(it matters) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(it matters) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| unlikely(case, named, limits)).into_iter().collect()
}

fn unlikely(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let p_named = case.analysis.p_named?;
    let wrong = p_named.complement();
    if wrong.value() < limits.unlikely {
        return None;
    }
    let p = case.stake(wrong);
    let word = if case.evidence().kind == Kind::Fix { "stops" } else { "starts" };
    let name = named.culprit.commit.short();
    let elsewhere = elsewhere(case).unwrap_or_default();
    let bug = case.manner.bug();
    let message = format!("P({bug} {word} at {name}) {}{elsewhere}", chance(p_named));
    let draft = Draft::new(case.severity(p, limits.doubt, limits.wrong), named.culprit.line, message)
        .label(format!("P({bug} {word} here) {}", chance(p_named)))
        .p(p)
        .figure("p_named", p_named.value())
        .next_if(case.resume());
    Some(case.about_named(draft))
}

/// Where most of the mass lies, when that is not the named commit.
fn elsewhere(case: &Case<'_>) -> Option<String> {
    let (gap, mass) = case.likeliest_gap()?;
    if gap.is_alone(case.analysis.named_culprit) {
        return None;
    }
    let size = if gap.is_bounded() { gap.size() } else { "no limit to their number".to_owned() };
    Some(format!("; P(it is in {}) {} ({size})", short_range(gap.after, gap.upto), chance(mass)))
}
