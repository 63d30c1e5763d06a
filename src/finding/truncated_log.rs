//! The log ends before the bisection does.
//!
//! # What
//! The log has neither a result nor the words with which a bisection gives up.
//!
//! # Why it matters
//! The file was cut off, or the job was killed. What it says so far is true, but it is no result.
//!
//! There is no `p`: it is certain.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/truncated-log.fires.txt`:
//!
//! ```text
//! warning[BS103]: the log ends before the bisection does; so far it leaves 2
//!                 commits
//!   --> tests/rules/truncated-log.fires.txt:60:1
//!    |
//! 60 | # git bisect good 4444444444444444444444444444444444444444
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing follows that says how it ended
//!    |
//!    = next: resume the bisection (bisectstat next says how often to run
//!            what):
//!            git bisect start 666666666666 444444444444
//! ```
//!
//! # What to do
//! Get the whole log, or go on where it stops.
//!
//! # Limits
//! None. A note when all runs so far leave one commit only, else a warning.
//!
//! # Source
//! The ending, `ending`, and the credible set.

use crate::analysis::finding::Severity;
use crate::analysis::words::commits;
use crate::evidence::{Ending, Line};

use super::case::Case;
use super::draft::Draft;

pub use super::limits::NoLimits as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, _: &Limits) -> Vec<Draft> {
    if case.evidence().ending != Ending::Truncated {
        return Vec::new();
    }
    let set = case.analysis.credible_set.as_ref();
    let left = set.and_then(|set| Some((set.commits?, set.commits_exact)));
    let rest = match left {
        Some((1, _)) => "; so far it leaves one commit".to_owned(),
        Some((n, exact)) => format!("; so far it leaves {}", commits(n, exact)),
        _ => "; so far it bounds the change on one side at most".to_owned(),
    };
    let severity = if left.is_some_and(|(n, _)| n == 1) { Severity::Note } else { Severity::Warning };
    let message = format!("the log ends before the bisection does{rest}");
    let draft = Draft::new(severity, last_line(case), message).label("nothing follows that says how it ended");
    vec![draft.next(case.resume().unwrap_or_else(|| "get the whole log".into()))]
}

/// The last line that was understood.
fn last_line(case: &Case<'_>) -> Line {
    let evidence = case.evidence();
    let runs = evidence.steps.iter().flat_map(|step| step.runs.iter().map(|run| run.line).chain([step.line]));
    let moves = evidence.walk.iter().flat_map(|walk| walk.moves.iter().map(|told| told.line).chain([walk.line]));
    runs.chain(moves).max().unwrap_or(evidence.line)
}
