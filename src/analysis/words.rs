//! Numbers and counts in words: nothing else formats them.

pub use super::manner::Manner;
use crate::evidence::CommitId;
pub use crate::evidence::{clean, clean_line};
use crate::prob::Prob;

use super::{Analysis, StepAnalysis};

/// Why there is no posterior.
#[must_use]
pub(crate) fn nothing_to_compute(analysis: &Analysis) -> String {
    let failed = Manner::of(analysis).past();
    if analysis.steps.iter().any(|step| step.crashes > 0) {
        format!(
            "the tests that {failed} are incomplete, or have no place among the revisions: there is nothing to compute"
        )
    } else {
        format!("nothing {failed} in the runs that count, so there is nothing to compute")
    }
}

/// A probability with as many digits as matter: `0.05`, `0.989`, `>0.999`.
#[must_use]
pub fn chance(p: Prob) -> String {
    match p.value() {
        p if p > 0.9995 => ">0.999".to_owned(),
        p if p < 0.0005 => "<0.001".to_owned(),
        p if (0.045..=0.955).contains(&p) => format!("{p:.2}"),
        p => format!("{p:.3}"),
    }
}

/// A probability in a column.
#[must_use]
pub fn short_chance(p: Option<Prob>) -> String {
    p.map_or_else(String::new, |p| format!("{:.2}", p.value()))
}

/// `1 commit`, `7 commits`.
#[must_use]
pub fn count(n: impl TryInto<u64>, noun: &str) -> String {
    match n.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// A small number in words, as the beginning of a sentence has it.
#[must_use]
pub fn number(n: u32) -> String {
    const NUMBERS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    usize::try_from(n).ok().and_then(|n| NUMBERS.get(n)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// With a capital.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `31 %`, `0.4 %`.
#[must_use]
pub fn percent(p: Prob) -> String {
    match 100.0 * p.value() {
        p if p < 0.05 => "0 %".to_owned(),
        p if p < 1.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// A text of at most so many characters; one that is cut says so.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.char_indices().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// How many of a revision's runs crash: `3/10`, or `2+1/10` where one of the crashes is another bug's.
#[must_use]
pub fn failures(step: &StepAnalysis) -> String {
    let (crashes, trials) = (step.crashes, step.crashes + step.passes);
    match step.other_crashes {
        0 => format!("{crashes}/{trials}"),
        other => format!("{}+{other}/{trials}", crashes.saturating_sub(other)),
    }
}

/// How a bisection ended, in words, by the ending's name.
#[must_use]
pub fn ending(name: &str) -> String {
    name.replace('_', " ")
}

/// A number of commits, estimated or exact.
#[must_use]
pub fn commits(n: u64, exact: bool) -> String {
    format!("{}{}", if exact { "" } else { "about " }, count(n, "commit"))
}

/// Where a credible set lies that no tested revision ends, in a table's few words.
pub const BEYOND: &str = "beyond the tested";

/// How many commits lie between two revisions, or that nobody knows: of neighbours in a table nobody has counted them.
#[must_use]
pub fn size(n: Option<u64>, exact: bool, bounded: bool) -> String {
    match n {
        Some(n) => commits(n, exact),
        None if bounded => "number of commits not known".to_owned(),
        None => "not bounded".to_owned(),
    }
}

/// A git range with names as developers write them.
#[must_use]
pub(crate) fn short_range(after: Option<CommitId>, upto: Option<CommitId>) -> String {
    let name = |commit: Option<CommitId>| commit.map(|commit| commit.short()).unwrap_or_default();
    match (after, upto) {
        (None, Some(_)) => format!("{} or older", name(upto)),
        (Some(_), None) => format!("newer than {}", name(after)),
        _ => format!("{}..{}", name(after), name(upto)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_keep_the_digits_that_matter() {
        let cases =
            [(0.0, "<0.001"), (0.004, "0.004"), (0.052, "0.05"), (0.5, "0.50"), (0.994, "0.994"), (1.0, ">0.999")];
        for (p, text) in cases {
            assert_eq!(chance(Prob::new(p).unwrap()), text);
        }
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(count(1u32, "commit"), "1 commit");
        assert_eq!(count(0u32, "run"), "0 runs");
        assert_eq!(commits(7, false), "about 7 commits");
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("12345", 5), "12345");
        assert_eq!(cut("123 56", 5), "123…");
        assert_eq!(cut("ä", 0), "…");
    }
}
