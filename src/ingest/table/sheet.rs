//! A table as rows and columns of text, whatever it looks like in the file. Nothing is known of meanings here, but for names
//! that make a line a header.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use csv::StringRecord;
use memchr::memmem;

use crate::evidence::Line;
use crate::ingest::lex::MAX_LINE;
use crate::ingest::problem::{Flaw, Problem, times};

use super::cell::{Cell, Said, is_hash, said};
use super::name::Name;
use super::version::is_release;
use super::{Columns, Meaning};

/// What a table looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Cells with this sign between them.
    Delimited(char),
    /// Cells between bars, as in Markdown.
    Bars,
    /// Columns of spaces.
    Aligned,
    /// JSON objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Intel's comparison of two kernels, `fail:runs %reproduction fail:runs`.
    Lkp,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delimited('\t') => f.write_str("tab-separated text"),
            Self::Delimited(sign) => write!(f, "text separated by `{sign}`"),
            Self::Bars => f.write_str("a table of bars"),
            Self::Aligned => f.write_str("columns of spaces"),
            Self::Json => f.write_str("JSON objects"),
            Self::Parquet => f.write_str("Parquet"),
            Self::Lkp => f.write_str("Intel's `fail:runs`"),
        }
    }
}

/// Rows and columns.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) shape: Shape,
    /// Names of columns; their numbers where the text has no header.
    pub(super) header: Vec<String>,
    pub(super) headed: bool,
    pub(super) rows: Vec<Row>,
    pub(super) problems: Vec<Problem>,
    /// The line of text above it, where another table stands before that.
    pub(super) heading: Option<String>,
    /// Where the header stands again behind empty lines.
    pub(super) seams: Vec<Line>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) cells: Cells,
}

/// The cells of one row.
#[derive(Debug)]
pub(super) enum Cells {
    /// As they stand in a text.
    Own(StringRecord),
    /// Of a table that is kept by columns: those of this row, counted from 0.
    Stored(Arc<Vec<Stored>>, u32),
}

/// A column with each of its texts once, without white space around it.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) texts: Vec<Arc<str>>,
    /// The text of each row; none where nothing is.
    pub(super) rows: Vec<Option<NonZeroU32>>,
}

impl Stored {
    /// The number of a row's text, from 0.
    fn text(&self, row: u32) -> Option<usize> {
        let text = (*self.rows.get(usize::try_from(row).ok()?)?)?.get();
        usize::try_from(text - 1).ok()
    }
}

/// A column that grows by a cell a row.
#[derive(Default)]
struct Growing {
    known: HashMap<Arc<str>, NonZeroU32>,
    stored: Stored,
}

impl Growing {
    fn push(&mut self, cell: &str) {
        let place = self.expected(cell).or_else(|| self.known.get(cell).copied()).or_else(|| self.keep(cell));
        self.stored.rows.push(place);
    }

    /// A cell often has the text of the one above, or the text that came behind that one before.
    fn expected(&self, cell: &str) -> Option<NonZeroU32> {
        let above = (*self.stored.rows.last()?)?;
        let is = |place: &NonZeroU32| {
            let text = usize::try_from(place.get() - 1).ok().and_then(|text| self.stored.texts.get(text));
            text.is_some_and(|text| **text == *cell)
        };
        [Some(above), above.checked_add(1)].into_iter().flatten().find(is)
    }

    fn keep(&mut self, cell: &str) -> Option<NonZeroU32> {
        let text: Arc<str> = cell.into();
        self.stored.texts.push(Arc::clone(&text));
        let place = NonZeroU32::new(u32::try_from(self.stored.texts.len()).ok()?)?;
        self.known.insert(text, place);
        Some(place)
    }
}

