//! Which setting decided what: every demand and every finding of every bisection, with its line of the policy.

use std::fmt::{Display, Write as _};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Severity};
use crate::analysis::words::clean_line;
use crate::gate::decision::{Decision, Judged, Level};

use super::lines::{AMBER, DIM, GREEN, RED, Styled, bisection, suppressed_by};

/// The whole decision.
#[must_use]
pub fn explain(decision: &Decision<'_>) -> String {
    let mut text = format!("policy: {}\n", decision.policy.as_deref().unwrap_or("none"));
    for judged in &decision.bisections {
        let _ = write!(text, "\n{}", one(judged));
    }
    text
}

fn one(judged: &Judged<'_>) -> String {
    let analysis = judged.analysis;
    let passed = if judged.passed() { Styled(GREEN, "passed") } else { Styled(RED, "failed") };
    let mut text = format!("{passed} {}\n", bisection(analysis));
    let mut line = |word: &str, what: &dyn Display, because: &dyn Display| {
        let _ = writeln!(text, "  {word:<10} {what}\n  {:<10} {}", "", Styled(DIM, format_args!("{because}")));
    };
    for failure in &judged.failures {
        line("failed", &failure.demand, &failure.because);
    }
    for met in &judged.met {
        line("met", &met.demand, &met.because);
    }
    for excused in &judged.excused {
        line("suppressed", &excused.failure.demand, &suppressed_by(&excused.by));
    }
    for ruled in &judged.findings {
        let word = if ruled.level == Level::Deny { "denied" } else { "warned" };
        line(word, &finding(analysis, ruled.finding), &ruled.because);
    }
    for suppressed in &judged.suppressed {
        line("suppressed", &finding(analysis, suppressed.finding), &suppressed_by(&suppressed.by));
    }
    for allowed in &judged.allowed {
        line("allowed", &finding(analysis, allowed.finding), &allowed.because);
    }
    for limit in &judged.limits {
        let _ = writeln!(text, "  {:<10} {}", "limit", Styled(DIM, limit));
    }
    text
}

/// A finding on one line: where, what, why.
fn finding(analysis: &Analysis, finding: &Finding) -> String {
    let style = match finding.severity {
        Severity::Error => RED,
        Severity::Warning => AMBER,
        Severity::Note => DIM,
    };
    let place = clean_line(&analysis.evidence.source.at(finding.line).to_string());
    let severity = Styled(style, finding.severity.name());
    format!("{place}: {severity} {} {}: {}", finding.rule.code, finding.rule.name, clean_line(&finding.message))
}
