//! The culprit: a change point over the gaps of the line.
//!
//! Bad revisions crash as one of the behaviours of [`super::behaviour`] says, good ones by a small leak. For a culprit in
//! gap `g`, with `k_i` crashes and `n_i` trials at point `i`,
//!
//! `L(g) = sum over behaviours b of w(b) P(trials of points i >= g | b) prod_{i < g} BB(k_i, n_i; leak)`
//!
//! and `P(g | data) ∝ prior(g) L(g)`: a Bayesian change point with the rates integrated out (Barry & Hartigan 1993, *A
//! Bayesian Analysis for Change Point Problems*). A skipped revision with runs lies somewhere in a range of gaps: its
//! factor is averaged over the places, by commits. Prefix sums make all gaps cost one pass.
//!
//! Where history branches and is known ([`Places::Branched`]), a revision is bad exactly when it contains the culprit,
//! however late it stands on the line: the sums then run over the revisions that contain a place, and over those that do
//! not. A place belongs to the gap before the first point that contains it.
//!
//! The points run from the side that is clean to the side that crashes; a fix bisection hands them over mirrored.

use crate::prob::{LogProb, Prob};

use super::table::{BehaviourTable, RateTable};
use super::trials::Trials;

/// Skipped revisions: the trials, and for each gap the chance that the revision has the bug if the culprit is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Adrift {
    /// Its trials.
    pub trials: Trials,
    /// One chance a gap.
    pub bad: Vec<Prob>,
}

/// Where the culprit may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Places<'a> {
    /// In the gaps of the line: the points from the gap's on are bad.
    #[default]
    Line,
    /// In commits that the same points contain.
    Branched(&'a [Place]),
}

/// Commits that the same points contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The gap before the first of them.
    pub gap: usize,
    /// The points that are bad if the culprit is here, ascending.
    pub bad: Vec<usize>,
    /// The others.
    pub good: Vec<usize>,
}

impl Place {
    /// A place that these points contain, one entry a point; `None` when none does.
    #[must_use]
    pub fn new(contains: &[bool]) -> Option<Self> {
        let of = |wanted: bool| contains.iter().enumerate().filter(move |(_, is)| **is == wanted).map(|(i, _)| i);
        let bad: Vec<_> = of(true).collect();
        Some(Self { gap: *bad.first()?, bad, good: of(false).collect() })
    }
}

/// What the change point is computed from.
#[derive(Clone, Copy, Debug)]
pub struct ChangePoint<'a> {
    /// Trials of each point, from the clean side to the crashing side.
    pub trials: &'a [Trials],
    /// Where the culprit may be.
    pub places: Places<'a>,
    /// Prior mass of each place. On a line, gap `g` lies before point `g`, so there are as many gaps as points, and gap 0 is
    /// everything beyond the first point. Need not be normalised.
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
    /// P(the culprit is in this place), one a place; the same on a line.
    pub places: Vec<Prob>,
    /// P(this skipped revision has the bug).
    pub adrift: Vec<Prob>,
    /// Posterior weights of the behaviours: how reproducible this bug is.
    pub rates: Vec<Prob>,
}

