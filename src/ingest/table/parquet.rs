//! Tables as Parquet: the columns that mean something are read, and each cell is the text that a comma-separated file would
//! have in its place. Lines are rows, counted from 1.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};

use crate::evidence::{Bisection, Line, Source};
use crate::ingest::problem::{Problem, ReadError, excerpt};

use super::{Columns, Row, Table, places};

/// How Parquet files begin and end.
const MAGIC: &[u8] = b"PAR1";
/// Rows that are read.
const MOST_ROWS: usize = 1 << 22;
/// Bytes of a column chunk or page, unpacked, as the file itself says.
const MOST_BYTES: u64 = 1 << 28;

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
    let error = |text: String| ReadError::Parquet(excerpt(text.lines().next().unwrap_or_default()));
    if bytes.len() < 3 * MAGIC.len() || !bytes.ends_with(MAGIC) {
        return Err(error("it is cut: its end is missing".to_owned()));
    }
    let mut reader = ParquetReader::new(Cursor::new(Arc::<[u8]>::from(bytes))).read_parallel(ParallelStrategy::None);
    let size = size(&mut reader).map_err(|failure| error(failure.to_string()))?;
    if size.0 > MOST_ROWS || size.1 > MOST_BYTES {
        return Err(error(format!("{} rows, {} bytes; at most {MOST_ROWS} and {MOST_BYTES} are read", size.0, size.1)));
    }
    let schema = reader.schema().map_err(|failure| error(failure.to_string()))?;
    let header: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let Some(places) = places(&header, told) else {
        let found = header.join(", ");
        return Err(error(format!("no column with a revision and one with how its run ended; found {found}")));
    };
    let wanted = header.iter().enumerate().filter(|(at, _)| places.values().any(|place| place == at));
    let wanted: Vec<String> = wanted.map(|(_, name)| name.clone()).collect();
    let frame = reader.with_columns(Some(wanted)).finish().map_err(|failure| error(failure.to_string()))?;
    let mut table = Table::default();
    table.frame(&frame, told).map_err(|failure| error(failure.to_string()))?;
    Ok(table.done(source))
}

/// Rows, and bytes when unpacked.
fn size(reader: &mut ParquetReader<Cursor<Arc<[u8]>>>) -> PolarsResult<(usize, u64)> {
    let metadata = reader.get_metadata()?;
    let columns = metadata.row_groups.iter().flat_map(|group| group.parquet_columns());
    let bytes = columns.map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(u64::MAX));
    Ok((metadata.num_rows, bytes.fold(0, u64::saturating_add)))
}

impl Table {
    fn frame(&mut self, frame: &DataFrame, told: &Columns) -> PolarsResult<()> {
        let header: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
        let Some(places) = places(&header, told) else { return Ok(()) };
        let columns = frame.columns().iter().map(|column| column.cast(&DataType::String));
        let columns = columns.collect::<PolarsResult<Vec<Column>>>()?;
        let texts = columns.iter().map(Column::str).collect::<PolarsResult<Vec<_>>>()?;
        for row in 0..frame.height() {
            let cells: Vec<String> = texts.iter().map(|text| cell(text.get(row))).collect();
            let line = Line(u32::try_from(row + 1).unwrap_or(u32::MAX));
            self.row(&Row { line, header: &header, places: &places, cells: &cells });
        }
        Ok(())
    }
}

/// A number without an empty fraction: counts come as floating point where a column has gaps.
fn cell(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}
