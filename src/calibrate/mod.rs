//! Stated against true: is a confidence of 0.9 right in nine cases of ten?
//!
//! [`calibrate`] joins analyses with a [`Truth`] by file name. A case is a bisection that names a commit, has a truth,
//! and states the probability in question; a row holds for every bisection of its file. Intervals resample culprits where
//! the truth is labels: several bisections of one bug are near-copies.

pub mod blame;
mod bootstrap;
mod coverage;
pub mod culprits;
pub mod guard;
mod rules;
pub mod scores;
mod trade_off;
mod truth;

use std::num::NonZeroU16;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::evidence::CommitId;
use crate::prob::Prob;

pub use bootstrap::{Bootstrap, Range, Score};
pub use coverage::{Coverage, SetSizes, coverage};
pub use rules::{Fired, Rules, Split, Worst};
pub use trade_off::{DEMANDS, TradeOff, trade_offs};
pub use truth::{Fact, Form, Judgement, Place, Truth, TruthError, TruthFlaw};

use scores::{Bin, Case, Share};

/// The version of the JSON, as its `schema` says.
pub const SCHEMA: &str = "bisectstat-calibration/1";

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Bins of the reliability table.
    pub bins: NonZeroU16,
    /// Resamples behind the intervals of scores; none, no intervals.
    pub bootstrap: u32,
    /// Where their random numbers start.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bins: scores::ECE_BINS, bootstrap: 1000, seed: 1 }
    }
}

/// How the stated probabilities did. Serialises to the documented JSON (`schema/calibration.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What was compared with.
    pub truth: TruthInfo,
    /// What became of the bisections.
    pub bisections: Bisections,
    /// How it was compared.
    pub settings: Settings,
    /// Each stated probability, in the order of [`Stated::ALL`].
    pub probabilities: Vec<Judged>,
    /// The findings.
    pub rules: Rules,
    /// The credible sets; labels do not tell where the change is.
    pub credible_sets: Option<Coverage>,
}

/// What was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthInfo {
    /// The file that the truth was read from.
    pub path: String,
    /// Which of the known forms of truth files it has.
    pub form: Form,
    /// How many bisections it knows the truth of.
    pub rows: usize,
    /// Rows whose log was not read.
    pub rows_without_log: usize,
}

/// What became of the bisections; all but `read` sum to `read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bisections {
    /// All of them.
    pub read: usize,
    /// Those without a row.
    pub without_row: usize,
    /// Those that name no commit.
    pub unnamed: usize,
    /// Those of which the truth says neither right nor wrong.
    pub undecided: usize,
    /// Those that name another commit than the one their label judges.
    pub named_otherwise: usize,
    /// Those that name a commit known to be right or wrong.
    pub judged: usize,
}

/// A probability that the named commit is the culprit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stated {
    /// [`Analysis::p_named`].
    PNamed,
    /// [`Analysis::p_named_any`].
    PNamedAny,
    /// [`Analysis::p_right`].
    PRight,
    /// One less the log's own estimate that it is wrong.
    Stated,
}

impl Stated {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PNamed, Self::PNamedAny, Self::PRight, Self::Stated];

    /// The name used in texts and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PNamed => "p_named",
            Self::PNamedAny => "p_named_any",
            Self::PRight => "p_right",
            Self::Stated => "stated",
        }
    }

    /// What an analysis states.
    #[must_use]
    pub fn of(self, analysis: &Analysis) -> Option<Prob> {
        match self {
            Self::PNamed => analysis.p_named,
            Self::PNamedAny => analysis.p_named_any,
            Self::PRight => analysis.p_right,
            Self::Stated => analysis.evidence.stated_error.map(|error| Prob::saturating(1.0 - error)),
        }
    }
}

/// How one probability did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The probability whose statements are judged.
    pub name: Stated,
    /// Judged bisections that state it.
    pub cases: usize,
    /// Its scores; none without cases.
    pub scores: Option<Scores>,
}

/// Scores of one probability; `scores` says what they mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Named commits that are right.
    pub right: Share,
    /// What was stated on average.
    pub mean: Prob,
    /// Expected calibration error, in 10 bins whatever the table's.
    pub ece: Score,
    /// What it would be if all that is stated were true: the mean over outcomes drawn with the stated probabilities.
    pub ece_by_chance: f64,
    /// Brier score.
    pub brier: Score,
    /// Brier score of always saying the share that is right.
    pub brier_of_base_rate: f64,
    /// Log score in nats, clipped at [`scores::CLIP`].
    pub log_score: Score,
    /// Area under the ROC curve; none unless some are right and some wrong.
    pub auc: Option<Score>,
    /// The reliability table.
    pub reliability: Vec<Bin>,
}

impl Scores {
    /// Scores the cases, whose intervals resample the groups: `groups` gives each case its group, numbered from 0. None
    /// without cases.
    #[must_use]
    pub fn of(cases: &[Case], groups: &[usize], settings: Settings) -> Option<Self> {
        let bootstrap = Bootstrap { resamples: settings.bootstrap, seed: settings.seed };
        let score = |statistic: fn(&[Case]) -> Option<f64>| bootstrap.score_by(cases, groups, statistic);
        Some(Self {
            right: scores::share_right(cases)?,
            mean: scores::mean_stated(cases)?,
            ece: score(scores::ece)?,
            ece_by_chance: bootstrap::ece_by_chance(cases)?,
            brier: score(scores::brier)?,
            brier_of_base_rate: scores::brier_of_base_rate(cases)?,
            log_score: score(scores::log_score)?,
            auc: score(scores::auc),
            reliability: scores::reliability(cases, settings.bins),
        })
    }
}

