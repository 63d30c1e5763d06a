//! How the stated probabilities did: a sentence, the scores and the reliability table of each, then the credible sets.

use std::fmt::Write as _;

use comfy_table::Cell;

use crate::analysis::finding::Severity;
use crate::calibrate::scores::{Bin, CLIP, Share};
use crate::calibrate::{Bisections, Calibration, Coverage, Form, Judged, Rules, Score, Scores, SetSizes, Split};

use super::{BOLD, DIM, Styled};
use crate::analysis::words::{chance, count, short_chance};

/// The whole comparison.
#[must_use]
pub fn calibration(calibration: &Calibration) -> String {
    let mut text = counts(calibration);
    for judged in &calibration.probabilities {
        text.push('\n');
        text.push_str(&probability(judged));
    }
    if let Some(coverage) = &calibration.credible_sets {
        text.push('\n');
        text.push_str(&credible_sets(coverage));
    }
    if !calibration.rules.fired.is_empty() {
        text.push('\n');
        text.push_str(&rules(&calibration.rules));
    }
    let _ = writeln!(text, "\n{}", Styled(DIM, method(calibration)));
    text
}

/// What was compared with what, and what could not be.
fn counts(calibration: &Calibration) -> String {
    let Calibration { truth, bisections, .. } = calibration;
    let form = match truth.form {
        Form::Simulated => "simulated truth",
        Form::Labels => "labels",
    };
    let (rows, read) = (words(truth.rows, "row"), words(bisections.read, "bisection"));
    let mut text = format!("{}\n{form}, {rows}; {read} read\n", Styled(BOLD, &truth.path));
    let _ = writeln!(text, "{} with a commit known to be right or wrong", words(bisections.judged, "bisection"));
    for (n, what) in left_out(bisections).into_iter().filter(|(n, _)| *n > 0) {
        let _ = writeln!(text, "  left out: {n} {what}");
    }
    if truth.rows_without_log > 0 {
        let _ = writeln!(text, "  {} without a log", words(truth.rows_without_log, "row"));
    }
    text
}

