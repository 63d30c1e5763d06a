//! Rows with known columns → bisections: the runs of each revision, old to new.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use crate::evidence::{
    Arranged, Bisection, CommitId, Format, Kind, Line, Outcome, Source, Text, Title, Took, Totals, VoidKind,
};
use crate::ingest::junit::natural;
use crate::ingest::problem::{Flaw, Problem, excerpt, times};
use crate::ingest::revisions::{self, Revision};

use super::cell::{Cell, Said, Tally, decimal, is_hash, is_none};
use super::how::{How, Layout, Reads};
use super::moment::{self, Slashed};
use super::name::{Name, Sense};
use super::sheet::{Once, Row, Sheet};
use super::{Derived, Resolution, Table, version};

/// Runs that a row counts, of so many; what is left follows from all rows of the revision.
#[derive(Clone, Debug)]
struct Part {
    line: Line,
    outcome: Outcome,
    count: u32,
    voids: u32,
    total: u32,
}

/// What a row says of its runs.
enum Runs {
    Known(Vec<(Outcome, u32)>),
    Part(Part),
}

/// The rows of one bisection.
struct Group {
    name: String,
    test: Vec<Text>,
    line: Line,
    revisions: Vec<Revision>,
    /// By place.
    parts: BTreeMap<usize, Vec<Part>>,
    /// Narrow, for a large table has many.
    places: HashMap<CommitId, u32>,
    rows: u32,
    runs: u32,
    /// Of all rows, where they say so.
    seconds: f64,
    /// What the rows themselves say is looked for.
    kind: Option<Kind>,
    reported: Option<Title>,
}

struct Reader<'a> {
    layout: &'a Layout,
    groups: Vec<Group>,
    by_name: HashMap<String, usize>,
    /// The group of the last row.
    last: usize,
    problems: Vec<Problem>,
    aliases: HashMap<CommitId, CommitId>,
    flaky: usize,
    /// Words that say nothing of the bug and do not say so themselves, with their rows.
    silent: BTreeMap<String, usize>,
    commits: Once<Option<CommitId>>,
    /// By column, as what follows.
    said: Vec<Once<Option<Said>>>,
    /// Numbers of runs; none of what is none.
    #[expect(clippy::option_option, reason = "no number, or none in an empty cell")]
    numbers: Vec<Once<Option<Option<u32>>>>,
}

/// Reads the rows of a table.
pub(super) fn table(mut sheet: Sheet, layout: &Layout, mut resolution: Resolution, source: &Source) -> Table {
    let sums = sums(&sheet, layout);
    if !sums.is_empty() {
        resolution.derived.push(Derived::Sums(sums.iter().map(|at| sheet.rows[*at].line).collect()));
    }
    let copies = copies(&sheet);
    if !copies.is_empty() {
        resolution.derived.push(Derived::Copies(copies.iter().map(|at| sheet.rows[*at].line).collect()));
    }
    let problems = std::mem::take(&mut sheet.problems);
    let named = named(&sheet, layout);
    let aliases = aliases(&named);
    if !aliases.is_empty() {
        resolution.derived.push(Derived::Abbreviated(aliases.len()));
    }
    let (groups, by_name) = (Vec::new(), HashMap::new());
    let mut reader = Reader {
        layout,
        groups,
        by_name,
        last: 0,
        problems,
        aliases,
        flaky: 0,
        silent: BTreeMap::new(),
        commits: Once::default(),
        said: (0..sheet.header.len()).map(|_| Once::default()).collect(),
        numbers: (0..sheet.header.len()).map(|_| Once::default()).collect(),
    };
    let left_out = |at: &usize| sums.binary_search(at).is_ok() || copies.binary_search(at).is_ok();
    for (at, row) in sheet.rows.iter().enumerate().filter(|(at, _)| !left_out(at)) {
        if let Err(flaw) = reader.add(at, row, &named) {
            reader.problems.push(Problem { line: row.line, flaw });
        }
    }
    // What was read of a large table is large, and so is the table.
    drop(sheet);
    reader.finish(resolution, source)
}

