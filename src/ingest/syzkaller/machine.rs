//! Lines in their order → bisections. The state says what free text means where it stands, and which forms count:
//! the words of a commit message, a compiler or a crash report are never evidence.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use crate::evidence::{
    Basis, Bisection, CommitId, CrashReport, Culprit, Decision, Ending, Format, Kind, Line, Move, Outcome, Remaining,
    RevisionName, Role, Run, Side, Source, Step, Tag, Title, Totals, Unparsed, Verdict, VoidKind, Walk,
};
use crate::ingest::lex::{Damage, Lexed};
use crate::ingest::problem::{Flaw, Problem, excerpt};

use super::commit_block::{CommitBlock, Part};
use super::counts::{self, Marks};
use super::form::{self, Form, Start, form};
use super::{piece, stack, verdict};

/// Reads one input, which may hold several bisections.
pub(super) struct Machine<'s> {
    source: &'s Source,
    done: Vec<Bisection>,
    problems: Vec<Problem>,
    draft: Option<Draft>,
    host: Option<Host>,
    /// What a log looks for whose first line is missing, and what tells.
    piece: Option<(Kind, &'static str)>,
}

/// Where in the log we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first test, and between the parts.
    Head,
    /// In a test: free text is compiler output or the rest of a run's verdict.
    Test,
    /// In a test whose revision could not be read: its runs belong to nothing.
    Lost,
    /// In git's output.
    Git,
    /// In the block of the first bad commit.
    CommitBlock,
    /// After the last test.
    Tail,
    /// In the list of candidates.
    Candidates,
    /// In the crash report.
    Report,
    /// After an error: its output, to the end.
    Stopped,
}

/// What became of a line.
enum Fate {
    Understood,
    Opaque,
    Unparsed,
    Flawed(Flaw),
}

/// A bisection while it is read.
struct Draft {
    bisection: Bisection,
    state: State,
    next_role: Option<Role>,
    next_tag: Option<Tag>,
    in_range: bool,
    remaining: Option<Remaining>,
    unbound: usize,
    block: Option<(Line, CommitId, CommitBlock)>,
    signatures: (Option<String>, Option<String>),
    ended: bool,
    marks: Marks,
    seems_flaky: Vec<usize>,
    titles: HashSet<Title>,
    concluded: bool,
    loose: Option<Loose>,
}

/// What hangs in the air when the beginning of a log is missing.
#[derive(Default)]
struct Loose {
    /// Runs of a revision that is named only after them.
    runs: Vec<Run>,
    /// What git was told, without knowing the ends of its walk.
    moves: Vec<Move>,
    pending: Option<(CommitId, Option<Remaining>)>,
}

/// The line of the host that begins a bisection; the next line says which.
struct Host {
    line: Line,
    started: Option<Date>,
}

/// Characters of a date, year first.
const DATE: usize = 10;

impl<'s> Machine<'s> {
    pub(super) const fn new(source: &'s Source) -> Self {
        Self { source, done: Vec::new(), problems: Vec::new(), draft: None, host: None, piece: None }
    }

    /// The first test, or the first of git's words, begins a bisection too.
    pub(super) const fn of_piece(source: &'s Source, kind: Kind, why: &'static str) -> Self {
        let piece = Some((kind, why));
        Self { source, done: Vec::new(), problems: Vec::new(), draft: None, host: None, piece }
    }

    pub(super) fn feed(&mut self, lexed: &Lexed<'_>) {
        if let Some(host) = self.host.take() {
            match form(&lexed.text) {
                Some(Form::Start(start)) => return self.open(Some(host), lexed, start),
                _ => self.tally(Fate::Opaque, host.line, ""),
            }
        }
        self.open_piece(lexed);
        let fate = match (self.opening(lexed), &mut self.draft) {
            (Some(Form::Host(time)), _) => {
                let started = time.get(..DATE).and_then(|date| date.parse().ok());
                self.host = Some(Host { line: lexed.line, started });
                return;
            }
            (Some(Form::Start(start)), _) => return self.open(None, lexed, start),
            (_, Some(draft)) => draft.line(lexed),
            (_, None) => return,
        };
        self.tally(fate, lexed.line, &lexed.text);
    }

