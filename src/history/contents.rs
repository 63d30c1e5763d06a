//! What a repository's objects say of a commit, and the files that it touches.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use gix::bstr::{BStr, ByteSlice};
use gix::diff::tree::{Recorder, Visit, visit};
use gix::objs::TreeRefIter;
use gix::prelude::FindExt;
use jiff::Timestamp;

use super::error::{one_line, plain};
use super::opened::{Opened, commit_id};
use super::{Described, HistoryError, Touched};

impl Opened {
    /// Reads what the commits at these positions say of themselves.
    pub(super) fn describe(&self, positions: &[u32]) -> Result<Vec<Described>, HistoryError> {
        let repository = self.repository.handle();
        positions.iter().map(|position| self.describe_one(&repository, *position)).collect()
    }

    fn describe_one(&self, repository: &gix::Repository, position: u32) -> Result<Described, HistoryError> {
        let id = self.object_id(position);
        let mut buffer = Vec::new();
        let commit = repository.objects.find_commit(id, &mut buffer);
        let commit = commit.map_err(|error| HistoryError::unreadable(self.repository.path(), id, &error))?;
        let author = commit.author().ok();
        let subject = commit.message.lines().next().unwrap_or_default();
        Ok(Described {
            commit: commit_id(id),
            subject: one_line(&subject.to_str_lossy()),
            author: author.map(|author| plain(&author.name.to_str_lossy())).unwrap_or_default(),
            authored: author.and_then(|author| Timestamp::from_second(author.seconds()).ok()),
            parents: commit.parents().count(),
        })
    }

    /// The files that the commits at these positions touch; no more than `limit` of one commit.
    pub(super) fn touched(&self, positions: &[u32], limit: usize) -> Vec<Touched> {
        let repository = self.repository.handle();
        let touched = |position: &u32| files_of(&repository, self.object_id(*position), limit).unwrap_or_default();
        positions.iter().map(touched).collect()
    }
}

impl Opened {
    /// The text of a file as of the commit at this position; `None` when it is not there, is no text, or is very large.
    pub(super) fn source(&self, position: u32, path: &str) -> Option<String> {
        const LARGEST: usize = 4 << 20;
        let repository = self.repository.handle();
        let entry = entry(&repository, self.object_id(position), path)?;
        let data = repository.find_object(entry).ok()?.detach().data;
        String::from_utf8(data).ok().filter(|text| text.len() <= LARGEST)
    }

    /// The objects of these files as of the commit at this position.
    pub(super) fn versions(&self, position: u32, paths: &[&str]) -> Vec<Option<gix::ObjectId>> {
        let repository = self.repository.handle();
        paths.iter().map(|path| entry(&repository, self.object_id(position), path)).collect()
    }

    /// The first digits of the commits behind `Fixes:` in the message of the commit at this position.
    pub(super) fn fixes(&self, position: u32) -> Vec<String> {
        const FEWEST_DIGITS: usize = 7;
        let repository = self.repository.handle();
        let mut buffer = Vec::new();
        let Ok(commit) = repository.objects.find_commit(self.object_id(position), &mut buffer) else {
            return Vec::new();
        };
        let message = commit.message.to_str_lossy();
        let named = message.lines().filter_map(|line| line.strip_prefix("Fixes:"));
        let digits =
            named.map(|rest| rest.trim_start().chars().take_while(char::is_ascii_hexdigit).collect::<String>());
        digits.filter(|digits| digits.len() >= FEWEST_DIGITS).map(|digits| digits.to_ascii_lowercase()).collect()
    }
}

/// The object of a file in the tree of a commit.
fn entry(repository: &gix::Repository, id: &gix::oid, path: &str) -> Option<gix::ObjectId> {
    let mut buffer = Vec::new();
    let tree = repository.objects.find_commit(id, &mut buffer).ok()?.tree();
    let entry = repository.find_object(tree).ok()?.try_into_tree().ok()?.lookup_entry_by_path(path).ok()??;
    entry.mode().is_blob().then(|| entry.object_id())
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
