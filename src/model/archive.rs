//! The prior of an archive: what its bisections say of bugs, learned by expectation maximisation.
//!
//! Seven mixtures are weighed: the behaviours of the reported bugs, the backgrounds of revisions without them, the scales of
//! culprits' ages, whether a bug is older than all releases that were walked, the ways in which titles mix, the kinship of
//! titles, and the rates of other bugs. How titles mix is learned from bisections with two titles or more. A round computes each bisection's posterior weights under the
//! prior so far and adds them up (E), then sets `w_j ∝ n w0_j + sum_j` (M), where `w0` are the weights before anything was
//! learned and `n` = `SMOOTHING` is how many bisections they count for: a Dirichlet prior on the weights (Dempster, Laird
//! & Rubin 1977). Only sums enter, so the sums of shards that started from one prior add up to those of one run.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::behaviour::{Behaviour, RatePrior};
use super::beta_binomial::BetaPrior;
use super::bug::ReportedBug;
use super::foreign::ForeignPrior;
use super::labels::{LabelPrior, Labelling};
use super::likeness::KinPrior;
use super::prior::{AgePrior, OlderPrior};
use super::rate::RateGrid;
use crate::prob::Prob;

/// How many bisections the weights before learning count for.
pub(crate) const SMOOTHING: f64 = 10.0;
/// The version of the file.
pub const VERSION: u32 = 3;
/// Shares are rounded to multiples of 2^-32: sums of them up to 2^21 are exact in double precision.
const UNITS: f64 = 4_294_967_296.0;
const LARGEST: f64 = 2_097_152.0;

/// A mixture: its parts, their weights before learning, at the start of the round, and what the round added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mixture<P> {
    /// What is mixed.
    pub parts: Vec<P>,
    /// `w0`; sums to one.
    pub prior: Vec<f64>,
    /// The weights of the E step; sums to one.
    pub start: Vec<f64>,
    /// Posterior weights, added up over bisections.
    pub sums: Vec<f64>,
}

/// A rate's prior, by mean and weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePart {
    /// In (0, 1).
    pub mu: f64,
    /// Above 0.
    pub kappa: f64,
}

/// A prior learned from an archive, with the sums that it was learned from.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchivePrior {
    /// [`VERSION`].
    #[doc(hidden)]
    pub version: u32,
    /// What to call it.
    pub name: String,
    /// Bisections behind the sums.
    pub bisections: u64,
    /// How reported bugs behave.
    #[doc(hidden)]
    pub rates: Mixture<Behaviour>,
    /// How revisions without the bug fail.
    #[doc(hidden)]
    pub backgrounds: Mixture<Behaviour>,
    /// Scales of culprits' ages, in commits.
    #[doc(hidden)]
    pub ages: Mixture<f64>,
    /// Whether the bug is older than the oldest release (true) or not, by the releases that were walked: one, two, and so
    /// on; the last for all that walked more.
    #[doc(hidden)]
    pub older: Vec<Mixture<bool>>,
    /// How titles mix.
    #[doc(hidden)]
    pub labels: Mixture<Labelling>,
    /// Factors on the odds that titles are kin, for titles that show at the origin.
    #[doc(hidden)]
    pub kin_at_origin: Mixture<f64>,
    /// The same for the others.
    #[doc(hidden)]
    pub kin_elsewhere: Mixture<f64>,
    /// Rates of other bugs.
    #[doc(hidden)]
    pub foreign: Mixture<RatePart>,
}

