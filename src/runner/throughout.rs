//! Whether an answer holds under each behaviour of the bug that the runs leave possible, as in
//! [`crate::model::search::Search::sure_throughout`]: here each behaviour gets an analysis of its own.

use std::sync::Arc;

use rayon::prelude::*;

use crate::analysis::{Analysis, Settings, analyze};
use crate::evidence::{Bisection, CommitId, Format};
use crate::model::behaviour::{Behaviour, RatePrior};
use crate::model::search::RULED_OUT;
use crate::prob::Prob;

/// What single behaviours say.
#[derive(Debug)]
pub struct Throughout {
    /// The least probability of the likeliest commit under any of them.
    pub least: Prob,
    /// The analysis in which all of them are as likely as each other: to choose by until they agree.
    pub levelled: Option<Analysis>,
}

impl Throughout {
    /// Asks each behaviour for the probability of this commit.
    #[must_use]
    pub fn of(evidence: &Bisection, analysis: &Analysis, best: &CommitId, settings: &Settings) -> Self {
        let settings = settings.for_format(Format::Table);
        let possible = possible(analysis, &settings);
        let alone = |behaviour: &Behaviour| {
            let analysis = under(evidence, &settings, RatePrior::new(&[(*behaviour, 1.0)]));
            analysis.map_or(Prob::ZERO, |analysis| posterior(&analysis, best))
        };
        let least = possible.par_iter().map(|(behaviour, _)| alone(behaviour).value()).reduce(|| 1.0, f64::min);
        Self { least: Prob::saturating(least), levelled: under(evidence, &settings, RatePrior::new(&possible)) }
    }
}

/// Behaviours that are not ruled out, weighed so that all come out as likely after the runs.
fn possible(analysis: &Analysis, settings: &Settings) -> Vec<(Behaviour, f64)> {
    let after = analysis.lesson.iter().flat_map(|lesson| &lesson.bug.culprit.rates).map(|weight| weight.value());
    let before = settings.rates.parts().iter().map(|(behaviour, weight)| (*behaviour, weight.exp().value()));
    let possible = before.zip(after).filter(|(_, after)| *after >= RULED_OUT);
    possible.map(|((behaviour, before), after)| (behaviour, before / after)).collect()
}

fn under(evidence: &Bisection, settings: &Settings, rates: RatePrior) -> Option<Analysis> {
    let repo = settings.repo.as_ref().map(Arc::clone);
    analyze(vec![evidence.clone()], &Settings { rates, repo, of_syzkaller: false, ..settings.clone() }).pop()
}

fn posterior(analysis: &Analysis, commit: &CommitId) -> Prob {
    let candidates = analysis.history.iter().flat_map(|history| &history.candidates);
    candidates.into_iter().find(|candidate| candidate.commit == *commit).map_or(Prob::ZERO, |found| found.posterior)
}