impl ChangePoint<'_> {
    /// The posterior; `None` when there is no point.
    ///
    /// ```
    /// use bisectstat::model::behaviour::RatePrior;
    /// use bisectstat::model::beta_binomial::{BetaPrior, Tally};
    /// use bisectstat::model::culprit::{ChangePoint, Places, credible_set};
    /// use bisectstat::model::table::RateTable;
    /// use bisectstat::model::trials::Trials;
    /// use bisectstat::prob::Prob;
    ///
    /// // Three revisions with ten runs each, old to new; as many gaps, all as likely beforehand.
    /// let trials = [(0, 10), (4, 6), (5, 5)].map(|(crashes, passes)| Trials::from(Tally { crashes, passes }));
    /// let prior = [Prob::saturating(1.0 / 3.0); 3];
    /// let table = RateTable::new(&RatePrior::default(), BetaPrior::LEAK, 10, &[1.0, 1.0]);
    /// let point = ChangePoint { trials: &trials, places: Places::Line, prior: &prior, adrift: &[], table: &table };
    /// let culprit = point.solve().expect("there are revisions");
    /// let (gaps, mass) = credible_set(&culprit.gaps, Prob::saturating(0.9));
    /// assert!(gaps.contains(&1) && mass.value() >= 0.9, "it began with the second");
    /// ```
    #[must_use]
    pub fn solve(&self) -> Option<Culprit> {
        if self.trials.is_empty() {
            return None;
        }
        let columns: Vec<_> = self.table.parts.iter().map(|(weight, part)| self.column(*weight, part)).collect();
        let outside = self.outside_of_rates();
        let joint = |column: &[f64], g: usize| LogProb::from_ln(column[g] + outside[g]);
        let places = (0..outside.len()).map(|g| sum(columns.iter().map(|column| joint(column, g))));
        let places = LogProb::normalize(&places.collect::<Vec<_>>());
        let rates = columns.iter().map(|column| sum((0..outside.len()).map(|g| joint(column, g))));
        let rates: Vec<_> = rates.collect();
        let all = LogProb::ln_sum_exp(&rates);
        let adrift = self.adrift.iter().map(|skipped| self.bad_share(skipped, &columns, &outside, all));
        Some(Culprit {
            gaps: self.by_gap(&places),
            places,
            adrift: adrift.collect(),
            rates: LogProb::normalize(&rates),
        })
    }

    /// Adds up the places of each gap.
    fn by_gap(&self, places: &[Prob]) -> Vec<Prob> {
        let Places::Branched(of) = self.places else { return places.to_vec() };
        let mut gaps = vec![0.0; self.trials.len()];
        of.iter().zip(places).for_each(|(place, mass)| gaps[place.gap] += mass.value());
        gaps.into_iter().map(Prob::saturating).collect()
    }

    /// `ln prior(g) L(g)` of every place: what [`Self::solve`] normalises.
    #[must_use]
    pub fn ln_joint(&self) -> Vec<LogProb> {
        /// What lies further below the largest term adds nothing to a sum in double precision.
        const NOTHING: f64 = -45.0;
        let mut largest = vec![f64::NEG_INFINITY; self.prior.len()];
        let columns: Vec<_> = self.table.parts.iter().map(|(weight, part)| self.column(*weight, part)).collect();
        for column in &columns {
            largest.iter_mut().zip(column).for_each(|(max, term)| *max = max.max(*term));
        }
        let mut sums = vec![0.0; self.prior.len()];
        for column in &columns {
            for ((sum, term), max) in sums.iter_mut().zip(column).zip(&largest) {
                let below = term - max;
                *sum += if below > NOTHING { below.exp() } else { 0.0 };
            }
        }
        let joint = self.outside_of_rates().into_iter().zip(largest).zip(sums);
        joint.map(|((outside, max), sum)| LogProb::from_ln(outside + max + sum.ln())).collect()
    }

    /// What does not depend on the rate: `ln prior(g)` and the product of `BB(leak)` over the good points.
    fn outside_of_rates(&self) -> Vec<f64> {
        if let Places::Branched(places) = self.places {
            let leak: Vec<_> = self.trials.iter().map(|trials| self.table.leak.ln(trials.tally)).collect();
            let good = |place: &Place| place.good.iter().map(|point| leak[*point]).sum::<f64>();
            return places.iter().zip(self.prior).map(|(place, prior)| prior.ln().ln() + good(place)).collect();
        }
        let mut before = 0.0;
        let gaps = self.trials.iter().zip(self.prior).map(|(trials, prior)| {
            let outside = before + prior.ln().ln();
            before += self.table.leak.ln(trials.tally);
            outside
        });
        gaps.collect()
    }

    /// What does: `ln w P(trials of the bad points)`, and the skipped revisions.
    fn column(&self, weight: LogProb, part: &BehaviourTable) -> Vec<f64> {
        let mut column = match self.places {
            Places::Line => part.column(self.trials),
            Places::Branched(places) => part.column_of(self.trials, places),
        };
        for (g, term) in column.iter_mut().enumerate() {
            *term += weight.ln() + self.adrift.iter().map(|skipped| self.mixed(skipped, g, part)).sum::<f64>();
        }
        column
    }

    /// A skipped revision's factor when the culprit is in gap `g`: bad in some places, good in the others.
    fn mixed(&self, skipped: &Adrift, g: usize, part: &BehaviourTable) -> f64 {
        let bad = skipped.bad[g].value() * part.ln(&skipped.trials).exp();
        let good = skipped.bad[g].complement().value() * self.table.leak.ln(skipped.trials.tally).exp();
        (bad + good).ln()
    }

    fn bad_share(&self, skipped: &Adrift, columns: &[Vec<f64>], outside: &[f64], all: LogProb) -> Prob {
        let parts = self.table.parts.iter().zip(columns);
        let terms = parts.flat_map(|((_, part), column)| {
            let bad = part.ln(&skipped.trials);
            column.iter().zip(outside).enumerate().map(move |(g, (column, outside))| {
                let share = skipped.bad[g].ln().ln() + bad - self.mixed(skipped, g, part);
                LogProb::from_ln(column + outside + share)
            })
        });
        LogProb::from_ln(sum(terms).ln() - all.ln()).exp()
    }
}

fn sum(terms: impl Iterator<Item = LogProb>) -> LogProb {
    LogProb::ln_sum_exp(&terms.collect::<Vec<_>>())
}

/// P(point `i` has the bug), one a gap: the mass of the gaps at or before it.
///
/// ```
/// use bisectstat::model::culprit::p_bad;
/// use bisectstat::prob::Prob;
///
/// let bad = p_bad(&[0.25, 0.75].map(Prob::saturating));
/// assert_eq!(bad.iter().map(|p| p.value()).collect::<Vec<_>>(), [0.25, 1.0]);
/// ```
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
///
/// ```
/// use bisectstat::model::culprit::credible_set;
/// use bisectstat::prob::Prob;
///
/// let gaps = [0.1, 0.6, 0.3].map(Prob::saturating);
/// assert_eq!(credible_set(&gaps, Prob::saturating(0.8)).0, [1, 2]);
/// ```
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
    use crate::model::behaviour::RatePrior;
    use crate::model::beta_binomial::BetaPrior;

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
        let table = RateTable::new(&RatePrior::default(), BetaPrior::LEAK, 0, &[]);
        let nothing = ChangePoint { trials: &[], places: Places::Line, prior: &[], adrift: &[], table: &table };
        assert_eq!(nothing.solve(), None);
    }
}
