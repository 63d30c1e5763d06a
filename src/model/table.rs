//! Tables of likelihoods, so that no gamma function is left in the models' loops.
//!
//! `BB(k, n; a, b) = a^(k) b^(n-k) / (a + b)^(n)` with rising factorials `x^(m) = x (x + 1) … (x + m - 1)`; the logarithms
//! of these are cumulative sums.
//!
//! A run shows one bug only. Where another bug's crash ended it, this one did not fire, or fired and came second, as it does
//! in half of such runs: a factor `1 - theta / 2` for each of the `o` masked runs. So
//!
//! `P(k, n, o) = integral theta^k (1 - theta)^(n-k) (1 - theta/2)^o Beta(theta) = 2^-o sum_j binomial(o, j) BB(k, n + j)`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use statrs::function::gamma::ln_gamma;

use crate::prob::{LogProb, Prob};

use super::behaviour::{Behaviour, RatePrior};
use super::beta_binomial::{BetaPrior, Tally};
use super::chain::ChainTable;
use super::culprit::Places;
use super::drift::{Drift, DriftTable, Shares};
use super::trials::Trials;

/// Longer tables cost more than they save.
const LONGEST: u32 = 4096;

/// `ln x^(m)` for small `m`.
#[derive(Clone, Debug)]
struct Rising {
    x: f64,
    ln: Vec<f64>,
}

impl Rising {
    fn new(x: f64, longest: u32) -> Self {
        let mut sum = 0.0;
        let steps = (0..longest.min(LONGEST)).map(|j| {
            sum += (x + f64::from(j)).ln();
            sum
        });
        Self { x, ln: std::iter::once(0.0).chain(steps).collect() }
    }

    fn ln(&self, m: u32) -> f64 {
        let tabulated = self.ln.get(m as usize).copied();
        tabulated.unwrap_or_else(|| ln_gamma(self.x + f64::from(m)) - ln_gamma(self.x))
    }
}

/// `ln BB` under one prior.
#[derive(Clone, Debug)]
pub struct SequenceTable {
    a: Rising,
    b: Rising,
    both: Rising,
}

impl SequenceTable {
    /// A table for up to `longest` trials; more are computed.
    #[must_use]
    pub fn new(prior: BetaPrior, longest: u32) -> Self {
        let BetaPrior { a, b } = prior;
        Self { a: Rising::new(a, longest), b: Rising::new(b, longest), both: Rising::new(a + b, longest) }
    }

    /// As [`BetaPrior::ln_sequence`].
    #[must_use]
    pub fn ln(&self, tally: Tally) -> f64 {
        self.a.ln(tally.crashes) + self.b.ln(tally.passes) - self.both.ln(tally.trials())
    }

    /// The same with runs that another bug ended.
    #[must_use]
    pub(crate) fn ln_masked(&self, tally: Tally, masked: u32) -> f64 {
        if masked == 0 {
            return self.ln(tally);
        }
        // Each term from the one before: `binomial(o, j) BB(k, n + j)` has no logarithm in it.
        let summed = masked.min(SUMMED);
        let (b, both) = (self.b.x + f64::from(tally.passes), self.both.x + f64::from(tally.trials()));
        let (mut term, mut sum) = (1.0, 1.0);
        for j in 0..summed {
            let at = f64::from(j);
            term *= f64::from(summed - j) * (b + at) / ((at + 1.0) * (both + at));
            sum += term;
        }
        let exact = self.ln(tally) + sum.ln() - f64::from(summed) * std::f64::consts::LN_2;
        // The rate is known by then.
        let rate = (self.a.x + f64::from(tally.crashes)) / (both + f64::from(summed) / 2.0);
        exact + f64::from(masked - summed) * (1.0 - rate / 2.0).ln()
    }
}

/// Masked runs that are summed over; the others are taken at the mean rate.
const SUMMED: u32 = 32;

