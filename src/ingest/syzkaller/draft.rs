//! One bisection while it is read. The state says what free text means where it stands, and which forms count: the words of
//! a commit message, a compiler or a crash report are never evidence.

use std::collections::HashSet;

use crate::evidence::{
    Bisection, CommitId, Ending, Format, Line, Move, Remaining, Role, Run, Source, Tag, Text, Title,
};
use crate::ingest::lex::{Damage, Lexed};
use crate::ingest::problem::Flaw;

use super::commit_block::{CommitBlock, Part};
use super::counts::{self, Marks};
use super::form::{Form, Start, form};
use super::{stack, verdict};

/// Where in the log we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
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
pub(super) enum Fate {
    Understood,
    Opaque,
    Unparsed,
    /// Boxed, for a flaw is rare, and every line has a fate.
    Flawed(Box<Flaw>),
    /// Understood, but for a detail.
    Warned(Box<Flaw>),
}

impl Fate {
    pub(super) fn flawed(flaw: impl Into<Flaw>) -> Self {
        Self::Flawed(Box::new(flaw.into()))
    }
}

/// A bisection while it is read.
pub(super) struct Draft {
    pub(super) bisection: Bisection,
    pub(super) state: State,
    pub(super) next_role: Option<Role>,
    pub(super) next_tag: Option<Tag>,
    pub(super) in_range: bool,
    pub(super) remaining: Option<Remaining>,
    pub(super) unbound: usize,
    pub(super) block: Option<(Line, CommitId, CommitBlock)>,
    pub(super) signatures: (Option<Text>, Option<Text>),
    pub(super) ended: bool,
    pub(super) marks: Marks,
    pub(super) seems_flaky: Vec<usize>,
    pub(super) titles: HashSet<Title>,
    pub(super) last_title: Option<Title>,
    pub(super) last_void: Option<Text>,
    pub(super) concluded: bool,
    pub(super) loose: Option<Loose>,
    /// Where runs are missing within the open step: its runs from there on may be another's.
    pub(super) gap: Option<usize>,
    /// Where the log goes on after lines that are missing.
    pub(super) resumed: Option<Line>,
}

/// What hangs in the air when the beginning of a log is missing.
#[derive(Default)]
pub(super) struct Loose {
    /// Runs of a revision that is named only after them.
    pub(super) runs: Vec<Run>,
    /// What git was told, without knowing the ends of its walk.
    pub(super) moves: Vec<Move>,
    pub(super) pending: Option<(CommitId, Option<Remaining>)>,
}

