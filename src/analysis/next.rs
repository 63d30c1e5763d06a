//! What to run next: which revision tells most of the place of the change, and how many runs of it.
//!
//! The gain of runs is that of [`crate::model::search::information`], from the posterior of the whole log. Tested revisions compete
//! with new ones: in each gap, or each region of a known history, the commit that parts its suspects best.

use serde::Serialize;

use crate::evidence::{Bisection, CommitId, Kind, Outcome, Title};
use crate::model::behaviour::RatePrior;
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::model::search::information::{View, entropy, information, predictive};
use crate::model::search::{self, Assumptions, Outside, Places, Rollouts, Search, Shown};
use crate::prob::Prob;

use super::ground::{Branches, Ground};
use super::solve::to_f64;
use super::{Analysis, Settings};

/// What one wants, and what it costs.
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
}

impl Default for Wish {
    /// To be sure with 0.95, on one machine, with the costs that the log tells.
    fn default() -> Self {
        Self { target: Prob::saturating(0.95), horizon: None, parallel: 1, build: None, run: None }
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
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// A stable id of the bisection.
    pub bisection: String,
    /// P(the likeliest commit is the change) that is wanted.
    pub target: Prob,
    /// P(the likeliest commit is the change).
    pub reached: Prob,
    /// The likeliest commit, where it can be named.
    pub likeliest: Option<CommitId>,
    /// What is not known of the place, in bits.
    pub entropy: f64,
    /// P(the change lies beyond the tested revisions).
    pub beyond: Prob,
    /// What runs cost; missing where nobody says.
    pub costs: Option<Costs>,
    /// Whether to go on.
    pub advice: Advice,
    /// What to run, the best first.
    pub proposals: Vec<Proposal>,
    /// How long it may take; missing where nothing helps, or the line is too long to play it through.
    pub forecast: Option<Forecast>,
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
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    /// The revision; missing where only a repository can name the middle of a gap.
    pub commit: Option<CommitId>,
    /// How to check it out.
    pub checkout: String,
    /// Whether it was tested before.
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
    pub bits_per_run: f64,
    /// The same for each second, where costs are known.
    pub bits_per_second: Option<f64>,
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
        entropy: 0.0,
        beyond: Prob::ZERO,
        costs: costs(&analysis.evidence, wish),
        advice: Advice::Unknown,
        proposals: Vec::new(),
        forecast: None,
    };
    let Some(lesson) = &analysis.lesson else { return blank };
    let outlook = Outlook::new(analysis, &ground, settings, wish, blank.costs);
    let (likeliest, reached) = outlook.likeliest();
    let culprit = &lesson.bug.culprit;
    let proposals = if reached >= wish.target { Vec::new() } else { outlook.proposals() };
    let advice = match proposals.first() {
        _ if reached >= wish.target => Advice::Enough,
        Some(best) if best.bits > WORTH => Advice::Run,
        _ => Advice::Hopeless,
    };
    let forecast = if advice == Advice::Run { outlook.forecast(settings) } else { None };
    Plan {
        forecast,
        reached,
        likeliest,
        entropy: entropy(&outlook.places.iter().map(|place| place.mass).collect::<Vec<_>>()) + outlook.entropy_within(),
        beyond: culprit.gaps.first().copied().unwrap_or(Prob::ZERO),
        advice,
        proposals,
        ..blank
    }
}

/// Runs at most before a played search thinks again.
const RUNS_AT_ONCE: u32 = 16;

/// Runs of one revision, where no cost is known.
const RUNS: u32 = 10;

/// Runs that tell less are not worth proposing, in bits.
const WORTH: f64 = 0.005;

/// Where the change may be, with all that the choice needs.
struct Outlook<'a> {
    analysis: &'a Analysis,
    ground: &'a Ground<'a>,
    wish: &'a Wish,
    costs: Option<Costs>,
    leak: BetaPrior,
    /// What is known of the rate of a bad revision.
    rates: Vec<(f64, BetaPrior)>,
    /// Share of runs that are trials of the reported bug: not void, and no other bug's crash.
    useful: f64,
    places: Vec<Suspects>,
}

/// Commits that no run so far tells apart.
struct Suspects {
    mass: f64,
    /// How many; none where they are not bounded.
    commits: Option<u64>,
    /// Of [`Analysis::gaps`].
    gap: usize,
    region: Option<usize>,
}

