//! What has to hold before the first run: the ends are there, one lies before the other, nothing of the user's is hidden.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::analysis::Repo;
use crate::evidence::{CommitId, Kind, Source};
use crate::history::{Commit, History, Node, Region, Repository, Weights};

use super::RunError;
use super::candidates::{self, CandidatesError};
use super::options::{Naming, Options};
use super::state::{Candidate, Start, State, StateError, VERSION};
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
    pub(super) fn newest<'e>(kind: Kind, good: &'e [CommitId], bad: &'e CommitId) -> &'e CommitId {
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

/// A search over the commits of the repository at `path`, whose runs are made elsewhere.
///
/// # Errors
/// [`RunError`] when there is no repository, a name means nothing, or nothing lies between the ends.
pub(crate) fn over_commits(
    path: &Path,
    good: &[String],
    bad: &str,
    options: Options,
) -> Result<(Git, Start, Repo), RunError> {
    Repository::open(path)?;
    let git = Git::at(path)?;
    let (Ends { kind, good, bad, root }, history) = prepare(&git, good, bad)?;
    let options = Options { naming: Naming::Told, ..options };
    let start = Start { bisectstat: VERSION, root, kind, good, bad, options, candidates: None };
    let repo = repo(&git, history, &start)?;
    Ok((git, start, repo))
}

/// The same over a list; `journal` is what it will be written to.
///
/// # Errors
/// [`RunError`] when a name is not listed, or nothing lies between the ends.
pub fn over_list(
    journal: &Path,
    candidates: Vec<Candidate>,
    good: &[String],
    bad: Option<&str>,
    options: Options,
) -> Result<(Start, Repo), RunError> {
    let Ends { kind, good, bad, root } = ends_of(&candidates, good, bad)?;
    let options = Options { naming: Naming::Told, ..options };
    let start = Start { bisectstat: VERSION, root, kind, good, bad, options, candidates: Some(candidates) };
    let repo = listed(journal, start.candidates.as_deref().unwrap_or_default(), &start)?;
    Ok((start, repo))
}

/// The repository with what is known beforehand. With several good ends, each commit that is in one of them, or not in all of
/// those that have the fix, is hardly suspected; so is what touches none of the paths. Where only first parents count, the
/// history has no others.
///
/// # Errors
/// [`RunError`] when an end is not on the line of first parents, nothing touches the paths, or git fails.
pub fn repo(git: &Git, history: History, start: &Start) -> Result<Repo, RunError> {
    let Start { kind, good, bad, options, .. } = start;
    let newest = Ends::newest(*kind, good, bad);
    let ends: Vec<_> = good.iter().chain([bad]).copied().collect();
    let history = if options.first_parent { first_parents(&history, newest, &ends)? } else { history };
    let touching = if options.paths.is_empty() {
        None
    } else {
        let oldest: Vec<_> = ends.iter().filter(|end| *end != newest).copied().collect();
        let found = git.touching(newest, &oldest, &options.paths, options.first_parent)?;
        Some(found)
            .filter(|found| !found.is_empty())
            .ok_or_else(|| RunError::Untouched(options.paths.join(" ")))
            .map(Some)?
    };
    let weights = weights(&history, start, touching.as_ref(), given(start).as_ref());
    Ok(Repo { history, weights })
}

/// How much each commit is suspected beforehand; none where all are alike.
fn weights(
    history: &History,
    start: &Start,
    touching: Option<&HashSet<CommitId>>,
    given: Option<&Weights>,
) -> Option<Weights> {
    /// Against a commit that lies between all ends.
    const HARDLY: f64 = 0.02;
    /// P(the commit touches none of the paths), before a run.
    const ASIDE: f64 = 0.02;
    let Start { kind, good, bad, .. } = start;
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
    let given = given.map(|given| given.of(history));
    let regions = relation.regions.iter().enumerate();
    let commits = regions.flat_map(|(i, region)| relation.commits_of(i).map(move |node| (node, region)));
    let own = |(node, region): (Node, &Region)| {
        let given = given.as_ref().map_or(1.0, |given| given.weight(node));
        let touches = touching.is_none_or(|touching| touching.contains(&history.id(node)));
        (node, given * if between(region) { 1.0 } else { HARDLY }, touches)
    };
    let all: Vec<_> = commits.map(own).collect();
    let sum = |touches: bool| all.iter().filter(|(_, _, t)| *t == touches).map(|(_, weight, _)| weight).sum::<f64>();
    let (inside, outside) = (sum(true), sum(false));
    let aside = if outside > 0.0 { (ASIDE / (1.0 - ASIDE) * inside / outside).min(1.0) } else { 1.0 };
    let mut table = String::new();
    for (node, weight, touches) in all {
        let weight = weight * if touches { 1.0 } else { aside };
        if (weight - 1.0).abs() > f64::EPSILON {
            let _ = writeln!(table, "{},{weight}", history.id(node));
        }
    }
    let read =
        |table: String| Weights::read(format!("commit,weight\n{table}*,1\n").as_bytes(), &Source::new("ends")).ok();
    Some(table).filter(|table| !table.is_empty()).and_then(read)
}

/// A history of the first parents of a commit, down to the oldest of the ends.
fn first_parents(history: &History, newest: &CommitId, ends: &[CommitId]) -> Result<History, RunError> {
    let mut missing: HashSet<_> = ends.iter().copied().collect();
    let mut nodes = Vec::new();
    let mut next = Some(history.find(newest).map_err(|_| aside(*newest, newest))?);
    while let Some(node) = next.filter(|_| !missing.is_empty()) {
        missing.remove(&history.id(node));
        nodes.push(node);
        next = history.parents(node).next();
    }
    if let Some(end) = ends.iter().find(|end| missing.contains(end)) {
        return Err(aside(*end, newest));
    }
    let described = history.describe(&nodes)?;
    let commits = nodes.iter().enumerate().zip(described).map(|((i, node), described)| Commit {
        id: history.id(*node),
        // The last is where it begins.
        parents: nodes.get(i + 1).map(|parent| history.id(*parent)).into_iter().collect(),
        date: (nodes.len() - i) as u64,
        subject: described.subject,
        files: None,
    });
    History::of(history.path(), commits.collect()).map_err(|_| aside(*newest, newest))
}

const fn aside(end: CommitId, newest: &CommitId) -> RunError {
    RunError::Aside { end, newest: *newest }
}

/// The ancestors of some commits.
///
/// # Errors
/// [`RunError::History`] when they cannot be read.
pub fn history<'n>(path: &Path, of: impl IntoIterator<Item = &'n CommitId>) -> Result<History, RunError> {
    Ok(Repository::open(path)?.history(of)?)
}

