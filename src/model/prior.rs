//! How old a culprit is, before any run is seen.
//!
//! A bug is older and older with less and less probability: `P(age > a)` is the mean of `c / (a + c)` over the scales
//! `c` in {30, 300, 3000, 30000}, where `a` counts commits back from the revision on which the crash was reported. One
//! scale alone fails where histories are shorter or longer than it.

use crate::prob::Prob;

/// The prior over ages.
///
/// Where a person gave the good end, age says little: see [`Self::between_ends`].
#[derive(Clone, Debug, PartialEq)]
pub struct AgePrior {
    /// None: in proportion to commits.
    scales: Vec<(f64, f64)>,
    /// Without scales, what lies beyond.
    outside: f64,
}

impl AgePrior {
    /// Scales in commits (above 0) with their weights (summing to one).
    #[must_use]
    pub fn new(scales: &[(f64, f64)]) -> Self {
        Self { scales: scales.to_vec(), outside: 0.0 }
    }

    /// Any commit between two ends that somebody chose is as likely as another; with `outside` the change is beyond.
    #[must_use]
    pub const fn between_ends(outside: f64) -> Self {
        Self { scales: Vec::new(), outside }
    }

    /// `P(age > a)`, 1 at `a = 0`.
    #[must_use]
    pub(crate) fn survival(&self, age: f64) -> Prob {
        Prob::saturating(self.scales.iter().map(|(scale, weight)| weight * scale / (age + scale)).sum())
    }

    /// The scales with their weights.
    #[must_use]
    pub(crate) fn scales(&self) -> &[(f64, f64)] {
        &self.scales
    }

    /// What gap masses say of the scales: each scale's share of each gap's prior, weighted by the gap's posterior. `sizes`
    /// as for [`Self::masses`], `posterior` one mass a gap and one for everything beyond.
    #[must_use]
    pub(crate) fn responsibilities(&self, sizes: &[f64], posterior: &[Prob]) -> Vec<f64> {
        let alone: Vec<_> = self.scales.iter().map(|(scale, _)| Self::new(&[(*scale, 1.0)]).masses(sizes)).collect();
        let mut shares = vec![0.0; self.scales.len()];
        for (gap, mass) in posterior.iter().enumerate() {
            let joint: Vec<f64> =
                self.scales.iter().zip(&alone).map(|((_, w), masses)| w * masses[gap].value()).collect();
            let total: f64 = joint.iter().sum();
            for (share, joint) in shares.iter_mut().zip(&joint).filter(|_| total > 0.0) {
                *share += mass.value() * joint / total;
            }
        }
        shares
    }

    /// The mass of each gap and, at the end, of everything beyond: `S(a1) - S(a2)`. `sizes` are the gaps' commits,
    /// beginning at age 0.
    ///
    /// ```
    /// use bisectstat::model::prior::AgePrior;
    ///
    /// // Ten commits, then ninety, then everything older.
    /// let masses = AgePrior::default().masses(&[10.0, 90.0]);
    /// assert_eq!(masses.len(), 3);
    /// assert!((masses.iter().map(|mass| mass.value()).sum::<f64>() - 1.0).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn masses(&self, sizes: &[f64]) -> Vec<Prob> {
        if self.scales.is_empty() {
            return self.shared_out(sizes);
        }
        let mut age = 0.0;
        let mut left = self.survival(age);
        let mut masses: Vec<_> = sizes
            .iter()
            .map(|size| {
                age += size;
                let after = self.survival(age);
                Prob::saturating(std::mem::replace(&mut left, after).value() - after.value())
            })
            .collect();
        masses.push(left);
        masses
    }

    /// P(the culprit comes after the `rank` newest of `all` commits).
    #[must_use]
    pub fn left(&self, rank: f64, all: f64) -> f64 {
        if self.scales.is_empty() {
            return 1.0 - (1.0 - self.outside) * rank / all.max(1.0);
        }
        self.survival(rank).value()
    }

    fn shared_out(&self, sizes: &[f64]) -> Vec<Prob> {
        let total: f64 = sizes.iter().sum();
        let beyond = if total > 0.0 { self.outside } else { 1.0 };
        let shares = sizes.iter().map(|size| Prob::saturating((1.0 - beyond) * size / total.max(1.0)));
        shares.chain([Prob::saturating(beyond)]).collect()
    }
}

