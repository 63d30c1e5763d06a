//! What weighs for and against a named commit, in words.

use super::blame::FEATURES;
use super::named::Named;
use super::{Analysis, BlameTerm};

/// Features of which a small value speaks for the commit.
const SMALL_IS_GOOD: [&str; 8] =
    ["parent_false_good", "voids", "releases", "age", "cannot_be", "single_crash", "exposes", "headers"];

/// What weighs most for a named commit and against it, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// For it, the most telling first.
    pub plus: Vec<&'static str>,
    /// Against it, the most telling first.
    pub minus: Vec<&'static str>,
}

/// At most so many features for the named commit, and as many against it.
#[must_use]
pub fn pushes(analysis: &Analysis, most: usize) -> Pushes {
    const PUSH: f64 = 0.25;
    const OF_FILES: [&str; 2] = ["about", "stack_place"];
    let folders = Named::of(analysis).is_some_and(|named| named.names_folders());
    // Folders where files could stand tell nothing.
    let tells = |term: &&BlameTerm| term.weight.abs() >= PUSH && !(folders && OF_FILES.contains(&&*term.feature));
    let mut pushes = Pushes::default();
    for term in analysis.blame.iter().flat_map(|blame| &blame.terms).filter(tells) {
        let side = if term.weight > 0.0 { &mut pushes.plus } else { &mut pushes.minus };
        side.extend(in_words(term).filter(|words| side.len() < most && !side.contains(words)));
    }
    pushes
}

/// A term in words; none where the value is missing, or where it pushes against what it would say alone, to correct
/// another feature.
fn in_words(term: &BlameTerm) -> Option<&'static str> {
    let feature = FEATURES.iter().find(|feature| feature.name == term.feature)?;
    let good = term.above? != SMALL_IS_GOOD.contains(&feature.name);
    let words = if good { feature.for_it } else { feature.against_it };
    (good == (term.weight > 0.0) && !words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_speak_for_features_that_are_there() {
        assert!(SMALL_IS_GOOD.iter().all(|name| FEATURES.iter().any(|feature| feature.name == *name)));
    }

    #[test]
    fn words_say_what_the_value_is() {
        let term = |feature: &str, weight, above| {
            let feature = feature.to_owned();
            in_words(&BlameTerm { feature, value: Some(1.0), weight, above })
        };
        assert_eq!(term("age", -0.5, Some(true)), Some("an old commit"));
        assert_eq!(term("age", 0.5, Some(true)), None);
        assert_eq!(term("same_title", 0.5, Some(true)), Some("the last crash has the reported title"));
        assert_eq!(term("same_title", 0.5, None), None);
    }
}
