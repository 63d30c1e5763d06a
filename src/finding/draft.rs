//! A finding while it is written.

use crate::analysis::finding::{Figure, Place, Remedy, Severity};
use crate::evidence::{CommitId, Line};
use crate::prob::Prob;

/// What a rule's check returns; the rule's name and the fingerprint come later.
///
/// ```
/// use bisectstat::analysis::finding::Severity;
/// use bisectstat::evidence::Line;
/// use bisectstat::finding::Draft;
///
/// let twice = Draft::new(Severity::Warning, Line(12), "the kernel was built twice");
/// let with_figures = twice.label("again").figure("builds", 2);
/// # let _ = with_figures;
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) severity: Severity,
    pub(super) line: Line,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) step: Option<usize>,
    pub(super) commit: Option<CommitId>,
    pub(super) p: Option<Prob>,
    pub(super) next: Option<Remedy>,
    pub(super) figures: Vec<Figure>,
    pub(super) places: Vec<Place>,
}

impl Draft {
    /// A finding about a line of the log; `message` is a sentence or two, without a full stop.
    #[must_use]
    pub fn new(severity: Severity, line: Line, message: impl Into<String>) -> Self {
        Self {
            severity,
            line,
            message: message.into(),
            label: String::new(),
            step: None,
            commit: None,
            p: None,
            next: None,
            figures: Vec::new(),
            places: Vec::new(),
        }
    }

    /// What to say below the quoted line.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// The test and its revision.
    #[must_use]
    pub fn at(self, step: usize, commit: CommitId) -> Self {
        Self { step: Some(step), commit: Some(commit), ..self }
    }

    /// The revision, where no test is meant.
    #[doc(hidden)]
    #[must_use]
    pub fn about(self, commit: CommitId) -> Self {
        Self { commit: Some(commit), ..self }
    }

    /// P(it matters).
    #[must_use]
    pub fn p(self, p: impl Into<Option<Prob>>) -> Self {
        Self { p: p.into(), ..self }
    }

    /// What to do next.
    #[must_use]
    pub fn next(self, next: impl Into<Remedy>) -> Self {
        self.next_if(Some(next))
    }

    /// What to do next, where there is something.
    #[must_use]
    pub(crate) fn next_if(self, next: Option<impl Into<Remedy>>) -> Self {
        Self { next: next.map(Into::into), ..self }
    }

    /// One of the numbers behind it.
    #[must_use]
    pub fn figure(mut self, name: &'static str, value: impl Into<f64>) -> Self {
        self.figures.push(Figure { name, value: value.into() });
        self
    }

    /// One more line to look at.
    #[must_use]
    pub fn place(mut self, line: Line, label: impl Into<String>) -> Self {
        self.places.push(Place { line, label: label.into() });
        self
    }
}
