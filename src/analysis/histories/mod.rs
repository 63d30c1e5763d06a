//! Histories: since when does which test fail more, over all tests that a CI runs at its commits.
//!
//! Nobody has bisected here: each test has runs at many revisions, may break, be mended and break again. The runs of all
//! inputs are laid on one line of revisions; [`crate::model::regimes`] gives each test its rates and changes, and learns from
//! all tests together how often rates change, which rates there are, and at which revisions everything failed at once.

mod prior;

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::evidence::{Bisection, CommitId, Counts, Format, Text};
use crate::history::{self, Command};
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::model::rate::rate;
use crate::model::regimes::{Change, Line, Outage, OutageEvidence, RegimePrior, Regimes, Said, Sums, Taught};
use crate::prob::{Estimate, Prob};

use super::words::chance;

pub use prior::{HistoryPrior, HistoryPriorError};

/// The version of the JSON, as its `schema` says.
pub const SCHEMA: &str = "bisectstat-history/1";

/// The runs of many tests, gathered from inputs.
#[derive(Debug, Default)]
pub struct Gathered {
    commits: Vec<CommitId>,
    known: HashMap<CommitId, usize>,
    /// The least number or time that an input gives each.
    places: Vec<Option<f64>>,
    /// Revisions that follow each other in some input, with the commits between where that is known.
    steps: BTreeMap<(usize, usize), Option<u64>>,
    /// By what the input says was tested.
    tests: BTreeMap<Vec<Text>, HashMap<usize, Tally>>,
}

/// Why there is no history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// Somebody has bisected.
    #[error("{0}: a bisection chooses which commits it runs, so its runs are no history: use bisectstat analyze")]
    Bisected(String),
    /// Two inputs disagree about what is older.
    #[error(
        "the inputs disagree about the order of the revisions ({0} is both before and after another): name the --repo"
    )]
    Circle(String),
    /// Nothing tells which of two revisions is older.
    #[error(
        "nothing tells which is older, {0} or {1}: no test ran at both, and no column numbers them; add a column `order` or \
         `date`, say --map order=COLUMN, or name the --repo"
    )]
    Unordered(String, String),
    /// The repository lacks a revision.
    #[error("{0} is not in the repository, so its place is not known")]
    NotInRepo(String),
    /// No test has the name, or several.
    #[error("{0:?} could be {1} of the tests: expected the name of one, or a part that no other has")]
    NoTest(String, usize),
    /// There is no such revision.
    #[error("{0:?} is none of the revisions, or several of them: expected one of {1}")]
    NoRevision(String, String),
}

/// What is known of all tests.
#[derive(Clone, Debug, Serialize)]
pub struct Histories {
    schema: &'static str,
    /// The revisions, old to new.
    pub revisions: Vec<CommitId>,
    /// The revision since which changes for the worse are asked for.
    pub since: Option<CommitId>,
    /// Runs of all tests.
    pub runs: u64,
    /// Those that failed.
    pub failures: u64,
    /// P(the rate of a test changes) at one commit, as these tests teach it, or a prior says.
    pub hazard: Prob,
    /// What all of that was judged by.
    #[serde(skip)]
    pub prior: HistoryPrior,
    /// Revisions at which many tests failed together, and did not before and after.
    pub outages: Vec<OutageAt>,
    /// Places at which several tests got worse.
    pub shared: Vec<Shared>,
    /// What failed, what matters most first; then what did not, by name.
    pub tests: Vec<History>,
}

/// A revision at which everything failed at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutageAt {
    /// Which.
    pub revision: CommitId,
    /// P(its failures tell nothing of the tests).
    pub probability: Prob,
    /// Tests that failed at it.
    pub tests: usize,
    /// Tests that were run at it.
    pub run: usize,
}

impl fmt::Display for OutageAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, p, tests, run) = (self.revision.short(), chance(self.probability), self.tests, self.run);
        write!(f, "outage at {at} (probability {p}): {tests} of {run} tests failed there, and not before and after")
    }
}

/// A place at which several tests got worse.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shared {
    /// The last revision before it.
    pub after: CommitId,
    /// The first since.
    pub upto: CommitId,
    /// P(it is this place), if all these tests got worse at one place.
    pub posterior: Prob,
    /// Which tests.
    pub tests: Vec<Text>,
}

