//! What to run next: which revision tells most of the place of the change, and how many runs of it.
//!
//! The log's runs are taken in by the search that `run` makes too ([`crate::model::search`]), under the assumptions that the
//! log was analysed with; it proposes and foretells. What is believed so far is the analysis' own figure, which knows more of
//! titles.

mod field;
mod forecast;
mod question;

use serde::Serialize;

use crate::evidence::{Bisection, CommitId};
use crate::history::Command;
use crate::model::search::{self, Batch};
use crate::prob::{Prob, to_f64};

use super::counts::Counts;
use super::ground::Ground;
use super::{Analysis, Settings, heaviest};
use field::Field;
use forecast::forecast;
use question::Question;

/// What one wants, and what it costs.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// P(the likeliest commit is the change) that is enough.
    pub target: Prob,
    /// Runs of one revision at a time. By default as many as tell most for their cost, or ten where no cost is known.
    pub horizon: Option<u32>,
    /// Revisions that can be run at the same time.
    pub parallel: usize,
    /// Seconds to build a revision; as the log tells by default.
    pub build: Option<f64>,
    /// Seconds to run the test once; as the log tells by default.
    pub run: Option<f64>,
    /// Whether to foretell how long it takes.
    #[doc(hidden)]
    pub forecast: bool,
}

impl Default for Wish {
    /// To be sure with 0.95, on one machine, with the costs that the log tells.
    fn default() -> Self {
        Self { target: Prob::saturating(0.95), horizon: None, parallel: 1, build: None, run: None, forecast: true }
    }
}

/// Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// To build a revision.
    pub build: f64,
    /// To run the test once.
    pub run: f64,
}

/// What to run next.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// A stable id of the bisection.
    #[doc(hidden)]
    pub bisection: String,
    /// P(the likeliest commit is the change) that is wanted.
    #[doc(hidden)]
    pub target: Prob,
    /// P(the likeliest commit is the change), or that it lies in [`Plan::gap`].
    pub reached: Prob,
    /// The likeliest commit, where it can be named.
    pub likeliest: Option<CommitId>,
    /// The likeliest gap of [`Analysis::gaps`], where nobody has counted its commits.
    pub gap: Option<usize>,
    /// Commits that hold the change with a probability of 0.95; missing where nobody has counted them.
    pub suspects: Option<u64>,
    /// What is not known of the place, in bits.
    #[doc(hidden)]
    pub entropy: f64,
    /// P(the change lies beyond the tested revisions).
    #[doc(hidden)]
    pub beyond: Prob,
    /// What runs cost; missing where nobody says.
    #[doc(hidden)]
    pub costs: Option<Costs>,
    /// Revisions that can be run at the same time.
    #[doc(hidden)]
    #[serde(skip)]
    pub parallel: usize,
    /// Whether to go on.
    pub advice: Advice,
    /// What to run, the best first. Where several revisions can be run at the same time, the first of them together tell
    /// most.
    pub proposals: Vec<Proposal>,
    /// How long it may take; missing where nothing helps, or the line is too long to play it through.
    #[doc(hidden)]
    pub forecast: Option<Forecast>,
    /// What could not be built or tested; missing where nothing was skipped among the suspects.
    #[doc(hidden)]
    pub unbuilt: Option<Unbuilt>,
}

/// How long it may take to reach the target, from searches played through to their end on the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The chance to reach it within [`Forecast::most_runs`].
    pub chance: Prob,
    /// The expected number of further runs, at least.
    pub mean_runs: f64,
    /// Runs within which nine of ten searches reach it; missing where fewer do.
    pub most_often: Option<u32>,
    /// Runs after which a search gives up.
    pub most_runs: u32,
}

/// Whether to go on.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// The target is reached: nothing more is worth running.
    Enough,
    /// Runs help.
    Run,
    /// No number of runs of what can be tested tells enough.
    Hopeless,
    /// Nothing is known of the crash: no run shows it.
    Unknown,
}

