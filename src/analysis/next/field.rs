//! The search of a log: the commits that are suspected, and its runs.

use std::collections::HashMap;

use crate::analysis::solve::to_f64;
use crate::analysis::terrain::Terrain;
use crate::analysis::{Analysis, Settings};
use crate::evidence::{CommitId, Ending, Kind, Outcome, Title};
use crate::history::{Command, History, Node};
use crate::model::beta_binomial::Tally;
use crate::model::search::{Assumptions, Choice, Outside, Places, Revision, Search, Shown};
use crate::prob::Prob;

use super::question::Question;
use super::{Costs, Proposal};

/// A log as a search sees it.
pub(super) struct Field<'a> {
    analysis: &'a Analysis,
    pub(super) search: Search,
    ground: Ground<'a>,
    /// Suspects, and those of them that could not be built or tested, where git knows them.
    pub(super) suspects: u64,
    pub(super) untestable: Vec<CommitId>,
}

/// What its numbers mean.
enum Ground<'a> {
    /// Commits of a history.
    Known(Terrain, &'a History),
    /// The gaps of the line from its clean side on: the number of the last commit of each.
    Line(Vec<Revision>),
}

/// A revision, or the way to it.
struct Spot {
    commit: Option<CommitId>,
    checkout: Command,
    /// The gap that it parts, where its commit is not known.
    gap: Option<usize>,
    /// How much of that gap is older.
    older: Option<Prob>,
}

impl Spot {
    fn at(commit: CommitId) -> Self {
        Self { commit: Some(commit), checkout: Command::checkout(commit), gap: None, older: None }
    }
}

impl<'a> Field<'a> {
    /// None where nothing is suspected.
    pub(super) fn new(analysis: &'a Analysis, model: &Question<'a>, settings: &Settings) -> Option<Self> {
        let assumptions = Assumptions { rates: settings.rates.clone(), background: settings.background.clone() };
        let prior = &model.prior;
        let outside = |older: f64, total: f64| {
            let inside = prior.none.complement().value();
            Outside { older: Prob::saturating(inside * older / total), none: prior.none }
        };
        let total: f64 = prior.places.iter().map(|mass| mass.value()).sum();
        let known = model.tested.ground.branches.as_ref().and_then(|branches| {
            let relation = &branches.relation;
            let masses = branches.regions.iter().zip(&prior.places).filter_map(|(region, mass)| {
                region.map(|region| (region, mass.value() / to_f64(relation.regions[region].commits)))
            });
            let masses: HashMap<usize, f64> = masses.collect();
            let older = branches.regions.iter().zip(&prior.places).filter(|(region, _)| region.is_none());
            let older: f64 = older.map(|(_, mass)| mass.value()).sum();
            let weights: HashMap<Node, f64> = (0..relation.regions.len())
                .flat_map(|region| relation.commits_of(region).map(move |node| (node, region)))
                .map(|(node, region)| (node, masses.get(&region).copied().unwrap_or(0.0)))
                .collect();
            let points: Vec<_> = model.tested.ground.line.points.iter().map(|point| point.commit).collect();
            let (history, kind) = (relation.history(), analysis.evidence.kind);
            let weight = |node| weights.get(&node).copied().unwrap_or(0.0);
            let terrain = Terrain::between(history, &points, kind, weight, outside(older, total))?;
            Some((terrain.places.clone(), Ground::Known(terrain, history)))
        });
        let line = || {
            let sizes = sizes(analysis);
            let pieces: Vec<_> =
                sizes.iter().copied().zip(prior.gaps.iter().map(|mass| mass.value())).skip(1).collect();
            let total: f64 = prior.gaps.iter().map(|mass| mass.value()).sum();
            let places = Places::pieces(&pieces, outside(prior.gaps.first()?.value(), total))?;
            let ends = sizes.iter().skip(1).scan(0, |end, size| {
                *end += size;
                Some(*end)
            });
            Some((places, Ground::Line(std::iter::once(0).chain(ends).collect())))
        };
        let (places, ground) = known.or_else(line)?;
        let (suspects, untestable) = (0, Vec::new());
        let mut field = Self { analysis, search: Search::new(places, &assumptions), ground, suspects, untestable };
        field.take_in(model);
        field.leave_out();
        Some(field)
    }

