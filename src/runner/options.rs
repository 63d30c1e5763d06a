//! What a bisection is asked to do: it is written into the journal, so that it goes on as it began.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::analysis::Settings;
use crate::model::archive::ArchivePrior;
use crate::model::search::Assumptions;
use crate::prob::Prob;

/// How the test is run, and when to stop.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// The test with its arguments: exit code 0 passes, 125 and [`Self::void_exits`] say nothing, everything else is a crash.
    #[doc(hidden)]
    pub command: Vec<String>,
    /// What builds a checked-out commit, for `sh -c`.
    #[doc(hidden)]
    pub build: Option<String>,
    /// Where in the work tree both are run: where the user called, as a path from its top.
    #[doc(hidden)]
    pub folder: String,
    /// How a crash gets its title.
    #[doc(hidden)]
    pub naming: Naming,
    /// The title of the bug that is looked for.
    #[doc(hidden)]
    pub bug: Option<String>,
    /// Runs at each visit; as many as pay by default.
    #[doc(hidden)]
    pub runs: Option<u32>,
    /// Stop when one commit has this probability, in (0, 1).
    #[doc(hidden)]
    pub target: f64,
    /// And not before it has this one under every possible behaviour of the bug, in (0, 1).
    #[doc(hidden)]
    #[serde(default)]
    pub floor: Option<f64>,
    /// Stop when this is used up.
    #[doc(hidden)]
    pub budget: Option<Budget>,
    /// A run that takes longer is killed, in seconds.
    #[doc(hidden)]
    pub timeout: Option<f64>,
    /// What such a run is.
    #[doc(hidden)]
    #[serde(default)]
    pub timeout_is: TimeoutIs,
    /// Exit codes that say nothing, beside 125; 128 and a signal's number stand for that signal, too.
    #[doc(hidden)]
    #[serde(default = "void_exits")]
    pub void_exits: Vec<u8>,
    /// Work trees at a time.
    #[doc(hidden)]
    pub jobs: u16,
    /// What is held of crash rates.
    #[doc(hidden)]
    #[serde(default)]
    pub rates: Rates,
    /// Seconds that a checkout with its build takes; as measured by default.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_cost: Option<f64>,
    /// Seconds that a run takes; as measured by default.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_cost: Option<f64>,
    /// What the seeds for the test are made from.
    #[doc(hidden)]
    #[serde(default)]
    pub seed: u64,
    /// Whether a commit that is sure is tried again, with its parent, and where it is reverted.
    #[doc(hidden)]
    #[serde(default)]
    pub verify: bool,
    /// Whether a merge stands for all that it brought: only first parents are looked at.
    #[doc(hidden)]
    #[serde(default)]
    pub first_parent: bool,
    /// Paths of which a commit that is to blame touches one; any commit may be where there are none.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// How much commits are suspected beforehand: the text of a table of weights.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// What an archive says of bugs: the text of a prior.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<String>,
    /// In what share of runs the bug crashes, where somebody has measured it.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduction: Option<f64>,
    /// In what share of runs something else crashes, where somebody has measured it.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<f64>,
}

impl Default for Options {
    /// Until one commit has the probability 0.95, with as many runs as pay, whatever they cost. No command is run yet.
    fn default() -> Self {
        Self {
            command: Vec::new(),
            build: None,
            folder: String::new(),
            naming: Naming::None,
            bug: None,
            runs: None,
            target: 0.95,
            floor: None,
            budget: None,
            timeout: None,
            timeout_is: TimeoutIs::default(),
            void_exits: void_exits(),
            jobs: 1,
            rates: Rates::default(),
            build_cost: None,
            run_cost: None,
            seed: 0,
            verify: false,
            first_parent: false,
            paths: Vec::new(),
            weights: None,
            prior: None,
            reproduction: None,
            background: None,
        }
    }
}

impl Options {
    /// The same until one commit has this probability; values outside of 0.5 to 0.9999 become the nearest of them.
    #[must_use]
    pub fn with_target(self, target: Prob) -> Self {
        Self { target: target.value().clamp(0.5, 0.9999), ..self }
    }

