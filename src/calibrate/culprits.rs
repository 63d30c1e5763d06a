//! Which bisections are of one culprit: they share what is true or what was named, directly or by others between them.
//!
//! Several bisections of one bug are near-copies. What is judged on some of them by a fit on the others has been seen, and
//! intervals that take them as independent are too narrow: folds, halves and resamples are dealt by culprit.

use std::collections::HashMap;

use crate::evidence::CommitId;

/// The group of each bisection, numbered from 0 in the order of their first ones: the connected components of "has a commit
/// in common with", with the commits of each bisection given.
#[must_use]
pub fn groups(commits: &[Vec<CommitId>]) -> Vec<usize> {
    let mut first: HashMap<CommitId, usize> = HashMap::new();
    let mut parents: Vec<usize> = (0..commits.len()).collect();
    for (i, commits) in commits.iter().enumerate() {
        for commit in commits {
            let other = *first.entry(*commit).or_insert(i);
            let (ours, theirs) = (root(&parents, i), root(&parents, other));
            parents[ours.max(theirs)] = ours.min(theirs);
        }
    }
    let mut numbers = HashMap::new();
    let number = |i| {
        let next = numbers.len();
        *numbers.entry(root(&parents, i)).or_insert(next)
    };
    (0..commits.len()).map(number).collect()
}

fn root(parents: &[usize], mut i: usize) -> usize {
    while parents[i] != i {
        i = parents[i];
    }
    i
}

/// The members of each group.
#[must_use]
pub fn members(groups: &[usize]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    for (i, group) in groups.iter().enumerate() {
        members[*group].push(i);
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_commit_is_one_group_however_long_the_way() {
        let commit = |digit: char| CommitId::parse_full(&digit.to_string().repeat(40)).unwrap();
        let bisections = ["ab", "cd", "ef", "bc", "7", "", "", "fe"];
        let commits = bisections.map(|digits| digits.chars().map(commit).collect());
        assert_eq!(groups(&commits), [0, 0, 1, 0, 2, 3, 4, 1]);
        assert_eq!(members(&groups(&commits))[0], [0, 1, 3]);
    }
}