/// What was found out of the texts of a column, each looked at once where the table is kept by columns.
pub(super) struct Once<T>(Vec<Option<T>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Once<T> {
    pub(super) fn get(&mut self, row: &Row, column: usize, look: impl FnOnce(&str) -> T) -> T {
        let Some(text) = row.text(column) else { return look(row.cell(column)) };
        if self.0.len() <= text {
            self.0.resize(text + 1, None);
        }
        *self.0[text].get_or_insert_with(|| look(row.cell(column)))
    }
}

/// Rows of the lines, whose cells are kept by columns.
pub(super) fn rows(columns: Vec<Stored>, lines: impl Iterator<Item = Line>) -> Vec<Row> {
    let columns = Arc::new(columns);
    (0..).zip(lines).map(|(at, line)| Row { line, cells: Cells::Stored(Arc::clone(&columns), at) }).collect()
}

impl Row {
    /// A cell without white space around it; empty where there is none.
    pub(super) fn cell(&self, column: usize) -> &str {
        match &self.cells {
            Cells::Own(cells) => cells.get(column).unwrap_or_default().trim(),
            Cells::Stored(columns, row) => {
                let text = columns.get(column).and_then(|column| column.texts.get(column.text(*row)?));
                text.map_or("", |text| text)
            }
        }
    }

    /// The number of a cell's text in its column, from 0; none where the table is not kept by columns.
    pub(super) fn text(&self, column: usize) -> Option<usize> {
        match &self.cells {
            Cells::Own(_) => None,
            Cells::Stored(columns, row) => columns.get(column)?.text(*row),
        }
    }
}

impl Sheet {
    pub(super) const fn new(shape: Shape, header: Vec<String>) -> Self {
        Self { shape, header, headed: true, rows: Vec::new(), problems: Vec::new(), heading: None, seams: Vec::new() }
    }

    /// Whether a column surely holds revisions: by a name that nothing else has, or by hashes.
    pub(super) fn names_revisions(&self) -> bool {
        let hashes = |column: usize| self.rows.iter().all(|row| is_hash(row.cell(column)));
        self.header.iter().any(|name| is_surely_revision(name)) || (0..self.header.len()).any(hashes)
    }

    /// The texts of a column, with the number of rows of each.
    pub(super) fn texts(&self, column: usize) -> HashMap<&str, usize> {
        let (mut texts, mut stored) = (HashMap::new(), Vec::new());
        for row in &self.rows {
            let Some(text) = row.text(column) else {
                *texts.entry(row.cell(column)).or_default() += 1;
                continue;
            };
            if stored.len() <= text {
                stored.resize(text + 1, (row, 0));
            }
            stored[text] = (row, stored[text].1 + 1);
        }
        for (row, times) in stored.into_iter().filter(|(_, times)| *times > 0) {
            *texts.entry(row.cell(column)).or_default() += times;
        }
        texts
    }

    /// Adds a row, unless it has more cells than the header.
    pub(super) fn push(&mut self, line: Line, cells: StringRecord) {
        if self.fits(line, &cells) {
            self.rows.push(Row { line, cells: Cells::Own(cells) });
        }
    }

    /// Whether a row has no more cells than the header; that it has is a problem.
    fn fits(&mut self, line: Line, cells: &StringRecord) -> bool {
        let (columns, mut extra) = (self.header.len(), cells.iter().skip(self.header.len()));
        let fits = extra.all(|cell| cell.trim().is_empty());
        if !fits {
            let found = format!("{} under {}", times(cells.len(), "cell"), times(columns, "column"));
            self.problems.push(Problem { line, flaw: Flaw::Row(found) });
        }
        fits
    }
}

pub(super) fn line(number: usize) -> Line {
    Line(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Whether the names are those of a table of outcomes: one tells a revision, and one how its runs ended.
pub(super) fn is_header(names: &[&str], told: &Columns) -> bool {
    names.len() > 1 && names.iter().any(|name| is_revision(name, told)) && names.iter().any(|name| is_end(name, told))
}

/// Whether the names may be those of a table whose outcomes stand below a name that says nothing. Rows have to follow.
fn may_head(names: &[&str], told: &Columns) -> bool {
    let short = |name: &&str| (1..40).contains(&name.len()) && name.split_whitespace().count() < 6;
    names.len() > 1 && names.iter().all(short) && names.iter().any(|name| is_revision(name, told))
}

pub(super) fn is_revision(name: &str, told: &Columns) -> bool {
    if let Some(column) = told.get(&Meaning::Commit) {
        return column.trim().eq_ignore_ascii_case(name.trim());
    }
    let name = Name::of(name);
    name.meaning().is_some_and(|(meaning, _)| meaning == Meaning::Commit) || name.names_revision()
}

/// The same of a name that tables of other things do not have.
pub(super) fn is_surely_revision(name: &str) -> bool {
    is_revision(name, &Columns::new()) && !Name::of(name).is_loose()
}

fn is_end(name: &str, told: &Columns) -> bool {
    let ends = |meaning: &Meaning| meaning.is_end();
    if told.iter().any(|(meaning, column)| ends(meaning) && column.trim().eq_ignore_ascii_case(name.trim())) {
        return true;
    }
    let parsed = Name::of(name);
    let pair = parsed.pair.as_ref().is_some_and(|(first, _)| Name::of(first).sense().is_some());
    let one_run = parsed.of_one_run().is_some_and(|before| !before.is_empty());
    pair || one_run
        || parsed.meaning().is_some_and(|(meaning, _)| ends(&meaning))
        || parsed.sense().is_some()
        || parsed.of_exit()
}

/// How many lines may stand before a header.
const BEFORE: usize = 200;

/// The lines of a text with their numbers, without the marks of a quotation.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

fn unquoted(line: &str) -> &str {
    line.trim_start_matches(['>', ' ']).trim_end()
}

/// Every table that the text may be, likeliest first.
pub(super) fn of_text(text: &str, told: &Columns) -> Vec<Sheet> {
    let mut sheets = bars(text, told);
    if sheets.is_empty() {
        sheets = delimited(text, told);
    }
    if sheets.is_empty() {
        sheets = aligned(text, told);
    }
    if sheets.is_empty() {
        sheets.extend(headless(text).or_else(|| listed(text)));
    }
    sheets
}

/// Signs that separate, by how often they stand in a line; the first of equals.
fn delimiter(line: &str) -> Option<u8> {
    let often = |sign: &u8| line.bytes().filter(|byte| byte == sign).count();
    let most = [b'\t', b';', b',', b'|'].into_iter().rev().max_by_key(often)?;
    (often(&most) > 0).then_some(most)
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes())
}

/// The cells of one line; none of a line that is too long to be a row.
fn fields(line: &str, delimiter: u8) -> Vec<String> {
    if line.len() > MAX_LINE {
        return Vec::new();
    }
    let record = reader(line, delimiter).records().next().and_then(Result::ok);
    record.map(|record| record.iter().map(|cell| cell.trim().to_owned()).collect()).unwrap_or_default()
}

/// Text with a sign between cells, below a header that may stand behind a comment, or behind words.
fn delimited(text: &str, told: &Columns) -> Vec<Sheet> {
    let (mut start, mut behind_words, mut above) = (0, false, Above::default());
    for (number, raw) in text.split_inclusive('\n').take(BEFORE).enumerate() {
        let rest = &text[start + raw.len()..];
        start += raw.len();
        let bare = raw.trim_start_matches('\u{feff}').trim();
        // A comment; a cell of its own is the name of a column.
        let comment = bare.strip_prefix('#').filter(|rest| !rest.starts_with(['\t', ';', ',', '|']));
        let bare = comment.map_or(bare, str::trim_start);
        if let Some(delimiter) = delimiter(bare).filter(|_| bare.len() <= MAX_LINE) {
            let header = fields(bare, delimiter);
            let names: Vec<&str> = header.iter().map(String::as_str).collect();
            // A sentence may have these words too: rows do not follow it.
            let next = || rest.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let followed = || fields(next(), delimiter).len() == names.len();
            let heads = is_header(&names, told);
            if (heads && !behind_words) || ((heads || may_head(&names, told)) && followed()) {
                return blocks(rest, raw.trim(), delimiter, number + 1)
                    .into_iter()
                    .map(|block| {
                        let sheet = Sheet::new(Shape::Delimited(char::from(delimiter)), header.clone());
                        let heading = block.heading.or_else(|| above.heading.take());
                        let sheet = Sheet { heading, seams: block.seams, ..sheet };
                        records(sheet, block.text, delimiter, block.before)
                    })
                    .collect();
            }
        }
        above.see(raw);
        behind_words |= !bare.is_empty() && !raw.trim_start().starts_with('#');
    }
    Vec::new()
}

/// What stands between two tables.
#[derive(Default)]
struct Above {
    /// The last line of text.
    heading: Option<String>,
    /// Whether a line is empty.
    gap: bool,
}

impl Above {
    fn see(&mut self, raw: &str) {
        const LONGEST: usize = 60;
        let bare = unquoted(raw).trim();
        // What psql and data frames print below a table says nothing of the next one.
        let counts = bare.strip_prefix('(').is_some_and(|rest| rest.ends_with(" rows)") || rest.ends_with(" row)"));
        let text =
            bare.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_' | ':' | '=' | ',' | ';'));
        if text.is_empty() || counts || bare.starts_with("```") || is_rule(bare) {
            self.gap |= bare.is_empty();
        } else {
            self.heading = Some(text.chars().take(LONGEST).collect());
        }
    }
}

/// The rows below one of several headers that are the same.
struct Block<'t> {
    text: &'t str,
    /// The lines up to them.
    before: usize,
    heading: Option<String>,
    seams: Vec<Line>,
}

/// The rows below a header, which may stand there again: below a line of words, a table of its own begins. `before`: the
/// lines up to the rows.
fn blocks<'t>(text: &'t str, header: &str, delimiter: u8, before: usize) -> Vec<Block<'t>> {
    let new = |text, before, heading| Block { text, before, heading, seams: Vec::new() };
    let mut blocks = vec![new(text, before, None)];
    if memmem::find(text.as_bytes(), header.as_bytes()).is_none() {
        return blocks;
    }
    let (mut start, mut from, mut above, mut words_at) = (0, 0, Above::default(), 0);
    for (number, raw) in (before + 1..).zip(text.split_inclusive('\n')) {
        let at = start;
        start += raw.len();
        let Some(block) = blocks.last_mut() else { break };
        if raw.trim() == header {
            let above = std::mem::take(&mut above);
            if let Some(heading) = above.heading {
                block.text = &text[from..words_at];
                from = start;
                blocks.push(new(&text[from..], number, Some(heading)));
            } else if above.gap {
                block.seams.push(line(number));
            }
        } else if raw.trim().is_empty() {
            above.gap = true;
        } else if heads(raw, delimiter, above.gap) {
            words_at = if above.heading.is_some() { words_at } else { at };
            above.see(raw);
        } else {
            above = Above::default();
        }
    }
    blocks
}