    /// The same with a limit on the number of runs.
    #[must_use]
    pub fn with_budget(self, runs: u32) -> Self {
        Self { budget: Some(Budget::Runs(runs)), ..self }
    }

    /// The same for failures of this title; those with another one count as other bugs, as far as titles are unlike.
    #[must_use]
    pub fn with_title(self, title: impl Into<String>) -> Self {
        Self { bug: Some(title.into()), ..self }
    }

    /// What is assumed of the bug.
    #[doc(hidden)]
    #[must_use]
    pub fn settings(&self) -> Settings {
        let base = self.rates.settings();
        let base = match self.prior.as_deref().map(ArchivePrior::parse) {
            Some(Ok(prior)) => base.with_prior(&prior),
            Some(Err(_)) | None => base,
        };
        let base = match self.reproduction {
            Some(rate) => base.with_reproduction(Prob::saturating(rate)),
            None => base,
        };
        match self.background {
            Some(rate) => base.with_background(Prob::saturating(rate)),
            None => base,
        }
    }
}

/// Nobody can say that a test was killed for want of memory (137), or that the machine could not be reached (255, as ssh has
/// it), because of the bug.
#[must_use]
pub(crate) fn void_exits() -> Vec<u8> {
    vec![137, 255]
}

/// What a run is that takes too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeoutIs {
    /// A crash with the title `timeout`: the bug is a hang.
    #[default]
    Crash,
    /// It says nothing: the machine is slow.
    Void,
}

/// How even the crash rate of bad commits is held to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rates {
    /// As bugs are on the whole.
    #[default]
    Usual,
    /// The same everywhere.
    Constant,
}

impl Rates {
    /// What is assumed of the bug then.
    #[must_use]
    pub fn settings(self) -> Settings {
        let (Assumptions { rates, background }, name) = match self {
            Self::Usual => (Assumptions::usual(), "usual"),
            Self::Constant => (Assumptions::constant(), "constant"),
        };
        Settings { rates, background, prior: name.to_owned(), ..Settings::generic() }
    }
}

/// How a crash gets its title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// It has none: all crashes are alike.
    #[default]
    None,
    /// The first match in the output; its first group where it has one.
    Regex(String),
    /// The first line that this command for `sh -c` prints; it reads the output.
    Command(String),
    /// Whoever makes the runs tells it.
    Told,
}

/// What a bisection may cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Runs of the test.
    Runs(u32),
    /// Seconds, builds and thinking included.
    Seconds(f64),
}

/// Reads `90s`, `10m`, `1h30m`.
///
/// # Errors
/// What was expected instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("found {text:?}, expected a time like 90s, 10m or 1h30m");
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(time).ok().filter(|time| !time.is_zero()).ok_or_else(wrong)
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("found {text:?}, expected a number of runs like 200, or a time like 90s, 10m or 2h");
        match text.parse::<u32>() {
            Ok(0) => Err(expected()),
            Ok(runs) => Ok(Self::Runs(runs)),
            Err(_) => duration(text).map(|time| Self::Seconds(time.as_secs_f64())).map_err(|_| expected()),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs(1) => f.write_str("1 run"),
            Self::Runs(runs) => write!(f, "{runs} runs"),
            Self::Seconds(seconds) => f.write_str(&in_words(*seconds)),
        }
    }
}

/// A time for people: `3.2 s`, `4 min`, `2 h 5 min`.
#[must_use]
pub(crate) fn in_words(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time in minutes")]
    let minutes = (seconds.max(0.0) / 60.0).round() as u64;
    match minutes {
        _ if seconds < 60.0 => format!("{seconds:.1} s"),
        0..=119 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_runs_or_times() {
        assert_eq!("200".parse(), Ok(Budget::Runs(200)));
        assert_eq!("2h".parse(), Ok(Budget::Seconds(7200.0)));
        assert_eq!("1h30m".parse(), Ok(Budget::Seconds(5400.0)));
        for wrong in ["0", "-3", "-2h", "2 parsecs", "", "0s"] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_read_well() {
        assert_eq!([3.21, 240.0, 7500.0].map(in_words), ["3.2 s", "4 min", "2 h 5 min"]);
    }
}
