//! Bytes that stand for other bytes: UTF-16, and mail's quoted-printable.

use memchr::{memchr_iter, memmem};

use super::Text;

/// UTF-16 as UTF-8; `None` for anything else. Told by the mark at its beginning, or by the zeros between the letters.
pub(super) fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (rest, little) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ if zeros(bytes, 1) => (bytes, true),
        _ if zeros(bytes, 0) => (bytes, false),
        _ => return None,
    };
    let unit = if little { u16::from_le_bytes } else { u16::from_be_bytes };
    let units = rest.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.into_bytes())
}

/// Whether nearly every second byte is zero, from this one on, and no other.
fn zeros(bytes: &[u8], from: usize) -> bool {
    const SAMPLE: usize = 400;
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    sample.len() >= 16 && zeros(from) * 2 >= sample.len() / 10 * 9 && zeros(1 - from) == 0
}

/// Whether every `=` is one of quoted-printable's, and some are at line ends or stand for themselves.
pub(super) fn is_quoted_printable(bytes: &[u8]) -> bool {
    let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let own = |at: usize| match &bytes[at + 1..] {
        [b'\n', ..] | [b'\r', b'\n', ..] | [] => true,
        [high, low, ..] => hex(high) && hex(low),
        [_] => false,
    };
    // A space needs no sign but at a line end: `n=20` is what it says.
    const SURE: [&[u8]; 5] = [b"=\n", b"=\r\n", b"=3D", b"=20\n", b"=20\r\n"];
    let sure = || SURE.iter().any(|sign| memmem::find(bytes, sign).is_some());
    let signs = || memchr_iter(b'=', bytes);
    signs().next().is_some() && signs().all(own) && sure()
}

/// Quoted-printable text decoded; its first line has the number `first` in the file.
pub(super) fn quoted_printable(bytes: &[u8], first: u32) -> Text {
    let mut text = Text::default();
    let mut open: Option<(u32, Vec<u8>)> = None;
    for (number, line) in (first..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let ended = line.ends_with(b"\n");
        let content = line.trim_ascii_end();
        let (content, soft) = content.strip_suffix(b"=").map_or((content, false), |content| (content, true));
        let (start, mut whole) = open.take().unwrap_or((number, Vec::new()));
        unquote(content, &mut whole);
        if soft {
            open = Some((start, whole));
            continue;
        }
        whole.extend(ended.then_some(b'\n'));
        text.push(start, &whole);
    }
    if let Some((start, whole)) = open {
        text.push(start, &whole);
    }
    text
}

fn unquote(mut line: &[u8], out: &mut Vec<u8>) {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, rest @ ..] = line {
        line = match (first, rest) {
            (b'=', [high, low, rest @ ..]) if digit(*high).is_some() && digit(*low).is_some() => {
                out.push(digit(*high).unwrap_or_default() << 4 | digit(*low).unwrap_or_default());
                rest
            }
            _ => {
                out.push(*first);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_told_by_its_mark_or_its_zeros() {
        let text = "testing commit 1234\nü\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&[b"\xff\xfe", &little[..]].concat(), &[b"\xfe\xff", &big[..]].concat(), &little, &big] {
            assert_eq!(utf16(bytes).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!((utf16(text.as_bytes()), utf16(&[0; 64])), (None, None));
    }

    #[test]
    fn soft_line_ends_are_joined() {
        let text = quoted_printable(b"a=3D=\r\nb  \r\nc=C3=BC\n=\nd=", 5);
        assert_eq!((&text.bytes[..], &text.numbers[..]), ("a=b\ncü\nd".as_bytes(), &[5, 7, 8][..]));
        assert!(is_quoted_printable(b"a=\nb") && is_quoted_printable(b"=3D"));
        for plain in [&b"a=b"[..], b"ARCH=x86_64 =3D", b"no sign", b"=AA"] {
            assert!(!is_quoted_printable(plain));
        }
    }
}
