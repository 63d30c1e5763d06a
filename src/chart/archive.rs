//! Many bisections: how well crashes reproduce, how far named commits can be trusted, how it ends, what is found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::analysis::finding::Severity;
use crate::analysis::summary::{Histogram, Summary};
use crate::analysis::words::{self, count};
use crate::evidence::Ending;

use super::Picture;
use super::bars::{Row, histogram, rows, rows_in_order};
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme};

pub(super) const REPRODUCTION: &str = "reproduction";
pub(super) const TRUST: &str = "trust";
pub(super) const ENDINGS: &str = "endings";
pub(super) const RULES: &str = "rules";

/// The ending of a bisection that names a commit.
const CULPRIT: &str = Ending::Culprit.name();

fn listed(histogram: &Histogram) -> String {
    let counts: Vec<_> = histogram.0.iter().map(u64::to_string).collect();
    format!("in tenths from 0 to 1: {}", counts.join(", "))
}

/// Crashes of trials where the bug was reported.
pub(super) fn reproduction(summary: &Summary, theme: Theme) -> Option<Picture> {
    let rates = &summary.reproduction;
    let always = rates.0.last().copied().unwrap_or_default();
    let all = rates.total();
    if all == 0 {
        return None;
    }
    let title = format!("In {always} of {} the bug shows in nine runs of ten or more", count(all, "bisection"));
    let subtitle = "Bisections by the share of runs that show the bug on the revision where it was reported.";
    let mut sheet = Sheet::new(&title, subtitle);
    histogram(&mut sheet, rates, Ink::Reported, "share of runs that show the bug where it was reported");
    let mut alt = format!("{title}. Bisections by the share of runs that show it, {}.", listed(rates));
    if let Some(expected) = &summary.expected {
        sheet.reach(sheet.bottom() + 12);
        let axis = "what the prior expects of bad revisions, in thousandths of its weight";
        histogram(&mut sheet, expected, Ink::Strong, axis);
        let _ = write!(alt, " Thousandths of the prior's weight, {}.", listed(expected));
    }
    Some(sheet.finish(REPRODUCTION, &alt, theme))
}

/// What is stated of the named commits.
pub(super) fn trust(summary: &Summary, theme: Theme) -> Option<Picture> {
    let (right, named) = (&summary.p_right, &summary.p_named);
    if right.total() + named.total() == 0 {
        return None;
    }
    let sure: u64 = right.0.iter().skip(8).sum();
    let title =
        format!("{sure} of {} are to blame with a probability of 0.8 or more", count(right.total(), "named commit"));
    let mut sheet = Sheet::new(&title, "Bisections that name a commit, by what is stated of it.");
    histogram(&mut sheet, right, Ink::Strong, "p_right: P(the named commit is to blame)");
    sheet.reach(sheet.bottom() + 12);
    histogram(&mut sheet, named, Ink::Strong, "p_named: P(the reported bug starts at the named commit)");
    let alt = format!("{title}. p_right, {}. p_named, {}.", listed(right), listed(named));
    Some(sheet.finish(TRUST, &alt, theme))
}

/// How the bisections end.
pub(super) fn endings(summary: &Summary, theme: Theme) -> Option<Picture> {
    if summary.bisections == 0 {
        return None;
    }
    let title = format!("{} of {} name a commit", summary.named, count(summary.bisections, "bisection"));
    let mut sheet = Sheet::new(&title, "Bisections by how they end.");
    let row = |(ending, n): (&&'static str, &u64)| {
        let ink = if *ending == CULPRIT { Ink::Strong } else { Ink::Void };
        Row { name: words::ending(ending), parts: vec![(ink, 7, *n)] }
    };
    rows(&mut sheet, summary.endings.iter().map(row).collect());
    let words: Vec<_> = summary.endings.iter().map(|(ending, n)| format!("{} {n}", words::ending(ending))).collect();
    let mut alt = format!("{title}. By ending: {}.", words.join(", "));
    if summary.years.keys().any(Option::is_some) {
        alt += &years(summary, &mut sheet);
    }
    Some(sheet.finish(ENDINGS, &alt, theme))
}

/// The same by year, with those that name a commit in front; gives the words.
fn years(summary: &Summary, sheet: &mut Sheet) -> String {
    let y = sheet.bottom() + 24;
    sheet.write(
        (MARGIN, y),
        label("By the year in which they began: those that name a commit, then the others.").faint(),
    );
    sheet.reach(y + 8);
    let row = |(year, endings): (&Option<i16>, &BTreeMap<&'static str, u64>)| {
        let all: u64 = endings.values().sum();
        let named = endings.get(CULPRIT).copied().unwrap_or_default();
        let name = year.map_or_else(|| "not known".to_owned(), |year| year.to_string());
        Row { name, parts: vec![(Ink::Strong, 7, named), (Ink::Void, 7, all - named)] }
    };
    // What is not known comes first in the map, and last for people.
    let (known, unknown): (Vec<_>, Vec<_>) = summary.years.iter().partition(|(year, _)| year.is_some());
    let all: Vec<_> = known.into_iter().chain(unknown).map(row).collect();
    rows_in_order(sheet, &all);
    let words: Vec<_> = all.iter().map(|row| format!("{} {} of {}", row.name, row.parts[0].2, row.total())).collect();
    format!(" Those that name a commit by year: {}.", words.join(", "))
}

/// Notes are as grey as warnings, and thinner.
const SEVERITIES: [(Severity, Ink, i32); 3] =
    [(Severity::Error, Ink::Strong, 7), (Severity::Warning, Ink::Void, 7), (Severity::Note, Ink::Void, 2)];

/// Which rules fire.
pub(super) fn rules(summary: &Summary, theme: Theme) -> Option<Picture> {
    let total = |counts: &BTreeMap<Severity, u64>| counts.values().sum::<u64>();
    let (most, n) = summary.rules.iter().rev().map(|(rule, counts)| (rule, total(counts))).max_by_key(|(_, n)| *n)?;
    let title = format!("{} is the commonest finding: in {n} of {}", most.name, count(summary.bisections, "bisection"));
    let mut sheet = Sheet::new(&title, "Bisections in which a rule fires, by the worst severity there.");
    let (mut x, y) = (MARGIN, sheet.bottom() + 4);
    for (severity, ink, half) in SEVERITIES {
        sheet.draw(ink, Shape::Rect((x, y - half), (x + 14, y + half)));
        x += 20;
        x += sheet.write((x, y), label(severity.name()).small()) + 18;
    }
    sheet.reach(y + 8);
    let row = |(rule, counts): (&crate::analysis::finding::RuleName, &BTreeMap<Severity, u64>)| {
        let parts =
            SEVERITIES.map(|(severity, ink, half)| (ink, half, counts.get(&severity).copied().unwrap_or_default()));
        Row { name: format!("{} {}", rule.code, rule.name), parts: parts.into() }
    };
    rows(&mut sheet, summary.rules.iter().map(row).collect());
    let words: Vec<_> = summary.rules.iter().map(|(rule, counts)| format!("{} {}", rule.name, total(counts))).collect();
    Some(sheet.finish(RULES, &format!("{title}. By rule: {}.", words.join(", ")), theme))
}
