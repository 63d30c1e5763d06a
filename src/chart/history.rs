//! Tests of a CI over its commits: how often one failed, which of many got worse, and at which commits they changed.

use crate::analysis::histories::{Histories, History, Shift, State};
use crate::analysis::words::{chance, count, percent};
use crate::prob::Prob;

use super::Picture;
use super::scale::{Unit, int, pixel};
use super::sheet::{At, Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH};

/// The picture of one test.
pub(super) const TEST: &str = "test-history";
/// The picture of many.
pub(super) const TESTS: &str = "tests-by-commit";
/// Where they changed.
pub(super) const CHANGES: &str = "changes-by-commit";

/// Where the figures of an axis end.
const LEFT: i32 = 64;
const RIGHT: i32 = WIDTH - MARGIN;
/// Where the names of tests end.
const NAMES: i32 = 320;
/// Height of the picture of one test.
const TALL: i32 = 220;

/// Revisions side by side, old to new.
#[derive(Clone, Copy)]
struct Line {
    left: i32,
    revisions: usize,
}

impl Line {
    /// Where a revision begins; the number of all is the end.
    fn at(self, revision: usize) -> i32 {
        #[expect(clippy::cast_precision_loss, reason = "some thousand revisions")]
        let share = revision as f64 / self.revisions.max(1) as f64;
        self.left + pixel(share * f64::from(RIGHT - self.left))
    }

    /// The names of the oldest and the newest one, below `y`.
    fn ends(self, sheet: &mut Sheet, all: &Histories, y: i32) {
        if let (Some(first), Some(last)) = (all.revisions.first(), all.revisions.last()) {
            sheet.write((self.left, y), label(&first.short()).small().faint());
            sheet.write((RIGHT, y), label(&last.short()).small().faint().end());
        }
    }
}

const fn ink(worse: bool) -> Ink {
    if worse { Ink::Reported } else { Ink::Pass }
}

/// One test: its rate with the interval, what failed, and where it changed.
pub(super) fn test(all: &Histories, test: &History, theme: Theme) -> Picture {
    let title = format!("{} {}", test.test, said(test));
    let subtitle = "Share of runs that fail, old to new. Line: the rate, with its 95 % interval as a band; square: what failed at \
                    a revision; cross: an outage, which says nothing of the test.";
    let mut sheet = Sheet::new(&title, subtitle);
    let top = sheet.bottom() + 34;
    let axis = Unit { zero: top + TALL, one: top };
    let line = Line { left: LEFT, revisions: all.revisions.len() };
    for (p, figure) in [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")] {
        let y = axis.at(Prob::saturating(p));
        sheet.line(Ink::Grid, 1, (LEFT, y), (RIGHT, y));
        sheet.write((LEFT - 8, y), label(figure).small().faint().end());
    }
    band(&mut sheet, test, line, axis);
    for change in &test.changes {
        shift(&mut sheet, change, line, (top, axis.zero));
    }
    points(&mut sheet, all, test, line, axis);
    line.ends(&mut sheet, all, axis.zero + 14);
    sheet.reach(axis.zero + 20);
    sheet.finish(TEST, &format!("{title}. {}", pieces(test)), theme)
}

/// The rate at every revision: a step for each, with its interval behind.
fn band(sheet: &mut Sheet, test: &History, line: Line, axis: Unit) {
    let mut steps: Vec<At> = Vec::with_capacity(2 * test.rates.len());
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for (at, rate) in test.rates.iter().enumerate() {
        let (from, to) = (line.at(at), line.at(at + 1));
        steps.extend([(from, axis.at(rate.mean)), (to, axis.at(rate.mean))]);
        above.extend([(from, axis.at(rate.interval.high)), (to, axis.at(rate.interval.high))]);
        below.extend([(from, axis.at(rate.interval.low)), (to, axis.at(rate.interval.low))]);
    }
    below.reverse();
    above.append(&mut below);
    sheet.draw(Ink::Grid, Shape::Polygon(above));
    sheet.draw(Ink::Strong, Shape::Line(steps, 2));
}