    pub(super) fn finish(mut self) -> (Vec<Bisection>, Vec<Problem>) {
        self.close();
        (self.done, self.problems)
    }

    /// A line that may begin a new bisection, even inside a crash report.
    fn opening<'a>(&self, lexed: &'a Lexed<'_>) -> Option<Form<'a>> {
        // Almost no line can: to read the form of each twice would double the work.
        if !form::may_open(&lexed.text) {
            return None;
        }
        let opaque = self.draft.as_ref().is_some_and(Draft::is_opaque);
        match form(&lexed.text)? {
            Form::Start(start) if opaque && CommitId::parse_full(start.name).is_err() => None,
            form @ (Form::Start(..) | Form::Host(_)) => Some(form),
            _ => None,
        }
    }

    /// Begins a bisection in the middle, and says so.
    fn open_piece(&mut self, lexed: &Lexed<'_>) {
        let begins = || form(&lexed.text).is_some_and(|form| piece::opens(&form));
        let Some((kind, why)) = self.piece.filter(|_| self.draft.is_none() && self.done.is_empty() && begins()) else {
            return;
        };
        let start = Start { kind, name: "", early: false };
        let loose = Some(Loose::default());
        let draft = Draft::new(self.source.path.clone(), self.source, lexed.line, start);
        self.draft = Some(Draft { loose, in_range: true, ..draft });
        self.problems.push(Problem { line: lexed.line, flaw: Flaw::Headless { kind, why } });
    }

    /// Begins a bisection whose first line names the host, or is the start itself.
    fn open(&mut self, host: Option<Host>, lexed: &Lexed<'_>, start: Start<'_>) {
        self.close();
        let id = match self.done.len() {
            0 => self.source.path.clone(),
            n => format!("{}#{}", self.source.path, n + 1),
        };
        let first = host.as_ref().map_or(lexed.line, |host| host.line);
        let mut draft = Draft::new(id, self.source, first, start);
        draft.bisection.started = host.and_then(|host| host.started);
        let cut = lexed.damage == Some(Damage::Cut);
        let fate = if cut { Fate::Flawed(Flaw::Cut) } else { draft.origin(start.name) };
        self.draft = Some(draft);
        if first != lexed.line {
            self.tally(Fate::Understood, first, "");
        }
        self.tally(fate, lexed.line, &lexed.text);
    }

    fn close(&mut self) {
        if let Some(host) = self.host.take() {
            self.tally(Fate::Opaque, host.line, "");
        }
        if let Some(draft) = self.draft.take() {
            self.done.push(draft.finish());
        }
    }

    fn tally(&mut self, fate: Fate, line: Line, text: &str) {
        let Some(draft) = &mut self.draft else { return };
        let lines = &mut draft.bisection.lines;
        match fate {
            Fate::Understood => lines.understood += 1,
            Fate::Opaque => lines.opaque += 1,
            Fate::Unparsed | Fate::Flawed(_) => {
                lines.unparsed += 1;
                draft.bisection.unparsed.push(Unparsed { line, text: excerpt(text) });
            }
        }
        if let Fate::Flawed(flaw) = fate {
            self.problems.push(Problem { line, flaw });
        }
    }
}

impl Draft {
    fn new(id: String, source: &Source, line: Line, start: Start<'_>) -> Self {
        let bisection = Bisection::new(id, source.clone(), line, Format::Syzkaller, start.kind);
        Self {
            bisection,
            state: State::Head,
            next_role: None,
            next_tag: None,
            in_range: false,
            remaining: None,
            unbound: 0,
            block: None,
            signatures: (None, None),
            ended: false,
            marks: Marks { early: start.early, ..Marks::default() },
            seems_flaky: Vec::new(),
            titles: HashSet::new(),
            concluded: false,
            loose: None,
        }
    }

