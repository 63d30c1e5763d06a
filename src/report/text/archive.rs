//! Many bisections as a table, least sure first, and one summary line.

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::ingest::account::{Account, State};
use crate::prob::Prob;

use crate::analysis::trust::Trust;
use crate::analysis::words::chance;
use crate::report::overview::{self, elsewhere, least_sure_first, summary};

/// The table, its summary, and the inputs that were not analysed in full. `failed` things could not be read.
#[must_use]
pub fn archive(analyses: &[Analysis], accounts: &[Account], failed: usize) -> String {
    const HEADER: [&str; 6] = ["bisection", "named", "to blame", "starts here", "look instead", "findings"];
    let rows = least_sure_first(analyses).into_iter().map(row);
    let skipped = accounts.iter().filter(|account| matches!(account.state, State::Skipped(_))).count();
    let table = super::table::table(HEADER, &[2, 3], rows);
    format!("{table}\n{}\n{}", summary(analyses, skipped, failed), missing(accounts))
}

/// The inputs that could not be read, or not in full; empty when there is none, or but one input. Those that hold no
/// bisection are only counted: most folders have some.
#[must_use]
pub fn missing(accounts: &[Account]) -> String {
    const SHOWN: usize = 20;
    const HEADER: [&str; 3] = ["not in full", "", "why"];
    let rank = |state: &State| match state {
        State::Refused(_) => Some(0),
        State::Partly { .. } => Some(1),
        State::Skipped(_) | State::Analysed { .. } => None,
    };
    let ranked = accounts.iter().filter_map(|account| Some((rank(&account.state)?, account)));
    let mut ranked: Vec<_> = ranked.collect();
    if ranked.is_empty() || accounts.len() == 1 {
        return String::new();
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let rows = ranked.iter().take(SHOWN).map(|(_, account)| {
        let why = account.state.reason().unwrap_or_default();
        vec![Cell::new(&account.source.path), Cell::new(account.state.name()), Cell::new(short(&why))]
    });
    let table = super::table::table(HEADER, &[], rows);
    let more = match ranked.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" … {more} more: --out DIR writes them all\n"),
    };
    format!("\n{table}{more}")
}

/// The beginning of a reason: standard error has it in full.
fn short(text: &str) -> String {
    const WIDTH: usize = 60;
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
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