/// One test.
#[derive(Clone, Debug, Serialize)]
pub struct History {
    /// Its name.
    pub test: Text,
    /// All that the input says was tested.
    #[serde(skip)]
    pub key: Vec<Text>,
    /// How it stands, in a word.
    pub state: State,
    /// Pieces of its history, old to new, between which its rate changed.
    pub regimes: Vec<Regime>,
    /// The changes between them.
    pub changes: Vec<Shift>,
    /// How it is at the newest revision.
    pub now: Now,
    /// P(it fails more now than at [`Histories::since`]).
    pub p_worse_since: Option<Prob>,
    /// Its rate at each revision.
    #[serde(skip)]
    pub rates: Arc<[Estimate]>,
    /// Its runs at each revision.
    #[serde(skip)]
    pub runs: Arc<[Tally]>,
}

/// How a test stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It passed, and now always fails.
    Broke,
    /// It fails more than it did.
    GotWorse,
    /// It fails now and then, and did so at the oldest revision.
    AlwaysFlaky,
    /// It fails always, and did so at the oldest revision.
    AlwaysBroken,
    /// It fails less than it did.
    GotBetter,
    /// It failed, and no longer does.
    Fixed,
    /// It failed, and that may have been chance.
    Steady,
    /// It never failed, outages aside.
    Passed,
}

impl State {
    /// All of them, what matters most first.
    pub const ALL: [Self; 8] = [
        Self::Broke,
        Self::GotWorse,
        Self::AlwaysFlaky,
        Self::AlwaysBroken,
        Self::GotBetter,
        Self::Fixed,
        Self::Steady,
        Self::Passed,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broke => "broke",
            Self::GotWorse => "got_worse",
            Self::AlwaysFlaky => "always_flaky",
            Self::AlwaysBroken => "always_broken",
            Self::GotBetter => "got_better",
            Self::Fixed => "fixed",
            Self::Steady => "steady",
            Self::Passed => "passed",
        }
    }

    /// A few words for a table.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Broke => "broke",
            Self::GotWorse => "got worse",
            Self::AlwaysFlaky => "always flaky",
            Self::AlwaysBroken => "always broken",
            Self::GotBetter => "got better",
            Self::Fixed => "fixed",
            Self::Steady => "no change",
            Self::Passed => "never failed",
        }
    }
}

/// A piece of a history in which the rate is one.
#[derive(Clone, Debug, Serialize)]
pub struct Regime {
    /// Its oldest revision.
    pub from: CommitId,
    /// Its newest.
    pub upto: CommitId,
    /// The rate at which runs fail, with its 95 % interval if the ends are right.
    pub rate: Estimate,
    /// Failures, without those of outages.
    pub failures: u32,
    /// Runs, without those of outages.
    pub runs: u32,
}

/// A change between two pieces.
#[derive(Clone, Debug, Serialize)]
pub struct Shift {
    /// The last revision before the likeliest place.
    pub after: CommitId,
    /// The first since.
    pub upto: CommitId,
    /// The last revision before the 95 % range of places.
    pub low: CommitId,
    /// The oldest revision of that range: the change is first in one of these.
    pub first: CommitId,
    /// The newest.
    pub high: CommitId,
    /// How many revisions the range has.
    pub candidates: usize,
    /// P(there is a change about here).
    pub posterior: Prob,
    /// Whether it fails more since.
    pub worse: bool,
    /// The first revision since, by its place.
    #[serde(skip)]
    pub at: usize,
    /// The oldest and the newest of the 95 % range, by their places.
    #[serde(skip)]
    pub range: (usize, usize),
}

/// How a test is at the newest revision.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Now {
    /// The rate at which runs fail.
    pub rate: Estimate,
    /// P(it fails now and then).
    pub p_flaky: Prob,
    /// P(it always fails).
    pub p_broken: Prob,
}

/// A revision of which all older ones stand in line: by its place, then by when it came.
#[derive(Clone, Copy, Debug)]
struct Waiting(Option<f64>, usize);

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |waiting: &Self| waiting.0.unwrap_or(f64::NEG_INFINITY);
        place(self).total_cmp(&place(other)).then(self.1.cmp(&other.1))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

