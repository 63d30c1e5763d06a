//! One run of the reproducer and what came of it.

use std::borrow::Borrow;
use std::fmt;
use std::num::NonZeroU32;

use super::{Line, Text};

/// The title under which a crash is known, for example `INFO: task hung in nbd_ioctl`. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Title(Text);

impl Title {
    /// A title as the log has it, but for what cannot be shown; `None` when there is nothing but white space.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(Text::new(text)))
    }

    /// The title's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Titles are looked up by their text.
impl Borrow<str> for Title {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a run says nothing about the bug.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VoidKind {
    /// The kernel did not boot.
    Boot,
    /// The machine came up, but a trivial program failed on it.
    BasicTest,
    /// The infrastructure failed.
    Infra,
    /// The crash is of a kind that the bisection was told to ignore.
    Ignored,
    /// The run failed otherwise.
    Failed,
}

impl VoidKind {
    /// The name used in frames.
    #[doc(hidden)]
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::BasicTest => "basic_test",
            Self::Infra => "infra",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The reproducer ran and nothing crashed.
    Pass,
    /// Something crashed; the title is missing when the report had none.
    Crash(Option<Title>),
    /// No trial at all, with the log's words for why.
    Void(VoidKind, Text),
}

impl Outcome {
    /// The name used in frames.
    #[doc(hidden)]
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Crash(_) => "crash",
            Self::Void(..) => "void",
        }
    }

    /// The title of a crash that has one.
    #[doc(hidden)]
    #[must_use]
    pub const fn title(&self) -> Option<&Title> {
        match self {
            Self::Crash(title) => title.as_ref(),
            Self::Pass | Self::Void(..) => None,
        }
    }
}

/// One run of the reproducer, or so many that ended alike where the input counts them.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where the log says so. Runs behind one `all runs:` line share it.
    #[doc(hidden)]
    pub line: Line,
    /// The log's number: the order in which runs ended, not the machine's number. Of counted runs, the first one's.
    #[doc(hidden)]
    pub number: u32,
    /// How many runs this stands for, at least 1. All runs of one bisection together fit into a `u32`.
    pub count: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took, where the input says; counted runs all together.
    #[doc(hidden)]
    pub took: Option<Took>,
}

/// How long runs took, to seven digits: an archive has millions of them, and most say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took(NonZeroU32);

impl Took {
    /// `None` unless it is a number of seconds from 0 up.
    #[must_use]
    pub fn new(seconds: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "seven digits are enough")]
        let narrow = Some(seconds).filter(|seconds| *seconds >= 0.0)? as f32;
        Some(narrow).filter(|narrow| narrow.is_finite())?;
        // Nothing has no bits.
        NonZeroU32::new(narrow.max(f32::MIN_POSITIVE).to_bits()).map(Self)
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        let narrow = f32::from_bits(self.0.get());
        // The nearest of the short decimals, as they were written: 0.1, not 0.10000000149.
        if narrow <= f32::MIN_POSITIVE { 0.0 } else { narrow.to_string().parse().unwrap_or_else(|_| narrow.into()) }
    }
}

impl Run {
    /// A single run.
    #[doc(hidden)]
    #[must_use]
    pub const fn once(line: Line, number: u32, outcome: Outcome) -> Self {
        Self { line, number, count: 1, outcome, took: None }
    }
}

/// How many runs ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs without a crash.
    pub passes: u32,
    /// Runs with a crash.
    pub crashes: u32,
    /// Runs that say nothing.
    pub voids: u32,
}

impl Counts {
    /// Counts the outcomes of runs.
    #[doc(hidden)]
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut counts = Self::default();
        for run in runs {
            let side = match run.outcome {
                Outcome::Pass => &mut counts.passes,
                Outcome::Crash(_) => &mut counts.crashes,
                Outcome::Void(..) => &mut counts.voids,
            };
            *side += run.count;
        }
        counts
    }

    /// Runs that say something: passes and crashes.
    #[must_use]
    pub const fn trials(self) -> u32 {
        self.passes + self.crashes
    }

    /// All runs.
    #[doc(hidden)]
    #[must_use]
    pub const fn runs(self) -> u32 {
        self.trials() + self.voids
    }
}
