//! Text of others: titles, subjects, names, paths, whatever an input says. It is made harmless where it comes in, so that
//! nothing that is shown of it moves a cursor, hides a word or turns a line round.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A piece of somebody else's text, on one line, as [`clean_line`] leaves it. There is no way to the bytes of the input from
/// here; a medium with marks of its own (HTML, Markdown, the lines of a CI's log) has to quote them besides.
///
/// ```
/// use bisectstat::evidence::Text;
///
/// let subject = Text::new("x86: fix\r\u{1b}[2Jall is well");
/// assert_eq!(subject.to_string(), "x86: fix\u{fffd}\u{fffd}[2Jall is well");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// Makes a text harmless.
    #[doc(hidden)]
    #[must_use]
    pub fn new(text: &str) -> Self {
        match cleaned(text) {
            Cow::Borrowed(clean) if !clean.contains('\n') => Self(clean.into()),
            clean => Self(clean.replace('\n', "\u{fffd}").into()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Text {
    fn from(text: &T) -> Self {
        Self::new(text.as_ref())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

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
    // Nearly every text is plain ASCII. To look at all bytes is faster than to stop at the first other one.
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    if text.bytes().fold(true, |all, byte| all & plain(byte)) || !text.chars().any(|c| harmless(c) != c) {
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
pub(crate) fn hides(c: char) -> bool {
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
