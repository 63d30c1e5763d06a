//! `mozregression`: builds of Firefox by their day or hash. The windows that it narrows tell each verdict; people copy the
//! list of `VERSION - DAY - VERDICT`.

use crate::evidence::{CommitId, Line, Side};
use crate::ingest::git_bisect::{Answer, Draft};

use super::between;

pub(super) fn read(lines: &[(u32, &str)]) -> Option<Draft> {
    let known = |line: &str| listed(line).is_some() || window(line).is_some() || end(line).is_some();
    lines.iter().any(|(_, line)| known(line)).then_some(())?;
    let mut draft = Draft::of_tool(Line(lines.first()?.0));
    let mut ends = Vec::new();
    for (number, text) in lines {
        let line = Line(*number);
        if let Some((build, answer)) = listed(text) {
            draft.hear_once(line, build, answer);
        } else if let Some([good, bad, next_good, next_bad]) = window(text) {
            // The ends of the first window, and whichever end is another one in the next.
            draft.hear_once(line, bad, Answer::Side(Side::New));
            draft.hear_once(line, good, Answer::Side(Side::Old));
            draft.hear_once(line, next_bad, Answer::Side(Side::New));
            draft.hear_once(line, next_good, Answer::Side(Side::Old));
        } else if let Some((side, hash, day)) = end(text) {
            ends.push((line, side, hash, day));
        }
        draft.count(known(text));
    }
    draft.order_by_day();
    for (line, side, hash, day) in ends {
        let told = day.is_some_and(|day| draft.has_heard_of(&day));
        // The build of that day under its other name.
        if !told {
            draft.hear_once(line, hash, Answer::Side(side));
        }
        if side == Side::New {
            draft.name(line, day.filter(|_| told).unwrap_or(hash));
        }
    }
    Some(draft)
}

fn build(name: &str) -> Option<CommitId> {
    let name = name.trim();
    CommitId::parse_written(name).ok().or_else(|| CommitId::parse_name(name))
}

/// `40.0a1 - 2015-04-16 - bad`
fn listed(line: &str) -> Option<(CommitId, Answer)> {
    let parts: Vec<&str> = line.split(" - ").map(str::trim).collect();
    let [version, day, verdict] = parts[..] else { return None };
    (version.starts_with(|c: char| c.is_ascii_digit()) && is_day(day)).then_some(())?;
    let answer = match verdict.to_ascii_lowercase().as_str() {
        "good" => Answer::Side(Side::Old),
        "bad" => Answer::Side(Side::New),
        "skip" | "broken" => Answer::Skip,
        _ => return None,
    };
    Some((build(day)?, answer))
}

fn is_day(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('-').collect::<Vec<_>>()[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2))
}

/// `Narrowed nightly regression window from [GOOD, BAD] (2 days) to [GOOD, BAD] (1 days) (~0 steps left)`
fn window(line: &str) -> Option<[CommitId; 4]> {
    let rest = line.split_once("Narrowed ")?.1.split_once("regression window from ")?.1;
    let (from, to) = rest.split_once(" to ")?;
    let pair = |text: &str| {
        let (good, bad) = between(text, "[", "]")?.split_once(", ")?;
        Some((build(good)?, build(bad)?))
    };
    let ((good, bad), (next_good, next_bad)) = (pair(from)?, pair(to)?);
    Some([good, bad, next_good, next_bad])
}

/// `INFO: Last good revision: a6f7a33731bc (2015-04-15)`
fn end(line: &str) -> Option<(Side, CommitId, Option<CommitId>)> {
    let told = [("Last good revision: ", Side::Old), ("First bad revision: ", Side::New)];
    let (rest, side) = told.into_iter().find_map(|(words, side)| Some((line.split_once(words)?.1, side)))?;
    let (hash, day) = rest.split_once(" (").map_or((rest, None), |(hash, day)| (hash, Some(day)));
    let day = day.map(|day| day.trim_end_matches(')')).filter(|day| is_day(day)).and_then(build);
    Some((side, CommitId::parse_written(hash).ok()?, day))
}
