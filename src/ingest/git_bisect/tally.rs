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

/// What a word beside the numbers means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Crash,
    Pass,
    Skip,
    /// Runs, in the plural: a number before it counts them.
    Runs,
    /// Of runs as well, beside another word for them: `3 times in 20 runs`.
    Times,
    /// One run: a number behind it says which.
    Run,
    /// All of them: `every time`.
    Every,
    /// `after 3 runs`: how the others ended is not said.
    After,
    /// Turns the next crash into a pass, and a pass into a crash.
    Not,
    Nothing,
    Unknown,
}

const WORDS: [(Word, &str); 9] = [
    (
        Word::Crash,
        "fail fails failed failure failures failing crash crashes crashed crashing bad hang hangs hung hanging panic panics \
         panicked broken reproduced reproduces reproduce oops oopses",
    ),
    (
        Word::Pass,
        "pass passes passed passing ok okay good success successes successful succeeded fine clean survived survives works \
         worked stable",
    ),
    (Word::Skip, "skip skips skipped ignored"),
    (Word::Runs, "runs tests boots tries attempts iterations trials total reboots loops rounds cycles"),
    (Word::Times, "times time x"),
    (Word::Run, "run test boot try attempt iteration trial reboot loop round cycle"),
    (Word::Every, "every each always all"),
    (Word::After, "after"),
    (Word::Not, "no not never without zero didn doesn don cannot couldn"),
];
const NOTHING: &str =
    "of out in from and the a an any with only t did does do could it is was rate still again it on at";

fn word(text: &str) -> Word {
    let has = |words: &str| words.split(' ').any(|word| word == text);
    let known = WORDS.iter().find(|(_, words)| has(words)).map(|(word, _)| *word);
    known.unwrap_or(if has(NOTHING) { Word::Nothing } else { Word::Unknown })
}

/// A number or a word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number(u32),
    Percent(f64),
    Word(Word),
}

/// The numbers and words of a clause. `3x`, `x3` and `3×` are 3 times.
fn tokens(clause: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let parts = clause.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '×' | '.' | '%')));
    for part in parts.map(|part| part.trim_matches('.')).filter(|part| !part.is_empty()) {
        if let ("%", Some(Token::Number(number))) = (part, tokens.last()) {
            let percent = Token::Percent(f64::from(*number));
            tokens.pop();
            tokens.push(percent);
            continue;
        }
        let number = part.trim_matches(['x', '×']);
        match (part.strip_suffix('%').map(str::parse), number.parse::<u32>()) {
            (Some(Ok(percent)), _) => tokens.push(Token::Percent(percent)),
            (_, Ok(number)) if part.len() == number.to_string().len() => tokens.push(Token::Number(number)),
            (_, Ok(number)) => tokens.extend([Token::Number(number), Token::Word(Word::Times)]),
            _ => tokens.push(Token::Word(word(part))),
        }
    }
    turned(tokens)
}

/// `no failures` is a pass, and `not ok` is none.
fn turned(tokens: Vec<Token>) -> Vec<Token> {
    let mut not = false;
    let turn = tokens.into_iter().filter_map(|token| match token {
        Token::Word(Word::Not) => {
            not = true;
            None
        }
        Token::Word(Word::Crash) if std::mem::take(&mut not) => Some(Token::Word(Word::Pass)),
        Token::Word(Word::Pass) if std::mem::take(&mut not) => Some(Token::Word(Word::Crash)),
        token => Some(token),
    });
    turn.collect()
}

/// The counts of a comment; none where it says anything else.
pub(super) fn tally(comment: &str) -> Option<Tally> {
    let comment = comment.trim_start_matches('#').trim().to_ascii_lowercase();
    let told = comment.starts_with("runs:");
    let clauses: Vec<_> = comment.split([',', ';', ':', '(', ')']).map(Clause::new).filter(Clause::says).collect();
    let numbers = clauses.iter().map(|clause| clause.numbers().len()).sum::<usize>();
    if numbers > 2 {
        return apart(&clauses);
    }
    let ratio = clauses.iter().any(|clause| clause.ratio);
    let tokens = clauses.into_iter().flat_map(|clause| clause.tokens).collect();
    Clause { tokens, ratio }.tally(told)
}

