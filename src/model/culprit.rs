//! The culprit: a change point over the gaps of the line.
//!
//! Each bad revision has its own rate `theta_i ~ Beta(mu kappa, (1 - mu) kappa)`, each good one a small leak. For a
//! culprit in gap `g`, with `k_i` crashes and `n_i` trials at point `i`,
//!
//! `L(g) = sum over (mu, kappa) of w(mu, kappa) prod_{i >= g} BB(k_i, n_i; mu, kappa) prod_{i < g} BB(k_i, n_i; leak)`
//!
//! and `P(g | data) ∝ prior(g) L(g)`: a Bayesian change point with the rates integrated out (Barry & Hartigan 1993, *A
//! Bayesian Analysis for Change Point Problems*). A skipped revision with runs lies somewhere in a range of gaps: its
//! factor is averaged over the places, by commits. Prefix sums make all gaps cost one pass.
//!
//! The points run from the side that is clean to the side that crashes; a fix bisection hands them over mirrored.

use crate::prob::{LogProb, Prob};

use super::beta_binomial::{BetaPrior, Tally};
use super::rate::RateGrid;

/// Skipped revisions: the tally, and for each gap the chance that the revision has the bug if the culprit is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Adrift {
    /// Its trials.
    pub tally: Tally,
    /// One chance a gap.
    pub bad: Vec<Prob>,
}

/// What the change point is computed from.
#[derive(Clone, Copy, Debug)]
pub struct ChangePoint<'a> {
    /// Trials of each point, from the clean side to the crashing side.
    pub tallies: &'a [Tally],
    /// Prior mass of each gap: gap `g` lies before point `g`, so there are as many gaps as points. Gap 0 is everything
    /// beyond the first point. Need not be normalised.
    pub prior: &'a [Prob],
    /// Skipped revisions.
    pub adrift: &'a [Adrift],
    /// How reproducible bugs are.
    pub grid: &'a RateGrid,
    /// How often a revision without the bug crashes like it.
    pub leak: BetaPrior,
}

/// What the change point says.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// P(the culprit is in this gap), one a gap; sums to one.
    pub gaps: Vec<Prob>,
    /// P(this skipped revision has the bug).
    pub adrift: Vec<Prob>,
    /// Posterior log weights of the grid's points: how reproducible this bug is.
    pub rates: Vec<LogProb>,
}

impl ChangePoint<'_> {
    /// The posterior; `None` when there is no point.
    #[must_use]
    pub fn solve(&self) -> Option<Culprit> {
        if self.tallies.is_empty() {
            return None;
        }
        let good: Vec<_> = self.tallies.iter().map(|tally| self.leak.ln_sequence(*tally)).collect();
        let points = self.grid.points().iter();
        let columns: Vec<_> = points.map(|(rate, weight)| self.column(*rate, *weight, &good)).collect();
        let gaps: Vec<_> = (0..self.tallies.len()).map(|g| total(columns.iter().map(|column| column[g]))).collect();
        let rates: Vec<_> = columns.iter().map(|column| LogProb::ln_sum_exp(column)).collect();
        let all = LogProb::ln_sum_exp(&rates);
        let adrift = self.adrift.iter().map(|skipped| self.bad_share(skipped, &columns, all)).collect();
        Some(Culprit {
            gaps: LogProb::normalize(&gaps),
            adrift,
            rates: LogProb::normalize(&rates).into_iter().map(Prob::ln).collect(),
        })
    }

    /// `ln prior(g) w BB…` of every gap at one point of the grid.
    fn column(&self, rate: BetaPrior, weight: LogProb, good: &[LogProb]) -> Vec<LogProb> {
        let bad: Vec<_> = self.tallies.iter().map(|tally| rate.ln_sequence(*tally).ln()).collect();
        let (mut before, mut after) = (0.0, bad.iter().sum::<f64>());
        let mut column = Vec::with_capacity(bad.len());
        for (g, (bad, good)) in bad.iter().zip(good).enumerate() {
            let skipped: LogProb = self.adrift.iter().map(|skipped| self.mixed(skipped, g, rate)).sum();
            column.push(self.prior[g].ln() + weight + skipped + LogProb::from_ln(before + after));
            before += good.ln();
            after -= bad;
        }
        column
    }

    /// A skipped revision's factor when the culprit is in gap `g`: bad in some places, good in the others.
    fn mixed(&self, skipped: &Adrift, g: usize, rate: BetaPrior) -> LogProb {
        let bad = skipped.bad[g].ln() + rate.ln_sequence(skipped.tally);
        let good = skipped.bad[g].complement().ln() + self.leak.ln_sequence(skipped.tally);
        LogProb::ln_sum_exp(&[bad, good])
    }

    fn bad_share(&self, skipped: &Adrift, columns: &[Vec<LogProb>], all: LogProb) -> Prob {
        let points = self.grid.points().iter().zip(columns);
        let terms: Vec<_> = points
            .flat_map(|((rate, _), column)| {
                let bad = rate.ln_sequence(skipped.tally);
                column.iter().enumerate().map(move |(g, joint)| {
                    let share = skipped.bad[g].ln().ln() + bad.ln() - self.mixed(skipped, g, *rate).ln();
                    LogProb::from_ln(joint.ln() + share)
                })
            })
            .collect();
        LogProb::from_ln(LogProb::ln_sum_exp(&terms).ln() - all.ln()).exp()
    }
}

fn total(terms: impl Iterator<Item = LogProb>) -> LogProb {
    LogProb::ln_sum_exp(&terms.collect::<Vec<_>>())
}

/// P(point `i` has the bug): the mass of the gaps at or before it.
#[must_use]
pub fn p_bad(gaps: &[Prob]) -> Vec<Prob> {
    let mut sum = 0.0;
    gaps.iter()
        .map(|gap| {
            sum += gap.value();
            Prob::saturating(sum)
        })
        .collect()
}

/// The smallest set of gaps that holds at least `level`, as indices in ascending order, with its mass. Empty without
/// gaps.
#[must_use]
pub fn credible_set(gaps: &[Prob], level: Prob) -> (Vec<usize>, Prob) {
    let mut order: Vec<usize> = (0..gaps.len()).collect();
    order.sort_by(|a, b| gaps[*b].value().total_cmp(&gaps[*a].value()).then(a.cmp(b)));
    let mut mass = 0.0;
    let mut set: Vec<usize> = order
        .into_iter()
        .take_while(|gap| {
            let wanted = mass < level.value();
            mass += if wanted { gaps[*gap].value() } else { 0.0 };
            wanted
        })
        .collect();
    set.sort_unstable();
    (set, Prob::saturating(mass))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prob(value: f64) -> Prob {
        Prob::new(value).unwrap()
    }

    #[test]
    fn the_credible_set_is_the_smallest() {
        let gaps = [0.01, 0.6, 0.04, 0.35].map(prob);
        assert_eq!(credible_set(&gaps, prob(0.95)).0, [1, 3]);
        assert_eq!(credible_set(&gaps, prob(0.96)).0, [1, 2, 3]);
        assert_eq!(credible_set(&gaps, prob(0.5)).0, [1]);
        assert_eq!(credible_set(&[], prob(0.95)), (vec![], Prob::ZERO));
        assert_eq!(credible_set(&[Prob::ZERO; 2], prob(0.95)).0, [0, 1]);
    }

    #[test]
    fn without_points_there_is_no_answer() {
        let grid = RateGrid::default();
        let nothing = ChangePoint { tallies: &[], prior: &[], adrift: &[], grid: &grid, leak: BetaPrior::LEAK };
        assert_eq!(nothing.solve(), None);
    }
}
