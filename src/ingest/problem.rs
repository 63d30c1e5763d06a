//! What can be wrong with an input: the whole file, or one line of it.

use std::fmt;
use std::io;

use crate::evidence::{CommitId, CommitIdError, Kind, Line};

use super::container::PackedError;
use super::junit::Foreign;
use super::lex::{Damage, MAX_LINE};
use super::pattern::PatternError;
use super::table::{ParquetError, Question};
use super::tools::Known;

/// A line whose form is known and whose content is damaged. The rest of the file is still read.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file, from 1 on.
    pub line: Line,
    /// What is wrong with it.
    #[doc(hidden)]
    pub flaw: Flaw,
}

impl Problem {
    /// Whether the line was read all the same, and nothing is missing; what was taken for granted is said.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        self.flaw.is_warning()
    }
}

/// What was found and what was expected, in one sentence and without the line's number.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flaw.fmt(f)
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// No git object name.
    #[error("found {found:?} ({error}), expected 7 to 64 hexadecimal digits")]
    Hash {
        /// The text in its place.
        found: String,
        /// Why it is none.
        error: CommitIdError,
    },
    /// No number, or one too large.
    #[error("found {found:?}, expected {expected}")]
    Number {
        /// The text in its place.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A run's verdict that no generation of the log has.
    #[error(
        "found the verdict {0:?}, expected OK, crashed, boot failed, basic kernel testing failed, ignore, infra problem or failed"
    )]
    Verdict(String),
    /// A cell that is no outcome.
    #[error("found the outcome {0:?}, expected pass, fail, crash, skip, error, true, false or an exit code")]
    Outcome(String),
    /// A cell that is no name of a revision.
    #[error(
        "found {0:?}, which cannot be a revision: expected a hash or a name of 1 to 32 bytes without spaces or `..`, that \
         does not begin with - or ^"
    )]
    Name(String),
    /// A number that a spreadsheet made of a hash.
    #[error(
        "found {0:?}, which a spreadsheet made of a hash of digits and an e: the hash is lost, export the column as text"
    )]
    Mangled(String),
    /// More runs than can be counted.
    #[error("found more than {} runs in one bisection, expected fewer; this row is not read", u32::MAX)]
    Runs,
    /// A row that is none.
    #[error("found a row that cannot be read ({0})")]
    Row(String),
    /// Bytes that are no text.
    #[error("found a byte that is not UTF-8 at column {0}, expected text; read with a replacement character")]
    NotUtf8(usize),
    /// Too long a line.
    #[error("found a line of {0} bytes, expected at most {MAX_LINE}; not read")]
    TooLong(usize),
    /// Everything before this line is missing.
    #[error(
        "the log begins in the middle, expected `bisecting cause commit starting from …` or `bisecting fixing commit \
         since …` before this line; read as a {} bisection: {why}", .kind.name()
    )]
    Headless {
        /// What it is taken to look for.
        kind: Kind,
        /// What tells.
        why: &'static str,
    },
    /// Lines are missing in the middle.
    #[error(
        "lines are missing before this one, expected the tests of releases and `# git bisect start`; what follows is read as \
         git's walk"
    )]
    Gap,
    /// What is packed ends here.
    #[error("{0}")]
    Packed(String),
    /// XML that is none.
    #[error("found XML that is not well-formed ({0}); what stands before is read")]
    Xml(String),
    /// A reference to what nobody defines.
    #[error(
        "found the entity &{0};, expected one of &lt; &gt; &amp; &quot; &apos; or a character's number; not resolved"
    )]
    Entity(String),
    /// A document type that defines entities.
    #[error("found a document type that defines entities, expected none in a report; not read")]
    Entities,
    /// Elements inside elements inside elements.
    #[error("found more than {0} elements inside each other; what stands before is read")]
    Deep(usize),
    /// The last element is not whole.
    #[error("the report ends inside an element; what stands before is read")]
    CutReport,
    /// Words for the two sides of which none tells where the test fails.
    #[error(
        "the words {new:?} and {old:?} do not say on which side the test fails; say it: --map crashes={new}, or --map \
         crashes={old}"
    )]
    Terms {
        /// The newer side.
        new: String,
        /// The older side.
        old: String,
    },
    /// `old` and `new`, which say nothing of the test.
    #[error(
        "`old` and `new` do not say on which side the test fails: read as failing on the new side; else say --map crashes=old"
    )]
    Neutral,
    /// A word for a side that no line announces.
    #[error(
        "git was told {0:?}, and no line says which side that is; put `git bisect start --term-new=WORD --term-old=WORD` \
         before the log"
    )]
    Foreign(String),
    /// `git bisect run` does not print what its program said.
    #[error("{}", unheard(.0.as_ref()))]
    Unheard(Option<CommitId>),
    /// What became of some candidates of `git bisect run` follows neither from its lines nor from the repository.
    #[error(
        "no line says whether git's candidates were good or bad, and the repository leaves it open for \
         {tests} of the candidates, {first} the first; read as skipped, which `git bisect log` would tell",
        first = .0.short(), tests = .1
    )]
    StaysOpen(CommitId, usize),
    /// No verdicts agree with the candidates.
    #[error(
        "no line says whether git's candidates were good or bad, and in this repository no verdicts lead from \
         {} to the others; give the repository that was bisected, or the output of `git bisect log`", .0.short()
    )]
    Contradicts(CommitId),
    /// A word to git with no candidate before it.
    #[error("`git bisect {0}` without a revision, and no line before it shows which one was tested; not read")]
    Whose(String),
    /// Two numbers beside a verdict that do not say how many runs failed.
    #[error("found counts beside a verdict that do not say which runs failed; not used, write `# runs: FAILED/ALL`")]
    Tally,
    /// Two numbers beside verdicts, of which only these are what all verdicts agree with.
    #[error(
        "found counts beside verdicts that do not say which runs they count; read as {0} of runs: every verdict agrees with that alone"
    )]
    TallySense(&'static str),
    /// A revision that could not be built has a verdict.
    #[error(
        "the words beside this verdict say that the revision could not be built; read as git was told, though only \
         `git bisect skip` says so"
    )]
    Unbuilt,
    /// Which of two revisions is older does not show.
    #[error(
        "found no word on whether the good or the bad revision is older; read as a search for what brought the bug"
    )]
    Direction,
    /// The last line is not whole.
    #[error("the log is cut in the middle of this line, expected a line end; not read")]
    Cut,
}

