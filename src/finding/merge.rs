//! One cause, one finding: gives findings their names, merges those that say the same, and sorts them.

use std::cmp::Reverse;

use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::finding::{Finding, Fingerprint};
use crate::evidence::file_name;

use super::Rule;
use super::case::Case;
use super::draft::Draft;

/// The findings of one bisection, worst first: by severity, then by how likely they matter, then by code and line.
pub(super) fn merged(case: &Case<'_>, found: Vec<(&'static Rule, Draft)>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (rule, draft) in &found {
        let better = found.iter().filter(|(other, _)| rule.yields_to.contains(&other.name.code));
        if !better.clone().any(|(_, other)| same_cause(other, draft)) {
            findings.push(finding(case, rule, draft));
        }
    }
    for (rule, draft) in &found {
        let told = |finding: &&mut Finding| {
            rule.yields_to.contains(&finding.rule.code) && finding.step == draft.step && finding.commit == draft.commit
        };
        for finding in findings.iter_mut().filter(told) {
            finding.also.push(rule.name);
        }
    }
    let key = |finding: &Finding| {
        let p = finding.p.map_or(1.0, |p| p.value());
        (Reverse(finding.severity), Reverse(p.to_bits()), finding.rule.code, finding.line)
    };
    findings.sort_by_key(key);
    findings
}

fn same_cause(one: &Draft, other: &Draft) -> bool {
    one.step == other.step && one.commit == other.commit
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
        also: Vec::new(),
        fingerprint: fingerprint(case, rule, &draft.step, draft.commit.map(|commit| commit.to_string())),
    }
}

/// Of the rule, the log's name, the revision and how often it was tested before: nothing that moves with lines.
fn fingerprint(case: &Case<'_>, rule: &Rule, step: &Option<usize>, commit: Option<String>) -> Fingerprint {
    let id = case.analysis.bisection.as_str();
    let log = file_name(id).unwrap_or(id);
    let commit = commit.unwrap_or_default();
    let steps = &case.analysis.steps;
    let tests_before =
        step.map_or(0, |step| steps[..step].iter().filter(|other| other.commit.to_string() == commit).count());
    Fingerprint(xxh3_64(format!("{}\0{log}\0{commit}\0{tests_before}", rule.name.code).as_bytes()))
}