/// Compares what the analyses state, and what rules found in them, with what is true.
///
/// ```
/// use bisectstat::calibrate::{Settings, Truth, calibrate};
/// use bisectstat::evidence::Source;
///
/// let log = std::fs::read("data/000_nbd_ioctl.txt")?;
/// let mut analyses = bisectstat::analyze(&log)?;
/// analyses[0].path = "000_nbd_ioctl.txt".to_owned();
/// let truth = Truth::read(b"file,verdict\n000_nbd_ioctl.txt,right\n", &Source::new("labels.csv"))?;
/// let calibration = calibrate(&analyses, &truth, Settings::default());
/// assert_eq!(calibration.bisections.judged, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn calibrate(analyses: &[Analysis], truth: &Truth, settings: Settings) -> Calibration {
    let standings: Vec<_> = analyses.iter().map(|analysis| (analysis, standing(analysis, truth))).collect();
    Calibration {
        schema: SCHEMA,
        truth: TruthInfo {
            path: truth.source.path.clone(),
            form: truth.form,
            rows: truth.rows(),
            rows_without_log: truth.rows_without(analyses.iter().map(|analysis| analysis.path.as_str())),
        },
        bisections: Bisections::of(&standings),
        settings,
        probabilities: Stated::ALL.map(|name| judge(name, &standings, truth, settings)).into(),
        rules: Rules::of(&judged(&standings)),
        credible_sets: (truth.form == Form::Simulated).then(|| coverage(&places(analyses, truth))),
    }
}

/// Whether the named commit is the true one; `None` where none was named, or nobody knows.
#[must_use]
pub fn right(analysis: &Analysis, truth: &Truth) -> Option<bool> {
    match standing(analysis, truth) {
        Standing::Judged(right) => Some(right),
        _ => None,
    }
}

/// What the truth makes of the commit that a bisection names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    WithoutRow,
    Unnamed,
    Undecided,
    NamedOtherwise,
    Judged(bool),
}

fn standing(analysis: &Analysis, truth: &Truth) -> Standing {
    match (truth.of(&analysis.path), &analysis.named_culprit) {
        (None, _) => Standing::WithoutRow,
        (Some(_), None) => Standing::Unnamed,
        (Some(fact), Some(named)) => against(*fact, named),
    }
}

fn against(fact: Fact, named: &CommitId) -> Standing {
    match fact {
        Fact::Simulated { culprit, .. } => Standing::Judged(culprit.is_some_and(|culprit| culprit.matches(named))),
        Fact::Label { judgement: Judgement::Inconclusive | Judgement::Unknown, .. } => Standing::Undecided,
        Fact::Label { named: Some(judged), .. } if !judged.matches(named) => Standing::NamedOtherwise,
        Fact::Label { judgement, .. } => Standing::Judged(judgement == Judgement::Right),
    }
}

impl Bisections {
    fn of(standings: &[(&Analysis, Standing)]) -> Self {
        let mut counts = Self { read: standings.len(), ..Self::default() };
        for (_, standing) in standings {
            let count = match standing {
                Standing::WithoutRow => &mut counts.without_row,
                Standing::Unnamed => &mut counts.unnamed,
                Standing::Undecided => &mut counts.undecided,
                Standing::NamedOtherwise => &mut counts.named_otherwise,
                Standing::Judged(_) => &mut counts.judged,
            };
            *count += 1;
        }
        counts
    }
}

fn judge(name: Stated, standings: &[(&Analysis, Standing)], truth: &Truth, settings: Settings) -> Judged {
    let cases = standings.iter().filter_map(|(analysis, standing)| match standing {
        Standing::Judged(right) => Some(((name.of(analysis)?, *right), truth.commits_of(analysis))),
        _ => None,
    });
    let (cases, commits): (Vec<Case>, Vec<_>) = cases.unzip();
    Judged { name, cases: cases.len(), scores: Scores::of(&cases, &culprits::groups(&commits), settings) }
}

/// The named commits that are known to be right or wrong.
fn judged<'a>(standings: &[(&'a Analysis, Standing)]) -> Vec<(&'a Analysis, bool)> {
    let judged = standings.iter().filter_map(|(analysis, standing)| match standing {
        Standing::Judged(right) => Some((*analysis, *right)),
        _ => None,
    });
    judged.collect()
}

/// The true places, where they are known.
fn places<'a>(analyses: &'a [Analysis], truth: &Truth) -> Vec<(&'a Analysis, Place)> {
    let place = |analysis: &Analysis| match truth.of(&analysis.path)? {
        Fact::Simulated { place, .. } => Some(*place),
        Fact::Label { .. } => None,
    };
    analyses.iter().filter_map(|analysis| Some((analysis, place(analysis)?))).collect()
}
