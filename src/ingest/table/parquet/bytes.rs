//! Bytes that are taken one after the other, and may end at any time.

use super::ParquetError;

/// What is left of some bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// So many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], ParquetError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ParquetError::Damaged("a value is cut"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ParquetError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ParquetError::Damaged("a value is cut"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ParquetError> {
        self.array().map(|[byte]| byte)
    }

    /// A number in groups of seven bits, the lowest first.
    pub(super) fn varint(&mut self) -> Result<u64, ParquetError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(ParquetError::Damaged("a number has no end"))
    }

    /// The same for a length.
    pub(super) fn length(&mut self) -> Result<usize, ParquetError> {
        usize::try_from(self.varint()?).map_err(|_| ParquetError::Damaged("a length is too large"))
    }

    /// Bytes behind their length in four bytes.
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], ParquetError> {
        let length = u32::from_le_bytes(self.array()?);
        self.take(length as usize)
    }
}
