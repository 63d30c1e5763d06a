//! Evidence × models → [`Analysis`]: everything a user sees, computed once.
//!
//! Texts, JSON, charts, gates and data frames are made from this one value.

#[doc(hidden)]
pub mod advice;
#[doc(hidden)]
pub mod answer;
#[doc(hidden)]
pub mod blame;
#[doc(hidden)]
pub mod brief;
#[doc(hidden)]
pub mod by_rate;
#[doc(hidden)]
pub mod code;
mod counts;
mod direction;
#[doc(hidden)]
pub mod finding;
mod ground;
#[doc(hidden)]
pub mod growth;
#[doc(hidden)]
pub mod histories;
#[doc(hidden)]
pub mod lineage;
#[doc(hidden)]
pub mod manner;
#[doc(hidden)]
pub mod named;
#[doc(hidden)]
pub mod next;
mod paths;
#[doc(hidden)]
pub mod pushes;
#[doc(hidden)]
pub mod rivals;
#[doc(hidden)]
pub mod sentence;
mod solve;
#[doc(hidden)]
pub mod summary;
#[doc(hidden)]
pub mod terrain;
mod titles;
mod together;
#[doc(hidden)]
pub mod trust;
#[doc(hidden)]
pub mod words;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::evidence::{Bisection, CommitId, Format, Line, Place, Role, Verdict};
#[cfg(feature = "git")]
use crate::history::Repository;
use crate::history::{History, Weights};
use crate::ingest::in_order_of;
use crate::model::behaviour::RatePrior;
use crate::model::beta_binomial::BetaPrior;
use crate::model::blame::Fit;
use crate::model::bug::ReportedBug;
use crate::model::foreign::ForeignPrior;
use crate::model::labels::LabelPrior;
use crate::model::likeness::KinPrior;
use crate::model::prior::{AgePrior, HiddenPrior, OlderPrior};
use crate::model::rate::RateGrid;
use crate::prob::{Estimate, Prob};

use by_rate::AtRate;
use finding::Finding;
use growth::Growth;
use lineage::Lineage;

#[cfg(feature = "git")]
pub use crate::history::HistoryError;
pub use crate::model::archive::{ArchiveError, ArchivePrior};
pub use answer::Answer;
pub use next::{Advice, Plan, Proposal, Wish, plan};

#[doc(hidden)]
pub use rivals::Rival;
#[doc(hidden)]
pub use together::{TogetherError, together, untitled};

/// The version of the JSON, as its `schema` says.
#[doc(hidden)]
pub const SCHEMA: &str = "bisectstat/1";

/// What the models assume before they see a run.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Settings {
    /// How reproducible bugs are, and how their crashes behave.
    #[doc(hidden)]
    pub rates: RatePrior,
    /// How revisions without the bug fail all the same.
    #[doc(hidden)]
    pub background: RatePrior,
    /// How old culprits are.
    #[doc(hidden)]
    pub age: AgePrior,
    /// Whether bugs are older than the releases that were walked.
    #[doc(hidden)]
    pub older: OlderPrior,
    /// Whether a revision has the bug and cannot show it.
    #[doc(hidden)]
    pub hidden: HiddenPrior,
    /// P(there is no change between the tested revisions: whatever fails, failed before).
    #[doc(hidden)]
    pub none: Prob,
    /// How often a bug from elsewhere crashes where it is not.
    #[doc(hidden)]
    pub leak: BetaPrior,
    /// What is believed of one revision's rate.
    #[doc(hidden)]
    pub rate: BetaPrior,
    /// How a bug's titles mix.
    #[doc(hidden)]
    pub labels: LabelPrior,
    /// How far titles are kin.
    #[doc(hidden)]
    pub kin: KinPrior,
    /// What is believed of other bugs.
    #[doc(hidden)]
    pub foreign: ForeignPrior,
    /// What tells whether a named commit is to blame; `None` for no judgement.
    #[doc(hidden)]
    pub blame: Option<Fit>,
    /// What to call these assumptions.
    #[doc(hidden)]
    pub prior: String,
    /// Whether the prior and the judgement are those of syzkaller's bisections: no other ones are judged by them.
    #[doc(hidden)]
    pub of_syzkaller: bool,
    /// Whether the rates of the bug were told, and hold for every form of input.
    #[doc(hidden)]
    pub told_rates: bool,
    /// Posterior mass that a credible set must hold.
    #[doc(hidden)]
    pub level: Prob,
    /// The repository that knows which revision contains which commit.
    #[doc(hidden)]
    pub repo: Option<Arc<Repo>>,
}