    /// The runs of every point of the line, from the clean side on.
    fn take_in(&mut self, model: &Question<'a>) {
        for (index, steps) in model.tested.clean_to_crashing().into_iter().enumerate() {
            let Some(step) = steps.first() else { continue };
            let Some(revision) = self.number(index, &self.analysis.evidence.steps[*step].commit) else { continue };
            let (tally, others) = tally(self.analysis, steps);
            self.search.observe_all(revision, tally);
            (0..others).for_each(|_| self.search.observe(revision, Shown::OtherBug));
        }
    }

    fn number(&self, index: usize, commit: &CommitId) -> Option<Revision> {
        match &self.ground {
            Ground::Known(terrain, history) => terrain.number(history.find(commit).ok()?),
            Ground::Line(ends) => ends.get(index).copied(),
        }
    }

    /// What the log has skipped is not proposed.
    fn leave_out(&mut self) {
        if let Ground::Line(ends) = &self.ground {
            let ends = ends.clone();
            let inside = self.only_skipped(&ends);
            self.search.exclude(inside);
            return;
        }
        let Ground::Known(terrain, history) = &self.ground else { return };
        let mut skipped: Vec<(Revision, CommitId)> = Vec::new();
        for step in self.analysis.evidence.steps.iter().filter(|step| step.counts().trials() == 0) {
            let number = history.find(&step.commit).ok().and_then(|node| terrain.number(node));
            let tested = |number: &Revision| self.search.at(*number).is_some_and(|at| at.tally.trials() > 0);
            if let Some(number) = number.filter(|number| !tested(number))
                && skipped.iter().all(|(other, _)| *other != number)
            {
                skipped.push((number, step.commit));
            }
        }
        self.search.exclude(skipped.iter().map(|(number, _)| *number));
        self.suspects = self.search.credible_commits(Prob::saturating(0.95));
        let suspected = |number: Revision| {
            let change = terrain.revision(number).and_then(|node| terrain.change_number(node));
            change.is_some_and(|change| self.search.chance_of(change).value() > 1e-3)
        };
        self.untestable =
            skipped.into_iter().filter(|(number, _)| suspected(*number)).map(|(_, commit)| commit).collect();
    }

    /// Without a history nobody knows where a skipped revision lies; but where git has only such revisions left, nothing in the
    /// likeliest gap can be tested.
    fn only_skipped(&mut self, ends: &[Revision]) -> Vec<Revision> {
        let evidence = &self.analysis.evidence;
        let skipped = evidence.steps.iter().filter(|step| step.counts().trials() == 0).map(|step| step.commit);
        let mut skipped: Vec<_> = skipped.collect();
        skipped.sort_unstable();
        skipped.dedup();
        if evidence.ending != Ending::Inconclusive || skipped.is_empty() {
            return Vec::new();
        }
        let mass = |at: &usize| {
            let gap = self.gap(*at).and_then(|gap| self.analysis.gaps[gap].posterior);
            gap.map_or(0.0, Prob::value)
        };
        let Some(at) = (1..ends.len()).max_by(|a, b| mass(a).total_cmp(&mass(b))) else { return Vec::new() };
        self.suspects = ends[at] - ends[at - 1];
        self.untestable = skipped;
        (ends[at - 1] + 1..ends[at]).collect()
    }

    /// A choice, for a person to make.
    pub(super) fn proposal(&self, choice: &Choice, costs: Option<Costs>) -> Option<Proposal> {
        let Spot { commit, checkout, gap, older } = self.place(choice.revision)?;
        let tested = self.search.at(choice.revision).is_some_and(|at| at.tally.trials() + at.others > 0);
        Some(Proposal {
            commit,
            checkout,
            older,
            tested,
            gap: gap.filter(|_| !tested),
            p_bad: self.search.chance_bad(choice.revision),
            runs: choice.runs,
            bits: choice.bits,
            bits_per_run: choice.bits_per_run(),
            bits_per_second: costs.map(|costs| choice.bits / costs.of(choice.runs)),
            if_all_pass: self.decided(choice, Tally { crashes: 0, passes: choice.runs }),
            if_one_crashes: self.decided(choice, Tally { crashes: 1, passes: choice.runs.saturating_sub(1) }),
        })
    }

    /// What is believed after runs.
    fn decided(&self, choice: &Choice, tally: Tally) -> super::Decided {
        let mut after = self.search.clone();
        after.observe_all(choice.revision, tally);
        let (commit, reached) = self.likeliest(&after);
        super::Decided { likeliest: commit, reached }
    }

