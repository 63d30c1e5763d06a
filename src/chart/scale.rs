//! From numbers to places on the page.

use crate::prob::Prob;

use super::sheet::{Sheet, label};
use super::theme::Ink;

/// The nearest pixel.
#[expect(clippy::cast_possible_truncation, reason = "a picture is some thousand pixels wide; saturates beyond")]
pub(super) const fn pixel(x: f64) -> i32 {
    x.round() as i32
}

/// A number of things, as a number of pixels or of rows.
pub(super) fn int(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Probabilities from 0 to 1 between two places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) zero: i32,
    pub(super) one: i32,
}

impl Unit {
    pub(super) fn at(self, p: Prob) -> i32 {
        self.zero + pixel(p.value() * f64::from(self.one - self.zero))
    }

    /// Upright lines from `top` to `bottom`, their figures above, and what they are.
    pub(super) fn axis(self, sheet: &mut Sheet, top: i32, bottom: i32, title: &str) {
        for (quarter, figure) in (0..).zip(["0", "0.25", "0.5", "0.75", "1"]) {
            let p = Prob::saturating(f64::from(quarter) / 4.0);
            sheet.line(Ink::Grid, 1, (self.at(p), top), (self.at(p), bottom));
            sheet.write((self.at(p), top - 9), label(figure).small().faint().middle());
        }
        sheet.write((i32::midpoint(self.zero, self.one), top - 24), label(title).small().faint().middle());
    }
}
