//! What weighs for and against a named commit, in words.

use super::blame::FEATURES;
use super::{Analysis, BlameTerm};
use crate::model::blame::Sign;

/// What weighs most for a named commit and against it, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// For it, the most telling first.
    pub plus: Vec<&'static str>,
    /// Against it, the most telling first.
    pub minus: Vec<&'static str>,
}

/// Every feature that weighs: a quarter of a logit moves a probability by up to 0.06.
#[must_use]
pub(crate) fn pushes(analysis: &Analysis) -> Pushes {
    const PUSH: f64 = 0.25;
    let mut pushes = Pushes::default();
    let terms = analysis.blame.iter().flat_map(|blame| &blame.terms);
    for term in terms.filter(|term| term.weight.abs() >= PUSH) {
        let side = if term.weight > 0.0 { &mut pushes.plus } else { &mut pushes.minus };
        side.extend(in_words(term));
    }
    pushes
}

/// A term in words: what the value is. It pushes the same way, since a fit whose weight has the wrong sign is refused. None
/// where the value is missing, and then the term weighs nothing.
fn in_words(term: &BlameTerm) -> Option<&'static str> {
    let feature = FEATURES.iter().find(|feature| feature.name == term.feature)?;
    let good = term.above? == (feature.sign == Sign::For);
    Some(if good { feature.for_it } else { feature.against_it })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_the_value_is() {
        let term = |feature: &str, weight, above| {
            let feature = feature.to_owned();
            in_words(&BlameTerm { feature, value: Some(1.0), weight, above })
        };
        assert_eq!(term("age", -0.5, Some(true)), Some("an old commit"));
        assert_eq!(term("age", 0.5, Some(false)), Some("a young commit"));
        assert_eq!(term("about", 0.5, Some(true)), Some("it is about the code that crashes"));
        assert_eq!(term("about", 0.0, None), None);
    }
}
