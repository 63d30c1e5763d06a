//! Commits and their parents as numbers. Every parent has a smaller number than its child, so one pass from the greatest
//! number down meets children first, and memory is read nearly in order.
//!
//! The numbers follow git's corrected commit date: the commit's date, or one second more than its parents' when that is
//! later (`Documentation/technical/commit-graph.adoc`, generation number v2). Ties are broken by the object name. So
//! the order of two commits depends on the repository alone, and is that of their dates wherever clocks were right.

use std::cmp::Ordering;
use std::ops::Range;

/// A commit of a [`super::History`]. Ancestors have smaller numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(pub(super) u32);

impl Node {
    /// Its number among the commits that were read.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Lists of numbers, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    /// Where each list starts, and the end of the last.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl Lists {
    pub(super) fn with_capacity(lists: usize) -> Self {
        let mut starts = Vec::with_capacity(lists + 1);
        starts.push(0);
        Self { starts, items: Vec::with_capacity(lists + lists / 8) }
    }

    pub(super) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.items.extend(list);
        self.starts.push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn list(&self, i: u32) -> &[u32] {
        let i = i as usize;
        &self.items[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}

/// Commits as they were read, in any order.
#[derive(Default)]
pub(super) struct Raw {
    /// The parents of each.
    pub(super) parents: Lists,
    /// Committer dates in seconds.
    pub(super) dates: Vec<u64>,
    /// The longest way to a root, where the commit-graph has it: greater than every parent's.
    pub(super) levels: Vec<u32>,
}

impl Raw {
    #[cfg(feature = "git")]
    pub(super) fn with_capacity(commits: usize) -> Self {
        Self {
            parents: Lists::with_capacity(commits),
            dates: Vec::with_capacity(commits),
            levels: Vec::with_capacity(commits),
        }
    }

    fn all(&self) -> Range<u32> {
        0..u32::try_from(self.parents.len()).unwrap_or(u32::MAX)
    }

    /// Whether the levels can be trusted: old versions of git wrote zeros.
    #[cfg(feature = "git")]
    pub(super) fn levels_hold(&self) -> bool {
        let level = |i: u32| self.levels[i as usize];
        let above = |i| self.parents.list(i).iter().all(|parent| level(*parent) < level(i));
        self.all().all(|i| level(i) as usize <= self.levels.len() && above(i))
    }

    /// Positions with parents first, by level.
    fn by_level(&self) -> Vec<u32> {
        let mut starts = vec![0u32; self.levels.iter().max().map_or(0, |most| *most as usize + 2)];
        self.levels.iter().for_each(|level| starts[*level as usize + 1] += 1);
        (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
        let mut order = vec![0; self.levels.len()];
        for (i, level) in self.all().zip(&self.levels) {
            let place = &mut starts[*level as usize];
            order[*place as usize] = i;
            *place += 1;
        }
        order
    }

    /// git's corrected commit dates.
    fn corrected_dates(&self) -> Vec<u64> {
        let mut corrected = vec![0; self.dates.len()];
        for i in self.by_level() {
            let parents = self.parents.list(i).iter().map(|parent| corrected[*parent as usize] + 1);
            corrected[i as usize] = parents.max().unwrap_or(0).max(self.dates[i as usize]);
        }
        corrected
    }

    /// Numbers the commits. `names` compares the names of two positions.
    ///
    /// The levels must hold.
    pub(super) fn numbered(&self, names: impl Fn(u32, u32) -> Ordering) -> Numbered {
        let corrected = self.corrected_dates();
        let mut positions: Vec<u32> = self.all().collect();
        let date = |i: u32| corrected[i as usize];
        positions.sort_unstable_by(|a, b| date(*a).cmp(&date(*b)).then_with(|| names(*a, *b)));
        let mut nodes = vec![Node(0); positions.len()];
        for (number, position) in self.all().zip(&positions) {
            nodes[*position as usize] = Node(number);
        }
        let mut parents = Lists::with_capacity(positions.len());
        for position in &positions {
            parents.push(self.parents.list(*position).iter().map(|parent| nodes[*parent as usize].0));
        }
        Numbered { dag: Dag { parents }, positions, nodes }
    }
}

/// The result of [`Raw::numbered`].
pub(super) struct Numbered {
    pub(super) dag: Dag,
    /// The position of each number.
    pub(super) positions: Vec<u32>,
    /// The number of each position.
    pub(super) nodes: Vec<Node>,
}

/// Commits and their parents, numbered.
#[derive(Clone, Debug)]
pub(super) struct Dag {
    parents: Lists,
}

impl Dag {
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    pub(super) fn parents(&self, node: Node) -> impl ExactSizeIterator<Item = Node> + '_ {
        self.parents.list(node.0).iter().map(|parent| Node(*parent))
    }

    /// Whether `ancestor` is in the history of `node`; a commit is in its own.
    pub(super) fn contains(&self, node: Node, ancestor: Node) -> bool {
        if node < ancestor {
            return false;
        }
        let mut seen = fixedbitset::FixedBitSet::with_capacity((node.0 - ancestor.0) as usize + 1);
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            if next == ancestor {
                return true;
            }
            let older = self.parents(next).filter(|parent| *parent >= ancestor);
            open.extend(older.filter(|parent| !seen.put((parent.0 - ancestor.0) as usize)));
        }
        false
    }
}
