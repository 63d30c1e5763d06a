//! Runs that repeat each other: a Markov chain.
//!
//! The first run of a test crashes with `theta`; each next one is the one before again with probability `r`, else a run of
//! its own. With `k` crashes and `l` passes, of which `kk` and `ll` follow their like, and `t` turns,
//!
//! `P(runs) = theta^(k - kk) (r + (1 - r) theta)^kk (1 - theta)^(l - ll) (r + (1 - r)(1 - theta))^ll (1 - r)^t`.
//!
//! Where the order is not known, this is summed over all orders and shared between them, `P(k | n) / binomial(n, k)`, by
//! going through the runs one by one; of more than `EXACT` runs a beta-binomial of the same mean and variance is taken,
//! whose variance exceeds that of independent runs by `v = (1 + r) / (1 - r) - 2 r (1 - r^n) / (n (1 - r)^2)`.

use std::sync::OnceLock;

use statrs::function::factorial::ln_binomial;

use super::beta_binomial::{BetaPrior, Tally};
use super::trials::{Pairs, Trials};

/// Runs whose every order is summed.
pub(crate) const EXACT: u32 = 32;

/// `ln P` of trials for one rate and one probability to repeat.
#[derive(Clone, Debug)]
pub struct ChainTable {
    theta: f64,
    repeat: f64,
    ln_crash: f64,
    ln_pass: f64,
    ln_crash_again: f64,
    ln_pass_again: f64,
    ln_turn: f64,
    unordered: OnceLock<Vec<Vec<f64>>>,
}

impl ChainTable {
    /// Both numbers in (0, 1).
    #[must_use]
    pub fn new(theta: f64, repeat: f64) -> Self {
        let own = 1.0 - repeat;
        Self {
            theta,
            repeat,
            ln_crash: theta.ln(),
            ln_pass: (1.0 - theta).ln(),
            ln_crash_again: (repeat + own * theta).ln(),
            ln_pass_again: (repeat + own * (1.0 - theta)).ln(),
            ln_turn: own.ln(),
            unordered: OnceLock::new(),
        }
    }

    /// `ln P` of the trials; of one order, where it is not known.
    #[must_use]
    pub fn ln(&self, trials: &Trials) -> f64 {
        let masked = f64::from(trials.masked) * (1.0 - self.theta / 2.0).ln();
        masked
            + match trials.pairs {
                Some(pairs) => self.ln_ordered(trials.tally, pairs),
                None => self.ln_unordered(trials.tally),
            }
    }

    fn ln_ordered(&self, tally: Tally, pairs: Pairs) -> f64 {
        f64::from(tally.crashes - pairs.crash_crash) * self.ln_crash
            + f64::from(pairs.crash_crash) * self.ln_crash_again
            + f64::from(tally.passes - pairs.pass_pass) * self.ln_pass
            + f64::from(pairs.pass_pass) * self.ln_pass_again
            + f64::from(pairs.turns) * self.ln_turn
    }

    fn ln_unordered(&self, tally: Tally) -> f64 {
        let Tally { crashes, passes } = tally;
        let alike = |first: f64, again: f64, runs: u32| first + f64::from(runs - 1) * again;
        match (crashes, passes) {
            (0, 0) => 0.0,
            (0, _) => alike(self.ln_pass, self.ln_pass_again, passes),
            (_, 0) => alike(self.ln_crash, self.ln_crash_again, crashes),
            _ if tally.trials() > EXACT => self.ln_matched(tally),
            _ => self.unordered.get_or_init(|| self.sum_orders())[tally.trials() as usize][crashes as usize],
        }
    }

    /// `ln P(k | n) / binomial(n, k)`, by `n` and `k`.
    fn sum_orders(&self) -> Vec<Vec<f64>> {
        let (theta, own) = (self.theta, 1.0 - self.repeat);
        let (crash_again, pass_again) = (self.ln_crash_again.exp(), self.ln_pass_again.exp());
        // P(k crashes so far, and the last run passed or crashed).
        let (mut passed, mut crashed) = (vec![1.0 - theta, 0.0], vec![0.0, theta]);
        let mut table = vec![vec![0.0]];
        for n in 1..=EXACT {
            let shares = (0..=n).map(|k| {
                let k_ = k as usize;
                (passed[k_] + crashed[k_]).ln() - ln_binomial(u64::from(n), u64::from(k))
            });
            table.push(shares.collect());
            let pass = passed.iter().zip(&crashed).map(|(p, c)| p * pass_again + c * own * (1.0 - theta));
            let crash = passed.iter().zip(&crashed).map(|(p, c)| c * crash_again + p * own * theta);
            (passed, crashed) = (pass.chain([0.0]).collect(), std::iter::once(0.0).chain(crash).collect());
        }
        table
    }

