//! What the texts share.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Severity};
use crate::gate::decision::SuppressedBy;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// Text in a style.
pub(super) struct Styled<T>(pub(super) Style, pub(super) T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}

/// A finding on one line: where, what, why.
pub(super) fn finding(analysis: &Analysis, finding: &Finding) -> String {
    let style = match finding.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Note => DIM,
    };
    let place = clean(&analysis.evidence.source.at(finding.line).to_string());
    let severity = Styled(style, finding.severity.name());
    format!("{place}: {severity} {} {}: {}", finding.rule.code, finding.rule.name, clean(&finding.message))
}

/// The log, and the commit that it names.
pub(super) fn bisection(analysis: &Analysis) -> String {
    let log = Styled(BOLD, clean(&analysis.bisection));
    let Some(culprit) = &analysis.evidence.culprit else { return format!("{log}: names no commit") };
    let subject = clean(culprit.subject.as_deref().unwrap_or_default());
    format!("{log}: {} {subject}", culprit.commit.short()).trim_end().to_owned()
}

/// Somebody else's text without what a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Why something does not count.
pub(super) fn suppressed_by(by: &SuppressedBy) -> String {
    match by {
        SuppressedBy::Policy { reason, because } => format!("{because}: {reason}"),
        SuppressedBy::Baseline => "in the baseline".to_owned(),
    }
}

/// `1 finding`, `7 findings`.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
