//! What to visit next, and when it is over: the part of a bisection to which it does not matter who makes the runs, a bench
//! beside this process or somebody far away.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::analysis::{Repo, Settings};
use crate::evidence::CommitId;
use crate::model::search::Why;

use super::costs::Costs;
use super::mind::{Mind, Next, which_titles};
use super::silence::{Silent, Voids, voids_at};
use super::standing::{Standing, analysed, has_titles, runs_left, trials};
use super::state::{Reason, Start, State};
use super::trial::Visit;
use super::verify::{self, places};

/// Runs of a commit that is to show its titles.
const RUNS_FOR_TITLES: u32 = 6;

/// How many void runs in a row an end of the range may have before it is given up: the whole search depends on it.
const PATIENCE_AT_AN_END: u32 = 8;

/// What a bisection thinks between its visits.
pub struct Planner {
    repo: Arc<Repo>,
    settings: Settings,
    /// What visits cost.
    costs: Costs,
    /// What the runs say.
    mind: Option<Mind>,
    /// Why nothing was worth a visit when somebody asked last.
    stuck: Option<Why>,
    /// What is to be visited, now that a commit is sure.
    checks: VecDeque<Check>,
    /// For which commit that was asked.
    checked: Option<CommitId>,
    /// What was visited for that already.
    done: HashSet<(CommitId, Check)>,
    /// Visits that were made.
    visits: usize,
}

/// A place to visit again, and what is reverted there.
pub type Check = (CommitId, Option<CommitId>);

impl Planner {
    /// The planner of a bisection of which no run is known yet.
    #[must_use]
    pub fn new(repo: &Arc<Repo>, start: &Start, settings: &Settings) -> Self {
        Self {
            repo: repo.clone(),
            settings: settings.clone(),
            costs: Costs::default(),
            mind: Mind::new(repo, start, settings),
            stuck: None,
            checks: VecDeque::new(),
            checked: None,
            done: HashSet::new(),
            visits: 0,
        }
    }

    /// Resumes after `visits` visits; `done` holds the checks that were already made to verify a commit.
    #[must_use]
    pub fn after(self, visits: usize, done: HashSet<(CommitId, Check)>) -> Self {
        Self { done, visits, ..self }
    }

    /// The search, for whoever wants to know what a visit decides.
    #[must_use]
    pub(crate) const fn mind(&self) -> Option<&Mind> {
        self.mind.as_ref()
    }

    /// A visit was made.
    pub(crate) const fn visited(&mut self) {
        self.visits += 1;
    }

    /// What the runs say; `name` is what their journal is called.
    pub fn standing(&mut self, state: &State, name: &str) -> Standing {
        self.costs.learn(state);
        let analysis = if has_titles(state) { analysed(state, &self.repo, &self.settings, name) } else { None };
        if let Some(mind) = &mut self.mind {
            mind.learn(state, analysis.as_ref());
        }
        Standing::by(self.mind.as_ref(), state, &self.repo, &self.settings, analysis)
    }

    /// How it ends, once nothing is left to be done.
    pub fn end(&mut self, state: &State, standing: &Standing, busy: &[Visit]) -> Option<Reason> {
        let reason = standing.end(state)?;
        (!self.is_checking(reason, state, standing, busy)).then_some(reason)
    }

    /// Whether a commit that is sure is still to be verified, where somebody wants that.
    fn is_checking(&mut self, reason: Reason, state: &State, standing: &Standing, busy: &[Visit]) -> bool {
        let Some(best) = standing.best.as_ref().filter(|_| reason == Reason::Sure && state.start.options.verify) else {
            return false;
        };
        let sure = best.commit;
        if self.checked != Some(sure) {
            let wanted = places(state, &self.repo, sure).into_iter();
            self.checks = wanted.filter(|check| !self.done.contains(&(sure, *check))).collect();
            self.checked = Some(sure);
        }
        !self.checks.is_empty() || busy.iter().any(|visit| visit.without.is_some())
    }

