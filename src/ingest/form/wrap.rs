//! Lines of a log of syzkaller's that a mail program broke: a hash alone in its line belongs to the line before, and so does
//! what closes a bracket there.

use memchr::memmem;

use super::Text;

/// Whether a log's lines were broken at their hashes: the first lines tell.
pub(super) fn is_broken(bytes: &[u8]) -> bool {
    const FIRST: usize = 4096;
    let head = &bytes[..bytes.len().min(FIRST)];
    let has = |words: &str| memmem::find(head, words.as_bytes()).is_some();
    let mut above: &[u8] = &[];
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| (std::mem::replace(&mut above, line), line));
    has("testing commit") && has("run #0: ") && lines.any(|(above, line)| is_hash(line) && wants_hash(above))
}

/// The lines as they were.
pub(super) fn without(text: &Text) -> Text {
    let mut whole = Text::default();
    let mut open = false;
    for (number, line) in text.lines() {
        if open || (is_hash(line) && wants_hash(last(&whole))) {
            whole.go_on(line);
        } else {
            whole.push(number, line);
        }
        // One line was made two, hardly more.
        open = !open && is_open(&whole);
    }
    whole
}

fn is_hash(line: &[u8]) -> bool {
    let word = line.trim_ascii();
    matches!(word.len(), 40 | 64) && word.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a line lacks the hash at its end. Hashes stand alone in lists, too.
fn wants_hash(line: &[u8]) -> bool {
    const BEFORE: [&[u8]; 9] = [
        b" starting from",
        b" commit since",
        b"testing commit",
        b"signature:",
        b"syzkaller on",
        b"bisect good",
        b"bisect bad",
        b"bisect skip",
        b" commit:",
    ];
    let line = line.trim_ascii_end();
    BEFORE.iter().any(|words| line.ends_with(words)) || line.starts_with(b"# git bisect start ")
}

/// The last line so far.
fn last(text: &Text) -> &[u8] {
    let bytes = text.bytes.strip_suffix(b"\n").unwrap_or(&text.bytes);
    bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Whether the last line is one of those with numbers in brackets, and has no end of them.
fn is_open(text: &Text) -> bool {
    const BRACKETS: [&[u8]; 2] = [b"revisions tested: ", b"Bisecting: "];
    let last = last(text);
    let bracketed = BRACKETS.iter().any(|start| last.starts_with(start));
    bracketed && last.contains(&b'(') && !last.contains(&b')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_mended() {
        let (hash, signature) = ("62fb9874f5da54fdb243003b386128037319b219", "4a493c7a".repeat(8));
        let log = format!(
            "bisecting cause commit starting from {hash}\ntesting commit {hash}\nkernel signature: {signature}\nrun #0: OK\n\
             # git bisect start {hash} {hash}\nBisecting: 9 revisions left to test after this (roughly 3 steps)\n\
             revisions tested: 17, total time: 4h45m (build: 2h10m, test: 2h)\n"
        );
        let broken = log
            .replace(&format!("from {hash}"), &format!("from\n{hash}"))
            .replace(&format!(" {signature}"), &format!("\n{signature}"))
            .replace(&format!("{hash} {hash}"), &format!("{hash}\n{hash}"))
            .replace("(roughly 3 ", "(roughly 3\n")
            .replace("(build: ", "(build:\n");
        assert!(is_broken(broken.as_bytes()) && !is_broken(log.as_bytes()));
        let apart = without(&Text::plain(broken.replace("signature:\n", "signature:\n\n").into_bytes()));
        assert_eq!(apart.numbers.len(), apart.bytes.split_inclusive(|byte| *byte == b'\n').count());
        let listed = format!("{log}The first bad commit could be any of:\n{hash}\n{hash}\n");
        assert!(!is_broken(listed.as_bytes()), "a list of hashes is one");
        assert_eq!(without(&Text::plain(broken.clone().into_bytes())).bytes, log.as_bytes());
    }
}
