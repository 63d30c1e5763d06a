//! Commits as the repository stores them: those of the commit-graph in one go, the others object by object.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use gix::ObjectId;
use gix::commitgraph::{Graph, Position};
use gix::prelude::FindExt;

use super::dag::Raw;
use super::error::causes;
use super::{CommitGraph, HistoryError};

/// Reads commits. Those of the commit-graph have the positions that they have there, the others follow.
pub(super) struct Reader<'r> {
    path: &'r Path,
    objects: &'r gix::OdbHandle,
    pub(super) graph: Option<&'r Graph>,
    /// Where a shallow clone ends: their parents are not there.
    shallow: HashSet<ObjectId>,
    pub(super) raw: Raw,
    /// The names of those outside of the commit-graph.
    pub(super) loose: Vec<ObjectId>,
    pub(super) known: HashMap<ObjectId, u32>,
    /// Positions of commits whose parents are cut off.
    pub(super) cut: Vec<u32>,
    buffer: Vec<u8>,
}

/// A commit whose parents are still being read.
struct Open {
    id: ObjectId,
    date: u64,
    parents: Vec<ObjectId>,
    next: usize,
}

/// In [`Reader::known`]: not numbered yet.
const OPEN: u32 = u32::MAX;

impl<'r> Reader<'r> {
    pub(super) fn new(path: &'r Path, objects: &'r gix::OdbHandle, shallow: HashSet<ObjectId>) -> Self {
        Self {
            path,
            objects,
            graph: None,
            shallow,
            raw: Raw::default(),
            loose: Vec::new(),
            known: HashMap::new(),
            cut: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// Takes over a commit-graph; says what became of it.
    pub(super) fn take(&mut self, graph: &'r Graph) -> CommitGraph {
        match read_graph(graph) {
            Ok(raw) if raw.levels_hold() => {
                (self.raw, self.graph) = (raw, Some(graph));
                CommitGraph::Used(graph.num_commits())
            }
            Ok(_) => CommitGraph::Ignored("its generation numbers are missing or wrong".to_owned()),
            Err(what) => CommitGraph::Ignored(what),
        }
    }

    pub(super) fn position(&self, id: &ObjectId) -> Option<u32> {
        let in_graph = || self.graph.and_then(|graph| graph.lookup(id)).map(|position| position.0);
        self.known.get(id).copied().or_else(in_graph)
    }

    /// Reads a commit and its ancestors, parents first.
    pub(super) fn read(&mut self, tip: ObjectId) -> Result<(), HistoryError> {
        if self.position(&tip).is_some() {
            return Ok(());
        }
        let mut stack = vec![self.open(tip)?];
        while let Some(top) = stack.last_mut() {
            let Some(parent) = top.parents.get(top.next).copied() else {
                self.close(top);
                stack.pop();
                continue;
            };
            top.next += 1;
            match self.position(&parent) {
                Some(OPEN) => return Err(self.damaged(&parent, "is its own ancestor")),
                Some(_) => {}
                None => stack.push(self.open(parent)?),
            }
        }
        Ok(())
    }

    fn open(&mut self, id: ObjectId) -> Result<Open, HistoryError> {
        let commit = self.objects.find_commit(&id, &mut self.buffer);
        let commit = commit.map_err(|error| HistoryError::unreadable(self.path, &id, &error))?;
        let parents = if self.shallow.contains(&id) { Vec::new() } else { commit.parents().collect() };
        let seconds = commit.committer().map_or(0, |committer| committer.seconds());
        let date = u64::try_from(seconds).unwrap_or(0).min(LAST_DATE);
        self.known.insert(id, OPEN);
        Ok(Open { id, date, parents, next: 0 })
    }

    fn close(&mut self, commit: &Open) {
        let parents: Vec<_> = commit.parents.iter().filter_map(|parent| self.position(parent)).collect();
        let level = parents.iter().map(|parent| self.raw.levels[*parent as usize]).max().map_or(1, |most| most + 1);
        let position = u32::try_from(self.raw.dates.len()).unwrap_or(OPEN);
        if self.shallow.contains(&commit.id) {
            self.cut.push(position);
        }
        self.raw.parents.push(parents);
        self.raw.dates.push(commit.date);
        self.raw.levels.push(level);
        self.loose.push(commit.id);
        self.known.insert(commit.id, position);
    }

    fn damaged(&self, id: &ObjectId, what: &str) -> HistoryError {
        HistoryError::damaged(self.path, &format!("commit {id} {what}"))
    }
}

/// A commit-graph has 34 bits for a date.
const LAST_DATE: u64 = (1 << 34) - 1;

fn read_graph(graph: &Graph) -> Result<Raw, String> {
    let mut raw = Raw::with_capacity(graph.num_commits() as usize);
    let mut parents = Vec::new();
    for commit in graph.iter_commits() {
        parents.clear();
        for parent in commit.iter_parents() {
            let Position(parent) = parent.map_err(|error| causes(&error))?;
            parents.push(parent);
        }
        raw.parents.push(parents.iter().copied());
        raw.dates.push(commit.committer_timestamp());
        raw.levels.push(commit.generation());
    }
    Ok(raw)
}
