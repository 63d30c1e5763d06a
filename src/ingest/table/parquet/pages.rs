//! The pages of a column → its cells.

use std::io::Read;
use std::sync::Arc;

use crate::ingest::zst;

use super::bytes::Bytes;
use super::meta::{Chunk, Column, Kind, Metadata, count};
use super::thrift::Value;
use super::values::{Levels, plain};
use super::{Cell, MOST_ROWS, ParquetError};

/// What may be unpacked of one file, in bytes.
pub(super) struct Budget(u64);

impl Budget {
    const MOST: u64 = 1 << 28;

    fn spend(&mut self, bytes: usize) -> Result<(), ParquetError> {
        let large =
            ParquetError::Large { found: Self::MOST - self.0 + bytes as u64, what: "unpacked bytes", most: Self::MOST };
        self.0 = self.0.checked_sub(bytes as u64).ok_or(large)?;
        Ok(())
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self(Self::MOST)
    }
}

/// All cells of a column.
pub(super) fn cells(
    bytes: &[u8],
    metadata: &Metadata,
    column: usize,
    budget: &mut Budget,
) -> Result<Vec<Cell>, ParquetError> {
    let column = &metadata.columns[column];
    if column.kind == Kind::Other {
        return Err(ParquetError::Unknown(format!("the type of the column {:?}", column.name)));
    }
    let mut cells = Vec::new();
    for chunk in &column.chunks {
        let end = chunk.start.checked_add(chunk.length);
        let pages = end.and_then(|end| bytes.get(chunk.start..end)).ok_or(ParquetError::Damaged("a column's place"))?;
        Pages { column, chunk, budget, dictionary: Vec::new() }.read(Bytes(pages), &mut cells)?;
    }
    let whole = cells.len() == metadata.rows;
    whole.then_some(cells).ok_or(ParquetError::Damaged("a column is shorter or longer than the table"))
}

/// A page of values: its bytes as they are stored, their length when unpacked, and its own header.
struct Page<'p> {
    packed: &'p [u8],
    whole: usize,
    data: &'p Value<'p>,
    /// Values at most.
    room: usize,
}

struct Pages<'p> {
    column: &'p Column,
    chunk: &'p Chunk,
    budget: &'p mut Budget,
    dictionary: Vec<Arc<str>>,
}

/// How the values of a page are written.
const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

