//! `cargo-bisect-rustc`: nightlies of Rust, then the merges of one of them, each with `===> Yes` where the regression shows, or
//! with the words that the start and the end of the range show.

use crate::evidence::{CommitId, Line, Side};
use crate::ingest::git_bisect::{Answer, Draft};

const RESULT: &str = "RESULT: ";

pub(super) fn read(lines: &[(u32, &str)]) -> Option<Draft> {
    let terms = Terms::of(lines)?;
    let mut draft = Draft::of_tool(Line(lines.first()?.0));
    for (number, text) in lines {
        let line = Line(*number);
        let known = result(text).and_then(|(name, word)| Some((toolchain(name)?, terms.answer(word))));
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

/// The words for both sides.
struct Terms<'a> {
    old: &'a str,
    new: &'a str,
}

impl<'a> Terms<'a> {
    /// Those of the ends of the range, which are tried first; `No` and `Yes` where nobody says what they should show.
    fn of(lines: &[(u32, &'a str)]) -> Option<Self> {
        let first = |from: &str| {
            let at = lines.iter().position(|(_, line)| line.trim_start().starts_with(from))?;
            lines[at..].iter().find_map(|(_, line)| result(line)).map(|(_, word)| word)
        };
        let ends = first("checking the start range to verify it passes")
            .zip(first("checking the end range to verify it does not pass"))
            .filter(|(old, new)| old != new)
            .map(|(old, new)| Self { old, new });
        let said = |wanted: &str| lines.iter().any(|(_, line)| result(line).is_some_and(|(_, word)| word == wanted));
        ends.or_else(|| (said("Yes") || said("No")).then_some(Self { old: "No", new: "Yes" }))
    }

    fn answer(&self, word: &str) -> Answer {
        match word {
            word if word == self.new => Answer::Side(Side::New),
            word if word == self.old => Answer::Side(Side::Old),
            _ => Answer::Skip,
        }
    }
}

/// `RESULT: nightly-2020-05-09, ===> Yes`
fn result(line: &str) -> Option<(&str, &str)> {
    let (name, verdict) = line.trim_start().strip_prefix(RESULT)?.split_once(", ===> ")?;
    Some((name, verdict.trim()))
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
