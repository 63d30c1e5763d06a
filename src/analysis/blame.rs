//! The features of a bisection that tell whether the commit it named is to blame.
//!
//! A change point can be located without doubt, and the named commit still be innocent: it made a bug visible, or hid it.
//! What the rest of the log says of the commit is turned into numbers here; [`crate::model::blame`] weighs them.

use crate::evidence::{Bisection, Outcome, Role, Title, TitleParts, Verdict};
use crate::model::blame::{Term, Values};
use crate::model::likeness::likeness;
use crate::prob::Prob;

use super::solve::to_f64;
use super::{Analysis, Blame, BlameTerm, Settings, StepAnalysis, TitleAnalysis};

/// What a feature is, and why it should tell.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name in the fit's file and in JSON.
    pub name: &'static str,
    /// Why it should tell.
    pub why: &'static str,
    /// In words, when it speaks for the commit; empty where that is the rule and not worth a word.
    pub for_it: &'static str,
    /// In words, when it speaks against it; empty likewise.
    pub against_it: &'static str,
    value: fn(&Case<'_>) -> Option<f64>,
}

/// One named commit with everything known of it.
struct Case<'a> {
    analysis: &'a Analysis,
    evidence: &'a Bisection,
    files: Vec<&'a str>,
    /// Source files of the crash's stack without generic code, innermost first.
    stack: Vec<&'a str>,
    /// The reported title, else the one taken for it.
    title: TitleParts,
}

const fn feature(
    name: &'static str,
    why: &'static str,
    for_it: &'static str,
    against_it: &'static str,
    value: fn(&Case<'_>) -> Option<f64>,
) -> Feature {
    Feature { name, why, for_it, against_it, value }
}

/// Every feature.
#[expect(clippy::redundant_closure_for_method_calls, reason = "a path would fix the lifetime of the case")]
pub const FEATURES: [Feature; 18] = [
    feature(
        "p_named",
        "whether the change point is where the log says",
        "the reported bug starts there",
        "the reported bug may not start there",
        |c| c.analysis.p_named.map(logit),
    ),
    feature(
        "clean",
        "the bisection must have followed the reported bug to the end",
        "every bad revision shows the reported bug",
        "some bad revision shows another bug",
        |c| c.clean(),
    ),
    feature(
        "located_and_clean",
        "a sure change point counts only if it is the reported bug's",
        "located, and by the reported bug",
        "not located by the reported bug",
        |c| Some(c.clean()? * logit(c.analysis.p_named?)),
    ),
    feature(
        "same_title",
        "a renamed crash is weaker evidence than the same title",
        "the last crash has the reported title",
        "the last crash has another title",
        |c| c.same_title(),
    ),
    feature(
        "culprit_rate",
        "one crash in ten is not ten in ten",
        "it crashes in most runs",
        "it crashes in few runs",
        |c| c.culprit().map(rate),
    ),
    feature(
        "weakest_rate",
        "rare crashes are missed on good revisions",
        "every bad revision crashes often",
        "some bad revision crashes rarely",
        |c| c.weakest_rate(),
    ),
    feature(
        "origin_rate",
        "a flaky reproducer loses its way",
        "the reproducer is reliable",
        "the reproducer is flaky",
        |c| c.origin().map(rate),
    ),
    feature(
        "single_crash",
        "a verdict that rests on one crash is often wrong",
        "no verdict rests on one crash",
        "a verdict rests on one crash",
        |c| Some(c.single_crash()),
    ),
    feature(
        "parent_false_good",
        "how sure the other side of the change point is",
        "the revision before it was tested well",
        "the revision before it was tested thinly",
        |c| c.parent_false_good(),
    ),
    feature("voids", "runs that say nothing hide what happened", "", "many runs were void", |c| Some(c.voids())),
    feature(
        "about",
        "a culprit is about the code that crashes: mean of the measures of closeness that the log allows",
        "it is about the code that crashes",
        "it is not about the code that crashes",
        |c| c.about(),
    ),
    feature(
        "stack_place",
        "the nearer to the crash, the likelier",
        "touches a file close to the crash",
        "touches no file close to the crash",
        |c| c.stack_place(),
    ),
    feature(
        "releases",
        "the older, the likelier that the reproducer stopped, not the bug",
        "found without walking far back",
        "found far back in history",
        |c| Some(c.releases()),
    ),
    feature("age", "most bugs that a fuzzer finds are young", "a young commit", "an old commit", |c| Some(c.age())),
    feature(
        "cannot_be",
        "merges, release commits, documents and other machines, or a kernel that did not change",
        "",
        "a merge, a release, or nothing that changes this kernel",
        |c| c.cannot_be(),
    ),
    feature(
        "exposes",
        "an option, a checker or a new system call makes old bugs visible",
        "",
        "touches options or a checker: it may only make the bug visible",
        |c| c.exposes(),
    ),
    feature("headers", "a change of an interface shows elsewhere", "", "touches interfaces rather than code", |c| {
        c.headers()
    }),
    feature("fix", "a fix disturbs code that is already fragile", "it is a fix", "", |c| c.is_fix()),
];

/// Says whether the named commit is to blame, with what speaks for and against it, where there is a fit.
pub(super) fn judge(analysis: &mut Analysis, settings: &Settings) {
    let (Some(fit), Some(values)) = (&settings.blame, values(analysis)) else { return };
    let terms = fit.terms(&values).into_iter();
    let terms = terms.map(|Term { feature, value, weight, above }| BlameTerm { feature, value, weight, above });
    analysis.p_right = Some(fit.p_right(&values));
    analysis.blame = Some(Blame { fit: fit.name(), terms: terms.collect() });
}

/// Features of which a small value speaks for the commit.
const SMALL_IS_GOOD: [&str; 8] =
    ["parent_false_good", "voids", "releases", "age", "cannot_be", "single_crash", "exposes", "headers"];

/// A term in words; none where the value is missing, or where it pushes against what it would say alone, to correct
/// another feature.
#[must_use]
pub fn in_words(term: &BlameTerm) -> Option<&'static str> {
    let feature = FEATURES.iter().find(|feature| feature.name == term.feature)?;
    let good = term.above? != SMALL_IS_GOOD.contains(&feature.name);
    let words = if good { feature.for_it } else { feature.against_it };
    (good == (term.weight > 0.0) && !words.is_empty()).then_some(words)
}

