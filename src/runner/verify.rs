//! What is tried once a commit is sure: that commit again, its parents again, and the newest end without it.

use serde::Serialize;

use crate::analysis::Repo;
use crate::evidence::{CommitId, Kind};

use super::start::Ends;
use super::state::{Seen, State};

/// Crashes of runs that say something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crashes {
    /// Runs that crashed.
    pub crashes: u32,
    /// Runs that crashed or passed.
    pub runs: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// Runs of the commit.
    pub commit: Crashes,
    /// Runs of its parents.
    pub parents: Crashes,
    /// Where it was reverted.
    pub end: CommitId,
    /// Runs there, without it; none where it cannot be reverted.
    pub without: Option<Crashes>,
    /// Why it cannot be reverted.
    pub why: Option<String>,
    /// Whether it is as it must be: the end without the commit behaves like its parents.
    pub holds: Option<bool>,
}

impl Crashes {
    fn of<'s>(seen: impl Iterator<Item = &'s Seen>) -> Self {
        seen.filter(|seen| !seen.is_void()).fold(Self::default(), |Self { crashes, runs }, seen| Self {
            crashes: crashes + u32::from(matches!(seen, Seen::Crash { .. })),
            runs: runs + 1,
        })
    }

    fn at(state: &State, commits: &[CommitId]) -> Self {
        Self::of(state.runs.iter().filter(|ran| commits.contains(&ran.commit)).map(|ran| &ran.seen))
    }
}

/// Places to visit, each with what is reverted there.
#[must_use]
pub fn places(state: &State, repo: &Repo, commit: CommitId) -> Vec<(CommitId, Option<CommitId>)> {
    let again = std::iter::once(commit).chain(parents(repo, commit)).map(|commit| (commit, None));
    again.chain([(newest(state), Some(commit))]).collect()
}

/// Runs at each of them: a bug that shows at the rate of that commit shows in one of them with 0.95.
#[must_use]
pub fn runs(state: &State, commit: CommitId) -> u32 {
    const LEAST: u32 = 3;
    const MOST: u32 = 60;
    let Crashes { crashes, runs } = Crashes::at(state, &[commit]);
    let rate = (f64::from(crashes) + 0.5) / (f64::from(runs) + 1.0);
    let rate = match state.start.kind {
        Kind::Cause => rate,
        // The bug shows at the parent.
        Kind::Fix => 1.0 - rate,
    };
    let wanted = (0.05_f64.ln() / (-rate).ln_1p()).ceil();
    (LEAST..MOST).find(|runs| f64::from(*runs) >= wanted).unwrap_or(MOST)
}

/// What came of it so far; none before a run without the commit, or a word that there is none.
#[must_use]
pub fn verified(state: &State, repo: &Repo, commit: CommitId) -> Option<Verified> {
    /// Of runs that crash at random, more than the parents' by this share are another behaviour.
    const APART: f64 = 0.5;
    let without = Crashes::of(state.without.iter().filter(|(of, _)| *of == commit).map(|(_, seen)| seen));
    let why = state.unrevertable.iter().rev().find(|(of, _)| *of == commit).map(|(_, why)| why.clone());
    if without.runs == 0 && why.is_none() {
        return None;
    }
    let (own, parents) =
        (Crashes::at(state, &[commit]), Crashes::at(state, &parents(repo, commit).collect::<Vec<_>>()));
    let share = |Crashes { crashes, runs }: Crashes| f64::from(crashes) / f64::from(runs.max(1));
    // Nearer to the parents than to the commit.
    let holds = (share(without) - share(parents)).abs() <= APART * (share(own) - share(parents)).abs();
    Some(Verified {
        commit: own,
        parents,
        end: newest(state),
        without: Some(without).filter(|without| without.runs > 0),
        why,
        holds: (without.runs > 0).then_some(holds),
    })
}

fn parents(repo: &Repo, commit: CommitId) -> impl Iterator<Item = CommitId> + '_ {
    let node = repo.history.find(&commit).ok();
    node.into_iter().flat_map(move |node| repo.history.parents(node).map(move |parent| repo.history.id(parent)))
}

fn newest(state: &State) -> CommitId {
    *Ends::newest(state.start.kind, &state.start.good, &state.start.bad)
}