/// A revision to run.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    /// The revision; missing where only a repository can name the middle of a gap.
    pub commit: Option<CommitId>,
    /// How to check it out; missing where it is no git commit.
    #[doc(hidden)]
    pub checkout: Option<Command>,
    /// How to have syzbot test it, in a mail; missing where the bisection is not syzkaller's, or the commit has no hash.
    #[doc(hidden)]
    pub syz_test: Option<String>,
    /// How much of the gap is older, where only a repository can name the revision.
    pub older: Option<Prob>,
    /// Whether it was tested before.
    #[doc(hidden)]
    pub tested: bool,
    /// The gap of [`Analysis::gaps`] that it parts, for a new one.
    pub gap: Option<usize>,
    /// P(bad) so far.
    pub p_bad: Prob,
    /// How many runs.
    pub runs: u32,
    /// What they tell of the place, in bits.
    pub bits: f64,
    /// The same for each run.
    #[doc(hidden)]
    pub bits_per_run: f64,
    /// The same for each second, where costs are known.
    #[doc(hidden)]
    pub bits_per_second: Option<f64>,
    /// What is believed if none of these runs crashes.
    #[doc(hidden)]
    pub if_all_pass: Decided,
    /// What is believed if as many of them crash as usually do when any does.
    #[doc(hidden)]
    pub if_some_crash: Decided,
}

impl Proposal {
    /// Whether a person cannot tell it from another: it is the same revision, or as far from the ends of the same gap.
    fn is_as(&self, other: &Self) -> bool {
        const PERCENT: f64 = 0.01;
        let far = |one: &Self| one.older.map_or(0.0, Prob::value);
        self.commit == other.commit && self.gap == other.gap && (far(self) - far(other)).abs() < PERCENT
    }
}

/// What a result would decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// How many of the runs crash.
    pub crashes: u32,
    /// The likeliest commit then, where it can be named.
    pub likeliest: Option<CommitId>,
    /// The likeliest gap of [`Analysis::gaps`] then, where nobody has counted its commits.
    pub gap: Option<usize>,
    /// P(the change is that commit, or lies there).
    pub reached: Prob,
    /// P(the commit that is likeliest now is the change); missing where it has no name.
    pub now_likeliest: Option<Prob>,
    /// Commits that hold the change with a probability of 0.95 then; missing where nobody has counted them.
    pub suspects: Option<u64>,
}

/// Suspects that the log could not build or test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unbuilt {
    /// Commits that hold the change with a probability of 0.95.
    pub suspects: u64,
    /// Those that were skipped.
    pub untestable: Vec<CommitId>,
}

/// What is worth running after an analysis.
///
/// ```
/// use bisectstat::analysis::Settings;
/// use bisectstat::analysis::next::{Advice, Wish, plan};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analysis = bisectstat::analyze(&log)?.remove(0);
/// let plan = plan(&analysis, &Settings::default(), &Wish::default());
/// assert_eq!(plan.advice, Advice::Run);
/// assert!(plan.proposals[0].bits > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn plan(analysis: &Analysis, settings: &Settings, wish: &Wish) -> Plan {
    let settings = &*settings.for_format(analysis.evidence.format);
    let ground = Ground::of(&analysis.evidence, settings);
    let blank = Plan {
        bisection: analysis.bisection.clone(),
        target: wish.target,
        reached: Prob::ZERO,
        likeliest: None,
        gap: None,
        suspects: None,
        entropy: 0.0,
        beyond: Prob::ZERO,
        costs: costs(&analysis.evidence, wish),
        parallel: wish.parallel,
        advice: Advice::Unknown,
        proposals: Vec::new(),
        forecast: None,
        unbuilt: None,
    };
    let Some(lesson) = &analysis.lesson else { return blank };
    let counts = Counts::of(&analysis.evidence);
    let model = Question::new(&analysis.evidence, &counts, &ground, settings);
    let (likeliest, gap, reached) = likeliest(analysis);
    let known = Plan {
        reached,
        likeliest,
        gap,
        entropy: entropy(analysis),
        beyond: lesson.bug.culprit.gaps.first().copied().unwrap_or(Prob::ZERO),
        ..blank
    };
    let field = Field::new(analysis, &model, settings, (likeliest, gap));
    let known = Plan { suspects: field.as_ref().and_then(Field::suspected), ..known };
    if reached >= wish.target {
        return Plan { advice: Advice::Enough, ..known };
    }
    let Some(field) = field else { return Plan { advice: Advice::Hopeless, ..known } };
    let costs = visits(analysis, wish, known.costs);
    let choices = if wish.parallel > 1 {
        field.search.choose_parallel(wish.parallel, &costs)
    } else {
        field.search.choices(&costs)
    };
    let proposals = field.proposals(&choices, known.costs, wish.parallel.max(SHOWN));
    let unbuilt = Unbuilt { suspects: field.suspects, untestable: field.untestable.clone() };
    let unbuilt = Some(unbuilt).filter(|unbuilt| !unbuilt.untestable.is_empty());
    if !field.search.can_tell(wish.target, &costs) || proposals.is_empty() {
        return Plan { advice: Advice::Hopeless, proposals, unbuilt, ..known };
    }
    let forecast = wish.forecast.then(|| forecast(&field.search, wish.target, &costs)).flatten();
    Plan { advice: Advice::Run, forecast, proposals, unbuilt, ..known }
}

