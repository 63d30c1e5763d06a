//! What a commit says of itself, and the files that it touches.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use gix::bstr::{BStr, ByteSlice};
use gix::diff::tree::{Recorder, Visit, visit};
use gix::objs::TreeRefIter;
use gix::prelude::FindExt;
use jiff::Timestamp;

use crate::evidence::CommitId;

use super::dag::Node;
use super::error::{one_line, plain};
use super::{History, HistoryError};

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
    /// Reads what commits say of themselves.
    ///
    /// # Errors
    /// [`HistoryError::Damaged`] when one cannot be read.
    pub fn describe(&self, commits: &[Node]) -> Result<Vec<Described>, HistoryError> {
        let repository = self.repository.handle();
        commits.iter().map(|node| self.describe_one(&repository, *node)).collect()
    }

    fn describe_one(&self, repository: &gix::Repository, node: Node) -> Result<Described, HistoryError> {
        let id = self.object_id(node);
        let mut buffer = Vec::new();
        let commit = repository.objects.find_commit(&id, &mut buffer);
        let commit = commit.map_err(|error| HistoryError::unreadable(self.path(), &id, &error))?;
        let author = commit.author().ok();
        let subject = commit.message.lines().next().unwrap_or_default();
        Ok(Described {
            commit: self.id(node),
            subject: one_line(&subject.to_str_lossy()),
            author: author.map(|author| plain(&author.name.to_str_lossy())).unwrap_or_default(),
            authored: author.and_then(|author| Timestamp::from_second(author.seconds()).ok()),
            parents: commit.parents().count(),
        })
    }

    /// The files that each commit touches; no more than `limit` of one commit.
    #[must_use]
    pub fn touched(&self, commits: &[Node], limit: usize) -> Vec<Touched> {
        let repository = self.repository.handle();
        let touched = |node: &Node| files_of(&repository, &self.object_id(*node), limit).unwrap_or_default();
        commits.iter().map(touched).collect()
    }
}

/// `None` when something that is needed is not there.
fn files_of(repository: &gix::Repository, id: &gix::oid, limit: usize) -> Option<Touched> {
    let tree_of = |id: &gix::oid| {
        let mut buffer = Vec::new();
        let tree = repository.objects.find_commit(id, &mut buffer).ok()?.tree();
        repository.objects.find_tree_iter(&tree, &mut buffer).ok()?;
        Some(buffer)
    };
    let mut buffer = Vec::new();
    let parents: Vec<_> = repository.objects.find_commit(id, &mut buffer).ok()?.parents().collect();
    let tree = tree_of(id)?;
    let differing = |other: &[u8]| differences(repository, other, &tree, limit);
    let Some((first, others)) = parents.split_first() else { return differing(&[]) };
    let mut touched = differing(&tree_of(first)?)?;
    for other in others {
        let also = differing(&tree_of(other)?)?;
        touched.complete &= also.complete;
        touched.files.retain(|file| also.files.binary_search(file).is_ok());
    }
    Some(touched)
}

fn differences(repository: &gix::Repository, old: &[u8], new: &[u8], limit: usize) -> Option<Touched> {
    use gix::diff::tree::Error;
    let hash = repository.object_hash();
    let (old, new) = (TreeRefIter::from_bytes(old, hash), TreeRefIter::from_bytes(new, hash));
    let mut paths = Paths { recorder: Recorder::default(), files: BTreeSet::new(), limit, visits: 0 };
    let complete = match gix::diff::tree(old, new, gix::diff::tree::State::default(), &repository.objects, &mut paths) {
        Ok(()) => true,
        Err(Error::Cancelled) => false,
        Err(_) => return None,
    };
    Some(Touched { files: paths.files.into_iter().collect(), complete })
}

/// Collects the paths of files.
struct Paths {
    recorder: Recorder,
    files: BTreeSet<String>,
    limit: usize,
    visits: usize,
}

/// Entries that may be looked at for each file that may be found: folders of folders have no end.
const VISITS_PER_FILE: usize = 32;

impl Visit for Paths {
    fn pop_front_tracked_path_and_set_current(&mut self) {
        self.recorder.pop_front_tracked_path_and_set_current();
    }

    fn push_back_tracked_path_component(&mut self, component: &BStr) {
        self.recorder.push_back_tracked_path_component(component);
    }

    fn push_path_component(&mut self, component: &BStr) {
        self.recorder.push_path_component(component);
    }

    fn pop_path_component(&mut self) {
        self.recorder.pop_path_component();
    }

    fn visit(&mut self, change: visit::Change) -> visit::Action {
        self.visits += 1;
        let file = !change.entry_mode().is_tree();
        if self.visits > self.limit * VISITS_PER_FILE || (file && self.files.len() == self.limit) {
            return ControlFlow::Break(());
        }
        if file {
            self.files.insert(plain(&self.recorder.path().to_str_lossy()));
        }
        ControlFlow::Continue(())
    }
}
