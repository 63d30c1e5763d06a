//! A bug from elsewhere: some titles with their own beginning and end.
//!
//! It was always there (0.5) or came at a gap by that gap's prior, and was fixed later (0.4, at any later gap alike) or not.
//! While it is there it crashes with an uneven rate of its own, and by the leak before and after. Sums over its interval and
//! its rate; a forward pass makes the sum over intervals linear. Runs that other bugs ended are masked ([`super::table`]).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::prob::{LogProb, Prob};

use super::beta_binomial::{BetaPrior, Tally};
use super::rate::RateGrid;
use super::table::SequenceTable;
use super::trials::{Shows, Streak};

/// What is believed of bugs that nobody looks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignPrior {
    /// P(it was there before the oldest tested revision), on top of the gap's own share.
    pub always: f64,
    /// P(it is gone before the newest tested revision).
    pub fixed: f64,
    /// Their rates.
    pub grid: RateGrid,
}

impl Default for ForeignPrior {
    /// Means from 0.002 to 0.95, weighted to the small end by `mu^-0.5`; kappa 1, 4, 16, 64.
    fn default() -> Self {
        const MEANS: [f64; 11] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];
        let points: Vec<_> =
            MEANS.iter().flat_map(|mu| [1.0, 4.0, 16.0, 64.0].map(|kappa| (*mu, kappa, mu.powf(-0.5)))).collect();
        Self { always: 0.5, fixed: 0.4, grid: RateGrid::new(&points) }
    }
}

/// The runs of one revision, as one bug sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rivals {
    /// Its own crashes, and the passes.
    pub tally: Tally,
    /// Crashes of other bugs.
    pub others: u32,
}

impl Rivals {
    /// What the tests of a revision say of the bug with these titles.
    #[must_use]
    pub fn of(tests: &[Vec<Streak>], own: impl Fn(usize) -> bool) -> Self {
        let mut rivals = Self::default();
        for Streak { shows, runs } in tests.iter().flatten() {
            let sum = match shows {
                Shows::Pass => &mut rivals.tally.passes,
                Shows::Title(title) if own(*title) => &mut rivals.tally.crashes,
                Shows::Title(_) | Shows::Other => &mut rivals.others,
            };
            *sum = sum.saturating_add(*runs);
        }
        rivals
    }
}

/// Prices of single bugs, all with the same passes.
#[derive(Clone, Debug)]
pub struct ForeignPrices<'a> {
    prior: &'a ForeignPrior,
    rates: Arc<[SequenceTable]>,
    leak: SequenceTable,
    /// P(it begins at gap g).
    begins: Vec<f64>,
    /// What one revision says: bugs that do not show there all say the same.
    seen: RefCell<HashMap<Rivals, Rc<[Factors]>>>,
}

/// The chances of one revision's runs, with the bug and without it, both divided by `exp(scale)`: one of them is 1.
#[derive(Clone, Copy, Debug)]
struct Factors {
    on: f64,
    off: f64,
    scale: f64,
}

impl<'a> ForeignPrices<'a> {
    /// Prepares for points with up to `longest` trials without the bug; `gaps` is the prior mass of each gap.
    #[must_use]
    pub fn new(prior: &'a ForeignPrior, leak: BetaPrior, gaps: &[Prob], longest: u32) -> Self {
        let total: f64 = gaps.iter().map(|gap| gap.value()).sum();
        let begins = gaps.iter().enumerate().map(|(g, gap)| {
            let always = if g == 0 { prior.always } else { 0.0 };
            always + (1.0 - prior.always) * gap.value() / total
        });
        let (leak, begins) = (SequenceTable::new(leak, longest), begins.collect());
        Self { prior, rates: prior.grid.tables(), leak, begins, seen: RefCell::default() }
    }

    /// How many points the grid of rates has.
    #[must_use]
    pub fn rates(&self) -> usize {
        self.rates.len()
    }

    /// `ln E` of a bug with these runs at the points.
    #[must_use]
    pub fn price(&self, rivals: &[Rivals]) -> LogProb {
        LogProb::ln_sum_exp(&self.price_by_rate(rivals))
    }

    /// The terms of [`Self::price`], one a point of the grid of rates.
    #[must_use]
    pub(crate) fn price_by_rate(&self, rivals: &[Rivals]) -> Vec<LogProb> {
        let points: Vec<_> = rivals.iter().map(|rivals| self.factors(*rivals)).collect();
        let weights = self.prior.grid.points().iter().enumerate();
        weights.map(|(rate, (_, weight))| LogProb::from_ln(weight.ln() + self.over_intervals(rate, &points))).collect()
    }

    /// What one revision says under each rate.
    fn factors(&self, rivals: Rivals) -> Rc<[Factors]> {
        let mut seen = self.seen.borrow_mut();
        let factors = || {
            let off = self.leak.ln(rivals.tally);
            let of = |rate: &SequenceTable| {
                let on = rate.ln_masked(rivals.tally, rivals.others);
                let scale = on.max(off);
                Factors { on: (on - scale).exp(), off: (off - scale).exp(), scale }
            };
            self.rates.iter().map(of).collect()
        };
        Rc::clone(seen.entry(rivals).or_insert_with(factors))
    }