/// Changes with less are not told of.
pub const TOLD: f64 = 0.5;

impl Gathered {
    /// Adds the runs of a test.
    ///
    /// # Errors
    /// [`HistoryError::Bisected`] where somebody has bisected.
    pub fn add(&mut self, bisection: &Bisection) -> Result<(), HistoryError> {
        if !matches!(bisection.format, Format::Table | Format::Junit) {
            return Err(HistoryError::Bisected(bisection.source.path.clone()));
        }
        let mut before = None;
        for placed in &bisection.order {
            let place = self.place(placed.commit);
            self.places[place] = match (self.places[place], placed.place) {
                (Some(known), Some(told)) => Some(known.min(told)),
                (known, told) => known.or(told),
            };
            if let Some(before) = before.replace(place).filter(|before| *before != place) {
                let known = self.steps.entry((before, place)).or_default();
                *known = known.or(placed.commits);
            }
        }
        let mut tallies = Vec::new();
        for step in bisection.steps.iter().filter(|step| step.is_evidence()) {
            let Counts { passes, crashes, .. } = step.counts();
            tallies.push((self.place(step.commit), Tally { crashes, passes }));
        }
        let test = self.tests.entry(test_of(bisection)).or_default();
        for (place, tally) in tallies {
            test.entry(place).or_default().merge(tally);
        }
        Ok(())
    }

    fn place(&mut self, commit: CommitId) -> usize {
        let next = self.commits.len();
        let place = *self.known.entry(commit).or_insert(next);
        if place == next {
            self.commits.push(commit);
            self.places.push(None);
        }
        place
    }