    const fn is_opaque(&self) -> bool {
        matches!(self.state, State::Report | State::Stopped | State::CommitBlock)
    }

    /// The first line: a hash, or in logs made by hand a tag or `HEAD`.
    fn origin(&mut self, name: &str) -> Fate {
        match CommitId::parse(name) {
            Ok(commit) => self.bisection.origin = Some(commit),
            Err(error) if name.len() >= CommitId::MIN_DIGITS && name.bytes().all(|b| b.is_ascii_hexdigit()) => {
                return Fate::Flawed(Flaw::hash(name, error));
            }
            Err(_) => {}
        }
        Fate::Understood
    }

    /// One line at its place.
    fn line(&mut self, lexed: &Lexed<'_>) -> Fate {
        if let Some(damage @ Damage::TooLong(_)) = lexed.damage {
            return Fate::Flawed(damage.into());
        }
        let whole_or_harmless = self.is_opaque() || self.ended || self.state == State::Tail;
        if lexed.damage == Some(Damage::Cut) && !whole_or_harmless {
            return Fate::Flawed(Flaw::Cut);
        }
        let fate = self.place(lexed.line, &lexed.text);
        match (fate, lexed.damage) {
            (Fate::Understood, Some(damage @ Damage::NotUtf8(_))) if is_evidence(&lexed.text) => {
                Fate::Flawed(damage.into())
            }
            (fate, _) => fate,
        }
    }

    fn place(&mut self, line: Line, text: &str) -> Fate {
        match self.state {
            State::Report => self.report_line(text),
            State::Stopped => Fate::Opaque,
            State::CommitBlock => self.block_line(line, text),
            State::Candidates => self.candidate_line(line, text),
            _ => self.form_line(line, text),
        }
    }

    fn report_line(&mut self, text: &str) -> Fate {
        const FRAMES: usize = 256;
        if let Some(report) = &mut self.bisection.report
            && report.stack.len() < FRAMES
        {
            report.stack.extend(stack::frame(text));
        }
        Fate::Opaque
    }

    fn block_line(&mut self, line: Line, text: &str) -> Fate {
        match self.block.as_mut().map_or(Part::Outside, |(_, _, block)| block.feed(text)) {
            Part::Known => Fate::Understood,
            Part::Message => Fate::Opaque,
            Part::Outside => {
                self.state = State::Tail;
                self.form_line(line, text)
            }
        }
    }

    fn candidate_line(&mut self, line: Line, text: &str) -> Fate {
        if let Ok(commit) = CommitId::parse_full(text.trim()) {
            self.bisection.candidates.push(commit);
            return Fate::Understood;
        }
        self.state = State::Tail;
        self.form_line(line, text)
    }

    /// A line outside opaque text.
    fn form_line(&mut self, line: Line, text: &str) -> Fate {
        let Some(form) = form(text) else { return self.free_text(text) };
        match form {
            Form::Blank => self.blank(),
            Form::Note | Form::Host(_) | Form::Start(..) => Fate::Understood,
            Form::Rewritten(commit) => self.rewritten(commit),
            Form::Testing(commit, compiler) => self.testing(line, commit, compiler),
            Form::Compiler(_) | Form::Signature(_) | Form::BuildFailed => self.step_detail(form),
            Form::Run(number, verdict) => self.run(line, number, verdict),
            Form::AllRuns(verdict) => self.all_runs(line, verdict),
            Form::SeemsFlaky | Form::Comment | Form::Undecided => self.comment(line, form),
            Form::Release(tag) => self.announce(Role::Release, Some(Tag::new(tag))),
            Form::Head => self.announce(Role::Head, None),
            Form::MergeBaseNext => self.announce(Role::MergeBase, None),
            Form::ParentNext => self.announce(Role::Parent, None),
            Form::Range => self.range(text),
            Form::Presence | Form::Pretended => self.mark_picks(),
            Form::BisectStart(..)
            | Form::BisectTerm(..)
            | Form::Remaining(..)
            | Form::MergeBaseNeeded
            | Form::Checkout(_)
            | Form::FirstBad(_)
            | Form::OnlySkipped => self.git(line, form, text),
            _ => self.tail(line, form, text),
        }
    }

