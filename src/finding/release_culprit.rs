//! The named commit marks a release, or touches nothing that this kernel is built from.
//!
//! # What
//! Its subject is that of a release, or a tag stands on it; or all of its files are documents, tools, samples, or
//! another architecture's.
//!
//! # Why it matters
//! Such a commit changes no code that runs. One of the verdicts beside it is wrong.
//!
//! `p`: that it is not to blame.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/release-culprit.fires.txt`:
//!
//! ```text
//! error[BS310]: 666666666666 marks a release: it changes a version number
//!   --> tests/rules/release-culprit.fires.txt:90:1
//!    |
//! 90 | first bad commit: 6666666666666666666666666666666666666666 Linux 5.3-rc1
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a release
//!    |
//!    = next: test 666666666666 and its parent again: one of their verdicts is
//!            wrong
//! ```
//!
//! # What to do
//! Test it and its parent again.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on. Tests run on x86:
//! other architectures' files count as elsewhere.
//!
//! # Source
//! The subject, tag and files of the named commit; `p_right`, else `p_named`. In the study behind `p_right`, none of
//! the culprits that cannot matter (same signature, merge, release, documents) is right.

use crate::analysis::finding::Severity;
use crate::analysis::named::Named;

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Doubt as Limits;

pub(super) const YIELDS_TO: &[&str] = &["BS303", "BS304"];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| release(case, named, limits)).into_iter().collect()
}

fn release(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let (reason, label) = if named.is_release() {
        ("marks a release: it changes a version number", "a release".to_owned())
    } else if named.is_elsewhere() {
        ("touches only documents, tools or another architecture", named.files.join(", "))
    } else {
        return None;
    };
    let p = case.not_to_blame();
    let name = named.culprit.commit.short();
    let draft = Draft::new(Severity::of(p, limits.doubt, limits.wrong), named.culprit.line, format!("{name} {reason}"))
        .label(label)
        .p(p)
        .next(format!("test {name} and its parent again: one of their verdicts is wrong"));
    Some(case.about_named(draft))
}
