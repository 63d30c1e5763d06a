//! The true ancestor relation of a git repository.
//!
//! On a line, each tested revision contains everything older. In a history with merges a revision off the culprit's
//! branch does not contain it, however late it is. So the commits fall into [`Region`]s: those that the same tested
//! revisions contain. No run tells two commits of a region apart.
//!
//! A [`Repository`] is opened, the ancestors of all revisions of interest are read once ([`History`]), and each
//! bisection has its [`Relation`] from there, which reads nothing more.

mod commands;
mod dag;
mod describe;
mod error;
mod nearness;
mod reading;
mod relation;
mod repository;
mod sets;
mod split;
mod weights;

use std::collections::HashMap;
use std::path::Path;

use gix::ObjectId;
use gix::commitgraph::{Graph, Position};

use crate::evidence::CommitId;

pub use commands::bisect_commands;
pub use dag::Node;
pub use describe::{Described, Touched};
pub use error::HistoryError;
pub use nearness::{Nearness, WEIGHED_COMMITS, log_weight, nearness};
pub use reading::CommitGraph;
pub use relation::{Place, Region, Relation};
pub use repository::Repository;
pub use split::Split;
pub use weights::{CommitWeights, Weights, WeightsError};

use dag::Dag;
use repository::{Read, resolve};

/// Why a name has no commit in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The repository has no such commit: another remote's, or beyond the end of a shallow clone.
    #[error("not in the repository")]
    Missing,
    /// Several commits begin with these digits.
    #[error("ambiguous: several commits begin so")]
    Ambiguous,
    /// It is a file, a folder, or a tag of one.
    #[error("not a commit")]
    NotACommit,
    /// Its object is damaged.
    #[error("its object cannot be read")]
    Unreadable,
    /// The repository has it, but it is no ancestor of what was read.
    #[error("unrelated to what was tested")]
    Unrelated,
}

/// The commits of a repository that matter, with their parents.
pub struct History {
    repository: Repository,
    graph: Option<Graph>,
    state: CommitGraph,
    dag: Dag,
    /// The position of each node: in the commit-graph, or after it in `loose`.
    positions: Vec<u32>,
    nodes: Vec<Node>,
    loose: Vec<ObjectId>,
    known: HashMap<ObjectId, u32>,
    names: HashMap<CommitId, Result<Node, Lost>>,
    /// Where a shallow clone ends.
    cut: Vec<Node>,
}

impl History {
    fn new(
        repository: Repository,
        graph: Option<Graph>,
        state: CommitGraph,
        read: Read,
        names: &HashMap<CommitId, Result<ObjectId, Lost>>,
    ) -> Self {
        let name = |position: u32| name_at(graph.as_ref(), &read.loose, position);
        let numbered = read.raw.numbered(|a, b| name(a).cmp(name(b)));
        let cut = read.cut.iter().map(|position| numbered.nodes[*position as usize]).collect();
        let mut history = Self {
            repository,
            graph,
            state,
            dag: numbered.dag,
            positions: numbered.positions,
            nodes: numbered.nodes,
            loose: read.loose,
            known: read.known,
            names: HashMap::new(),
            cut,
        };
        let node = |id: &Result<ObjectId, Lost>| id.and_then(|id| history.node(&id).ok_or(Lost::Unrelated));
        history.names = names.iter().map(|(name, id)| (*name, node(id))).collect();
        history
    }

    /// Where the repository was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.repository.path()
    }

    /// What became of the repository's commit-graph.
    #[must_use]
    pub const fn commit_graph(&self) -> &CommitGraph {
        &self.state
    }

    /// Whether the clone is shallow: what lies beyond its end is in no region and no count.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !self.cut.is_empty()
    }

    /// How many commits were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dag.len()
    }

    /// Whether no commit was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The commit of a hash, an abbreviated hash, a tag or a branch.
    ///
    /// # Errors
    /// [`Lost`] says why there is none.
    pub fn find(&self, commit: &CommitId) -> Result<Node, Lost> {
        if let Some(known) = self.names.get(commit) {
            return *known;
        }
        let id = resolve(&self.repository.handle(), self.graph.as_ref(), commit)?;
        self.node(&id).ok_or(Lost::Unrelated)
    }

    /// The whole name of a commit.
    #[must_use]
    pub fn id(&self, node: Node) -> CommitId {
        commit_id(&self.object_id(node))
    }

    /// The parents of a commit; the first is the branch that it was made on.
    pub fn parents(&self, node: Node) -> impl ExactSizeIterator<Item = Node> + '_ {
        self.dag.parents(node)
    }

    /// Whether `ancestor` is in the history of `commit`; a commit is in its own.
    #[must_use]
    pub fn contains(&self, commit: Node, ancestor: Node) -> bool {
        self.dag.contains(commit, ancestor)
    }

    /// How the tested revisions relate to every commit that could have brought the change.
    #[must_use]
    pub fn relation(&self, tested: &[CommitId]) -> Relation<'_> {
        Relation::new(self, tested)
    }

    /// The tested revisions from old to new, as indices: none stands before one of its ancestors, and otherwise their
    /// dates decide. Those that are not found are left out.
    #[must_use]
    pub fn topological_order(&self, tested: &[CommitId]) -> Vec<usize> {
        let found = tested.iter().enumerate().filter_map(|(i, commit)| Some((self.find(commit).ok()?, i)));
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found.into_iter().map(|(_, i)| i).collect()
    }

    fn node(&self, id: &ObjectId) -> Option<Node> {
        let in_graph = || self.graph.as_ref().and_then(|graph| graph.lookup(id)).map(|position| position.0);
        let position = self.known.get(id).copied().or_else(in_graph)?;
        Some(self.nodes[position as usize])
    }

    fn object_id(&self, node: Node) -> ObjectId {
        name_at(self.graph.as_ref(), &self.loose, self.positions[node.index()]).to_owned()
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

fn commit_id(id: &gix::oid) -> CommitId {
    CommitId::parse_full(&id.to_string()).expect("git's names are hexadecimal, of 40 or 64 digits")
}
