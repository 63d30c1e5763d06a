//! What of a path's part is a number of a build, and what tells attempts, shards, platforms and versions of languages: those
//! are runs of one revision.

/// Words before a number that counts runs of one revision.
const RUNS: [&str; 20] = [
    "attempt",
    "attempts",
    "try",
    "tries",
    "retry",
    "retries",
    "rerun",
    "reruns",
    "repeat",
    "rep",
    "iteration",
    "iter",
    "shard",
    "shards",
    "part",
    "split",
    "chunk",
    "worker",
    "group",
    "partition",
];

/// Words for machines, systems, browsers, languages and their settings. A number behind them is their version.
const PLATFORMS: [&str; 72] = [
    "ubuntu", "debian", "fedora", "centos", "rhel", "rocky", "alpine", "arch", "suse", "opensuse", "linux", "macos",
    "mac", "osx", "darwin", "windows", "win", "android", "ios", "ipad", "iphone", "pixel", "emulator", "x", "x86",
    "x64", "amd", "amd64", "arm", "arm64", "aarch", "aarch64", "armv", "i386", "i686", "ppc64le", "s390x", "riscv",
    "riscv64", "chrome", "chromium", "firefox", "webkit", "safari", "edge", "opera", "python", "py", "cp", "cpython",
    "pypy", "java", "jdk", "openjdk", "jre", "temurin", "zulu", "node", "nodejs", "go", "golang", "ruby", "php", "gcc",
    "clang", "msvc", "vs", "rust", "dotnet", "net", "cuda", "api",
];

/// Words that reports are called by: with a small number behind them they may be anything.
const REPORTS: [&str; 14] = [
    "junit",
    "result",
    "results",
    "report",
    "reports",
    "test",
    "tests",
    "testresult",
    "testresults",
    "output",
    "out",
    "xunit",
    "surefire",
    "unit",
];

/// Letters or digits in a row.
fn tokens(part: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_ascii_digit() {
            1
        } else if c.is_alphanumeric() {
            2
        } else {
            0
        }
    };
    let mut tokens = Vec::new();
    let (mut start, mut last) = (0, 0);
    for (at, c) in part.char_indices().chain([(part.len(), ' ')]) {
        let next = if at == part.len() { 0 } else { kind(c) };
        if next != last {
            if last != 0 {
                tokens.push(&part[start..at]);
            }
            (start, last) = (at, next);
        }
    }
    tokens
}

/// Words before the number of a build, a release or a revision.
const BUILDS: [&str; 23] = [
    "build", "ci", "nightly", "daily", "weekly", "snapshot", "rev", "revision", "commit", "release", "rel", "version",
    "v", "r", "b", "c", "pipeline", "rc", "beta", "alpha", "change", "cl", "run",
];

/// How many digits the number of a CI system has at least.
const OF_CI: usize = 3;

/// How many digits tell a build from a version of something else or an attempt, by the word before them.
fn least_digits(word: &str) -> usize {
    match word {
        // `run-4711` is the number of a CI system, `run2` one of several.
        "run" | "job" => OF_CI,
        _ if BUILDS.contains(&word) => 1,
        // `junit-3`: a report beside others; `junit-20240101` is one of a day.
        _ if REPORTS.contains(&word) => 3,
        // `postgres-15`
        _ => OF_CI,
    }
}

/// Whether a part of a path is the number of a build and nothing else: `build-17`, `2024-05-01`.
pub(super) fn is_build_number(part: &str) -> bool {
    let known = |token: &&str| {
        let number = token.bytes().all(|byte| byte.is_ascii_digit());
        number || BUILDS.iter().chain(&["job"]).any(|word| token.eq_ignore_ascii_case(word))
    };
    has_build_number(part) && tokens(part).iter().all(known)
}

/// Whether a part of a path holds the number of a build, a date or a release: something that tells revisions apart.
pub(super) fn has_build_number(part: &str) -> bool {
    has_number(part, least_digits)
}

/// Whether it holds a number that may be any of these, and tells neither attempts nor platforms: `artifacts-17`.
pub(super) fn may_have_build_number(part: &str) -> bool {
    has_number(part, |_| 1)
}