    fn blank(&self) -> Fate {
        match self.state {
            State::Test => Fate::Opaque,
            _ => Fate::Understood,
        }
    }

    fn free_text(&mut self, text: &str) -> Fate {
        match self.state {
            State::Test => Fate::Opaque,
            State::Git if CommitId::parse_full(text.trim()).is_ok() => Fate::Understood,
            // git's complaints while it goes on; the log's own ending comes after the totals.
            State::Git if text.starts_with("error: ") || text.starts_with("fatal: ") => Fate::Opaque,
            _ => Fate::Unparsed,
        }
    }

    fn rewritten(&mut self, commit: &str) -> Fate {
        match CommitId::parse_full(commit) {
            Ok(commit) => {
                self.bisection.origin = Some(commit);
                Fate::Understood
            }
            Err(error) => Fate::Flawed(Flaw::hash(commit, error)),
        }
    }

    fn announce(&mut self, role: Role, tag: Option<Tag>) -> Fate {
        self.next_role = Some(role);
        self.in_range |= matches!(role, Role::Release | Role::Head);
        self.bisection.releases.extend(tag.clone());
        self.next_tag = tag;
        self.state = State::Head;
        Fate::Understood
    }

    fn range(&mut self, text: &str) -> Fate {
        self.in_range = true;
        self.state = State::Head;
        if text.starts_with("picked [") { self.mark_picks() } else { Fate::Understood }
    }

    const fn mark_picks(&mut self) -> Fate {
        self.marks.picks = true;
        Fate::Understood
    }

    fn testing(&mut self, line: Line, commit: &str, compiler: &str) -> Fate {
        let (role, tag) = (self.next_role.take(), self.next_tag.take());
        let commit = match CommitId::parse_full(commit) {
            Ok(commit) => commit,
            Err(error) => {
                self.state = State::Lost;
                return Fate::Flawed(Flaw::hash(commit, error));
            }
        };
        let default = match self.bisection.steps.last() {
            _ if self.in_range => Role::Candidate,
            None => Role::Origin,
            Some(_) => Role::Config,
        };
        self.marks.with |= compiler.starts_with("gcc (") || compiler.starts_with("clang version");
        self.bisection.steps.push(Step {
            line,
            commit,
            tag,
            role: role.unwrap_or(default),
            compiler: (!compiler.is_empty()).then(|| compiler.to_owned()),
            signature: None,
            runs: Vec::new(),
            inferred: false,
            complete: true,
            decision: None,
        });
        self.state = State::Test;
        Fate::Understood
    }

    /// The step that is being tested.
    fn step(&mut self) -> Option<&mut Step> {
        let testing = self.state == State::Test;
        self.bisection.steps.last_mut().filter(|_| testing)
    }

    fn step_detail(&mut self, form: Form<'_>) -> Fate {
        if self.state == State::Tail && matches!(form, Form::Signature(_)) {
            // The culprit's, in logs of late 2019.
            return Fate::Understood;
        }
        let Some(step) = self.step() else { return Fate::Unparsed };
        match form {
            Form::Compiler(text) if step.runs.is_empty() => step.compiler = Some(text.to_owned()),
            Form::Signature(text) if step.runs.is_empty() => step.signature = Some(text.to_owned()),
            Form::BuildFailed => {}
            _ => return Fate::Opaque,
        }
        Fate::Understood
    }

    fn run(&mut self, line: Line, number: &str, verdict: &str) -> Fate {
        let Ok(number) = number.parse() else {
            return Fate::Flawed(Flaw::number(number, "the number of a run"));
        };
        let Some(outcome) = self.outcome(verdict) else { return Fate::Flawed(Flaw::verdict(verdict)) };
        let run = Run { line, number, outcome };
        if let Some(step) = self.step() {
            step.runs.push(run);
            return Fate::Understood;
        }
        match &mut self.loose {
            Some(loose) if self.bisection.steps.is_empty() => loose.runs.push(run),
            _ => return Fate::Unparsed,
        }
        Fate::Understood
    }

