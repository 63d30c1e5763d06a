//! Untested commits lie between the culprit and its neighbour.
//!
//! # What
//! Revisions were skipped, and the bisection couldn't tell the last commits apart; or it named one although untested
//! ones lie between it and the next older revision.
//!
//! # Why it matters
//! Any of the skipped commits can be the culprit.
//!
//! `p`: that it is another one than the named; missing where none is named.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/skips-beside-culprit.fires.txt`:
//!
//! ```text
//! warning[BS305]: the bisection ends with 2 commits that it could not tell apart:
//!                 1 of them skipped
//!   --> tests/rules/skips-beside-culprit.fires.txt:76:1
//!    |
//! 76 | # git bisect skip 5555555555555555555555555555555555555555
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ skipped, and it can be the culprit
//!    |
//!    = next: make the skipped revisions build and boot, and test them
//! ```
//!
//! # What to do
//! Make the skipped revisions build or boot, with another configuration or a cherry-picked fix, and test them.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on and where no commit is named. Never an error: the log
//! itself says what it does not know.
//!
//! # Source
//! The candidates that the log lists, and the posterior of the named commit's interval, shared evenly among its
//! commits.

use crate::analysis::finding::Severity;
use crate::analysis::named::Named;
use crate::analysis::words::{commits, count};
use crate::evidence::Ending;
use crate::prob::Prob;

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Suspicion as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let found = match &case.named {
        Some(named) => beside_named(case, named, limits),
        None => several(case),
    };
    found.into_iter().collect()
}

fn beside_named(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let gap = case.analysis.gaps.iter().find(|gap| gap.upto == Some(named.culprit.commit))?;
    let n = gap.commits.filter(|n| *n > 1)?;
    let other = Prob::saturating(gap.posterior?.value() - case.analysis.p_named?.value());
    let p = case.stake(other);
    let name = named.culprit.commit.short();
    let left = commits(n, gap.commits_exact);
    let message = format!("{name} is one of {left} between the tested revisions: the others were not tested");
    let draft = Draft::new(case.severity(p, limits.doubt, f64::INFINITY), named.culprit.line, message)
        .label("named without a test of its neighbours")
        .p(p)
        .next_if(case.resume());
    Some(case.about_named(draft))
}

fn several(case: &Case<'_>) -> Option<Draft> {
    let evidence = case.evidence();
    let n = evidence.candidates.len();
    if evidence.ending != Ending::Inconclusive || n < 2 {
        return None;
    }
    let skips = evidence.walk.iter().flat_map(|walk| &walk.moves).filter(|told| told.side.is_none());
    let beside = skips.clone().filter(|told| evidence.candidates.contains(&told.commit));
    let line = beside.clone().next_back().or_else(|| skips.clone().next_back()).map(|told| told.line)?;
    let (skipped, left) = (beside.count(), count(n, "commit"));
    let message = format!("the bisection ends with {left} that it could not tell apart: {skipped} of them skipped");
    Some(
        Draft::new(Severity::Warning, line, message)
            .label("skipped, and it can be the culprit")
            .next("make the skipped revisions build and boot, and test them".to_owned()),
    )
}
