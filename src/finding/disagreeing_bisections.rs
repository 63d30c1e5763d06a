//! Two bisections of one bug name different commits.
//!
//! # What
//! Another bisection among the inputs looked for the same thing and named another commit. It is in the same file, began
//! from the same ends, or has the same reported title, and no title says that it is about another bug.
//!
//! # Why it matters
//! At most one of the two is right. With a flaky failure, each bisection leaves the true commit at its first wrong
//! verdict, and neither log alone tells which one went wrong. The runs of both together say more.
//!
//! There is no `p`: that they disagree is certain.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/disagreeing-bisections.fires.txt`:
//!
//! ```text
//! warning[BS311]: another bisection from the same ends names another commit,
//!                 adadadadadad (tests/rules/disagreeing-bisections.fires.txt#2);
//!                 at most one is right
//!   --> tests/rules/disagreeing-bisections.fires.txt:14:1
//!    |
//! 14 | # first bad commit: [a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8] queue: change 168
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here a8a8a8a8a8a8
//!    |
//!    = next: judge both as one body of evidence: bisectstat analyze
//!            --together
//! ```
//!
//! # What to do
//! Judge them as one body of evidence: `bisectstat analyze --together`.
//!
//! # Limits
//! None. An error when this bisection's own runs speak against its commit too, else a warning.
//!
//! # Source
//! The other bisections of the batch: their files, ends, titles and named commits.

use crate::analysis::Rival;
use crate::analysis::answer::Answer;
use crate::analysis::finding::Severity;

use super::case::Case;
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
    let severity = match case.analysis.answer {
        Answer::DoNotTrust => Severity::Error,
        _ => Severity::Warning,
    };
    let draft =
        Draft::new(severity, named.culprit.line, message).label(format!("here {}", named.culprit.commit.short()));
    vec![case.about_named(draft).next("judge both as one body of evidence: bisectstat analyze --together".to_owned())]
}