/// A repository's history, and what is known beforehand of its commits.
#[doc(hidden)]
pub struct Repo {
    /// Which commit contains which.
    pub history: History,
    /// How much some are suspected.
    pub weights: Option<Weights>,
}

impl fmt::Debug for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repo").field("path", &self.history.path()).finish_non_exhaustive()
    }
}

impl Default for Settings {
    /// With the prior that ships with the crate.
    fn default() -> Self {
        let generic = Self::generic();
        match ArchivePrior::shipped() {
            Some(prior) => Self { of_syzkaller: true, ..generic.with_prior(&prior.sparse()) },
            None => generic,
        }
    }
}

impl Settings {
    /// What is assumed of bugs of which no archive is known.
    #[must_use]
    pub fn generic() -> Self {
        Self {
            rates: RatePrior::default(),
            background: RatePrior::background(),
            age: AgePrior::default(),
            older: OlderPrior::default(),
            hidden: HiddenPrior::default(),
            none: Prob::ZERO,
            leak: BetaPrior::LEAK,
            rate: BetaPrior::JEFFREYS,
            labels: LabelPrior::default(),
            kin: KinPrior::default(),
            foreign: ForeignPrior::default(),
            blame: Fit::shipped(),
            prior: "generic".to_owned(),
            of_syzkaller: false,
            told_rates: false,
            level: Prob::saturating(0.95),
            repo: None,
        }
    }

    /// The same with what an archive says of bugs.
    #[must_use]
    pub fn with_prior(self, prior: &ArchivePrior) -> Self {
        Self {
            rates: prior.rate_prior(),
            background: prior.background_prior(),
            age: prior.age_prior(),
            older: prior.older_prior(),
            labels: prior.label_prior(),
            kin: prior.kin_prior(),
            foreign: prior.foreign_prior(),
            prior: prior.name.clone(),
            of_syzkaller: false,
            told_rates: false,
            ..self
        }
    }

    /// The same with another size of credible sets: they hold at least this mass. 0.95 by default.
    #[must_use]
    pub fn with_level(self, level: Prob) -> Self {
        Self { level, ..self }
    }

    /// The same without a judgement of the named commit: [`Analysis::p_right`] is missing everywhere then, and what is said
    /// follows from the runs alone.
    #[must_use]
    pub fn without_judgement(self) -> Self {
        Self { blame: None, ..self }
    }

    /// The same with the history of a git repository: the revisions of all bisections then lie as they do there, side branches
    /// included. Its commits are read once, here.
    ///
    /// # Errors
    /// [`HistoryError`] when there is no repository at the path or above it, or it cannot be read.
    #[cfg(feature = "git")]
    pub fn with_repository(self, path: &std::path::Path) -> Result<Self, HistoryError> {
        let history = Repository::open(path)?.whole_history()?;
        Ok(Self { repo: Some(Arc::new(Repo { history, weights: None })), ..self })
    }

    /// The history of the repository.
    #[doc(hidden)]
    #[must_use]
    pub fn history(&self) -> Option<&History> {
        self.repo.as_deref().map(|repo| &repo.history)
    }

    /// The same for bugs that crash in this share of runs, on every bad revision alike.
    #[must_use]
    pub fn with_reproduction(self, rate: Prob) -> Self {
        let rate = rate.value().clamp(1e-3, 1.0 - 1e-3);
        let rates = RatePrior::from(&RateGrid::known(rate));
        Self { rates, prior: format!("reproduction rate {rate}"), told_rates: true, ..self }
    }

