//! What the runs say, kept up to date run by run: one [`Search`] over the commits between the ends.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::analysis::terrain::Terrain;
use crate::analysis::{Analysis, Repo, Settings};
use crate::evidence::CommitId;
use crate::model::beta_binomial::Tally;
use crate::model::search::{Assumptions, Batch, Costs, Ends, Outside, Proposal, Revision, Search, Shown, Stop};
use crate::prob::Prob;

use super::options::Options;
use super::standing::{LEVEL, shown_at_bad};
use super::state::{Seen, Start, State};

/// The search over a journal's runs.
pub struct Mind {
    repo: Arc<Repo>,
    terrain: Terrain,
    /// Without a run.
    blank: Search,
    search: Search,
    /// How many times dearer than others a revision is to build, where that is known.
    factors: BTreeMap<Revision, f64>,
    /// Runs of the journal that it knows.
    known: usize,
    /// Which titles are the bug's, where crashes have titles.
    titles: HashMap<Option<String>, bool>,
}

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// This commit, so often.
    Visit(CommitId, u32),
    /// Nothing before those at work have told what they see.
    Wait,
    /// Nothing: no visit is expected to tell anything.
    Nothing(crate::model::search::Why),
}

impl Mind {
    /// The mind of a bisection without runs; none where no commit lies between the ends.
    #[must_use]
    pub fn new(repo: &Arc<Repo>, start: &Start, settings: &Settings) -> Option<Self> {
        let history = &repo.history;
        let ends: Vec<CommitId> = start.good.iter().chain([&start.bad]).copied().collect();
        let weights = repo.weights.as_ref().map(|weights| weights.of(history));
        let weight = |node| weights.as_ref().map_or(1.0, |weights| weights.weight(node));
        let terrain = Terrain::between(history, &ends, start.kind, weight, Outside::default())?;
        let number = |commit: &CommitId| terrain.number(history.find(commit).ok()?);
        let ends = Ends { bad: number(&start.bad)?, good: start.good.iter().filter_map(number).collect() };
        let assumptions = Assumptions { rates: settings.rates.clone(), background: settings.background.clone() };
        let told = start.candidates.iter().flatten();
        let factors = told.filter_map(|candidate| Some((number(&candidate.name)?, candidate.cost?))).collect();
        let blank = Search::new(terrain.places.clone(), &assumptions).with_ends(ends);
        let (search, titles) = (blank.clone(), HashMap::new());
        Some(Self { repo: repo.clone(), terrain, blank, search, factors, known: 0, titles })
    }

    /// Takes in the runs since it was last told. What is another bug's crash is said by the analysis, where crashes have
    /// titles.
    pub fn learn(&mut self, state: &State, analysis: Option<&Analysis>) {
        let titles = titles(state, analysis);
        if titles != self.titles || state.runs.len() < self.known {
            (self.search, self.known, self.titles) = (self.blank.clone(), 0, titles);
        }
        let new = &state.runs[self.known..];
        if let [ran] = new {
            if let (Some(number), Some(shown)) = (self.number(&ran.commit), self.shown(&ran.seen)) {
                self.search.observe(number, shown);
            }
        } else {
            self.learn_all(state);
        }
        self.known = state.runs.len();
    }

    /// Several runs: those of a commit at once.
    fn learn_all(&mut self, state: &State) {
        let mut visits: Vec<(Revision, Tally)> = Vec::new();
        for ran in &state.runs[self.known..] {
            let (Some(number), Some(shown)) = (self.number(&ran.commit), self.shown(&ran.seen)) else { continue };
            let at = visits.iter().position(|(revision, _)| *revision == number).unwrap_or_else(|| {
                visits.push((number, Tally::default()));
                visits.len() - 1
            });
            match shown {
                Shown::Bug => visits[at].1.crashes += 1,
                Shown::Pass => visits[at].1.passes += 1,
                Shown::OtherBug => self.search.observe(number, shown),
            }
        }
        for (revision, tally) in visits {
            self.search.observe_all(revision, tally);
        }
    }

    /// What a run says of the bug; none where it says nothing.
    fn shown(&self, seen: &Seen) -> Option<Shown> {
        match seen {
            Seen::Pass => Some(Shown::Pass),
            Seen::Crash { title } if self.titles.get(title).copied().unwrap_or(true) => Some(Shown::Bug),
            Seen::Crash { .. } => Some(Shown::OtherBug),
            Seen::Skip { .. } => None,
        }
    }

    fn number(&self, commit: &CommitId) -> Option<Revision> {
        self.terrain.number(self.repo.history.find(commit).ok()?)
    }

