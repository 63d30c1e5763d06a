//! How sure each decision is, in the order in which they were made; the weak ones are named.

use crate::analysis::trust::DOUBT;
use crate::analysis::words::{Manner, chance, count, short_chance};
use crate::analysis::{Analysis, StepAnalysis};

use super::marks::{shape, side};
use super::rows::{is_decided, trials, verdict};
use super::scale::{Unit, int};
use super::sheet::{Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH};
use super::{Picture, message};

pub(super) const NAME: &str = "verdicts";

const AXIS: Unit = Unit { zero: 306, one: 680 };
const NOTE: i32 = 700;

/// The picture; none without a verdict that can be judged.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    let decided: Vec<_> = analysis.steps.iter().filter(|step| is_decided(step) && step.confidence.is_some()).collect();
    let subtitle = "P(the verdict is right), given all runs of the bisection; first decision at the top. \
                    Square: marked bad, ring: marked good.";
    let manner = Manner::of(analysis);
    let mut sheet = Sheet::new(&message::weak(analysis), subtitle);
    let height = if decided.len() <= 30 {
        20
    } else if decided.len() <= 80 {
        17
    } else {
        14
    };
    let top = sheet.bottom() + 40;
    let bottom = top + height * int(decided.len());
    if decided.is_empty() {
        return None;
    }
    AXIS.axis(&mut sheet, top, bottom, "P(the verdict is right)");
    headings(&mut sheet, manner, top - 9);
    for (i, step) in decided.iter().enumerate() {
        row(&mut sheet, manner, step, top + int(i) * height + height / 2);
    }
    sheet.reach(bottom);
    Some(sheet.finish(NAME, &alt(analysis, &decided), theme))
}

fn headings(sheet: &mut Sheet, manner: Manner, y: i32) {
    for (x, heading) in [(MARGIN, "revision"), (186, "marked"), (236, manner.nouns(2))] {
        sheet.write((x, y), label(heading).small().faint());
    }
}

fn row(sheet: &mut Sheet, manner: Manner, step: &StepAnalysis, y: i32) {
    let Some(confidence) = step.confidence else { return };
    let weak = step.is_weak();
    sheet.write((MARGIN, y), label(&step.commit.short()).bold_if(weak).tip(step.commit.to_string()));
    sheet.write((124, y), label(step.tag.as_deref().unwrap_or_default()).small().faint().room(58));
    sheet.write((186, y), label(verdict(manner, step)).bold_if(weak).room(48));
    sheet.write((284, y), label(&trials(step)).end().room(48));
    let (x, ink) = (AXIS.at(confidence), marked(step));
    if weak {
        sheet.line(Ink::Strong, 3, (x, y), (AXIS.one, y));
    }
    sheet.draw(ink, shape(ink, (x, y), 4));
    let words = if weak { because(manner, step) } else { short_chance(step.confidence) };
    sheet.write((NOTE, y), label(&words).bold_if(weak).room(WIDTH - MARGIN - NOTE));
}

/// The ink of what was decided.
fn marked(step: &StepAnalysis) -> Ink {
    let bad = step.verdict == Some(crate::evidence::Verdict::Bad);
    side(Some(if bad { crate::prob::Prob::ONE } else { crate::prob::Prob::ZERO }))
}

/// How sure, and what it rests on.
fn because(manner: Manner, step: &StepAnalysis) -> String {
    let p = step.confidence.map(chance).unwrap_or_default();
    match step.crashes {
        0 => format!("{p}: a pass in {} tells little", count(step.passes, "run")),
        1 => format!("{p}: rests on one {}", manner.noun()),
        n => format!("{p}: {n} {} in {}", manner.nouns(n), count(n + step.passes, "run")),
    }
}

fn alt(analysis: &Analysis, decided: &[&StepAnalysis]) -> String {
    let manner = Manner::of(analysis);
    let weak = decided.iter().filter(|step| step.is_weak());
    let words: Vec<_> = weak
        .map(|step| format!("{} marked {}, {}", step.commit.short(), verdict(manner, step), because(manner, step)))
        .collect();
    let list = if words.is_empty() { format!("all {DOUBT} or more") } else { words.join("; ") };
    format!("{}. P(the verdict is right): {list}.", message::weak(analysis))
}
