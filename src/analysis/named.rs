//! The commit that a bisection named, and what the rest of the log says of it: facts for [`super::blame`] to weigh and
//! for rules to point at.

use crate::evidence::{Bisection, Culprit, Title, TitleParts};
use crate::model::likeness::likeness;

use super::solve::to_f64;
use super::{Analysis, StepAnalysis, TitleAnalysis};

/// One named commit with everything known of it.
pub struct Named<'a> {
    /// What was computed.
    pub analysis: &'a Analysis,
    /// What the log says of the commit.
    pub culprit: &'a Culprit,
    /// The files that it touches; empty where the log does not tell.
    pub files: Vec<&'a str>,
    /// Source files of the crash's stack without generic code, innermost first.
    pub stack: Vec<&'a str>,
    /// The reported title, else the one taken for it.
    pub title: TitleParts,
}

/// How a commit can make an old bug visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure<'a> {
    /// Its subject speaks of a checker.
    Checker(&'static str),
    /// It touches this file of a checker or of system calls.
    CheckerFile(&'a str),
    /// It touches this file of kernel options.
    Option(&'a str),
}

impl<'a> Named<'a> {
    /// The named commit; `None` when none was named.
    #[must_use]
    pub fn of(analysis: &'a Analysis) -> Option<Self> {
        let evidence = &analysis.evidence;
        let culprit = evidence.culprit.as_ref()?;
        let frames = evidence.report.iter().flat_map(|report| report.stack.iter());
        let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true)).and_then(|t| t.title.as_deref());
        let title = evidence.reported_title.as_ref().map(Title::as_str).or(anchor).unwrap_or_default();
        Some(Self {
            analysis,
            culprit,
            files: culprit.files.iter().map(|file| &**file).collect(),
            stack: frames.map(|frame| frame.file).filter(|file| !is_generic(file)).collect(),
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
    pub fn known_files(&self) -> Option<&[&'a str]> {
        (!self.files.is_empty()).then_some(&self.files)
    }

    /// The same, where there is a stack to compare them with.
    fn files_by_stack(&self) -> Option<&[&'a str]> {
        self.known_files().filter(|_| !self.stack.is_empty())
    }

    /// P(a crash with this title is the reported bug); missing for titles that no model has seen.
    #[must_use]
    pub fn same_bug(&self, title: Option<&str>) -> Option<f64> {
        let row = |row: &&TitleAnalysis| row.title.as_deref() == title;
        self.analysis.titles.iter().find(row).and_then(|row| row.p_same_bug).map(crate::prob::Prob::value)
    }

    /// P(the crash shown for it is the reported bug), by likeness where no model has seen its title.
    #[must_use]
    pub fn last_crash_same_bug(&self) -> Option<f64> {
        let last = self.evidence().report.as_ref()?.title.as_ref()?;
        let like = || likeness(&self.title, &TitleParts::of(last.as_str())).value();
        Some(self.same_bug(Some(last.as_str())).unwrap_or_else(like))
    }

    /// Whether the crash shown for it has the reported function and type.
    #[must_use]
    pub fn same_title(&self) -> Option<bool> {
        let last = TitleParts::of(self.evidence().report.as_ref()?.title.as_ref()?.as_str());
        Some(last.function == self.title.function && last.crash_type == self.title.crash_type)
    }

    /// How deep in the stack the first file stands that it touches; `None` inside when it touches none. Missing where the
    /// log names but the folder of such a file.
    #[must_use]
    pub fn stack_depth(&self) -> Option<Option<usize>> {
        let files = self.files_by_stack()?;
        let depth = self.stack.iter().position(|file| files.contains(file));
        (depth.is_some() || !self.names_folders()).then_some(depth)
    }

    /// Whether it touches the folder of a file of the stack.
    #[must_use]
    pub fn touches_stack_folder(&self) -> Option<bool> {
        let folders: Vec<_> = self.files_by_stack()?.iter().map(|file| folder(file)).collect();
        Some(self.names_folders() || self.stack.iter().any(|file| folders.contains(&folder(file))))
    }

    /// Whether the log names only a folder, of many files, that holds one of the stack.
    #[must_use]
    pub fn names_folders(&self) -> bool {
        let holds = |folder: &str, file: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.files.iter().any(|touched| self.stack.iter().any(|file| holds(touched, file)))
    }

    /// The longest share of path components that a touched file has in common with a file of the stack.
    #[must_use]
    pub fn common_path(&self) -> Option<f64> {
        let files = self.files_by_stack()?;
        let shares = self.stack.iter().take(12).flat_map(|ours| files.iter().map(|theirs| path_share(ours, theirs)));
        shares.max_by(f64::total_cmp)
    }

    /// Whether its subject shares a word with the function of the title.
    #[must_use]
    pub fn subject_word(&self) -> Option<bool> {
        let function = self.title.function.as_deref()?;
        let subject = words(self.subject()?);
        Some(words(function).iter().any(|word| subject.contains(word)))
    }

    /// Whether it marks a release.
    #[must_use]
    pub fn is_release(&self) -> bool {
        let tagged = self.step().is_some_and(|step| step.tag.is_some());
        tagged || self.subject().is_some_and(|subject| subject.starts_with("Linux "))
    }

    /// Whether it is a merge.
    #[must_use]
    pub const fn is_merge(&self) -> bool {
        !self.culprit.merge_parents.is_empty()
    }

    /// Whether it touches files that are known, and none of them can change how this kernel runs.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.known_files().is_some_and(|files| files.iter().all(|file| is_irrelevant(file)))
    }

    /// Whether its kernel is its parent's.
    #[must_use]
    pub fn same_binary(&self) -> Option<bool> {
        Some(self.culprit.signature.as_ref()? == self.culprit.parent_signature.as_ref()?)
    }

    /// What in it can make an old bug visible; missing without known files.
    #[must_use]
    pub fn exposure(&self) -> Option<Option<Exposure<'a>>> {
        let files = self.known_files()?;
        let subject = self.subject().unwrap_or_default().to_lowercase();
        let subject = checker(&subject).map(Exposure::Checker);
        let file = |file: &&'a str| {
            let checker = checker(file).map(|_| Exposure::CheckerFile(file));
            is_option(file).then_some(Exposure::Option(file)).or(checker)
        };
        Some(subject.or_else(|| files.iter().find_map(file)))
    }
}