    fn commit(&self, revision: Revision) -> Option<CommitId> {
        Some(self.repo.history.id(self.terrain.revision(revision)?))
    }

    /// What to run next: not those that cannot be tested, beside those that others run.
    #[must_use]
    pub fn next(
        &mut self,
        options: &Options,
        untestable: &HashSet<CommitId>,
        busy: &[(CommitId, u32)],
        (visit, run): (f64, f64),
        at: Option<CommitId>,
    ) -> Next {
        /// More at once are not thought about.
        const MOST: u32 = 64;
        let numbers: Vec<Revision> = untestable.iter().filter_map(|commit| self.number(commit)).collect();
        self.search.exclude(numbers);
        let busy: Vec<_> = busy.iter().filter_map(|(commit, runs)| Some((self.number(commit)?, *runs))).collect();
        let costs = Costs {
            run,
            build: visit,
            factors: self.factors.clone(),
            built: at.iter().filter_map(|commit| self.number(commit)).collect(),
            batch: options.runs.map_or(Batch::UpTo(MOST), Batch::Exactly),
        };
        match self.search.propose(&stop(options), &busy, &costs) {
            Proposal::Visit(choice) => {
                self.commit(choice.revision).map_or(Next::Wait, |commit| Next::Visit(commit, choice.runs))
            }
            Proposal::Wait => Next::Wait,
            Proposal::Nothing(why) => Next::Nothing(why),
        }
    }

    /// Commits that hold the change with a probability of 0.95 after a visit: if all its runs pass, and if some crash.
    #[must_use]
    pub(crate) fn left_after(&self, commit: &CommitId, runs: u32) -> Option<(u64, u64)> {
        let number = self.number(commit)?;
        let left = |tally| {
            let mut after = self.search.clone();
            after.observe_all(number, tally);
            after.credible_commits(Prob::saturating(LEVEL))
        };
        Some((left(Tally { crashes: 0, passes: runs }), left(self.search.usual_crashes(number, runs))))
    }

    /// The search.
    #[must_use]
    pub const fn search(&self) -> &Search {
        &self.search
    }

    /// The likeliest commit and its probability; none while it is no commit of the range.
    #[must_use]
    pub fn best(&self) -> Option<(CommitId, Prob)> {
        let (number, p) = self.search.best_change()?;
        Some((self.repo.history.id(self.terrain.change(number)?), p))
    }
}

/// When a bisection stops.
#[must_use]
pub fn stop(options: &Options) -> Stop {
    let floor = options.floor.map_or(Prob::ZERO, Prob::saturating);
    Stop { target: Prob::saturating(options.target), floor, ..Stop::default() }
}

/// Which titles are the bug's: the one that was asked for, or those that the analysis takes for it.
fn titles(state: &State, analysis: Option<&Analysis>) -> HashMap<Option<String>, bool> {
    let likely =
        |title: &crate::analysis::TitleAnalysis| title.p_same_bug.map(|p| (title.title.clone(), p.value() > 0.5));
    let mut titles: HashMap<Option<String>, bool> =
        analysis.into_iter().flat_map(|analysis| &analysis.titles).filter_map(likely).collect();
    let Some(bug) = &state.start.options.bug else { return titles };
    let seen = state.runs.iter().filter_map(|ran| match &ran.seen {
        Seen::Crash { title } => Some(title),
        Seen::Pass | Seen::Skip { .. } => None,
    });
    let asked = |title: &Option<String>| title.as_deref().map(str::trim) == Some(bug.trim());
    // What has not shown where it was seen has no other titles.
    let shown = shown_at_bad(state);
    for title in seen {
        let akin = shown && titles.get(title).copied().unwrap_or(false);
        titles.insert(title.clone(), akin || asked(title));
    }
    titles
}

/// While nobody knows whether a title is the bug's: a commit that surely has the bug. Which titles that has shows there, and all
/// that is said of places hangs on it.
#[must_use]
pub(crate) fn which_titles(analysis: &Analysis, busy: &[(CommitId, u32)]) -> Option<CommitId> {
    const SURE: f64 = 0.99;
    let doubtful = analysis.titles.iter().filter(|title| title.crashes > 1);
    let mut doubtful = doubtful.filter_map(|title| title.p_same_bug);
    if !doubtful.any(|p| p.value().max(p.complement().value()) < SURE) {
        return None;
    }
    let bad = analysis.steps.iter().filter(|step| step.p_shown().is_some_and(|p| p.value() >= SURE));
    let free = bad.filter(|step| busy.iter().all(|(commit, _)| *commit != step.commit));
    free.min_by_key(|step| step.passes + step.crashes).map(|step| step.commit)
}
