//! Mails as they are stored: headers, encoded bodies, several parts; one, or a mailbox of them.

use std::collections::HashSet;

use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use memchr::{memchr, memchr_iter, memchr2, memmem};

use crate::ingest::ReadError;

use super::Text;
use super::encoding::quoted_printable;
use super::first_mark;

/// The texts of all mails; `None` when the input is no mail.
pub(super) fn mails(bytes: &[u8]) -> Result<Option<Text>, ReadError> {
    let first = &bytes[..bytes.len() - bytes.trim_ascii_start().len()];
    let (skipped, rest) = bytes.split_at(first.len());
    if !rest.starts_with(b"From ") && !has_headers(rest) {
        return Ok(None);
    }
    let mut text = Text::default();
    let mut number = line_ends(skipped) + 1;
    for mail in mailbox(rest) {
        // The line that divides a mailbox is no header.
        let (line, body) = match memchr(b'\n', mail) {
            Some(end) if mail.starts_with(b"From ") => mail.split_at(end + 1),
            _ => mail.split_at(0),
        };
        if has_headers(body) {
            text.append(&one(body, number + line_ends(line), 0)?);
        }
        number += line_ends(mail);
    }
    Ok((!text.bytes.is_empty()).then_some(text))
}

fn line_ends(bytes: &[u8]) -> u32 {
    u32::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

/// Whether a text begins as mails do: lines `Name: value` up to an empty one, of which one is a mail's.
fn has_headers(bytes: &[u8]) -> bool {
    const KNOWN: [&str; 8] = [
        "from",
        "subject",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "received",
        "date",
    ];
    let mut known = 0;
    for line in bytes.split(|byte| *byte == b'\n').take(400) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match memchr(b':', line) {
            _ if line.starts_with(b" ") || line.starts_with(b"\t") => {}
            Some(at) if line[..at].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') => {
                let name = String::from_utf8_lossy(&line[..at]).to_ascii_lowercase();
                known += usize::from(KNOWN.contains(&name.as_str()));
            }
            _ => return line.is_empty() && known >= 2,
        }
    }
    false
}

/// The mails of a mailbox: each begins with a line `From …` after an empty one, and headers follow.
fn mailbox(bytes: &[u8]) -> Vec<&[u8]> {
    if !bytes.starts_with(b"From ") {
        return vec![bytes];
    }
    let divides = |at: &usize| {
        let line = &bytes[at + 2..];
        memchr(b'\n', line).is_some_and(|end| has_headers(&line[end + 1..]))
    };
    let unix = memmem::find_iter(bytes, b"\n\nFrom ").filter(divides).map(|at| at + 2);
    let windows = memmem::find_iter(bytes, b"\r\n\r\nFrom ").filter(|at| divides(&(at + 2))).map(|at| at + 4);
    let mut starts: Vec<usize> = std::iter::once(0).chain(unix).chain(windows).collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(start, end)| &bytes[*start..end]).collect()
}

/// Mails inside mails that are read. A forwarded one has two or three.
const DEEPEST: usize = 8;

/// The text of one mail, whose first line has the number `first` in the file: the parts that hold a log, or else all
/// plain ones.
fn one(bytes: &[u8], first: u32, depth: usize) -> Result<Text, ReadError> {
    if depth > DEEPEST {
        return Err(ReadError::Nested(DEEPEST));
    }
    let masked = masked(bytes);
    let Some(message) = MessageParser::default().parse(&masked) else { return Ok(Text::default()) };
    let digested = digested(&message);
    let mut parts: Vec<(bool, Text)> = Vec::new();
    // Lines are counted as reading goes on.
    let (mut counted, mut before) = (0, 0);
    for (id, part) in (0..).zip(&message.parts) {
        let place = part.offset_body as usize..part.offset_end as usize;
        let Some(raw) = bytes.get(place.clone()) else { continue };
        if matches!(part.body, PartType::Multipart(_)) {
            continue;
        }
        if place.start < counted {
            (counted, before) = (0, 0);
        }
        before += line_ends(&bytes[counted..place.start]);
        counted = place.start;
        let mut text = text(part, raw, first + before);
        if is_mail(part) || digested.contains(&id) {
            parts.push((true, inner(&text, depth + 1)?));
            continue;
        }
        // The end of the last line belongs to the boundary behind it.
        if place.end < bytes.len() && !text.bytes.is_empty() && !text.bytes.ends_with(b"\n") {
            text.bytes.push(b'\n');
        }
        parts.push((!matches!(part.body, PartType::Html(_)), text));
    }
    Ok(chosen(&parts))
}

