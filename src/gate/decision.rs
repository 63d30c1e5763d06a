//! What a gate decided, and why.

use std::fmt;

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Fingerprint};
use crate::analysis::histories::Worse;
use crate::evidence::{CommitId, Source};
use crate::prob::Prob;

/// What a finding counts for under a policy. What is allowed does not appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Shown, and the gate passes.
    Warn,
    /// The gate fails.
    Deny,
}

/// The setting that decided, as a person finds it: `bisectstat.toml:12: p-right = 0.5`, or `default policy: …`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Because(pub String);

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Level {
    /// The name used in policies and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A finding under a policy.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Ruled<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it counts for.
    pub level: Level,
    /// The setting that says so.
    #[doc(hidden)]
    pub because: Because,
}

impl<'a> Ruled<'a> {
    /// A finding that counts for so much, because a setting says so.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(finding: &'a Finding, level: Level, because: Because) -> Self {
        Self { finding, level, because }
    }
}

/// A finding that does not count.
#[derive(Clone, Debug)]
pub struct Suppressed<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Who says so.
    pub by: SuppressedBy,
}

/// A finding that the policy allows: it is not shown.
#[derive(Clone, Debug)]
pub struct Allowed<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// The setting that says so.
    pub because: Because,
}

/// Why a finding, or a demand that is not met, does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// An entry of the policy.
    Policy {
        /// The entry's own words.
        reason: String,
        /// Where it stands.
        because: Because,
    },
    /// It was there before: its fingerprint is in the baseline.
    Baseline,
}

/// A demand on a whole bisection that it does not meet.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What is demanded.
    #[doc(hidden)]
    pub demand: Demand,
    /// The setting that demands it.
    #[doc(hidden)]
    pub because: Because,
}

impl Failure {
    /// A demand of a setting.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(demand: Demand, because: Because) -> Self {
        Self { demand, because }
    }
}

/// What is stated and what is demanded, as `p_right is 0.041, the policy demands at least 0.5`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.demand.fmt(f)
    }
}

/// A demand that is not met and does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Excused {
    /// The demand.
    pub failure: Failure,
    /// Who says so.
    pub by: SuppressedBy,
}

/// A demand that is met.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    /// The demand.
    pub demand: Demand,
    /// The setting that demands it.
    pub because: Because,
}

/// What a policy can demand of a bisection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// At least this `p_right`.
    PRight {
        /// What is stated.
        stated: Prob,
        /// What is demanded.
        least: Prob,
    },
    /// At least this `p_named`.
    PNamed {
        /// What is stated; `None` when nothing is, which meets no demand.
        stated: Option<Prob>,
        /// What is demanded.
        least: Prob,
    },
    /// At most this many commits in the credible set; `None` for one that is not bounded.
    CredibleCommits {
        /// How many there are.
        stated: Option<u64>,
        /// How many are allowed.
        most: u64,
    },
    /// An answer, where nothing speaks for another commit and the runs do not confirm the named one.
    Answer {
        /// What a bisection without one counts for.
        without: Leniency,
    },
    /// No change that nobody has bisected.
    NoRegression {
        /// P(there is one between the tested revisions); `None` where there is no sign of one.
        found: Option<Prob>,
        /// From where on it fails.
        least: Prob,
    },
    /// No failures beyond those of a revision under review, by the history of the test.
    NotWorse {
        /// How sure it is that there are more.
        found: Worse,
        /// From where on it fails.
        least: Prob,
    },
    /// A named commit, and there is none.
    NamedCommit {
        /// Whether that fails.
        demanded: bool,
    },
}

/// What something counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// Nothing.
    Pass,
    /// It is shown.
    Warn,
    /// The gate fails.
    Fail,
}