/// `ln P` of trials under one behaviour, wherever the revision lies.
#[derive(Clone, Debug)]
pub enum BehaviourTable {
    /// [`Behaviour::Uneven`].
    Uneven(SequenceTable),
    /// [`Behaviour::Repeating`].
    Repeating(ChainTable),
    /// [`Behaviour::Drifting`].
    Drifting(Drift),
    /// [`Behaviour::Constant`].
    Constant(SequenceTable),
}

impl BehaviourTable {
    /// Trials that tables are made for: longer ones are rare, and computed.
    const TRIALS: u32 = 64;
    /// The same for trials of many revisions together.
    const POOLED: u32 = 1024;

    /// A table for one behaviour.
    #[must_use]
    pub fn new(behaviour: Behaviour) -> Self {
        match behaviour {
            Behaviour::Uneven { mu, kappa } => {
                Self::Uneven(SequenceTable::new(BetaPrior::with_mean(mu, kappa), Self::TRIALS))
            }
            Behaviour::Repeating { theta, repeat } => Self::Repeating(ChainTable::new(theta, repeat)),
            Behaviour::Drifting { origin, change } => Self::Drifting(Drift { origin, change }),
            Behaviour::Constant { a, b } => Self::Constant(SequenceTable::new(BetaPrior { a, b }, Self::POOLED)),
        }
    }

    /// `ln P` of one revision with the bug.
    #[must_use]
    pub fn ln(&self, trials: &Trials) -> f64 {
        match self {
            Self::Uneven(table) | Self::Constant(table) => table.ln_masked(trials.tally, trials.masked),
            Self::Repeating(table) => table.ln(trials),
            Self::Drifting(drift) => drift.ln_anywhere(trials),
        }
    }
}

/// The chance of one revision's trials under every behaviour, wherever the revision lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// `ln P(trials | b)`, one a behaviour, if the revision has the bug.
    pub ln: Vec<f64>,
    /// `ln P(trials | j)`, one a background, if it has not.
    pub background: Vec<f64>,
    /// The largest of `ln`.
    pub(super) scale: f64,
    /// `P(trials | b) exp(-scale)`, in [0, 1].
    pub(super) chances: Vec<f64>,
}

impl Weighed {
    /// `ln P(trials)` averaged with these weights, one a behaviour.
    fn ln_mixture(&self, weights: impl Iterator<Item = f64>) -> LogProb {
        let sum: f64 = weights.zip(&self.chances).map(|(weight, chance)| weight * chance).sum();
        LogProb::from_ln(self.scale + sum.ln())
    }
}

/// How revisions without the bug fail: one a part of the prior, by rising mean.
#[derive(Clone, Debug)]
pub(super) struct Backgrounds {
    pub(super) parts: Vec<BackgroundPart>,
    /// Where each part stands in the prior.
    pub(super) order: Vec<usize>,
}

/// One way for revisions without the bug to fail.
#[derive(Clone, Debug)]
pub(super) struct BackgroundPart {
    /// `ln` of the prior's weight.
    pub(super) ln_weight: f64,
    /// `ln` of the weight shared by the behaviours that fail more.
    pub(super) ln_shared: f64,
    mean: f64,
    table: BehaviourTable,
}

impl BackgroundPart {
    /// `ln P` of trials that are judged together.
    pub(super) fn ln(&self, trials: &Trials) -> f64 {
        self.table.ln(trials)
    }

    /// Whether all revisions have one rate, so that their trials are judged together.
    pub(super) const fn is_pooled(&self) -> bool {
        matches!(self.table, BehaviourTable::Constant(_))
    }
}