/// Whether a line between rows is a heading: one cell, which a comment, a colon, a space or an empty line tells from a row
/// that is cut.
fn heads(raw: &str, delimiter: u8, gap: bool) -> bool {
    let cells = fields(raw, delimiter);
    let alone = cells.iter().skip(1).all(String::is_empty);
    let first = cells.first().map(String::as_str).unwrap_or_default();
    raw.starts_with('#') || (alone && (gap || first.ends_with(':') || first.contains(' ')))
}

/// The rows behind the header. `before`: the lines up to it. A history has millions of rows of few texts: they are kept by
/// columns.
fn records(mut sheet: Sheet, text: &str, delimiter: u8, before: usize) -> Sheet {
    let place = |position: Option<&csv::Position>| {
        let number = position.map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        line(before.saturating_add(number))
    };
    let (mut reader, mut record, mut lines) = (reader(text, delimiter), StringRecord::new(), Vec::new());
    let mut columns: Vec<Growing> = sheet.header.iter().map(|_| Growing::default()).collect();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if is_remark(&record) || is_again(&record, &sheet.header) => {}
            Ok(true) => {
                let line = place(record.position());
                if sheet.fits(line, &record) {
                    lines.push(line);
                    let cells = record.iter().chain(std::iter::repeat(""));
                    columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell.trim()));
                }
            }
            Err(error) => {
                sheet.problems.push(Problem { line: place(error.position()), flaw: Flaw::Row(error.to_string()) });
            }
        }
    }
    sheet.rows = rows(columns.into_iter().map(|column| column.stored).collect(), lines.into_iter());
    sheet
}

