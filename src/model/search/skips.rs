//! Revisions that cannot be built or tested.
//!
//! What cannot be built lies together: between a revision that cannot and the next one that can there is one edge, as likely
//! in one place as in another, so that a revision at the share `d / D` of the way can be built with that probability. The
//! product of this and what its runs would tell is largest somewhere between: the edge is found by halving, not by walking.
//! Among `k` in a row that cannot be built, the next can with `1 / (k + 2)` (Laplace's rule of succession).

use crate::prob::to_f64;

use super::Search;
use super::places::Revision;

/// Whether a revision can be tested, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Can,
    Cannot,
}

impl Search {
    /// The revisions that cannot be built or tested are these: they are not chosen, and those about them less. What was
    /// excluded before is forgotten.
    pub fn exclude(&mut self, revisions: impl IntoIterator<Item = Revision>) {
        let last = self.places.last();
        self.excluded = revisions.into_iter().filter(|revision| *revision <= last).collect();
    }

    pub(super) fn is_excluded(&self, revision: Revision) -> bool {
        self.excluded.contains(&revision)
    }

    /// The chance that a visit of this revision tells anything.
    pub(super) fn telling(&self, revision: Revision) -> f64 {
        if self.excluded.is_empty() {
            return 1.0;
        }
        if self.is_excluded(revision) {
            return 0.0;
        }
        if self.at(revision).is_some() { 1.0 } else { self.can_be_built(revision) }
    }

    /// What is known about a revision on this side of it.
    fn neighbour(&self, revision: Revision, newer: bool) -> Option<(Revision, Known)> {
        let nearest = |mut cannot: Option<&Revision>, can: Option<&Revision>| {
            cannot = cannot.filter(|cannot| can.is_none_or(|can| cannot.abs_diff(revision) <= can.abs_diff(revision)));
            cannot.map(|at| (*at, Known::Cannot)).or(can.map(|at| (*at, Known::Can)))
        };
        if newer {
            let can = self.points.range(revision + 1..).map(|(at, _)| at).find(|at| !self.is_excluded(**at));
            nearest(self.excluded.range(revision + 1..).next(), can)
        } else {
            let can = self.points.range(..revision).rev().map(|(at, _)| at).find(|at| !self.is_excluded(**at));
            nearest(self.excluded.range(..revision).next_back(), can)
        }
    }

    /// P(a revision can be built), by those about it.
    fn can_be_built(&self, revision: Revision) -> f64 {
        const UNKNOWN: f64 = 0.5;
        let (before, after) = (self.neighbour(revision, false), self.neighbour(revision, true));
        match (before, after) {
            (Some((_, Known::Can)) | None, Some((_, Known::Can)) | None) => 1.0,
            (Some((from, one)), Some((to, other))) if one != other => {
                let share = to_f64(revision - from) / to_f64((to - from).max(1));
                if one == Known::Cannot { share } else { 1.0 - share }
            }
            (Some(_), Some(_)) => 1.0 / (to_f64(self.in_a_row(revision)) + 2.0),
            _ => UNKNOWN,
        }
    }

    /// How many revisions around this one cannot be built, without one that can between them.
    fn in_a_row(&self, revision: Revision) -> u64 {
        let can = |newer| {
            let mut at = revision;
            while let Some((next, known)) = self.neighbour(at, newer) {
                at = next;
                if known == Known::Can {
                    return Some(at);
                }
            }
            None
        };
        let (from, to) = (can(false).unwrap_or(0), can(true).unwrap_or(Revision::MAX));
        self.excluded.range(from..=to).count() as u64
    }

    /// Revisions between one that cannot be built and the next that can.
    pub(super) fn edges(&self) -> Vec<Revision> {
        const EIGHTHS: [u64; 5] = [2, 4, 5, 6, 7];
        let mut edges = Vec::new();
        for cannot in &self.excluded {
            for newer in [false, true] {
                if let Some((can, Known::Can)) = self.neighbour(*cannot, newer) {
                    let far = can.abs_diff(*cannot);
                    let at = |eighths: u64| far * eighths / 8;
                    edges
                        .extend(EIGHTHS.map(|eighths| if newer { cannot + at(eighths) } else { cannot - at(eighths) }));
                }
            }
        }
        edges
    }
}
