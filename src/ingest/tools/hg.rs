//! `hg bisect`: what `--command` prints, a session by hand, and `.hg/bisect.state`.

use crate::evidence::{CommitId, Kind, Line, Side};
use crate::ingest::git_bisect::{Answer, Draft};

/// What a line says.
enum Form<'a> {
    /// `changeset 15:e7fa0811edb0: good`
    Verdict(Answer, &'a str),
    /// `$ hg bisect -g 1`
    Command(Answer, Option<&'a str>),
    /// `Testing changeset 16:a2e6ea4973e9 (30 changesets remaining, ~4 tests)`
    Testing(&'a str, Option<u32>),
    /// `The first good revision is:`, which `changeset:   6:a3d5c6fdf0d3` follows.
    First(Kind),
    Named(&'a str),
}

pub(super) fn read(lines: &[(u32, &str)]) -> Option<Draft> {
    let state = is_state(lines);
    let known =
        state || lines.iter().any(|(_, line)| matches!(form(line), Some(Form::Verdict(..) | Form::Testing(..))));
    let commands = || lines.iter().any(|(_, line)| line.contains("hg bisect "));
    (known || commands()).then_some(())?;
    let mut draft = Draft::of_tool(Line(lines.first()?.0));
    let (mut next, mut first, mut numbers, mut left) = (None, None, Vec::new(), Vec::new());
    for (number, text) in lines {
        let line = Line(*number);
        let form = if state { state_line(text) } else { form(text) };
        match form {
            Some(Form::Verdict(answer, name)) => {
                numbers.extend(answer.side().zip(number_of(name)));
                draft.hear_of(line, name_of(name)?, answer);
            }
            Some(Form::Command(answer, name)) => {
                let name = name.or_else(|| next.take()).unwrap_or(".");
                numbers.extend(answer.side().zip(number_of(name)));
                draft.hear_of(line, name_of(name)?, answer);
            }
            Some(Form::Testing(name, changesets)) => {
                left.extend(name_of(name).zip(changesets));
                next = Some(name);
            }
            Some(Form::First(kind)) => first = Some(kind),
            Some(Form::Named(name)) if first.is_some() => draft.name(line, name_of(name)?),
            Some(Form::Named(_)) | None => {}
        }
        draft.count(form.is_some());
    }
    let kind = first.or_else(|| kind_by_numbers(&numbers));
    draft.looks_for(kind);
    draft.has_left(&left);
    Some(draft)
}

/// `16:a2e6ea4973e9` by its hash, `1` by its number.
fn name_of(name: &str) -> Option<CommitId> {
    let hash = name.rsplit_once(':').map_or(name, |(_, hash)| hash);
    CommitId::parse_written(hash).ok().or_else(|| CommitId::parse_name(hash))
}

/// The number of a changeset in its repository: an ancestor's is smaller.
fn number_of(name: &str) -> Option<u64> {
    name.split_once(':').map_or(name, |(number, _)| number).parse().ok()
}

/// Where the good end is newer than the bad one, a fix is looked for. `Side::New` is what was called bad.
fn kind_by_numbers(numbers: &[(Side, u64)]) -> Option<Kind> {
    let first = |of: Side| numbers.iter().find(|(side, _)| *side == of).map(|(_, number)| *number);
    let (bad, good) = (first(Side::New)?, first(Side::Old)?);
    Some(if bad < good { Kind::Fix } else { Kind::Cause })
}

fn answer(word: &str) -> Option<Answer> {
    match word {
        "good" | "-g" | "--good" => Some(Answer::Side(Side::Old)),
        "bad" | "-b" | "--bad" => Some(Answer::Side(Side::New)),
        "skip" | "skipped" | "-s" | "--skip" => Some(Answer::Skip),
        _ => None,
    }
}

fn form(line: &str) -> Option<Form<'_>> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("changeset:") {
        return Some(Form::Named(rest.trim()));
    }
    // `Changeset` in newer versions.
    if let Some(rest) = line.strip_prefix("changeset ").or_else(|| line.strip_prefix("Changeset ")) {
        let (name, verdict) = rest.rsplit_once(": ")?;
        let plain = name.contains(':') && !name.contains(' ');
        return answer(verdict.trim()).filter(|_| plain).map(|answer| Form::Verdict(answer, name));
    }
    if let Some(rest) = line.strip_prefix("Testing changeset ") {
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let changesets = rest.strip_prefix('(').and_then(|rest| rest.split(' ').next()?.parse().ok());
        return Some(Form::Testing(name, changesets));
    }
    let first = line.strip_prefix("The first ").filter(|rest| rest.contains(" revision is:"));
    match first.and_then(|rest| rest.split(' ').next()) {
        Some("bad") => return Some(Form::First(Kind::Cause)),
        Some("good") => return Some(Form::First(Kind::Fix)),
        _ => {}
    }
    let mut words = line.split_once("hg bisect ")?.1.split_whitespace();
    let answer = answer(words.next()?)?;
    Some(Form::Command(answer, words.next().filter(|word| !word.starts_with('-'))))
}

/// `.hg/bisect.state`: a verdict and a whole hash a line, and nothing else.
fn is_state(lines: &[(u32, &str)]) -> bool {
    let mut full = lines.iter().filter(|(_, line)| !line.is_empty()).peekable();
    full.peek().is_some() && full.all(|(_, line)| state_line(line).is_some())
}

fn state_line(line: &str) -> Option<Form<'_>> {
    let (word, hash) = line.split_once(' ')?;
    CommitId::parse_full(hash.trim()).ok()?;
    if word == "current" {
        Some(Form::Testing(hash, None))
    } else {
        answer(word).map(|answer| Form::Verdict(answer, hash))
    }
}
