//! The revisions worth running, and what their runs tell.

use std::cmp::Ordering;

use crate::analysis::ground::{Branches, Ground};
use crate::analysis::solve::to_f64;
use crate::analysis::{Analysis, GapAnalysis, Settings};
use crate::evidence::{CommitId, Kind, Outcome, Title};
use crate::history::Command;
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::model::search;
use crate::model::search::information::{View, binary_entropy, information, predictive};
use crate::prob::Prob;

use super::question::Question;
use super::together::{Offer, together};
use super::{Costs, Proposal, WORTH, Wish};

/// Proposals that tell less are not listed, in bits.
const NOTHING: f64 = WORTH / 10.0;

/// No number of runs tells more than whether the revision is bad.
fn may_tell(p_bad: Prob) -> bool {
    binary_entropy(p_bad.value()) > NOTHING
}

/// Runs of one revision, where no cost is known.
const RUNS: u32 = 10;

/// Where the change may be, with all that the choice needs.
pub(super) struct Outlook<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) ground: &'a Ground<'a>,
    pub(super) wish: &'a Wish,
    pub(super) costs: Option<Costs>,
    /// What is known of the rate of good revisions.
    pub(super) backgrounds: Vec<(f64, BetaPrior)>,
    /// What is known of the rate of bad revisions in general.
    pub(super) rates: Vec<(f64, BetaPrior)>,
    pub(super) model: Question<'a>,
    /// Share of runs that are trials of the reported bug: not void, and no other bug's crash.
    useful: f64,
    pub(super) places: Vec<Suspects>,
}

/// Commits that no run so far tells apart.
pub(super) struct Suspects {
    pub(super) mass: f64,
    /// How many; none where they are not bounded.
    commits: Option<u64>,
    /// Of [`Analysis::gaps`].
    gap: usize,
    region: Option<usize>,
}

impl<'a> Outlook<'a> {
    pub(super) fn new(
        analysis: &'a Analysis,
        model: Question<'a>,
        settings: &Settings,
        wish: &'a Wish,
        costs: Option<Costs>,
    ) -> Self {
        let weights = analysis.lesson.iter().flat_map(|lesson| &lesson.bug.culprit.rates);
        let weights: Vec<_> = weights.map(|weight| weight.value()).collect();
        let ground = model.tested.ground;
        Self {
            analysis,
            ground,
            wish,
            costs,
            backgrounds: with_backgrounds(analysis, settings),
            rates: with_rates(&weights, settings),
            model,
            useful: useful(analysis),
            places: places(analysis, ground),
        }
    }

    /// What is known of the rate of a revision if it is bad; `bad` is P(it is, if the change is in this place), by the
    /// models' places. A revision of which nobody would expect it is bad only where the bug hides well.
    fn rates_if_bad(&self, bad: impl Fn(usize) -> f64) -> Vec<(f64, BetaPrior)> {
        let Question { settings, .. } = self.model;
        let rates = self.model.rates_if(bad);
        rates.map_or_else(|| self.rates.clone(), |weights| with_rates(&weights, settings))
    }

    /// The point of the models that stands at this place of the line, old to new.
    fn model_point(&self, point: usize) -> usize {
        match self.analysis.evidence.kind {
            Kind::Cause => point,
            Kind::Fix => self.ground.line.points.len() - 1 - point,
        }
    }

    /// The commit with the most mass.
    pub(super) fn likeliest(&self) -> (Option<CommitId>, Prob) {
        if let Some(best) = self.analysis.history.as_ref().and_then(|known| known.candidates.first()) {
            return (Some(best.commit), best.posterior);
        }
        let each = |place: &Suspects| Some((place.gap, place.mass / to_f64(place.commits?.max(1)), place.commits));
        let best = self.places.iter().filter_map(each).max_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
        let Some((gap, p, commits)) = best else { return (None, Prob::ZERO) };
        (self.analysis.gaps[gap].upto.filter(|_| commits == Some(1)), Prob::saturating(p))
    }

    /// What is not known within the places: commits of one are as likely.
    pub(super) fn entropy_within(&self) -> f64 {
        let within = |place: &Suspects| place.mass * to_f64(place.commits.unwrap_or(1).max(1)).log2();
        self.places.iter().map(within).sum()
    }

    pub(super) fn proposals(&self) -> Vec<Proposal> {
        let again = (0..self.ground.line.points.len()).filter_map(|point| self.again(point));
        let offers: Vec<_> = again.chain(self.anew()).collect();
        if self.wish.parallel > 1 {
            let masses: Vec<_> = self.places.iter().map(|place| place.mass).collect();
            return together(offers, &masses, self.wish.parallel, NOTHING);
        }
        let mut all: Vec<_> = offers.into_iter().map(|offer| offer.what).collect();
        let rank = |proposal: &Proposal| proposal.bits_per_second.unwrap_or(proposal.bits_per_run);
        all.retain(|proposal| proposal.bits > NOTHING);
        all.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        all.truncate(SHOWN);
        all
    }

