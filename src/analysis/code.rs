//! What a repository says of the named commit beyond its runs: whether it changes a function of the crash's stack, or one
//! near it; what later commits say of it; and which older commits touched the same code.
//!
//! The commonest error of a bisection that finds its change point is that the named commit only lets the reproducer reach an
//! older bug. So three hypotheses stand beside each other: the named commit is to blame, an older one that touched the
//! code of the crash is, or another commit. Their prior is [`Analysis::trusted`] for the first; of the rest, `OLDER` is an
//! older commit's. What the code says multiplies the odds of the first by `Reach::odds` and [`FIXED`]; older commits
//! share theirs by `Reach::odds` and `SERIES`, the newest first (`1 / rank`: most bugs that a fuzzer finds are young). These factors
//! are set by hand: no labels with diffs are known, and [`Analysis::p_right`] stays as it was fitted.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::evidence::{CommitId, Kind};
use crate::history::{Described, Functions, History, Node};
use crate::prob::Prob;

use super::named::Named;
use super::{Analysis, Settings};

/// P(an older commit is to blame | the named one is not): of 180 labelled bisections that named a wrong commit, 120 called a
/// revision good that has the bug.
pub(crate) const OLDER: f64 = 2.0 / 3.0;
/// The odds with which a later commit's `Fixes:` for the named commit speaks for it.
pub const FIXED: f64 = 10.0;
/// How much likelier an older commit is by the same author and of the same day as the named one: of one series.
pub(crate) const SERIES: f64 = 2.0;

/// What the code says of the named commit.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// How near what it changes is to the crash's stack.
    pub reach: Reach,
    /// Later commits, among what was tested, whose `Fixes:` names it.
    pub fixed_by: Vec<Change>,
    /// Later ones that change a function again which it changes and the stack shows.
    pub changed_again: Vec<Change>,
    /// P(it is to blame), with what the code says.
    pub named: Prob,
    /// Older commits that may be to blame instead, likeliest first.
    pub older: Vec<Older>,
    /// P(neither it nor one of these).
    pub neither: Prob,
}

/// How near what a commit changes is to a crash's stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Told")]
pub enum Reach {
    /// It changes a function of the stack.
    Stack {
        /// The innermost one.
        function: String,
    },
    /// It changes a function that a function of the stack calls, or that calls one, perhaps with one between.
    Calls {
        /// What it changes.
        function: String,
        /// The function of the stack.
        stack: String,
        /// How many calls lie between.
        calls: usize,
    },
    /// It changes functions, none of them near the stack.
    Elsewhere,
    /// It changes no function that could be read, or the log shows no stack.
    Unknown,
}

impl Reach {
    /// The odds with which it speaks for a commit.
    #[must_use]
    pub(crate) const fn odds(&self) -> f64 {
        match self {
            Self::Stack { .. } => 4.0,
            Self::Calls { .. } => 2.0,
            Self::Unknown => 1.0,
            Self::Elsewhere => 0.5,
        }
    }
}

/// The same with the same keys for all.
#[derive(Serialize)]
struct Told {
    near: &'static str,
    function: Option<String>,
    stack: Option<String>,
    calls: Option<usize>,
}

impl From<Reach> for Told {
    fn from(reach: Reach) -> Self {
        let nothing = |near| Self { near, function: None, stack: None, calls: None };
        match reach {
            Reach::Stack { function } => {
                Self { stack: Some(function.clone()), function: Some(function), calls: Some(0), ..nothing("stack") }
            }
            Reach::Calls { function, stack, calls } => {
                Self { function: Some(function), stack: Some(stack), calls: Some(calls), ..nothing("calls") }
            }
            Reach::Elsewhere => nothing("elsewhere"),
            Reach::Unknown => nothing("unknown"),
        }
    }
}

/// A commit and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its whole name.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// The day on which it was written, in UTC.
    pub authored: Option<String>,
}

