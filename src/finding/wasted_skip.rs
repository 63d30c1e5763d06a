//! A revision was skipped although its runs tell good from bad.
//!
//! # What
//! A test marked *skip* whose runs tell good from bad at the limit's probability or more, while all runs leave several
//! commits.
//!
//! # Why it matters
//! A skip throws the test away. The bisection goes on with what is left and may end without a single commit, although
//! the runs would have told.
//!
//! `p`: that the verdict which the runs suggest is right.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/wasted-skip.fires.txt`:
//!
//! ```text
//! warning[BS205]: 555555555555 was skipped, although 6 of 6 runs crashed; P(bad)
//!                 >0.999
//!   --> tests/rules/wasted-skip.fires.txt:66:18
//!    |
//! 66 | run #0: crashed: INFO: task hung in foo_wait
//!    |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ a run that says something: bad
//!    |
//!    = next: run 666666666666 and 444444444444 again (bisectstat next says
//!            how often)
//! ```
//!
//! # What to do
//! Give the verdict yourself and resume; the posterior has used the runs already.
//!
//! # Limits
//! `sure` (0.9): how far the runs must tell. A note where one commit is named, a warning where the bisection ended
//! without one.
//!
//! # Source
//! `steps[].p_bad` of a skipped revision: its likelihood averaged over the places where it may lie.

use crate::analysis::StepAnalysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::chance;
use crate::evidence::{Outcome, Role, Verdict};

use super::case::{Case, likely};
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a skip is wasted.
    pub struct Limits {
        /// P(the suggested verdict is right) from which the skip is wasted.
        sure: f64 = 0.9,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let open = |commits: Option<u64>| case.named.is_none() || commits != Some(1);
    let several = case.analysis.credible_set.as_ref().is_some_and(|set| open(set.commits));
    let skipped = case.analysis.steps.iter().filter(|step| {
        step.verdict == Some(Verdict::Skip) && step.role == Role::Candidate && step.crashes + step.passes > 0 && several
    });
    skipped.filter_map(|step| wasted(case, step, limits)).collect()
}

fn wasted(case: &Case<'_>, step: &StepAnalysis, limits: &Limits) -> Option<Draft> {
    let p_bad = step.p_shown()?;
    let (word, p) = if likely(p_bad) { ("bad", p_bad) } else { ("good", p_bad.complement()) };
    if p.value() < limits.sure {
        return None;
    }
    let trials = step.crashes + step.passes;
    let name = Case::name(step);
    let failed = case.manner.past();
    let message =
        format!("{name} was skipped, although {} of {trials} runs {failed}; P({word}) {}", step.crashes, chance(p));
    let severity = if case.named.is_some() { Severity::Note } else { Severity::Warning };
    let line = case.line_of(step, |outcome| !matches!(outcome, Outcome::Void(..)));
    Some(
        Draft::new(severity, line, message)
            .label(format!("a run that says something: {word}"))
            .at(step.step, step.commit)
            .p(p)
            .figure("crashes", step.crashes)
            .figure("trials", trials)
            .next_if(case.resume()),
    )
}
