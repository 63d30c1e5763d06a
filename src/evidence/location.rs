//! Where a fact was read: every fact carries its line, every bisection its source.

use std::fmt;
use std::path::Path;

use serde::Serialize;

/// A line of the input, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Line(pub u32);

/// The text that a bisection was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The file as the user named it, or `-` for standard input.
    pub path: String,
}

impl Source {
    /// A source of this name.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }

    /// A place in this source.
    #[must_use]
    pub const fn at(&self, line: Line) -> Location<'_> {
        Location { source: self, line }
    }
}

/// The last component of a path, by which logs are matched with titles and truths.
#[must_use]
pub fn file_name(path: &str) -> Option<&str> {
    Path::new(path).file_name()?.to_str()
}

/// A place that a person or an editor can go to: `path:line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    source: &'a Source,
    line: Line,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.path, self.line)
    }
}
