//! Frames ↔ files: Parquet, CSV and NDJSON, one file a frame, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, PolarsError, PolarsResult, Schema};
use polars_io::SerWriter;
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{
    CsvReadOptions, CsvReader, CsvWriter, JsonFormat, JsonReader, JsonWriter, KeyValueMetadata, ParquetReader,
    ParquetWriter, SerReader,
};

use super::{
    Columns, Frames, SCHEMA, SCHEMA_KEY, bisections, completed, findings, frame as frame_of, gaps, runs, schema,
    skipped, steps, titles,
};

/// A file format for frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFormat {
    /// Apache Parquet, with types.
    Parquet,
    /// Comma-separated text with a header; missing is empty.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl FrameFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Parquet, Self::Csv, Self::Ndjson];

    /// The ending of file names.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Writes every frame to `dir/NAME.EXT`, with all documented columns. `dir` is made when it is missing.
///
/// # Errors
/// When the folder or a file cannot be written.
///
/// ```
/// use bisectstat::frame::Frames;
/// use bisectstat::frame::io::{FrameFormat, read, write};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let dir = tempfile::tempdir()?;
/// write(&Frames::of(&bisectstat::analyze(&log)?)?, dir.path(), FrameFormat::Parquet)?;
/// assert_eq!(read(dir.path(), FrameFormat::Parquet)?.steps.height(), 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(frames: &Frames, dir: &Path, format: FrameFormat) -> PolarsResult<()> {
    write_all(frames.named(), dir, format)
}

/// The same for frames with their names and columns.
pub(super) fn write_all<'f>(
    frames: impl IntoIterator<Item = (&'static str, &'f DataFrame, &'static Columns)>,
    dir: &Path,
    format: FrameFormat,
) -> PolarsResult<()> {
    fs::create_dir_all(dir)?;
    for (name, frame, columns) in frames {
        let path = dir.join(name).with_extension(format.extension());
        let partial = path.with_extension("partial");
        let mut file = BufWriter::new(File::create(&partial)?);
        write_frame(&mut completed(frame, columns)?, &mut file, format)?;
        file.flush()?;
        fs::rename(partial, path)?;
    }
    Ok(())
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// When a file is missing, or is not of this format.
pub fn read(dir: &Path, format: FrameFormat) -> PolarsResult<Frames> {
    let read = |name: &str, columns: &Columns| {
        let path = dir.join(name).with_extension(format.extension());
        read_frame(&path, columns, format)
    };
    Ok(Frames {
        bisections: read("bisections", &bisections::COLUMNS)?,
        steps: read("steps", &steps::COLUMNS)?,
        runs: read("runs", &runs::COLUMNS)?,
        titles: read("titles", &titles::COLUMNS)?,
        gaps: read("gaps", &gaps::COLUMNS)?,
        findings: read("findings", &findings::COLUMNS)?,
        skipped: read("skipped", &skipped::COLUMNS)?,
    })
}

/// A file of one frame that is written batch by batch.
pub(super) enum FrameWriter<W: Write> {
    Parquet(Box<BatchedWriter<W>>),
    /// Whether the header is written.
    Csv(W, Option<DataFrame>),
    Ndjson(W),
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(file: W, schema: &Schema, format: FrameFormat) -> PolarsResult<Self> {
        Ok(match format {
            FrameFormat::Parquet => Self::Parquet(Box::new(parquet(file).batched(schema)?)),
            FrameFormat::Csv => Self::Csv(file, Some(DataFrame::empty_with_schema(schema))),
            FrameFormat::Ndjson => Self::Ndjson(file),
        })
    }

    /// The rows of a batch; in Parquet one row group.
    pub(super) fn write(&mut self, frame: &mut DataFrame) -> PolarsResult<()> {
        match self {
            Self::Parquet(writer) => {
                frame.rechunk_mut();
                writer.write_batch(frame)
            }
            Self::Csv(file, header) => {
                CsvWriter::new(file).include_header(header.take().is_some()).finish(&mut texts(frame, as_text)?)
            }
            Self::Ndjson(file) => JsonWriter::new(file).with_json_format(JsonFormat::JsonLines).finish(frame),
        }
    }

    /// A file without rows has its header too.
    pub(super) fn finish(self) -> PolarsResult<()> {
        match self {
            Self::Parquet(writer) => writer.finish().map(|_size| ()),
            Self::Csv(file, Some(mut empty)) => CsvWriter::new(file).finish(&mut empty),
            Self::Csv(_, None) | Self::Ndjson(_) => Ok(()),
        }
    }
}

/// A writer of Parquet files that say which version of the columns they have.
fn parquet<W: Write>(file: W) -> ParquetWriter<W> {
    let schema = vec![(SCHEMA_KEY.to_owned(), SCHEMA.to_owned())];
    ParquetWriter::new(file).with_key_value_metadata(Some(KeyValueMetadata::from_static(schema)))
}

fn write_frame(frame: &mut DataFrame, file: &mut impl Write, format: FrameFormat) -> PolarsResult<()> {
    match format {
        FrameFormat::Parquet => parquet(file).finish(frame).map(|_size| ()),
        FrameFormat::Csv => CsvWriter::new(file).finish(&mut texts(frame, as_text)?),
        FrameFormat::Ndjson => JsonWriter::new(file).with_json_format(JsonFormat::JsonLines).finish(frame),
    }
}

fn read_frame(path: &Path, columns: &Columns, format: FrameFormat) -> PolarsResult<DataFrame> {
    let file = File::open(path).map_err(|error| named(path, &error))?;
    let schema = Arc::new(schema(columns));
    match format {
        FrameFormat::Parquet => ParquetReader::new(file).finish(),
        FrameFormat::Csv => CsvReader::new(file)
            .with_options(CsvReadOptions::default().with_has_header(true).with_schema(Some(schema)))
            .finish()
            .and_then(|frame| texts(&frame, as_it_was)),
        // The reader refuses a file without lines.
        FrameFormat::Ndjson if file.metadata()?.len() == 0 => Ok(DataFrame::empty_with_schema(&schema)),
        FrameFormat::Ndjson => {
            JsonReader::new(file).with_json_format(JsonFormat::JsonLines).with_schema(schema).finish()
        }
    }
}

/// A frame whose texts are changed.
fn texts(frame: &DataFrame, change: fn(&str) -> Option<String>) -> PolarsResult<DataFrame> {
    let columns = frame.columns().iter().map(|column| {
        let Ok(texts) = column.str() else { return column.clone() };
        if !texts.iter().flatten().any(|text| change(text).is_some()) {
            return column.clone();
        }
        let changed = |text: &str| change(text).unwrap_or_else(|| text.to_owned());
        Column::new(column.name().clone(), texts.iter().map(|text| text.map(changed)).collect::<Vec<_>>())
    });
    frame_of(columns.collect())
}

/// A program for tables takes a cell for a formula that begins with one of these, and somebody else's title may. Behind an
/// apostrophe it is a text.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@'])
}

fn as_text(text: &str) -> Option<String> {
    is_formula(text).then(|| format!("'{text}"))
}

fn as_it_was(text: &str) -> Option<String> {
    text.strip_prefix('\'').filter(|text| is_formula(text)).map(str::to_owned)
}

fn named(path: &Path, error: &io::Error) -> PolarsError {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@x", "'=1", "''-", "plain", "'tis", ""] {
            let written = as_text(text).unwrap_or_else(|| text.to_owned());
            assert!(!written.starts_with(['=', '+', '-', '@']), "{written}");
            assert_eq!(as_it_was(&written).unwrap_or(written), text);
        }
    }
}
