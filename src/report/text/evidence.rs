//! The table of tested revisions, old to new, and what has no place in it.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::{Analysis, StepAnalysis};
use crate::evidence::{CommitId, Role, Verdict};
use crate::prob::Estimate;

use crate::analysis::words::{count, short_chance};

/// Width of the bar from 0 to 1.
const BAR: usize = 24;
/// Shorter tables are shown whole.
const WHOLE: usize = 12;
const HEADER: [&str; 8] =
    ["commits", "", "revision", "crashes", "0 ── crash probability ─ 1", "verdict", "right", "P(bad)"];
/// Columns that are numbers.
const RIGHT: [usize; 4] = [0, 3, 6, 7];

/// The revisions that the report is about.
#[derive(Clone, Copy)]
pub(in crate::report) struct Marks {
    named: Option<CommitId>,
    /// The end of the likeliest gap.
    here: Option<CommitId>,
}

impl Marks {
    pub(in crate::report) fn of(analysis: &Analysis) -> Self {
        let computed = analysis.gaps.iter().filter_map(|gap| gap.posterior.map(|p| (gap.upto, p.value())));
        let likeliest = computed.max_by(|(_, a), (_, b)| a.total_cmp(b));
        Self { named: analysis.named_culprit, here: likeliest.and_then(|(upto, _)| upto) }
    }
}

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
        Row::Folded(steps) => ["", "", "…", "", &same(steps)].map(Cell::new).into(),
    });
    super::table::table(HEADER, &RIGHT, rows)
}

/// Steps with a place on the line, old to new.
pub(in crate::report) fn on_line(analysis: &Analysis) -> Vec<&StepAnalysis> {
    let mut steps: Vec<_> = analysis.steps.iter().filter(|step| step.point.is_some()).collect();
    steps.sort_by_key(|step| (step.point, step.step));
    steps
}

/// Long stretches of like and certain rows become one.
fn folded<'a>(marks: Marks, steps: &'a [&'a StepAnalysis]) -> Vec<Row<'a>> {
    if steps.len() <= WHOLE {
        return steps.iter().map(|step| Row::Step(step)).collect();
    }
    let alike =
        |a: &&StepAnalysis, b: &&StepAnalysis| a.verdict == b.verdict && is_plain(marks, a) && is_plain(marks, b);
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
    let certain = step.confidence.is_some_and(|confidence| confidence.value() >= CERTAIN);
    certain && step.role != Role::Origin && mark(marks, step).is_empty()
}

fn same(steps: &[&StepAnalysis]) -> String {
    let verdict = steps.first().and_then(|step| step.verdict).map_or("", Verdict::name);
    let counts = |step: &StepAnalysis| (step.crashes, step.passes);
    let equal = steps.windows(2).all(|pair| counts(pair[0]) == counts(pair[1]));
    let each = steps.first().filter(|_| equal).map(|step| format!(", {} each", trials(step)));
    format!("{} more, all {verdict}{}", steps.len(), each.unwrap_or_default())
}

pub(in crate::report) fn trials(step: &StepAnalysis) -> String {
    format!("{}/{}", step.crashes, step.crashes + step.passes)
}

fn cells(analysis: &Analysis, marks: Marks, step: &StepAnalysis) -> Vec<Cell> {
    let verdict = match (step.role, step.verdict) {
        (Role::Origin, _) => Cell::new("origin"),
        (_, Some(Verdict::Bad)) => Cell::new("bad").fg(Color::Red),
        (_, Some(Verdict::Good)) => Cell::new("good").fg(Color::Green),
        (_, Some(Verdict::Skip)) => Cell::new("skip"),
        (_, None) => Cell::new(""),
    };
    let right = Cell::new(short_chance(step.confidence));
    let weak = step.is_weak();
    vec![
        Cell::new(gap_before(analysis, step)),
        Cell::new(step.tag.as_deref().unwrap_or_default()),
        Cell::new(step.commit.short()),
        Cell::new(trials(step)),
        Cell::new(step.rate.map(bar).unwrap_or_default()),
        verdict,
        if weak { right.fg(Color::Yellow).add_attribute(Attribute::Bold) } else { right },
        Cell::new(short_chance(step.p_bad)),
        Cell::new(mark(marks, step)),
    ]
}

/// The commits between this revision and the next older one.
pub(in crate::report) fn gap_before(analysis: &Analysis, step: &StepAnalysis) -> String {
    let gap = analysis.gaps.iter().find(|gap| gap.upto == Some(step.commit));
    let size = |commits: u64, exact: bool| format!("{}{commits}", if exact { "" } else { "~" });
    match gap {
        Some(gap) if gap.commits.is_none() && gap.is_bounded() => "?".to_owned(),
        gap => gap.and_then(|gap| gap.commits.map(|commits| size(commits, gap.commits_exact))).unwrap_or_default(),
    }
}

/// What the report says of this revision.
pub(in crate::report) fn mark(marks: Marks, step: &StepAnalysis) -> &'static str {
    match Some(step.commit) {
        commit if commit == marks.named => "← named",
        commit if commit == marks.here => "← here",
        _ => "",
    }
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

#[expect(clippy::cast_precision_loss, reason = "a width in characters")]
const fn to_f64(width: usize) -> f64 {
    width as f64
}

/// Tests without a place in the table.
pub(in crate::report) fn left_out(analysis: &Analysis) -> String {
    let mut text = String::new();
    let off_line = || analysis.steps.iter().filter(|step| step.point.is_none());
    let skipped = || off_line().filter(|step| step.verdict == Some(Verdict::Skip) && step.role != Role::Config);
    for step in skipped().filter(|step| step.p_bad.is_some()) {
        let (chance, runs) = (short_chance(step.p_bad), count(step.crashes + step.passes, "run"));
        let name = step.commit.short();
        let _ = writeln!(text, "skipped   {name}   {} of {runs} crashed, P(bad) {chance}", step.crashes);
    }
    let lost = |step: &&StepAnalysis| step.verdict != Some(Verdict::Skip) && step.role != Role::Config;
    for step in off_line().filter(lost).filter(|step| step.crashes + step.passes > 0) {
        let (runs, name) = (count(step.crashes + step.passes, "run"), step.commit.short());
        let _ = writeln!(text, "no place  {name}   {} of {runs} crashed", step.crashes);
    }
    let mute = skipped().filter(|step| step.p_bad.is_none()).count();
    if mute > 0 {
        let _ = writeln!(text, "skipped   {} that could not be built, booted or judged", count(mute, "test"));
    }
    let configs = off_line().filter(|step| step.role == Role::Config).count();
    if configs > 0 {
        let _ = writeln!(text, "left out  {} of a smaller kernel configuration", count(configs, "test"));
    }
    if !analysis.evidence.unparsed.is_empty() {
        let lines = count(analysis.evidence.unparsed.len(), "line");
        let _ = writeln!(text, "not understood: {lines} (--unparsed lists them)");
    }
    text
}
