//! What `git bisect` knows already: the ends, and one run for every word that it was told.

use std::collections::HashMap;
use std::fs;

use crate::evidence::{Bisection, CommitId, Outcome, Source};
use crate::ingest::read;

use super::RunError;
use super::state::{Event, Seen};
use super::worktree::Git;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The oldest or newest commits called good, so that all others lie between the ends.
    pub good: Vec<String>,
    /// The same of those called bad.
    pub bad: String,
    /// A run for each word.
    pub events: Vec<Event>,
}

/// Reads git's own state of a bisection that is under way.
///
/// # Errors
/// [`RunError::NoGitBisect`] when there is none, or it lacks one of its ends.
pub fn told(git: &Git) -> Result<Told, RunError> {
    let path = git.git_dir()?.join("BISECT_LOG");
    let failed = |why: &str| RunError::NoGitBisect { path: path.clone(), why: why.to_owned() };
    let bytes = fs::read(&path).map_err(|_| failed("no `git bisect` is under way: `git bisect start` begins one"))?;
    let reading = read(&bytes, &Source::new(path.to_string_lossy()));
    let reading = reading.map_err(|_| failed("it names no commit yet"))?;
    if let Some(problem) = reading.problems.first() {
        return Err(failed(&format!("line {}: {}", problem.line, problem.flaw)));
    }
    let bisection = reading.bisections.last().ok_or_else(|| failed("it names no commit yet"))?;
    let (bad, good) = (called(bisection, true), called(bisection, false));
    let bad_ends = outermost(git, &bad, &good)?;
    let bad_end = bad_ends.first().ok_or_else(|| failed("no commit is called bad yet"))?;
    let good_ends = outermost(git, &good, &bad)?;
    if good_ends.is_empty() {
        return Err(failed("no commit is called good yet"));
    }
    let good = good_ends.iter().map(ToString::to_string).collect();
    Ok(Told { good, bad: bad_end.to_string(), events: events(bisection) })
}

fn called(bisection: &Bisection, crashed: bool) -> Vec<CommitId> {
    let shown = |outcome: &Outcome| match outcome {
        Outcome::Crash(_) => crashed,
        Outcome::Pass => !crashed,
        Outcome::Void(..) => false,
    };
    let steps = bisection.steps.iter().filter(|step| step.runs.iter().any(|run| shown(&run.outcome)));
    steps.map(|step| step.commit).collect()
}

/// Of `ours`, the first that was named, if all the others lie between it and `theirs`; else all that are needed.
fn outermost(git: &Git, ours: &[CommitId], theirs: &[CommitId]) -> Result<Vec<CommitId>, RunError> {
    let (Some(first), Some(other)) = (ours.first(), theirs.first()) else { return Ok(ours.to_vec()) };
    let history = super::start::history(&git.path, ours.iter().chain(theirs))?;
    let contains = |new: &CommitId, old: &CommitId| {
        history.find(new).ok().zip(history.find(old).ok()).is_some_and(|(new, old)| history.contains(new, old))
    };
    let newer = contains(first, other);
    let beyond = |a: &CommitId, b: &CommitId| a != b && if newer { contains(a, b) } else { contains(b, a) };
    let mut ends: Vec<CommitId> = Vec::new();
    for commit in ours.iter().filter(|commit| !ours.iter().any(|other| beyond(other, commit))) {
        if !ends.contains(commit) {
            ends.push(*commit);
        }
    }
    Ok(ends)
}

/// The runs of a bisection, numbered at each commit.
pub(super) fn events(bisection: &Bisection) -> Vec<Event> {
    let mut events = Vec::new();
    let mut numbers: HashMap<CommitId, u32> = HashMap::new();
    for step in &bisection.steps {
        for run in step.runs.iter().flat_map(|run| std::iter::repeat_n(run, run.count as usize)) {
            let number = numbers.entry(step.commit).or_insert(0);
            let seen = match &run.outcome {
                Outcome::Pass => Seen::Pass,
                Outcome::Crash(title) => Seen::Crash { title: title.as_ref().map(ToString::to_string) },
                Outcome::Void(_, why) => Seen::Skip { why: why.to_string() },
            };
            events.push(Event::Run { commit: step.commit, run: *number, seen, seconds: None });
            *number += 1;
        }
    }
    events
}
