//! Probabilities, log-probabilities, intervals and estimates: the vocabulary of every later stage.

#[doc(hidden)]
pub mod json;

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts of runs, commits and bisections stay far below 2^53")]
pub(crate) fn to_f64(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// A probability in `[0, 1]`. Never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Prob(f64);

/// Why a number is no probability.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is no probability: expected a number from 0 to 1")]
pub struct NotAProbability(#[doc(hidden)] pub f64);

impl Prob {
    /// Impossible.
    pub const ZERO: Self = Self(0.0);
    /// Certain.
    pub const ONE: Self = Self(1.0);

    /// Checks that `value` lies in `[0, 1]`.
    ///
    /// # Errors
    /// [`NotAProbability`] for anything else, NaN included.
    ///
    /// ```
    /// use bisectstat::prob::Prob;
    ///
    /// assert_eq!(Prob::new(0.3)?.complement().value(), 0.7);
    /// assert!(Prob::new(1.01).is_err());
    /// # Ok::<(), bisectstat::prob::NotAProbability>(())
    /// ```
    pub fn new(value: f64) -> Result<Self, NotAProbability> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(NotAProbability(value)) }
    }

    /// The nearest probability to a computed value: sums of floating-point numbers leave `[0, 1]` by an ulp.
    /// NaN becomes 0, and zero has no sign.
    #[must_use]
    pub fn saturating(value: f64) -> Self {
        Self(value.clamp(0.0, 1.0).max(0.0) + 0.0)
    }

    /// The number, in `[0, 1]`.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The probability of the opposite, `1 - p`.
    #[must_use]
    pub fn complement(self) -> Self {
        Self::saturating(1.0 - self.0)
    }

    /// The natural logarithm.
    #[doc(hidden)]
    #[must_use]
    pub fn ln(self) -> LogProb {
        LogProb(self.0.ln())
    }
}

impl Serialize for Prob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

/// The natural logarithm of a probability (or of a weight that is not normalised yet); `-inf` is impossible.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct LogProb(f64);

impl LogProb {
    /// Impossible.
    pub const ZERO: Self = Self(f64::NEG_INFINITY);
    /// Certain.
    pub const ONE: Self = Self(0.0);

    /// A logarithm as computed elsewhere.
    #[must_use]
    pub const fn from_ln(ln: f64) -> Self {
        Self(ln)
    }

    /// The logarithm itself.
    #[must_use]
    pub const fn ln(self) -> f64 {
        self.0
    }

    /// Back to a probability; values above 0 saturate at 1.
    #[must_use]
    pub fn exp(self) -> Prob {
        Prob::saturating(self.0.exp())
    }

    /// The logarithm of the sum of weights, stable where all of them underflow. Empty sums are [`LogProb::ZERO`].
    #[must_use]
    pub fn ln_sum_exp(terms: &[Self]) -> Self {
        let max = terms.iter().fold(f64::NEG_INFINITY, |max, term| max.max(term.0));
        if max == f64::NEG_INFINITY {
            return Self::ZERO;
        }
        let sum: f64 = terms.iter().map(|term| (term.0 - max).exp()).sum();
        Self(max + sum.ln())
    }

    /// Weights scaled to sum to one, within 1e-12 for as many as a million. All zero when no weight is possible.
    ///
    /// ```
    /// use bisectstat::prob::LogProb;
    ///
    /// // Far below what a double can hold, and still one to three.
    /// let shares = LogProb::normalize(&[LogProb::from_ln(-1000.0), LogProb::from_ln(-1000.0 + 3f64.ln())]);
    /// assert!((shares[1].value() - 0.75).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn normalize(weights: &[Self]) -> Vec<Prob> {
        let max = weights.iter().fold(f64::NEG_INFINITY, |max, weight| max.max(weight.0));
        let shift = if max == f64::NEG_INFINITY { 0.0 } else { max };
        let scaled: Vec<f64> = weights.iter().map(|weight| (weight.0 - shift).exp()).collect();
        let total: f64 = scaled.iter().sum();
        scaled.into_iter().map(|weight| Prob::saturating(weight / total)).collect()
    }
}

impl std::ops::Add for LogProb {
    type Output = Self;

    /// The product of the probabilities.
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for LogProb {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::ONE, |sum, term| sum + term)
    }
}

/// How the ends of an interval were chosen.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalKind {
    /// The same mass is left out on both sides.
    EqualTailed,
}

/// An interval of probabilities that holds `level` of the posterior mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, in `[0, high]`.
    pub low: Prob,
    /// Upper end, in `[low, 1]`.
    pub high: Prob,
    /// Posterior mass inside, for example 0.95.
    pub level: Prob,
    /// How the ends were chosen.
    #[doc(hidden)]
    pub kind: IntervalKind,
}

/// A point with its interval: never a bare number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The posterior mean.
    pub mean: Prob,
    /// Where the value lies with `interval.level`.
    pub interval: Interval,
}

/// `{"mean", "low", "high"}`.
impl Serialize for Estimate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Estimate", 3)?;
        fields.serialize_field("mean", &self.mean)?;
        fields.serialize_field("low", &self.interval.low)?;
        fields.serialize_field("high", &self.interval.high)?;
        fields.end()
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interval { low, high, .. } = self.interval;
        write!(f, "{:.2}, {:.2} to {:.2}", self.mean.0, low.0, high.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_from_zero_to_one_are_probabilities() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Prob::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Prob::new(0.25).unwrap().complement(), Prob(0.75));
        assert_eq!(Prob::saturating(f64::NAN), Prob::ZERO);
        assert_eq!(Prob::saturating(1.0 + 1e-12), Prob::ONE);
    }

    #[test]
    fn zero_has_no_sign() {
        let zeros = [Prob::saturating(-0.0), Prob::new(-0.0).unwrap(), Prob::ONE.complement(), Prob::saturating(-1.0)];
        assert!(zeros.iter().all(|zero| zero.value().is_sign_positive()), "{zeros:?}");
    }

    #[test]
    fn shares_sum_to_one_however_many_they_are() {
        for n in [1, 3, 1000, 1_000_000] {
            let weights: Vec<_> = (0..n).map(|i| LogProb::from_ln(-0.1 * f64::from(i % 700))).collect();
            let total: f64 = LogProb::normalize(&weights).iter().map(|share| share.value()).sum();
            assert!((total - 1.0).abs() < 1e-12, "{n}: {total}");
        }
    }

    #[test]
    fn log_sums_survive_underflow() {
        let tiny = LogProb::from_ln(-2000.0);
        assert_eq!(LogProb::ln_sum_exp(&[tiny, tiny]), LogProb(-2000.0 + 2f64.ln()));
        assert_eq!(LogProb::ln_sum_exp(&[]), LogProb::ZERO);
        assert_eq!(LogProb::ln_sum_exp(&[LogProb::ZERO]), LogProb::ZERO);
        let shares = LogProb::normalize(&[tiny, tiny, LogProb::ZERO]);
        assert_eq!(shares, [Prob::saturating(0.5), Prob::saturating(0.5), Prob::ZERO]);
    }
}