/// Rows that add up others: a word like `total` stands in place of a revision.
fn sums(sheet: &Sheet, layout: &Layout) -> Vec<usize> {
    const SUMS: &[&str] = &[
        "total",
        "totals",
        "grand total",
        "subtotal",
        "sum",
        "sums",
        "all",
        "overall",
        "average",
        "avg",
        "mean",
        "summe",
        "gesamt",
        "somme",
        "suma",
        "итого",
        "всего",
        "сумма",
        "σ",
        "∑",
        "median",
        "insgesamt",
        "durchschnitt",
        "mittelwert",
        "ensemble",
        "moyenne",
        "totale",
        "totaal",
        "totalt",
        "totaux",
        "média",
        "media",
        "promedio",
        "razem",
        "合计",
        "合計",
        "总计",
        "總計",
        "小计",
        "小計",
        "总和",
        "平均",
        "합계",
        "총계",
    ];
    let adds = |name: &str| {
        let name = name.trim_matches(|c: char| matches!(c, '*' | ':' | '_' | ' '));
        name.len() < 24 && SUMS.contains(&name.to_lowercase().as_str())
    };
    let mut once = Once::default();
    let is = |(_, row): &(usize, &Row)| once.get(row, layout.commit, adds);
    let sums: Vec<usize> = sheet.rows.iter().enumerate().filter(is).map(|(at, _)| at).collect();
    // Where nothing else is there, it is a name.
    if sums.len() < sheet.rows.len() { sums } else { Vec::new() }
}

/// Rows that say once more what an earlier one says of the same attempt of the same run: two exports may both have it.
fn copies(sheet: &Sheet) -> Vec<usize> {
    let names: Vec<Name> = sheet.header.iter().map(|name| Name::of(name)).collect();
    let of_attempts = names.iter().any(Name::is_attempt);
    let is_id = |name: &Name| name.is_id() || (of_attempts && name.is_run_id());
    let Some(id) = names.iter().position(is_id) else { return Vec::new() };
    let twice: HashSet<&str> = sheet
        .texts(id)
        .into_iter()
        .filter(|(text, rows)| !text.is_empty() && *rows > 1)
        .map(|(text, _)| text)
        .collect();
    let (mut known, mut again) = (HashSet::new(), Vec::new());
    for (at, row) in sheet.rows.iter().enumerate().filter(|(_, row)| twice.contains(row.cell(id))) {
        if !known.insert((0..names.len()).map(|at| row.cell(at)).collect::<Vec<_>>()) {
            again.push(at);
        }
    }
    again
}

/// What a cell names: a hash in any case, perhaps with a subject behind it, or a short name.
fn commit(text: &str) -> Option<CommitId> {
    let text = text.trim_matches(|c: char| matches!(c, '`' | '"' | '\'' | '*'));
    let text = linked(text).unwrap_or(text);
    let first = text.split_whitespace().next().unwrap_or_default();
    let named = if is_hash(first) { first } else { text };
    if is_mangled(named) {
        return None;
    }
    if is_hash(named) && named.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return CommitId::parse_name(&named.to_ascii_lowercase());
    }
    CommitId::parse_name(named)
}

/// The one hash in the address of a commit.
fn linked(text: &str) -> Option<&str> {
    let path = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let mut hashes = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| is_hash(part));
    hashes.next().filter(|_| hashes.next().is_none())
}

/// `1.23457E+11`: a spreadsheet takes a hash of digits with one e for a number.
fn is_mangled(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.split_once(['.', ',']).map_or(digits(text), |(a, b)| digits(a) && digits(b));
    text.split_once("E+").or_else(|| text.split_once("e+")).is_some_and(|(a, b)| number(a) && digits(b))
}

fn unnamed(text: &str) -> Flaw {
    if is_mangled(text) { Flaw::Mangled(excerpt(text)) } else { Flaw::Name(excerpt(text)) }
}

/// What each text names; none of those that name nothing.
fn named<'s>(sheet: &'s Sheet, layout: &Layout) -> HashMap<&'s str, CommitId> {
    sheet.texts(layout.commit).into_keys().filter_map(|text| Some((text, commit(text)?))).collect()
}

/// Abbreviations with the one longer hash of the table that begins so.
fn aliases(named: &HashMap<&str, CommitId>) -> HashMap<CommitId, CommitId> {
    let commits: HashSet<CommitId> = named.values().copied().collect();
    let mut hashes: Vec<(String, CommitId)> =
        commits.into_iter().map(|commit| (commit.to_string(), commit)).filter(|(name, _)| is_hash(name)).collect();
    hashes.sort();
    let mut aliases = HashMap::new();
    for (at, (name, commit)) in hashes.iter().enumerate() {
        let longer: Vec<_> =
            hashes[at + 1..].iter().take_while(|(other, _)| other.starts_with(name.as_str())).collect();
        let Some((longest, whole)) = longer.iter().max_by_key(|(other, _)| other.len()) else { continue };
        if longer.iter().all(|(other, _)| longest.starts_with(other.as_str())) {
            aliases.insert(*commit, *whole);
        }
    }
    aliases
}

