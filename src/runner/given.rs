//! Runs that somebody made before: a table, a `git bisect log`, a report, as evidence to begin with.

use std::path::Path;

use crate::evidence::{Bisection, CommitId, Source};
use crate::history::History;
use crate::ingest::read_beside;
use crate::ingest::table::Columns;

use super::git_bisect::events;
use super::state::Event;

/// What a file tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// A run each.
    pub events: Vec<Event>,
    /// Revisions with runs that are not between the ends: their runs are left out.
    pub elsewhere: Vec<CommitId>,
}

/// Reads a file.
///
/// # Errors
/// What is wrong with it, with its name and line: no bisection or several, lines that cannot be read, or more runs than
/// anybody can have made.
pub fn given(path: &Path, history: &History) -> Result<Given, String> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    let source = Source::new(path.to_string_lossy());
    let reading = read_beside(&bytes, &source, &Columns::new(), Some(history));
    let reading = reading.map_err(|error| format!("{name}: {error}"))?;
    if let Some(problem) = reading.problems.first() {
        return Err(format!("{name}:{}: {}", problem.line, problem.flaw));
    }
    match reading.bisections.as_slice() {
        [] => Err(format!("{name}: no run of a revision is in it")),
        [bisection] => within(bisection, history).map_err(|error| format!("{name}: {error}")),
        several => Err(format!("{name}: {} bisections are in it: give a file with one", several.len())),
    }
}

/// The runs of revisions that the history has, under their whole names.
fn within(bisection: &Bisection, history: &History) -> Result<Given, String> {
    /// A journal has a line a run.
    const MOST: u64 = 100_000;
    let runs: u64 = bisection.steps.iter().flat_map(|step| &step.runs).map(|run| u64::from(run.count)).sum();
    if runs > MOST {
        return Err(format!("{runs} runs, more than the {MOST} that a bisection can begin with"));
    }
    let mut known = bisection.clone();
    let mut elsewhere = Vec::new();
    known.steps.retain_mut(|step| {
        let node = history.find(&step.commit);
        match &node {
            Ok(node) => step.commit = history.id(*node),
            Err(_) => elsewhere.push(step.commit),
        }
        node.is_ok()
    });
    Ok(Given { events: events(&known), elsewhere })
}
