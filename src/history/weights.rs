//! Weights that a person gives to commits: a CSV with the columns `commit` and `weight`.
//!
//! A commit is a hash, the beginning of one, or a tag; a weight is a number from 0 on, relative to the other commits. A
//! commit that is not listed weighs 1; a row for `*` says otherwise.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::evidence::{CommitId, Line, Source};

use super::{History, Lost, Node};

/// Why a file holds no weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It is no CSV.
    #[error("{path}:{}: {what}", line.0)]
    Csv {
        /// The file of weights, as it was named.
        path: String,
        /// The line in it, from 1 on.
        line: Line,
        /// What the reader of CSV says of it.
        what: String,
    },
    /// A column is missing.
    #[error("{path}:1: no column `{column}`: the columns are `commit` and `weight`")]
    Column {
        /// The file of weights, as it was named.
        path: String,
        /// The name of the missing column.
        column: &'static str,
    },
    /// A name that no revision can have.
    #[error("{path}:{}: {value:?} is no commit: a hash, 7 or more digits of one, a tag, or `*`", line.0)]
    Commit {
        /// The file of weights, as it was named.
        path: String,
        /// The line in it, from 1 on.
        line: Line,
        /// The text that was found there.
        value: String,
    },
    /// A number that is no weight.
    #[error("{path}:{}: {value:?} is no weight: a number from 0 on", line.0)]
    Weight {
        /// The file of weights, as it was named.
        path: String,
        /// The line in it, from 1 on.
        line: Line,
        /// The text that was found there.
        value: String,
    },
    /// Two weights for one commit.
    #[error("{path}:{}: {value} has a weight in line {} already", line.0, first.0)]
    Twice {
        /// The file of weights, as it was named.
        path: String,
        /// The line in it, from 1 on.
        line: Line,
        /// The commit that has two.
        value: String,
        /// The first.
        first: Line,
    },
}

/// Weights as they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    rows: Vec<(Line, CommitId, f64)>,
    /// The weight of what is not listed.
    pub others: f64,
}

impl Weights {
    /// Reads a file.
    ///
    /// # Errors
    /// [`WeightsError`] names the first line that is wrong.
    ///
    /// ```
    /// use bisectstat::evidence::Source;
    /// use bisectstat::history::Weights;
    ///
    /// let weights = Weights::read(b"commit,weight\nv1.2,5\n*,0.5\n", &Source::new("weights.csv"))?;
    /// assert_eq!(weights.commits().count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(bytes: &[u8], source: &Source) -> Result<Self, WeightsError> {
        let path = || source.path.clone();
        let bad = |error: &csv::Error, line: u64| WeightsError::Csv {
            path: path(),
            line: to_line(line),
            what: error.to_string(),
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().trim(Trim::All).comment(Some(b'#')).from_reader(bytes);
        let header = reader.headers().map_err(|error| bad(&error, 1))?.clone();
        let column = |name: &'static str| {
            let place = header.iter().position(|column| column.eq_ignore_ascii_case(name));
            place.ok_or_else(|| WeightsError::Column { path: path(), column: name })
        };
        let (commit, weight) = (column("commit")?, column("weight")?);
        let mut seen: HashMap<String, Line> = HashMap::new();
        let mut weights = Self { rows: Vec::new(), others: 1.0 };
        for record in reader.records() {
            let record = record.map_err(|error| bad(&error, error.position().map_or(0, csv::Position::line)))?;
            let line = to_line(record.position().map_or(0, csv::Position::line));
            let name = &record[commit];
            if let Some(first) = seen.insert(name.to_owned(), line) {
                return Err(WeightsError::Twice { path: path(), line, value: name.to_owned(), first });
            }
            weights.add(&record, name, weight, line, source)?;
        }
        Ok(weights)
    }

    fn add(
        &mut self,
        record: &StringRecord,
        name: &str,
        column: usize,
        line: Line,
        source: &Source,
    ) -> Result<(), WeightsError> {
        let (path, value) = (source.path.clone(), record[column].to_owned());
        let weight = value.parse().ok().filter(|weight: &f64| weight.is_finite() && *weight >= 0.0);
        let weight = weight.ok_or(WeightsError::Weight { path: path.clone(), line, value })?;
        if name == "*" {
            self.others = weight;
            return Ok(());
        }
        let lower = name.to_ascii_lowercase();
        let hash = CommitId::parse(&lower).ok().or_else(|| CommitId::parse_name(name));
        let commit = hash.ok_or_else(|| WeightsError::Commit { path, line, value: name.to_owned() })?;
        self.rows.push((line, commit, weight));
        Ok(())
    }

    /// The commits with a weight of their own.
    pub fn commits(&self) -> impl Iterator<Item = &CommitId> {
        self.rows.iter().map(|(_, commit, _)| commit)
    }

    /// The weights of a history's commits.
    #[must_use]
    pub fn of(&self, history: &History) -> CommitWeights {
        let mut weights = CommitWeights { listed: HashMap::new(), others: self.others, lost: Vec::new() };
        for (line, commit, weight) in &self.rows {
            match history.find(commit) {
                Ok(node) => _ = weights.listed.insert(node, *weight),
                Err(why) => weights.lost.push((*line, *commit, why)),
            }
        }
        weights
    }
}

/// Weights of a history's commits.
#[derive(Clone, Debug, PartialEq)]
pub struct CommitWeights {
    listed: HashMap<Node, f64>,
    others: f64,
    /// Rows that name no commit of the history.
    pub lost: Vec<(Line, CommitId, Lost)>,
}

impl CommitWeights {
    /// The weight of a commit, from 0 on.
    #[must_use]
    pub fn weight(&self, commit: Node) -> f64 {
        self.listed.get(&commit).copied().unwrap_or(self.others)
    }
}

fn to_line(line: u64) -> Line {
    Line(u32::try_from(line).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Weights, String> {
        Weights::read(text.as_bytes(), &Source::new("w.csv")).map_err(|error| error.to_string())
    }

    #[test]
    fn weights_read() {
        let weights = read("weight, commit\n# suspects\n2.5,6C2450AE5565\n0,v5.10\n0.5,*\n").unwrap();
        let named: Vec<_> = weights.commits().map(ToString::to_string).collect();
        assert_eq!(named, ["6c2450ae5565", "v5.10"]);
        assert!((weights.others - 0.5).abs() < 1e-12);
        assert!(read("commit,weight\n").unwrap().commits().next().is_none());
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text: &str| read(text).unwrap_err();
        assert_eq!(error(""), "w.csv:1: no column `commit`: the columns are `commit` and `weight`");
        assert_eq!(error("commit,w\n"), "w.csv:1: no column `weight`: the columns are `commit` and `weight`");
        for bad in ["-1", "NaN", "inf", "much", ""] {
            let expected = format!("w.csv:2: {bad:?} is no weight: a number from 0 on");
            assert_eq!(error(&format!("commit,weight\n6c2450ae5565,{bad}\n")), expected);
        }
        let long = "x".repeat(33);
        assert!(error(&format!("commit,weight\n{long},1\n")).contains("is no commit"));
        assert_eq!(error("commit,weight\nv1,1\nv2,1\nv1,3\n"), "w.csv:4: v1 has a weight in line 2 already");
        assert!(error("commit,weight\nv1,1,2\n").starts_with("w.csv:2: "));
    }
}