impl Reader<'_> {
    fn add(&mut self, at: usize, row: &Row, named: &HashMap<&str, CommitId>) -> Result<(), Flaw> {
        let layout = self.layout;
        let aliases = &self.aliases;
        let whole = |text: &str| named.get(text).map(|commit| *aliases.get(commit).unwrap_or(commit));
        let named = self.commits.get(row, layout.commit, whole);
        let named = named.ok_or_else(|| unnamed(row.cell(layout.commit)))?;
        let runs = self.runs(row)?;
        let order = layout.order.as_ref().and_then(|order| order.places.get(at).copied().flatten());
        if let Some(order) = layout.order.as_ref().filter(|_| order.is_none()) {
            let cell = row.cell(order.column);
            if !cell.is_empty() {
                return Err(Flaw::number(cell, "a place: a number or a time, as in the other rows"));
            }
        }
        let group = self.group(row);
        group.count(&runs)?;
        let took = took(row, layout);
        group.about(row, layout, took);
        group.add(row.line, named, order, runs, took);
        Ok(())
    }

    fn group(&mut self, row: &Row) -> &mut Group {
        let layout = self.layout;
        let cells = layout.bisection.iter().chain(&layout.keys).map(|column| row.cell(*column));
        let mut cells = cells.filter(|cell| !cell.is_empty());
        let mut name = Cow::Borrowed(cells.next().unwrap_or_default());
        cells.for_each(|cell| name = format!("{name} / {cell}").into());
        // Rows of one bisection often stand together.
        if self.groups.get(self.last).is_none_or(|group| group.name != name) {
            self.last = self.by_name.get(&*name).copied().unwrap_or_else(|| {
                let next = self.groups.len();
                self.by_name.insert(name.clone().into_owned(), next);
                let test = layout.test.iter().map(|column| Text::new(row.cell(*column))).collect();
                self.groups.push(Group::new(name.into_owned(), test, row.line));
                next
            });
        }
        &mut self.groups[self.last]
    }

    /// The runs of a row, by the first way of reading that has a cell.
    fn runs(&mut self, row: &Row) -> Result<Runs, Flaw> {
        let title = self.layout.title.and_then(|column| Title::new(row.cell(column)));
        let hows = &self.layout.hows;
        let how = hows.iter().find(|how| how.column_is_filled(row)).or(hows.first());
        let Some(how) = how else { return Ok(Runs::Known(Vec::new())) };
        let crash = Outcome::Crash(title);
        match how {
            How::Counts { passes, crashes, skips, total } => {
                let passed = self.number(row, *passes)?.unwrap_or(0);
                let crashed = self.number(row, *crashes)?.unwrap_or(0);
                let skipped = skips.map_or(Ok(None), |column| self.number(row, column))?.unwrap_or(0);
                let known = u64::from(passed) + u64::from(crashed) + u64::from(skipped);
                let rest = match total.map_or(Ok(None), |column| self.number(row, column))? {
                    Some(total) => u64::from(total).checked_sub(known).ok_or_else(|| more(known, total))?,
                    None => 0,
                };
                let voids = skipped.saturating_add(u32::try_from(rest).unwrap_or(u32::MAX));
                Ok(known_runs(crash, [passed, crashed, voids]))
            }
            How::Part { sense, part, total, skips } => {
                let mut voids = 0_u32;
                for column in skips {
                    voids = voids.saturating_add(self.number(row, *column)?.unwrap_or(0));
                }
                let (Some(count), Some(total)) = (self.number(row, *part)?, self.number(row, *total)?) else {
                    return Err(Flaw::Row("a number of runs is missing".to_owned()));
                };
                let outcome = if *sense == Sense::Passes { Outcome::Pass } else { crash };
                Ok(Runs::Part(Part { line: row.line, outcome, count, voids, total }))
            }
            How::Fixed { sense, part, total } => {
                let count =
                    self.number(row, *part)?.ok_or_else(|| Flaw::Row("a number of runs is missing".to_owned()))?;
                let rest = total.checked_sub(count).ok_or_else(|| more(count.into(), *total))?;
                let counts = if *sense == Sense::Passes { [count, rest, 0] } else { [rest, count, 0] };
                Ok(known_runs(crash, counts))
            }
            How::Ended { column, reads, times, of } => self.ended(row, (*column, *reads), (*times, *of), crash),
            How::Each { columns, reads } => self.each(row, columns, *reads, &crash),
            how => shares(row, how).map(|counts| known_runs(crash, counts)),
        }
    }

    fn said(&mut self, row: &Row, column: usize, reads: Reads) -> Option<Said> {
        self.said[column].get(row, column, |text| reads.said(text))
    }

    /// A number of runs; none in an empty cell.
    fn number(&mut self, row: &Row, column: usize) -> Result<Option<u32>, Flaw> {
        let known = self.numbers[column].get(row, column, |text| number(text).ok());
        known.map_or_else(|| number(row.cell(column)), Ok)
    }

    /// One run in each of several columns.
    fn each(&mut self, row: &Row, columns: &[usize], reads: Reads, crash: &Outcome) -> Result<Runs, Flaw> {
        let mut counts = [0; 3];
        for column in columns.iter().copied().filter(|column| !row.cell(*column).is_empty()) {
            let text = row.cell(column);
            match self.said(row, column, reads).ok_or_else(|| unknown(text, reads))? {
                Said::Pass => counts[0] += 1,
                Said::Crash => counts[1] += 1,
                Said::Void => counts[2] += 1,
                Said::Flaky => {
                    self.flaky += 1;
                    counts[0] += 1;
                    counts[1] += 1;
                }
            }
        }
        Ok(known_runs(crash.clone(), counts))
    }

    fn ended(
        &mut self,
        row: &Row,
        (column, reads): (usize, Reads),
        (times, of): (Option<usize>, Option<usize>),
        crash: Outcome,
    ) -> Result<Runs, Flaw> {
        let text = row.cell(column);
        let told = times.map_or(Ok(None), |column| self.number(row, column))?;
        let count = told.unwrap_or(1);
        let said = self.said(row, column, reads);
        let outcome = match said.ok_or_else(|| unknown(text, reads))? {
            Said::Pass => Outcome::Pass,
            Said::Crash => crash,
            Said::Void => {
                if !says_nothing(text) {
                    *self.silent.entry(excerpt(text)).or_default() += 1;
                }
                void(text)
            }
            Said::Flaky if told.is_none_or(|count| count == 1) => {
                self.flaky += 1;
                return Ok(Runs::Known(vec![(crash, 1), (Outcome::Pass, 1)]));
            }
            Said::Flaky => {
                return Err(Flaw::Row(format!("{text:?} of {count} runs, and not how many of them failed")));
            }
        };
        match of.map_or(Ok(None), |column| self.number(row, column))? {
            Some(total) => Ok(Runs::Part(Part { line: row.line, outcome, count, voids: 0, total })),
            None => Ok(Runs::Known(vec![(outcome, count)])),
        }
    }

    fn finish(mut self, mut resolution: Resolution, source: &Source) -> Table {
        if self.flaky > 0 {
            resolution.derived.push(Derived::Flaky(self.flaky));
        }
        if !self.silent.is_empty() {
            resolution.derived.push(Derived::Silent(std::mem::take(&mut self.silent).into_iter().collect()));
        }
        let order = self.layout.order.as_ref();
        let ordered = order.map(|order| (order.arranged, order.counts));
        let (mut bisections, mut lost, mut renamed) = (Vec::new(), 0, false);
        for group in std::mem::take(&mut self.groups) {
            let (bisection, notes) = group.bisection(source, ordered, &mut self.problems);
            resolution.arranged = resolution.arranged.max(bisection.arranged);
            resolution.stops |= bisection.arranged == Arranged::Unknown && bisection.kind == Kind::Fix;
            lost += notes.lost;
            renamed |= notes.renamed;
            bisections.push(bisection);
        }
        if lost > 0 {
            resolution.derived.push(Derived::NoPlace(lost));
        }
        if renamed {
            resolution.derived.push(Derived::ByNames);
        }
        Table { bisections, problems: self.problems, resolution }
    }
}

