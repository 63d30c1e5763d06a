//! Tables as Parquet: the columns that mean something are read, and each cell is the text that a comma-separated file would
//! have in its place. Lines are rows, counted from 1.
//!
//! The libraries that read Parquet panic on some damaged files, which is more than this program may do. What a table of
//! outcomes needs is little: flat columns of texts, numbers and truth values, as pages of plain values or of a dictionary.
//! The rest is refused by its name. The format is that of [parquet-format](https://github.com/apache/parquet-format) 2.

mod bytes;
mod meta;
mod pages;
mod thrift;
mod values;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::evidence::Source;
use crate::ingest::problem::ReadError;

use super::resolve::Resolver;
use super::sheet::{self, Shape, Sheet, Stored, is_header, is_known, line};
use super::{Column, Columns, Table, rows};

use meta::Metadata;

/// How Parquet files begin and end.
const MAGIC: &[u8] = b"PAR1";
/// Rows that are read.
const MOST_ROWS: usize = 1 << 21;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParquetError {
    /// A part ends before it is whole, or lies outside of the file.
    #[error("it is cut or damaged ({0})")]
    Damaged(&'static str),
    /// Something that tables of outcomes do not need.
    #[error(
        "{0} is not read; expected columns of texts, numbers or truth values, plain or by a dictionary, packed with snappy, \
         gzip, zstd or not at all"
    )]
    Unknown(String),
    /// More than is read.
    #[error("found {found} {what}, expected at most {most}")]
    Large {
        /// The number that the file states.
        found: u64,
        /// Of what.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// A table of something else.
    #[error("found the columns {}, expected one with a revision and one with how its run ended", .0.join(", "))]
    Columns(Vec<String>),
}

/// A cell: its text, shared by the rows that have the same; `None` where nothing is.
type Cell = Option<Arc<str>>;

/// Whether the bytes begin as Parquet does.
pub(in crate::ingest) fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads the bisections of a Parquet file.
///
/// # Errors
/// [`ReadError::Parquet`] for a damaged or enormous file, or one without columns that mean something, and
/// [`ReadError::Question`] where these do not tell enough.
pub(in crate::ingest) fn read(
    bytes: &[u8],
    source: &Source,
    told: &Columns,
    ordered: bool,
) -> Result<Table, ReadError> {
    let metadata = Metadata::read(bytes)?;
    let names: Vec<&str> = metadata.columns.iter().map(|column| column.name.as_str()).collect();
    if !is_header(&names, told) {
        return Err(ParquetError::Columns(names.iter().take(20).map(|name| (*name).to_owned()).collect()).into());
    }
    let (wanted, others): (Vec<usize>, Vec<usize>) = (0..names.len()).partition(|at| is_known(names[*at], told));
    let sheet = sheet(bytes, &metadata, &wanted)?;
    let (layout, mut resolution) = Resolver::new(&sheet, told, ordered).resolve()?;
    // Columns of other names are not even read.
    resolution.columns.extend(others.iter().map(|at| Column { name: names[*at].to_owned(), meaning: None }));
    Ok(rows::table(sheet, &layout, resolution, source))
}

fn sheet(bytes: &[u8], metadata: &Metadata, wanted: &[usize]) -> Result<Sheet, ParquetError> {
    let header = wanted.iter().map(|at| metadata.columns[*at].name.clone()).collect();
    let mut sheet = Sheet::new(Shape::Parquet, header);
    let mut budget = pages::Budget::default();
    let columns = wanted.iter().map(|at| pages::cells(bytes, metadata, *at, &mut budget).map(stored));
    let columns: Vec<Stored> = columns.collect::<Result<_, _>>()?;
    sheet.rows = sheet::rows(columns, (1..=metadata.rows).map(line));
    Ok(sheet)
}

/// Cells that share a text are counted by its place in memory: a file that stores it twice has it twice.
fn stored(cells: Vec<Cell>) -> Stored {
    let mut known: HashMap<*const u8, NonZeroU32> = HashMap::new();
    let mut texts = Vec::new();
    let mut of = |text: Arc<str>| {
        *known.entry(text.as_ptr()).or_insert_with(|| {
            texts.push(if text.trim().len() < text.len() { text.trim().into() } else { text });
            u32::try_from(texts.len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX)
        })
    };
    let rows = cells.into_iter().map(|cell| cell.map(&mut of)).collect();
    Stored { texts, rows }
}
