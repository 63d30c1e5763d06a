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

use super::beta_binomial::Tally;
use super::table::{RateTable, SequenceTable};

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
    /// How reproducible bugs are, and how often a revision without the bug crashes like it.
    pub table: &'a RateTable,
}

/// What the change point says.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// P(the culprit is in this gap), one a gap; sums to one.
    pub gaps: Vec<Prob>,
    /// P(this skipped revision has the bug).
    pub adrift: Vec<Prob>,
    /// Posterior weights of the grid's points: how reproducible this bug is.
    pub rates: Vec<Prob>,
}

impl ChangePoint<'_> {
    /// The posterior; `None` when there is no point.
    #[must_use]
    pub fn solve(&self) -> Option<Culprit> {
        if self.tallies.is_empty() {
            return None;
        }
        let columns: Vec<_> = self.table.points.iter().map(|(weight, rate)| self.column(*weight, rate)).collect();
        let outside = self.outside_of_rates();
        let joint = |column: &[f64], g: usize| LogProb::from_ln(column[g] + outside[g]);
        let gaps = (0..outside.len()).map(|g| sum(columns.iter().map(|column| joint(column, g))));
        let rates = columns.iter().map(|column| sum((0..outside.len()).map(|g| joint(column, g))));
        let rates: Vec<_> = rates.collect();
        let all = LogProb::ln_sum_exp(&rates);
        let adrift = self.adrift.iter().map(|skipped| self.bad_share(skipped, &columns, &outside, all));
        Some(Culprit {
            gaps: LogProb::normalize(&gaps.collect::<Vec<_>>()),
            adrift: adrift.collect(),
            rates: LogProb::normalize(&rates),
        })
    }

    /// `ln prior(g) L(g)` of every gap: what [`Self::solve`] normalises.
    #[must_use]
    pub fn ln_joint(&self) -> Vec<LogProb> {
        let gaps = self.tallies.len();
        let mut columns = Vec::with_capacity(gaps * self.table.points.len());
        for (weight, rate) in &self.table.points {
            columns.extend(self.column(*weight, rate));
        }
        let outside = self.outside_of_rates();
        let joint = |g: usize| {
            let terms = || columns.iter().skip(g).step_by(gaps);
            let max = terms().fold(f64::NEG_INFINITY, |max, term| max.max(*term));
            let scaled: f64 = terms().map(|term| (term - max).exp()).sum();
            LogProb::from_ln(outside[g] + max + scaled.ln())
        };
        (0..gaps).map(joint).collect()
    }

    /// What does not depend on the rate: `ln prior(g) prod_{i < g} BB(leak)`.
    fn outside_of_rates(&self) -> Vec<f64> {
        let mut before = 0.0;
        let gaps = self.tallies.iter().zip(self.prior).map(|(tally, prior)| {
            let outside = before + prior.ln().ln();
            before += self.table.leak.ln(*tally);
            outside
        });
        gaps.collect()
    }

    /// What does: `ln w prod_{i >= g} BB(mu, kappa)`, and the skipped revisions.
    fn column(&self, weight: LogProb, rate: &SequenceTable) -> Vec<f64> {
        let mut after = weight.ln();
        let mut column: Vec<f64> = self
            .tallies
            .iter()
            .rev()
            .map(|tally| {
                after += rate.ln(*tally);
                after
            })
            .collect();
        column.reverse();
        for skipped in self.adrift {
            for (g, term) in column.iter_mut().enumerate() {
                *term += self.mixed(skipped, g, rate);
            }
        }
        column
    }

    /// A skipped revision's factor when the culprit is in gap `g`: bad in some places, good in the others.
    fn mixed(&self, skipped: &Adrift, g: usize, rate: &SequenceTable) -> f64 {
        let bad = skipped.bad[g].value() * rate.ln(skipped.tally).exp();
        let good = skipped.bad[g].complement().value() * self.table.leak.ln(skipped.tally).exp();
        (bad + good).ln()
    }

    fn bad_share(&self, skipped: &Adrift, columns: &[Vec<f64>], outside: &[f64], all: LogProb) -> Prob {
        let points = self.table.points.iter().zip(columns);
        let terms = points.flat_map(|((_, rate), column)| {
            let bad = rate.ln(skipped.tally);
            column.iter().zip(outside).enumerate().map(move |(g, (column, outside))| {
                let share = skipped.bad[g].ln().ln() + bad - self.mixed(skipped, g, rate);
                LogProb::from_ln(column + outside + share)
            })
        });
        LogProb::from_ln(sum(terms).ln() - all.ln()).exp()
    }
}

fn sum(terms: impl Iterator<Item = LogProb>) -> LogProb {
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
    use crate::model::beta_binomial::BetaPrior;
    use crate::model::rate::RateGrid;

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
        let table = RateTable::new(&RateGrid::default(), BetaPrior::LEAK, 0);
        let nothing = ChangePoint { tallies: &[], prior: &[], adrift: &[], table: &table };
        assert_eq!(nothing.solve(), None);
    }
}
