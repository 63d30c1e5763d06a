//! The shapes of outcomes, and which crash is whose.

use std::collections::HashMap;

use crate::analysis::words::{Manner, cut};
use crate::analysis::{Analysis, TitleAnalysis};
use crate::evidence::{Outcome, Run, Title};
use crate::prob::Prob;

use super::sheet::{At, Shape, Sheet, label};
use super::theme::Ink;

/// From here on a crash is drawn as the reported bug's.
const SAME: f64 = 0.5;

/// Whether a title counts as the reported bug in pictures.
pub(crate) fn is_reported(title: &TitleAnalysis) -> bool {
    title.p_same_bug.map_or(title.anchor == Some(true), |p| p.value() >= SAME)
}

/// The ink of a title.
pub(super) fn title_ink(title: &TitleAnalysis) -> Ink {
    if is_reported(title) { Ink::Reported } else { Ink::Other }
}

/// Tells the inks of outcomes.
pub(super) struct Outcomes<'a> {
    pub(super) manner: Manner,
    inks: HashMap<Option<&'a str>, Ink>,
}

impl<'a> Outcomes<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        let inks = analysis.titles.iter().map(|title| (title.title.as_deref(), title_ink(title)));
        Self { manner: Manner::of(analysis), inks: inks.collect() }
    }

    pub(super) fn ink(&self, outcome: &Outcome) -> Ink {
        match outcome {
            Outcome::Pass => Ink::Pass,
            Outcome::Void(..) => Ink::Void,
            Outcome::Crash(title) => self.inks.get(&title.as_ref().map(Title::as_str)).copied().unwrap_or(Ink::Other),
        }
    }
}

/// The mark of an outcome.
pub(super) fn shape(ink: Ink, (x, y): At, r: i32) -> Shape {
    match ink {
        Ink::Reported => Shape::Polygon(vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]),
        Ink::Other => Shape::Polygon(vec![(x, y - r - 1), (x + r + 1, y + r), (x - r - 1, y + r)]),
        Ink::Void => {
            let arms = [(x - r, y - r), (x + r, y + r), (x, y), (x - r, y + r), (x + r, y - r)];
            Shape::Line(arms.into(), 2)
        }
        _ => Shape::Ring((x, y), r.unsigned_abs()),
    }
}

/// Characters of a log's words in a tip.
const TIP: usize = 200;

/// What a run shows when the reader points at it; passes say nothing.
pub(super) fn tip(manner: Manner, run: &Run) -> Option<String> {
    match &run.outcome {
        Outcome::Pass => None,
        Outcome::Crash(title) => {
            let title = title.as_ref().map_or(manner.untitled(), Title::as_str);
            Some(format!("line {}: {}", run.line, cut(title, TIP)))
        }
        Outcome::Void(_, words) => Some(format!("line {}: no trial: {}", run.line, cut(words, TIP))),
    }
}

/// The words for an outcome.
const fn words(manner: Manner, ink: Ink) -> &'static str {
    match ink {
        Ink::Reported => manner.choose("crash of the reported bug", "the reported failure"),
        Ink::Other => manner.choose("crash of another bug", "another failure"),
        Ink::Void => "no trial",
        _ => manner.choose("no crash", "pass"),
    }
}

/// What the marks mean, in one line; gives where the line ends.
pub(super) fn legend(sheet: &mut Sheet, manner: Manner, (mut x, y): At, inks: &[Ink]) -> i32 {
    for ink in inks {
        sheet.draw(*ink, shape(*ink, (x + 4, y), 4));
        x += 14;
        x += sheet.write((x, y), label(words(manner, *ink)).small()) + 18;
    }
    x
}

/// A mean with its interval, by the side of the change.
pub(super) fn interval(sheet: &mut Sheet, ink: Ink, [low, mean, high]: [i32; 3], y: i32, tip: &str) {
    sheet.line(ink, 2, (low, y), (high, y));
    for end in [low, high] {
        sheet.line(ink, 2, (end, y - 4), (end, y + 4));
    }
    sheet.draw(Ink::Paper, Shape::Disc((mean, y), 5));
    sheet.draw_with(ink, shape(ink, (mean, y), 4), tip);
}

/// The ink of the side on which a revision is believed to lie.
pub(super) fn side(p_bad: Option<Prob>) -> Ink {
    match p_bad.map(Prob::value) {
        Some(p) if p >= SAME => Ink::Reported,
        Some(_) => Ink::Pass,
        None => Ink::Void,
    }
}