/// Why priors cannot be read or merged.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not the JSON of a prior.
    #[doc(hidden)]
    #[error("{0}")]
    Json(serde_json::Error),
    /// Of another model.
    #[doc(hidden)]
    #[error("found a prior of version {0}, expected version {VERSION}: fit again")]
    Version(u32),
    /// The lists of one mixture differ in length, or hold something that is no weight.
    #[doc(hidden)]
    #[error("found weights that are none in {0:?}, expected one number from 0 to 1 for each part, together 1")]
    Weights(&'static str),
    /// A rate that is no probability, or a weight that is none.
    #[doc(hidden)]
    #[error("found a rate that is not between 0 and 1, or a kappa that is not above 0 and at most 1e12")]
    Rates,
    /// A background that is judged by place.
    #[doc(hidden)]
    #[error("found a background that drifts, expected one that is uneven, repeating or constant")]
    Background,
    /// An age, an `alpha` or a factor that is out of its range.
    #[doc(hidden)]
    #[error("found a part of {0:?} that is not above 0 and at most 1e12")]
    Parts(&'static str),
    /// More bisections than can be added up exactly.
    #[doc(hidden)]
    #[error("found sums of more than {LARGEST} bisections, expected fewer: they could not be added up exactly")]
    Large,
    /// Shards of different rounds.
    #[doc(hidden)]
    #[error("found shards that started from different priors, expected one: only their sums add up")]
    Start,
}

impl<P: Clone + PartialEq> Mixture<P> {
    fn new(parts: Vec<P>, weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let prior: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        Self { sums: vec![0.0; parts.len()], parts, start: prior.clone(), prior }
    }

    /// The weights after the M step; those of the start while nothing was added up.
    #[must_use]
    pub fn weights(&self) -> Vec<f64> {
        let total: f64 = self.sums.iter().sum();
        if total <= 0.0 {
            return self.start.clone();
        }
        let learned =
            self.prior.iter().zip(&self.sums).map(|(prior, sum)| (SMOOTHING * prior + sum) / (SMOOTHING + total));
        learned.collect()
    }

    /// What was learned, with at most the share `most` for the parts that `holds` picks.
    fn bounded(&self, most: f64, holds: impl Fn(&P) -> bool) -> Vec<f64> {
        let mut weights = self.weights();
        let picked: Vec<bool> = self.parts.iter().map(holds).collect();
        let share: f64 = picked.iter().zip(&weights).filter(|(picked, _)| **picked).map(|(_, weight)| weight).sum();
        if share > most && share < 1.0 {
            for (weight, picked) in weights.iter_mut().zip(picked) {
                *weight *= if picked { most / share } else { (1.0 - most) / (1.0 - share) };
            }
        }
        weights
    }

    /// What was learned, without the parts that hardly weigh.
    fn sparse(&self, least: f64) -> Self {
        let kept = self.parts.iter().zip(self.weights()).filter(|(_, weight)| *weight >= least);
        let (parts, weights): (Vec<_>, Vec<_>) = kept.map(|(part, weight)| (part.clone(), weight)).unzip();
        if parts.is_empty() { self.clone() } else { Self::new(parts, &weights) }
    }

    /// The next round: starts from what was learned, with empty sums.
    fn next(&self) -> Self {
        Self { start: self.weights(), sums: vec![0.0; self.parts.len()], ..self.clone() }
    }

    /// Sums up to [`LARGEST`] are exact, whatever the order, so that shards add up to what one machine gets, to the last
    /// digit.
    fn add(&mut self, shares: impl IntoIterator<Item = f64>) {
        for (sum, share) in self.sums.iter_mut().zip(shares) {
            *sum += (share * UNITS).round() / UNITS;
        }
    }

    fn merge(&mut self, other: &Self) -> Result<(), ArchiveError> {
        if (&self.parts, &self.prior, &self.start) != (&other.parts, &other.prior, &other.start) {
            return Err(ArchiveError::Start);
        }
        self.add(other.sums.iter().copied());
        if self.sums.iter().any(|sum| *sum > LARGEST) { Err(ArchiveError::Large) } else { Ok(()) }
    }

    fn check(&self, name: &'static str) -> Result<(), ArchiveError> {
        const NEAR: f64 = 1e-6;
        let within = |list: &[f64], most: f64| {
            list.len() == self.parts.len() && list.iter().all(|weight| (0.0..=most).contains(weight))
        };
        let shares = |list: &[f64]| within(list, 1.0 + NEAR) && (list.iter().sum::<f64>() - 1.0).abs() < NEAR;
        let sound = shares(&self.prior) && shares(&self.start) && within(&self.sums, LARGEST);
        if sound { Ok(()) } else { Err(ArchiveError::Weights(name)) }
    }
}

fn rate_parts(grid: &RateGrid) -> (Vec<RatePart>, Vec<f64>) {
    let points = grid.points().iter().map(|(BetaPrior { a, b }, weight)| {
        let kappa = a + b;
        (RatePart { mu: a / kappa, kappa }, weight.exp().value())
    });
    points.unzip()
}

impl ArchivePrior {
    /// Before anything is learned.
    #[doc(hidden)]
    #[must_use]
    pub fn new(
        (rates, backgrounds): (&RatePrior, &RatePrior),
        (ages, older): (&AgePrior, &OlderPrior),
        labels: &LabelPrior,
        kin: &KinPrior,
        foreign: &ForeignPrior,
    ) -> Self {
        let pairs = |pairs: &[(f64, f64)]| -> Mixture<f64> {
            let (parts, weights): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            Mixture::new(parts, &weights)
        };
        let behaviours = |prior: &RatePrior| {
            let parts = prior.parts().iter().map(|(behaviour, weight)| (*behaviour, weight.exp().value()));
            let (parts, weights): (Vec<_>, Vec<f64>) = parts.unzip();
            Mixture::new(parts, &weights)
        };
        let (labellings, shares): (Vec<_>, Vec<_>) = labels.parts.iter().copied().unzip();
        let (others, other_weights) = rate_parts(&foreign.grid);
        let older = older.by_releases().iter().map(|p| Mixture::new(vec![true, false], &[*p, 1.0 - p]));
        Self {
            version: VERSION,
            name: String::new(),
            bisections: 0,
            rates: behaviours(rates),
            backgrounds: behaviours(backgrounds),
            ages: pairs(ages.scales()),
            older: older.collect(),
            labels: Mixture::new(labellings, &shares),
            kin_at_origin: pairs(&kin.at_origin),
            kin_elsewhere: pairs(&kin.elsewhere),
            foreign: Mixture::new(others, &other_weights),
        }
    }

    /// The prior that ships with the crate, of syzkaller's bisections; `None` only if its file is not of this version.
    ///
    /// ```
    /// use bisectstat::model::archive::ArchivePrior;
    ///
    /// let prior = ArchivePrior::shipped().expect("it is part of the crate");
    /// assert!(prior.bisections > 100);
    /// let rates = prior.rate_prior();
    /// assert!((rates.parts().iter().map(|(_, weight)| weight.exp().value()).sum::<f64>() - 1.0).abs() < 1e-6);
    /// ```
    #[doc(hidden)]
    #[must_use]
    pub fn shipped() -> Option<&'static Self> {
        static SHIPPED: LazyLock<Option<ArchivePrior>> =
            LazyLock::new(|| ArchivePrior::parse(include_str!("prior.json")).ok());
        SHIPPED.as_ref()
    }

    /// Reads a prior's file.
    ///
    /// # Errors
    /// [`ArchiveError`] when it is no prior, or one of another version.
    ///
    /// ```
    /// use bisectstat::model::archive::ArchivePrior;
    ///
    /// let written = serde_json::to_string(ArchivePrior::shipped().expect("it is part of the crate"))?;
    /// assert!(ArchivePrior::parse(&written).is_ok());
    /// assert!(ArchivePrior::parse("{}").is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ArchiveError> {
        let prior: Self = serde_json::from_str(text).map_err(ArchiveError::Json)?;
        if prior.version != VERSION {
            return Err(ArchiveError::Version(prior.version));
        }
        prior.rates.check("rates")?;
        prior.backgrounds.check("backgrounds")?;
        prior.ages.check("ages")?;
        prior.older.iter().try_for_each(|older| older.check("older"))?;
        prior.labels.check("labels")?;
        prior.kin_at_origin.check("kin_at_origin")?;
        prior.kin_elsewhere.check("kin_elsewhere")?;
        prior.foreign.check("foreign")?;
        let sound = |part: &RatePart| Behaviour::Uneven { mu: part.mu, kappa: part.kappa }.is_sound();
        let mut behaviours = prior.rates.parts.iter().chain(&prior.backgrounds.parts);
        if !behaviours.all(Behaviour::is_sound) || !prior.foreign.parts.iter().all(sound) {
            return Err(ArchiveError::Rates);
        }
        if prior.backgrounds.parts.iter().any(|part| matches!(part, Behaviour::Drifting { .. })) {
            return Err(ArchiveError::Background);
        }
        let above_zero = |part: &f64| *part > 0.0 && *part <= 1e12;
        let alpha = |part: &Labelling| match part {
            Labelling::Mixed { alpha } => above_zero(alpha),
            Labelling::Renamed | Labelling::Steady => true,
        };
        let parts = [
            ("ages", prior.ages.parts.iter().all(above_zero)),
            ("labels", prior.labels.parts.iter().all(alpha)),
            ("kin_at_origin", prior.kin_at_origin.parts.iter().all(above_zero)),
            ("kin_elsewhere", prior.kin_elsewhere.parts.iter().all(above_zero)),
        ];
        match parts.into_iter().find(|(_, sound)| !sound) {
            Some((name, _)) => Err(ArchiveError::Parts(name)),
            None => Ok(prior),
        }
    }

    /// The same to judge by: backgrounds and rates of other bugs that weigh less than a thousandth are left out, which is
    /// most of them. The behaviours all stay: a bug of a kind that an archive hardly knows is judged too surely without
    /// its own. What it is learned from is gone, too.
    #[must_use]
    pub(crate) fn sparse(&self) -> Self {
        const LEAST: f64 = 1e-3;
        Self { backgrounds: self.backgrounds.sparse(LEAST), foreign: self.foreign.sparse(LEAST), ..self.clone() }
    }

    /// The next round.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            bisections: 0,
            rates: self.rates.next(),
            backgrounds: self.backgrounds.next(),
            ages: self.ages.next(),
            older: self.older.iter().map(Mixture::next).collect(),
            labels: self.labels.next(),
            kin_at_origin: self.kin_at_origin.next(),
            kin_elsewhere: self.kin_elsewhere.next(),
            foreign: self.foreign.next(),
            ..self.clone()
        }
    }

    /// Adds what one bisection says; `ages` as [`AgePrior::responsibilities`] has them, `releases` is how many were walked
    /// where that tells how old the bug may be.
    #[doc(hidden)]
    pub fn add(&mut self, bug: &ReportedBug, ages: impl IntoIterator<Item = f64>, releases: Option<usize>) {
        self.bisections += 1;
        let values = |probs: &[Prob]| probs.iter().map(|p| p.value()).collect::<Vec<_>>();
        self.rates.add(values(&bug.culprit.rates));
        self.backgrounds.add(values(&bug.culprit.backgrounds));
        self.ages.add(ages);
        let older = bug.culprit.gaps.first().copied().unwrap_or(Prob::ZERO);
        let walked = releases.and_then(|releases| releases.checked_sub(1)).zip(self.older.len().checked_sub(1));
        if let Some((releases, last)) = walked {
            self.older[releases.min(last)].add([older.value(), older.complement().value()]);
        }
        if bug.same_bug.len() > 1 {
            self.labels.add(values(&bug.labellings));
            self.kin_at_origin.add(values(&bug.kin_at_origin));
            self.kin_elsewhere.add(values(&bug.kin_elsewhere));
        }
        self.foreign.add(bug.foreign.iter().copied());
    }

    /// Adds the sums of another shard of the same round.
    ///
    /// # Errors
    /// [`ArchiveError::Start`] when the other started from another prior.
    #[doc(hidden)]
    pub fn merge(&mut self, other: &Self) -> Result<(), ArchiveError> {
        self.rates.merge(&other.rates)?;
        self.backgrounds.merge(&other.backgrounds)?;
        self.ages.merge(&other.ages)?;
        if self.older.len() != other.older.len() {
            return Err(ArchiveError::Start);
        }
        self.older.iter_mut().zip(&other.older).try_for_each(|(ours, theirs)| ours.merge(theirs))?;
        self.labels.merge(&other.labels)?;
        self.kin_at_origin.merge(&other.kin_at_origin)?;
        self.kin_elsewhere.merge(&other.kin_elsewhere)?;
        self.foreign.merge(&other.foreign)?;
        self.bisections += other.bisections;
        Ok(())
    }

    /// How reported bugs behave. How many of them repeat themselves is learned up to a bound: a revision is mostly tested once,
    /// and then runs that repeat each other look like a rate of its own.
    #[doc(hidden)]
    #[must_use]
    pub fn rate_prior(&self) -> RatePrior {
        /// Chosen on labelled bisections; unbounded, four in five.
        const REPEATING: f64 = 0.08;
        let weights = self.rates.bounded(REPEATING, |part| matches!(part, Behaviour::Repeating { .. }));
        RatePrior::new(&self.rates.parts.iter().copied().zip(weights).collect::<Vec<_>>())
    }

    /// How revisions without the bug fail.
    #[must_use]
    pub(crate) fn background_prior(&self) -> RatePrior {
        let parts = self.backgrounds.parts.iter().copied().zip(self.backgrounds.weights());
        RatePrior::new(&parts.collect::<Vec<_>>())
    }

    /// Whether bugs are older than the releases that were walked; never less than what chance leaves of the learned shares.
    #[must_use]
    pub(crate) fn older_prior(&self) -> OlderPrior {
        /// Of simulated bisections that end with a good release, one in forty has an older bug (`tests/judge`).
        const LEAST: f64 = 0.02;
        OlderPrior::new(&self.older.iter().map(|older| older.weights()[0].max(LEAST)).collect::<Vec<_>>())
    }

    /// The ages of culprits.
    #[must_use]
    pub(crate) fn age_prior(&self) -> AgePrior {
        let pairs = self.ages.parts.iter().copied().zip(self.ages.weights());
        AgePrior::new(&pairs.collect::<Vec<_>>())
    }

    /// How titles mix. How many bugs are renamed is learned up to a bound, for the reason given at [`Self::foreign_prior`].
    #[must_use]
    pub(crate) fn label_prior(&self) -> LabelPrior {
        /// Chosen on labelled bisections; unbounded, three in four.
        const RENAMED: f64 = 0.3;
        let weights = self.labels.bounded(RENAMED, |part| *part == Labelling::Renamed);
        let parts = self.labels.parts.iter().copied().zip(weights).collect();
        LabelPrior { parts, ..LabelPrior::default() }
    }

    /// How far titles are kin. That those which do not show at the origin are closer than they look is learned up to a bound,
    /// for the same reason.
    #[must_use]
    pub(crate) fn kin_prior(&self) -> KinPrior {
        /// Chosen on labelled bisections; unbounded, two in five.
        const CLOSER: f64 = 0.05;
        let pairs = |kin: &Mixture<f64>, weights: Vec<f64>| kin.parts.iter().copied().zip(weights).collect();
        let elsewhere = self.kin_elsewhere.bounded(CLOSER, |factor| *factor > 1.0);
        KinPrior {
            at_origin: pairs(&self.kin_at_origin, self.kin_at_origin.weights()),
            elsewhere: pairs(&self.kin_elsewhere, elsewhere),
        }
    }

    /// The other bugs. How many of them crash in most runs is learned up to a bound: runs cannot tell a bug whose title changed
    /// from another one that took its place.
    #[must_use]
    pub(crate) fn foreign_prior(&self) -> ForeignPrior {
        /// Chosen on labelled bisections; unbounded, a third.
        const FREQUENT: f64 = 0.08;
        let weights = self.foreign.bounded(FREQUENT, |part| part.mu > 0.5);
        let points = self.foreign.parts.iter().zip(weights).map(|(part, weight)| (part.mu, part.kappa, weight));
        ForeignPrior { grid: RateGrid::new(&points.collect::<Vec<_>>()), ..ForeignPrior::default() }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn mixture() -> Mixture<f64> {
        Mixture::new(vec![1.0, 2.0], &[3.0, 1.0])
    }

    /// One observation whose likelihoods are 2 : 1. The maximum of `(n w0 + counts)` is found by hand: with hard
    /// evidence the sums are counts, and the weights their smoothed share.
    #[test]
    fn the_m_step_is_the_smoothed_share() {
        let mut mixture = mixture();
        assert_eq!(mixture.weights(), [0.75, 0.25]);
        mixture.add([30.0, 60.0]);
        let expected = [(7.5 + 30.0) / 100.0, (2.5 + 60.0) / 100.0];
        assert!(mixture.weights().iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12));
        assert_eq!(mixture.next().start, mixture.weights());
        assert_eq!(mixture.next().sums, [0.0, 0.0]);
    }

    /// Rounds converge to the closed form: evidence that is the same for all parts leaves the smoothed start in place;
    /// decisive evidence gives the counts.
    #[test]
    fn rounds_converge_to_the_closed_form() {
        // Each bisection has likelihoods (1, 0) or (0, 1): 40 of the first, 10 of the second.
        let mut mixture = mixture();
        for _ in 0..5 {
            mixture = mixture.next();
            mixture.add([40.0, 10.0]);
        }
        let expected = (7.5 + 40.0) / 60.0;
        assert!((mixture.weights()[0] - expected).abs() < 1e-12);
        // Likelihoods (1, 1): the posterior is the start itself.
        let mut mixture = self::mixture();
        for _ in 0..200 {
            mixture = mixture.next();
            let shares: Vec<f64> = mixture.start.iter().map(|weight| 50.0 * weight).collect();
            mixture.add(shares);
        }
        assert!((mixture.weights()[0] - 0.75).abs() < 1e-9);
    }

    #[test]
    fn shards_add_up_only_within_a_round() {
        let (mut first, mut second) = (mixture(), mixture());
        first.add([1.0, 2.0]);
        second.add([3.0, 4.0]);
        let other = first.next();
        first.merge(&second).unwrap();
        assert_eq!(first.sums, [4.0, 6.0]);
        assert!(first.merge(&other).is_err());
    }

    /// However an archive is cut, its shards written and read and put together: the sums are those of one machine.
    #[test]
    fn sums_do_not_depend_on_the_cut() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..64 {
            let count = random.random_range(1..200u32);
            let rows: Vec<[f64; 2]> = (0..count).map(|_| [random.random(), random.random::<f64>().powi(9)]).collect();
            let mut whole = mixture();
            for row in &rows {
                whole.add(*row);
            }
            let mut shards = vec![mixture(); random.random_range(1..9)];
            for row in &rows {
                let shard = random.random_range(0..shards.len());
                shards[shard].add(*row);
            }
            let mut merged = mixture();
            while !shards.is_empty() {
                let shard = shards.swap_remove(random.random_range(0..shards.len()));
                let text = serde_json::to_string(&shard).unwrap();
                merged.merge(&serde_json::from_str(&text).unwrap()).unwrap();
            }
            assert_eq!(whole, merged);
        }
    }

    /// Nobody is told that nothing crashed for a prior that says nothing.
    #[test]
    fn a_prior_that_cannot_be_is_refused() {
        let shipped = serde_json::to_value(ArchivePrior::shipped().unwrap()).unwrap();
        let refused = |at: &str, to: serde_json::Value| {
            let mut hostile = shipped.clone();
            *hostile.pointer_mut(at).unwrap() = to;
            ArchivePrior::parse(&hostile.to_string()).map(|_| ()).expect_err(at).to_string()
        };
        let zeros = |name: &str| serde_json::json!(vec![0.0; shipped[name]["prior"].as_array().unwrap().len()]);
        for name in ["rates", "backgrounds", "ages", "labels", "kin_at_origin", "kin_elsewhere", "foreign"] {
            for weights in ["prior", "start"] {
                for to in [serde_json::json!(1e308), serde_json::json!(-0.1), serde_json::json!(0.7)] {
                    let said = refused(&format!("/{name}/{weights}/0"), to);
                    assert!(said.starts_with(&format!("found weights that are none in {name:?}")), "{said}");
                }
                refused(&format!("/{name}/{weights}"), zeros(name));
            }
            refused(&format!("/{name}/sums/0"), serde_json::json!(1e308));
        }
        for to in [0.0, -1.0, 1e300] {
            assert!(refused("/ages/parts/0", to.into()).contains("\"ages\""), "{to}");
            assert!(refused("/kin_elsewhere/parts/0", to.into()).contains("\"kin_elsewhere\""), "{to}");
            assert!(refused("/foreign/parts/0/kappa", to.into()).contains("kappa"), "{to}");
        }
        let mixed =
            ArchivePrior::shipped().unwrap().labels.parts.iter().position(|p| matches!(p, Labelling::Mixed { .. }));
        let said = refused(&format!("/labels/parts/{}/alpha", mixed.unwrap()), serde_json::json!(-1.0));
        assert!(said.contains("\"labels\""), "{said}");
    }

    #[test]
    fn files_come_back_and_others_are_refused() {
        let prior = ArchivePrior::new(
            (&RatePrior::default(), &RatePrior::background()),
            (&AgePrior::default(), &OlderPrior::default()),
            &LabelPrior::default(),
            &KinPrior::default(),
            &ForeignPrior::default(),
        );
        let text = serde_json::to_string(&prior).unwrap();
        assert_eq!(ArchivePrior::parse(&text).unwrap().ages, prior.ages);
        let other = text.replacen("\"version\":3", "\"version\":9", 1);
        assert!(matches!(ArchivePrior::parse(&other), Err(ArchiveError::Version(9))));
        let unsound = text.replacen("\"kappa\":1.0", "\"kappa\":-1.0", 1);
        assert!(matches!(ArchivePrior::parse(&unsound), Err(ArchiveError::Rates)));
        assert!(ArchivePrior::shipped().is_some());
        assert!(matches!(ArchivePrior::parse("{}"), Err(ArchiveError::Json(_))));
    }
}
