//! What is said of answers and of orders: an option that had nothing to work on, a table or reports that do not tell which
//! revision is older.

use crate::evidence::{Arranged, Bisection, CommitId, Format};

use super::junit::Report;
use super::table::{Columns, Meaning, Resolution};

/// `--map` was given, and nothing has columns.
pub const UNMAPPED: &str =
    "--map is for tables, commit and order for JUnit reports too, crashes for git's logs too: there is none";
/// `--test` was given, and there is no report.
pub const UNTESTED: &str = "--test is for JUnit reports, and there is none";

/// Reports that stand in the order of their names.
pub const UNORDERED: &str = "the JUnit reports do not tell which revision is older: they stand in the order of their names, \
                         which may mean nothing; put a number before each (001-abc1234), say --map order=PROPERTY, or name \
                         the --repo";

/// An answer to a question about columns, as `--map` takes it: `commit=sha`.
///
/// # Errors
/// In words, when it is none.
///
/// ```
/// use bisectstat::ingest::{table::Meaning, told::mapping};
///
/// assert_eq!(mapping("commit=sha"), Ok((Meaning::Commit, "sha".to_owned())));
/// assert!(mapping("sha").is_err());
/// ```
pub fn mapping(text: &str) -> Result<(Meaning, String), String> {
    let (meaning, column) = text.split_once('=').ok_or_else(|| format!("found {text:?}, expected MEANING=COLUMN"))?;
    let meanings = || Meaning::ALL.map(|(_, names)| names[0]).join(", ");
    let meaning =
        Meaning::parse(meaning).ok_or_else(|| format!("found {meaning:?}, expected one of {}", meanings()))?;
    Ok((meaning, column.to_owned()))
}

/// Whether a bisection was read from what `--map` names: columns, or git's word for what fails.
#[must_use]
pub fn is_mapped(bisection: &Bisection, columns: &Columns) -> bool {
    match bisection.format {
        Format::Table | Format::Junit => true,
        Format::GitBisect => columns.contains_key(&Meaning::Crashes),
        Format::Syzkaller => false,
    }
}

/// Says which tables, named by their paths, do not tell which revision is older; `None` when all do.
#[must_use]
pub fn unordered_tables(tables: &[(String, Resolution)]) -> Option<String> {
    let lost = || tables.iter().filter(|(_, table)| table.arranged == Arranged::Unknown);
    let (path, _) = lost().next()?;
    let which = match lost().count() {
        1 => format!("{path} does"),
        2 => format!("{path} and 1 more table do"),
        n => format!("{path} and {} more tables do", n - 1),
    };
    let stops = lost().any(|(_, table)| table.stops);
    let newest = if stops { "; read so, runs stop failing, as they also do where the newest stands first" } else { "" };
    Some(format!(
        "{which} not tell which revision is older: the rows are taken as old to new, which may be wrong{newest}; add a \
         column `order` or `date`, say --map order=COLUMN, or name the --repo"
    ))
}

/// What reports were sorted by: who looks at it sees a mistake at once.
#[must_use]
pub fn taken_for_revisions(reports: &[Report], revisions: &[CommitId]) -> String {
    const SHOWN: usize = 6;
    let names = |revisions: &[CommitId]| revisions.iter().map(CommitId::short).collect::<Vec<_>>().join(", ");
    let list = match revisions {
        [head @ .., last] if head.len() >= SHOWN => format!("{} … {}", names(&head[..SHOWN - 1]), last.short()),
        all => names(all),
    };
    let plural = |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    format!("{} of {}, old to new: {list}", plural(reports.len(), "report"), plural(revisions.len(), "revision"))
}
