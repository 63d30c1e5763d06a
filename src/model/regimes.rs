//! When does the failure rate of a test change? Rates that are constant in pieces, over a line of revisions.
//!
//! Each revision has a hidden state, whose rate `theta` all its runs share. Between two revisions that lie `d` commits apart the
//! state changes with the probability `c = 1 - (1 - h)^d`, where `h` is the hazard of one commit, to another rate `k` with
//! the weight `w_k`; else it stays, or slips to the next rate of the grid, which is no change:
//!
//! `P(k | j) = (1 - c) slip(k | j) + c w_k [k not near j] / (1 - sum_{l near j} w_l)`.
//!
//! `P(runs | theta) = (1 - e) theta^k (1 - theta)^(n-k) + e B(k + 1, n - k + 1)`: one revision in five hundred has a rate of its
//! own. The posterior is exact: the forward-backward algorithm (Rabiner 1989), in which a step costs as much as there are
//! states, since all jumps share their sums. The likeliest path is Viterbi's (1967). The hazard and the weights are learned
//! over all tests of an archive by expectation maximisation (Baum et al. 1970) from [`Sums`], which add up.
//!
//! Oracle: every sequence of states of short lines, one by one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;

use crate::prob::{Estimate, Interval, IntervalKind, Prob};

use super::beta_binomial::Tally;
use super::rate::LEVEL;

/// How many rates there are.
pub(crate) const STATES: usize = 28;
/// Fails by freak accidents only.
pub(crate) const NEVER: usize = 0;
/// Passes by freak accidents only.
pub(crate) const ALWAYS: usize = STATES - 1;
/// A weight for each state.
pub type States = [f64; STATES];

/// The rates, ascending: one run in two thousand stands for never, and its mirror for always.
pub const RATES: States = [
    0.0005, 0.003, 0.006, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6,
    0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.9995,
];

/// P(a revision has a rate of its own).
const ODD: f64 = 0.002;
/// P(a rate slips to a neighbour), at each revision.
const SLIP: f64 = 0.001;
const SHARES: usize = 6;
/// P(runs fail in an outage) may be any of these.
const OUTAGE: [f64; SHARES] = [0.15, 0.33, 0.5, 0.7, 0.9, 0.999];

/// What is assumed of every test before its runs are seen.
#[derive(Clone, Debug, PartialEq)]
pub struct RegimePrior {
    /// P(the rate changes) at one commit.
    pub hazard: f64,
    /// Of the rates, at the beginning and after a change; sums to one.
    pub weights: States,
    /// `1 / (1 - sum_{l near j} w_l)`.
    jump: States,
}

impl RegimePrior {
    /// With weights that need not be normalised.
    #[must_use]
    pub fn new(hazard: f64, weights: &States) -> Self {
        let total: f64 = weights.iter().sum();
        let weights = weights.map(|weight| weight / total);
        let mut jump = [0.0; STATES];
        for (j, jump) in jump.iter_mut().enumerate() {
            *jump = 1.0 / (1.0 - near(j).map(|l| weights[l]).sum::<f64>()).max(1e-9);
        }
        Self { hazard: hazard.clamp(1e-7, 0.5), weights, jump }
    }

    /// After learning: the default counts for five tests and 400 commits.
    #[must_use]
    pub fn learned(sums: &Sums) -> Self {
        let start = Self::default();
        let mut weights = start.weights;
        for (weight, sum) in weights.iter_mut().zip(&sums.arrivals) {
            *weight = *weight * Self::TESTS + sum;
        }
        let hazard = (start.hazard * Self::COMMITS + sums.changes) / (Self::COMMITS + sums.commits);
        Self::new(hazard, &weights)
    }

    const TESTS: f64 = 5.0;
    const COMMITS: f64 = 400.0;

    fn change(&self, commits: f64) -> f64 {
        if (commits - 1.0).abs() < f64::EPSILON { self.hazard } else { 1.0 - (1.0 - self.hazard).powf(commits) }
    }
}

