//! Stated against true: the scores against closed forms, brute force and published tables; what a truth file may say;
//! who is counted where; the command.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::num::NonZeroU16;
use std::process::Command;

use bisectstat::analysis::Analysis;
use bisectstat::calibrate::scores::{
    self, CLIP, Case, ECE_BINS, Share, auc, brier, brier_of_base_rate, ece, log_score, reliability,
};
use bisectstat::calibrate::{
    Bisections, Bootstrap, Calibration, Fact, Form, Judgement, Place, Scores, Settings, Stated, Truth, calibrate,
    coverage,
};
use bisectstat::evidence::{CommitId, Source};
use bisectstat::prob::Prob;
use bisectstat::report;
use proptest::prelude::*;
use serde_json::Value;
use support::{LOGS, Need, root, run};
use tempfile::TempDir;

fn prob(value: f64) -> Prob {
    Prob::new(value).unwrap()
}

/// `count` cases of this probability, the first `right` of them right.
fn cases(p: f64, count: usize, right: usize) -> Vec<Case> {
    (0..count).map(|i| (prob(p), i < right)).collect()
}

fn close(got: Option<f64>, expected: f64) {
    let got = got.expect("a score");
    assert!((got - expected).abs() < 1e-9, "{got} {expected}");
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn share(count: usize, of: usize) -> Share {
    Share::of(count, of).unwrap()
}

// Scores.

#[test]
fn who_always_knows_has_the_best_scores() {
    let cases = [cases(1.0, 7, 7), cases(0.0, 5, 0)].concat();
    close(brier(&cases), 0.0);
    close(log_score(&cases), -(1.0 - CLIP).ln());
    close(ece(&cases), 0.0);
    close(auc(&cases), 1.0);
    close(brier_of_base_rate(&cases), 7.0 / 12.0 * 5.0 / 12.0);
}

#[test]
fn who_is_always_wrong_has_the_worst() {
    let cases = [cases(0.0, 7, 7), cases(1.0, 5, 0)].concat();
    close(brier(&cases), 1.0);
    close(log_score(&cases), -CLIP.ln());
    close(ece(&cases), 1.0);
    close(auc(&cases), 0.0);
}

#[test]
fn a_constant_tells_nothing() {
    for (p, right) in [(0.5, 30), (0.3, 30), (0.9, 99), (0.0, 1)] {
        let cases = cases(p, 100, right);
        let rate = number(right) / 100.0;
        // The expected squared error: the uncertainty and the squared bias.
        close(brier(&cases), rate * (1.0 - rate) + (p - rate).powi(2));
        close(brier_of_base_rate(&cases), rate * (1.0 - rate));
        close(ece(&cases), (p - rate).abs());
        close(auc(&cases), 0.5);
    }
}

#[test]
fn scores_of_a_few_cases_by_hand() {
    let cases = [(0.8, true), (0.6, false), (0.3, false), (0.3, true)].map(|(p, right)| (prob(p), right));
    close(brier(&cases), (0.04 + 0.36 + 0.09 + 0.49) / 4.0);
    close(log_score(&cases), -(0.8f64 * 0.4 * 0.7 * 0.3).ln() / 4.0);
    // Bins of 0.8 and 0.6 alone, and of both 0.3.
    close(ece(&cases), (0.2 + 0.6 + 0.4) / 4.0);
    // Of four pairs of a right and a wrong one, 0.8 wins two, 0.3 ties one.
    close(auc(&cases), 2.5 / 4.0);
}

#[test]
fn what_comes_true_as_stated_has_no_calibration_error() {
    let cases: Vec<_> = (0..=20).flat_map(|i| cases(f64::from(i) / 20.0, 20, usize::try_from(i).unwrap())).collect();
    close(ece(&cases), 0.0);
    for bin in reliability(&cases, NonZeroU16::new(21).unwrap()) {
        let (mean, right) = (bin.mean.unwrap(), bin.right.unwrap());
        assert!((mean.value() - right.share.value()).abs() < 1e-12, "{bin:?}");
    }
}

#[test]
fn without_cases_there_are_no_scores() {
    let none = [brier, brier_of_base_rate, log_score, ece, auc].map(|score| score(&[]));
    assert_eq!(none, [None; 5]);
    assert_eq!(Scores::of(&[], &[], Settings::default()), None);
    assert_eq!((auc(&cases(0.4, 3, 3)), auc(&cases(0.4, 3, 0))), (None, None));
    assert!(reliability(&[], ECE_BINS).iter().all(|bin| (bin.count, bin.mean, bin.right) == (0, None, None)));
    assert_eq!((Share::of(0, 0), Share::of(3, 2)), (None, None));
}

/// The examples of Newcombe 1998, *Two-Sided Confidence Intervals for the Single Proportion*, table I, method 3.
#[test]
fn wilson_intervals_are_those_of_the_published_table() {
    let table = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)];
    for (count, of, low, high) in table {
        let share = share(count, of);
        assert!((share.low.value() - low).abs() < 5e-5 && (share.high.value() - high).abs() < 5e-5, "{share:?}");
        let mirrored = Share::of(of - count, of).unwrap();
        assert!((mirrored.low.value() - share.high.complement().value()).abs() < 1e-12);
    }
}

