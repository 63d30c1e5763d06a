//! How a failure is called: the first line of its message, with the exception that it was.

use crate::evidence::Title;

/// Longer ones are cut: some messages hold whole documents.
const LONGEST: usize = 200;

/// The title of a failure with this message, type and text. Missing when none of them says anything.
pub(super) fn title(message: Option<&str>, kind: Option<&str>, text: &str) -> Option<Title> {
    let message = message.and_then(first_line).or_else(|| first_line(text));
    let kind = kind.and_then(first_line);
    let title = match (message, kind.map(|kind| (kind, short(kind)))) {
        // The message of an exception alone does not tell which it was.
        (Some(message), Some((kind, name))) if is_exception(kind) && !message.contains(name) => {
            format!("{name}: {message}")
        }
        (Some(message), Some((kind, name))) => match message.strip_prefix(kind) {
            Some(rest) if rest.starts_with(':') => format!("{name}{rest}"),
            _ => message.to_owned(),
        },
        (Some(message), None) => message.to_owned(),
        (None, Some((kind, _))) => kind.to_owned(),
        (None, None) => return None,
    };
    Title::new(&title.chars().take(LONGEST).collect::<String>())
}

/// The first line that is not blank.
pub(super) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// `AssertionError` for `java.lang.AssertionError`.
fn short(kind: &str) -> &str {
    kind.rsplit(['.', '$', ':']).next().unwrap_or(kind)
}

/// Whether a type is a class: `java.io.IOException`, not `REQUIRE` or `test failure`.
fn is_exception(kind: &str) -> bool {
    let name = short(kind);
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let ends = ["Error", "Exception", "Failure", "Failed", "Throwable", "Panic"];
    !name.is_empty() && name.chars().all(plain) && ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_failure_best_names_it() {
        let title = |message: Option<&str>, kind: Option<&str>, text: &str| {
            super::title(message, kind, text).map(|title| title.to_string())
        };
        let named = |text: &str| Some(text.to_owned());
        assert_eq!(
            title(Some("expected:<1>\nbut was:<2>"), Some("java.lang.AssertionError"), ""),
            named("AssertionError: expected:<1>")
        );
        assert_eq!(title(None, Some("java.io.IOException"), "java.io.IOException: x\n\tat y"), named("IOException: x"));
        assert_eq!(title(Some("AssertionError: 1"), Some("a.AssertionError"), "x"), named("AssertionError: 1"));
        assert_eq!(title(Some("x == 1"), Some("REQUIRE"), "FAILED:"), named("x == 1"));
        assert_eq!(title(None, None, "\n  Error: expect(1)\n  at x"), named("Error: expect(1)"));
        assert_eq!(title(Some(" "), Some("Timeout"), "\n"), named("Timeout"));
        assert_eq!(title(None, None, ""), None);
        assert_eq!(title(Some(&"ä".repeat(999)), None, "").map(|t| t.chars().count()), Some(LONGEST));
    }
}
