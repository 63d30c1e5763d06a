//! A history that branches: commits with their parents, as numbers. A run tells whether the change is in the history of the
//! revision that was run.

use fixedbitset::FixedBitSet;

use super::places::{Region, Revision, Span};

/// Commits that may be the change, and revisions that may be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The parents of each, all with smaller numbers.
    parents: Vec<Vec<u32>>,
    /// The prior weight of each.
    weights: Vec<f64>,
    /// Whether the change mends what fails: then a revision is bad that does not contain it.
    fix: bool,
}

/// Nodes whose histories are looked up at once.
const AT_ONCE: usize = u64::BITS as usize;

impl Graph {
    /// A graph of commits, each with its parents and its weight; parents that do not come before it do not count. A revision
    /// that cannot be the change has no weight.
    #[must_use]
    pub fn new(commits: Vec<(Vec<u32>, f64)>, fix: bool) -> Self {
        let (mut parents, weights): (Vec<Vec<u32>>, Vec<f64>) = commits.into_iter().unzip();
        (0..).zip(&mut parents).for_each(|(node, of): (u32, _)| of.retain(|parent| *parent < node));
        let weights = weights.into_iter().map(|weight| if weight.is_finite() { weight.max(0.0) } else { 0.0 });
        Self { parents, weights: weights.collect(), fix }
    }

