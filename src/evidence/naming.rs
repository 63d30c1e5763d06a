//! One name for each commit: people abbreviate the same hash here and there.

use std::collections::{BTreeSet, HashMap};

use super::{Bisection, CommitId, RevisionName};

impl Bisection {
    /// Gives every commit the longest of its names. An abbreviation that two longer names begin with stays what it is.
    pub(crate) fn unify_names(&mut self) {
        let (mut known, mut abbreviated) = (BTreeSet::new(), false);
        self.each_commit(&mut |commit| abbreviated |= !commit.is_full());
        if !abbreviated {
            return;
        }
        self.each_commit(&mut |commit| {
            if commit.is_hash() {
                known.insert(commit.to_string());
            }
        });
        let mut whole: HashMap<CommitId, CommitId> = HashMap::new();
        for name in &known {
            let longer: Vec<&String> =
                known.range(name.clone()..).take_while(|other| other.starts_with(name)).collect();
            let longest = longer.iter().max_by_key(|other| other.len());
            let one = longest.filter(|longest| longer.iter().all(|other| longest.starts_with(other.as_str())));
            if let Some((short, long)) =
                one.and_then(|long| Some((CommitId::parse(name).ok()?, CommitId::parse(long).ok()?)))
                && short != long
            {
                whole.insert(short, long);
            }
        }
        if !whole.is_empty() {
            self.each_commit(&mut |commit| *commit = whole.get(commit).copied().unwrap_or(*commit));
        }
    }

    fn each_commit(&mut self, of: &mut dyn FnMut(&mut CommitId)) {
        self.origin.iter_mut().for_each(&mut *of);
        self.steps.iter_mut().for_each(|step| of(&mut step.commit));
        self.order.iter_mut().for_each(|placed| of(&mut placed.commit));
        self.candidates.iter_mut().for_each(&mut *of);
        self.culprit.iter_mut().for_each(|culprit| of(&mut culprit.commit));
        let Some(walk) = &mut self.walk else { return };
        walk.moves.iter_mut().for_each(|one| of(&mut one.commit));
        walk.pending.iter_mut().for_each(|(commit, _)| of(commit));
        walk.aside.iter_mut().filter_map(|(_, place)| place.as_mut()).for_each(&mut *of);
        for end in [&mut walk.new_end, &mut walk.old_end] {
            if let RevisionName::Commit(commit) = end {
                of(commit);
            }
        }
    }
}
