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
    let number = |severity: Severity| analysis.findings.iter().filter(|f| f.severity == severity).count() as u64;
    let words = |severity: Severity| Some(number(severity)).filter(|n| *n > 0).map(|n| count(n, severity.name()));
    let worse: Vec<_> = [Severity::Error, Severity::Warning].into_iter().filter_map(words).collect();
    if worse.is_empty() { words(Severity::Note).unwrap_or_default() } else { worse.join(", ") }
}

/// Where else to look, as a number of commits; empty where the named commit stands alone.
pub(super) fn elsewhere(analysis: &Analysis) -> String {
    let Some(set) = &analysis.credible_set else { return String::new() };
    let alone = set.gaps.iter().all(|gap| analysis.gaps[*gap].upto == analysis.named_culprit);
    match set.commits {
        Some(1) if alone && analysis.named_culprit.is_some() => String::new(),
        Some(n) => format!("{}{}", if set.commits_exact { "" } else { "~" }, count(n, "commit")),
        None => "beyond the tested".to_owned(),
    }
}

/// One line, with what was not read below it.
pub(super) fn summary(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    let trusts: Vec<_> = analyses.iter().filter_map(Analysis::trusted).map(|p| Trust::of(p.value())).collect();
    let number = |trust: Trust| trusts.iter().filter(|other| **other == trust).count();
    let named = analyses.iter().filter(|analysis| analysis.named_culprit.is_some()).count();
    let names = if named == 1 { "names" } else { "name" };
    let mut summary = format!(
        "{}: {named} {names} a commit, {} hold up (probability {} or more), {} doubtful, {} not to trust",
        count(analyses.len() as u64, "bisection"),
        number(Trust::HoldsUp),
        Trust::HOLDS_UP,
        number(Trust::Doubtful),
        number(Trust::Not),
    );
    if skipped > 0 {
        let _ = write!(summary, "\n{} without a bisection skipped", count(skipped as u64, "file"));
    }
    if failed > 0 {
        let _ = write!(summary, "\n{} could not be read (exit code 2)", count(failed as u64, "input"));
    }
    summary
}
