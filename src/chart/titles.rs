//! Which crash shows where, and whether it is the reported bug.

use crate::analysis::words::{Manner, chance, count, cut};
use crate::analysis::{Analysis, StepAnalysis, TitleAnalysis};
use crate::evidence::{Outcome, Title};
use crate::prob::Prob;

use super::Picture;
use super::marks::{is_reported, shape, title_ink};
use super::rows::Rows;
use super::scale::{Unit, int, pixel};
use super::sheet::{Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH, size};
use super::words::{clean, fit_ends, number, sentence};

pub(super) const NAME: &str = "titles";

/// More titles than these are counted, not drawn.
const MOST: usize = 40;
const ROW: i32 = 24;
const TITLE_ROOM: i32 = 330;
const AXIS: Unit = Unit { zero: 400, one: 500 };
const CELLS: i32 = 556;

/// The picture; none without a crash.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    let shown: Vec<_> = analysis.titles.iter().take(MOST).collect();
    let columns = columns(analysis);
    if shown.is_empty() || columns.is_empty() {
        return None;
    }
    let mut sheet = Sheet::new(&message(analysis), &subtitle(analysis));
    let top = sheet.bottom() + 104;
    let bottom = top + ROW * int(shown.len());
    axis(&mut sheet, top, bottom);
    sheet.write((MARGIN, top - 9), label(Manner::of(analysis).titles(1)).small().faint());
    heads(&mut sheet, analysis, &columns, top);
    for (i, title) in shown.iter().enumerate() {
        row(&mut sheet, analysis, title, &columns, top + int(i) * ROW + ROW / 2);
    }
    sheet.reach(bottom);
    more(&mut sheet, analysis.titles.len().saturating_sub(MOST));
    Some(sheet.finish(NAME, &alt(analysis, &shown), theme))
}

fn axis(sheet: &mut Sheet, top: i32, bottom: i32) {
    for (p, figure) in [(Prob::ZERO, "0"), (Prob::saturating(0.5), ""), (Prob::ONE, "1")] {
        sheet.line(Ink::Grid, 1, (AXIS.at(p), top), (AXIS.at(p), bottom));
        sheet.write((AXIS.at(p), top - 9), label(figure).small().faint().middle());
    }
    sheet.write((i32::midpoint(AXIS.zero, AXIS.one), top - 9), label("P(same bug)").small().faint().middle());
}

/// The tested revisions that crash, old to new, then those without a place.
fn columns(analysis: &Analysis) -> Vec<&StepAnalysis> {
    Rows::of(analysis, 0).rows().map(|row| row.step).filter(|step| step.crashes > 0).collect()
}

fn pitch(columns: usize) -> i32 {
    ((WIDTH - MARGIN - CELLS) / int(columns.max(1))).clamp(3, 26)
}

/// The middle of a column; none for those that do not fit.
fn column(i: usize, columns: usize) -> Option<i32> {
    let x = CELLS + int(i) * pitch(columns) + pitch(columns) / 2;
    (x < WIDTH - MARGIN).then_some(x)
}

/// Hashes read from below, as many as have room.
fn heads(sheet: &mut Sheet, analysis: &Analysis, columns: &[&StepAnalysis], top: i32) {
    let every =
        usize::try_from(14 / pitch(columns.len()) + i32::from(14 % pitch(columns.len()) > 0)).unwrap_or(1).max(1);
    for (i, step) in columns.iter().enumerate() {
        let named = analysis.named_culprit == Some(step.commit);
        if let Some(x) = column(i, columns.len()).filter(|_| named || i % every == 0) {
            let name = step.commit.short();
            let head = label(&name).small().upright();
            let head = if named { head.bold() } else { head.faint() };
            sheet.write((x, top - 6), head);
        }
    }
}

