//! The table of tested revisions, old to new.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::words::{Manner, failures, short_chance};
use crate::analysis::{Analysis, StepAnalysis};
use crate::evidence::{Role, Verdict};
use crate::finding::render::width;
use crate::prob::{Estimate, to_f64};
use crate::report::revisions::{Marks, gap_before, mark, on_line, verdict};

/// Width of the bar from 0 to 1.
const BAR: usize = 24;
/// Columns of a terminal that has room for it.
const WIDE: usize = 90;
/// Columns of a terminal that has room for P(bad).
const NARROW: usize = 75;
/// Shorter tables are shown whole.
const WHOLE: usize = 12;
/// How a kernel's are called.
const HEADER: [&str; 8] =
    ["commits", "", "revision", "crashes", "0 ── crash probability ─ 1", "verdict", "right", "P(bad)"];
/// Where the bar is.
const BAR_COLUMN: usize = 4;
/// Where P(bad) is.
const P_BAD: usize = 7;
/// Columns that are numbers.
const RIGHT: [usize; 4] = [0, 3, 6, 7];

/// One line of the table.
enum Row<'a> {
    Step(&'a StepAnalysis),
    /// Rows that say the same.
    Folded(&'a [&'a StepAnalysis]),
}

/// The table.
pub(super) fn table(analysis: &Analysis) -> String {
    let steps = on_line(analysis);
    let marks = Marks::of(analysis);
    let rows = folded(marks, &steps);
    let rows = rows.iter().map(|row| match row {
        Row::Step(step) => cells(analysis, marks, step),
        Row::Folded(steps) => same(Manner::of(analysis), steps),
    });
    let mut table = super::table::table(header(analysis), &RIGHT, rows.map(fitting));
    if steps.iter().any(|step| step.other_crashes > 0) {
        let crashes = Manner::of(analysis).nouns(2);
        let bug = Manner::of(analysis).bug();
        let _ = writeln!(table, "{crashes}: those of the reported {bug} + others / runs");
    }
    table
}

/// The heads of the columns, in the words of the input.
fn header(analysis: &Analysis) -> [&'static str; 8] {
    let mut header = HEADER;
    if Manner::of(analysis) == Manner::Fail {
        (header[3], header[4]) = ("failures", "0 ── failure rate ─────── 1");
    }
    if width() < WIDE {
        header[BAR_COLUMN] = "";
    }
    if width() < NARROW {
        header[P_BAD] = "";
    }
    header
}

/// A row without what a narrow terminal has no room for.
fn fitting(mut row: Vec<Cell>) -> Vec<Cell> {
    for (column, least) in [(BAR_COLUMN, WIDE), (P_BAD, NARROW)] {
        if let Some(cell) = row.get_mut(column).filter(|_| width() < least) {
            *cell = Cell::new("");
        }
    }
    row
}

/// Long stretches of like and certain rows become one.
fn folded<'a>(marks: Marks, steps: &'a [&'a StepAnalysis]) -> Vec<Row<'a>> {
    if steps.len() <= WHOLE {
        return steps.iter().map(|step| Row::Step(step)).collect();
    }
    let is_like = |a: &StepAnalysis, b: &StepAnalysis| a.verdict == b.verdict && side(a) == side(b);
    let alike = |a: &&StepAnalysis, b: &&StepAnalysis| is_like(a, b) && is_plain(marks, a) && is_plain(marks, b);
    let mut rows = Vec::new();
    for stretch in steps.chunk_by(alike) {
        match stretch {
            [first, middle @ .., last] if middle.len() > 1 => {
                rows.extend([Row::Step(first), Row::Folded(middle), Row::Step(last)]);
            }
            few => rows.extend(few.iter().map(|step| Row::Step(step))),
        }
    }
    rows
}

/// Certain, and not what the report is about.
fn is_plain(marks: Marks, step: &StepAnalysis) -> bool {
    const CERTAIN: f64 = 0.98;
    let certain = match (step.confidence, step.p_bad) {
        (Some(confidence), _) => confidence.value() >= CERTAIN,
        // Nobody judged it.
        (None, Some(bad)) => bad.value().max(bad.complement().value()) >= CERTAIN,
        (None, None) => step.verdict.is_none(),
    };
    certain && step.role != Role::Origin && mark(marks, step).is_empty()
}

/// Whether it is likelier bad, where that is computed.
fn side(step: &StepAnalysis) -> Option<bool> {
    step.p_bad.map(|p| p.value() >= 0.5)
}

/// `… 6 more   0/80   good`: how many, their runs together or each, and their verdict.
fn same(manner: Manner, steps: &[&StepAnalysis]) -> Vec<Cell> {
    let counts = |step: &StepAnalysis| (step.crashes, step.passes);
    let equal = steps.windows(2).all(|pair| counts(pair[0]) == counts(pair[1]));
    let each = steps.first().filter(|_| equal).map(|step| format!("{} each", failures(step)));
    let sum = |of: fn(&StepAnalysis) -> u32| -> u64 { steps.iter().map(|step| u64::from(of(step))).sum() };
    let together = || format!("{}/{}", sum(|step| step.crashes), sum(|step| step.crashes + step.passes));
    let word = steps.first().map(|step| verdict(manner, step)).unwrap_or_default();
    let more = format!("… {} more", steps.len());
    vec!["".into(), "".into(), more.into(), each.unwrap_or_else(together).into(), "".into(), word.into()]
}

fn cells(analysis: &Analysis, marks: Marks, step: &StepAnalysis) -> Vec<Cell> {
    let word = Cell::new(verdict(Manner::of(analysis), step));
    let verdict = match (step.role, step.verdict) {
        (Role::Origin, _) | (_, Some(Verdict::Skip) | None) => word,
        (_, Some(Verdict::Bad)) => word.fg(Color::Red),
        (_, Some(Verdict::Good)) => word.fg(Color::Green),
    };
    let right = Cell::new(short_chance(step.confidence));
    let weak = step.is_weak();
    vec![
        Cell::new(gap_before(analysis, step)),
        Cell::new(step.tag.as_deref().unwrap_or_default()),
        Cell::new(step.commit.short()),
        Cell::new(failures(step)),
        Cell::new(step.rate.map(bar).unwrap_or_default()),
        verdict,
        if weak { right.fg(Color::AnsiValue(super::AMBER)).add_attribute(Attribute::Bold) } else { right },
        Cell::new(short_chance(step.p_bad)),
        Cell::new(mark(marks, step)),
    ]
}

/// The interval of a rate from 0 to 1, with its mean.
fn bar(rate: Estimate) -> String {
    let place = |p: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "p is in [0, 1]")]
        let place = (p * to_f64(BAR - 1)).round() as usize;
        place.min(BAR - 1)
    };
    let [low, mean, high] = [rate.interval.low, rate.mean, rate.interval.high].map(|p| place(p.value()));
    let bar = (0..=high.max(mean)).map(|at| match at {
        at if at == mean => '●',
        at if at == low => '├',
        at if at == high => '┤',
        at if at > low => '─',
        _ => ' ',
    });
    bar.collect()
}
