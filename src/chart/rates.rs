//! What would follow if somebody knew how often a bad revision fails: the probability of the named commit at several rates.

use crate::analysis::Analysis;
use crate::analysis::answer::Answer;
use crate::analysis::by_rate::AtRate;
use crate::analysis::sentence::{how_often, rate_decides};
use crate::analysis::words::{Manner, chance};
use crate::prob::Prob;

use super::Picture;
use super::scale::{Unit, int};
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH};

pub(super) const NAME: &str = "answer-by-rate";

const AXIS: Unit = Unit { zero: 200, one: 680 };
const NOTE: i32 = 696;
const ROW: i32 = 26;

/// The picture; none where another rate changes nothing.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    if !rate_decides(analysis) {
        return None;
    }
    let subtitle = format!("P(it starts there), by how often a bad revision {}.", Manner::of(analysis).verbs());
    let mut sheet = Sheet::new(&title(analysis), &subtitle);
    let top = sheet.bottom() + 30;
    let bottom = top + ROW * int(analysis.by_rate.len());
    axis(&mut sheet, top, bottom);
    for (i, at) in analysis.by_rate.iter().enumerate() {
        row(&mut sheet, at, top + int(i) * ROW + ROW / 2);
    }
    sheet.reach(bottom);
    Some(sheet.finish(NAME, &alt(analysis), theme))
}

/// From 0 to 1, with the border from which the commit holds up.
fn axis(sheet: &mut Sheet, top: i32, bottom: i32) {
    for (p, figure) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
        let x = AXIS.at(Prob::saturating(p));
        sheet.line(Ink::Grid, 1, (x, top), (x, bottom));
        sheet.write((x, top - 9), label(figure).small().faint().middle());
    }
    let border = AXIS.at(Prob::saturating(Answer::SURE));
    sheet.line(Ink::Strong, 1, (border, top - 2), (border, bottom));
    sheet.write((border, top - 9), label("holds up").small().middle());
}

/// The rate, its bar, and whether the commit would hold up.
fn row(sheet: &mut Sheet, at: &AtRate, y: i32) {
    let ink = if at.plausible { Ink::Strong } else { Ink::Void };
    sheet.write((AXIS.zero - 10, y), label(&how_often(at.rate)).end().room(AXIS.zero - 10 - MARGIN));
    sheet.draw(ink, Shape::Rect((AXIS.zero, y - 7), (AXIS.at(at.p_named).max(AXIS.zero + 2), y + 7)));
    sheet.write((NOTE, y), label(&said(at)).bold_if(at.plausible).room(WIDTH - MARGIN - NOTE));
}

/// `0.999: holds up`.
fn said(at: &AtRate) -> String {
    let holds = if at.p_named.value() >= Answer::SURE { ": holds up" } else { "" };
    let against = if at.plausible { "" } else { " (the runs speak against this rate)" };
    format!("{}{holds}{against}", chance(at.p_named))
}

fn title(analysis: &Analysis) -> String {
    let verbs = Manner::of(analysis).verbs();
    let name = analysis.named_culprit.map(|commit| commit.short()).unwrap_or_default();
    format!("How often a bad revision {verbs} decides about {name}")
}

fn alt(analysis: &Analysis) -> String {
    let words = analysis.by_rate.iter().map(|at| format!("{}, {}", how_often(at.rate), said(at)));
    format!("{}. If it does so {}.", title(analysis), words.collect::<Vec<_>>().join("; "))
}
