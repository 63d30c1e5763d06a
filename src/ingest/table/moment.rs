//! Dates and times as programs write them, in seconds since 1970: only which is earlier matters.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// A moment. Dates with slashes are none: which number is the month depends on who wrote them.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.len() < 5 || text.len() > 40 {
        return None;
    }
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let known = [numeric, compact, pointed, week, stamp, eastern, worded];
    let dated = || known.into_iter().find_map(|read| read(text));
    (digits && text.len() >= 8).then(dated).flatten().or_else(|| ago(text))
}

/// `20260504T101112Z`, `20260504_1011`.
fn compact(text: &str) -> Option<f64> {
    let (date, rest) = (text.get(..8)?, text.get(8..)?);
    let time = rest.strip_prefix(['T', 't', '_', ' ', '-'])?;
    let digits = time.len() - time.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (clock, zone) = time.split_at(digits);
    let day = numeric(date).filter(|_| digits == 6 || (digits == 4 && !rest.starts_with('-')))?;
    let part = |from: usize| clock.get(from..from + 2).map_or(Some(0.0), |part| part.parse::<f64>().ok());
    let (hour, minute, second) = (part(0)?, part(2)?, part(4)?);
    let zone = f64::from(offset(zone.trim())?);
    (hour < 24.0 && minute < 60.0 && second < 61.0).then_some(day + hour * 3600.0 + minute * 60.0 + second - zone)
}

/// `@1777888000`, `1777888000 +0200`: git's own way to write a moment.
fn stamp(text: &str) -> Option<f64> {
    let (marked, text) = text.strip_prefix('@').map_or((false, text), |rest| (true, rest));
    let (number, zone) = text.split_once(' ').unwrap_or((text, ""));
    (marked || !zone.is_empty()).then_some(())?;
    offset(zone)?;
    epoch(number.parse().ok()?)
}

/// `2026年5月4日`, `2026년 5월 4일`.
fn eastern(text: &str) -> Option<f64> {
    let text = text.replace(['年', '月', '년', '월'], "-").replace("- ", "-").replace(['日', '일'], " ");
    numeric(text.trim())
}

/// `04.05.2026`, with a time behind it or not: wherever points are written, the day comes first.
fn pointed(text: &str) -> Option<f64> {
    let end = text.find([' ', ',']).unwrap_or(text.len());
    let mut parts = text[..end].split('.');
    let (day, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let date = Date::new(year, month, day).ok().filter(|_| parts.next().is_none())?;
    clock(date, text[end..].trim_start_matches([',', ' ']))
}

/// `2026-W18`, `2026W18-3`: the week by its number, and the day in it.
fn week(text: &str) -> Option<f64> {
    let (year, rest) = text.split_once(['W', 'w'])?;
    let year: i16 = year.trim_end_matches([' ', '-']).parse().ok().filter(|year| (1990..2100).contains(year))?;
    let (number, day) = rest.split_once('-').unwrap_or((rest, "1"));
    let (number, day): (i32, i32) = (number.parse().ok()?, day.parse().ok()?);
    ((1..=53).contains(&number) && (1..=7).contains(&day)).then_some(())?;
    let first = Date::new(year, 1, 4).ok()?;
    let monday = i32::from(first.weekday().to_monday_zero_offset());
    let days = (number - 1) * 7 + day - 1 - monday;
    Some(seconds(first.at(0, 0, 0, 0), 0) + f64::from(days) * 86_400.0)
}

/// `3 days ago`, `an hour ago`, `yesterday`: seconds before a now that is later than any date beside it.
fn ago(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 16] = [
        ("", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("hr", 3600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("mo", 2_629_800.0),
        ("y", 31_557_600.0),
        ("second", 1.0),
        ("sec", 1.0),
        ("minute", 60.0),
        ("min", 60.0),
        ("hour", 3600.0),
        ("day", 86_400.0),
        ("week", 604_800.0),
        ("month", 2_629_800.0),
    ];
    const YEAR: f64 = 31_557_600.0;
    const NOW: f64 = 4e9;
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "yesterday" => return Some(NOW - 86_400.0),
        "today" | "just now" => return Some(NOW),
        _ => {}
    }
    let span = text.strip_suffix(" ago")?;
    let span = ["about ", "over ", "almost "].iter().find_map(|about| span.strip_prefix(about)).unwrap_or(span);
    // `3 hours`, `3h`.
    let end = span.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0);
    let (number, unit) = span.split_once(' ').or_else(|| Some(span.split_at(end?)))?;
    let number: f64 = if matches!(number, "a" | "an") { 1.0 } else { number.parse().ok()? };
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let length = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, length)| *length);
    let length = length.or((unit == "year").then_some(YEAR))?;
    number.is_finite().then_some(NOW - number * length)
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
    let zone = text.find(['Z', 'z', '+', ' ', 'A', 'a', 'P', 'p']).or_else(|| text.rfind('-')).unwrap_or(text.len());
    let (time, zone) = (text.get(..zone)?, text.get(zone..)?.trim());
    let (noon, zone) = half(zone);
    let mut parts = time.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let hour = match noon {
        Some(afternoon) if (1..=12).contains(&hour) => hour % 12 + if afternoon { 12 } else { 0 },
        Some(_) => return None,
        None => hour,
    };
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().map_or(Some(0.0), |part| part.replace(',', ".").parse().ok())?;
    if parts.next().is_some() || !(0.0..61.0).contains(&second) {
        return None;
    }
    let at = DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0).ok()?;
    Some(seconds(at, offset(zone)?) + second)
}

