//! Names of revisions: git object names and release tags.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;
use super::text::hides;

/// A git object name as the log has it: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits, or an
/// abbreviation of at least 7. Where revisions are not git's, any short name: `build-17`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId {
    bytes: [u8; 32],
    /// Hexadecimal digits of a hash, bytes of another name.
    digits: u8,
    named: bool,
}

/// Why a text is no object name.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitIdError {
    /// Neither an abbreviation nor a full name.
    #[doc(hidden)]
    #[error("a hash of {0} digits")]
    Length(usize),
    /// Something other than `0-9a-f`.
    #[doc(hidden)]
    #[error("{0:?} in a hash")]
    Digit(char),
}

impl CommitId {
    /// git's own lower limit for abbreviations.
    pub(crate) const MIN_DIGITS: usize = 7;
    const MAX_DIGITS: usize = 64;

    /// Reads a full or abbreviated name.
    ///
    /// # Errors
    /// [`CommitIdError`] when a character is no lower-case hexadecimal digit, or their number is below 7 or above 64.
    #[doc(hidden)]
    pub fn parse(text: &str) -> Result<Self, CommitIdError> {
        let (mut id, mut seen) = (Self { bytes: [0; 32], digits: 0, named: false }, 0);
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        let mut take = |pair: &[u8; 2], byte: &mut u8| {
            let [high, low] = pair.map(|digit| VALUES[digit as usize]);
            seen |= high | low;
            *byte = (high << 4) | (low & 15);
        };
        pairs.iter().zip(&mut id.bytes).for_each(|(pair, byte)| take(pair, byte));
        if let (&[digit], Some(byte)) = (odd, id.bytes.get_mut(pairs.len())) {
            take(&[digit, b'0'], byte);
        }
        if seen >= NO_DIGIT || text.len() > Self::MAX_DIGITS {
            let other = text.chars().find(|c| !matches!(c, '0'..='9' | 'a'..='f'));
            return Err(other.map_or(CommitIdError::Length(text.len()), CommitIdError::Digit));
        }
        if !(Self::MIN_DIGITS..=Self::MAX_DIGITS).contains(&text.len()) {
            return Err(CommitIdError::Length(text.len()));
        }
        id.digits = u8::try_from(text.len()).unwrap_or(u8::MAX);
        Ok(id)
    }

    /// Reads a name that must be whole.
    ///
    /// # Errors
    /// [`CommitIdError`] as for [`CommitId::parse`], and for any length but 40 and 64.
    #[doc(hidden)]
    pub fn parse_full(text: &str) -> Result<Self, CommitIdError> {
        let id = Self::parse(text)?;
        if id.is_full() { Ok(id) } else { Err(CommitIdError::Length(text.len())) }
    }

    /// Reads a name as people write it: in capitals, with white space at its ends.
    ///
    /// # Errors
    /// [`CommitIdError`] as for [`CommitId::parse`].
    pub(crate) fn parse_written(text: &str) -> Result<Self, CommitIdError> {
        let text = text.trim();
        match Self::parse(text) {
            Err(CommitIdError::Digit('A'..='F')) => Self::parse(&text.to_ascii_lowercase()),
            other => other,
        }
    }

    /// Reads a hash, or any other name of 1 to 32 bytes that can be a revision's: without white space or what cannot be seen,
    /// and nothing that git would take for an option (`-x`), for what is not meant (`^x`) or for a range (`a..b`).
    ///
    /// ```
    /// use bisectstat::evidence::CommitId;
    ///
    /// assert!(CommitId::parse_name("v5.10").is_some() && CommitId::parse_name("build-17").is_some());
    /// assert!(CommitId::parse_name("--output=x").is_none() && CommitId::parse_name("v1..v2").is_none());
    /// ```
    #[must_use]
    pub fn parse_name(text: &str) -> Option<Self> {
        if let Ok(hash) = Self::parse(text) {
            return Some(hash);
        }
        let other = text.starts_with(['-', '^']) || text.contains("..");
        let plain = !text.is_empty() && !other && text.chars().all(|c| !c.is_whitespace() && !hides(c));
        let digits = u8::try_from(text.len()).ok().filter(|length| plain && *length <= 32)?;
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self { bytes, digits, named: true })
    }

    /// The day in the name of a daily build, as in `nightly-2020-05-09`, `2015.04.16` and `build-20200509`.
    ///
    /// ```
    /// use bisectstat::evidence::CommitId;
    ///
    /// let day = |name: &str| CommitId::parse_name(name).and_then(|build| build.day()).map(|day| day.to_string());
    /// assert_eq!(day("nightly-2020-05-09").as_deref(), Some("2020-05-09"));
    /// assert_eq!((day("build-20200509").as_deref(), day("v5.10"), day("20200509")), (Some("2020-05-09"), None, None));
    /// ```
    #[doc(hidden)]
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        if self.is_hash() {
            return None;
        }
        let name = self.to_string();
        let groups: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        let date = |year: &str, month: &str, day: &str| {
            let year = year.parse().ok().filter(|year| (1990..2100).contains(year))?;
            Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
        };
        let apart = groups.windows(3).find_map(|group| match group {
            [year, month, day] if [year.len(), month.len(), day.len()] == [4, 2, 2] => date(year, month, day),
            _ => None,
        });
        let joined = || groups.iter().filter(|group| group.len() == 8);
        apart.or_else(|| joined().find_map(|day| date(&day[..4], &day[4..6], &day[6..])))
    }

    /// Whether it is a hash, whole or abbreviated, and no other name.
    #[must_use]
    pub(crate) const fn is_hash(&self) -> bool {
        !self.named
    }

    /// Whether no digit is left out.
    #[must_use]
    pub(crate) const fn is_full(&self) -> bool {
        self.named || matches!(self.digits, 40 | 64)
    }

    /// Whether one of the two names is a beginning of the other.
    #[doc(hidden)]
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        if self.named || other.named {
            return self == other;
        }
        let common = self.digits.min(other.digits);
        (0..common).all(|i| self.digit(i) == other.digit(i))
    }

    /// The first twelve digits, as kernel developers write them; the whole of another name.
    #[must_use]
    pub fn short(&self) -> String {
        let mut name = self.to_string();
        if !self.named {
            name.truncate(12);
        }
        name
    }

    const fn digit(&self, i: u8) -> u8 {
        let byte = self.bytes[i as usize / 2];
        if i.is_multiple_of(2) { byte >> 4 } else { byte & 15 }
    }
}

