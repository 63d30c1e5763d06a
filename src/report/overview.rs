//! What reports say of many bisections, whatever their form.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::analysis::words::count;
use crate::prob::Prob;

use crate::analysis::trust::Trust;

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
        tally.add(analysis.named_culprit.is_some(), analysis.trusted());
    }
    tally.summary(skipped, failed)
}

/// How many bisections, and how far they can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) bisections: u64,
    named: u64,
    hold_up: u64,
    doubtful: u64,
    not: u64,
}

impl Tally {
    pub(super) fn add(&mut self, named: bool, trusted: Option<Prob>) {
        self.bisections += 1;
        self.named += u64::from(named);
        match trusted.map(|p| Trust::of(p.value())) {
            Some(Trust::HoldsUp) => self.hold_up += 1,
            Some(Trust::Doubtful) => self.doubtful += 1,
            Some(Trust::Not) => self.not += 1,
            None => {}
        }
    }

    pub(super) fn summary(self, skipped: usize, failed: usize) -> String {
        let Self { bisections, named, hold_up, doubtful, not } = self;
        let names = if named == 1 { "names" } else { "name" };
        let mut summary = format!(
            "{}: {named} {names} a commit, {hold_up} hold up (probability {} or more), {doubtful} doubtful, {not} not to trust",
            count(bisections, "bisection"),
            Trust::HOLDS_UP,
        );
        if skipped > 0 {
            let _ = write!(summary, "\n{} without a bisection skipped", count(skipped as u64, "file"));
        }
        if failed > 0 {
            let _ = write!(summary, "\n{} could not be read (exit code 2)", count(failed as u64, "input"));
        }
        summary
    }
}