    fn all_runs(&mut self, line: Line, verdict: &str) -> Fate {
        let Some(outcome) = self.outcome(verdict) else { return Fate::Flawed(Flaw::verdict(verdict)) };
        match self.step() {
            Some(step) if step.runs.is_empty() => {
                step.inferred = true;
                step.runs.push(Run { line, number: 0, outcome });
                Fate::Understood
            }
            _ => Fate::Unparsed,
        }
    }

    fn outcome(&mut self, verdict: &str) -> Option<Outcome> {
        const VOIDS: [(&str, VoidKind); 5] = [
            ("boot failed:", VoidKind::Boot),
            ("basic kernel testing failed:", VoidKind::BasicTest),
            ("infra problem:", VoidKind::Infra),
            ("ignore:", VoidKind::Ignored),
            ("failed:", VoidKind::Failed),
        ];
        if verdict.trim_end() == "OK" {
            return Some(Outcome::Pass);
        }
        let crash = verdict.strip_prefix("crashed:").or_else(|| verdict.strip_prefix("kernel crashed:"));
        if let Some(title) = crash {
            return Some(Outcome::Crash(self.title(title)));
        }
        VOIDS.iter().find_map(|(words, kind)| {
            let text = verdict.strip_prefix(words)?;
            Some(Outcome::Void(*kind, Arc::from(text.trim())))
        })
    }

    /// The same text is the same title in memory.
    fn title(&mut self, text: &str) -> Option<Title> {
        if let Some(known) = self.titles.get(text.trim()) {
            return Some(known.clone());
        }
        let title = Title::new(text)?;
        self.titles.insert(title.clone());
        Some(title)
    }

    fn comment(&mut self, line: Line, form: Form<'_>) -> Fate {
        match form {
            Form::SeemsFlaky => self.seems_flaky.extend(self.bisection.steps.len().checked_sub(1)),
            _ => self.marks.estimates = true,
        }
        if form == Form::Undecided
            && let Some(step) = self.step()
        {
            step.decision = Some(Decision { verdict: Verdict::Skip, basis: Basis::Recorded(line) });
        }
        Fate::Understood
    }

    fn git(&mut self, line: Line, form: Form<'_>, text: &str) -> Fate {
        match form {
            Form::BisectStart(new, old) => return self.bisect_start(line, new, old),
            Form::BisectTerm(side, commit) => return self.bisect_term(line, side, commit),
            _ if self.state != State::Git => return self.free_text(text),
            Form::Remaining(revisions, steps) => return self.remaining(revisions, steps),
            Form::MergeBaseNeeded => self.next_role = Some(Role::MergeBase),
            Form::Checkout(commit) => self.checkout(commit),
            Form::FirstBad(commit) => return self.first_bad(line, commit),
            _ => {}
        }
        Fate::Understood
    }

    fn bisect_start(&mut self, line: Line, new: &str, old: &str) -> Fate {
        self.in_range = true;
        self.enter_git();
        match (revision(new), revision(old)) {
            (Ok(new_end), Ok(old_end)) => {
                let moves = Vec::new();
                let walk = Walk { line, new_end, old_end, moves, pending: None, concluded: false };
                self.bisection.walk = Some(walk);
                Fate::Understood
            }
            (Err(flaw), _) | (_, Err(flaw)) => Fate::Flawed(flaw),
        }
    }

