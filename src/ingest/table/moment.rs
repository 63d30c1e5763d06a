//! Dates and times as programs write them, in seconds since 1970: only which is earlier matters.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// A moment. Dates with slashes are none: which number is the month depends on who wrote them.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.len() < 8 || text.len() > 40 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    numeric(text).or_else(|| worded(text))
}

/// `2026-05-04`, `2026-05-04T09:42:10Z`, `2024.01.01 3:00:00 +0100`, `20260504`, `2026/05/04 10:00`.
fn numeric(text: &str) -> Option<f64> {
    let begins = text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    if !begins {
        return None;
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from: usize, upto: usize| text[from..upto].parse::<i16>().ok();
        let year = part(0, 4).filter(|year| (1990..2100).contains(year))?;
        let date = Date::new(year, part(4, 6)?.try_into().ok()?, part(6, 8)?.try_into().ok()?).ok()?;
        return Some(seconds(date.at(0, 0, 0, 0), 0));
    }
    let sign = text.as_bytes().get(4).copied().filter(|sign| matches!(sign, b'-' | b'.' | b'/'))?;
    let end = text.find(['T', 't', ' ', '_']).unwrap_or(text.len());
    let mut parts = text.get(..end)?.split(char::from(sign));
    let year = parts.next()?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let date = Date::new(year, month, day).ok().filter(|_| parts.next().is_none())?;
    clock(date, text.get(end..)?.trim_start_matches(['T', 't', ' ', '_']))
}

/// A date with what follows it: nothing, or a time with a zone.
fn clock(date: Date, text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(seconds(date.at(0, 0, 0, 0), 0));
    }
    let zone = text.find(['Z', 'z', '+', ' ']).or_else(|| text.rfind('-')).unwrap_or(text.len());
    let (time, zone) = (text.get(..zone)?, text.get(zone..)?.trim());
    let mut parts = time.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().map_or(Some(0.0), |part| part.replace(',', ".").parse().ok())?;
    if parts.next().is_some() || !(0.0..61.0).contains(&second) {
        return None;
    }
    let at = DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0).ok()?;
    Some(seconds(at, offset(zone)?) + second)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i32> {
    if matches!(zone, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let value: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
    (hours < 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^53")]
fn seconds(at: DateTime, offset: i32) -> f64 {
    Offset::UTC.to_timestamp(at).map_or(0.0, |moment| moment.as_second() as f64) - f64::from(offset)
}

/// `Mon May 4 10:00:00 2026 +0200`, `Mon, 4 May 2026 10:00:00 +0000`, `4 May 2026`, `May 4, 2026`.
fn worded(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (mut month, mut day, mut year, mut time, mut zone) = (None, None, None, "", "");
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let begin = word.get(..3).map(str::to_ascii_lowercase).unwrap_or_default();
        match word.parse::<i16>() {
            _ if word.contains(':') => time = word,
            _ if word.starts_with(['+', '-']) || matches!(word, "UTC" | "GMT" | "Z") => zone = word,
            Ok(number) if (1990..2100).contains(&number) => year = Some(number),
            Ok(number) if day.is_none() && (1..=31).contains(&number) => day = i8::try_from(number).ok(),
            _ if MONTHS.contains(&begin.as_str()) => {
                month = MONTHS.iter().position(|known| *known == begin).and_then(|at| i8::try_from(at + 1).ok());
            }
            _ if DAYS.contains(&begin.as_str()) => {}
            _ => return None,
        }
    }
    let date = Date::new(year?, month?, day?).ok()?;
    clock(date, format!("{time} {zone}").trim())
}

/// A number of seconds or milliseconds since 1970.
pub(super) fn epoch(value: f64) -> Option<f64> {
    match value {
        1e9..4e9 => Some(value),
        1e12..4e12 => Some(value / 1e3),
        1e15..4e15 => Some(value / 1e6),
        _ => None,
    }
}

/// What texts are as dates with slashes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slashed {
    /// Other texts.
    No,
    /// The day or the month may come first, and it matters which.
    Open,
    /// Dates, whose order is known.
    Dates(Vec<f64>),
}

impl Slashed {
    pub(super) fn dates(self) -> Option<Vec<f64>> {
        if let Self::Dates(dates) = self { Some(dates) } else { None }
    }
}

/// Dates with slashes, as a column has them, day first or month first.
pub(super) fn slashed(cells: &[&str]) -> Slashed {
    let read = |day_first: bool| -> Option<Vec<f64>> {
        let parse = |text: &&str| {
            let text = text.trim();
            let end = text.find(' ').unwrap_or(text.len());
            let mut parts = text.get(..end)?.split('/').map(str::parse::<i16>);
            let (first, second, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
            let (day, month) = if day_first { (first, second) } else { (second, first) };
            let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
            clock(date, text.get(end..)?.trim())
        };
        cells.iter().map(parse).collect()
    };
    let rises = |places: &[f64]| places.windows(2).map(|pair| pair[0].total_cmp(&pair[1])).collect::<Vec<_>>();
    match (read(true), read(false)) {
        (Some(read), None) | (None, Some(read)) => Slashed::Dates(read),
        (Some(days), Some(months)) if rises(&days) == rises(&months) => Slashed::Dates(days),
        (Some(_), Some(_)) => Slashed::Open,
        (None, None) => Slashed::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_programs_write_them() {
        let noon = parse("2026-05-04T12:00:00Z").unwrap();
        for same in [
            "2026-05-04 12:00:00",
            "2026-05-04T12:00:00.000+00:00",
            "2026-05-04T14:00:00+02:00",
            "2026.05.04 13:00:00 +0100",
            "2026/05/04 12:00",
            "Mon May 4 12:00:00 2026 +0000",
            "Mon, 4 May 2026 12:00:00 GMT",
        ] {
            assert_eq!(parse(same), Some(noon), "{same}");
        }
        assert_eq!(parse("20260504"), parse("4 May 2026"));
        assert_eq!(parse("2026-05-05").map(|day| day > noon), Some(true));
        assert_eq!([parse("2026-13-01"), parse("build-2026"), parse("12345678"), parse("04/05/2026")], [None; 4]);
    }

    #[test]
    fn dates_with_slashes_are_read_where_one_order_fits() {
        assert_eq!(slashed(&["04/05/2026", "03/06/2026"]), Slashed::Open);
        assert!(slashed(&["04/05/2026", "05/05/2026"]).dates().is_some() && slashed(&["x", "y"]) == Slashed::No);
        let read = slashed(&["30/04/2026", "01/05/2026"]).dates().unwrap();
        assert!(read[0] < read[1]);
        assert_eq!(epoch(1_777_888_000.0), epoch(1_777_888_000_000.0));
    }
}
