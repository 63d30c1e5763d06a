//! Where a fact was read: every fact carries its line, every bisection its source.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

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
    /// Where each line of the text stands, when the text is gathered from several files.
    places: Arc<[Place]>,
}

/// One line of one file, for texts that are gathered from several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: Arc<str>,
    /// The line in it.
    pub line: Line,
}

fn as_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
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
        Self { path: path.into(), text: Arc::from([]), places: Arc::from([]) }
    }

    /// Lines gathered from several files: what each says, and where it stands. [`Line`] counts them; [`Source::at`] leads
    /// to their files.
    #[must_use]
    pub fn gathered(path: impl Into<String>, lines: impl IntoIterator<Item = (Place, String)>) -> Self {
        let (mut text, mut places) = (String::new(), Vec::new());
        for (place, line) in lines {
            text.push_str(&line.replace(['\n', '\r'], " "));
            text.push('\n');
            places.push(place);
        }
        Self { path: path.into(), text: text.into_bytes().into(), places: places.into() }
    }

    /// Whether both quote the same bytes: they are of one file.
    #[must_use]
    pub fn shares_text(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// Where each line stands; empty unless the source is gathered from several files.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The same source with its bytes.
    #[must_use]
    pub fn holding(&self, bytes: &[u8]) -> Self {
        Self { text: bytes.into(), ..self.clone() }
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

    /// A place in this source, in the file where a person finds it.
    #[must_use]
    pub fn at(&self, line: Line) -> Location<'_> {
        let place = (line.0 as usize).checked_sub(1).and_then(|at| self.places.get(at));
        place.map_or(Location { path: &self.path, line }, |place| Location { path: &place.path, line: place.line })
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
    /// The file.
    pub path: &'a str,
    /// The line in it.
    pub line: Line,
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
        write!(f, "{}:{}", self.path, self.line)
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

    #[test]
    fn gathered_lines_lead_to_their_files() {
        let place = |path: &str, line| Place { path: path.into(), line: Line(line) };
        let lines = [(place("a.xml", 7), "one\ntwo".to_owned()), (place("b.xml", 3), "three".to_owned())];
        let source = Source::gathered("folder", lines);
        assert_eq!(source.line(Line(1)).as_deref(), Some("one two"));
        assert_eq!(
            (source.at(Line(2)).to_string(), source.at(Line(3)).to_string()),
            ("b.xml:3".into(), "folder:3".into())
        );
        assert_eq!(source.lines().count(), 2);
    }
}
