//! Commands for a person to copy. A command is a list of words; here alone it becomes text, and here alone it is quoted.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::evidence::{CommitId, Kind, clean_line};

/// A command line. [`fmt::Display`] and JSON show it as a POSIX shell reads it: whoever pastes it runs these words and nothing
/// else, whatever the input calls its revisions.
///
/// ```
/// use bisectstat::evidence::CommitId;
/// use bisectstat::history::Command;
///
/// let name = CommitId::parse_name("$(reboot)").expect("git allows this name of a tag");
/// assert_eq!(Command::checkout(name).to_string(), "git checkout --detach '$(reboot)'");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command(Vec<Word>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Word {
    /// A word that may hold anything.
    Text(String),
    /// What another command prints: a single hash.
    Output(Command),
}

impl Command {
    /// Words of our own.
    fn of(words: &str) -> Self {
        Self(words.split(' ').map(|word| Word::Text(word.to_owned())).collect())
    }

    fn with(mut self, word: impl Into<String>) -> Self {
        self.0.push(Word::Text(word.into()));
        self
    }

    /// Revisions. What follows is no option, whatever it looks like; a hash looks like none. git has `--end-of-options` since
    /// 2.24 where it walks history; `git checkout` took it for a path up to 2.42, and `git bisect` knows none: no
    /// [`CommitId`] begins with a dash.
    fn revision(self, text: String, plain: bool) -> Self {
        if plain { self.with(text) } else { self.with("--end-of-options").with(text) }
    }

    /// Brings a revision into the work tree.
    #[must_use]
    pub fn checkout(commit: CommitId) -> Self {
        Self::of("git checkout --detach").with(commit.to_string())
    }

    /// Brings the commit in the middle of a range into the work tree.
    #[must_use]
    pub(crate) fn checkout_middle(after: CommitId, upto: CommitId) -> Self {
        let plain = after.is_hash() && upto.is_hash();
        let middle = Self::of("git rev-list --bisect").revision(format!("{after}..{upto}"), plain);
        let mut checkout = Self::of("git checkout --detach");
        checkout.0.push(Word::Output(middle));
        checkout
    }

    /// Brings the commit of a range that so many newer ones follow into the work tree.
    #[must_use]
    pub(crate) fn checkout_before(after: CommitId, upto: CommitId, newer: u64) -> Self {
        let plain = after.is_hash() && upto.is_hash();
        let at = Self::of("git rev-list --max-count=1").with(format!("--skip={newer}"));
        let mut checkout = Self::of("git checkout --detach");
        checkout.0.push(Word::Output(at.revision(format!("{after}..{upto}"), plain)));
        checkout
    }

    /// Begins a bisection by hand. The new revision has the change, the old ones have it not; who looks for a fix calls them by
    /// these names.
    #[must_use]
    pub fn bisect_start(kind: Kind, new: CommitId, old: &[CommitId]) -> Self {
        let start = match kind {
            Kind::Cause => Self::of("git bisect start"),
            Kind::Fix => Self::of("git bisect start --term-new=fixed --term-old=broken"),
        };
        let ends = std::iter::once(&new).chain(old);
        ends.fold(start, |start, end| start.with(end.short()))
    }

    /// Lists the commits of a range.
    #[must_use]
    pub fn log(after: CommitId, upto: CommitId) -> Self {
        let range = format!("{}..{}", after.short(), upto.short());
        Self::of("git log --oneline").revision(range, after.is_hash() && upto.is_hash())
    }

    /// Shows a commit.
    #[must_use]
    pub fn show(commit: CommitId) -> Self {
        Self::of("git show").revision(commit.to_string(), commit.is_hash())
    }

    /// Shows which files a commit changes.
    #[must_use]
    pub fn show_files(commit: CommitId) -> Self {
        Self::of("git show --stat").revision(commit.short(), commit.is_hash())
    }

    /// Looks at a log again.
    #[must_use]
    pub fn analyze(path: &str) -> Self {
        let analyze = Self::of("bisectstat analyze");
        if path.starts_with('-') { analyze.with("--").with(path) } else { analyze.with(path) }
    }

    /// Bisects between two revisions, beginning with runs that were made before. The test stands for itself: `CMD`.
    #[must_use]
    pub fn run_with(good: CommitId, bad: CommitId, evidence: &Path) -> Self {
        let run = Self::of("bisectstat run --good").with(good.to_string()).with("--bad").with(bad.to_string());
        run.with("--evidence").with(file(evidence)).with("--").with("CMD")
    }

