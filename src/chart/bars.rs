//! Counts as bars: of probabilities from 0 to 1, and of things with names.

use crate::analysis::summary::{BINS, Histogram};

use super::scale::{int, pixel};
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, WIDTH};

const HEIGHT: i32 = 150;
const LEFT: i32 = MARGIN + 20;
const BIN: i32 = 80;
const NAMES: i32 = 300;
const ROW: i32 = 24;

#[expect(clippy::cast_precision_loss, reason = "counts of bisections stay far below 2^53")]
fn length(n: u64, most: u64, room: i32) -> i32 {
    if n == 0 { 0 } else { pixel(n as f64 / most.max(1) as f64 * f64::from(room)).max(1) }
}

/// Ten bars with their counts above, the edges below, and what is counted.
pub(super) fn histogram(sheet: &mut Sheet, histogram: &Histogram, ink: Ink, axis: &str) {
    let most = histogram.0.iter().copied().max().unwrap_or_default();
    let foot = sheet.bottom() + 24 + HEIGHT;
    for (i, n) in histogram.0.into_iter().enumerate() {
        let (x, y) = (LEFT + int(i) * BIN, foot - length(n, most, HEIGHT));
        if n > 0 {
            sheet.draw(ink, Shape::Rect((x + 2, y), (x + BIN - 2, foot)));
        }
        sheet.write((x + BIN / 2, y - 9), label(&n.to_string()).small().middle().room(BIN));
    }
    sheet.line(Ink::Faint, 1, (LEFT, foot), (LEFT + int(BINS) * BIN, foot));
    for (i, edge) in ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"].into_iter().enumerate() {
        sheet.write((LEFT + int(i) * BIN, foot + 10), label(edge).small().faint().middle());
    }
    sheet.write((LEFT + int(BINS) * BIN / 2, foot + 28), label(axis).small().faint().middle());
    sheet.reach(foot + 40);
}

/// A name, and its count in parts with an ink and half a height each.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) parts: Vec<(Ink, i32, u64)>,
}

impl Row {
    pub(super) fn total(&self) -> u64 {
        self.parts.iter().map(|(_, _, n)| n).sum()
    }
}

/// Bars that lie, the longest first.
pub(super) fn rows(sheet: &mut Sheet, mut rows: Vec<Row>) {
    rows.sort_by_key(|row| std::cmp::Reverse(row.total()));
    rows_in_order(sheet, &rows);
}

/// Bars that lie, as they come.
pub(super) fn rows_in_order(sheet: &mut Sheet, rows: &[Row]) {
    let most = rows.iter().map(Row::total).max().unwrap_or_default();
    let top = sheet.bottom() + 8;
    for (i, row) in rows.iter().enumerate() {
        let y = top + int(i) * ROW + ROW / 2;
        sheet.write((NAMES - 8, y), label(&row.name).end().room(NAMES - 8 - MARGIN));
        let mut x = NAMES;
        for (ink, half, n) in &row.parts {
            let end = x + length(*n, most, WIDTH - MARGIN - 60 - NAMES);
            if end > x {
                sheet.draw(*ink, Shape::Rect((x, y - half), (end, y + half)));
            }
            x = end;
        }
        sheet.write((x + 6, y), label(&row.total().to_string()).small().room(60));
    }
    sheet.reach(top + int(rows.len()) * ROW);
}