impl<'a> Outlook<'a> {
    fn new(
        analysis: &'a Analysis,
        ground: &'a Ground<'a>,
        settings: &Settings,
        wish: &'a Wish,
        costs: Option<Costs>,
    ) -> Self {
        let weights = analysis.lesson.iter().flat_map(|lesson| &lesson.bug.culprit.rates);
        Self {
            analysis,
            ground,
            wish,
            costs,
            leak: settings.leak,
            rates: weights
                .zip(settings.rates.parts())
                .map(|(w, (part, _))| (w.value(), search::uneven(*part)))
                .collect(),
            useful: useful(analysis),
            places: places(analysis, ground),
        }
    }

    /// Plays the rest of the search, as if the history were a line.
    fn forecast(&self, settings: &Settings) -> Option<Forecast> {
        /// More runs than these take too long to weigh again and again.
        const RUNS: u32 = 2000;
        const ROLLOUTS: Rollouts = Rollouts { count: 20, seed: 1, most_runs: 300, target: Prob::ZERO };
        let points = self.tallies();
        if points.iter().map(|tally| tally.trials()).sum::<u32>() > RUNS {
            return None;
        }
        let sizes = self.sizes();
        let mut masses = settings.age.masses(&sizes[1..].iter().rev().map(|n| to_f64(*n)).collect::<Vec<_>>());
        masses.reverse();
        let pieces: Vec<_> = sizes.iter().copied().zip(masses.iter().map(|mass| mass.value())).skip(1).collect();
        let older = masses[0].value() / masses.iter().map(|mass| mass.value()).sum::<f64>();
        let outside = Outside { older: Prob::saturating(older), ..Outside::NOTHING };
        let assumptions = Assumptions { rates: self.live_rates(settings), leak: settings.leak };
        let mut search = Search::new(Places::pieces(&pieces, outside)?, &assumptions);
        let mut place = 0;
        for (size, tally) in std::iter::once(&0).chain(&sizes[1..]).zip(&points) {
            place += size;
            (0..tally.crashes).for_each(|_| search.observe(place, Shown::Bug));
            (0..tally.passes).for_each(|_| search.observe(place, Shown::Pass));
        }
        let costs = self.costs.map_or_else(search::Costs::default, |costs| search::Costs {
            run: costs.run,
            build: costs.build,
            built: Vec::new(),
            horizon: self.wish.horizon.unwrap_or(RUNS_AT_ONCE),
        });
        let played = search.rollouts(&Rollouts { target: self.wish.target, ..ROLLOUTS }, &costs);
        Some(Forecast {
            chance: played.chance(),
            mean_runs: played.mean_runs(),
            most_often: played.within(Prob::saturating(0.9)),
            most_runs: ROLLOUTS.most_runs,
        })
    }

    /// The prior's behaviours that the runs so far have not ruled out.
    fn live_rates(&self, settings: &Settings) -> RatePrior {
        const LEAST: f64 = 2e-3;
        let parts = settings.rates.parts().iter().zip(&self.rates);
        let live = parts.filter(|(_, (posterior, _))| *posterior >= LEAST);
        let live: Vec<_> = live.map(|((part, weight), _)| (*part, weight.exp().value())).collect();
        if live.is_empty() { settings.rates.clone() } else { RatePrior::new(&live) }
    }

    /// Trials of the points, from the clean side to the crashing side.
    fn tallies(&self) -> Vec<Tally> {
        let mut tallies: Vec<_> = self.ground.line.points.iter().map(|point| self.tally(&point.steps)).collect();
        if self.analysis.evidence.kind == Kind::Fix {
            tallies.reverse();
        }
        tallies
    }

    /// Commits of the gaps, from the clean side to the crashing side; nothing for the first, which has no end.
    fn sizes(&self) -> Vec<u64> {
        let mut sizes: Vec<_> = self.analysis.gaps.iter().map(|gap| gap.commits.unwrap_or_default()).collect();
        if self.analysis.evidence.kind == Kind::Fix {
            sizes.reverse();
        }
        sizes
    }

    /// The commit with the most mass.
    fn likeliest(&self) -> (Option<CommitId>, Prob) {
        if let Some(best) = self.analysis.history.as_ref().and_then(|known| known.candidates.first()) {
            return (Some(best.commit), best.posterior);
        }
        let each = |place: &Suspects| Some((place.gap, place.mass / to_f64(place.commits?.max(1)), place.commits));
        let best = self.places.iter().filter_map(each).max_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
        let Some((gap, p, commits)) = best else { return (None, Prob::ZERO) };
        (self.analysis.gaps[gap].upto.filter(|_| commits == Some(1)), Prob::saturating(p))
    }

