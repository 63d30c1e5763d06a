//! What a gate demands: a default, a file in TOML, overrides for some logs, and suppressions. The same file has the options
//! that all commands share.
//!
//! The default is a policy like any other (`default.toml`), below the file. For one log, the last override that says
//! something decides, then the file, then the default; within one of them a rule by its name, then `all`, then the
//! severity. Each value keeps the line that it stands in.

mod demands;
mod error;
mod file;
mod layer;
mod options;
mod owner;
mod paths;
mod suppress;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::decision::{Because, Decision};

use file::{File, LimitsOfFile, LimitsOfOverride, OverrideTable};
use layer::{Layer, Layers};
use paths::{Paths, normal};
use suppress::Suppression;
use text::PolicyText;

pub use demands::Demands;
pub use error::PolicyError;
pub(crate) use error::unknown_name;
pub(crate) use options::{Setting, options};

/// The default policy, with comments and examples.
pub(crate) const DEFAULT: &str = include_str!("default.toml");
/// The names that are looked for, in this order.
pub(crate) const FILES: [&str; 2] = ["bisectstat.toml", ".bisectstat.toml"];

/// What is demanded of bisections.
#[derive(Debug)]
pub struct Policy {
    /// The file, or `default`.
    #[doc(hidden)]
    pub name: String,
    /// Whether an input without any bisection passes.
    #[doc(hidden)]
    pub allow_empty: bool,
    /// The baseline's file.
    #[doc(hidden)]
    pub baseline: Option<PathBuf>,
    /// Where the globs start.
    folder: PathBuf,
    default: Layer,
    file: Layer,
    overrides: Vec<(Paths, Layer)>,
    suppressions: Vec<Suppression>,
}

/// The policy's file for a folder: the first in it or above it, up to the root of its repository, or as far as the folders
/// have the same owner. Named as seen from the folder.
///
/// # Errors
/// [`PolicyError::Stranger`] for a file of somebody else's, in a folder in which everybody may write.
pub fn find(folder: &Path) -> Result<Option<PathBuf>, PolicyError> {
    for (up, above) in folder.ancestors().enumerate() {
        if !owner::same(folder, above) {
            break;
        }
        for name in FILES {
            let (file, name) = (above.join(name), "../".repeat(up) + name);
            if file.is_file() {
                let trusted = owner::may_speak(&file, above);
                return if trusted { Ok(Some(name.into())) } else { Err(PolicyError::Stranger { file: name }) };
            }
        }
        if above.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

impl Policy {
    /// The default.
    ///
    /// # Errors
    /// None: a test reads it.
    pub fn standard() -> Result<Self, PolicyError> {
        Self::parse_on("", "default", Path::new("."), Date::MIN)
    }

    /// Reads a file, `bisectstat.toml` by custom. Suppressions have a last day, which is one of UTC here.
    ///
    /// # Errors
    /// [`PolicyError`] when it cannot be read, or a line of it says nothing that could hold: unknown keys, values out of range,
    /// suppressions that have expired `now`.
    pub fn read(path: &Path, now: SystemTime) -> Result<Self, PolicyError> {
        Self::read_on(path, day(now))
    }

    /// Reads the text of the policy `name`, as errors call it; its paths start in `folder`.
    ///
    /// # Errors
    /// As [`Self::read`].
    ///
    /// ```
    /// use bisectstat::gate::Policy;
    ///
    /// let text = "[rules]\nflaky-reproducer = \"of\"\n";
    /// let error = Policy::parse(text, "bisectstat.toml", ".".as_ref(), std::time::SystemTime::now()).unwrap_err();
    /// assert!(error.to_string().starts_with("bisectstat.toml:2: "));
    /// ```
    pub fn parse(text: &str, name: &str, folder: &Path, now: SystemTime) -> Result<Self, PolicyError> {
        Self::parse_on(text, name, folder, day(now))
    }

    /// As [`Self::read`], on another day.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn read_on(path: &Path, today: Date) -> Result<Self, PolicyError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| PolicyError::Io { file: file.clone(), error })?;
        Self::parse_on(&text, &file, path.parent().unwrap_or(path), today)
    }

    /// As [`Self::parse`], on another day.
    ///
    /// # Errors
    /// As [`Self::read`].
    #[doc(hidden)]
    pub fn parse_on(text: &str, name: &str, folder: &Path, today: Date) -> Result<Self, PolicyError> {
        let standard = PolicyText { name: "default policy".to_owned(), text: DEFAULT.to_owned(), numbered: false };
        let Parsed { file: default, limits } = Parsed::new(&standard)?;
        let default = default.layer(&standard, &limits.limits)?;
        let text = PolicyText { name: name.to_owned(), text: text.to_owned(), numbered: true };
        let Parsed { file, limits } = Parsed::new(&text)?;
        let suppressions = file.suppress.iter().map(|entry| Suppression::new(&text, entry, today));
        let suppressions = suppressions.collect::<Result<_, _>>()?;
        Ok(Self {
            name: text.name.clone(),
            allow_empty: file.allow_empty,
            baseline: file.baseline.as_ref().map(|path| folder.join(path)),
            folder: normal(folder),
            default,
            overrides: overrides(&text, &file.overrides, &limits.overrides)?,
            file: file.layer(&text, &limits.limits)?,
            suppressions,
        })
    }

    /// What is demanded of this log.
    #[doc(hidden)]
    #[must_use]
    pub fn demands(&self, path: &str) -> Demands<'_> {
        let meant = self.overrides.iter().rev().filter(|(paths, _)| paths.matches(path, &self.folder));
        let layers = meant.map(|(_, layer)| layer).chain([&self.file, &self.default]);
        Demands { layers: Layers(layers.collect()), policy: self }
    }

    /// Suppressions that mean nothing in these bisections, although their log is among them.
    #[doc(hidden)]
    #[must_use]
    pub fn unused(&self, decision: &Decision<'_>) -> Vec<&Because> {
        let judged = &decision.bisections;
        let concerns = |entry: &&Suppression| judged.iter().any(|one| entry.concerns(one.analysis, &self.folder));
        let serves = |entry: &&Suppression| judged.iter().any(|one| entry.serves(one, &self.folder));
        let unused = self.suppressions.iter().filter(|entry| concerns(entry) && !serves(entry));
        unused.map(|entry| &entry.because).collect()
    }
}

