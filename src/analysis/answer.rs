//! What can be said of a bisection, in one word: the word on the screen, on the page, in JSON and in the gate.
//!
//! Of a named commit three figures decide: `p_named` (does the bug begin there?), `p_right` (is the commit to blame?), and the
//! Bayes factor of the best other place,
//!
//! `B = max over places g of (P(g | runs) / P(g)) / (P(named | runs) / P(named))`,
//!
//! which the prior of the places does not enter: it says whether the runs themselves speak for another place. Where nothing
//! contradicts the named commit, `B` is below one, however little the runs tell. `B` is the least over the reproduction rates
//! that the runs leave plausible ([`super::by_rate`]). The first row that fits holds:
//!
//! | `p_named` | `p_right`, where there is one | `B` | answer |
//! |---|---|---|---|
//! | 0.8 or more | 0.8 or more | | holds up |
//! | below 0.5 | | 3 or more | do not trust |
//! | below 0.5 | below 0.2 | | do not trust |
//! | 0.8 or more | below 0.5 | | starts here, but probably not to blame |
//! | | below 0.5 | | doubtful |
//! | below 0.8 | | below 1 | cannot tell |
//! | | | | doubtful |
//!
//! A factor of 3 is where Kass and Raftery (1995) begin to speak of positive evidence.
//!
//! Where nobody named a commit, the posterior's mass says whether there is a change between the tested revisions, and whether
//! one commit is it.

use serde::{Serialize, Serializer};

use crate::evidence::Ending;
use crate::prob::Prob;

use super::Analysis;

/// The answer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The named commit is the culprit, as far as anybody can tell.
    HoldsUp,
    /// There is evidence on both sides.
    Doubtful,
    /// The failure begins at the named commit, but the fault is probably older: the commit may only expose it.
    StartsHere,
    /// The runs speak for another place.
    DoNotTrust,
    /// The runs speak for no other place, but do not confirm the named commit either.
    CannotTell,
    /// Nobody named a commit; one commit stands out.
    Found,
    /// Nobody named a commit; there is a change, and several commits are left.
    Narrowed,
    /// The change is older than what was tested, or newer for a fix.
    Beyond,
    /// Runs fail now and then, alike everywhere.
    AlwaysFlaky,
    /// No run fails.
    NoFailure,
}

/// How an answer looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Green.
    Good,
    /// Neither: look at it.
    Doubt,
    /// Red.
    Bad,
    /// Not known: no alarm.
    Unknown,
}

impl Answer {
    /// The probability from which something holds.
    #[doc(hidden)]
    pub const SURE: f64 = 0.8;
    /// The probability below which it probably does not.
    pub(crate) const EVEN: f64 = 0.5;
    /// The Bayes factor from which the runs speak for another place.
    pub(crate) const AGAINST: f64 = 3.0;

    /// Every answer.
    #[doc(hidden)]
    pub const ALL: [Self; 10] = [
        Self::HoldsUp,
        Self::Doubtful,
        Self::StartsHere,
        Self::DoNotTrust,
        Self::CannotTell,
        Self::Found,
        Self::Narrowed,
        Self::Beyond,
        Self::AlwaysFlaky,
        Self::NoFailure,
    ];

