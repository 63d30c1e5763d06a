//! The log's last lines: the culprit's parent, totals, the ending.

use crate::evidence::{Ending, Kind, Outcome, Role};

use super::bisect::{Bisector, End, Tested};
use super::history::Commit;
use super::log::representative;

impl End {
    /// What a reader calls it.
    pub(super) const fn ending(&self, kind: Kind) -> Ending {
        match (self, kind) {
            (Self::Named(_), _) => Ending::Culprit,
            (Self::OnlySkipped(_) | Self::NothingTested(_), _) => Ending::Inconclusive,
            (Self::StillBad(_), Kind::Cause) => Ending::OldestStillBad,
            (Self::StillBad(_), Kind::Fix) | (Self::HeadFailed(_), _) => Ending::NewestStillBad,
            (Self::NotReproduced, _) => Ending::NotReproduced,
            (Self::OldestFailed, _) => Ending::BuildError,
            (Self::Infra, _) => Ending::InfraError,
        }
    }

    /// The commit that it names.
    pub(super) const fn named(&self) -> Option<Commit> {
        match self {
            Self::Named(commit) => Some(*commit),
            _ => None,
        }
    }

    /// The commits that it cannot tell apart.
    pub(super) fn candidates(&self) -> &[Commit] {
        match self {
            Self::OnlySkipped(commits) => commits,
            Self::NothingTested(commits) => commits,
            _ => &[],
        }
    }
}

impl Bisector<'_> {
    /// Writes everything after the last test.
    pub(super) fn finish(&mut self, end: &End) {
        if self.is_new() {
            self.early_remarks(end);
        }
        if let End::Named(culprit) = end {
            self.parent(*culprit);
        }
        self.flaky_remark();
        self.totals();
        self.answer(end);
    }

    fn early_remarks(&mut self, end: &End) {
        match end {
            End::Named(_) | End::OnlySkipped(_) => {
                let error = (1.0 - self.confidence).max(0.0);
                self.log.line(&format!("accumulated error probability: {error:.2}"));
            }
            End::StillBad(_) => self.log.line("crash still not fixed/happens on the oldest tested release"),
            End::HeadFailed(_) => self.log.line("HEAD had kernel build, boot or test errors"),
            _ => {}
        }
    }

    /// The parent is built, if it was not, to see whether the culprit changes the kernel at all; merges are not asked.
    fn parent(&mut self, culprit: Commit) {
        let (parent, None) = self.commits.parents(culprit) else { return };
        match self.steps.iter().find(|step| step.commit == parent) {
            Some(step) if !step.built => return,
            Some(_) => {}
            None => {
                self.log.announce(Role::Parent, &self.commits.name(parent).to_string());
                self.log.step(parent, Role::Parent, true, &self.commits);
                let (outcomes, verdict) = (Vec::new(), None);
                self.steps.push(Tested { commit: parent, role: Role::Parent, built: true, outcomes, verdict });
            }
        }
        self.log.signatures(culprit, parent, &self.commits);
    }

    fn flaky_remark(&mut self) {
        match (self.flaky, self.is_new()) {
            (true, true) => {
                let estimate = self.estimate;
                self.log.line(&format!("reproducer is flaky ({estimate:.2} repro chance estimate)"));
            }
            (true, false) => self.log.line("Reproducer flagged being flaky"),
            (false, _) => {}
        }
    }

    fn totals(&mut self) {
        let tested = self.steps.iter().filter(|step| step.built && step.role != Role::Parent).count();
        let revisions = u32::try_from(tested).unwrap_or(u32::MAX);
        let build = revisions * 300 + self.dice.below(600);
        let test = revisions * 240 + self.dice.below(600);
        self.log.totals(revisions, build, test);
    }

    fn answer(&mut self, end: &End) {
        let new = self.is_new();
        match end {
            End::Named(culprit) => self.named(*culprit),
            End::OnlySkipped(_) | End::NothingTested(_) => self.several(end.candidates()),
            End::StillBad(last) => self.still_bad(*last),
            End::HeadFailed(head) => {
                self.still_bad(*head);
                let name = self.commits.name(*head);
                self.log.line(&format!("crash: failed testing reproducer on {name}"));
            }
            End::NotReproduced => self.log.line("error: the crash wasn't reproduced on the original commit"),
            End::OldestFailed => self.log.line("error: oldest tested release had kernel build, boot or test errors"),
            End::Infra if new => self.log.line("error: unable to determine the verdict because of infra errors"),
            End::Infra => self.log.line("error: failed to run the tests"),
        }
    }

    /// `first bad commit`, in the words of the bisection's kind.
    const fn word(&self) -> &'static str {
        match self.scene.kind {
            Kind::Cause => "bad",
            Kind::Fix => "good",
        }
    }

    fn named(&mut self, culprit: Commit) {
        let (name, subject) = (self.commits.name(culprit), self.commits.subject(culprit));
        let word = self.word();
        self.log.line(&format!("first {word} commit: {name} {subject}"));
        self.log.recipients();
        if self.scene.kind == Kind::Cause {
            self.crash(culprit);
        }
    }

    fn several(&mut self, candidates: &[Commit]) {
        let word = self.word();
        self.log.line(&format!("bisection is inconclusive, the first {word} commit could be any of:"));
        self.log.names(candidates, &self.commits);
    }

    fn still_bad(&mut self, last: Commit) {
        self.log.line(match (self.scene.kind, self.is_new()) {
            (Kind::Cause, true) => "oldest tested release already had the bug or it had kernel test errors",
            (Kind::Fix, true) => "crash still not fixed or there were kernel test errors",
            (Kind::Cause, false) => "the crash already happened on the oldest tested release",
            (Kind::Fix, false) => "the crash still happens on HEAD",
        });
        let subject = self.commits.subject(last);
        let release = self.scene.releases.iter().find(|release| release.commit == last);
        let subject = release.map_or(subject, |release| format!("Linux {}", release.version()));
        self.log.line(&format!("commit msg: {subject}"));
        self.crash(last);
    }

    /// The report of a crash that this revision showed, if it showed one.
    fn crash(&mut self, commit: Commit) {
        let step = self.steps.iter().find(|step| step.commit == commit);
        let outcomes = step.map_or(&[][..], |step| &step.outcomes);
        let first = || outcomes.iter().find_map(Outcome::title).map(ToString::to_string);
        let title = if self.is_new() { representative(outcomes).map(|(title, _)| title) } else { first() };
        if let Some(title) = title {
            self.log.crash(&title);
        }
    }
}
