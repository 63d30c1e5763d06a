//! What a log says, made harmless: every text on a page goes through here, because the templates know no other way.

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// Escapes markup, and shows what would otherwise be unseen: control characters and marks that turn the direction of
/// writing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clean;

impl Escaper for Clean {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            if let Some(escaped) = escaped(c) {
                out.write_str(&text[plain..at])?;
                match escaped {
                    Escaped::Entity(entity) => out.write_str(entity)?,
                    Escaped::Shown(shown) => out.write_char(shown)?,
                }
                plain = at + c.len_utf8();
            }
        }
        out.write_str(&text[plain..])
    }
}

enum Escaped {
    Entity(&'static str),
    Shown(char),
}

fn escaped(c: char) -> Option<Escaped> {
    let entity = |entity| Some(Escaped::Entity(entity));
    match c {
        '&' => entity("&amp;"),
        '<' => entity("&lt;"),
        '>' => entity("&gt;"),
        '"' => entity("&quot;"),
        '\'' => entity("&#39;"),
        '\t' | '\n' => None,
        // Unicode has a picture for each of them.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).map(Escaped::Shown),
        '\u{7f}' => Some(Escaped::Shown('␡')),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
            Some(Escaped::Shown(char::REPLACEMENT_CHARACTER))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_what_is_unseen_is_escaped() {
        let clean = |text: &str| {
            let mut out = String::new();
            Clean.write_escaped_str(&mut out, text).unwrap();
            out
        };
        assert_eq!(clean("<a href='x'>&\"]]>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;]]&gt;");
        assert_eq!(clean("a\0b\x1b[31m\u{202e}c\td"), "a␀b␛[31m\u{fffd}c\td");
        assert_eq!(clean("plain ü"), "plain ü");
    }
}
