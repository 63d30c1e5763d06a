//! Logs as people pass them on: undoes what mail programs, editors and web pages did to a text as a whole. What is done to
//! each line alone (quote marks, entities, colours) is the lexer's.
//!
//! Every form keeps the number that a line has in the file, as long as one line there is one line here.

mod encoding;
mod mail;
mod prefix;
mod stamp;
mod wrap;

use memchr::{memchr, memchr_iter, memmem};

use crate::evidence::Source;
use crate::ingest::{ReadError, junit};

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

    /// Adds to the last line what stands in the next one.
    fn go_on(&mut self, line: &[u8]) {
        self.bytes.pop_if(|byte| *byte == b'\n');
        while self.bytes.pop_if(|byte| matches!(byte, b' ' | b'\t' | b'\r')).is_some() {}
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(line.trim_ascii_start());
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
///
/// # Errors
/// [`ReadError::Nested`] for mails inside mails inside mails.
pub(super) fn decoded(source: &Source) -> Result<Option<Source>, ReadError> {
    let bytes = source.bytes();
    if bytes.len() > LARGEST {
        return Ok(None);
    }
    let mut wide = utf16(bytes);
    wide = line_ends(wide.as_deref().unwrap_or(bytes)).or(wide);
    let plain = wide.as_deref().unwrap_or(bytes);
    let mut text =
        mail::mails(plain)?.or_else(|| encoding::is_quoted_printable(plain).then(|| quoted_printable(plain, 1)));
    let inner = text.as_ref().map_or(plain, |text| &text.bytes);
    let undo: Option<fn(&Text) -> Option<Text>> = match () {
        () if is_page(inner) => Some(page),
        () if prefix::is_everywhere(inner) => Some(prefix::without),
        () if stamp::is_everywhere(inner) => Some(stamp::without),
        () => None,
    };
    if let Some(undo) = undo {
        let whole = text.unwrap_or_else(|| Text::plain(plain.to_vec()));
        text = Some(undo(&whole).unwrap_or(whole));
    }
    let inner = text.as_ref().map_or(plain, |text| &text.bytes);
    if wrap::is_broken(inner) {
        let whole = text.unwrap_or_else(|| Text::plain(plain.to_vec()));
        text = Some(wrap::without(&whole));
    }
    Ok(text.or_else(|| wide.map(Text::plain)).map(|text| text.of(source)))
}

/// A page begins with a tag, or has more tags at line ends than line ends.
fn is_page(bytes: &[u8]) -> bool {
    let breaks = || memmem::find_iter(bytes, b"<br").count();
    // XML with results of tests is no page, whatever stands in its texts.
    let head = &bytes[..bytes.len().min(1000)];
    if junit::is_report(bytes) || memmem::find(head, b"<testsuite").is_some() {
        return false;
    }
    let begins = bytes.trim_ascii_start().starts_with(b"<");
    begins || (memmem::find(bytes, b"<br").is_some() && breaks() > memchr_iter(b'\n', bytes).count())
}

/// Undoes what hides a log from every reader.
pub(super) fn undressed(source: &Source) -> Option<Source> {
    if source.bytes().len() > LARGEST {
        return None;
    }
    let mut text = text(source);
    let mut changed = false;
    for undo in [page, prefix::without] {
        if let Some(undone) = undo(&text) {
            text = undone;
            changed = true;
        }
    }
    changed.then(|| text.of(source))
}

/// Line ends where lone carriage returns stand for them: there are more of these than of line ends.
fn line_ends(bytes: &[u8]) -> Option<Vec<u8>> {
    let lone = || memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n'));
    let any = lone().next().is_some();
    if !any || lone().count() <= memchr_iter(b'\n', bytes).count() {
        return None;
    }
    let mut ended = bytes.to_vec();
    lone().for_each(|at| ended[at] = b'\n');
    Some(ended)
}

/// The lines of a page as it shows them; entities and the tags within lines are left to the lexer. `None` where no tag
/// divides a line.
fn page(text: &Text) -> Option<Text> {
    let mut shown = Text::default();
    let mut changed = false;
    for (number, mut line) in text.lines() {
        while let Some(tag) = Tag::first(line) {
            let (before, rest) = (&line[..tag.start], &line[tag.end..]);
            if tag.is_break || !before.trim_ascii().is_empty() {
                shown.push(number, &[before, b"\n"].concat());
            }
            changed = true;
            line = if rest.trim_ascii().is_empty() { b"" } else { rest };
        }
        if !line.is_empty() {
            shown.push(number, line);
        }
    }
    changed.then_some(shown)
}

/// A tag that begins a new line on a page.
struct Tag {
    start: usize,
    end: usize,
    /// `<br>`: two of them are an empty line.
    is_break: bool,
}

impl Tag {
    const BLOCKS: [&[u8]; 14] = [
        b"br",
        b"p",
        b"div",
        b"li",
        b"tr",
        b"pre",
        b"title",
        b"head",
        b"body",
        b"html",
        b"table",
        b"h1",
        b"h2",
        b"!doctype",
    ];

    fn first(line: &[u8]) -> Option<Self> {
        memchr_iter(b'<', line).find_map(|start| Self::at(line, start))
    }

    fn at(line: &[u8], start: usize) -> Option<Self> {
        /// Nothing is looked for further away: a line may be full of brackets.
        const LONGEST: usize = 300;
        let tag = &line[start + 1..line.len().min(start + LONGEST)];
        let name = tag.strip_prefix(b"/").unwrap_or(tag);
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'!').count();
        let block = Self::BLOCKS.iter().find(|block| block.eq_ignore_ascii_case(&name[..length]))?;
        let end = start + 1 + memchr(b'>', tag)? + 1;
        Some(Self { start, end, is_break: *block == b"br" })
    }
}

/// Whether a line begins with words of a log, perhaps behind the sign of a comment or of a prompt.
fn begins_a_log(line: &[u8]) -> bool {
    let words = line.strip_prefix(b"# ").or_else(|| line.strip_prefix(b"$ ")).unwrap_or(line);
    MARKS.iter().any(|mark| words.starts_with(mark.as_bytes()))
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