/// An older commit that may be to blame.
#[derive(Clone, Debug, Serialize)]
pub struct Older {
    /// The commit with its subject and its day.
    #[serde(flatten)]
    pub change: Change,
    /// How near what it changes is to the crash's stack.
    pub reach: Reach,
    /// Whether it is of the named commit's series: by the same author, of the same day.
    pub same_series: bool,
    /// P(it is to blame).
    pub p: Prob,
}

/// Looks at the code, where there is a repository that has the named commit.
pub(super) fn look(analysis: &mut Analysis, settings: &Settings) {
    let Some(repo) = &settings.repo else { return };
    let code = Crash::of(analysis, &repo.history).and_then(|crash| crash.code());
    if let Some(lineage) = &mut analysis.history {
        lineage.code = code;
    }
}

/// A named commit in a history, and the code that crashed.
struct Crash<'a> {
    history: &'a History,
    trusted: f64,
    named: Node,
    origin: Option<Node>,
    /// Functions of the stack, innermost first; the title's before them.
    stack: Vec<String>,
    /// Files of the stack, then those that the named commit touches.
    files: Vec<String>,
}

impl<'a> Crash<'a> {
    fn of(analysis: &Analysis, history: &'a History) -> Option<Self> {
        /// Functions and files that are looked at.
        const FRAMES: usize = 8;
        const FILES: usize = 8;
        let about = Named::of(analysis).filter(|_| analysis.evidence.kind == Kind::Cause)?;
        let named = history.find(&about.culprit.commit).ok()?;
        let frames = analysis.evidence.report.iter().flat_map(|report| report.stack.iter());
        let frames = frames.filter(|frame| about.stack.contains(&frame.file)).filter_map(|frame| frame.function);
        let functions = about.title.function.as_deref().into_iter().chain(frames);
        // `f.isra.0` and `f.cold` are parts of f.
        let functions = functions.map(|name| name.split('.').next().unwrap_or(name).to_owned());
        let touched = history.touched(&[named], FILES).pop().unwrap_or_default().files;
        let files = about.stack.iter().take(FRAMES).map(|file| (*file).to_owned()).chain(touched);
        let files =
            unique(files.filter(|file| file.rsplit_once('.').is_some_and(|(_, ending)| ending == "c")), 2 * FILES);
        Some(Self {
            history,
            trusted: analysis.trusted()?.value(),
            named,
            origin: analysis.origin.and_then(|origin| history.find(&origin).ok()),
            stack: unique(functions, FRAMES),
            files,
        })
        .filter(|crash| !crash.files.is_empty())
    }

    fn code(&self) -> Option<Code> {
        let named = self.describe(self.named)?;
        let (reach, changed) = self.reach(self.named, &self.files);
        let (fixed_by, changed_again) = self.later(&changed);
        let older = self.older(&named);
        let shares: f64 = older.iter().map(|(_, weight)| weight).sum();
        let wrong = 1.0 - self.trusted;
        let ours = self.trusted * reach.odds() * if fixed_by.is_empty() { 1.0 } else { FIXED };
        let theirs = if shares > 0.0 { wrong * OLDER } else { 0.0 };
        let total = ours + wrong;
        let p = |weight: f64| Prob::saturating(weight / total);
        let told = older.into_iter().map(|(older, weight)| Older { p: p(theirs * weight / shares), ..older });
        let mut older: Vec<Older> = told.collect();
        older.sort_by(|a, b| b.p.value().total_cmp(&a.p.value()));
        older.truncate(Self::TOLD);
        let told: f64 = older.iter().map(|older| older.p.value()).sum();
        let neither = Prob::saturating(1.0 - ours / total - told);
        (total > 0.0).then(|| Code { reach, fixed_by, changed_again, named: p(ours), older, neither })
    }

    /// Older commits that are told.
    const TOLD: usize = 5;

