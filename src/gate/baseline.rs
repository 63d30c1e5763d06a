//! What was there before: the fingerprints of findings, and of demands that were not met. An old archive is adopted with
//! them, and only what is new fails.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
use crate::analysis::finding::{Fingerprint, Occurrence};
use crate::evidence::CommitId;
use crate::files::write_whole;

use super::decision::Decision;

/// The version of the file, as its `schema` says.
pub const SCHEMA: &str = "bisectstat-baseline/1";

/// Known findings and failures.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// By fingerprint.
    entries: BTreeMap<Fingerprint, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    path: String,
    rule: String,
    commit: Option<String>,
    fingerprint: String,
}

impl Entry {
    fn new(analysis: &Analysis, rule: &str, commit: Option<CommitId>, fingerprint: Fingerprint) -> (Fingerprint, Self) {
        let entry = Self {
            path: analysis.path.clone(),
            rule: rule.to_owned(),
            commit: commit.map(|commit| commit.to_string()),
            fingerprint: fingerprint.to_string(),
        };
        (fingerprint, entry)
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    entries: Vec<Entry>,
}

/// Only the version, whatever else a file of another version holds.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

/// Why a baseline cannot be used.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The operating system refused.
    #[doc(hidden)]
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// No JSON, or other keys.
    #[doc(hidden)]
    #[error("{file}:{}: {error}, expected a baseline as `gate --write-baseline` writes it", .error.line().max(1))]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// Another version.
    #[doc(hidden)]
    #[error(
        "{file}: found the version {found:?}, expected {SCHEMA:?}: write it again with `gate --write-baseline {file}`"
    )]
    Version {
        /// The file.
        file: String,
        /// Its version.
        found: String,
    },
    /// No fingerprint where one should be.
    #[doc(hidden)]
    #[error("{file}: found the fingerprint {found:?}, expected 16 hexadecimal digits")]
    Fingerprint {
        /// The file.
        file: String,
        /// What stands there.
        found: String,
    },
}

impl Baseline {
    /// Everything that counts in a decision.
    #[must_use]
    pub fn of(decision: &Decision<'_>) -> Self {
        let entries = decision.bisections.iter().flat_map(|judged| {
            let analysis = judged.analysis;
            let failures = judged.failures.iter().map(|failure| {
                let demand = failure.demand;
                Entry::new(analysis, demand.name(), demand.commit(analysis), demand.fingerprint(analysis))
            });
            let findings = judged.findings.iter().map(|ruled| ruled.finding);
            let occurrences = findings.flat_map(|finding| {
                let entry = |one: Occurrence| Entry::new(analysis, finding.rule.code, one.commit, one.fingerprint);
                finding.occurrences().map(entry)
            });
            failures.chain(occurrences).collect::<Vec<_>>()
        });
        Self { entries: entries.collect() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or of another version.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| BaselineError::Io { file: file.clone(), error })?;
        Self::parse(&text, &file)
    }

    /// Reads the text of the file of this name.
    ///
    /// # Errors
    /// When it is damaged, or of another version.
    #[doc(hidden)]
    pub fn parse(text: &str, file: &str) -> Result<Self, BaselineError> {
        let damaged = |error| BaselineError::Damaged { file: file.to_owned(), error };
        let Version { schema } = serde_json::from_str(text).map_err(damaged)?;
        if schema != SCHEMA {
            return Err(BaselineError::Version { file: file.to_owned(), found: schema });
        }
        let File { entries, .. } = serde_json::from_str(text).map_err(damaged)?;
        let entries = entries.into_iter().map(|entry| match Fingerprint::parse(&entry.fingerprint) {
            Some(fingerprint) => Ok((fingerprint, entry)),
            None => Err(BaselineError::Fingerprint { file: file.to_owned(), found: entry.fingerprint }),
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// Writes a file, sorted by path, rule and commit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let mut entries: Vec<Entry> = self.entries.values().cloned().collect();
        entries.sort();
        let at = |error| BaselineError::Io { file: path.display().to_string(), error };
        let text = serde_json::to_string_pretty(&File { schema: SCHEMA.to_owned(), entries });
        let text = text.map_err(|error| at(error.into()))? + "\n";
        write_whole(path, |out| out.write_all(text.as_bytes())).map_err(at)
    }

    /// Whether this was there before.
    #[doc(hidden)]
    #[must_use]
    pub fn holds(&self, fingerprint: Fingerprint) -> bool {
        self.entries.contains_key(&fingerprint)
    }

    /// How much was there before.
    #[doc(hidden)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was.
    #[doc(hidden)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
