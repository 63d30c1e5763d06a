//! What a plain `git bisect` leaves behind: the output of `git bisect log`, and transcripts of a terminal.
//!
//! A log tells what git was told of each commit, `# bad: [<hash>] <subject>` and `git bisect bad <hash>`, and no runs: one
//! run is taken from each word, unless lines `run #N: …` stand beside it. The words themselves may be any
//! (`--term-new=fixed`); which of the two sides fails is read from them, [`fails`].

use std::sync::Arc;

use crate::evidence::{
    Basis, Bisection, CommitId, Culprit, Decision, Ending, Format, Kind, Line, Move, Outcome, Remaining, RevisionName,
    Role, Run, Side, Source, Step, Tag, Title, Verdict, VoidKind, Walk,
};

use super::lex::{Lexed, Lines};
use super::problem::{Flaw, Problem};

/// Reads every bisection in `bytes`; empty when nothing in it is git's.
#[must_use]
pub fn read(bytes: &[u8], source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    let source = source.holding(bytes);
    let mut reader = Reader { source: &source, done: Vec::new(), problems: Vec::new(), draft: None };
    for lexed in Lines::new(bytes) {
        reader.feed(&lexed);
    }
    reader.close();
    (reader.done, reader.problems)
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form<'a> {
    /// `git bisect start …`
    Start(&'a str),
    /// `# bad: [<hash>] <subject>`: what git was told, or will be in the next line.
    Comment { term: &'a str, commit: &'a str },
    /// `git bisect bad <hash>`
    Command { term: &'a str, commit: Option<&'a str> },
    /// `# first bad commit: [<hash>] <subject>`, `<hash> is the first bad commit`
    First { commit: &'a str, subject: Option<&'a str> },
    /// `# possible first bad commit: [<hash>] <subject>`
    Possible(&'a str),
    /// `# only skipped commits left to test`
    OnlySkipped,
    /// `Bisecting: 675 revisions left to test after this (roughly 10 steps)`
    Remaining(Remaining),
    /// `[<hash>] <subject>`: what is tested next.
    Candidate(&'a str),
    /// `run #3: crashed: <title>`
    Run(Outcome),
    /// Nothing that matters.
    Other,
}

fn form(text: &str) -> Form<'_> {
    let text = text.trim_end();
    let bare = text.trim_start().trim_start_matches("$ ").trim_start_matches("# ");
    if let Some(outcome) = bare.strip_prefix("run #").and_then(run) {
        return Form::Run(outcome);
    }
    if let Some(comment) = text.strip_prefix("# ") {
        return self::comment(comment);
    }
    let command = text.trim_start().trim_start_matches("$ ");
    if let Some(rest) = command.strip_prefix("git bisect ") {
        return self::command(rest);
    }
    remaining(text)
        .or_else(|| Some(Form::Candidate(bracketed(text)?.0)))
        .or_else(|| Some(Form::First { commit: first_of(text)?, subject: None }))
        .unwrap_or(Form::Other)
}

/// `bad: [<hash>] <subject>`
fn comment(text: &str) -> Form<'_> {
    if text.starts_with("only skipped commits left") {
        return Form::OnlySkipped;
    }
    let Some((what, rest)) = text.split_once(": ") else { return Form::Other };
    let Some((commit, subject)) = bracketed(rest) else { return Form::Other };
    let subject = Some(subject).filter(|subject| !subject.is_empty());
    match what.split(' ').collect::<Vec<_>>()[..] {
        ["first", _, "commit"] => Form::First { commit, subject },
        ["possible", "first", _, "commit"] => Form::Possible(commit),
        [term] => Form::Comment { term, commit },
        _ => Form::Other,
    }
}

/// `bad <hash>`, `start 'HEAD' 'v1.0' '--' 'src'`
fn command(text: &str) -> Form<'_> {
    const SILENT: [&str; 7] = ["reset", "log", "replay", "run", "visualize", "view", "terms"];
    match text.split_once(' ').unwrap_or((text, "")) {
        ("start", arguments) => Form::Start(arguments),
        (term, _) if SILENT.contains(&term) => Form::Other,
        (term, rest) => Form::Command { term, commit: rest.split_whitespace().next() },
    }
}

