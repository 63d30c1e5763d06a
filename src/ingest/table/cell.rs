//! What one cell says, whatever its column: a number, yes or no, a word for how a run ended, a share, or counts in words.

use super::moment;

/// How a run ended, by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Pass,
    Crash,
    Void,
    /// It failed and then passed.
    Flaky,
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Whole(i64),
    Number(f64),
    Percent(f64),
    Truth(bool),
    Said(Said),
    /// `3/20`, `3 of 20`.
    Ratio(u32, u32),
    /// `11 passed, 1 failed`.
    Counted(Tally),
    Moment,
    /// 7 to 64 hexadecimal digits.
    Hash,
    Text,
}

/// Runs that a cell counts in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passes: Option<u32>,
    pub(super) crashes: Option<u32>,
    pub(super) voids: Option<u32>,
    pub(super) total: Option<u32>,
    /// A number that no word explains.
    loose: Option<u32>,
    /// The word before a share, as in `FAIL (17/20)`: it may say how all runs are judged, or what the share counts.
    pub(super) led: Option<Said>,
}

impl Cell {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        if text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'<'))
            && let Some(number) = number(text)
        {
            return number;
        }
        if let Some(counted) = bracketed(text) {
            return counted;
        }
        match text {
            _ if truth(text).is_some() => truth(text).map_or(Self::Text, Self::Truth),
            _ if said(text).is_some() => said(text).map_or(Self::Text, Self::Said),
            _ if is_hash(text) => Self::Hash,
            _ if moment::parse(text).is_some() => Self::Moment,
            _ => ratio(text).or_else(|| Tally::of(text).map(Self::Counted)).unwrap_or(Self::Text),
        }
    }
}

/// A number, with a fraction of zeros or a sign of per cent. Seven digits and more may be a hash as well: the column tells.
fn number(text: &str) -> Option<Cell> {
    if let Some(percent) = text.strip_suffix('%') {
        return decimal(percent.trim_end()).map(|value| Cell::Percent(value / 100.0));
    }
    if let Some(whole) = text.parse().ok().or_else(|| grouped(text)).or_else(|| runs(text)) {
        return Some(Cell::Whole(whole));
    }
    // As data frames write a whole number. Three zeros may be those of a thousand.
    if let Some((whole, zeros)) = text.split_once('.')
        && !zeros.is_empty()
        && zeros.len() != 3
        && zeros.bytes().all(|byte| byte == b'0')
        && let Ok(whole) = whole.parse()
    {
        return Some(Cell::Whole(whole));
    }
    // An abbreviation like 12345e7 is no number of runs.
    text.contains(['.', ',']).then(|| decimal(text)).flatten().map(Cell::Number)
}

/// `20x`, `20 runs`.
fn runs(text: &str) -> Option<i64> {
    let number = ["x", "×", " runs", " run", " times"].into_iter().find_map(|unit| text.strip_suffix(unit))?.trim_end();
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// The number that a cell is.
pub(super) fn value(text: &str) -> Option<f64> {
    let plain = text.parse().ok().filter(|value: &f64| value.is_finite());
    plain.or_else(|| match number(text)? {
        #[expect(clippy::cast_precision_loss, reason = "a count or a place")]
        Cell::Whole(whole) => Some(whole as f64),
        Cell::Number(value) => Some(value),
        _ => None,
    })
}

/// A finite number, with a point or a comma before its fraction.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'e' | b'E');
    if !text.bytes().all(plain) {
        return None;
    }
    let value: f64 = match grouped(text) {
        Some(whole) => whole.to_string().parse().ok()?,
        None => text.replacen(',', ".", 1).parse().ok()?,
    };
    value.is_finite().then_some(value)
}

/// `1,000`, `1_000`, `1'000` and `1 000`; a point may stand before a fraction instead.
fn grouped(text: &str) -> Option<i64> {
    const SIGNS: [char; 6] = [',', '_', '\'', ' ', '\u{a0}', '\u{202f}'];
    let sign = text.chars().find(|c| !c.is_ascii_digit()).filter(|sign| SIGNS.contains(sign))?;
    let mut groups = text.split(sign);
    let first = groups.next().filter(|first| matches!(first.len(), 1..=3) && !first.starts_with('0'))?;
    let digits = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    rest.iter().all(|group| digits(group)).then(|| format!("{first}{}", rest.concat()).parse().ok()).flatten()
}