impl Draft {
    pub(super) fn new(id: String, source: &Source, line: Line, start: Start<'_>) -> Self {
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
            last_title: None,
            last_void: None,
            concluded: false,
            loose: None,
            gap: None,
            resumed: None,
        }
    }

    /// Runs of a revision that nobody names, as people quote them.
    fn name_nothing(&mut self) {
        let runs = self.loose.as_mut().map(|loose| std::mem::take(&mut loose.runs)).unwrap_or_default();
        if let Some(unnamed) = CommitId::parse_name("unnamed").filter(|_| self.bisection.steps.is_empty()) {
            self.add_part(unnamed, runs);
        }
    }

    /// Goes on in git's walk, whose beginning is missing.
    pub(super) fn resume(&mut self, line: Line) {
        if self.bisection.walk.is_none() && self.loose.is_none() {
            self.loose = Some(Loose::default());
            self.resumed = Some(line);
            self.in_range = true;
        }
    }

    pub(super) const fn is_opaque(&self) -> bool {
        matches!(self.state, State::Report | State::Stopped | State::CommitBlock)
    }

    /// The first line: a hash, or in logs made by hand a tag or `HEAD`.
    pub(super) fn origin(&mut self, name: &str) -> Fate {
        match CommitId::parse_written(name) {
            Ok(commit) => self.bisection.origin = Some(commit),
            Err(error) if name.len() >= CommitId::MIN_DIGITS && name.bytes().all(|b| b.is_ascii_hexdigit()) => {
                return Fate::flawed(Flaw::hash(name, error));
            }
            Err(_) => {}
        }
        Fate::Understood
    }

    /// One line at its place, with its form unless the text is opaque.
    pub(super) fn line(&mut self, lexed: &Lexed<'_>, form: Option<Form<'_>>) -> Fate {
        if let Some(damage @ Damage::TooLong(_)) = lexed.damage {
            return Fate::flawed(damage);
        }
        let whole_or_harmless = self.is_opaque() || self.ended || self.state == State::Tail;
        if lexed.damage == Some(Damage::Cut) && !whole_or_harmless {
            return Fate::flawed(Flaw::Cut);
        }
        let fate = self.place(lexed.line, form, &lexed.text);
        match lexed.damage {
            Some(damage @ Damage::NotUtf8(_)) if matches!(fate, Fate::Understood) && is_evidence(&lexed.text) => {
                Fate::Warned(Box::new(damage.into()))
            }
            _ => fate,
        }
    }

    pub(super) fn place(&mut self, line: Line, form: Option<Form<'_>>, text: &str) -> Fate {
        match self.state {
            State::Report => self.report_line(text),
            State::Stopped => Fate::Opaque,
            State::CommitBlock => self.block_line(line, text),
            State::Candidates => self.candidate_line(line, form, text),
            _ => self.form_line(line, form, text),
        }
    }

    pub(super) fn report_line(&mut self, text: &str) -> Fate {
        const FRAMES: usize = 256;
        if let Some(report) = &mut self.bisection.report
            && report.stack.len() < FRAMES
            && let Some(frame) = stack::frame(text)
        {
            report.stack.push(frame);
        }
        Fate::Opaque
    }

    pub(super) fn block_line(&mut self, line: Line, text: &str) -> Fate {
        match self.block.as_mut().map_or(Part::Outside, |(_, _, block)| block.feed(text)) {
            Part::Known => Fate::Understood,
            Part::Message => Fate::Opaque,
            Part::Outside => {
                self.state = State::Tail;
                self.form_line(line, form(text), text)
            }
        }
    }

    pub(super) fn candidate_line(&mut self, line: Line, form: Option<Form<'_>>, text: &str) -> Fate {
        if let Ok(commit) = CommitId::parse_full(text.trim()) {
            self.bisection.candidates.push(commit);
            return Fate::Understood;
        }
        self.state = State::Tail;
        self.form_line(line, form, text)
    }

    /// A line outside opaque text.
    pub(super) fn form_line(&mut self, line: Line, form: Option<Form<'_>>, text: &str) -> Fate {
        let Some(form) = form else { return self.free_text(text) };
        match form {
            Form::Blank => self.blank(),
            Form::Note | Form::Host(_) | Form::Start(..) => Fate::Understood,
            Form::Rewritten(commit) => self.rewritten(commit),
            Form::Testing(commit, compiler) => self.testing(line, commit, compiler),
            Form::Compiler(_) | Form::Signature(_) | Form::BuildFailed => self.step_detail(form),
            Form::Run(number, verdict) => self.run(line, number, verdict),
            Form::AllRuns(verdict) => self.all_runs(line, verdict),
            Form::SeemsFlaky | Form::Comment | Form::Representative(_) | Form::Undecided => self.comment(line, form),
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

    pub(super) fn blank(&self) -> Fate {
        match self.state {
            State::Test => Fate::Opaque,
            _ => Fate::Understood,
        }
    }

    pub(super) fn free_text(&mut self, text: &str) -> Fate {
        match self.state {
            State::Test => Fate::Opaque,
            State::Git if CommitId::parse_full(text.trim()).is_ok() => Fate::Understood,
            // git's complaints while it goes on; the log's own ending comes after the totals.
            State::Git if text.starts_with("error: ") || text.starts_with("fatal: ") => Fate::Opaque,
            _ => Fate::Unparsed,
        }
    }

    pub(super) fn finish(mut self) -> Bisection {
        if !self.ended
            && let Some((line, commit, _)) = &self.block
        {
            let (line, commit) = (*line, *commit);
            self.bisection.culprit = Some(self.culprit(line, commit, None));
        }
        self.name_nothing();
        if let Some(loose) = self.loose.take().filter(|_| self.bisection.walk.is_none()) {
            let origin = self.bisection.origin_step().map(|step| (step.commit, self.bisection.kind));
            self.bisection.walk = loose.walk(self.bisection.line, self.concluded, origin);
        }
        let cut = self.bisection.ending == Ending::Truncated && self.state == State::Test;
        let open = self.bisection.steps.len().checked_sub(1).filter(|_| cut);
        self.bisection.unify_names();
        let Bisection { steps, kind, walk, .. } = &mut self.bisection;
        let generation = counts::restore(steps, self.marks, &self.seems_flaky, open);
        verdict::deduce(steps, *kind, walk.as_ref(), generation);
        self.bisection
    }
}

/// Whether a replaced byte in this line may change what was observed.
fn is_evidence(text: &str) -> bool {
    matches!(
        form(text),
        Some(Form::Run(..) | Form::AllRuns(_) | Form::Testing(..) | Form::BisectTerm(..) | Form::Release(_))
    )
}
