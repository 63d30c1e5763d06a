//! What `analyze` does with columns: it keeps bisections that meet conditions, and writes data frames. Without the feature
//! `frames` it says that it cannot.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analysis::Analysis;

use super::batches::Keep;

pub(super) use imp::Condition;

/// The columns of a batch.
#[derive(Debug, Args)]
pub(super) struct Columns {
    /// Write data frames into this folder
    #[arg(short = 'o', value_name = "DIR", help_heading = super::OUTPUT)]
    #[cfg_attr(not(feature = "frames"), arg(hide = true, value_parser = imp::left_out::<PathBuf>))]
    pub(super) out: Option<PathBuf>,
    /// Reuse what an earlier run wrote there, finished or killed, and analyse only new or changed inputs
    #[arg(long = "continue", id = "resume", requires = "out", conflicts_with_all = ["repo", "format"])]
    #[arg(hide = cfg!(not(feature = "frames")), help_heading = super::OUTPUT)]
    resume: bool,
    /// The format of the data frames
    #[arg(long, value_enum, default_value_t = FramesFormat::Parquet, requires = "out", value_name = "FORMAT")]
    #[arg(hide = cfg!(not(feature = "frames")), help_heading = super::OUTPUT)]
    frames: FramesFormat,
    /// Keep only bisections that meet this: COLUMN=VALUE, or != < <= > >= ~ (contains) instead of =, with a column
    /// of the frame `bisections`, as in `ending=culprit` or `p_named<0.5`. Repeat it to require several
    #[arg(long, value_name = "CONDITION")]
    #[cfg_attr(not(feature = "frames"), arg(hide = true, value_parser = imp::left_out::<Condition>))]
    pub(super) filter: Vec<Condition>,
    /// Keep only bisections of this year and later
    #[arg(long, value_name = "YEAR")]
    #[cfg_attr(not(feature = "frames"), arg(hide = true, value_parser = imp::left_out::<i16>))]
    since: Option<i16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FramesFormat {
    /// Apache Parquet
    Parquet,
    /// Comma-separated text
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl Columns {
    /// Whether some are left out.
    pub(super) const fn selects(&self) -> bool {
        !self.filter.is_empty() || self.since.is_some()
    }

    /// Whether each of a batch meets all conditions.
    pub(super) fn wanted(&self, analyses: &[Analysis]) -> io::Result<Vec<bool>> {
        if !self.selects() {
            return Ok(vec![true; analyses.len()]);
        }
        imp::wanted(self, analyses)
    }

    /// The folder to write to, if one was named. Its frames depend on what was `asked`, and on nothing else but the inputs.
    pub(super) fn folder(&self, asked: &str) -> io::Result<Option<Box<dyn Keep>>> {
        let asked = format!("{asked} {:?} {:?}", self.filter, self.since);
        self.out.as_deref().map(|dir| imp::folder(self, dir, &asked)).transpose()
    }
}

#[cfg(not(feature = "frames"))]
mod imp {
    use std::io;
    use std::path::Path;

    use super::{Analysis, Columns, Keep};

    /// None is ever made.
    #[derive(Clone, Debug)]
    pub(in crate::cli) enum Condition {}

    const LEFT_OUT: &str = "this program was built without data frames: add the feature `frames`";

    pub(super) fn left_out<T>(_value: &str) -> Result<T, &'static str> {
        Err(LEFT_OUT)
    }

    pub(super) fn wanted(_columns: &Columns, _analyses: &[Analysis]) -> io::Result<Vec<bool>> {
        Err(io::Error::other(LEFT_OUT))
    }

    pub(super) fn folder(_columns: &Columns, _dir: &Path, _asked: &str) -> io::Result<Box<dyn Keep>> {
        Err(io::Error::other(LEFT_OUT))
    }
}

#[cfg(feature = "frames")]
mod imp {
    use std::io;
    use std::path::{Path, PathBuf};

    use rayon::prelude::*;
    use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

    use crate::frame::briefs::briefs;
    use crate::frame::io::FrameFormat;
    use crate::frame::select;
    use crate::frame::store::{Content, Key, Store};
    use crate::frame::{Frames, skipped};
    use crate::ingest::account::Row;
    use crate::ingest::source::Input;

    use super::{Analysis, Columns, FramesFormat, Keep};
    use crate::cli::batches::Recalled;

    pub(in crate::cli) use crate::frame::select::Condition;