    /// Four states: not yet, there to stay, there and going, gone.
    fn over_intervals(&self, rate: usize, points: &[Rc<[Factors]>]) -> f64 {
        /// Smaller sums are scaled up.
        const SMALL: f64 = 1e-200;
        let later = |g: usize| f64::from(u32::try_from(points.len() - 1 - g).unwrap_or(u32::MAX));
        let fixed = self.prior.fixed;
        let (mut not_yet, mut stays, mut leaves, mut gone, mut ln) = (1.0, 0.0, 0.0, 0.0, 0.0);
        for (g, point) in points.iter().enumerate() {
            let Factors { on, off, scale } = point[rate];
            gone = (gone + leaves) * off;
            let begin = not_yet * self.begins[g];
            if g + 1 == points.len() {
                stays += begin;
            } else {
                stays += begin * (1.0 - fixed);
                leaves += begin * fixed / later(g);
            }
            stays *= on;
            leaves *= on;
            not_yet *= off;
            ln += scale;
            let all: f64 = not_yet + stays + leaves + gone;
            if all < SMALL && all > 0.0 {
                for sum in [&mut not_yet, &mut stays, &mut leaves, &mut gone] {
                    *sum /= all;
                }
                ln += all.ln();
            }
        }
        ln + (stays + gone).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integral over the rate, in small steps.
    fn masked(rate: BetaPrior, Rivals { tally, others }: Rivals) -> LogProb {
        const STEPS: u32 = 20_000;
        let steps = (0..STEPS).map(|i| (f64::from(i) + 0.5) / f64::from(STEPS));
        let density = |b: f64| (rate.a - 1.0) * b.ln() + (rate.b - 1.0) * (1.0 - b).ln();
        let mass: Vec<f64> = steps.clone().map(|b| density(b).exp()).collect();
        let runs = |b: f64| {
            let of = |runs: u32, p: f64| f64::from(runs) * p.ln();
            (of(tally.crashes, b) + of(tally.passes, 1.0 - b) + of(others, 1.0 - b / 2.0)).exp()
        };
        let joint: f64 = steps.zip(&mass).map(|(b, mass)| runs(b) * mass).sum();
        LogProb::from_ln((joint / mass.iter().sum::<f64>()).ln())
    }

    /// Every interval and every rate, one by one.
    fn enumerated(prior: &ForeignPrior, leak: BetaPrior, gaps: &[Prob], rivals: &[Rivals]) -> f64 {
        let (points, total) = (rivals.len(), gaps.iter().map(|gap| gap.value()).sum::<f64>());
        let mut sum = 0.0;
        for (rate, weight) in prior.grid.points() {
            for (begin, gap) in gaps.iter().enumerate() {
                let always = if begin == 0 { prior.always } else { 0.0 };
                let begins = always + (1.0 - prior.always) * gap.value() / total;
                for end in begin + 1..=points {
                    let later = f64::from(u8::try_from(points - 1 - begin).unwrap());
                    let ends = match (later < 1.0, end == points) {
                        (true, _) => 1.0,
                        (false, true) => 1.0 - prior.fixed,
                        (false, false) => prior.fixed / later,
                    };
                    let there = |i: usize| (begin..end).contains(&i);
                    let line = rivals.iter().enumerate();
                    let line = line.map(|(i, r)| if there(i) { masked(*rate, *r) } else { leak.ln_sequence(r.tally) });
                    sum += weight.exp().value() * begins * ends * line.map(LogProb::ln).sum::<f64>().exp();
                }
            }
        }
        sum.ln()
    }

    #[test]
    fn the_forward_pass_is_the_sum_over_intervals() {
        // Shapes above 1: the integral by small steps is then exact enough.
        let grid = RateGrid::new(&[(0.3, 5.0, 1.0), (0.5, 4.0, 2.0)]);
        let prior = ForeignPrior { grid, ..ForeignPrior::default() };
        let rivals = |crashes, passes, others| Rivals { tally: Tally { crashes, passes }, others };
        let lines = [
            vec![rivals(1, 9, 0)],
            vec![rivals(0, 10, 0), rivals(2, 5, 3)],
            vec![rivals(0, 10, 0), rivals(3, 0, 7), rivals(1, 0, 0), rivals(0, 0, 20)],
        ];
        for line in lines {
            let gaps: Vec<_> = (1u8..).map(|g| Prob::saturating(f64::from(g) / 20.0)).take(line.len()).collect();
            let got = ForeignPrices::new(&prior, BetaPrior::LEAK, &gaps, 20).price(&line).ln();
            let expected = enumerated(&prior, BetaPrior::LEAK, &gaps, &line);
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    }
}