/// `Bisecting: 675 revisions left to test after this (roughly 10 steps)`
fn remaining(text: &str) -> Option<Form<'_>> {
    let (revisions, rest) = text.strip_prefix("Bisecting: ")?.split_once(' ')?;
    let steps = rest.split_once("(roughly ")?.1.split(' ').next()?;
    Some(Form::Remaining(Remaining { revisions: revisions.parse().ok()?, steps: steps.parse().ok()? }))
}

/// `[<hash>] <subject>`
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (hash, subject) = text.strip_prefix('[')?.split_once(']')?;
    Some((hash, subject.trim()))
}

/// `<hash> is the first bad commit`
fn first_of(text: &str) -> Option<&str> {
    let (hash, rest) = text.split_once(" is the first ")?;
    rest.ends_with("commit").then_some(hash)
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
            Some(Outcome::Void(VoidKind::Failed, Arc::from(verdict)))
        }
        _ => None,
    }
}

/// Whether a word for one side of the change says that the test fails there; none when it does not tell.
fn fails(term: &str) -> Option<bool> {
    const FAILING: [&str; 12] = [
        "bad", "broken", "fail", "failing", "fails", "failed", "crash", "crashes", "crashing", "buggy", "slow", "wrong",
    ];
    const PASSING: [&str; 11] =
        ["good", "fixed", "fix", "pass", "passes", "passing", "passed", "ok", "works", "working", "fast"];
    let term = term.to_ascii_lowercase();
    let is = |words: &[&str]| words.contains(&term.as_str());
    if is(&FAILING) { Some(true) } else { is(&PASSING).then_some(false) }
}

struct Reader<'s> {
    source: &'s Source,
    done: Vec<Bisection>,
    problems: Vec<Problem>,
    draft: Option<Draft>,
}

/// The words for the two sides.
struct Terms {
    old: String,
    new: String,
}

/// A word that git takes for a commit.
enum Word {
    Side(Side),
    Skip,
}

impl Word {
    const fn side(&self) -> Option<Side> {
        match self {
            Self::Side(side) => Some(*side),
            Self::Skip => None,
        }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self { old: "good".to_owned(), new: "bad".to_owned() }
    }
}

impl Terms {
    fn of(arguments: &str) -> Self {
        let mut terms = Self::default();
        let words: Vec<&str> = arguments.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        for (i, word) in words.iter().enumerate() {
            let (flag, value) = word.split_once('=').unwrap_or((word, words.get(i + 1).copied().unwrap_or_default()));
            match flag {
                "--term-new" | "--term-bad" => value.clone_into(&mut terms.new),
                "--term-old" | "--term-good" => value.clone_into(&mut terms.old),
                "--" => break,
                _ => {}
            }
        }
        terms
    }

    /// None for a word that is none of ours.
    fn word(&self, term: &str) -> Option<Word> {
        match term {
            "skip" => Some(Word::Skip),
            term if term == self.new || term == "new" => Some(Word::Side(Side::New)),
            term if term == self.old || term == "old" => Some(Word::Side(Side::Old)),
            _ => None,
        }
    }

    /// Without a word that tells, the new side fails.
    fn kind(&self) -> Kind {
        match (fails(&self.new), fails(&self.old)) {
            (Some(false), _) | (None, Some(true)) => Kind::Fix,
            _ => Kind::Cause,
        }
    }
}

/// What git was told of a commit.
struct Told {
    line: Line,
    commit: CommitId,
    side: Option<Side>,
    remaining: Option<Remaining>,
    runs: Vec<Run>,
}

struct Draft {
    line: Line,
    started: bool,
    terms: Terms,
    told: Vec<Told>,
    /// Comments since the last command: a start that follows them is theirs.
    unconfirmed: usize,
    remaining: Option<Remaining>,
    candidate: Option<(CommitId, Option<Remaining>)>,
    culprit: Option<Culprit>,
    possible: Vec<CommitId>,
    only_skipped: bool,
    understood: u32,
    opaque: u32,
}

impl Draft {
    fn new(line: Line) -> Self {
        Self {
            line,
            started: false,
            terms: Terms::default(),
            told: Vec::new(),
            unconfirmed: 0,
            remaining: None,
            candidate: None,
            culprit: None,
            possible: Vec::new(),
            only_skipped: false,
            understood: 0,
            opaque: 0,
        }
    }
}