/// Whether a word says by itself that there was no run to judge.
fn says_nothing(text: &str) -> bool {
    const NONE: [&str; 8] = ["skip", "void", "ignore", "cancel", "125", "not ", "no ", "n/a"];
    let text = text.to_ascii_lowercase().replace('_', " ");
    NONE.iter().any(|none| text.starts_with(none)) || !text.chars().any(char::is_alphanumeric)
}

fn void(text: &str) -> Outcome {
    let why = if text == "125" { "exit code 125" } else { text };
    Outcome::Void(VoidKind::Failed, why.into())
}

fn known_runs(crash: Outcome, [passes, crashes, voids]: [u32; 3]) -> Runs {
    let mut runs = Vec::with_capacity(2);
    runs.extend((crashes > 0).then_some((crash, crashes)));
    runs.extend((passes > 0).then_some((Outcome::Pass, passes)));
    runs.extend((voids > 0).then(|| (void("skipped"), voids)));
    Runs::Known(runs)
}

fn unknown(text: &str, reads: Reads) -> Flaw {
    match reads {
        Reads::Exit => Flaw::number(text, "an exit code from 0 to 255"),
        Reads::Flags(_) | Reads::Words { .. } => Flaw::Outcome(excerpt(text)),
    }
}

fn more(known: u64, total: u32) -> Flaw {
    Flaw::Row(format!(
        "{} counted, and {total} is the number of all",
        if known == 1 { "1 run is".to_owned() } else { format!("{known} runs are") }
    ))
}

