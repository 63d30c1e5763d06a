//! Many bisections as a table, least sure first, and one summary line.

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::prob::Prob;

use crate::analysis::trust::Trust;
use crate::analysis::words::chance;
use crate::report::overview::{self, elsewhere, least_sure_first, summary};

/// The table and its summary. `skipped` files held no bisection, `failed` inputs could not be read.
#[must_use]
pub fn archive(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    const HEADER: [&str; 6] = ["bisection", "named", "to blame", "starts here", "look instead", "findings"];
    let rows = least_sure_first(analyses).into_iter().map(row);
    format!("{}\n{}\n", super::table::table(HEADER, &[2, 3], rows), summary(analyses, skipped, failed))
}

fn row(analysis: &Analysis) -> Vec<Cell> {
    let named = match analysis.named_culprit {
        Some(commit) => Cell::new(commit.short()),
        None => Cell::new(format!("({})", overview::ending(analysis))).add_attribute(Attribute::Dim),
    };
    let color = |p: Prob| match Trust::of(p.value()) {
        Trust::Not => Color::Red,
        Trust::Doubtful => Color::Yellow,
        Trust::HoldsUp => Color::Green,
    };
    let colored = |p: Option<Prob>| p.map_or_else(|| Cell::new(""), |p| Cell::new(chance(p)).fg(color(p)));
    vec![
        Cell::new(&analysis.bisection),
        named,
        colored(analysis.p_right),
        colored(analysis.p_named),
        Cell::new(elsewhere(analysis)),
        findings(analysis),
    ]
}

fn findings(analysis: &Analysis) -> Cell {
    let words = overview::findings(analysis);
    match analysis.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Cell::new(words).fg(Color::Red),
        Some(Severity::Warning) => Cell::new(words).fg(Color::Yellow),
        Some(Severity::Note) => Cell::new(words).add_attribute(Attribute::Dim),
        None => Cell::new(words),
    }
}
