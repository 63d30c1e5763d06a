//! One bisection: its line, the change point on it, and what follows for every step and gap.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::evidence::{Bisection, CommitId, Kind, Outcome, Role, Run, Step, Verdict};
use crate::model::beta_binomial::Tally;
use crate::model::bug::ReportedBug;
use crate::model::culprit::{Adrift, ChangePoint, Culprit, Places, credible_set, p_bad};
use crate::model::line::{Floating, TestedLine};
use crate::model::prior::AgePrior;
use crate::model::rate::{Side, pooled, rate};
use crate::model::table::RateTable;
use crate::model::trials::{Shows, Streak, Trials, joined, order_is_known};
use crate::model::verdict::{false_good, p_bad_alone};
use crate::model::walk::Size;
use crate::prob::{Prob, to_f64};

use super::answer::Answer;
use super::by_rate::{AtRate, Known};
use super::counts::Counts;
use super::direction::{if_flaky, likelier};
use super::ground::Ground;
use super::lineage::Lineage;
use super::named::is_generic;
use super::{Analysis, CredibleSet, GapAnalysis, Lesson, ModelInfo, SCHEMA, Settings, StepAnalysis, blame, titles};

/// Analyses one bisection.
pub(super) fn solve(evidence: Bisection, settings: &Settings) -> Analysis {
    let settings = &*settings.for_format(evidence.format);
    let (evidence, direction) = likelier(evidence, settings);
    let ground = Ground::of(&evidence, settings);
    let (tests, counts) = (any_crashes(&evidence), Counts::of(&evidence));
    let ordered = order_is_known(&tests);
    let told = !evidence.order.is_empty();
    let tested =
        Tested { ground: &ground, kind: evidence.kind, counts: &counts, stack: stack(&evidence), ordered, told };
    let prior = tested.prior(&evidence, settings);
    let table = RateTable::new(&settings.rates, &settings.background, &tested.sizes());
    let mut any = tested.change_point(&tests, &prior, &table);
    let rows = titles::rows(&evidence, &tested);
    let prepared = titles::Prepared::new(&evidence, &rows, &tested, &prior, settings);
    let mut bug = any.as_ref().and_then(|_| prepared.solve(&table));
    if let Some(direction) = &direction {
        any.iter_mut().chain(bug.as_mut().map(|bug| &mut bug.culprit)).for_each(|culprit| direction.share(culprit));
    }
    let culprit = bug.as_ref().map(|bug| &bug.culprit);
    let gaps = culprit.map(|culprit| tested.old_to_new(&culprit.gaps));
    let gaps_any = any.as_ref().map(|any| tested.old_to_new(&any.gaps));
    let credible = gaps.as_ref().map(|gaps| tested.credible_set(gaps, settings));
    let named = evidence.culprit.as_ref().map(|culprit| culprit.commit);
    let p_named = |of: Option<&Culprit>| of.zip(named).and_then(|(culprit, named)| tested.p_named(culprit, &named));
    let known = Known { prepared: &prepared, tested: &tested, prior: &prior, settings };
    let against = bug.as_ref().zip(named).and_then(|(bug, named)| known.factor(bug, &named));
    let by_rate = by_rate(&known, bug.as_ref(), named, p_named(culprit));
    let mut analysis = Analysis {
        schema: SCHEMA,
        bisection: evidence.id.clone(),
        answer: Answer::CannotTell,
        path: evidence.source.path.clone(),
        sources: evidence.source.places().to_vec(),
        line: evidence.line,
        format: evidence.format.name(),
        year: evidence.year(),
        kind: evidence.kind.name(),
        ending: evidence.ending.name(),
        origin: evidence.origin,
        named_culprit: named,
        named_title: evidence.named_title().map(ToString::to_string),
        reported_title: evidence.reported_title.as_ref().map(ToString::to_string),
        p_right: None,
        p_named: p_named(culprit),
        p_named_any: p_named(any.as_ref()),
        blame: None,
        bayes_factor_elsewhere: against,
        by_rate,
        p_change_if_flaky: if_flaky(&evidence, settings),
        p_no_change: culprit.map(|culprit| culprit.none),
        p_other_direction: culprit.map(|_| Prob::ZERO),
        rate_before: culprit.and_then(|culprit| pooled(&culprit.sides, Side::Good)),
        rate_since: culprit.and_then(|culprit| pooled(&culprit.sides, Side::Bad)),
        steps: tested.steps(&evidence, culprit, &table, settings),
        gaps: tested.gaps(gaps.as_deref(), gaps_any.as_deref(), credible.as_ref()),
        credible_set: credible,
        titles: titles::analyses(&evidence, &rows, bug.as_ref()),
        history: tested.lineage(culprit, settings),
        findings: Vec::new(),
        growth: Vec::new(),
        plan: None,
        model: model_info(&prior.gaps, bug.as_ref(), rows.len() > titles::MODELLED, settings),
        evidence,
        lesson: None,
        rivals: Vec::new(),
    };
    if let Some(direction) = direction {
        direction.complete(&mut analysis);
    }
    let releases = releases(&analysis.evidence);
    analysis.lesson = bug.map(|bug| tested.lesson(bug, releases, settings));
    titles::count_others(&mut analysis);
    blame::judge(&mut analysis, settings);
    analysis.answer = Answer::of(&analysis);
    analysis
}