    /// The same where revisions without the bug crash in this share of runs, all alike.
    #[must_use]
    pub fn with_background(self, rate: Prob) -> Self {
        let rate = rate.value().clamp(1e-4, 1.0 - 1e-3);
        Self { background: RatePrior::from(&RateGrid::known(rate)), ..self }
    }

    /// What is assumed of a bisection of this form. Who to blame was learned from the Linux kernel's only. Syzkaller bisects
    /// what crashed: there was a change. Where a person gave the good end, age says nothing, and the person may be wrong;
    /// where nobody has bisected, there may be nothing to find.
    #[must_use]
    pub(crate) fn for_format(&self, format: Format) -> Cow<'_, Self> {
        /// P(a person's good end is bad), P(a person bisects what did not change).
        const BISECTED: (f64, f64) = (0.05, 0.02);
        /// P(the first row is bad), P(nothing changed).
        const ONLY_RUNS: (f64, f64) = (0.05, 0.1);
        let (older, none) = match format {
            Format::Syzkaller => return Cow::Borrowed(self),
            Format::GitBisect => BISECTED,
            Format::Table | Format::Junit => ONLY_RUNS,
        };
        // Who calls a revision bad has looked.
        let background = match format {
            Format::GitBisect => RatePrior::background_below(0.5, 0.97),
            _ => RatePrior::background(),
        };
        let base = if self.of_syzkaller {
            let generic = Self { background, level: self.level, repo: self.repo.clone(), ..Self::generic() };
            if self.told_rates {
                Self { rates: self.rates.clone(), prior: self.prior.clone(), told_rates: true, ..generic }
            } else {
                generic
            }
        } else {
            self.clone()
        };
        Cow::Owned(Self {
            age: AgePrior::between_ends(older),
            hidden: HiddenPrior::never(),
            none: Prob::saturating(none),
            blame: None,
            ..base
        })
    }

    /// These assumptions as an archive's prior before anything is learned.
    #[must_use]
    pub fn unlearned(&self) -> ArchivePrior {
        let (rates, ages) = ((&self.rates, &self.background), (&self.age, &self.older));
        ArchivePrior::new(rates, ages, &self.labels, &self.kin, &self.foreign)
    }
}