/// The ends are the rates at which the observed share is just 1.96 standard errors away.
#[test]
fn wilson_intervals_solve_their_equation() {
    for (count, of) in [(1, 2), (3, 10), (9, 10), (50, 1000)] {
        let share = share(count, of);
        for end in [share.low, share.high].map(Prob::value) {
            let error = (end * (1.0 - end) / number(of)).sqrt();
            let away = (end - share.share.value()).abs() / error;
            assert!((away - 1.959_964).abs() < 1e-5, "{away}");
        }
    }
}

#[test]
fn an_edge_belongs_to_the_bin_above_it() {
    for bins in 1..=200 {
        for edge in 0..=bins {
            let p = prob(f64::from(edge) / f64::from(bins));
            let rows = reliability(&[(p, true)], NonZeroU16::new(bins).unwrap());
            let at = rows.iter().position(|bin| bin.count == 1).unwrap();
            assert_eq!(at, usize::from(edge.min(bins - 1)), "{edge} of {bins}");
            assert!(rows[at].low <= p && p <= rows[at].high);
        }
    }
}

fn any_cases() -> impl Strategy<Value = Vec<Case>> {
    prop::collection::vec(((0u8..=100).prop_map(|p| prob(f64::from(p) / 100.0)), any::<bool>()), 1..80)
}

/// Every right case against every wrong one.
fn auc_by_pairs(cases: &[Case]) -> Option<f64> {
    let of = |wanted| cases.iter().filter(move |(_, right)| *right == wanted).map(|(p, _)| p.value());
    let pairs = of(true).flat_map(|right| of(false).map(move |wrong| right.total_cmp(&wrong)));
    let wins: Vec<f64> = pairs.map(|order| [0.0, 0.5, 1.0][usize::try_from(order as i8 + 1).unwrap()]).collect();
    (!wins.is_empty()).then(|| wins.iter().sum::<f64>() / number(wins.len()))
}

