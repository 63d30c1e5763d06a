//! What the texts share.

use std::fmt;

use annotate_snippets::renderer::{Ansi256Color, AnsiColor, Style};

use crate::analysis::Analysis;
use crate::analysis::words::clean_line;
use crate::gate::decision::SuppressedBy;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const BLUE: Style = AnsiColor::Blue.on_default().bold();
/// A yellow that is read on a white ground too.
pub(super) const AMBER: Style = Ansi256Color(166).on_default().bold();

/// Text in a style.
pub(super) struct Styled<T>(pub(super) Style, pub(super) T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}

/// The log, and the commit that it names.
pub(super) fn bisection(analysis: &Analysis) -> String {
    let log = Styled(BOLD, clean_line(&analysis.bisection));
    let Some(culprit) = &analysis.evidence.culprit else { return format!("{log}: names no commit") };
    let subject = clean_line(culprit.subject.as_deref().unwrap_or_default());
    format!("{log}: {} {subject}", culprit.commit.short()).trim_end().to_owned()
}

/// Why something does not count.
pub(super) fn suppressed_by(by: &SuppressedBy) -> String {
    match by {
        SuppressedBy::Policy { reason, because } => format!("{because}: {reason}"),
        SuppressedBy::Baseline => "in the baseline".to_owned(),
    }
}
