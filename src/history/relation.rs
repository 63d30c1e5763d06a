//! How tested revisions relate to the commits that could have brought a change.

use fixedbitset::FixedBitSet;

use crate::evidence::CommitId;

use super::dag::Node;
use super::sets::containment;
use super::split::{Candidates, Split};
use super::{History, Lost};

/// Commits that the same tested revisions contain: no run can tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Indices of the tested revisions that contain these commits; at least one, and not all that were found.
    pub contained_in: FixedBitSet,
    /// How many commits they are; at least one.
    pub commits: u64,
}

/// Where a commit lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the region of this index.
    Region(usize),
    /// In the history of every tested revision that was found.
    Older,
    /// In the history of none.
    Outside,
}

/// How tested revisions relate to every commit.
pub struct Relation<'h> {
    history: &'h History,
    /// In the order of their newest commits, old to new.
    pub regions: Vec<Region>,
    /// Tested revisions that have no commit in the repository, and why.
    pub missing: Vec<(usize, Lost)>,
    /// Commits in the history of every tested revision that was found; the oldest of these included, if it is an
    /// ancestor of all. In a shallow clone, those that are there.
    pub older: u64,
    tested: Vec<Option<Node>>,
    within: Vec<FixedBitSet>,
    /// The commits of each region, old to new.
    members: Vec<Vec<Node>>,
}

impl<'h> Relation<'h> {
    pub(super) fn new(history: &'h History, tested: &[CommitId]) -> Self {
        let found: Vec<_> = tested.iter().map(|commit| history.find(commit)).collect();
        let missing = found.iter().enumerate().filter_map(|(i, found)| found.err().map(|why| (i, why))).collect();
        let tested: Vec<_> = found.iter().map(|found| found.ok()).collect();
        let known = containment(&history.dag, &tested);
        let (sets, members): (Vec<_>, Vec<_>) = known.regions.into_iter().unzip();
        let regions = sets.into_iter().zip(&members);
        let regions = regions.map(|(contained_in, nodes)| Region { contained_in, commits: nodes.len() as u64 });
        Self { history, regions: regions.collect(), missing, older: known.older, tested, within: known.within, members }
    }

    /// The history that it is about.
    #[must_use]
    pub const fn history(&self) -> &'h History {
        self.history
    }

    /// The commit of a tested revision.
    #[must_use]
    pub fn tested(&self, i: usize) -> Option<Node> {
        self.tested.get(i).copied().flatten()
    }

    /// Whether tested revision `ancestor` is in the history of tested revision `i`; a revision is in its own. Unknown
    /// where one of the two is missing.
    #[must_use]
    pub fn contains(&self, i: usize, ancestor: usize) -> Option<bool> {
        self.tested(i)?;
        self.tested(ancestor)?;
        Some(self.within[ancestor].contains(i))
    }

    /// The commits of a region, newest first.
    #[must_use]
    pub fn commits_of(&self, region: usize) -> impl DoubleEndedIterator<Item = Node> + ExactSizeIterator + '_ {
        self.members[region].iter().rev().copied()
    }

    /// The commits of all regions that tested revision `i` contains, newest first, with their regions. So a commit's
    /// place among them is its age as seen from there, and everything [`Relation::older`] comes after the last.
    #[must_use]
    pub fn by_age(&self, i: usize) -> Vec<(Node, usize)> {
        let contained = |region: &usize| self.regions[*region].contained_in.contains(i);
        let regions = (0..self.regions.len()).filter(contained);
        let mut commits: Vec<_> =
            regions.flat_map(|region| self.members[region].iter().map(move |node| (*node, region))).collect();
        commits.sort_unstable_by(|a, b| b.cmp(a));
        commits
    }

    /// Where a commit lies.
    #[must_use]
    pub fn place_of(&self, commit: Node) -> Place {
        let holds = |nodes: &Vec<Node>| nodes.binary_search(&commit).is_ok();
        let older = || self.tested.iter().flatten().next().is_some_and(|node| self.history.contains(*node, commit));
        match self.members.iter().position(holds) {
            Some(region) => Place::Region(region),
            None if older() => Place::Older,
            None => Place::Outside,
        }
    }

    /// How many commits of each region are in the history of `commit`: what a test of it would tell apart.
    #[must_use]
    pub fn shares(&self, commit: Node) -> Vec<u64> {
        self.candidates().shares(commit, self.regions.len())
    }

    /// The commit whose history holds as nearly as possible the share `target` of all `mass`, which is given by region
    /// and commit and is not negative. With 0.5 this is the next commit to test, as `git bisect` chooses it; for
    /// several machines, several targets. Only commits with mass that are `allowed` are chosen.
    ///
    /// Exact for up to 16 000 commits, and for any number where these lie on a line; else nearly so.
    #[must_use]
    pub fn split(
        &self,
        target: f64,
        mass: impl Fn(usize, Node) -> f64,
        allowed: impl Fn(Node) -> bool,
    ) -> Option<Split> {
        self.candidates().split(target, mass, allowed)
    }

    /// [`Relation::split`] in halves; each region's mass is spread evenly over its commits.
    #[must_use]
    pub fn midpoint(&self, masses: &[f64]) -> Option<Split> {
        #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
        let each = |region: usize| masses.get(region).map_or(0.0, |mass| mass / self.regions[region].commits as f64);
        self.split(0.5, |region, _| each(region), |_| true)
    }

    fn candidates(&self) -> Candidates {
        Candidates::new(&self.history.dag, &self.members)
    }
}