    /// The likeliest commit, where it has a name, and its probability.
    fn likeliest(&self, search: &Search) -> (Option<CommitId>, Prob) {
        let Some((number, p)) = search.best_change() else { return (None, Prob::ZERO) };
        let commit = match &self.ground {
            Ground::Known(terrain, history) => terrain.change(number).map(|node| history.id(node)),
            Ground::Line(ends) => {
                let gap = ends.partition_point(|end| *end < number);
                let alone = gap > 0 && ends[gap] - ends[gap - 1] == 1;
                self.gap(gap).and_then(|gap| self.analysis.gaps[gap].upto).filter(|_| alone)
            }
        };
        (commit, p)
    }

    /// The commit of a revision or the way to it, and for a gap of unknown commits which one and how much of it is older.
    fn place(&self, revision: Revision) -> Option<Spot> {
        let ends = match &self.ground {
            Ground::Known(terrain, history) => {
                let commit = history.id(terrain.revision(revision)?);
                let tested = self.analysis.evidence.steps.iter().map(|step| step.commit);
                let same = |other: &CommitId| history.find(other).ok() == terrain.revision(revision);
                let commit = tested.into_iter().find(same).unwrap_or(commit);
                return Some(Spot::at(commit));
            }
            Ground::Line(ends) => ends,
        };
        let at = ends.partition_point(|end| *end < revision);
        if ends.get(at) == Some(&revision) {
            let commit = self.tested_at(at)?;
            return Some(Spot::at(commit));
        }
        let index = self.gap(at)?;
        let gap = &self.analysis.gaps[index];
        let (after, upto) = (gap.after?, gap.upto?);
        let (from, size) = (revision - ends[at - 1], ends[at] - ends[at - 1]);
        let newer = if self.analysis.evidence.kind == Kind::Fix { from } else { size - from };
        let middle = !gap.commits_exact || (2 * newer).abs_diff(size) <= 1;
        let checkout =
            if middle { Command::checkout_middle(after, upto) } else { Command::checkout_before(after, upto, newer) };
        let older = if middle { 0.5 } else { 1.0 - to_f64(newer) / to_f64(size) };
        Some(Spot { commit: None, checkout, gap: Some(index), older: Some(Prob::saturating(older)) })
    }

    /// The gap of the analysis at this place from the clean side.
    fn gap(&self, at: usize) -> Option<usize> {
        let gaps = self.analysis.gaps.len();
        if self.analysis.evidence.kind == Kind::Fix {
            gaps.checked_sub(at + 1)
        } else {
            Some(at).filter(|at| *at < gaps)
        }
    }

    /// The tested revision at this place from the clean side: the crashing end of its gap.
    fn tested_at(&self, at: usize) -> Option<CommitId> {
        let gap = &self.analysis.gaps[self.gap(at)?];
        if self.analysis.evidence.kind == Kind::Fix { gap.after } else { gap.upto }
    }
}

/// Commits of the gaps, from the clean side to the crashing side; nothing for the first, which has no end.
fn sizes(analysis: &Analysis) -> Vec<u64> {
    let mut sizes: Vec<_> = analysis.gaps.iter().map(|gap| gap.commits.unwrap_or(1).max(1)).collect();
    if analysis.evidence.kind == Kind::Fix {
        sizes.reverse();
    }
    if let Some(first) = sizes.first_mut() {
        *first = 0;
    }
    sizes
}

/// Trials of the reported bug, and runs that other bugs ended.
fn tally(analysis: &Analysis, steps: &[usize]) -> (Tally, u32) {
    let (mut tally, mut others) = (Tally::default(), 0);
    for run in steps.iter().flat_map(|step| &analysis.evidence.steps[*step].runs) {
        match &run.outcome {
            Outcome::Pass => tally.passes += run.count,
            Outcome::Crash(title) if is_reported(analysis, title.as_ref()) => tally.crashes += run.count,
            Outcome::Crash(_) => others += run.count,
            Outcome::Void(..) => {}
        }
    }
    (tally, others)
}

fn is_reported(analysis: &Analysis, title: Option<&Title>) -> bool {
    let title = title.map(Title::as_str);
    let known = analysis.titles.iter().find(|row| row.title.as_deref() == title);
    known.and_then(|row| row.p_same_bug).is_some_and(|p| p.value() >= 0.5)
}