impl Pages<'_> {
    fn read(&mut self, mut pages: Bytes<'_>, cells: &mut Vec<Cell>) -> Result<(), ParquetError> {
        let all = cells.len().saturating_add(self.chunk.values);
        if all > MOST_ROWS {
            return Err(ParquetError::Damaged("a column is longer than the table"));
        }
        while cells.len() < all {
            let header = Value::read(&mut pages)?;
            let packed = pages.take(count(&header, 3)?)?;
            let (whole, room) = (count(&header, 2), all - cells.len());
            let page = |data| whole.clone().map(|whole| Page { packed, whole, data, room });
            match (header.number(1), header.field(5), header.field(7), header.field(8)) {
                (Some(0), Some(data), ..) => self.first_version(&page(data)?, cells)?,
                (Some(3), .., Some(data)) => self.second_version(&page(data)?, cells)?,
                (Some(2), _, Some(dictionary), _) => {
                    let bytes = self.unpacked(packed, whole?)?;
                    let values = count(dictionary, 1)?;
                    self.dictionary = plain(self.column.kind, &mut Bytes(&bytes), values, self.budget)?;
                }
                (Some(1), ..) => {}
                _ => return Err(ParquetError::Damaged("a page's kind")),
            }
        }
        Ok(())
    }

    /// Levels and values packed as one.
    fn first_version(&mut self, page: &Page<'_>, cells: &mut Vec<Cell>) -> Result<(), ParquetError> {
        let Page { packed, whole, data, room } = *page;
        let unpacked = self.unpacked(packed, whole)?;
        let mut bytes = Bytes(&unpacked);
        let cells_of_page = values(data, room)?;
        let levels = if self.column.optional {
            if data.number(3) != Some(RLE) {
                return Err(ParquetError::Unknown(format!("how {:?} says what is missing", self.column.name)));
            }
            Some(bytes.prefixed()?)
        } else {
            None
        };
        self.append(levels, bytes, cells_of_page, data.number(2), cells)
    }

    /// Levels before the packed values.
    fn second_version(&mut self, page: &Page<'_>, cells: &mut Vec<Cell>) -> Result<(), ParquetError> {
        let Page { packed, whole, data, room } = *page;
        let mut rest = Bytes(packed);
        let (definition, repetition) = (count(data, 5)?, count(data, 6)?);
        rest.take(repetition)?;
        let levels = rest.take(definition)?;
        let whole = whole.saturating_sub(definition).saturating_sub(repetition);
        let unpacked = if data.truth(7) == Some(false) { rest.0.to_vec() } else { self.unpacked(rest.0, whole)? };
        let cells_of_page = values(data, room)?;
        let levels = self.column.optional.then_some(levels);
        self.append(levels, Bytes(&unpacked), cells_of_page, data.number(4), cells)
    }

    fn append(
        &mut self,
        levels: Option<&[u8]>,
        mut bytes: Bytes<'_>,
        cells_of_page: usize,
        encoding: Option<i64>,
        cells: &mut Vec<Cell>,
    ) -> Result<(), ParquetError> {
        let present = match levels {
            Some(levels) => Levels::new(levels, 1).take(cells_of_page)?,
            None => vec![1; cells_of_page],
        };
        let values = present.iter().filter(|level| **level == 1).count();
        let values = match encoding {
            Some(PLAIN) => plain(self.column.kind, &mut bytes, values, self.budget)?,
            Some(RLE) if self.column.kind == Kind::Bool => {
                let truths = Levels::new(bytes.prefixed()?, 1).take(values)?;
                truths.into_iter().map(|truth| Arc::from(if truth == 1 { "true" } else { "false" })).collect()
            }
            Some(PLAIN_DICTIONARY | RLE_DICTIONARY) => self.looked_up(bytes, values)?,
            other => {
                let (name, number) = (&self.column.name, other.unwrap_or(-1));
                return Err(ParquetError::Unknown(format!("the encoding of the column {name:?} (number {number})")));
            }
        };
        let mut values = values.into_iter();
        cells.extend(present.into_iter().map(|level| if level == 1 { values.next() } else { None }));
        Ok(())
    }

    fn looked_up(&self, mut bytes: Bytes<'_>, values: usize) -> Result<Vec<Arc<str>>, ParquetError> {
        if values == 0 {
            return Ok(Vec::new());
        }
        let width = u32::from(bytes.byte()?);
        let indices = Levels::new(bytes.0, width).take(values)?;
        let of = |index: u32| self.dictionary.get(index as usize).cloned();
        let values =
            indices.into_iter().map(|index| of(index).ok_or(ParquetError::Damaged("a dictionary is too short")));
        values.collect()
    }

    /// Unpacks to at most so many bytes.
    fn unpacked(&mut self, packed: &[u8], length: usize) -> Result<Vec<u8>, ParquetError> {
        self.budget.spend(length)?;
        let read = |reader: &mut dyn Read| {
            let mut bytes = Vec::new();
            let read = reader.take(length as u64).read_to_end(&mut bytes);
            read.map(|_| bytes).map_err(|_| ParquetError::Damaged("a page cannot be unpacked"))
        };
        match self.chunk.codec {
            0 => Ok(packed.to_vec()),
            1 if snap::raw::decompress_len(packed).is_ok_and(|found| found <= length) => {
                let bytes = snap::raw::Decoder::new().decompress_vec(packed);
                bytes.map_err(|_| ParquetError::Damaged("a page cannot be unpacked"))
            }
            1 => Err(ParquetError::Damaged("a page cannot be unpacked")),
            2 => read(&mut flate2::read::MultiGzDecoder::new(packed)),
            6 => match zst::decoder(packed) {
                Ok(mut decoder) => read(&mut decoder),
                Err(_) => Err(ParquetError::Damaged("a page cannot be unpacked")),
            },
            other => {
                let name = match other {
                    3 => "LZO",
                    4 => "Brotli",
                    5 | 7 => "LZ4",
                    _ => "unknown",
                };
                Err(ParquetError::Unknown(format!("the compression {name} (number {other})")))
            }
        }
    }
}

/// How many cells a page has; never more than the column has left.
fn values(data: &Value<'_>, room: usize) -> Result<usize, ParquetError> {
    let values = count(data, 1)?;
    (values <= room).then_some(values).ok_or(ParquetError::Damaged("a page is longer than its column"))
}

impl Budget {
    /// Room for a text that is kept.
    pub(super) fn keep(&mut self, text: &str) -> Result<Arc<str>, ParquetError> {
        self.spend(text.len() + 16)?;
        Ok(text.into())
    }
}
