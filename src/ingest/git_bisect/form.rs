//! One line → what it says, of the output of `git bisect log` and of a terminal.

use crate::evidence::{CommitId, Outcome, Remaining, Title, VoidKind};

use super::prompt::{Typed, checked_out, typed};
use super::tally::{Tally, is_unbuilt, tally};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form<'a> {
    /// `# bad: [<hash>] <subject>`: what git was told, or will be in the next line.
    Comment { term: &'a str, commit: &'a str, subject: &'a str },
    /// `git bisect bad <hash>`, `git bisect start HEAD v1`
    Command(Typed<'a>),
    /// `git checkout v5.15`
    CheckedOut(&'a str),
    /// Where that led: `HEAD is now at <hash> <subject>`.
    Head {
        /// Its hash, mostly abbreviated.
        commit: &'a str,
    },
    /// `# first bad commit: [<hash>] <subject>`, `<hash> is the first bad commit`
    First { commit: &'a str, subject: Option<&'a str> },
    /// `# possible first bad commit: [<hash>] <subject>`
    Possible(&'a str),
    /// `# only skipped commits left to test`
    OnlySkipped,
    /// `Bisecting: 675 revisions left to test after this (roughly 10 steps)`, in any language: there a candidate must follow.
    Remaining(Remaining, Sure),
    /// `Bisecting: a merge base must be tested`
    MergeBase,
    /// `The merge base <hash> is bad.`
    MergeBaseIsBad(&'a str),
    /// `[<hash>] <subject>`: what is tested next.
    Candidate { commit: &'a str, subject: &'a str },
    /// `run #3: crashed: <title>`
    Run(Outcome),
    /// `# 3 of 20 fail`
    Tally(Tally),
    /// `# does not build`
    Unbuilt,
    /// A whole hash and nothing else.
    Hash(&'a str),
    /// `revert: PASS`, `verify: PASS`: what a bot found when it tested the culprit once more.
    Check(Check),
    /// Nothing that matters.
    Other,
}

/// Whether the words of a line tell what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    Yes,
    /// Only its shape does.
    ByShape,
}

/// A second test of the culprit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Of the culprit itself; whether it failed again.
    Verify { fails: bool },
    /// Of the newest revision without the culprit; whether it fails still.
    Revert { fails: bool },
}

pub(super) fn form(text: &str) -> Form<'_> {
    let text = text.trim_end();
    let bare = text.trim_start().trim_start_matches("$ ").trim_start_matches("# ");
    if let Some(outcome) = bare.strip_prefix("run #").and_then(run) {
        return Form::Run(outcome);
    }
    if let Some(typed) = typed(text) {
        return Form::Command(typed);
    }
    if let Some(rest) = text.strip_prefix('#') {
        return match comment(rest.strip_prefix(' ').unwrap_or(rest)) {
            Form::Other if is_unbuilt(rest) => Form::Unbuilt,
            Form::Other => tally(rest).map_or(Form::Other, Form::Tally),
            comment => comment,
        };
    }
    git(text)
        .or_else(|| checked_out(text).map(Form::CheckedOut))
        .or_else(|| check(text).map(Form::Check))
        .or_else(|| Some(Form::Remaining(by_shape(text)?, Sure::ByShape)))
        .or_else(|| CommitId::parse_full(text.trim()).ok().map(|_| Form::Hash(text.trim())))
        .unwrap_or(Form::Other)
}

/// What git itself prints.
fn git(text: &str) -> Option<Form<'_>> {
    if let Some(rest) = text.strip_prefix("Bisecting: ") {
        return if rest.starts_with("a merge base must be tested") { Some(Form::MergeBase) } else { remaining(rest) };
    }
    if text.starts_with("There are only 'skip'ped commits left") {
        return Some(Form::OnlySkipped);
    }
    if let Some(rest) = text.strip_prefix("The merge base ") {
        return rest.split_once(" is ").map(|(commit, _)| Form::MergeBaseIsBad(commit));
    }
    if let Some(rest) = text.strip_prefix("HEAD is now at ") {
        let commit = rest.split(' ').next().filter(|commit| CommitId::parse_written(commit).is_ok())?;
        return Some(Form::Head { commit });
    }
    if let Some((commit, subject)) = bracketed(text) {
        return Some(Form::Candidate { commit, subject });
    }
    Some(Form::First { commit: first_of(text)?, subject: None })
}

/// `bad: [<hash>] <subject>`
fn comment(text: &str) -> Form<'_> {
    if text.starts_with("only skipped commits left") {
        return Form::OnlySkipped;
    }
    let Some((what, rest)) = text.split_once(": ") else { return Form::Other };
    // A damaged hash is one all the same: what stands before it says so.
    let Some((commit, subject)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Form::Other;
    };
    let subject = subject.trim();
    match what.split(' ').collect::<Vec<_>>()[..] {
        ["first", _, "commit"] => Form::First { commit, subject: Some(subject).filter(|text| !text.is_empty()) },
        ["possible", "first", _, "commit"] => Form::Possible(commit),
        [term] => Form::Comment { term: term.trim_matches('\''), commit, subject },
        _ => Form::Other,
    }
}