/// The day of a moment, in UTC.
fn day(now: SystemTime) -> Date {
    let far = if now < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(now).unwrap_or(far).to_zoned(TimeZone::UTC).date()
}

/// A file, and the lines of its limits.
struct Parsed {
    file: File,
    limits: LimitsOfFile,
}

impl Parsed {
    fn new(text: &PolicyText) -> Result<Self, PolicyError> {
        let flaw = |error| PolicyError::parse(text, &error);
        Ok(Self { file: toml::from_str(&text.text).map_err(flaw)?, limits: toml::from_str(&text.text).map_err(flaw)? })
    }
}

fn overrides(
    text: &PolicyText,
    tables: &[toml::Spanned<OverrideTable>],
    limits: &[LimitsOfOverride],
) -> Result<Vec<(Paths, Layer)>, PolicyError> {
    let overrides = tables.iter().zip(limits).map(|(table, limits)| {
        let entry = table.get_ref();
        if entry.paths.is_empty() {
            return Err(PolicyError::at(text, table.span(), "found no `paths`, expected the globs of some logs"));
        }
        Ok((Paths::new(text, &entry.paths)?, entry.layer(text, &limits.limits)?))
    });
    overrides.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_says_everything_and_its_examples_hold() {
        let standard = Policy::standard().unwrap();
        let Layer { p_right, p_named, credible_commits, cannot_tell, regression, unnamed, min_p, severity, .. } =
            &standard.default;
        assert!(p_right.is_some() && p_named.is_some() && min_p.is_some() && severity.len() == 3);
        assert!(credible_commits.is_some() && unnamed.is_some() && cannot_tell.is_some() && regression.is_some());
        assert_eq!(p_right.as_ref().unwrap().because.0, "default policy: p-right = 0.5");
        let lines = DEFAULT.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line));
        let is_top = |line: &&str| line.starts_with("baseline") || line.starts_with("allow-empty");
        let (top, tables): (Vec<_>, Vec<_>) = lines.partition(is_top);
        let whole = [top, tables].concat().join("\n");
        let policy = Policy::parse_on(&whole, "example", Path::new("."), jiff::civil::date(2027, 3, 1)).unwrap();
        assert_eq!((policy.overrides.len(), policy.suppressions.len(), policy.allow_empty), (1, 1, true));
    }

    #[test]
    fn the_fit_shows_what_the_default_demands() {
        let least = Policy::standard().unwrap().default.p_right.unwrap().value;
        assert!(crate::calibrate::DEMANDS.iter().any(|demand| (demand - least.value()).abs() < 1e-12));
    }
}
