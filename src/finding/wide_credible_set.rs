//! The culprit can be any of many commits.
//!
//! # What
//! The 95 % credible set has more commits than the limit, or reaches beyond the tested revisions.
//!
//! # Why it matters
//! Naming one commit out of that many says little, and a bisection that names none has most of its work ahead.
//!
//! `p`: that the change is not at the named commit; missing where none is named.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/wide-credible-set.fires.txt`:
//!
//! ```text
//! note[BS306]: the change can be any of about 510 commits
//!   --> tests/rules/wide-credible-set.fires.txt:60:1
//!    |
//! 60 | # git bisect good 4444444444444444444444444444444444444444
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ so far the runs lead
//!    |
//!    = next: resume the bisection (bisectstat next says how often to run
//!            what):
//!            git bisect start 666666666666 444444444444
//! ```
//!
//! # What to do
//! Go on with the bisection over the set.
//!
//! # Limits
//! `max-commits` (16): four more tests. A note where no commit is named and while the result holds, a warning from
//! `doubt` (0.4) on. Where BS301, BS305 or BS307 say why the set is wide,
//! this rule is silent.
//!
//! # Source
//! `credible_set`.

use crate::analysis::CredibleSet;
use crate::analysis::finding::Severity;
use crate::analysis::words::commits;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &["BS301", "BS305", "BS307"];

limits! {
    /// When a set is wide.
    pub struct Limits {
        /// Most commits that are not wide.
        max_commits: u64 = 16,
        /// P(the change is not at the named commit) from which it is a warning.
        doubt: f64 = 0.4,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let set = case.analysis.credible_set.as_ref();
    let wide = set.filter(|set| set.commits.map_or(!set.bounded, |n| n > limits.max_commits));
    wide.map(|set| wide_set(case, set, limits)).into_iter().collect()
}

fn wide_set(case: &Case<'_>, set: &CredibleSet, limits: &Limits) -> Draft {
    let wrong = case.analysis.p_named.map(|p| case.stake(p.complement()));
    let severity = match wrong {
        Some(p) => case.severity(p, limits.doubt, f64::INFINITY),
        None => Severity::Note,
    };
    let size = set
        .commits
        .map_or_else(|| "the commits on a side that nobody tested".to_owned(), |n| commits(n, set.commits_exact));
    let message = format!("the change can be any of {size}");
    let walk = case.evidence().walk.as_ref();
    let last = walk.and_then(|walk| walk.moves.last()).map(|told| told.line);
    let named = case.named.as_ref().map(|named| named.culprit.line);
    let line = named.or(last).unwrap_or(case.evidence().line);
    let draft = Draft::new(severity, line, message).label("so far the runs lead").p(wrong).next_if(case.resume());
    case.about_named(match set.commits {
        Some(n) => draft.figure("commits", u32::try_from(n).unwrap_or(u32::MAX)),
        None => draft,
    })
}
