//! The names of a repository's commits: those of its commit-graph by their positions there, the others after them.

use std::collections::HashMap;

use gix::ObjectId;
use gix::commitgraph::{Graph, Position};

use crate::evidence::CommitId;

use super::repository::{Read, Repository, resolve};
use super::{CommitGraph, History, Lost, Origin};

/// A repository of which commits were read.
pub(super) struct Opened {
    pub(super) repository: Repository,
    graph: Option<Graph>,
    pub(super) state: CommitGraph,
    loose: Vec<ObjectId>,
    known: HashMap<ObjectId, u32>,
}

impl Opened {
    /// The position of the commit that a name means.
    pub(super) fn find(&self, name: &CommitId) -> Result<u32, Lost> {
        let id = resolve(&self.repository.handle(), self.graph.as_ref(), name)?;
        self.position(&id)
    }

    fn position(&self, id: &ObjectId) -> Result<u32, Lost> {
        let in_graph = || self.graph.as_ref().and_then(|graph| graph.lookup(id)).map(|position| position.0);
        self.known.get(id).copied().or_else(in_graph).ok_or(Lost::Unrelated)
    }

    pub(super) fn object_id(&self, position: u32) -> &gix::oid {
        name_at(self.graph.as_ref(), &self.loose, position)
    }

    pub(super) fn id(&self, position: u32) -> CommitId {
        commit_id(self.object_id(position))
    }
}

impl History {
    pub(super) fn read(
        repository: Repository,
        graph: Option<Graph>,
        state: CommitGraph,
        read: Read,
        names: &HashMap<CommitId, Result<ObjectId, Lost>>,
    ) -> Self {
        let name = |position: u32| name_at(graph.as_ref(), &read.loose, position);
        let numbered = read.raw.numbered(|a, b| name(a).cmp(name(b)));
        let opened = Opened { repository, graph, state, loose: read.loose, known: read.known };
        let positions = names.iter().map(|(name, id)| (*name, id.and_then(|id| opened.position(&id)))).collect();
        Self::new(Origin::Opened(Box::new(opened)), numbered, positions, &read.cut)
    }
}

/// The name of the commit at a position: those of the commit-graph come first.
fn name_at<'a>(graph: Option<&'a Graph>, loose: &'a [ObjectId], position: u32) -> &'a gix::oid {
    let in_graph = graph.map_or(0, Graph::num_commits);
    match graph {
        Some(graph) if position < in_graph => graph.id_at(Position(position)),
        _ => &loose[(position - in_graph) as usize],
    }
}

pub(super) fn commit_id(id: &gix::oid) -> CommitId {
    CommitId::parse_full(&id.to_string()).expect("git's names are hexadecimal, of 40 or 64 digits")
}
