//! Where a fact was read: every fact carries its line, every bisection its source.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

/// A line of the input, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Line(pub u32);

/// The text that a bisection was read from. Its name tells it from others; the bytes are there to quote.
#[derive(Clone)]
pub struct Source {
    /// The file as the user named it, or `-` for standard input.
    pub path: String,
    /// Its bytes, shared by the bisections of one file; empty when there is no text to quote.
    text: Arc<[u8]>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Source {}

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.path.hash(state);
    }
}

impl Source {
    /// A source of this name.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), text: Arc::from([]) }
    }

    /// The same source with its bytes.
    #[must_use]
    pub fn holding(&self, bytes: &[u8]) -> Self {
        Self { path: self.path.clone(), text: bytes.into() }
    }

    /// The lines as they stand in the file; bytes that are not UTF-8 are replaced.
    pub fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.text.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))
        })
    }

    /// One line as it stands in the file.
    #[must_use]
    pub fn line(&self, line: Line) -> Option<Cow<'_, str>> {
        self.lines().nth((line.0 as usize).checked_sub(1)?)
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

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.path, self.text.len())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_quoted_as_they_stand() {
        let source = Source::new("log").holding(b"one\r\n\n> tw\xff\nthree");
        let line = |n| source.line(Line(n)).map(Cow::into_owned);
        assert_eq!(line(1).as_deref(), Some("one"));
        assert_eq!(line(2).as_deref(), Some(""));
        assert_eq!(line(3).as_deref(), Some("> tw\u{fffd}"));
        assert_eq!(line(4).as_deref(), Some("three"));
        assert_eq!((line(0), line(5)), (None, None));
        assert_eq!(Source::new("none").line(Line(1)), None);
    }
}