/// A change, with the range that it may lie in.
fn shift(sheet: &mut Sheet, change: &Shift, line: Line, (top, bottom): (i32, i32)) {
    let x = line.at(change.at);
    let tip = format!("{}, probability {}", change.upto.short(), chance(change.posterior));
    let (low, high) = (line.at(change.range.0), line.at(change.range.1));
    sheet.draw_with(ink(change.worse), Shape::Rect((low - 1, top - 8), (high + 2, top - 4)), &tip);
    sheet.line(ink(change.worse), 1, (x, top - 8), (x, bottom));
    let name = change.upto.short();
    let name = label(&name).small().ink(ink(change.worse));
    let name = if x > i32::midpoint(LEFT, RIGHT) { name.end() } else { name };
    sheet.write((x, top - 18), name);
}

/// What failed at each revision; nothing where all passed, which the line says.
fn points(sheet: &mut Sheet, all: &Histories, test: &History, line: Line, axis: Unit) {
    for (at, runs) in test.runs.iter().enumerate().filter(|(_, runs)| runs.crashes > 0) {
        let x = i32::midpoint(line.at(at), line.at(at + 1));
        let y = axis.at(Prob::saturating(f64::from(runs.crashes) / f64::from(runs.trials())));
        let revision = all.revisions[at];
        let tip = format!("{}: {} of {} failed", revision.short(), runs.crashes, count(runs.trials(), "run"));
        if all.outages.iter().any(|outage| outage.revision == revision) {
            let arms = [(x - 3, y - 3), (x + 3, y + 3), (x, y), (x - 3, y + 3), (x + 3, y - 3)];
            sheet.draw_with(Ink::Void, Shape::Line(arms.into(), 2), &format!("{tip} in an outage"));
        } else {
            sheet.draw_with(Ink::Reported, Shape::Rect((x - 2, y - 2), (x + 2, y + 2)), &tip);
        }
    }
}

/// How it stands, after its name.
fn said(test: &History) -> String {
    let since = test.changes.last().map(|change| format!(" since {}", change.upto.short())).unwrap_or_default();
    let now = percent(test.now.rate.mean);
    match test.state {
        State::Broke => format!("has failed always{since}"),
        State::GotWorse => format!("has failed more often{since}: in {now} of runs"),
        State::AlwaysFlaky => format!("has been flaky from the first revision on: {now} of runs fail"),
        State::AlwaysBroken => "has always failed".to_owned(),
        State::GotBetter => format!("has failed less often{since}: in {now} of runs"),
        State::Fixed => format!("has passed{since}"),
        State::Steady => "failed without a sign of a change".to_owned(),
        State::Passed => "never failed".to_owned(),
    }
}

/// Its pieces in words.
fn pieces(test: &History) -> String {
    let piece = test.regimes.iter().map(|regime| {
        let (from, upto) = (regime.from.short(), regime.upto.short());
        format!("{from} to {upto}: {} of {} failed", regime.failures, count(regime.runs, "run"))
    });
    format!("Old to new: {}.", piece.collect::<Vec<_>>().join("; "))
}

/// Tests that something is to be said of, one a row: the higher the bar, the more fails.
pub(super) fn tests(all: &Histories, theme: Theme) -> Option<Picture> {
    const ROWS: usize = 40;
    const ROW: i32 = 20;
    let told: Vec<&History> = all.tests.iter().filter(|test| test.state < State::Steady).collect();
    let shown = &told[..told.len().min(ROWS)];
    if shown.is_empty() {
        return None;
    }
    let line = Line { left: NAMES, revisions: all.revisions.len() };
    let title = format!("{} changed, or always failed now and then", count(told.len(), "test"));
    let subtitle = "Share of runs that fail, by test and revision, old to new: a full row fails always. Marked: where a test got \
                    worse (square) or better (ring).";
    let mut sheet = Sheet::new(&title, subtitle);
    let top = sheet.bottom() + 12;
    for (row, test) in shown.iter().enumerate() {
        let bottom = top + (int(row) + 1) * ROW;
        sheet.write((NAMES - 10, bottom - ROW / 2), label(&test.test).end().room(NAMES - 10 - MARGIN));
        sheet.line(Ink::Grid, 1, (NAMES, bottom - 3), (RIGHT, bottom - 3));
        bars(&mut sheet, test, line, (bottom - 3, ROW - 6));
        for change in &test.changes {
            let (x, y) = (line.at(change.at), bottom - 3);
            let tip = format!("{}, probability {}", change.upto.short(), chance(change.posterior));
            let shape = if change.worse { Shape::Rect((x - 3, y - 3), (x + 3, y + 3)) } else { Shape::Ring((x, y), 3) };
            sheet.draw_with(ink(change.worse), shape, &tip);
        }
    }
    let bottom = top + int(shown.len()) * ROW;
    line.ends(&mut sheet, all, bottom + 10);
    let more = told.len() - shown.len();
    if more > 0 {
        sheet.write((MARGIN, bottom + 10), label(&format!("… {}", count(more, "more test"))).small().faint());
    }
    sheet.reach(bottom + 16);
    let words = shown.iter().map(|test| format!("{} {}", test.test, said(test)));
    Some(sheet.finish(TESTS, &format!("{title}: {}.", words.collect::<Vec<_>>().join("; ")), theme))
}