impl Default for RegimePrior {
    /// Half of all tests never fail, one in twenty always does, one commit in two hundred changes a test. What lies between has
    /// Jeffreys' prior, the arcsine law.
    fn default() -> Self {
        const BETWEEN: f64 = 0.45;
        let below = |rate: f64| 2.0 / std::f64::consts::PI * rate.sqrt().asin();
        let edge = |at: usize| f64::midpoint(RATES[at - 1], RATES[at]);
        let whole = below(edge(ALWAYS)) - below(edge(NEVER + 1));
        let weights: States = std::array::from_fn(|at| match at {
            NEVER => 0.5,
            ALWAYS => 0.05,
            at => BETWEEN * (below(edge(at + 1)) - below(edge(at))) / whole,
        });
        Self::new(0.005, &weights)
    }
}

/// What a prior is learned from; the sums of several tests add up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// Expected changes.
    pub changes: f64,
    /// Commits at which there could be one.
    pub commits: f64,
    /// Expected beginnings and arrivals in each state.
    pub arrivals: States,
}

impl Sums {
    /// Adds the sums of one test, `tests` times: once for each test with the same runs.
    pub fn add(&mut self, other: &Self, tests: f64) {
        self.changes += tests * other.changes;
        self.commits += tests * other.commits;
        for (sum, more) in self.arrivals.iter_mut().zip(&other.arrivals) {
            *sum += tests * more;
        }
    }
}

/// The runs of one test, old to new.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// At each revision; none where it was not run.
    pub runs: &'a [Tally],
    /// Commits from the revision before to each, above 0; the first is not used.
    pub commits: &'a [f64],
    /// P(an outage fails runs at this revision whatever the test does), for each.
    pub outages: &'a [Outage],
    /// What counts of runs say.
    pub said: &'a Said,
}

/// What each count of runs says of each rate: few counts come again and again, and are worked out once.
#[derive(Clone, Debug)]
pub struct Said {
    /// By trials, then by failures.
    few: Vec<Likelihood>,
}

/// P(runs | each state), with an outage and without, all times one factor.
#[derive(Clone, Debug)]
struct Likelihood {
    usual: States,
    /// For each share of runs that an outage may fail: what does not fail by it fails as ever.
    failed: [States; SHARES],
}

/// An outage at one revision: it fails the runs of all tests alike.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outage {
    /// P(there is one).
    pub probability: f64,
    /// The weights of the shares of runs that it fails, if there is one.
    shares: [f64; SHARES],
}

/// `ln` of the likelihood of an outage at one revision against none, for each share of runs that it may fail: a sum over tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutageEvidence([f64; SHARES]);

impl OutageEvidence {
    /// Whether all numbers are, as those of runs always are.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.0.iter().all(|ln| ln.is_finite())
    }

    /// Adds the evidence of one test, `tests` times: once for each test with the same runs.
    pub fn add(&mut self, other: &Self, tests: f64) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum += tests * more;
        }
    }

    /// The outage by Bayes' rule, where one revision in a hundred has one.
    #[must_use]
    pub fn outage(&self) -> Outage {
        const PRIOR: f64 = 0.01;
        #[expect(clippy::cast_precision_loss, reason = "six")]
        let each = PRIOR / SHARES as f64;
        let most = self.0.iter().copied().fold(0.0, f64::max);
        let weights = self.0.map(|ln| each * (ln - most).exp());
        let all: f64 = weights.iter().sum();
        let none = (1.0 - PRIOR) * (-most).exp();
        Outage { probability: all / (all + none), shares: weights.map(|weight| weight / all.max(f64::MIN_POSITIVE)) }
    }
}

/// The posterior of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct Regimes {
    /// The rate at each revision.
    pub rates: Vec<Estimate>,
    /// The changes of the likeliest path, old to new.
    pub changes: Vec<Change>,
    /// P(it never fails at the newest revision).
    pub never: Prob,
    /// P(it fails now and then there).
    pub flaky: Prob,
    /// P(it always fails there).
    pub broken: Prob,
}

/// What one test teaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Taught {
    /// For the prior.
    pub sums: Sums,
    /// Of an outage at each revision.
    pub outages: Vec<OutageEvidence>,
}

