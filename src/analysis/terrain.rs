//! The places of a search in a history: which commits may be the change, and which revision tells what apart.

use std::collections::HashMap;

use crate::evidence::{CommitId, Kind};
use crate::history::{History, Node};
use crate::model::search::{Graph, Outside, Places, Revision};
use crate::prob::to_f64;

/// Commits as a search numbers them.
#[derive(Debug)]
pub struct Terrain {
    /// The prior over them.
    pub places: Places,
    /// The revision of each number.
    revisions: Vec<Node>,
    numbers: HashMap<Node, Revision>,
    /// Whether the numbers of changes run against those of revisions: on a line whose new end is the clean one.
    mirrored: bool,
}

impl Terrain {
    /// The commits that some of these revisions contain and others do not, with a weight each, which is 0 or more. None where
    /// no such commit has weight.
    #[must_use]
    pub fn between(
        history: &History,
        revisions: &[CommitId],
        kind: Kind,
        weight: impl Fn(Node) -> f64,
        outside: Outside,
    ) -> Option<Self> {
        let relation = history.relation(revisions);
        let regions = 0..relation.regions.len();
        let mut suspects: Vec<Node> = regions.flat_map(|region| relation.commits_of(region)).collect();
        suspects.sort_unstable();
        let among = |node: &Node| suspects.binary_search(node).is_ok();
        let mut others: Vec<Node> = (0..revisions.len()).filter_map(|i| relation.tested(i)).collect();
        others.retain(|node| !among(node));
        others.sort_unstable();
        others.dedup();
        if let [before] = others.as_slice()
            && is_line(history, &suspects)
        {
            return Self::line(*before, &suspects, kind, weight, outside);
        }
        let nodes: Vec<Node> = others.iter().chain(&suspects).copied().collect();
        let numbers: HashMap<Node, Revision> = nodes.iter().copied().zip(0..).collect();
        let number = |node: Node| numbers.get(&node).and_then(|number| u32::try_from(*number).ok());
        let commit = |node: &Node| {
            let parents = history.parents(*node).filter(|parent| among(node) && among(parent));
            (parents.filter_map(number).collect(), if among(node) { weight(*node) } else { 0.0 })
        };
        let graph = Graph::new(nodes.iter().map(commit).collect(), kind == Kind::Fix);
        let places = Places::graph(graph, outside)?;
        Some(Self { places, revisions: nodes, numbers, mirrored: false })
    }

    /// A line: number 0 is the clean end, and each change makes the revisions from its own number on crash.
    fn line(
        before: Node,
        suspects: &[Node],
        kind: Kind,
        weight: impl Fn(Node) -> f64,
        outside: Outside,
    ) -> Option<Self> {
        let mirrored = kind == Kind::Fix;
        let mut revisions: Vec<Node> = std::iter::once(before).chain(suspects.iter().copied()).collect();
        let mut weights: Vec<f64> = suspects.iter().map(|node| weight(*node)).collect();
        if mirrored {
            revisions.reverse();
            weights.reverse();
        }
        let mut pieces: Vec<(u64, f64)> = Vec::new();
        for weight in weights {
            match pieces.last_mut() {
                Some((commits, each)) if each.to_bits() == weight.to_bits() => *commits += 1,
                _ => pieces.push((1, weight)),
            }
        }
        for (commits, weight) in &mut pieces {
            *weight *= to_f64(*commits);
        }
        let places = Places::pieces(&pieces, outside)?;
        let numbers = revisions.iter().copied().zip(0..).collect();
        Some(Self { places, revisions, numbers, mirrored })
    }

    /// The number of a revision.
    #[must_use]
    pub fn number(&self, revision: Node) -> Option<Revision> {
        self.numbers.get(&revision).copied()
    }

    /// The revision of a number.
    #[must_use]
    pub fn revision(&self, number: Revision) -> Option<Node> {
        self.revisions.get(usize::try_from(number).ok()?).copied()
    }

    /// The commit of a change's number.
    #[must_use]
    pub fn change(&self, number: Revision) -> Option<Node> {
        self.revision(if self.mirrored { number.checked_sub(1)? } else { number })
    }

    /// The change's number of a commit.
    #[must_use]
    pub(crate) fn change_number(&self, commit: Node) -> Option<Revision> {
        self.number(commit).map(|number| if self.mirrored { number + 1 } else { number })
    }
}

/// Whether each commit has the one before it as its only parent among them.
fn is_line(history: &History, commits: &[Node]) -> bool {
    let follows = |pair: &[Node]| {
        let mut parents = history.parents(pair[1]).filter(|parent| commits.binary_search(parent).is_ok());
        parents.next() == Some(pair[0]) && parents.next().is_none()
    };
    commits.windows(2).all(follows)
}
