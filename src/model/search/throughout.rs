//! Sure under every behaviour of the bug that the runs leave possible, not only on the whole.
//!
//! An answer of 95 % over many kinds of bugs can be one of 99 % for the easy ones and of 80 % for the others. Who wants to
//! rely on it for either asks that it hold under each single behaviour `b` too, and looks at
//!
//! `min P(c | runs, b) over all b with P(b | runs) >= 0.002`
//!
//! (robust Bayesian analysis: Berger 1985, *Statistical Decision Theory and Bayesian Analysis*, 4.7). Behaviours that the
//! runs have all but ruled out need not agree: to rule them out is what the runs beyond the target are for.

use super::{Hypothesis, Search};
use crate::prob::Prob;

/// Behaviours below this posterior weight are ruled out. Chosen on simulated searches (`docs/planning.md`).
pub const RULED_OUT: f64 = 0.002;

impl Search {
    /// The answer, once it has the `target` probability, and the probability `floor` under each possible behaviour.
    ///
    /// ```
    /// use bisectstat::model::search::{Assumptions, Outside, Places, Search, Shown};
    /// use bisectstat::prob::Prob;
    ///
    /// let line = Places::uniform(2, Outside::default()).expect("there are commits");
    /// let mut search = Search::new(line, &Assumptions::default());
    /// for run in 0..40 {
    ///     search.observe(2, if run % 4 == 0 { Shown::Bug } else { Shown::Pass });
    ///     search.observe(1, Shown::Pass);
    /// }
    /// let (target, floor) = (Prob::saturating(0.95), Prob::saturating(0.9));
    /// assert!(search.sure(target).is_some(), "forty passes where one run in four should crash");
    /// assert!(search.sure_throughout(target, floor).is_none(), "the rate there may be another");
    /// ```
    #[must_use]
    pub fn sure_throughout(&self, target: Prob, floor: Prob) -> Option<(Hypothesis, Prob)> {
        self.sure(target).filter(|_| self.least() >= floor)
    }

    /// The least probability of the likeliest answer under any possible behaviour. That everything crashes alike does not
    /// depend on behaviours: then it is its probability.
    #[must_use]
    pub fn least(&self) -> Prob {
        let (best, mass) = self.best();
        let Some((row, share)) = self.row_of(best) else { return mass };
        let width = self.parts.len();
        let under = |part: usize| self.beliefs.joint[row * width + part] * share;
        let all = self.possible().into_iter().map(|(part, weight)| under(part) / weight);
        Prob::saturating(all.fold(1.0, f64::min))
    }

    /// The same search with all possible behaviours as likely as each other: what it would run next settles which of them
    /// is true, or satisfies each.
    #[must_use]
    pub fn levelled(&self) -> Self {
        let width = self.parts.len();
        let mut shift = vec![f64::NEG_INFINITY; width];
        self.possible().into_iter().for_each(|(part, weight)| shift[part] = -weight.ln());
        let mut levelled = self.clone();
        for row in levelled.ln.chunks_exact_mut(width) {
            row.iter_mut().zip(&shift).for_each(|(ln, shift)| *ln += shift);
        }
        levelled.believe();
        levelled
    }

    /// Behaviours that are not ruled out, and P(behaviour, and some row).
    fn possible(&self) -> Vec<(usize, f64)> {
        let rates = self.rates().into_iter().map(Prob::value).enumerate();
        let inside = 1.0 - self.always();
        rates.filter(|(_, weight)| *weight >= RULED_OUT).map(|(part, weight)| (part, weight * inside)).collect()
    }

    /// The row of a hypothesis, and its share of it.
    fn row_of(&self, hypothesis: Hypothesis) -> Option<(usize, f64)> {
        match hypothesis {
            Hypothesis::Older => Some((0, 1.0)),
            Hypothesis::Gone => Some((self.tested.len() + 2, 1.0)),
            Hypothesis::Always => None,
            Hypothesis::Commit(commit) => {
                let row = self.tested.partition_point(|tested| tested.revision < commit) + 1;
                let (_, mass) = self.single(row)?;
                Some((row, mass / self.beliefs.rows[row].max(f64::MIN_POSITIVE)))
            }
        }
    }
}