    /// A tested revision once more.
    fn again(&self, index: usize) -> Option<Offer<Proposal>> {
        let at = self.model_point(index);
        let point = &self.ground.line.points[index];
        let p_bad =
            point.steps.iter().find_map(|step| self.analysis.steps[*step].p_shown()).filter(|p| may_tell(*p))?;
        let tally = self.tally(&point.steps);
        let contains = |place: usize| match self.ground.branches.as_ref() {
            Some(known) => known.places[place].bad.binary_search(&at).is_ok(),
            None => place <= at,
        };
        let rates = self.rates_if_bad(|place| f64::from(u8::from(contains(place))));
        let bad = self.bad(|place| match (&self.ground.branches, self.analysis.evidence.kind) {
            (Some(_), Kind::Cause) => f64::from(u8::from(contains(place))),
            (Some(_), Kind::Fix) => f64::from(u8::from(!contains(place))),
            (None, _) => f64::from(u8::from(place <= index)),
        });
        let checkout = Command::checkout(point.commit);
        Some(self.offer((Some(point.commit), checkout, None), p_bad, tally, &rates, bad))
    }

    /// New revisions, one a place or, where the history is known, those that part all suspects best.
    fn anew(&self) -> Vec<Offer<Proposal>> {
        let known = self.ground.branches.as_ref();
        known.map_or_else(|| self.parts(), |known| self.splits(known))
    }

    /// The middle of each gap; what parts it evenly, where several can be run and git knows its commits.
    fn parts(&self) -> Vec<Offer<Proposal>> {
        /// More that can be told apart are not worth their weighing.
        const MOST: usize = 15;
        let gaps = self.places.iter().enumerate().flat_map(|(i, place)| {
            let parts = if self.analysis.gaps[place.gap].commits_exact { self.wish.parallel.min(MOST) } else { 1 };
            (1..=parts).filter_map(move |part| self.part(i, to_f64(part as u64) / to_f64(parts as u64 + 1)))
        });
        gaps.collect()
    }

    /// The revision in a gap that has this share of its commits.
    fn part(&self, place: usize, share: f64) -> Option<Offer<Proposal>> {
        let older: f64 = self.places[..place].iter().map(|place| place.mass).sum();
        let Suspects { mass, commits, gap: index, .. } = self.places[place];
        let f = Prob::saturating(older + mass * share);
        let gap = &self.analysis.gaps[index];
        let (after, upto) = (gap.after?, gap.upto?);
        let commits = commits.filter(|commits| *commits > 1)?;
        let p_bad = if self.analysis.evidence.kind == Kind::Fix { f.complement() } else { f };
        Some(p_bad).filter(|p| may_tell(*p))?;
        let split = self.model_point(index);
        let rates = self.rates_if_bad(|gap| match gap.cmp(&split) {
            Ordering::Less => 1.0,
            Ordering::Equal => share,
            Ordering::Greater => 0.0,
        });
        let bad = self.bad(|other| match other.cmp(&place) {
            Ordering::Less => 1.0,
            Ordering::Equal => share,
            Ordering::Greater => 0.0,
        });
        let middle = (share - 0.5).abs() < 1e-9;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of commits")]
        let newer = ((1.0 - share) * to_f64(commits)).round() as u64;
        let checkout = if middle {
            Command::checkout_middle(after, upto)
        } else {
            Command::checkout_before(after, upto, newer.clamp(1, commits - 1))
        };
        let mut offer = self.offer((None, checkout, Some(index)), p_bad, Tally::default(), &rates, bad);
        offer.what.older = Some(Prob::saturating(share));
        Some(offer)
    }