    /// The answer to an analysis that has all its other figures.
    #[doc(hidden)]
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        if analysis.named_culprit.is_some() {
            Self::of_named(analysis.p_right, analysis.p_named, least_factor(analysis))
        } else {
            Unnamed::of(analysis).map_or_else(|| nothing_failed(analysis), Unnamed::answer)
        }
    }

    /// The same from its figures: `p_right`, `p_named` and the Bayes factor of the best other place.
    ///
    /// ```
    /// use bisectstat::analysis::answer::Answer;
    /// use bisectstat::prob::Prob;
    ///
    /// let p = |p| Prob::new(p).ok();
    /// // One run a revision, nothing contradicts the commit, little confirms it.
    /// assert_eq!(Answer::of_named(None, p(0.4), 0.6), Answer::CannotTell);
    /// // Other runs say that the bug is elsewhere.
    /// assert_eq!(Answer::of_named(None, p(0.4), 40.0), Answer::DoNotTrust);
    /// ```
    #[doc(hidden)]
    #[must_use]
    pub fn of_named(p_right: Option<Prob>, p_named: Option<Prob>, factor: f64) -> Self {
        let Some(p_named) = p_named.map(Prob::value) else { return Self::CannotTell };
        let p_right = p_right.map(Prob::value);
        let right_below = |border: f64| p_right.is_some_and(|p| p < border);
        if p_named >= Self::SURE && !right_below(Self::SURE) {
            Self::HoldsUp
        } else if p_named < Self::EVEN && (factor >= Self::AGAINST || right_below(1.0 - Self::SURE)) {
            Self::DoNotTrust
        } else if right_below(Self::EVEN) {
            if p_named >= Self::SURE { Self::StartsHere } else { Self::Doubtful }
        } else if p_named < Self::SURE && factor < 1.0 {
            Self::CannotTell
        } else {
            Self::Doubtful
        }
    }

    /// The name in JSON and in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HoldsUp => "holds-up",
            Self::Doubtful => "doubtful",
            Self::StartsHere => "starts-here",
            Self::DoNotTrust => "do-not-trust",
            Self::CannotTell => "cannot-tell",
            Self::Found => "found",
            Self::Narrowed => "narrowed",
            Self::Beyond => "beyond",
            Self::AlwaysFlaky => "always-flaky",
            Self::NoFailure => "no-failure",
        }
    }

    /// The answer of this name.
    #[doc(hidden)]
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }

    /// In words.
    #[doc(hidden)]
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::HoldsUp => "holds up",
            Self::Doubtful => "doubtful",
            Self::StartsHere => "starts here, but probably not to blame",
            Self::DoNotTrust => "do not trust",
            Self::CannotTell => "cannot tell",
            Self::Found => "found",
            Self::Narrowed => "narrowed down",
            Self::Beyond => "beyond the tests",
            Self::AlwaysFlaky => "always flaky",
            Self::NoFailure => "no failure",
        }
    }

    /// In so few words that a column holds them.
    #[doc(hidden)]
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::StartsHere => "starts here",
            other => other.words(),
        }
    }

    /// A mark for it.
    #[doc(hidden)]
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::HoldsUp | Self::Found | Self::NoFailure => '✓',
            Self::Doubtful => '?',
            Self::StartsHere => '!',
            Self::DoNotTrust => '✗',
            Self::CannotTell | Self::Narrowed | Self::Beyond => '…',
            Self::AlwaysFlaky => '~',
        }
    }

    /// How it looks.
    #[doc(hidden)]
    #[must_use]
    pub const fn tone(self) -> Tone {
        match self {
            Self::HoldsUp | Self::Found | Self::NoFailure => Tone::Good,
            Self::Doubtful | Self::StartsHere | Self::AlwaysFlaky => Tone::Doubt,
            Self::DoNotTrust => Tone::Bad,
            Self::CannotTell | Self::Narrowed | Self::Beyond => Tone::Unknown,
        }
    }
}