/// The rate of a test as bars, of which equal neighbours are one.
fn bars(sheet: &mut Sheet, test: &History, line: Line, (bottom, height): (i32, i32)) {
    let tall = |at: usize| {
        let run = test.runs[at].trials() > 0;
        if run { pixel(test.rates[at].mean.value() * f64::from(height)) } else { 0 }
    };
    let places: Vec<usize> = (0..test.rates.len()).collect();
    for piece in places.chunk_by(|a, b| tall(*a) == tall(*b)) {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
        if tall(*first) > 0 {
            let (from, to) = (line.at(*first), line.at(last + 1));
            sheet.draw(Ink::Void, Shape::Rect((from, bottom - tall(*first)), (to.max(from + 1), bottom)));
        }
    }
}

/// How many tests got worse and better at each revision.
pub(super) fn changes(all: &Histories, theme: Theme) -> Option<Picture> {
    const HALF: i32 = 80;
    let mut counts = vec![[0_usize; 2]; all.revisions.len()];
    for change in all.tests.iter().flat_map(|test| &test.changes) {
        counts[change.at][usize::from(change.worse)] += 1;
    }
    let most = counts.iter().flatten().copied().max().filter(|most| *most > 0)?;
    let [better, worse] = [0, 1].map(|way| counts.iter().map(|count| count[way]).sum::<usize>());
    let top_at = (0..counts.len()).max_by_key(|at| counts[*at][1]).filter(|at| counts[*at][1] > 1);
    let title = match top_at {
        Some(at) => format!("{} got worse at {}", count(counts[at][1], "test"), all.revisions[at].short()),
        None => format!("{} for the worse, {better} for the better", count(worse, "change")),
    };
    let subtitle =
        "Changes of all tests at each revision, old to new: for the worse above the line, for the better below.";
    let mut sheet = Sheet::new(&title, subtitle);
    let line = Line { left: LEFT, revisions: all.revisions.len() };
    let zero = sheet.bottom() + 14 + HALF;
    sheet.line(Ink::Grid, 1, (LEFT, zero), (RIGHT, zero));
    sheet.write((LEFT - 8, zero - HALF), label(&most.to_string()).small().faint().end());
    sheet.write((LEFT - 8, zero), label("0").small().faint().end());
    #[expect(clippy::cast_precision_loss, reason = "tests")]
    let tall = |n: usize| pixel(n as f64 / most as f64 * f64::from(HALF));
    let mut deepest = 0;
    for (at, [better, worse]) in counts.iter().enumerate() {
        let (from, to) = (line.at(at), line.at(at + 1).max(line.at(at) + 3));
        let tip = format!("{}: {worse} worse, {better} better", all.revisions[at].short());
        if *worse > 0 {
            sheet.draw_with(ink(true), Shape::Rect((from, zero - tall(*worse)), (to, zero - 1)), &tip);
        }
        if *better > 0 {
            sheet.draw_with(ink(false), Shape::Rect((from, zero + 1), (to, zero + tall(*better))), &tip);
            deepest = deepest.max(tall(*better));
        }
    }
    line.ends(&mut sheet, all, zero + deepest + 14);
    sheet.reach(zero + deepest + 20);
    let told = |at: &usize| counts[*at] != [0, 0];
    let words = (0..counts.len()).filter(told).map(|at| {
        let [better, worse] = counts[at];
        format!("{}: {worse} worse, {better} better", all.revisions[at].short())
    });
    Some(sheet.finish(CHANGES, &format!("{title}. {}.", words.collect::<Vec<_>>().join("; ")), theme))
}
