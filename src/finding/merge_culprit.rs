//! The named commit is a merge.
//!
//! # What
//! git names a merge, both of whose parents were marked good.
//!
//! # Why it matters
//! A merge can be at fault, if two sides that work alone break together. Far more often one of the verdicts on its
//! parents is wrong, and the culprit is in a branch that the bisection left.
//!
//! `p`: that it is not to blame.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/merge-culprit.fires.txt`:
//!
//! ```text
//! note[BS304]: 666666666666 is a merge: it is to blame only if both of its sides
//!              are good alone
//!   --> tests/rules/merge-culprit.fires.txt:91:1
//!    |
//! 91 | first bad commit: 6666666666666666666666666666666666666666 foo: split the teardown path
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a merge
//!    |
//!    = next: test its parents again: 4444444 and 5555555
//! ```
//!
//! # What to do
//! Test both parents again, with more runs. If one crashes, bisect its side.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on.
//!
//! # Source
//! The line `Merge:` of the named commit; `p_right`, else `p_named`. In the study behind `p_right`, none of the
//! culprits that cannot matter (same signature, merge, release, documents) is right.

use crate::analysis::finding::Severity;
use crate::analysis::named::Named;
use crate::evidence::CommitId;

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Doubt as Limits;

pub(super) const YIELDS_TO: &[&str] = &["BS303"];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let merge = case.named.as_ref().filter(|named| named.is_merge());
    merge.map(|named| merge_culprit(case, named, limits)).into_iter().collect()
}

fn merge_culprit(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Draft {
    let p = case.not_to_blame();
    let name = named.culprit.commit.short();
    let parents: Vec<_> = named.culprit.merge_parents.iter().map(CommitId::short).collect();
    let message = format!("{name} is a merge: it is to blame only if both of its sides are good alone");
    let draft = Draft::new(Severity::of(p, limits.doubt, limits.wrong), named.culprit.line, message)
        .label("a merge")
        .p(p)
        .next(format!("test its parents again: {}", parents.join(" and ")));
    case.about_named(draft)
}
