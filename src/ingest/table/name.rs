//! What the name of a column says, whatever its cells hold.

use super::Meaning;

/// Whether yes, or a number, is about runs that pass or about runs that crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sense {
    /// Yes passes.
    Passes,
    /// Yes crashes.
    Crashes,
}

impl Sense {
    /// The other one.
    pub(super) const fn opposite(self) -> Self {
        match self {
            Self::Passes => Self::Crashes,
            Self::Crashes => Self::Passes,
        }
    }
}

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    words: Vec<String>,
    /// The words as one: `head_sha`.
    pub(super) plain: String,
    pub(super) percent: bool,
    /// `fails/runs`, `fail:runs`: the cells are two numbers.
    pub(super) pair: Option<(String, String)>,
    /// 20 of `failures (of 20)`: how many runs each row has.
    pub(super) total: Option<u32>,
}

/// The words of a name: `headSha`, `head-sha` and `HEAD SHA` are `head`, `sha`.
pub(super) fn words(name: &str) -> Vec<String> {
    let (mut words, mut word, mut lower) = (Vec::new(), String::new(), false);
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.push(std::mem::take(&mut word));
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A name without the number of runs behind it: `failures (of 20)`, `failures/20`, `fails (n=20)`, `failed out of 20 runs`.
fn whole(name: &str) -> Option<(&str, u32)> {
    let bare = name.trim().trim_end_matches(')').trim_end();
    let bare =
        ["runs", "times", "attempts", "tests"].into_iter().find_map(|runs| bare.strip_suffix(runs)).unwrap_or(bare);
    let bare = bare.trim_end();
    let digits = bare.len() - bare.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (before, number) = bare.split_at(bare.len() - digits);
    let before = before.trim_end();
    let marks = [" out of", "(out of", " of", "(of", "/", "(n=", "(n =", "(N=", "(N ="];
    let before = marks.into_iter().find_map(|mark| before.strip_suffix(mark))?;
    let name = before.trim_end().trim_end_matches('(').trim_end();
    (!name.is_empty()).then_some((name, number.parse().ok().filter(|runs| *runs > 1)?))
}

/// Words of headers in other languages, and what they say.
const FOREIGN: &[(&str, &str)] = &[
    ("läufe", "runs"),
    ("durchläufe", "runs"),
    ("versuche", "attempts"),
    ("fehler", "failures"),
    ("fehlschläge", "failures"),
    ("fehlgeschlagen", "failed"),
    ("bestanden", "passed"),
    ("erfolgreich", "passed"),
    ("erfolge", "successes"),
    ("abstürze", "crashes"),
    ("übersprungen", "skipped"),
    ("ergebnis", "result"),
    ("fehlerrate", "failure rate"),
    ("erfolgsrate", "success rate"),
    ("anzahl", "number"),
    ("gesamt", "total"),
    ("datum", "date"),
    ("révision", "revision"),
    ("résultat", "result"),
    ("réussis", "passed"),
    ("réussies", "passed"),
    ("réussites", "successes"),
    ("succès", "successes"),
    ("échoués", "failed"),
    ("échouées", "failed"),
    ("échecs", "failures"),
    ("essais", "attempts"),
    ("exécutions", "runs"),
    ("plantages", "crashes"),
    ("ignorés", "skipped"),
    ("nombre", "number"),
    ("versión", "version"),
    ("revisión", "revision"),
    ("resultado", "result"),
    ("ejecuciones", "runs"),
    ("intentos", "attempts"),
    ("fallos", "failures"),
    ("fallidos", "failed"),
    ("éxitos", "successes"),
    ("exitosos", "passed"),
    ("fecha", "date"),
    ("versione", "version"),
    ("revisione", "revision"),
    ("risultato", "result"),
    ("esecuzioni", "runs"),
    ("fallimenti", "failures"),
    ("falliti", "failed"),
    ("successi", "successes"),
    ("versão", "version"),
    ("revisão", "revision"),
    ("execuções", "runs"),
    ("falhas", "failures"),
    ("sucessos", "successes"),
    ("versie", "version"),
    ("resultaat", "result"),
    ("geslaagd", "passed"),
    ("mislukt", "failed"),
    ("версия", "version"),
    ("коммит", "commit"),
    ("ревизия", "revision"),
    ("результат", "result"),
    ("запусков", "runs"),
    ("запуски", "runs"),
    ("успешно", "passed"),
    ("ошибок", "failures"),
    ("ошибки", "failures"),
    ("сбоев", "failures"),
    ("сбои", "failures"),
    ("дата", "date"),
    ("всего", "total"),
    ("版本", "version"),
    ("提交", "commit"),
    ("修订", "revision"),
    ("结果", "result"),
    ("状态", "status"),
    ("通过", "passed"),
    ("成功", "passed"),
    ("失败", "failed"),
    ("崩溃", "crashed"),
    ("跳过", "skipped"),
    ("总数", "total"),
    ("总计", "total"),
    ("运行次数", "runs"),
    ("失败率", "failure rate"),
    ("通过率", "pass rate"),
    ("日期", "date"),
    ("时间", "time"),
    ("バージョン", "version"),
    ("コミット", "commit"),
    ("結果", "result"),
    ("失敗", "failed"),
    ("実行回数", "runs"),
    ("日付", "date"),
    ("버전", "version"),
    ("커밋", "commit"),
    ("결과", "result"),
    ("성공", "passed"),
    ("실패", "failed"),
    ("날짜", "date"),
];

/// The words of this program for a word of another language; the word itself, where it is none.
fn english(word: String) -> Vec<String> {
    let known = FOREIGN.iter().filter(|_| !word.is_ascii() || word.len() > 4).find(|(foreign, _)| *foreign == word);
    known.map_or_else(|| vec![word], |(_, words)| words.split(' ').map(str::to_owned).collect())
}

const PASSES: &[&str] = &[
    "pass",
    "passes",
    "passed",
    "passing",
    "ok",
    "okay",
    "good",
    "success",
    "successes",
    "successful",
    "succeeded",
    "succeeds",
    "works",
    "working",
    "worked",
    "green",
    "clean",
    "healthy",
    "booted",
];
const CRASHES: &[&str] = &[
    "crash",
    "crashes",
    "crashed",
    "crashing",
    "fail",
    "fails",
    "failed",
    "failing",
    "failure",
    "failures",
    "bad",
    "broken",
    "breaks",
    "bug",
    "bugs",
    "buggy",
    "hang",
    "hangs",
    "hung",
    "hanged",
    "reproduced",
    "reproduces",
    "repro",
    "repros",
    "reproduction",
    "reproductions",
    "reproduced",
    "panic",
    "panics",
    "panicked",
    "oops",
    "oopses",
    "regressed",
    "regression",
    "timeout",
    "timeouts",
    "deadlock",
    "deadlocks",
    "deadlocked",
    "leak",
    "leaks",
    "leaked",
    "segfault",
    "segfaults",
    "corrupt",
    "corrupted",
    "corruption",
    "stuck",
    "lockup",
    "lockups",
    "stall",
    "stalls",
    "stalled",
    "red",
    "affected",
    "errors",
    "errored",
    "oom",
    "ooms",
    "flaked",
    "flake",
    "flakes",
    "flakiness",
    "triggered",
    "reproducible",
    "reproduce",
    "nok",
    "ko",
    "unsuccessful",
];
/// Words that say nothing of the sense.
const FILLERS: &[&str] = &[
    "is", "has", "had", "was", "were", "did", "does", "the", "a", "test", "tests", "testing", "num", "number", "n",
    "nr", "no", "of", "count", "counts", "cnt", "total", "runs", "run", "yn", "y", "all", "times", "flag", "observed",
    "seen", "shows", "found", "here", "it", "in", "p", "per", "out", "any", "exhibits", "present", "exists", "occurs",
    "occurred", "visible", "how", "many", "kernel", "system", "boot", "boots",
];
const NEGATIONS: &[&str] =
    &["not", "non", "without", "un", "never", "neither", "didnt", "doesnt", "isnt", "wasnt", "free", "lacks"];
/// Words for a number between 0 and 1, whatever it is the share of.
const SHARES: &[&str] =
    &["rate", "ratio", "pct", "percent", "percentage", "share", "fraction", "frequency", "probability", "prob"];
const REVISIONS: &[&str] =
    &["commit", "sha", "sha1", "hash", "revision", "rev", "changeset", "githash", "gitsha", "oid", "cset"];
/// Words beside which those above name a revision.
const QUALIFIERS: &[&str] = &[
    "git", "head", "id", "short", "full", "long", "abbrev", "detected", "vcs", "scm", "ci", "tested", "build",
    "github", "gitlab", "source", "src", "repo", "kernel", "hex", "name", "hg", "svn", "checkout", "workflow", "run",
];

/// Whether a word leaves open what is counted.
fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word) || SHARES.contains(&word)
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        let (name, total) = whole(name).map_or((name, None), |(name, total)| (name, Some(total)));
        let words: Vec<String> = words(name).into_iter().flat_map(english).collect();
        let pair = ['/', ':'].into_iter().find_map(|sign| name.split_once(sign));
        let pair = pair.map(|(first, second)| (first.trim().to_owned(), second.trim().to_owned()));
        Self { plain: words.join("_"), percent: name.contains('%'), words, pair, total }
    }

    fn has(&self, known: &[&str]) -> bool {
        self.words.iter().any(|word| known.contains(&word.as_str()))
    }

    /// The meaning that usually has this name.
    pub(super) fn meaning(&self) -> Option<(Meaning, usize)> {
        Meaning::ALL.into_iter().find_map(|(meaning, names)| {
            Some((meaning, names.iter().position(|known| words(known).join("_") == self.plain)?))
        })
    }

    /// Whether it is about runs that pass or that crash: all words but fillers say the same.
    pub(super) fn sense(&self) -> Option<Sense> {
        // `no. of failures` counts them.
        let counted = matches!(self.words.as_slice(), [no, of, ..] if no == "no" && of == "of");
        if self.has(NEGATIONS) || (!counted && self.words.first().is_some_and(|word| word == "no")) {
            return None;
        }
        let mut telling = self.words.iter().filter(|word| !is_filler(word));
        let sense = |word: &String| match word.as_str() {
            word if PASSES.contains(&word) => Some(Sense::Passes),
            word if CRASHES.contains(&word) => Some(Sense::Crashes),
            _ => None,
        };
        let first = telling.next().and_then(sense)?;
        telling.all(|word| sense(word) == Some(first)).then_some(first)
    }

    /// What it is about beside passes or crashes, and which of them: `arm64`, crashes.
    pub(super) fn leans(&self) -> Option<(Vec<String>, Sense)> {
        if self.has(NEGATIONS) {
            return None;
        }
        let sense = |word: &String| match word.as_str() {
            word if PASSES.contains(&word) => Some(Sense::Passes),
            word if CRASHES.contains(&word) => Some(Sense::Crashes),
            _ => None,
        };
        let mut said = self.words.iter().filter_map(sense);
        let (one, None) = (said.next()?, said.next()) else { return None };
        Some((self.words.iter().filter(|word| sense(word).is_none()).cloned().collect(), one))
    }

    /// Whether a number below it is a share.
    pub(super) fn is_rate(&self) -> bool {
        self.percent || self.has(SHARES) || self.has(&["flakiness"])
    }

    /// Whether it counts, rather than asks: `failures`, `pass_count`, `num_failed`.
    pub(super) fn counts(&self) -> bool {
        const COUNTS: &[&str] = &[
            "num",
            "number",
            "n",
            "nr",
            "count",
            "counts",
            "cnt",
            "total",
            "runs",
            "passes",
            "successes",
            "crashes",
            "failures",
            "fails",
            "errors",
            "hangs",
            "bugs",
            "panics",
            "timeouts",
            "repros",
            "oopses",
            "leaks",
        ];
        self.has(COUNTS)
    }

    /// Whether it says how many runs there were: `n_runs`, `total iterations`.
    pub(super) fn is_total(&self) -> bool {
        const RUNS: &[&str] = &[
            "total",
            "totals",
            "runs",
            "attempts",
            "iterations",
            "iters",
            "trials",
            "tries",
            "executions",
            "executed",
            "samples",
            "repetitions",
            "reps",
            "boots",
            "tests",
            "ran",
            "launches",
            "cycles",
            "loops",
            "rounds",
            "all",
        ];
        let counted = self.has(&["run", "test"]) && self.has(&["count", "counts", "cnt", "num"]);
        (self.has(RUNS) || counted) && self.words.iter().all(|word| RUNS.contains(&word.as_str()) || is_filler(word))
    }

    /// What stands before the number of a column that holds one of several runs: `run 1`, `Try #2`, `3`.
    pub(super) fn of_one_run(&self) -> Option<&str> {
        const RUNS: [&str; 20] = [
            "",
            "run",
            "runs",
            "r",
            "try",
            "attempt",
            "trial",
            "iteration",
            "iter",
            "repetition",
            "rep",
            "repeat",
            "round",
            "boot",
            "sample",
            "result",
            "outcome",
            "status",
            "execution",
            "run_result",
        ];
        let before = self.plain.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = before.len() < self.plain.len();
        RUNS.into_iter().find(|known| numbered && *known == before.trim_end_matches('_'))
    }

    /// Whether failing and passing could be those of the attempt to reproduce.
    pub(super) fn of_reproduction(&self) -> bool {
        self.words.iter().any(|word| word.starts_with("repro") || word == "triggered")
    }

    /// Whether it names a revision though the list does not have it: `head_sha`, `git commit`.
    pub(super) fn names_revision(&self) -> bool {
        let known = |word: &String| [REVISIONS, QUALIFIERS].iter().any(|list| list.contains(&word.as_str()));
        self.has(REVISIONS) && self.words.iter().all(known)
    }

    /// Whether it is a commit's own time, not that of a run.
    pub(super) fn of_commit(&self) -> bool {
        self.has(&["commit", "committed", "author", "authored", "committer", "merged", "landed"])
    }

    /// Whether it names a moment.
    pub(super) fn names_moment(&self) -> bool {
        self.has(&[
            "date",
            "time",
            "timestamp",
            "datetime",
            "day",
            "when",
            "at",
            "ts",
            "nightly",
            "created",
            "started",
            "finished",
        ])
    }

    /// Whether it counts runs that came before the one that the row is about.
    pub(super) fn counts_retries(&self) -> bool {
        self.has(&["retries", "reruns"])
            || (self.has(&["retry", "rerun"]) && self.has(&["count", "counts", "num", "number"]))
    }

    /// Whether it counts runs of which the last one may be all that the row is about.
    pub(super) fn counts_attempts(&self) -> bool {
        self.words.last().is_some_and(|word| matches!(word.as_str(), "attempts" | "tries"))
    }

    /// Whether it names revisions as tables of other things name what they have.
    pub(super) fn is_loose(&self) -> bool {
        const LOOSE: [&str; 7] = ["nightly", "version", "build", "release", "tag", "kernel", "snapshot"];
        LOOSE.contains(&self.plain.as_str())
    }

    /// Whether it is the version of something: `node_version`.
    pub(super) fn is_version(&self) -> bool {
        self.words.len() > 1 && self.words.last().is_some_and(|word| word == "version")
    }

    /// Whether it names a run of which there is one, as GitHub does.
    pub(super) fn is_id(&self) -> bool {
        self.plain == "database_id"
    }

    /// Whether it names a run, which may have several attempts.
    pub(super) fn is_run_id(&self) -> bool {
        matches!(self.plain.as_str(), "run_id" | "build_id" | "pipeline_id" | "workflow_run_id" | "run_number")
    }

    /// Whether it names the attempt of a run.
    pub(super) fn is_attempt(&self) -> bool {
        matches!(self.plain.as_str(), "attempt" | "run_attempt" | "try" | "retry")
    }

    /// Whether nothing else than a moment can stand below it.
    pub(super) fn is_moment(&self) -> bool {
        self.has(&["date", "timestamp", "datetime"]) || self.words.last().is_some_and(|word| word == "at")
    }

    /// Whether it is of the author of a commit, who may have written it long before it was one.
    pub(super) fn of_author(&self) -> bool {
        self.has(&["author", "authored"])
    }

    /// Whether its whole numbers are exit codes.
    pub(super) fn of_exit(&self) -> bool {
        const NAMES: [&str; 15] = [
            "exit_code",
            "exit",
            "exitcode",
            "exit_status",
            "exitstatus",
            "returncode",
            "return_code",
            "retcode",
            "rc",
            "ret",
            "retval",
            "return_value",
            "return",
            "exit_value",
            "status_code",
        ];
        NAMES.contains(&self.plain.as_str()) && self.plain != "status_code"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(words("headSha"), ["head", "sha"]);
        assert_eq!(words("Exit Code"), ["exit", "code"]);
        assert_eq!(words("commit.sha"), ["commit", "sha"]);
        assert_eq!(words("# fails"), ["fails"]);
    }

    #[test]
    fn a_sense_is_said_by_all_words_or_by_none() {
        let sense = |name: &str| Name::of(name).sense();
        for name in [
            "reproduced",
            "no. of failures",
            "has_bug",
            "hang",
            "Crashed",
            "num_failures",
            "fails/runs",
            "Bug reproduced?",
            "is_bad",
        ] {
            let name = name.split('/').next().unwrap();
            assert_eq!(sense(name), Some(Sense::Crashes), "{name}");
        }
        for name in ["passed", "ok", "success", "tests_passed", "passRate", "Succeeded"] {
            assert_eq!(sense(name), Some(Sense::Passes), "{name}");
        }
        for name in ["status", "not_ok", "no_crash", "bug_fixed", "bug_free", "passed_or_failed", "x", "result", ""] {
            assert_eq!(sense(name), None, "{name}");
        }
    }

    #[test]
    fn revisions_are_named_in_many_ways() {
        let names = |name: &str| Name::of(name).names_revision();
        assert!(["headSha", "git commit", "commit hash", "SHA Detected"].into_iter().all(names));
        assert!(!["commit date", "parent_sha", "commit_position", "good_commit"].into_iter().any(names));
    }
}