/// The parts that hold a log, or else all plain ones.
fn chosen(parts: &[(bool, Text)]) -> Text {
    let holds = |(_, text): &&(bool, Text)| first_mark(&text.bytes).is_some();
    let with_log = |plain: bool| parts.iter().filter(holds).any(|(is_plain, _)| *is_plain == plain);
    let mut whole = Text::default();
    let (any, plain) = (with_log(true) || with_log(false), with_log(true));
    for (is_plain, part) in parts {
        let wanted = if any { first_mark(&part.bytes).is_some() && *is_plain == plain } else { *is_plain };
        if wanted {
            whole.append(part);
        }
    }
    whole
}

/// The text of a mail in a mail, with the numbers that its lines have in the file.
fn inner(mail: &Text, depth: usize) -> Result<Text, ReadError> {
    let mut text = one(&mail.bytes, 1, depth)?;
    for number in &mut text.numbers {
        let at = number.saturating_sub(1) as usize;
        *number = mail.numbers.get(at).or(mail.numbers.last()).copied().unwrap_or(*number);
    }
    Ok(text)
}

/// A mail without the words by which the parser sees another mail in it: it would build one tree of all of them, as deep as
/// the input likes, which only recursion takes down again. Same length; [`is_mail`] knows the masked word.
fn masked(bytes: &[u8]) -> Vec<u8> {
    let mut masked = bytes.to_vec();
    let mut start = 0;
    for end in memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        let line = &mut masked[start..end];
        // Headers, and what continues them. A line in base64 is neither.
        if line.starts_with(b" ") || line.starts_with(b"\t") || memchr(b':', line).is_some() {
            mask(line, *b"message", *b"xessage");
            mask(line, *b"digest", *b"xigest");
        }
        start = (end + 1).min(bytes.len());
    }
    masked
}

/// Puts a word in the place of each other one, whatever its case.
fn mask<const N: usize>(line: &mut [u8], word: [u8; N], by: [u8; N]) {
    let mut at = 0;
    while let Some(found) = memchr2(word[0], word[0].to_ascii_uppercase(), &line[at..]) {
        at += found;
        match line.get_mut(at..at + N) {
            Some(here) if here.eq_ignore_ascii_case(&word) => here.copy_from_slice(&by),
            _ => {}
        }
        at += 1;
    }
}

/// Whether a part of a masked mail is a mail.
fn is_mail(part: &MessagePart<'_>) -> bool {
    let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype()));
    matches!(kind, Some(("xessage", Some("rfc822" | "global"))))
}

/// The parts of digests that do not say what they are: mails.
fn digested(message: &Message<'_>) -> HashSet<u32> {
    let digests = message.parts.iter().filter(|part| {
        part.content_type().is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("xigest"))
    });
    let ids = digests.flat_map(|part| match &part.body {
        PartType::Multipart(ids) => ids.as_slice(),
        _ => &[],
    });
    let untold = |id: &u32| message.part(*id).is_some_and(|part| part.content_type().is_none());
    ids.copied().filter(untold).collect()
}

/// A part without its encoding.
fn text(part: &MessagePart<'_>, raw: &[u8], number: u32) -> Text {
    match (part.encoding, &part.body) {
        (Encoding::QuotedPrintable, _) => quoted_printable(raw, number),
        (Encoding::Base64, PartType::Text(text) | PartType::Html(text)) => flat(text.as_bytes(), number),
        (Encoding::Base64, PartType::Binary(bytes) | PartType::InlineBinary(bytes)) => flat(bytes, number),
        _ => {
            let mut text = Text::plain(raw.to_vec());
            text.numbers.iter_mut().for_each(|line| *line += number - 1);
            text
        }
    }
}

/// Lines that the file does not have: all of them stand where the part does. Data is none.
fn flat(bytes: &[u8], number: u32) -> Text {
    if memchr(0, bytes).is_some() {
        return Text::default();
    }
    let mut text = Text::plain(bytes.to_vec());
    text.numbers.fill(number);
    text
}
