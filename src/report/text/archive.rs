//! Many bisections as a table, least sure first, and one summary line.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::prob::Prob;

use super::Trust;
use crate::analysis::words::{chance, count};

/// The table and its summary. `skipped` files held no bisection, `failed` inputs could not be read.
#[must_use]
pub fn archive(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    const HEADER: [&str; 6] = ["bisection", "named", "to blame", "starts here", "look instead", "findings"];
    let rows = least_sure_first(analyses).into_iter().map(row);
    format!("{}\n{}\n", super::table::table(HEADER, &[2, 3], rows), summary(analyses, skipped, failed))
}

/// Named commits by their probability, then what names none, by ending and name.
fn least_sure_first(analyses: &[Analysis]) -> Vec<&Analysis> {
    let mut sorted: Vec<_> = analyses.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |analysis: &Analysis| analysis.trusted().map_or(2.0, Prob::value);
        key(a).total_cmp(&key(b)).then(a.ending.cmp(b.ending)).then_with(|| a.bisection.cmp(&b.bisection))
    });
    sorted
}

fn row(analysis: &Analysis) -> Vec<Cell> {
    let named = match analysis.named_culprit {
        Some(commit) => Cell::new(commit.short()),
        None => Cell::new(format!("({})", analysis.ending.replace('_', " "))).add_attribute(Attribute::Dim),
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

/// `2 errors, 1 warning`; notes only where there is nothing worse.
fn findings(analysis: &Analysis) -> Cell {
    let number = |severity: Severity| analysis.findings.iter().filter(|f| f.severity == severity).count() as u64;
    let words = |severity: Severity| match number(severity) {
        0 => None,
        n => Some(count(n, severity.name())),
    };
    let worse: Vec<_> = [Severity::Error, Severity::Warning].into_iter().filter_map(words).collect();
    let color = if number(Severity::Error) > 0 { Color::Red } else { Color::Yellow };
    match worse[..] {
        [] => match words(Severity::Note) {
            Some(notes) => Cell::new(notes).add_attribute(Attribute::Dim),
            None => Cell::new(""),
        },
        _ => Cell::new(worse.join(", ")).fg(color),
    }
}

fn elsewhere(analysis: &Analysis) -> String {
    let Some(set) = &analysis.credible_set else { return String::new() };
    let alone = set.gaps.iter().all(|gap| analysis.gaps[*gap].upto == analysis.named_culprit);
    match set.commits {
        Some(1) if alone && analysis.named_culprit.is_some() => String::new(),
        Some(n) => format!("{}{}", if set.commits_exact { "" } else { "~" }, count(n, "commit")),
        None => "beyond the tested".to_owned(),
    }
}

fn summary(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    let trusts: Vec<_> = analyses.iter().filter_map(Analysis::trusted).map(|p| Trust::of(p.value())).collect();
    let number = |trust: Trust| trusts.iter().filter(|other| **other == trust).count();
    let named = analyses.iter().filter(|analysis| analysis.named_culprit.is_some()).count();
    let names = if named == 1 { "names" } else { "name" };
    let mut summary = format!(
        "{}: {named} {names} a commit, {} hold up (probability {} or more), {} doubtful, {} not to trust",
        count(analyses.len(), "bisection"),
        number(Trust::HoldsUp),
        Trust::HOLDS_UP,
        number(Trust::Doubtful),
        number(Trust::Not),
    );
    if skipped > 0 {
        let _ = write!(summary, "\n{} without a bisection skipped", count(skipped, "file"));
    }
    if failed > 0 {
        let _ = write!(summary, "\n{} could not be read (exit code 2)", count(failed, "input"));
    }
    summary
}
