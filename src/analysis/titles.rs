//! The crash titles of one bisection: their counts along the line, how alike they are, and what the runs say of them.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::evidence::{Bisection, Identity, Outcome, Run, Step, Title, TitleCount, TitleParts, without_counter};
use crate::model::bug::{BugSearch, ReportedBug, Sets, TitleRow};
use crate::model::foreign::ForeignPrices;
use crate::model::likeness::likeness;
use crate::model::table::RateTable;
use crate::model::trials::{Shows, Streak, Tests, joined};
use crate::prob::Prob;

use super::solve::{PlacePrior, Tested};
use super::{Analysis, Settings, TitleAnalysis};

/// Rarer titles than so many others do not enter the model: their crashes end runs, and say nothing else.
pub(super) const MODELLED: usize = 64;

/// How many crashes of each step are likelier another bug's.
pub(super) fn count_others(analysis: &mut Analysis) {
    const EVEN: f64 = 0.5;
    let others: Vec<_> =
        analysis.titles.iter().filter(|row| row.p_same_bug.is_some_and(|p| p.value() < EVEN)).collect();
    let is_other = |run: &Run| match &run.outcome {
        Outcome::Crash(title) => others.iter().any(|row| row.title.as_deref() == title.as_ref().map(Title::as_str)),
        Outcome::Pass | Outcome::Void(..) => false,
    };
    let count = |step: &Step| step.runs.iter().filter(|run| is_other(run)).map(|run| run.count).sum();
    for (step, tested) in analysis.steps.iter_mut().zip(&analysis.evidence.steps) {
        step.other_crashes = count(tested);
    }
}

/// The titles that show on the line, as the model wants them; `None` where a title never does, or is too rare.
pub(super) fn rows(evidence: &Bisection, tested: &Tested<'_>) -> Vec<Option<TitleRow>> {
    let counts = evidence.title_counts();
    let frequent = counts.iter().take(MODELLED);
    let mut shown: Vec<bool> = frequent.map(|count| on_line(evidence, tested, count.title.as_ref())).collect();
    shown.resize(counts.len(), false);
    let parts: Vec<_> = counts.iter().map(|count| TitleParts::of(text(count.title.as_ref()))).collect();
    let anchors = anchors(evidence, &counts, &parts, &shown);
    let row = |(i, count): (usize, &TitleCount)| {
        let crashes = |steps: &[usize]| steps.iter().map(|step| crashes(evidence, *step, count.title.as_ref())).sum();
        let like = |(other, theirs): (&TitleCount, &TitleParts)| at_origin(likeness(&parts[i], theirs), other);
        shown[i].then(|| TitleRow {
            crashes: tested.clean_to_crashing().into_iter().map(crashes).collect(),
            anchor: anchors[i],
            at_origin: count.at_origin > 0,
            like: counts
                .iter()
                .zip(&parts)
                .zip(&shown)
                .filter(|(_, shown)| **shown)
                .map(|(row, _)| like(row))
                .collect(),
        })
    };
    counts.iter().enumerate().map(row).collect()
}

/// What the model says; none when no title can be the reported one.
pub(super) fn reported_bug(
    evidence: &Bisection,
    rows: &[Option<TitleRow>],
    tested: &Tested<'_>,
    prior: &PlacePrior,
    table: &RateTable,
    settings: &Settings,
) -> Option<ReportedBug> {
    Prepared::new(evidence, rows, tested, prior, settings).solve(table)
}

/// A bisection as the search for the reported bug takes it, for one answer or several.
pub(super) struct Prepared<'a> {
    tested: &'a Tested<'a>,
    prior: &'a PlacePrior,
    settings: &'a Settings,
    titles: Vec<TitleRow>,
    points: Vec<Tests>,
    adrift: Vec<(Tests, Vec<Prob>)>,
    foreign: ForeignPrices<'a>,
    sets: OnceCell<Sets>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(
        evidence: &Bisection,
        rows: &[Option<TitleRow>],
        tested: &'a Tested<'a>,
        prior: &'a PlacePrior,
        settings: &'a Settings,
    ) -> Self {
        let modelled = modelled(evidence, rows);
        let tests =
            |steps: &[usize]| -> Tests { steps.iter().map(|step| streaks(evidence, *step, &modelled)).collect() };
        Self {
            tested,
            prior,
            settings,
            titles: rows.iter().flatten().cloned().collect(),
            points: tested.clean_to_crashing().into_iter().map(tests).collect(),
            adrift: tested.adrift().into_iter().map(|(step, bad)| (tests(&[step]), bad)).collect(),
            foreign: ForeignPrices::new(&settings.foreign, settings.leak, &prior.gaps, tested.longest()),
            sets: OnceCell::new(),
        }
    }

    /// What the model says under these rates; none when no title can be the reported one.
    pub(super) fn solve(&self, table: &RateTable) -> Option<ReportedBug> {
        let Self { tested, prior, settings, .. } = *self;
        let search = BugSearch {
            titles: &self.titles,
            points: &self.points,
            adrift: &self.adrift,
            ordered: tested.ordered,
            places: tested.places(),
            prior: &prior.places,
            none: prior.none,
            labels: &settings.labels,
            kin: &settings.kin,
            foreign: &self.foreign,
        };
        search.solve_with(self.sets.get_or_init(|| search.sets()), table)
    }
}

