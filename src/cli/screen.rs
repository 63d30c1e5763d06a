//! What people read, on a terminal or in a CI's log: the last door. Texts of others come here harmless (`evidence::Text`);
//! what is left to do is what only these two obey. A line that begins with `::` is a command to GitHub's runner, and so is
//! `##[…]` anywhere (also Azure's `##vso[` and `TeamCity`'s `##teamcity[`).

use std::io::{self, Write};

use crate::evidence::{clean, hides};

/// Writes a text that may have styles of ours in it.
pub(super) fn write(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(harmless(text).as_bytes())
}

/// A text that is no command to whoever shows it.
pub(super) fn harmless(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

/// JSON that says the same in characters that nobody obeys: what is not ours in it (the `id` of a record) must come out as it
/// went in.
pub(super) fn json(text: &str) -> String {
    let escape = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}"))
    };
    let safe = text.chars().map(|c| if hides(c) { escape(c) } else { c.to_string() }).collect::<String>();
    COMMANDS.iter().fold(safe, |text, command| text.replace(command, &format!("#\\u0023{}", &command[2..])))
}

fn line(line: &str) -> String {
    let (pieces, plain) = (pieces(line), plain(line));
    let mut shown: String =
        pieces.iter().map(|piece| if is_style(piece) { (*piece).to_owned() } else { clean(piece) }).collect();
    if COMMANDS.iter().any(|command| plain.contains(command)) {
        // A style may stand within the word.
        shown = COMMANDS
            .iter()
            .fold(clean(&plain), |text, command| text.replace(command, &format!("##\\{}", &command[2..])));
    }
    if plain.trim_start().starts_with("::") {
        shown = shown.replacen("::", "\\::", 1);
    }
    shown
}

/// Words in a line that are commands.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// The line without our styles.
fn plain(line: &str) -> String {
    pieces(line).into_iter().filter(|piece| !is_style(piece)).collect()
}

/// Styles, and what stands between them.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), line);
    while let Some(at) = rest.find("\x1b[") {
        let (before, style) = rest.split_at(at);
        let end = 2 + style[2..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        let end = if style[end..].starts_with('m') { end + 1 } else { 1 };
        pieces.extend([before, &style[..end]]);
        rest = &style[end..];
    }
    pieces.push(rest);
    pieces
}

/// Colours and weights, and nothing else that a terminal obeys.
fn is_style(piece: &str) -> bool {
    piece.starts_with("\x1b[") && piece.ends_with('m')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_stay_and_nothing_else_does() {
        assert_eq!(harmless("\x1b[1;31mred\x1b[0m\n"), "\x1b[1;31mred\x1b[0m\n");
        assert_eq!(
            harmless("a\x1b[2Jb\x1b]0;x\x07c\rd\u{9b}e"),
            "a\u{fffd}[2Jb\u{fffd}]0;x\u{fffd}c\u{fffd}d\u{fffd}e"
        );
        assert_eq!(harmless("\x1b[12"), "\u{fffd}[12");
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(harmless("a::b\n::error::x\n  ::y"), "a::b\n\\::error::x\n  \\::y");
        assert_eq!(harmless("\x1b[1m::error::x\x1b[0m"), "\x1b[1m\\::error::x\x1b[0m");
        assert_eq!(harmless("x ##[stop-commands]y"), "x ##\\[stop-commands]y");
        assert_eq!(harmless("x #\x1b[1m#[group]y"), "x ##\\[group]y");
        assert_eq!(harmless("##vso[a]##teamcity[b]"), "##\\vso[a]##\\teamcity[b]");
    }

    #[test]
    fn json_says_the_same() {
        let text = serde_json::to_string("a\u{9b}b\u{e0041}##[c]\u{202e}\n").unwrap();
        let safe = json(&text);
        assert_eq!(safe, "\"a\\u009bb\\udb40\\udc41#\\u0023[c]\\u202e\\n\"");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), serde_json::from_str::<String>(&text).unwrap());
    }
}
