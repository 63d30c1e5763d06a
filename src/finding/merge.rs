//! One cause, one finding: gives findings their names, merges those that say the same, and sorts them.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::analysis::finding::{Finding, Fingerprint, Known, Place, RuleName, Severity};
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

/// The test and the commit that a finding is about.
type Cause = (Option<usize>, Option<CommitId>);

impl Found {
    const fn cause(&self) -> Cause {
        (self.draft.step, self.draft.commit)
    }
}

/// The findings of one bisection, worst first: by severity, then by how likely they matter, then by code and line.
pub(super) fn merged(case: &Case<'_>, found: &[Found]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut causes: HashMap<Cause, Vec<&Found>> = HashMap::new();
    for one in found {
        causes.entry(one.cause()).or_default().push(one);
    }
    let (known, before) = (Known::of(case.analysis), tests_before(case));
    for one in found {
        let of_one_cause = &causes[&one.cause()];
        if of_one_cause.iter().any(|other| speaks_for(other, one)) {
            continue;
        }
        let mut finding = finding(&known, one, &before);
        let told = of_one_cause.iter().filter(|other| speaks_for(one, other));
        finding.also.extend(told.map(|other| other.rule));
        findings.push(finding);
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

/// Whether a finding says all that another one of the same cause says. A milder one does not silence a graver one.
fn speaks_for(other: &Found, one: &Found) -> bool {
    one.yields_to.contains(&other.rule.code) && other.draft.severity >= one.draft.severity
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

fn finding(known: &Known<'_>, found: &Found, before: &[usize]) -> Finding {
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
        fingerprint: fingerprint(known, rule, draft.commit, draft.step.and_then(|step| before.get(step)).copied()),
    }
}

/// Of the rule, the log, the revision and how often it was tested before: nothing that moves with lines.
fn fingerprint(known: &Known<'_>, rule: RuleName, commit: Option<CommitId>, before: Option<usize>) -> Fingerprint {
    let commit = commit.map(|commit| commit.to_string()).unwrap_or_default();
    Fingerprint::said_of(known, &[rule.code, &commit, &before.unwrap_or_default().to_string()])
}

/// How often the revision of each test was tested before.
fn tests_before(case: &Case<'_>) -> Vec<usize> {
    let mut tests = HashMap::<CommitId, usize>::new();
    let steps = case.analysis.steps.iter();
    let before = steps.map(|step| {
        let tests = tests.entry(step.commit).or_default();
        *tests += 1;
        *tests - 1
    });
    before.collect()
}
