//! A whole bisection: where it began, what it tested, how it ended.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{CommitId, Line, Outcome, Role, Source, Stack, Step, Tag, Text, Title, Walk};

/// The form of the input.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A log of syzkaller's bisection.
    Syzkaller,
    /// What a plain `git bisect` leaves behind.
    GitBisect,
    /// Rows of outcomes; nobody has bisected.
    Table,
    /// `JUnit` reports of several revisions; nobody has bisected.
    Junit,
}

impl Format {
    /// All of them.
    #[doc(hidden)]
    pub const ALL: [Self; 4] = [Self::Syzkaller, Self::GitBisect, Self::Table, Self::Junit];

    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syzkaller => "syzkaller",
            Self::GitBisect => "git_bisect",
            Self::Table => "table",
            Self::Junit => "junit",
        }
    }
}

/// What a bisection looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The commit that brought the bug: the new side crashes.
    Cause,
    /// The commit that fixed the bug: the old side crashes.
    Fix,
}

impl Kind {
    /// Both.
    #[doc(hidden)]
    pub const ALL: [Self; 2] = [Self::Cause, Self::Fix];

    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Fix => "fix",
        }
    }
}

/// How a bisection ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It named one commit.
    Culprit,
    /// It named several commits, or could test nothing on the other side.
    Inconclusive,
    /// Cause: the oldest release that could be tested still crashes.
    OldestStillBad,
    /// Fix: the newest revision still crashes.
    NewestStillBad,
    /// The crash did not show where it was reported.
    NotReproduced,
    /// The time ran out.
    TimeLimit,
    /// A build failed for good.
    BuildError,
    /// git, the network or the machines failed.
    InfraError,
    /// The log stops before the bisection does.
    Truncated,
    /// Only runs are known: nobody has bisected.
    OnlyRuns,
}

impl Ending {
    /// All of them.
    #[doc(hidden)]
    pub const ALL: [Self; 10] = [
        Self::Culprit,
        Self::Inconclusive,
        Self::OldestStillBad,
        Self::NewestStillBad,
        Self::NotReproduced,
        Self::TimeLimit,
        Self::BuildError,
        Self::InfraError,
        Self::Truncated,
        Self::OnlyRuns,
    ];

    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Culprit => "culprit",
            Self::Inconclusive => "inconclusive",
            Self::OldestStillBad => "oldest_still_bad",
            Self::NewestStillBad => "newest_still_bad",
            Self::NotReproduced => "not_reproduced",
            Self::TimeLimit => "time_limit",
            Self::BuildError => "build_error",
            Self::InfraError => "infra_error",
            Self::Truncated => "truncated",
            Self::OnlyRuns => "only_runs",
        }
    }
}

/// The commit that a bisection named.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Where the log names it.
    #[doc(hidden)]
    pub line: Line,
    /// Its hash.
    pub commit: CommitId,
    /// Its subject.
    pub subject: Option<Text>,
    /// The parents of a merge; empty otherwise.
    #[doc(hidden)]
    pub merge_parents: Vec<CommitId>,
    /// The files that it touches, as git's statistics name them: a long path may be cut to `.../tail`, and a name that
    /// ends with `/` is a folder of which the log does not say which files.
    #[doc(hidden)]
    pub files: Vec<Text>,
    /// How many lines it inserts, where git's statistics tell.
    #[doc(hidden)]
    pub insertions: Option<u64>,
    /// The signature of its kernel.
    #[doc(hidden)]
    pub signature: Option<Text>,
    /// The signature of its parent's kernel.
    #[doc(hidden)]
    pub parent_signature: Option<Text>,
}

/// The crash report at the end of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashReport {
    /// Where the log shows it.
    pub line: Line,
    /// Its title.
    pub title: Option<Title>,
    /// Its stacks, innermost frame first, in the report's order.
    pub stack: Stack,
}

/// What the log says of itself at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Where it says so.
    pub line: Line,
    /// Tested revisions, as the log counts them.
    pub revisions: u32,
    /// Time from start to end.
    pub total: Duration,
    /// Time spent building.
    pub build: Duration,
    /// Time spent testing.
    pub test: Duration,
}