/// Whether a time is one of the afternoon, where it says so, and what follows.
fn half(text: &str) -> (Option<bool>, &str) {
    let known = [("AM", false), ("am", false), ("PM", true), ("pm", true)];
    let told = known.into_iter().find_map(|(mark, afternoon)| Some((Some(afternoon), text.strip_prefix(mark)?.trim())));
    told.unwrap_or((None, text))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i32> {
    if matches!(zone, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    const NAMED: [(&str, i32); 20] = [
        ("PST", -8),
        ("PDT", -7),
        ("MST", -7),
        ("MDT", -6),
        ("CDT", -5),
        ("EST", -5),
        ("EDT", -4),
        ("AKST", -9),
        ("AKDT", -8),
        ("WET", 0),
        ("WEST", 1),
        ("CET", 1),
        ("CEST", 2),
        ("EET", 2),
        ("EEST", 3),
        ("MSK", 3),
        ("JST", 9),
        ("KST", 9),
        ("NZST", 12),
        ("NZDT", 13),
    ];
    // `+0200 (CEST)`
    let zone = zone.split_once(" (").filter(|_| zone.ends_with(')')).map_or(zone, |(zone, _)| zone);
    if let Some((_, hours)) = NAMED.into_iter().find(|(name, _)| *name == zone) {
        return Some(hours * 3600);
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

/// Names of months, by how they begin in English, German, French, Spanish, Italian, Portuguese, Dutch and Russian.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen", "янв"],
    &["feb", "fév", "fev", "фев"],
    &["mar", "mär", "mrt", "мар"],
    &["apr", "avr", "abr", "апр"],
    &["may", "mai", "mag", "mei", "мая", "май"],
    &["jun", "juin", "giu", "июн"],
    &["jul", "juil", "lug", "июл"],
    &["aug", "aoû", "aou", "ago", "авг"],
    &["sep", "set", "сен"],
    &["oct", "okt", "ott", "out", "окт"],
    &["nov", "ноя"],
    &["dec", "dez", "déc", "dic", "дек"],
];

/// The number of a month, by its name.
fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i8::try_from(at + 1).ok()
}

/// `Mon May 4 10:00:00 2026 +0200`, `Mon, 4 May 2026 10:00:00 +0000`, `4 May 2026`, `May 4, 2026 1:05 PM`, `4-May-2026`,
/// `4. Mai 2026`, `4th May 2026`.
fn worded(text: &str) -> Option<f64> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const BETWEEN: [&str; 6] = ["de", "of", "the", "at", "um", "le"];
    let (mut named, mut day, mut year, mut time, mut zone) = (None, None, None, "", "");
    // Hyphens between a day, a month and a year; else one stands before a zone.
    let hyphens = text.split(' ').next().filter(|first| first.matches('-').count() == 2).map_or(0, str::len);
    let parts = text[..hyphens].split('-').chain(text[hyphens..].split([' ', ',']));
    let mut noon = "";
    for word in parts.filter(|word| !word.is_empty()) {
        let begin: String = word.chars().take(3).collect::<String>().to_lowercase();
        match ordinal(word).parse::<i16>() {
            _ if word.contains(':') => time = word,
            _ if ["AM", "PM"].iter().any(|mark| mark.eq_ignore_ascii_case(word)) => noon = word,
            _ if word.starts_with(['+', '-']) || offset(word).is_some() => zone = word,
            Ok(number) if (1990..2100).contains(&number) => year = Some(number),
            Ok(number) if day.is_none() && (1..=31).contains(&number) => day = i8::try_from(number).ok(),
            _ if DAYS.contains(&begin.as_str()) || BETWEEN.contains(&word) || word.starts_with('(') => {}
            _ => named = Some(month(word).filter(|_| named.is_none())?),
        }
    }
    let date = Date::new(year?, named?, day?).ok()?;
    clock(date, format!("{time} {} {zone}", noon.to_uppercase()).trim())
}

/// `4.`, `4th` and `1st` without what makes them ordinal.
fn ordinal(word: &str) -> &str {
    let number = ["st", "nd", "rd", "th", "."].into_iter().find_map(|end| word.strip_suffix(end));
    number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(word)
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

/// Which part of a date stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    Day,
    Month,
    Year,
}

/// What texts are as dates with slashes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slashed {
    /// Other texts.
    No,
    /// The day, the month or the year may come first, and it matters which.
    Open,
    /// Dates, whose order is known.
    Dates(Vec<f64>),
}

