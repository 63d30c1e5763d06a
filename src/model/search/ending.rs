//! When a search is over, and why.
//!
//! An answer of 95 % over many kinds of bugs can be one of 99 % for the easy ones and of 80 % for the others. So the likeliest
//! commit must hold twice: over all behaviours, and over the fifth of them (by their posterior weight) under which it is
//! least likely,
//!
//! `min P(c | runs, B) over all sets B of behaviours with P(B | runs) = 0.2`,
//!
//! the tail expectation of robust Bayesian analysis (Berger 1985, *Statistical Decision Theory and Bayesian Analysis*, 4.7;
//! Rockafellar & Uryasev 2000). Who asks for a floor looks at each single behaviour `b`,
//!
//! `min P(c | runs, b) over all b with P(b | runs) >= 0.002`.
//!
//! Behaviours that the runs have all but ruled out need not agree: to rule them out is what the runs beyond the target are for.

use super::places::Revision;
use super::{Hypothesis, Search};
use crate::prob::Prob;

/// Behaviours below this posterior weight are ruled out. Chosen on simulated searches (`docs/planning.md`).
pub const RULED_OUT: f64 = 0.002;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// The probability of one answer that is enough.
    pub target: Prob,
    /// The probability that it must have in the worst fifth of the behaviours.
    pub tail: Prob,
    /// The probability that it must have under each possible behaviour.
    pub floor: Prob,
}

impl Default for Stop {
    /// 0.95 of all, and 0.8 in the worst fifth.
    fn default() -> Self {
        Self { target: Prob::saturating(0.95), tail: Prob::saturating(0.8), floor: Prob::ZERO }
    }
}

impl Stop {
    /// At a target, whatever single behaviours say.
    #[must_use]
    pub const fn at(target: Prob) -> Self {
        Self { target, tail: Prob::ZERO, floor: Prob::ZERO }
    }
}

/// How a search ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// One commit is sure.
    Found(Revision, Prob),
    /// No commit is to blame: the change is older, or there is none.
    Blameless {
        /// P(every revision that can be run is bad).
        older: Prob,
        /// P(there is no change).
        none: Prob,
    },
}

impl Search {
    /// How the search ends here; none while it is worth going on.
    ///
    /// ```
    /// use bisectstat::model::search::{Assumptions, Ending, Outside, Places, Search, Shown, Stop};
    ///
    /// let line = Places::uniform(2, Outside::default()).expect("there are commits");
    /// let mut search = Search::new(line, &Assumptions::default());
    /// for run in 0..40 {
    ///     assert!(!matches!(search.ending(&Stop::default()), Some(Ending::Blameless { .. })));
    ///     search.observe(2, if run % 2 == 0 { Shown::Bug } else { Shown::Pass });
    ///     search.observe(1, Shown::Pass);
    /// }
    /// assert!(matches!(search.ending(&Stop::default()), Some(Ending::Found(2, _))));
    /// ```
    #[must_use]
    pub fn ending(&self, stop: &Stop) -> Option<Ending> {
        if !self.ends_are_tried() {
            return self.gone();
        }
        if let Some((commit, p)) = self.found(stop) {
            return Some(Ending::Found(commit, p));
        }
        let (older, none) = (self.beliefs.rows[0], self.beliefs.rows[self.rows.len() - 1]);
        if older + none >= stop.target.value() {
            return Some(Ending::Blameless { older: Prob::saturating(older), none: Prob::saturating(none) });
        }
        None
    }

    /// Whether the bad end has crashed, and every good one was run.
    fn ends_are_tried(&self) -> bool {
        let Some(ends) = &self.ends else { return true };
        let tried = |end: &Revision| self.at(*end).is_some_and(|tested| tested.tally.trials() > 0);
        self.at(ends.bad).is_some_and(|tested| tested.tally.crashes > 0) && ends.good.iter().all(tried)
    }

