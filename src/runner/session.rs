//! A bisection whose runs are made elsewhere: it is asked what to run, and told what came of it, in any order, late, or twice.
//! Everything is in the journal: whoever has that can go on, on any machine.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::Repo;
use crate::evidence::CommitId;

use super::planner::{Check, Planner};
use super::standing::{Standing, used_up};
use super::start::{self, reopened};
use super::state::{Answer, Journal, Lease, MOST_TOLD, Reason, State, StateError};
use super::trial::Visit;
use super::{Candidates, Event, Options, RunError};

/// An open session; nobody else writes its journal meanwhile.
pub struct Session {
    journal: Journal,
    repo: Arc<Repo>,
    planner: Planner,
    standing: Standing,
}

/// What is to be run now.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Asked {
    /// One for each worker, as far as there is something to run.
    pub leases: Vec<Asking>,
    /// How the search came to an end; then there are no leases. Without both, others are to tell first.
    pub ended: Option<Reason>,
}

/// Runs to make, and why.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asking {
    /// The name of the lease, for the answer.
    pub id: String,
    /// What to run.
    pub candidate: CommitId,
    /// How many runs.
    pub runs: u32,
    /// A commit that is to be reverted there first.
    #[doc(hidden)]
    pub without: Option<CommitId>,
    /// The commit that it verifies.
    #[doc(hidden)]
    pub verifies: Option<CommitId>,
    /// When somebody else is asked for the same, as in RFC 3339.
    pub expires: String,
    /// What the runs decide; missing where they verify a commit.
    #[doc(hidden)]
    pub decides: Option<Decides>,
}

impl Asking {
    fn new(lease: &Lease, decides: Option<Decides>) -> Self {
        let Lease { id, commit: candidate, runs, without, verifies, expires } = lease.clone();
        let expires = Timestamp::from_second(expires).unwrap_or(Timestamp::MAX).to_string();
        Self { id, candidate, runs, without, verifies, expires, decides }
    }
}

/// Commits that still hold the change with a probability of 0.95 afterwards.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Decides {
    /// If all runs pass.
    pub left_if_all_pass: u64,
    /// If as many fail as usually do where the bug is.
    pub left_if_some_fail: u64,
}

/// What became of an answer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// It counts.
    Counted,
    /// The same was told before.
    Again,
    /// Another answer was told before: the first counts.
    Differs,
}

/// Why an answer cannot count.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// Nobody was asked.
    #[doc(hidden)]
    #[error("{0}: no lease of this session; `bisectstat session status` lists those under way")]
    Unknown(String),
    /// Nothing was run.
    #[doc(hidden)]
    #[error("{0}: the answer has no run; tell `void` if it says nothing, or `skip` if it cannot be run")]
    Empty(String),
    /// More than anybody runs.
    #[doc(hidden)]
    #[error("{id}: {runs} runs, more than the {MOST_TOLD} that one answer can have")]
    TooMany {
        /// The lease.
        id: String,
        /// What was told.
        runs: u64,
    },
    /// A duration that is negative or not a number.
    #[doc(hidden)]
    #[error("{id}: found {seconds} seconds, expected a time of 0 or more")]
    Seconds {
        /// The lease.
        id: String,
        /// What was told.
        seconds: f64,
    },
    /// It cannot be written down.
    #[doc(hidden)]
    #[error(transparent)]
    State(#[from] StateError),
}