/// The place of each modelled title among the rows.
fn modelled(evidence: &Bisection, rows: &[Option<TitleRow>]) -> HashMap<Option<Title>, usize> {
    let counts = evidence.title_counts().into_iter().zip(rows);
    let titles = counts.filter_map(|(count, row)| row.as_ref().map(|_| count.title));
    titles.zip(0..).collect()
}

/// The trials of a step, in the log's order. Void runs leave no trace.
fn streaks(evidence: &Bisection, step: usize, modelled: &HashMap<Option<Title>, usize>) -> Vec<Streak> {
    let shows = |outcome: &Outcome| match outcome {
        Outcome::Pass => Some(Shows::Pass),
        Outcome::Crash(title) => Some(modelled.get(title).map_or(Shows::Other, |title| Shows::Title(*title))),
        Outcome::Void(..) => None,
    };
    let runs = evidence.steps[step].runs.iter();
    joined(runs.filter_map(|run| Some(Streak { shows: shows(&run.outcome)?, runs: run.count })))
}

/// The titles for readers, most frequent first.
pub(super) fn analyses(
    evidence: &Bisection,
    rows: &[Option<TitleRow>],
    bug: Option<&ReportedBug>,
) -> Vec<TitleAnalysis> {
    let mut places = 0..;
    let places: Vec<_> = rows.iter().map(|row| row.as_ref().and_then(|_| places.next())).collect();
    let likeliest = bug.and_then(|bug| (0..bug.anchor.len()).max_by(|a, b| order(&bug.anchor, *a, *b)));
    let titles =
        evidence.title_counts().into_iter().zip(places).map(|(count, place): (_, Option<usize>)| TitleAnalysis {
            crash_type: count.title.as_ref().map(|title| TitleParts::of(title.as_str()).crash_type.name()),
            title: count.title.map(|title| title.to_string()),
            crashes: count.crashes,
            steps: count.steps,
            at_origin: count.at_origin,
            p_same_bug: bug.zip(place).map(|(bug, place)| bug.same_bug[place]),
            anchor: bug.map(|_| place.is_some() && place == likeliest),
        });
    titles.collect()
}

/// Larger first; of equals, the earlier title.
fn order(anchors: &[Prob], a: usize, b: usize) -> std::cmp::Ordering {
    anchors[a].value().total_cmp(&anchors[b].value()).then(b.cmp(&a))
}

/// How many times likelier the reported title is the one that the log goes by than its crashes alone make it. It is the most
/// frequent one of the origin's kind, so this only says what the counts say already, more surely.
const REPRESENTATIVE: f64 = 10.0;

/// P(a): the given title; when it never shows, the titles at the origin by likeness; when none is given, by their crashes.
/// Of several titles at an origin, the reported one is less often the most frequent than one might think, and seldom a hang
/// or a stall beside a crash that names its place: weights from bisections whose report is known.
fn anchors(evidence: &Bisection, counts: &[TitleCount], parts: &[TitleParts], shown: &[bool]) -> Vec<Prob> {
    /// The power of the number of crashes.
    const CRASHES: f64 = 0.5;
    /// The weight of a title that tells no place.
    const ACCIDENTAL: f64 = 0.25;
    let given = evidence.reported_title.as_ref().map(|title| without_counter(title.as_str()));
    let is_given = |count: &TitleCount| given.is_some_and(|given| given == text(count.title.as_ref()));
    let reported = given.map(TitleParts::of);
    let known = counts.iter().zip(shown).any(|(count, shown)| *shown && is_given(count));
    let somewhere = counts.iter().zip(shown).any(|(count, shown)| *shown && count.at_origin > 0);
    let weight = |((count, parts), shown): ((&TitleCount, &TitleParts), &bool)| {
        let crashes = f64::from(if somewhere { count.at_origin } else { count.crashes }).powf(CRASHES);
        let crashes = crashes * if parts.identity == Identity::Accidental { ACCIDENTAL } else { 1.0 };
        match &reported {
            _ if !shown => 0.0,
            Some(_) if known => f64::from(u8::from(is_given(count))),
            Some(reported) => likeness(reported, parts).value() * crashes,
            None if count.title.is_some() && count.title == evidence.representative => REPRESENTATIVE * crashes,
            None => crashes,
        }
    };
    let weights: Vec<f64> = counts.iter().zip(parts).zip(shown).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| Prob::saturating(weight / total)).collect()
}

/// A title that shows where the bug was reported is likelier the reported bug.
fn at_origin(like: Prob, count: &TitleCount) -> Prob {
    if count.at_origin > 0 { Prob::saturating(like.value().sqrt()) } else { like }
}

fn on_line(evidence: &Bisection, tested: &Tested<'_>, title: Option<&Title>) -> bool {
    let steps = tested.clean_to_crashing().concat();
    steps.into_iter().any(|step| crashes(evidence, step, title) > 0)
}

fn crashes(evidence: &Bisection, step: usize, title: Option<&Title>) -> u32 {
    let shows = |outcome: &Outcome| matches!(outcome, Outcome::Crash(shown) if shown.as_ref() == title);
    evidence.steps[step].runs.iter().filter(|run| shows(&run.outcome)).map(|run| run.count).sum()
}

fn text(title: Option<&Title>) -> &str {
    title.map_or("", Title::as_str)
}