    impl From<FramesFormat> for FrameFormat {
        fn from(format: FramesFormat) -> Self {
            match format {
                FramesFormat::Parquet => Self::Parquet,
                FramesFormat::Csv => Self::Csv,
                FramesFormat::Ndjson => Self::Ndjson,
            }
        }
    }

    pub(super) fn wanted(columns: &Columns, analyses: &[Analysis]) -> io::Result<Vec<bool>> {
        let conditions: Vec<_> = columns.filter.iter().cloned().chain(columns.since.map(Condition::since)).collect();
        let frames = Frames::of(analyses).map_err(io::Error::other)?;
        select::meet(&frames, &conditions).map_err(io::Error::other)
    }

    pub(super) fn folder(columns: &Columns, dir: &Path, asked: &str) -> io::Result<Box<dyn Keep>> {
        let store = Store::open(dir, columns.resume).map_err(|error| at(dir, &error))?;
        let fingerprint = format!("{} {asked}", env!("CARGO_PKG_VERSION")).into_bytes();
        Ok(Box::new(Folder { store, dir: dir.to_owned(), format: columns.frames.into(), fingerprint, now: None }))
    }

    /// A folder of frames.
    struct Folder {
        store: Store,
        dir: PathBuf,
        format: FrameFormat,
        /// Everything but the inputs that the frames depend on.
        fingerprint: Vec<u8>,
        /// The batch that is being read.
        now: Option<(Key, Vec<Content>)>,
    }

    impl Folder {
        fn key(&self, inputs: &[Content], batch: &[(usize, Input)]) -> Key {
            let mut made_of = self.fingerprint.clone();
            for (content, (_, input)) in inputs.iter().zip(batch) {
                let told = format!("\0{}\0{}\0{}\0{:?}", content.path, content.xxh3, input.named, input.trouble());
                made_of.extend_from_slice(told.as_bytes());
            }
            Key::of(xxh3_128(&made_of))
        }

        fn put(&mut self, key: &Key, frames: &Frames, inputs: Vec<Content>) -> io::Result<()> {
            let complete = frames.completed().map_err(io::Error::other)?;
            self.store.put(key, complete, inputs).map_err(|error| at(&self.dir, &error))
        }
    }

    impl Keep for Folder {
        fn recall(&mut self, batch: &[(usize, Input)]) -> io::Result<Option<Recalled>> {
            let inputs: Vec<Content> = batch.par_iter().map(|(_, input)| content(input)).collect();
            let key = self.key(&inputs, batch);
            let Some(frames) = self.store.recall(&key, &inputs) else {
                self.now = Some((key, inputs));
                return Ok(None);
            };
            let read = || Ok(Recalled { briefs: briefs(&frames)?, inputs: skipped::rows(&frames.skipped)? });
            read().map(Some).map_err(|error: polars::error::PolarsError| io::Error::other(error))
        }

        fn settle(&mut self) -> io::Result<()> {
            self.store.settle().map_err(|error| at(&self.dir, &error))
        }

        fn keep(&mut self, analyses: &[Analysis], rows: &[Row], alone: bool) -> io::Result<()> {
            let mut frames = Frames::of(analyses).map_err(io::Error::other)?;
            frames.skipped = skipped::build(rows).map_err(io::Error::other)?;
            let (key, inputs) = self.now.take().unwrap_or_else(|| (Key::of(xxh3_128(b"reports")), Vec::new()));
            let key = if alone && !inputs.is_empty() { key } else { key.never_again() };
            self.put(&key, &frames, inputs)
        }

        fn finish(mut self: Box<Self>, rest: &[Row]) -> io::Result<()> {
            if !rest.is_empty() {
                let frames = Frames { skipped: skipped::build(rest).map_err(io::Error::other)?, ..Frames::empty() };
                self.put(&Key::of(xxh3_128(b"rest")).never_again(), &frames, Vec::new())?;
            }
            self.store.finish(self.format).map_err(|error| at(&self.dir, &error))
        }

        fn leave(self: Box<Self>) {
            self.store.leave();
        }
    }

    fn content(input: &Input) -> Content {
        Content { path: input.source.path.clone(), xxh3: format!("{:016x}", xxh3_64(input.source.bytes())) }
    }

    fn at(dir: &Path, error: &dyn std::fmt::Display) -> io::Error {
        io::Error::other(format!("{}: {error}", dir.display()))
    }
}
