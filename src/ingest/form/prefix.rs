//! What stands before each line of a log: quote marks among other text, indentation, a table's bar.

use super::{Text, begins_a_log};

/// The lines behind the prefix that stands before the log's first words. The others are somebody else's.
pub(super) fn without(text: &Text) -> Option<Text> {
    let prefix = text.lines().find_map(|(_, line)| prefix(line))?;
    let bare = prefix.trim_ascii_end();
    let mut log = Text::default();
    for (number, line) in text.lines() {
        let ended = line.ends_with(b"\n");
        if let Some(rest) = line.strip_prefix(prefix) {
            log.push(number, rest);
        } else if line.trim_ascii_end() == bare {
            log.push(number, if ended { b"\n" } else { b"" });
        }
    }
    Some(log)
}

/// Whether every line of a log has a prefix, and the first lines the same.
pub(super) fn is_everywhere(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 400;
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(first) = lines.next() else { return false };
    let bare = marks(first).0.trim_ascii_end();
    let same =
        |line: &[u8]| if bare.is_empty() { marks(line).0.starts_with(marks(first).0) } else { line.starts_with(bare) };
    !marks(first).0.is_empty() && lines.take(SAMPLE).all(same)
}

/// A line as marks and spaces, and the rest.
fn marks(line: &[u8]) -> (&[u8], &[u8]) {
    line.split_at(line.iter().take_while(|byte| matches!(byte, b'>' | b'|' | b':' | b' ' | b'\t')).count())
}

/// Marks and spaces before a log's words.
fn prefix(line: &[u8]) -> Option<&[u8]> {
    let (prefix, rest) = marks(line);
    (!prefix.is_empty() && begins_a_log(rest)).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_the_prefix_are_kept() {
        let text = Text::plain(b"On Monday, A. wrote:\n> | git bisect start\n> |\n> |  x\nI see.\n> | y".to_vec());
        let log = without(&text).unwrap();
        assert_eq!((&log.bytes[..], &log.numbers[..]), (&b"git bisect start\n\n x\ny"[..], &[2, 3, 4, 6][..]));
        assert_eq!(without(&Text::plain(b"git bisect start\n  x\n".to_vec())), None);
    }
}