    /// Whether no test was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Judges all tests. `since`: a revision, or the beginning of its name. `history` tells which revision is older. With a prior,
    /// the tests do not teach each other.
    ///
    /// # Errors
    /// [`HistoryError::Circle`], [`HistoryError::Unordered`] and [`HistoryError::NotInRepo`] where the order is not known,
    /// [`HistoryError::NoRevision`] for an unknown `since`.
    pub fn judge(
        &self,
        since: Option<&str>,
        history: Option<&history::History>,
        given: Option<&HistoryPrior>,
    ) -> Result<Histories, HistoryError> {
        let order = self.order(history)?;
        let revisions: Vec<CommitId> = order.iter().map(|place| self.commits[*place]).collect();
        let since = since.map(|name| find(&revisions, name)).transpose()?;
        let commits = self.distances(&order);
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, place)| rank[*place] = at);
        let lines = Lines::of(&self.tests, &rank);
        let said = Said::new();
        let Learned { prior, outages, evidence, tests: teachers } = lines.learn((&revisions, &commits), &said, given);
        let judged = lines.distinct.par_iter().map(|runs| {
            let line = Line { runs, commits: &commits, outages: &outages, said: &said };
            let regimes = line.solve(&prior)?;
            Some(History::of(
                Arc::clone(runs),
                regimes,
                &revisions,
                &outages,
                since.and_then(|since| line.risen(&prior, since)),
            ))
        });
        let judged: Vec<Option<(History, Vec<Change>)>> = judged.collect();
        let judged = lines.tests.iter().filter_map(|(key, line)| Some((*key, judged[*line].as_ref()?)));
        let name = names(&lines.tests);
        let shared = shared(judged.clone().map(|(key, (_, changes))| (name(key), &changes[..])), &revisions);
        let named = |(key, (history, _)): (&[Text], &(History, _))| History {
            test: name(key),
            key: key.to_vec(),
            ..history.clone()
        };
        let mut tests: Vec<History> = judged.map(named).collect();
        tests.sort_by(|a, b| a.rank().cmp(&b.rank()).then_with(|| a.test.cmp(&b.test)));
        let sum = |of: fn(&Tally) -> u32| lines.all().flat_map(|runs| &**runs).map(|runs| u64::from(of(runs))).sum();
        let own = || HistoryPrior::new(teachers, &prior, revisions.iter().copied().zip(evidence).collect());
        Ok(Histories {
            schema: SCHEMA,
            prior: given.cloned().unwrap_or_else(own),
            since: since.map(|since| revisions[since]),
            runs: sum(|runs| runs.crashes + runs.passes),
            failures: sum(|runs| runs.crashes),
            hazard: Prob::saturating(prior.hazard),
            outages: outages_at(&lines, &outages, &revisions),
            revisions,
            shared,
            tests,
        })
    }

    /// The revisions, old to new: as a repository says, else as their neighbours in the inputs say; numbers and times decide
    /// where that leaves a choice, or contradicts itself.
    fn order(&self, history: Option<&history::History>) -> Result<Vec<usize>, HistoryError> {
        if let Some(history) = history {
            let order = history.topological_order(&self.commits);
            let known: HashSet<usize> = order.iter().copied().collect();
            return match (0..self.commits.len()).find(|place| !known.contains(place)) {
                Some(missing) => Err(HistoryError::NotInRepo(self.commits[missing].short())),
                None => Ok(order),
            };
        }
        let n = self.commits.len();
        let (mut newer, mut older) = (vec![Vec::new(); n], vec![0usize; n]);
        for (before, after) in self.steps.keys() {
            newer[*before].push(*after);
            older[*after] += 1;
        }
        let mut ready: BinaryHeap<Reverse<Waiting>> =
            (0..n).filter(|at| older[*at] == 0).map(|at| Reverse(Waiting(self.places[at], at))).collect();
        let mut order = Vec::with_capacity(n);
        while let Some(Reverse(Waiting(place, at))) = ready.pop() {
            if let Some(Reverse(Waiting(other, beside))) = ready.peek()
                && (place.is_none() || other.is_none())
            {
                return Err(HistoryError::Unordered(self.commits[at].short(), self.commits[*beside].short()));
            }
            order.push(at);
            for after in &newer[at] {
                older[*after] -= 1;
                if older[*after] == 0 {
                    ready.push(Reverse(Waiting(self.places[*after], *after)));
                }
            }
        }
        match (0..n).find(|at| older[*at] > 0) {
            None => Ok(order),
            Some(_) if self.places.iter().all(Option::is_some) => {
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by_key(|at| Waiting(self.places[*at], *at));
                Ok(order)
            }
            Some(at) => Err(HistoryError::Circle(self.commits[at].short())),
        }
    }

    /// Commits from each revision's predecessor; one where nobody says.
    fn distances(&self, order: &[usize]) -> Vec<f64> {
        let known = |pair: &[usize]| self.steps.get(&(pair[0], pair[1])).copied().flatten().unwrap_or(1);
        #[expect(clippy::cast_precision_loss, reason = "at most 1e9")]
        let distances = order.windows(2).map(|pair| known(pair).max(1) as f64);
        std::iter::once(1.0).chain(distances).collect()
    }
}

/// How sure it is that a test got worse since a revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worse {
    /// Since which.
    pub since: CommitId,
    /// P(it fails more at the newest revision than at that one).
    pub p: Prob,
    /// The first revision since its newest change for the worse, where there is one.
    pub upto: Option<CommitId>,
}

impl Histories {
    /// Whether it got worse; `None` where nobody asked since when.
    #[must_use]
    pub fn worse(&self, test: &History) -> Option<Worse> {
        let upto = test.changes.iter().rev().find(|change| change.worse).map(|change| change.upto);
        self.since.zip(test.p_worse_since).map(|(since, p)| Worse { since, p, upto })
    }

    /// The runs that bear on a test's newest change, old to new: those before it and since, back to the change before, without
    /// those of outages. Of a test without changes, all of them.
    pub(crate) fn bearing<'a>(&'a self, test: &'a History) -> impl Iterator<Item = (CommitId, Tally)> + 'a {
        let first = test.changes.iter().rev().nth(1).map_or(0, |change| change.at);
        let counts = |revision: &CommitId| !self.outages.iter().any(|outage| outage.revision == *revision);
        let runs = self.revisions.iter().copied().zip(test.runs.iter().copied()).skip(first);
        runs.filter(move |(revision, runs)| runs.trials() > 0 && counts(revision))
    }

