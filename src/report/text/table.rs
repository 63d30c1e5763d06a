//! The look of tables: no lines, a dim header, numbers to the right, nothing behind the last word.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};

/// Lays the rows out. `numbers` are the columns that are aligned to the right.
pub(in crate::report) fn table<const N: usize>(
    header: [&str; N],
    numbers: &[usize],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).enforce_styling();
    table.style_text_only();
    table.set_header(header.map(|name| Cell::new(name).add_attribute(Attribute::Dim)));
    table.add_rows(rows);
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