/// A line that belongs to the bisection and was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unparsed {
    /// The line of the log, from 1 on.
    pub line: Line,
    /// Its text, cut to what a person wants to see.
    pub text: Text,
}

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTally {
    /// Lines of a known form.
    pub understood: u32,
    /// Free text whose place is known: commit messages, crash reports, compiler and command output.
    pub opaque: u32,
    /// Lines listed in [`Bisection::unparsed`].
    pub unparsed: u32,
}

impl LineTally {
    /// All lines.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.understood + self.opaque + self.unparsed
    }
}

/// A revision with its place in history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The revision that is placed.
    pub commit: CommitId,
    /// Its number or time in the input, the larger the newer, where the input says.
    pub place: Option<f64>,
    /// Commits from the one before up to and including this one, where the input says.
    pub commits: Option<u64>,
}

/// How it is known which of two revisions is older, the surest way first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arranged {
    /// A walk, a place or a repository says so.
    #[default]
    Told,
    /// Their names count.
    Named,
    /// By when their runs were, which need not be the order of history.
    Dated,
    /// Nothing tells: they lie as the input has them.
    Unknown,
}

/// Everything that was observed in one bisection.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Bisection {
    /// A stable name: the path, with `#2` and so on when a file holds several.
    pub id: String,
    /// What the input says was tested, by the names of the test, the platform and so on; empty where it says nothing.
    #[doc(hidden)]
    pub test: Vec<Text>,
    /// Where it was read.
    pub source: Source,
    /// Its first line.
    pub line: Line,
    /// The form of the input.
    #[doc(hidden)]
    pub format: Format,
    /// The day on which it began, where the input says.
    #[doc(hidden)]
    pub started: Option<Date>,
    /// What it looks for.
    pub kind: Kind,
    /// Whether the input says so; else it follows from the runs.
    #[doc(hidden)]
    pub kind_told: bool,
    /// The revision on which the crash was reported.
    pub origin: Option<CommitId>,
    /// The title under which the bug was reported, when somebody says so; a log does not.
    pub reported_title: Option<Title>,
    /// The title that the log itself goes by where the crash was reported.
    #[doc(hidden)]
    pub representative: Option<Title>,
    /// The tests, in the log's order.
    pub steps: Vec<Step>,
    /// Tests in the input whose revision could not be read: neither they nor their runs are among the steps.
    #[doc(hidden)]
    pub lost: u32,
    /// Releases whose test is announced, newest first, tested or not.
    #[doc(hidden)]
    pub releases: Vec<Tag>,
    /// git's walk, when both ends were found.
    #[doc(hidden)]
    pub walk: Option<Walk>,
    /// Where the input itself says how revisions lie: old to new. Empty where that follows from a walk.
    #[doc(hidden)]
    pub order: Vec<Placed>,
    /// How it is known which revision is older.
    #[doc(hidden)]
    pub arranged: Arranged,
    /// The commit that it named.
    pub culprit: Option<Culprit>,
    /// The commits that it could not tell apart.
    #[doc(hidden)]
    pub candidates: Vec<CommitId>,
    /// How it ended.
    pub ending: Ending,
    /// The log's words for an ending by error.
    #[doc(hidden)]
    pub error: Option<Text>,
    /// The crash report at the end.
    #[doc(hidden)]
    pub report: Option<CrashReport>,
    /// What the log says of its own length and time.
    #[doc(hidden)]
    pub totals: Option<Totals>,
    /// Whether the log calls its own reproducer flaky.
    #[doc(hidden)]
    pub flagged_flaky: bool,
    /// The log's own estimate that it is wrong.
    #[doc(hidden)]
    pub stated_error: Option<f64>,
    /// What became of the lines.
    #[doc(hidden)]
    pub lines: LineTally,
    /// The lines that were not understood.
    #[doc(hidden)]
    pub unparsed: Vec<Unparsed>,
}