/// Keeps the same plan beside the analysis, for those who only say what to run first: without a forecast, which takes longest.
pub fn advise(analysis: &mut Analysis, settings: &Settings) {
    let wish = Wish { forecast: false, ..Wish::default() };
    analysis.plan = Some(Box::new(plan(analysis, settings, &wish)));
}

/// The commit with the most mass, where it has a name, else the gap of it where nobody has counted its commits; and how much.
fn likeliest(analysis: &Analysis) -> (Option<CommitId>, Option<usize>, Prob) {
    if let Some(best) = analysis.history.as_ref().and_then(|known| known.candidates.first()) {
        return (Some(best.commit), None, best.posterior);
    }
    let bounded = analysis.gaps.iter().enumerate().filter(|(_, gap)| gap.is_bounded());
    let each = bounded.filter_map(|(index, gap)| {
        let commits = gap.commits.unwrap_or(1).max(1);
        Some((index, gap, Prob::saturating(gap.posterior?.value() / to_f64(commits))))
    });
    match heaviest(each, |(.., p)| Some(*p)) {
        Some((_, gap, p)) if gap.commits == Some(1) => (gap.upto, None, p),
        Some((index, gap, p)) if gap.commits.is_none() => (None, Some(index), p),
        Some((.., p)) => (None, None, p),
        None => (None, None, Prob::ZERO),
    }
}

/// What is not known of the place, in bits: commits of one gap are as likely.
fn entropy(analysis: &Analysis) -> f64 {
    let bits = |gap: &super::GapAnalysis| {
        let mass = gap.posterior.map_or(0.0, Prob::value);
        let commits = to_f64(gap.commits.unwrap_or(1).max(1));
        if mass > 0.0 { mass * (commits / mass).log2() } else { 0.0 }
    };
    analysis.gaps.iter().map(bits).sum()
}

/// How visits are made: in batches as was told, or as the log made them, or as pay.
fn visits(analysis: &Analysis, wish: &Wish, costs: Option<Costs>) -> search::Costs {
    /// Runs of one revision at a time.
    const MOST: u32 = 64;
    /// Runs that a build takes as long as, where nobody says.
    const BUILD: f64 = 10.0;
    let (build, run) = costs.map_or((BUILD, 1.0), |costs| (costs.build, costs.run));
    let batch = match (wish.horizon, costs) {
        (Some(runs), _) => Batch::Exactly(runs),
        (None, None) => usual_runs(&analysis.evidence).map_or(Batch::UpTo(MOST), Batch::Exactly),
        (None, Some(_)) => Batch::UpTo(MOST),
    };
    search::Costs { run, build, batch, ..search::Costs::default() }
}

/// The runs that most revisions had, where those were several.
fn usual_runs(evidence: &Bisection) -> Option<u32> {
    let mut runs: Vec<_> = evidence.steps.iter().map(|step| step.counts().runs()).filter(|runs| *runs > 0).collect();
    runs.sort_unstable();
    runs.get(runs.len() / 2).copied().filter(|runs| *runs > 1).map(|runs| runs.min(100))
}

/// Proposals that are of use to a reader.
const SHOWN: usize = 8;

impl Costs {
    fn of(&self, runs: u32) -> f64 {
        self.build + f64::from(runs) * self.run
    }
}

/// What is wished, else what the log says.
fn costs(evidence: &Bisection, wish: &Wish) -> Option<Costs> {
    let told = told_costs(evidence);
    let run = wish.run.or(told.map(|costs| costs.run)).filter(|run| *run > 0.0)?;
    Some(Costs { build: wish.build.or(told.map(|costs| costs.build)).unwrap_or(0.0), run })
}

/// What a log says of its own costs.
fn told_costs(evidence: &Bisection) -> Option<Costs> {
    let totals = evidence.totals?;
    let builds = evidence.steps.len();
    let runs: u64 = evidence.steps.iter().map(|step| u64::from(step.counts().runs())).sum();
    let each = |seconds: f64, n: u64| (n > 0 && seconds > 0.0).then(|| seconds / to_f64(n));
    // A table tells of its runs only.
    let build = each(totals.build.as_secs_f64(), builds as u64).unwrap_or(0.0);
    Some(Costs { build, run: each(totals.test.as_secs_f64(), runs)? })
}
