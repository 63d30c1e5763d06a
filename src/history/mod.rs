//! The true ancestor relation of a git repository, or of commits that somebody tells.
//!
//! On a line, each tested revision contains everything older. In a history with merges a revision off the culprit's
//! branch does not contain it, however late it is. So the commits fall into [`Region`]s: those that the same tested
//! revisions contain. No run tells two commits of a region apart.
//!
//! A `Repository` is opened (feature `git`), the ancestors of all revisions of interest are read once ([`History`]), and
//! each bisection has its [`Relation`] from there, which reads nothing more. Without git, [`History::of`] takes a list.

mod code;
mod commands;
#[cfg(feature = "git")]
mod contents;
mod dag;
mod describe;
mod error;
mod listed;
mod nearness;
#[cfg(feature = "git")]
mod opened;
#[cfg(feature = "git")]
mod reading;
mod relation;
#[cfg(feature = "git")]
mod repository;
mod sets;
mod split;
mod weights;

use std::collections::HashMap;
use std::path::Path;

use crate::evidence::CommitId;

pub use code::Functions;
pub use commands::{Command, argument, bisect_commands, syz_test};
pub use dag::Node;
pub use describe::{Described, Touched};
pub use error::HistoryError;
pub use listed::{Commit, ListError};
pub use nearness::{Nearness, WEIGHED_COMMITS, log_weight, nearness};
pub use relation::{Place, Region, Relation};
#[cfg(feature = "git")]
pub use repository::Repository;
pub use split::Split;
pub use weights::{CommitWeights, Weights, WeightsError};

use dag::{Dag, Numbered};
use listed::Listed;
#[cfg(feature = "git")]
use opened::Opened;

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

/// What became of the repository's commit-graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitGraph {
    /// It was read; this many commits are in it.
    Used(u32),
    /// There is none. `git commit-graph write --reachable` makes one, and a long history faster to read.
    Missing,
    /// It was not used, and why.
    Ignored(String),
}

/// The commits of a repository that matter, with their parents.
pub struct History {
    origin: Origin,
    dag: Dag,
    /// The position of each node in its origin.
    positions: Vec<u32>,
    /// The node of each position.
    nodes: Vec<Node>,
    /// The names that were asked for beforehand.
    names: HashMap<CommitId, Result<Node, Lost>>,
    /// Where a shallow clone ends.
    cut: Vec<Node>,
}

/// What knows the names of commits and what is in them.
enum Origin {
    Listed(Listed),
    #[cfg(feature = "git")]
    Opened(Box<Opened>),
}

impl History {
    fn new(origin: Origin, commits: Numbered, names: HashMap<CommitId, Result<u32, Lost>>, cut: &[u32]) -> Self {
        let Numbered { dag, positions, nodes } = commits;
        let cut = cut.iter().map(|position| nodes[*position as usize]).collect();
        let node = |position: u32| nodes[position as usize];
        let names = names.into_iter().map(|(name, position)| (name, position.map(node))).collect();
        Self { origin, dag, positions, nodes, names, cut }
    }

    /// Where the repository was opened, or what a list was called.
    #[must_use]
    pub fn path(&self) -> &Path {
        match &self.origin {
            Origin::Listed(listed) => listed.path(),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.repository.path(),
        }
    }

    /// What became of the repository's commit-graph.
    #[must_use]
    pub const fn commit_graph(&self) -> &CommitGraph {
        match &self.origin {
            Origin::Listed(_) => &CommitGraph::Missing,
            #[cfg(feature = "git")]
            Origin::Opened(opened) => &opened.state,
        }
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
        let position = match &self.origin {
            Origin::Listed(listed) => listed.find(commit)?,
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.find(commit)?,
        };
        Ok(self.nodes[position as usize])
    }

    /// The whole name of a commit.
    #[must_use]
    pub fn id(&self, node: Node) -> CommitId {
        let position = self.positions[node.index()];
        match &self.origin {
            Origin::Listed(listed) => listed.id(position),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.id(position),
        }
    }

    /// The commit with this number, which [`Node::index`] gives.
    pub(crate) fn node(&self, index: usize) -> Option<Node> {
        u32::try_from(index).ok().filter(|_| index < self.len()).map(Node)
    }

    /// The parents of a commit; the first is the branch that it was made on.
    #[must_use]
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

    fn positions(&self, nodes: &[Node]) -> impl Iterator<Item = u32> {
        nodes.iter().map(|node| self.positions[node.index()])
    }
}