/// Murphy's partition over the distinct probabilities: reliability - resolution + uncertainty.
fn brier_by_partition(cases: &[Case]) -> f64 {
    let n = number(cases.len());
    let rate = |cases: &[&Case]| number(cases.iter().filter(|(_, right)| *right).count()) / number(cases.len());
    let base = rate(&cases.iter().collect::<Vec<_>>());
    let groups = (0..=100u8).map(|p| prob(f64::from(p) / 100.0)).filter_map(|p| {
        let group: Vec<_> = cases.iter().filter(|(stated, _)| *stated == p).collect();
        let weight = number(group.len()) / n;
        (!group.is_empty()).then(|| weight * ((p.value() - rate(&group)).powi(2) - (rate(&group) - base).powi(2)))
    });
    groups.sum::<f64>() + base * (1.0 - base)
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs(cases in any_cases()) {
        match (auc(&cases), auc_by_pairs(&cases)) {
            (Some(got), Some(expected)) => prop_assert!((got - expected).abs() < 1e-9),
            (got, expected) => prop_assert_eq!(got, expected),
        }
    }

    #[test]
    fn auc_knows_only_the_order(cases in any_cases()) {
        for bend in [|p: f64| p * p, |p: f64| 0.2 + p / 2.0, |p: f64| 1.0 - (1.0 - p).powi(3)] {
            let bent: Vec<_> = cases.iter().map(|(p, right)| (Prob::saturating(bend(p.value())), *right)).collect();
            prop_assert_eq!(auc(&bent), auc(&cases));
        }
    }

    #[test]
    fn swapping_right_and_wrong_mirrors(cases in any_cases()) {
        let swapped: Vec<_> = cases.iter().map(|(p, right)| (*p, !right)).collect();
        if let (Some(one), Some(other)) = (auc(&cases), auc(&swapped)) {
            prop_assert!((one + other - 1.0).abs() < 1e-9);
        }
        let mirrored: Vec<_> = swapped.iter().map(|(p, right)| (p.complement(), *right)).collect();
        prop_assert!((brier(&cases).unwrap() - brier(&mirrored).unwrap()).abs() < 1e-9);
        prop_assert!((log_score(&cases).unwrap() - log_score(&mirrored).unwrap()).abs() < 1e-9);
    }

    #[test]
    fn brier_is_reliability_less_resolution_and_uncertainty(cases in any_cases()) {
        let got = brier(&cases).unwrap();
        prop_assert!((got - brier_by_partition(&cases)).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&got));
    }

    #[test]
    fn ece_is_the_weighted_gap_of_the_table(cases in any_cases()) {
        let total = number(cases.len());
        let gaps = reliability(&cases, ECE_BINS).into_iter().filter_map(|bin| {
            let gap = bin.mean?.value() - bin.right?.share.value();
            Some(gap.abs() * number(bin.count) / total)
        });
        let expected: f64 = gaps.sum();
        prop_assert!((ece(&cases).unwrap() - expected).abs() < 1e-9);
        // No bin can be further off than the whole is good.
        prop_assert!((0.0..=1.0).contains(&expected) && expected.powi(2) <= brier(&cases).unwrap() + 1e-9);
    }

    #[test]
    fn every_case_is_in_one_bin(cases in any_cases(), bins in 1u16..40) {
        let rows = reliability(&cases, NonZeroU16::new(bins).unwrap());
        prop_assert_eq!(rows.len(), usize::from(bins));
        prop_assert_eq!(rows.iter().map(|bin| bin.count).sum::<usize>(), cases.len());
        prop_assert!(rows.windows(2).all(|pair| pair[0].high == pair[1].low));
        for bin in rows.iter().filter(|bin| bin.count > 0) {
            let mean = bin.mean.unwrap().value();
            prop_assert!(bin.low.value() <= mean + 1e-12 && mean <= bin.high.value() + 1e-12);
            let right = bin.right.unwrap();
            prop_assert!(right.low <= right.share && right.share <= right.high);
        }
    }
}

// Intervals of scores.

#[test]
fn a_seed_gives_its_interval_again() {
    let cases = [cases(0.7, 40, 25), cases(0.2, 60, 15)].concat();
    let score = |seed| Bootstrap { resamples: 200, seed }.score(&cases, brier).unwrap();
    assert_eq!(score(1), score(1));
    assert_ne!(score(1).interval, score(2).interval);
    close(Some(score(1).value), score(2).value);
    let none = Bootstrap { resamples: 0, seed: 1 }.score(&cases, brier).unwrap();
    assert_eq!(none.interval, None);
}

