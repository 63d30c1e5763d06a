//! Tests of revisions: what announces them, and what came of their runs.

use crate::evidence::{Basis, CommitId, Decision, Line, Outcome, Role, Run, Step, Tag, Text, Title, Verdict, VoidKind};
use crate::ingest::problem::Flaw;

use super::draft::{Draft, Fate, State};
use super::form::Form;

/// Most steps have so many.
const RUNS: usize = 10;

impl Draft {
    pub(super) fn rewritten(&mut self, commit: &str) -> Fate {
        match CommitId::parse_written(commit) {
            Ok(commit) => {
                self.bisection.origin = Some(commit);
                Fate::Understood
            }
            Err(error) => Fate::flawed(Flaw::hash(commit, error)),
        }
    }

    pub(super) fn announce(&mut self, role: Role, tag: Option<Tag>) -> Fate {
        self.next_role = Some(role);
        self.in_range |= matches!(role, Role::Release | Role::Head);
        self.bisection.releases.extend(tag.clone());
        self.next_tag = tag;
        self.state = State::Head;
        Fate::Understood
    }

    pub(super) fn range(&mut self, text: &str) -> Fate {
        self.in_range = true;
        self.state = State::Head;
        if text.starts_with("picked [") { self.mark_picks() } else { Fate::Understood }
    }

    pub(super) const fn mark_picks(&mut self) -> Fate {
        self.marks.picks = true;
        Fate::Understood
    }

    pub(super) fn testing(&mut self, line: Line, commit: &str, compiler: &str) -> Fate {
        let (role, tag) = (self.next_role.take(), self.next_tag.take());
        let commit = match CommitId::parse_written(commit) {
            Ok(commit) => commit,
            Err(error) => {
                self.state = State::Lost;
                self.bisection.lost += 1;
                return Fate::flawed(Flaw::hash(commit, error));
            }
        };
        let default = match self.bisection.steps.last() {
            _ if self.in_range => Role::Candidate,
            None => Role::Origin,
            // Only the origin is tested under another configuration. Another revision without a word of why: the words are cut.
            Some(last) if !last.commit.matches(&commit) => {
                self.resume(line);
                Role::Candidate
            }
            Some(_) => Role::Config,
        };
        self.gap = None;
        self.marks.with |= compiler.starts_with("gcc (") || compiler.starts_with("clang version");
        self.bisection.steps.push(Step {
            line,
            commit,
            tag,
            role: role.unwrap_or(default),
            compiler: (!compiler.is_empty()).then(|| self.compiler(compiler)),
            signature: None,
            runs: Vec::new(),
            inferred: false,
            complete: true,
            decision: None,
        });
        self.state = State::Test;
        Fate::Understood
    }

    /// The steps before mostly have the same one.
    fn compiler(&self, text: &str) -> Text {
        let mut known = self.bisection.steps.iter().rev().take(2).filter_map(|step| step.compiler.as_ref());
        known.find(|known| **known == text).map_or_else(|| Text::new(text), Text::clone)
    }

    /// The step that is being tested.
    pub(super) fn step(&mut self) -> Option<&mut Step> {
        let testing = self.state == State::Test;
        self.bisection.steps.last_mut().filter(|_| testing)
    }

    pub(super) fn step_detail(&mut self, form: Form<'_>) -> Fate {
        if self.state == State::Tail && matches!(form, Form::Signature(_)) {
            // The culprit's, in logs of late 2019.
            return Fate::Understood;
        }
        let compiler = if let Form::Compiler(text) = form { Some(self.compiler(text)) } else { None };
        let Some(step) = self.step() else { return Fate::Unparsed };
        match form {
            Form::Compiler(_) if step.runs.is_empty() => step.compiler = compiler,
            Form::Signature(text) if step.runs.is_empty() => step.signature = Some(text.into()),
            Form::BuildFailed => {}
            _ => return Fate::Opaque,
        }
        Fate::Understood
    }

    pub(super) fn run(&mut self, line: Line, number: &str, verdict: &str) -> Fate {
        let Ok(number) = number.parse() else {
            return Fate::flawed(Flaw::number(number, "the number of a run"));
        };
        let Some(outcome) = self.outcome(verdict) else { return Fate::flawed(Flaw::verdict(verdict)) };
        let run = Run::once(line, number, outcome);
        if let Some(step) = self.step() {
            if step.runs.is_empty() {
                step.runs.reserve(RUNS);
            }
            let jumps = step.runs.last().is_some_and(|last| number > last.number.saturating_add(1));
            let place = step.runs.len();
            step.runs.push(run);
            if jumps && self.gap.is_none() {
                self.gap = Some(place);
            }
            return Fate::Understood;
        }
        match &mut self.loose {
            Some(loose) if self.bisection.steps.is_empty() || !loose.runs.is_empty() || number > 0 => {
                loose.runs.push(run);
            }
            _ => return Fate::Unparsed,
        }
        Fate::Understood
    }

    pub(super) fn all_runs(&mut self, line: Line, verdict: &str) -> Fate {
        let Some(outcome) = self.outcome(verdict) else { return Fate::flawed(Flaw::verdict(verdict)) };
        match self.step() {
            Some(step) if step.runs.is_empty() => {
                step.inferred = true;
                step.runs.reserve(RUNS);
                step.runs.push(Run::once(line, 0, outcome));
                Fate::Understood
            }
            _ => Fate::Unparsed,
        }
    }

    pub(super) fn outcome(&mut self, verdict: &str) -> Option<Outcome> {
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
            Some(Outcome::Void(*kind, self.void(text.trim())))
        })
    }

    /// Many runs in a row fail alike.
    fn void(&mut self, text: &str) -> Text {
        let last = self.last_void.take().filter(|last| *last == text);
        self.last_void.insert(last.unwrap_or_else(|| Text::new(text))).clone()
    }

    /// The same text is the same title in memory.
    pub(super) fn title(&mut self, text: &str) -> Option<Title> {
        let text = text.trim();
        // Many runs in a row show the same one.
        if self.last_title.as_ref().is_none_or(|last| last.as_str() != text) {
            self.last_title = self.titles.get(text).cloned().or_else(|| Title::new(text));
            self.titles.extend(self.last_title.clone());
        }
        self.last_title.clone()
    }

    pub(super) fn comment(&mut self, line: Line, form: Form<'_>) -> Fate {
        match form {
            Form::Representative(title) => {
                self.marks.estimates = true;
                let first = self.step().is_some_and(|step| step.role == Role::Origin);
                if first && self.bisection.representative.is_none() {
                    self.bisection.representative = self.title(title);
                }
            }
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
}
