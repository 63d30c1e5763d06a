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

impl Exit {
    pub(super) const TABLE: &'static str = "\
Exit codes:
  0  done; a gate passed
  1  a gate failed: a bisection does not pass; session ask: the search is over
  2  wrong usage, or something could not be read or written; everything else is still printed
  3  run, session status: no commit is to blame
  4  run, session status: undecided";
}

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