/// More than any digit is worth.
const NO_DIGIT: u8 = 16;

/// What each byte is worth as a lower-case hexadecimal digit.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let digits = b"0123456789abcdef";
    let mut value = 0;
    while value < NO_DIGIT {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The two digits of each byte.
const DIGITS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let digits = b"0123456789abcdef";
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.named {
            return f.pad(&String::from_utf8_lossy(&self.bytes[..self.digits.into()]));
        }
        let mut text = [0; Self::MAX_DIGITS];
        for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(self.bytes) {
            *pair = DIGITS[byte as usize];
        }
        f.pad(str::from_utf8(&text[..self.digits.into()]).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for CommitId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CommitId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_name(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no commit")))
    }
}

/// A release tag, for example `v5.13`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(Text);

impl Tag {
    /// A tag as the log has it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Text::new(name))
    }

    /// The tag's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The year in which this release of the Linux kernel came out; `None` for other tags. Source: kernel.org.
    #[must_use]
    pub(crate) fn year_of_kernel(&self) -> Option<i16> {
        /// The first release of each year.
        const FIRST: [((u32, u32), i16); 12] = [
            ((3, 19), 2015),
            ((4, 4), 2016),
            ((4, 10), 2017),
            ((4, 15), 2018),
            ((5, 0), 2019),
            ((5, 5), 2020),
            ((5, 11), 2021),
            ((5, 16), 2022),
            ((6, 2), 2023),
            ((6, 7), 2024),
            ((6, 13), 2025),
            ((6, 19), 2026),
        ];
        const UNKNOWN: (u32, u32) = (7, 0);
        let mut numbers = self.0.strip_prefix('v')?.split(['.', '-']).map(str::parse);
        let release = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let last = FIRST.iter().rposition(|(first, _)| *first <= release)?;
        (release < UNKNOWN).then_some(FIRST[last].1)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A revision under either of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevisionName {
    /// By hash.
    Commit(CommitId),
    /// By tag.
    Tag(Tag),
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916";

    #[test]
    fn names_read_and_print_as_they_are() {
        let sha256 = "0123456789abcdef".repeat(4);
        for name in [FULL, "6c2450a", "6c2450ae5565", sha256.as_str()] {
            assert_eq!(CommitId::parse(name).unwrap().to_string(), name);
        }
        assert_eq!(CommitId::parse(FULL).unwrap().short(), "6c2450ae5565");
    }

    #[test]
    fn releases_tell_their_year() {
        let year = |tag: &str| Tag::new(tag).year_of_kernel();
        assert_eq!(
            [year("v4.20"), year("v5.0"), year("v5.10"), year("v5.11-rc3")],
            [Some(2018), Some(2019), Some(2020), Some(2021)]
        );
        assert_eq!([year("v6.13.2"), year("v6.19"), year("v7.0"), year("v3.2")], [Some(2025), Some(2026), None, None]);
        assert_eq!([year("next-20200131"), year("v5"), year("v5.x")], [None; 3]);
    }

    #[test]
    fn abbreviations_match_by_prefix() {
        let full = CommitId::parse(FULL).unwrap();
        assert!(full.matches(&CommitId::parse("6c2450ae5").unwrap()));
        assert!(!full.matches(&CommitId::parse("6c2450ae6").unwrap()));
        assert_ne!(full, CommitId::parse("6c2450ae5").unwrap());
    }

    #[test]
    fn damaged_names_are_refused() {
        assert_eq!(CommitId::parse("6c2450"), Err(CommitIdError::Length(6)));
        assert_eq!(CommitId::parse_full("6c2450ae5565"), Err(CommitIdError::Length(12)));
        assert_eq!(CommitId::parse(&"a".repeat(65)), Err(CommitIdError::Length(65)));
        assert_eq!(CommitId::parse("6C2450AE5"), Err(CommitIdError::Digit('C')));
        assert_eq!(CommitId::parse_written(" 6C2450AE5\t"), CommitId::parse("6c2450ae5"));
        assert_eq!(CommitId::parse_written("6c2450AEG"), Err(CommitIdError::Digit('g')));
        assert_eq!(CommitId::parse("naïve-hash"), Err(CommitIdError::Digit('n')));
    }
}