/// Several clauses that say the same, or of which each counts runs of one kind.
fn apart(clauses: &[Clause]) -> Option<Tally> {
    let said: Vec<_> = clauses.iter().map(|clause| clause.tally(false)).collect();
    if let Some((first @ Some(Tally::Runs { .. }), others)) = said.split_first()
        && others.iter().all(|other| other == first)
    {
        return *first;
    }
    let all = Clause { tokens: clauses.iter().flat_map(|clause| clause.tokens.clone()).collect(), ratio: false };
    let of = |sense: Word| {
        let numbers = all.numbers().into_iter().enumerate().filter(|(at, _)| all.behind(at + 1, sense));
        numbers.map(|(_, number)| number).try_fold(0, u32::checked_add)
    };
    let kinds = [Word::Crash, Word::Pass, Word::Skip];
    let each = |at: usize| kinds.iter().filter(|sense| all.behind(at, **sense)).count() == 1;
    let ratio = clauses.iter().any(|clause| clause.ratio);
    if !ratio && !all.any(Word::Unknown) && (1..=all.numbers().len()).all(each) {
        let (crashes, passes) = (of(Word::Crash)?, of(Word::Pass)?);
        let apart = all.any(Word::Crash) && all.any(Word::Pass);
        return Some(if apart { Tally::Runs { crashes, runs: crashes.checked_add(passes)? } } else { Tally::Unclear });
    }
    all.has_sense().then_some(Tally::Unclear)
}

/// A piece of a comment.
struct Clause {
    tokens: Vec<Token>,
    /// Whether it says `3/20` or `3 of 20`.
    ratio: bool,
}

impl Clause {
    fn new(text: &str) -> Self {
        let of = [" of ", " in ", " out "].iter().any(|of| text.contains(of));
        let slash = text.split('/').collect::<Vec<_>>().windows(2).any(|beside| {
            beside[0].trim_end().ends_with(|c: char| c.is_ascii_digit())
                && beside[1].trim_start().starts_with(|c: char| c.is_ascii_digit())
        });
        Self { tokens: tokens(text), ratio: of || slash }
    }

    /// Whether it has anything to do with numbers of runs.
    fn says(&self) -> bool {
        self.has_sense() || self.tokens.iter().any(|token| !matches!(token, Token::Word(_)))
    }

    fn has_sense(&self) -> bool {
        self.any(Word::Crash) || self.any(Word::Pass)
    }

    fn any(&self, wanted: Word) -> bool {
        self.tokens.contains(&Token::Word(wanted))
    }

    fn numbers(&self) -> Vec<u32> {
        let number = |token: &Token| if let Token::Number(number) = token { Some(*number) } else { None };
        self.tokens.iter().filter_map(number).collect()
    }

    /// Whether a word follows the number at this position (counted from 1) and precedes the next one.
    fn behind(&self, numbers: usize, wanted: Word) -> bool {
        let mut before = 0;
        self.tokens.iter().any(|token| match token {
            Token::Number(_) => {
                before += 1;
                false
            }
            token => before == numbers && *token == Token::Word(wanted),
        })
    }

    /// Whether a number says which of the runs is meant: `run 3 of 20`.
    fn is_ordinal(&self) -> bool {
        self.tokens.windows(2).any(|pair| matches!(pair, [Token::Word(Word::Run), Token::Number(_)]))
    }

    fn tally(&self, told: bool) -> Option<Tally> {
        let percents: Vec<f64> = self
            .tokens
            .iter()
            .filter_map(|token| if let Token::Percent(percent) = token { Some(*percent) } else { None })
            .collect();
        let said = match (&self.numbers()[..], &percents[..]) {
            ([a, b], _) => self.two(*a, *b, told),
            ([runs], [percent]) => Some(self.share(*percent, *runs)),
            ([all], []) => self.one(*all),
            ([], [_, ..]) => Some(Tally::Unclear),
            _ => None,
        };
        // Numbers of runs among words that nobody here knows are said to be left out.
        let unclear = self.any(Word::Unknown) || self.is_ordinal();
        let of_runs = self.ratio || self.any(Word::Runs) || self.any(Word::Run) || self.any(Word::Times);
        match said {
            _ if unclear => (self.has_sense() && of_runs && said.is_some()).then_some(Tally::Unclear),
            Some(Tally::Unclear) => self.has_sense().then_some(Tally::Unclear),
            said => said,
        }
    }

