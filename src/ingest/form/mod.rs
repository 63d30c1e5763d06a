//! Logs as people pass them on: undoes what mail programs, editors and web pages did to a text as a whole. What is done to
//! each line alone (quote marks, entities, colours) is the lexer's.
//!
//! Every form keeps the number that a line has in the file, as long as one line there is one line here.

mod encoding;
mod mail;
mod prefix;

use memchr::{memchr, memchr_iter, memmem};

use crate::evidence::Source;

use encoding::{quoted_printable, utf16};

/// A larger text is no mail.
const LARGEST: usize = 64 << 20;

/// A text with the number of each line in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Text {
    bytes: Vec<u8>,
    numbers: Vec<u32>,
}

impl Text {
    /// A plain text, its lines counted from 1.
    fn plain(bytes: Vec<u8>) -> Self {
        let numbers = (1..).take(bytes.split_inclusive(|byte| *byte == b'\n').count()).collect();
        Self { bytes, numbers }
    }

    fn push(&mut self, number: u32, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.numbers.push(number);
    }

    fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.numbers.extend_from_slice(&other.numbers);
    }

    /// The lines with their ends.
    fn lines(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.numbers.iter().copied().zip(self.bytes.split_inclusive(|byte| *byte == b'\n'))
    }

    /// The text in the place of a source's. Where two lines are one in the file, no number would tell them apart: then
    /// the lines are counted as they are read.
    fn of(self, source: &Source) -> Source {
        let numbers = if self.numbers.is_sorted_by(|a, b| a < b) { self.numbers } else { Vec::new() };
        source.numbered_as(self.bytes, numbers)
    }
}

fn text(source: &Source) -> Text {
    let mut text = Text::plain(source.bytes().to_vec());
    (1..).map(crate::evidence::Line).zip(&mut text.numbers).for_each(|(line, number)| *number = source.number(line).0);
    text
}

/// Undoes what would mislead a reader: it could find part of a log and not the rest. Nothing, for almost every input.
pub(super) fn decoded(source: &Source) -> Option<Source> {
    let bytes = source.bytes();
    if bytes.len() > LARGEST {
        return None;
    }
    let wide = utf16(bytes);
    let plain = wide.as_deref().unwrap_or(bytes);
    let read = mail::mails(plain).or_else(|| encoding::is_quoted_printable(plain).then(|| quoted_printable(plain, 1)));
    read.or_else(|| wide.map(Text::plain)).map(|text| text.of(source))
}

/// Undoes what hides a log from every reader.
pub(super) fn undressed(source: &Source) -> Option<Source> {
    if source.bytes().len() > LARGEST {
        return None;
    }
    let mut text = text(source);
    let mut changed = false;
    for undo in [line_ends, breaks, prefix::without] {
        if let Some(undone) = undo(&text) {
            text = undone;
            changed = true;
        }
    }
    changed.then(|| text.of(source))
}

/// Lines that a lone carriage return ends.
fn line_ends(text: &Text) -> Option<Text> {
    let lone = |at: usize| text.bytes.get(at + 1) != Some(&b'\n');
    let returns = memchr_iter(b'\r', &text.bytes).filter(|at| lone(*at)).count();
    if returns <= memchr_iter(b'\n', &text.bytes).count() {
        return None;
    }
    let mut bytes = text.bytes.clone();
    let lone: Vec<usize> = memchr_iter(b'\r', &text.bytes).filter(|at| lone(*at)).collect();
    lone.into_iter().for_each(|at| bytes[at] = b'\n');
    Some(Text::plain(bytes))
}

/// Lines that a page ends with a tag: `<br>`, `</p>`, `</div>`.
fn breaks(text: &Text) -> Option<Text> {
    const ENDS: [&[u8]; 8] = [b"<br>", b"<br/>", b"<br />", b"</p>", b"</div>", b"</li>", b"</tr>", b"</span>"];
    memmem::find(&text.bytes, b"<")?;
    let mut broken = Text::default();
    let mut changed = false;
    for (number, mut line) in text.lines() {
        while let Some((at, tag)) = first_of(line, &ENDS) {
            let (before, rest) = (&line[..at], &line[at + tag.len()..]);
            let last = rest.trim_ascii().is_empty();
            changed |= !last;
            broken.push(number, &[before, b"\n"].concat());
            line = if last { b"" } else { rest };
        }
        if !line.is_empty() {
            broken.push(number, line);
        }
    }
    changed.then_some(broken)
}

fn first_of<'t>(line: &[u8], tags: &[&'t [u8]]) -> Option<(usize, &'t [u8])> {
    let starts = |at: usize| tags.iter().copied().find(|tag| line[at..].starts_with(tag)).map(|tag| (at, tag));
    memchr(b'<', line).and_then(|_| memchr_iter(b'<', line).find_map(starts))
}

/// Words that stand in every log, and hardly elsewhere.
const MARKS: [&str; 8] = [
    "bisecting cause commit starting from ",
    "bisecting fixing commit since ",
    "searching for guilty commit starting from ",
    "searching for fixing commit since ",
    "git bisect start",
    "git bisect bad ",
    "testing commit ",
    "run #0: ",
];

/// The first place of a log's words.
fn first_mark(bytes: &[u8]) -> Option<usize> {
    MARKS.iter().filter_map(|mark| memmem::find(bytes, mark.as_bytes())).min()
}
