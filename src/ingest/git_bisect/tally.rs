//! Counts of runs that people write beside a verdict: `# runs: 3/20`, `# 3 of 20 fail`, `# 17 passes, 3 fails`.

/// What a comment says of the runs behind a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tally {
    /// So many crashes in so many runs.
    Runs {
        /// Runs that crashed.
        crashes: u32,
        /// All runs.
        runs: u32,
    },
    /// Two numbers; which runs the first counts is not said.
    Unclear,
}

/// What a word between the numbers means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Crash,
    Pass,
    /// Of all runs.
    All,
    /// `runs` before the numbers: crashes of runs, as this program writes it.
    Nothing,
}

fn word(text: &str) -> Option<Word> {
    const CRASH: [&str; 17] = [
        "fail",
        "fails",
        "failed",
        "failure",
        "failures",
        "failing",
        "crash",
        "crashes",
        "crashed",
        "bad",
        "hang",
        "hangs",
        "hung",
        "panic",
        "panics",
        "broken",
        "reproduced",
    ];
    const PASS: [&str; 10] =
        ["pass", "passes", "passed", "passing", "ok", "good", "success", "successes", "fine", "clean"];
    const ALL: [&str; 10] =
        ["runs", "run", "times", "tests", "boots", "tries", "attempts", "iterations", "trials", "total"];
    const NOTHING: [&str; 8] = ["of", "out", "in", "from", "and", "the", "with", "only"];
    let is = |words: &[&str]| words.contains(&text);
    match () {
        () if is(&CRASH) => Some(Word::Crash),
        () if is(&PASS) => Some(Word::Pass),
        () if is(&ALL) => Some(Word::All),
        () if is(&NOTHING) => Some(Word::Nothing),
        () => None,
    }
}

/// The counts of a comment; none where it says anything else.
pub(super) fn tally(comment: &str) -> Option<Tally> {
    let comment = comment.trim_start_matches('#').trim().to_ascii_lowercase();
    let told = comment.starts_with("runs:");
    let (mut numbers, mut words) = (Vec::new(), Vec::new());
    for token in comment.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty()) {
        match token.parse::<u32>() {
            Ok(number) => numbers.push(number),
            Err(_) => words.push((numbers.len(), word(token)?)),
        }
    }
    let [a, b] = numbers[..] else { return None };
    let ratio = comment.contains('/') || comment.contains(" of ");
    let sense = |after: usize, sense: Word| words.iter().any(|(at, word)| *at == after && *word == sense);
    let any = |sense: Word| words.iter().any(|(_, word)| *word == sense);
    let runs = |crashes: u32, runs: u32| (crashes <= runs).then_some(Tally::Runs { crashes, runs });
    match (any(Word::Crash), any(Word::Pass)) {
        // Each number has its own word.
        (true, true) if sense(1, Word::Crash) && sense(2, Word::Pass) => runs(a, a.checked_add(b)?),
        (true, true) if sense(1, Word::Pass) && sense(2, Word::Crash) => runs(b, a.checked_add(b)?),
        (true, true) => Some(Tally::Unclear),
        (true, false) if sense(1, Word::All) && !ratio => runs(b, a),
        (true, false) => runs(a, b),
        (false, true) if sense(1, Word::All) && !ratio => runs(a.checked_sub(b)?, a),
        (false, true) => runs(b.checked_sub(a)?, b),
        (false, false) if told && ratio => runs(a, b),
        (false, false) => (ratio && a <= b).then_some(Tally::Unclear),
    }
}

/// Whether words beside a verdict say that the revision could not be built.
pub(super) fn is_unbuilt(words: &str) -> bool {
    const UNBUILT: [&str; 14] = [
        "build fail",
        "build broke",
        "build is broken",
        "build error",
        "not build",
        "n't build",
        "fails to build",
        "failed to build",
        "not compile",
        "n't compile",
        "fails to compile",
        "failed to compile",
        "compile error",
        "compilation fail",
    ];
    let words = words.to_ascii_lowercase();
    UNBUILT.iter().any(|unbuilt| words.contains(unbuilt))
}

/// What stands in brackets at the end of a subject: people add it, and the subject is another's.
pub(super) fn added(subject: &str) -> Option<&str> {
    Some(subject.trim_end().strip_suffix(')')?.rsplit_once('(')?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_built_is_said_beside_the_verdict() {
        let said = |subject| added(subject).is_some_and(is_unbuilt);
        assert!(said("net: head (build fails: undefined reference)") && said("x (does not compile)"));
        assert!(!said("Fix a build failure") && !said("x (v2)") && !said("Fix x (build of y)"));
    }

    #[test]
    fn counts_are_read_where_their_sense_is_told() {
        let runs = |comment| match tally(comment) {
            Some(Tally::Runs { crashes, runs }) => (crashes, runs),
            other => panic!("{comment}: {other:?}"),
        };
        for comment in ["# runs: 3/20", "3 of 20 fail", "3/20 failed", "failed 3 out of 20 runs", "crashes: 3/20"] {
            assert_eq!(runs(comment), (3, 20), "{comment}");
        }
        for comment in ["17 of 20 pass", "passed 17/20", "17 passes, 3 fails", "3 fails 17 ok", "20 runs, 3 fails"] {
            assert_eq!(runs(comment), (3, 20), "{comment}");
        }
        assert_eq!(runs("0/30 fail"), (0, 30));
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        assert_eq!(tally("# 1/10"), Some(Tally::Unclear));
        for comment in ["2 of 3 patches applied", "bad: [1111111]", "20 fail", "runs: 30/20", "5.15 of 6.1 and 3", ""] {
            assert_eq!(tally(comment), None, "{comment}");
        }
    }
}
