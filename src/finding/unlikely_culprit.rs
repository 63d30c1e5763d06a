//! The reported bug likely does not start at the named commit.
//!
//! # What
//! `p_named`, the posterior that the change lies at the named commit, is low.
//!
//! # Why it matters
//! The name goes into a mail, and its author looks for a bug that is elsewhere. `p` is the probability that the change is not at
//! this commit.
//!
//! # Example
//! `data/004_css_free_rwork_fn.txt`
//!
//! # What to do
//! Do not mail the result. Resume the bisection over the commits that the evidence leaves.
//!
//! # Limits
//! A note from `doubt` (0.1) on would be noise: below it nothing is said, from it on a warning, from `wrong` (0.5) on an error.
//!
//! # Source
//! `p_named` and the posterior of the intervals between tested revisions, `gaps[].posterior`.

use crate::analysis::finding::Severity;
use crate::analysis::named::Named;
use crate::analysis::words::{chance, commits, short_range};
use crate::evidence::Kind;

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Doubt as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| unlikely(case, named, limits)).into_iter().collect()
}

fn unlikely(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let p_named = case.analysis.p_named?;
    let wrong = p_named.complement();
    if wrong.value() < limits.doubt {
        return None;
    }
    let word = if case.evidence().kind == Kind::Fix { "stops" } else { "starts" };
    let name = named.culprit.commit.short();
    let elsewhere = elsewhere(case).unwrap_or_default();
    let message = format!("the reported bug {word} at {name} with {} only{elsewhere}", chance(p_named));
    let draft = Draft::new(Severity::of(Some(wrong), limits.doubt, limits.wrong), named.culprit.line, message)
        .label(format!("named, and right with {}", chance(p_named)))
        .p(wrong)
        .figure("p_named", p_named.value())
        .next(case.resume());
    Some(case.about_named(draft))
}

/// Where most of the mass lies, when that is not the named commit.
fn elsewhere(case: &Case<'_>) -> Option<String> {
    let (gap, mass) = case.likeliest_gap()?;
    if gap.upto == case.analysis.named_culprit && gap.commits == Some(1) {
        return None;
    }
    let size = gap.commits.map_or_else(|| "nobody tested them".to_owned(), |n| commits(n, gap.commits_exact));
    Some(format!("; {} lies in {} ({size})", chance(mass), short_range(gap.after, gap.upto)))
}
