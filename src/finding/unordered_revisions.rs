//! Good and bad revisions alternate, and nothing in the input says which revision is older.
//!
//! # What
//! A table or reports in which revisions that look good and revisions that look bad, by their own runs, alternate at
//! least `turns` times, while no column, number or repository says which is older; or only the times of their runs do.
//!
//! # Why it matters
//! A change divides the revisions in two: good ones, then bad ones. If they alternate, either the failure is rare, or
//! the rows are not in the order of history, for instance because they are in the order in which a bisection tested
//! them. Then every figure is about a line of revisions that never existed.
//!
//! There is no `p`: the runs cannot tell a wrong order from a rare crash.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/unordered-revisions.fires.txt`:
//!
//! ```text
//! warning[BS104]: good and bad revisions take turns 4 times, and nothing in the
//!                 input says which revision is older
//!   --> tests/rules/unordered-revisions.fires.txt:14:1
//!    |
//! 14 | e0100a224cf1,pass
//!    | ^^^^^^^^^^^^^^^^^ good, and the one before is bad
//!    |
//!    = next: say the order: a column `order` or `date`, --map order=COLUMN,
//!            or --repo
//! ```
//!
//! # What to do
//! Say the order: a column `order` or `date`, `--map order=COLUMN`, or the repository with `--repo`.
//!
//! # Limits
//! `turns` (3): how often good and bad take turns. Always a warning.
//!
//! # Source
//! `steps[].p_bad_alone`, in the order of the input.

use crate::analysis::StepAnalysis;
use crate::analysis::finding::Severity;
use crate::evidence::Arranged;

use super::case::{Case, likely};
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When revisions alternate.
    pub struct Limits {
        /// How often good and bad take turns.
        turns: u32 = 3,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let how = match case.evidence().arranged {
        Arranged::Unknown => "nothing in the input says which revision is older",
        Arranged::Dated => "the revisions are ordered by when they ran, which need not be the order of history",
        Arranged::Told | Arranged::Named => return Vec::new(),
    };
    let tested: Vec<&StepAnalysis> = case
        .analysis
        .steps
        .iter()
        .filter(|step| step.passes + step.crashes > 0 && step.p_bad_alone.is_some())
        .collect();
    let bad = |step: &StepAnalysis| step.p_bad_alone.is_some_and(likely);
    let turned: Vec<&StepAnalysis> =
        tested.windows(2).filter(|pair| bad(pair[0]) != bad(pair[1])).map(|pair| pair[1]).collect();
    let turns = u32::try_from(turned.len()).unwrap_or(u32::MAX);
    let Some(last) = turned.last().filter(|_| turns >= limits.turns) else { return Vec::new() };
    let message = format!("good and bad revisions take turns {turns} times, and {how}");
    let word = if bad(last) { "bad, and the one before is good" } else { "good, and the one before is bad" };
    vec![
        Draft::new(Severity::Warning, last.line, message)
            .label(word)
            .at(last.step, last.commit)
            .figure("turns", turns)
            .next("say the order: a column `order` or `date`, --map order=COLUMN, or --repo".to_owned()),
    ]
}