/// The answer for several rates, where another rate could make it another one.
fn by_rate(
    known: &Known<'_>,
    bug: Option<&ReportedBug>,
    named: Option<CommitId>,
    p_named: Option<Prob>,
) -> Vec<AtRate> {
    const SETTLED: f64 = 0.95;
    let (Some(bug), Some(named)) = (bug, named) else { return Vec::new() };
    if p_named.is_none_or(|p| p.value() >= SETTLED) { Vec::new() } else { known.by_rate(bug, &named) }
}

fn model_info(prior: &[Prob], bug: Option<&ReportedBug>, left_out: bool, settings: &Settings) -> ModelInfo {
    ModelInfo {
        name: "reported-bug",
        prior: settings.prior.clone(),
        outside: bug.and_then(|_| prior.first()).copied(),
        approximate: bug.is_some_and(|bug| bug.approximate || left_out),
    }
}

/// What is believed of the place of the change before any run.
pub(super) struct PlacePrior {
    /// The mass of each place.
    pub(super) places: Vec<Prob>,
    /// The same of each gap, in the models' order.
    pub(super) gaps: Vec<Prob>,
    /// That there is no change.
    pub(super) none: Prob,
}

/// The line with its counts. The models want the clean side first: a fix bisection is mirrored on the way in and out.
pub(super) struct Tested<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) kind: Kind,
    pub(super) counts: &'a Counts,
    /// Source files of the crash's stack.
    pub(super) stack: Vec<String>,
    /// Whether runs stand in the order in which they ran.
    pub(super) ordered: bool,
    /// Whether the input says how revisions lie: then it says how many commits are between them, or nobody knows.
    pub(super) told: bool,
}