impl Reader<'_> {
    fn feed(&mut self, lexed: &Lexed<'_>) {
        let form = form(&lexed.text);
        let opens = matches!(form, Form::Start(_) | Form::Comment { .. } | Form::Remaining(_));
        if self.draft.is_none() && !opens {
            return;
        }
        if let Form::Start(arguments) = form {
            return self.start(lexed.line, arguments);
        }
        let draft = self.draft.get_or_insert_with(|| Draft::new(lexed.line));
        let known = form != Form::Other;
        draft.understood += u32::from(known);
        draft.opaque += u32::from(!known);
        if let Err(flaw) = draft.take(lexed.line, form) {
            self.problems.push(Problem { line: lexed.line, flaw });
        }
    }

    /// A second start begins another bisection, with the comments that stand before it.
    fn start(&mut self, line: Line, arguments: &str) {
        let again = self.draft.as_ref().is_some_and(|draft| draft.started);
        let mut draft = self.draft.take().unwrap_or_else(|| Draft::new(line));
        if again {
            let theirs = draft.told.len() - draft.unconfirmed;
            let told = draft.told.split_off(theirs);
            self.draft = Some(draft);
            self.close();
            let first = told.first().map_or(line, |told| told.line);
            draft = Draft { unconfirmed: told.len(), told, ..Draft::new(first) };
        }
        draft.terms = Terms::of(arguments);
        draft.started = true;
        draft.understood += 1;
        self.draft = Some(draft);
    }

    fn close(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        if draft.told.iter().any(|told| told.side.is_some()) {
            let number = self.done.len() + 1;
            let path = &self.source.path;
            let id = if number == 1 { path.clone() } else { format!("{path}#{number}") };
            self.done.push(draft.bisection(id, self.source));
        }
    }
}

impl Draft {
    fn take(&mut self, line: Line, form: Form<'_>) -> Result<(), Flaw> {
        match form {
            Form::Comment { term, commit } => self.tell(line, term, commit, false)?,
            Form::Command { term, commit: Some(commit) } => self.tell(line, term, commit, true)?,
            Form::Command { term, commit: None } => self.tell_of_candidate(line, term),
            Form::First { commit, subject } => self.culprit = Some(culprit(line, hash(commit)?, subject)),
            Form::Possible(commit) => self.possible.push(hash(commit)?),
            Form::OnlySkipped => self.only_skipped = true,
            Form::Remaining(remaining) => self.remaining = Some(remaining),
            Form::Candidate(commit) => self.candidate = Some((hash(commit)?, self.remaining.take())),
            Form::Run(outcome) => {
                if let Some(told) = self.told.last_mut() {
                    let number = u32::try_from(told.runs.len()).unwrap_or(u32::MAX);
                    told.runs.push(Run::once(line, number, outcome));
                }
            }
            Form::Start(_) | Form::Other => {}
        }
        Ok(())
    }

    /// Comments before one command: git writes one.
    const COMMENTS: usize = 1000;

    /// A comment and the command after it say the same once.
    fn tell(&mut self, line: Line, term: &str, commit: &str, command: bool) -> Result<(), Flaw> {
        let Some(side) = self.terms.word(term).map(|word| word.side()) else { return Ok(()) };
        if command && (commit.contains("..") || CommitId::parse(commit).is_err()) {
            // A range or a name: the comments before it have the hashes.
            self.unconfirmed = 0;
            return Ok(());
        }
        let commit = hash(commit)?;
        let told_before = self.told.iter().rev().take(self.unconfirmed.min(Self::COMMENTS));
        let known = command && told_before.into_iter().any(|told| told.commit.matches(&commit) && told.side == side);
        if !known {
            let own = self.candidate.take().filter(|(candidate, _)| candidate.matches(&commit));
            let remaining = own.and_then(|(_, remaining)| remaining);
            self.told.push(Told { line, commit, side, remaining, runs: Vec::new() });
        }
        self.unconfirmed = if command { 0 } else { self.unconfirmed + 1 };
        Ok(())
    }