    /// What is not known within the places: commits of one are as likely.
    fn entropy_within(&self) -> f64 {
        let within = |place: &Suspects| place.mass * to_f64(place.commits.unwrap_or(1).max(1)).log2();
        self.places.iter().map(within).sum()
    }

    fn proposals(&self) -> Vec<Proposal> {
        let again = (0..self.ground.line.points.len()).filter_map(|point| self.again(point));
        let mut all: Vec<_> = again.chain(self.anew()).collect();
        let rank = |proposal: &Proposal| proposal.bits_per_second.unwrap_or(proposal.bits_per_run);
        all.retain(|proposal| proposal.bits > WORTH / 10.0);
        all.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        all.truncate(self.wish.parallel.max(SHOWN));
        all
    }

    /// A tested revision once more.
    fn again(&self, point: usize) -> Option<Proposal> {
        let point = &self.ground.line.points[point];
        let p_bad = point.steps.iter().find_map(|step| self.analysis.steps[*step].p_bad)?;
        let tally = self.tally(&point.steps);
        let (runs, bits) = self.runs(p_bad, tally);
        let checkout = format!("git checkout --detach {}", point.commit);
        Some(self.proposal(Some(point.commit), checkout, None, p_bad, runs, bits))
    }

    /// New revisions, one a place or, where the history is known, those that part all suspects best.
    fn anew(&self) -> Vec<Proposal> {
        let known = self.ground.branches.as_ref();
        known.map_or_else(|| self.middles(), |known| self.splits(known))
    }

    /// The middle of each gap.
    fn middles(&self) -> Vec<Proposal> {
        let mut older = 0.0;
        let middles = self.places.iter().filter_map(|place| {
            let f = Prob::saturating(older + place.mass / 2.0);
            older += place.mass;
            let gap = &self.analysis.gaps[place.gap];
            let (after, upto) = (gap.after?, gap.upto?);
            place.commits.filter(|commits| *commits > 1)?;
            let p_bad = if self.analysis.evidence.kind == Kind::Fix { f.complement() } else { f };
            let (runs, bits) = self.runs(p_bad, Tally::default());
            let checkout = format!("git checkout --detach $(git rev-list --bisect {upto} ^{after})");
            Some(self.proposal(None, checkout, Some(place.gap), p_bad, runs, bits))
        });
        middles.collect()
    }

    /// Commits whose history holds given shares of the mass: the best share for such a test, and some beside it.
    fn splits(&self, known: &Branches<'_>) -> Vec<Proposal> {
        const TARGETS: [f64; 5] = [0.5, 0.35, 0.65, 0.2, 0.8];
        let mut masses = vec![0.0; known.relation.regions.len()];
        for place in &self.places {
            if let (Some(region), Some(commits)) = (place.region, place.commits) {
                masses[region] = place.mass / to_f64(commits.max(1));
            }
        }
        let history = known.relation.history();
        let tested: Vec<_> = (0..self.ground.line.points.len()).filter_map(|i| known.relation.tested(i)).collect();
        let mut chosen = Vec::new();
        for target in TARGETS {
            let allowed = |node| !tested.contains(&node) && !chosen.contains(&node);
            let split = known.relation.split(target, |region, _| masses[region], allowed);
            chosen.extend(split.map(|split| split.commit));
        }
        let beyond: f64 = self.places.iter().filter(|place| place.region.is_none()).map(|place| place.mass).sum();
        let proposals = chosen.into_iter().map(|node| {
            let shares = known.relation.shares(node);
            let held: f64 = shares.iter().zip(&masses).map(|(commits, mass)| to_f64(*commits) * mass).sum();
            let p_bad = match self.analysis.evidence.kind {
                Kind::Cause => Prob::saturating(held + beyond),
                Kind::Fix => Prob::saturating(held).complement(),
            };
            let (runs, bits) = self.runs(p_bad, Tally::default());
            let commit = history.id(node);
            self.proposal(Some(commit), format!("git checkout --detach {commit}"), None, p_bad, runs, bits)
        });
        proposals.map(|proposal| Proposal { tested: false, ..proposal }).collect()
    }

    fn proposal(
        &self,
        commit: Option<CommitId>,
        checkout: String,
        gap: Option<usize>,
        p_bad: Prob,
        runs: u32,
        bits: f64,
    ) -> Proposal {
        Proposal {
            tested: commit.is_some(),
            commit,
            checkout,
            gap,
            p_bad,
            runs,
            bits,
            bits_per_run: bits / f64::from(runs.max(1)),
            bits_per_second: self.costs.map(|costs| bits / costs.of(runs)),
        }
    }

