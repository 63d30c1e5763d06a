//! One bug: which revisions have it, how often they crash, and under which title.

use crate::prob::Prob;

use super::dice::Dice;
use super::history::{Commit, Commits};
use super::scene::Scene;

/// A bug.
pub(super) struct Bug {
    pub(super) rates: Rates,
    pub(super) naming: Naming,
    /// The commit that brought it, unless it was always there.
    pub(super) from: Option<Commit>,
    /// The commit that fixed it.
    pub(super) to: Option<Commit>,
}

/// The crash probability of the revisions that have the bug.
pub(super) enum Rates {
    /// The same for all.
    Constant(Prob),
    /// One each, from `Beta(mean * weight, (1 - mean) * weight)`.
    Uneven { mean: Prob, weight: f64 },
    /// From one at the origin to another at the change, in proportion to the commits between.
    Drifting { origin: Prob, change: Prob },
}

/// The titles under which it crashes.
pub(super) enum Naming {
    /// Always the same.
    One(String),
    /// The first on the origin's side of a commit, the second on the other.
    Renamed { at: Commit, names: (String, String) },
    /// Now the one and now the other; the first with this probability.
    Mixed { first: Prob, names: (String, String) },
}

impl Bug {
    /// Whether this revision has it.
    pub(super) fn is_in(&self, revision: Commit, commits: &Commits) -> bool {
        self.from.is_none_or(|from| commits.contains(revision, from))
            && !self.to.is_some_and(|to| commits.contains(revision, to))
    }

    /// The title that the origin reports.
    pub(super) fn title(&self) -> &str {
        match &self.naming {
            Naming::One(title) => title,
            Naming::Renamed { names, .. } | Naming::Mixed { names, .. } => &names.0,
        }
    }

    /// The title of one crash at this revision.
    pub(super) fn draw_title(&self, revision: Commit, scene: &Scene, commits: &Commits, dice: &mut Dice) -> &str {
        match &self.naming {
            Naming::One(title) => title,
            Naming::Renamed { at, names } => {
                let as_at_origin = commits.contains(revision, *at) == commits.contains(scene.origin, *at);
                if as_at_origin { &names.0 } else { &names.1 }
            }
            Naming::Mixed { first, names } => {
                if dice.chance(*first) {
                    &names.0
                } else {
                    &names.1
                }
            }
        }
    }

    pub(super) fn urn(&self, revision: Commit, scene: &Scene) -> Urn {
        match self.rates {
            Rates::Constant(rate) => Urn::Constant(rate),
            Rates::Uneven { mean, weight } => {
                Urn::Learning { crash: mean.value() * weight, pass: mean.complement().value() * weight }
            }
            Rates::Drifting { origin, change } => {
                let rate = origin.value() + (change.value() - origin.value()) * scene.share_of_way(revision);
                Urn::Constant(Prob::saturating(rate))
            }
        }
    }
}

/// The runs of one bug at one revision. Drawing a rate from a Beta distribution and then runs with it is the same as an urn
/// in which each run adds to the weight of what it drew (Pólya), and the urn needs no function but a division.
pub(super) enum Urn {
    /// A rate that is known.
    Constant(Prob),
    /// A rate that only its runs tell.
    Learning { crash: f64, pass: f64 },
}

impl Urn {
    /// Whether the next run crashes.
    pub(super) fn crashes(&mut self, dice: &mut Dice) -> bool {
        match self {
            Self::Constant(rate) => dice.chance(*rate),
            Self::Learning { crash, pass } => {
                let crashes = dice.chance(Prob::saturating(*crash / (*crash + *pass)));
                *(if crashes { crash } else { pass }) += 1.0;
                crashes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten runs of `Beta(0.2, 0.8)`: mean 2; variance n p q (w + n) / (w + 1) = 8.8.
    #[test]
    fn the_urn_is_beta_binomial() {
        let mut dice = Dice::new(5, 1);
        let mut urns = (0..20_000).map(|_| Urn::Learning { crash: 0.2, pass: 0.8 });
        let counts: Vec<f64> = urns
            .by_ref()
            .map(|mut urn| f64::from((0..10).map(|_| u32::from(urn.crashes(&mut dice))).sum::<u32>()))
            .collect();
        let mean = counts.iter().sum::<f64>() / 20_000.0;
        let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / 20_000.0;
        assert!((mean - 2.0).abs() < 0.1, "{mean}");
        assert!((variance - 8.8).abs() < 0.3, "{variance}");
    }
}
