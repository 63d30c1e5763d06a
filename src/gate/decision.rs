//! What a gate decided, and why.

use crate::analysis::Analysis;
use crate::analysis::finding::Finding;
use crate::evidence::Source;
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Because(pub String);

/// A finding under a policy.
#[derive(Clone, Debug)]
pub struct Ruled<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it counts for.
    pub level: Level,
    /// The setting that says so.
    pub because: Because,
}

/// A finding that does not count.
#[derive(Clone, Debug)]
pub struct Suppressed<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Who says so.
    pub by: SuppressedBy,
}

/// Why a finding does not count.
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
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What is demanded.
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
        /// What is stated.
        stated: Prob,
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
}

/// How one bisection was judged.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The bisection.
    pub analysis: &'a Analysis,
    /// Demands that it does not meet.
    pub failures: Vec<Failure>,
    /// Its findings, worst first.
    pub findings: Vec<Ruled<'a>>,
    /// Findings that do not count.
    pub suppressed: Vec<Suppressed<'a>>,
}

/// An input that could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The input.
    pub source: Source,
    /// Why.
    pub error: String,
}

/// What a gate decided.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The policy's file, or `default`; `None` when nobody asked for a judgement.
    pub policy: Option<String>,
    /// The bisections, in the order of the input.
    pub bisections: Vec<Judged<'a>>,
    /// Inputs that could not be read.
    pub unread: Vec<Unread>,
    /// Whether an input without any bisection passes.
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

impl Judged<'_> {
    /// Whether this bisection passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty() && self.findings.iter().all(|ruled| ruled.level < Level::Deny)
    }
}

impl<'a> Decision<'a> {
    /// Everything that was found, without a judgement.
    #[must_use]
    pub fn of_all(analyses: &'a [Analysis], unread: Vec<Unread>) -> Self {
        let shown =
            |finding| Ruled { finding, level: Level::Warn, because: Because("nothing was to be judged".to_owned()) };
        let bisections = analyses.iter().map(|analysis| Judged {
            analysis,
            failures: Vec::new(),
            findings: analysis.findings.iter().map(shown).collect(),
            suppressed: Vec::new(),
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
