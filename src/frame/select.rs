//! Conditions on the columns of `bisections`: `ending=culprit`, `p_named<0.5`, `named_title~KASAN`.

use std::cmp::Ordering;
use std::str::FromStr;

use polars::prelude::{DataFrame, DataType, PolarsResult};

use crate::analysis::finding::Severity;
use crate::evidence::{Ending, Format, Kind};

use super::{Frames, bisections};

/// One condition. A bisection for which the column is missing does not meet it; `COLUMN=` is met by those alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    column: &'static str,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Missing,
    Present,
    Number(Relation, f64),
    Text(Relation, String),
    /// Holds the text, in whatever case.
    Holds(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Relation {
    /// The longer ones first: they begin like the shorter.
    const ALL: [(&'static str, Self); 6] = [
        ("!=", Self::Other),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::More),
    ];

    fn is_met(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Other => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::More => order == Some(Ordering::Greater),
            Self::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// No relation in it.
    #[error("expected COLUMN=VALUE, or one of != < <= > >= ~ (holds) instead of =")]
    Relation,
    /// No such column.
    #[error("found the column {0:?}, expected one of {names}", names = names())]
    Column(String),
    /// Text where a number should be.
    #[error("found {value:?}, expected a number: {column} is one")]
    Number {
        /// The column.
        column: &'static str,
        /// The text.
        value: String,
    },
    /// A word that this column never holds.
    #[error("found {value:?}, expected one of {}: {column} holds nothing else", .known.join(", "))]
    Value {
        /// The column.
        column: &'static str,
        /// The text.
        value: String,
        /// What it can hold.
        known: Vec<&'static str>,
    },
    /// A relation that the column's type does not know.
    #[error("{0} is a number, expected = != < <= > or >=")]
    Holds(&'static str),
}

fn names() -> String {
    bisections::COLUMNS.map(|(name, _)| name).join(", ")
}

/// All words that a column can hold, where these are few.
fn words_of(column: &str) -> Option<Vec<&'static str>> {
    match column {
        "format" => Some(Format::ALL.map(Format::name).to_vec()),
        "kind" => Some(Kind::ALL.map(Kind::name).to_vec()),
        "ending" => Some(Ending::ALL.map(Ending::name).to_vec()),
        "worst_severity" => Some([Severity::Note, Severity::Warning, Severity::Error].map(Severity::name).to_vec()),
        _ => None,
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let at = text.find(['=', '!', '<', '>', '~']).ok_or(ConditionError::Relation)?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let known = bisections::COLUMNS.iter().find(|(known, _)| *known == name);
        let (column, kind) = known.ok_or_else(|| ConditionError::Column(name.to_owned()))?;
        let number = *kind != DataType::String;
        if let Some(value) = rest.strip_prefix('~') {
            let holds = Test::Holds(value.trim().to_lowercase());
            return if number { Err(ConditionError::Holds(column)) } else { Ok(Self { column, test: holds }) };
        }
        let relation =
            Relation::ALL.into_iter().find_map(|(sign, relation)| Some((relation, rest.strip_prefix(sign)?)));
        let (relation, value) = relation.ok_or(ConditionError::Relation)?;
        let value = value.trim();
        let test = match (relation, value) {
            (Relation::Equal, "") => Test::Missing,
            (Relation::Other, "") => Test::Present,
            (relation, value) if number => {
                let wrong = || ConditionError::Number { column, value: value.to_owned() };
                Test::Number(relation, value.parse().map_err(|_| wrong())?)
            }
            (relation, value) => {
                let known = words_of(column).filter(|known| !known.contains(&value));
                if let Some(known) = known.filter(|_| matches!(relation, Relation::Equal | Relation::Other)) {
                    return Err(ConditionError::Value { column, value: value.to_owned(), known });
                }
                Test::Text(relation, value.to_owned())
            }
        };
        Ok(Self { column, test })
    }
}

impl Condition {
    /// At least this year.
    #[must_use]
    pub fn since(year: i16) -> Self {
        Self { column: "year", test: Test::Number(Relation::AtLeast, f64::from(year)) }
    }

    /// Whether each row of `bisections` meets it.
    ///
    /// # Errors
    /// When the column is missing.
    fn of(&self, bisections: &DataFrame) -> PolarsResult<Vec<bool>> {
        let column = bisections.column(self.column)?;
        Ok(match &self.test {
            Test::Missing => column.is_null().iter().map(|null| null == Some(true)).collect(),
            Test::Present => column.is_null().iter().map(|null| null == Some(false)).collect(),
            Test::Number(relation, value) => {
                let numbers = column.cast(&DataType::Float64)?;
                let meets = |number: f64| relation.is_met(number.partial_cmp(value));
                numbers.f64()?.iter().map(|number| number.is_some_and(meets)).collect()
            }
            Test::Text(relation, value) => {
                let meets = |text: &str| relation.is_met(Some(text.cmp(value)));
                column.str()?.iter().map(|text| text.is_some_and(meets)).collect()
            }
            Test::Holds(value) => {
                let meets = |text: &str| text.to_lowercase().contains(value);
                column.str()?.iter().map(|text| text.is_some_and(meets)).collect()
            }
        })
    }
}

/// Whether each bisection meets all conditions.
///
/// # Errors
/// When a column is missing.
pub fn meet(frames: &Frames, conditions: &[Condition]) -> PolarsResult<Vec<bool>> {
    let mut met = vec![true; frames.bisections.height()];
    for condition in conditions {
        for (met, meets) in met.iter_mut().zip(condition.of(&frames.bisections)?) {
            *met &= meets;
        }
    }
    Ok(met)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Result<Condition, ConditionError> {
        text.parse()
    }

    #[test]
    fn conditions_are_read() {
        let number = |relation, value| Test::Number(relation, value);
        assert_eq!(condition("p_named<0.5").unwrap().test, number(Relation::Less, 0.5));
        assert_eq!(condition("year >= 2020").unwrap(), Condition::since(2020));
        assert_eq!(condition("ending=culprit").unwrap().test, Test::Text(Relation::Equal, "culprit".to_owned()));
        assert_eq!(condition("named_title~KASAN: use").unwrap().test, Test::Holds("kasan: use".to_owned()));
        assert_eq!(condition("named_culprit=").unwrap().test, Test::Missing);
        assert_eq!(condition("named_culprit!=").unwrap().test, Test::Present);
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(condition("ending"), Err(ConditionError::Relation));
        assert_eq!(condition("ending!culprit"), Err(ConditionError::Relation));
        assert!(matches!(condition("endng=x"), Err(ConditionError::Column(name)) if name == "endng"));
        assert!(matches!(condition("p_named=high"), Err(ConditionError::Number { .. })));
        let unknown = condition("ending=culpritt").unwrap_err().to_string();
        assert!(unknown.starts_with("found \"culpritt\", expected one of culprit, inconclusive"), "{unknown}");
        assert!(condition("kind=fix").is_ok() && condition("kind~cau").is_ok() && condition("format!=csv").is_err());
        assert_eq!(condition("p_named~5"), Err(ConditionError::Holds("p_named")));
        assert!(condition("").is_err() && condition("=").is_err() && condition("é=1").is_err());
    }
}