impl Slashed {
    pub(super) fn dates(self) -> Option<Vec<f64>> {
        if let Self::Dates(dates) = self { Some(dates) } else { None }
    }
}

/// Dates with slashes, as a column has them: day first, month first, or with two digits of the year first.
pub(super) fn slashed(cells: &[&str]) -> Slashed {
    let read = |parts| cells.iter().map(|text| in_order(text, parts)).collect::<Option<Vec<f64>>>();
    let mut found: Vec<Vec<f64>> = [Parts::Day, Parts::Month, Parts::Year].into_iter().filter_map(read).collect();
    likely(&mut found);
    let rises = |places: &[f64]| places.windows(2).map(|pair| pair[0].total_cmp(&pair[1])).collect::<Vec<_>>();
    match found.split_first() {
        None => Slashed::No,
        Some((first, others)) if others.iter().all(|other| rises(other) == rises(first)) => {
            Slashed::Dates(found.swap_remove(0))
        }
        Some(_) => Slashed::Open,
    }
}

/// Leaves out readings whose dates are decades apart, where in another they lie close together: 26-05-03 and 26-04-30 are days
/// of one spring.
fn likely(found: &mut Vec<Vec<f64>>) {
    const YEAR: f64 = 366.0 * 86_400.0;
    let span = |places: &[f64]| {
        let most = places.iter().copied().fold(f64::MIN, f64::max);
        most - places.iter().copied().fold(f64::MAX, f64::min)
    };
    let close = found.iter().any(|places| span(places) < 3.0 * YEAR);
    found.retain(|places| !close || span(places) < 10.0 * YEAR);
}