impl Bisection {
    /// A bisection of which nothing is known yet: it ends where it begins.
    #[doc(hidden)]
    #[must_use]
    pub fn new(id: String, source: Source, line: Line, format: Format, kind: Kind) -> Self {
        Self {
            id: Text::from(id).to_string(),
            test: Vec::new(),
            source,
            line,
            format,
            started: None,
            kind,
            kind_told: true,
            origin: None,
            reported_title: None,
            representative: None,
            steps: Vec::new(),
            lost: 0,
            releases: Vec::new(),
            walk: None,
            order: Vec::new(),
            arranged: Arranged::Told,
            culprit: None,
            candidates: Vec::new(),
            ending: Ending::Truncated,
            error: None,
            report: None,
            totals: None,
            flagged_flaky: false,
            stated_error: None,
            lines: LineTally::default(),
            unparsed: Vec::new(),
        }
    }

    /// The year in which it began: the input's own word, else that of the newest kernel release it knew. The second is
    /// early by one for a bisection in the weeks after a release at the end of December.
    #[doc(hidden)]
    #[must_use]
    pub fn year(&self) -> Option<i16> {
        let tested = self.steps.iter().filter_map(|step| step.tag.as_ref());
        let known = || tested.chain(&self.releases).filter_map(Tag::year_of_kernel).max();
        self.started.map(Date::year).or_else(known)
    }

    /// Source files of the crash's stack, innermost first.
    #[doc(hidden)]
    #[must_use]
    pub fn stack_files(&self) -> Vec<String> {
        self.report.iter().flat_map(|report| report.stack.iter()).map(|frame| frame.file.to_owned()).collect()
    }

    /// The step at which the crash was first reproduced.
    #[doc(hidden)]
    #[must_use]
    pub fn origin_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.role == Role::Origin)
    }

    /// The newest step that tested `commit`.
    #[doc(hidden)]
    #[must_use]
    pub fn step_of(&self, commit: &CommitId) -> Option<usize> {
        self.steps.iter().rposition(|step| step.role != Role::Config && step.commit.matches(commit))
    }

    /// The step that tested the named culprit.
    #[must_use]
    pub(crate) fn culprit_step(&self) -> Option<usize> {
        self.culprit.as_ref().and_then(|culprit| self.step_of(&culprit.commit))
    }

    /// The title of the crash that the log shows for the named commit.
    #[doc(hidden)]
    #[must_use]
    pub fn named_title(&self) -> Option<&Title> {
        let reported = self.report.as_ref().and_then(|report| report.title.as_ref());
        let own = || self.steps[self.culprit_step()?].runs.iter().find_map(|run| run.outcome.title());
        self.culprit.as_ref().and_then(|_| reported.or_else(own))
    }

    /// Each title with how often it shows; most frequent first, then by its text.
    #[doc(hidden)]
    #[must_use]
    pub fn title_counts(&self) -> Vec<TitleCount> {
        let mut counts: Vec<TitleCount> = Vec::new();
        let mut places: HashMap<Option<&Title>, usize> = HashMap::new();
        // The last title with its place: many runs in a row show the same one. And the newest step of each place.
        let (mut last, mut newest) = (None, Vec::new());
        for (i, step) in self.steps.iter().enumerate() {
            for run in &step.runs {
                let Outcome::Crash(title) = &run.outcome else { continue };
                let title = title.as_ref();
                let place = match last {
                    Some((known, place)) if known == title => place,
                    _ => *places.entry(title).or_insert_with(|| {
                        counts.push(TitleCount::new(title.cloned()));
                        counts.len() - 1
                    }),
                };
                last = Some((title, place));
                newest.resize(counts.len(), None);
                counts[place].crashes += run.count;
                counts[place].at_origin += if step.role == Role::Origin { run.count } else { 0 };
                counts[place].steps += u32::from(newest[place].replace(i) != Some(i));
            }
        }
        counts.sort_by(|a, b| b.crashes.cmp(&a.crashes).then_with(|| a.title.cmp(&b.title)));
        counts
    }
}

/// How often a title shows in a bisection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleCount {
    /// The title; `None` for crashes without one.
    pub title: Option<Title>,
    /// Runs that show it.
    pub crashes: u32,
    /// Steps that show it.
    pub steps: u32,
    /// Runs at the origin that show it.
    pub at_origin: u32,
}

impl TitleCount {
    const fn new(title: Option<Title>) -> Self {
        Self { title, crashes: 0, steps: 0, at_origin: 0 }
    }
}
