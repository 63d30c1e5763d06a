//! What a commit says of itself, and the files that it touches.

use jiff::Timestamp;

use crate::evidence::CommitId;

use super::dag::Node;
use super::{History, HistoryError, Origin};

/// What a person wants to know of a commit. Texts hold no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its whole name.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// The author's name.
    pub author: String,
    /// When it was written, where that is a date.
    pub authored: Option<Timestamp>,
    /// How many parents it has: 0 for a root, 2 or more for a merge.
    pub parents: usize,
}

/// The files that a commit touches: what differs from its parent, and for a merge from each of its parents. So a merge
/// touches only what it changed itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Their paths, sorted.
    pub files: Vec<String>,
    /// Whether all are there: not when they are more than the limit, or the clone has not the folders to compare.
    pub complete: bool,
}

impl History {
    /// Reads what commits say of themselves, in the order of `commits`.
    ///
    /// # Errors
    /// [`HistoryError::Damaged`] when one cannot be read.
    pub fn describe(&self, commits: &[Node]) -> Result<Vec<Described>, HistoryError> {
        match &self.origin {
            Origin::Listed(listed) => Ok(self.positions(commits).map(|position| listed.describe(position)).collect()),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.describe(&self.positions(commits).collect::<Vec<_>>()),
        }
    }

    /// The files that each commit touches, in the order of `commits`; no more than `limit` of one commit.
    #[must_use]
    pub fn touched(&self, commits: &[Node], limit: usize) -> Vec<Touched> {
        match &self.origin {
            Origin::Listed(listed) => self.positions(commits).map(|position| listed.touched(position, limit)).collect(),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.touched(&self.positions(commits).collect::<Vec<_>>(), limit),
        }
    }
}
