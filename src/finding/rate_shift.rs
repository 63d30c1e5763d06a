//! The crash probability jumps within the bad side.
//!
//! # What
//! Revisions next to the named commit crash far less often than newer ones, and two rates explain the runs better than
//! one.
//!
//! # Why it matters
//! A commit that makes a rare crash frequent looks like a culprit, and the rare part before it is easily missed: then
//! the bug is older than the named commit. Or the two parts are two bugs.
//!
//! `p`: that the change is not where the bisection put it.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/rate-shift.fires.txt`:
//!
//! ```text
//! note[BS404]: the crash probability jumps from 0.40 to >0.999 between
//!              666666666666 and 888888888888: two bugs, or one that is easily
//!              missed before
//!   --> tests/rules/rate-shift.fires.txt:50:18
//!    |
//! 50 | run #0: crashed: INFO: task hung in foo_wait
//!    |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ 4 of 10 runs crash here
//!    |
//!    = see: tests/rules/rate-shift.fires.txt:34: 10 here
//!    = next: resume the bisection (bisectstat next says how often to run
//!            what):
//!            git bisect start 888888888888 555555555555
//! ```
//!
//! # What to do
//! Compare the titles on both sides of the jump. Test the revisions before the named commit again, with more runs.
//!
//! # Limits
//! `shift` (0.95): P(two rates) from which the jump is real, at equal odds before; the older rate is below half of the
//! newer. A note while the result holds, a warning from `doubt` (0.5) on.
//!
//! # Source
//! Runs pooled on either side of each place of the jump, under Jeffreys' prior, against all runs pooled; `p_right`,
//! else `p_named`.

use crate::analysis::StepAnalysis;
use crate::analysis::words::chance;
use crate::evidence::{Kind, Role};
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::prob::{LogProb, Prob};

use super::case::{Case, likely};
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a rate shifts.
    pub struct Limits {
        /// P(two rates) from which the jump is real.
        shift: f64 = 0.95,
        /// P(the change is not where it was put) from which it is a warning.
        doubt: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    rate_shift(case, limits).into_iter().collect()
}

/// The best place of a jump.
struct Jump<'a> {
    /// P(two rates).
    p: Prob,
    /// The last revision on the far side, and the first on the near side of the change.
    far: &'a StepAnalysis,
    near: &'a StepAnalysis,
    rates: (f64, f64),
}

fn rate_shift(case: &Case<'_>, limits: &Limits) -> Option<Draft> {
    let jump = jump(&bad_side(case))?;
    let (near, far) = jump.rates;
    if jump.p.value() < limits.shift || near >= far / 2.0 {
        return None;
    }
    let p = case.stake(case.analysis.p_named?.complement());
    let (name, newer) = (Case::name(jump.near), Case::name(jump.far));
    let message = format!(
        "the {} jumps from {} to {} between {name} and {newer}: two bugs, or one that is easily missed before",
        case.manner.rate(),
        chance(Prob::saturating(near)),
        chance(Prob::saturating(far))
    );
    let is_crash = |outcome: &crate::evidence::Outcome| matches!(outcome, crate::evidence::Outcome::Crash(_));
    let draft = Draft::new(case.severity(p, limits.doubt, f64::INFINITY), case.line_of(jump.near, is_crash), message);
    let trials = jump.near.crashes + jump.near.passes;
    Some(
        draft
            .label(format!("{} of {trials} runs {} here", jump.near.crashes, case.manner.verb()))
            .place(case.line_of(jump.far, is_crash), format!("{} here", jump.far.crashes))
            .at(jump.near.step, jump.near.commit)
            .p(p)
            .figure("p_shift", jump.p.value())
            .figure("rate_before", near)
            .figure("rate_after", far)
            .next(case.resume().unwrap_or_else(|| Case::rerun(jump.near))),
    )
}

/// The revisions that have the bug, the change first.
fn bad_side<'a>(case: &Case<'a>) -> Vec<&'a StepAnalysis> {
    let steps = case.analysis.steps.iter();
    let on_line = steps.filter(|step| step.point.is_some() && step.role != Role::Config);
    let mut bad: Vec<_> = on_line.filter(|step| step.p_shown().is_some_and(likely)).collect();
    bad.sort_by_key(|step| (step.point, step.step));
    if case.evidence().kind == Kind::Fix {
        bad.reverse();
    }
    bad
}

fn jump<'a>(steps: &[&'a StepAnalysis]) -> Option<Jump<'a>> {
    let all = steps.iter().fold(Tally::default(), |sum, step| with(sum, step));
    let rate = |tally: Tally| f64::from(tally.crashes) / f64::from(tally.trials().max(1));
    // What stands before each place, and with it what stands behind.
    let near: Vec<_> = steps.iter().scan(Tally::default(), |sum, step| Some(replaced(sum, with(*sum, step)))).collect();
    let far = |near: Tally| Tally { crashes: all.crashes - near.crashes, passes: all.passes - near.passes };
    let places: Vec<_> = near[..steps.len().saturating_sub(1)]
        .iter()
        .map(|near| BetaPrior::JEFFREYS.ln_sequence(*near) + BetaPrior::JEFFREYS.ln_sequence(far(*near)))
        .collect();
    let best = (0..places.len()).reduce(|best, next| if places[next] > places[best] { next } else { best })?;
    #[expect(clippy::cast_precision_loss, reason = "a number of tests")]
    let share = LogProb::from_ln(-(places.len() as f64).ln());
    let shifted = LogProb::ln_sum_exp(&places) + share;
    let p = LogProb::normalize(&[shifted, BetaPrior::JEFFREYS.ln_sequence(all)])[0];
    let rates = (rate(near[best]), rate(far(near[best])));
    Some(Jump { p, far: steps.get(best + 1)?, near: steps.get(best)?, rates })
}

const fn with(sum: Tally, step: &StepAnalysis) -> Tally {
    Tally { crashes: sum.crashes + step.crashes, passes: sum.passes + step.passes }
}

const fn replaced(sum: &mut Tally, by: Tally) -> Tally {
    *sum = by;
    by
}
