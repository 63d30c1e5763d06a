//! Where a fact was read: every fact carries its line, every bisection its source.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::text::{Text, clean, clean_line, cleaned};

/// A line of the input, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Line(pub u32);

/// The text that a bisection was read from. Its name tells it from others; the text is there to quote.
#[derive(Clone)]
pub struct Source {
    /// The file as the user named it, `ARCHIVE!NAME` for a file in an archive, or `-` for standard input.
    pub path: String,
    text: Arc<Content>,
}

/// The text of a source, shared by its bisections; empty when there is none to quote.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// The number of each line in the file; none when they are counted from 1.
    numbers: Vec<u32>,
    /// Where each line stands, when the text is gathered from several files.
    places: Vec<Place>,
    /// The hash of the file, once somebody has asked.
    xxh3: OnceLock<u64>,
}

/// One line of one file, for texts that are gathered from several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The name of the file, relative where it was given so.
    pub path: Text,
    /// The line in it.
    pub line: Line,
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
        let path: String = path.into();
        Self { path: clean_line(&path), text: Arc::default() }
    }

    /// Lines gathered from several files: what each says, and where it stands. [`Line`] counts them; [`Source::at`] leads
    /// to their files.
    #[doc(hidden)]
    #[must_use]
    pub fn gathered(path: impl Into<String>, lines: impl IntoIterator<Item = (Place, String)>) -> Self {
        let (mut text, mut places) = (String::new(), Vec::new());
        for (place, line) in lines {
            text.push_str(&line.replace(['\n', '\r'], " "));
            text.push('\n');
            places.push(place);
        }
        let text = Content { bytes: text.into_bytes(), places, ..Content::default() };
        Self { text: Arc::new(text), ..Self::new(path) }
    }

    /// Whether both quote the same bytes: they are of one file.
    #[doc(hidden)]
    #[must_use]
    pub fn shares_text(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// Where each line stands; empty unless the source is gathered from several files.
    #[doc(hidden)]
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.text.places
    }

    /// The same source with its bytes. They are not copied when it holds them already.
    #[doc(hidden)]
    #[must_use]
    pub fn holding(&self, bytes: &[u8]) -> Self {
        if std::ptr::eq(self.bytes(), bytes) {
            return self.clone();
        }
        self.owning(bytes.to_vec())
    }

    /// The same source with its bytes.
    #[must_use]
    pub(crate) fn owning(&self, bytes: Vec<u8>) -> Self {
        self.numbered_as(bytes, Vec::new())
    }

    /// The same source with a text that stands in the file in another form, and the number that each of its lines has
    /// there; none when the file has no such lines.
    #[must_use]
    pub(crate) fn numbered_as(&self, bytes: Vec<u8>, numbers: Vec<u32>) -> Self {
        let xxh3 = self.xxh3().map_or_else(OnceLock::new, OnceLock::from);
        Self { path: self.path.clone(), text: Arc::new(Content { bytes, numbers, xxh3, ..Content::default() }) }
    }

    /// The bytes of the text.
    #[doc(hidden)]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.text.bytes
    }

    /// The xxh3 hash of the file's bytes, in whatever form the text stands there; `None` when there are none, or the text is
    /// gathered from several files.
    #[doc(hidden)]
    #[must_use]
    pub fn xxh3(&self) -> Option<u64> {
        let one = !self.bytes().is_empty() && self.places().is_empty();
        one.then(|| *self.text.xxh3.get_or_init(|| xxh3_64(self.bytes())))
    }

    /// The number in the file of a line of the text, both counted from 1.
    #[doc(hidden)]
    #[must_use]
    pub fn number(&self, line: Line) -> Line {
        let at = (line.0 as usize).checked_sub(1);
        at.and_then(|at| self.text.numbers.get(at)).map_or(line, |number| Line(*number))
    }

    /// The lines with their numbers, to be shown: what cannot be is replaced, and so are bytes that are not UTF-8.
    #[doc(hidden)]
    pub fn lines(&self) -> impl Iterator<Item = (Line, Cow<'_, str>)> {
        (1..).zip(self.bytes().split_inclusive(|byte| *byte == b'\n')).map(|(number, line)| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            (self.number(Line(number)), shown(line.strip_suffix(b"\r").unwrap_or(line)))
        })
    }

    /// The text of one line, without its end; `None` past the last.
    #[must_use]
    pub fn line(&self, line: Line) -> Option<Cow<'_, str>> {
        self.lines().find_map(|(number, text)| (number == line).then_some(text))
    }

    /// A place in this source, in the file where a person finds it.
    #[doc(hidden)]
    #[must_use]
    pub fn at(&self, line: Line) -> Location<'_> {
        let place = (line.0 as usize).checked_sub(1).and_then(|at| self.text.places.get(at));
        place.map_or(Location { path: &self.path, line }, |place| Location { path: &place.path, line: place.line })
    }
}

/// A line of somebody else's text.
fn shown(line: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(line) {
        Cow::Borrowed(line) => cleaned(line),
        Cow::Owned(line) => clean(&line).into(),
    }
}

/// The last component of a path, by which logs are matched with titles and truths. In an archive it is that of the
/// member: `log.txt` for `logs.tar.gz!2021/log.txt`.
#[must_use]
pub fn file_name(path: &str) -> Option<&str> {
    let name = Path::new(path).file_name()?.to_str()?;
    Some(name.rsplit_once('!').map_or(name, |(_, member)| member)).filter(|member| !member.is_empty()).or(Some(name))
}

/// A place that a person or an editor can go to: `path:line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// The name of the file, relative where it was given so.
    pub path: &'a str,
    /// The line in it.
    pub line: Line,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.path, self.bytes().len())
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

    #[test]
    fn a_text_of_another_form_keeps_its_numbers() {
        let source = Source::new("mail").numbered_as(b"one\ntwo\n".to_vec(), vec![7, 9]);
        assert_eq!(source.line(Line(9)).as_deref(), Some("two"));
        assert_eq!((source.line(Line(2)), source.number(Line(1)), source.number(Line(3))), (None, Line(7), Line(3)));
    }

    #[test]
    fn a_hash_is_that_of_the_file() {
        let (file, mail) = (Source::new("log").holding(b"one\n"), Source::new("mail").holding(b"> one\n"));
        assert_eq!(file.xxh3(), Some(xxh3_64(b"one\n")));
        assert_eq!(mail.numbered_as(b"one\n".to_vec(), vec![1]).xxh3(), mail.xxh3());
        assert_ne!(mail.xxh3(), file.xxh3());
        let place = Place { path: "a".into(), line: Line(1) };
        let gathered = Source::gathered("folder", [(place, "one".to_owned())]);
        assert_eq!((Source::new("none").xxh3(), gathered.xxh3()), (None, None));
    }

    #[test]
    fn a_member_is_called_by_its_own_name() {
        let names = ["a/log.txt", "a/x.tar!b/log.txt", "x.tar!log.txt", "x.tar!y.zip!log.txt", "log.txt"];
        assert!(names.iter().all(|path| file_name(path) == Some("log.txt")));
        assert_eq!(file_name("wow!"), Some("wow!"));
    }
}
