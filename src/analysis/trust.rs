//! Which verdicts to doubt: the level by which texts, pages and pictures speak.

use crate::evidence::Verdict;
use crate::prob::Prob;

use super::StepAnalysis;

/// A verdict that is right with less stands out.
pub(crate) const DOUBT: f64 = 0.9;

impl StepAnalysis {
    /// Whether its verdict is one to doubt: by its runs, which cannot tell whether a revision hides the bug.
    #[doc(hidden)]
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.shown_confidence().is_some_and(|confidence| confidence.value() < DOUBT)
    }

    /// P(it has the bug and can show it).
    #[must_use]
    pub(crate) fn p_shown(&self) -> Option<Prob> {
        let hidden = self.p_hidden.map_or(0.0, Prob::value);
        self.p_bad.map(|p| Prob::saturating(p.value() - hidden))
    }

    /// P(the verdict is right), if every revision that has the bug can show it.
    #[must_use]
    pub(crate) fn shown_confidence(&self) -> Option<Prob> {
        let shown = self.p_shown()?;
        match self.verdict? {
            Verdict::Bad => Some(shown),
            Verdict::Good => Some(shown.complement()),
            Verdict::Skip => None,
        }
    }
}