/// What a journal searches, with what is known beforehand: its own list, or the repository at `path` if it is the one.
///
/// # Errors
/// [`RunError`] when it is another repository, or cannot be read.
pub(crate) fn reopened(path: &Path, journal: &Path, state: &State) -> Result<Repo, RunError> {
    let start @ Start { good, bad, root, candidates, .. } = &state.start;
    if let Some(candidates) = candidates {
        return listed(journal, candidates, start);
    }
    let git = Git::at(path)?;
    let history = history(&git.path, good.iter().chain([bad]))?;
    if let Some(commit) = good.iter().chain([bad, root]).find(|commit| history.find(commit).is_err()) {
        let (path, repository) = (journal.to_owned(), git.path);
        return Err(StateError::Foreign { path, repository, commit: *commit }.into());
    }
    repo(&git, history, start)
}

/// A list of candidates with what is known beforehand.
///
/// # Errors
/// [`RunError::Candidates`] when one is listed twice.
pub fn listed(journal: &Path, candidates: &[Candidate], start: &Start) -> Result<Repo, RunError> {
    let history = candidates::history(&journal.to_string_lossy(), candidates).map_err(CandidatesError::from)?;
    let weights = weights(&history, start, None, given(start).as_ref());
    Ok(Repo { history, weights })
}

/// The two ends of a list, by default its first and last; where the clean one is the newer, somebody looks for the fix.
///
/// # Errors
/// [`RunError`] when a name is not listed, or nothing lies between the ends.
pub fn ends_of(candidates: &[Candidate], good: &[String], bad: Option<&str>) -> Result<Ends, RunError> {
    let history = candidates::history("the list", candidates).map_err(CandidatesError::from)?;
    let named = |name: &str| {
        let commit = CommitId::parse_name(name).filter(|name| history.find(name).is_ok());
        commit.ok_or_else(|| RunError::Unlisted(name.to_owned()))
    };
    let (Some(first), Some(last)) = (candidates.first(), candidates.last()) else {
        return Err(CandidatesError::Few(candidates.len()).into());
    };
    let good = if good.is_empty() { vec![first.name.to_string()] } else { good.to_vec() };
    let bad = bad.map_or_else(|| last.name.to_string(), str::to_owned);
    let crashing = named(&bad)?;
    let clean = good.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?;
    let kind = kind(&history, &good, &clean, &bad, &crashing)?;
    Ok(Ends { kind, good: clean, bad: crashing, root: first.name })
}

/// What somebody suspects beforehand; it was read once when the bisection began.
fn given(start: &Start) -> Option<Weights> {
    Weights::read(start.options.weights.as_ref()?.as_bytes(), &Source::new("--weights")).ok()
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
