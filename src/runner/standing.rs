//! What is believed after the runs so far, and whether it is enough.
//!
//! Three things can be wrong with the ends, and each is a hypothesis: the bug does not show at the bad end any more, the good
//! end has it too (it is older, or the test was always this flaky), or no run tells the rest apart.

use std::sync::Arc;

use serde::Serialize;

use crate::analysis::{Analysis, Repo, Settings, analyze};
use crate::evidence::{CommitId, Counts, Format};
use crate::model::beta_binomial::Tally;
use crate::model::search::{Costs, Search};
use crate::model::table::RateTable;
use crate::model::verdict::p_bad_alone;
use crate::prob::Prob;

use super::log::evidence;
use super::mind::{Mind, stop};
use super::options::{Budget, Naming};
use super::state::{Event, Reason, Seen, State};

/// What is believed.
#[non_exhaustive]
#[derive(Debug)]
pub struct Standing {
    /// Everything; none before the first run.
    pub analysis: Option<Analysis>,
    /// The likeliest commit.
    pub best: Option<Best>,
    /// P(no commit of the range is to blame): the change lies beyond the good end, or nothing changed.
    pub beyond: Prob,
    /// P(nothing changed: both ends crash alike).
    #[doc(hidden)]
    pub no_change: Prob,
    /// P(the bug does not show at the bad end any more).
    #[doc(hidden)]
    pub gone: Prob,
    /// The title that was asked for.
    #[doc(hidden)]
    pub bug: Option<String>,
    /// The least probability of the likeliest commit under any behaviour of the bug; only where that is asked for.
    #[doc(hidden)]
    pub least: Option<Prob>,
    /// The same over the fifth of the behaviours under which it is least likely.
    #[doc(hidden)]
    pub worst: Prob,
    /// What is expected of the next run of a commit with the bug, and of one without.
    #[doc(hidden)]
    pub rates: (Prob, Prob),
    /// Commits that hold the change with a probability of 0.95, if it is between the ends.
    pub left: u64,
    /// Runs to go, roughly; none before anything is known.
    #[doc(hidden)]
    pub to_go: Option<f64>,
}

/// The likeliest commit.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Best {
    /// The commit with the most mass.
    pub commit: CommitId,
    /// Its subject.
    pub subject: String,
    /// P(it brought the change).
    pub posterior: Prob,
}

/// What the commits that are left hold.
pub(super) const LEVEL: f64 = 0.95;

/// P(who says that it crashes there is wrong), before a run.
const WRONG_END: f64 = 0.05;

impl Standing {
    /// What the runs say, with their analysis: for whoever reports.
    #[doc(hidden)]
    #[must_use]
    pub fn of(state: &State, repo: &Arc<Repo>, settings: &Settings, name: &str) -> Self {
        let analysis = analysed(state, repo, settings, name);
        let mind = Mind::new(repo, &state.start, settings).map(|mut mind| {
            mind.learn(state, analysis.as_ref());
            mind
        });
        Self::by(mind.as_ref(), state, repo, settings, analysis)
    }

    /// The same from a mind that has learned them. The analysis decides where crashes have titles: what is one bug and what
    /// another is its matter.
    #[doc(hidden)]
    #[must_use]
    pub fn by(
        mind: Option<&Mind>,
        state: &State,
        repo: &Arc<Repo>,
        settings: &Settings,
        analysis: Option<Analysis>,
    ) -> Self {
        let options = &state.start.options;
        let titled = analysis.as_ref().filter(|_| has_titles(state));
        let search = mind.map(Mind::search);
        let outside = || search.map_or((Prob::ZERO, Prob::ZERO), |search| (search.older(), search.no_change()));
        let (best, (older, no_change)) = match titled {
            Some(analysis) => (best(analysis), beyond(analysis)),
            None => (mind.and_then(Mind::best).map(|(commit, p)| described(repo, commit, p)), outside()),
        };
        let least = search.filter(|_| options.floor.is_some()).map(Search::least);
        let worst = search.map_or(Prob::ONE, Search::in_worst_fifth);
        let (rates, left) = search.map_or(((Prob::ZERO, Prob::ZERO), 0), |search| {
            (search.rates(), search.credible_commits(Prob::saturating(LEVEL)))
        });
        let beyond = Prob::saturating(older.value() + no_change.value());
        let (gone, bug) = (gone(state, settings), options.bug.clone());
        let to_go = search.and_then(|search| search.runs_to_go(&stop(options), &Costs::default()));
        Self { analysis, best, beyond, no_change, gone, bug, least, worst, rates, left, to_go }
    }

