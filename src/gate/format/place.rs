//! Where a finding stands: the line of the log, what is marked in it, and the path as other programs want it.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::words::clean;
use crate::evidence::{Line, Source};
use crate::files::percent_encoded;
use crate::finding::render::mark;

/// Characters of a line that are quoted.
const QUOTED: usize = 400;

/// A line of the log, cleaned and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    /// The line.
    pub(super) text: String,
    /// Where the marked part begins, in characters.
    pub(super) from: usize,
    /// Where it ends.
    pub(super) to: usize,
}

impl Quote {
    fn new(line: &str) -> Self {
        let text: String = clean(line).chars().take(QUOTED).collect();
        let mark = mark(&text);
        let characters = |end: usize| text[..end].chars().count();
        let (from, to) = (characters(mark.start), characters(mark.end));
        Self { text, from, to }
    }

    /// The marked part.
    pub(super) fn marked(&self) -> String {
        self.text.chars().skip(self.from).take(self.to - self.from).collect()
    }

    /// Its first and one past its last column, counted from 1 in UTF-16 code units as SARIF does.
    pub(super) fn columns(&self) -> (usize, usize) {
        let units = |n: usize| self.text.chars().take(n).map(char::len_utf16).sum::<usize>() + 1;
        (units(self.from), units(self.to))
    }
}

/// The wanted lines of a log, in one pass over it.
pub(super) fn quotes(source: &Source, wanted: &BTreeSet<Line>) -> BTreeMap<Line, Quote> {
    let Some(last) = wanted.last() else { return BTreeMap::new() };
    let lines = source.lines().take_while(|(line, _)| line <= last);
    lines.filter(|(line, _)| wanted.contains(line)).map(|(line, text)| (line, Quote::new(&text))).collect()
}

/// A path without a leading `./`.
pub(super) fn relative(path: &str) -> String {
    clean(undotted(path))
}

fn undotted(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

/// A path as a URI: relative to the working directory, or `file:` for an absolute one.
pub(super) fn uri(path: &str) -> String {
    let path = undotted(path);
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", path.split('/').map(percent_encoded).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crash_is_marked() {
        let quote = Quote::new("run #0: crashed: WARNING in f\r");
        assert_eq!((quote.from, quote.marked().as_str()), (17, "WARNING in f\u{fffd}"));
        let quote = Quote::new("  ä𝄞 OK  ");
        assert_eq!((quote.marked().as_str(), quote.columns()), ("ä𝄞 OK", (3, 9)));
        assert_eq!(Quote::new("  ").marked(), "");
        assert_eq!(Quote::new("crashed: ").marked(), "crashed:");
        assert_eq!(Quote::new("> all runs: OK").marked(), "> all runs: OK");
        assert_eq!(Quote::new("run #7: boot failed: x").marked(), "boot failed: x");
        assert_eq!(Quote::new(&"x".repeat(9999)).columns(), (1, QUOTED + 1));
    }

    #[test]
    fn paths_become_uris() {
        let cases = [
            ("data/004.txt", "data/004.txt"),
            (".//./a b%#?:ä.txt", "a%20b%25%23%3F%3A%C3%A4.txt"),
            ("../x\n", "../x%0A"),
            ("/var/log", "file:///var/log"),
            ("-", "-"),
        ];
        for (path, expected) in cases {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn only_wanted_lines_are_quoted() {
        let source = Source::new("log").holding(b"one\ntwo\nthree");
        let quotes = quotes(&source, &BTreeSet::from([Line(2), Line(9)]));
        assert_eq!(quotes.keys().collect::<Vec<_>>(), [&Line(2)]);
    }
}
