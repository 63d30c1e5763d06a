//! One cause, one finding: gives findings their names, merges those that say the same, and sorts them.

use std::cmp::Reverse;

use crate::analysis::finding::{Finding, Fingerprint, Place, Severity};
use crate::evidence::{CommitId, Line};
use crate::prob::Prob;

use super::Rule;
use super::case::Case;
use super::draft::Draft;

/// The findings of one bisection, worst first: by severity, then by how likely they matter, then by code and line.
pub(super) fn merged(case: &Case<'_>, found: &[(&'static Rule, Draft)]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (rule, draft) in found {
        if !found.iter().any(|(other, better)| speaks_for(other, better, rule, draft)) {
            findings.push(finding(case, rule, draft));
        }
    }
    for (rule, draft) in found {
        let told = |finding: &&mut Finding| {
            let same_cause = finding.step == draft.step && finding.commit == draft.commit;
            rule.yields_to.contains(&finding.rule.code) && same_cause && finding.severity >= draft.severity
        };
        for finding in findings.iter_mut().filter(told) {
            finding.also.push(rule.name);
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
fn speaks_for(other: &Rule, better: &Draft, rule: &Rule, draft: &Draft) -> bool {
    let same_cause = better.step == draft.step && better.commit == draft.commit;
    rule.yields_to.contains(&other.name.code) && same_cause && better.severity >= draft.severity
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

fn finding(case: &Case<'_>, rule: &Rule, draft: &Draft) -> Finding {
    let draft = draft.clone();
    Finding {
        rule: rule.name,
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
fn fingerprint(case: &Case<'_>, rule: &Rule, step: Option<usize>, commit: Option<CommitId>) -> Fingerprint {
    let commit = commit.map(|commit| commit.to_string()).unwrap_or_default();
    let steps = &case.analysis.steps;
    let tests_before =
        step.map_or(0, |step| steps[..step].iter().filter(|other| other.commit.to_string() == commit).count());
    Fingerprint::of(case.analysis, &[rule.name.code, &commit, &tests_before.to_string()])
}