impl Tested<'_> {
    pub(super) const fn line(&self) -> &TestedLine {
        &self.ground.line
    }

    /// What a repository tells of the place of the change.
    fn lineage(&self, culprit: Option<&Culprit>, settings: &Settings) -> Option<Lineage> {
        let history = &settings.repo.as_ref()?.history;
        let known = self.ground.branches.as_ref().zip(culprit);
        let unknown = || Lineage::unknown(history, self.ground.missing.clone());
        Some(known.map_or_else(unknown, |(known, culprit)| Lineage::of(known, culprit, self, settings)))
    }

    fn points(&self) -> usize {
        self.line().points.len()
    }

    /// Where the culprit may be.
    pub(super) fn places(&self) -> Places<'_> {
        self.ground.branches.as_ref().map_or(Places::Line, |branches| Places::Branched(&branches.places))
    }

    /// Tests without a place of their own, with the chance for each place of the culprit that they are bad.
    pub(super) fn adrift(&self) -> Vec<(usize, Vec<Prob>)> {
        let floating = || self.line().floating.iter().map(|test| (test.step, self.bad_places(*test))).collect();
        self.ground.branches.as_ref().map_or_else(floating, |branches| branches.adrift.clone())
    }

    /// The gap of the line that the models call `gap`.
    fn gap_on_line(&self, gap: usize) -> usize {
        match self.kind {
            Kind::Cause => gap,
            Kind::Fix => self.points() - gap,
        }
    }

    /// The models' gap that ends with the named commit.
    pub(super) fn model_gap(&self, named: &CommitId) -> Option<usize> {
        self.line().gap_upto(named).map(|gap| self.gap_on_line(gap))
    }

    /// Turns one value a gap from the models' order to old-to-new.
    pub(super) fn old_to_new(&self, values: &[Prob]) -> Vec<Prob> {
        let mut values = values.to_vec();
        if self.kind == Kind::Fix {
            values.reverse();
        }
        values
    }

    /// Commits of each gap in the models' order; the first is unknown.
    pub(super) fn sizes(&self) -> Vec<f64> {
        let size = |gap| self.line().size(self.gap_on_line(gap)).map_or(0, |size| size.commits);
        (0..self.points()).map(|gap| to_f64(size(gap))).collect()
    }

    /// Commits of the gaps from the crashing end on, without the unknown last one.
    fn sizes_from_crash(&self) -> Vec<f64> {
        self.sizes().into_iter().skip(1).rev().collect()
    }

    /// Prior mass of each place. A fix is as likely in one commit as in another, and mostly there by the newest revision.
    pub(super) fn prior(&self, evidence: &Bisection, settings: &Settings) -> PlacePrior {
        /// P(a fix is newer than the newest revision).
        const NOT_YET: f64 = 0.05;
        if self.points() == 0 {
            return PlacePrior { places: Vec::new(), gaps: Vec::new(), none: settings.none };
        }
        let (age, older) = match self.kind {
            Kind::Cause => (Cow::Borrowed(&settings.age), releases(evidence).and_then(|n| settings.older.after(n))),
            Kind::Fix => (Cow::Owned(AgePrior::between_ends(NOT_YET)), None),
        };
        let older = older.filter(|_| !age.scales().is_empty());
        let places = match &self.ground.branches {
            Some(branches) => branches.prior(&age),
            None => self.masses(&age, evidence),
        };
        let places = with_outside(places, older, settings.none);
        let gaps = self
            .ground
            .branches
            .as_ref()
            .map_or_else(|| places.clone(), |branches| branches.by_gap(&places, self.points()));
        PlacePrior { places, gaps, none: settings.none }
    }

    /// The mass of each gap of the line. A merge seldom brings a bug that neither of its parents has.
    fn masses(&self, age: &AgePrior, evidence: &Bisection) -> Vec<Prob> {
        /// How often, beside other commits. From labelled bisections of the Linux kernel.
        const MERGE: f64 = 0.3;
        let mut masses = age.masses(&self.sizes_from_crash());
        masses.reverse();
        let merge = evidence.culprit.as_ref().filter(|culprit| !culprit.merge_parents.is_empty());
        let gap = merge.and_then(|merge| self.line().gap_upto(&merge.commit));
        if let Some(gap) =
            gap.filter(|gap| self.kind == Kind::Cause && self.line().size(*gap).is_some_and(|size| size.commits <= 1))
        {
            masses[gap] = Prob::saturating(masses[gap].value() * MERGE);
        }
        masses
    }

    fn lesson(&self, bug: ReportedBug, releases: Option<usize>, settings: &Settings) -> Lesson {
        let posterior: Vec<_> = bug.culprit.gaps.iter().rev().copied().collect();
        let ages = settings.age.responsibilities(&self.sizes_from_crash(), &posterior);
        Lesson { bug, ages, releases: releases.filter(|_| self.kind == Kind::Cause) }
    }

    /// The steps of each point, from the clean side to the crashing side.
    pub(super) fn clean_to_crashing(&self) -> Vec<&[usize]> {
        let mut points: Vec<_> = self.line().points.iter().map(|point| point.steps.as_slice()).collect();
        if self.kind == Kind::Fix {
            points.reverse();
        }
        points
    }

    /// The most trials of one point.
    pub(super) fn longest(&self) -> u32 {
        let points = self.line().points.iter().map(|point| self.tally(&point.steps).trials());
        points.max().unwrap_or_default()
    }

    /// The posterior when any crash counts as the bug; none when nothing ever crashed.
    fn change_point(&self, tests: &[Vec<Streak>], prior: &PlacePrior, table: &RateTable) -> Option<Culprit> {
        let trials = |steps: &[usize]| {
            let tests: Vec<_> = steps.iter().map(|step| tests[*step].clone()).collect();
            Trials::of(&tests, |_| true, self.ordered)
        };
        let points: Vec<_> = self.clean_to_crashing().into_iter().map(trials).collect();
        if points.iter().all(|trials| trials.tally.crashes == 0) {
            return None;
        }
        let adrift = self.adrift().into_iter().map(|(step, bad)| Adrift { trials: trials(&[step]), bad });
        let (adrift, PlacePrior { places: prior, none, .. }) = (adrift.collect::<Vec<_>>(), prior);
        let point = ChangePoint { trials: &points, places: self.places(), prior, none: *none, adrift: &adrift, table };
        point.solve()
    }

    fn tally(&self, steps: &[usize]) -> Tally {
        let sum = |column: &[u32]| steps.iter().map(|step| column[*step]).sum();
        Tally { crashes: sum(&self.counts.crashes), passes: sum(&self.counts.passes) }
    }

    /// For each gap, the chance that a skipped revision has the bug if the culprit is there. The revision may lie
    /// anywhere in its range, by commits; within the culprit's own gap it is bad in half of the places.
    fn bad_places(&self, floating: Floating) -> Vec<Prob> {
        let sizes = self.sizes();
        let place = |gap: usize| (floating.first..=floating.last).contains(&self.gap_on_line(gap));
        let weight = |gap: usize| if place(gap) { sizes[gap].max(1.0) } else { 0.0 };
        let total: f64 = (0..self.points()).map(weight).sum();
        let mut newer = total;
        let chances = (0..self.points()).map(|gap| {
            newer -= weight(gap);
            Prob::saturating((newer + weight(gap) / 2.0) / total)
        });
        chances.collect()
    }

    /// The mass of the named commit: all of its place's, or its share where the place holds others too.
    pub(super) fn p_named(&self, culprit: &Culprit, named: &CommitId) -> Option<Prob> {
        let branches = self.ground.branches.as_ref();
        let known = branches.and_then(|branches| branches.p_commit(culprit, named, &self.stack, self.kind));
        known.or_else(|| self.p_named_on_line(culprit, named))
    }

    fn p_named_on_line(&self, culprit: &Culprit, named: &CommitId) -> Option<Prob> {
        let gap = self.line().gap_upto(named)?;
        // A gap whose commits nobody has counted ends with a build, and that is what is named.
        let shared = self.counted(self.index(gap)).map_or(1, |size| size.commits.max(1));
        let gaps = self.old_to_new(&culprit.gaps);
        let mass = gaps.get(self.index(gap))?;
        Some(Prob::saturating(mass.value() / to_f64(shared)))
    }

    /// A gap of the line as an index into the reported gaps: a cause is never newer than the newest revision, a fix
    /// never older than the oldest.
    const fn index(&self, gap: usize) -> usize {
        match self.kind {
            Kind::Cause => gap,
            Kind::Fix => gap.saturating_sub(1),
        }
    }

    /// The index of a gap that the models call `gap`.
    pub(super) fn index_of_gap(&self, gap: usize) -> usize {
        self.index(self.gap_on_line(gap))
    }

    fn gap_of_index(&self, index: usize) -> usize {
        match self.kind {
            Kind::Cause => index,
            Kind::Fix => index + 1,
        }
    }

    fn neighbours(&self, index: usize) -> (Option<CommitId>, Option<CommitId>) {
        let gap = self.gap_of_index(index);
        let commit = |point: usize| self.line().points.get(point).map(|point| point.commit);
        (gap.checked_sub(1).and_then(commit), commit(gap))
    }

    /// The size of a gap; none where the input says how revisions lie, and not how many commits are between them.
    fn counted(&self, index: usize) -> Option<Size> {
        let size = self.line().size(self.gap_of_index(index))?;
        (size.exact || !self.told).then_some(size)
    }

    fn gaps(&self, bug: Option<&[Prob]>, any: Option<&[Prob]>, credible: Option<&CredibleSet>) -> Vec<GapAnalysis> {
        let mass = |posterior: Option<&[Prob]>, index: usize| posterior.and_then(|gaps| gaps.get(index)).copied();
        let gaps = (0..self.points()).map(|index| {
            let (after, upto) = self.neighbours(index);
            let size = self.counted(index).map(Size::told);
            GapAnalysis {
                after,
                upto,
                commits: size.map(|size| size.commits),
                commits_exact: size.is_some_and(|size| size.exact),
                posterior: mass(bug, index),
                posterior_any: mass(any, index),
                credible: credible.is_some_and(|set| set.gaps.contains(&index)),
            }
        });
        gaps.collect()
    }

    fn credible_set(&self, posterior: &[Prob], settings: &Settings) -> CredibleSet {
        let (gaps, mass) = credible_set(posterior, settings.level);
        let sizes: Option<Vec<_>> = gaps.iter().map(|index| self.counted(*index)).collect();
        let all = sizes.as_deref().map(Size::sum);
        let bounded = |index: &usize| matches!(self.neighbours(*index), (Some(_), Some(_)));
        CredibleSet {
            level: settings.level,
            mass,
            commits: all.map(|all| all.commits),
            commits_exact: all.is_some_and(|all| all.exact),
            bounded: gaps.iter().all(bounded),
            range: self.range(&gaps),
            gaps,
        }
    }

    /// `after..upto`; beyond the oldest revision `upto` with all its ancestors, beyond the newest `after..`.
    fn range(&self, gaps: &[usize]) -> Option<String> {
        let (after, _) = self.neighbours(*gaps.first()?);
        let (_, upto) = self.neighbours(*gaps.last()?);
        match (after, upto) {
            (Some(after), Some(upto)) => Some(format!("{after}..{upto}")),
            (None, Some(upto)) => Some(upto.to_string()),
            (Some(after), None) => Some(format!("{after}..")),
            (None, None) => None,
        }
    }

    fn steps(
        &self,
        evidence: &Bisection,
        solution: Option<&Culprit>,
        table: &RateTable,
        settings: &Settings,
    ) -> Vec<StepAnalysis> {
        let chances = solution.map(|solution| self.bad_chances(solution, evidence.steps.len()));
        let mut places = vec![None; evidence.steps.len()];
        for (place, point) in self.line().points.iter().enumerate() {
            point.steps.iter().for_each(|step| places[*step] = Some(place));
        }
        let walked = releases(evidence).unwrap_or_default();
        let steps = evidence.steps.iter().enumerate().map(|(i, step)| {
            let counts = step.counts();
            let tally = Tally { crashes: counts.crashes, passes: counts.passes };
            let judged = step.complete && tally.trials() > 0;
            let shown = chances.as_ref().and_then(|chances| chances[i]);
            let hidden = shown.and_then(|shown| self.hidden(step, shown, walked, settings));
            let p_bad = shown.map(|shown| Prob::saturating(shown.value() + hidden.map_or(0.0, Prob::value)));
            StepAnalysis {
                step: i,
                line: step.line,
                commit: step.commit,
                tag: step.tag.as_ref().map(ToString::to_string),
                role: step.role,
                verdict: step.verdict(),
                passes: counts.passes,
                crashes: counts.crashes,
                other_crashes: 0,
                voids: counts.voids,
                inferred: step.inferred,
                rate: judged.then(|| rate(tally, settings.rate)),
                p_bad_alone: judged.then(|| p_bad_alone(&tally.into(), table)),
                p_bad,
                p_hidden: hidden,
                confidence: p_bad.and_then(|p_bad| confidence(step.verdict()?, p_bad)),
                false_good: solution
                    .filter(|_| judged)
                    .map(|solution| false_good(tally.trials(), table, &solution.rates)),
                point: places[i],
            }
        });
        steps.collect()
    }

    /// P(the revision has the bug and cannot show it), if it shows it with the probability `shown`.
    fn hidden(&self, step: &Step, shown: Prob, walked: usize, settings: &Settings) -> Option<Prob> {
        let share = match step.role {
            _ if self.kind == Kind::Fix => None,
            Role::Release => settings.hidden.of_release(walked),
            Role::Candidate | Role::MergeBase => settings.hidden.of_candidate(walked),
            _ => None,
        };
        share.map(|share| Prob::saturating(shown.complement().value() * share.value()))
    }

    /// P(bad) of each step that has a place on the line, or at least a range of places.
    fn bad_chances(&self, solution: &Culprit, steps: usize) -> Vec<Option<Prob>> {
        let mut chances = vec![None; steps];
        let branches = self.ground.branches.as_ref();
        let mut points = branches.map_or_else(|| p_bad(&solution.gaps), |known| known.p_bad(solution, self.points()));
        if self.kind == Kind::Fix {
            points.reverse();
        }
        for (point, chance) in self.line().points.iter().zip(points) {
            for step in &point.steps {
                chances[*step] = Some(chance);
            }
        }
        for ((step, _), chance) in self.adrift().into_iter().zip(&solution.adrift) {
            chances[step] = Some(*chance);
        }
        chances
    }
}

