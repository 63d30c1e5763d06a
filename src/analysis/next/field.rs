//! The search of a log: the commits that are suspected, and its runs.

use std::collections::HashMap;

use crate::analysis::terrain::Terrain;
use crate::analysis::{Analysis, Settings, StepAnalysis, heaviest};
use crate::evidence::{CommitId, Ending, Format, Kind, Outcome, Title};
use crate::history::{Command, History, Node, syz_test};
use crate::model::beta_binomial::Tally;
use crate::model::search::{Assumptions, Choice, Outside, Places, Revision, Search, Shown};
use crate::prob::{Prob, to_f64};

use super::question::Question;
use super::{Costs, Decided, Proposal};

/// A log as a search sees it.
pub(super) struct Field<'a> {
    analysis: &'a Analysis,
    pub(super) search: Search,
    ground: Ground<'a>,
    /// Suspects, and those of them that could not be built or tested, where git knows them.
    pub(super) suspects: u64,
    pub(super) untestable: Vec<CommitId>,
    /// The change that is likeliest now, where it has a name.
    leader: Option<Revision>,
    /// Whether the commits of every gap were counted.
    counted: bool,
}

/// What a set of suspects holds.
const LEVEL: f64 = 0.95;

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
    checkout: Option<Command>,
    /// The gap that it parts, where its commit is not known.
    gap: Option<usize>,
    /// How much of that gap is older.
    older: Option<Prob>,
}

impl<'a> Field<'a> {
    /// None where nothing is suspected.
    pub(super) fn new(
        analysis: &'a Analysis,
        model: &Question<'a>,
        settings: &Settings,
        likeliest: (Option<CommitId>, Option<usize>),
    ) -> Option<Self> {
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
        let (suspects, untestable, leader) = (0, Vec::new(), None);
        let counted = matches!(ground, Ground::Known(..))
            || analysis.gaps.iter().filter(|gap| gap.is_bounded()).all(|gap| gap.commits.is_some());
        let search = Search::new(places, &assumptions);
        let mut field = Self { analysis, search, ground, suspects, untestable, leader, counted };
        field.take_in(model);
        field.leave_out();
        field.leader = field.number_of_change(likeliest);
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
        self.suspects = self.search.credible_commits(Prob::saturating(LEVEL));
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
        let gaps = self.analysis.gaps.iter().enumerate();
        let between = gaps.filter_map(|(index, gap)| Some((self.gap(index).filter(|at| *at > 0)?, gap.posterior?)));
        let Some((at, _)) = heaviest(between, |(_, mass)| Some(*mass)) else { return Vec::new() };
        self.suspects = ends[at] - ends[at - 1];
        self.untestable = skipped;
        (ends[at - 1] + 1..ends[at]).collect()
    }

    /// Choices, for a person to make; what a person would reach by the same way is one.
    pub(super) fn proposals(&self, choices: &[Choice], costs: Option<Costs>, most: usize) -> Vec<Proposal> {
        /// Proposals that tell less are not listed, in bits.
        const NOTHING: f64 = 0.0005;
        let mut proposals: Vec<Proposal> = Vec::new();
        for choice in choices.iter().filter(|choice| choice.bits > NOTHING) {
            if proposals.len() == most {
                break;
            }
            let Some(one) = self.proposal(choice, costs) else { continue };
            if !proposals.iter().any(|other| other.is_as(&one)) {
                proposals.push(one);
            }
        }
        proposals
    }

    /// A choice, for a person to make.
    fn proposal(&self, choice: &Choice, costs: Option<Costs>) -> Option<Proposal> {
        let Spot { commit, checkout, gap, older } = self.place(choice.revision)?;
        let tested = self.search.at(choice.revision).is_some_and(|at| at.tally.trials() + at.others > 0);
        Some(Proposal {
            commit,
            checkout,
            syz_test: commit.and_then(|commit| self.syz_test(commit)),
            older,
            tested,
            gap: gap.filter(|_| !tested),
            p_bad: self.search.chance_bad(choice.revision),
            runs: choice.runs,
            bits: choice.bits,
            bits_per_run: choice.bits_per_run(),
            bits_per_second: costs.map(|costs| choice.bits / costs.of(choice.runs)),
            if_all_pass: self.decided(choice, Tally { crashes: 0, passes: choice.runs }),
            if_some_crash: self.decided(choice, self.search.usual_crashes(choice.revision, choice.runs)),
        })
    }

    /// What is believed after runs.
    fn decided(&self, choice: &Choice, tally: Tally) -> Decided {
        let mut after = self.search.clone();
        after.observe_all(choice.revision, tally);
        let (likeliest, gap, reached) = self.likeliest(&after);
        let now_likeliest = self.leader.map(|leader| after.chance_of(leader));
        Decided { crashes: tally.crashes, likeliest, gap, reached, now_likeliest, suspects: self.suspects_of(&after) }
    }

    /// Commits that hold the change, where all of them were counted.
    fn suspects_of(&self, search: &Search) -> Option<u64> {
        self.counted.then(|| search.credible_commits(Prob::saturating(LEVEL)))
    }

    /// The same now.
    pub(super) fn suspected(&self) -> Option<u64> {
        self.suspects_of(&self.search)
    }