impl Session {
    /// Begins a search over a list, with a new journal at `path`. The test fails at `bad` and not at `good`; without names, these are
    /// the last and the first of the list. Where the bad end is the older one, the search is for the fix. `now` is in seconds
    /// since 1970, here and below.
    ///
    /// # Errors
    /// [`RunError`] when there is a journal already or it cannot be written, a name is not listed, an end is not to be had, or
    /// nothing lies between the ends.
    ///
    /// ```
    /// use bisectstat::runner::{Answer, Candidates, Options, Reason, Session};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let nightlies: Vec<String> = (1..=28).map(|day| format!("nightly-02-{day:02}")).collect();
    /// let list = Candidates::parse(&nightlies.join("\n"))?;
    /// let journal = folder.path().join("session.ndjson");
    /// let mut session = Session::over_list(&journal, &list, &[], None, Options::default(), 0)?;
    /// let ended = loop {
    ///     let asked = session.ask(1, 3600, 0)?;
    ///     if let Some(reason) = asked.ended {
    ///         break reason;
    ///     }
    ///     for asking in asked.leases {
    ///         // Here a board farm would run the test. It fails from the 17th on.
    ///         let fails = asking.candidate.to_string().as_str() >= "nightly-02-17";
    ///         let (failures, passes) = if fails { (asking.runs, 0) } else { (0, asking.runs) };
    ///         session.tell(Answer::counted(asking.id, failures, passes), 0)?;
    ///     }
    /// };
    /// let best = session.standing().best.as_ref().expect("it found one");
    /// assert_eq!((best.commit.to_string().as_str(), ended), ("nightly-02-17", Reason::Sure));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn over_list(
        path: &Path,
        list: &Candidates,
        good: &[String],
        bad: Option<&str>,
        options: Options,
        now: i64,
    ) -> Result<Self, RunError> {
        let (start, repo) = start::over_list(path, list.all.clone(), good, bad, options)?;
        if let Some(end) = list.missing.iter().find(|missing| **missing == start.bad || start.good.contains(missing)) {
            return Err(RunError::Missing(*end));
        }
        let mut journal = Journal::create(path, start)?;
        if !list.missing.is_empty() {
            journal.write(Event::Skip { commits: list.missing.clone() })?;
        }
        Ok(Self::new(journal, &Arc::new(repo), now))
    }

    /// Begins a search over the commits of a git repository, with a new journal at `path`. The test fails at the revision `bad` and
    /// not at one or more revisions `good`; where `bad` is the older one, the search is for the fix.
    ///
    /// # Errors
    /// [`RunError`] when there is a journal already or it cannot be written, there is no repository, a name means no commit, or no
    /// commit lies between the ends.
    pub fn over_commits(
        path: &Path,
        repository: &Path,
        good: &[String],
        bad: &str,
        options: Options,
        now: i64,
    ) -> Result<Self, RunError> {
        let (_, start, repo) = start::over_commits(repository, good, bad, options)?;
        Ok(Self::new(Journal::create(path, start)?, &Arc::new(repo), now))
    }

    /// Goes on with the journal at `path`, over its own list or the repository at `repository`.
    ///
    /// # Errors
    /// [`RunError`] when there is no journal, somebody else writes it, or it belongs to another repository.
    pub fn open(path: &Path, repository: &Path, now: i64) -> Result<Self, RunError> {
        let journal = Journal::open(path)?;
        let repo = reopened(repository, path, &journal.state)?;
        Ok(Self::new(journal, &Arc::new(repo), now))
    }

    /// Goes on with a journal over what it searches.
    #[doc(hidden)]
    #[must_use]
    pub fn new(journal: Journal, repo: &Arc<Repo>, now: i64) -> Self {
        let state = &journal.state;
        let told = state.leases.iter().filter(|(_, answer)| answer.is_some()).count();
        let planner = Planner::new(repo, &state.start, &state.start.options.settings());
        let mut planner = planner.after(told, verified(state, now));
        let standing = planner.standing(state, &journal.path().to_string_lossy());
        Self { journal, repo: repo.clone(), planner, standing }
    }

    /// What is known.
    #[doc(hidden)]
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.journal.state
    }

    /// The journal.
    #[doc(hidden)]
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What is searched.
    #[doc(hidden)]
    #[must_use]
    pub const fn repo(&self) -> &Arc<Repo> {
        &self.repo
    }

    /// What is believed.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What others are running.
    #[doc(hidden)]
    #[must_use]
    pub fn leases(&self, now: i64) -> Vec<Asking> {
        self.journal.state.under_way(now).map(|lease| Asking::new(lease, None)).collect()
    }

    /// Leases for up to `workers` workers. A lease expires after `lasts` seconds; then the same runs are offered again.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be written down.
    pub fn ask(&mut self, workers: usize, lasts: i64, now: i64) -> Result<Asked, StateError> {
        let mut asked = Asked::default();
        for _ in 0..workers {
            asked.ended = self.settle(now)?;
            if asked.ended.is_some() {
                break;
            }
            let busy = self.under_way(now);
            let Some(visit) = self.planner.pick(&self.journal.state, &self.standing, &busy, None) else {
                if busy.is_empty() {
                    let reason = self.out_of_visits();
                    asked.ended = Some(self.close(reason)?);
                }
                break;
            };
            asked.leases.push(self.lease(visit, now.saturating_add(lasts))?);
        }
        Ok(asked)
    }

    fn lease(&mut self, visit: Visit, expires: i64) -> Result<Asking, StateError> {
        let Visit { commit, runs, without, check: verifies, .. } = visit;
        let left = self.planner.mind().filter(|_| verifies.is_none()).and_then(|mind| mind.left_after(&commit, runs));
        let decides = left.map(|(left_if_all_pass, left_if_some_fail)| Decides { left_if_all_pass, left_if_some_fail });
        let lease = Lease { id: self.new_id(), commit, runs, without, verifies, expires };
        let asking = Asking::new(&lease, decides);
        self.journal.write(Event::Lease(lease))?;
        Ok(asking)
    }

    /// `3-5f0c91`: its number, and what keeps it from being taken for the same number of another session.
    fn new_id(&self) -> String {
        let state = &self.journal.state;
        let number = state.leases.len() + 1;
        // A value that was read from JSON, or will be, always has one.
        let start = serde_json::to_vec(&(&state.start, number)).unwrap_or_default();
        format!("{number}-{:06x}", xxh3_64(&start) >> 40)
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// [`TellError`] when it answers nothing that was asked, or holds nothing.
    pub fn tell(&mut self, answer: Answer, now: i64) -> Result<Heard, TellError> {
        check(&answer)?;
        let asked = self.journal.state.leases.iter().find(|(lease, _)| lease.id == answer.id);
        let (_, before) = asked.ok_or_else(|| TellError::Unknown(answer.id.clone()))?;
        if let Some(before) = before {
            return Ok(if *before == answer { Heard::Again } else { Heard::Differs });
        }
        self.journal.write(Event::Tell(answer))?;
        self.planner.visited();
        self.standing = self.planner.standing(&self.journal.state, &self.journal.path().to_string_lossy());
        self.settle(now)?;
        Ok(Heard::Counted)
    }

    /// From now on a commit that is sure is verified before it is over.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be written down.
    #[doc(hidden)]
    pub fn verify(&mut self) -> Result<(), StateError> {
        let mut options = self.journal.state.start.options.clone();
        options.verify = true;
        self.journal.write(Event::Resume { options: Box::new(options) })
    }

    /// How it ends, once it does.
    ///
    /// # Errors
    /// [`StateError`] when that cannot be written down.
    #[doc(hidden)]
    pub fn settle(&mut self, now: i64) -> Result<Option<Reason>, StateError> {
        if let Some(reason) = self.journal.state.ended {
            return Ok(Some(reason));
        }
        let busy = self.under_way(now);
        match self.planner.end(&self.journal.state, &self.standing, &busy) {
            Some(reason) => self.close(reason).map(Some),
            None => Ok(None),
        }
    }

    fn close(&mut self, reason: Reason) -> Result<Reason, StateError> {
        self.journal.write(self.standing.end_event(reason))?;
        Ok(reason)
    }

    fn out_of_visits(&self) -> Reason {
        let state = &self.journal.state;
        if used_up(state, state.elapsed) { Reason::Budget } else { self.planner.why_stuck() }
    }

    /// The visits that others make, as far as anybody waits for them.
    fn under_way(&self, now: i64) -> Vec<Visit> {
        let visit = |lease: &Lease| {
            let Lease { commit, runs, without, verifies: check, .. } = *lease;
            Visit { commit, runs, patience: runs, most: runs, first: 0, without, check, end: None }
        };
        let mut visits: Vec<Visit> = self.journal.state.expected(now).map(visit).collect();
        visits.reverse();
        visits
    }
}

fn check(answer: &Answer) -> Result<(), TellError> {
    let (id, runs) = (|| answer.id.clone(), answer.runs());
    match answer.seconds {
        Some(seconds) if !(seconds.is_finite() && seconds >= 0.0) => {
            return Err(TellError::Seconds { id: id(), seconds });
        }
        _ => {}
    }
    if answer.untestable.is_none() && runs == 0 {
        return Err(TellError::Empty(id()));
    }
    if runs > u64::from(MOST_TOLD) {
        return Err(TellError::TooMany { id: id(), runs });
    }
    Ok(())
}

/// The visits that verified a commit, or that somebody makes.
fn verified(state: &State, now: i64) -> HashSet<(CommitId, Check)> {
    let valid = |(lease, answer): &&(Lease, Option<Answer>)| answer.is_some() || lease.expires > now;
    let checks = state.leases.iter().filter(valid);
    checks.filter_map(|(lease, _)| Some((lease.verifies?, (lease.commit, lease.without)))).collect()
}
