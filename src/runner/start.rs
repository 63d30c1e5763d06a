//! What has to hold before the first run: the ends are there, one lies before the other, nothing of the user's is hidden.

use std::fmt::Write as _;
use std::path::Path;

use crate::analysis::Repo;
use crate::evidence::{CommitId, Kind, Source};
use crate::history::{History, Node, Region, Repository, Weights};

use super::RunError;
use super::worktree::Git;

/// The two ends of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What is looked for: where it crashes is older than where it does not, somebody looks for the fix.
    pub kind: Kind,
    /// Where it does not crash.
    pub good: Vec<CommitId>,
    /// Where it crashes.
    pub bad: CommitId,
    /// The oldest ancestor of the new end, by first parents.
    pub root: CommitId,
}

impl Ends {
    /// The newest commits of the range.
    fn newest<'e>(kind: Kind, good: &'e [CommitId], bad: &'e CommitId) -> &'e CommitId {
        match kind {
            Kind::Cause => bad,
            Kind::Fix => good.first().unwrap_or(bad),
        }
    }
}

/// Finds the ends by their names, and reads their history.
///
/// # Errors
/// [`RunError`] says which name means nothing, or why nothing lies between the ends.
pub fn prepare(git: &Git, good: &[String], bad: &str) -> Result<(Ends, History), RunError> {
    if let Some((name, _)) = git.submodules().into_iter().find(|(_, changed)| *changed) {
        return Err(RunError::DirtySubmodule { repository: git.path.clone(), name });
    }
    let crashing = git.resolve(bad)?;
    let clean = good.iter().map(|name| git.resolve(name)).collect::<Result<Vec<_>, _>>()?;
    let history = history(&git.path, clean.iter().chain([&crashing]))?;
    let kind = kind(&history, good, &clean, bad, &crashing)?;
    let root = root(&history, Ends::newest(kind, &clean, &crashing));
    let mut ends = Ends { kind, good: clean, bad: crashing, root };
    ends.good.sort_unstable();
    ends.good.dedup();
    Ok((ends, history))
}

/// The repository with what the ends say beforehand: with several good ends, each commit that is in one of them, or not in
/// all of those that have the fix, is hardly suspected.
#[must_use]
pub fn repo(history: History, kind: Kind, good: &[CommitId], bad: &CommitId) -> Repo {
    /// Against a commit that lies between all ends.
    const HARDLY: f64 = 0.02;
    let ends: Vec<_> = good.iter().chain([bad]).copied().collect();
    let relation = history.relation(&ends);
    let between = |region: &Region| {
        let in_bad = region.contained_in.contains(good.len());
        let in_good = region.contained_in.count_ones(..good.len());
        match kind {
            Kind::Cause => in_bad && in_good == 0,
            Kind::Fix => !in_bad && in_good == good.len(),
        }
    };
    let apart = relation.regions.iter().enumerate().filter(|(_, region)| !between(region));
    let mut table = String::new();
    for node in apart.flat_map(|(region, _)| relation.commits_of(region)) {
        let _ = writeln!(table, "{},{HARDLY}", history.id(node));
    }
    let read =
        |table: String| Weights::read(format!("commit,weight\n{table}*,1\n").as_bytes(), &Source::new("ends")).ok();
    let weights = Some(table).filter(|table| !table.is_empty()).and_then(read);
    Repo { history, weights }
}

/// The ancestors of some commits.
///
/// # Errors
/// [`RunError::History`] when they cannot be read.
pub fn history<'n>(path: &Path, of: impl IntoIterator<Item = &'n CommitId>) -> Result<History, RunError> {
    Ok(Repository::open(path)?.history(of)?)
}

/// The side of every good end must be the same.
fn kind(
    history: &History,
    names: &[String],
    clean: &[CommitId],
    bad: &str,
    crashing: &CommitId,
) -> Result<Kind, RunError> {
    let node = |commit: &CommitId| history.find(commit);
    let within = |new: &CommitId, old: &CommitId| {
        node(new).ok().zip(node(old).ok()).is_some_and(|(new, old)| history.contains(new, old))
    };
    let mut kinds = Vec::new();
    for (name, good) in names.iter().zip(clean) {
        kinds.push(match (within(crashing, good), within(good, crashing)) {
            (true, true) => return Err(RunError::Same(name.clone())),
            (true, false) => Kind::Cause,
            (false, true) => Kind::Fix,
            (false, false) => return Err(RunError::Apart { good: name.clone(), bad: bad.to_owned() }),
        });
    }
    let first = kinds.first().copied().unwrap_or(Kind::Cause);
    match kinds.iter().position(|kind| *kind != first) {
        Some(other) => Err(RunError::Apart { good: names[other].clone(), bad: bad.to_owned() }),
        None => Ok(first),
    }
}

fn root(history: &History, newest: &CommitId) -> CommitId {
    let Ok(newest) = history.find(newest) else { return *newest };
    let first_parent = |node: &Node| history.parents(*node).next();
    let root = std::iter::successors(Some(newest), first_parent).last().unwrap_or(newest);
    history.id(root)
}
