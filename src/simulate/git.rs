//! What `git bisect` does between two ends: which commit it tests next and what it prints before, as git's `bisect.c` has
//! it (`do_find_bisection`, `managed_skipped`, `estimate_bisect_steps`).
//!
//! Of the suspected commits (the new end's history without the old ones') git takes the first whose weight, the number of
//! suspected commits in its history, is about half of all, merges before others; else the one nearest to the middle. Once
//! a commit was skipped it sorts all by their distance from both ends, and when the best is a skipped one it jumps away
//! by a number that looks random and is not.

use std::cmp::Reverse;

use crate::evidence::{CommitId, Remaining, Side};

use super::history::{Commit, Commits};

/// A walk in progress.
pub(super) struct Walk {
    new_end: Commit,
    /// In git's order, parents first; the new end is the last.
    suspects: Vec<Commit>,
    skipped: Vec<Commit>,
}

/// What git does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It wants this commit tested.
    Test(Commit, Remaining),
    /// It found the first bad commit.
    Found(Commit),
    /// Only skipped commits are left: these, and the new end.
    OnlySkipped(Vec<Commit>),
}

impl Walk {
    /// From an old end to a new one that contains it.
    pub(super) fn new(old_end: Commit, new_end: Commit) -> Self {
        Self { new_end, suspects: (old_end + 1..=new_end).collect(), skipped: Vec::new() }
    }

    /// `git bisect bad`, `good` or `skip`.
    pub(super) fn tell(&mut self, commits: &Commits, commit: Commit, side: Option<Side>) {
        match side {
            Some(Side::New) => {
                self.suspects.retain(|suspect| commits.contains(commit, *suspect));
                self.new_end = commit;
            }
            Some(Side::Old) => self.suspects.retain(|suspect| !commits.contains(commit, *suspect)),
            None => self.skipped.push(commit),
        }
    }

    /// What comes next. `name` gives the names by which git breaks ties.
    pub(super) fn next(&self, commits: &Commits, name: impl Fn(Commit) -> CommitId) -> Next {
        let weights = self.weights(commits);
        if self.skipped.is_empty() {
            let middle = self.middle(commits, &weights);
            return self.test(middle, weights[middle]);
        }
        self.next_despite_skips(&weights, name)
    }

    fn test(&self, i: usize, reaches: usize) -> Next {
        let (commit, all) = (self.suspects[i], self.suspects.len());
        if commit == self.new_end { Next::Found(commit) } else { Next::Test(commit, remaining(all, reaches)) }
    }

    /// How many suspects are in the history of each, itself included.
    fn weights(&self, commits: &Commits) -> Vec<usize> {
        let up_to = |number: Commit| self.suspects.partition_point(|suspect| *suspect <= number);
        let (mut branch, mut outside) = (None, 0);
        let weights = self.suspects.iter().enumerate().map(|(i, commit)| {
            let (fork, base) = commits.ancestors(*commit);
            if base == *commit {
                return i + 1;
            }
            if branch.replace(base) != Some(base) {
                outside = up_to(base) - up_to(fork);
            }
            i + 1 - outside
        });
        weights.collect()
    }

    /// `do_find_bisection`: merges of two suspected sides first, then what has one suspected parent, then the best.
    fn middle(&self, commits: &Commits, weights: &[usize]) -> usize {
        let all = weights.len();
        let halfway = |i: &usize| is_halfway(weights[*i], all);
        let with = |parents| (0..all).filter(move |i| self.suspected_parents(commits, *i) == parents);
        with(2).find(halfway).or_else(|| with(1).find(halfway)).unwrap_or_else(|| {
            // The first of the best.
            (0..all).max_by_key(|i| (distance(weights[*i], all), Reverse(*i))).unwrap_or_default()
        })
    }

    fn suspected_parents(&self, commits: &Commits, i: usize) -> usize {
        let (first, second) = commits.parents(self.suspects[i]);
        let before = i.checked_sub(1).map(|before| self.suspects[before]);
        let suspected = |parent: Commit| before == Some(parent) || self.suspects.binary_search(&parent).is_ok();
        usize::from(suspected(first)) + usize::from(second.is_some_and(suspected))
    }

    /// `managed_skipped` on the sorted list.
    fn next_despite_skips(&self, weights: &[usize], name: impl Fn(Commit) -> CommitId) -> Next {
        let all = weights.len();
        let far = |i: &usize| distance(weights[*i], all);
        let key = |i: &usize| (Reverse(far(i)), name(self.suspects[*i]));
        let furthest = (0..all).map(|i| far(&i)).max();
        let first = (0..all).filter(|i| Some(far(i)) == furthest).min_by_key(key);
        let Some(best) = first else { return Next::Found(self.new_end) };
        if !self.skipped.contains(&self.suspects[best]) {
            return self.test(best, weights[best]);
        }
        let mut order: Vec<_> = (0..all).collect();
        order.sort_by_cached_key(key);
        let order = order.into_iter().map(|i| self.suspects[i]);
        let (tried, free): (Vec<_>, Vec<_>) = order.partition(|commit| self.skipped.contains(commit));
        match self.jump(&free) {
            Some(commit) => Next::Test(commit, remaining(all, weights[best])),
            None => Next::OnlySkipped(tried.into_iter().chain([self.new_end]).collect()),
        }
    }

    /// `skip_away`: a place in the list, or the one before where the new end stands; none when that is all there is.
    fn jump(&self, free: &[Commit]) -> Option<Commit> {
        let place = away(free.len());
        let is_free = |commit: &Commit| *commit != self.new_end;
        let here = free.get(place).copied().filter(is_free);
        here.or_else(|| free.get(place.saturating_sub(1)).copied().filter(is_free))
    }
}