    /// A verdict belongs to the newest test of its hash since git last spoke, not to its neighbour in the log.
    fn bisect_term(&mut self, line: Line, side: Option<Side>, commit: &str) -> Fate {
        let commit = match CommitId::parse_full(commit) {
            Ok(commit) => commit,
            Err(error) => return Fate::Flawed(Flaw::hash(commit, error)),
        };
        let verdict = match (side, self.bisection.kind) {
            (None, _) => Verdict::Skip,
            (Some(Side::New), Kind::Cause) | (Some(Side::Old), Kind::Fix) => Verdict::Bad,
            (Some(Side::Old), Kind::Cause) | (Some(Side::New), Kind::Fix) => Verdict::Good,
        };
        self.bind_loose_runs(commit);
        let since = self.unbound.min(self.bisection.steps.len());
        let step = self.bisection.steps[since..].iter().rposition(|step| step.commit == commit).map(|i| i + since);
        if let Some(step) = step {
            self.bisection.steps[step].decision = Some(Decision { verdict, basis: Basis::Recorded(line) });
        }
        if let Some(walk) = &mut self.bisection.walk {
            let remaining = walk.pending.take().filter(|(pending, _)| *pending == commit).and_then(|(_, r)| r);
            walk.moves.push(Move { line, commit, remaining, side, step });
        } else if let Some(loose) = &mut self.loose {
            let remaining = loose.pending.take().filter(|(pending, _)| *pending == commit).and_then(|(_, r)| r);
            loose.moves.push(Move { line, commit, remaining, side, step });
        }
        self.enter_git();
        Fate::Understood
    }

    /// Runs before the first test of a piece are those of the revision that git is told about next.
    fn bind_loose_runs(&mut self, commit: CommitId) {
        let runs = self.loose.as_mut().map(|loose| std::mem::take(&mut loose.runs)).unwrap_or_default();
        if let Some(first) = runs.first().filter(|_| self.bisection.steps.is_empty()) {
            self.bisection.steps.push(Step {
                line: first.line,
                commit,
                tag: None,
                role: Role::Candidate,
                compiler: None,
                signature: None,
                runs,
                inferred: false,
                complete: false,
                decision: None,
            });
        }
    }

    fn enter_git(&mut self) {
        self.state = State::Git;
        self.unbound = self.bisection.steps.len();
        self.remaining = None;
    }

    fn remaining(&mut self, revisions: &str, steps: &str) -> Fate {
        let (Ok(n), Ok(s)) = (revisions.parse(), steps.parse()) else {
            let found = format!("{revisions} revisions, {steps} steps");
            return Fate::Flawed(Flaw::number(&found, "two whole numbers"));
        };
        self.remaining = Some(Remaining { revisions: n, steps: s });
        Fate::Understood
    }

    fn checkout(&mut self, commit: &str) {
        let Ok(commit) = CommitId::parse(commit) else { return };
        match (&mut self.bisection.walk, &mut self.loose) {
            (Some(walk), _) => walk.pending = Some((commit, self.remaining.take())),
            (None, Some(loose)) => loose.pending = Some((commit, self.remaining.take())),
            (None, None) => {}
        }
    }

    fn first_bad(&mut self, line: Line, commit: &str) -> Fate {
        match CommitId::parse_full(commit) {
            Ok(commit) => {
                self.block = Some((line, commit, CommitBlock::default()));
                self.concluded = true;
                if let Some(walk) = &mut self.bisection.walk {
                    walk.concluded = true;
                }
                self.state = State::CommitBlock;
                Fate::Understood
            }
            Err(error) => Fate::Flawed(Flaw::hash(commit, error)),
        }
    }

    fn tail(&mut self, line: Line, form: Form<'_>, text: &str) -> Fate {
        let in_tail = self.state == State::Tail;
        match form {
            Form::Totals(rest) => return self.totals(line, rest),
            Form::FirstCommit(commit, subject) => return self.first_commit(line, commit, subject),
            Form::CulpritSignature(text) => self.signatures.0 = Some(text.to_owned()),
            Form::ParentSignature(text) => self.signatures.1 = Some(text.to_owned()),
            Form::FlaggedFlaky => self.bisection.flagged_flaky = true,
            Form::ErrorProbability(number) => return self.error_probability(number),
            Form::Error(_) | Form::Crash(_) | Form::StillBad if !in_tail => return self.free_text(text),
            Form::Error(error) => self.stop(error),
            Form::Crash(title) => self.crash(line, title),
            Form::StillBad => self.end(match self.bisection.kind {
                Kind::Cause => Ending::OldestStillBad,
                Kind::Fix => Ending::NewestStillBad,
            }),
            Form::MergeBaseClean => self.end(Ending::NotReproduced),
            Form::Inconclusive => {
                self.end(Ending::Inconclusive);
                self.state = State::Candidates;
            }
            _ => {}
        }
        Fate::Understood
    }

