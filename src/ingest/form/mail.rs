//! Mails as they are stored: headers, encoded bodies, several parts; one, or a mailbox of them.

use mail_parser::{Encoding, MessageParser, MessagePart, PartType};
use memchr::{memchr, memchr_iter, memmem};

use super::Text;
use super::encoding::quoted_printable;
use super::first_mark;

/// The texts of all mails; `None` when the input is no mail.
pub(super) fn mails(bytes: &[u8]) -> Option<Text> {
    let first = &bytes[..bytes.len() - bytes.trim_ascii_start().len()];
    let (skipped, rest) = bytes.split_at(first.len());
    if !rest.starts_with(b"From ") && !has_headers(rest) {
        return None;
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
            text.append(&one(body, number + line_ends(line), 0));
        }
        number += line_ends(mail);
    }
    (!text.bytes.is_empty()).then_some(text)
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

/// The text of one mail, whose first line has the number `first` in the file: the parts that hold a log, or else all
/// plain ones.
fn one(bytes: &[u8], first: u32, depth: u8) -> Text {
    const DEEPEST: u8 = 3;
    let Some(message) = MessageParser::default().parse(bytes) else { return Text::default() };
    let mut parts: Vec<(bool, Text)> = Vec::new();
    for part in &message.parts {
        let place = part.offset_body as usize..part.offset_end as usize;
        let Some(raw) = bytes.get(place.clone()) else { continue };
        let number = first + line_ends(&bytes[..place.start]);
        match &part.body {
            PartType::Message(_) if depth < DEEPEST => parts.push((true, one(raw, number, depth + 1))),
            PartType::Message(_) | PartType::Multipart(_) => {}
            body => {
                let mut text = text(part, raw, number);
                // The end of the last line belongs to the boundary behind it.
                if place.end < bytes.len() && !text.bytes.is_empty() && !text.bytes.ends_with(b"\n") {
                    text.bytes.push(b'\n');
                }
                parts.push((!matches!(body, PartType::Html(_)), text));
            }
        }
    }
    let holds = |(_, text): &&(bool, Text)| first_mark(&text.bytes).is_some();
    let with_log = |plain: bool| parts.iter().filter(holds).any(|(is_plain, _)| *is_plain == plain);
    let mut whole = Text::default();
    let (any, plain) = (with_log(true) || with_log(false), with_log(true));
    for (is_plain, part) in &parts {
        let wanted = if any { first_mark(&part.bytes).is_some() && *is_plain == plain } else { *is_plain };
        if wanted {
            whole.append(part);
        }
    }
    whole
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
