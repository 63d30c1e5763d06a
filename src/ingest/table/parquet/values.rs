//! The two ways in which values are written that tables of outcomes need: one after the other, and as runs of small numbers.

use std::sync::Arc;

use super::ParquetError;
use super::bytes::Bytes;
use super::meta::Kind;
use super::pages::Budget;

/// A cell's text is of use up to here.
const LONGEST: usize = 1024;

/// So many values, one after the other, as text.
pub(super) fn plain(
    kind: Kind,
    bytes: &mut Bytes<'_>,
    values: usize,
    budget: &mut Budget,
) -> Result<Vec<Arc<str>>, ParquetError> {
    if kind == Kind::Bool {
        let packed = bytes.take(values.div_ceil(8))?;
        let truth = |at: usize| packed[at / 8] >> (at % 8) & 1 == 1;
        return Ok((0..values).map(|at| Arc::from(if truth(at) { "true" } else { "false" })).collect());
    }
    (0..values).map(|_| budget.keep(&text(kind, bytes)?)).collect()
}

fn text(kind: Kind, bytes: &mut Bytes<'_>) -> Result<String, ParquetError> {
    Ok(match kind {
        Kind::Int32 { signed: true } => i32::from_le_bytes(bytes.array()?).to_string(),
        Kind::Int32 { signed: false } => u32::from_le_bytes(bytes.array()?).to_string(),
        Kind::Int64 { signed: true } => i64::from_le_bytes(bytes.array()?).to_string(),
        Kind::Int64 { signed: false } => u64::from_le_bytes(bytes.array()?).to_string(),
        // Counts come as floating point where a column has gaps: `Display` writes whole ones without a fraction.
        Kind::Float => number(f32::from_le_bytes(bytes.array()?).into()),
        Kind::Double => number(f64::from_le_bytes(bytes.array()?)),
        Kind::Text => {
            let whole = bytes.prefixed()?;
            String::from_utf8_lossy(&whole[..whole.len().min(LONGEST)]).into_owned()
        }
        Kind::Bool | Kind::Other => return Err(ParquetError::Damaged("a value's type")),
    })
}

/// A number as text; nothing for what is none, as in a gap of a column.
fn number(number: f64) -> String {
    if number.is_nan() { String::new() } else { number.to_string() }
}

/// Small numbers of so many bits: runs of equal ones, or groups of eight packed close.
pub(super) struct Levels<'a> {
    bytes: Bytes<'a>,
    width: u32,
}

impl<'a> Levels<'a> {
    pub(super) const fn new(bytes: &'a [u8], width: u32) -> Self {
        Self { bytes: Bytes(bytes), width }
    }

    /// So many of them.
    pub(super) fn take(mut self, wanted: usize) -> Result<Vec<u32>, ParquetError> {
        if self.width > 32 {
            return Err(ParquetError::Damaged("a width"));
        }
        let mut numbers = Vec::new();
        while numbers.len() < wanted {
            let room = wanted - numbers.len();
            let head = self.bytes.length()?;
            if head & 1 == 1 {
                self.packed(head >> 1, room, &mut numbers)?;
            } else {
                let mut whole = [0; 4];
                let value = self.bytes.take(self.width.div_ceil(8) as usize)?;
                whole[..value.len()].copy_from_slice(value);
                if head == 0 {
                    return Err(ParquetError::Damaged("a run of nothing"));
                }
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(whole), room.min(head >> 1)));
            }
        }
        Ok(numbers)
    }

    /// Groups of eight; the last may be cut after what is wanted.
    fn packed(&mut self, groups: usize, room: usize, numbers: &mut Vec<u32>) -> Result<(), ParquetError> {
        let width = self.width as usize;
        let length = groups.checked_mul(width).ok_or(ParquetError::Damaged("a length is too large"))?;
        let values = groups.saturating_mul(8).min(room);
        let packed = self.bytes.take(length.min(self.bytes.0.len()))?;
        if groups == 0 || packed.len() * 8 < values.saturating_mul(width) {
            return Err(ParquetError::Damaged("a group is cut"));
        }
        let bit = |at: usize| u32::from(packed[at / 8] >> (at % 8) & 1);
        let value = |at: usize| (0..width).fold(0, |value, place| value | bit(at * width + place) << place);
        numbers.extend((0..values).map(value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_groups_are_read() {
        // 0 to 7 in three bits each, as the format's own document shows it.
        let packed = [0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(Levels::new(&packed, 3).take(8).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(Levels::new(&[10, 7, 3, 0b101], 1).take(8).unwrap(), [7, 7, 7, 7, 7, 1, 0, 1]);
        assert!(Levels::new(&[0], 0).take(1).is_err() && Levels::new(&[1], 1).take(1).is_err());
        assert!(Levels::new(&[3], 3).take(1).is_err() && Levels::new(&[2, 0], 33).take(1).is_err());
        assert_eq!(Levels::new(&[4], 0).take(2).unwrap(), [0, 0]);
    }
}