impl Backgrounds {
    /// `bad`: mean and weight of each behaviour of the bug.
    fn new(prior: &RatePrior, bad: &[(f64, f64)]) -> Self {
        let tables = prior.tables();
        let weighed = prior.parts().iter().zip(tables.iter()).enumerate();
        let possible = weighed.filter(|(_, ((_, weight), _))| weight.ln() > f64::NEG_INFINITY);
        let part = |(index, ((behaviour, weight), table)): (usize, (&(Behaviour, LogProb), &BehaviourTable))| {
            let mean = behaviour.mean();
            let more: f64 = bad.iter().filter(|(other, _)| *other > mean).map(|(_, weight)| weight).sum();
            let shared = if more > 0.0 { weight.ln() - more.ln() } else { f64::NEG_INFINITY };
            let part = BackgroundPart { ln_weight: weight.ln(), ln_shared: shared, mean, table: table.clone() };
            (index, part)
        };
        let mut parts: Vec<_> = possible.map(part).collect();
        parts.sort_by(|(a, first), (b, second)| first.mean.total_cmp(&second.mean).then(a.cmp(b)));
        let (order, parts) = parts.into_iter().unzip();
        Self { parts, order }
    }

    /// What the first of them share with a behaviour that fails more.
    fn shared_below(&self, above: usize) -> f64 {
        self.parts[..above].iter().map(|part| part.ln_shared.exp()).sum()
    }

    /// How many of them fail less than a behaviour of this mean.
    fn below(&self, mean: f64) -> usize {
        self.parts.partition_point(|part| part.mean < mean)
    }
}

/// One number for each way in which bad revisions are judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes {
    /// Point by point: [`BehaviourTable::Uneven`] and [`BehaviourTable::Repeating`].
    pub(super) still: f64,
    pub(super) drifting: f64,
    pub(super) constant: f64,
}

/// What trials of one bisection are judged by: every behaviour on its line, and every background. Remembers what it has
/// judged.
#[derive(Clone, Debug)]
pub struct RateTable {
    weights: Vec<f64>,
    /// The same, zero for those that are judged by place.
    still: Vec<f64>,
    parts: Arc<[BehaviourTable]>,
    /// Those that drift, and their rates on this line.
    drifting: Vec<usize>,
    drifts: DriftTable,
    constant: Vec<usize>,
    /// `ln` of the weights of those that drift, then of these.
    placed_ln: Vec<f64>,
    backgrounds: Backgrounds,
    /// How many backgrounds fail less than each behaviour.
    above: Vec<usize>,
    shares: Classes,
    seen: RefCell<HashMap<Trials, Rc<Weighed>>>,
}

impl RateTable {
    /// How revisions with the bug fail, and how those without it do, on a line whose gaps have `sizes` commits (the first
    /// unknown). The bug makes revisions fail more: each background goes with the behaviours of a larger mean.
    #[must_use]
    pub fn new(prior: &RatePrior, background: &RatePrior, sizes: &[f64]) -> Self {
        let parts = prior.tables();
        let weights: Vec<_> = prior.parts().iter().map(|(_, weight)| weight.exp().value()).collect();
        let possible = |is: fn(&BehaviourTable) -> bool| -> Vec<usize> {
            parts
                .iter()
                .zip(&weights)
                .enumerate()
                .filter(|(_, (table, weight))| is(table) && **weight > 0.0)
                .map(|(part, _)| part)
                .collect()
        };
        let drifting = possible(|table| matches!(table, BehaviourTable::Drifting(_)));
        let constant = possible(|table| matches!(table, BehaviourTable::Constant(_)));
        let drift = |part: &usize| match &parts[*part] {
            BehaviourTable::Drifting(drift) => Some(*drift),
            _ => None,
        };
        let drifts = DriftTable::new(&drifting.iter().filter_map(drift).collect::<Vec<_>>(), &Shares::new(sizes));
        let placed_ln = drifting.iter().chain(&constant).map(|part| weights[*part].ln()).collect();
        let mut still = weights.clone();
        drifting.iter().chain(&constant).for_each(|part| still[*part] = 0.0);
        let means = prior.parts().iter().map(|(behaviour, _)| behaviour.mean());
        let bad: Vec<_> = means.zip(weights.iter().copied()).collect();
        let backgrounds = Backgrounds::new(background, &bad);
        let above: Vec<_> = bad.iter().map(|(mean, _)| backgrounds.below(*mean)).collect();
        let with_backgrounds = |part: usize| weights[part] * backgrounds.shared_below(above[part]);
        let share = |of: &[usize]| of.iter().map(|part| with_backgrounds(*part)).sum::<f64>().ln();
        let others: Vec<_> = (0..parts.len()).filter(|part| still[*part] > 0.0).collect();
        let shares = Classes { still: share(&others), drifting: share(&drifting), constant: share(&constant) };
        Self {
            weights,
            still,
            parts,
            drifting,
            drifts,
            constant,
            placed_ln,
            backgrounds,
            above,
            shares,
            seen: RefCell::default(),
        }
    }