    fn two(&self, a: u32, b: u32, told: bool) -> Option<Tally> {
        let runs = |crashes: u32, runs: u32| (crashes <= runs).then_some(Tally::Runs { crashes, runs });
        let counted = self.ratio || self.any(Word::Runs) || self.any(Word::Times);
        match (self.any(Word::Crash), self.any(Word::Pass)) {
            // Each number has its own word.
            (true, true) if self.behind(1, Word::Crash) && self.behind(2, Word::Pass) => runs(a, a.checked_add(b)?),
            (true, true) if self.behind(1, Word::Pass) && self.behind(2, Word::Crash) => runs(b, a.checked_add(b)?),
            (true, true) => Some(Tally::Unclear),
            // `2 crashes, 3 hangs`, `2 runs of 100 iterations`, `after 3 of 20 runs`
            (true, _) | (_, true) if !counted || self.behind(1, Word::Runs) && self.behind(2, Word::Runs) => {
                Some(Tally::Unclear)
            }
            (true, false) if self.any(Word::After) => Some(Tally::Unclear),
            (true, false) if self.behind(1, Word::Runs) && !self.ratio => runs(b, a),
            (true, false) => runs(a, b),
            (false, true) if self.behind(1, Word::Runs) && !self.ratio => runs(a.checked_sub(b)?, a),
            (false, true) => runs(b.checked_sub(a)?, b),
            (false, false) if told && self.ratio => runs(a, b),
            (false, false) => (self.ratio && a <= b).then_some(Tally::Open { part: a, runs: b }),
        }
    }

    /// `20 runs ok`, `passed 20 times`, `all 20 passed`, `20 runs`; of `crash after 3 runs` nobody knows how many passed.
    fn one(&self, all: u32) -> Option<Tally> {
        let counted = self.any(Word::Runs) || self.any(Word::Times) || self.any(Word::Every);
        match (self.any(Word::Crash), self.any(Word::Pass)) {
            (false, true) if all > 0 && (counted || self.behind(1, Word::Pass)) => {
                Some(Tally::Runs { crashes: 0, runs: all })
            }
            _ if !counted || all == 0 => None,
            (true, false) if self.any(Word::Every) => Some(Tally::Runs { crashes: all, runs: all }),
            (false, false) if !self.any(Word::Every) => Some(Tally::All(all)),
            _ => Some(Tally::Unclear),
        }
    }

    /// `15 % of 20 runs fail`, where that is one whole number of runs; a percentage may be rounded.
    fn share(&self, percent: f64, runs: u32) -> Tally {
        /// More runs have several such numbers.
        const MOST: u32 = 100;
        let exact = percent / 100.0 * f64::from(runs);
        let near = |part: &u32| (f64::from(*part) - exact).abs() <= 0.005 * f64::from(runs);
        let part = (0..=runs.min(MOST)).find(near).filter(|_| runs <= MOST);
        match (self.any(Word::Crash), self.any(Word::Pass), part) {
            (true, false, Some(crashes)) => Tally::Runs { crashes, runs },
            (false, true, Some(passes)) => Tally::Runs { crashes: runs - passes, runs },
            _ => Tally::Unclear,
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
        for comment in ["30x ok", "survived 30 runs", "all 30 passed", "30 passes", "no crashes, 30 runs"] {
            assert_eq!(runs(comment), (0, 30), "{comment}");
        }
        for comment in
            ["30 runs without a crash", "not reproduced in 30 runs", "no crash after 30 runs", "30 of 30 did not hang"]
        {
            assert_eq!(runs(comment), (0, 30), "{comment}");
        }
        for comment in ["failed every time (30 runs)", "all 30 runs crashed", "30 of 30 not ok", "crashed 30/30 times"]
        {
            assert_eq!(runs(comment), (30, 30), "{comment}");
        }
        for comment in [
            "15% of 20 runs failed",
            "flaky: 3/20 failed",
            "failed 3/20, probably noise",
            "fail rate 3/20",
            "3/20 failed (15%)",
        ] {
            assert_eq!(runs(comment), (3, 20), "{comment}");
        }
        for comment in
            ["failed 3 of 20, passed 17 of 20", "17 passed, 3 failed, 2 skipped", "17/20 passed, 3/20 failed"]
        {
            assert_eq!(runs(comment), (3, 20), "{comment}");
        }
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        assert_eq!(tally("# 1/10"), Some(Tally::Open { part: 1, runs: 10 }));
        assert_eq!((tally("# 20 runs"), tally("crash after 3 runs")), (Some(Tally::All(20)), Some(Tally::Unclear)));
        for comment in [
            "2 crashes, 3 hangs",
            "3 failed, 5 crashed",
            "failed in run 3 of 20",
            "run 3 of 20 failed",
            "boot 7/20 hung",
            "crashed after 3 of 20 runs",
            "2 runs of 100 iterations ok",
            "5 boots, 100 runs ok",
            "crashed strangely in 3 of 20 runs",
            "13% of 20 runs failed",
            "15% fail",
        ] {
            assert_eq!(tally(comment), Some(Tally::Unclear), "{comment}");
        }
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
