//! Every run of every revision, old to new: what crashed, what was decided, what was named.

use crate::analysis::words::{Manner, chance, count, short_chance};
use crate::analysis::{Analysis, StepAnalysis};
use crate::evidence::{Counts, Kind, Run};

use super::marks::{Outcomes, legend, shape, tip};
use super::rows::{NAMES, Row, Rows, verdict};
use super::scale::int;
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH};
use super::{Picture, message};

pub(super) const NAME: &str = "timeline";

/// Where the runs end and the verdicts begin.
const RUNS_END: i32 = 616;
const VERDICT: i32 = 632;
const RIGHT: i32 = 704;
const NOTE: i32 = 716;

/// The picture; none without a tested revision.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    let mut sheet = Sheet::new(&message::answer(analysis), &subtitle(analysis));
    let outcomes = Outcomes::of(analysis);
    keys(&mut sheet, analysis, &outcomes);
    let top = sheet.bottom() + 36;
    let rows = Rows::of(analysis, top);
    if rows.is_empty() {
        return None;
    }
    rows.band(&mut sheet);
    headings(&mut sheet, top - 9);
    rows.names(&mut sheet);
    let pitch = pitch(&rows, analysis);
    for row in rows.rows() {
        runs(&mut sheet, &outcomes, runs_of(analysis, row.step), (row.y, rows.radius().min(pitch / 2 - 1)), pitch);
        decision(&mut sheet, &rows, &row);
    }
    sheet.reach(rows.bottom());
    Some(sheet.finish(NAME, &alt(analysis), theme))
}

fn subtitle(analysis: &Analysis) -> String {
    let runs: u32 = analysis.steps.iter().map(|step| step.passes + step.crashes + step.voids).sum();
    let bug = analysis.reported_title.as_deref();
    let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true)).and_then(|t| t.title.as_deref());
    let bug =
        bug.or(anchor).map(|title| format!("Reported {}: {title}. ", Manner::of(analysis).bug())).unwrap_or_default();
    let what = match analysis.evidence.kind {
        Kind::Cause => "cause bisection: the new side",
        Kind::Fix => "fix bisection: the old side",
    };
    let verbs = Manner::of(analysis).verbs();
    format!("{bug}One mark a run, in the log's order; {}, {what} {verbs}.", count(runs, "run"))
}

/// What marks and band mean, as far as they show.
fn keys(sheet: &mut Sheet, analysis: &Analysis, outcomes: &Outcomes<'_>) {
    let all = analysis.evidence.steps.iter().flat_map(|step| &step.runs);
    let shown: Vec<_> = all.map(|run| outcomes.ink(&run.outcome)).collect();
    let inks: Vec<_> =
        [Ink::Reported, Ink::Other, Ink::Pass, Ink::Void].into_iter().filter(|i| shown.contains(i)).collect();
    let y = sheet.bottom() + 4;
    let mut x = legend(sheet, Manner::of(analysis), (MARGIN, y), &inks);
    if let Some(set) = &analysis.credible_set {
        let size = set.size();
        sheet.draw(Ink::Band, Shape::Rect((x, y - 6), (x + 16, y + 6)));
        x += 22;
        let words = format!("P(the change is here) {}: {size}", chance(set.mass));
        sheet.write((x, y), label(&words).small().room(WIDTH - MARGIN - x));
    }
    sheet.reach(y + 6);
}

fn headings(sheet: &mut Sheet, y: i32) {
    sheet.write((NAMES, y), label("runs").small().faint());
    sheet.write((VERDICT, y), label("verdict").small().faint());
    sheet.write((RIGHT, y), label("right").small().faint().end());
}

fn runs_of<'a>(analysis: &'a Analysis, step: &StepAnalysis) -> &'a [Run] {
    analysis.evidence.steps.get(step.step).map_or(&[], |step| &step.runs)
}

/// Pixels a run, so that the longest row fits if it can.
fn pitch(rows: &Rows<'_>, analysis: &Analysis) -> i32 {
    let longest =
        rows.rows().map(|row| Counts::of(runs_of(analysis, row.step)).runs() as usize).max().unwrap_or_default();
    ((RUNS_END - NAMES) / int(longest.max(1))).clamp(7, 14)
}

/// The runs that fit, and how many do not.
fn runs(sheet: &mut Sheet, outcomes: &Outcomes<'_>, runs: &[Run], (y, r): (i32, i32), pitch: i32) {
    let fit = usize::try_from((RUNS_END - NAMES) / pitch).unwrap_or_default();
    let all = Counts::of(runs).runs() as usize;
    let shown = if all > fit { fit.saturating_sub(5) } else { all };
    let each = runs.iter().flat_map(|run| std::iter::repeat_n(run, run.count as usize));
    for (i, run) in each.take(shown).enumerate() {
        let ink = outcomes.ink(&run.outcome);
        let shape = shape(ink, (NAMES + r + int(i) * pitch, y), r);
        match tip(outcomes.manner, run) {
            Some(tip) => sheet.draw_with(ink, shape, &tip),
            None => sheet.draw(ink, shape),
        }
    }
    if shown < all {
        let more = format!("+{}", all - shown);
        sheet.write((NAMES + int(shown) * pitch + 2, y), label(&more).small().faint().room(40));
    }
}

/// The verdict, how sure it is, and what is said of the revision.
fn decision(sheet: &mut Sheet, rows: &Rows<'_>, row: &Row<'_>) {
    let weak = row.step.is_weak();
    sheet.write((VERDICT, row.y), label(verdict(rows.manner(), row.step)).bold_if(weak).room(44));
    let right = short_chance(row.step.confidence);
    sheet.write((RIGHT, row.y), label(&right).bold_if(weak).end());
    let note = rows.note(row.step).unwrap_or_default();
    sheet.write((NOTE, row.y), label(&note).bold().room(WIDTH - MARGIN - NOTE));
}

fn alt(analysis: &Analysis) -> String {
    let crashes: u32 = analysis.steps.iter().map(|step| step.crashes).sum();
    let tested = analysis.steps.iter().filter(|step| step.point.is_some()).count();
    let place = message::place(analysis).map(|place| format!(" {place}.")).unwrap_or_default();
    format!(
        "{}. {} tested on the line, {crashes} {}.{place}",
        message::answer(analysis),
        count(tested as u64, "revision"),
        Manner::of(analysis).nouns(crashes),
    )
}