/// The Brier score is a mean: its interval is that of the normal approximation, but for chance.
#[test]
fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
    let cases = [cases(0.7, 400, 250), cases(0.2, 600, 150)].concat();
    let losses: Vec<f64> = cases.iter().map(|case| brier(&[*case]).unwrap()).collect();
    let mean = losses.iter().sum::<f64>() / 1000.0;
    let variance = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / 1000.0;
    let half = 1.96 * (variance / 1000.0).sqrt();
    let range = Bootstrap { resamples: 4000, seed: 1 }.score(&cases, brier).unwrap().interval.unwrap();
    assert!((range.low - (mean - half)).abs() < 0.15 * half, "{range:?} {mean} {half}");
    assert!((range.high - (mean + half)).abs() < 0.15 * half, "{range:?} {mean} {half}");
}

#[test]
fn resamples_of_one_class_have_no_auc() {
    let two = [(prob(0.9), true), (prob(0.1), false)];
    let score = Bootstrap { resamples: 100, seed: 1 }.score(&two, auc).unwrap();
    let range = score.interval.unwrap();
    assert_eq!((score.value, range.low, range.high), (1.0, 1.0, 1.0));
    assert!(Bootstrap { resamples: 100, seed: 1 }.score(&cases(0.5, 9, 9), auc).is_none());
}

// Truths.

const A: &str = "6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916";
const B: &str = "66ae0d1e2d9fe6ec70e73fcfdcf4b390e271c1ac";

fn commit(name: &str) -> CommitId {
    CommitId::parse_full(name).unwrap()
}

fn truth(csv: &str) -> Truth {
    Truth::read(csv.as_bytes(), &Source::new("truth.csv")).unwrap()
}

#[test]
fn simulated_truth_is_read() {
    let csv = format!(
        "\u{feff}file,title,true_culprit,upto\r\nsome/where/a.txt,\"INFO: hung, \"\"x\"\"\nin y\",{A},{B}\r\n\r\n\
         b.txt,, {A} ,older\r\nc.txt,WARNING in z,,none\r\n"
    );
    let truth = truth(&csv);
    assert_eq!((truth.form, truth.rows()), (Form::Simulated, 3));
    let fact = |culprit, place| Some(Fact::Simulated { culprit, place });
    assert_eq!(truth.of("else/a.txt").copied(), fact(Some(commit(A)), Place::Upto(commit(B))));
    assert_eq!(truth.of("b.txt").copied(), fact(Some(commit(A)), Place::Older));
    assert_eq!(truth.of("c.txt").copied(), fact(None, Place::Nowhere));
    assert_eq!(truth.of("d.txt"), None);
    assert_eq!(truth.rows_without(["x/a.txt", "d.txt"].into_iter()), 2);
    let title = |file: &str| truth.titles.get(file).map(String::as_str);
    assert_eq!((title("a.txt"), title("b.txt")), (Some("INFO: hung, \"x\"\nin y"), None));
    assert_eq!(title("c.txt"), Some("WARNING in z"));
}

#[test]
fn labels_are_read() {
    let csv = format!("verdict,named_culprit,file,extra\nright,{A},a,x\nwrong,,b,\ninconclusive,,c,\nunknown,{B},d,\n");
    let truth = truth(&csv);
    assert_eq!((truth.form, truth.rows(), truth.titles.len()), (Form::Labels, 4, 0));
    let label = |named, judgement| Some(Fact::Label { named, judgement, culprit: None });
    assert_eq!(truth.of("a").copied(), label(Some(commit(A)), Judgement::Right));
    assert_eq!(truth.of("b").copied(), label(None, Judgement::Wrong));
    assert_eq!(truth.of("c").copied(), label(None, Judgement::Inconclusive));
    assert_eq!(truth.of("d").copied(), label(Some(commit(B)), Judgement::Unknown));
}

