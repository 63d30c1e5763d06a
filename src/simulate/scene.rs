//! What lies where before the bisection begins: the origin, the true change, the releases or the newest revision.

use crate::evidence::Kind;

use super::Protocol;
use super::dice::Dice;
use super::history::Commit;

/// The origin of every history: more commits than any walk goes back.
const ORIGIN: Commit = 200_000;
/// Commits between two releases, about.
const RELEASE: u32 = 14_000;
/// No change is further from the origin.
const FURTHEST: u32 = 60_000;

/// The places of one bisection.
pub(super) struct Scene {
    pub(super) kind: Kind,
    pub(super) origin: Commit,
    /// The commit that brought the bug, or fixed it. A fix may be newer than `head`.
    pub(super) change: Commit,
    /// The newest revision of a fix bisection; the origin of others.
    pub(super) head: Commit,
    /// Releases that are tested, newest first.
    pub(super) releases: Vec<Release>,
    /// All releases among which they were picked.
    pub(super) offered: u32,
}

/// A release.
pub(super) struct Release {
    pub(super) commit: Commit,
    /// 0 is v5.0.
    number: u32,
}

impl Release {
    /// `6.1`
    pub(super) fn version(&self) -> String {
        match self.number.checked_sub(20) {
            Some(minor) => format!("6.{minor}"),
            None => format!("5.{}", self.number),
        }
    }
}

impl Scene {
    pub(super) fn draw(kind: Kind, protocol: Protocol, dice: &mut Dice) -> Self {
        let away = distance(dice);
        let mut scene = Self { kind, origin: ORIGIN, change: ORIGIN, head: ORIGIN, releases: Vec::new(), offered: 0 };
        match kind {
            Kind::Cause => {
                scene.change = ORIGIN + 1 - away;
                scene.draw_releases(protocol, dice);
            }
            Kind::Fix => {
                scene.change = ORIGIN + away;
                scene.draw_head(away, dice);
            }
        }
        scene
    }

    fn draw_releases(&mut self, protocol: Protocol, dice: &mut Dice) {
        let new = protocol == Protocol::SyzkallerNew;
        self.offered = if new { dice.range(3, 9) } else { dice.range(2, 5) };
        let newest = if new { dice.range(24, 32) } else { dice.range(8, 16) };
        let mut commit = self.origin - dice.range(1, RELEASE + 1);
        for i in 0..self.offered {
            let walked = !new || matches!(i, 0 | 1 | 2 | 4 | 6) || i + 1 == self.offered;
            self.releases.extend(walked.then_some(Release { commit, number: newest - i }));
            commit -= dice.range(RELEASE - 2000, RELEASE + 2001);
        }
    }

    /// The bisection is tried again every few weeks until the newest revision seems fixed; now and then it only seems so,
    /// or nobody waited.
    fn draw_head(&mut self, away: u32, dice: &mut Dice) {
        let too_early = dice.below(10) == 0 && away > 1;
        let reach = if too_early { dice.range(1, away) } else { away + dice.below(6000) };
        self.head = self.origin + reach;
    }

    /// A place that other bugs may begin or end at: on the way, or beyond the change.
    pub(super) fn elsewhere(&self, dice: &mut Dice) -> Commit {
        let away = distance(dice);
        match self.kind {
            Kind::Cause => self.origin + 1 - away,
            Kind::Fix => self.origin + away,
        }
    }

    /// 0 at the origin, 1 at the change and beyond it.
    pub(super) fn share_of_way(&self, revision: Commit) -> f64 {
        let all = f64::from(self.origin.abs_diff(self.change).max(1));
        (f64::from(self.origin.abs_diff(revision)) / all).min(1.0)
    }

    /// A place between the origin and the change.
    pub(super) fn on_the_way(&self, dice: &mut Dice) -> Commit {
        let (old, new) = (self.origin.min(self.change), self.origin.max(self.change));
        dice.range(old + 1, new + 1).min(new)
    }
}

/// Commits from the origin to a change, from 1: nearly uniform in the logarithm.
fn distance(dice: &mut Dice) -> u32 {
    dice.octaves(16).min(FURTHEST)
}
