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

use std::sync::Arc;

use crate::evidence::{Bisection, Line, Source};
use crate::ingest::problem::{Problem, ReadError};

use super::{Columns, Row, Table, places};

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
        /// How many.
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
/// [`ReadError::Parquet`] for a damaged or enormous file, or one without columns that mean something.
pub(in crate::ingest) fn read(
    bytes: &[u8],
    source: &Source,
    told: &Columns,
) -> Result<(Vec<Bisection>, Vec<Problem>), ReadError> {
    let mut table = Table::default();
    table.parquet(bytes, told)?;
    Ok(table.done(source))
}

impl Table {
    fn parquet(&mut self, bytes: &[u8], told: &Columns) -> Result<(), ParquetError> {
        let metadata = Metadata::read(bytes)?;
        let names: Vec<String> = metadata.columns.iter().map(|column| column.name.clone()).collect();
        let found =
            places(&names, told).ok_or_else(|| ParquetError::Columns(names.iter().take(20).cloned().collect()))?;
        let wanted: Vec<usize> = (0..names.len()).filter(|at| found.values().any(|place| place == at)).collect();
        let header: Vec<String> = wanted.iter().map(|at| names[*at].clone()).collect();
        let Some(places) = places(&header, told) else { return Ok(()) };
        let mut budget = pages::Budget::default();
        let columns = wanted.iter().map(|at| pages::cells(bytes, &metadata, *at, &mut budget));
        let columns: Vec<Vec<Cell>> = columns.collect::<Result<_, _>>()?;
        for row in 0..metadata.rows {
            let cells = columns.iter().map(|cells| cells.get(row).cloned().flatten());
            let cells: Vec<String> = cells.map(|cell| cell.map_or_else(String::new, |text| text.to_string())).collect();
            let line = Line(u32::try_from(row + 1).unwrap_or(u32::MAX));
            self.row(&Row { line, header: &header, places: &places, cells: &cells });
        }
        Ok(())
    }
}