/// `approx_halfway`: off by one, or by less than a thousandth.
const fn is_halfway(weight: usize, all: usize) -> bool {
    let difference = (2 * weight).abs_diff(all);
    difference <= 1 || difference < all / 1024
}

fn distance(weight: usize, all: usize) -> usize {
    weight.min(all - weight)
}

/// The place to which `skip_away` jumps among `count` commits.
fn away(count: usize) -> usize {
    const MODULO: u64 = 32_768;
    let seed = u32::try_from(count).unwrap_or(u32::MAX).wrapping_mul(1_103_515_245).wrapping_add(12_345);
    let random = u64::from(seed / 65_536) % MODULO;
    let place = (count as u64 * random / MODULO) * random.isqrt() / MODULO.isqrt();
    usize::try_from(place).unwrap_or(count)
}

fn remaining(all: usize, reaches: usize) -> Remaining {
    let revisions = u32::try_from(all - reaches - 1).unwrap_or(u32::MAX);
    Remaining { revisions, steps: estimated_steps(all) }
}

/// `estimate_bisect_steps`.
const fn estimated_steps(all: usize) -> u32 {
    if all < 3 {
        return 0;
    }
    let n = all.ilog2();
    let e = 1 << n;
    let x = all - e;
    if e < 3 * x { n } else { n - 1 }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::simulate::History;
    use crate::simulate::dice::Dice;

    const OLD: Commit = 300;

    fn git(dir: &Path, args: &[&str], input: &str) -> String {
        let mut command = Command::new("git");
        command.args(args).current_dir(dir).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }

    /// The history as git's own: the names of all commits by number.
    fn import(commits: &Commits, new: Commit, dir: &Path) -> Vec<CommitId> {
        let record = |commit: Commit| {
            let date = 1_000_000_000 + 60 * commit;
            let (first, second) = commits.parents(commit);
            let from = if first == 0 { String::new() } else { format!("from :{first}\n") };
            let merge = second.map_or(String::new(), |second| format!("merge :{second}\n"));
            let head = format!("commit refs/heads/main\nmark :{commit}\ncommitter A <a@example.org> {date} +0000\n");
            format!("{head}data 0\n{from}{merge}M 644 inline f\ndata <<.\n{commit}\n.\n\n")
        };
        let stream: String = (1..=new).map(record).collect();
        git(dir, &["init", "-q"], "");
        git(dir, &["fast-import", "--quiet", "--export-marks=marks"], &stream);
        git(dir, &["checkout", "-q", "main"], "");
        let marks = std::fs::read_to_string(dir.join("marks")).unwrap();
        let mut names: Vec<_> = marks.lines().filter_map(|line| line[1..].split_once(' ')).collect();
        names.sort_by_key(|(mark, _)| mark.parse::<Commit>().unwrap());
        names.iter().map(|(_, name)| CommitId::parse_full(name).unwrap()).collect()
    }

    /// What git's output says it does next.
    fn understood(output: &str, names: &[CommitId]) -> Next {
        let number = |name: &str| {
            let place = names.iter().position(|known| known.to_string() == name).unwrap();
            Commit::try_from(place + 1).unwrap()
        };
        let mut lines = output.lines();
        let first = lines.next().unwrap();
        if let Some((name, _)) = first.split_once(" is the first ") {
            return Next::Found(number(name));
        }
        if first.starts_with("There are only") {
            let left = lines.skip(1).take_while(|line| line.len() == 40).map(number);
            return Next::OnlySkipped(left.collect());
        }
        let numbers = first.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
        let numbers: Vec<u32> = numbers.collect();
        let name = lines.next().unwrap().split(['[', ']']).nth(1).unwrap();
        Next::Test(number(name), Remaining { revisions: numbers[0], steps: numbers[1] })
    }

    /// Whole walks, some with skips, beside those of the git that is installed; without one there is nothing to compare.
    #[test]
    fn walks_are_gits_own() {
        if Command::new("git").arg("--version").output().is_err() {
            return;
        }
        for (shape, size, skips) in [
            (History::Linear, 97, 0),
            (History::Linear, 200, 3),
            (History::Branched, 700, 0),
            (History::Branched, 2500, 0),
            (History::Branched, 400, 3),
            (History::Branched, 150, 1),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let mut dice = Dice::new(9, u64::from(size));
            let new = OLD + size;
            let culprit = dice.range(OLD + 1, new + 1);
            let mut commits = Commits::new(shape, &mut dice);
            commits.open(OLD, new, culprit, 1, &mut dice);
            let names = import(&commits, new, dir.path());
            let name = |commit: Commit| names[commit as usize - 1];
            let mut walk = Walk::new(OLD, new);
            let ends = [name(new).to_string(), name(OLD).to_string()];
            let mut output = git(dir.path(), &["bisect", "start", &ends[0], &ends[1]], "");
            loop {
                let ours = walk.next(&commits, name);
                assert_eq!(ours, understood(&output, &names), "{shape:?} {size} {skips}");
                let Next::Test(commit, _) = ours else { break };
                let skip = skips > 0 && dice.below(skips + 1) > 0;
                let side = if commits.contains(commit, culprit) { Side::New } else { Side::Old };
                let word = if skip { "skip" } else { ["good", "bad"][usize::from(side == Side::New)] };
                output = git(dir.path(), &["bisect", word, &name(commit).to_string()], "");
                walk.tell(&commits, commit, (!skip).then_some(side));
            }
        }
    }
}