/// A change of the rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The first revision after it, in the likeliest path.
    pub at: usize,
    /// Whether the rate rises.
    pub worse: bool,
    /// P(there is a change about here).
    pub posterior: Prob,
    /// P(the first revision after it is this one, if there is one), from `first` on.
    pub places: Vec<Prob>,
    /// The first place that the change was looked for at.
    pub first: usize,
    /// The smallest range of places that holds 95 % of it.
    pub range: (usize, usize),
}

impl Line<'_> {
    /// The posterior; `None` where nothing was run.
    #[must_use]
    pub fn solve(&self, prior: &RegimePrior) -> Option<Regimes> {
        let passes = Passes::of(self, prior)?;
        let path = passes.path();
        let changes = passes.changes(&path);
        let posterior = |i: usize| normalised(product(&passes.forward[i], &passes.backward[i]));
        let rates = (0..self.runs.len()).map(|i| estimate(&posterior(i))).collect();
        let last = posterior(self.runs.len() - 1);
        Some(Regimes {
            rates,
            changes,
            never: Prob::saturating(last[NEVER]),
            flaky: Prob::saturating(last[NEVER + 1..ALWAYS].iter().sum()),
            broken: Prob::saturating(last[ALWAYS]),
        })
    }

    /// What the test teaches; `None` where nothing was run.
    #[must_use]
    pub fn learn(&self, prior: &RegimePrior) -> Option<Taught> {
        let passes = Passes::of(self, prior)?;
        let first = normalised(product(&passes.forward[0], &passes.backward[0]));
        Some(Taught { sums: passes.sums(&first), outages: passes.outages() })
    }

    /// P(the rate at the newest revision is higher than at revision `since`), slips aside.
    #[must_use]
    pub(crate) fn risen(&self, prior: &RegimePrior, since: usize) -> Option<Prob> {
        let passes = Passes::of(self, prior)?;
        let starts = normalised(product(passes.forward.get(since)?, &passes.backward[since]));
        let mut risen = 0.0;
        let mut total = 0.0;
        for start in (0..STATES).filter(|start| starts[*start] > Self::FAINT) {
            let mut states = [0.0; STATES];
            states[start] = passes.forward[since][start];
            for i in since + 1..self.runs.len() {
                // The scale is that of the whole line, so that all starts are comparable.
                states = product(&step(&states, prior, passes.chances[i]), &passes.emissions[i]);
                states = states.map(|state| state / passes.scales[i]);
            }
            total += states.iter().sum::<f64>();
            let above = (start + 1..STATES).filter(|end| !is_near(start, *end));
            risen += above.map(|end| states[end]).sum::<f64>();
        }
        Some(Prob::saturating(risen / total))
    }

    /// Rates that are less probable are left out.
    const FAINT: f64 = 1e-12;
}

/// The messages of both directions.
struct Passes<'a> {
    line: &'a Line<'a>,
    prior: &'a RegimePrior,
    /// P(runs | state), each times a factor.
    emissions: Vec<States>,
    /// P(the state changes) before each revision.
    chances: Vec<f64>,
    /// P(state, runs so far | runs before), scaled to sum to one.
    forward: Vec<States>,
    /// The same before this revision's runs.
    predicted: Vec<States>,
    scales: Vec<f64>,
    /// P(later runs | state), on the same scale.
    backward: Vec<States>,
}

impl<'a> Passes<'a> {
    fn of(line: &'a Line<'a>, prior: &'a RegimePrior) -> Option<Self> {
        if line.runs.iter().all(|runs| runs.trials() == 0) {
            return None;
        }
        let n = line.runs.len();
        let outage = |i: usize| line.outages.get(i).copied().unwrap_or_default();
        let emissions: Vec<States> =
            line.runs.iter().enumerate().map(|(i, runs)| line.said.emission(*runs, outage(i))).collect();
        let chances: Vec<f64> = (0..n).map(|i| prior.change(line.commits.get(i).copied().unwrap_or(1.0))).collect();
        let (mut forward, mut predicted) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut scales = Vec::with_capacity(n);
        let mut states = prior.weights;
        for i in 0..n {
            if i > 0 {
                states = step(&states, prior, chances[i]);
            }
            predicted.push(states);
            states = product(&states, &emissions[i]);
            let scale: f64 = states.iter().sum();
            states = states.map(|state| state / scale);
            forward.push(states);
            scales.push(scale);
        }
        let mut backward = vec![[1.0; STATES]; n];
        for i in (1..n).rev() {
            let later = product(&emissions[i], &backward[i]).map(|state| state / scales[i]);
            backward[i - 1] = step_back(&later, prior, chances[i]);
        }
        Some(Self { line, prior, emissions, chances, forward, predicted, scales, backward })
    }

