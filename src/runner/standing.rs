//! What is believed after the runs so far, and whether it is enough.
//!
//! Three things can be wrong with the ends, and each is a hypothesis: the bug does not show at the bad end any more, the good
//! end has it too (it is older, or the test was always this flaky), or no run tells the rest apart.

use std::sync::Arc;

use crate::analysis::{Analysis, Repo, Settings, analyze};
use crate::evidence::{CommitId, Counts, Format};
use crate::model::beta_binomial::Tally;
use crate::model::table::RateTable;
use crate::model::verdict::p_bad_alone;
use crate::prob::Prob;

use super::log::evidence;
use super::options::{Budget, Options};
use super::state::{Reason, Seen, State};
use super::throughout::Throughout;

/// What is believed.
#[derive(Debug)]
pub struct Standing {
    /// Everything; none before the first run.
    pub analysis: Option<Analysis>,
    /// The likeliest commit.
    pub best: Option<Best>,
    /// P(the change lies beyond the good end).
    pub beyond: Prob,
    /// P(the bug does not show at the bad end any more).
    pub gone: Prob,
    /// Whether the likeliest commit is so under every behaviour of the bug; only where that is asked for, once it has the
    /// target.
    pub throughout: Option<Throughout>,
}

/// The likeliest commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Which.
    pub commit: CommitId,
    /// Its subject.
    pub subject: String,
    /// P(it brought the change).
    pub posterior: Prob,
}

/// P(who says that it crashes there is wrong), before a run.
const WRONG_END: f64 = 0.05;

impl Standing {
    /// Analyses the runs so far.
    #[must_use]
    pub fn of(state: &State, repo: &Arc<Repo>, settings: &Settings, name: &str) -> Self {
        let settings = Settings { repo: Some(repo.clone()), ..settings.clone() };
        let gone = gone(state, &settings);
        let Some(evidence) = evidence(state, &repo.history, name) else {
            return Self { analysis: None, best: None, beyond: Prob::ZERO, gone, throughout: None };
        };
        let Options { target, floor, .. } = state.start.options;
        let analysis = analyze(vec![evidence.clone()], &settings).pop();
        let best = analysis.as_ref().and_then(best);
        let beyond = analysis.as_ref().map_or(Prob::ZERO, beyond);
        let asked = best.as_ref().filter(|best| floor.is_some() && best.posterior.value() >= target);
        let throughout = asked
            .zip(analysis.as_ref())
            .map(|(best, analysis)| Throughout::of(&evidence, analysis, &best.commit, &settings));
        Self { analysis, best, beyond, gone, throughout }
    }

    /// The analysis to choose the next visit by.
    #[must_use]
    pub fn to_choose_by(&self) -> Option<&Analysis> {
        self.throughout.as_ref().and_then(|throughout| throughout.levelled.as_ref()).or(self.analysis.as_ref())
    }

    /// Whether there is nothing more to do. The state must be the one that it was computed from.
    #[must_use]
    pub fn end(&self, state: &State) -> Option<Reason> {
        /// A crash that shows in fewer runs than one of these is no bug to bisect by running.
        const RUNS: usize = 200;
        let Options { target, floor, .. } = state.start.options;
        let doubted = self.throughout.as_ref().zip(floor).is_some_and(|(asked, floor)| asked.least.value() < floor);
        let shown = shown_at_bad(state);
        let clean = state.start.good.iter().all(|good| trials(state, good) > 0);
        let at_bad = trials(state, &state.start.bad);
        match &self.best {
            Some(best) if shown && clean && !doubted && best.posterior.value() >= target => Some(Reason::Found),
            _ if shown && clean && self.beyond.value() >= target => Some(Reason::Older),
            _ if !shown && (self.gone.value() >= target || at_bad >= RUNS) => Some(Reason::Gone),
            _ => None,
        }
    }
}

/// Whether the budget is used up.
#[must_use]
pub fn used_up(state: &State, elapsed: f64) -> bool {
    match state.start.options.budget {
        None => false,
        Some(Budget::Runs(runs)) => state.runs.len() >= runs as usize,
        Some(Budget::Seconds(seconds)) => elapsed >= seconds,
    }
}

/// Runs that the budget still has.
#[must_use]
pub fn runs_left(state: &State) -> u32 {
    match state.start.options.budget {
        Some(Budget::Runs(runs)) => runs.saturating_sub(u32::try_from(state.runs.len()).unwrap_or(u32::MAX)),
        Some(Budget::Seconds(_)) | None => u32::MAX,
    }
}

/// Runs of a commit that say something.
#[must_use]
pub fn trials(state: &State, commit: &CommitId) -> usize {
    state.runs_at(commit).filter(|ran| !matches!(ran.seen, Seen::Skip { .. })).count()
}

/// Whether the bug itself was seen at the bad end.
#[must_use]
pub fn shown_at_bad(state: &State) -> bool {
    state.runs_at(&state.start.bad).any(|ran| is_bug(state, &ran.seen))
}

fn is_bug(state: &State, seen: &Seen) -> bool {
    match (seen, &state.start.options.bug) {
        (Seen::Crash { .. }, None) => true,
        (Seen::Crash { title }, Some(bug)) => title.as_deref().map(str::trim) == Some(bug.trim()),
        _ => false,
    }
}

/// P(gone): the runs at the bad end under what is believed of bugs, against a revision that leaks.
fn gone(state: &State, settings: &Settings) -> Prob {
    let (mut crashes, mut passes) = (0, 0);
    for ran in state.runs_at(&state.start.bad).filter(|ran| !matches!(ran.seen, Seen::Skip { .. })) {
        if is_bug(state, &ran.seen) { crashes += 1 } else { passes += 1 }
    }
    let tally = Tally { crashes, passes };
    let settings = settings.for_format(Format::Table);
    let table = RateTable::new(&settings.rates, settings.leak, tally.trials(), &[]);
    let there = p_bad_alone(&tally.into(), &table).value() * (1.0 - WRONG_END);
    let not_there = p_bad_alone(&tally.into(), &table).complement().value() * WRONG_END;
    Prob::saturating(not_there / (there + not_there))
}

fn best(analysis: &Analysis) -> Option<Best> {
    let candidate = analysis.history.as_ref()?.candidates.first()?;
    let (commit, subject, posterior) = (candidate.commit, candidate.subject.clone(), candidate.posterior);
    Some(Best { commit, subject, posterior })
}

/// The models' first place is everything beyond the clean side.
fn beyond(analysis: &Analysis) -> Prob {
    let lesson = analysis.lesson.as_ref();
    lesson.and_then(|lesson| lesson.bug.culprit.places.first()).copied().unwrap_or(Prob::ZERO)
}

/// Crashes and trials at a commit, for a sentence.
#[must_use]
pub fn crashes_at(analysis: &Analysis, commit: &CommitId) -> (usize, usize) {
    let steps = analysis.evidence.steps.iter().filter(|step| step.commit == *commit);
    let counts = Counts::of(steps.flat_map(|step| &step.runs));
    (counts.crashes as usize, counts.trials() as usize)
}