    /// Whether there is nothing more to do. The state must be the one that it was computed from.
    #[doc(hidden)]
    #[must_use]
    pub fn end(&self, state: &State) -> Option<Reason> {
        /// A crash that shows in fewer runs than one of these is no bug to bisect by running.
        const RUNS: usize = 200;
        let options = &state.start.options;
        let stop = stop(options);
        let agrees = self.worst >= stop.tail && self.least.is_none_or(|least| least >= stop.floor);
        let shown = shown_at_bad(state);
        let clean = state.start.good.iter().all(|good| trials(state, good) > 0);
        let at_bad = trials(state, &state.start.bad);
        match &self.best {
            Some(best) if shown && clean && agrees && best.posterior >= stop.target => Some(Reason::Sure),
            _ if shown && clean && self.beyond >= stop.target => {
                let unchanged = 2.0 * self.no_change.value() > self.beyond.value();
                Some(if unchanged { Reason::NoChange } else { Reason::Older })
            }
            _ if !shown && (self.gone >= stop.target || at_bad >= RUNS) => Some(Reason::Gone),
            _ => None,
        }
    }

    /// The last line of the journal, for this reason.
    #[must_use]
    pub(crate) fn end_event(&self, reason: Reason) -> Event {
        let best = self.best.as_ref().filter(|_| reason.exit_code() != 3);
        let (commit, posterior) = (best.map(|best| best.commit), best.map(|best| best.posterior.value()));
        Event::End { reason, commit, posterior }
    }
}

/// Whether crashes have titles: then not each is the bug's.
#[must_use]
pub(crate) fn has_titles(state: &State) -> bool {
    let titled = |seen: &Seen| matches!(seen, Seen::Crash { title: Some(_) });
    match state.start.options.naming {
        Naming::None => false,
        Naming::Told => state.runs.iter().any(|ran| titled(&ran.seen)),
        Naming::Regex(_) | Naming::Command(_) => true,
    }
}

/// The runs as any log is analysed; none before the first.
#[must_use]
pub fn analysed(state: &State, repo: &Arc<Repo>, settings: &Settings, name: &str) -> Option<Analysis> {
    let settings = Settings { repo: Some(repo.clone()), ..settings.clone() };
    analyze(vec![evidence(state, &repo.history, name)?], &settings).pop()
}

fn described(repo: &Repo, commit: CommitId, posterior: Prob) -> Best {
    let described = repo.history.find(&commit).ok().and_then(|node| repo.history.describe(&[node]).ok()?.pop());
    Best { commit, subject: described.map_or_else(String::new, |described| described.subject), posterior }
}

/// Whether the budget is used up.
#[must_use]
pub(crate) fn used_up(state: &State, elapsed: f64) -> bool {
    match state.start.options.budget {
        None => false,
        Some(Budget::Runs(runs)) => state.runs.len() >= runs as usize,
        Some(Budget::Seconds(seconds)) => elapsed >= seconds,
    }
}

/// Runs that the budget still has.
#[must_use]
pub(crate) fn runs_left(state: &State) -> u32 {
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
pub(crate) fn shown_at_bad(state: &State) -> bool {
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

/// The same from the journal.
#[must_use]
#[cfg(feature = "cli")]
pub fn crashes_in(state: &State, commit: &CommitId) -> (usize, usize) {
    let crashed = |seen: &Seen| matches!(seen, Seen::Crash { .. });
    (state.runs_at(commit).filter(|ran| crashed(&ran.seen)).count(), trials(state, commit))
}
