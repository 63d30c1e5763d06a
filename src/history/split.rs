//! The commit that halves what is suspected, by the mass of its suspected ancestors, as `git bisect` does it
//! (`bisect.c`, `do_find_bisection`), with any mass in place of a count.

use std::collections::HashMap;

use super::dag::{Dag, Node};

/// A commit to test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The commit whose verdict halves what is left.
    pub commit: Node,
    /// The part of the mass in its history, itself included.
    pub share: f64,
}

/// Ancestors are looked up for so many commits at once.
const AT_ONCE: usize = u64::BITS as usize;

/// Additions that a round of probes may take; about a quarter of a second.
const ADDITIONS: usize = 1 << 28;

/// The commits of all regions and their parents among them.
pub(super) struct Candidates {
    /// Old to new, with their regions.
    commits: Vec<(Node, usize)>,
    parents: Vec<Vec<u32>>,
}

impl Candidates {
    pub(super) fn new(dag: &Dag, members: &[Vec<Node>]) -> Self {
        let regions = members.iter().enumerate();
        let mut commits: Vec<_> =
            regions.flat_map(|(region, nodes)| nodes.iter().map(move |node| (*node, region))).collect();
        commits.sort_unstable();
        let places: HashMap<Node, u32> = (0..).zip(&commits).map(|(place, (node, _))| (*node, place)).collect();
        let parents = |node: Node| dag.parents(node).filter_map(|parent| places.get(&parent).copied()).collect();
        let parents = commits.iter().map(|(node, _)| parents(*node)).collect();
        Self { commits, parents }
    }

    pub(super) fn shares(&self, commit: Node, regions: usize) -> Vec<u64> {
        let mut shares = vec![0; regions];
        if let Ok(place) = self.commits.binary_search_by_key(&commit, |(node, _)| *node) {
            self.visit(&[place], |ancestor, _| shares[self.commits[ancestor].1] += 1);
        }
        shares
    }

    /// Shows each ancestor of some of at most 64 places, with the set of those that it is an ancestor of.
    fn visit(&self, places: &[usize], mut show: impl FnMut(usize, u64)) {
        let newest = places.iter().max().map_or(0, |newest| newest + 1);
        let mut held = vec![0u64; newest];
        for (bit, place) in places.iter().enumerate() {
            held[*place] |= 1 << bit;
        }
        for place in (0..newest).rev() {
            let set = held[place];
            if set != 0 {
                show(place, set);
                self.parents[place].iter().for_each(|parent| held[*parent as usize] |= set);
            }
        }
    }

    /// The mass in the history of each of some places.
    fn weigh(&self, places: &[usize], mass: &[f64]) -> Vec<f64> {
        let mut sums = Vec::with_capacity(places.len());
        for some in places.chunks(AT_ONCE) {
            let mut sum = [0.0; AT_ONCE];
            self.visit(some, |ancestor, mut set| {
                while set != 0 {
                    sum[set.trailing_zeros() as usize] += mass[ancestor];
                    set &= set - 1;
                }
            });
            sums.extend_from_slice(&sum[..some.len()]);
        }
        sums
    }

    pub(super) fn split(
        &self,
        target: f64,
        mass: impl Fn(usize, Node) -> f64,
        allowed: impl Fn(Node) -> bool,
    ) -> Option<Split> {
        let usable = |mass: f64| if mass.is_finite() { mass.max(0.0) } else { 0.0 };
        let mass: Vec<_> = self.commits.iter().map(|(node, region)| usable(mass(*region, *node))).collect();
        let all: f64 = mass.iter().sum();
        let eligible = (0..mass.len()).filter(|place| mass[*place] > 0.0 && allowed(self.commits[*place].0));
        let places: Vec<_> = eligible.collect();
        let probes = (ADDITIONS / mass.len().max(1)).max(AT_ONCE);
        let (place, sum) = self.nearest(places, target * all, &mass, probes)?;
        Some(Split { commit: self.commits[place].0, share: sum / all })
    }

    /// The place whose history has the mass nearest to `target`, and that mass. Where there are more places than
    /// `probes`, some of them are tried, then those around the best.
    fn nearest(&self, mut places: Vec<usize>, target: f64, mass: &[f64], probes: usize) -> Option<(usize, f64)> {
        loop {
            let step = places.len().div_ceil(probes).max(1);
            let probed: Vec<_> = places.iter().copied().step_by(step).collect();
            let sums = self.weigh(&probed, mass).into_iter().enumerate();
            let far = |sum: &f64| (sum - target).abs();
            let (best, sum) = sums.min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b)))?;
            if step == 1 {
                return Some((probed[best], sum));
            }
            // Between the neighbours of the best probe.
            let around = (best.saturating_sub(1) * step)..((best + 1) * step).min(places.len());
            places = places[around].to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line, with a side branch of one commit from every tenth of it, merged five commits later.
    fn branched(commits: u32) -> Candidates {
        let before = |i: u32| i.checked_sub(1);
        let parents = |i: u32| match i % 10 {
            3 => vec![i - 3],
            4 => vec![i - 2],
            9 => vec![i - 1, i - 6],
            _ => before(i).into_iter().collect(),
        };
        let commits_of = (0..commits).map(|i| (Node(i), 0)).collect();
        Candidates { commits: commits_of, parents: (0..commits).map(parents).collect() }
    }

    #[test]
    fn few_probes_find_what_all_find() {
        let candidates = branched(5000);
        let mass = vec![1.0; 5000];
        for target in [1.0, 700.0, 2500.0, 4997.0] {
            let all = candidates.nearest((0..5000).collect(), target, &mass, 5000).unwrap();
            let few = candidates.nearest((0..5000).collect(), target, &mass, AT_ONCE).unwrap();
            assert!((all.1 - target).abs() <= 1.0);
            assert!((few.1 - target).abs() <= (all.1 - target).abs() + 1.0, "{target}: {few:?} {all:?}");
        }
        assert_eq!(candidates.nearest(Vec::new(), 1.0, &mass, AT_ONCE), None);
    }

    #[test]
    fn history_is_summed_once() {
        let candidates = branched(30);
        // The merge 9 has 0 to 8 in its history, by two ways.
        assert_eq!(candidates.weigh(&[9, 3, 8], &[1.0; 30]), [10.0, 2.0, 8.0]);
        assert_eq!(candidates.shares(Node(9), 1), [10]);
    }
}