    /// Commits whose history holds given shares of the mass: the best share for such a test, and some beside it.
    fn splits(&self, known: &Branches<'_>) -> Vec<Offer<Proposal>> {
        const TARGETS: [f64; 5] = [0.5, 0.35, 0.65, 0.2, 0.8];
        const MOST: u32 = 31;
        let parts = u32::try_from(self.wish.parallel).unwrap_or(MOST).min(MOST);
        let even = (1..=parts).filter(|_| parts > 1).map(|part| f64::from(part) / f64::from(parts + 1));
        let targets = TARGETS.into_iter().chain(even);
        let mut masses = vec![0.0; known.relation.regions.len()];
        for place in &self.places {
            if let (Some(region), Some(commits)) = (place.region, place.commits) {
                masses[region] = place.mass / to_f64(commits.max(1));
            }
        }
        let history = known.relation.history();
        let tested: Vec<_> = (0..self.ground.line.points.len()).filter_map(|i| known.relation.tested(i)).collect();
        let mut chosen = Vec::new();
        for target in targets {
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
            let rates = self.rates_if_bad(|place| {
                let region = known.regions[place];
                let of_region = |r: usize| to_f64(shares[r]) / to_f64(known.relation.regions[r].commits.max(1));
                match (self.analysis.evidence.kind, region.map(of_region)) {
                    (Kind::Cause, held) => held.unwrap_or(1.0),
                    (Kind::Fix, held) => 1.0 - held.unwrap_or(0.0),
                }
            });
            let bad = self.bad(|place| {
                let of_region = |r: usize| to_f64(shares[r]) / to_f64(known.relation.regions[r].commits.max(1));
                match (self.analysis.evidence.kind, known.regions[place].map(of_region)) {
                    (Kind::Cause, held) => held.unwrap_or(1.0),
                    (Kind::Fix, held) => held.unwrap_or(0.0),
                }
            });
            let commit = history.id(node);
            let new = (Some(commit), Command::checkout(commit), None);
            let mut offer = self.offer(new, p_bad, Tally::default(), &rates, bad);
            offer.what.tested = false;
            offer
        });
        proposals.collect()
    }

    /// The part of each place in which the change makes a revision bad, from the share of the place that it has.
    fn bad(&self, has: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
        let part = |place| match self.analysis.evidence.kind {
            Kind::Cause => (0.0, has(place)),
            Kind::Fix => (has(place), 1.0),
        };
        (0..self.places.len()).map(part).collect()
    }

    fn offer(
        &self,
        (commit, checkout, gap): (Option<CommitId>, Command, Option<usize>),
        p_bad: Prob,
        tally: Tally,
        rates: &[(f64, BetaPrior)],
        bad: Vec<(f64, f64)>,
    ) -> Offer<Proposal> {
        let (runs, bits) = self.runs(p_bad, tally, rates);
        let any = |chances: &[f64]| 1.0 - chances.first().copied().unwrap_or(1.0);
        let crash = [any(&crashes(&self.backgrounds, tally, runs)), any(&crashes(rates, tally, runs))];
        let cost = self.costs.map_or(f64::from(runs), |costs| costs.of(runs));
        let what = Proposal {
            tested: commit.is_some(),
            commit,
            checkout,
            gap,
            older: None,
            p_bad,
            runs,
            bits,
            bits_per_run: bits / f64::from(runs.max(1)),
            bits_per_second: self.costs.map(|costs| bits / costs.of(runs)),
        };
        Offer { what, bad, crash, cost }
    }

    /// How many runs, and what they tell.
    fn runs(&self, p_bad: Prob, tally: Tally, rates: &[(f64, BetaPrior)]) -> (u32, f64) {
        const NUMBERS: [u32; 9] = [1, 2, 3, 5, 7, 10, 15, 20, 30];
        let tell = |runs: u32| {
            let (crashes, good) = (crashes(rates, tally, runs), crashes(&self.backgrounds, tally, runs));
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

    /// Trials of the reported bug.
    pub(super) fn tally(&self, steps: &[usize]) -> Tally {
        let mut tally = Tally::default();
        for run in steps.iter().flat_map(|step| &self.analysis.evidence.steps[*step].runs) {
            match &run.outcome {
                Outcome::Pass => tally.passes += run.count,
                Outcome::Crash(title) if is_reported(self.analysis, title.as_ref()) => tally.crashes += run.count,
                Outcome::Crash(_) | Outcome::Void(..) => {}
            }
        }
        tally
    }
}

/// `P(k of so many runs crash)` for each `k`, under weighted rates.
fn crashes(rates: &[(f64, BetaPrior)], tally: Tally, runs: u32) -> Vec<f64> {
    let mut sums = vec![0.0; runs as usize + 1];
    for (weight, rate) in rates.iter().filter(|(weight, _)| *weight > 1e-6) {
        let chances = predictive(*rate, tally, runs);
        sums.iter_mut().zip(chances).for_each(|(sum, p)| *sum += weight * p);
    }
    sums
}

fn with_rates(weights: &[f64], settings: &Settings) -> Vec<(f64, BetaPrior)> {
    weights.iter().zip(settings.rates.parts()).map(|(weight, (part, _))| (*weight, search::uneven(*part))).collect()
}

/// The backgrounds by what the runs leave of them.
fn with_backgrounds(analysis: &Analysis, settings: &Settings) -> Vec<(f64, BetaPrior)> {
    let weights =
        analysis.lesson.iter().flat_map(|lesson| &lesson.bug.culprit.backgrounds).map(|weight| weight.value());
    weights.zip(settings.background.parts()).map(|(weight, (part, _))| (weight, search::uneven(*part))).collect()
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
    let all = runs().map(|run| u64::from(run.count)).sum::<u64>();
    let trials = runs().filter(|run| trial(&run.outcome)).map(|run| u64::from(run.count)).sum::<u64>();
    to_f64(trials + 1) / to_f64(all + 1)
}

fn places(analysis: &Analysis, ground: &Ground<'_>) -> Vec<Suspects> {
    let Some((known, lesson)) = ground.branches.as_ref().zip(analysis.lesson.as_ref()) else {
        let gap = |(gap, of): (usize, &GapAnalysis)| {
            let mass = of.posterior.map_or(0.0, Prob::value);
            Suspects { mass, commits: of.commits.or(of.is_bounded().then_some(1)), gap, region: None }
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
