//! The bisection followed another crash than the one that was reported.
//!
//! # What
//! The reported title shows in no run; or, when nobody gave it, the crash seen most at the origin is another bug than
//! the one which the bad revisions show.
//!
//! # Why it matters
//! A bisection takes any crash for the bug. The named commit may be right, but for the crash that was followed.
//!
//! `p`: that the two crashes are different bugs.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/title-drift.fires.txt`:
//!
//! ```text
//! note[BS402]: 11 of 19 crashes at the origin are BUG: MAX_LOCKDEP_KEYS too low!;
//!              the bisection followed WARNING in foo_wait (8 there); P(another
//!              bug) 0.86
//!  --> tests/rules/title-drift.fires.txt:5:18
//!   |
//! 5 | run #0: crashed: BUG: MAX_LOCKDEP_KEYS too low!
//!   |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 11 of 19 crashes at the origin
//!   |
//!   = next: say which bug is meant, for example --title 'BUG:
//!           MAX_LOCKDEP_KEYS too low!'
//! ```
//!
//! # What to do
//! Say which bug you mean (`--title`). If it isn't the one that was followed, the result is about another bug.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.5) on. Never an error: only the reader knows what was
//! reported.
//!
//! # Source
//! P(a title is the reported bug), `titles[].p_same_bug`, and how alike two titles are.

use crate::analysis::words::{chance, cut};
use crate::analysis::{StepAnalysis, TitleAnalysis};
use crate::evidence::{Outcome, TitleParts, without_counter};
use crate::history::argument;
use crate::model::likeness::likeness;
use crate::prob::Prob;

use super::case::{Case, likely};
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

/// Longer titles are cut.
const LONGEST: usize = 100;

limits! {
    /// When titles drift.
    pub struct Limits {
        /// P(the followed crash is another bug) from which it is a warning.
        doubt: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let followed = case.analysis.titles.iter().find(|title| title.anchor == Some(true));
    let found = followed.zip(case.origin()).and_then(|(followed, origin)| match &case.analysis.reported_title {
        Some(given) => never_shown(case, given, followed, origin, limits),
        None => outnumbered(case, followed, origin, limits),
    });
    found.into_iter().collect()
}

/// The given title shows in no run.
fn never_shown(
    case: &Case<'_>,
    given: &str,
    followed: &TitleAnalysis,
    origin: &StepAnalysis,
    limits: &Limits,
) -> Option<Draft> {
    let given = without_counter(given);
    if case.analysis.titles.iter().any(|title| title.title.as_deref() == Some(given)) {
        return None;
    }
    let name = name(case, followed);
    let p = likeness(&TitleParts::of(given), &TitleParts::of(&name)).complement();
    let given = cut(given, LONGEST);
    let bug = case.manner.bug();
    let message =
        format!("no run shows the reported {given}: the bisection followed {name}; P(another {bug}) {}", chance(p));
    Some(drift(case, origin, followed, p, message, limits))
}

/// Another crash shows more often at the origin than the followed one.
fn outnumbered(case: &Case<'_>, followed: &TitleAnalysis, origin: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let most = case.analysis.titles.iter().max_by_key(|title| title.at_origin)?;
    let p = most.p_same_bug?.complement();
    if most.at_origin <= followed.at_origin || !likely(p) {
        return None;
    }
    let manner = case.manner;
    let message = format!(
        "{} of {} {} at {} are {}; the bisection followed {} ({} there); P(another {}) {}",
        most.at_origin,
        origin.crashes,
        manner.nouns(origin.crashes),
        manner.origin(case.analysis),
        name(case, most),
        name(case, followed),
        followed.at_origin,
        manner.bug(),
        chance(p)
    );
    Some(drift(case, origin, most, p, message, limits))
}

fn drift(
    case: &Case<'_>,
    origin: &StepAnalysis,
    shown: &TitleAnalysis,
    p: Prob,
    message: String,
    limits: &Limits,
) -> Draft {
    let runs = case.evidence().steps.get(origin.step).into_iter().flat_map(|step| &step.runs);
    let has = |outcome: &Outcome| {
        matches!(outcome, Outcome::Crash(_))
            && outcome.title().map(crate::evidence::Title::as_str) == shown.title.as_deref()
    };
    let line = runs.clone().find(|run| has(&run.outcome)).map_or(origin.line, |run| run.line);
    let title = shown.title.as_deref();
    let p = case.stake(p);
    Draft::new(case.severity(p, limits.doubt, f64::INFINITY), line, message)
        .label(format!(
            "{} of {} {} at {}",
            shown.at_origin,
            origin.crashes,
            case.manner.nouns(origin.crashes),
            case.manner.origin(case.analysis)
        ))
        .at(origin.step, origin.commit)
        .p(p)
        .figure("at_origin", shown.at_origin)
        .figure("crashes", origin.crashes)
        .next_if(title.map(|title| format!("say which bug is meant, for example --title {}", argument(title))))
}

fn name(case: &Case<'_>, title: &TitleAnalysis) -> String {
    cut(title.title.as_deref().unwrap_or(case.manner.untitled()), LONGEST)
}
