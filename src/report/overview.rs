//! What reports say of many bisections, whatever their form.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::count;
use crate::prob::Prob;

use crate::analysis::answer::Answer;

/// Named commits by their probability, then what names none, by ending and name.
pub(super) fn least_sure_first(analyses: &[Analysis]) -> Vec<&Analysis> {
    let mut sorted: Vec<_> = analyses.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |analysis: &Analysis| analysis.trusted().map_or(2.0, Prob::value);
        key(a).total_cmp(&key(b)).then(a.ending.cmp(b.ending)).then_with(|| a.bisection.cmp(&b.bisection))
    });
    sorted
}

/// How a bisection ended, in words.
pub(super) fn ending(analysis: &Analysis) -> String {
    analysis.ending.replace('_', " ")
}

/// `2 errors, 1 warning`; notes only where there is nothing worse.
pub(super) fn findings(analysis: &Analysis) -> String {
    let mut numbers = Severities::default();
    for finding in &analysis.findings {
        numbers.add(finding.severity);
    }
    numbers.words()
}

/// How many findings of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Severities {
    errors: u64,
    warnings: u64,
    notes: u64,
}

impl Severities {
    pub(super) fn add(&mut self, severity: Severity) {
        *match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Note => &mut self.notes,
        } += 1;
    }

    pub(super) fn worst(self) -> Option<Severity> {
        let numbers =
            [(Severity::Error, self.errors), (Severity::Warning, self.warnings), (Severity::Note, self.notes)];
        numbers.into_iter().find_map(|(severity, n)| (n > 0).then_some(severity))
    }

    pub(super) fn words(self) -> String {
        let words = |severity: Severity, n: u64| (n > 0).then(|| count(n, severity.name()));
        let worse = [words(Severity::Error, self.errors), words(Severity::Warning, self.warnings)];
        let worse: Vec<_> = worse.into_iter().flatten().collect();
        if worse.is_empty() { words(Severity::Note, self.notes).unwrap_or_default() } else { worse.join(", ") }
    }
}

/// Where else to look, as a number of commits; empty where the named commit stands alone.
pub(super) fn elsewhere(analysis: &Analysis) -> String {
    let Some(set) = &analysis.credible_set else { return String::new() };
    let alone = set.gaps.iter().all(|gap| analysis.gaps[*gap].upto == analysis.named_culprit);
    elsewhere_in(set.commits, (set.commits_exact, set.bounded), alone && analysis.named_culprit.is_some())
}

/// The same for a set of so many commits. `alone`: whether there is no gap but that of the named commit.
pub(super) fn elsewhere_in(commits: Option<u64>, (exact, bounded): (bool, bool), alone: bool) -> String {
    match commits {
        Some(1) if alone => String::new(),
        None if alone && bounded => String::new(),
        Some(n) => format!("{}{}", if exact { "" } else { "~" }, count(n, "commit")),
        None if bounded => "not known".to_owned(),
        None => "beyond the tested".to_owned(),
    }
}

/// One line, with what was not read below it.
pub(super) fn summary(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    let mut tally = Tally::default();
    for analysis in analyses {
        tally.add(analysis.named_culprit.is_some(), Some(analysis.answer));
    }
    tally.summary(skipped, failed)
}

/// How many bisections, and what can be said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) bisections: u64,
    named: u64,
    answers: [u64; Answer::ALL.len()],
}

impl Tally {
    pub(super) fn add(&mut self, named: bool, answer: Option<Answer>) {
        self.bisections += 1;
        self.named += u64::from(named);
        for (known, number) in Answer::ALL.into_iter().zip(&mut self.answers) {
            *number += u64::from(answer == Some(known));
        }
    }

    /// `5 bisections, 5 name a commit: 1 holds up, 3 doubtful, 1 do not trust`.
    pub(super) fn summary(self, skipped: usize, failed: usize) -> String {
        let names = if self.named == 1 { "names" } else { "name" };
        let answers = Answer::ALL.into_iter().zip(self.answers).filter(|(_, number)| *number > 0);
        let answers: Vec<_> = answers.map(|(answer, number)| format!("{number} {}", answer.short())).collect();
        let all = count(self.bisections, "bisection");
        let mut summary = format!("{all}, {} {names} a commit: {}", self.named, answers.join(", "));
        if skipped > 0 {
            let _ = write!(summary, "\n{} without a bisection skipped", count(skipped as u64, "file"));
        }
        if failed > 0 {
            let _ = write!(summary, "\n{} could not be read (exit code 2)", count(failed as u64, "input"));
        }
        summary
    }
}