    /// P(a change to each state) before revision `i`.
    fn arrivals(&self, i: usize) -> States {
        let leaving = product(&self.forward[i - 1], &self.prior.jump);
        let (all, own) = (leaving.iter().sum::<f64>(), beside(&leaving));
        let later = product(&self.emissions[i], &self.backward[i]);
        let factor = self.chances[i] / self.scales[i];
        std::array::from_fn(|k| factor * self.prior.weights[k] * (all - own[k]).max(0.0) * later[k])
    }

    fn sums(&self, first: &States) -> Sums {
        let mut sums = Sums { arrivals: *first, ..Sums::default() };
        for i in 1..self.forward.len() {
            let arrivals = self.arrivals(i);
            for (sum, more) in sums.arrivals.iter_mut().zip(&arrivals) {
                *sum += more;
            }
            sums.changes += arrivals.iter().sum::<f64>();
            sums.commits += self.line.commits.get(i).copied().unwrap_or(1.0);
        }
        sums
    }

    /// What this test's runs say of an outage at each revision, by what all its other runs foretell of it.
    fn outages(&self) -> Vec<OutageEvidence> {
        let of = |(i, runs): (usize, &Tally)| {
            if runs.trials() == 0 {
                return OutageEvidence::default();
            }
            let foretold = normalised(product(&self.predicted[i], &self.backward[i]));
            let said = self.line.said.of(*runs);
            let usual: f64 = product(&foretold, &said.usual).iter().sum();
            let failed = |share: &States| product(&foretold, share).iter().sum::<f64>();
            OutageEvidence(std::array::from_fn(|share| (failed(&said.failed[share]) / usual).max(1e-300).ln()))
        };
        self.line.runs.iter().enumerate().map(of).collect()
    }

    /// The likeliest sequence of states: of equals, the one that stays, then the lowest.
    fn path(&self) -> Vec<usize> {
        let n = self.emissions.len();
        // P(the likeliest sequence that ends in each state), times a factor.
        let mut best = product(&self.prior.weights, &self.emissions[0]);
        let mut came: Vec<[u8; STATES]> = Vec::with_capacity(n);
        for i in 1..n {
            let change = self.chances[i];
            let far = Farthest::of(&product(&best, &self.prior.jump));
            let mut from = [0u8; STATES];
            let next: States = std::array::from_fn(|k| {
                let mut top = (best[k] * (1.0 - change) * STAYS[k], k);
                for l in near(k).filter(|l| *l != k) {
                    top = better(top, (best[l] * (1.0 - change) * SLIP, l));
                }
                let (leaving, j) = far.from(k);
                top = better(top, (leaving * change * self.prior.weights[k], j));
                from[k] = u8::try_from(top.1).unwrap_or_default();
                top.0 * self.emissions[i][k]
            });
            let most = next.iter().copied().fold(0.0, f64::max);
            best = next.map(|p| p / most);
            came.push(from);
        }
        let last = (0..STATES).fold(0, |top, k| if best[k] > best[top] { k } else { top });
        let mut path = vec![last; n];
        for i in (1..n).rev() {
            path[i - 1] = came[i - 1][path[i]].into();
        }
        path
    }

    fn changes(&self, path: &[usize]) -> Vec<Change> {
        let at: Vec<usize> = (1..path.len()).filter(|i| !is_near(path[i - 1], path[*i])).collect();
        let change = |(which, at_change): (usize, &usize)| {
            let before = which.checked_sub(1).map_or(1, |before| usize::midpoint(at[before], *at_change) + 1);
            let after = at.get(which + 1).map_or(path.len() - 1, |after| usize::midpoint(*at_change, *after));
            let (first, last) = (before.min(*at_change), after.max(*at_change));
            let (from, to) = (path[at_change - 1], path[*at_change]);
            let border = Border { below: usize::midpoint(from, to), rises: to > from };
            let mass: Vec<f64> = (first..=last).map(|i| self.crossing(i, border)).collect();
            let total: f64 = mass.iter().sum();
            let places: Vec<Prob> = mass.iter().map(|p| Prob::saturating(p / total)).collect();
            let (low, high) = shortest(&places, LEVEL);
            Change {
                at: *at_change,
                worse: border.rises,
                posterior: self.still(first, last, border).complement(),
                places,
                first,
                range: (first + low, first + high),
            }
        };
        at.iter().enumerate().map(change).collect()
    }

