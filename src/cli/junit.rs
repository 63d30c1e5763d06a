//! Reports of tests among the inputs: only all of them together make bisections.

use crate::evidence::{Bisection, Source};
use crate::ingest::junit::{AssembleError, Assembled, assemble};

use super::input::{Batch, complain, warn};

impl Batch {
    /// Puts the reports together; `test` selects one. Beside `others`, reports without a failure are nothing to complain of.
    pub(super) fn assemble(&mut self, test: Option<&str>, others: bool) -> Vec<Bisection> {
        let reports = std::mem::take(&mut self.reports);
        if reports.is_empty() {
            if test.is_some() && self.failed() == 0 {
                let error = "--test is for JUnit reports, and there is none";
                complain(&error);
                self.fail(&Source::new("--test"), error.to_owned());
            }
            return Vec::new();
        }
        let Assembled { bisections, problems, unordered } = assemble(&reports, test);
        for (source, error) in problems {
            if others && matches!(error, AssembleError::NoFailure { .. }) {
                self.skipped += reports.len();
                continue;
            }
            complain(&format!("{}: {error}", source.path));
            self.fail(&source, error.to_string());
        }
        if unordered {
            warn(&UNORDERED);
        }
        bisections
    }
}

const UNORDERED: &str = "the JUnit reports do not tell which revision is older: they stand in the order of their names, \
                         which may mean nothing; put a number before each (001-abc1234), or say --map order=PROPERTY";

/// A name for the file of each bisection that was put together.
pub(super) fn file_names(bisections: &[Bisection]) -> Vec<String> {
    const LONGEST: usize = 80;
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '-' };
    let mut taken = std::collections::HashMap::new();
    let name = |bisection: &Bisection| {
        let test = bisection.id.strip_prefix(&bisection.source.path).unwrap_or(&bisection.id);
        let plain: Vec<char> = test.trim_start_matches('#').chars().map(plain).collect();
        // The end of a test's name tells more than its package.
        let name: String = plain[plain.len().saturating_sub(LONGEST)..].iter().collect();
        let name = format!("test-{}", name.trim_matches(['.', '-']));
        let times = taken.entry(name.clone()).or_insert(0_u32);
        *times += 1;
        if *times == 1 { name } else { format!("{name}.{times}") }
    };
    bisections.iter().map(name).collect()
}