impl Demand {
    /// The key of the policy that demands it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PRight { .. } => "p-right",
            Self::PNamed { .. } => "p-named",
            Self::CredibleCommits { .. } => "credible-commits",
            Self::Answer { .. } => "cannot-tell",
            Self::NoRegression { .. } | Self::NotWorse { .. } => "regression",
            Self::NamedCommit { .. } => "unnamed",
        }
    }

    /// Whether what is stated meets it.
    #[must_use]
    pub(crate) fn met(self) -> bool {
        match self {
            Self::PRight { stated, least } => stated >= least,
            Self::PNamed { stated, least } => stated.is_some_and(|stated| stated >= least),
            Self::CredibleCommits { stated, most } => stated.is_some_and(|stated| stated <= most),
            Self::Answer { without } => without == Leniency::Pass,
            Self::NoRegression { found, least } => found.is_none_or(|found| found < least),
            Self::NotWorse { found, least } => least == Prob::ONE || found.p < least,
            Self::NamedCommit { demanded } => !demanded,
        }
    }

    /// Whether it is only shown when it is not met.
    #[must_use]
    pub(crate) const fn only_warns(self) -> bool {
        matches!(self, Self::Answer { without: Leniency::Warn })
    }
}

impl Demand {
    /// Names the demand on this bisection, as a finding's does: the same when figures change, other when another commit is
    /// named. A history grows every day: it is known by its test and the place of its change.
    #[must_use]
    pub fn fingerprint(self, analysis: &Analysis) -> Fingerprint {
        let commit = self.commit(analysis).map(|commit| commit.to_string()).unwrap_or_default();
        match self {
            Self::NotWorse { .. } => Fingerprint::of_test(&analysis.bisection, &[self.name(), &commit]),
            _ => Fingerprint::of(analysis, &[self.name(), &commit]),
        }
    }

    /// What it is about.
    #[must_use]
    pub fn commit(self, analysis: &Analysis) -> Option<CommitId> {
        match self {
            Self::NotWorse { found, .. } => found.upto,
            _ => analysis.named_culprit,
        }
    }
}

/// What is stated and what is demanded, as `p_right is 0.041, the policy demands at least 0.5`.
impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PRight { stated, least } => {
                write!(f, "p_right is {}, the policy demands at least {}", Stated(*stated), least.value())
            }
            Self::PNamed { stated: Some(stated), least } => {
                write!(f, "p_named is {}, the policy demands at least {}", Stated(*stated), least.value())
            }
            Self::PNamed { stated: None, least } => {
                write!(f, "p_named is not known, the policy demands at least {}", least.value())
            }
            Self::CredibleCommits { stated: Some(stated), most } => {
                write!(f, "{stated} commits are credible, the policy allows at most {most}")
            }
            Self::CredibleCommits { stated: None, most } => {
                write!(f, "the credible commits reach beyond what was tested, the policy allows at most {most}")
            }
            Self::Answer { without: Leniency::Pass } => f.write_str("the runs cannot tell, the policy lets that pass"),
            Self::Answer { without: Leniency::Warn } => {
                f.write_str("the runs cannot tell whether the commit is the culprit")
            }
            Self::Answer { without: Leniency::Fail } => {
                f.write_str("the runs cannot tell, the policy demands that they do")
            }
            Self::NoRegression { found: Some(found), least } => {
                write!(f, "P(a regression) is {}, the policy fails from {} on", Stated(*found), least.value())
            }
            Self::NoRegression { found: None, .. } => f.write_str("no regression"),
            Self::NotWorse { found: Worse { since, p, upto }, least } => {
                let at = upto.map(|upto| format!(", since {}", upto.short())).unwrap_or_default();
                let (since, p, least) = (since.short(), Stated(*p), least.value());
                write!(f, "P(it fails more than at {since}) is {p}{at}, the policy fails from {least} on")
            }
            Self::NamedCommit { demanded: true } => f.write_str("no commit is named, the policy demands one"),
            Self::NamedCommit { demanded: false } => f.write_str("no commit is named, the policy lets that pass"),
        }
    }
}