    /// The weight of all.
    pub(super) fn total(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The weight of one.
    pub(super) fn weight(&self, node: Revision) -> f64 {
        usize::try_from(node).ok().and_then(|node| self.weights.get(node)).copied().unwrap_or(0.0)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The commits under which a revision is bad.
    pub(super) fn bad_under(&self, revision: Revision) -> FixedBitSet {
        let mut held = FixedBitSet::with_capacity(self.len());
        let node = usize::try_from(revision).unwrap_or(usize::MAX);
        if node < self.len() {
            held.insert(node);
            for at in (0..=node).rev() {
                if held.contains(at) {
                    self.parents[at].iter().for_each(|parent| held.insert(*parent as usize));
                }
            }
        }
        if self.fix {
            held.toggle_range(..);
        }
        held
    }

    /// The region of these nodes; none without weight. `scale` makes masses of weights.
    pub(super) fn region(&self, nodes: Vec<u32>, scale: f64) -> Option<Region> {
        let weight = |node: &u32| self.weights[*node as usize] * scale;
        let mass: f64 = nodes.iter().map(weight).sum();
        let commits = nodes.iter().filter(|node| weight(node) > 0.0).count() as u64;
        let heaviest = nodes.iter().map(|node| (Revision::from(*node), weight(node)));
        let heaviest = heaviest.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (mass > 0.0).then_some(Region { mass, commits, heaviest, span: Span::Among(nodes) })
    }

    /// The share of each region's mass under which each of these revisions is bad.
    pub(super) fn shares(&self, regions: &[&[u32]], revisions: &[Revision]) -> Vec<Vec<f64>> {
        let mut shares = Vec::with_capacity(revisions.len());
        for some in revisions.chunks(AT_ONCE) {
            let held = self.histories(some);
            let mut of = vec![vec![0.0; regions.len()]; some.len()];
            for (region, nodes) in regions.iter().enumerate() {
                let mut total = 0.0;
                for node in *nodes {
                    let weight = self.weights[*node as usize];
                    total += weight;
                    let mut set = held.get(*node as usize).copied().unwrap_or(0);
                    while set != 0 {
                        of[set.trailing_zeros() as usize][region] += weight;
                        set &= set - 1;
                    }
                }
                for share in &mut of {
                    let inside = if total > 0.0 { share[region] / total } else { 0.0 };
                    share[region] = if self.fix { 1.0 - inside } else { inside };
                }
            }
            shares.append(&mut of);
        }
        shares
    }

    /// For each node, which of these at most 64 revisions have it in their history.
    fn histories(&self, revisions: &[Revision]) -> Vec<u64> {
        let node = |revision: &Revision| usize::try_from(*revision).unwrap_or(usize::MAX).min(self.len() - 1);
        let newest = revisions.iter().map(node).max().map_or(0, |newest| newest + 1);
        let mut held = vec![0u64; newest];
        revisions.iter().enumerate().for_each(|(bit, revision)| held[node(revision)] |= 1 << bit);
        for at in (0..newest).rev() {
            let set = held[at];
            if set != 0 {
                self.parents[at].iter().for_each(|parent| held[*parent as usize] |= set);
            }
        }
        held
    }

    /// Revisions of a region under which about these shares of its mass are bad. Where histories meet, what both have is
    /// counted once only as far as that is cheap to know: the shares are nearly met, and [`Self::shares`] says how nearly.
    pub(super) fn near(&self, nodes: &[u32], shares: &[f64], allowed: impl Fn(Revision) -> bool) -> Vec<Revision> {
        let inside = self.weights_inside(nodes);
        let total: f64 = nodes.iter().map(|node| self.weights[*node as usize]).sum();
        let usable: Vec<usize> = (0..nodes.len()).filter(|at| allowed(Revision::from(nodes[*at]))).collect();
        let nearest = shares.iter().filter_map(|share| {
            let target = total * if self.fix { 1.0 - share } else { *share };
            let far = |at: &&usize| (inside[**at] - target).abs();
            usable.iter().min_by(|a, b| far(a).total_cmp(&far(b))).map(|at| Revision::from(nodes[*at]))
        });
        let mut found: Vec<Revision> = Vec::new();
        for revision in nearest {
            if !found.contains(&revision) {
                found.push(revision);
            }
        }
        found
    }

    /// The weight of each node's history among the nodes, itself included. A path between two nodes of a region stays in it.
    fn weights_inside(&self, nodes: &[u32]) -> Vec<f64> {
        /// Additions that may be spent on merges.
        const ADDITIONS: usize = 1 << 21;
        let place = |node: &u32| nodes.binary_search(node).ok();
        let parents: Vec<Vec<usize>> =
            nodes.iter().map(|node| self.parents[*node as usize].iter().filter_map(place).collect()).collect();
        let merges: Vec<Revision> =
            nodes.iter().zip(&parents).filter(|(_, of)| of.len() > 1).map(|(node, _)| Revision::from(*node)).collect();
        let exact = merges.len().saturating_mul(nodes.len()) <= ADDITIONS;
        let known = if exact { self.of_merges(nodes, &merges) } else { Vec::new() };
        let mut known = known.into_iter();
        let (mut inside, mut sum) = (Vec::with_capacity(nodes.len()), 0.0);
        for (node, of) in nodes.iter().zip(&parents) {
            let weight = self.weights[*node as usize];
            sum += weight;
            inside.push(match of.as_slice() {
                [] => weight,
                [one] => inside[*one] + weight,
                several => {
                    let both = several.iter().map(|parent| inside[*parent]).sum::<f64>() + weight;
                    known.next().unwrap_or_else(|| both.min(sum))
                }
            });
        }
        inside
    }

    fn of_merges(&self, nodes: &[u32], merges: &[Revision]) -> Vec<f64> {
        let total: f64 = nodes.iter().map(|node| self.weights[*node as usize]).sum();
        let shares = self.shares(&[nodes], merges);
        shares.into_iter().map(|of| total * if self.fix { 1.0 - of[0] } else { of[0] }).collect()
    }

    /// The node at which this share of a region's weight is passed.
    pub(super) fn at(&self, nodes: &[u32], share: f64) -> Revision {
        let weight = |node: &u32| self.weights[*node as usize];
        let mut left = share * nodes.iter().map(weight).sum::<f64>();
        let passed = nodes.iter().find(|node| {
            left -= weight(node);
            left < 0.0
        });
        let last = || nodes.iter().rev().find(|node| weight(node) > 0.0).or(nodes.last());
        passed.or_else(last).map_or(0, |node| Revision::from(*node))
    }
}