/// Whether the header stands there once more, as where two tables were put together.
fn is_again(record: &StringRecord, header: &[String]) -> bool {
    record.len() == header.len() && record.iter().zip(header).all(|(cell, name)| cell.trim() == name)
}

/// A comment, or the fence around a block.
fn is_remark(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default().trim();
    let alone = record.iter().skip(1).all(|cell| cell.trim().is_empty());
    first.starts_with("# ") || (alone && (first.starts_with('#') || first.starts_with("```") || first.is_empty()))
}

/// A line between rows: `|---|:--:|`, `+----+`, `---- ----`.
fn is_rule(line: &str) -> bool {
    let drawn = |c: char| c.is_whitespace() || matches!(c, '|' | '-' | '+' | ':' | '=' | '\u{2500}'..='\u{257f}');
    line.chars().all(drawn) && line.contains(['-', '=', '─', '━', '═'])
}

/// Bars that boxes are drawn with.
const BARS: [char; 5] = ['│', '┃', '║', '┆', '╎'];

/// Whether cells name the types of columns, as data frames print them below a header.
fn are_types(cells: &[String]) -> bool {
    const TYPES: [&str; 20] = [
        "str",
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "f64",
        "bool",
        "date",
        "varchar",
        "int32",
        "int64",
        "double",
        "boolean",
        "timestamp",
        "cat",
    ];
    let typed = |cell: &String| TYPES.contains(&cell.split(['[', '(']).next().unwrap_or_default());
    cells.len() > 1 && cells.iter().all(typed)
}