const fn left_out(bisections: &Bisections) -> [(usize, &'static str); 4] {
    [
        (bisections.without_row, "without a row"),
        (bisections.unnamed, "without a named commit"),
        (bisections.undecided, "whose named commit is not known to be right or wrong"),
        (bisections.named_otherwise, "whose named commit is not the one that was judged"),
    ]
}

fn probability(judged: &Judged) -> String {
    let name = Styled(BOLD, judged.name.name());
    match &judged.scores {
        None => format!("{name}: stated for none of these\n"),
        Some(scores) => format!("{name}: {}", self::scores(scores)),
    }
}

/// The sentences and the reliability table.
pub(super) fn scores(scores: &Scores) -> String {
    format!("{}\n{}", sentences(scores), table(&scores.reliability))
}

fn sentences(scores: &Scores) -> String {
    let base = chance(scores.right.share);
    let commits = words(scores.right.of, "named commit");
    let constant = format!("always saying {base}: {:.3}", scores.brier_of_base_rate);
    let auc = scores.auc.as_ref().map_or_else(|| "not defined".to_owned(), |auc| score(auc, 2, None));
    format!(
        "{commits}, {base} right, {} stated on average\n  ECE {},\n  Brier {},\n  log score {}, AUC {auc}\n",
        chance(scores.mean),
        score(&scores.ece, 3, Some(format!("by chance alone: {:.3}", scores.ece_by_chance))),
        score(&scores.brier, 3, Some(constant)),
        score(&scores.log_score, 3, None),
    )
}

/// A score with so many digits, then its interval and a remark in parentheses.
pub(super) fn score(score: &Score, digits: usize, remark: Option<String>) -> String {
    let interval = score.interval.map(|range| format!("{:.digits$} to {:.digits$}", range.low, range.high));
    let behind: Vec<_> = interval.into_iter().chain(remark).collect();
    let behind = if behind.is_empty() { String::new() } else { format!(" ({})", behind.join("; ")) };
    format!("{:.digits$}{behind}", score.value)
}

/// The bins that have cases.
fn table(bins: &[Bin]) -> String {
    const HEADER: [&str; 5] = ["  stated", "count", "mean", "right", "95 % interval"];
    super::table::table(HEADER, &[1, 2, 3], bins.iter().filter(|bin| bin.count > 0).map(row))
}

fn row(bin: &Bin) -> Vec<Cell> {
    let share = |of: fn(&Share) -> String| Cell::new(bin.right.as_ref().map_or_else(String::new, of));
    vec![
        Cell::new(format!("  {:.2} to {:.2}", bin.low.value(), bin.high.value())),
        Cell::new(bin.count),
        Cell::new(short_chance(bin.mean)),
        share(|share| short_chance(Some(share.share))),
        share(interval),
    ]
}

fn interval(share: &Share) -> String {
    format!("{} to {}", short_chance(Some(share.low)), short_chance(Some(share.high)))
}

fn credible_sets(coverage: &Coverage) -> String {
    let name = Styled(BOLD, "credible sets");
    let mut text = match (&coverage.covered, coverage.level, coverage.mean_mass) {
        (Some(covered), Some(level), Some(mass)) => {
            let sets = words(covered.of, "set");
            let (held, range) = (chance(covered.share), interval(covered));
            format!(
                "{name}: {sets} at {}, {held} ({range}) hold the true change; they claim {}\n",
                level.value(),
                chance(mass)
            )
        }
        _ => format!("{name}: none with a known true change\n"),
    };
    sizes(coverage, &mut text);
    for (n, what) in uncovered(coverage).into_iter().filter(|(n, _)| *n > 0) {
        let _ = writeln!(text, "  left out: {} {what}", words(n, "bisection"));
    }
    text
}

const fn uncovered(coverage: &Coverage) -> [(usize, &'static str); 3] {
    [
        (coverage.without_set, "without a set: nothing crashed in the runs that count"),
        (coverage.nowhere, "whose true change is in no tested revision: no set could hold it"),
        (coverage.off_line, "whose true change is in no gap of the line"),
    ]
}

fn sizes(coverage: &Coverage, text: &mut String) {
    let SetSizes { bounded, unbounded, mean, median } = coverage.commits;
    if let (Some(mean), Some(median)) = (mean, median) {
        let _ = writeln!(text, "  commits in a set: mean {mean:.1}, median {median}, of {}", words(bounded, "set"));
    }
    if unbounded > 0 {
        let _ = writeln!(text, "  without a number: {} beyond the tested revisions", words(unbounded, "set"));
    }
    if let Some(single) = &coverage.single {
        let _ = writeln!(text, "  one commit only: {} ({}) of the sets", chance(single.share), interval(single));
    }
}

/// On what each rule fires, and the worst finding of each bisection.
fn rules(rules: &Rules) -> String {
    const HEADER: [&str; 6] = ["  rule", "name", "severity", "right", "wrong", "lift"];
    let cells = |head: [&str; 3], split: Split| {
        let lift = split.lift.map_or_else(String::new, |lift| format!("{lift:.2}"));
        let head = head.map(Cell::new);
        head.into_iter().chain([Cell::new(split.right), Cell::new(split.wrong), Cell::new(lift)]).collect()
    };
    let fired = rules.fired.iter().map(|fired| {
        let code = format!("  {}", fired.rule.code);
        cells([&code, fired.rule.name, fired.severity.name()], fired.split)
    });
    let worst = rules.worst.iter().map(|worst| {
        let severity = worst.severity.map_or("none", Severity::name);
        cells(["  worst", "", severity], worst.split)
    });
    let name = Styled(BOLD, "findings");
    let rows = super::table::table(HEADER, &[3, 4, 5], fired.chain(worst));
    format!("{name}: on {} that are right and {} that are wrong\n{rows}", rules.right, rules.wrong)
}

/// Where the intervals come from.
fn method(calibration: &Calibration) -> String {
    let settings = calibration.settings;
    let scores = match settings.bootstrap {
        0 => "none of scores".to_owned(),
        n => format!("of scores from {} (seed {})", words(n as usize, "bootstrap resample"), settings.seed),
    };
    format!(
        "95 % intervals: of shares by Wilson, {scores}.\n\
         ECE: in 10 bins; true probabilities have one too, by chance.\n\
         Log score: in nats, with probabilities kept {CLIP:e} from 0 and 1."
    )
}

fn words(n: usize, noun: &str) -> String {
    count(n as u64, noun)
}
