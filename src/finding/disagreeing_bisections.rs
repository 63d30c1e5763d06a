//! Two bisections of one bug name different commits.
//!
//! # What
//! Another bisection that was read with this one looked for the same thing, and named another commit: it stands in the same
//! file, began from the same ends, or is of the same reported title, and no title says that it is another bug's.
//!
//! # Why it matters
//! At most one of the two is right. Where a failure is flaky, each walk leaves the true commit at its first wrong verdict,
//! and which one went wrong cannot be told from either alone. The runs of both together say more than one of them.
//!
//! There is no `p`: that they disagree is certain.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/disagreeing-bisections.fires.txt`:
//!
//! ```text
//! warning[BS311]: another bisection from the same ends names another commit, adadadadadad
//!                 (tests/rules/disagreeing-bisections.fires.txt#2); at most one is right
//!   --> tests/rules/disagreeing-bisections.fires.txt:14:1
//!    |
//! 14 | # first bad commit: [a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8] queue: change 168
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here a8a8a8a8a8a8
//!    |
//!    = next: judge both as one body of evidence: bisectstat analyze --together
//! ```
//!
//! # What to do
//! Judge them as one body of evidence: `bisectstat analyze --together`.
//!
//! # Limits
//! None. An error when this bisection's own runs leave its commit less likely than not, else a warning.
//!
//! # Source
//! The other bisections of the batch: their files, ends, titles and named commits.

use crate::analysis::Rival;
use crate::analysis::finding::Severity;
use crate::prob::Prob;

use super::case::{Case, likely};
use super::draft::Draft;

pub use super::limits::NoLimits as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, _: &Limits) -> Vec<Draft> {
    let Some((named, rival)) = case.named.as_ref().zip(case.analysis.rivals.first()) else { return Vec::new() };
    let Rival { bisection, culprit, alike } = rival;
    let more = match case.analysis.rivals.len() {
        1 => String::new(),
        2 => ", and so does one more".to_owned(),
        n => format!(", and so do {} more", n - 1),
    };
    let other = culprit.short();
    let message = format!(
        "another bisection {} names another commit, {other} ({bisection}){more}; at most one is right",
        alike.name()
    );
    let doubted = case.analysis.trusted().is_some_and(|p: Prob| !likely(p));
    let severity = if doubted { Severity::Error } else { Severity::Warning };
    let draft =
        Draft::new(severity, named.culprit.line, message).label(format!("here {}", named.culprit.commit.short()));
    vec![case.about_named(draft).next("judge both as one body of evidence: bisectstat analyze --together".to_owned())]
}
