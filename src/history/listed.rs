//! Commits that were told, where there is no git repository to read: those of another version control system, or of a test.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::evidence::CommitId;

use super::dag::Raw;
use super::error::{one_line, plain};
use super::{Described, History, Lost, Origin, Touched};

/// A commit as somebody tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name; names of git are found by their first digits too.
    pub id: CommitId,
    /// Its parents; the first is the branch that it was made on. One that is not listed is where the history ends.
    pub parents: Vec<CommitId>,
    /// When it was committed, in seconds since 1970: what orders commits that are no ancestors of each other.
    pub date: u64,
    /// The first line of its message.
    pub subject: String,
    /// The paths that it touches; `None` when that is not known.
    pub files: Option<Vec<String>>,
}

/// Why a list of commits is no history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A commit stands in it twice.
    #[error("the commit {0} is listed twice")]
    Twice(CommitId),
    /// A commit is its own ancestor.
    #[error("the commit {0} is its own ancestor")]
    Circle(CommitId),
}

/// Where the commits of a list are.
pub(super) struct Listed {
    path: PathBuf,
    commits: Vec<Commit>,
    known: BTreeMap<String, u32>,
}

impl History {
    /// A history that somebody tells, in any order; `path` is what it is called. A listed commit with an unlisted parent is
    /// where it ends, as in a shallow clone.
    ///
    /// # Errors
    /// [`ListError`] when a commit stands there twice or is its own ancestor.
    ///
    /// ```
    /// use bisectstat::evidence::CommitId;
    /// use bisectstat::history::{Commit, History};
    ///
    /// let name = |text| CommitId::parse_name(text).expect("a short word is a name");
    /// let commit = |id, parents: &[&'static str], date| Commit {
    ///     id: name(id),
    ///     parents: parents.iter().map(|parent| name(parent)).collect(),
    ///     date,
    ///     subject: format!("what {id} does"),
    ///     files: None,
    /// };
    /// let (root, left, right) = (commit("a", &[], 1), commit("b", &["a"], 2), commit("c", &["a"], 3));
    /// let history = History::of("told", vec![root, left, right, commit("d", &["b", "c"], 4)])?;
    ///
    /// // `b` contains two, `d` all four: between them are `c` and the merge itself.
    /// let relation = history.relation(&[name("b"), name("d")]);
    /// assert_eq!((relation.regions.len(), relation.regions[0].commits, relation.older), (1, 2, 2));
    /// # Ok::<(), bisectstat::history::ListError>(())
    /// ```
    pub fn of(path: impl Into<PathBuf>, commits: Vec<Commit>) -> Result<Self, ListError> {
        let mut known = BTreeMap::new();
        for (commit, position) in commits.iter().zip(0..) {
            if known.insert(commit.id.to_string(), position).is_some() {
                return Err(ListError::Twice(commit.id));
            }
        }
        let listed = Listed { path: path.into(), commits, known };
        let (raw, cut) = listed.raw()?;
        let numbered = raw.numbered(|a, b| listed.id(a).cmp(&listed.id(b)));
        Ok(Self::new(Origin::Listed(listed), numbered, HashMap::new(), &cut))
    }
}

impl Listed {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn id(&self, position: u32) -> CommitId {
        self.commits[position as usize].id
    }

    /// The position of the commit of this name, or the only one of git's that begins so.
    pub(super) fn find(&self, name: &CommitId) -> Result<u32, Lost> {
        let text = name.to_string();
        if let Some(position) = self.known.get(&text) {
            return Ok(*position);
        }
        let beginning = CommitId::parse(&text).map_err(|_| Lost::Missing)?;
        let from = self.known.range(text..).map(|(_, position)| *position);
        let mut found = from.take_while(|position| beginning.matches(&self.id(*position)));
        match (found.next(), found.next()) {
            (None, _) => Err(Lost::Missing),
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(Lost::Ambiguous),
        }
    }

    pub(super) fn describe(&self, position: u32) -> Described {
        let commit = &self.commits[position as usize];
        Described {
            commit: commit.id,
            subject: one_line(&commit.subject),
            author: String::new(),
            authored: i64::try_from(commit.date).ok().and_then(|date| Timestamp::from_second(date).ok()),
            parents: commit.parents.len(),
        }
    }

    pub(super) fn touched(&self, position: u32, limit: usize) -> Touched {
        let Some(files) = &self.commits[position as usize].files else { return Touched::default() };
        let mut files: Vec<_> = files.iter().map(|file| plain(file)).collect();
        files.sort_unstable();
        files.dedup();
        let complete = files.len() <= limit;
        files.truncate(limit);
        Touched { files, complete }
    }

    /// The commits as numbers, and those with a parent that is not listed.
    fn raw(&self) -> Result<(Raw, Vec<u32>), ListError> {
        let position = |parent: &CommitId| self.known.get(&parent.to_string()).copied();
        let parents: Vec<Vec<u32>> =
            self.commits.iter().map(|commit| commit.parents.iter().filter_map(position).collect()).collect();
        let shorter = |(i, _): &(u32, &Vec<u32>)| parents[*i as usize].len() < self.commits[*i as usize].parents.len();
        let cut = (0..).zip(&parents).filter(shorter).map(|(i, _)| i).collect();
        let mut raw = Raw { levels: self.levels(&parents)?, ..Raw::default() };
        raw.dates = self.commits.iter().map(|commit| commit.date.min(LAST_DATE)).collect();
        for parents in parents {
            raw.parents.push(parents);
        }
        Ok((raw, cut))
    }

    /// The longest way of each commit to a root, from 1.
    fn levels(&self, parents: &[Vec<u32>]) -> Result<Vec<u32>, ListError> {
        let mut children = vec![Vec::new(); parents.len()];
        for (child, parents) in (0u32..).zip(parents) {
            for parent in parents {
                children[*parent as usize].push(child);
            }
        }
        let mut waits: Vec<_> = parents.iter().map(Vec::len).collect();
        let mut levels = vec![1; parents.len()];
        let mut open: Vec<u32> = (0..).zip(parents).filter(|(_, parents)| parents.is_empty()).map(|(i, _)| i).collect();
        while let Some(parent) = open.pop() {
            for child in children[parent as usize].iter().map(|child| *child as usize) {
                levels[child] = levels[child].max(levels[parent as usize] + 1);
                waits[child] -= 1;
                if waits[child] == 0 {
                    open.extend(u32::try_from(child));
                }
            }
        }
        match waits.iter().position(|waits| *waits > 0) {
            Some(circle) => Err(ListError::Circle(self.commits[circle].id)),
            None => Ok(levels),
        }
    }
}

/// Later dates are this one: so no sum of dates and generations overflows.
const LAST_DATE: u64 = (1 << 34) - 1;
