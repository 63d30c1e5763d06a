//! How often each revision crashes: posterior mean and interval, and on which side of the change it lies.

use crate::analysis::words::Manner;
use crate::analysis::{Analysis, StepAnalysis};

use super::marks::{interval, side};
use super::rows::{NAMES, Rows, trials};
use super::scale::Unit;
use super::sheet::{Sheet, label};
use super::theme::{MARGIN, Theme, WIDTH};
use super::{Picture, message};

pub(super) const NAME: &str = "crash-probability";

const AXIS: Unit = Unit { zero: NAMES + 60, one: 720 };
const NOTE: i32 = 736;

/// The picture; none without a revision on the line.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    let manner = Manner::of(analysis);
    let has = manner.choose("it has the bug", "it is bad");
    let subtitle = format!(
        "Posterior mean and 95 % interval of each revision's {}, by its own runs. Square: {has}; ring: it {}, by all runs \
         together.",
        manner.rate(),
        manner.choose("does not", "is good")
    );
    let mut sheet = Sheet::new(&message::jump(analysis), &subtitle);
    let top = sheet.bottom() + 40;
    let rows = Rows::on_line(analysis, top);
    if !rows.line.iter().any(|step| step.rate.is_some()) {
        return None;
    }
    rows.band(&mut sheet);
    AXIS.axis(&mut sheet, top, rows.bottom(), &format!("{} of one run", manner.rate()));
    sheet.write((NAMES, top - 9), label(manner.nouns(2)).small().faint());
    rows.names(&mut sheet);
    for row in rows.rows() {
        sheet.write((NAMES + 44, row.y), label(&trials(row.step)).end().room(60));
        whisker(&mut sheet, manner, row.step, row.y);
        let note = rows.note(row.step).unwrap_or_default();
        sheet.write((NOTE, row.y), label(&note).bold().room(WIDTH - MARGIN - NOTE));
    }
    sheet.reach(rows.bottom());
    Some(sheet.finish(NAME, &alt(analysis, &rows), theme))
}

fn whisker(sheet: &mut Sheet, manner: Manner, step: &StepAnalysis, y: i32) {
    if let Some(rate) = step.rate {
        let places = [rate.interval.low, rate.mean, rate.interval.high].map(|p| AXIS.at(p));
        interval(sheet, side(step.p_bad), places, y, &format!("{} runs {}: {rate}", trials(step), manner.verb()));
    }
}

fn alt(analysis: &Analysis, rows: &Rows<'_>) -> String {
    let rates = rows.line.iter().filter_map(|step| Some((step, step.rate?)));
    let words: Vec<_> =
        rates.map(|(step, rate)| format!("{} {} runs ({rate})", step.commit.short(), trials(step))).collect();
    format!("{}. Old to new: {}.", message::jump(analysis), words.join("; "))
}
