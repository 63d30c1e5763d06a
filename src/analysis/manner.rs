//! The words for what went wrong: a kernel crashes, a test fails. Nothing else chooses between them.

use crate::evidence::{Format, Kind};

use super::Analysis;

/// What a bad revision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It crashes.
    Crash,
    /// It fails.
    Fail,
}

impl Manner {
    /// That of a bisection: syzkaller tests kernels.
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        Self::of_format(analysis.evidence.format)
    }

    /// The same of everything in this format.
    #[must_use]
    pub(crate) const fn of_format(format: Format) -> Self {
        match format {
            Format::Syzkaller => Self::Crash,
            Format::GitBisect | Format::Table | Format::Junit => Self::Fail,
        }
    }

    /// One of two words.
    #[must_use]
    pub const fn choose<T: Copy>(self, crash: T, fail: T) -> T {
        match self {
            Self::Crash => crash,
            Self::Fail => fail,
        }
    }

    /// `crash` or `failure`.
    #[must_use]
    pub(crate) const fn noun(self) -> &'static str {
        self.choose("crash", "failure")
    }

    /// `crash` or `crashes`, `failure` or `failures`, by how many there are.
    #[must_use]
    pub(crate) const fn nouns(self, n: u32) -> &'static str {
        if n == 1 { self.noun() } else { self.choose("crashes", "failures") }
    }

    /// `crash` or `fail`: what runs do.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        self.choose("crash", "fail")
    }

    /// `crashes` or `fails`: what a revision does.
    #[must_use]
    pub const fn verbs(self) -> &'static str {
        self.choose("crashes", "fails")
    }

    /// `crashed` or `failed`.
    #[must_use]
    pub(crate) const fn past(self) -> &'static str {
        self.choose("crashed", "failed")
    }

    /// `crashing` or `failing`.
    #[must_use]
    pub(crate) const fn participle(self) -> &'static str {
        self.choose("crashing", "failing")
    }

    /// What is looked for: `bug` or `failure`.
    #[must_use]
    pub const fn bug(self) -> &'static str {
        self.choose("bug", "failure")
    }

    /// What shows it: `reproducer` or `test`.
    #[must_use]
    pub const fn test(self) -> &'static str {
        self.choose("reproducer", "test")
    }

    /// What a run shows, by its words: `crash title` or `kind of failure`.
    #[must_use]
    pub const fn titles(self, n: usize) -> &'static str {
        if n == 1 {
            self.choose("crash title", "kind of failure")
        } else {
            self.choose("crash titles", "kinds of failure")
        }
    }

    /// One that says nothing of itself.
    #[must_use]
    pub(crate) const fn untitled(self) -> &'static str {
        self.choose("(a crash without a title)", "(a failure without a message)")
    }

    /// How often runs do it: `crash probability` or `failure rate`.
    #[must_use]
    pub const fn rate(self) -> &'static str {
        self.choose("crash probability", "failure rate")
    }

    /// What a person tests further back: `older releases`; for a fix, further on.
    #[must_use]
    pub const fn further(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Cause => self.choose("older releases", "older revisions"),
            Kind::Fix => "newer revisions",
        }
    }

    /// Where the bug was reported: a kernel's crash has an origin, a test fails at a revision.
    #[must_use]
    pub fn origin(self, analysis: &Analysis) -> String {
        match (self, analysis.origin) {
            (Self::Fail, Some(commit)) => commit.short(),
            _ => "the origin".to_owned(),
        }
    }
}
