//! Bytes → lines: takes off what mail, browsers and tools put around a log (quote marks, HTML, carriage returns, colour
//! codes, time prefixes). One pass, and no copy of a line that needs no change.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr3_iter, memmem};

use crate::evidence::Line;

/// The longest line that is read. Lists of kernel options reach some hundred kilobytes.
pub(crate) const MAX_LINE: usize = 4 << 20;

/// One line without its dress.
#[derive(Debug)]
pub struct Lexed<'a> {
    /// Counted from 1 in the file.
    pub line: Line,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: Cow<'a, str>,
    /// How the line was damaged, if it was.
    pub damage: Option<Damage>,
}

/// What is wrong with the bytes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// This byte (of the raw line, counted from 1) is not UTF-8.
    NotUtf8(usize),
    /// The line has this many bytes, more than [`MAX_LINE`]; only its beginning is kept.
    TooLong(usize),
    /// The input ends before the line does.
    Cut,
}

/// What surrounds every line of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Dress {
    quoted: bool,
    html: bool,
    colored: bool,
}

/// The lines of an input.
#[derive(Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    /// The same, when all of it is text.
    text: Option<&'a str>,
    start: usize,
    dress: Dress,
    number: u32,
}

impl<'a> Lines<'a> {
    /// Looks at the input once for its dress.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Self { bytes, text: std::str::from_utf8(bytes).ok(), start: 0, dress: Dress::of(bytes), number: 0 }
    }

    /// `valid`: the same as text, if it is.
    fn undress(&self, raw: &'a [u8], valid: Option<&'a str>) -> Cow<'a, str> {
        let ended = raw.strip_suffix(b"\r").unwrap_or(raw);
        let bare = if self.dress.quoted { unquoted(ended) } else { ended };
        let start = ended.len() - bare.len();
        // To look for bytes that are no text twice would cost as much as all else.
        let valid = valid.and_then(|text| text.get(start..start + bare.len()));
        let mut text = valid.map_or_else(|| String::from_utf8_lossy(bare), Cow::Borrowed);
        if self.dress.colored && text.contains('\x1b') {
            text = Cow::Owned(without_colors(&text));
        }
        if self.dress.html {
            text = Cow::Owned(without_html(&text));
        }
        without_time(text)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Lexed<'a>;

    fn next(&mut self) -> Option<Lexed<'a>> {
        let rest = self.bytes.get(self.start..).filter(|rest| !rest.is_empty())?;
        let end = memchr(b'\n', rest);
        let raw = &rest[..end.unwrap_or(rest.len())];
        let kept = &raw[..raw.len().min(MAX_LINE)];
        let known = self.text.and_then(|text| text.get(self.start..self.start + kept.len()));
        self.start += raw.len() + 1;
        self.number = self.number.saturating_add(1);
        // Nearly every line of nearly every input.
        if let Some(text) = known.filter(|text| self.dress == Dress::default() && end == Some(text.len())) {
            let text = text.strip_suffix('\r').unwrap_or(text);
            let text = Cow::Borrowed(&text[time(text).unwrap_or_default()..]);
            return Some(Lexed { line: Line(self.number), text, damage: None });
        }
        let valid = known.map_or_else(|| std::str::from_utf8(kept), Ok);
        let damage = if raw.len() > MAX_LINE {
            Some(Damage::TooLong(raw.len()))
        } else if end.is_none() {
            Some(Damage::Cut)
        } else {
            valid.err().map(|error| Damage::NotUtf8(error.valid_up_to() + 1))
        };
        Some(Lexed { line: Line(self.number), text: self.undress(kept, valid.ok()), damage })
    }
}

impl Dress {
    /// How many lines are looked at for quote marks.
    const SAMPLE: usize = 400;

    fn of(bytes: &[u8]) -> Self {
        let mut dress = Self { quoted: Self::is_quoted(bytes), ..Self::default() };
        for at in memchr3_iter(b'\x1b', b'&', b'<', bytes) {
            match bytes[at] {
                b'\x1b' => dress.colored = true,
                _ => dress.html |= Self::begins_html(&bytes[at..]),
            }
            if dress.colored && dress.html {
                break;
            }
        }
        dress.html = dress.html && !Self::has_raw_tag_in_run(bytes);
        dress
    }