    /// What bisects a test's newest change, or asks what to run, with the runs that [`Self::bearing`] gives in a file.
    #[must_use]
    pub fn bisecting(&self, test: &History, file: &Path) -> Option<[Command; 2]> {
        let change = test.changes.last()?;
        let revisions: Vec<CommitId> = self.bearing(test).map(|(revision, _)| revision).collect();
        let (oldest, newest) = (*revisions.first()?, *revisions.last()?);
        let (good, bad) = if change.worse { (oldest, newest) } else { (newest, oldest) };
        Some([Command::run_with(good, bad, file), Command::next(file)])
    }

    /// Keeps the one test that is called so, by its whole name or by a part.
    ///
    /// # Errors
    /// [`HistoryError::NoTest`] where none is, or several are.
    pub fn keep(&mut self, name: &str) -> Result<(), HistoryError> {
        let whole = self.tests.iter().any(|test| &*test.test == name);
        let is = |test: &History| if whole { &*test.test == name } else { test.test.contains(name) };
        match self.tests.iter().filter(|test| is(test)).count() {
            1 => {
                self.tests.retain(is);
                Ok(())
            }
            n => Err(HistoryError::NoTest(name.to_owned(), n)),
        }
    }
}

/// The runs of every test on the line of revisions. Tests with the same runs, such as all that never failed, have one posterior.
struct Lines<'a> {
    distinct: Vec<Arc<[Tally]>>,
    /// By name, with the place of their runs.
    tests: Vec<(&'a [Text], usize)>,
}

impl<'a> Lines<'a> {
    /// `rank`: where each revision stands, old to new.
    fn of(tests: &'a BTreeMap<Vec<Text>, HashMap<usize, Tally>>, rank: &[usize]) -> Self {
        let mut known: HashMap<Arc<[Tally]>, usize> = HashMap::new();
        let mut lines = Self { distinct: Vec::new(), tests: Vec::with_capacity(tests.len()) };
        for (key, runs) in tests {
            let mut line = vec![Tally::default(); rank.len()];
            for (place, tally) in runs {
                line[rank[*place]] = *tally;
            }
            let line: Arc<[Tally]> = line.into();
            let place = *known.entry(Arc::clone(&line)).or_insert(lines.distinct.len());
            if place == lines.distinct.len() {
                lines.distinct.push(line);
            }
            lines.tests.push((key, place));
        }
        lines
    }

    /// The runs of every test.
    fn all(&self) -> impl Iterator<Item = &Arc<[Tally]>> {
        self.tests.iter().map(|(_, line)| &self.distinct[*line])
    }

    /// What all tests teach: three rounds of expectation maximisation. What a prior says is not learned again.
    fn learn(&self, (revisions, commits): (&[CommitId], &[f64]), said: &Said, given: Option<&HistoryPrior>) -> Learned {
        const ROUNDS: usize = 3;
        let known: Vec<Option<Outage>> =
            revisions.iter().map(|revision| given.and_then(|prior| prior.outage(revision))).collect();
        let mut learned = Learned {
            prior: given.map(HistoryPrior::regimes).unwrap_or_default(),
            outages: known.iter().map(|outage| outage.unwrap_or_default()).collect(),
            evidence: Vec::new(),
            tests: 0,
        };
        let rounds = if known.iter().all(Option::is_some) { 0 } else { ROUNDS };
        for _ in 0..rounds {
            let (taught, tests) = self.taught(commits, said, &learned);
            learned.tests = tests;
            if given.is_none() {
                learned.prior = RegimePrior::learned(&taught.sums);
            }
            // One test alone cannot tell an outage from a change.
            if tests > 1 {
                let known = known.iter().zip(&taught.outages);
                learned.outages = known.map(|(known, evidence)| known.unwrap_or_else(|| evidence.outage())).collect();
                learned.evidence = taught.outages;
            }
        }
        learned
    }