#[test]
fn a_damaged_truth_is_one_error_with_its_line() {
    let row = |rest: &str| format!("file,true_culprit,upto\na,{A},older\n{rest}\n").into_bytes();
    let label = |rest: &str| format!("file,verdict,named_culprit\n\n\n{rest}\n").into_bytes();
    let cases: [(Vec<u8>, &str); 14] = [
        (b"".into(), "1: found the columns \"\", expected file, true_culprit and upto, or file and verdict"),
        (b"name,verdict\n".into(), "1: found the columns \"name,verdict\", expected file, "),
        (b"file,upto\n".into(), "1: found the columns \"file,upto\", expected file, "),
        (b"\x89PNG\r\n\x1a\n\0".into(), "1: found bytes that are not UTF-8, expected text"),
        (row("b"), "3: found 1 fields, expected 3 as in the header"),
        (row("b,c,d,e"), "3: found 4 fields, expected 3 as in the header"),
        (row(&format!("\"b,{A},{B}")), "3: found 1 fields, expected 3"),
        (row("b,123,older"), "3: found \"123\" (a hash of 3 digits) as true_culprit, expected 40 or 64 hexadecimal"),
        (row(&format!("b,,{A}")), "3: found \"\" (a hash of 0 digits) as true_culprit, expected 40 "),
        (
            row(&format!("b,{A},newer")),
            "3: found \"newer\" ('n' in a hash) as upto, expected 40 or 64 hexadecimal digits, older or none",
        ),
        (row(&format!("x/a,{A},none")), "3: found a second row for \"a\", expected one row a file"),
        (row(&format!(",{A},none")), "3: found \"\" as file, expected a file name"),
        (label("a,Right,"), "4: found \"Right\" as verdict, expected right, wrong, inconclusive or unknown"),
        (label("a,right,\nb,wrong,HEAD"), "5: found \"HEAD\" ('H' in a hash) as named_culprit, expected 40 "),
    ];
    for (bytes, expected) in cases {
        let error = Truth::read(&bytes, &Source::new("truth.csv")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("truth.csv:{expected}")), "{error}\n{expected}");
        assert_eq!(error.lines().count(), 1);
    }
}

proptest! {
    #[test]
    fn no_truth_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0usize..3) {
        let head = ["", "file,true_culprit,upto\n", "file,verdict\n"][head];
        let _ = Truth::read(&[head.as_bytes(), &bytes].concat(), &Source::new("truth.csv"));
    }
}

// Who is counted where.

/// The analysis of a real log, as if it were of this file and stated these.
fn analysis(file: &str, named: Option<&str>, p_named: f64, stated_error: f64) -> Analysis {
    let mut analysis = bisectstat::analyze(&fs::read(root().join(LOGS[4].1)).unwrap()).unwrap().remove(0);
    analysis.path = format!("logs/{file}");
    analysis.named_culprit = named.map(commit);
    (analysis.p_named, analysis.p_named_any, analysis.p_right) = (Some(prob(p_named)), None, None);
    analysis.evidence.stated_error = Some(stated_error);
    analysis
}

#[test]
fn each_bisection_is_counted_once() {
    let truth = truth(&format!(
        "file,verdict,named_culprit\nright,right,{A}\nwrong,wrong,{A}\nopen,unknown,\nmany,inconclusive,\nother,right,{B}\nbare,right,\ngone,right,\n"
    ));
    let named = ["right", "wrong", "open", "many", "other", "bare", "stray"];
    let mut analyses: Vec<_> = named.iter().map(|file| analysis(file, Some(A), 0.9, 0.3)).collect();
    analyses.push(analysis("right", None, 0.9, 0.3));
    let calibration = calibrate(&analyses, &truth, Settings::default());
    assert_eq!(
        calibration.bisections,
        Bisections { read: 8, without_row: 1, unnamed: 1, undecided: 2, named_otherwise: 1, judged: 3 }
    );
    assert_eq!((calibration.truth.rows, calibration.truth.rows_without_log), (7, 1));
    assert!(calibration.credible_sets.is_none());
    let [p_named, any, right, stated] = &calibration.probabilities[..] else { panic!("four probabilities") };
    assert_eq!((p_named.cases, any.cases, right.cases, stated.cases), (3, 0, 0, 3));
    assert!(any.scores.is_none() && right.scores.is_none());
    let scores = p_named.scores.as_ref().unwrap();
    assert_eq!((scores.right.count, scores.mean), (2, scores::mean_stated(&cases(0.9, 3, 2)).unwrap()));
    close(Some(scores.brier.value), (0.01 + 0.01 + 0.81) / 3.0);
    close(stated.scores.as_ref().map(|scores| scores.brier.value), (0.09 + 0.09 + 0.49) / 3.0);
    assert_eq!(stated.name, Stated::Stated);
}

