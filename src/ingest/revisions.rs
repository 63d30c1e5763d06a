//! Runs by revision → a bisection that nobody has made: what tables and reports of tests have in common.

use std::collections::HashMap;

use crate::evidence::{
    Arranged, Bisection, CommitId, Ending, Format, Kind, Line, Outcome, Placed, Role, Run, Source, Step, Took,
};
use crate::history::History;

/// The runs of one revision.
pub(super) struct Revision {
    pub(super) commit: CommitId,
    /// Where it is first named.
    pub(super) line: Line,
    /// Its place, the larger the newer, where the input says so.
    pub(super) order: Option<f64>,
    pub(super) runs: Vec<Run>,
}

impl Revision {
    pub(super) const fn new(commit: CommitId, line: Line, order: Option<f64>) -> Self {
        Self { commit, line, order, runs: Vec::new() }
    }

    /// Adds `count` runs with the same outcome, and their total time. A count of 0 adds nothing.
    pub(super) fn add(&mut self, line: Line, outcome: Outcome, count: u32, took: Option<Took>) {
        let number = self.runs.last().map_or(0, |last| last.number.saturating_add(last.count));
        if count > 0 {
            // Most revisions have few runs, and a large table has many revisions.
            if self.runs.len() < 4 {
                self.runs.reserve_exact(1);
            }
            self.runs.push(Run { line, number, count, outcome, took });
        }
    }
}

/// Revisions old to new as a bisection: by their places where all have one, else as they stand. The side that crashes more
/// tells whether a cause or a fix is looked for, unless that is told. `counted`: places count commits.
pub(super) fn bisection(
    id: String,
    source: &Source,
    line: Line,
    (format, told): (Format, Option<Kind>),
    mut revisions: Vec<Revision>,
    counted: bool,
) -> Bisection {
    let ordered = revisions.iter().all(|revision| revision.order.is_some());
    if ordered {
        let order = |revision: &Revision| revision.order.unwrap_or_default();
        revisions.sort_by(|a, b| order(a).total_cmp(&order(b)));
    }
    let order = placed(&revisions, ordered && counted);
    let blank = Bisection::new(id, source.clone(), line, format, told.unwrap_or(Kind::Cause));
    let steps = revisions.into_iter().map(step).collect();
    with_ends(Bisection { order, steps, kind_told: told.is_some(), ending: Ending::OnlyRuns, ..blank })
}

/// What is looked for, and where it was reported, from the ends of the steps. Where nobody says what is looked for, this is a
/// first guess: an analysis weighs both.
fn with_ends(mut bisection: Bisection) -> Bisection {
    if !bisection.kind_told {
        bisection.kind = kind(&bisection.steps);
    }
    reported_at_end(bisection)
}

/// What crashes was reported at the end that the kind says.
fn reported_at_end(mut bisection: Bisection) -> Bisection {
    let last = bisection.steps.len().saturating_sub(1);
    let crashing = if bisection.kind == Kind::Cause { last } else { 0 };
    for (i, step) in bisection.steps.iter_mut().enumerate() {
        step.role = if i == crashing { Role::Origin } else { Role::Candidate };
    }
    bisection.origin = bisection.steps.get(crashing).map(|step| step.commit);
    bisection
}

/// The same runs with the other kind of change looked for; nothing where the input says which, or somebody has bisected.
#[must_use]
pub fn other_way(bisection: &Bisection) -> Option<Bisection> {
    if bisection.kind_told || bisection.ending != Ending::OnlyRuns {
        return None;
    }
    let other = match bisection.kind {
        Kind::Cause => Kind::Fix,
        Kind::Fix => Kind::Cause,
    };
    Some(reported_at_end(Bisection { kind: other, ..bisection.clone() }))
}

/// The same runs with their revisions in the order of a repository, old to new. Nothing changes where somebody has bisected, or
/// where the repository has not all of the revisions.
#[must_use]
pub fn in_order_of(history: &History, mut bisection: Bisection) -> Bisection {
    let commits: Vec<_> = bisection.steps.iter().map(|step| step.commit).collect();
    let order = history.topological_order(&commits);
    if bisection.ending != Ending::OnlyRuns || order.len() < commits.len() {
        return bisection;
    }
    // The first place of equals.
    let places: HashMap<CommitId, usize> =
        order.iter().enumerate().rev().map(|(place, i)| (commits[*i], place)).collect();
    bisection.steps.sort_by_key(|step| places.get(&step.commit).copied());
    bisection.order = order.iter().map(|i| Placed { commit: commits[*i], place: None, commits: None }).collect();
    bisection.arranged = Arranged::Told;
    with_ends(bisection)
}

/// The runs of these revisions alone; all where that leaves none, or somebody has bisected.
#[must_use]
pub fn only_at(mut bisection: Bisection, kept: impl Fn(&CommitId) -> bool) -> Bisection {
    if bisection.ending != Ending::OnlyRuns || !bisection.steps.iter().any(|step| kept(&step.commit)) {
        return bisection;
    }
    bisection.steps.retain(|step| kept(&step.commit));
    let first = bisection.order.iter().position(|placed| kept(&placed.commit)).unwrap_or_default();
    bisection.order.drain(..first);
    with_ends(bisection)
}

/// The line of revisions. Without places that count commits nobody knows how many lie between two of them.
fn placed(revisions: &[Revision], ordered: bool) -> Vec<Placed> {
    let line = revisions.iter().scan(None, |before: &mut Option<f64>, revision| {
        let order = revision.order.filter(|_| ordered);
        let commits = before.zip(order).and_then(|(before, order)| between(before, order));
        *before = order;
        Some(Placed { commit: revision.commit, place: revision.order, commits })
    });
    line.collect()
}

/// Commits from one place to the next, where places are whole numbers.
fn between(before: f64, order: f64) -> Option<u64> {
    const MOST: f64 = 1e9;
    let commits = order - before;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 1 to 1e9")]
    (commits.fract() == 0.0 && (1.0..=MOST).contains(&commits)).then_some(commits as u64)
}

fn step(revision: Revision) -> Step {
    Step {
        line: revision.line,
        commit: revision.commit,
        tag: None,
        role: Role::Candidate,
        compiler: None,
        signature: None,
        runs: revision.runs,
        inferred: false,
        complete: true,
        decision: None,
    }
}

fn kind(steps: &[Step]) -> Kind {
    let share = |steps: &[Step]| {
        let (mut crashes, mut trials) = (0u64, 0u64);
        for counts in steps.iter().map(Step::counts) {
            crashes += u64::from(counts.crashes);
            trials += u64::from(counts.trials());
        }
        (crashes, trials.max(1))
    };
    let (old, new) = steps.split_at(steps.len() / 2);
    let ((old, of_old), (new, of_new)) = (share(old), share(new));
    if old * of_new > new * of_old { Kind::Fix } else { Kind::Cause }
}
