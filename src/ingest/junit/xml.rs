//! XML → its tags and texts with their lines. Limits and refusals live here: depth, document types, entities.

use std::borrow::Cow;

use memchr::memchr_iter;
use quick_xml::Reader;
use quick_xml::escape::{EscapeError, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::evidence::Line;
use crate::ingest::problem::{Flaw, Problem, excerpt};

/// Elements inside elements. Reports have less than ten.
const DEEPEST: usize = 256;

/// A piece of a document.
pub(super) enum Node<'a> {
    /// A tag that opens, also one that closes itself: then a [`Node::Close`] follows.
    Open(Tag<'a>),
    /// A tag that closes.
    Close,
    /// Text, with its references resolved.
    Text(Cow<'a, str>),
}

/// A tag that opens.
pub(super) struct Tag<'a> {
    start: BytesStart<'a>,
    pub(super) line: Line,
    /// Its text in the file, up to the end of the line.
    pub(super) quote: Box<str>,
}

impl Tag<'_> {
    /// Its name without a namespace.
    pub(super) fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.start.local_name().into_inner()).into_owned().into()
    }
}

pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    bytes: &'a [u8],
    depth: usize,
    /// Up to where lines are counted, and how many there are.
    counted: (usize, u32),
    done: bool,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = Reader::from_reader(bytes);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self { reader, bytes, depth: 0, counted: (0, 1), done: false, problems: Vec::new() }
    }

    /// How many elements are open.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// The next piece; `None` at the end, or where reading on makes no sense. Then a problem tells why.
    pub(super) fn next(&mut self) -> Option<Node<'a>> {
        while !self.done {
            let at = offset(self.reader.buffer_position());
            let event = self.reader.read_event();
            if let Some(node) = self.node(at, event) {
                return Some(node);
            }
        }
        None
    }

    fn node(&mut self, at: usize, event: Result<Event<'a>, quick_xml::Error>) -> Option<Node<'a>> {
        match event {
            Ok(Event::Start(start)) => self.open(at, start),
            Ok(Event::End(_)) => {
                self.depth = self.depth.saturating_sub(1);
                Some(Node::Close)
            }
            Ok(Event::Text(text)) => Some(Node::Text(lossy(text.into_inner()))),
            Ok(Event::CData(text)) => Some(Node::Text(lossy(text.into_inner()))),
            Ok(Event::GeneralRef(reference)) => Some(Node::Text(self.reference(at, &reference))),
            Ok(Event::DocType(text)) if memchr::memmem::find(&text, b"<!ENTITY").is_some() => {
                self.stop(at, Flaw::Entities);
                None
            }
            Ok(Event::Eof) => {
                if self.depth > 0 {
                    self.stop(self.bytes.len(), Flaw::CutReport);
                }
                self.done = true;
                None
            }
            Ok(_) => None,
            Err(error) => {
                let at = offset(self.reader.error_position());
                self.stop(at, Flaw::Xml(excerpt(&error.to_string())));
                None
            }
        }
    }

    fn open(&mut self, at: usize, start: BytesStart<'a>) -> Option<Node<'a>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.stop(at, Flaw::Deep(DEEPEST));
            return None;
        }
        let end = offset(self.reader.buffer_position()).clamp(at, self.bytes.len());
        Some(Node::Open(Tag { start, line: self.line(at), quote: quote(&self.bytes[at..end]) }))
    }

    fn stop(&mut self, at: usize, flaw: Flaw) {
        let line = self.line(at);
        self.problems.push(Problem { line, flaw });
        self.done = true;
    }

    /// Lines are counted as reading goes on; an earlier place is counted again.
    fn line(&mut self, at: usize) -> Line {
        let at = at.min(self.bytes.len());
        if at < self.counted.0 {
            self.counted = (0, 1);
        }
        let more = memchr_iter(b'\n', &self.bytes[self.counted.0..at]).count();
        let line = self.counted.1.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.counted = (at, line);
        Line(line)
    }

    /// What a reference in the text stands for.
    fn reference(&mut self, at: usize, reference: &BytesRef<'_>) -> Cow<'static, str> {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return character.to_string().into();
        }
        let name = String::from_utf8_lossy(reference);
        match resolve_predefined_entity(&name) {
            Some(text) => text.into(),
            None if reference.is_char_ref() => "\u{fffd}".into(),
            None => {
                self.unknown(at, &name);
                "\u{fffd}".into()
            }
        }
    }

    /// The first entity that nobody defines is said; a report with one may have a million.
    fn unknown(&mut self, at: usize, name: &str) {
        let said = |problem: &Problem| matches!(problem.flaw, Flaw::Entity(_));
        if !self.problems.iter().any(said) {
            let line = self.line(at);
            self.problems.push(Problem { line, flaw: Flaw::Entity(excerpt(name)) });
        }
    }

    /// The value of the first attribute of this name, without a namespace.
    pub(super) fn attribute(&mut self, tag: &Tag<'_>, name: &str) -> Option<String> {
        let mut attributes = tag.start.attributes();
        // Telling doubled names takes time quadratic in their number.
        let attributes = attributes.with_checks(false);
        let found =
            attributes.flatten().find(|attribute| attribute.key.local_name().into_inner() == name.as_bytes())?;
        let raw = String::from_utf8_lossy(&found.value);
        match unescape(&raw) {
            Ok(text) => Some(text.into_owned()),
            Err(error) => {
                if let EscapeError::UnrecognizedEntity(_, entity) = error {
                    let said = |problem: &Problem| matches!(problem.flaw, Flaw::Entity(_));
                    if !self.problems.iter().any(said) {
                        self.problems.push(Problem { line: tag.line, flaw: Flaw::Entity(excerpt(&entity)) });
                    }
                }
                Some(raw.into_owned())
            }
        }
    }
}

/// A position in a text that is in memory.
fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn lossy(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    }
}

/// The first line of a tag, cut.
fn quote(bytes: &[u8]) -> Box<str> {
    const LONGEST: usize = 160;
    let start = bytes.iter().position(|byte| *byte == b'<').unwrap_or(0);
    let line = &bytes[start..bytes.len().min(start + LONGEST)];
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    String::from_utf8_lossy(line[..end].trim_ascii_end()).into()
}
