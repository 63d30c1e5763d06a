//! Intel's comparison of two kernels as its mails have it: below the names of two commits stands
//! `fail:runs  %reproduction  fail:runs`, and a line for each thing that failed.

use csv::StringRecord;

use crate::evidence::{CommitId, Line};

use super::cell::is_hash;
use super::sheet::{Shape, Sheet, line};

/// One thing that failed, with how often and in how many runs on either side.
struct Failure<'a> {
    line: Line,
    sides: Vec<(u32, u32)>,
    title: &'a str,
}

/// Reads the comparison as a row for each commit and title; `None` where there is none.
pub(super) fn sheet(text: &str) -> Option<Sheet> {
    if text.contains("| boot_successes") {
        return boots(text);
    }
    if !text.contains("%reproduction") {
        return None;
    }
    let lines: Vec<(Line, &str)> = (1..).zip(text.lines()).map(|(at, text)| (line(at), bare(text))).collect();
    let head = lines.iter().position(|(_, text)| {
        text.contains("%reproduction") && text.split_whitespace().filter(|word| *word == "fail:runs").count() > 1
    })?;
    let sides = lines[head].1.split_whitespace().filter(|word| *word == "fail:runs").count();
    let commits = commits(&lines[..head], sides)?;
    let rows = lines[head + 1..].iter();
    let failures: Vec<Failure<'_>> = rows.map_while(|(line, text)| failure(*line, text, sides)).flatten().collect();
    let mut header = ["commit", "order", "title", "crashes", "total"].map(str::to_owned).to_vec();
    // A run may show several things: where they are more than the runs, each is looked at by itself.
    let apart = (0..sides).any(|side| {
        let fails: u64 = failures.iter().map(|failure| u64::from(failure.sides[side].0)).sum();
        failures.first().is_some_and(|failure| fails > u64::from(failure.sides[side].1))
    });
    header.extend(apart.then(|| "bisection".to_owned()));
    let mut sheet = Sheet::new(Shape::Lkp, header);
    for (side, commit) in commits.iter().enumerate() {
        for failure in &failures {
            let (crashes, runs) = failure.sides[side];
            let title = failure.title;
            let (side, crashes, runs) = (side.to_string(), crashes.to_string(), runs.to_string());
            let mut cells = vec![commit.clone(), side, title.to_owned(), crashes, runs];
            cells.extend(apart.then(|| title.to_owned()));
            sheet.push(failure.line, StringRecord::from(cells));
        }
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}

/// The older form: below the names of commits, old to new, the rows `boot_successes` and `boot_failures`, and one a failure.
fn boots(text: &str) -> Option<Sheet> {
    let lines: Vec<(Line, &str)> = (1..).zip(text.lines()).map(|(at, text)| (line(at), bare(text))).collect();
    let cells = |text: &'_ str| -> Option<Vec<String>> {
        let inner = text.strip_prefix('|')?.strip_suffix('|')?;
        Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
    };
    let rows: Vec<(Line, Vec<String>)> = lines.iter().filter_map(|(at, text)| Some((*at, cells(text)?))).collect();
    let head = rows
        .iter()
        .position(|(_, cells)| cells.len() > 2 && cells[0].is_empty() && cells[1..].iter().all(|name| is_hash(name)))?;
    let (_, names) = &rows[head];
    let below = || rows[head + 1..].iter().take_while(|(_, cells)| cells.len() == names.len());
    let counts = |cells: &[String]| -> Option<Vec<u32>> {
        cells[1..].iter().map(|cell| if cell.is_empty() { Some(0) } else { cell.parse().ok() }).collect()
    };
    let row = |wanted: &str| {
        below().find(|(_, cells)| cells[0] == wanted).and_then(|(at, cells)| Some((*at, counts(cells)?)))
    };
    let (at, passes) = row("boot_successes")?;
    let crashes = row("boot_failures").map_or_else(|| vec![0; passes.len()], |(_, crashes)| crashes);
    let title = below().find(|(_, cells)| !cells[0].starts_with("boot_") && counts(cells).as_ref() == Some(&crashes));
    let title = title.map_or("", |(_, cells)| cells[0].as_str());
    let mut sheet =
        Sheet::new(Shape::Lkp, ["commit", "order", "title", "passes", "crashes"].map(str::to_owned).to_vec());
    for (side, name) in names[1..].iter().enumerate() {
        let cells = [
            whole(&lines, name),
            side.to_string(),
            title.to_owned(),
            passes[side].to_string(),
            crashes[side].to_string(),
        ];
        sheet.push(at, StringRecord::from(cells.to_vec()));
    }
    Some(sheet)
}

fn bare(text: &str) -> &str {
    text.trim_start_matches(['>', ' ']).trim_end()
}

/// The commits above the line of signs; whole, where another line has the whole name.
fn commits(lines: &[(Line, &str)], sides: usize) -> Option<Vec<String>> {
    let named = |text: &&str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let tag = |word: &&str| word.bytes().any(|byte| byte.is_ascii_digit()) && CommitId::parse_name(word).is_some();
        let any = words.iter().any(|word| is_hash(word));
        words.len() == sides && any && words.iter().all(|word| is_hash(word) || tag(word))
    };
    let short: Vec<&str> = lines.iter().rev().map(|(_, text)| *text).find(named)?.split_whitespace().collect();
    Some(short.into_iter().map(|name| whole(lines, name)).collect())
}

/// The whole name of a commit, where some line has it.
fn whole(lines: &[(Line, &str)], name: &str) -> String {
    if !is_hash(name) {
        return name.to_owned();
    }
    let words = lines.iter().flat_map(|(_, text)| text.split_whitespace()).filter(|word| is_hash(word));
    let longer = words.filter(|word| word.starts_with(name)).max_by_key(|word| word.len());
    longer.filter(|word| CommitId::parse(word).is_ok()).unwrap_or(name).to_ascii_lowercase()
}

/// What a line below the heads is: some failures, where it is one, and none for a line of signs and for what is no failure of
/// its own; `None` where the table ends.
fn failure(line: Line, text: &str, sides: usize) -> Option<Vec<Failure<'_>>> {
    if text.is_empty() {
        return None;
    }
    if text.chars().all(|c| matches!(c, '|' | ' ' | '-' | '\t')) {
        return Some(Vec::new());
    }
    let mut words = text.split_whitespace();
    let mut counts = Vec::new();
    while counts.len() < sides {
        let word = words.next()?;
        if word.ends_with('%') {
            continue;
        }
        let (fails, runs) = word.split_once(':')?;
        let fails = if fails.is_empty() { 0 } else { fails.parse().ok()? };
        counts.push((fails, runs.parse().ok()?));
    }
    let title = words.next()?;
    let title = title.strip_prefix("dmesg.").unwrap_or(title);
    // A sum of the others, or no failure at all.
    let other = ["boot_failures", "boot_successes"].contains(&title) || title.rsplit('.').next() == Some("pass");
    let one = Failure { line, sides: counts, title };
    Some(if other { Vec::new() } else { vec![one] })
}