    /// How near what a commit changes in these files is to the stack, and the names of the functions that it changes.
    fn reach(&self, commit: Node, files: &[String]) -> (Reach, BTreeSet<String>) {
        /// Calls within which a function is near.
        const CALLS: usize = 2;
        let (mut now, mut changed) = (Functions::default(), BTreeSet::new());
        for file in files {
            let ours = self.history.functions(commit, file);
            let parent = self.history.parents(commit).next();
            let before = parent.map(|parent| self.history.functions(parent, file)).unwrap_or_default();
            changed.extend(ours.changed_since(&before).into_iter().map(str::to_owned));
            now = now.with(ours);
        }
        if let Some(function) = self.stack.iter().find(|function| changed.contains(*function)) {
            return (Reach::Stack { function: function.clone() }, changed);
        }
        let between = |stack: &String| {
            let (calls, function) = now.calls_between(stack, |name| changed.contains(name), CALLS)?;
            Some(Reach::Calls { function: function.to_owned(), stack: stack.clone(), calls })
        };
        let near = self.stack.iter().find_map(between);
        let elsewhere = if changed.is_empty() || self.stack.is_empty() { Reach::Unknown } else { Reach::Elsewhere };
        (near.unwrap_or(elsewhere), changed)
    }

    /// Later commits that say that they fix the named one, and those that change what it changes of the stack.
    fn later(&self, changed: &BTreeSet<String>) -> (Vec<Change>, Vec<Change>) {
        const AMONG: usize = 10_000;
        const MOST: usize = 30;
        let Some(origin) = self.origin.filter(|origin| *origin != self.named) else { return (Vec::new(), Vec::new()) };
        let ours = self.history.id(self.named).to_string();
        let watched: Vec<&String> = self.stack.iter().filter(|function| changed.contains(*function)).collect();
        let (mut fixes, mut again) = (Vec::new(), Vec::new());
        for (commit, files) in self.history.earlier(origin, &self.paths(), AMONG, MOST) {
            if commit == self.named || !self.history.contains(commit, self.named) {
                continue;
            }
            if self.history.fixes(commit).iter().any(|digits| ours.starts_with(digits.as_str())) {
                fixes.extend(self.describe(commit).map(|described| change(&described)));
            } else if !watched.is_empty() {
                let (_, theirs) = self.reach(commit, &self.named_files(&files));
                let same = watched.iter().any(|function| theirs.contains(*function));
                again.extend(self.describe(commit).filter(|_| same).map(|described| change(&described)));
            }
        }
        (fixes, again)
    }

    /// Older commits that touch these files, with their weights.
    fn older(&self, named: &Described) -> Vec<(Older, f64)> {
        const AMONG: usize = 10_000;
        const MOST: usize = 30;
        let found = self.history.earlier(self.named, &self.paths(), AMONG, MOST);
        let older = (1u32..).zip(found).filter_map(|(rank, (commit, files))| {
            let described = self.describe(commit)?;
            let (reach, _) = self.reach(commit, &self.named_files(&files));
            let same_series = is_series(named, &described);
            let weight = reach.odds() / f64::from(rank) * if same_series { SERIES } else { 1.0 };
            Some((Older { change: change(&described), reach, same_series, p: Prob::ZERO }, weight))
        });
        older.collect()
    }

    fn paths(&self) -> Vec<&str> {
        self.files.iter().map(String::as_str).collect()
    }

    fn named_files(&self, which: &[usize]) -> Vec<String> {
        which.iter().map(|file| self.files[*file].clone()).collect()
    }

    fn describe(&self, commit: Node) -> Option<Described> {
        self.history.describe(&[commit]).ok()?.pop()
    }
}

fn change(described: &Described) -> Change {
    let authored = described.authored.map(|time| time.strftime("%Y-%m-%d").to_string());
    Change { commit: described.commit, subject: described.subject.clone(), authored }
}

/// Whether two commits are by one author and of one day.
fn is_series(one: &Described, other: &Described) -> bool {
    const DAY: i64 = 24 * 60 * 60;
    let near = one.authored.zip(other.authored).is_some_and(|(a, b)| (a.as_second() - b.as_second()).abs() < DAY);
    near && one.author == other.author
}

/// The first of each, at most so many.
fn unique(names: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut known = BTreeSet::new();
    names.filter(|name| known.insert(name.clone())).take(most).collect()
}
