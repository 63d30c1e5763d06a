//! How many runs a step has and what they decide, by the rules of the program that writes the log.

use super::Protocol;
use crate::evidence::{Outcome, VoidKind};

/// How the runs of a step ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) passes: u32,
    pub(super) crashes: u32,
    /// Void because of the machines.
    pub(super) infra: u32,
    /// Void otherwise.
    pub(super) other: u32,
}

/// What a step decides about its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It crashes.
    Crash,
    /// It does not.
    Clean,
    /// It could not be judged.
    Skip,
    /// The machines failed so often that the whole bisection stops.
    Stop,
}

impl Ended {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut ended = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Pass => ended.passes += 1,
                Outcome::Crash(_) => ended.crashes += 1,
                Outcome::Void(VoidKind::Infra, _) => ended.infra += 1,
                Outcome::Void(..) => ended.other += 1,
            }
        }
        ended
    }

    pub(super) const fn trials(self) -> u32 {
        self.passes + self.crashes
    }

    pub(super) const fn runs(self) -> u32 {
        self.trials() + self.infra + self.other
    }

    /// Crashes per trial, 0 without any.
    pub(super) fn ratio(self) -> f64 {
        f64::from(self.crashes) / f64::from(self.trials().max(1))
    }

    /// More passes than crashes, and a crash.
    pub(super) const fn mostly_passes(self) -> bool {
        0 < self.crashes && self.crashes < self.passes
    }
}

impl Protocol {
    /// Runs of a step. [`Protocol::Git`] ends a step with its first trial, or at the origin with the first crash.
    pub(super) const fn runs(self, origin: bool, flaky: bool) -> u32 {
        match self {
            Self::Git if !origin => 1,
            _ if origin || flaky => 20,
            _ => 10,
        }
    }

    pub(super) fn ruling(self, ended: Ended, flaky: bool) -> Ruling {
        match self {
            Self::SyzkallerNew => ended.quorum_ruling(flaky),
            Self::SyzkallerOld | Self::Git => ended.one_crash_ruling(),
        }
    }

    /// Whether all later steps run 20 times.
    pub(super) fn turns_flaky(self, ended: Ended, ruling: Ruling) -> bool {
        match self {
            Self::Git => false,
            Self::SyzkallerOld => ended.mostly_passes(),
            Self::SyzkallerNew => ended.mostly_passes() && ruling == Ruling::Crash,
        }
    }
}

impl Ended {
    /// From 2020-11 to 2023-05.
    const fn one_crash_ruling(self) -> Ruling {
        let voids = self.infra + self.other;
        if self.crashes > 0 {
            Ruling::Crash
        } else if self.passes > 0 && voids <= 2 * (self.runs() / 3) {
            Ruling::Clean
        } else {
            Ruling::Skip
        }
    }

    /// From 2024-07.
    fn quorum_ruling(self, flaky: bool) -> Ruling {
        let runs = self.runs();
        let wanted = if flaky { runs * 3 / 4 } else { runs / 2 };
        if self.crashes >= 2.max((runs - self.infra) / 6) && self.trials() >= runs / 2 {
            Ruling::Crash
        } else if self.crashes == 0 && self.passes >= wanted && self.passes > 0 {
            Ruling::Clean
        } else if self.infra > self.other {
            Ruling::Stop
        } else {
            Ruling::Skip
        }
    }

    /// `18 good runs (wanted 15), for bad wanted 10 in total, got 20`
    pub(super) fn undecided(self, flaky: bool) -> String {
        let runs = self.runs();
        let wanted = if flaky { runs * 3 / 4 } else { runs / 2 };
        let (passes, trials, half) = (self.passes, self.trials(), runs / 2);
        format!("{passes} good runs (wanted {wanted}), for bad wanted {half} in total, got {trials}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes, crashes, infra, other.
    const fn ended([passes, crashes, infra, other]: [u32; 4]) -> Ended {
        Ended { passes, crashes, infra, other }
    }

    #[test]
    fn old_logs_take_one_crash() {
        let cases = [
            ([9, 1, 0, 0], Ruling::Crash),
            ([0, 1, 0, 9], Ruling::Crash),
            ([10, 0, 0, 0], Ruling::Clean),
            ([4, 0, 0, 6], Ruling::Clean),
            ([3, 0, 0, 7], Ruling::Skip),
            ([8, 0, 0, 12], Ruling::Clean),
            ([7, 0, 0, 13], Ruling::Skip),
            ([1, 0, 0, 0], Ruling::Clean),
            ([0, 0, 0, 1], Ruling::Skip),
        ];
        for (runs, ruling) in cases {
            assert_eq!(Protocol::SyzkallerOld.ruling(ended(runs), true), ruling, "{runs:?}");
        }
    }

    #[test]
    fn new_logs_want_a_sixth_and_a_quorum() {
        let cases = [
            ([9, 1, 0, 0], false, Ruling::Skip),
            ([8, 2, 0, 0], false, Ruling::Crash),
            ([18, 2, 0, 0], true, Ruling::Skip),
            ([17, 3, 0, 0], true, Ruling::Crash),
            ([15, 0, 5, 0], true, Ruling::Clean),
            ([14, 0, 0, 6], true, Ruling::Skip),
            ([14, 0, 6, 0], true, Ruling::Stop),
            ([5, 0, 0, 5], false, Ruling::Clean),
            ([0, 0, 0, 10], false, Ruling::Skip),
        ];
        for (runs, flaky, ruling) in cases {
            assert_eq!(Protocol::SyzkallerNew.ruling(ended(runs), flaky), ruling, "{runs:?}");
        }
    }
}