    /// The first ending counts: a merge base that does not crash is not an unfixed crash.
    fn end(&mut self, ending: Ending) {
        if !self.ended {
            self.bisection.ending = ending;
            self.ended = true;
        }
    }

    fn totals(&mut self, line: Line, text: &str) -> Fate {
        self.state = State::Tail;
        match totals(line, text) {
            Some(totals) => {
                self.bisection.totals = Some(totals);
                Fate::Understood
            }
            None => Fate::Flawed(Flaw::number(text, "a number of revisions and three durations")),
        }
    }

    fn error_probability(&mut self, number: &str) -> Fate {
        match number.parse() {
            Ok(p) if (0.0..=1.0).contains(&p) => {
                self.bisection.stated_error = Some(p);
                Fate::Understood
            }
            _ => Fate::Flawed(Flaw::number(number, "a probability")),
        }
    }

    fn first_commit(&mut self, line: Line, commit: &str, subject: &str) -> Fate {
        let commit = match CommitId::parse_full(commit) {
            Ok(commit) => commit,
            Err(error) => return Fate::Flawed(Flaw::hash(commit, error)),
        };
        self.state = State::Tail;
        self.end(Ending::Culprit);
        let subject = (!subject.is_empty()).then(|| subject.to_owned());
        self.bisection.culprit = Some(self.culprit(line, commit, subject));
        Fate::Understood
    }

    fn culprit(&mut self, line: Line, commit: CommitId, subject: Option<String>) -> Culprit {
        let block = self.block.take().filter(|(_, named, _)| *named == commit).map(|(_, _, block)| block);
        let CommitBlock { merge_parents, files } = block.unwrap_or_default();
        let (signature, parent_signature) = std::mem::take(&mut self.signatures);
        Culprit { line, commit, subject, merge_parents, files, signature, parent_signature }
    }

    fn crash(&mut self, line: Line, title: &str) {
        let placeholder = ["failed building ", "failed testing reproducer on "];
        if !placeholder.iter().any(|words| title.starts_with(words)) {
            let title = self.title(title);
            self.bisection.report = Some(CrashReport { line, title, stack: Vec::new() });
        }
        self.state = State::Report;
    }

    fn stop(&mut self, error: &str) {
        self.end(ending_by_error(error));
        self.bisection.error = Some(excerpt(error));
        self.state = State::Stopped;
    }

    fn finish(mut self) -> Bisection {
        if !self.ended
            && let Some((line, commit, _)) = &self.block
        {
            let (line, commit) = (*line, *commit);
            self.bisection.culprit = Some(self.culprit(line, commit, None));
        }
        if let Some(loose) = self.loose.take().filter(|_| self.bisection.walk.is_none()) {
            self.bisection.walk = loose.walk(self.bisection.line, self.concluded);
        }
        let cut = self.bisection.ending == Ending::Truncated && self.state == State::Test;
        let open = self.bisection.steps.len().checked_sub(1).filter(|_| cut);
        let Bisection { steps, kind, walk, .. } = &mut self.bisection;
        let generation = counts::restore(steps, self.marks, &self.seems_flaky, open);
        verdict::deduce(steps, *kind, walk.as_ref(), generation);
        self.bisection
    }
}

