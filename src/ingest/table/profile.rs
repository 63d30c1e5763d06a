//! What stands in a column, whatever its name: how many numbers, words, dates; and what that says together with the name.

use super::Meaning;
use super::cell::{Cell, is_hash, is_none, value};
use super::moment::epoch;
use super::name::{Name, Sense};
use super::sheet::Sheet;

/// What the cells of a column look like, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) filled: usize,
    /// Cells that are as good as empty among numbers.
    pub(super) none: usize,
    pub(super) whole: usize,
    /// Whole numbers that are 0 or 1.
    pub(super) bits: usize,
    pub(super) zeros: usize,
    /// Numbers of seconds since 1970, or of parts of them.
    pub(super) epochs: usize,
    pub(super) most: i64,
    pub(super) number: usize,
    /// Numbers with a fraction that are above 1.
    pub(super) above: usize,
    pub(super) percent: usize,
    pub(super) truth: usize,
    pub(super) said: usize,
    pub(super) ratio: usize,
    pub(super) counted: usize,
    /// Shares behind a word.
    pub(super) led: usize,
    pub(super) moment: usize,
    pub(super) hash: usize,
    pub(super) lettered: usize,
    /// The letter p, beside which f means failed.
    pub(super) letter: bool,
    /// Words that could be said of an attempt to reproduce.
    pub(super) attempt: usize,
}

impl Profile {
    pub(super) fn of(sheet: &Sheet, column: usize) -> Self {
        let mut profile = Self::default();
        sheet.texts(column).into_iter().for_each(|(text, times)| profile.add(text, times));
        profile
    }

    fn add(&mut self, text: &str, times: usize) {
        const ATTEMPTS: [&str; 8] =
            ["fail", "failed", "failure", "success", "successful", "succeeded", "pass", "passed"];
        if text.is_empty() {
            return;
        }
        self.none += times * usize::from(is_none(text));
        self.filled += times;
        self.hash += times * usize::from(is_hash(text));
        self.lettered += times * usize::from(is_hash(text) && text.bytes().any(|byte| byte.is_ascii_alphabetic()));
        match Cell::of(text) {
            Cell::Whole(value) => {
                self.whole += times;
                self.bits += times * usize::from(matches!(value, 0 | 1));
                self.zeros += times * usize::from(value == 0);
                self.most = self.most.max(value);
                self.epochs += times * usize::from(is_epoch(text));
            }
            Cell::Number(value) => {
                self.number += times;
                self.above += times * usize::from(value > 1.0);
                self.epochs += times * usize::from(is_epoch(text));
            }
            Cell::Percent(_) => self.percent += times,
            Cell::Truth(_) => self.truth += times,
            Cell::Said(_) => {
                self.said += times;
                self.letter |= text.eq_ignore_ascii_case("p");
                self.attempt += times * usize::from(ATTEMPTS.iter().any(|word| word.eq_ignore_ascii_case(text)));
            }
            Cell::Ratio(..) => self.ratio += times,
            Cell::Counted(tally) => {
                self.counted += times;
                self.led += times * usize::from(tally.led.is_some());
            }
            Cell::Moment => self.moment += times,
            Cell::Empty | Cell::Hash | Cell::Text => {}
        }
    }

    pub(super) const fn all(&self, some: usize) -> bool {
        self.filled > 0 && some == self.filled
    }

    pub(super) const fn most_of(&self, some: usize) -> bool {
        some > 0 && some * 2 >= self.filled
    }
}

fn is_epoch(text: &str) -> bool {
    value(text).and_then(epoch).is_some()
}

/// How a column tells the ends of runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Words,
    Flags(Sense),
    Counts(Sense),
    /// Whole numbers of which none is above one.
    Bits(Sense),
    Exit,
    /// So many of so many.
    Ratio(Sense),
    /// So many of this sense, so many of the other.
    Both(Sense),
    Counted,
    Rate(Sense, bool),
    /// It tells, and not in which sense.
    Unsure(Unsure),
}

/// What kind of cell leaves the sense open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsure {
    /// Yes and no.
    Truth,
    /// Zeros and ones.
    Bits,
    /// Other numbers.
    Numbers,
    /// So many of so many.
    Ratio,
    /// So many per cent.
    Shares,
    /// Words that could be said of an attempt to reproduce.
    Attempt,
}

pub(super) fn flags(sense: Sense, profile: &Profile) -> End {
    if profile.all(profile.ratio) {
        End::Ratio(sense)
    } else if profile.whole > 0 && profile.most > 1 {
        End::Counts(sense)
    } else {
        End::Flags(sense)
    }
}

pub(super) fn counts(sense: Sense, profile: &Profile) -> End {
    if profile.all(profile.ratio + profile.led) { End::Ratio(sense) } else { End::Counts(sense) }
}

pub(super) fn bits(profile: &Profile) -> Unsure {
    if profile.all(profile.bits) { Unsure::Bits } else { Unsure::Numbers }
}

/// A column whose name says that it tells how runs ended, and not in which sense.
pub(super) fn neutral(profile: &Profile) -> End {
    match profile {
        p if p.all(p.ratio) => End::Unsure(Unsure::Ratio),
        p if p.most_of(p.counted) => End::Counted,
        p if p.all(p.percent) => End::Unsure(Unsure::Shares),
        p if p.all(p.whole) => End::Unsure(bits(p)),
        p if p.truth > 0 && !p.letter => End::Unsure(Unsure::Truth),
        _ => End::Words,
    }
}

pub(super) fn is_percent(name: &Name, profile: &Profile) -> bool {
    let named =
        name.percent || ["pct", "percent", "percentage"].iter().any(|word| name.plain.split('_').any(|n| n == *word));
    // 99.5 is no share of 1, unless a share stands beside it.
    let above = profile.number > 0 && profile.all(profile.above + profile.zeros);
    named || (profile.percent == 0 && (profile.most > 1 || above))
}

/// A column whose name says in which sense its cells are.
pub(super) fn sensed(name: &Name, sense: Sense, profile: &Profile) -> Option<End> {
    let p = profile;
    let title = matches!(name.meaning(), Some((Meaning::Title, _)));
    // The number of a bug is no number of runs.
    if matches!(name.meaning(), Some((Meaning::Bisection, _)))
        && !profile.all(profile.truth)
        && !profile.all(profile.bits)
    {
        return None;
    }
    match p {
        p if p.all(p.ratio) => Some(End::Ratio(sense)),
        p if name.is_rate() && p.most_of(p.whole + p.number + p.percent) => Some(End::Rate(sense, is_percent(name, p))),
        p if p.all(p.percent) => Some(End::Rate(sense, false)),
        p if p.most_of(p.counted) => Some(End::Counted),
        p if p.all(p.truth) => Some(End::Flags(sense)),
        p if name.of_reproduction() && p.attempt > 0 => Some(End::Unsure(Unsure::Attempt)),
        p if p.all(p.truth + p.said) && p.truth > 0 => Some(End::Flags(sense)),
        p if p.all(p.whole + p.none) && p.most > 1 => Some(End::Counts(sense)),
        p if p.all(p.bits) => Some(End::Bits(sense)),
        p if p.most_of(p.whole) && !title => Some(if p.most > 1 { End::Counts(sense) } else { End::Bits(sense) }),
        p if p.all(p.said) || (p.most_of(p.said) && !title) => Some(End::Words),
        p if p.most_of(p.truth) && !title => Some(End::Flags(sense)),
        _ => None,
    }
}
