//! Which of the tested revisions contain each commit.
//!
//! One pass from the newest commit down hands every commit's set on to its parents. Sets are few and neighbours mostly
//! have the same one, so a commit holds the number of its set, and two sets are joined once.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

use super::dag::{Dag, Node};

/// The number of a set; 0 is the empty one.
type SetId = u32;

/// Every set that occurred.
struct Sets {
    known: Vec<FixedBitSet>,
    numbers: HashMap<FixedBitSet, SetId>,
    joined: HashMap<(SetId, SetId), SetId>,
}

impl Sets {
    fn new(width: usize) -> Self {
        let mut sets = Self { known: Vec::new(), numbers: HashMap::new(), joined: HashMap::new() };
        sets.number(FixedBitSet::with_capacity(width));
        sets
    }

    fn number(&mut self, set: FixedBitSet) -> SetId {
        let next = SetId::try_from(self.known.len()).unwrap_or(SetId::MAX);
        let number = *self.numbers.entry(set.clone()).or_insert(next);
        if number == next {
            self.known.push(set);
        }
        number
    }

    fn join(&mut self, a: SetId, b: SetId) -> SetId {
        if a == b || a == 0 {
            return b;
        }
        if b == 0 {
            return a;
        }
        if let Some(known) = self.joined.get(&(a, b)) {
            return *known;
        }
        let union = &self.known[a as usize] | &self.known[b as usize];
        let number = self.number(union);
        self.joined.insert((a, b), number);
        number
    }
}

/// What the pass finds.
pub(super) struct Containment {
    /// The tested revisions that contain each tested one; empty for those without a node.
    pub(super) within: Vec<FixedBitSet>,
    /// Commits in the history of some tested revisions but not of all, by their set, sorted.
    pub(super) regions: Vec<(FixedBitSet, Vec<Node>)>,
    /// Commits in the history of all.
    pub(super) older: u64,
}

/// Relates every commit to the tested revisions. Where none has a node, nothing is contained in anything.
pub(super) fn containment(dag: &Dag, tested: &[Option<Node>]) -> Containment {
    let mut pass = Pass::new(tested);
    let (members, older) = pass.run(dag);
    let within = tested.iter().map(|node| pass.set_of(*node)).collect();
    let members = members.into_iter().enumerate().filter(|(_, nodes)| !nodes.is_empty());
    let regions = members.map(|(set, mut nodes)| {
        nodes.reverse();
        (pass.sets.known[set].clone(), nodes)
    });
    let mut regions: Vec<_> = regions.collect();
    regions.sort_unstable_by_key(|(_, nodes)| nodes.last().copied());
    Containment { within, regions, older }
}

struct Pass {
    sets: Sets,
    /// The set of each commit, as far as its children are done.
    held: Vec<SetId>,
    /// The set of all that were found.
    all: SetId,
}

impl Pass {
    fn new(tested: &[Option<Node>]) -> Self {
        let newest = tested.iter().flatten().max();
        let mut held: Vec<SetId> = vec![0; newest.map_or(0, |newest| newest.index() + 1)];
        let mut sets = Sets::new(tested.len());
        let mut all = 0;
        for (i, node) in tested.iter().enumerate() {
            let Some(node) = node else { continue };
            let mut own = FixedBitSet::with_capacity(tested.len());
            own.insert(i);
            let own = sets.number(own);
            all = sets.join(all, own);
            held[node.index()] = sets.join(held[node.index()], own);
        }
        Self { sets, held, all }
    }

    /// The commits of each set but the full one, newest first, and how many have the full one.
    fn run(&mut self, dag: &Dag) -> (Vec<Vec<Node>>, u64) {
        let (mut members, mut older): (Vec<Vec<Node>>, u64) = (Vec::new(), 0);
        for number in (0..u32::try_from(self.held.len()).unwrap_or(u32::MAX)).rev() {
            let (node, set) = (Node(number), self.held[number as usize]);
            if set == 0 {
                continue;
            }
            if set == self.all {
                older += 1;
            } else {
                members.resize_with(members.len().max(set as usize + 1), Vec::new);
                members[set as usize].push(node);
            }
            for parent in dag.parents(node) {
                let theirs = &mut self.held[parent.index()];
                if *theirs != set {
                    *theirs = self.sets.join(*theirs, set);
                }
            }
        }
        (members, older)
    }

    fn set_of(&self, node: Option<Node>) -> FixedBitSet {
        self.sets.known[node.map_or(0, |node| self.held[node.index()] as usize)].clone()
    }
}