/// `least`: how many digits the number has at least behind a word.
fn has_number(part: &str, least_digits: fn(&str) -> usize) -> bool {
    if is_language_version(part) {
        return false;
    }
    let is_number = |token: &str| token.bytes().all(|byte| byte.is_ascii_digit());
    let (mut of_word, mut least, mut found) = (false, 1, false);
    let tokens = tokens(part);
    for (i, token) in tokens.iter().enumerate() {
        let of =
            |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_some_and(|token| token.eq_ignore_ascii_case("of"));
        if !is_number(token) {
            let word = token.to_ascii_lowercase();
            let is = |words: &[&str]| words.contains(&word.as_str());
            of_word = is(&RUNS) || is(&PLATFORMS);
            least = least_digits(&word);
        } else if of_word || of(Some(i + 1)) || of(i.checked_sub(1)) {
            // `attempt-2`, `ubuntu-22.04`, `run_1_of_3`
        } else {
            // `run-001` counts the runs of a loop.
            found |= token.len() >= least && !(least == OF_CI && token.starts_with('0'));
        }
    }
    found
}

/// A part of a path without what tells attempts, shards and platforms: `run-101-attempt-2` is `run-101`.
pub(super) fn without_runs(part: &str) -> String {
    let (mut kept, mut of_run, mut end) = (String::new(), false, 0);
    for token in tokens(part) {
        let start = token.as_ptr() as usize - part.as_ptr() as usize;
        let number = token.bytes().all(|byte| byte.is_ascii_digit());
        if !number {
            let word = token.to_ascii_lowercase();
            of_run = RUNS.contains(&word.as_str()) || PLATFORMS.contains(&word.as_str());
            // `1-of-2`
            of_run |= word == "of";
        }
        if !of_run {
            kept += &part[end..start + token.len()];
        }
        end = start + token.len();
    }
    let kept = kept.trim_matches(|c: char| !c.is_alphanumeric());
    if has_build_number(kept) { kept.to_owned() } else { part.to_owned() }
}

/// `3.11`: what CI calls its jobs by, and no release that anybody bisects.
fn is_language_version(part: &str) -> bool {
    let minor = part.strip_prefix("3.").and_then(|minor| minor.parse::<u8>().ok());
    minor.is_some_and(|minor| (6..=20).contains(&minor))
}

/// Whether all of these numbers are releases of one language that are kept for long: Java's, or Node's.
#[expect(clippy::needless_pass_by_value, reason = "an iterator is cheap, and read twice")]
pub(super) fn are_language_versions<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> bool {
    const JAVA: [&str; 5] = ["8", "11", "17", "21", "25"];
    const NODE: [&str; 6] = ["14", "16", "18", "20", "22", "24"];
    let several = parts.clone().collect::<std::collections::BTreeSet<_>>().len() > 1;
    let all = |of: &[&str]| parts.clone().all(|part| of.contains(&part));
    several && (all(&JAVA) || all(&NODE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_have_numbers() {
        for part in [
            "build-17",
            "17",
            "nightly-3-again",
            "2024-05-01",
            "v1.2.0",
            "run-4711",
            "junit-20240101",
            "b12-ubuntu-22.04",
        ] {
            assert!(has_build_number(part), "{part}");
        }
        assert!(is_build_number("build-17") && is_build_number("2024-05-01") && !is_build_number("user2"));
    }

    #[test]
    fn attempts_and_platforms_are_no_part_of_a_builds_name() {
        for part in ["run-101-attempt-2", "run-101-ubuntu-22.04", "run-101", "run-101_shard_1_of_4"] {
            assert_eq!(without_runs(part), "run-101", "{part}");
        }
        assert_eq!(
            (without_runs("6.1.12"), without_runs("2026-05-01")),
            ("6.1.12".to_owned(), "2026-05-01".to_owned())
        );
    }

    #[test]
    fn runs_of_one_revision_have_none() {
        let parts = [
            "attempt-2",
            "results-attempt-3",
            "run_1_of_3",
            "shard-2",
            "junit-ubuntu-22.04",
            "py311",
            "python-3.11",
            "3.12",
            "jdk17",
            "node-18",
            "chrome",
            "old",
            "x86_64",
            "junit-2",
            "retry1",
            "windows-2022",
            "macos13-arm64",
            "TEST-shop",
            "postgres-15",
            "run2",
            "job-3",
            "run-001",
            "k8s-1.29",
            "pr-12",
        ];
        for part in parts {
            assert!(!has_build_number(part), "{part}");
        }
        assert!(
            are_language_versions(["11", "17", "21"].into_iter()) && are_language_versions(["18", "20"].into_iter())
        );
        assert!(!are_language_versions(["17", "18"].into_iter()) && !are_language_versions(["17", "17"].into_iter()));
    }
}