fn row(sheet: &mut Sheet, analysis: &Analysis, title: &TitleAnalysis, columns: &[&StepAnalysis], y: i32) {
    let ink = title_ink(title);
    sheet.draw(ink, shape(ink, (MARGIN + 4, y), 4));
    let whole = clean(&text(analysis, title));
    let ends = fit_ends(&whole, size::NORMAL, TITLE_ROOM);
    let shown = label(&ends).bold_if(title.anchor == Some(true));
    let shown = if ends == whole { shown } else { shown.tip(whole) };
    sheet.write((MARGIN + 16, y), shown);
    if let Some(p) = title.p_same_bug {
        sheet.line(ink, 3, (AXIS.zero, y), (AXIS.at(p), y));
        sheet.write((CELLS - 8, y), label(&chance(p)).small().end());
    }
    for (i, step) in columns.iter().enumerate() {
        let n = crashes(analysis, step, title);
        if let Some(x) = column(i, columns.len()).filter(|_| n > 0) {
            let tip = format!("{n} {} at {}", Manner::of(analysis).nouns(n), step.commit.short());
            cell(sheet, ink, (x, y), n, pitch(columns.len()), &tip);
        }
    }
}

/// A mark as large as the number of crashes, and the number where it has room.
fn cell(sheet: &mut Sheet, ink: Ink, (x, y): (i32, i32), n: u32, pitch: i32, tip: &str) {
    if pitch >= 18 {
        let low = if ink == Ink::Other { 2 } else { 0 };
        sheet.draw_with(ink, shape(ink, (x, y), 9), tip);
        sheet.write((x, y + low), label(&n.to_string()).small().bold().middle().ink(Ink::Paper));
    } else {
        let r = pixel(f64::from(n).sqrt() * 2.0).clamp(2, (pitch / 2).max(2));
        sheet.draw_with(ink, shape(ink, (x, y), r), tip);
    }
}

/// How many runs of a step show a title.
fn crashes(analysis: &Analysis, step: &StepAnalysis, title: &TitleAnalysis) -> u32 {
    let runs = analysis.evidence.steps.get(step.step).map_or(&[][..], |step| &step.runs);
    let shows = runs.iter().filter(|run| match &run.outcome {
        Outcome::Crash(shown) => shown.as_ref().map(Title::as_str) == title.title.as_deref(),
        _ => false,
    });
    shows.map(|run| run.count).sum()
}

fn more(sheet: &mut Sheet, hidden: usize) {
    if hidden > 0 {
        let y = sheet.bottom() + 12;
        let words = format!("and {}, rarer than these", count(hidden as u64, "more title"));
        sheet.write((MARGIN, y), label(&words).small().faint());
        sheet.reach(y + 8);
    }
}

/// A title, also for tips and in words: endless ones are cut.
fn text(analysis: &Analysis, title: &TitleAnalysis) -> String {
    const LONGEST: usize = 300;
    cut(title.title.as_deref().unwrap_or(Manner::of(analysis).untitled()), LONGEST)
}

fn message(analysis: &Analysis) -> String {
    let manner = Manner::of(analysis);
    let bug = manner.bug();
    let same = analysis.titles.iter().filter(|title| is_reported(title)).count();
    let words = |n: usize| number(u32::try_from(n).unwrap_or(u32::MAX));
    match analysis.titles.len() {
        1 => manner.choose("Every crash has one title", "Every failure is of one kind").to_owned(),
        all if same == all => format!("All {} {} are likely the reported {bug}", words(all), manner.titles(all)),
        all => format!(
            "{} of {} {} {} likely the reported {bug}",
            sentence(&words(same)),
            words(all),
            manner.titles(all),
            if same == 1 { "is" } else { "are" }
        ),
    }
}

fn subtitle(analysis: &Analysis) -> String {
    let anchor = analysis.titles.iter().any(|title| title.anchor == Some(true));
    let manner = Manner::of(analysis);
    let bug = manner.bug();
    let bold = if anchor { format!(" Bold: the one that stands for the reported {bug}.") } else { String::new() };
    let what = manner.choose("Crashes by title", "Failures by kind");
    format!("{what} and revision, old to new; square: likely the reported {bug}, triangle: another.{bold}")
}

fn alt(analysis: &Analysis, shown: &[&TitleAnalysis]) -> String {
    let words = shown.iter().map(|title| {
        let p = title.p_same_bug.map_or_else(|| "unknown".to_owned(), chance);
        format!("{} ({}, same bug {p})", text(analysis, title), title.crashes)
    });
    let crashes = sentence(Manner::of(analysis).nouns(2));
    format!("{}. {crashes}: {}.", message(analysis), words.collect::<Vec<_>>().join("; "))
}
