//! Lines in their order → bisections: where one begins and ends, and what became of each line.

use jiff::civil::Date;

use crate::evidence::{Bisection, CommitId, Kind, Line, Source, Unparsed};
use crate::ingest::lex::{Damage, Lexed};
use crate::ingest::problem::{Flaw, Problem, excerpt};

use super::draft::{Draft, Fate, Loose};
use super::form::{self, Form, Start, form};
use super::piece;

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
        let known = self.form(lexed);
        let fate = match (self.opening(known, lexed), &mut self.draft) {
            (Some(Form::Host(time)), _) => {
                let started = time.get(..DATE).and_then(|date| date.parse().ok());
                self.host = Some(Host { line: lexed.line, started });
                return;
            }
            (Some(Form::Start(start)), _) => return self.open(None, lexed, start),
            (_, Some(draft)) => draft.line(lexed, known),
            (_, None) => return,
        };
        self.tally(fate, lexed.line, &lexed.text);
    }

    pub(super) fn finish(mut self) -> (Vec<Bisection>, Vec<Problem>) {
        self.close();
        (self.done, self.problems)
    }

    /// The form of a line. That of opaque text is of no use, unless it may begin a bisection.
    fn form<'a>(&self, lexed: &'a Lexed<'_>) -> Option<Form<'a>> {
        let opaque = self.draft.as_ref().is_none_or(Draft::is_opaque);
        if opaque && !form::may_open(&lexed.text) { None } else { form(&lexed.text) }
    }

    /// A line that may begin a new bisection, even inside a crash report.
    fn opening<'a>(&self, form: Option<Form<'a>>, lexed: &Lexed<'_>) -> Option<Form<'a>> {
        let opaque = self.draft.as_ref().is_some_and(Draft::is_opaque);
        match form? {
            Form::Start(start) if opaque && CommitId::parse_full(start.name).is_err() => None,
            form @ (Form::Start(..) | Form::Host(_)) => form::may_open(&lexed.text).then_some(form),
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
        let fate = if cut { Fate::flawed(Flaw::Cut) } else { draft.origin(start.name) };
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
            if let Some(line) = draft.resumed {
                self.problems.push(Problem { line, flaw: Flaw::Gap });
            }
            self.done.push(draft.finish());
        }
    }

    fn tally(&mut self, fate: Fate, line: Line, text: &str) {
        let Some(draft) = &mut self.draft else { return };
        let lines = &mut draft.bisection.lines;
        match fate {
            Fate::Understood | Fate::Warned(_) => lines.understood += 1,
            Fate::Opaque => lines.opaque += 1,
            Fate::Unparsed | Fate::Flawed(_) => {
                lines.unparsed += 1;
                draft.bisection.unparsed.push(Unparsed { line, text: excerpt(text).into() });
            }
        }
        if let Fate::Flawed(flaw) | Fate::Warned(flaw) = fate {
            self.problems.push(Problem { line, flaw: *flaw });
        }
    }
}