#[test]
fn simulated_truth_judges_by_the_culprit() {
    let truth = truth(&format!(
        "file,true_culprit,upto\nright,{A},{A}\nwrong,{B},{B}\nolder,,older\nnone,,none\nunnamed,{B},{B}\n"
    ));
    let mut analyses: Vec<_> =
        ["right", "wrong", "older", "none"].iter().map(|file| analysis(file, Some(A), 0.5, 0.5)).collect();
    analyses.push(analysis("unnamed", None, 0.5, 0.5));
    let calibration = calibrate(&analyses, &truth, Settings::default());
    assert_eq!(calibration.bisections, Bisections { read: 5, unnamed: 1, judged: 4, ..Bisections::default() });
    assert_eq!(calibration.probabilities[0].scores.as_ref().unwrap().right, share(1, 4));
    // The set needs no named commit.
    let sets = calibration.credible_sets.unwrap();
    assert_eq!((sets.covered.unwrap().of, sets.nowhere), (4, 1));
}

/// The analysis of 004 with a set of these gaps.
fn with_set(gaps: &[usize], commits: Option<u64>) -> Analysis {
    let mut analysis = analysis("a", Some(A), 0.5, 0.5);
    let set = analysis.credible_set.as_mut().unwrap();
    (set.gaps, set.commits, set.mass) = (gaps.to_vec(), commits, prob(0.96));
    analysis
}

#[test]
fn a_set_covers_the_gap_with_the_true_change() {
    let one = with_set(&[0, 2], None);
    let two = with_set(&[2], Some(1));
    let three = with_set(&[2, 3], Some(8));
    let mut without = with_set(&[2], Some(1));
    without.credible_set = None;
    let mut fix = with_set(&[3], Some(5));
    fix.gaps.last_mut().unwrap().upto = None;
    let upto = |gap: usize| Place::Upto(one.gaps[gap].upto.unwrap());
    let truths = [
        (&one, Place::Older),
        (&one, upto(1)),
        (&two, upto(2)),
        (&three, upto(3)),
        (&three, Place::Older),
        (&two, Place::Nowhere),
        (&two, Place::Upto(commit(&"a".repeat(40)))),
        (&without, upto(2)),
        // Only a fix has commits that are newer than all tested ones.
        (&fix, Place::Nowhere),
    ];
    let coverage = coverage(&truths);
    assert_eq!((coverage.covered, coverage.single), (Share::of(3, 6), Share::of(1, 6)));
    assert_eq!((coverage.without_set, coverage.nowhere, coverage.off_line), (1, 1, 1));
    assert_eq!((coverage.commits.bounded, coverage.commits.unbounded), (4, 2));
    assert_eq!((coverage.commits.mean, coverage.commits.median), (Some(22.0 / 4.0), Some(6.5)));
    assert_eq!(coverage.level, Some(prob(0.95)));
    close(coverage.mean_mass.map(Prob::value), 0.96);
}

#[test]
fn without_bisections_nothing_is_computed() {
    let truth = truth("file,true_culprit,upto\n");
    let calibration = calibrate(&[], &truth, Settings::default());
    assert!(calibration.probabilities.iter().all(|judged| judged.scores.is_none()));
    let sets = calibration.credible_sets.as_ref().unwrap();
    assert_eq!((sets.covered, sets.single, sets.level, sets.commits.median), (None, None, None, None));
    assert!(text(&calibration).contains("\ncredible sets: none with a known true change\n"));
    valid(&serde_json::to_value(&calibration).unwrap());
}

// What people and programs read.

/// The text without its styles.
fn text(calibration: &Calibration) -> String {
    anstream::adapter::strip_str(&report::text::calibration(calibration)).to_string()
}

