//! How sure is sure enough: the levels by which texts, pages and pictures speak.

use crate::evidence::Verdict;
use crate::prob::Prob;

use super::{Analysis, StepAnalysis};

/// A verdict that is right with less stands out.
pub const DOUBT: f64 = 0.9;

/// How far the named commit can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Likely wrong.
    Not,
    /// Could be either.
    Doubtful,
    /// Likely right.
    HoldsUp,
}

impl Trust {
    /// From here on a named commit holds up.
    pub const HOLDS_UP: f64 = 0.8;
    const DOUBTFUL: f64 = 0.5;

    /// By the probability that the commit is the right one.
    #[must_use]
    pub fn of(p: f64) -> Self {
        if p >= Self::HOLDS_UP {
            Self::HoldsUp
        } else if p >= Self::DOUBTFUL {
            Self::Doubtful
        } else {
            Self::Not
        }
    }

    /// Of a named commit; one of which nothing is known is doubtful.
    #[must_use]
    pub fn in_named(analysis: &Analysis) -> Self {
        analysis.trusted().map_or(Self::Doubtful, |p| Self::of(p.value()))
    }

    /// A mark for it.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Not => '✗',
            Self::Doubtful => '?',
            Self::HoldsUp => '✓',
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Not => "do not trust",
            Self::Doubtful => "doubtful",
            Self::HoldsUp => "holds up",
        }
    }
}

impl StepAnalysis {
    /// Whether its verdict is one to doubt: by its runs, which cannot tell whether a revision hides the bug.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.shown_confidence().is_some_and(|confidence| confidence.value() < DOUBT)
    }

    /// P(it has the bug and can show it).
    #[must_use]
    pub fn p_shown(&self) -> Option<Prob> {
        let hidden = self.p_hidden.map_or(0.0, Prob::value);
        self.p_bad.map(|p| Prob::saturating(p.value() - hidden))
    }

    /// P(the verdict is right), if every revision that has the bug can show it.
    #[must_use]
    pub fn shown_confidence(&self) -> Option<Prob> {
        let shown = self.p_shown()?;
        match self.verdict? {
            Verdict::Bad => Some(shown),
            Verdict::Good => Some(shown.complement()),
            Verdict::Skip => None,
        }
    }
}