    /// `git bisect bad` without a commit is about the one checked out.
    fn tell_of_candidate(&mut self, line: Line, term: &str) {
        let Some(side) = self.terms.word(term).map(|word| word.side()) else { return };
        if let Some((commit, remaining)) = self.candidate.take() {
            self.told.push(Told { line, commit, side, remaining, runs: Vec::new() });
        }
        self.unconfirmed = 0;
    }

    fn bisection(self, id: String, source: &Source) -> Bisection {
        let kind = self.terms.kind();
        let blank = Bisection::new(id, source.clone(), self.line, Format::GitBisect, kind);
        let first = |side| self.told.iter().position(|told| told.side == Some(side));
        let ends = (first(Side::New), first(Side::Old));
        let steps: Vec<Step> =
            self.told.iter().enumerate().map(|(i, told)| step(told, role(i, ends, kind), kind)).collect();
        let ending = match () {
            () if self.culprit.is_some() => Ending::Culprit,
            () if self.only_skipped || !self.possible.is_empty() => Ending::Inconclusive,
            () => Ending::Truncated,
        };
        let crashing = if kind == Kind::Cause { ends.0 } else { ends.1 };
        let mut lines = blank.lines;
        (lines.understood, lines.opaque) = (self.understood, self.opaque);
        Bisection {
            origin: crashing.map(|i| self.told[i].commit),
            walk: self.walk(ends),
            steps,
            culprit: self.culprit,
            candidates: self.possible,
            ending,
            lines,
            ..blank
        }
    }

    /// git's walk, when both ends are known.
    fn walk(&self, (new, old): (Option<usize>, Option<usize>)) -> Option<Walk> {
        let (new, old) = (new?, old?);
        let moves = self.told.iter().enumerate().filter(|(i, _)| *i != new && *i != old);
        let moves = moves.map(|(i, told)| Move {
            line: told.line,
            commit: told.commit,
            remaining: told.remaining,
            side: told.side,
            step: Some(i),
        });
        Some(Walk {
            line: self.line,
            new_end: RevisionName::Commit(self.told[new].commit),
            old_end: RevisionName::Commit(self.told[old].commit),
            moves: moves.collect(),
            pending: self.candidate,
            concluded: self.culprit.is_some(),
        })
    }
}

fn hash(text: &str) -> Result<CommitId, Flaw> {
    CommitId::parse(text).map_err(|error| Flaw::hash(text, error))
}

const fn culprit_without(line: Line, commit: CommitId) -> Culprit {
    Culprit {
        line,
        commit,
        subject: None,
        merge_parents: Vec::new(),
        files: Vec::new(),
        signature: None,
        parent_signature: None,
    }
}

fn culprit(line: Line, commit: CommitId, subject: Option<&str>) -> Culprit {
    Culprit { subject: subject.map(str::to_owned), ..culprit_without(line, commit) }
}

/// The end that crashes is the origin; the other end stands for a release.
fn role(i: usize, (new, old): (Option<usize>, Option<usize>), kind: Kind) -> Role {
    let (crashing, clean) = if kind == Kind::Cause { (new, old) } else { (old, new) };
    match (Some(i) == crashing, Some(i) == clean, kind) {
        (true, ..) => Role::Origin,
        (_, true, Kind::Cause) => Role::Release,
        (_, true, Kind::Fix) => Role::Head,
        _ => Role::Candidate,
    }
}

/// A word is one run; a skip is none.
fn step(told: &Told, role: Role, kind: Kind) -> Step {
    let crashes = told.side.map(|side| (side == Side::New) == (kind == Kind::Cause));
    let verdict = match crashes {
        None => Verdict::Skip,
        Some(true) => Verdict::Bad,
        Some(false) => Verdict::Good,
    };
    let outcome = crashes.map(|crashes| if crashes { Outcome::Crash(None) } else { Outcome::Pass });
    let inferred = told.runs.is_empty();
    let word = || outcome.into_iter().map(|outcome| Run::once(told.line, 0, outcome)).collect();
    Step {
        line: told.line,
        commit: told.commit,
        tag: None::<Tag>,
        role,
        compiler: None,
        signature: None,
        runs: if inferred { word() } else { told.runs.clone() },
        inferred,
        complete: true,
        decision: Some(Decision { verdict, basis: Basis::Recorded(told.line) }),
    }
}
