//! What reports say of many bisections, whatever their form.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::analysis::answer::Answer;
use crate::analysis::brief::{Brief, Spread};
use crate::analysis::finding::{Severities, Severity};
use crate::analysis::words::{BEYOND, count};
use crate::prob::Prob;

/// Named commits by their probability, then what names none, by ending and name.
pub(super) fn least_sure_first(a: &Brief, b: &Brief) -> Ordering {
    let key = |brief: &Brief| brief.trusted().map_or(2.0, Prob::value);
    key(a).total_cmp(&key(b)).then_with(|| a.ending.cmp(&b.ending)).then_with(|| a.bisection.cmp(&b.bisection))
}

/// What a list of bisections begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// The least sure.
    #[default]
    Doubt,
    /// Those with the worst findings, then the least sure.
    Findings,
    /// The first that was read.
    Input,
}

impl Order {
    /// Which of two comes first; a sort by it has to be stable.
    pub(crate) fn compare(self, a: &Brief, b: &Brief) -> Ordering {
        match self {
            Self::Doubt => least_sure_first(a, b),
            Self::Findings => worst_first(a.severities, b.severities).then_with(|| least_sure_first(a, b)),
            Self::Input => Ordering::Equal,
        }
    }
}

/// By the number of errors, then of warnings, then of notes.
fn worst_first(a: Severities, b: Severities) -> Ordering {
    let by = |severity: &Severity| b.of(*severity).cmp(&a.of(*severity));
    Severity::ALL.iter().rev().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// `2 errors, 1 warning`; notes only where there is nothing worse.
pub(super) fn findings(severities: Severities) -> String {
    let words = |severity: Severity| {
        let number = severities.of(severity);
        (number > 0).then(|| count(number, severity.name()))
    };
    let worse: Vec<_> = [Severity::Error, Severity::Warning].into_iter().filter_map(words).collect();
    if worse.is_empty() { words(Severity::Note).unwrap_or_default() } else { worse.join(", ") }
}

/// Where else to look, as a number of commits; empty where the named commit stands alone.
pub(super) fn elsewhere(credible: Option<Spread>) -> String {
    let Some(Spread { commits, exact, bounded, alone }) = credible else { return String::new() };
    match commits {
        Some(1) if alone => String::new(),
        None if alone && bounded => String::new(),
        Some(n) => format!("{}{}", if exact { "" } else { "~" }, count(n, "commit")),
        None if bounded => "not known".to_owned(),
        None => BEYOND.to_owned(),
    }
}

/// How many bisections, and what can be said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) bisections: u64,
    named: u64,
    answers: [u64; Answer::ALL.len()],
}

impl Tally {
    pub(super) fn add(&mut self, brief: &Brief) {
        self.bisections += 1;
        self.named += u64::from(brief.named.is_some());
        for (known, number) in Answer::ALL.into_iter().zip(&mut self.answers) {
            *number += u64::from(brief.answer == Some(known));
        }
    }

    /// With what was not read below it: `5 bisections, 5 name a commit: 1 holds up, 3 doubtful, 1 do not trust`.
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