    fn is_quoted(bytes: &[u8]) -> bool {
        if !bytes.starts_with(b">") && memmem::find(bytes, b"\n>").is_none() {
            return false;
        }
        let (mut quoted, mut all, mut start) = (0, 0, 0);
        for end in memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            let line = &bytes[start..end];
            start = end + 1;
            if !line.trim_ascii().is_empty() {
                quoted += usize::from(line.starts_with(b">"));
                all += 1;
            }
            if all == Self::SAMPLE {
                break;
            }
        }
        quoted * 2 > all
    }

    /// A page escapes what could be a tag.
    fn begins_html(bytes: &[u8]) -> bool {
        const MARKS: [&[u8]; 11] = [
            b"<pre", b"<br", b"&#39;", b"&#34;", b"&#x27;", b"&#x22;", b"&quot;", b"&apos;", b"&lt;", b"&gt;", b"&amp;",
        ];
        MARKS.iter().any(|mark| bytes.starts_with(mark))
    }

    /// A log that shows a raw tag inside a run line is no page.
    fn has_raw_tag_in_run(bytes: &[u8]) -> bool {
        memmem::find_iter(bytes, b"\nrun #").any(|at| {
            let line = &bytes[at + 1..];
            let line = &line[..memchr(b'\n', line).unwrap_or(line.len())];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_suffix(b"<br>").or_else(|| line.strip_suffix(b"<br/>")).unwrap_or(line);
            line.contains(&b'<') || line.contains(&b'>')
        })
    }
}

/// Without `> `, `>> `, `> > `.
fn unquoted(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_prefix(b">") {
        line = rest.strip_prefix(b" ").unwrap_or(rest);
    }
    line
}

/// Without `ESC [ … letter` and `ESC ] … BEL` sequences.
fn without_colors(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\x1b' {
            plain.push(c);
        } else if chars.as_str().starts_with('[') {
            let _parameters = chars.by_ref().find(char::is_ascii_alphabetic);
        } else if let Some(command) = chars.as_str().strip_prefix(']')
            && let Some(end) = command.find(['\x07', '\x1b'])
        {
            // A window's title, ended by a bell or by `ESC \`.
            let rest = &command[end..];
            chars = rest.strip_prefix("\x1b\\").or_else(|| rest.strip_prefix('\x07')).unwrap_or(rest).chars();
        }
    }
    plain
}

/// Bytes of a tag.
const LONGEST_TAG: usize = 1000;

/// Without tags, entities resolved once.
fn without_html(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let tag = &rest[at..];
        let named = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        // Nothing is looked for further away: a line may be full of brackets.
        let near = &tag.as_bytes()[..tag.len().min(LONGEST_TAG)];
        if let Some(end) = memchr(b'>', near).filter(|_| named) {
            rest = &tag[end + 1..];
        } else {
            plain.push('<');
            rest = &tag[1..];
        }
    }
    plain.push_str(rest);
    unescaped(&plain)
}

fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, char); 6] =
        [("&quot;", '"'), ("&apos;", '\''), ("&lt;", '<'), ("&gt;", '>'), ("&nbsp;", ' '), ("&amp;", '&')];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let named = ENTITIES.into_iter().find(|(entity, _)| rest.starts_with(entity));
        let (length, character) =
            named.map(|(entity, character)| (entity.len(), character)).or_else(|| numbered(rest)).unwrap_or((1, '&'));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

/// `&#39;`, `&#x27;`: how long it is, and what it stands for.
fn numbered(text: &str) -> Option<(usize, char)> {
    let digits = text.strip_prefix("&#")?;
    let end = digits.bytes().take(9).position(|byte| byte == b';')?;
    let (digits, radix) = match digits[..end].strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (&digits[..end], 10),
    };
    let character = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    Some((end + "&#;".len(), character))
}