/// Numbers that no model can change.
fn example() -> Calibration {
    let hash = |i: usize| format!("{i:040x}");
    let log = |i: usize| {
        let (p, right) = if i < 30 { (0.97, i < 28) } else { (0.23, i < 33) };
        let mut analysis = analysis(&format!("{i}.txt"), Some(&hash(i)), p, 0.25);
        let set = analysis.credible_set.as_mut().unwrap();
        (set.gaps, set.commits, set.mass) = (vec![i % 4], Some(1 + u64::try_from(i % 3).unwrap()), prob(0.98));
        let gap = &analysis.gaps[if i.is_multiple_of(20) { 5 } else { i % 4 }];
        let row = format!("{i}.txt,{},{}\n", if right { hash(i) } else { hash(999) }, gap.upto.unwrap());
        (analysis, row)
    };
    let (mut analyses, rows): (Vec<_>, Vec<_>) = (0..50).map(log).unzip();
    analyses.push(analysis("stray.txt", Some(A), 0.5, 0.5));
    analyses.push(analysis("none.txt", None, 0.5, 0.5));
    let rows = format!("file,true_culprit,upto\n{}none.txt,,none\ngone.txt,,older\n", rows.concat());
    calibrate(&analyses, &truth(&rows), Settings::default())
}

#[test]
fn the_text_is_as_reviewed() {
    let text = text(&example());
    assert!(text.lines().all(|line| line.chars().count() <= 100 && line == line.trim_end()), "{text}");
    insta::assert_snapshot!(text);
}