/// The cells between bars, without what Markdown puts around a word.
fn barred(line: &str) -> Option<Vec<String>> {
    let mut line = unquoted(line).replace(BARS, "|");
    // A header of Jira's.
    if line.len() > 4 && line.starts_with("||") && line.ends_with("||") {
        line = line.replace("||", "|");
    }
    if !line.contains('|') {
        return None;
    }
    let inner = line.trim().strip_prefix('|').unwrap_or_else(|| line.trim());
    let inner = inner.strip_suffix('|').filter(|inner| !inner.ends_with('\\')).unwrap_or(inner);
    let (mut cells, mut cell, mut escaped) = (Vec::new(), String::new(), false);
    for c in inner.chars() {
        match c {
            '|' if escaped => {
                cell.pop();
                cell.push('|');
            }
            '|' => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
        escaped = c == '\\';
    }
    cells.push(cell);
    Some(cells.iter().map(|cell| plain(cell)).collect())
}

/// `` `a1` ``, `**a1**` and `[a1](https://…)` are a1.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let linked = cell.strip_prefix('[').and_then(|rest| rest.split_once("](")).filter(|_| cell.ends_with(')'));
    let cell = linked.map_or(cell, |(text, _)| text);
    cell.trim_matches(|c: char| matches!(c, '`' | '*')).trim().to_owned()
}

/// Tables of bars, with text before, between and after them.
fn bars(text: &str, told: &Columns) -> Vec<Sheet> {
    if !text.contains('|') && !text.contains(BARS) {
        return Vec::new();
    }
    let (mut sheets, mut open, mut before): (Vec<Sheet>, bool, Vec<String>) = (Vec::new(), false, Vec::new());
    let mut above = Above::default();
    for (number, raw) in lines(text).filter(|(_, raw)| raw.len() <= MAX_LINE) {
        if is_rule(unquoted(raw)) && !raw.trim().is_empty() {
            let names: Vec<&str> = before.iter().map(String::as_str).collect();
            if !open && may_head(&names, told) {
                begin(&mut sheets, std::mem::take(&mut before), std::mem::take(&mut above), line(number));
                open = true;
            }
            continue;
        }
        let Some(cells) = barred(raw) else {
            open = false;
            above.see(raw);
            continue;
        };
        before.clone_from(&cells);
        let names: Vec<&str> = cells.iter().map(String::as_str).collect();
        if is_header(&names, told) {
            begin(&mut sheets, cells, std::mem::take(&mut above), line(number));
            open = true;
        } else if let Some(sheet) =
            sheets.last_mut().filter(|sheet| open && !(sheet.rows.is_empty() && are_types(&cells)))
        {
            sheet.push(line(number), StringRecord::from(cells));
        }
    }
    sheets
}

