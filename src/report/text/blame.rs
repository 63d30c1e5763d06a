//! A fit of who is to blame: how it did on bisections that it had not seen, and its weights.

use std::fmt::Write as _;

use comfy_table::Cell;

use crate::calibrate::blame::BlameFit;
use crate::calibrate::{Score, TradeOff};

use super::calibration::scores;
use super::{BOLD, Styled};
use crate::analysis::words::count;

/// The fit's report.
#[must_use]
pub fn blame_fit(fitted: &BlameFit) -> String {
    let fit = &fitted.fit;
    let mut text = String::new();
    let labelled = count(fit.bisections, "labelled bisection");
    let _ = writeln!(text, "{}   {labelled}, ridge {}\n", Styled(BOLD, "to blame"), fit.ridge);
    let deals = fitted.over_deals;
    let _ = writeln!(
        text,
        "cross-validated, mean of {} deals: AUC {:.3}, Brier {:.3}, log score {:.3}, ECE {:.3}\n(true probabilities would show an ECE of {:.3} by chance); the first deal:",
        deals.deals, deals.auc, deals.brier, deals.log_score, deals.ece, deals.ece_by_chance
    );
    text.push_str(&scores(&fitted.scores));
    text.push_str(
        "\na gate that demands a p_right, all deals; on the right with findings of severity error denied too:\n",
    );
    text.push_str(&trade_offs(&fitted.trade_offs, &fitted.trade_offs_with_errors));
    let rows = fit.columns.iter().map(|column| {
        let name = if column.missing { format!("{} (missing)", column.feature) } else { column.feature.clone() };
        let number = |x: f64| Cell::new(format!("{x:.3}"));
        vec![Cell::new(name), number(column.weight), number(column.mean), number(column.deviation)]
    });
    let table = super::table::table(["feature", "weight", "mean", "deviation"], &[1, 2, 3], rows);
    text + "\n" + &table
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
    super::table::table(HEADER, &[1, 3, 5, 6], rows)
}
