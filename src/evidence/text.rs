//! Text of others: titles, subjects, names, paths, whatever an input says. It is made harmless where it comes in, so that
//! nothing that is shown of it moves a cursor, hides a word or turns a line round.

use std::borrow::Cow;

/// Somebody else's text without what a terminal, a parser or a reader's eye could trip over: control characters (C1, too), the
/// marks that turn the direction of writing, what else cannot be seen, separators of lines, and what XML cannot hold become
/// U+FFFD; a tab becomes a blank. Line ends stay; so does the number of characters.
#[must_use]
pub fn clean(text: &str) -> String {
    cleaned(text).into_owned()
}

/// The same on one line.
#[must_use]
pub fn clean_line(text: &str) -> String {
    clean(text).replace('\n', "\u{fffd}")
}

/// As [`clean`], without a copy where nothing is to be done.
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    // Nearly every text is plain ASCII.
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    if text.as_bytes().iter().all(plain) || !text.chars().any(|c| harmless(c) != c) {
        return text.into();
    }
    text.chars().map(harmless).collect()
}

fn harmless(c: char) -> char {
    match c {
        '\n' => '\n',
        '\t' => ' ',
        c if hides(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Whether a character is none to see, but does something.
pub(super) fn hides(c: char) -> bool {
    c.is_control() || {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_replaced_one_by_one() {
        let hostile = "a\x1b[31m\tb\u{202e}c\r\n\u{0}\u{85}\u{ffff}";
        assert_eq!(clean(hostile), "a\u{fffd}[31m b\u{fffd}c\u{fffd}\n\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(clean_line("a\nb"), "a\u{fffd}b");
        assert!(matches!(cleaned("plain\nü"), Cow::Borrowed(_)));
        assert_eq!(clean("\u{200b}\u{feff}\u{2028}\u{9b}"), "\u{fffd}".repeat(4));
    }
}
