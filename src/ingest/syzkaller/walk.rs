//! git's part: what it was told, what it picked, and where it ended.

use crate::evidence::{
    Basis, CommitId, Decision, Kind, Line, Move, Remaining, RevisionName, Role, Run, Side, Step, Tag, Verdict, Walk,
};
use crate::ingest::problem::Flaw;

use super::commit_block::CommitBlock;
use super::draft::{Draft, Fate, Loose, State};
use super::form::Form;

impl Draft {
    pub(super) fn git(&mut self, line: Line, form: Form<'_>, text: &str) -> Fate {
        match form {
            Form::BisectStart(new, old) => return self.bisect_start(line, new, old),
            Form::BisectTerm(side, commit) => return self.bisect_term(line, side, commit),
            _ if self.state != State::Git => return self.free_text(text),
            Form::Remaining(revisions, steps) => return self.remaining(revisions, steps),
            Form::MergeBaseNeeded => self.next_role = Some(Role::MergeBase),
            Form::Checkout(commit) => self.checkout(line, commit),
            Form::FirstBad(commit) => return self.first_bad(line, commit),
            _ => {}
        }
        Fate::Understood
    }

    pub(super) fn bisect_start(&mut self, line: Line, new: &str, old: &str) -> Fate {
        self.in_range = true;
        self.enter_git();
        match (revision(new), revision(old)) {
            (Ok(new_end), Ok(old_end)) => {
                let moves = Vec::new();
                let aside = Vec::new();
                let walk = Walk { line, new_end, old_end, moves, aside, pending: None, concluded: false };
                self.bisection.walk = Some(walk);
                Fate::Understood
            }
            (Err(flaw), _) | (_, Err(flaw)) => {
                // The walk begins here all the same.
                self.loose.get_or_insert_with(Loose::default);
                Fate::flawed(flaw)
            }
        }
    }

    /// A verdict belongs to the newest test of its hash since git last spoke, not to its neighbour in the log.
    pub(super) fn bisect_term(&mut self, line: Line, side: Option<Side>, commit: &str) -> Fate {
        let commit = match CommitId::parse_written(commit) {
            Ok(commit) => commit,
            Err(error) => return Fate::flawed(Flaw::hash(commit, error)),
        };
        let verdict = match (side, self.bisection.kind) {
            (None, _) => Verdict::Skip,
            (Some(Side::New), Kind::Cause) | (Some(Side::Old), Kind::Fix) => Verdict::Bad,
            (Some(Side::Old), Kind::Cause) | (Some(Side::New), Kind::Fix) => Verdict::Good,
        };
        self.resume(line);
        self.bind_loose_runs(commit);
        self.part_runs(commit);
        let since = self.unbound.min(self.bisection.steps.len());
        let step =
            self.bisection.steps[since..].iter().rposition(|step| step.commit.matches(&commit)).map(|i| i + since);
        if let Some(step) = step {
            self.bisection.steps[step].decision = Some(Decision { verdict, basis: Basis::Recorded(line) });
        }
        if let Some(walk) = &mut self.bisection.walk {
            let remaining = walk.pending.take().filter(|(pending, _)| pending.matches(&commit)).and_then(|(_, r)| r);
            walk.moves.push(Move { line, commit, remaining, side, step, picked: false });
        } else if let Some(loose) = &mut self.loose {
            let remaining = loose.pending.take().filter(|(pending, _)| pending.matches(&commit)).and_then(|(_, r)| r);
            loose.moves.push(Move { line, commit, remaining, side, step, picked: false });
        }
        self.enter_git();
        Fate::Understood
    }

    /// Runs without a test before them are those of the revision that git is told about next.
    pub(super) fn bind_loose_runs(&mut self, commit: CommitId) {
        let runs = self.loose.as_mut().map(|loose| std::mem::take(&mut loose.runs)).unwrap_or_default();
        self.add_part(commit, runs);
    }

    /// Where runs are missing in a test, and git is told of another revision: those behind the gap are the other's.
    fn part_runs(&mut self, commit: CommitId) {
        let Some(gap) = self.gap.take() else { return };
        let Some(step) = self.step().filter(|step| !step.commit.matches(&commit)) else { return };
        step.complete = false;
        let runs = step.runs.split_off(gap.min(step.runs.len()));
        self.add_part(commit, runs);
    }

    /// A test of which only the last runs are there.
    pub(super) fn add_part(&mut self, commit: CommitId, runs: Vec<Run>) {
        let Some(first) = runs.first() else { return };
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

    pub(super) fn enter_git(&mut self) {
        self.state = State::Git;
        self.unbound = self.bisection.steps.len();
        self.remaining = None;
    }

    pub(super) fn remaining(&mut self, revisions: &str, steps: &str) -> Fate {
        let (Ok(n), Ok(s)) = (revisions.parse(), steps.parse()) else {
            let found = format!("{revisions} revisions, {steps} steps");
            return Fate::flawed(Flaw::number(&found, "two whole numbers"));
        };
        self.remaining = Some(Remaining { revisions: n, steps: s });
        Fate::Understood
    }

    pub(super) fn checkout(&mut self, line: Line, commit: &str) {
        self.resume(line);
        let Ok(commit) = CommitId::parse(commit) else { return };
        match (&mut self.bisection.walk, &mut self.loose) {
            (Some(walk), _) => walk.pending = Some((commit, self.remaining.take())),
            (None, Some(loose)) => loose.pending = Some((commit, self.remaining.take())),
            (None, None) => {}
        }
    }

    pub(super) fn first_bad(&mut self, line: Line, commit: &str) -> Fate {
        match CommitId::parse_written(commit) {
            Ok(commit) => {
                self.block = Some((line, commit, CommitBlock::default()));
                self.concluded = true;
                if let Some(walk) = &mut self.bisection.walk {
                    walk.concluded = true;
                }
                self.state = State::CommitBlock;
                Fate::Understood
            }
            Err(error) => Fate::flawed(Flaw::hash(commit, error)),
        }
    }
}

impl Loose {
    /// git's walk from the first revision that was called bad and the first that was called good, if there are both. The
    /// origin stands for the first on its side.
    pub(super) fn walk(self, line: Line, concluded: bool, origin: Option<(CommitId, Kind)>) -> Option<Walk> {
        let first = |side| self.moves.iter().position(|one| one.side == Some(side));
        let (new, old) = (first(Side::New), first(Side::Old));
        let end = |i: usize| RevisionName::Commit(self.moves[i].commit);
        let stands_for =
            |of: Kind| origin.filter(|(_, kind)| *kind == of).map(|(commit, _)| RevisionName::Commit(commit));
        let new_end = new.map(end).or_else(|| stands_for(Kind::Cause))?;
        let old_end = old.map(end).or_else(|| stands_for(Kind::Fix))?;
        let pending = self.pending;
        let moves = self.moves.into_iter().enumerate().filter(|(i, _)| Some(*i) != new && Some(*i) != old);
        let moves = moves.map(|(_, one)| one).collect();
        Some(Walk { line, new_end, old_end, moves, aside: Vec::new(), pending, concluded })
    }
}

/// A hash, or a tag.
fn revision(name: &str) -> Result<RevisionName, Flaw> {
    match CommitId::parse_written(name) {
        Ok(commit) => Ok(RevisionName::Commit(commit)),
        Err(_) if name.starts_with('v') && name.len() < 40 => Ok(RevisionName::Tag(Tag::new(name))),
        Err(error) => Err(Flaw::hash(name, error)),
    }
}
