//! What can be wrong with a policy: always with its file, and its line where there is one.

use std::io;
use std::ops::Range;

use super::text::PolicyText;

/// Why a policy does not hold.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The operating system refused.
    #[doc(hidden)]
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// Somebody else's file.
    #[doc(hidden)]
    #[error(
        "{file}: it belongs to another user, in a folder in which everybody may write: name it with --config to go by it, \
         or say --no-config"
    )]
    Stranger {
        /// The file.
        file: String,
    },
    /// A line that says nothing that could hold.
    #[doc(hidden)]
    #[error("{file}:{line}: {flaw}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what was expected.
        flaw: String,
    },
}

impl PolicyError {
    /// What is wrong with a part of the text.
    pub(super) fn at(text: &PolicyText, span: Range<usize>, flaw: impl Into<String>) -> Self {
        Self::Line { file: text.name.clone(), line: text.line(span.start), flaw: flaw.into() }
    }

    /// What the parser says, with a suggestion where a name is unknown.
    pub(super) fn parse(text: &PolicyText, error: &toml::de::Error) -> Self {
        Self::at(text, error.span().unwrap_or_default(), suggested(error.message()))
    }
}

/// Adds the nearest known name to serde's "unknown field `a`, expected one of `b`, `c`".
fn suggested(message: &str) -> String {
    let message = message.trim().replace('\n', ", ");
    let Some(unknown) = ["unknown field `", "unknown variant `"].iter().find_map(|start| message.strip_prefix(start))
    else {
        return message;
    };
    let mut names = unknown.split('`').step_by(2);
    let found = names.next().unwrap_or_default();
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    unknown_name(what, found, &unknown.split('`').skip(2).step_by(2).collect::<Vec<_>>())
}

/// "unknown key `p-rigth`, did you mean `p-right`?", or the list of what is known.
pub(crate) fn unknown_name(what: &str, found: &str, known: &[&str]) -> String {
    /// As clap's.
    const NEAR: f64 = 0.7;
    let nearness = |name: &&&str| strsim::jaro(found, name);
    let nearest = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
    match nearest.filter(|name| nearness(name) > NEAR) {
        Some(name) => format!("unknown {what} `{found}`, did you mean `{name}`?"),
        None => format!("unknown {what} `{found}`, expected one of {}", list(known)),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_get_the_nearest() {
        let known = "unknown field `p-rigth`, expected one of `p-right`, `p-named`, `min-p`";
        assert_eq!(suggested(known), "unknown key `p-rigth`, did you mean `p-right`?");
        assert_eq!(suggested("unknown field `x`, expected `a` or `b`"), "unknown key `x`, expected one of `a`, `b`");
        let level = "unknown variant `denied`, expected one of `deny`, `warn`, `allow`";
        assert_eq!(suggested(level), "unknown value `denied`, did you mean `deny`?");
        assert_eq!(suggested("something else"), "something else");
    }
}