    /// What all tests teach in one round, and how many of them have runs.
    fn taught(&self, commits: &[f64], said: &Said, learned: &Learned) -> (Taught, u64) {
        /// Lines that are held in memory at once: what they teach is added in order, whatever the number of threads.
        const BATCH: usize = 256;
        let mut times = vec![0u32; self.distinct.len()];
        self.tests.iter().for_each(|(_, line)| times[*line] += 1);
        let mut sum = Taught { sums: Sums::default(), outages: vec![OutageEvidence::default(); commits.len()] };
        let mut tests = 0;
        for (lines, times) in self.distinct.chunks(BATCH).zip(times.chunks(BATCH)) {
            let line = |runs| Line { runs, commits, outages: &learned.outages, said };
            let taught = lines.par_iter().map(|runs| line(runs).learn(&learned.prior));
            for (one, times) in taught.collect::<Vec<_>>().into_iter().zip(times) {
                let Some(one) = one else { continue };
                sum.sums.add(&one.sums, f64::from(*times));
                sum.outages.iter_mut().zip(&one.outages).for_each(|(all, one)| all.add(one, f64::from(*times)));
                tests += u64::from(*times);
            }
        }
        (sum, tests)
    }
}

/// What the tests are judged by.
struct Learned {
    prior: RegimePrior,
    outages: Vec<Outage>,
    /// Of outages, where the tests tell of them.
    evidence: Vec<OutageEvidence>,
    /// Tests that taught.
    tests: u64,
}

/// What was tested: what the input says, else the input.
#[must_use]
pub(crate) fn test_of(bisection: &Bisection) -> Vec<Text> {
    if bisection.test.is_empty() { vec![Text::new(&bisection.id)] } else { bisection.test.clone() }
}

/// How tests are called: by what tells them apart.
fn names(tests: &[(&[Text], usize)]) -> impl Fn(&[Text]) -> Text {
    let first = tests.first().map_or(&[][..], |(key, _)| *key);
    let alike = |at: usize| tests.iter().all(|(key, _)| key.len() == first.len() && key[at] == first[at]);
    let alike: Vec<bool> = (0..first.len()).map(alike).collect();
    let only_one = alike.iter().all(|alike| *alike);
    move |key| {
        let told = |at: &usize| only_one || !alike.get(*at).copied().unwrap_or(false);
        let parts: Vec<&str> =
            (0..key.len()).filter(told).map(|at| &*key[at]).filter(|part| !part.is_empty()).collect();
        Text::new(&parts.join(" / "))
    }
}

/// The one revision that is called so.
fn find(revisions: &[CommitId], name: &str) -> Result<usize, HistoryError> {
    let whole = revisions.iter().position(|revision| revision.to_string() == name);
    let mut begins = (0..revisions.len()).filter(|at| revisions[*at].to_string().starts_with(name));
    match (whole, begins.next(), begins.next()) {
        (Some(at), ..) | (None, Some(at), None) => Ok(at),
        _ => {
            let ends = [revisions.first(), revisions.last()].map(|end| end.map_or_else(String::new, CommitId::short));
            Err(HistoryError::NoRevision(name.to_owned(), ends.join(" to ")))
        }
    }
}

/// Places at which several tests got worse, the one with the most tests first.
fn shared<'a>(judged: impl Iterator<Item = (Text, &'a [Change])>, revisions: &[CommitId]) -> Vec<Shared> {
    /// A test with less here is not of the group.
    const PART: f64 = 0.02;
    let told = |change: &&Change| change.worse && change.posterior.value() >= TOLD;
    let of =
        |(name, changes): (Text, &'a [Change])| changes.iter().filter(told).map(move |change| (name.clone(), change));
    let mut left: Vec<(Text, &Change)> = judged.flat_map(of).collect();
    let mass = |change: &Change, at: usize| {
        at.checked_sub(change.first).and_then(|i| change.places.get(i)).map_or(0.0, |p| p.value())
    };
    let mut found = Vec::new();
    loop {
        let mut sums = vec![0.0; revisions.len()];
        for (_, change) in &left {
            (change.first..).zip(&change.places).for_each(|(at, p)| sums[at] += p.value());
        }
        let top = (0..sums.len()).fold(0, |top, at| if sums[at] > sums[top] { at } else { top });
        let (group, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, change)| mass(change, top) > PART);
        left = others;
        if group.is_empty() {
            break;
        }
        if group.len() < 2 || top == 0 {
            continue;
        }
        let joint = |at: usize| -> f64 { group.iter().map(|(_, change)| mass(change, at).max(1e-6).ln()).sum() };
        let weights: Vec<f64> = (1..revisions.len()).map(|at| (joint(at) - joint(top)).exp()).collect();
        let posterior = Prob::saturating(1.0 / weights.iter().sum::<f64>());
        let mut tests: Vec<Text> = group.into_iter().map(|(test, _)| test).collect();
        tests.sort();
        found.push(Shared { after: revisions[top - 1], upto: revisions[top], posterior, tests });
    }
    found.sort_by_key(|shared| Reverse(shared.tests.len()));
    found
}