/// The features of a bisection that named a commit; `None` when it named none.
#[must_use]
pub fn values(analysis: &Analysis) -> Option<Values> {
    let evidence = &analysis.evidence;
    let culprit = evidence.culprit.as_ref()?;
    let frames = evidence.report.iter().flat_map(|report| &report.stack);
    let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true)).and_then(|t| t.title.as_deref());
    let title = evidence.reported_title.as_ref().map(Title::as_str).or(anchor).unwrap_or_default();
    let case = Case {
        analysis,
        evidence,
        files: culprit.files.iter().map(String::as_str).collect(),
        stack: frames.map(|frame| frame.file.as_str()).filter(|file| !is_generic(file)).collect(),
        title: TitleParts::of(title),
    };
    Some(FEATURES.iter().map(|feature| (feature.name, (feature.value)(&case))).collect())
}

impl Case<'_> {
    fn culprit(&self) -> Option<&StepAnalysis> {
        self.analysis.steps.get(self.evidence.culprit_step()?)
    }

    fn origin(&self) -> Option<&StepAnalysis> {
        self.analysis.steps.iter().find(|step| step.role == Role::Origin)
    }

    /// Steps with a place on the line and crashes.
    fn crashing(&self) -> impl Iterator<Item = &StepAnalysis> {
        self.analysis.steps.iter().filter(|step| step.point.is_some() && step.crashes > 0)
    }

    fn known_files(&self) -> Option<&[&str]> {
        (!self.files.is_empty()).then_some(&self.files)
    }

    fn same_bug(&self, title: Option<&str>) -> Option<f64> {
        let row = |row: &&TitleAnalysis| row.title.as_deref() == title;
        self.analysis.titles.iter().find(row).and_then(|row| row.p_same_bug).map(Prob::value)
    }

    /// The mean over a step's crashes of P(the reported bug).
    fn step_same_bug(&self, step: usize) -> Option<f64> {
        let crashes = self.evidence.steps.get(step)?.runs.iter();
        let crashes = crashes.filter(|run| matches!(run.outcome, Outcome::Crash(_)));
        mean(crashes.filter_map(|run| self.same_bug(run.outcome.title().map(Title::as_str))))
    }

    fn last_crash_same_bug(&self) -> Option<f64> {
        let last = self.evidence.report.as_ref()?.title.as_ref()?;
        let like = || likeness(&self.title, &TitleParts::of(last.as_str())).value();
        Some(self.same_bug(Some(last.as_str())).unwrap_or_else(like))
    }

    /// The least that the culprit's crashes, its last crash, and every bad revision show of the reported bug.
    fn clean(&self) -> Option<f64> {
        let steps = self.crashing().filter_map(|step| self.step_same_bug(step.step));
        let culprit = self.evidence.culprit_step().and_then(|step| self.step_same_bug(step));
        steps.chain(culprit).chain(self.last_crash_same_bug()).min_by(f64::total_cmp)
    }

    fn same_title(&self) -> Option<f64> {
        let last = TitleParts::of(self.evidence.report.as_ref()?.title.as_ref()?.as_str());
        Some(flag(last.function == self.title.function && last.crash_type == self.title.crash_type))
    }

    /// The mean of the measures of closeness that the log allows.
    fn about(&self) -> Option<f64> {
        let measures = [
            self.touches_stack_file(),
            self.touches_stack_folder(),
            self.subject_word(),
            self.common_path(),
            self.stack_place(),
        ];
        mean(measures.into_iter().flatten())
    }

    fn touches_stack_file(&self) -> Option<f64> {
        let files = self.known_files().filter(|_| !self.stack.is_empty())?;
        Some(flag(self.stack.iter().any(|file| files.contains(file))))
    }

    fn stack_place(&self) -> Option<f64> {
        let files = self.known_files().filter(|_| !self.stack.is_empty())?;
        let depth = self.stack.iter().position(|file| files.contains(file));
        Some(depth.map_or(0.0, |depth| 1.0 / (1.0 + ln_1p(depth))))
    }

    fn touches_stack_folder(&self) -> Option<f64> {
        let files = self.known_files().filter(|_| !self.stack.is_empty())?;
        let folders: Vec<_> = files.iter().map(|file| folder(file)).collect();
        Some(flag(self.stack.iter().any(|file| folders.contains(&folder(file)))))
    }

    /// The longest share of path components that a touched file has in common with a file of the stack.
    fn common_path(&self) -> Option<f64> {
        let files = self.known_files().filter(|_| !self.stack.is_empty())?;
        let shares = self.stack.iter().take(12).flat_map(|ours| files.iter().map(|theirs| path_share(ours, theirs)));
        shares.max_by(f64::total_cmp)
    }

    fn subject_word(&self) -> Option<f64> {
        let function = self.title.function.as_deref()?;
        let subject = words(self.subject()?);
        Some(flag(words(function).iter().any(|word| subject.contains(word))))
    }

    /// Commits between the named commit and the origin.
    fn age(&self) -> f64 {
        let named = self.analysis.named_culprit;
        let newer = self.analysis.gaps.iter().rev().take_while(|gap| gap.upto != named);
        newer.filter_map(|gap| gap.commits).map(to_f64).sum::<f64>().ln_1p()
    }

    fn is_release(&self) -> bool {
        let tagged = self.culprit().is_some_and(|step| step.tag.is_some());
        tagged || self.subject().is_some_and(|subject| subject.starts_with("Linux "))
    }

    fn cannot_be(&self) -> Option<f64> {
        let merge = !self.evidence.culprit.as_ref()?.merge_parents.is_empty();
        let elsewhere = self.known_files().is_some_and(|files| files.iter().all(|file| is_irrelevant(file)));
        Some(flag(merge || elsewhere || self.is_release() || self.same_binary() == Some(1.0)))
    }

    fn subject(&self) -> Option<&str> {
        self.evidence.culprit.as_ref()?.subject.as_deref()
    }

    fn is_fix(&self) -> Option<f64> {
        let subject = self.subject()?.to_ascii_lowercase();
        Some(flag(subject.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("fix"))))
    }

    fn headers(&self) -> Option<f64> {
        mean(self.known_files()?.iter().map(|file| flag(extension(file) == "h")))
    }

    fn releases(&self) -> f64 {
        ln_1p(self.evidence.releases.len())
    }

    fn voids(&self) -> f64 {
        let voids: u32 = self.analysis.steps.iter().map(|step| step.voids).sum();
        f64::from(voids).ln_1p()
    }

    fn same_binary(&self) -> Option<f64> {
        let culprit = self.evidence.culprit.as_ref()?;
        Some(flag(culprit.signature.as_ref()? == culprit.parent_signature.as_ref()?))
    }

    fn exposes(&self) -> Option<f64> {
        const CHECKERS: [&str; 10] = [
            "lockdep",
            "kasan",
            "ubsan",
            "kmsan",
            "kcsan",
            "debugobjects",
            "fault_inject",
            "kcov",
            "syscalls",
            "kmemleak",
        ];
        let option = |file: &str| file.ends_with("Kconfig") || file.contains("defconfig") || file.contains("Kconfig.");
        let subject = self.evidence.culprit.as_ref()?.subject.as_deref().unwrap_or_default().to_lowercase();
        let checker = |text: &str| CHECKERS.iter().any(|checker| text.contains(checker));
        let files = self.known_files()?;
        Some(flag(checker(&subject) || files.iter().any(|file| option(file) || checker(file))))
    }

    fn single_crash(&self) -> f64 {
        let single = |step: &StepAnalysis| step.crashes == 1 && step.passes > 1 && step.verdict == Some(Verdict::Bad);
        flag(self.crashing().any(single))
    }

    fn weakest_rate(&self) -> Option<f64> {
        self.crashing().map(rate).min_by(f64::total_cmp)
    }

    fn parent_false_good(&self) -> Option<f64> {
        let gap =
            self.analysis.gaps.iter().find(|gap| gap.upto.is_some() && gap.upto == self.analysis.named_culprit)?;
        let parent = self.analysis.steps.iter().filter(|step| Some(step.commit) == gap.after && step.point.is_some());
        parent.filter_map(|step| step.false_good).map(logit).next()
    }
}