/// One such date, with a time behind or before it.
fn in_order(text: &str, parts: Parts) -> Option<f64> {
    let text = text.trim();
    let (date, time) = match text.split_once(' ') {
        None => (text, ""),
        Some((first, _)) if first.contains(':') => text.rsplit_once(' ').map(|(time, date)| (date, time))?,
        Some((date, time)) => (date, time.trim()),
    };
    let date = date.trim_end_matches(',');
    let sign = date.chars().find(|c| !c.is_ascii_digit()).filter(|sign| ['/', '-', '.'].contains(sign))?;
    let mut split = date.split(sign);
    let (first, second, third) = (split.next()?, split.next()?, split.next()?);
    // Where points are written, the day comes first.
    let (day, month, year) = match parts {
        Parts::Month if sign == '.' => return None,
        Parts::Day => (first, second, third),
        Parts::Month => (second, first, third),
        Parts::Year if sign != '.' && first.len() == 2 && third.len() <= 2 => (third, second, first),
        Parts::Year => return None,
    };
    let year: i16 = year.parse().ok()?;
    let year = if (0..100).contains(&year) { year + 2000 } else { year };
    let date = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok().filter(|_| split.next().is_none())?;
    clock(date, time)
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
            "04.05.2026 12:00",
            "4-May-2026 12:00",
            "May 4, 2026 12:00 PM",
            "May 4, 2026, 12:00:00 pm",
            "20260504T120000Z",
            "20260504T1400+0200",
            "@1777896000",
            "1777896000 +0200",
            "2026年5月4日 12:00",
            "4th May 2026 12:00",
            "4. Mai 2026 12:00",
            "4 de mayo de 2026 12:00",
            "2026-05-04 05:00 PDT",
            "2026-05-04 14:00 CEST",
            "Mon, 4 May 2026 14:00:00 +0200 (CEST)",
        ] {
            assert_eq!(parse(same), Some(noon), "{same}");
        }
        assert_eq!(parse("20260504"), parse("4 May 2026"));
        assert_eq!(parse("2026-05-05").map(|day| day > noon), Some(true));
        assert_eq!((parse("2026-W19"), parse("2026W19-2")), (parse("2026-05-04"), parse("2026-05-05")));
        let short = ["3mo ago", "2w ago", "2d ago", "3h ago", "5m ago"];
        assert!(short.map(|text| parse(text).unwrap()).is_sorted());
        assert_eq!([parse("2026-05-04 05:00 CST"), parse("20260504-beta"), parse("4 Foo 2026")], [None; 3]);
        let ago = ["3 months ago", "2 weeks ago", "yesterday", "23 hours ago", "an hour ago", "just now"];
        assert!(ago.map(|text| parse(text).unwrap()).is_sorted());
        assert_eq!([parse("1.5.26"), parse("some time ago"), parse("6.1.12")], [None; 3]);
        assert_eq!([parse("2026-13-01"), parse("build-2026"), parse("12345678"), parse("04/05/2026")], [None; 4]);
    }

    #[test]
    fn dates_with_slashes_are_read_where_one_order_fits() {
        assert_eq!(slashed(&["04/05/2026", "03/06/2026"]), Slashed::Open);
        assert!(slashed(&["04/05/2026", "05/05/2026"]).dates().is_some() && slashed(&["x", "y"]) == Slashed::No);
        let read = slashed(&["30/04/2026", "01/05/2026"]).dates().unwrap();
        assert!(read[0] < read[1]);
        assert_eq!(slashed(&["04-05-2026", "03-06-2026"]), Slashed::Open);
        assert!(slashed(&["04.05.26", "03.06.26"]).dates().is_some_and(|read| read[0] < read[1]));
        let half = slashed(&["5/14/2026 9:05 AM", "5/14/2026 1:05 PM"]).dates().unwrap();
        assert!(half[0] < half[1]);
        assert_eq!(epoch(1_777_888_000.0), epoch(1_777_888_000_000.0));
        let early = slashed(&["12:10 AM 5/14/2026", "11:30 AM 5/14/2026", "12:30 PM 5/14/2026"]).dates().unwrap();
        assert!(early.is_sorted());
    }

    #[test]
    fn two_digits_of_a_year_may_come_first() {
        let falls = slashed(&["26-05-03", "26-04-30", "26-04-12"]).dates().unwrap();
        assert!(falls.is_sorted_by(|a, b| a > b));
        assert!(slashed(&["24-12-30", "25-01-02", "26-02-01"]).dates().unwrap().is_sorted());
        assert!(slashed(&["30/04/26", "01/05/26"]).dates().unwrap().is_sorted(), "the day comes first");
        assert_eq!(slashed(&["26-05-03", "26-04-05"]), Slashed::Open, "May, then April, or 2003, then 2005");
    }
}
