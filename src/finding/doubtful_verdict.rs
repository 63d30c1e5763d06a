//! A recorded verdict is likelier wrong than right.
//!
//! # What
//! All runs of the log together contradict a verdict.
//!
//! # Why it matters
//! A bisection decides revision by revision and never looks back. Its result is right only if every verdict is.
//!
//! `p`: that this one is wrong.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/doubtful-verdict.fires.txt`:
//!
//! ```text
//! note[BS204]: 555555555555 was marked good, with 1 of 10 runs crashing; all runs
//!              together put it at bad (0.92)
//!   --> tests/rules/doubtful-verdict.fires.txt:67:9
//!    |
//! 67 | run #1: OK
//!    |         ^^ marked good; P(wrong) 0.92
//!    |
//!    = next: resume the bisection (bisectstat next says how often to run
//!            what):
//!            git bisect start 666666666666 444444444444
//! ```
//!
//! # What to do
//! Resume the bisection where the evidence points, or test the revision again.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on, an error from `wrong` (0.5) on. Rules that know why
//! the verdict is wrong (BS101, BS201, BS202, BS203) speak instead of this one.
//!
//! # Source
//! The posterior of the verdict, `steps[].confidence`.

use crate::analysis::StepAnalysis;
use crate::analysis::words::chance;
use crate::evidence::{Outcome, Verdict};

use super::case::{Case, likely};
use super::draft::Draft;

pub use super::limits::Doubt as Limits;

pub(super) const YIELDS_TO: &[&str] = &["BS101", "BS201", "BS202", "BS203"];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let steps = case.judged(Verdict::Good).chain(case.judged(Verdict::Bad));
    steps.filter_map(|step| doubtful(case, step, limits)).collect()
}

fn doubtful(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let wrong = step.shown_confidence()?.complement();
    if !likely(wrong) {
        return None;
    }
    let trials = step.crashes + step.passes;
    let verdict = step.verdict?;
    let (name, word) = (Case::name(step), verdict.name());
    let message = format!(
        "{name} was marked {word}, with {} of {trials} runs {}{}",
        step.crashes,
        case.manner.participle(),
        Case::verdict_on(step)
    );
    let line = match verdict {
        Verdict::Bad => case.line_of(step, |outcome| matches!(outcome, Outcome::Crash(_))),
        Verdict::Good | Verdict::Skip => case.line_of(step, |outcome| *outcome == Outcome::Pass),
    };
    let p = case.stake(wrong);
    Some(
        Draft::new(case.severity(p, limits.doubt, limits.wrong), line, message)
            .label(format!("marked {word}; P(wrong) {}", chance(wrong)))
            .at(step.step, step.commit)
            .p(p)
            .figure("p_wrong", wrong.value())
            .figure("crashes", step.crashes)
            .figure("trials", trials)
            .next_if(case.remedy(step, limits.wrong)),
    )
}
