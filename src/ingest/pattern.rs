//! Patterns of paths, as a user or a policy writes them: globs whose size and depth are known before they are built.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Choices inside choices (`{a,{b,c}}`) that a pattern may have.
const DEEPEST: usize = 16;
/// Bytes of one pattern.
const LONGEST: usize = 4096;

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Choices inside choices.
    #[error("more than {DEEPEST} {{ inside each other")]
    Deep,
    /// Too long.
    #[error("{0} bytes, expected at most {LONGEST}")]
    Long(usize),
    /// Not a glob.
    #[error("{0}")]
    Glob(String),
}

/// Reads some patterns; a path matches where one does. `*` stays in a folder, `**` does not.
///
/// # Errors
/// [`PatternError`], with the place of the pattern among the others.
///
/// ```
/// use bisectstat::ingest::pattern::patterns;
///
/// let logs = patterns(["logs/*.{txt,log}"]).map_err(|(_, error)| error)?;
/// assert!(logs.is_match("logs/a.txt") && !logs.is_match("logs/old/a.txt"));
/// assert!(patterns([&"{".repeat(1000)]).is_err());
/// # Ok::<(), bisectstat::ingest::pattern::PatternError>(())
/// ```
pub fn patterns<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<GlobSet, (usize, PatternError)> {
    let mut set = GlobSetBuilder::new();
    let mut last = 0;
    for (place, text) in texts.into_iter().enumerate() {
        let text = text.as_ref();
        bounded(text).map_err(|error| (place, error))?;
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| (place, PatternError::Glob(error.kind().to_string())))?);
        last = place;
    }
    set.build().map_err(|error| (last, PatternError::Glob(error.kind().to_string())))
}

/// Counts before anything is built: what is built of a pattern is as deep as the pattern is.
fn bounded(text: &str) -> Result<(), PatternError> {
    if text.len() > LONGEST {
        return Err(PatternError::Long(text.len()));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEEPEST { Err(PatternError::Deep) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_counted_before_they_are_built() {
        let error = |text: &str| patterns([text]).map_err(|(_, error)| error).err();
        assert_eq!(error(&"{".repeat(DEEPEST + 1)), Some(PatternError::Deep));
        assert_eq!(error(&"{".repeat(1_000_000)), Some(PatternError::Long(1_000_000)));
        assert_eq!(error(&format!("{}a{}", "{".repeat(DEEPEST), "}".repeat(DEEPEST))), None);
        assert_eq!(error("{a,b}{c,d}/**/[a-z]?"), None);
        assert!(matches!(error("[z-a]"), Some(PatternError::Glob(_))));
        // The longest are built.
        for part in ["?", "**/", "[!a]", "{a,b}"] {
            assert_eq!(error(&part.repeat(LONGEST / part.len())), None, "{part}");
        }
    }
}