#[track_caller]
fn valid(calibration: &Value) {
    let schema: Value = serde_json::from_slice(&fs::read(root().join("schema/calibration.json")).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = schema.iter_errors(calibration).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    for (key, wrong) in [("surplus", Value::from(1)), ("schema", "bisectstat/1".into()), ("bisections", Value::Null)] {
        let mut calibration = calibration.clone();
        calibration[key] = wrong;
        assert!(!schema.is_valid(&calibration), "{key}");
    }
}

#[test]
fn json_holds_to_its_schema() {
    let calibration = serde_json::to_value(example()).unwrap();
    valid(&calibration);
    assert_eq!(calibration["probabilities"][0]["name"], "p_named");
    assert_eq!(calibration["probabilities"][1]["scores"], Value::Null);
    assert_eq!(calibration["credible_sets"]["covered"]["of"], 50);
}

/// A folder with the truth about the logs in `data/`.
fn with_truth(csv: &str) -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("truth.csv");
    fs::write(&path, csv).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

const TRUTH: &str = "\
file,title,true_culprit,upto
000_nbd_ioctl.txt,INFO: task hung in nbd_ioctl,e9e006f5fcf2bab59149cb38a48a4817c1b538b4,e9e006f5fcf2bab59149cb38a48a4817c1b538b4
001_io_wq_cancel_all.txt,,ef0524d3654628ead811f328af0a4a2953a8310f,ef0524d3654628ead811f328af0a4a2953a8310f
002_del_gendisk.txt,,,none
004_css_free_rwork_fn.txt,,66ae0d1e2d9fe6ec70e73fcfdcf4b390e271c1ac,66ae0d1e2d9fe6ec70e73fcfdcf4b390e271c1ac
999_gone.txt,,,older
";

#[test]
fn the_command_compares_logs_with_their_truth() {
    let (_dir, path) = with_truth(TRUTH);
    let ran = run(&["calibrate", "--truth", &path, "data"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains("simulated truth, 5 rows; 5 bisections read\n4 bisections with"), "{}", ran.stdout);
    assert!(ran.stdout.contains("left out: 1 without a row\n  1 row without a log\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("p_named_any: 4 named commits, 0.50 right, "), "{}", ran.stdout);

    let json = ["calibrate", "--truth", &path, "data", "--format", "json", "--bins", "4", "--bootstrap", "50"];
    let one = run(&[&json[..], &["--seed", "7", "--jobs", "1"]].concat()).stdout;
    assert_eq!(one, run(&[&json[..], &["--seed", "7", "--jobs", "8"]].concat()).stdout);
    let calibration: Value = serde_json::from_str(&one).unwrap();
    valid(&calibration);
    let any = &calibration["probabilities"][1];
    assert_eq!((any["name"].as_str(), any["cases"].as_u64()), (Some("p_named_any"), Some(4)));
    assert_eq!(any["scores"]["reliability"].as_array().unwrap().len(), 4);
    assert_eq!(calibration["settings"], serde_json::json!({"bins": 4, "bootstrap": 50, "seed": 7}));
    assert_eq!(calibration["credible_sets"]["nowhere"], 1);
    assert_eq!(calibration["credible_sets"]["covered"]["share"], 1.0);
}

#[test]
fn labels_have_no_credible_sets() {
    let (_dir, path) = with_truth("file,verdict\n004_css_free_rwork_fn.txt,wrong\n");
    let ran = run(&["calibrate", "--truth", &path, LOGS[4].1, "--bootstrap", "0"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains("labels, 1 row; 1 bisection read") && !ran.stdout.contains("credible sets"));
    assert!(ran.stdout.contains("AUC not defined") && ran.stdout.contains("none of scores"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_compared_is_exit_code_2() {
    let (_dir, path) = with_truth("file,verdict\n004,maybe\n");
    let ran = run(&["calibrate", "--truth", &path, "data"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        ran.stderr,
        format!("error: {path}:2: found \"maybe\" as verdict, expected right, wrong, inconclusive or unknown\n")
    );

    let ran = run(&["calibrate", "--truth", "no/such.csv", "data"]);
    assert!(ran.code == Some(2) && ran.stderr.starts_with("error: no/such.csv: "), "{}", ran.stderr);

    let (_dir, path) = with_truth("file,verdict\nelsewhere.txt,wrong\n");
    let ran = run(&["calibrate", "--truth", &path, "data"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr, format!("error: {path}: found no row for any of the logs, expected their file names\n"));
    assert!(ran.stdout.contains("left out: 5 without a row"));

    for args in [&["calibrate", "data"][..], &["calibrate", "--truth", &path, "data", "--bins", "0"]] {
        assert_eq!(run(args).code, Some(2), "{args:?}");
    }
}

/// Runs a script of `judge/` on this program; `None` where there is no Python to run it.
fn judged(script: &str, args: &[&str]) -> Option<String> {
    let python = |script: &[&str]| {
        let mut command = Command::new("python3");
        command.args(script).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(root()).output()
    };
    if !python(&["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).is_ok_and(|done| done.status.success()) {
        support::skip(Need::Python, &format!("there is no python3 of 3.11 or newer to run {script}"));
        return None;
    }
    let program = ["--program", env!("CARGO_BIN_EXE_bisectstat"), "--seeds", "1", "2"];
    let done = python(&[&[script], &program[..], args].concat()).unwrap();
    assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

/// The cells of the rows that begin so.
fn rows<'a>(tables: &'a str, first: &str) -> Vec<Vec<&'a str>> {
    let rows = tables.lines().map(|line| line.split('|').map(str::trim).skip(1).collect::<Vec<_>>());
    rows.filter(|cells| cells.first() == Some(&first)).collect()
}

#[test]
fn tables_are_judged() {
    let Some(said) = judged("tests/judge/tables.py", &["--count", "10"]) else { return };
    let reference = rows(&said, "plain change point");
    // Strata in the order of the script: the fifth holds all tables with a change.
    assert_eq!(reference[4][1], "20", "{said}");
    assert!(reference[4][2].parse::<f64>().unwrap() >= 0.7, "the plain change point finds most of them: {said}");
    assert_eq!(rows(&said, env!("CARGO_BIN_EXE_bisectstat")).len(), reference.len());
}

/// Each log is compared with what was made, and git is asked whether it would have said the same: else the script fails.
#[test]
fn archives_are_judged() {
    let args = ["--worlds", "mixed", "fix", "--count", "4", "--size", "300", "--releases", "4"];
    let Some(said) = judged("tests/judge/archives.py", &args) else { return };
    assert_eq!(rows(&said, "all").iter().filter(|cells| cells[1] == "8").count(), 4, "{said}");
}
