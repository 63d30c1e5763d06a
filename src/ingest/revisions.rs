//! Runs by revision → a bisection that nobody has made: what tables and reports of tests have in common.

use crate::evidence::{Bisection, CommitId, Ending, Format, Kind, Line, Outcome, Placed, Role, Run, Source, Step};

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
    /// More runs of one revision are not told apart by any model.
    const MOST: usize = 1 << 20;

    pub(super) const fn new(commit: CommitId, line: Line, order: Option<f64>) -> Self {
        Self { commit, line, order, runs: Vec::new() }
    }

    /// Adds so many runs that ended alike.
    pub(super) fn add(&mut self, line: Line, outcome: &Outcome, runs: u32) {
        let room = Self::MOST.saturating_sub(self.runs.len());
        let first = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        let runs = (first..).take(room.min(runs as usize));
        self.runs.extend(runs.map(|number| Run { line, number, outcome: outcome.clone() }));
    }
}

/// Revisions old to new as a bisection: by their places where all have one, else as they stand. The side that crashes more
/// tells whether a cause or a fix is looked for.
pub(super) fn bisection(
    id: String,
    source: &Source,
    line: Line,
    format: Format,
    mut revisions: Vec<Revision>,
) -> Bisection {
    let ordered = revisions.iter().all(|revision| revision.order.is_some());
    if ordered {
        let order = |revision: &Revision| revision.order.unwrap_or_default();
        revisions.sort_by(|a, b| order(a).total_cmp(&order(b)));
    }
    let order = placed(&revisions, ordered);
    let mut steps: Vec<Step> = revisions.into_iter().map(step).collect();
    let kind = kind(&steps);
    let crashing = if kind == Kind::Cause { steps.len().checked_sub(1) } else { Some(0) };
    let origin = crashing.and_then(|end| steps.get_mut(end)).map(|step| {
        step.role = Role::Origin;
        step.commit
    });
    let blank = Bisection::new(id, source.clone(), line, format, kind);
    Bisection { origin, order, steps, ending: Ending::OnlyRuns, ..blank }
}

fn placed(revisions: &[Revision], ordered: bool) -> Vec<Placed> {
    let line = revisions.iter().scan(None, |before: &mut Option<f64>, revision| {
        let order = revision.order.filter(|_| ordered);
        let commits = before.zip(order).and_then(|(before, order)| between(before, order));
        *before = order;
        Some(Placed { commit: revision.commit, commits })
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
