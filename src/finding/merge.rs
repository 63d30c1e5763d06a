//! One cause, one finding: gives findings their names, merges those that say the same, and sorts them.

use std::cmp::Reverse;

use crate::analysis::finding::{Finding, Fingerprint, Place, RuleName, Severity};
use crate::evidence::{CommitId, Line};
use crate::prob::Prob;

use super::case::Case;
use super::draft::Draft;

/// A draft and whose it is.
pub(super) struct Found {
    pub(super) rule: RuleName,
    /// As [`super::Rule`] has it.
    pub(super) yields_to: &'static [&'static str],
    pub(super) draft: Draft,
}

/// The findings of one bisection, worst first: by severity, then by how likely they matter, then by code and line.
pub(super) fn merged(case: &Case<'_>, found: &[Found]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for one in found {
        if !found.iter().any(|other| speaks_for(other, one)) {
            findings.push(finding(case, one));
        }
    }
    for Found { rule, yields_to, draft } in found {
        let told = |finding: &&mut Finding| {
            let same_cause = finding.step == draft.step && finding.commit == draft.commit;
            yields_to.contains(&finding.rule.code) && same_cause && finding.severity >= draft.severity
        };
        for finding in findings.iter_mut().filter(told) {
            finding.also.push(*rule);
        }
    }
    let mut findings = folded(&findings);
    findings.sort_by_key(key);
    findings
}

fn key(finding: &Finding) -> (Reverse<Severity>, Reverse<u64>, &'static str, Line) {
    // Probabilities are not negative: their bits are in their order.
    let p = finding.p.map_or(1.0, Prob::value);
    (Reverse(finding.severity), Reverse(p.to_bits()), finding.rule.code, finding.line)
}

/// Whether a finding says all that another one says. A milder one does not silence a graver one.
fn speaks_for(other: &Found, one: &Found) -> bool {
    let (better, draft) = (&other.draft, &one.draft);
    let same_cause = better.step == draft.step && better.commit == draft.commit;
    one.yields_to.contains(&other.rule.code) && same_cause && better.severity >= draft.severity
}

/// One finding a rule: the worst, and of equals the first that went wrong; the others are lines to look at.
fn folded(findings: &[Finding]) -> Vec<Finding> {
    let mut folded: Vec<Finding> = Vec::new();
    for one in findings.chunk_by(|a, b| a.rule == b.rule) {
        let Some(worst) = one.iter().min_by_key(|finding| gravest(finding)) else { continue };
        let others = || one.iter().filter(|other| !std::ptr::eq(*other, worst));
        let mut worst = worst.clone();
        worst.places.extend(others().map(|other| Place { line: other.line, label: other.label.clone() }));
        worst.more.extend(others().flat_map(Finding::occurrences));
        if let more @ 1.. = worst.more.len() {
            worst.message = format!("{}; {more} more like it", worst.message);
        }
        folded.push(worst);
    }
    folded
}

/// Of notes the likeliest; what is worse counts from where it began.
fn gravest(finding: &Finding) -> (Reverse<Severity>, Reverse<u64>, Option<usize>) {
    let p = finding.p.filter(|_| finding.severity == Severity::Note).map_or(0.0, Prob::value);
    (Reverse(finding.severity), Reverse(p.to_bits()), finding.step)
}

fn finding(case: &Case<'_>, found: &Found) -> Finding {
    let (rule, draft) = (found.rule, found.draft.clone());
    Finding {
        rule,
        severity: draft.severity,
        step: draft.step,
        line: draft.line,
        commit: draft.commit,
        message: draft.message,
        p: draft.p,
        next: draft.next,
        figures: draft.figures,
        label: draft.label,
        places: draft.places,
        more: Vec::new(),
        also: Vec::new(),
        fingerprint: fingerprint(case, rule, draft.step, draft.commit),
    }
}

/// Of the rule, the log, the revision and how often it was tested before: nothing that moves with lines.
fn fingerprint(case: &Case<'_>, rule: RuleName, step: Option<usize>, commit: Option<CommitId>) -> Fingerprint {
    let commit = commit.map(|commit| commit.to_string()).unwrap_or_default();
    let steps = &case.analysis.steps;
    let tests_before =
        step.map_or(0, |step| steps[..step].iter().filter(|other| other.commit.to_string() == commit).count());
    Fingerprint::of(case.analysis, &[rule.code, &commit, &tests_before.to_string()])
}
