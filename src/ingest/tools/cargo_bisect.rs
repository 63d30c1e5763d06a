//! `cargo-bisect-rustc`: nightlies of Rust, then the merges of one of them, each with `===> Yes` where the regression shows.

use crate::evidence::{CommitId, Line, Side};
use crate::ingest::git_bisect::{Answer, Draft};

const RESULT: &str = "RESULT: ";

pub(super) fn read(lines: &[(u32, &str)]) -> Option<Draft> {
    lines.iter().any(|(_, line)| result(line).is_some()).then_some(())?;
    let mut draft = Draft::of_tool(Line(lines.first()?.0));
    for (number, text) in lines {
        let line = Line(*number);
        let known = result(text);
        if let Some((commit, answer)) = known {
            draft.hear_of(line, commit, answer);
        } else if let Some(commit) = regression(text) {
            // The last one is the narrowest: a nightly first, then a merge.
            draft.name(line, commit);
        }
        draft.count(known.is_some() || regression(text).is_some());
    }
    draft.order_by_day();
    Some(draft)
}

/// `RESULT: nightly-2020-05-09, ===> Yes`
fn result(line: &str) -> Option<(CommitId, Answer)> {
    let (name, verdict) = line.trim_start().strip_prefix(RESULT)?.split_once(", ===> ")?;
    let answer = match verdict.trim() {
        "Yes" => Answer::Side(Side::New),
        "No" => Answer::Side(Side::Old),
        _ => Answer::Skip,
    };
    Some((toolchain(name)?, answer))
}

/// `Regression in nightly-2020-05-05`
fn regression(line: &str) -> Option<CommitId> {
    let line = line.trim_start_matches(['*', ' ']);
    let name = line.strip_prefix("Regression in ").or_else(|| line.strip_prefix("regression in "))?;
    toolchain(name)
}

fn toolchain(name: &str) -> Option<CommitId> {
    let name = name.trim();
    CommitId::parse_written(name).ok().or_else(|| CommitId::parse_name(name))
}
