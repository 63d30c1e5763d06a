//! One test of one revision, and the moves of git's walk.

use serde::{Serialize, Serializer};

use super::{CommitId, Counts, Line, RevisionName, Run, Tag, Text};

/// Why a revision was tested.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The crash was reported there.
    Origin,
    /// A release, on the way back through tags.
    Release,
    /// The newest revision of a fix bisection.
    Head,
    /// A merge base, before git's own walk.
    MergeBase,
    /// The origin under another kernel configuration: not a point in history.
    Config,
    /// Chosen by git.
    Candidate,
    /// Built to compare signatures, never run.
    Parent,
}

impl Role {
    /// The name used in frames and JSON.
    #[doc(hidden)]
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Release => "release",
            Self::Head => "head",
            Self::MergeBase => "merge_base",
            Self::Config => "config",
            Self::Candidate => "candidate",
            Self::Parent => "parent",
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What a bisection decided about a revision. `Bad` has the bug, in cause and in fix bisections alike: the words of
/// a fix bisection's log, which calls the fixed side bad, are turned round when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Does not crash.
    Good,
    /// Crashes.
    Bad,
    /// Could not be judged.
    Skip,
}

impl Verdict {
    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skip => "skip",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How a verdict is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The log says it in this line.
    Recorded(Line),
    /// It follows from the runs and the rules of the program that wrote the log.
    Deduced,
}

/// A verdict and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// How we know.
    pub basis: Basis,
}

/// One test of one revision. The same revision may be tested more than once.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the test begins.
    pub line: Line,
    /// What was tested.
    pub commit: CommitId,
    /// The revision's tag, when the log names one.
    #[doc(hidden)]
    pub tag: Option<Tag>,
    /// Why it was tested.
    pub role: Role,
    /// The compiler, in the log's words.
    #[doc(hidden)]
    pub compiler: Option<Text>,
    /// The kernel's signature: equal signatures are equal binaries.
    #[doc(hidden)]
    pub signature: Option<Text>,
    /// Its runs, in the log's order.
    pub runs: Vec<Run>,
    /// Whether the number of runs is deduced: `all runs:` hides it.
    #[doc(hidden)]
    pub inferred: bool,
    /// Whether all runs are in the log. A cut log shows the fastest runs first, and these are the crashes.
    #[doc(hidden)]
    pub complete: bool,
    /// What was decided, if anything.
    #[doc(hidden)]
    pub decision: Option<Decision>,
}

impl Step {
    /// A test without a run, whole as far as it goes.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(line: Line, commit: CommitId, role: Role) -> Self {
        Self {
            line,
            commit,
            tag: None,
            role,
            compiler: None,
            signature: None,
            runs: Vec::new(),
            inferred: false,
            complete: true,
            decision: None,
        }
    }

    /// How its runs ended.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.runs)
    }

    /// The verdict, if any.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.decision.map(|decision| decision.verdict)
    }

    /// Whether its runs may enter a model: they are complete, and belong to a point in history.
    #[doc(hidden)]
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        self.complete && self.role != Role::Config && self.counts().trials() > 0
    }
}

/// On which side of the change git was told that a revision lies. In a fix bisection `Old` crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Before the change: git's `good`.
    Old,
    /// At the change or after it: git's `bad`.
    New,
}

/// git's estimate before a candidate: `Bisecting: N revisions left to test after this (roughly S steps)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// N.
    pub revisions: u32,
    /// S.
    pub steps: u32,
}

/// One candidate of git's walk and what git was told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where git was told, or where the candidate was announced when it never was.
    pub line: Line,
    /// The candidate.
    pub commit: CommitId,
    /// What git printed before it.
    pub remaining: Option<Remaining>,
    /// What git was told; `None` for a skip.
    pub side: Option<Side>,
    /// Its test, an index into the bisection's steps; a fix bisection may decide without one.
    pub step: Option<usize>,
    /// Whether somebody picked it: git itself splits what is left in halves.
    pub picked: bool,
}

/// git's walk between the two ends of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Where the walk begins.
    pub line: Line,
    /// The new end: crashes in a cause bisection.
    pub new_end: RevisionName,
    /// The old end: does not crash in a cause bisection.
    pub old_end: RevisionName,
    /// The decisions, in the log's order.
    pub moves: Vec<Move>,
    /// Tests of what is not in the new end's history, or no commit at all: the step, and the revision beside which it says as
    /// much, if any.
    pub aside: Vec<(usize, Option<CommitId>)>,
    /// A candidate that was announced but never decided.
    pub pending: Option<(CommitId, Option<Remaining>)>,
    /// Whether git said that one commit is left.
    pub concluded: bool,
}