impl Default for AgePrior {
    fn default() -> Self {
        Self::new(&[30.0, 300.0, 3000.0, 30000.0].map(|scale| (scale, 0.25)))
    }
}

/// P(the bug is older than the oldest release), before any run is seen, by the number of releases that were walked back. A
/// bisection walks on while releases crash: how many they are says more than how many commits they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct OlderPrior {
    by_releases: Vec<f64>,
}

impl OlderPrior {
    /// After one release, two, and so on; the last is for all longer walks.
    #[must_use]
    pub fn new(by_releases: &[f64]) -> Self {
        Self { by_releases: by_releases.to_vec() }
    }

    /// One probability a number of releases.
    #[must_use]
    pub(crate) fn by_releases(&self) -> &[f64] {
        &self.by_releases
    }

    /// After so many releases; `None` where none was walked.
    #[must_use]
    pub fn after(&self, releases: usize) -> Option<Prob> {
        let last = self.by_releases.len().checked_sub(1)?;
        Some(Prob::saturating(self.by_releases[releases.checked_sub(1)?.min(last)]))
    }
}

impl Default for OlderPrior {
    /// A guess for archives of which nothing is known.
    fn default() -> Self {
        Self::new(&[0.15, 0.12, 0.1, 0.1, 0.1, 0.1])
    }
}

/// P(a revision has the bug and cannot show it), by the number of releases that were walked back.
///
/// Runs cannot tell: a reproducer that needs what an older revision lacks passes there, though the bug is there. The further
/// a bisection walks, the more of what the reproducer needs is gone. The shares are those of 572 verdicts on releases and 2864
/// on candidates that labelled bisections of the Linux kernel contradict (`tests/judge/verdicts.py`), smoothed, and never
/// falling.
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenPrior {
    releases: Vec<f64>,
    candidates: Vec<f64>,
}

impl HiddenPrior {
    /// Every revision that has the bug can show it.
    #[must_use]
    pub const fn never() -> Self {
        Self { releases: Vec::new(), candidates: Vec::new() }
    }

    /// For a release, after so many of them; `None` where none was walked.
    #[must_use]
    pub(crate) fn of_release(&self, walked: usize) -> Option<Prob> {
        Self::after(&self.releases, walked)
    }

    /// For a candidate between the releases, if the older one is as good as its verdict says.
    #[must_use]
    pub(crate) fn of_candidate(&self, walked: usize) -> Option<Prob> {
        Self::after(&self.candidates, walked)
    }

    fn after(shares: &[f64], walked: usize) -> Option<Prob> {
        let last = shares.len().checked_sub(1)?;
        Some(Prob::saturating(shares[walked.checked_sub(1)?.min(last)]))
    }
}

impl Default for HiddenPrior {
    fn default() -> Self {
        Self {
            releases: vec![0.15, 0.43, 0.43, 0.49, 0.57, 0.72],
            candidates: vec![0.01, 0.01, 0.01, 0.05, 0.05, 0.07],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_sum_to_one_and_fall_with_age() {
        let masses = AgePrior::default().masses(&[100.0; 6]);
        assert_eq!(masses.len(), 7);
        let total: f64 = masses.iter().map(|mass| mass.value()).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert!(masses.windows(2).take(5).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn between_ends_commits_are_alike() {
        let masses: Vec<f64> = AgePrior::between_ends(0.05).masses(&[10.0, 30.0]).iter().map(|m| m.value()).collect();
        assert!(masses.iter().zip([0.2375, 0.7125, 0.05]).all(|(got, expected)| (got - expected).abs() < 1e-12));
        assert_eq!(AgePrior::between_ends(0.05).masses(&[]), [Prob::ONE]);
    }

    #[test]
    fn two_kernel_releases_leave_about_a_sixth() {
        let outside = AgePrior::default().masses(&[17_268.0, 17_268.0]).pop().unwrap();
        assert!((outside.value() - 0.14).abs() < 0.02, "{outside:?}");
    }
}
