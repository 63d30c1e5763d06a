//! `bazelisk --bisect=GOOD..BAD`: which builds of Bazel succeeded.

use crate::evidence::{CommitId, Line, Side};
use crate::ingest::git_bisect::{Answer, Draft};

use super::between;

const TESTING: &str = "--- Testing with Bazel built at ";
const PASSED: &str = "--- Succeeded at ";
const FAILED: &str = "--- Failed at ";

pub(super) fn read(lines: &[(u32, &str)]) -> Option<Draft> {
    lines.iter().any(|(_, line)| line.starts_with(TESTING)).then_some(())?;
    let mut draft = Draft::of_tool(Line(lines.first()?.0));
    let mut ends = None;
    for (number, text) in lines {
        let line = Line(*number);
        let told = [(PASSED, Side::Old), (FAILED, Side::New)];
        let told = told.into_iter().find_map(|(words, side)| Some((name(text.strip_prefix(words)?)?, side)));
        if let Some((commit, side)) = told {
            draft.hear_of(line, commit, Answer::Side(side));
        } else if let Some((good, bad)) = range(text) {
            // Each is an end by its place; one that is tested all the same is no second test.
            ends = ends.or(Some((line, good, bad)));
        } else if let Some(commit) = text.strip_prefix("first bad commit is ").and_then(name) {
            draft.name(line, commit);
        }
        draft.count(told.is_some() || text.starts_with("--- "));
    }
    if let Some((line, good, bad)) = ends {
        draft.has_end(line, bad, Side::New);
        draft.has_end(line, good, Side::Old);
    }
    Some(draft)
}

/// `Found 95 commits between (GOOD, BAD]`
fn range(text: &str) -> Option<(CommitId, CommitId)> {
    text.starts_with("Found ").then_some(())?;
    let (good, bad) = between(text, "between (", "]")?.split_once(", ")?;
    Some((name(good)?, name(bad)?))
}

fn name(text: &str) -> Option<CommitId> {
    let text = text.trim().trim_end_matches(['.', ',']);
    CommitId::parse_written(text).ok().or_else(|| CommitId::parse_name(text))
}
