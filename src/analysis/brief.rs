//! What a list of many bisections says of each: all that has to be kept of it.

use crate::prob::Prob;

use super::Analysis;
use super::answer::Answer;
use super::finding::Severities;

/// One bisection among many.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// [`Analysis::bisection`].
    pub bisection: String,
    /// [`Analysis::answer`]; `None` where a later version gave one that is not known here.
    pub answer: Option<Answer>,
    /// [`Analysis::ending`].
    pub ending: String,
    /// The named commit, in short.
    pub named: Option<String>,
    /// [`Analysis::p_right`].
    pub p_right: Option<Prob>,
    /// [`Analysis::p_named`].
    pub p_named: Option<Prob>,
    /// The credible set; `None` where there is none.
    pub credible: Option<Spread>,
    /// How many findings of each severity.
    pub severities: Severities,
}

/// How far a credible set reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Its commits, where somebody has counted them.
    pub commits: Option<u64>,
    /// Whether that number follows from git's own counts.
    pub exact: bool,
    /// Whether it lies between tested revisions.
    pub bounded: bool,
    /// Whether there is no gap in it but that of the named commit.
    pub alone: bool,
}

impl Brief {
    /// What is kept of an analysis.
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        Self {
            bisection: analysis.bisection.clone(),
            answer: Some(analysis.answer),
            ending: analysis.ending.to_owned(),
            named: analysis.named_culprit.map(|commit| commit.short()),
            p_right: analysis.p_right,
            p_named: analysis.p_named,
            credible: Spread::of(analysis),
            severities: analysis.findings.iter().map(|finding| finding.severity).collect(),
        }
    }

    /// How far the named commit can be trusted: P(it is to blame), else P(the reported bug starts there).
    #[must_use]
    pub fn trusted(&self) -> Option<Prob> {
        self.p_right.or(self.p_named)
    }
}

impl Spread {
    fn of(analysis: &Analysis) -> Option<Self> {
        let set = analysis.credible_set.as_ref()?;
        let named = analysis.named_culprit;
        let alone = named.is_some() && set.gaps.iter().all(|gap| analysis.gaps[*gap].upto == named);
        Some(Self { commits: set.commits, exact: set.commits_exact, bounded: set.bounded, alone })
    }
}