    fn ln_matched(&self, tally: Tally) -> f64 {
        let (n, r) = (f64::from(tally.trials()), self.repeat);
        let excess = (1.0 + r) / (1.0 - r) - 2.0 * r * (1.0 - r.powf(n)) / (n * (1.0 - r).powi(2));
        let kappa = (n - 1.0) / (excess - 1.0) - 1.0;
        BetaPrior::with_mean(self.theta, kappa).ln_sequence(tally).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sequence of `n` runs, as bits.
    fn by_hand(theta: f64, repeat: f64, n: u32, bits: u32) -> f64 {
        let crash = |i: u32| bits >> i & 1 == 1;
        let own = |i: u32| if crash(i) { theta } else { 1.0 - theta };
        let rest = (1..n).map(|i| (1.0 - repeat) * own(i) + if crash(i) == crash(i - 1) { repeat } else { 0.0 });
        own(0) * rest.product::<f64>()
    }

    fn pairs(n: u32, bits: u32) -> Trials {
        let crash = |i: u32| bits >> i & 1 == 1;
        let mut pairs = Pairs::default();
        for i in 1..n {
            match (crash(i - 1), crash(i)) {
                (true, true) => pairs.crash_crash += 1,
                (false, false) => pairs.pass_pass += 1,
                _ => pairs.turns += 1,
            }
        }
        let crashes = bits.count_ones();
        Trials { tally: Tally { crashes, passes: n - crashes }, pairs: Some(pairs), masked: 0 }
    }

    #[test]
    fn the_chain_is_the_product_over_its_runs() {
        let table = ChainTable::new(0.3, 0.6);
        for bits in 0..1 << 7 {
            let (got, expected) = (table.ln(&pairs(7, bits)), by_hand(0.3, 0.6, 7, bits).ln());
            assert!((got - expected).abs() < 1e-9, "{bits:b}: {got} {expected}");
        }
    }

    #[test]
    fn without_an_order_all_are_summed() {
        let table = ChainTable::new(0.3, 0.6);
        for n in 1..=10u32 {
            for crashes in 0..=n {
                let all = (0..1 << n).filter(|bits: &u32| bits.count_ones() == crashes);
                let (mut orders, mut total) = (0.0, 0.0);
                for bits in all {
                    orders += 1.0;
                    total += by_hand(0.3, 0.6, n, bits);
                }
                let got = table.ln(&Tally { crashes, passes: n - crashes }.into());
                assert!((got - f64::ln(total / orders)).abs() < 1e-9, "{crashes} of {n}");
            }
        }
    }

    /// The moments of the approximation are those of the chain.
    #[test]
    fn long_tests_keep_mean_and_variance() {
        let (theta, repeat, n) = (0.3, 0.6, 40u32);
        let table = ChainTable::new(theta, repeat);
        let p: Vec<f64> = (0..=n)
            .map(|k| {
                let tally = Tally { crashes: k, passes: n - k };
                (table.ln_matched(tally) + ln_binomial(u64::from(n), u64::from(k))).exp()
            })
            .collect();
        let moment = |power: i32| (0..=n).zip(&p).map(|(k, p)| f64::from(k).powi(power) * p).sum::<f64>();
        let (total, mean) = (moment(0), moment(1));
        // Cov(X_i, X_j) = theta (1 - theta) r^|i - j|
        let covariances = (0..n).flat_map(|i| (0..n).map(move |j| repeat.powi(i.abs_diff(j).cast_signed())));
        let variance = theta * (1.0 - theta) * covariances.sum::<f64>();
        assert!((total - 1.0).abs() < 1e-6 && (mean - 12.0).abs() < 1e-6, "{total} {mean}");
        assert!((moment(2) - mean * mean - variance).abs() < 1e-5, "{} {variance}", moment(2) - mean * mean);
    }
}
