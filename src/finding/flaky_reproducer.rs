//! The reproducer doesn't crash every time, even where the bug was reported.
//!
//! # What
//! The crash probability at the origin is below the limit, or the log itself calls its reproducer flaky.
//!
//! # Why it matters
//! What crashes in half of the runs at the origin often crashes less elsewhere. Verdicts *good* then need more runs,
//! and a passing run leaves room for another bug's crash.
//!
//! `p`: that the likeliest wrong verdict is wrong.
//!
//! # Example
//! `data/004_css_free_rwork_fn.txt`:
//!
//! ```text
//! warning[BS401]: the reproducer is flaky: 14 of 20 runs crash at the origin
//!                 (0.69, 0.48 to 0.86)
//!  --> data/004_css_free_rwork_fn.txt:6:9
//!   |
//! 6 | run #0: OK
//!   |         ^^ one of 6 runs without a crash
//!   |
//!   = next: make the reproducer crash more often: fewer runs tell more then
//! ```
//!
//! # What to do
//! Find a reproducer that crashes more often, or give each revision more runs.
//!
//! # Limits
//! `rate` (0.9): the upper end of the origin's 95 % interval lies below it. A note while the result holds, a warning
//! from `doubt` (0.4) on. Never an error: culprits of flaky reproducers are right as often as others, unless a verdict
//! falls.
//!
//! # Source
//! `steps[].rate` of the origin; `steps[].confidence`.

use crate::analysis::StepAnalysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::{chance, count};
use crate::evidence::{Outcome, Verdict};
use crate::prob::{Estimate, Prob};

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a reproducer is flaky.
    pub struct Limits {
        /// The crash probability at the origin below which it is.
        rate: f64 = 0.9,
        /// P(a verdict is wrong) from which it is a warning.
        doubt: f64 = 0.4,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    // Where nothing fails, there is no failure to reproduce.
    let failing = case.analysis.steps.iter().any(|step| step.crashes > 0);
    let origin = case.origin().filter(|_| failing).and_then(|origin| Some((origin, origin.rate?)));
    let found = match origin {
        Some((origin, rate)) if rate.interval.high.value() < limits.rate => Some(at_origin(case, origin, rate)),
        _ if case.evidence().flagged_flaky => by_its_own_words(case),
        _ => None,
    };
    let wrong = least_sure(case);
    let p = case.stake(wrong);
    let severity = case.severity(p, limits.doubt, f64::INFINITY);
    found.map(|draft| Draft { severity, ..draft.p(p) }).into_iter().collect()
}

fn at_origin(case: &Case<'_>, origin: &StepAnalysis, rate: Estimate) -> Draft {
    let trials = origin.crashes + origin.passes;
    let (low, high) = (chance(rate.interval.low), chance(rate.interval.high));
    let manner = case.manner;
    let message = format!(
        "the {} is flaky: {} of {trials} runs {} at {} ({}, {low} to {high})",
        manner.test(),
        origin.crashes,
        manner.verb(),
        manner.origin(case.analysis),
        chance(rate.mean)
    );
    draft(case, origin, message).figure("rate", rate.mean.value())
}

fn by_its_own_words(case: &Case<'_>) -> Option<Draft> {
    let share = |step: &StepAnalysis| f64::from(step.crashes) / f64::from((step.crashes + step.passes).max(1));
    let weakest = case.judged(Verdict::Bad).min_by(|a, b| share(a).total_cmp(&share(b)));
    let step = weakest.or_else(|| case.origin())?;
    let (name, trials) = (Case::name(step), step.crashes + step.passes);
    let (test, verb) = (case.manner.test(), case.manner.verb());
    let message = format!("the log calls its {test} flaky: {} of {trials} runs {verb} at {name}", step.crashes);
    Some(draft(case, step, message))
}

fn draft(case: &Case<'_>, step: &StepAnalysis, message: String) -> Draft {
    Draft::new(Severity::Note, case.line_of(step, |outcome| *outcome == Outcome::Pass), message)
        .label(format!("one of {} without a {}", count(step.passes, "run"), case.manner.noun()))
        .at(step.step, step.commit)
        .figure("crashes", step.crashes)
        .figure("passes", step.passes)
        .next(format!("make the {} {} more often: fewer runs tell more then", case.manner.test(), case.manner.verb()))
}

/// The largest P(a verdict is wrong).
fn least_sure(case: &Case<'_>) -> Prob {
    let verdicts = case.judged(Verdict::Good).chain(case.judged(Verdict::Bad));
    let wrong = verdicts.filter_map(StepAnalysis::shown_confidence).map(Prob::complement);
    wrong.fold(Prob::ZERO, |most, wrong| if wrong > most { wrong } else { most })
}