    /// P(a change over the border before revision `i`).
    fn crossing(&self, i: usize, border: Border) -> f64 {
        let arrived = self.arrived(&self.forward[i - 1], i, border);
        product(&product(&arrived, &self.emissions[i]), &self.backward[i]).iter().sum::<f64>() / self.scales[i]
    }

    /// What changes over the border bring to each state.
    fn arrived(&self, states: &States, i: usize, border: Border) -> States {
        let leaving: States =
            std::array::from_fn(|j| if border.is_beyond(j) { 0.0 } else { states[j] * self.prior.jump[j] });
        let (all, own) = (leaving.iter().sum::<f64>(), beside(&leaving));
        std::array::from_fn(|k| {
            if border.is_beyond(k) { self.chances[i] * self.prior.weights[k] * (all - own[k]).max(0.0) } else { 0.0 }
        })
    }

    /// P(no change over the border before any of these revisions).
    fn still(&self, first: usize, last: usize, border: Border) -> Prob {
        let mut states = self.forward[first - 1];
        for i in first..=last {
            let (all, crossed) = (step(&states, self.prior, self.chances[i]), self.arrived(&states, i, border));
            let stayed: States = std::array::from_fn(|k| (all[k] - crossed[k]).max(0.0));
            states = product(&stayed, &self.emissions[i]).map(|state| state / self.scales[i]);
        }
        Prob::saturating(product(&states, &self.backward[last]).iter().sum())
    }
}

/// What a change goes over: other changes beside it, such as from hardly ever to never, are not meant.
#[derive(Clone, Copy)]
struct Border {
    /// The highest state below it.
    below: usize,
    /// Which way the change goes.
    rises: bool,
}

impl Border {
    /// Whether the change leads to this side.
    const fn is_beyond(self, state: usize) -> bool {
        (state > self.below) == self.rises
    }
}

/// The states that a slip leads to, and the state itself. Never and always have no neighbours.
fn near(j: usize) -> std::ops::RangeInclusive<usize> {
    let (low, high) = ends(j);
    low..=high
}

const fn ends(j: usize) -> (usize, usize) {
    match j {
        NEVER | ALWAYS => (j, j),
        _ => (if j == NEVER + 1 { j } else { j - 1 }, if j == ALWAYS - 1 { j } else { j + 1 }),
    }
}

fn is_near(j: usize, k: usize) -> bool {
    near(j).contains(&k)
}

/// P(no change leads to the state itself): each neighbour takes a slip.
const STAYS: States = {
    let mut stays = [1.0 - 2.0 * SLIP; STATES];
    (stays[NEVER], stays[ALWAYS]) = (1.0, 1.0);
    (stays[NEVER + 1], stays[ALWAYS - 1]) = (1.0 - SLIP, 1.0 - SLIP);
    stays
};

/// The sum over each state and its neighbours.
fn beside(states: &States) -> States {
    let mut sums = *states;
    for k in NEVER + 2..ALWAYS {
        sums[k] += states[k - 1];
    }
    for k in NEVER + 1..ALWAYS - 1 {
        sums[k] += states[k + 1];
    }
    sums
}

/// One revision without a change, in either direction: slips are symmetric.
fn slipped(states: &States) -> States {
    let own = beside(states);
    std::array::from_fn(|k| STAYS[k] * states[k] + SLIP * (own[k] - states[k]))
}

/// One revision further.
fn step(states: &States, prior: &RegimePrior, change: f64) -> States {
    let leaving = product(states, &prior.jump);
    let (all, own, stayed) = (leaving.iter().sum::<f64>(), beside(&leaving), slipped(states));
    std::array::from_fn(|k| (1.0 - change) * stayed[k] + change * prior.weights[k] * (all - own[k]).max(0.0))
}