fn outages_at(lines: &Lines<'_>, outages: &[Outage], revisions: &[CommitId]) -> Vec<OutageAt> {
    let told = outages.iter().enumerate().filter(|(_, outage)| outage.probability >= TOLD);
    let of = |(at, outage): (usize, &Outage)| {
        let count = |met: fn(&Tally) -> bool| lines.all().filter(|runs| met(&runs[at])).count();
        OutageAt {
            revision: revisions[at],
            probability: Prob::saturating(outage.probability),
            tests: count(|runs| runs.crashes > 0),
            run: count(|runs| runs.trials() > 0),
        }
    };
    told.map(of).collect()
}

impl History {
    /// Nameless, with all changes of the likeliest path.
    fn of(
        runs: Arc<[Tally]>,
        solved: Regimes,
        revisions: &[CommitId],
        outages: &[Outage],
        p_worse_since: Option<Prob>,
    ) -> (Self, Vec<Change>) {
        let counted = counted(&runs, outages);
        let told: Vec<&Change> = solved.changes.iter().filter(|change| change.posterior.value() >= TOLD).collect();
        let ends: Vec<usize> =
            std::iter::once(0).chain(told.iter().map(|change| change.at)).chain([revisions.len()]).collect();
        let regime = |pair: &[usize]| {
            let mut sum = Tally::default();
            counted[pair[0]..pair[1]].iter().for_each(|runs| sum.merge(*runs));
            Regime {
                from: revisions[pair[0]],
                upto: revisions[pair[1] - 1],
                rate: rate(sum, BetaPrior::JEFFREYS),
                failures: sum.crashes,
                runs: sum.trials(),
            }
        };
        let shift = |change: &&Change| Shift {
            after: revisions[change.at - 1],
            upto: revisions[change.at],
            low: revisions[change.range.0 - 1],
            first: revisions[change.range.0],
            high: revisions[change.range.1],
            candidates: change.range.1 - change.range.0 + 1,
            posterior: change.posterior,
            worse: change.worse,
            at: change.at,
            range: change.range,
        };
        let newest = solved.rates.last().copied().unwrap_or_else(|| rate(Tally::default(), BetaPrior::JEFFREYS));
        let history = Self {
            test: Text::new(""),
            key: Vec::new(),
            state: state(&counted, &solved, told.last().map(|change| change.worse)),
            regimes: ends.windows(2).map(regime).collect(),
            changes: told.iter().map(shift).collect(),
            now: Now { rate: newest, p_flaky: solved.flaky, p_broken: solved.broken },
            p_worse_since,
            rates: solved.rates.into(),
            runs,
        };
        (history, solved.changes)
    }

    /// What matters most first: how it stands, then how new that is.
    fn rank(&self) -> (State, Reverse<usize>) {
        (self.state, Reverse(self.changes.last().map_or(0, |change| change.at)))
    }
}

/// The runs that say something of the test: none at an outage.
fn counted(runs: &[Tally], outages: &[Outage]) -> Vec<Tally> {
    let of = |(runs, outage): (&Tally, &Outage)| if outage.probability < TOLD { *runs } else { Tally::default() };
    runs.iter().zip(outages).map(of).collect()
}

/// `rises`: whether the newest change is one for the worse, if there is any.
fn state(runs: &[Tally], solved: &Regimes, rises: Option<bool>) -> State {
    let (broken, never) = (solved.broken.value() >= TOLD, solved.never.value() >= TOLD);
    match rises {
        _ if runs.iter().all(|runs| runs.crashes == 0) => State::Passed,
        Some(true) if broken => State::Broke,
        Some(true) => State::GotWorse,
        Some(false) if never => State::Fixed,
        Some(false) => State::GotBetter,
        None if broken => State::AlwaysBroken,
        None if never => State::Steady,
        None => State::AlwaysFlaky,
    }
}
