//! What a Parquet file says of itself at its end: its columns, and where their pages are.

use super::bytes::Bytes;
use super::thrift::Value;
use super::{MAGIC, MOST_ROWS, ParquetError};

/// The description of a file.
pub(super) struct Metadata {
    pub(super) rows: usize,
    /// The flat columns.
    pub(super) columns: Vec<Column>,
}

/// A column that is neither nested nor repeated.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether cells may be missing.
    pub(super) optional: bool,
    pub(super) chunks: Vec<Chunk>,
}

/// The physical type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int32 {
        signed: bool,
    },
    Int64 {
        signed: bool,
    },
    Float,
    Double,
    Text,
    /// What tables of outcomes do not need.
    Other,
}

/// The pages of a column in one group of rows.
pub(super) struct Chunk {
    pub(super) codec: i64,
    pub(super) values: usize,
    pub(super) start: usize,
    pub(super) length: usize,
}

impl Metadata {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ParquetError> {
        const END: ParquetError = ParquetError::Damaged("its end is missing");
        let rest = bytes.strip_suffix(MAGIC).ok_or(END)?;
        let (rest, length) = rest.split_last_chunk().ok_or(END)?;
        let length = u32::from_le_bytes(*length) as usize;
        let start = rest.len().checked_sub(length).filter(|start| *start >= MAGIC.len()).ok_or(END)?;
        let file = Value::read(&mut Bytes(&rest[start..]))?;
        let rows = count(&file, 3)?;
        if rows > MOST_ROWS {
            return Err(ParquetError::Large { found: rows as u64, what: "rows", most: MOST_ROWS as u64 });
        }
        let mut columns = columns(file.items(2));
        for group in file.items(4) {
            for chunk in group.items(1) {
                let Some(meta) = chunk.field(3) else { continue };
                let [Value::Bytes(name)] = meta.items(3) else { continue };
                let column = columns.iter_mut().find(|column| column.name.as_bytes() == *name);
                if let Some(column) = column {
                    column.chunks.push(self::chunk(meta)?);
                }
            }
        }
        Ok(Self { rows, columns })
    }
}

/// A number that counts something.
pub(super) fn count(value: &Value<'_>, id: i16) -> Result<usize, ParquetError> {
    let number = value.number(id).and_then(|number| usize::try_from(number).ok());
    number.ok_or(ParquetError::Damaged("a number of its description"))
}

/// The leaves right below the root.
fn columns(schema: &[Value<'_>]) -> Vec<Column> {
    const REPEATED: i64 = 2;
    let mut columns = Vec::new();
    let mut rest = schema.iter().skip(1);
    while let Some(element) = rest.next() {
        if let Some(children) = element.number(5).filter(|children| *children > 0) {
            pass_over(&mut rest, children);
            continue;
        }
        let (Some(name), Some(repetition)) = (element.text(4), element.number(3)) else { continue };
        if repetition != REPEATED {
            columns.push(Column { name, kind: kind(element), optional: repetition == 1, chunks: Vec::new() });
        }
    }
    columns
}

/// The elements below one.
fn pass_over<'v, 'a: 'v>(rest: &mut impl Iterator<Item = &'v Value<'a>>, children: i64) {
    let mut open = children;
    while open > 0
        && let Some(element) = rest.next()
    {
        open = open.saturating_add(element.number(5).unwrap_or(0).max(0)) - 1;
    }
}

fn kind(element: &Value<'_>) -> Kind {
    const DECIMAL: i64 = 5;
    const UNSIGNED: std::ops::RangeInclusive<i64> = 11..=14;
    let converted = element.number(6);
    let signed = !converted.is_some_and(|converted| UNSIGNED.contains(&converted));
    match element.number(1) {
        _ if converted == Some(DECIMAL) => Kind::Other,
        Some(0) => Kind::Bool,
        Some(1) => Kind::Int32 { signed },
        Some(2) => Kind::Int64 { signed },
        Some(4) => Kind::Float,
        Some(5) => Kind::Double,
        Some(6) => Kind::Text,
        _ => Kind::Other,
    }
}

fn chunk(meta: &Value<'_>) -> Result<Chunk, ParquetError> {
    let data = count(meta, 9)?;
    let dictionary = meta.number(11).and_then(|offset| usize::try_from(offset).ok()).filter(|offset| *offset > 0);
    let codec = meta.number(4).unwrap_or(-1);
    let start = dictionary.map_or(data, |dictionary| dictionary.min(data));
    Ok(Chunk { codec, values: count(meta, 5)?, start, length: count(meta, 7)? })
}
