//! Exit codes, the same for every command.

use std::process::{ExitCode, Termination};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything that was asked for is done.
    Success,
    /// 1: the gate was asked, and a bisection does not pass.
    GateFailed,
    /// 1: `session ask` has nothing more to ask: the search is over.
    Over,
    /// 3: `run` came to the end, and no commit is to blame.
    NoCommit,
    /// 4: `run` came to an end, and it is undecided.
    Undecided,
    /// 2: wrong usage, or something could not be read or written. What could be done is done.
    Failed,
}

/// Joins lines of a help.
macro_rules! lines {
    ($first:expr $(, $line:expr)*) => { concat!("  ", $first $(, "\n  ", $line)*) };
}

/// What code 2 means everywhere.
macro_rules! failed {
    () => {
        "2  wrong usage, or something could not be read or written; the rest is still done"
    };
}

/// Of the program as a whole.
pub(super) const ALL: &str = lines!(
    "0  done; a gate passed",
    "1  a gate failed: a bisection does not pass; session ask: the search is over",
    failed!(),
    "3  run, session status: no commit is to blame",
    "4  run, session status: undecided"
);

/// Of commands that do something or do not.
pub(super) const WORKS: &str = lines!("0  done", failed!());

/// Of `gate`.
pub(super) const JUDGES: &str = lines!("0  every bisection passes", "1  one does not pass", failed!());

/// Of searches.
pub(super) const SEARCHES: &str =
    lines!("0  one commit is sure", failed!(), "3  no commit is to blame", "4  undecided");

/// Of `session ask`.
pub(super) const ASKS: &str =
    lines!("0  something to run, or nothing until others have told", "1  the search is over", failed!());

/// Of `session` as a whole.
pub(super) const ALL_OF_SESSION: &str = lines!(
    "0  done",
    "1  ask: the search is over",
    failed!(),
    "3  status: no commit is to blame",
    "4  status: undecided"
);

impl Termination for Exit {
    fn report(self) -> ExitCode {
        match self {
            Self::Success => ExitCode::SUCCESS,
            Self::GateFailed | Self::Over => ExitCode::from(1),
            Self::Failed => ExitCode::from(2),
            Self::NoCommit => ExitCode::from(3),
            Self::Undecided => ExitCode::from(4),
        }
    }
}