    /// The number of a change: a commit with a name, or a gap of which nobody has counted the commits.
    fn number_of_change(&self, (commit, gap): (Option<CommitId>, Option<usize>)) -> Option<Revision> {
        match &self.ground {
            Ground::Known(terrain, history) => terrain.change_number(history.find(&commit?).ok()?),
            Ground::Line(ends) => {
                let named = || self.analysis.gaps.iter().position(|gap| gap.upto == commit && gap.commits == Some(1));
                self.gap(gap.or_else(|| commit.and_then(|_| named()))?).filter(|at| *at > 0).map(|at| ends[at])
            }
        }
    }

    /// The likeliest commit, where it has a name, else the gap of it where nobody has counted its commits; and the probability.
    fn likeliest(&self, search: &Search) -> (Option<CommitId>, Option<usize>, Prob) {
        let Some((number, p)) = search.best_change() else { return (None, None, Prob::ZERO) };
        let ends = match &self.ground {
            Ground::Known(terrain, history) => return (terrain.change(number).map(|node| history.id(node)), None, p),
            Ground::Line(ends) => ends,
        };
        let index = self.gap(ends.partition_point(|end| *end < number));
        match index.map(|index| &self.analysis.gaps[index]) {
            Some(gap) if gap.commits == Some(1) => (gap.upto, None, p),
            Some(gap) if gap.commits.is_none() => (None, index, p),
            _ => (None, None, p),
        }
    }

    /// The commit of a revision or the way to it, and for a gap of unknown commits which one and how much of it is older.
    fn place(&self, revision: Revision) -> Option<Spot> {
        let ends = match &self.ground {
            Ground::Known(terrain, history) => {
                let commit = history.id(terrain.revision(revision)?);
                let tested = self.analysis.evidence.steps.iter().map(|step| step.commit);
                let same = |other: &CommitId| history.find(other).ok() == terrain.revision(revision);
                let commit = tested.into_iter().find(same).unwrap_or(commit);
                return Some(self.spot(commit));
            }
            Ground::Line(ends) => ends,
        };
        let at = ends.partition_point(|end| *end < revision);
        if ends.get(at) == Some(&revision) {
            let commit = self.tested_at(at)?;
            return Some(self.spot(commit));
        }
        let index = self.gap(at)?;
        let gap = &self.analysis.gaps[index];
        let (after, upto) = (gap.after?, gap.upto?);
        let (from, size) = (revision - ends[at - 1], ends[at] - ends[at - 1]);
        let newer = if self.analysis.evidence.kind == Kind::Fix { from } else { size - from };
        // What git would take for the middle; of an estimated number, what is as near to it as to anything else.
        let about = if gap.commits_exact { 1 } else { size / 8 + 1 };
        let middle = (2 * newer).abs_diff(size) <= about;
        let checkout =
            if middle { Command::checkout_middle(after, upto) } else { Command::checkout_before(after, upto, newer) };
        let checkout = Some(checkout).filter(|_| self.is_git(&after) && self.is_git(&upto));
        let older = if middle { 0.5 } else { 1.0 - to_f64(newer) / to_f64(size) };
        Some(Spot { commit: None, checkout, gap: Some(index), older: Some(Prob::saturating(older)) })
    }

    fn spot(&self, commit: CommitId) -> Spot {
        let checkout = Some(Command::checkout(commit)).filter(|_| self.is_git(&commit));
        Spot { commit: Some(commit), checkout, gap: None, older: None }
    }

    /// What asks syzbot to test a commit. No log says which repository it is of; but what a release of the kernel contains is in
    /// the one that releases are made of.
    fn syz_test(&self, commit: CommitId) -> Option<String> {
        const RELEASES: &str = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git";
        let Analysis { evidence, steps, .. } = self.analysis;
        let point = steps.iter().find(|step| step.commit == commit).and_then(|step| step.point);
        let is_in = |release: &StepAnalysis| match (&self.ground, point.zip(release.point)) {
            (Ground::Known(_, history), _) => history
                .find(&commit)
                .ok()
                .zip(history.find(&release.commit).ok())
                .is_some_and(|(node, release)| history.contains(release, node)),
            (Ground::Line(_), points) => points.is_some_and(|(point, release)| point <= release),
        };
        let of_kernel = |step: &&StepAnalysis| {
            evidence.steps[step.step].tag.as_ref().is_some_and(|tag| tag.year_of_kernel().is_some())
        };
        let known = evidence.format == Format::Syzkaller && steps.iter().filter(of_kernel).any(is_in);
        known.then(|| syz_test(RELEASES, commit)).flatten()
    }

    /// Whether git can be asked for it. A table may name builds, and so may the logs of other tools: by their day or their number.
    fn is_git(&self, commit: &CommitId) -> bool {
        let by_git = matches!(self.analysis.evidence.format, Format::Syzkaller | Format::GitBisect);
        let is_build = || commit.day().is_some() || commit.to_string().bytes().all(|byte| byte.is_ascii_digit());
        let known = || matches!(&self.ground, Ground::Known(_, history) if history.find(commit).is_ok());
        commit.is_hash() || known() || by_git && !is_build()
    }

    /// The gap of the analysis at this place from the clean side, and the place of a gap.
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
