//! What programs write before each line of a log: the time, as CI services and system logs do, or the line's number.

use super::{Text, begins_a_log};

/// The lines without their stamps; nothing where no log begins behind one.
pub(super) fn without(text: &Text) -> Option<Text> {
    let mut log = Text::default();
    let mut begins = false;
    for (number, line) in text.lines() {
        let rest = stamp(line).map_or(line, |stamp| &line[stamp.length..]);
        begins |= begins_a_log(rest);
        log.push(number, rest);
    }
    begins.then_some(log)
}

/// Whether every line has a stamp of one kind; a few lines prove nothing.
pub(super) fn is_everywhere(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 400;
    const FEW: usize = 3;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(SAMPLE);
    let stamps: Option<Vec<Kind>> = lines.map(|line| stamp(line).map(|stamp| stamp.kind)).collect();
    let follows = |pair: &[Kind]| match pair {
        [Kind::Number(one), Kind::Number(next)] => one.checked_add(1) == Some(*next),
        [one, next] => one == next,
        _ => true,
    };
    stamps.is_some_and(|stamps| stamps.len() >= FEW && stamps.windows(2).all(follows))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Time,
    /// As `cat -n` and editors number lines.
    Number(u64),
}

struct Stamp {
    kind: Kind,
    /// Of its bytes, with the space behind it.
    length: usize,
}

fn stamp(line: &[u8]) -> Option<Stamp> {
    /// Stamps are short; what stands further on is no part of one.
    const LONGEST: usize = 100;
    let ascii = line.iter().take(LONGEST).take_while(|byte| byte.is_ascii() && **byte != b'\n').count();
    let head = str::from_utf8(&line[..ascii]).ok()?;
    let length = time(head).or_else(|| kernel(head)).or_else(|| system(head));
    let stamp = length.map(|length| Stamp { kind: Kind::Time, length });
    stamp.or_else(|| number(head).map(|(number, length)| Stamp { kind: Kind::Number(number), length }))
}

/// The offset of what follows the first `words` words and one white space.
fn behind(head: &str, words: usize) -> usize {
    let mut end = head.len() - head.trim_start().len();
    for _ in 0..words {
        end += head[end..].len() - head[end..].trim_start().len();
        end += head[end..].find(char::is_whitespace).unwrap_or(head.len() - end);
    }
    (end + 1).min(head.len())
}

fn bare(word: &str) -> &str {
    word.trim_matches(['[', ']', '(', ')', ','])
}

/// `10:00:00 `, `[2026-05-04T10:00:00.123Z] `, `2026/05/04 10:00:00 `
fn time(head: &str) -> Option<usize> {
    let mut words = head.split_whitespace();
    let first = bare(words.next()?);
    let whole = |word: &str| word.split_once('T').is_some_and(|(date, time)| is_date(date) && is_time(time));
    match () {
        () if is_time(first) || whole(first) => Some(behind(head, 1)),
        () if is_date(first) && words.next().is_some_and(|word| is_time(bare(word))) => Some(behind(head, 2)),
        () => None,
    }
}

fn is_date(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Hours and minutes, perhaps with seconds, a fraction and an offset.
fn is_time(word: &str) -> bool {
    let clock = word.split(['Z', '+', '-', '.', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = clock.split(':').collect();
    let rest = |byte: u8| byte.is_ascii_digit() || b"Z+-.,:".contains(&byte);
    (2..=3).contains(&parts.len())
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
        && word.bytes().all(rest)
}

/// `[    1.234567] `
fn kernel(head: &str) -> Option<usize> {
    let (inside, _) = head.strip_prefix('[')?.split_once(']')?;
    let (seconds, rest) = inside.trim().split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let end = inside.len() + 2;
    (digits(seconds) && digits(rest)).then(|| end + usize::from(head[end..].starts_with(' ')))
}

/// `May  4 10:00:00 host program[17]: `
fn system(head: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = head.split_whitespace();
    let (month, day, clock) = (words.next()?, words.next()?, words.next()?);
    (MONTHS.contains(&month) && day.parse::<u8>().is_ok() && is_time(clock)).then_some(())?;
    let (_host, program) = (words.next()?, words.next()?);
    Some(behind(head, if program.ends_with(':') { 5 } else { 3 }))
}

/// `   12  `, `12: ` or `12` and a tab.
fn number(head: &str) -> Option<(u64, usize)> {
    let start = head.len() - head.trim_start_matches(' ').len();
    let digits = head[start..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = (head[start..start + digits].parse().ok()?, &head[start + digits..]);
    let mark = ["\t", "  ", ": ", " | "].iter().find(|mark| rest.starts_with(**mark))?;
    Some((number, start + digits + mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_go_where_a_log_stands_behind_them() {
        let log = "git bisect start\n# bad: [1111111] x\ngit bisect bad 1111111\n";
        let stamps = [
            "10:00:00 ",
            "[10:00:00] ",
            "2026-05-04T10:00:00.1234567Z ",
            "[2026-05-04T10:00:00.123Z] ",
            "2026/05/04 10:00:00 ",
            "2026-05-04 10:00:00,123 ",
            "May  4 10:00:00 box ci[17]: ",
            "[    1.234567] ",
            "10:00:00\t",
        ];
        for stamp in stamps {
            let stamped = log.lines().map(|line| format!("{stamp}{line}\n")).collect::<Vec<_>>().concat();
            assert!(is_everywhere(stamped.as_bytes()), "{stamp}");
            let bare = without(&Text::plain(stamped.into_bytes())).unwrap();
            assert_eq!(str::from_utf8(&bare.bytes).unwrap(), log, "{stamp}");
        }
        let numbered =
            (9..).zip(log.lines()).map(|(at, line)| format!("{at:6}\t{line}\n")).collect::<Vec<_>>().concat();
        assert!(is_everywhere(numbered.as_bytes()));
        assert_eq!(without(&Text::plain(numbered.into_bytes())).unwrap().bytes, log.as_bytes());
    }

    #[test]
    fn a_table_keeps_its_dates_and_numbers() {
        let table = b"2026-05-04 10:00:00  v1  pass\n2026-05-05 10:00:00  v2  fail\n2026-05-06 10:00:00  v3  fail\n";
        assert_eq!(without(&Text::plain(table.to_vec())), None);
        let largest = format!("{0}  v1\n{0}  v2\n{0}  v3\n", u64::MAX);
        assert!(!is_everywhere(largest.as_bytes()), "no number follows it");
        assert!(!is_everywhere(b"1  v1\n7  v2\n8  v3\n") && !is_everywhere(b"v1 10:00:00\nv2\nv3\n"));
    }
}
