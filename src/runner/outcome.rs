//! What came of a bisection, or how far it is: every figure that a text or a script takes. Serialises to `schema/run.json`.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;

use crate::analysis::Repo;
use crate::evidence::{CommitId, Kind};
use crate::prob::{Estimate, Prob};

use super::options::{Budget, Naming};
use super::silence::Silent;
use super::standing::{Best, Standing};
use super::state::{Reason, State};
use super::verify::{Verified, verified};

/// The version of the JSON.
pub const SCHEMA: &str = "bisectstat-run/1";

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The version of the JSON.
    pub schema: &'static str,
    /// The file that everything is written down in.
    pub state: String,
    /// How it ended; none while it is under way.
    pub ended: Option<Reason>,
    /// The exit code that goes with it.
    pub exit_code: Option<u8>,
    /// What is looked for.
    pub kind: Kind,
    /// Where it does not crash.
    pub good: Vec<CommitId>,
    /// Where it crashes.
    pub bad: CommitId,
    /// The commit that is sure.
    pub culprit: Option<CommitId>,
    /// The likeliest commit so far.
    pub likeliest: Option<Best>,
    /// The least probability of that commit under any crash behaviour that is possible, where that was asked for.
    pub least: Option<Prob>,
    /// P(the change is older than the good end).
    pub p_older: Prob,
    /// P(nothing changed between the ends).
    pub p_no_change: Prob,
    /// P(it does not crash at the bad end).
    pub p_gone: Prob,
    /// Commits that hold the change with a probability of 0.95; none where they reach beyond the good end.
    pub suspects: Option<u64>,
    /// The share of runs that crash before the change.
    pub rate_before: Option<Estimate>,
    /// The same since the change.
    pub rate_since: Option<Estimate>,
    /// When it stops.
    pub target: f64,
    /// The floor, where there is one.
    pub floor: Option<f64>,
    /// What it may cost.
    pub budget: Option<Budget>,
    /// What it has cost.
    pub spent: Spent,
    /// What came of trying the commit that is sure again, where that was asked for.
    pub verified: Option<Verified>,
    /// Commits that cannot be built or tested, as far as was tried, in the order of the journal.
    pub untestable: Vec<CommitId>,
    /// Whether crashes have no titles, though some are another bug's: crashes were seen where the bug is not.
    #[serde(skip)]
    pub needs_titles: bool,
}

/// What it has cost so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spent {
    /// Runs of the test.
    pub runs: usize,
    /// Those of them that say nothing.
    pub voids: usize,
    /// Commits that were run.
    pub commits: usize,
    /// Checkouts, with their builds.
    pub builds: usize,
    /// Builds that failed.
    pub failed_builds: usize,
    /// Seconds at work, pauses left out.
    pub seconds: f64,
}

impl Outcome {
    /// Gathers it.
    #[must_use]
    pub fn of(state: &State, standing: &Standing, repo: &Repo, journal: &Path) -> Self {
        let start = &state.start;
        let ended = state.ended;
        let analysis = standing.analysis.as_ref();
        let set = analysis.and_then(|analysis| analysis.credible_set.as_ref());
        let best = standing.best.as_ref();
        Self {
            schema: SCHEMA,
            state: journal.display().to_string(),
            ended,
            exit_code: ended.map(Reason::exit_code),
            kind: start.kind,
            good: start.good.clone(),
            bad: start.bad,
            culprit: best.filter(|_| ended == Some(Reason::Sure)).map(|best| best.commit),
            likeliest: best.cloned(),
            least: standing.least,
            p_older: Prob::saturating(standing.beyond.value() - standing.no_change.value()),
            p_no_change: standing.no_change,
            p_gone: standing.gone,
            suspects: set.and_then(|set| set.commits),
            rate_before: analysis.and_then(|analysis| analysis.rate_before),
            rate_since: analysis.and_then(|analysis| analysis.rate_since),
            target: start.options.target,
            floor: start.options.floor,
            budget: start.options.budget,
            spent: Spent::of(state),
            verified: best.filter(|_| ended == Some(Reason::Sure)).and_then(|best| verified(state, repo, best.commit)),
            untestable: in_order(state),
            needs_titles: start.options.naming == Naming::None
                && (matches!(ended, Some(Reason::Older | Reason::NoChange)) || crashes_without_the_bug(standing)),
        }
    }
}

impl Spent {
    fn of(state: &State) -> Self {
        let commits: HashSet<_> = state.runs.iter().map(|ran| ran.commit).collect();
        Self {
            runs: state.runs.len(),
            voids: state.runs.iter().filter(|ran| ran.seen.is_void()).count(),
            commits: commits.len(),
            builds: state.builds.len(),
            failed_builds: state.builds.iter().filter(|built| built.error.is_some()).count(),
            seconds: state.elapsed,
        }
    }
}

fn in_order(state: &State) -> Vec<CommitId> {
    let silent = Silent::of(state).all();
    let tried = state.builds.iter().map(|built| built.commit).chain(state.runs.iter().map(|ran| ran.commit));
    let mut found = Vec::new();
    for commit in tried.filter(|commit| silent.contains(commit)) {
        if !found.contains(&commit) {
            found.push(commit);
        }
    }
    found
}

/// Whether something crashed at a revision that hardly has the bug.
fn crashes_without_the_bug(standing: &Standing) -> bool {
    let steps = standing.analysis.iter().flat_map(|analysis| &analysis.steps);
    let clean = |p: Option<Prob>| p.is_some_and(|p| p.value() < 0.5);
    steps.into_iter().any(|step| step.crashes > 0 && clean(step.p_bad))
}