    /// Asks what to run next, by the runs in a file.
    #[must_use]
    pub fn next(evidence: &Path) -> Self {
        Self::of("bisectstat next").with(file(evidence))
    }

    /// Goes on with a search, whose state may be in a file of its own.
    #[must_use]
    pub fn go_on(state: Option<&Path>) -> Self {
        let run = Self::of("bisectstat run --continue");
        match state {
            Some(path) => run.with("--state").with(path.to_string_lossy()),
            None => run,
        }
    }
}

/// A path that looks like no option.
fn file(path: &Path) -> String {
    let name = path.to_string_lossy();
    if name.starts_with('-') { format!("./{name}") } else { name.into_owned() }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match word {
                Word::Text(text) => f.write_str(&argument(text))?,
                // Quoted: where nothing is printed, there is no word that could be left out.
                Word::Output(command) => write!(f, "\"$({command})\"")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An argument as a shell takes it: one word, quoted where it must be, without what a terminal would obey.
#[must_use]
pub fn argument(text: &str) -> String {
    let text = clean_line(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+,@=%".contains(c);
    // Some shells look into a word that begins with one of these.
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with(['=', '%']) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The line of a mail that has syzbot test a commit. None where its name is no hash: a name comes from the input and could be
/// anything, a hash is digits.
#[must_use]
pub fn syz_test(repository: &str, commit: CommitId) -> Option<String> {
    commit.is_hash().then(|| format!("#syz test: {repository} {commit}"))
}

/// `git bisect start NEW OLD…`, then what brings each of `next` into the work tree.
#[must_use]
pub fn bisect_commands(kind: Kind, new: &CommitId, old: &[CommitId], next: &[CommitId]) -> Vec<Command> {
    let start = Command::bisect_start(kind, *new, old);
    std::iter::once(start).chain(next.iter().copied().map(Command::checkout)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CommitId {
        CommitId::parse_name(text).unwrap()
    }

    #[test]
    fn commands_can_be_pasted() {
        let good = [name("v5.10"), name("a;rm$(x)'")];
        let commands = bisect_commands(Kind::Cause, &name("6c2450ae5565"), &good, &[name("66ae0d1e2d9f")]);
        let commands: Vec<_> = commands.iter().map(ToString::to_string).collect();
        assert_eq!(
            commands,
            [r"git bisect start 6c2450ae5565 v5.10 'a;rm$(x)'\'''", "git checkout --detach 66ae0d1e2d9f"]
        );
        let (old, new) = (name("6c2450ae5565"), name("$(id)"));
        assert_eq!(Command::log(old, old).to_string(), "git log --oneline 6c2450ae5565..6c2450ae5565");
        assert_eq!(Command::log(old, new).to_string(), "git log --oneline --end-of-options '6c2450ae5565..$(id)'");
        assert_eq!(
            Command::checkout_middle(new, old).to_string(),
            "git checkout --detach \"$(git rev-list --bisect --end-of-options '$(id)..6c2450ae5565')\""
        );
        assert_eq!(Command::analyze("-x").to_string(), "bisectstat analyze -- -x");
        assert_eq!(Command::go_on(Some(Path::new("a b"))).to_string(), "bisectstat run --continue --state 'a b'");
    }

    #[test]
    fn syzbot_is_asked_for_hashes_only() {
        let line = syz_test("https://a.example/linux.git", name("66ae0d1e2d9f"));
        assert_eq!(line.as_deref(), Some("#syz test: https://a.example/linux.git 66ae0d1e2d9f"));
        assert_eq!(syz_test("https://a.example/linux.git", name("v5.10")), None);
    }

    #[test]
    fn a_shell_takes_every_argument_as_one() {
        assert_eq!(argument("data/004_a.txt"), "data/004_a.txt");
        assert_eq!(argument("BUG at a.c:LINE!"), "'BUG at a.c:LINE!'");
        assert_eq!(argument("it's"), r"'it'\''s'");
        assert_eq!(argument(""), "''");
        assert_eq!(argument("=ls"), "'=ls'");
        assert_eq!(argument("a\rb"), "'a\u{fffd}b'");
    }
}