    /// A bad end that never crashes: what shows in fewer runs than one of these is no bug to bisect by running.
    fn gone(&self) -> Option<Ending> {
        const RUNS: u32 = 200;
        const SURE: f64 = 0.95;
        let bad = self.at(self.ends.as_ref()?.bad)?;
        let none = self.beliefs.rows[self.rows.len() - 1];
        let gone = bad.tally.crashes == 0 && (none >= SURE || bad.tally.trials() >= RUNS);
        gone.then_some(Ending::Blameless { older: Prob::ZERO, none: Prob::saturating(none) })
    }

    /// The commit that is sure.
    #[must_use]
    pub fn found(&self, stop: &Stop) -> Option<(Revision, Prob)> {
        let (Hypothesis::Commit(commit), p) = self.sure(stop.target)? else { return None };
        let holds = self.in_worst_fifth() >= stop.tail && (stop.floor == Prob::ZERO || self.least() >= stop.floor);
        holds.then_some((commit, p))
    }

    /// The probability of the likeliest commit over the fifth of the behaviours under which it is least likely.
    #[must_use]
    pub fn in_worst_fifth(&self) -> Prob {
        const FIFTH: f64 = 0.2;
        let mut parts = self.by_behaviour();
        let all: f64 = parts.iter().map(|(_, weight)| weight).sum();
        parts.retain(|(_, weight)| *weight > 0.0);
        parts.sort_by(|(a, v), (b, w)| (a / v).total_cmp(&(b / w)));
        let (mut left, mut sum) = (FIFTH * all, 0.0);
        for (under, weight) in parts {
            let share = (left / weight).min(1.0);
            sum += share * under;
            left -= share * weight;
        }
        Prob::saturating(sum / (FIFTH * all).max(f64::MIN_POSITIVE))
    }

    /// The least probability of the likeliest commit under any possible behaviour.
    #[must_use]
    pub fn least(&self) -> Prob {
        let parts = self.by_behaviour();
        let all: f64 = parts.iter().map(|(_, weight)| weight).sum();
        let possible = parts.into_iter().filter(|(_, weight)| *weight >= RULED_OUT * all);
        Prob::saturating(possible.map(|(under, weight)| under / weight).fold(1.0, f64::min))
    }

    /// `P(the likeliest answer, b)` and `P(b)` of every behaviour, among all answers with a change.
    fn by_behaviour(&self) -> Vec<(f64, f64)> {
        let best = self.best().0;
        let mut parts = vec![(0.0, 0.0); self.parts.bad.len()];
        for (at, row) in self.beliefs.live.iter().enumerate().filter(|(_, row)| **row + 1 < self.rows.len()) {
            let (behaviours, _) = self.mixture(at);
            let mass = self.beliefs.rows[*row];
            let share = match best {
                Hypothesis::Older if *row == 0 => 1.0,
                Hypothesis::Commit(commit) => {
                    self.single(*row).filter(|(of, _)| *of == commit).map_or(0.0, |(_, of)| of / mass)
                }
                _ => 0.0,
            };
            for ((under, weight), behaviour) in parts.iter_mut().zip(behaviours) {
                *weight += mass * behaviour;
                *under += mass * behaviour * share;
            }
        }
        parts
    }

    /// The same search with the behaviours that do not agree made as likely as those that do: what it would run next settles
    /// whether they are true, or satisfies them. With a floor all possible behaviours are as likely as each other.
    #[must_use]
    pub(crate) fn levelled(&self, stop: &Stop) -> Self {
        let parts = self.by_behaviour();
        let all: f64 = parts.iter().map(|(_, weight)| weight).sum();
        let floor = stop.floor.value().max(stop.tail.value());
        let mut levelled = self.clone();
        for (weight, (under, of)) in levelled.parts.weights.iter_mut().zip(&parts) {
            let possible = *of >= RULED_OUT * all;
            let agrees = *under >= floor * of;
            let level = match () {
                () if stop.floor > Prob::ZERO => {
                    if possible {
                        1.0 / of
                    } else {
                        0.0
                    }
                }
                () if agrees => 1.0,
                () => 9.0,
            };
            *weight *= level;
        }
        levelled.believe();
        levelled
    }
}
