//! How plans did: one table a plan.

use std::fmt::Write as _;

use comfy_table::Cell;

use crate::simulate::plans::{Plan, Row};

use super::table::table;
use super::{BOLD, Styled};

const HEADER: [&str; 10] = ["", "right of sure", "", "sure", "runs", "95 %", "builds", "bound", "yardstick", "ratio"];

/// The rows, which stand together by plan.
#[must_use]
pub fn plans(rows: &[Row]) -> String {
    let mut text = String::new();
    for rows in rows.chunk_by(|a, b| a.plan == b.plan) {
        let lines = table(HEADER, &[1, 2, 3, 4, 5, 6, 7, 8, 9], rows.iter().map(cells));
        let _ = writeln!(text, "{}{}\n{lines}", Styled(BOLD, rows[0].plan.name()), all(rows));
    }
    text
}

/// Over all cells.
fn all(rows: &[Row]) -> String {
    let (right, sure) = rows.iter().fold((0, 0), |(right, sure), row| (right + row.right, sure + row.sure));
    let says = if rows[0].plan == Plan::Git { "named" } else { "sure" };
    format!(": {right} of {sure} {says} are right")
}

fn cells(row: &Row) -> Vec<Cell> {
    let right = row.share_right().map_or_else(String::new, |share| format!("{share:.3}"));
    let texts = [
        row.cell.to_string(),
        right,
        format!("{}/{}", row.right, row.sure),
        format!("{:.2}", row.share_sure()),
        format!("{:.1}", row.mean_runs),
        row.runs_95.to_string(),
        format!("{:.1}", row.mean_builds),
        format!("{:.1}", row.bound),
        format!("{:.1}", row.yardstick),
        format!("{:.2}", row.ratio),
    ];
    texts.into_iter().map(Cell::new).collect()
}