/// What is known of one bisection. Serialises to the documented JSON (`schema/analysis.json`).
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// [`SCHEMA`].
    #[doc(hidden)]
    pub schema: &'static str,
    /// A stable id.
    pub bisection: String,
    /// What can be said, in one word.
    pub answer: Answer,
    /// The file that it was read from, as it was named.
    pub path: String,
    /// Where line 1, 2 and so on stand, when the bisection is gathered from several files; empty for one file.
    #[doc(hidden)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Place>,
    /// Its first line there.
    pub line: Line,
    /// The form of the input.
    #[doc(hidden)]
    pub format: &'static str,
    /// The year in which it began, as [`Bisection::year`] has it.
    #[doc(hidden)]
    pub year: Option<i16>,
    /// `cause` or `fix`.
    #[doc(hidden)]
    pub kind: &'static str,
    /// How it ended.
    #[doc(hidden)]
    pub ending: &'static str,
    /// Where the crash was reported.
    #[doc(hidden)]
    pub origin: Option<CommitId>,
    /// The commit that it named.
    pub named_culprit: Option<CommitId>,
    /// The crash shown for it.
    pub named_title: Option<String>,
    /// The title under which the bug was reported, when somebody said so.
    pub reported_title: Option<String>,
    /// P(the named commit is to blame); missing without a fit.
    pub p_right: Option<Prob>,
    /// P(the reported bug starts at the named commit).
    pub p_named: Option<Prob>,
    /// P(the crash starts at the named commit), any crash counting as the bug.
    pub p_named_any: Option<Prob>,
    /// What speaks for and against the named commit.
    #[doc(hidden)]
    pub blame: Option<Blame>,
    /// How many times better the runs fit the best other place than the named commit's: a Bayes factor, at most 1e9, which the
    /// prior of the places does not enter. Below 1 the runs speak for no other place.
    #[doc(hidden)]
    pub bayes_factor_elsewhere: Option<f64>,
    /// P(the reported bug starts at the named commit) by how often a bad revision fails; empty where another rate changes
    /// nothing, or the rate is known.
    #[doc(hidden)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_rate: Vec<AtRate>,
    /// P(there is a change, and it goes this way), should the test be flaky at revisions without the bug too; missing where
    /// somebody has bisected.
    #[doc(hidden)]
    pub p_change_if_flaky: Option<Prob>,
    /// P(nothing changed between the tested revisions: what fails, fails everywhere alike). With the gaps' posteriors and
    /// [`Self::p_other_direction`] it sums to one.
    pub p_no_change: Option<Prob>,
    /// P(the change goes the other way: a fix where a cause is looked for, or a cause where a fix is). Zero where the input
    /// says which.
    pub p_other_direction: Option<Prob>,
    /// The share of runs that fail before the change: the trials of all places, pooled.
    pub rate_before: Option<Estimate>,
    /// The same since the change.
    pub rate_since: Option<Estimate>,
    /// Where the change is, with [`Settings::level`].
    pub credible_set: Option<CredibleSet>,
    /// The tests, in the log's order.
    pub steps: Vec<StepAnalysis>,
    /// The gaps of the line, old to new.
    pub gaps: Vec<GapAnalysis>,
    /// The crash titles, most frequent first.
    #[doc(hidden)]
    pub titles: Vec<TitleAnalysis>,
    /// Suspicious decisions, worst first; empty until rules have looked.
    pub findings: Vec<Finding>,
    /// What a repository tells of the commits; missing without one.
    #[doc(hidden)]
    pub history: Option<Lineage>,
    /// Where the figures come from.
    #[doc(hidden)]
    pub model: ModelInfo,
    /// What the figures were computed from.
    #[serde(skip)]
    pub evidence: Bisection,
    /// How the posterior grew; empty unless asked for with [`growth::growth`].
    #[doc(hidden)]
    #[serde(skip)]
    pub growth: Vec<Growth>,
    /// What the bisection says of bugs in general.
    #[doc(hidden)]
    #[serde(skip)]
    pub lesson: Option<Lesson>,
    /// What to run next, without a forecast; missing unless asked for with [`next::advise`].
    #[doc(hidden)]
    #[serde(skip)]
    pub plan: Option<Box<next::Plan>>,
    /// Other bisections of the same bug that named another commit; empty until rules have looked.
    #[doc(hidden)]
    #[serde(skip)]
    pub rivals: Vec<Rival>,
}

/// What one bisection adds to an archive's prior.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The posterior with its hidden quantities.
    pub bug: ReportedBug,
    /// The posterior weights of the scales of age.
    pub ages: Vec<f64>,
    /// How many releases were walked, where that tells how old the bug may be.
    pub releases: Option<usize>,
}

/// One round of learning an archive's prior: adds up what the bisections say under the prior so far.
///
/// ```
/// use bisectstat::analysis::{Settings, analyze, learn};
/// use bisectstat::evidence::Source;
/// use bisectstat::ingest::read;
///
/// let bytes = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let batch = read(&bytes, &Source::new("004_css_free_rwork_fn.txt"))?.bisections;
/// let settings = Settings::generic().without_judgement();
/// let mut prior = settings.unlearned().next();
/// let analyses = analyze(batch, &settings.with_prior(&prior));
/// learn(&mut prior, &analyses);
/// assert_eq!(prior.bisections, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn learn(prior: &mut ArchivePrior, analyses: &[Analysis]) {
    for lesson in analyses.iter().filter_map(|analysis| analysis.lesson.as_ref()) {
        prior.add(&lesson.bug, lesson.ages.iter().copied(), lesson.releases);
    }
}

