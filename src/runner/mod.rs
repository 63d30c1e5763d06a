//! A bisection from its beginning: what to run, what came of it, when it is over. A [`Session`] asks for runs, which you make
//! where you like, and is told how they ended. Everything is in its journal: whoever has that file can go on, on any machine.

// The program's `run` makes the runs itself: pick a commit, check it out beside the user's tree, build it once, run the test a few
// times, think again, stop when sure.
//
// What is believed comes from `model::search`, and, where crashes have titles, from `analysis`: the runs so far are written as
// a table (`log`) and analysed like any other log. This module owns the mechanics:
//
// - `state`: the journal, one event a line, from which a run goes on after a crash;
// - `worktree`: git's work trees of our own; the user's tree, index, branches and configuration are left alone;
// - `process`: one command with all its children, and a time limit;
// - `given`: runs that somebody made before;
// - `title`: how a crash gets its name;
// - `silence`: runs that say nothing;
// - `mind`: the search over the runs, which chooses the next commit; `standing`: what is believed, and whether to stop;
// - `planner`: both of them between visits, whoever makes these;
// - `drive`: the loop over all of these, with work trees of its own; `session`: the same for runs that are made elsewhere;
// - `candidates`: what is searched where it is no range of a repository; `outcome`: what came of it.

pub(crate) mod candidates;
pub(crate) mod costs;
pub(crate) mod drive;
pub(crate) mod git_bisect;
pub(crate) mod given;
pub(crate) mod log;
pub(crate) mod mind;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod planner;
pub(crate) mod process;
pub(crate) mod session;
pub(crate) mod silence;
pub(crate) mod standing;
pub(crate) mod start;
pub(crate) mod state;
pub(crate) mod title;
pub(crate) mod trial;
pub(crate) mod verify;
pub(crate) mod worktree;

pub use candidates::{Candidates, CandidatesError};
pub use options::Options;
pub use session::{Asked, Asking, Heard, Session, TellError};
pub use standing::{Best, Standing};
pub use state::{Answer, Reason, StateError};

#[doc(hidden)]
pub use drive::{Drive, Happening, clean, drive};
#[doc(hidden)]
pub use git_bisect::{Told, told};
#[doc(hidden)]
pub use given::{Given, given};
#[doc(hidden)]
pub use log::{evidence, log};
#[doc(hidden)]
pub use mind::{Mind, Next};
#[doc(hidden)]
pub use options::{Budget, Naming, Rates, TimeoutIs};
#[doc(hidden)]
pub use outcome::Outcome;
#[doc(hidden)]
pub use process::{Guard, Stop};
#[doc(hidden)]
pub use session::Decides;
#[doc(hidden)]
pub use silence::{Silent, Voids};
#[doc(hidden)]
pub use standing::crashes_at;
#[doc(hidden)]
pub use start::{Ends, ends_of, listed, prepare, repo};
#[doc(hidden)]
pub use state::{Candidate, Event, Journal, Lease, Start, State};
#[doc(hidden)]
pub use title::Namer;
#[doc(hidden)]
pub use trial::Visit;
#[doc(hidden)]
pub use verify::{Crashes, Verified};
#[doc(hidden)]
pub use worktree::Git;

use std::path::PathBuf;

use crate::evidence::CommitId;
use crate::history::HistoryError;

/// Why a bisection cannot begin or go on. What is in the journal stays there.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The repository cannot be read.
    #[doc(hidden)]
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The journal cannot be used.
    #[doc(hidden)]
    #[error(transparent)]
    State(#[from] StateError),
    /// git does not do what it is asked.
    #[doc(hidden)]
    #[error("git {what}: {why}")]
    Git {
        /// What it was asked.
        what: String,
        /// Its own words.
        why: String,
    },
    /// A name that means no commit.
    #[doc(hidden)]
    #[error("{name}: no such revision in {}", repository.display())]
    Unknown {
        /// The name as given.
        name: String,
        /// Where it was looked for.
        repository: PathBuf,
    },
    /// The two ends are not on one line.
    #[doc(hidden)]
    #[error(
        "{good} is no ancestor of {bad}, and not the other way round: no commit lies between them; \
         `git merge-base {good} {bad}` names a commit that does"
    )]
    Apart {
        /// The good end as given.
        good: String,
        /// The bad end as given.
        bad: String,
    },
    /// A list of candidates is none.
    #[doc(hidden)]
    #[error(transparent)]
    Candidates(#[from] CandidatesError),
    /// A name that no candidate has.
    #[doc(hidden)]
    #[error("{0}: no candidate of this name is listed")]
    Unlisted(String),
    /// An end of a list is not to be had.
    #[doc(hidden)]
    #[error("{}: it is an end of the range, and not to be had: name another", .0.short())]
    Missing(CommitId),
    /// An end is not on the other's line of first parents.
    #[doc(hidden)]
    #[error(
        "{} is not on the line of first parents of {}: without --first-parent side branches count; or name a commit on it",
        end.short(), newest.short()
    )]
    Aside {
        /// The end.
        end: CommitId,
        /// Where the line begins.
        newest: CommitId,
    },
    /// Nothing between the ends touches the paths.
    #[doc(hidden)]
    #[error("no commit between the ends touches {0}")]
    Untouched(String),
    /// The same commit is good and bad.
    #[doc(hidden)]
    #[error("{0} is both good and bad: nothing lies between")]
    Same(String),
    /// A submodule with changes.
    #[doc(hidden)]
    #[error(
        "{}: the submodule {name} has changes that no other work tree has: commit or stash them there, \
         or check out the commit that is recorded",
        repository.display()
    )]
    DirtySubmodule {
        /// The repository.
        repository: PathBuf,
        /// Its path in there.
        name: String,
    },
    /// There is no `git bisect` to take over.
    #[doc(hidden)]
    #[error("{}: {why}", path.display())]
    NoGitBisect {
        /// git's own state.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The test cannot be run at an end of the range, where it has to.
    #[doc(hidden)]
    #[error("{} cannot be started at {}: {why}", command, commit.short())]
    CannotStart {
        /// The words of the command, as they were given.
        command: String,
        /// The end at which it was tried.
        commit: CommitId,
        /// What the system or the shell says.
        why: String,
    },
    /// An end of the range cannot be tested.
    #[doc(hidden)]
    #[error("{} cannot be tested: {why}; name another --{side}", commit.short())]
    Untestable {
        /// The end that was named.
        commit: CommitId,
        /// `good` or `bad`.
        side: &'static str,
        /// What the command or the system says of it.
        why: String,
    },
    /// A command that names titles fails.
    #[doc(hidden)]
    #[error("--title-cmd {command:?}: {why}")]
    Naming {
        /// The words of the command, as they were given.
        command: String,
        /// What the command or the system says of it.
        why: String,
    },
    /// A file cannot be read or written.
    #[doc(hidden)]
    #[error("{}: {error}", path.display())]
    File {
        /// The file or folder that it was.
        path: PathBuf,
        /// What the system says of it.
        error: std::io::Error,
    },
}
