//! A title from elsewhere: another bug, with its own beginning and end.
//!
//! It was always there (0.5) or came at a gap by that gap's prior, and was fixed later (0.4, at any later gap alike) or not.
//! While it is there it crashes with a small, uneven rate of its own, and by the leak before and after. Sums over its
//! interval and its rate; a forward pass makes the sum over intervals linear.
//!
//! A run shows one crash only. Where another title crashed, this one did not, or would have but came second, as it does in
//! half of such runs: a factor `1 - b / 2` for each of the `o` other crashes, with `b` the rate. So
//!
//! `E = integral b^c (1 - b)^p (1 - b/2)^o Beta(b) db = 2^-o sum_j binomial(o, j) BB(c, c + p + j)`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::OnceLock;

use statrs::function::factorial::ln_binomial;

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
    /// Means from 0.002 to 0.4, weighted to the small end by `mu^-0.5`; kappa 1, 4, 16, 64.
    fn default() -> Self {
        const MEANS: [f64; 8] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];
        let points: Vec<_> =
            MEANS.iter().flat_map(|mu| [1.0, 4.0, 16.0, 64.0].map(|kappa| (*mu, kappa, mu.powf(-0.5)))).collect();
        Self { always: 0.5, fixed: 0.4, grid: RateGrid::new(&points) }
    }
}

/// The runs of one revision, as one title sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rivals {
    /// Its own crashes, and the passes.
    pub tally: Tally,
    /// Crashes of other titles.
    pub others: u32,
}

impl Rivals {
    /// Other crashes that count; more of them say nothing new.
    const MOST: u32 = 64;

    /// What the tests of a revision say of a title.
    #[must_use]
    pub fn of(tests: &[Vec<Streak>], title: usize) -> Self {
        let runs = |of: fn(Shows, usize) -> bool| {
            let streaks = tests.iter().flatten().filter(|streak| of(streak.shows, title));
            streaks.map(|streak| streak.runs).sum::<u32>()
        };
        Self {
            tally: Tally {
                crashes: runs(|shows, title| shows == Shows::Title(title)),
                passes: runs(|shows, _| shows == Shows::Pass),
            },
            others: runs(|shows, title| shows != Shows::Pass && shows != Shows::Title(title)),
        }
    }
}

/// Prices of single titles, all with the same passes.
#[derive(Clone, Debug)]
pub struct ForeignPrices<'a> {
    prior: &'a ForeignPrior,
    rates: Vec<(LogProb, SequenceTable)>,
    leak: SequenceTable,
    /// P(it begins at gap g), `ln`.
    begins: Vec<f64>,
    /// What one revision says under each rate: titles that do not show there all say the same.
    seen: RefCell<HashMap<Rivals, Rc<[f64]>>>,
}

impl<'a> ForeignPrices<'a> {
    /// Prepares for points with up to `longest` trials; `gaps` is the prior mass of each gap.
    #[must_use]
    pub fn new(prior: &'a ForeignPrior, leak: BetaPrior, gaps: &[Prob], longest: u32) -> Self {
        let total: f64 = gaps.iter().map(|gap| gap.value()).sum();
        let begins = gaps.iter().enumerate().map(|(g, gap)| {
            let always = if g == 0 { prior.always } else { 0.0 };
            (always + (1.0 - prior.always) * gap.value() / total).ln()
        });
        let rates = prior.grid.points().iter().map(|(rate, weight)| (*weight, SequenceTable::new(*rate, longest)));
        let (rates, leak, begins) = (rates.collect(), SequenceTable::new(leak, longest), begins.collect());
        Self { prior, rates, leak, begins, seen: RefCell::default() }
    }

    /// How many points the grid of rates has.
    #[must_use]
    pub const fn rates(&self) -> usize {
        self.rates.len()
    }

    /// `ln E(t)` of a title with these runs at the points.
    #[must_use]
    pub fn price(&self, rivals: &[Rivals]) -> LogProb {
        LogProb::ln_sum_exp(&self.price_by_rate(rivals))
    }

    /// The terms of [`Self::price`], one a point of the grid of rates.
    #[must_use]
    pub fn price_by_rate(&self, rivals: &[Rivals]) -> Vec<LogProb> {
        let off: Vec<f64> = rivals.iter().map(|rivals| self.leak.ln(rivals.tally)).collect();
        let seen: Vec<_> = rivals.iter().map(|rivals| self.there_by_rate(*rivals)).collect();
        let rates = self.rates.iter().enumerate().map(|(rate, (weight, _))| {
            let on: Vec<f64> = seen.iter().map(|on| on[rate]).collect();
            LogProb::from_ln(weight.ln() + self.over_intervals(&on, &off))
        });
        rates.collect()
    }

    fn there_by_rate(&self, rivals: Rivals) -> Rc<[f64]> {
        let mut seen = self.seen.borrow_mut();
        let there = || self.rates.iter().map(|(_, rate)| Self::there(rate, rivals)).collect();
        Rc::clone(seen.entry(rivals).or_insert_with(there))
    }

    /// `ln E` of one revision that has the bug.
    fn there(rate: &SequenceTable, rivals: Rivals) -> f64 {
        let Tally { crashes, passes } = rivals.tally;
        let halves = &halves()[rivals.others.min(Rivals::MOST) as usize];
        let terms = (0..).zip(halves).map(|(j, half)| half + rate.ln(Tally { crashes, passes: passes + j }));
        let (mut max, mut sum) = (f64::NEG_INFINITY, 0.0);
        for term in terms {
            if term > max {
                sum = sum * f64::exp(max - term) + 1.0;
                max = term;
            } else {
                sum += f64::exp(term - max);
            }
        }
        max + sum.ln()
    }

    /// Three states: not yet, there, gone.
    fn over_intervals(&self, on: &[f64], off: &[f64]) -> f64 {
        let later = |g: usize| f64::from(u32::try_from(on.len() - 1 - g).unwrap_or(u32::MAX));
        let (mut not_yet, mut stays, mut leaves, mut gone) =
            (0.0, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (g, (on, off)) in on.iter().zip(off).enumerate() {
            gone = ln_add(gone, leaves) + off;
            let begin = not_yet + self.begins[g];
            let (fixed, last) = (self.prior.fixed, later(g) < 1.0);
            let stay = if last { begin } else { begin + (1.0 - fixed).ln() };
            let leave = if last { f64::NEG_INFINITY } else { begin + (fixed / later(g)).ln() };
            stays = ln_add(stays, stay) + on;
            leaves = ln_add(leaves, leave) + on;
            not_yet += off;
        }
        ln_add(stays, gone)
    }
}

/// `ln 2^-o binomial(o, j)`, by `o` and `j`.
fn halves() -> &'static [Vec<f64>] {
    static HALVES: OnceLock<Vec<Vec<f64>>> = OnceLock::new();
    let row = |o: u32| {
        let ways = |j| ln_binomial(u64::from(o), u64::from(j)) - f64::from(o) * std::f64::consts::LN_2;
        (0..=o).map(ways).collect()
    };
    HALVES.get_or_init(|| (0..=Rivals::MOST).map(row).collect())
}

/// `ln(e^a + e^b)`.
fn ln_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
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
