//! The named commit and its parent build the same kernel.
//!
//! # What
//! The two signatures that the log prints for the named commit and its parent are equal.
//!
//! # Why it matters
//! A commit that changes no instruction can't cause or fix a crash. One of the verdicts is wrong; the log doesn't say
//! which one.
//!
//! There is no `p`: it is certain.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/same-binary-culprit.fires.txt`:
//!
//! ```text
//! error[BS303]: 666666666666 and its parent build the same kernel: it cannot
//!               change whether anything crashes
//!   --> tests/rules/same-binary-culprit.fires.txt:90:1
//!    |
//! 90 | first bad commit: 6666666666666666666666666666666666666666 foo: split the teardown path
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same signature as its parent
//!    |
//!    = next: test 666666666666 and its parent again: one of their verdicts is
//!            wrong
//! ```
//!
//! # What to do
//! Test the commit and its parent again: they are the same kernel, so you can add up their runs.
//!
//! # Limits
//! None. Always an error. Signatures leave out what changes with every build.
//!
//! # Source
//! The lines `culprit signature` and `parent signature`. In the study behind `p_right`, none of the culprits that
//! cannot matter (same signature, merge, release, documents) is right.

use crate::analysis::finding::Severity;
use crate::analysis::named::Named;

use super::case::Case;
use super::draft::Draft;

pub use super::limits::NoLimits as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, _: &Limits) -> Vec<Draft> {
    let same = case.named.as_ref().filter(|named| named.same_binary() == Some(true));
    same.map(|named| same_binary(case, named)).into_iter().collect()
}

fn same_binary(case: &Case<'_>, named: &Named<'_>) -> Draft {
    let name = named.culprit.commit.short();
    let message = format!("{name} and its parent build the same kernel: it cannot change whether anything crashes");
    let draft = Draft::new(Severity::Error, named.culprit.line, message)
        .label("the same signature as its parent")
        .next(format!("test {name} and its parent again: one of their verdicts is wrong"));
    case.about_named(draft)
}
