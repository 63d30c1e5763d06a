//! What is searched where it is no range of a repository: a list of builds, nightlies, images or versions, oldest first.
//!
//! Either one name a line, or CSV with a header: `name`, and beside it, where wanted, `after` (what it was made from, with
//! spaces between; the line before by default), `available` (`no` where it cannot be had) and `cost` (how many times dearer than
//! others it is to get; 1 by default).

use std::collections::HashSet;

use crate::evidence::CommitId;
use crate::history::{Commit, History, ListError};

use super::state::Candidate;

/// What a file lists.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    /// All of them, oldest first.
    #[doc(hidden)]
    pub all: Vec<Candidate>,
    /// Those that cannot be had.
    #[doc(hidden)]
    pub missing: Vec<CommitId>,
}

/// Why a file is no list of candidates; lines are counted from 1.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum CandidatesError {
    /// There is nothing to search between.
    #[doc(hidden)]
    #[error("found {0} candidates, expected at least two: one name a line, oldest first")]
    Few(usize),
    /// A name that cannot be one.
    #[doc(hidden)]
    #[error("{line}: found {name:?}, expected a name of 1 to 32 bytes without white space, and no option or range")]
    Name {
        /// Where.
        line: u64,
        /// What is there.
        name: String,
    },
    /// A name that stands for two.
    #[doc(hidden)]
    #[error("{line}: {name} is listed twice")]
    Twice {
        /// Where.
        line: u64,
        /// Which.
        name: CommitId,
    },
    /// It was made from something that is not listed.
    #[doc(hidden)]
    #[error("{line}: {name} comes after {after}, which is not listed before it")]
    After {
        /// Where.
        line: u64,
        /// Which.
        name: CommitId,
        /// What is not listed.
        after: String,
    },
    /// Neither yes nor no.
    #[doc(hidden)]
    #[error("{line}: found {found:?} under `available`, expected yes or no")]
    Available {
        /// Where.
        line: u64,
        /// What is there.
        found: String,
    },
    /// No cost.
    #[doc(hidden)]
    #[error(
        "{line}: found {found:?} under `cost`, expected a number above 0 and at most 1e6: how many times dearer than others it is"
    )]
    Cost {
        /// Where.
        line: u64,
        /// What is there.
        found: String,
    },
    /// A column that means nothing.
    #[doc(hidden)]
    #[error("1: found the column {0:?}, expected `name`, `after`, `available` or `cost`")]
    Column(String),
    /// No table.
    #[doc(hidden)]
    #[error(transparent)]
    Csv(csv::Error),
    /// No history.
    #[doc(hidden)]
    #[error(transparent)]
    List(#[from] ListError),
}

/// The columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    After,
    Available,
    Cost,
}