    /// A visit, if one is worth it: beside those that others make, by somebody who is at this commit.
    pub fn pick(&mut self, state: &State, standing: &Standing, busy: &[Visit], at: Option<CommitId>) -> Option<Visit> {
        self.check(state, busy).or_else(|| self.choose(state, standing, busy, at))
    }

    /// What is to be visited to verify a commit.
    fn check(&mut self, state: &State, busy: &[Visit]) -> Option<Visit> {
        let sure = self.checked?;
        let check @ (commit, without) = self.checks.pop_front()?;
        let runs = verify::runs(state, sure);
        let visit = within_budget(state, busy, commit, runs)?;
        self.done.insert((sure, check));
        let first = if without.is_some() { 0 } else { visit.first };
        Some(Visit { without, first, end: None, check: Some(sure), ..visit })
    }

    /// What the mind wants next; every other time, while nobody knows which titles are the bug's, what tells that. Who could
    /// not be tested so far is tried again when nothing else tells anything.
    fn choose(&mut self, state: &State, standing: &Standing, busy: &[Visit], at: Option<CommitId>) -> Option<Visit> {
        let silent = Silent::of(state);
        let next = match self.next(state, standing, busy, at, &silent.all()) {
            Next::Nothing(_) if !silent.waiting.is_empty() => self.next(state, standing, busy, at, &silent.for_good()),
            next => next,
        };
        self.stuck = match next {
            Next::Nothing(why) => Some(why),
            Next::Visit(..) | Next::Wait => None,
        };
        match next {
            Next::Visit(commit, runs) => within_budget(state, busy, commit, runs),
            Next::Wait | Next::Nothing(_) => None,
        }
    }

    fn next(
        &mut self,
        state: &State,
        standing: &Standing,
        busy: &[Visit],
        at: Option<CommitId>,
        untestable: &HashSet<CommitId>,
    ) -> Next {
        let busy: Vec<_> = busy.iter().map(|visit| (visit.commit, visit.runs)).collect();
        let options = &state.start.options;
        let costs = self.costs.per_visit_and_run(options);
        let Some(mind) = &mut self.mind else { return Next::Nothing(Why::RatesAlike) };
        if self.visits.is_multiple_of(2)
            && let Some(analysis) = &standing.analysis
            && let Some(commit) = which_titles(analysis, &busy)
        {
            return Next::Visit(commit, options.runs.unwrap_or(RUNS_FOR_TITLES));
        }
        mind.next(options, untestable, &busy, costs, at)
    }

    /// Nothing is worth a visit: either no visit of what is left is possible, or none tells more.
    #[must_use]
    pub(crate) const fn why_stuck(&self) -> Reason {
        match self.stuck {
            Some(Why::CannotBeBuilt) => Reason::Untestable,
            Some(Why::RatesAlike) | None => Reason::NothingTellsMore,
        }
    }
}

/// A visit within the budget.
fn within_budget(state: &State, busy: &[Visit], commit: CommitId, runs: u32) -> Option<Visit> {
    let under_way = busy.iter().map(|visit| visit.most).fold(0, u32::saturating_add);
    let left = runs_left(state).saturating_sub(under_way);
    let untried = trials(state, &commit) == 0;
    let end = match () {
        () if !untried => None,
        () if commit == state.start.bad => Some("bad"),
        () if state.start.good.contains(&commit) => Some("good"),
        () => None,
    };
    let voids = if untried { voids_at(state, &commit) } else { 0 };
    let patience = Voids::of(state).patience(voids);
    let patience = if end.is_some() { patience.max(PATIENCE_AT_AN_END) } else { patience };
    // So that another bench leaves what this one may need.
    let most = left.min(runs.saturating_mul(patience));
    // Two at one commit make different runs.
    let there = busy.iter().filter(|visit| visit.commit == commit && visit.without.is_none());
    let first = there.map(|visit| visit.first + visit.most).fold(state.next_run(&commit), u32::max);
    let visit = Visit { commit, runs: runs.min(left), patience, most, first, without: None, end, check: None };
    (most > 0).then_some(visit)
}
