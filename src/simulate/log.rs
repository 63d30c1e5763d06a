//! Writes the log: every form of line, in the words of its generation, and no decision.

use std::collections::BTreeMap;

use crate::evidence::{Kind, Outcome, Remaining, Role, Side, VoidKind};

use super::Protocol;
use super::dice::Dice;
use super::history::{Commit, Commits};
use super::titles;

/// A log that is being written.
pub(super) struct Log {
    text: String,
    style: Style,
    /// Whether runs that all ended alike share one line, which hides their number.
    shortened: bool,
}

/// The words of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Early 2021: the compiler stands in the first line of a step.
    With,
    /// 2021 to 2022: it has a line of its own.
    Plain,
    /// From the end of 2024: comments tell what the runs mean.
    Commented,
}

impl Log {
    pub(super) fn new(protocol: Protocol, dice: &mut Dice) -> Self {
        let early = dice.coin();
        let style = match protocol {
            Protocol::SyzkallerOld if early => Style::With,
            Protocol::SyzkallerOld | Protocol::Git => Style::Plain,
            Protocol::SyzkallerNew => Style::Commented,
        };
        Self { text: String::new(), style, shortened: protocol != Protocol::Git }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn is_commented(&self) -> bool {
        self.style == Style::Commented
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(super) fn begin(&mut self, kind: Kind, origin: Commit, commits: &Commits) {
        let (name, tool) = (commits.name(origin), commits.name(0));
        if self.is_commented() {
            self.line("ci-simulated starts bisection 2024-12-09 01:02:03.456789012 +0000 UTC m=+5678.901234567");
        }
        match kind {
            Kind::Cause => self.line(&format!("bisecting cause commit starting from {name}")),
            Kind::Fix => self.line(&format!("bisecting fixing commit since {name}")),
        }
        self.line(&format!("building syzkaller on {tool}"));
        if self.is_commented() {
            self.line(&format!("ensuring issue is reproducible on original commit {name}\n"));
        }
    }

    /// The head of a step; a build that failed has no signature.
    pub(super) fn step(&mut self, commit: Commit, role: Role, built: bool, commits: &Commits) {
        let name = commits.name(commit);
        let (first, compiler) = match self.style {
            Style::With => (" with gcc (GCC) 10.2.1 20210217", None),
            Style::Plain => ("", Some("gcc (GCC) 10.2.1 20210217, GNU ld (GNU Binutils for Debian) 2.35.1")),
            Style::Commented => (" gcc", Some("gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40")),
        };
        self.line(&format!("testing commit {name}{first}"));
        if let Some(compiler) = compiler {
            self.line(&format!("compiler: {compiler}"));
        }
        if built {
            let kernel = if role == Role::Config { !commit } else { commit };
            self.line(&format!("kernel signature: {}", commits.signature(kernel)));
        } else if self.is_commented() {
            let make = r#"failed to run ["make" "-j" "64" "ARCH=x86_64" "bzImage"]: exit status 2"#;
            self.line(&format!("failed building {name}: {make}"));
        } else {
            let file = commits.file(commit);
            self.line(&format!("{file}:12:3: error: implicit declaration of function 'pr_simulated'"));
        }
    }

    pub(super) fn runs(&mut self, outcomes: &[Outcome]) {
        if let Some(first) = outcomes.first().filter(|first| self.shortened && outcomes.iter().all(|o| o == *first)) {
            return self.line(&format!("all runs: {}", verdict(first)));
        }
        for (i, outcome) in outcomes.iter().enumerate() {
            self.line(&format!("run #{i}: {}", verdict(outcome)));
        }
    }

    /// `representative crash: T, types: [A B]`
    pub(super) fn representative(&mut self, outcomes: &[Outcome]) {
        if let Some((title, types)) = representative(outcomes).filter(|_| self.is_commented()) {
            self.line(&format!("representative crash: {title}, types: [{}]", types.join(" ")));
        }
    }

    /// The title of the next step's role.
    pub(super) fn announce(&mut self, role: Role, name: &str) {
        match role {
            Role::Release => self.line(&format!("testing release v{name}")),
            Role::Head => self.line(&format!("testing current HEAD {name}")),
            Role::Parent => self.line(&format!("parent commit {name} wasn't tested")),
            _ => {}
        }
    }

    pub(super) fn git_start(&mut self, new: Commit, old: Commit, commits: &Commits) {
        self.line(&format!("# git bisect start {} {}", commits.name(new), commits.name(old)));
    }

    pub(super) fn git_told(&mut self, side: Option<Side>, commit: Commit, commits: &Commits) {
        let word = match side {
            Some(Side::Old) => "good",
            Some(Side::New) => "bad",
            None => "skip",
        };
        self.line(&format!("# git bisect {word} {}", commits.name(commit)));
    }

    pub(super) fn git_next(&mut self, commit: Commit, left: Remaining, commits: &Commits) {
        let Remaining { revisions, steps } = left;
        let plural = |n| if n == 1 { "" } else { "s" };
        let (r, s) = (plural(revisions), plural(steps));
        self.line(&format!("Bisecting: {revisions} revision{r} left to test after this (roughly {steps} step{s})"));
        self.line(&format!("[{}] {}\n", commits.name(commit), commits.subject(commit)));
    }

    pub(super) fn git_found(&mut self, commit: Commit, commits: &Commits) {
        let name = commits.name(commit);
        self.line(&format!("{name} is the first bad commit\ncommit {name}"));
        if let (first, Some(second)) = commits.parents(commit) {
            self.line(&format!("Merge: {} {}", commits.name(first).short(), commits.name(second).short()));
        }
        self.line("Author: A. Simulated Writer <a.writer@example.org>");
        self.line("Date:   Mon Mar 1 10:00:00 2021 +0000\n");
        self.line(&format!("    {}\n", commits.subject(commit)));
        self.line(&format!(" {} | 11 +++++++----", commits.file(commit)));
        self.line(" 1 file changed, 7 insertions(+), 4 deletions(-)\n");
    }

    pub(super) fn git_only_skipped(&mut self, left: &[Commit], commits: &Commits) {
        self.line("There are only 'skip'ped commits left to test.\nThe first bad commit could be any of:");
        self.names(left, commits);
        self.line("We cannot bisect more!\n");
    }

    pub(super) fn names(&mut self, list: &[Commit], commits: &Commits) {
        for commit in list {
            self.line(&commits.name(*commit).to_string());
        }
    }

    pub(super) fn signatures(&mut self, culprit: Commit, parent: Commit, commits: &Commits) {
        self.line(&format!("culprit signature: {}", commits.signature(culprit)));
        self.line(&format!("parent  signature: {}", commits.signature(parent)));
    }

    pub(super) fn totals(&mut self, revisions: u32, build: u32, test: u32) {
        let [total, build, test] = [build + test, build, test].map(duration);
        self.line(&format!("revisions tested: {revisions}, total time: {total} (build: {build}, test: {test})"));
    }

    pub(super) fn recipients(&mut self) {
        self.line("recipients (to): [\"a.writer@example.org\" \"list@example.org\"]\nrecipients (cc): []");
    }

    /// The crash report that ends a log.
    pub(super) fn crash(&mut self, title: &str) {
        let (function, file) = titles::place(title);
        self.line(&format!("crash: {title}\n------------[ cut here ]------------\n{title}\nCall Trace:"));
        self.line(&format!(" {function}+0x1c4/0x2f0 {file}:321"));
        self.line(" process_one_work+0x84c/0x13b0 kernel/workqueue.c:2275");
        self.line(" ret_from_fork+0x1f/0x30 arch/x86/entry/entry_64.S:294");
    }
}

fn verdict(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pass => "OK".to_owned(),
        Outcome::Crash(title) => format!("crashed: {}", title.as_ref().map_or("", |title| title.as_str())),
        Outcome::Void(kind, text) => {
            let words = match kind {
                VoidKind::Boot => "boot failed",
                VoidKind::BasicTest => "basic kernel testing failed",
                VoidKind::Infra => "infra problem",
                VoidKind::Ignored => "ignore",
                VoidKind::Failed => "failed",
            };
            format!("{words}: {text}")
        }
    }
}

/// The first title of the most frequent type, and the types of two thirds of the crashes, three at most. Hangs that make
/// up less than half are passed over.
pub(super) fn representative(outcomes: &[Outcome]) -> Option<(String, Vec<&'static str>)> {
    let mut types: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let titles: Vec<_> = outcomes.iter().filter_map(Outcome::title).collect();
    for title in &titles {
        types.entry(titles::crash_type(title.as_str())).or_insert((0, title.as_str())).0 += 1;
    }
    let mut ranked: Vec<_> = types.iter().map(|(name, (count, title))| (*count, *name, *title)).collect();
    ranked.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    if ranked.len() > 1 {
        ranked.retain(|(count, name, _)| *name != "HANG" || 2 * count >= titles.len());
    }
    let (_, _, title) = *ranked.first()?;
    let (mut covered, mut names) = (0, Vec::new());
    for (count, name, _) in ranked {
        if covered < 2 * (titles.len() + 2) / 3 && names.len() < 3 {
            covered += count;
            names.push(name);
        }
    }
    Some((title.to_owned(), names))
}

/// Seconds as Go prints them.
fn duration(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}
