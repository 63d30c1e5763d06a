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
    /// `3/20`: which runs the first number counts is not said.
    Open {
        /// The first number: runs that passed, or that crashed.
        part: u32,
        /// Of all.
        runs: u32,
    },
    /// So many runs, which ended as the verdict says if it is good.
    All(u32),
    /// Numbers of runs, and not how they ended.
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
    const ALL: [&str; 12] = [
        "runs",
        "run",
        "times",
        "tests",
        "boots",
        "tries",
        "attempts",
        "iterations",
        "trials",
        "total",
        "reboots",
        "loops",
    ];
    const NOTHING: [&str; 10] = ["of", "out", "in", "from", "and", "the", "with", "only", "after", "all"];
    let is = |words: &[&str]| words.contains(&text);
    match () {
        () if is(&CRASH) => Some(Word::Crash),
        () if is(&PASS) => Some(Word::Pass),
        () if is(&ALL) => Some(Word::All),
        () if is(&NOTHING) => Some(Word::Nothing),
        () => None,
    }
}

/// `3x`, `x3`, `3×` and 3.
fn number(token: &str) -> Option<u32> {
    token.trim_matches(['x', '×']).parse().ok()
}

/// The counts of a comment; none where it says anything else.
pub(super) fn tally(comment: &str) -> Option<Tally> {
    let comment = comment.trim_start_matches('#').trim().to_ascii_lowercase();
    let told = comment.starts_with("runs:");
    let (mut numbers, mut words) = (Vec::new(), Vec::new());
    for token in comment.split(|c: char| !(c.is_ascii_alphanumeric() || c == '×')).filter(|token| !token.is_empty()) {
        match number(token) {
            Some(number) => numbers.push(number),
            // `no failure in 20 runs`
            None if token == "no" && numbers.is_empty() => numbers.push(0),
            None => words.push((numbers.len(), word(token)?)),
        }
    }
    let of = [" of ", " in ", " out "].iter().any(|of| comment.contains(of));
    let counted = Counted { ratio: comment.contains('/') || of, told, words };
    match numbers[..] {
        [a, b] => counted.two(a, b),
        [all] => counted.one(all),
        _ => None,
    }
}

/// The words of a comment, each with how many numbers stand before it.
struct Counted {
    ratio: bool,
    /// `runs:` stands before the numbers.
    told: bool,
    words: Vec<(usize, Word)>,
}

impl Counted {
    fn any(&self, sense: Word) -> bool {
        self.words.iter().any(|(_, word)| *word == sense)
    }

    fn behind(&self, number: usize, sense: Word) -> bool {
        self.words.iter().any(|(at, word)| *at == number && *word == sense)
    }

    fn two(&self, a: u32, b: u32) -> Option<Tally> {
        let runs = |crashes: u32, runs: u32| (crashes <= runs).then_some(Tally::Runs { crashes, runs });
        match (self.any(Word::Crash), self.any(Word::Pass)) {
            // Each number has its own word.
            (true, true) if self.behind(1, Word::Crash) && self.behind(2, Word::Pass) => runs(a, a.checked_add(b)?),
            (true, true) if self.behind(1, Word::Pass) && self.behind(2, Word::Crash) => runs(b, a.checked_add(b)?),
            (true, true) => Some(Tally::Unclear),
            (true, false) if self.behind(1, Word::All) && !self.ratio => runs(b, a),
            (true, false) => runs(a, b),
            (false, true) if self.behind(1, Word::All) && !self.ratio => runs(a.checked_sub(b)?, a),
            (false, true) => runs(b.checked_sub(a)?, b),
            (false, false) if self.told && self.ratio => runs(a, b),
            (false, false) => (self.ratio && a <= b).then_some(Tally::Open { part: a, runs: b }),
        }
    }

    /// `20 runs ok`, `passed 20 times`, `20 runs`; of `crash after 3 runs` nobody knows how many passed.
    fn one(&self, all: u32) -> Option<Tally> {
        match (self.any(Word::Crash), self.any(Word::Pass)) {
            _ if !self.any(Word::All) || all == 0 => None,
            (false, true) => Some(Tally::Runs { crashes: 0, runs: all }),
            (false, false) => Some(Tally::All(all)),
            (true, _) => Some(Tally::Unclear),
        }
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
        for comment in ["failed 3 times in 20", "fails 3 times out of 20", "3x fail, 17x pass", "reproduced 3/20"] {
            assert_eq!(runs(comment), (3, 20), "{comment}");
        }
        for comment in
            ["0/30 fail", "30/30 ok", "30 runs OK", "passed 30 times", "no failure in 30 runs", "all 30 runs passed"]
        {
            assert_eq!(runs(comment), (0, 30), "{comment}");
        }
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        assert_eq!(tally("# 1/10"), Some(Tally::Open { part: 1, runs: 10 }));
        assert_eq!((tally("# 20 runs"), tally("crash after 3 runs")), (Some(Tally::All(20)), Some(Tally::Unclear)));
        for comment in [
            "2 of 3 patches applied",
            "fails on 2 boards",
            "bad: [1111111]",
            "20 fail",
            "runs: 30/20",
            "5.15 of 6.1 and 3",
            "",
        ] {
            assert_eq!(tally(comment), None, "{comment}");
        }
    }
}