/// A table of bars begins, or the header of the last one stands there again.
fn begin(sheets: &mut Vec<Sheet>, header: Vec<String>, above: Above, at: Line) {
    match sheets.last_mut().filter(|sheet| sheet.header == header && above.heading.is_none()) {
        Some(sheet) => sheet.seams.extend(above.gap.then_some(at)),
        None => sheets.push(Sheet { heading: above.heading, ..Sheet::new(Shape::Bars, header) }),
    }
}

/// Words with their places: where two spaces or a tab lie between them, or one.
fn spaced(line: &str, wide: bool) -> Vec<(usize, &str)> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut start = None;
    let bytes = line.as_bytes();
    for at in 0..=bytes.len() {
        let blank = bytes.get(at).is_none_or(u8::is_ascii_whitespace);
        let ends = blank
            && (!wide || bytes.get(at).is_none_or(|byte| *byte == b'\t') || {
                bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace)
            });
        match start {
            None if !blank => start = Some(at),
            Some(from) if ends => {
                words.push((from, &line[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Names in columns of spaces with their places, and whether two spaces lie between them.
type SpacedHeader = (Vec<(usize, String)>, bool);

/// The header that a line is. `next`: the line below, for names that say too little.
fn spaced_header(raw: &str, next: &str, told: &Columns) -> Option<SpacedHeader> {
    const LONGEST: usize = 2000;
    let raw = raw.trim_start_matches('>');
    let bare = raw.strip_prefix('#').unwrap_or(raw);
    let offset = raw.len() - bare.len();
    let below = next.trim_start_matches('>');
    let next = spaced(below, true);
    let ways = [true, false].into_iter().filter(|_| bare.len() < LONGEST);
    let mut found = ways.filter_map(|wide| {
        let words = spaced(bare, wide);
        let names: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
        let known = names.iter().all(|name| name.len() < 40 && (wide || is_known(name, told)));
        let tells = |cell: &str| said(cell).is_some() || matches!(Cell::of(cell), Cell::Truth(_) | Cell::Whole(0 | 1));
        let ended = next.iter().any(|(_, cell)| tells(cell));
        let above_hash =
            |(name, (_, cell)): (&&str, &(usize, &str))| is_revision(name, told) && (ended || is_hash(cell));
        let heads = is_header(&names, told)
            || (wide && may_head(&names, told) && next.len() == names.len() && names.iter().zip(&next).any(above_hash));
        (known && heads).then(|| (words.iter().map(|(at, word)| (at + offset, (*word).to_owned())).collect(), wide))
    });
    let (first, second): (Option<SpacedHeader>, Option<SpacedHeader>) = (found.next(), found.next());
    // Names with one space between them, above cells with more.
    let fits = |header: &SpacedHeader| next.len() == header.0.len() || spaced(below, false).len() == header.0.len();
    match (first, second) {
        (Some(first), Some(second)) if !fits(&first) && fits(&second) => Some(second),
        (first, _) => first,
    }
}

/// Columns of spaces below a header, and more of them behind it.
fn aligned(text: &str, told: &Columns) -> Vec<Sheet> {
    let all: Vec<(usize, &str)> = lines(text).take(MOST_ALIGNED).collect();
    let (mut sheets, mut above, mut at): (Vec<Sheet>, Above, usize) = (Vec::new(), Above::default(), 0);
    while let Some((number, raw)) = all.get(at).filter(|_| !sheets.is_empty() || at < BEFORE) {
        at += 1;
        let next = all.get(at).map_or("", |(_, next)| next);
        let known = |header: &SpacedHeader| {
            let same = |sheet: &Sheet| sheet.header.iter().eq(header.0.iter().map(|(_, name)| name));
            header.1 || sheets.last().is_none_or(same)
        };
        let Some(header) = spaced_header(raw, next, told).filter(known) else {
            above.see(raw);
            continue;
        };
        let (sheet, read) = spaced_rows(&header, &all[at..]);
        if sheet.rows.is_empty() {
            if sheets.is_empty() {
                return Vec::new();
            }
            above.see(raw);
            continue;
        }
        at += read;
        let above = std::mem::take(&mut above);
        match sheets.last_mut().filter(|last| last.header == sheet.header && above.heading.is_none()) {
            Some(last) => {
                last.seams.push(line(*number));
                last.rows.extend(sheet.rows);
                last.problems.extend(sheet.problems);
            }
            None => sheets.push(Sheet { heading: above.heading, ..sheet }),
        }
    }
    sheets
}

/// The rows below a header of spaces, up to an empty line, and how many lines that are.
fn spaced_rows((header, wide): &SpacedHeader, lines: &[(usize, &str)]) -> (Sheet, usize) {
    let mut sheet = Sheet::new(Shape::Aligned, header.iter().map(|(_, name)| name.clone()).collect());
    for (read, (number, raw)) in lines.iter().enumerate() {
        let raw = raw.trim_start_matches('>');
        if raw.trim().is_empty() || raw.trim_start().starts_with("```") {
            if !sheet.rows.is_empty() {
                return (sheet, read);
            }
            continue;
        }
        if is_rule(raw) || raw.trim_start().starts_with("# ") {
            continue;
        }
        match columns(raw, header, *wide) {
            Some(cells) if is_again(&cells, &sheet.header) => {}
            Some(cells) => sheet.push(line(*number), cells),
            None => {
                let words = spaced(raw, *wide).len();
                let flaw = Flaw::Row(format!("{} under {}", times(words, "word"), times(header.len(), "column")));
                sheet.problems.push(Problem { line: line(*number), flaw });
            }
        }
    }
    (sheet, lines.len())
}

/// Lines of a table of spaces: people write these.
const MOST_ALIGNED: usize = 100_000;

/// The cells of a line below a header of spaces: as many words as there are columns, or each below or above its name. Cells that
/// are flush with their names are told from as many words by chance: `not ok` below some of the names.
fn columns(line: &str, header: &[(usize, String)], wide: bool) -> Option<StringRecord> {
    let words = spaced(line, true);
    let flush = |(at, word): &(usize, &str)| {
        let ends = |(from, name): &(usize, String)| from == at || from + name.len() == at + word.len();
        header.iter().any(ends)
    };
    if words.len() > 1
        && words.len() < header.len()
        && words.iter().all(flush)
        && let Some(cells) = below(&words, header)
    {
        return Some(cells);
    }
    for wide in [wide, false, true] {
        let mut words = spaced(line, wide);
        // Data frames are printed with the number of each row before it, below no name.
        let numbered = words.first().is_some_and(|(at, word)| {
            word.bytes().all(|byte| byte.is_ascii_digit())
                && header.first().is_some_and(|(from, _)| at + word.len() <= *from)
        });
        if numbered && words.len() == header.len() + 1 {
            words.remove(0);
        }
        if words.len() == header.len() {
            return Some(words.iter().map(|(_, word)| *word).collect());
        }
    }
    below(&words, header)
}

/// The cells of words that stand below a name each.
fn below(words: &[(usize, &str)], header: &[(usize, String)]) -> Option<StringRecord> {
    let mut cells = vec![""; header.len()];
    for (at, word) in words {
        let shares = |(_, (from, name)): &(usize, &(usize, String))| *at < from + name.len() && *from < at + word.len();
        let mut below = header.iter().enumerate().filter(shares);
        let (column, _) = below.next()?;
        if below.next().is_some() || !cells[column].is_empty() {
            return None;
        }
        cells[column] = word;
    }
    Some(cells.into_iter().collect())
}

/// Whether a column of this name may mean something.
pub(super) fn is_known(name: &str, told: &Columns) -> bool {
    let parsed = Name::of(name);
    told.values().any(|column| column.trim().eq_ignore_ascii_case(name.trim()))
        || parsed.meaning().is_some()
        || parsed.sense().is_some()
        || parsed.names_revision()
        || parsed.names_moment()
        || parsed.of_exit()
        || parsed.of_one_run().is_some()
}

/// Rows without a header: each has as many cells as the first; one is always a word for how a run ended, and one a hash, or
/// in rows of two cells a name with a number.
fn headless(text: &str) -> Option<Sheet> {
    const SAMPLE: usize = 50;
    const WIDEST: usize = 20;
    let rows = || lines(text).map(|(number, raw)| (number, raw.trim())).filter(|(_, raw)| !raw.is_empty());
    let (_, first) = rows().find(|(_, raw)| !raw.starts_with("# "))?;
    if first.len() > MAX_LINE {
        return None;
    }
    let delimiter = delimiter(first).unwrap_or(b' ');
    let cells = |raw: &str| match delimiter {
        b' ' => raw.split_whitespace().map(str::to_owned).collect(),
        sign => fields(raw, sign),
    };
    let width = cells(first).len();
    let sample: Vec<Vec<String>> = rows().map(|(_, raw)| cells(raw)).take(SAMPLE).collect();
    if !(2..=WIDEST).contains(&width) || sample.len() < 2 || sample.iter().any(|row| row.len() != width) {
        return None;
    }
    let all = |column: usize, is: &dyn Fn(&str) -> bool| sample.iter().all(|row| is(&row[column]));
    let names = |text: &str| is_hash(text) || (width == 2 && is_name(text));
    let said = (0..width).find(|column| all(*column, &|text| said(text).is_some()))?;
    (0..width).find(|column| *column != said && all(*column, &names))?;
    let shape = if delimiter == b' ' { Shape::Aligned } else { Shape::Delimited(char::from(delimiter)) };
    let mut sheet = Sheet::new(shape, (1..=width).map(|column| column.to_string()).collect());
    sheet.headed = false;
    for (number, raw) in rows().filter(|(_, raw)| !raw.starts_with("# ")) {
        sheet.push(line(number), StringRecord::from(cells(raw)));
    }
    Some(sheet)
}

/// Lines of a hash or a release and a word for how its run ended, among other text: `- 1a2b3c4: good`. Both ends have to stand there.
fn listed(text: &str) -> Option<Sheet> {
    let pair = |raw: &str| {
        let bare = unquoted(raw).trim_start_matches(['-', '*', '\u{2022}']).trim();
        let (hash, word) = bare.split_once([' ', '\t', ':'])?;
        let word = word.trim_start_matches([':', '-', '\u{2013}', ' ', '\t']).trim_end();
        let digit = hash.bytes().any(|byte| byte.is_ascii_digit());
        (digit && (is_hash(hash) || is_release(hash))).then_some((hash.to_owned(), word.to_owned(), said(word)?))
    };
    let short = |(_, raw): &(usize, &str)| raw.len() < 120;
    let found: Vec<_> = lines(text).filter(short).filter_map(|(number, raw)| Some((number, pair(raw)?))).collect();
    let both = [Said::Pass, Said::Crash].iter().all(|end| found.iter().any(|(_, (.., said))| said == end));
    both.then_some(())?;
    let mut sheet = Sheet::new(Shape::Aligned, vec!["1".to_owned(), "2".to_owned()]);
    sheet.headed = false;
    for (number, (hash, word, _)) in found {
        sheet.push(line(number), StringRecord::from(vec![hash, word]));
    }
    Some(sheet)
}

/// Letters and digits, as in `v1.2` and `build-17`.
fn is_name(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    plain && text.contains(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic)
}

/// The columns of a text that looks like a table of something else.
pub(super) fn foreign_columns(text: &str) -> Option<Vec<String>> {
    const MOST: usize = 40;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# "));
    let (first, second) = (lines.next()?, lines.next()?);
    let delimiter = delimiter(first).filter(|_| first.len() < 4000)?;
    let (header, row) = (fields(first, delimiter), fields(second, delimiter));
    let named = |name: &String| (1..60).contains(&name.len()) && name.split_whitespace().count() < 8;
    let fits = header.len() > 1 && header.len() == row.len() && header.len() <= MOST;
    (fits && header.iter().all(named)).then_some(header)
}
