//! Why a repository gives no history.

#[cfg(feature = "git")]
use std::error::Error;
#[cfg(feature = "git")]
use std::path::Path;
use std::path::PathBuf;

use crate::evidence::hides;

/// Why a repository gives no history.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is nothing at the path.
    #[doc(hidden)]
    #[error("{}: no such folder: name a git repository", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// It is something else.
    #[doc(hidden)]
    #[error("{}: not in a git repository: name a clone, a work tree or a bare repository", path.display())]
    NotARepository {
        /// The path as given.
        path: PathBuf,
    },
    /// It may not be read.
    #[doc(hidden)]
    #[error("{}: cannot be read: permission denied", path.display())]
    Denied {
        /// The path as given.
        path: PathBuf,
    },
    /// A newer or rarer form of repository.
    #[doc(hidden)]
    #[error("{}: a kind of git repository that cannot be read yet: {what}", path.display())]
    Unsupported {
        /// The path as given.
        path: PathBuf,
        /// Which kind.
        what: String,
    },
    /// Something in it is broken.
    #[doc(hidden)]
    #[error("{}: damaged git repository: {what}: `git fsck` tells more", path.display())]
    Damaged {
        /// The path as given.
        path: PathBuf,
        /// What is broken.
        what: String,
    },
}

#[cfg(feature = "git")]
impl HistoryError {
    /// What went wrong in a repository that is there.
    pub(super) fn of(error: &gix::Error, path: &Path) -> Self {
        let path = path.to_owned();
        if error.is_permission_denied() {
            return Self::Denied { path };
        }
        let what = causes(error);
        if error.is_unsupported() { Self::Unsupported { path, what } } else { Self::Damaged { path, what } }
    }

    pub(super) fn unreadable(path: &Path, id: &gix::oid, error: &(dyn Error + 'static)) -> Self {
        Self::damaged(path, &format!("commit {id} cannot be read: {}", causes(error)))
    }

    pub(super) fn damaged(path: &Path, what: &str) -> Self {
        Self::Damaged { path: path.to_owned(), what: one_line(what) }
    }
}

/// An error with what led to it. gix marks some with a bare class, which says nothing to a person.
#[cfg(feature = "git")]
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    let told = chain.filter(|error| !error.is::<gix::error::ClassificationMarker>());
    let mut texts: Vec<String> = told.map(|error| one_line(&error.to_string())).collect();
    texts.dedup();
    texts.join(": ")
}

/// A message for one line of a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().map(plain).collect::<Vec<_>>().join(" ")
}

/// A text without what cannot be seen and could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !hides(*c)).collect()
}