/// What is missing for the verdicts of `git bisect run`.
fn unheard(missing: Option<&CommitId>) -> String {
    let asked = "no line says whether git's candidates were good or bad (`git bisect run` does not print it)";
    match missing {
        None => format!(
            "{asked}; say --repo DIR, the repository tells it from the candidates, or give the output of `git bisect log`"
        ),
        Some(commit) => format!(
            "{asked}, and the repository has no {}; give the repository that was bisected, or the output of `git bisect log`",
            commit.short()
        ),
    }
}

impl Flaw {
    /// Whether what stands there was read all the same, and nothing is missing.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::Neutral
                | Self::Tally
                | Self::TallySense(_)
                | Self::StaysOpen(..)
                | Self::Unbuilt
                | Self::Direction
                | Self::Headless { .. }
                | Self::Gap
                | Self::NotUtf8(_)
        )
    }

    /// Whether only the user can say what is asked here.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        matches!(self, Self::Terms { .. } | Self::Foreign(_) | Self::Unheard(_) | Self::Contradicts(_))
    }

    /// A flaw with the offending text cut to what a person wants to see.
    pub(super) fn hash(found: &str, error: CommitIdError) -> Self {
        Self::Hash { found: excerpt(found), error }
    }

    pub(super) fn number(found: &str, expected: &'static str) -> Self {
        Self::Number { found: excerpt(found), expected }
    }

    pub(super) fn verdict(found: &str) -> Self {
        Self::Verdict(excerpt(found))
    }
}

impl From<Damage> for Flaw {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::NotUtf8(column) => Self::NotUtf8(column),
            Damage::TooLong(bytes) => Self::TooLong(bytes),
            Damage::Cut => Self::Cut,
        }
    }
}