/// `3 (15%)` is 3, and `15% (3/20)` is 3 of 20.
fn bracketed(text: &str) -> Option<Cell> {
    let (before, inside) = text.strip_suffix(')')?.split_once('(')?;
    match (number(before.trim()), number(inside.trim())) {
        (Some(Cell::Whole(whole)), Some(Cell::Percent(_))) => Some(Cell::Whole(whole)),
        (Some(Cell::Percent(_)), None) => ratio(inside),
        _ => None,
    }
}

/// Whether a cell of numbers has none: pivot tables write so.
pub(super) fn is_none(text: &str) -> bool {
    const NONE: [&str; 8] = ["", "-", "\u{2013}", "\u{2014}", "nan", "null", "none", "n/a"];
    NONE.iter().any(|none| none.eq_ignore_ascii_case(text))
}

pub(super) fn is_hash(text: &str) -> bool {
    matches!(text.len(), 7..=64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Yes or no, as people and spreadsheets of several countries write it.
fn truth(text: &str) -> Option<bool> {
    const LONGEST: usize = 20;
    const YES: [&str; 21] = [
        "true",
        "yes",
        "y",
        "t",
        "✓",
        "✔",
        "✔️",
        "ja",
        "oui",
        "sí",
        "si",
        "sim",
        "tak",
        "да",
        "是",
        "wahr",
        "vrai",
        "verdadero",
        "vero",
        "waar",
        "истина",
    ];
    const NO: [&str; 19] = [
        "false", "no", "n", "f", "✗", "✘", "nein", "nee", "non", "não", "nie", "нет", "否", "falsch", "faux", "falso",
        "onwaar", "fałsz", "ложь",
    ];
    let text = if text.len() > LONGEST { return None } else { text.to_lowercase() };
    if YES.contains(&text.as_str()) { Some(true) } else { NO.contains(&text.as_str()).then_some(false) }
}

/// The words of test runners and CI services: Jenkins, Bazel, GitHub, GitLab, Azure, `CircleCI`, Buildbot, kselftest, KCIDB,
/// pytest, Go, `CTest`, Playwright, Ginkgo; and those that people use.
const PASSES: &[&str] = &[
    "pass",
    "passed",
    "passes",
    "passing",
    "ok",
    "okay",
    "good",
    "success",
    "successful",
    "successfully",
    "succeeded",
    "succeed",
    "green",
    "works",
    "working",
    "worked",
    "p",
    "clean",
    "stable",
    "warnings",
    "succeeded with issues",
    "expected",
    "xpass",
    "xpassed",
    "no crash",
    "not reproduced",
    "does not reproduce",
    "didn't reproduce",
    "not crashed",
    "not failed",
    "did not crash",
    "✅",
    "🟢",
    "✅ pass",
    "✅ passed",
    "all passed",
    "fine",
    "healthy",
    "tpass",
    "kpass",
    "fixed",
    "back to normal",
    ":white check mark:",
    ":heavy check mark:",
    ":green circle:",
    "(/)",
    "(y)",
    "bestanden",
    "erfolgreich",
    "erfolg",
    "réussi",
    "réussie",
    "succès",
    "éxito",
    "aprobado",
    "exitoso",
    "superato",
    "riuscito",
    "sucesso",
    "aprovado",
    "geslaagd",
    "успешно",
    "успех",
    "пройден",
    "пройдено",
    "通过",
    "成功",
    "合格",
    "성공",
    "통과",
];
const CRASHES: &[&str] = &[
    "fail",
    "failed",
    "fails",
    "failing",
    "failure",
    "crash",
    "crashed",
    "crashes",
    "bad",
    "broken",
    "red",
    "unstable",
    "timeout",
    "timed out",
    "timedout",
    "time out",
    "hang",
    "hangs",
    "hung",
    "panic",
    "panicked",
    "panics",
    "oops",
    "segfault",
    "segv",
    "sigsegv",
    "sigabrt",
    "lockup",
    "deadlock",
    "deadlocked",
    "stall",
    "stalled",
    "oom",
    "not ok",
    "unexpected",
    "unsuccessful",
    "test failed",
    "testfailed",
    "tests failed",
    "partially succeeded",
    "reproduced",
    "reproduces",
    "regressed",
    "regression",
    "corrupted",
    "killed",
    "exploded",
    "❌",
    "🔴",
    "❌ fail",
    "❌ failed",
    "***failed",
    "***timeout",
    "not passed",
    "failed on infra timeout",
    "does not work",
    "tfail",
    "soft failed",
    "still failing",
    "still unstable",
    "dmesg fail",
    "out of memory",
    ":x:",
    ":red circle:",
    "(x)",
    "(n)",
    "fehlgeschlagen",
    "fehlschlag",
    "nicht bestanden",
    "durchgefallen",
    "abgestürzt",
    "absturz",
    "échec",
    "échoué",
    "échouée",
    "fallido",
    "falló",
    "fallo",
    "fallito",
    "fallita",
    "falha",
    "falhou",
    "mislukt",
    "gefaald",
    "сбой",
    "провал",
    "провален",
    "не пройден",
    "失败",
    "失敗",
    "崩溃",
    "不合格",
    "未通过",
    "不通过",
    "실패",
];
const VOIDS: &[&str] = &[
    "skip",
    "skipped",
    "skips",
    "void",
    "error",
    "errored",
    "aborted",
    "abort",
    "cancelled",
    "canceled",
    "ignored",
    "ignore",
    "untested",
    "not tested",
    "not run",
    "not_run",
    "notrun",
    "not built",
    "failed to build",
    "build failed",
    "build failure",
    "build error",
    "build broken",
    "does not build",
    "did not build",
    "busted",
    "bustage",
    "exception",
    "retry",
    "infra",
    "infra failure",
    "infrastructure fail",
    "infrastructure failure",
    "remote failure",
    "incomplete",
    "no status",
    "tool halted before testing",
    "blaze halted before testing",
    "halted",
    "action required",
    "neutral",
    "stale",
    "startup failure",
    "manual",
    "created",
    "pending",
    "running",
    "queued",
    "scheduled",
    "preparing",
    "waiting",
    "waiting for resource",
    "requested",
    "in progress",
    "blocked",
    "abandoned",
    "interrupted",
    "miss",
    "missing",
    "done",
    "xfail",
    "xfailed",
    "expected failure",
    "rerun",
    "unknown",
    "inconclusive",
    "untestable",
    "n/a",
    "na",
    "none",
    "null",
    "-",
    "–",
    "—",
    "?",
    "⏭️",
    "unresolved",
    "unsupported",
    "disabled",
    "todo",
    "deferred",
    "removed",
    "boot failed",
    "did not boot",
    "no result",
    "tbrok",
    "tconf",
    "kfail",
    "node fail",
    "usercancel",
    "user cancelled",
    "expunged",
    "not applicable",
    "no data",
    "übersprungen",
    "abgebrochen",
    "ignoré",
    "ignorée",
    "omitido",
    "пропущен",
    "пропущено",
    "跳过",
];
const FLAKY: &[&str] = &["flaky", "flake", "flaked", "intermittent", "passed on retry", "passed after retry", "mixed"];

/// How a run ended, by the words of test runners.
pub(super) fn said(text: &str) -> Option<Said> {
    const LONGEST: usize = 40;
    let text = text.trim().trim_matches(|c: char| matches!(c, '`' | '*' | '"' | '\'' | '.' | '!'));
    if text.len() > LONGEST {
        return None;
    }
    // Words as they come from programs: FAILED_TO_BUILD, timedOut, startup-failure.
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
    let word = if text.len() <= 3 { text.to_lowercase() } else { plain(text) };
    let split = super::name::words(text).join(" ");
    let known = |words: &[&str]| words.iter().any(|known| *known == word || *known == split);
    match () {
        () if known(VOIDS) => Some(Said::Void),
        () if known(PASSES) => Some(Said::Pass),
        () if known(CRASHES) => Some(Said::Crash),
        () => known(FLAKY).then_some(Said::Flaky),
    }
}

/// `3/20`, `3 / 20`, `3:20`, `:20`, `3 of 20`, `3 out of 20`, with the share in brackets behind it.
fn ratio(text: &str) -> Option<Cell> {
    let text = text
        .split_once('(')
        .map_or(text, |(before, share)| if share.trim_end().ends_with("%)") { before.trim_end() } else { text });
    let sign = ["/", ":", " out of ", " of "].into_iter().find_map(|sign| text.split_once(sign))?;
    let part = sign.0.trim();
    let part = if part.is_empty() { 0 } else { part.parse().ok()? };
    Some(Cell::Ratio(part, sign.1.trim().parse().ok()?))
}

/// A piece of a text that counts.
#[derive(Clone, Copy, PartialEq)]
enum Piece<'a> {
    Count(u32),
    Of,
    Word(&'a str),
}

impl Tally {
    /// Counts with their words: `11 passed / 1 failed of 12`, `fail: 3, pass: 17`, `7 of 10 fail`.
    pub(super) fn of(text: &str) -> Option<Self> {
        const LONGEST: usize = 200;
        if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let pieces = pieces(text);
        let words_first = matches!(pieces.first(), Some(Piece::Word(word)) if said(word).is_some());
        let mut tally = Self::default();
        let mut at = 0;
        while at < pieces.len() {
            at += if words_first { tally.word_first(&pieces[at..]) } else { tally.count_first(&pieces[at..]) }?;
        }
        if let [Piece::Word(word), Piece::Count(_), Piece::Of, Piece::Count(_)] = pieces[..] {
            tally.led = said(word);
        }
        (tally.passes.is_some() || tally.crashes.is_some()).then_some(tally)
    }

    /// `17/20` of `FAIL (17/20)`.
    pub(super) fn share(self) -> Option<(u32, u32)> {
        self.led?;
        Some((self.passes.or(self.crashes)?, self.total?))
    }

    /// `fail: 3`.
    fn word_first(&mut self, pieces: &[Piece<'_>]) -> Option<usize> {
        match *pieces {
            [Piece::Word(word), Piece::Count(count), ..] => self.add(word, count).then_some(2),
            [Piece::Of, Piece::Count(count), ..] => {
                self.total = Some(count);
                Some(2)
            }
            _ => None,
        }
    }

    /// `3 failed`, `of 20`, `3 of 20 failed`.
    fn count_first(&mut self, pieces: &[Piece<'_>]) -> Option<usize> {
        match *pieces {
            [Piece::Count(count), Piece::Of, Piece::Count(total), Piece::Word(word), ..] if said(word).is_some() => {
                self.total = Some(total);
                self.add(word, count).then_some(4)
            }
            [Piece::Count(count), Piece::Word(word), ..] => self.add(word, count).then_some(2),
            // The sign between two counts.
            [Piece::Of, Piece::Count(_), Piece::Word(_), ..] => Some(1),
            [Piece::Of, Piece::Count(total), ..] => {
                self.total = Some(total);
                Some(2)
            }
            [Piece::Of, ..] => Some(1),
            [Piece::Count(count), ..] if self.loose.is_none() => {
                self.loose = Some(count);
                Some(1)
            }
            _ => None,
        }
    }

    fn add(&mut self, word: &str, count: u32) -> bool {
        const ALL: [&str; 9] = ["total", "runs", "run", "tests", "times", "attempts", "iterations", "all", "trials"];
        let word = match word.to_ascii_lowercase().as_str() {
            "failures" | "hangs" => "fail",
            "successes" => "pass",
            _ => word,
        };
        let place = match said(word) {
            Some(Said::Pass) => &mut self.passes,
            Some(Said::Crash) => &mut self.crashes,
            Some(Said::Void) => &mut self.voids,
            _ if ALL.iter().any(|all| all.eq_ignore_ascii_case(word)) => &mut self.total,
            _ => return false,
        };
        place.replace(count).is_none()
    }

    /// Whether it counts both kinds of runs, and no total.
    pub(super) const fn lists_both(self) -> bool {
        self.passes.is_some() && self.crashes.is_some() && self.total.is_none()
    }

    /// Passes, crashes and runs that say nothing; `None` where the numbers do not add up or one is missing. `listed`: the
    /// column leaves out what never happened, as `pytest` does.
    pub(super) fn counts(self, listed: bool) -> Option<[u32; 3]> {
        let voids = self.voids.unwrap_or(0);
        let or_none = |count: Option<u32>| count.or(listed.then_some(0));
        let Some(total) = self.total else {
            return self.loose.is_none().then_some([or_none(self.passes)?, or_none(self.crashes)?, voids]);
        };
        let known = self.passes.unwrap_or(0).checked_add(self.crashes.unwrap_or(0))?.checked_add(voids)?;
        let rest = total.checked_sub(known)?;
        let counts = match (self.passes, self.crashes) {
            (Some(passes), Some(crashes)) => [passes, crashes, voids + rest],
            (Some(passes), None) => [passes, rest, voids],
            (None, Some(crashes)) => [rest, crashes, voids],
            (None, None) => return None,
        };
        let fits = |loose| [total - known, self.passes.unwrap_or(0), self.crashes.unwrap_or(0)].contains(&loose);
        self.loose.is_none_or(fits).then_some(counts)
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    // A time behind the counts: `in 12.3s`.
    let counts = |text: &str| ["runs", "run", "times", "attempts", "tests"].iter().any(|all| text.ends_with(all));
    let text = text.rsplit_once(" in ").filter(|(_, time)| !counts(time)).map_or(text, |(text, _)| text);
    let spaced = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '=' | '(' | ')' | '|' | '+');
    let parts = text.split(spaced).flat_map(|part| {
        part.split_inclusive('/').flat_map(|part| {
            let (word, slash) = part.strip_suffix('/').map_or((part, ""), |word| (word, "/"));
            [word, slash]
        })
    });
    let times = |part: &str| part.strip_prefix(['x', '×']).or_else(|| part.strip_suffix(['x', '×']))?.parse().ok();
    let piece = |part| match part {
        "of" | "/" | "out" | "in" => Piece::Of,
        "no" => Piece::Count(0),
        _ => str::parse(part).ok().or_else(|| times(part)).map_or(Piece::Word(part), Piece::Count),
    };
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for part in parts.filter(|part| !part.is_empty() && !matches!(*part, "and" | "&" | "Tests" | "tests")) {
        let next = piece(part);
        if next != Piece::Of || pieces.last() != Some(&Piece::Of) {
            pieces.push(next);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_apart() {
        assert_eq!([Cell::of("50"), Cell::of("50.0"), Cell::of("-11")], [50, 50, -11].map(Cell::Whole));
        assert_eq!([Cell::of("0.98"), Cell::of("98 %")], [Cell::Number(0.98), Cell::Percent(0.98)]);
        assert_eq!([Cell::of("0,98"), Cell::of("97,5 %")], [Cell::Number(0.98), Cell::Percent(0.975)]);
        for thousand in ["1,000", "1_000", "1'000", "1 000", "1\u{202f}000"] {
            assert_eq!(Cell::of(thousand), Cell::Whole(1000), "{thousand}");
        }
        assert_eq!([Cell::of("1.000"), Cell::of("0,150")], [1.0, 0.15].map(Cell::Number), "a thousand, or a fraction");
        assert_eq!([Cell::of("3 (15%)"), Cell::of("15 % (3/20)")], [Cell::Whole(3), Cell::Ratio(3, 20)]);
        assert_eq!(
            [Cell::of("3/20"), Cell::of("3 of 20 (15%)"), Cell::of(":111")].map(|cell| cell),
            [Cell::Ratio(3, 20), Cell::Ratio(3, 20), Cell::Ratio(0, 111)]
        );
        assert_eq!([Cell::of("Yes"), Cell::of("✗")], [true, false].map(Cell::Truth));
        assert_eq!([Cell::of("WAHR"), Cell::of("Нет")], [true, false].map(Cell::Truth));
        assert_eq!([Cell::of("1cc9458b25e0"), Cell::of("2026-05-04")], [Cell::Hash, Cell::Moment]);
        assert_eq!([Cell::of(""), Cell::of("hello there")], [Cell::Empty, Cell::Text]);
    }

    #[test]
    fn words_of_many_programs_are_known() {
        let all = |words: &[&str], is| words.iter().all(|word| said(word) == Some(is));
        assert!(all(&["SUCCESS", "PASSED", "ok", "`pass`", "succeeded", "XPASS", "not reproduced"], Said::Pass));
        assert!(all(&["UNSTABLE", "FAILURE", "timed_out", "timedOut", "not ok", "hang", "TIMEOUT"], Said::Crash));
        let void =
            ["ABORTED", "FAILED_TO_BUILD", "startup_failure", "XFAIL", "MISS", "ERROR", "in_progress", "NOT_BUILT"];
        assert!(all(&void, Said::Void));
        assert_eq!([said("FLAKY"), said("maybe"), said("Opened")], [Some(Said::Flaky), None, None]);
    }

    #[test]
    fn counts_in_words_add_up() {
        let counts = |text: &str| Tally::of(text).and_then(|tally| tally.counts(false));
        assert_eq!(counts("11 passed / 1 failed of 12"), Some([11, 1, 0]));
        assert_eq!(counts("12 passed / 0 of 12"), Some([12, 0, 0]));
        assert_eq!(counts("3 failed, 17 passed, 2 skipped in 4.20s"), Some([17, 3, 2]));
        assert_eq!(counts("fail: 3, pass: 17"), Some([17, 3, 0]));
        assert_eq!(counts("7 of 10 fail"), Some([3, 7, 0]));
        assert_eq!(counts("7/10 crashed"), Some([3, 7, 0]));
        assert_eq!(counts("Tests: 1 failed, 11 passed, 12 total"), Some([11, 1, 0]));
        assert_eq!([counts("13 passed of 12"), counts("3 failed"), counts("5 apples")], [None; 3]);
        assert_eq!(Tally::of("3 failed").and_then(|tally| tally.counts(true)), Some([0, 3, 0]));
    }
}