fn number(text: &str) -> Result<Option<u32>, Flaw> {
    match Cell::of(text) {
        Cell::Whole(value @ 0..) => {
            u32::try_from(value).map(Some).map_err(|_| Flaw::number(text, "a number of runs, at most 4294967295"))
        }
        _ if is_none(text) => Ok(None),
        _ => Err(Flaw::number(text, "a number of runs")),
    }
}

/// A share such as `3/20`, perhaps behind a word.
fn share(cell: Cell) -> Option<(u32, u32)> {
    match cell {
        Cell::Ratio(part, total) => Some((part, total)),
        Cell::Counted(tally) => tally.share(),
        _ => None,
    }
}

/// Passes, crashes and runs that say nothing, from one cell, or from a share and a total.
fn shares(row: &Row, how: &How) -> Result<[u32; 3], Flaw> {
    let turned = |sense: Sense, part: u32, rest: u32| match sense {
        Sense::Passes => [part, rest, 0],
        Sense::Crashes => [rest, part, 0],
    };
    match how {
        How::Ratio { sense, column } => match Cell::of(row.cell(*column)) {
            cell if share(cell).is_some() => {
                let (part, total) = share(cell).unwrap_or_default();
                let rest = total.checked_sub(part).ok_or_else(|| more(part.into(), total))?;
                Ok(turned(*sense, part, rest))
            }
            _ => Err(Flaw::number(row.cell(*column), "so many of so many runs, as in 3/20")),
        },
        How::Both { first, column } => match Cell::of(row.cell(*column)) {
            Cell::Ratio(part, other) => Ok(turned(*first, part, other)),
            _ => Err(Flaw::number(row.cell(*column), "two numbers of runs, as in 17/3")),
        },
        How::Counted { column, listed } => {
            let text = row.cell(*column);
            Tally::of(text).and_then(|tally| tally.counts(*listed)).ok_or_else(|| Flaw::Outcome(excerpt(text)))
        }
        How::Rate { sense, rate, total, percent } => {
            let total = number(row.cell(*total))?.ok_or_else(|| Flaw::Row("a number of runs is missing".to_owned()))?;
            let part = part_of(row.cell(*rate), total, *percent)?;
            Ok(turned(*sense, part, total - part))
        }
        How::Counts { .. } | How::Part { .. } | How::Fixed { .. } | How::Ended { .. } | How::Each { .. } => Ok([0; 3]),
    }
}