/// One revision back.
fn step_back(later: &States, prior: &RegimePrior, change: f64) -> States {
    let arriving = product(later, &prior.weights);
    let (all, own, stayed) = (arriving.iter().sum::<f64>(), beside(&arriving), slipped(later));
    std::array::from_fn(|j| (1.0 - change) * stayed[j] + change * prior.jump[j] * (all - own[j]).max(0.0))
}

/// The greatest of all values up to each state, and from each on, with its place.
struct Farthest {
    upto: [(f64, usize); STATES],
    since: [(f64, usize); STATES],
}

impl Farthest {
    fn of(values: &States) -> Self {
        let mut upto: [(f64, usize); STATES] = std::array::from_fn(|k| (values[k], k));
        let mut since = upto;
        for k in 1..STATES {
            upto[k] = better(upto[k - 1], upto[k]);
        }
        for k in (0..STATES - 1).rev() {
            since[k] = better(since[k], since[k + 1]);
        }
        Self { upto, since }
    }

    /// The greatest of those that are not near a state.
    fn from(&self, k: usize) -> (f64, usize) {
        let (low, high) = ends(k);
        let none = (0.0, k);
        let below = low.checked_sub(1).map_or(none, |below| self.upto[below]);
        better(below, self.since.get(high + 1).copied().unwrap_or(none))
    }
}

fn better(a: (f64, usize), b: (f64, usize)) -> (f64, usize) {
    if b.0 > a.0 { b } else { a }
}

fn product(a: &States, b: &States) -> States {
    std::array::from_fn(|i| a[i] * b[i])
}

fn normalised(states: States) -> States {
    let total: f64 = states.iter().sum();
    states.map(|state| state / total)
}

impl Said {
    /// Larger counts are worked out where they come up.
    const FEW: u32 = 24;

    /// Works out what small counts say.
    #[must_use]
    pub fn new() -> Self {
        let counts = (0..=Self::FEW).flat_map(|n| (0..=n).map(move |k| Tally { crashes: k, passes: n - k }));
        Self { few: counts.map(Likelihood::of).collect() }
    }

    fn of(&self, runs: Tally) -> Cow<'_, Likelihood> {
        let (k, n) = (runs.crashes as usize, runs.trials() as usize);
        let few = if runs.trials() <= Self::FEW { self.few.get(n * (n + 1) / 2 + k) } else { None };
        few.map_or_else(|| Cow::Owned(Likelihood::of(runs)), Cow::Borrowed)
    }

    /// P(runs | each state), times a factor.
    fn emission(&self, runs: Tally, outage: Outage) -> States {
        const FAINT: f64 = 1e-6;
        if runs.trials() == 0 {
            return [1.0; STATES];
        }
        let said = self.of(runs);
        if outage.probability < FAINT {
            return said.usual;
        }
        let mut mixed = said.usual.map(|p| (1.0 - outage.probability) * p);
        for (failed, weight) in said.failed.iter().zip(outage.shares) {
            mixed = std::array::from_fn(|k| mixed[k] + outage.probability * weight * failed[k]);
        }
        let largest = mixed.iter().copied().fold(0.0, f64::max);
        mixed.map(|state| state / largest)
    }
}

impl Default for Said {
    fn default() -> Self {
        Self::new()
    }
}

impl Likelihood {
    fn of(runs: Tally) -> Self {
        let (fails, passes) = (f64::from(runs.crashes), f64::from(runs.passes));
        let odd = ODD.ln() + ln_beta(fails + 1.0, passes + 1.0);
        let ln = RATES.map(|rate| (1.0 - ODD).ln() + fails * rate.ln() + passes * (1.0 - rate).ln());
        let scale = ln.iter().copied().fold(odd, f64::max);
        let failed = |share: f64| {
            RATES.map(|rate| {
                let passing = (1.0 - share) * (1.0 - rate);
                (fails * (1.0 - passing).ln() + passes * passing.ln() - scale).exp()
            })
        };
        Self { usual: ln.map(|ln| (ln - scale).exp() + (odd - scale).exp()), failed: OUTAGE.map(failed) }
    }
}