/// The smallest set of gaps that holds the wanted mass.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct CredibleSet {
    /// The wanted mass.
    #[doc(hidden)]
    pub level: Prob,
    /// The mass that it holds.
    pub mass: Prob,
    /// Its commits; unknown when it reaches beyond the tested revisions, and where nobody has counted them.
    pub commits: Option<u64>,
    /// Whether their number follows from git's own counts.
    #[doc(hidden)]
    pub commits_exact: bool,
    /// Whether it lies between tested revisions.
    #[doc(hidden)]
    #[serde(skip)]
    pub bounded: bool,
    /// From its oldest to its newest commit, as git understands it.
    pub range: Option<String>,
    /// Its gaps, as indices into [`Analysis::gaps`].
    pub gaps: Vec<usize>,
}

/// One test of a revision.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct StepAnalysis {
    /// From 0, in the log's order.
    pub step: usize,
    /// Where it begins.
    pub line: Line,
    /// The revision.
    pub commit: CommitId,
    /// Its tag.
    #[doc(hidden)]
    pub tag: Option<String>,
    /// Why it was tested.
    pub role: Role,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// Runs without a crash.
    pub passes: u32,
    /// Runs with a crash.
    pub crashes: u32,
    /// Those of the crashes that are likelier another bug's than the reported one's.
    #[doc(hidden)]
    pub other_crashes: u32,
    /// Runs that say nothing.
    pub voids: u32,
    /// Whether the number of runs is deduced.
    #[doc(hidden)]
    pub inferred: bool,
    /// Crash probability; missing without trials.
    pub rate: Option<Estimate>,
    /// P(bad), from its own runs.
    pub p_bad_alone: Option<Prob>,
    /// P(bad), from the whole bisection; missing off the line.
    pub p_bad: Option<Prob>,
    /// The part of it in which the revision has the bug and cannot show it, whatever runs are made there.
    #[doc(hidden)]
    pub p_hidden: Option<Prob>,
    /// P(the verdict is right).
    pub confidence: Option<Prob>,
    /// P(a bad revision shows no crash in as many trials).
    pub false_good: Option<Prob>,
    /// Where the revision stands on the line, old to new.
    #[doc(hidden)]
    #[serde(skip)]
    pub point: Option<usize>,
}

/// The commits between two neighbours on the line.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct GapAnalysis {
    /// The older neighbour, excluded.
    pub after: Option<CommitId>,
    /// The newer neighbour, included.
    pub upto: Option<CommitId>,
    /// How many commits the change could be; unknown at both ends, and where nobody has counted them.
    pub commits: Option<u64>,
    /// Whether that follows from git's own counts.
    #[doc(hidden)]
    pub commits_exact: bool,
    /// P(the reported bug's change is here).
    pub posterior: Option<Prob>,
    /// P(the change is here), any crash counting as the bug.
    pub posterior_any: Option<Prob>,
    /// Whether it belongs to the credible set.
    #[doc(hidden)]
    pub credible: bool,
}

impl GapAnalysis {
    /// Whether both neighbours were tested.
    #[must_use]
    pub(crate) const fn is_bounded(&self) -> bool {
        self.after.is_some() && self.upto.is_some()
    }

    /// How many commits it holds, in words.
    #[doc(hidden)]
    #[must_use]
    pub fn size(&self) -> String {
        words::size(self.commits, self.commits_exact, self.is_bounded())
    }

    /// Whether it holds the named commit and no other: of builds, the named one and what it was built of.
    #[must_use]
    pub(crate) fn is_alone(&self, named: Option<CommitId>) -> bool {
        let one = self.commits == Some(1) || (self.commits.is_none() && self.is_bounded());
        one && self.upto.is_some() && self.upto == named
    }
}

impl CredibleSet {
    /// How many commits it holds, in words.
    #[doc(hidden)]
    #[must_use]
    pub fn size(&self) -> String {
        words::size(self.commits, self.commits_exact, self.bounded)
    }
}

