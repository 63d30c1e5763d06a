//! The commit that a bisection named, and what the rest of the log says of it: facts for [`super::blame`] to weigh and
//! for rules to point at.

use crate::evidence::{Bisection, Culprit, Title, TitleParts};
use crate::model::likeness::likeness;

use super::paths::{Touched, is_header, is_irrelevant, longest_share, touches_any, touches_beside_any};
use super::{Analysis, StepAnalysis, TitleAnalysis};

pub(super) use super::paths::is_generic;

/// One named commit with everything known of it.
pub struct Named<'a> {
    /// What was computed.
    pub analysis: &'a Analysis,
    /// What the log says of the commit.
    pub culprit: &'a Culprit,
    /// The files that it touches, as the log names them; empty where it does not tell.
    pub files: Vec<&'a str>,
    /// Source files of the crash's stack without those that are on every stack, innermost first.
    pub stack: Vec<&'a str>,
    /// All source files of the crash's stack.
    pub whole_stack: Vec<&'a str>,
    /// The reported title, else the one taken for it.
    pub title: TitleParts,
}

/// Whether a commit touches code near a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// It touches a file of the stack, or one beside it.
    Near,
    /// It touches none.
    Elsewhere,
    /// The log names too little of its files.
    Unknown,
}

/// How a commit can make an old bug visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure<'a> {
    /// Its subject speaks of a checker.
    Checker(&'static str),
    /// It touches this file of a checker or of system calls.
    CheckerFile(&'a str),
    /// It touches this file of kernel options, and inserts little else.
    Option(&'a str),
}

/// A commit that touches an option and inserts at least so many lines may as well bring the code that the option is for.
pub(crate) const SMALL_CHANGE: u64 = 60;

impl<'a> Named<'a> {
    /// The named commit; `None` when none was named.
    #[must_use]
    pub fn of(analysis: &'a Analysis) -> Option<Self> {
        let evidence = &analysis.evidence;
        let culprit = evidence.culprit.as_ref()?;
        let frames = evidence.report.iter().flat_map(|report| report.stack.iter());
        let whole_stack: Vec<_> = frames.map(|frame| frame.file).collect();
        let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true)).and_then(|t| t.title.as_deref());
        let title = evidence.reported_title.as_ref().map(Title::as_str).or(anchor).unwrap_or_default();
        Some(Self {
            analysis,
            culprit,
            files: culprit.files.iter().map(|file| &**file).collect(),
            stack: whole_stack.iter().copied().filter(|file| !is_generic(file)).collect(),
            whole_stack,
            title: TitleParts::of(title),
        })
    }

    /// What the log says of the bisection.
    #[must_use]
    pub const fn evidence(&self) -> &'a Bisection {
        &self.analysis.evidence
    }

    /// Its test.
    #[must_use]
    pub fn step(&self) -> Option<&'a StepAnalysis> {
        self.analysis.steps.get(self.evidence().culprit_step()?)
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> Option<&'a str> {
        self.culprit.subject.as_deref()
    }

    /// The files that it touches, where the log tells.
    #[must_use]
    pub(crate) fn known_files(&self) -> Option<&[&'a str]> {
        (!self.files.is_empty()).then_some(&self.files)
    }

    /// The same as what the log tells of their paths, where there is a stack to compare them with.
    fn touched_by_stack(&self) -> Option<Vec<Touched<'a>>> {
        let files = self.known_files().filter(|_| !self.stack.is_empty())?;
        Some(files.iter().map(|file| Touched::of(file)).collect())
    }

    /// P(a crash with this title is the reported bug); missing for titles that no model has seen.
    #[must_use]
    pub fn same_bug(&self, title: Option<&str>) -> Option<f64> {
        let row = |row: &&TitleAnalysis| row.title.as_deref() == title;
        self.analysis.titles.iter().find(row).and_then(|row| row.p_same_bug).map(crate::prob::Prob::value)
    }

    /// P(the crash shown for it is the reported bug), by likeness where no model has seen its title.
    #[must_use]
    pub(crate) fn last_crash_same_bug(&self) -> Option<f64> {
        let last = self.evidence().report.as_ref()?.title.as_ref()?;
        let like = || likeness(&self.title, &TitleParts::of(last.as_str())).value();
        Some(self.same_bug(Some(last.as_str())).unwrap_or_else(like))
    }

    /// Whether the crash shown for it has the reported function and type.
    #[must_use]
    pub(crate) fn same_title(&self) -> Option<bool> {
        let last = TitleParts::of(self.evidence().report.as_ref()?.title.as_ref()?.as_str());
        Some(last.function == self.title.function && last.crash_type == self.title.crash_type)
    }

    /// Whether it touches a file of the stack. Missing where the log does not tell.
    #[must_use]
    pub(crate) fn touches_stack(&self) -> Option<bool> {
        touches_any(&self.touched_by_stack()?, &self.stack)
    }

    /// Whether it touches the folder of a file of the stack. Missing where the log does not tell.
    #[must_use]
    pub(crate) fn touches_stack_folder(&self) -> Option<bool> {
        let code = without_headers(&self.stack);
        touches_beside_any(&self.touched_by_stack()?, &code).filter(|_| !code.is_empty())
    }

    /// Whether it touches a file of the stack, those that are on every stack too, or one beside it. Missing without known files or without a stack.
    #[must_use]
    pub(crate) fn nearness(&self) -> Option<Nearness> {
        let touched: Vec<_> = self.known_files()?.iter().map(|file| Touched::of(file)).collect();
        let on_it = touches_any(&touched, &self.whole_stack);
        let beside = touches_beside_any(&touched, &without_headers(&self.whole_stack));
        let told = match (on_it, beside) {
            (Some(true), _) | (_, Some(true)) => Nearness::Near,
            (None, _) | (_, None) => Nearness::Unknown,
            (Some(false), Some(false)) => Nearness::Elsewhere,
        };
        (!self.whole_stack.is_empty()).then_some(told)
    }

    /// The longest share of path components that a touched file has in common with a file of the stack.
    #[must_use]
    pub(crate) fn common_path(&self) -> Option<f64> {
        const FRAMES: usize = 12;
        let code = without_headers(&self.stack);
        longest_share(&self.touched_by_stack()?, &code[..code.len().min(FRAMES)])
    }

    /// Whether its subject shares a word with the function of the title.
    #[must_use]
    pub(crate) fn subject_word(&self) -> Option<bool> {
        let function = self.title.function.as_deref()?;
        let subject = words(self.subject()?);
        Some(words(function).iter().any(|word| subject.contains(word)))
    }

    /// Whether it marks a release.
    #[must_use]
    pub(crate) fn is_release(&self) -> bool {
        let tagged = self.step().is_some_and(|step| step.tag.is_some());
        tagged || self.subject().is_some_and(|subject| subject.starts_with("Linux "))
    }

    /// Whether it is a merge.
    #[must_use]
    pub(crate) const fn is_merge(&self) -> bool {
        !self.culprit.merge_parents.is_empty()
    }

    /// Whether it touches files that are known, and none of them can change how this kernel runs.
    #[must_use]
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.known_files().is_some_and(|files| files.iter().all(|file| is_irrelevant(file)))
    }

    /// Whether its kernel is its parent's.
    #[must_use]
    pub(crate) fn same_binary(&self) -> Option<bool> {
        Some(self.culprit.signature.as_ref()? == self.culprit.parent_signature.as_ref()?)
    }

    /// A file of kernel options that it touches; `None` inside when it touches none. Missing where the log does not tell.
    #[must_use]
    pub fn option(&self) -> Option<Option<&'a str>> {
        let files = self.known_files()?;
        let option = files.iter().copied().find(|file| is_option(file));
        let told = files.iter().all(|file| !matches!(Touched::of(file), Touched::Folder(_)));
        (option.is_some() || told).then_some(option)
    }

    /// The same, of a change so small that the option is most of it. A log that does not tell how large it is has no
    /// statistics of files either, but for few that name a file of options: those count as small.
    #[must_use]
    pub fn small_option(&self) -> Option<Option<&'a str>> {
        let small = self.culprit.insertions.is_none_or(|insertions| insertions < SMALL_CHANGE);
        Some(self.option()?.filter(|_| small))
    }

    /// What of a checker, or of the way into the kernel, it is about.
    #[must_use]
    pub(crate) fn checker(&self) -> Option<Exposure<'a>> {
        let subject = self.subject().unwrap_or_default().to_lowercase();
        let file = || self.files.iter().copied().find(|file| checker(file).is_some());
        checker(&subject).map(Exposure::Checker).or_else(|| file().map(Exposure::CheckerFile))
    }

    /// What in it can make an old bug visible.
    #[must_use]
    pub(crate) fn exposure(&self) -> Option<Exposure<'a>> {
        self.checker().or_else(|| self.small_option().flatten().map(Exposure::Option))
    }
}