impl Tone {
    /// By a probability alone, for the figures in a column.
    #[must_use]
    pub fn of(p: Prob) -> Self {
        match p.value() {
            p if p >= Answer::SURE => Self::Good,
            p if p >= Answer::EVEN => Self::Doubt,
            _ => Self::Bad,
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The least Bayes factor of the best other place over all assumptions that the runs leave plausible.
pub(crate) fn least_factor(analysis: &Analysis) -> f64 {
    let stated = analysis.bayes_factor_elsewhere.unwrap_or(0.0);
    let plausible = analysis.by_rate.iter().filter(|at| at.plausible);
    plausible.map(|at| at.factor).fold(stated, f64::min)
}

/// Where the mass lies when nobody named a commit.
struct Unnamed {
    /// Between the tested revisions.
    inside: f64,
    /// Where nobody tested.
    beyond: f64,
    none: f64,
    /// Of the likeliest single commit.
    best: f64,
    /// P(there is a change between the tested revisions), should the test be flaky without the bug.
    if_flaky: f64,
    /// Whether no run passes.
    all_fail: bool,
    /// Whether the credible set lies between the tested revisions.
    is_bounded: bool,
}

impl Unnamed {
    fn of(analysis: &Analysis) -> Option<Self> {
        let none = analysis.p_no_change?.value();
        let mass = |bounded: bool| -> f64 {
            let gaps = analysis.gaps.iter().filter(|gap| (gap.after.is_some() && gap.upto.is_some()) == bounded);
            gaps.filter_map(|gap| gap.posterior).map(Prob::value).sum()
        };
        let single = analysis.gaps.iter().filter(|gap| gap.commits == Some(1) && gap.after.is_some());
        let best = single.filter_map(|gap| gap.posterior).map(Prob::value).fold(0.0, f64::max);
        Some(Self {
            inside: mass(true),
            beyond: mass(false),
            none,
            best,
            if_flaky: analysis.p_change_if_flaky.map_or(1.0, Prob::value),
            all_fail: analysis.steps.iter().all(|step| step.passes == 0),
            is_bounded: analysis.credible_set.as_ref().is_some_and(|set| set.bounded),
        })
    }

    fn answer(self) -> Answer {
        let sure = |p: f64| p >= Answer::SURE;
        if sure(self.inside) && sure(self.if_flaky) && !self.all_fail {
            match (sure(self.best), self.is_bounded) {
                (true, _) => Answer::Found,
                (false, true) => Answer::Narrowed,
                (false, false) => Answer::CannotTell,
            }
        } else if sure(self.beyond) || self.all_fail {
            Answer::Beyond
        } else if sure(self.none) || (self.none >= Answer::EVEN && self.if_flaky < 1.0 - Answer::SURE) {
            Answer::AlwaysFlaky
        } else {
            Answer::CannotTell
        }
    }
}

/// Without a posterior: nothing failed in runs that nobody chose, or nothing is known.
fn nothing_failed(analysis: &Analysis) -> Answer {
    let (passes, crashes) = analysis.steps.iter().fold((0, 0), |(p, c), step| (p + step.passes, c + step.crashes));
    let green = analysis.evidence.ending == Ending::OnlyRuns && passes > 0 && crashes == 0;
    if green { Answer::NoFailure } else { Answer::CannotTell }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table above, row by row, with the figures on both sides of each border.
    #[test]
    fn every_border_is_where_the_table_says() {
        let p = |p: f64| Prob::new(p).ok();
        let cases = [
            (p(0.8), 0.8, 0.1, Answer::HoldsUp),
            (None, 0.8, 9.0, Answer::HoldsUp),
            (p(0.79), 0.99, 0.1, Answer::Doubtful),
            (p(0.99), 0.49, 3.0, Answer::DoNotTrust),
            (p(0.99), 0.49, 2.9, Answer::Doubtful),
            (p(0.99), 0.49, 0.9, Answer::CannotTell),
            (p(0.19), 0.49, 0.9, Answer::DoNotTrust),
            (p(0.2), 0.49, 0.9, Answer::Doubtful),
            (p(0.1), 0.5, 0.9, Answer::Doubtful),
            (p(0.5), 0.79, 0.9, Answer::CannotTell),
            (p(0.5), 0.79, 1.0, Answer::Doubtful),
            (None, 0.79, 0.9, Answer::CannotTell),
            (p(0.49), 0.8, 0.1, Answer::StartsHere),
            (p(0.5), 0.8, 0.1, Answer::Doubtful),
            (None, 0.5, 1.0, Answer::Doubtful),
        ];
        for (p_right, p_named, factor, answer) in cases {
            assert_eq!(Answer::of_named(p_right, p(p_named), factor), answer, "{p_right:?} {p_named} {factor}");
        }
        assert_eq!(Answer::of_named(p(0.99), None, 0.0), Answer::CannotTell);
    }

    #[test]
    fn names_are_names() {
        for answer in Answer::ALL {
            assert_eq!(Answer::named(answer.name()), Some(answer));
        }
    }
}
