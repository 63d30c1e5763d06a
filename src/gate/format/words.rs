//! Words and numbers that the formats share.

use crate::analysis::Analysis;
use crate::gate::decision::{Decision, Judged, Outcome};
use crate::prob::Prob;

/// Somebody else's text without what a terminal, a parser or a reader's eye could trip over: control characters, the marks
/// that turn the direction of writing, and what XML cannot hold become U+FFFD. Line ends stay; so does the number of
/// characters.
pub(super) fn clean(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() || turns_or_breaks(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

const fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// A text of at most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.char_indices().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A probability with as many digits as matter.
pub(super) fn chance(p: Prob) -> String {
    match p.value() {
        p if p > 0.9995 => ">0.999".to_owned(),
        p if p < 0.0005 => "<0.001".to_owned(),
        p if (0.045..=0.955).contains(&p) => format!("{p:.2}"),
        p => format!("{p:.3}"),
    }
}

/// `1 finding`, `7 findings`.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// Where the change could be instead: `7 commits`; empty when it is the named commit alone.
pub(super) fn elsewhere(analysis: &Analysis) -> String {
    let Some(set) = &analysis.credible_set else { return String::new() };
    let named = |gap: &usize| analysis.gaps.get(*gap).is_some_and(|gap| gap.upto == analysis.named_culprit);
    match set.commits {
        Some(1) if analysis.named_culprit.is_some() && set.gaps.iter().all(named) => String::new(),
        Some(1) => "1 commit".to_owned(),
        Some(n) => format!("{}{n} commits", if set.commits_exact { "" } else { "about " }),
        None => "beyond the tested".to_owned(),
    }
}

/// The decision in one line.
pub(super) fn verdict(decision: &Decision<'_>) -> String {
    let all = count(decision.bisections.len(), "bisection");
    let failed = decision.bisections.iter().filter(|judged| !judged.passed()).count();
    let results = match (&decision.policy, failed) {
        (None, _) => format!("{all}, {}", count(findings(decision), "finding")),
        (Some(_), 0) if decision.bisections.len() == 1 => format!("{all} passes"),
        (Some(_), 0) => format!("{all} pass"),
        (Some(_), 1) => format!("1 of {all} fails"),
        (Some(_), n) => format!("{n} of {all} fail"),
    };
    match (&decision.policy, decision.unread.len()) {
        (Some(_), 0) if decision.outcome() == Outcome::CouldNotJudge => format!("could not judge: {NOTHING}"),
        (_, 0) => results,
        (None, n) => format!("{results}; {} could not be read", count(n, "input")),
        (Some(_), n) => format!("could not judge: {} could not be read; {results}", count(n, "input")),
    }
}

/// Why a gate cannot judge when every input was read.
pub(super) const NOTHING: &str = "no bisection in the input";

fn findings(decision: &Decision<'_>) -> usize {
    decision.bisections.iter().map(|judged: &Judged<'_>| judged.findings.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_replaced_one_by_one() {
        assert_eq!(
            clean("a\x1b[31m\tb\u{202e}c\r\n\u{0}\u{85}\u{ffff}"),
            "a\u{fffd}[31m b\u{fffd}c\u{fffd}\n\u{fffd}\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("12345", 5), "12345");
        assert_eq!(cut("123 56", 5), "123…");
        assert_eq!(cut("ä", 0), "…");
    }
}