    /// The prior's weights, one a behaviour; they sum to one.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The same with zeros for those that are judged by place.
    pub(super) fn still_weights(&self) -> &[f64] {
        &self.still
    }

    /// The backgrounds, by rising mean.
    pub(super) const fn backgrounds(&self) -> &Backgrounds {
        &self.backgrounds
    }

    /// How many backgrounds fail less than each behaviour.
    pub(super) fn above(&self) -> &[usize] {
        &self.above
    }

    /// The chance of one revision's trials under every behaviour.
    #[must_use]
    pub fn weigh(&self, trials: &Trials) -> Rc<Weighed> {
        /// Some megabytes.
        const REMEMBERED: usize = 4096;
        let mut seen = self.seen.borrow_mut();
        if seen.len() >= REMEMBERED && !seen.contains_key(trials) {
            seen.clear();
        }
        let weighed = || {
            let ln: Vec<_> = self.parts.iter().map(|part| part.ln(trials)).collect();
            let scale = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let chances = ln.iter().map(|ln| (ln - scale).exp()).collect();
            let background = self.backgrounds.parts.iter().map(|part| part.ln(trials)).collect();
            Rc::new(Weighed { ln, background, scale, chances })
        };
        Rc::clone(seen.entry(*trials).or_insert_with(weighed))
    }

    /// `ln` of the prior's weight of each class of behaviours, over all backgrounds that they go with.
    pub(super) const fn shares(&self) -> Classes {
        self.shares
    }

    /// The behaviours that are judged by place: those that drift, then those of one rate.
    pub(super) fn placed(&self) -> impl Iterator<Item = usize> {
        self.drifting.iter().chain(&self.constant).copied()
    }

    /// `ln P(trials of the bad points | b)` of those that drift: a row for each place.
    pub(super) fn drifts(&self, trials: &[Trials], places: Places<'_>) -> Rows {
        let lns = match places {
            Places::Line => self.drifts.on_line(trials),
            Places::Branched(places) => self.drifts.branched(trials, places),
        };
        Rows { width: self.drifting.len(), lns }
    }

    /// `ln w(b) P(trials of the bad points | b)` of [`Self::placed`], from what drifts say and from the trials of all bad
    /// points of each place: a row for each.
    pub(super) fn by_place(&self, drifts: &Rows, pooled: &[Trials]) -> Rows {
        let mut lns = Vec::with_capacity(pooled.len() * self.placed_ln.len());
        for (place, trials) in pooled.iter().enumerate() {
            let drifts = drifts.row(place).iter().copied();
            let constant = self.constant.iter().map(|part| self.parts[*part].ln(trials));
            lns.extend(drifts.chain(constant).zip(&self.placed_ln).map(|(ln, weight)| ln + weight));
        }
        Rows { width: self.placed_ln.len(), lns }
    }

    /// What `ln P` of one revision cannot exceed, whether it is bad or not, on a line where each revision has the behaviour
    /// that suits it best. A rate that is common to all is no better than the best rate of one.
    pub(super) fn ln_bound(&self, trials: &Trials) -> f64 {
        let weighed = self.weigh(trials);
        let best = weighed.background.iter().copied().fold(weighed.scale, f64::max);
        best.max(ln_best_rate(trials))
    }

