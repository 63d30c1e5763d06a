//! What would have happened: what could have been said after each test, had somebody asked.

use crate::analysis::growth::{Growth, settled};
use crate::analysis::words::{Manner, chance, count, short_range};
use crate::analysis::{Analysis, StepAnalysis};
use crate::prob::Prob;

use super::Picture;
use super::rows::{trials, verdict};
use super::scale::{Unit, int};
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH};

pub(super) const NAME: &str = "growth";

const AXIS: Unit = Unit { zero: 306, one: 680 };
const NOTE: i32 = 700;

/// The picture; none unless the analysis was asked how it grew.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    let (since, gap) = settled(&analysis.growth)?;
    let named_gap = analysis.named_culprit.is_some() && analysis.gaps.get(gap)?.upto == analysis.named_culprit;
    let mut sheet = Sheet::new(
        &title(analysis, since, gap),
        "P(the change) after each test and all before it, first test at the top.",
    );
    keys(&mut sheet, analysis, gap, named_gap);
    let height = if analysis.growth.len() <= 30 { 20 } else { 14 };
    let top = sheet.bottom() + 74;
    let bottom = top + height * int(analysis.growth.len());
    AXIS.axis(&mut sheet, top, bottom, "posterior mass");
    for (x, heading) in [(MARGIN, "test"), (186, "marked"), (236, Manner::of(analysis).nouns(2))] {
        sheet.write((x, top - 9), label(heading).small().faint());
    }
    for (i, grown) in analysis.growth.iter().enumerate() {
        let row = Row { analysis, grown, gap, since: i == since, named_gap };
        row.draw(&mut sheet, top + int(i) * height + height / 2);
    }
    sheet.reach(bottom);
    Some(sheet.finish(NAME, &alt(analysis, since, gap), theme))
}

fn place(analysis: &Analysis, gap: usize) -> String {
    let Some(gap) = analysis.gaps.get(gap) else { return String::new() };
    let size = gap.size();
    format!("{} ({size})", short_range(gap.after, gap.upto))
}

fn title(analysis: &Analysis, since: usize, gap: usize) -> String {
    let tests = analysis.growth.len();
    let place = place(analysis, gap);
    if since + 1 == tests {
        return format!("Only the last of {} pointed to {place}", count(tests, "test"));
    }
    format!("After {} of {tests} the evidence pointed to {place}", count(since + 1, "test"))
}

fn keys(sheet: &mut Sheet, analysis: &Analysis, gap: usize, named_gap: bool) {
    let y = sheet.bottom() + 8;
    sheet.draw(Ink::Reported, square((MARGIN + 5, y)));
    let words = format!("the change is in {}", place(analysis, gap));
    let x = MARGIN + 18 + sheet.write((MARGIN + 18, y), label(&words).small()) + 24;
    if analysis.named_culprit.is_some() && !named_gap {
        sheet.draw(Ink::Other, Shape::Ring((x, y), 4));
        sheet.write((x + 12, y), label("it is the named commit").small());
    }
}

fn square((x, y): (i32, i32)) -> Shape {
    Shape::Rect((x - 4, y - 4), (x + 4, y + 4))
}

/// What could be said after one test.
struct Row<'a> {
    analysis: &'a Analysis,
    grown: &'a Growth,
    gap: usize,
    since: bool,
    named_gap: bool,
}

impl Row<'_> {
    fn draw(&self, sheet: &mut Sheet, y: i32) {
        let Some(step) = self.analysis.steps.get(self.grown.step) else { return };
        self.names(sheet, step, y);
        let Some(p) = self.grown.gaps.get(self.gap) else {
            sheet.write(
                (NOTE, y),
                label(&format!("nothing has {} yet", Manner::of(self.analysis).past())).small().faint(),
            );
            return;
        };
        if let Some(named) = self.grown.p_named.filter(|_| !self.named_gap) {
            sheet.draw(Ink::Other, Shape::Ring((AXIS.at(named), y), 4));
        }
        sheet.draw(Ink::Reported, square((AXIS.at(*p), y)));
        let words = if self.since { format!("{}, from here on", chance(*p)) } else { chance(*p) };
        sheet.write((NOTE, y), label(&words).bold_if(self.since).room(WIDTH - MARGIN - NOTE));
    }

    fn names(&self, sheet: &mut Sheet, step: &StepAnalysis, y: i32) {
        let named = Some(step.commit) == self.analysis.named_culprit;
        sheet.write((MARGIN, y), label(&step.commit.short()).bold_if(named).tip(step.commit.to_string()).room(103));
        sheet.write((124, y), label(step.tag.as_deref().unwrap_or_default()).small().faint().room(58));
        sheet.write((186, y), label(verdict(Manner::of(self.analysis), step)).room(48));
        sheet.write((284, y), label(&trials(step)).end().room(48));
    }
}

fn alt(analysis: &Analysis, since: usize, gap: usize) -> String {
    let p = |grown: &Growth| grown.gaps.get(gap).copied().map_or_else(|| "nothing".to_owned(), chance);
    let figures: Vec<_> = analysis.growth.iter().map(p).collect();
    let named = analysis.growth.last().and_then(|grown| grown.p_named).filter(|p| *p != Prob::ZERO).map(chance);
    let named = named.map(|p| format!(" In the end the named commit has a probability of {p}.")).unwrap_or_default();
    format!("{}. Its posterior mass test by test: {}.{named}", title(analysis, since, gap), figures.join(", "))
}
