//! XML of other kinds, called by its name: what a person passes by mistake.

use std::fmt;

/// A kind of XML that is no `JUnit` report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, where its root tells.
    kind: Option<&'static str>,
    /// Its root element.
    root: String,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{kind} (its root is <{}>)", self.root),
            None => write!(f, "XML whose root is <{}>", self.root),
        }
    }
}

/// Root elements by which reports of tests are known.
const KINDS: [(&str, &str); 18] = [
    ("TestRun", "a TRX report of Visual Studio's tests"),
    ("test-results", "a report of NUnit 2"),
    ("test-run", "a report of NUnit 3"),
    ("assemblies", "a report of xUnit.net"),
    ("assembly", "a report of xUnit.net"),
    ("testng-results", "a report of TestNG"),
    ("robot", "a report of Robot Framework"),
    ("Site", "a report of CTest's dashboard"),
    ("TestLog", "a log of Boost.Test"),
    ("TestResult", "a report of Boost.Test"),
    ("TestCase", "a report of Qt Test"),
    ("Catch", "Catch's own XML"),
    ("Catch2TestRun", "Catch2's own XML"),
    ("doctest", "doctest's own XML"),
    ("checkstyle", "a report of Checkstyle"),
    ("coverage", "a report of coverage"),
    ("report", "a report of JaCoCo or another tool"),
    ("project", "a project's description"),
];

/// What XML this is; `None` for `JUnit`, pages and what is no XML.
pub(in crate::ingest) fn foreign(bytes: &[u8]) -> Option<Foreign> {
    let root = root(bytes)?;
    let page = root.eq_ignore_ascii_case("html");
    let declared = trimmed(bytes).starts_with(b"<?xml");
    let kind = KINDS.iter().find(|(name, _)| *name == root).map(|(_, kind)| *kind);
    let ours = root.starts_with("testsuite");
    (!page && !ours && (declared || kind.is_some())).then_some(Foreign { kind, root })
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// The name of the root element without a namespace: what stands before it is passed over. `None` for what does not begin
/// like XML.
pub(super) fn root(bytes: &[u8]) -> Option<String> {
    const LONGEST: usize = 80;
    let mut rest = trimmed(bytes);
    loop {
        let end = match rest {
            [b'<', b'?', ..] => memchr::memmem::find(rest, b"?>")? + 2,
            [b'<', b'!', b'-', b'-', ..] => memchr::memmem::find(rest, b"-->")? + 3,
            [b'<', b'!', ..] => doctype(rest)?,
            [b'<', name @ ..] => {
                let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
                let length = name.iter().take(LONGEST).take_while(|byte| is_name(byte)).count();
                let name = String::from_utf8_lossy(&name[..length]);
                let name = name.rsplit(':').next().unwrap_or_default();
                return (!name.is_empty()).then(|| name.to_owned());
            }
            _ => return None,
        };
        rest = rest[end..].trim_ascii_start();
    }
}

/// The end of a document type, which may hold declarations in brackets.
fn doctype(bytes: &[u8]) -> Option<usize> {
    let mut brackets = 0usize;
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[') => brackets += 1,
            (None, b']') => brackets = brackets.saturating_sub(1),
            (None, b'>') if brackets == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_behind_the_prolog() {
        let of = |text: &str| root(text.as_bytes());
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(of("\u{feff}<?xml version=\"1.0\"?>\n<!-- <a> -->\n<testsuite name='x'/>"), named("testsuite"));
        assert_eq!(of("<!DOCTYPE a [<!ENTITY b \"]>\">]><x:testsuites>"), named("testsuites"));
        assert_eq!((of("< a>"), of("x<a>"), of(""), of("<!DOCTYPE a"), of("<?xml")), (None, None, None, None, None));
    }

    #[test]
    fn others_are_called_by_their_name() {
        let of = |text: &str| foreign(text.as_bytes()).map(|foreign| foreign.to_string());
        assert_eq!(
            of("<TestRun id='1'>").as_deref(),
            Some("a TRX report of Visual Studio's tests (its root is <TestRun>)")
        );
        assert_eq!(of("<?xml version='1.0'?><a/>").as_deref(), Some("XML whose root is <a>"));
        assert_eq!((of("<pre>run"), of("<?xml?><HTML>"), of("<testsuite>"), of("<a>")), (None, None, None, None));
    }
}