/// The checker, or the way into the kernel, that a text speaks of.
fn checker(text: &str) -> Option<&'static str> {
    const CHECKERS: [&str; 10] =
        ["lockdep", "kasan", "ubsan", "kmsan", "kcsan", "debugobjects", "fault_inject", "kcov", "syscalls", "kmemleak"];
    CHECKERS.into_iter().find(|checker| text.contains(checker))
}

fn is_option(file: &str) -> bool {
    file.ends_with("Kconfig") || file.contains("defconfig") || file.contains("Kconfig.")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn path_share(ours: &str, theirs: &str) -> f64 {
    let common = ours.split('/').zip(theirs.split('/')).take_while(|(ours, theirs)| ours == theirs).count();
    let longest = ours.split('/').count().max(theirs.split('/').count());
    to_f64(common as u64) / to_f64(longest as u64)
}

/// Code that is on every stack.
pub(super) fn is_generic(file: &str) -> bool {
    const GENERIC: [&str; 8] =
        ["kernel/", "mm/", "lib/", "arch/", "include/linux/", "include/asm-generic/", "init/", "security/"];
    let entry = ["fs/read_write.c", "fs/ioctl.c", "fs/open.c", "fs/namei.c", "fs/file_table.c", "net/socket.c"];
    let file = file.trim_start_matches("./");
    GENERIC.iter().any(|start| file.starts_with(start)) || entry.contains(&file)
}

/// Files that cannot change how this kernel runs.
fn is_irrelevant(file: &str) -> bool {
    const IRRELEVANT: [&str; 8] =
        ["Documentation/", "tools/", "scripts/", "samples/", "MAINTAINERS", "LICENSES/", ".mailmap", "CREDITS"];
    let other_machine = file.strip_prefix("arch/").is_some_and(|rest| !rest.starts_with("x86/"));
    other_machine || IRRELEVANT.iter().any(|start| file.starts_with(start)) || matches!(extension(file), "rst" | "dts")
}

pub(super) fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
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
    fn paths_and_words_are_compared_by_their_parts() {
        assert!((path_share("fs/xfs/a.c", "fs/xfs/b.c") - 2.0 / 3.0).abs() < 1e-12);
        assert!(is_irrelevant("arch/arm64/boot/dts/a.dts") && is_irrelevant("tools/perf/a.c"));
        assert!(!is_irrelevant("arch/x86/kvm/x86.c") && is_generic("kernel/fork.c") && !is_generic("fs/io_uring.c"));
        assert_eq!(words("io_uring: add the Lock"), ["uring", "lock"]);
    }
}
