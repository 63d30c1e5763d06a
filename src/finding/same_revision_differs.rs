//! Tests of one revision differ by more than chance.
//!
//! # What
//! A revision was tested more than once, and the tests can't share one crash rate: five of five, then none of ten.
//!
//! # Why it matters
//! Something changed between the tests that is not in the revision: the machine, the compiler, a cache, the time of
//! day. The model adds up the runs of one revision; if its tests are not alike, those of other revisions may not be
//! either.
//!
//! `p`: that the tests have rates of their own.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/same-revision-differs.fires.txt`:
//!
//! ```text
//! warning[BS207]: the tests of 666666666666 differ by more than chance: 9 of 10,
//!                 then 0 of 10 runs crash (probability 0.998)
//!   --> tests/rules/same-revision-differs.fires.txt:46:9
//!    |
//! 46 | run #0: OK
//!    |         ^^ 0 of 10 here
//!    |
//!    = next: find what differed between the tests, then test the revision
//!            again
//! ```
//!
//! # What to do
//! Find what differs between the tests, and run the revision again with all else equal.
//!
//! # Limits
//! `p` (0.9): the rule stays silent below. A warning if the revision is the named commit, else a note.
//!
//! # Source
//! The Bayes factor of one rate a test against one rate for all, each rate with Jeffreys' prior, at prior odds of 1 to 19
//! (Kass & Raftery 1995, *Bayes Factors*).

use std::collections::HashMap;

use crate::analysis::StepAnalysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::chance;
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::prob::{LogProb, Prob};

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When tests of one revision differ.
    pub struct Limits {
        /// P(they have rates of their own) from which it is said.
        p: f64 = 0.9,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let steps = &case.analysis.steps;
    let trials = |step: &&StepAnalysis| step.point.is_some() && step.crashes + step.passes > 0;
    let mut places = HashMap::new();
    let mut revisions: Vec<Vec<&StepAnalysis>> = Vec::new();
    for step in steps.iter().filter(trials) {
        let place = *places.entry(step.commit).or_insert(revisions.len());
        match revisions.get_mut(place) {
            Some(tests) => tests.push(step),
            None => revisions.push(vec![step]),
        }
    }
    let differs = revisions.iter().filter_map(|tests| {
        let p = p_differ(&tests.iter().map(|step| tally(step)).collect::<Vec<_>>());
        (tests.len() > 1 && p.value() >= limits.p).then(|| draft(case, tests, p))
    });
    differs.collect()
}

const fn tally(step: &StepAnalysis) -> Tally {
    Tally { crashes: step.crashes, passes: step.passes }
}

/// P(the tests have rates of their own).
fn p_differ(tests: &[Tally]) -> Prob {
    const DIFFER: f64 = 0.05;
    let mut sum = Tally::default();
    for test in tests {
        sum.merge(*test);
    }
    let apart: LogProb = tests.iter().map(|test| BetaPrior::JEFFREYS.ln_sequence(*test)).sum();
    let together = BetaPrior::JEFFREYS.ln_sequence(sum);
    let prior = |p: f64| Prob::saturating(p).ln();
    LogProb::normalize(&[apart + prior(DIFFER), together + prior(1.0 - DIFFER)])[0]
}

fn draft(case: &Case<'_>, tests: &[&StepAnalysis], p: Prob) -> Draft {
    let (first, last) = (tests[0], tests[tests.len() - 1]);
    let counts: Vec<_> =
        tests.iter().map(|step| format!("{} of {}", step.crashes, step.crashes + step.passes)).collect();
    let message = format!(
        "the tests of {} differ by more than chance: {} runs {} (probability {})",
        Case::name(first),
        counts.join(", then "),
        case.manner.verb(),
        chance(p)
    );
    let decides = case.analysis.named_culprit == Some(first.commit);
    let severity = if decides { Severity::Warning } else { Severity::Note };
    Draft::new(severity, case.line_of(last, |_| true), message)
        .label(format!("{} of {} here", last.crashes, last.crashes + last.passes))
        .at(last.step, last.commit)
        .p(p)
        .next("find what differed between the tests, then test the revision again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(tests: &[(u32, u32)]) -> f64 {
        let tallies: Vec<_> =
            tests.iter().map(|(crashes, passes)| Tally { crashes: *crashes, passes: *passes }).collect();
        p_differ(&tallies).value()
    }

    #[test]
    fn what_chance_does_is_no_difference() {
        assert!(p(&[(5, 0), (0, 10)]) > 0.9);
        assert!(p(&[(3, 7), (5, 5)]) < 0.1);
        assert!((p(&[(4, 6)]) - 0.05).abs() < 1e-12, "one test says nothing");
    }
}