/// A crash title.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize)]
pub struct TitleAnalysis {
    /// The title; missing for crashes without one.
    pub title: Option<String>,
    /// Its type, by syzkaller's names.
    pub crash_type: Option<&'static str>,
    /// Runs that show it.
    pub crashes: u32,
    /// Steps that show it.
    pub steps: u32,
    /// Runs at the origin that show it.
    pub at_origin: u32,
    /// P(it is the reported bug); missing when it never showed on the line.
    pub p_same_bug: Option<Prob>,
    /// Whether it is the reported title, or likelier than others to be it.
    pub anchor: Option<bool>,
}

/// What speaks for and against the named commit.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize)]
pub struct Blame {
    /// Which fit weighed it.
    pub fit: String,
    /// The features, those that weigh most first.
    pub terms: Vec<BlameTerm>,
}

/// One feature of the named commit.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize)]
pub struct BlameTerm {
    /// Its name.
    pub feature: String,
    /// Its value; missing where the log lacks what it needs.
    pub value: Option<f64>,
    /// Its push in logits: above 0 for the commit.
    pub weight: f64,
    /// Whether the value is above that of the bisections that the fit was made from; missing with the value.
    #[serde(skip)]
    pub above: Option<bool>,
}

/// Where the figures come from.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize)]
pub struct ModelInfo {
    /// Which crashes count as the bug.
    pub name: &'static str,
    /// What was believed before the runs.
    pub prior: String,
    /// Prior mass beyond the tested revisions.
    pub outside: Option<Prob>,
    /// Whether a sum was cut short.
    pub approximate: bool,
}

impl Analysis {
    /// P(the change lies between the tested revisions, and goes the way that `kind` says).
    #[must_use]
    pub(crate) fn p_between(&self) -> Option<Prob> {
        let between = self.gaps.iter().filter(|gap| gap.after.is_some() && gap.upto.is_some());
        let masses: Option<Vec<f64>> = between.map(|gap| gap.posterior.map(Prob::value)).collect();
        masses.map(|masses| Prob::saturating(masses.iter().sum()))
    }

    /// The gap with the most mass. Whatever names a likeliest place names this one.
    #[must_use]
    pub fn likeliest_gap(&self) -> Option<&GapAnalysis> {
        heaviest(self.gaps.iter().filter(|gap| gap.posterior.is_some()), |gap| gap.posterior)
    }

    /// How far the named commit can be trusted: P(it is to blame), else P(the reported bug starts there).
    #[must_use]
    pub fn trusted(&self) -> Option<Prob> {
        self.p_right.or(self.p_named)
    }
}

/// What has the most mass: the first of several alike.
pub(crate) fn heaviest<T>(all: impl IntoIterator<Item = T>, mass: impl Fn(&T) -> Option<Prob>) -> Option<T> {
    let value = |one: &T| mass(one).map_or(0.0, Prob::value);
    all.into_iter().reduce(|best, other| if value(&other) > value(&best) { other } else { best })
}

/// Analyses a batch: one analysis a bisection, in the same order. Findings come later, from [`crate::finding::judge`].
///
/// ```
/// use bisectstat::analysis::{Settings, analyze};
/// use bisectstat::evidence::Source;
/// use bisectstat::ingest::read;
///
/// let bytes = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let batch = read(&bytes, &Source::new("004_css_free_rwork_fn.txt"))?.bisections;
/// let analyses = analyze(batch, &Settings::default());
/// let (likeliest, mass) = analyses[0].credible_set.as_ref().map(|set| (&set.range, set.mass)).expect("it crashed");
/// assert_eq!(likeliest.as_deref().and_then(|range| range.get(..12)), Some("6c2450ae5565"));
/// assert!(mass.value() > 0.95);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn analyze(batch: Vec<Bisection>, settings: &Settings) -> Vec<Analysis> {
    let solve = |bisection| solve::solve(in_its_order(bisection, settings), settings);
    batch.into_par_iter().map(solve).collect()
}

/// With the revisions in the order of the repository, where there is one.
fn in_its_order(bisection: Bisection, settings: &Settings) -> Bisection {
    match &settings.repo {
        Some(repo) => in_order_of(&repo.history, bisection),
        None => bisection,
    }
}