/// Code alone: what is in a folder of headers has little in common but the folder.
fn without_headers<'a>(files: &[&'a str]) -> Vec<&'a str> {
    files.iter().copied().filter(|file| !is_header(file)).collect()
}

/// The checker, or the way into the kernel, that a text speaks of. A prototype in `include/linux/syscalls.h` follows every
/// change of a system call's arguments.
fn checker(text: &str) -> Option<&'static str> {
    const CHECKERS: [(&str, &str); 12] = [
        ("lockdep", "lockdep"),
        ("kasan", "KASAN"),
        ("ubsan", "UBSAN"),
        ("kmsan", "KMSAN"),
        ("kcsan", "KCSAN"),
        ("debugobject", "debugobjects"),
        ("fault-inject", "fault injection"),
        ("fault_inject", "fault injection"),
        ("fault inject", "fault injection"),
        ("kcov", "kcov"),
        ("kmemleak", "kmemleak"),
        ("syscall", "system calls"),
    ];
    let found = CHECKERS.into_iter().find(|(word, _)| text.contains(word));
    found.filter(|_| text != "include/linux/syscalls.h").map(|(_, name)| name)
}

fn is_option(file: &str) -> bool {
    file.contains("Kconfig") || file.contains("defconfig")
}

/// Words long enough to mean something.
fn words(text: &str) -> Vec<String> {
    const SHORTEST: usize = 3;
    const COMMON: [&str; 24] = [
        "the", "and", "for", "from", "with", "add", "fix", "use", "remove", "support", "read", "write", "get", "put",
        "set", "file", "sys", "net", "drivers", "kernel", "linux", "core", "init", "open",
    ];
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    words.filter(|word| word.len() >= SHORTEST && !COMMON.contains(&word.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_by_their_parts() {
        assert_eq!(words("io_uring: add the Lock"), ["uring", "lock"]);
    }

    #[test]
    fn checkers_and_options_are_told_from_other_files() {
        assert_eq!(checker("mm/kasan/report.c"), Some("KASAN"));
        assert_eq!(checker("add fault injection for futexes"), Some("fault injection"));
        assert_eq!(checker("include/linux/syscalls.h"), None);
        assert_eq!(checker("fs/xfs/xfs_super.c"), None);
        assert!(is_option("lib/Kconfig.debug") && is_option("arch/x86/configs/x86_64_defconfig") && !is_option("a.c"));
    }
}
