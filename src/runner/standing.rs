//! What is believed after the runs so far, and whether it is enough.
//!
//! Three things can be wrong with the ends, and each is a hypothesis: the bug does not show at the bad end any more, the good
//! end has it too (it is older, or the test was always this flaky), or no run tells the rest apart.

use std::sync::Arc;

use serde::Serialize;

use crate::analysis::{Analysis, Repo, Settings, analyze};
use crate::evidence::{CommitId, Counts, Format};
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::model::rate::rate;
use crate::model::table::RateTable;
use crate::model::verdict::p_bad_alone;
use crate::prob::Prob;

use super::log::evidence;
use super::options::{Budget, GOOD_FAILS, Options};
use super::state::{Reason, Seen, State};
use super::throughout::Throughout;

/// What is believed.
#[derive(Debug)]
pub struct Standing {
    /// Everything; none before the first run.
    pub analysis: Option<Analysis>,
    /// The likeliest commit.
    pub best: Option<Best>,
    /// P(no commit of the range is to blame): the change lies beyond the good end, or nothing changed.
    pub beyond: Prob,
    /// P(nothing changed: both ends crash alike).
    pub no_change: Prob,
    /// P(the bug does not show at the bad end any more).
    pub gone: Prob,
    /// The title that was asked for.
    pub bug: Option<String>,
    /// Whether the likeliest commit is so under every behaviour of the bug; only where that is asked for, once it has the
    /// target.
    pub throughout: Option<Throughout>,
}

/// The likeliest commit.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
        let bug = state.start.options.bug.clone();
        let Some(evidence) = evidence(state, &repo.history, name) else {
            return Self {
                analysis: None,
                best: None,
                beyond: Prob::ZERO,
                no_change: Prob::ZERO,
                gone,
                bug,
                throughout: None,
            };
        };
        let Options { target, floor, .. } = state.start.options;
        let analysis = analyze(vec![evidence.clone()], &settings).pop();
        let best = analysis.as_ref().and_then(best);
        let (beyond, no_change) = analysis.as_ref().map_or((Prob::ZERO, Prob::ZERO), beyond);
        let asked = best.as_ref().filter(|best| floor.is_some() && best.posterior.value() >= target);
        let throughout = asked
            .zip(analysis.as_ref())
            .map(|(best, analysis)| Throughout::of(&evidence, analysis, &best.commit, &settings));
        Self { analysis, best, beyond, no_change, gone, bug, throughout }
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
            Some(best) if shown && clean && !doubted && best.posterior.value() >= target => Some(Reason::Sure),
            _ if shown && clean && (self.beyond.value() >= target || self.is_no_good_end(state)) => {
                let unchanged = 2.0 * self.no_change.value() > self.beyond.value();
                Some(if unchanged { Reason::NoChange } else { Reason::Older })
            }
            _ if !shown && (self.gone.value() >= target || at_bad >= RUNS) => Some(Reason::Gone),
            _ => None,
        }
    }

    /// Whether a good end surely fails in more runs than a good end may, and the analysis agrees.
    fn is_no_good_end(&self, state: &State) -> bool {
        const AGREES: f64 = 0.5;
        let fails =
            |good: &CommitId| rate(tally_at(state, good), BetaPrior::JEFFREYS).interval.low.value() > GOOD_FAILS;
        self.beyond.value() >= AGREES && state.start.good.iter().any(fails)
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
    state.runs_at(commit).filter(|ran| !ran.seen.is_void()).count()
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

/// What the runs of a commit say of the bug.
fn tally_at(state: &State, commit: &CommitId) -> Tally {
    let mut tally = Tally::default();
    for ran in state.runs_at(commit).filter(|ran| !ran.seen.is_void()) {
        *(if is_bug(state, &ran.seen) { &mut tally.crashes } else { &mut tally.passes }) += 1;
    }
    tally
}

/// P(gone): the runs at the bad end under what is believed of bugs, against a revision without it.
fn gone(state: &State, settings: &Settings) -> Prob {
    let tally = tally_at(state, &state.start.bad);
    let settings = settings.for_format(Format::Table);
    let table = RateTable::new(&settings.rates, &settings.background, &[]);
    let there = p_bad_alone(&tally.into(), &table).value() * (1.0 - WRONG_END);
    let not_there = p_bad_alone(&tally.into(), &table).complement().value() * WRONG_END;
    Prob::saturating(not_there / (there + not_there))
}

fn best(analysis: &Analysis) -> Option<Best> {
    let candidate = analysis.history.as_ref()?.candidates.first()?;
    let (commit, subject, posterior) = (candidate.commit, candidate.subject.clone(), candidate.posterior);
    Some(Best { commit, subject, posterior })
}

/// No commit of the range is to blame: the good end is bad, which is the models' first place, or both ends fail alike; and
/// the latter alone.
fn beyond(analysis: &Analysis) -> (Prob, Prob) {
    let culprit = analysis.lesson.as_ref().map(|lesson| &lesson.bug.culprit);
    let older = culprit.and_then(|culprit| culprit.places.first()).copied().unwrap_or(Prob::ZERO);
    let none = culprit.map_or(Prob::ZERO, |culprit| culprit.none);
    (Prob::saturating(older.value() + none.value()), none)
}

/// Crashes and trials at a commit, for a sentence.
#[must_use]
pub fn crashes_at(analysis: &Analysis, commit: &CommitId) -> (usize, usize) {
    let steps = analysis.evidence.steps.iter().filter(|step| step.commit == *commit);
    let counts = Counts::of(steps.flat_map(|step| &step.runs));
    (counts.crashes as usize, counts.trials() as usize)
}