/// A probability with the digits that tell it from what is demanded.
struct Stated(Prob);

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.value() {
            p if p < 0.0005 => f.write_str("below 0.001"),
            p => write!(f, "{p:.3}"),
        }
    }
}

/// How one bisection was judged.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The bisection.
    pub analysis: &'a Analysis,
    /// Demands that it does not meet.
    pub failures: Vec<Failure>,
    /// Demands that it does not meet, and that the policy lets pass with a warning.
    #[doc(hidden)]
    pub warnings: Vec<Failure>,
    /// Its findings, worst first.
    pub findings: Vec<Ruled<'a>>,
    /// Findings that do not count.
    #[doc(hidden)]
    pub suppressed: Vec<Suppressed<'a>>,
    /// Demands that it does not meet and that do not count.
    #[doc(hidden)]
    pub excused: Vec<Excused>,
    /// Demands that it meets.
    #[doc(hidden)]
    pub met: Vec<Met>,
    /// Findings that the policy allows.
    #[doc(hidden)]
    pub allowed: Vec<Allowed<'a>>,
    /// The settings behind limits that are not a rule's own.
    #[doc(hidden)]
    pub limits: Vec<Because>,
}

/// An input, or a line of one, that could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The input.
    pub source: Source,
    /// Why.
    pub error: String,
}

/// What a gate decided.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The policy's file, or `default`; `None` when nobody asked for a judgement.
    #[doc(hidden)]
    pub policy: Option<String>,
    /// The bisections, in the order of the input.
    pub bisections: Vec<Judged<'a>>,
    /// Inputs that could not be read.
    pub unread: Vec<Unread>,
    /// Whether an input without any bisection passes.
    #[doc(hidden)]
    pub may_be_empty: bool,
}

/// How a gate ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every bisection passed.
    Passed,
    /// A bisection failed.
    Failed,
    /// Something could not be read, or there was nothing to judge.
    CouldNotJudge,
}

impl Outcome {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CouldNotJudge => "could-not-judge",
        }
    }
}

impl<'a> Judged<'a> {
    /// A bisection of which nothing was demanded yet.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(analysis: &'a Analysis) -> Self {
        Self {
            analysis,
            failures: Vec::new(),
            warnings: Vec::new(),
            findings: Vec::new(),
            suppressed: Vec::new(),
            excused: Vec::new(),
            met: Vec::new(),
            allowed: Vec::new(),
            limits: Vec::new(),
        }
    }
}

impl Judged<'_> {
    /// Who says of findings and demands that they do not count.
    pub(crate) fn suppressed_by(&self) -> impl Iterator<Item = &SuppressedBy> {
        let findings = self.suppressed.iter().map(|suppressed| &suppressed.by);
        findings.chain(self.excused.iter().map(|excused| &excused.by))
    }

    /// Whether this bisection passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty() && self.findings.iter().all(|ruled| ruled.level < Level::Deny)
    }
}

impl<'a> Decision<'a> {
    /// Everything that was found, without a judgement.
    #[doc(hidden)]
    #[must_use]
    pub fn of_all(analyses: &'a [Analysis], unread: Vec<Unread>) -> Self {
        let shown =
            |finding| Ruled { finding, level: Level::Warn, because: Because("nothing was to be judged".to_owned()) };
        let bisections = analyses.iter().map(|analysis| {
            let findings = analysis.findings.iter().map(shown).collect();
            Judged { findings, ..Judged::new(analysis) }
        });
        Self { policy: None, bisections: bisections.collect(), unread, may_be_empty: true }
    }

    /// How the gate ends. A gate that could not look must not pass, and says so even when others failed.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let nothing = self.bisections.is_empty() && !self.may_be_empty;
        if nothing || !self.unread.is_empty() {
            Outcome::CouldNotJudge
        } else if self.bisections.iter().all(Judged::passed) {
            Outcome::Passed
        } else {
            Outcome::Failed
        }
    }
}
