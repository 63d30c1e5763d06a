//! A fit of who is to blame: how it did on bisections that it had not seen, and its weights.

use std::fmt::Write as _;

use comfy_table::Cell;

use crate::calibrate::blame::BlameFit;

use super::calibration::scores;
use super::{BOLD, Styled};
use crate::analysis::words::count;

/// The fit's report.
#[must_use]
pub fn blame_fit(fitted: &BlameFit) -> String {
    let fit = &fitted.fit;
    let mut text = String::new();
    let labelled = count(fit.bisections as u64, "labelled bisection");
    let _ = writeln!(text, "{}   {labelled}, ridge {}\n", Styled(BOLD, "to blame"), fit.ridge);
    let deals = fitted.over_deals;
    let _ = writeln!(
        text,
        "cross-validated, mean of {} deals: AUC {:.3}, Brier {:.3}, log score {:.3}, ECE {:.3}\n(true probabilities would show an ECE of {:.3} by chance); the first deal:",
        deals.deals, deals.auc, deals.brier, deals.log_score, deals.ece, deals.ece_by_chance
    );
    text.push_str(&scores(&fitted.scores));
    let rows = fit.columns.iter().map(|column| {
        let name = if column.missing { format!("{} (missing)", column.feature) } else { column.feature.clone() };
        let number = |x: f64| Cell::new(format!("{x:.3}"));
        vec![Cell::new(name), number(column.weight), number(column.mean), number(column.deviation)]
    });
    let table = super::table::table(["feature", "weight", "mean", "deviation"], &[1, 2, 3], rows);
    text + "\n" + &table
}