impl Loose {
    /// git's walk from the first revision that was called bad and the first that was called good, if there are both.
    fn walk(self, line: Line, concluded: bool) -> Option<Walk> {
        let first = |side| self.moves.iter().position(|one| one.side == Some(side));
        let (new, old) = (first(Side::New)?, first(Side::Old)?);
        let end = |i: usize| RevisionName::Commit(self.moves[i].commit);
        let (new_end, old_end, pending) = (end(new), end(old), self.pending);
        let moves = self.moves.into_iter().enumerate().filter(|(i, _)| *i != new && *i != old);
        let moves = moves.map(|(_, one)| one).collect();
        Some(Walk { line, new_end, old_end, moves, pending, concluded })
    }
}

/// Whether a replaced byte in this line may change what was observed.
fn is_evidence(text: &str) -> bool {
    matches!(
        form(text),
        Some(Form::Run(..) | Form::AllRuns(_) | Form::Testing(..) | Form::BisectTerm(..) | Form::Release(_))
    )
}

/// A hash, or a tag.
fn revision(name: &str) -> Result<RevisionName, Flaw> {
    match CommitId::parse_full(name) {
        Ok(commit) => Ok(RevisionName::Commit(commit)),
        Err(_) if name.starts_with('v') && name.len() < 40 => Ok(RevisionName::Tag(Tag::new(name))),
        Err(error) => Err(Flaw::hash(name, error)),
    }
}

/// `17, total time: 4h45m35.03s (build: 1h54m, test: 2h49m)`
fn totals(line: Line, text: &str) -> Option<Totals> {
    let (revisions, rest) = text.split_once(", total time: ")?;
    let (total, rest) = rest.split_once(" (build: ")?;
    let (build, rest) = rest.split_once(", test: ")?;
    let test = rest.trim_end().strip_suffix(')')?;
    Some(Totals {
        line,
        revisions: revisions.parse().ok()?,
        total: duration(total)?,
        build: duration(build)?,
        test: duration(test)?,
    })
}

/// A duration as Go prints it: `4h50m56.98s`, `2m3.1s`, `980ms`, `0s`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let unit = &unit[..unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len())];
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number * factor;
        rest = &rest[digits + unit.len()..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// What kind of failure stopped the bisection.
fn ending_by_error(error: &str) -> Ending {
    const ENDINGS: [(&str, Ending); 7] = [
        ("the crash wasn't reproduced", Ending::NotReproduced),
        ("bisection is taking too long", Ending::TimeLimit),
        ("failed to run [\"git\"", Ending::InfraError),
        ("oldest tested release had kernel build", Ending::BuildError),
        ("kernel clean failed", Ending::BuildError),
        ("syzkaller build failed", Ending::BuildError),
        ("failed to run [\"make\"", Ending::BuildError),
    ];
    let known = ENDINGS.iter().find(|(words, _)| error.starts_with(words)).map(|(_, ending)| *ending);
    let compiler = || [" error: ", "fatal error", "ld: ", "undefined reference"].iter().any(|w| error.contains(w));
    known.unwrap_or_else(|| if compiler() { Ending::BuildError } else { Ending::InfraError })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_prints_them() {
        let seconds = |text| duration(text).map(|d| d.as_secs_f64());
        assert_eq!(seconds("4h45m35.5s"), Some(17135.5));
        assert_eq!(seconds("980ms"), Some(0.98));
        assert_eq!(seconds("0s"), Some(0.0));
        for bad in ["4", "h", "4x", "1.2.3s", "99999999999999999999999999h", "-1s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn errors_have_their_ending() {
        let cases = [
            ("the crash wasn't reproduced on the original commit", Ending::NotReproduced),
            ("bisection is taking too long (>8h0m0s), aborting", Ending::TimeLimit),
            ("kernel/a.c:1:2: error: implicit declaration", Ending::BuildError),
            ("gcc: fatal error: Killed signal terminated program cc1", Ending::BuildError),
            ("commit abc not reachable in branch 'master'", Ending::InfraError),
        ];
        for (error, ending) in cases {
            assert_eq!(ending_by_error(error), ending, "{error}");
        }
    }
}
