//! Many bisections as a table, least sure first, and one summary line.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::Analysis;
use crate::prob::Prob;

use super::Trust;
use crate::analysis::words::{chance, count};

/// The table and its summary. `skipped` files held no bisection, `failed` inputs could not be read.
#[must_use]
pub fn archive(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    const HEADER: [&str; 6] = ["bisection", "named", "to blame", "starts here", "look instead", "weak decisions"];
    let rows = least_sure_first(analyses).into_iter().map(row);
    format!("{}\n{}\n", super::table::table(HEADER, &[2, 3, 5], rows), summary(analyses, skipped, failed))
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
    let weak = analysis.weak.len();
    let weak = if weak == 0 { String::new() } else { weak.to_string() };
    vec![
        Cell::new(&analysis.bisection),
        named,
        colored(analysis.p_right),
        colored(analysis.p_named),
        Cell::new(elsewhere(analysis)),
        Cell::new(weak),
    ]
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
        count(analyses.len() as u64, "bisection"),
        number(Trust::HoldsUp),
        Trust::HOLDS_UP,
        number(Trust::Doubtful),
        number(Trust::Not),
    );
    if skipped > 0 {
        let _ = write!(summary, "\n{} without a bisection skipped", count(skipped as u64, "file"));
    }
    if failed > 0 {
        let _ = write!(summary, "\n{} could not be read (exit code 2)", count(failed as u64, "input"));
    }
    summary
}