/// Sums to one with that of no change, and with `older` in the first place where that is known.
fn with_outside(mut places: Vec<Prob>, older: Option<Prob>, none: Prob) -> Vec<Prob> {
    let Some((first, others)) = places.split_first_mut() else { return places };
    let inside: f64 = others.iter().map(|place| place.value()).sum();
    let beyond = older.map_or(first.value(), Prob::value);
    let beyond = if inside > 0.0 { beyond } else { 1.0 };
    let change = none.complement().value();
    *first = Prob::saturating(beyond * change);
    let scale = if inside > 0.0 { (1.0 - beyond) / inside * change } else { 0.0 };
    for place in others {
        *place = Prob::saturating(place.value() * scale);
    }
    places
}

/// How many releases were tested; `None` without one.
fn releases(evidence: &Bisection) -> Option<usize> {
    let releases = evidence.steps.iter().filter(|step| step.role == Role::Release && step.is_evidence());
    let commits: HashSet<_> = releases.map(|step| step.commit).collect();
    (!commits.is_empty()).then_some(commits.len())
}

/// Source files of the crash's stack without code that is on every stack.
pub(super) fn stack(evidence: &Bisection) -> Vec<String> {
    evidence.stack_files().into_iter().filter(|file| !is_generic(file)).collect()
}

/// The trials of each step, any crash counting as the bug.
pub(super) fn any_crashes(evidence: &Bisection) -> Vec<Vec<Streak>> {
    let streak = |run: &Run| {
        let shows = match run.outcome {
            Outcome::Pass => Shows::Pass,
            Outcome::Crash(_) => Shows::Title(0),
            Outcome::Void(..) => return None,
        };
        Some(Streak { shows, runs: run.count })
    };
    evidence.steps.iter().map(|step| joined(step.runs.iter().filter_map(streak))).collect()
}

fn confidence(verdict: Verdict, p_bad: Prob) -> Option<Prob> {
    match verdict {
        Verdict::Bad => Some(p_bad),
        Verdict::Good => Some(p_bad.complement()),
        Verdict::Skip => None,
    }
}