/// A number of things: `1 row`, `2 rows`.
pub(super) fn times(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The beginning of a text, for messages.
pub(super) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 80;
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Why an input gave no bisection.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[doc(hidden)]
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No bytes at all.
    #[doc(hidden)]
    #[error("the file is empty, expected a bisection log")]
    Empty,
    /// Text or data of another kind.
    #[doc(hidden)]
    #[error("{0}")]
    NoBisection(Content),
    /// A table that leaves a question open.
    #[doc(hidden)]
    #[error("{0}")]
    Question(#[from] Question),
    /// A web address.
    #[doc(hidden)]
    #[error("this is a web address, and nothing is fetched from the web; say curl -sSfL {} | bisectstat analyze -", quoted(.0))]
    Address(String),
    /// A Parquet file that is damaged, too large, or holds something else.
    #[doc(hidden)]
    #[error("found a Parquet file that cannot be read as a table of outcomes: {0}")]
    Parquet(#[from] ParquetError),
    /// A folder or an archive without logs.
    #[doc(hidden)]
    #[error("no bisection log in this {place}: {}", others(*.skipped))]
    NoLogs {
        /// What kind of place it is.
        place: Place,
        /// Files that hold no bisection.
        skipped: usize,
    },
    /// An archive, or a file in one, that cannot be unpacked.
    #[doc(hidden)]
    #[error("{0}")]
    Packed(#[from] PackedError),
    /// Mails inside mails, more than this.
    #[doc(hidden)]
    #[error("found mails inside mails, more than {0} deep, expected a log in one of them; not read")]
    Nested(usize),
    /// Not enough memory, in MiB.
    #[doc(hidden)]
    #[error("about {0} MiB of memory are needed to read it, and are not to be had; not read")]
    Memory(usize),
    /// Nothing that has bytes to read.
    #[doc(hidden)]
    #[error("found {0}, expected a file; not read")]
    NoFile(&'static str),
    /// A pattern that stands for no file.
    #[doc(hidden)]
    #[error("no file matches this pattern")]
    NoMatch,
    /// A pattern that is none.
    #[doc(hidden)]
    #[error("found a pattern that cannot be read ({0}), expected a path or a pattern like logs/*.txt")]
    Pattern(#[from] PatternError),
    /// A line of NDJSON that is no record.
    #[doc(hidden)]
    #[error("found {0}, expected {{\"id\", \"text\"}} or {{\"path\"}}")]
    Record(String),
}

/// Where several files can lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder, or what a pattern stands for.
    Folder,
    /// An archive.
    Archive,
    /// A list of files.
    List,
    /// A stream of records.
    Stream,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "folder",
            Self::Archive => "archive",
            Self::List => "list",
            Self::Stream => "stream of records",
        })
    }
}

impl ReadError {
    /// The line that tells why, when there is one.
    #[doc(hidden)]
    #[must_use]
    pub const fn line(&self) -> Option<Line> {
        match self {
            Self::NoBisection(_) | Self::Question(_) => Some(Line(1)),
            _ => None,
        }
    }

    /// Whether there is nothing to read, rather than something that could not be read: then a file that nobody named is
    /// passed over.
    #[must_use]
    pub(crate) const fn is_no_log(&self) -> bool {
        matches!(self, Self::Empty | Self::NoBisection(_) | Self::NoFile(_))
    }
}

/// What a folder without logs holds.
fn others(skipped: usize) -> String {
    match skipped {
        0 => "there is no file in it".to_owned(),
        1 => "1 other file skipped".to_owned(),
        n => format!("{n} other files skipped"),
    }
}

/// What was found instead of a bisection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An archive, or a compressed file, that is known and not read.
    Foreign(&'static str),
    /// A NUL byte at this offset.
    Binary(usize),
    /// A line that is too long to be a log's.
    LongLine(usize),
    /// The record of a plain `git bisect` that was told nothing yet.
    GitBisectLog,
    /// Runs of a revision that nothing names.
    Runs,
    /// What `git bisect run` prints: which revisions were good and which bad it does not say.
    Transcript,
    /// XML of another kind.
    Xml(Foreign),
    /// A table that does not tell what its columns mean, or has no row that can be read.
    Table(Question),
    /// A mail that tells the result; the log is behind its link.
    ResultMail,
    /// What another tool prints, which is known and not read.
    Known(Known),
    /// Any other text, with its beginning.
    Text(String),
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(name) => {
                let article = if name.starts_with(['a', 'l']) { "an" } else { "a" };
                write!(f, "found {article} {name} file, expected a log, or a tar, zip, gz, zst, xz, bz2 or lz4 file with logs")
            }
            Self::Binary(at) => write!(f, "found binary data (a NUL byte at offset {at}), expected text"),
            Self::LongLine(bytes) => {
                write!(f, "found a line of {bytes} bytes, expected a text with lines of at most {MAX_LINE}")
            }
            Self::GitBisectLog => f.write_str(
                "found `git bisect` commands, but no verdict with the commit that it is of; expected the output of \
                 `git bisect log`",
            ),
            Self::Transcript => f.write_str(
                "found what git prints while it bisects, and not what it was told of each revision; expected the output of \
                 `git bisect log`",
            ),
            Self::Runs => f.write_str(
                "found the runs of a revision, and not the line before them that names it; expected `testing commit HASH`",
            ),
            Self::Xml(foreign) => {
                write!(f, "found {foreign}, expected a JUnit report (its root is <testsuites> or <testsuite>)")
            }
            Self::Table(question) => write!(f, "{question}"),
            Self::ResultMail => f.write_str(
                "found a mail about a result, expected the log, which is behind the mail's `bisection log:` link",
            ),
            Self::Known(Known { name, instead }) => write!(f, "found {name}; {instead}"),
            Self::Text(start) if is_address(start) => write!(
                f,
                "found a web address, and nothing is fetched from the web; say curl -sSfL {} | bisectstat analyze -",
                quoted(start)
            ),
            Self::Text(start) if start.is_empty() => f.write_str("found nothing but white space"),
            Self::Text(start) => write!(f, "found text that begins {start:?}, expected one of the forms that are read"),
        }
    }
}

/// Whether a text is a web address, and nothing else.
pub(super) fn is_address(text: &str) -> bool {
    let plain = || text.chars().all(|c| c.is_ascii_graphic());
    ["http://", "https://", "ftp://"].into_iter().any(|scheme| text.starts_with(scheme)) && plain()
}

/// A text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl ReadError {
    /// What is read, with an example to copy: for who named a file that is none of it.
    #[doc(hidden)]
    #[must_use]
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoBisection(_) => Some(HELP),
            _ => None,
        }
    }
}

/// The families of inputs, and the smallest table.
const HELP: &str = "\
Four forms are read: bisection logs of syzkaller, logs of git (git bisect log),
tables (CSV, TSV, Markdown, JSON, Parquet), and JUnit reports of several revisions.
The smallest table, from the oldest revision to the newest:

  commit,passes,crashes
  v1.0,20,0
  v1.1,17,3

docs/formats.md describes each of them.";
