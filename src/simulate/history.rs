//! The commits of a simulated history. They are numbered in the order in which git lists them, parents first; a number
//! is all that a commit is, and its names follow from it.
//!
//! In a branched history the first-parent line consists of merges. Each brings in one side branch of ordinary commits,
//! which are numbered just before it and fork from an earlier commit of the line. Branches exist only between the ends
//! that git was given; no other commit off the line is ever tested.

use crate::evidence::CommitId;

use super::History;
use super::dice::Dice;
use super::titles;

/// The number of a commit.
pub(super) type Commit = u32;

/// Where a commit lies: its ancestors are everything up to `fork`, and what comes after `base` up to itself. On the
/// line `fork` and `base` are the commit itself.
#[derive(Clone, Copy, Debug)]
struct Place {
    fork: Commit,
    base: Commit,
}

/// A history.
pub(super) struct Commits {
    key: u64,
    shape: History,
    /// Before the first placed commit.
    old: Commit,
    places: Vec<Place>,
}

impl Commits {
    pub(super) fn new(shape: History, dice: &mut Dice) -> Self {
        Self { key: dice.bits(), shape, old: 0, places: Vec::new() }
    }

    /// Draws the branches after `old` up to `new`, which is no merge. Neither is the commit `change`: a merge rarely
    /// brings a bug of its own. No branch forks from before `oldest_fork`.
    pub(super) fn open(&mut self, old: Commit, new: Commit, change: Commit, oldest_fork: Commit, dice: &mut Dice) {
        if self.shape == History::Linear {
            return;
        }
        self.old = old;
        self.places.clear();
        let (mut line, mut last) = (vec![old], old);
        while last + 1 < new {
            let drawn = (dice.octaves(6) - 1).min(new - 2 - last);
            let length = if last + drawn + 1 == change { 0 } else { drawn };
            let fork = Self::fork(&line, dice).max(oldest_fork);
            let merge = last + length + 1;
            self.places.extend((0..length).map(|_| Place { fork, base: last }));
            self.places.push(Place { fork: merge, base: merge });
            line.push(merge);
            last = merge;
        }
        self.places.push(Place { fork: new, base: new });
    }

    /// The commit of the line from which a branch forks: mostly a near one.
    fn fork(line: &[Commit], dice: &mut Dice) -> Commit {
        /// What a place on the line is worth in commits, outside of the part that is drawn.
        const COMMITS: u32 = 14;
        let depth = dice.octaves(8) - 1;
        match line.iter().rev().nth(depth as usize) {
            Some(commit) => *commit,
            None => line[0].saturating_sub(COMMITS * (depth + 1 - u32::try_from(line.len()).unwrap_or(depth))),
        }
    }

    fn place(&self, commit: Commit) -> Place {
        let drawn = commit.checked_sub(self.old + 1).and_then(|i| self.places.get(i as usize));
        drawn.copied().unwrap_or(Place { fork: commit, base: commit })
    }

    /// Everything up to the first number, and what comes after the second up to the commit itself, are its ancestors.
    pub(super) fn ancestors(&self, commit: Commit) -> (Commit, Commit) {
        let Place { fork, base } = self.place(commit);
        (fork, base)
    }

    /// Whether `ancestor` is in the history of `commit`; a commit is in its own.
    pub(super) fn contains(&self, commit: Commit, ancestor: Commit) -> bool {
        let Place { fork, base } = self.place(commit);
        ancestor <= fork || (base < ancestor && ancestor <= commit)
    }

    /// The first parent, and the second of a merge.
    pub(super) fn parents(&self, commit: Commit) -> (Commit, Option<Commit>) {
        let Place { fork, base } = self.place(commit);
        let before = commit.saturating_sub(1);
        let on_line = base == commit;
        match self.place(before) {
            _ if !on_line => (if before == base { fork } else { before }, None),
            branch if branch.base != before => (branch.base, Some(before)),
            _ => (before, None),
        }
    }

    pub(super) fn is_merge(&self, commit: Commit) -> bool {
        self.parents(commit).1.is_some()
    }

    /// 64 bits that belong to a commit; `i` tells several apart.
    fn word(&self, commit: Commit, i: u64) -> u64 {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        mixed(self.key.wrapping_add(GOLDEN.wrapping_mul(u64::from(commit) * 8 + i + 1)))
    }

    /// Its object name.
    pub(super) fn name(&self, commit: Commit) -> CommitId {
        let [a, b, c] = [0, 1, 2].map(|i| self.word(commit, i));
        CommitId::parse_full(&format!("{a:016x}{b:016x}{:08x}", c >> 32)).expect("40 hexadecimal digits")
    }

    /// The signature of its kernel; no two commits share one. The complement of a number is no commit, and stands for
    /// the commit under another configuration.
    pub(super) fn signature(&self, commit: Commit) -> String {
        [3, 4, 5, 6].map(|i| format!("{:016x}", self.word(commit, i))).concat()
    }

    pub(super) fn subject(&self, commit: Commit) -> String {
        let bits = self.word(commit, 7);
        if self.is_merge(commit) { titles::merge_subject(bits) } else { titles::subject(bits) }
    }

    /// The file that it touches.
    pub(super) fn file(&self, commit: Commit) -> &'static str {
        titles::file(self.word(commit, 7))
    }
}

/// The finaliser of `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>.
const fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branched(old: Commit, new: Commit) -> Commits {
        let mut dice = Dice::new(3, 1);
        let mut commits = Commits::new(History::Branched, &mut dice);
        commits.open(old, new, old + 5, 1, &mut dice);
        commits
    }

    /// The ancestors that the rule names are those that walking the parents finds.
    #[test]
    fn ancestry_is_what_the_parents_say() {
        let commits = branched(2000, 2300);
        for commit in 2001..=2300 {
            let (mut found, mut open) = (vec![false; 301], vec![commit]);
            while let Some(next) = open.pop() {
                if next < 2000 || found[(next - 2000) as usize] {
                    continue;
                }
                found[(next - 2000) as usize] = true;
                let (first, second) = commits.parents(next);
                open.extend([Some(first), second].into_iter().flatten());
            }
            for ancestor in 2001..=2300 {
                assert_eq!(
                    commits.contains(commit, ancestor),
                    found[(ancestor - 2000) as usize],
                    "{commit} {ancestor}"
                );
            }
        }
    }

    #[test]
    fn ends_and_change_are_no_merges() {
        let commits = branched(2000, 2300);
        assert!((2001..2300).any(|commit| commits.is_merge(commit)));
        assert!(![2000, 2005, 2300].iter().any(|commit| commits.is_merge(*commit)));
        assert!((2001..=2300).all(|commit| commits.contains(2300, commit)));
    }

    #[test]
    fn names_differ() {
        let commits = branched(0, 2);
        let mut names: Vec<_> = (0..5000).map(|commit| commits.name(commit)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 5000);
        assert_eq!(commits.signature(1).len(), 64);
    }
}
