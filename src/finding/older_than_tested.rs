//! The change may lie beyond the revisions that were tested.
//!
//! # What
//! A notable part of the posterior lies before the oldest tested revision; for a fix, after the newest.
//!
//! # Why it matters
//! A bisection finds a change only between its two ends. If the old end has the bug too, and passed by luck or for
//! another reason, the named commit has nothing to do with it.
//!
//! `p`: that the change lies beyond.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/older-than-tested.fires.txt`:
//!
//! ```text
//! warning[BS307]: P(the change lies before v4.19, the oldest revision tested) 0.89
//!   --> tests/rules/older-than-tested.fires.txt:70:9
//!    |
//! 70 | run #0: OK
//!    |         ^^ the oldest revision: 0 of 3 runs crash
//!    |
//!    = next: test older releases until one does not crash
//! ```
//!
//! # What to do
//! Test older releases (newer revisions, for a fix), or the old end again with more runs.
//!
//! # Limits
//! `notable` (0.05): the rule stays silent below. A warning from `doubt` (0.1) on, an error from `wrong` (0.5) on; a note
//! where the log names no commit.
//!
//! # Source
//! `gaps[].posterior` of the interval without an older end; its prior is the age that bugs have, `model.outside`.

use crate::analysis::GapAnalysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::{chance, count};
use crate::evidence::Kind;
use crate::prob::Prob;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When mass is notable.
    pub struct Limits {
        /// P(the change lies beyond) from which it is said.
        notable: f64 = 0.05,
        /// The same from which it is a warning.
        doubt: f64 = 0.1,
        /// The same from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let open = case.open_gap().filter(|(_, mass)| mass.value() >= limits.notable);
    open.and_then(|(gap, mass)| beyond(case, gap, mass, limits)).into_iter().collect()
}

fn beyond(case: &Case<'_>, gap: &GapAnalysis, mass: Prob, limits: &Limits) -> Option<Draft> {
    let (end, beyond, word) = match case.evidence().kind {
        Kind::Cause => (gap.upto?, "before", "oldest"),
        Kind::Fix => (gap.after?, "after", "newest"),
    };
    let step = case.analysis.steps.get(case.evidence().step_of(&end)?)?;
    let p = case.stake(mass);
    let severity = match case.named {
        Some(_) => case.severity(p, limits.doubt, limits.wrong),
        None => Severity::Note,
    };
    let name = Case::name(step);
    let message = format!("P(the change lies {beyond} {name}, the {word} revision tested) {}", chance(mass));
    let line = case.line_of(step, |_| true);
    let draft = Draft::new(severity, line, message)
        .label(format!(
            "the {word} revision: {} of {} {}",
            step.crashes,
            count(step.crashes + step.passes, "run"),
            case.manner.verb()
        ))
        .p(p)
        .figure("mass", mass.value())
        .next(case.go_further());
    Some(case.about_named(draft))
}
