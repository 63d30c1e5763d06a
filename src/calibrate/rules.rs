//! How rules tell right from wrong: on which named commits each one fires, and at which severity.
//!
//! The *lift* of a rule is how much likelier a commit is wrong when the rule fires than without knowing that:
//! `P(wrong | fires) / P(wrong)`. Severity depends on `p_right`: judged on the bisections that `p_right` was fitted on, the
//! figures flatter.

use serde::Serialize;

use crate::analysis::Analysis;
use crate::analysis::finding::{RuleName, Severity};
use crate::finding::RULES;
use crate::prob::to_f64;

/// How the findings did. Every judged bisection counts, with findings or without.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rules {
    /// Named commits that are right.
    pub right: usize,
    /// Named commits that are wrong.
    pub wrong: usize,
    /// By rule, then by severity, worst first; what never fires is left out.
    pub fired: Vec<Fired>,
    /// By the worst finding of a bisection, worst first; without any last.
    pub worst: Vec<Worst>,
}

/// One rule at one severity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fired {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleName,
    /// The severity.
    pub severity: Severity,
    /// On what it fired.
    #[serde(flatten)]
    pub split: Split,
}

/// Bisections with this worst finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Its severity; missing without a finding.
    pub severity: Option<Severity>,
    /// Which these are.
    #[serde(flatten)]
    pub split: Split,
}

/// Some of the named commits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Split {
    /// Those that are right.
    pub right: usize,
    /// Those that are wrong.
    pub wrong: usize,
    /// How much likelier these are wrong than any; missing where there are none.
    pub lift: Option<f64>,
}

impl Rules {
    /// Counts the findings of bisections that are known to be right or wrong.
    #[must_use]
    pub fn of(judged: &[(&Analysis, bool)]) -> Self {
        let right = judged.iter().filter(|(_, right)| *right).count();
        let severities = || Severity::ALL.into_iter().rev();
        let fired = RULES.iter().flat_map(|rule| {
            severities().map(|severity| {
                let has = |analysis: &Analysis| {
                    analysis.findings.iter().any(|found| found.rule == rule.name && found.severity == severity)
                };
                Fired { rule: rule.name, severity, split: split(judged, has) }
            })
        });
        let worst = severities().map(Some).chain([None]).map(|severity| {
            let is = |analysis: &Analysis| analysis.findings.iter().map(|found| found.severity).max() == severity;
            Worst { severity, split: split(judged, is) }
        });
        Self {
            right,
            wrong: judged.len() - right,
            fired: fired.filter(|fired| fired.split.right + fired.split.wrong > 0).collect(),
            worst: worst.collect(),
        }
    }
}

fn split(judged: &[(&Analysis, bool)], wanted: impl Fn(&Analysis) -> bool) -> Split {
    let count = |wanted_right: bool| judged.iter().filter(|(a, right)| *right == wanted_right && wanted(a)).count();
    let (right, wrong) = (count(true), count(false));
    let all_wrong = judged.iter().filter(|(_, right)| !right).count();
    let share = |wrong: usize, all: usize| (all > 0).then(|| to_f64(wrong) / to_f64(all));
    let base = share(all_wrong, judged.len()).filter(|base| *base > 0.0);
    let lift = share(wrong, right + wrong).zip(base).map(|(share, base)| share / base);
    Split { right, wrong, lift }
}
