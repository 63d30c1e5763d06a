//! One line → its form. Knows the words of every generation of the log, and nothing of what came before the line;
//! what a form means at its place is [`super::machine`]'s business.

use memchr::memchr_iter;

use crate::evidence::{Kind, Side};

/// The form of a line at column one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form<'a> {
    /// A line without text.
    Blank,
    /// `<host> starts bisection <time>`
    Host(&'a str),
    /// The words that begin every log.
    Start(Start<'a>),
    /// The crash was reported on a commit that now has this hash.
    Rewritten(&'a str),
    /// A test begins; the rest of the line may name a compiler.
    Testing(&'a str, &'a str),
    /// The compiler in full.
    Compiler(&'a str),
    /// The kernel's signature.
    Signature(&'a str),
    /// One run: number and verdict.
    Run(&'a str, &'a str),
    /// All runs ended alike.
    AllRuns(&'a str),
    /// A build failure with a prefix of its own.
    BuildFailed,
    /// More runs passed than crashed, for the first time.
    SeemsFlaky,
    /// What newer generations print after a step's runs.
    Comment,
    /// Which of the step's crashes the program goes by.
    Representative(&'a str),
    /// The runs of the step do not suffice for a verdict: it is skipped.
    Undecided,
    /// The next test is of this tag.
    Release(&'a str),
    /// The next test is of the newest revision.
    Head,
    /// The next test is of a merge base.
    MergeBaseNext,
    /// The next test is of the culprit's parent, which is built only.
    ParentNext,
    /// The walk through releases begins.
    Range,
    /// The question whether a candidate can have the bug at all.
    Presence,
    /// A candidate is taken to have the bug without a test.
    Pretended,
    /// git's walk begins: new end and old end.
    BisectStart(&'a str, &'a str),
    /// git is told about a revision; no side for a skip.
    BisectTerm(Option<Side>, &'a str),
    /// Revisions and steps left.
    Remaining(&'a str, &'a str),
    /// git wants a merge base tested.
    MergeBaseNeeded,
    /// `[<hash>] <subject>`: git's next candidate.
    Checkout(&'a str),
    /// git's own result.
    FirstBad(&'a str),
    /// git has only skipped candidates left; hashes follow.
    OnlySkipped,
    /// Signature of the culprit's kernel.
    CulpritSignature(&'a str),
    /// Signature of the parent's kernel.
    ParentSignature(&'a str),
    /// The log calls the reproducer flaky.
    FlaggedFlaky,
    /// The log's own estimate that it is wrong.
    ErrorProbability(&'a str),
    /// Revisions and times.
    Totals(&'a str),
    /// The answer: hash and subject.
    FirstCommit(&'a str, &'a str),
    /// The answer is one of several; hashes follow.
    Inconclusive,
    /// The other side of the range was never found.
    StillBad,
    /// The merge base of a fix bisection does not crash.
    MergeBaseClean,
    /// The bisection stopped.
    Error(&'a str),
    /// The crash report begins.
    Crash(&'a str),
    /// A known line that holds no evidence.
    Note,
}

/// The first words of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start<'a> {
    /// What is looked for.
    pub kind: Kind,
    /// The revision to start from: a hash, in logs made by hand a tag or `HEAD`.
    pub name: &'a str,
    /// Spelled as in 2018.
    pub early: bool,
}

/// Beginnings of lines and what they mean. Most lines begin with none of them, and their first byte tells.
struct Words<const N: usize> {
    firsts: u128,
    words: [(&'static str, Form<'static>); N],
}

impl<const N: usize> Words<N> {
    /// Each begins with ASCII.
    const fn new(words: [(&'static str, Form<'static>); N]) -> Self {
        let (mut firsts, mut i) = (0, 0);
        while i < N {
            firsts |= 1 << words[i].0.as_bytes()[0];
            i += 1;
        }
        Self { firsts, words }
    }

    /// All of them mean the same.
    const fn all(form: Form<'static>, words: [&'static str; N]) -> Self {
        let (mut table, mut i) = ([("", form); N], 0);
        while i < N {
            table[i].0 = words[i];
            i += 1;
        }
        Self::new(table)
    }

    fn of(&self, line: &str) -> Option<Form<'static>> {
        let first = line.bytes().next().filter(u8::is_ascii)?;
        let begins = |(words, _): &&(&str, Form<'_>)| words.as_bytes()[0] == first && line.starts_with(words);
        if self.firsts >> first & 1 == 0 { None } else { self.words.iter().find(begins).map(|(_, form)| *form) }
    }
}

/// Text before and after the first place of some ASCII words: in short texts quicker than the standard library's search.
pub(super) fn parted<'a>(text: &'a str, words: &str) -> Option<(&'a str, &'a str)> {
    let first = *words.as_bytes().first()?;
    memchr_iter(first, text.as_bytes()).find_map(|at| Some((&text[..at], text[at..].strip_prefix(words)?)))
}

/// The form of a line, `None` for free text. White space behind it, of whatever kind, means nothing.
#[must_use]
pub fn form(line: &str) -> Option<Form<'_>> {
    let line = line.trim_end();
    let Some(first) = line.bytes().next() else { return Some(Form::Blank) };
    match first {
        b' ' | b'\t' => None,
        b'#' => bisect(line).or_else(|| config(line)),
        b'[' => checkout(line),
        _ => [run, step, git, comment, range, start, tail, config, host].iter().find_map(|read| read(line)),
    }
}

/// The words that begin a bisection.
const STARTS: [(&str, Kind, bool); 4] = [
    ("bisecting cause commit starting from ", Kind::Cause, false),
    ("bisecting fixing commit since ", Kind::Fix, false),
    ("searching for guilty commit starting from ", Kind::Cause, true),
    ("searching for fixing commit since ", Kind::Fix, true),
];

/// What follows a host's name, which has at most [`HOST`] bytes.
const HOST_STARTS: &str = " starts bisection ";
const HOST: usize = 80;

/// Whether a line can be [`Form::Start`] or [`Form::Host`]: quicker than to read it.
#[must_use]
pub(crate) fn may_open(line: &str) -> bool {
    let first = line.bytes().next().unwrap_or_default();
    let starts = || STARTS.iter().any(|(words, ..)| line.starts_with(words));
    first.is_ascii_alphanumeric() && (matches!(first, b'b' | b's') && starts() || names_host(line))
}

/// A name has one space at most.
fn names_host(line: &str) -> bool {
    let near = &line.as_bytes()[..line.len().min(HOST + 1)];
    let mut spaces = memchr_iter(b' ', near).take(2);
    spaces.any(|space| line.as_bytes()[space..].starts_with(HOST_STARTS.as_bytes()))
}

static NOTES: Words<4> = Words::all(
    Form::Note,
    [
        "building syzkaller on ",
        "fetch other tags and check if the commit is present",
        "fetch failed with ",
        "ensuring issue is reproducible on original commit ",
    ],
);

fn start(line: &str) -> Option<Form<'_>> {
    for (words, kind, early) in STARTS {
        if let Some(name) = line.strip_prefix(words) {
            return Some(Form::Start(Start { kind, name: name.trim(), early }));
        }
    }
    if let Some(rest) = line.strip_prefix("rewritten commit ") {
        return rest.split_once(" reidentified by title ").map(|(commit, _)| Form::Rewritten(commit));
    }
    NOTES.of(line)
}

/// `<host> starts bisection <time>`; the host's name may hold a space.
fn host(line: &str) -> Option<Form<'_>> {
    let (_, time) = if names_host(line) { line.split_once(HOST_STARTS)? } else { return None };
    time.starts_with("20").then_some(Form::Host(time))
}

fn run(line: &str) -> Option<Form<'_>> {
    if let Some(verdict) = line.strip_prefix("all runs: ") {
        return Some(Form::AllRuns(verdict));
    }
    let rest = line.strip_prefix("run #").or_else(|| line.strip_prefix("try #"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let verdict = rest[digits..].strip_prefix(": ")?;
    (digits > 0).then_some(Form::Run(&rest[..digits], verdict))
}

static BUILD_FAILURES: Words<5> = Words::all(
    Form::BuildFailed,
    [
        "failed: ",
        "failed building ",
        "kernel build failed: ",
        "failed testing reproducer on ",
        "repro testing failure: ",
    ],
);

fn step(line: &str) -> Option<Form<'_>> {
    if let Some(rest) = line.strip_prefix("testing commit ") {
        let (commit, compiler) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let compiler = compiler.trim_start();
        let named = compiler.strip_prefix("with").filter(|named| named.is_empty() || named.starts_with(' '));
        return Some(Form::Testing(commit, named.map_or(compiler, str::trim_start)));
    }
    if let Some(tag) = line.strip_prefix("testing release ") {
        return Some(Form::Release(tag.trim()));
    }
    if line.starts_with("testing current HEAD ") {
        return Some(Form::Head);
    }
    if let Some(text) = line.strip_prefix("compiler: ") {
        return Some(Form::Compiler(text));
    }
    if let Some(text) = line.strip_prefix("kernel signature:") {
        return Some(Form::Signature(text.trim()));
    }
    BUILD_FAILURES.of(line)
}

static COMMENTS: Words<4> = Words::new([
    ("reproducer seems to be flaky", Form::SeemsFlaky),
    ("unable to determine the verdict: ", Form::Undecided),
    ("false negative chance: ", Form::Comment),
    ("too many neither good nor bad results, skipping this commit", Form::Note),
]);

fn comment(line: &str) -> Option<Form<'_>> {
    if let Some(rest) = line.strip_prefix("representative crash: ") {
        return Some(Form::Representative(rest.rsplit_once(", types: [").map_or(rest, |(title, _)| title)));
    }
    COMMENTS.of(line)
}

static RANGES: Words<7> = Words::new([
    ("picked [", Form::Range),
    ("determining the merge base between ", Form::Range),
    ("expected 1 merge base, got ", Form::Range),
    ("no existing result, test the revision", Form::MergeBaseNext),
    ("the bug was not introduced yet; pretend that kernel crashed", Form::Pretended),
    ("determine whether the revision contains the guilty commit", Form::Presence),
    ("checking the merge base ", Form::Note),
]);

fn range(line: &str) -> Option<Form<'_>> {
    if line.starts_with("parent commit ") && line.ends_with(" wasn't tested") {
        return Some(Form::ParentNext);
    }
    if line.ends_with(" is a merge base, check if it has the bug") {
        return Some(Form::MergeBaseNext);
    }
    if line.ends_with(" is a merge base") {
        return Some(Form::Range);
    }
    if line.starts_with("revision ") && line.ends_with(" crashed and is reachable") {
        return Some(Form::Note);
    }
    RANGES.of(line)
}

fn bisect(line: &str) -> Option<Form<'_>> {
    let rest = line.strip_prefix("# git bisect ")?;
    let (word, rest) = rest.split_once(char::is_whitespace)?;
    match word {
        "start" => {
            rest.trim_start().split_once(char::is_whitespace).map(|(new, old)| Form::BisectStart(new, old.trim()))
        }
        "good" => Some(Form::BisectTerm(Some(Side::Old), rest.trim())),
        "bad" => Some(Form::BisectTerm(Some(Side::New), rest.trim())),
        "skip" => Some(Form::BisectTerm(None, rest.trim())),
        _ => None,
    }
}

fn checkout(line: &str) -> Option<Form<'_>> {
    let (commit, subject) = line.strip_prefix('[')?.split_once(']')?;
    // Without an early end: the processor then looks at many at once.
    let hash = commit.len() >= 7 && commit.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
    (hash && subject.starts_with(' ')).then_some(Form::Checkout(commit))
}

fn git(line: &str) -> Option<Form<'_>> {
    if let Some(rest) = line.strip_prefix("Bisecting: ") {
        return remaining(rest);
    }
    let first_bad = line.strip_suffix(" is the first bad commit");
    let first_bad = first_bad.or_else(|| line.strip_suffix(" is the first 'bad' commit"));
    if let Some(commit) = first_bad.filter(|commit| !commit.contains(' ')) {
        return Some(Form::FirstBad(commit));
    }
    let was_both = line.ends_with(" was both good and bad") || line.ends_with(" was both 'good' and 'bad'");
    if line.starts_with("There are only 'skip'ped commits left to test.") {
        return Some(Form::OnlySkipped);
    }
    if was_both { Some(Form::Note) } else { NOISE.of(line) }
}

fn remaining(rest: &str) -> Option<Form<'_>> {
    if rest.starts_with("a merge base must be tested") {
        return Some(Form::MergeBaseNeeded);
    }
    let (revisions, rest) = rest.split_once(' ')?;
    let (_, rest) = parted(rest, "left to test after this (roughly ")?;
    let (steps, _) = parted(rest, " step")?;
    Some(Form::Remaining(revisions, steps))
}

/// What git prints beside its decisions. `error:` and `fatal:` are not here: they look like the log's own ending.
static NOISE: Words<24> = Words::all(
    Form::Note,
    [
        "The first bad commit could be any of:",
        "The first 'bad' commit could be any of:",
        "We cannot bisect more!",
        "The merge base ",
        "This means the bug has been fixed between ",
        "Warning: the merge base between ",
        "So we cannot be sure the first bad commit is between ",
        "We continue anyway.",
        "Some good revs are not ancestors of the bad rev.",
        "Some 'good' revs are not ancestors of the 'bad' rev.",
        "git bisect cannot work properly in this case.",
        "Maybe you mistook good and bad revs?",
        "No testable commit found.",
        "Maybe you started with bad path arguments?",
        "Previous HEAD position was ",
        "HEAD is now at ",
        "Updating files: ",
        "Checking out files: ",
        "Auto packing the repository ",
        "status: ",
        "warning: unable to ",
        "warning: refname ",
        "warning: the merge base between ",
        "hint: ",
    ],
);

static ENDINGS: Words<19> = Words::new([
    ("Reproducer flagged being flaky", Form::FlaggedFlaky),
    ("reproducer is flaky (", Form::FlaggedFlaky),
    ("bisection is inconclusive, the first ", Form::Inconclusive),
    ("the crash already happened on the oldest tested release", Form::StillBad),
    ("the crash still happens on HEAD", Form::StillBad),
    ("the crash is still unfixed", Form::StillBad),
    ("oldest tested release already had the bug or it had kernel test errors", Form::StillBad),
    ("crash still not fixed on HEAD or HEAD had kernel test errors", Form::StillBad),
    ("crash still not fixed or there were kernel test errors", Form::StillBad),
    ("crash still not fixed/happens on the oldest tested release", Form::Note),
    ("HEAD had kernel build, boot or test errors", Form::Note),
    ("reproducer does not crash the merge base", Form::MergeBaseClean),
    ("commit msg: ", Form::Note),
    ("cc: [", Form::Note),
    ("recipients (to): [", Form::Note),
    ("recipients (cc): [", Form::Note),
    ("failed to detect release: ", Form::Note),
    ("failed to detect noop change: ", Form::Note),
    ("previous signature: ", Form::Note),
]);

/// What makes a form of the text behind its words.
type Telling = for<'a> fn(&'a str) -> Form<'a>;

const TOLD: [(&str, Telling); 6] = [
    ("revisions tested:", |text| Form::Totals(text)),
    ("error:", |text| Form::Error(text)),
    ("crash:", |text| Form::Crash(text)),
    ("culprit signature:", |text| Form::CulpritSignature(text)),
    ("parent  signature:", |text| Form::ParentSignature(text)),
    ("accumulated error probability:", |text| Form::ErrorProbability(text)),
];

fn tail(line: &str) -> Option<Form<'_>> {
    if let Some(rest) = line.strip_prefix("first bad commit: ").or_else(|| line.strip_prefix("first good commit: ")) {
        let (commit, subject) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        return Some(Form::FirstCommit(commit, subject.trim()));
    }
    let told = TOLD.iter().find_map(|(words, form)| Some(form(line.strip_prefix(words)?.trim())));
    told.or_else(|| ENDINGS.of(line))
}

/// Lines of the search for a smaller kernel configuration.
static CONFIG: Words<32> = Words::all(
    Form::Note,
    [
        "testing baseline config failed",
        "crash reproduces with baseline config",
        "unable to test using baseline config, keep original config",
        "Minimizing config failed, using original config",
        "minimizing config failed: ",
        "testing with generated minimized config doesn't reproduce the crash",
        "# testing with generated minimized config doesn't reproduce the crash",
        "# configuration already minimized",
        "# start config bisection",
        "# using ",
        "# config-bisect.pl ",
        "# config_bisect.pl ",
        "# found config option changes ",
        "kconfig minimization: ",
        "base config crashes",
        "trying half: ",
        "half crashed",
        "both halves did not crash",
        "resulting configs: ",
        "only full config crashes",
        "check whether we can drop unnecessary instrumentation",
        "disabling configs for [",
        "there was nothing we could disable; skip",
        "the bug reproduces without the instrumentation",
        "split chunk",
        "testing without sub-chunk ",
        "the chunk can be dropped",
        "no way to further split the chunk",
        "no need to test this chunk, it's definitely needed",
        "we have reached the limit on predicate runs ",
        "minimized to ",
        "config minimization failed due to bad Kconfig",
    ],
);

fn config(line: &str) -> Option<Form<'_>> {
    if line == "proceeding with the original config" { Some(Form::Note) } else { CONFIG.of(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_form() {
        let cases = [
            ("", Some(Form::Blank)),
            ("   ", Some(Form::Blank)),
            ("    indented", None),
            ("run #12: crashed: a: b", Some(Form::Run("12", "crashed: a: b"))),
            ("run #x: OK", None),
            ("all runs: OK", Some(Form::AllRuns("OK"))),
            ("testing commit abc with gcc (GCC) 8.1.0", Some(Form::Testing("abc", "gcc (GCC) 8.1.0"))),
            ("testing commit abc gcc", Some(Form::Testing("abc", "gcc"))),
            ("testing commit abc with ", Some(Form::Testing("abc", ""))),
            ("testing release v5.13", Some(Form::Release("v5.13"))),
            ("# git bisect start a b", Some(Form::BisectStart("a", "b"))),
            ("# git bisect skip a", Some(Form::BisectTerm(None, "a"))),
            ("Bisecting: 1 revision left to test after this (roughly 0 steps)", Some(Form::Remaining("1", "0"))),
            ("Bisecting: a merge base must be tested", Some(Form::MergeBaseNeeded)),
            ("0123456 is the first bad commit", Some(Form::FirstBad("0123456"))),
            ("0123456 is the first 'bad' commit", Some(Form::FirstBad("0123456"))),
            ("first good commit: abc a: b", Some(Form::FirstCommit("abc", "a: b"))),
            ("unnamed host starts bisection 2022-11-05 06:07", Some(Form::Host("2022-11-05 06:07"))),
            ("ci2-upstream starts bisection 2022-11-05 06:07", Some(Form::Host("2022-11-05 06:07"))),
            ("parent commit abc wasn't tested", Some(Form::ParentNext)),
            ("[0123456789] a subject", Some(Form::Checkout("0123456789"))),
            ("[   12.3] not a checkout", None),
            ("drivers/a.c:1: error: no", None),
        ];
        for (line, expected) in cases {
            assert_eq!(form(line), expected, "{line}");
        }
    }
}