    /// How many runs, and what they tell.
    fn runs(&self, p_bad: Prob, tally: Tally) -> (u32, f64) {
        const NUMBERS: [u32; 9] = [1, 2, 3, 5, 7, 10, 15, 20, 30];
        let tell = |runs: u32| {
            let (crashes, good) = (self.crashes(tally, runs), predictive(self.leak, tally, runs));
            let view = View { mass: 1.0, single: 0.0, bad: p_bad.value(), crashes: &crashes };
            self.useful * information([view], &good)
        };
        let Some(costs) = self.costs.filter(|_| self.wish.horizon.is_none()) else {
            let runs = self.wish.horizon.unwrap_or(RUNS);
            return (runs, tell(runs));
        };
        let worth = |runs: u32, bits: f64| bits / costs.of(runs);
        let all = NUMBERS.map(|runs| (runs, tell(runs)));
        let best = all.into_iter().max_by(|(n, a), (m, b)| worth(*n, *a).total_cmp(&worth(*m, *b)));
        best.unwrap_or((1, 0.0))
    }

    /// `P(k of so many runs crash | bad)` for each `k`.
    fn crashes(&self, tally: Tally, runs: u32) -> Vec<f64> {
        let mut sums = vec![0.0; runs as usize + 1];
        for (weight, rate) in self.rates.iter().filter(|(weight, _)| *weight > 1e-6) {
            let chances = predictive(*rate, tally, runs);
            sums.iter_mut().zip(chances).for_each(|(sum, p)| *sum += weight * p);
        }
        sums
    }

    /// Trials of the reported bug.
    fn tally(&self, steps: &[usize]) -> Tally {
        let mut tally = Tally::default();
        for run in steps.iter().flat_map(|step| &self.analysis.evidence.steps[*step].runs) {
            match &run.outcome {
                Outcome::Pass => tally.passes += 1,
                Outcome::Crash(title) if is_reported(self.analysis, title.as_ref()) => tally.crashes += 1,
                Outcome::Crash(_) | Outcome::Void(..) => {}
            }
        }
        tally
    }
}

/// Proposals that are of use to a reader.
const SHOWN: usize = 8;

fn is_reported(analysis: &Analysis, title: Option<&Title>) -> bool {
    let title = title.map(Title::as_str);
    let known = analysis.titles.iter().find(|row| row.title.as_deref() == title);
    known.and_then(|row| row.p_same_bug).is_some_and(|p| p.value() >= 0.5)
}

/// Share of the runs that are trials of the reported bug.
fn useful(analysis: &Analysis) -> f64 {
    let runs = || analysis.evidence.steps.iter().flat_map(|step| &step.runs);
    let trial = |outcome: &Outcome| match outcome {
        Outcome::Pass => true,
        Outcome::Crash(title) => is_reported(analysis, title.as_ref()),
        Outcome::Void(..) => false,
    };
    let (all, trials) = (runs().count(), runs().filter(|run| trial(&run.outcome)).count());
    to_f64(trials as u64 + 1) / to_f64(all as u64 + 1)
}

fn places(analysis: &Analysis, ground: &Ground<'_>) -> Vec<Suspects> {
    let Some((known, lesson)) = ground.branches.as_ref().zip(analysis.lesson.as_ref()) else {
        let gap = |(gap, of): (usize, &super::GapAnalysis)| {
            let mass = of.posterior.map_or(0.0, Prob::value);
            Suspects { mass, commits: of.commits, gap, region: None }
        };
        return analysis.gaps.iter().enumerate().map(gap).collect();
    };
    let places = known.regions.iter().zip(&lesson.bug.culprit.places).enumerate();
    let suspects = places.map(|(place, (region, mass))| Suspects {
        mass: mass.value(),
        commits: known.commits(place),
        gap: known.places[place].gap,
        region: *region,
    });
    suspects.collect()
}

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
    let runs: usize = evidence.steps.iter().map(|step| step.runs.len()).sum();
    let each = |seconds: f64, n: usize| (n > 0 && seconds > 0.0).then(|| seconds / to_f64(n as u64));
    // A table tells of its runs only.
    let build = each(totals.build.as_secs_f64(), builds).unwrap_or(0.0);
    Some(Costs { build, run: each(totals.test.as_secs_f64(), runs)? })
}