fn rate(step: &StepAnalysis) -> f64 {
    f64::from(step.crashes) / f64::from((step.crashes + step.passes).max(1))
}

fn logit(p: Prob) -> f64 {
    const SHARPEST: f64 = 7.0;
    (p.value() / p.complement().value()).ln().clamp(-SHARPEST, SHARPEST)
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn ln_1p(count: usize) -> f64 {
    to_f64(count as u64).ln_1p()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / to_f64(count))
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
fn is_generic(file: &str) -> bool {
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

fn extension(file: &str) -> &str {
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
    fn names_are_known_and_different() {
        let names: Vec<_> = FEATURES.iter().map(|feature| feature.name).collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)));
        assert!(SMALL_IS_GOOD.iter().all(|name| names.contains(name)));
        let fit = crate::model::blame::Fit::shipped().unwrap();
        assert!(fit.columns.iter().all(|column| names.contains(&column.feature.as_str())));
    }

    #[test]
    fn words_say_what_the_value_is() {
        let term = |feature: &str, weight, above| {
            let feature = feature.to_owned();
            in_words(&BlameTerm { feature, value: Some(1.0), weight, above })
        };
        assert_eq!(term("age", -0.5, Some(true)), Some("an old commit"));
        assert_eq!(term("age", 0.5, Some(true)), None);
        assert_eq!(term("same_title", 0.5, Some(true)), Some("the last crash has the reported title"));
        assert_eq!(term("same_title", 0.5, None), None);
    }

    #[test]
    fn paths_and_words_are_compared_by_their_parts() {
        assert!((path_share("fs/xfs/a.c", "fs/xfs/b.c") - 2.0 / 3.0).abs() < 1e-12);
        assert!(is_irrelevant("arch/arm64/boot/dts/a.dts") && is_irrelevant("tools/perf/a.c"));
        assert!(!is_irrelevant("arch/x86/kvm/x86.c") && is_generic("kernel/fork.c") && !is_generic("fs/io_uring.c"));
        assert_eq!(words("io_uring: add the Lock"), ["uring", "lock"]);
    }
}
