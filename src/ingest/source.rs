//! Paths → files to read: folders are walked in a stable order, `-` is standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use walkdir::WalkDir;

use crate::evidence::Source;

use super::table::Columns;
use super::{ReadError, Reading, read_with};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, as the user wrote it or as found in a folder.
    pub source: Source,
    /// Whether the user named it: then it must hold a bisection. Inside a folder it need not.
    pub named: bool,
}

/// Everything below `path`, in the order of the names. A file, or `-`, is itself.
///
/// # Errors
/// One entry for each file or folder that could not be looked at.
#[must_use]
pub fn inputs(path: &str) -> Vec<Result<Input, (Source, ReadError)>> {
    let named = |path: &str| Input { source: Source::new(path), named: true };
    if path == "-" || !Path::new(path).is_dir() {
        return vec![Ok(named(path))];
    }
    let entries = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
    entries.filter_map(|entry| found(path, entry)).collect()
}

fn found(folder: &str, entry: walkdir::Result<walkdir::DirEntry>) -> Option<Result<Input, (Source, ReadError)>> {
    match entry {
        Ok(entry) if entry.file_type().is_file() => {
            let source = Source::new(entry.path().to_string_lossy());
            Some(Ok(Input { source, named: false }))
        }
        Ok(_) => None,
        Err(error) => {
            let path = error.path().map_or_else(|| folder.into(), Path::to_string_lossy);
            let source = Source::new(path);
            Some(Err((source, ReadError::Io(error.into()))))
        }
    }
}

impl Input {
    /// Reads the input, with what was told of a table's columns; `None` for a file in a folder that holds no bisection.
    ///
    /// # Errors
    /// As [`read_with`], and [`ReadError::Io`] when the bytes cannot be had.
    pub fn read(&self, columns: &Columns) -> Result<Option<Reading>, ReadError> {
        match read_with(&self.bytes()?, &self.source, columns) {
            Ok(reading) => Ok(Some(reading)),
            Err(ReadError::Empty | ReadError::NoBisection(_)) if !self.named => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        if self.source.path == "-" {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        fs::read(&self.source.path)
    }
}