/// The mean and the equal-tailed interval of the rate.
fn estimate(states: &States) -> Estimate {
    let mean: f64 = product(states, &RATES).iter().sum();
    let quantile = |p: f64| {
        let mut below = 0.0;
        let found = states.iter().position(|state| {
            below += state;
            below >= p
        });
        Prob::saturating(RATES[found.unwrap_or(ALWAYS)])
    };
    let tail = (1.0 - LEVEL) / 2.0;
    let (low, high) = (quantile(tail), quantile(1.0 - tail));
    let interval = Interval { low, high, level: Prob::saturating(LEVEL), kind: IntervalKind::EqualTailed };
    Estimate { mean: Prob::saturating(mean), interval }
}

/// The shortest range that holds this much; the first of equals.
fn shortest(masses: &[Prob], level: f64) -> (usize, usize) {
    let mut best = (0, masses.len().saturating_sub(1));
    let (mut low, mut held) = (0, 0.0);
    for (high, mass) in masses.iter().enumerate() {
        held += mass.value();
        while low < high && held - masses[low].value() >= level {
            held -= masses[low].value();
            low += 1;
        }
        if held >= level && high - low < best.1 - best.0 {
            best = (low, high);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(crashes: u32, passes: u32) -> Tally {
        Tally { crashes, passes }
    }

    fn line(runs: &[Tally], commits: &[f64]) -> Regimes {
        Line { runs, commits, outages: &[], said: &Said::new() }.solve(&RegimePrior::default()).unwrap()
    }

    /// P(k | j), as the formula has it.
    fn transition(prior: &RegimePrior, commits: f64, j: usize, k: usize) -> f64 {
        let c = prior.change(commits);
        if is_near(j, k) {
            return (1.0 - c) * if j == k { STAYS[k] } else { SLIP };
        }
        c * prior.weights[k] / (1.0 - near(j).map(|l| prior.weights[l]).sum::<f64>())
    }

    #[test]
    fn from_each_state_something_comes() {
        let prior = RegimePrior::default();
        for j in 0..STATES {
            let sum: f64 = (0..STATES).map(|k| transition(&prior, 3.0, j, k)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{j}: {sum}");
        }
    }

    /// All 28 x 28 x 28 sequences of three revisions.
    #[test]
    fn the_posterior_is_the_sum_over_all_sequences() {
        let prior = RegimePrior::default();
        let (runs, commits) = ([tally(0, 5), tally(2, 1), tally(3, 3)], [1.0, 4.0, 2.0]);
        let solved = line(&runs, &commits);
        let (mut total, mut up, mut down, mut last, mut rate) = (0.0, [0.0; 3], [0.0; 3], [0.0; STATES], [0.0; 3]);
        let likelihoods = runs.map(|runs| Likelihood::of(runs).usual);
        let (mut risen, mut best) = (0.0, (0.0, [0; 3]));
        let (mut rising, mut falling) = ([[0.0; STATES]; 3], [[0.0; STATES]; 3]);
        for code in 0..STATES.pow(3) {
            let states = [code / STATES / STATES, code / STATES % STATES, code % STATES];
            let mut p = prior.weights[states[0]];
            for i in 0..3 {
                p *= likelihoods[i][states[i]];
                if i > 0 {
                    p *= transition(&prior, commits[i], states[i - 1], states[i]);
                }
            }
            total += p;
            if p > best.0 {
                best = (p, states);
            }
            for i in 1..3 {
                if !is_near(states[i - 1], states[i]) {
                    *(if states[i] > states[i - 1] { &mut up[i] } else { &mut down[i] }) += p;
                    let (low, high) = (states[i - 1].min(states[i]), states[i - 1].max(states[i]));
                    let over = if states[i] > low { &mut rising[i] } else { &mut falling[i] };
                    over[low..high].iter_mut().for_each(|sum| *sum += p);
                }
            }
            (0..3).for_each(|i| rate[i] += p * RATES[states[i]]);
            last[states[2]] += p;
            if states[2] > states[0] && !is_near(states[0], states[2]) {
                risen += p;
            }
        }
        let whole = Line { runs: &runs, commits: &commits, outages: &[], said: &Said::new() };
        let passes = Passes::of(&whole, &prior).unwrap();
        for i in 0..3 {
            if i > 0 {
                assert!((passes.arrivals(i).iter().sum::<f64>() - (up[i] + down[i]) / total).abs() < 1e-9, "{i}");
            }
            for below in (0..ALWAYS).filter(|_| i > 0) {
                let over = |rises| passes.crossing(i, Border { below, rises });
                assert!((over(true) - rising[i][below] / total).abs() < 1e-9, "{i} {below}");
                assert!((over(false) - falling[i][below] / total).abs() < 1e-9, "{i} {below}");
            }
            assert!((solved.rates[i].mean.value() - rate[i] / total).abs() < 1e-9, "{i}");
        }
        assert!((solved.never.value() - last[NEVER] / total).abs() < 1e-9);
        assert!((solved.broken.value() - last[ALWAYS] / total).abs() < 1e-9);
        let changes = up.iter().chain(&down).sum::<f64>() / total;
        assert!((whole.learn(&prior).unwrap().sums.changes - changes).abs() < 1e-9);
        assert!((whole.risen(&prior, 0).unwrap().value() - risen / total).abs() < 1e-9);
        assert_eq!(passes.path(), best.1);
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let runs: Vec<Tally> = (0..40).map(|i| if i < 20 { tally(0, 10) } else { tally(5, 5) }).collect();
        let solved = line(&runs, &[1.0; 40]);
        let [change] = &solved.changes[..] else { panic!("{:?}", solved.changes) };
        assert_eq!((change.at, change.range, change.worse), (20, (20, 20), true));
        assert!(change.posterior.value() > 0.999 && solved.flaky.value() > 0.999);
    }

    #[test]
    fn what_always_fails_alike_has_no_change() {
        let runs: Vec<Tally> = (0..60).map(|i| tally(u32::from(i % 5 == 0), u32::from(i % 5 != 0))).collect();
        let solved = line(&runs, &[1.0; 60]);
        assert!(
            solved.changes.is_empty() && solved.flaky.value() > 0.95,
            "{:?} {}",
            solved.changes,
            solved.flaky.value()
        );
    }

    #[test]
    fn what_never_fails_has_none_either() {
        let solved = line(&[tally(0, 3); 300], &[1.0; 300]);
        assert!(solved.changes.is_empty() && solved.never.value() > 0.95);
        assert!(line(&[tally(7, 0); 90], &[1.0; 90]).broken.value() > 0.95);
    }

    #[test]
    fn nothing_run_is_nothing_known() {
        assert_eq!(
            Line { runs: &[tally(0, 0)], commits: &[1.0], outages: &[], said: &Said::new() }
                .solve(&RegimePrior::default()),
            None
        );
    }

    /// Ten tests that fail together once: each alone is in doubt, all together are not.
    #[test]
    fn what_fails_everywhere_at_once_is_an_outage() {
        let runs: Vec<Tally> = (0..20).map(|i| if i == 9 { tally(2, 4) } else { tally(0, 6) }).collect();
        let prior = RegimePrior::default();
        let taught =
            Line { runs: &runs, commits: &[1.0; 20], outages: &[], said: &Said::new() }.learn(&prior).unwrap().outages;
        let of = |at: &OutageEvidence| {
            let mut all = OutageEvidence::default();
            (0..10).for_each(|_| all.add(at, 1.0));
            all.outage()
        };
        let outages: Vec<Outage> = taught.iter().map(of).collect();
        assert!(outages[9].probability > 0.999 && outages[8].probability < 0.001);
        let without = Line { runs: &runs, commits: &[1.0; 20], outages: &outages, said: &Said::new() }.solve(&prior);
        assert!(without.unwrap().rates[9].mean.value() < 0.01);
    }

    #[test]
    fn the_shortest_range_is_found() {
        let masses = [0.01, 0.02, 0.5, 0.46, 0.01].map(Prob::saturating);
        assert_eq!(shortest(&masses, 0.95), (2, 3));
        assert_eq!(shortest(&[Prob::ONE], 0.95), (0, 0));
    }
}