/// `675 revisions left to test after this (roughly 10 steps)`
fn remaining(rest: &str) -> Option<Form<'_>> {
    let (revisions, rest) = rest.split_once(' ')?;
    let steps = rest.split_once("(roughly ")?.1.split(' ').next()?;
    let remaining = Remaining { revisions: revisions.parse().ok()?, steps: steps.parse().ok()? };
    Some(Form::Remaining(remaining, Sure::Yes))
}

/// A line with one number, and another one in brackets at its end: git in another language.
fn by_shape(text: &str) -> Option<Remaining> {
    let body = text.strip_suffix([')', '）'])?;
    let (before, inside) = body.rsplit_once(['(', '（'])?;
    before.contains([':', '：', '中']).then_some(())?;
    let only = |text: &str| {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        let number = numbers.next()?.parse().ok()?;
        numbers.next().is_none().then_some(number)
    };
    Some(Remaining { revisions: only(before)?, steps: only(inside)? })
}

/// `[<hash>] <subject>`: other programs write other things in brackets.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (hash, subject) = text.strip_prefix('[')?.split_once(']')?;
    let digits = CommitId::parse_written(hash).is_ok();
    (digits && (subject.is_empty() || subject.starts_with(' '))).then(|| (hash, subject.trim()))
}

/// `<hash> is the first bad commit`
fn first_of(text: &str) -> Option<&str> {
    let (hash, rest) = text.split_once(" is the first ")?;
    (rest.ends_with("commit") && !hash.contains(' ')).then_some(hash)
}

/// `  revert:     PASS`
fn check(text: &str) -> Option<Check> {
    let (what, found) = text.trim_start().split_once(':')?;
    let passed = match found.trim() {
        "PASS" => true,
        "FAIL" => false,
        _ => return None,
    };
    match what {
        "revert" => Some(Check::Revert { fails: !passed }),
        "verify" => Some(Check::Verify { fails: passed }),
        _ => None,
    }
}

/// `3: crashed: <title>`, `3: OK`
fn run(text: &str) -> Option<Outcome> {
    let (number, verdict) = text.split_once(": ")?;
    number.parse::<u32>().ok()?;
    let (word, rest) = verdict.split_once(": ").unwrap_or((verdict, ""));
    match word.to_ascii_lowercase().as_str() {
        "ok" | "pass" | "passed" | "good" => Some(Outcome::Pass),
        "crashed" | "fail" | "failed" | "bad" => Some(Outcome::Crash(Title::new(rest))),
        "skip" | "skipped" | "error" | "boot failed" | "infra problem" => {
            Some(Outcome::Void(VoidKind::Failed, verdict.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracketed_line_is_a_commit_only_with_a_hash() {
        let hash = "b9a61ee2bb2704e42516e3da962f99dfa98f3b20";
        assert!(matches!(form(&format!("[{hash}] drm: reset")), Form::Candidate { .. }));
        for line in
            ["[INFO] Scanning", "[  31.031172][  T210] ---[ cut here ]---", "[ERROR] x", "[123456] short", "[deadbee]x"]
        {
            assert_eq!(form(line), Form::Other, "{line}");
        }
    }

    #[test]
    fn counts_are_read_in_every_language() {
        let of = |line: &str| match form(line) {
            Form::Remaining(remaining, _) => (remaining.revisions, remaining.steps),
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(of("Bisecting: 675 revisions left to test after this (roughly 10 steps)"), (675, 10));
        assert_eq!(of("binäre Suche: danach noch 1 Commit zum Testen übrig (ungefähr 2 Schritte)"), (1, 2));
        assert_eq!(of("Bissection : 3 révisions à tester après ceci (à peu près 2 étapes)"), (3, 2));
        assert_eq!(of("二分查找中：在此之后，还剩 4 个版本待测试（大概 2 步）"), (4, 2));
    }

    #[test]
    fn a_bots_second_tests_are_known() {
        assert_eq!(form("  revert:     PASS"), Form::Check(Check::Revert { fails: false }));
        assert_eq!(form("  verify:     PASS"), Form::Check(Check::Verify { fails: true }));
        assert_eq!(form("  verify:     SKIP"), Form::Other);
    }
}
