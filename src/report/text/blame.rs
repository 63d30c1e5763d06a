//! A fit of who is to blame: how it did on culprits that it had not seen, whether it can be relied on, and its weights.

use std::fmt::Write as _;

use comfy_table::Cell;

use crate::calibrate::blame::{AnswerRow, BlameFit, DEALS};
use crate::calibrate::guard::{Broken, Common, Guard, LeftOut};
use crate::calibrate::scores::Share;
use crate::calibrate::{Score, TradeOff};

use super::calibration::{score, scores};
use super::table::table;
use super::{BOLD, Styled};
use crate::analysis::words::count;

/// The fit's report.
#[must_use]
pub fn blame_fit(fitted: &BlameFit) -> String {
    let mut text = String::new();
    let labelled = count(fitted.bisections, "labelled bisection");
    let culprits = count(fitted.culprits, "culprit");
    let _ = writeln!(text, "{}   {labelled} of {culprits}, ridge {}", Styled(BOLD, "to blame"), fitted.fit.ridge);
    if !fitted.true_culprits_known {
        text.push_str("the labels name no true_culprit: bisections of one bug that name different commits count as two culprits, and the figures flatter\n");
    }
    let _ = writeln!(text, "\ncross-validated by culprit, mean of {DEALS} deals; intervals by culprit:");
    text.push_str(&scores(&fitted.scores));
    text.push_str(&guard(&fitted.guard));
    text.push_str("\nthe answers, with the p_right of fits that have not seen the culprit:\n");
    text.push_str(&answers(&fitted.answers));
    text.push_str("\na gate that demands a p_right; on the right with findings of severity error denied too:\n");
    text.push_str(&trade_offs(&fitted.trade_offs, &fitted.trade_offs_with_errors));
    text.push('\n');
    text + &weights(fitted)
}

/// What the fit must hold to, and whether it does.
fn guard(guard: &Guard) -> String {
    let mut text = format!("\n{}\n", Styled(BOLD, "guard"));
    let _ = writeln!(
        text,
        "  logit: slope {}, intercept {}; weights of halves of the culprits correlate with {:.2} on average, {:.2} at least",
        score(&guard.slope, 2, None),
        score(&guard.intercept, 2, None),
        guard.halves,
        guard.halves_least
    );
    text.push_str(&left_out(&guard.left_out));
    if guard.broken.is_empty() {
        text.push_str("  ✓ it holds\n");
    }
    for broken in &guard.broken {
        let _ = writeln!(text, "  ✗ {}", in_words(*broken));
    }
    text
}

fn in_words(broken: Broken) -> String {
    match broken {
        Broken::Slope => format!(
            "the slope is not within {} to {}: what is stated does not come true",
            Guard::SLOPE.start(),
            Guard::SLOPE.end()
        ),
        Broken::Halves => {
            format!("halves correlate with less than {}: other labels would give other weights", Guard::HALVES)
        }
        Broken::Flips => {
            format!("a weight changes its sign in more than {} of the halves: leave its feature out", Guard::FLIPS)
        }
    }
}

/// Bisections unlike all that a fit had seen.
fn left_out(rows: &[LeftOut]) -> String {
    const HEADER: [&str; 5] = ["  judged by fits on", "bisections", "AUC", "Brier", "slope"];
    let rows = rows.iter().map(|row| {
        let others = match row.common {
            Common::Year => format!("  other years ({})", row.parts),
            Common::Subsystem => format!("  other parts of the kernel ({})", row.parts),
            Common::Forward => format!("  earlier years ({})", row.parts),
        };
        let cell = |one: &Score, digits| Cell::new(score(one, digits, None));
        vec![Cell::new(others), Cell::new(row.bisections), cell(&row.auc, 3), cell(&row.brier, 3), cell(&row.slope, 2)]
    });
    table(HEADER, &[1], rows)
}

/// The weights, and what speaks for each feature by itself.
fn weights(fitted: &BlameFit) -> String {
    const HEADER: [&str; 7] = ["feature", "weight", "mean", "deviation", "sign flips", "gain", "two standard errors"];
    let rows = fitted.fit.columns.iter().map(|column| {
        let number = |x: f64| Cell::new(format!("{x:.3}"));
        let itself = fitted.guard.features.iter().find(|feature| feature.feature == column.feature);
        let itself = itself.map(|itself| {
            let flips = Cell::new(format!("{:.2}", itself.flips));
            [flips, Cell::new(format!("{:.4}", itself.gain)), Cell::new(format!("{:.4}", 2.0 * itself.gain_error))]
        });
        let numbers = [number(column.weight), number(column.mean), number(column.deviation)];
        let cells = [Cell::new(&column.feature)].into_iter().chain(numbers);
        cells.chain(itself.into_iter().flatten()).collect()
    });
    format!("intercept {:.3}\n{}", fitted.fit.intercept, table(HEADER, &[1, 2, 3, 4, 5, 6], rows))
}

/// How many right and wrong commits get an answer.
fn answers(rows: &[AnswerRow]) -> String {
    const HEADER: [&str; 4] = ["  answer", "right", "wrong", "share right"];
    let rows = rows.iter().map(|AnswerRow { answer, right, wrong }| {
        let share = Share::of(*right, right + wrong);
        let share = share
            .map(|share| format!("{:.2} ({:.2} to {:.2})", share.share.value(), share.low.value(), share.high.value()));
        let numbers = [Cell::new(right), Cell::new(wrong), Cell::new(share.unwrap_or_default())];
        [Cell::new(format!("  {}", answer.words()))].into_iter().chain(numbers).collect()
    });
    table(HEADER, &[1, 2, 3], rows)
}

/// What demanding a `p_right` does to wrong and right commits.
fn trade_offs(rows: &[TradeOff], with_errors: &[TradeOff]) -> String {
    const HEADER: [&str; 7] =
        ["  p-right", "wrong that fail", "95 % interval", "right that pass", "95 % interval", "wrong", "right"];
    let share = |score: &Score| Cell::new(format!("{:.3}", score.value));
    let interval = |score: &Score| {
        Cell::new(score.interval.map_or_else(String::new, |range| format!("{:.2} to {:.2}", range.low, range.high)))
    };
    let rows = rows.iter().zip(with_errors).map(|(row, with)| {
        let TradeOff { p_right, wrong_fail, right_pass } = row;
        let least = Cell::new(format!("  {:.2}", p_right.value()));
        let both = [share(&with.wrong_fail), share(&with.right_pass)];
        let alone = [share(wrong_fail), interval(wrong_fail), share(right_pass), interval(right_pass)];
        [least].into_iter().chain(alone).chain(both).collect()
    });
    table(HEADER, &[1, 3, 5, 6], rows)
}