/// The whole number of runs whose share this is.
fn part_of(text: &str, total: u32, percent: bool) -> Result<u32, Flaw> {
    let flaw = || Flaw::number(text, if percent { "a share from 0 to 100" } else { "a share from 0 to 1" });
    let share = match Cell::of(text) {
        Cell::Percent(share) => share,
        _ => decimal(text).ok_or_else(flaw).map(|share| if percent { share / 100.0 } else { share })?,
    };
    if !(0.0..=1.0).contains(&share) {
        return Err(flaw());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to the total")]
    let part = (share * f64::from(total)).round() as u32;
    // A share as it is written is off by a unit of its last digit at most.
    let digits = text.trim_end_matches(['%', ' ']).split_once(['.', ',']).map_or(0, |(_, digits)| digits.len());
    let scale = if percent || text.ends_with('%') { 100.0 } else { 1.0 };
    let unit = 10f64.powi(-i32::try_from(digits).unwrap_or(i32::MAX)) / scale;
    let off = (f64::from(part) - share * f64::from(total)).abs();
    if off > unit * f64::from(total) + 1e-9 {
        return Err(Flaw::Row(format!("{text} of {} is no whole number of runs", times(total as usize, "run"))));
    }
    Ok(part.min(total))
}

/// How many seconds the runs of a row took. A column called so may hold moments or words: these say nothing of a duration.
fn took(row: &Row, layout: &Layout) -> Option<f64> {
    row.cell(layout.seconds?).parse().ok().filter(|seconds| (0.0..1e9).contains(seconds))
}

/// What is worth a word about the order of a bisection.
struct Notes {
    /// Revisions without a place.
    lost: usize,
    /// Whether the numbers in names say another order than the rows.
    renamed: bool,
}

impl Group {
    fn new(name: String, test: Vec<Text>, line: Line) -> Self {
        Self {
            name,
            test,
            line,
            revisions: Vec::new(),
            parts: BTreeMap::new(),
            places: HashMap::new(),
            rows: 0,
            runs: 0,
            seconds: 0.0,
            kind: None,
            reported: None,
        }
    }

    /// Counts the runs of a row. Every sum over a bisection stays exact: a row with which it would not is refused.
    fn count(&mut self, runs: &Runs) -> Result<(), Flaw> {
        let all = match runs {
            Runs::Known(runs) => runs.iter().try_fold(self.runs, |all, (_, runs)| all.checked_add(*runs)),
            Runs::Part(part) => self.runs.checked_add(part.total),
        };
        self.runs = all.ok_or(Flaw::Runs)?;
        Ok(())
    }

    /// What a row says beside its runs.
    fn about(&mut self, row: &Row, layout: &Layout, took: Option<f64>) {
        let cell = |column: Option<usize>| column.map_or("", |column| row.cell(column));
        self.rows += 1;
        self.seconds += took.unwrap_or(0.0);
        let kind = [Kind::Cause, Kind::Fix].into_iter().find(|kind| kind.name() == cell(layout.kind));
        self.kind = self.kind.or(kind);
        self.reported = self.reported.take().or_else(|| Title::new(cell(layout.reported)));
    }

    fn add(&mut self, line: Line, commit: CommitId, order: Option<f64>, runs: Runs, took: Option<f64>) {
        let next = self.revisions.len();
        let last = self.revisions.last().is_some_and(|last| last.commit == commit);
        let place = if last { next - 1 } else { self.place(commit, next) };
        if place == next {
            // A line of revisions rarely doubles.
            if next == self.revisions.capacity() {
                self.revisions.reserve_exact(next / 4 + 4);
            }
            self.revisions.push(Revision::new(commit, line, order));
        }
        let revision = &mut self.revisions[place];
        // A revision is as old as its first run.
        revision.order = match (revision.order, order) {
            (Some(known), Some(order)) => Some(known.min(order)),
            (known, order) => known.or(order),
        };
        match runs {
            Runs::Known(runs) => {
                // Of runs that ended in several ways, nobody knows which took how long.
                let alike = runs.iter().filter(|(_, runs)| *runs > 0).count() == 1;
                let took = took.filter(|_| alike).and_then(Took::new);
                if revision.runs.is_empty() {
                    revision.runs.reserve_exact(runs.len());
                }
                for (outcome, runs) in runs {
                    revision.add(line, outcome, runs, took);
                }
            }
            Runs::Part(part) => self.parts.entry(place).or_default().push(part),
        }
    }

    /// Where a revision stands: `next` for one that is new. There are fewer than lines.
    fn place(&mut self, commit: CommitId, next: usize) -> usize {
        let narrow = u32::try_from(next).unwrap_or(u32::MAX);
        usize::try_from(*self.places.entry(commit).or_insert(narrow)).unwrap_or(next)
    }

    fn bisection(
        mut self,
        source: &Source,
        ordered: Option<(Arranged, bool)>,
        problems: &mut Vec<Problem>,
    ) -> (Bisection, Notes) {
        for (place, parts) in std::mem::take(&mut self.parts) {
            for batch in batches(parts) {
                problems.extend(fill(&mut self.revisions[place], &batch));
            }
        }
        let (arranged, notes) = self.arrange(ordered);
        let id = if self.name.is_empty() { source.path.clone() } else { format!("{}#{}", source.path, self.name) };
        let counts = ordered.is_some_and(|(_, counts)| counts);
        let mut bisection =
            revisions::bisection(id, source, self.line, (Format::Table, self.kind), self.revisions, counts);
        bisection.test = self.test;
        bisection.arranged = arranged;
        bisection.reported_title = self.reported;
        bisection.lines.understood = self.rows;
        let test = Duration::try_from_secs_f64(self.seconds).unwrap_or_default();
        bisection.totals = (!test.is_zero()).then(|| Totals {
            line: self.line,
            revisions: u32::try_from(bisection.steps.len()).unwrap_or(u32::MAX),
            total: test,
            build: Duration::ZERO,
            test,
        });
        (bisection, notes)
    }

    /// Puts the revisions from old to new, as far as anything tells.
    fn arrange(&mut self, ordered: Option<(Arranged, bool)>) -> (Arranged, Notes) {
        let mut notes = Notes { lost: 0, renamed: false };
        if self.revisions.len() < 2 {
            return (Arranged::Told, notes);
        }
        if let Some((arranged, _)) = ordered {
            notes.lost = self.revisions.iter().filter(|revision| revision.order.is_none()).count();
            if notes.lost == 0 {
                self.by_place();
                return (arranged, notes);
            }
            self.revisions.iter_mut().for_each(|revision| revision.order = None);
        }
        let names: Vec<String> = self.revisions.iter().map(|revision| revision.commit.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(ranks) = ranks(&names) {
            let mut ranked: Vec<_> = ranks.into_iter().zip(std::mem::take(&mut self.revisions)).collect();
            notes.renamed = !ranked.is_sorted_by_key(|(rank, _)| *rank);
            ranked.sort_by_key(|(rank, _)| *rank);
            self.revisions = ranked.into_iter().map(|(_, revision)| revision).collect();
            return (Arranged::Named, notes);
        }
        let relative = names.iter().any(|name| name.contains(['~', '^']));
        (if !relative && ascend(&names) { Arranged::Named } else { Arranged::Unknown }, notes)
    }

    /// By place; equal places as the rows stand, which may be newest first.
    fn by_place(&mut self) {
        let places = |pair: &[Revision]| pair[0].order.partial_cmp(&pair[1].order);
        let (mut up, mut down) = (0, 0);
        for order in self.revisions.windows(2).filter_map(places) {
            up += usize::from(order.is_lt());
            down += usize::from(order.is_gt());
        }
        if down > up {
            self.revisions.reverse();
        }
        let order = |revision: &Revision| revision.order.unwrap_or_default();
        self.revisions.sort_by(|a, b| order(a).total_cmp(&order(b)));
    }
}

/// The rank of each name, old to new: by its distance from one revision, or by the numbers in it.
pub(in crate::ingest) fn ranks(names: &[&str]) -> Option<Vec<usize>> {
    if names.iter().any(|name| name.contains(['~', '^'])) {
        return ancestors(names);
    }
    match days(names) {
        Days::Known(ranks) => Some(ranks),
        Days::Open => None,
        Days::None => numbered(names).or_else(|| version::ranks(names)),
    }
}

/// Names that are dates.
enum Days {
    None,
    /// Nobody knows whether the month or the day comes first.
    Open,
    Known(Vec<usize>),
}

fn days(names: &[&str]) -> Days {
    if !names.first().is_some_and(|name| name.contains(['.', '/', '-'])) {
        return Days::None;
    }
    let all: Option<Vec<f64>> = names.iter().map(|name| moment::parse(name)).collect();
    let places = match all.map_or_else(|| moment::slashed(names), Slashed::Dates) {
        Slashed::No => return Days::None,
        Slashed::Open => return Days::Open,
        Slashed::Dates(places) => places,
    };
    let mut sorted = places.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    Days::Known(places.iter().map(|place| sorted.partition_point(|other| other < place)).collect())
}

/// `HEAD~3`, `HEAD^` and `HEAD`: the farther, the older.
fn ancestors(names: &[&str]) -> Option<Vec<usize>> {
    let parse = |name: &&str| -> Option<(String, usize)> {
        let start = name.find(['~', '^']).unwrap_or(name.len());
        let (base, mut steps) = name.split_at(start);
        let mut distance = 0_usize;
        while let Some(rest) = steps.strip_prefix(['~', '^']) {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = if digits == 0 { 1 } else { rest[..digits].parse().ok()? };
            // The second parent of a merge lies on another branch.
            if steps.starts_with('^') && number != 1 {
                return None;
            }
            distance = distance.checked_add(number)?;
            steps = &rest[digits..];
        }
        steps.is_empty().then(|| (base.to_owned(), distance))
    };
    let parsed: Vec<(String, usize)> = names.iter().map(parse).collect::<Option<_>>()?;
    let farthest = parsed.iter().map(|(_, distance)| *distance).max()?;
    let one = parsed.iter().all(|(base, _)| *base == parsed[0].0);
    one.then(|| parsed.iter().map(|(_, distance)| farthest - distance).collect())
}

/// The rank of each name by the numbers in it, where nothing else differs; `None` for hashes.
fn numbered(names: &[&str]) -> Option<Vec<usize>> {
    let frame = |name: &str| -> Vec<String> {
        let pieces = name.split(|c: char| c.is_ascii_digit()).filter(|piece| !piece.is_empty());
        pieces.map(str::to_owned).collect()
    };
    let count = |name: &str| name.split(|c: char| !c.is_ascii_digit()).filter(|piece| !piece.is_empty()).count();
    let (first, rest) = names.split_first()?;
    let hashes = names.iter().any(|name| is_hash(name) && name.bytes().any(|byte| byte.is_ascii_alphabetic()));
    let alike = |name: &&str| frame(name) == frame(first) && count(name) == count(first);
    if hashes || count(first) == 0 || !rest.iter().all(alike) {
        return None;
    }
    let mut sorted: Vec<usize> = (0..names.len()).collect();
    sorted.sort_by(|a, b| natural::compare(names[*a], names[*b]));
    let mut ranks = vec![0; names.len()];
    for pair in sorted.windows(2) {
        let same = natural::compare(names[pair[0]], names[pair[1]]).is_eq();
        ranks[pair[1]] = ranks[pair[0]] + usize::from(!same);
    }
    Some(ranks)
}

/// Whether names count upwards as people count: `a1`, `b2`. Words do so by chance, and a name may begin like an older one.
fn ascend(names: &[&str]) -> bool {
    let counts = |name: &&str| !is_hash(name) && (name.len() < 3 || name.bytes().any(|byte| byte.is_ascii_digit()));
    let up = |pair: &[&str]| natural::compare(pair[0], pair[1]).is_lt() && !pair[1].starts_with(pair[0]);
    names.iter().all(counts) && names.windows(2).all(up)
}

/// Rows that count the same runs: each has another end or title, and all have the same total.
fn batches(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let total = parts.first().map(|part| part.total);
    let ends: HashSet<&Outcome> = parts.iter().map(|part| &part.outcome).collect();
    let one = ends.len() == parts.len() && parts.iter().all(|part| Some(part.total) == total);
    if one && !parts.is_empty() { vec![parts] } else { parts.into_iter().map(|part| vec![part]).collect() }
}

/// Adds the runs of a batch: those that its rows count, and the rest.
fn fill(revision: &mut Revision, batch: &[Part]) -> Option<Problem> {
    let (first, last) = (batch.first()?, batch.last()?);
    let counted: u64 = batch.iter().map(|part| u64::from(part.count) + u64::from(part.voids)).sum();
    let flawed = |flaw| Some(Problem { line: last.line, flaw });
    let Some(rest) = u64::from(first.total).checked_sub(counted) else {
        return flawed(more(counted, first.total));
    };
    let says = |wanted: fn(&Outcome) -> bool| batch.iter().any(|part| wanted(&part.outcome));
    let passes = says(|outcome| *outcome == Outcome::Pass);
    let crashes = says(|outcome| matches!(outcome, Outcome::Crash(_)));
    let left = match (passes, crashes) {
        (true, false) => Outcome::Crash(None),
        (false, true) => Outcome::Pass,
        (true, true) => void("skipped"),
        (false, false) => {
            return flawed(Flaw::Row(format!(
                "of {} it is not said how they ended",
                times(first.total as usize, "run")
            )));
        }
    };
    // Counts have no order. Crashes come first, as in logs whose order says nothing.
    let rest = (first.line, left, u32::try_from(rest).unwrap_or(u32::MAX));
    let mut runs: Vec<_> = batch.iter().map(|part| (part.line, part.outcome.clone(), part.count)).collect();
    runs.push(rest);
    runs.sort_by_key(|(_, outcome, _)| !matches!(outcome, Outcome::Crash(_)));
    runs.extend(batch.iter().map(|part| (part.line, void("skipped"), part.voids)));
    for (line, outcome, count) in runs {
        revision.add(line, outcome, count, None);
    }
    None
}