fn without_time(text: Cow<'_, str>) -> Cow<'_, str> {
    match (time(&text), text) {
        (None, text) => text,
        (Some(length), Cow::Borrowed(text)) => Cow::Borrowed(&text[length..]),
        (Some(length), Cow::Owned(text)) => Cow::Owned(text[length..].to_owned()),
    }
}

/// Bytes of a tracer's `DD-Mon-YYYY hh:mm:ss: `, or the `YYYY-MM-DDThh:mm:ss.fffffffZ ` of a CI's log.
fn time(text: &str) -> Option<usize> {
    const TRACER: &[u8] = b"00-aaa-0000 00:00:00: ";
    if !text.bytes().next()?.is_ascii_digit() {
        return None;
    }
    if looks_like(text, TRACER) { Some(TRACER.len()) } else { ci_time(text) }
}

fn ci_time(text: &str) -> Option<usize> {
    const SECONDS: &[u8] = b"0000-00-00T00:00:00";
    let fraction = looks_like(text, SECONDS).then(|| &text[SECONDS.len()..])?;
    let rest = fraction.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).strip_prefix('Z')?;
    let rest = rest.strip_prefix(' ').or_else(|| rest.is_empty().then_some(rest))?;
    Some(text.len() - rest.len())
}

fn looks_like(text: &str, pattern: &[u8]) -> bool {
    let alike = |(byte, pattern): (u8, &u8)| match pattern {
        b'0' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        other => byte == *other,
    };
    text.len() >= pattern.len() && text.bytes().zip(pattern).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        Lines::new(bytes).map(|lexed| lexed.text.into_owned()).collect()
    }

    #[test]
    fn a_plain_log_is_left_alone() {
        let lines: Vec<_> = Lines::new(b"one\n\ntwo & <three>\n").collect();
        assert!(lines.iter().all(|l| matches!(l.text, Cow::Borrowed(_)) && l.damage.is_none()));
        assert_eq!(texts(b"one\n\ntwo & <three>\n"), ["one", "", "two & <three>"]);
        assert_eq!(lines[2].line, Line(3));
    }

    #[test]
    fn dress_is_taken_off() {
        assert_eq!(texts(b"\xef\xbb\xbfone\r\ntwo\r\n"), ["one", "two"]);
        assert_eq!(texts(b"> one\n>> two\n> > three\n>\n"), ["one", "two", "three", ""]);
        assert_eq!(texts(b"\x1b[1;31mrun #0\x1b[0m: OK\n"), ["run #0: OK"]);
        assert_eq!(texts(b"21-Nov-2023 10:11:12: testing commit\n"), ["testing commit"]);
        assert_eq!(texts(b"2023-11-21T10:11:12.1234567Z run #0: OK\n2023-11-21T10:11:12Z\n"), ["run #0: OK", ""]);
        assert_eq!(texts(b"<pre>&#x27;&#8230;&#x110000;&#9999999999;\n"), ["'\u{2026}&#x110000;&#9999999999;"]);
        assert_eq!(
            texts(b"<pre>one\nrun #0: crashed: INFO: task can&#39;t die in f&amp;lt;<br>\n"),
            ["one", "run #0: crashed: INFO: task can't die in f&lt;"]
        );
    }

    #[test]
    fn a_raw_tag_in_a_run_line_means_no_page() {
        let log = b"x &amp; y\nrun #0: crashed: WARNING in <f>\n";
        assert_eq!(texts(log), ["x &amp; y", "run #0: crashed: WARNING in <f>"]);
    }

    #[test]
    fn damage_is_reported() {
        let damage = |bytes: &[u8]| Lines::new(bytes).last().unwrap().damage;
        assert_eq!(damage(b"one\ntw"), Some(Damage::Cut));
        assert_eq!(damage(b"ab\xffcd\n"), Some(Damage::NotUtf8(3)));
        assert_eq!(damage(&vec![b'x'; MAX_LINE + 1]), Some(Damage::TooLong(MAX_LINE + 1)));
        assert_eq!(damage(b"one\n"), None);
        assert_eq!(Lines::new(b"").count(), 0);
    }
}