impl Candidates {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CandidatesError`] says in which line, and what was expected there.
    ///
    /// ```
    /// use bisectstat::runner::Candidates;
    ///
    /// let list = Candidates::parse("nightly-2024-01-01\nnightly-2024-01-02\n# none on the 3rd\nnightly-2024-01-04\n")?;
    /// assert_eq!((list.all.len(), list.missing.len()), (3, 0));
    /// let table = Candidates::parse("name,after,available\nbase,,\nleft,base,\nright,base,no\nmerged,left right,yes\n")?;
    /// assert_eq!((table.all[3].after.len(), table.missing.len()), (2, 1));
    /// # Ok::<(), bisectstat::runner::CandidatesError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, CandidatesError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut columns = vec![Column::Name];
        let (mut list, mut known) = (Self { all: Vec::new(), missing: Vec::new() }, HashSet::new());
        for (i, row) in reader.records().enumerate() {
            let row = row.map_err(CandidatesError::Csv)?;
            if i == 0 && row.iter().any(|cell| cell == "name") {
                columns = row.iter().map(column).collect::<Result<_, _>>()?;
                continue;
            }
            let candidate = list.row(&row, &columns, &known)?;
            known.insert(candidate.name);
            list.all.push(candidate);
        }
        if list.all.len() < 2 {
            return Err(CandidatesError::Few(list.all.len()));
        }
        Ok(list)
    }

    fn row(
        &mut self,
        row: &csv::StringRecord,
        columns: &[Column],
        known: &HashSet<CommitId>,
    ) -> Result<Candidate, CandidatesError> {
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |wanted| columns.iter().position(|column| *column == wanted).and_then(|i| row.get(i)).unwrap_or("");
        let text = if row.len() > columns.len() { row.as_slice() } else { cell(Column::Name) };
        let name = CommitId::parse_name(text).filter(|_| row.len() <= columns.len());
        let name = name.ok_or_else(|| CandidatesError::Name { line, name: text.to_owned() })?;
        if known.contains(&name) {
            return Err(CandidatesError::Twice { line, name });
        }
        let listed = |after: &str| {
            let found = CommitId::parse_name(after).filter(|after| known.contains(after));
            found.ok_or_else(|| CandidatesError::After { line, name, after: after.to_owned() })
        };
        let mut after = cell(Column::After).split_whitespace().map(listed).collect::<Result<Vec<_>, _>>()?;
        if after.is_empty() {
            after.extend(self.all.last().map(|before| before.name));
        }
        match cell(Column::Available) {
            "" | "yes" | "true" | "1" => {}
            "no" | "false" | "0" => self.missing.push(name),
            other => return Err(CandidatesError::Available { line, found: other.to_owned() }),
        }
        let cost = match cell(Column::Cost) {
            "" => None,
            text => {
                let cost = text.parse().ok().filter(|cost| *cost > 0.0 && *cost <= 1e6);
                Some(cost.ok_or_else(|| CandidatesError::Cost { line, found: text.to_owned() })?)
            }
        };
        Ok(Candidate { name, after, cost })
    }
}

fn column(name: &str) -> Result<Column, CandidatesError> {
    match name {
        "name" => Ok(Column::Name),
        "after" => Ok(Column::After),
        "available" => Ok(Column::Available),
        "cost" => Ok(Column::Cost),
        other => Err(CandidatesError::Column(other.to_owned())),
    }
}

/// Their history, which `path` names.
///
/// # Errors
/// [`ListError`] when one is listed twice.
pub fn history(path: &str, candidates: &[Candidate]) -> Result<History, ListError> {
    let commit = |(date, candidate): (u64, &Candidate)| Commit {
        id: candidate.name,
        parents: candidate.after.clone(),
        date,
        subject: String::new(),
        files: None,
    };
    History::of(path, (1..).zip(candidates).map(commit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        let error = |text: &str| Candidates::parse(text).map(|_| ()).unwrap_err().to_string();
        assert!(error("").starts_with("found 0 candidates"));
        assert!(error("a\nb\n--force\n").starts_with("3: found \"--force\""));
        assert!(error("a\nb\na\n").starts_with("3: a is listed twice"));
        assert!(error("a b\nc\n").starts_with("1: found \"a b\""));
        assert!(error("name,after\na,\nb,c\n").starts_with("3: b comes after c"));
        assert!(error("name,price\na,3\n").starts_with("1: found the column \"price\""));
        assert!(error("name,cost\na,3\nb,0\n").starts_with("3: found \"0\" under `cost`"));
        assert!(error("name,available\na,\nb,perhaps\n").starts_with("3: found \"perhaps\""));
        assert!(error("a,b\nc,d\n").starts_with("1: found"));
    }

    #[test]
    fn each_comes_after_the_one_before_it_unless_told() {
        let list = Candidates::parse("v1\nv2\n\nv3\n").unwrap();
        let history = history("list", &list.all).unwrap();
        let node = |name: &str| history.find(&CommitId::parse_name(name).unwrap()).unwrap();
        assert!(history.contains(node("v3"), node("v1")) && !history.contains(node("v1"), node("v3")));
    }
}