    /// `ln P` of one bad revision's trials, averaged with these weights, one a behaviour.
    #[must_use]
    pub(crate) fn ln_mixture(&self, weights: &[Prob], trials: &Trials) -> LogProb {
        self.weigh(trials).ln_mixture(weights.iter().map(|weight| weight.value()))
    }

    /// `ln P` of one bad revision's trials, averaged with the prior's own weights.
    #[must_use]
    pub(crate) fn ln_prior_mixture(&self, trials: &Trials) -> LogProb {
        self.weigh(trials).ln_mixture(self.weights.iter().copied())
    }

    /// `ln P` of one good revision's trials, averaged with the prior's weights of backgrounds.
    #[must_use]
    pub(crate) fn ln_background(&self, trials: &Trials) -> LogProb {
        let weighed = self.weigh(trials);
        let parts = self.backgrounds.parts.iter().zip(&weighed.background);
        let terms: Vec<_> = parts.map(|(part, ln)| LogProb::from_ln(part.ln_weight + ln)).collect();
        LogProb::ln_sum_exp(&terms)
    }
}

/// Rows of logarithms, one a place.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    width: usize,
    lns: Vec<f64>,
}

impl Rows {
    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.lns[place * self.width..(place + 1) * self.width]
    }
}

/// `ln` of the largest `theta^k (1 - theta)^(n - k) (1 - theta/2)^o`: at the larger root of its derivative's denominator-free
/// form, `(n + o) theta^2 - (2 n + k + o - k) theta + 2 k = 0` with the smaller root in [0, 1].
pub(super) fn ln_best_rate(trials: &Trials) -> f64 {
    let Trials { tally: Tally { crashes, passes }, masked, .. } = *trials;
    if crashes == 0 || (passes, masked) == (0, 0) {
        return 0.0;
    }
    let (k, p, o) = (f64::from(crashes), f64::from(passes), f64::from(masked));
    let (a, b, c) = (k + p + o, -(3.0 * k + 2.0 * p + o), 2.0 * k);
    let theta = ((-b - (b * b - 4.0 * a * c).max(0.0).sqrt()) / (2.0 * a)).clamp(0.0, 1.0);
    let of = |runs: f64, p: f64| if runs > 0.0 { runs * p.ln() } else { 0.0 };
    of(k, theta) + of(p, 1.0 - theta) + of(o, 1.0 - theta / 2.0)
}

/// The trials of the bad points of each place together.
pub(super) fn pooled(trials: &[Trials], places: Places<'_>) -> Vec<Trials> {
    match places {
        Places::Line => {
            let mut sum = Trials::default();
            let mut sums: Vec<_> = trials.iter().rev().map(|trials| *sum.add(trials)).collect();
            sums.reverse();
            sums
        }
        Places::Branched(places) => places.iter().map(|place| together(trials, &place.bad)).collect(),
    }
}

/// The trials of these points together.
pub(super) fn together(trials: &[Trials], points: &[usize]) -> Trials {
    let mut sum = Trials::default();
    for point in points {
        sum.add(&trials[*point]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_the_beta_binomial() {
        for prior in [BetaPrior::LEAK, BetaPrior::JEFFREYS, BetaPrior::with_mean(0.7, 64.0)] {
            let table = SequenceTable::new(prior, 20);
            for (crashes, passes) in [(0, 0), (3, 7), (20, 0), (0, 20), (30, 5000), (6000, 1)] {
                let tally = Tally { crashes, passes };
                let (got, expected) = (table.ln(tally), prior.ln_sequence(tally).ln());
                assert!((got - expected).abs() < 1e-7 * expected.abs().max(1.0), "{tally:?}: {got} {expected}");
            }
        }
    }
}
