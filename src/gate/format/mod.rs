//! Decision → what other programs read: one format a file, each a function of the decision alone.
//!
//! What comes from a log is somebody else's text. `notice` takes the control characters out of it, once for all formats;
//! what is special in a format is escaped where it is written. Each receiving side has limits: the worst comes first, and
//! what is left out is counted.

mod codes;
pub mod explain;
mod github;
mod gitlab;
pub mod json;
mod junit;
mod lines;
mod markdown;
mod notice;
mod place;
mod sarif;
mod sarif_rules;
mod sarif_types;
pub mod text;
mod words;

use std::io::{self, Write};

use super::decision::Decision;

pub use codes::{CODES, Code};

/// What other programs read.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
    /// Annotations by GitHub's workflow commands.
    Github,
    /// JUnit XML: one test case a bisection.
    Junit,
    /// GitLab's code quality report.
    Gitlab,
    /// Markdown for a comment or a job's summary.
    Markdown,
}

impl Format {
    /// All of them.
    #[doc(hidden)]
    pub const ALL: [Self; 5] = [Self::Sarif, Self::Github, Self::Junit, Self::Gitlab, Self::Markdown];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::Markdown => "markdown",
        }
    }
}

/// Writes a decision. The same decision gives the same bytes.
///
/// # Errors
/// When `out` cannot be written.
///
/// ```
/// use bisectstat::gate::decision::Decision;
/// use bisectstat::gate::format::{Format, write};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analyses = bisectstat::analyze(&log)?;
/// let mut out = Vec::new();
/// write(Format::Sarif, &Decision::of_all(&analyses, Vec::new()), &mut out)?;
/// assert!(String::from_utf8(out)?.contains("BS201"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(format: Format, decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Sarif => sarif::write(decision, out),
        Format::Github => github::write(decision, out),
        Format::Junit => junit::write(decision, out),
        Format::Gitlab => gitlab::write(decision, out),
        Format::Markdown => markdown::write(decision, out),
    }
}
