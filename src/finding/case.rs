//! What rules ask of an analysis.

use std::collections::{HashMap, HashSet};

use crate::analysis::answer::Answer;
use crate::analysis::finding::{Remedy, Severity};
use crate::analysis::named::Named;
use crate::analysis::words::{Manner, chance};
use crate::analysis::{Analysis, GapAnalysis, StepAnalysis};
use crate::evidence::{Basis, Bisection, Kind, Line, Outcome, Role, Run, Title, Verdict};
use crate::history::Command;
use crate::prob::Prob;

use super::draft::Draft;

/// One bisection, as rules see it.
pub struct Case<'a> {
    pub(super) analysis: &'a Analysis,
    /// The commit that it named.
    pub(super) named: Option<Named<'a>>,
    /// P(a crash with this title is the reported bug).
    same_bug: HashMap<Option<&'a str>, Prob>,
    /// How many tests show each crash.
    shown_by: HashMap<&'a Outcome, usize>,
    /// The words for what went wrong.
    pub(super) manner: Manner,
}

impl<'a> Case<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let titles = analysis.titles.iter().filter_map(|row| Some((row.title.as_deref(), row.p_same_bug?)));
        Self {
            analysis,
            named: Named::of(analysis),
            same_bug: titles.collect(),
            shown_by: shown_by(&analysis.evidence),
            manner: Manner::of(analysis),
        }
    }

    /// What the log says.
    pub(super) const fn evidence(&self) -> &'a Bisection {
        &self.analysis.evidence
    }

    /// The tests with this verdict and a place on the line, in the log's order; without the origin, whose verdict is no
    /// decision of the bisection.
    pub(super) fn judged(&self, verdict: Verdict) -> impl Iterator<Item = &'a StepAnalysis> {
        let steps = self.analysis.steps.iter();
        steps.filter(move |step| {
            step.verdict == Some(verdict) && step.point.is_some() && !matches!(step.role, Role::Origin | Role::Config)
        })
    }

    /// The test at which the crash was first reproduced.
    pub(super) fn origin(&self) -> Option<&'a StepAnalysis> {
        self.analysis.steps.iter().find(|step| step.role == Role::Origin)
    }

    /// The crashes of a test.
    pub(super) fn crashes(&self, step: usize) -> impl Iterator<Item = &'a Run> {
        let runs = self.evidence().steps.get(step).into_iter().flat_map(|step| &step.runs);
        runs.filter(|run| matches!(run.outcome, Outcome::Crash(_)))
    }

    /// How many other tests show the crash of this run.
    pub(super) fn other_steps_with(&self, run: &Run, step: usize) -> usize {
        let own =
            self.evidence().steps.get(step).is_some_and(|step| step.runs.iter().any(|own| own.outcome == run.outcome));
        self.shown_by.get(&run.outcome).copied().unwrap_or_default().saturating_sub(usize::from(own))
    }

    /// The crash of a test that is likeliest the reported bug, with that probability.
    pub(super) fn likeliest_crash(&self, step: usize) -> Option<(&'a Run, Prob)> {
        let crashes = self.crashes(step).filter_map(|run| Some((run, self.same_bug(run.outcome.title())?)));
        // The first of equals.
        crashes.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// P(a crash with this title is the reported bug).
    pub(super) fn same_bug(&self, title: Option<&Title>) -> Option<Prob> {
        self.same_bug.get(&title.map(Title::as_str)).copied()
    }

    /// The line that records a test's verdict, else its first run of this kind, else its beginning.
    pub(super) fn line_of(&self, step: &StepAnalysis, wanted: fn(&Outcome) -> bool) -> Line {
        let Some(tested) = self.evidence().steps.get(step.step) else { return step.line };
        let run = tested.runs.iter().find(|run| wanted(&run.outcome)).map(|run| run.line);
        let recorded = tested.decision.and_then(|decision| match decision.basis {
            Basis::Recorded(line) => Some(line),
            Basis::Deduced => None,
        });
        run.or(recorded).unwrap_or(step.line)
    }

    /// A revision's tag, else its short hash.
    pub(super) fn name(step: &StepAnalysis) -> String {
        step.tag.clone().unwrap_or_else(|| step.commit.short())
    }

    /// P(the named commit is not to blame), else P(the reported bug does not start there).
    pub(super) fn not_to_blame(&self) -> Option<Prob> {
        self.analysis.trusted().map(Prob::complement)
    }

    /// P(it matters): that what a rule suspects is so, and that the result falls with it. The smaller of the two
    /// probabilities bounds it; without a named commit there is no result to fall.
    pub(super) fn stake(&self, suspected: Prob) -> Prob {
        match self.not_to_blame() {
            Some(wrong) if wrong < suspected => wrong,
            _ => suspected,
        }
    }

    /// By the stake. Without a named commit nothing that anybody would mail hangs on it, and what is merely unknown is no error:
    /// a warning is the worst then.
    pub(super) fn severity(&self, stake: Prob, doubt: f64, wrong: f64) -> Severity {
        let known = self.named.is_some() && self.analysis.answer != Answer::CannotTell;
        let worst = if known { Severity::Error } else { Severity::Warning };
        Severity::of(Some(stake), doubt, wrong).min(worst)
    }

    /// The gap with the most mass.
    pub(super) fn likeliest_gap(&self) -> Option<(&'a GapAnalysis, Prob)> {
        let gap = self.analysis.likeliest_gap()?;
        Some((gap, gap.posterior?))
    }

    /// The gap on the side of the change that nobody tested: before the oldest revision, or after the newest of a fix.
    pub(super) fn open_gap(&self) -> Option<(&'a GapAnalysis, Prob)> {
        let gap = match self.evidence().kind {
            Kind::Cause => self.analysis.gaps.first().filter(|gap| gap.after.is_none()),
            Kind::Fix => self.analysis.gaps.last().filter(|gap| gap.upto.is_none()),
        };
        gap.and_then(|gap| Some((gap, gap.posterior?)))
    }

    /// A finding about the named commit.
    pub(super) fn about_named(&self, draft: Draft) -> Draft {
        match (self.named.as_ref(), self.named.as_ref().and_then(Named::step)) {
            (Some(named), Some(step)) => draft.at(step.step, named.culprit.commit),
            (Some(named), None) => draft.about(named.culprit.commit),
            (None, _) => draft,
        }
    }

    /// What the rest of the log says of a verdict.
    pub(super) fn verdict_on(step: &StepAnalysis) -> String {
        let opposite = if step.verdict == Some(Verdict::Bad) { "good" } else { "bad" };
        match step.shown_confidence().map(Prob::complement) {
            None => String::new(),
            Some(wrong) if wrong.value() >= 0.5 => {
                format!("; all runs together put it at {opposite} ({})", chance(wrong))
            }
            Some(wrong) if wrong.value() >= 0.01 => {
                format!("; all runs together leave a probability of {} that it is {opposite}", chance(wrong))
            }
            Some(_) => "; the other revisions confirm it".to_owned(),
        }
    }

    /// `P(reported bug) 0.010`.
    pub(super) fn p_reported(&self, p: Prob) -> String {
        format!("P(reported {}) {}", self.manner.bug(), chance(p))
    }

    /// The same in few words, for a rule that another one often stands beside.
    pub(super) fn verdict_in_short(step: &StepAnalysis) -> String {
        let opposite = if step.verdict == Some(Verdict::Bad) { "good" } else { "bad" };
        match step.shown_confidence().map(Prob::complement) {
            Some(wrong) if wrong.value() >= 0.01 => format!("; P({opposite}) {}", chance(wrong)),
            Some(_) => "; confirmed".to_owned(),
            None => String::new(),
        }
    }

    /// What to do about a test's verdict, unless it is confirmed.
    pub(super) fn remedy(&self, step: &StepAnalysis, doubt: f64) -> Option<Remedy> {
        let open = step.shown_confidence().is_none_or(|right| right.complement().value() >= doubt);
        open.then(|| self.resume().unwrap_or_else(|| Self::rerun(step)))
    }

    /// An advice to run a revision again.
    pub(super) fn rerun(step: &StepAnalysis) -> Remedy {
        Remedy::from(format!("run {} again (bisectstat next says how often)", Self::name(step))).runs()
    }

    /// `git bisect start NEW OLD` over the credible set, unless it is one commit or has no old end.
    pub(super) fn resume(&self) -> Option<Remedy> {
        let set = self.analysis.credible_set.as_ref()?;
        if set.commits == Some(1) {
            return self.retest();
        }
        let end = |index: Option<&usize>| self.analysis.gaps.get(*index?);
        let (first, last) = (end(set.gaps.first())?, end(set.gaps.last())?);
        let (Some(old), Some(new)) = (first.after, last.upto) else { return Some(self.go_further()) };
        if old.day().or_else(|| new.day()).is_some() {
            let builds = format!("test the builds from {old} to {new} (bisectstat next says how often)");
            return Some(Remedy::from(builds).runs());
        }
        let start = Command::bisect_start(self.evidence().kind, new, &[old]);
        Some(Remedy::with("resume the bisection (bisectstat next says how often to run what)", start).runs())
    }

    /// What to test where one commit is left and another one is named.
    fn retest(&self) -> Option<Remedy> {
        let (gap, _) = self.likeliest_gap()?;
        let (old, new) = (gap.after?, gap.upto?);
        let other = Some(new) != self.analysis.named_culprit;
        let again = || format!("run {} and {} again (bisectstat next says how often)", new.short(), old.short());
        other.then(|| Remedy::from(again()).runs())
    }

    /// When the change lies beyond what was tested.
    pub(super) fn go_further(&self) -> Remedy {
        let what = self.manner.further(self.evidence().kind);
        Remedy::from(format!("test {what} until one does not {}", self.manner.verb())).runs()
    }
}

/// Likelier than not.
pub(super) fn likely(p: Prob) -> bool {
    p.value() >= 0.5
}

/// How many tests show each crash.
fn shown_by(evidence: &Bisection) -> HashMap<&Outcome, usize> {
    let mut shown_by = HashMap::new();
    for step in &evidence.steps {
        let crashes = step.runs.iter().map(|run| &run.outcome).filter(|outcome| matches!(outcome, Outcome::Crash(_)));
        for outcome in crashes.collect::<HashSet<_>>() {
            *shown_by.entry(outcome).or_default() += 1;
        }
    }
    shown_by
}
