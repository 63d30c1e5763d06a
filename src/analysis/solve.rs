//! One bisection: its line, the change point on it, and what follows for every step and gap.

use crate::evidence::{Bisection, CommitId, Kind, Verdict};
use crate::frame::steps::StepCounts;
use crate::model::beta_binomial::Tally;
use crate::model::culprit::{Adrift, ChangePoint, Culprit, credible_set, p_bad};
use crate::model::line::{Floating, TestedLine};
use crate::model::rate::rate;
use crate::model::verdict::{false_good, p_bad_alone};
use crate::prob::Prob;

use super::{Analysis, CredibleSet, GapAnalysis, ModelInfo, SCHEMA, Settings, StepAnalysis, TitleAnalysis, weak};

/// Analyses one bisection; `counts` are its rows of the frame of steps.
pub(super) fn solve(evidence: Bisection, counts: StepCounts<'_>, settings: &Settings) -> Analysis {
    let line = TestedLine::of(&evidence);
    let tested = Tested { line: &line, kind: evidence.kind, counts };
    let prior = tested.prior(settings);
    let solution = tested.change_point(&prior, settings);
    let gaps = solution.as_ref().map(|solution| tested.old_to_new(&solution.gaps));
    let credible = gaps.as_ref().map(|gaps| tested.credible_set(gaps, settings));
    let steps = tested.steps(&evidence, solution.as_ref(), settings);
    let named = evidence.culprit.as_ref().map(|culprit| culprit.commit);
    let mut analysis = Analysis {
        schema: SCHEMA,
        bisection: evidence.id.clone(),
        path: evidence.source.path.clone(),
        line: evidence.line,
        format: evidence.format.name(),
        kind: evidence.kind.name(),
        ending: evidence.ending.name(),
        origin: evidence.origin,
        named_culprit: named,
        named_title: evidence.named_title().map(ToString::to_string),
        reported_title: None,
        p_right: None,
        p_named: None,
        p_named_any: gaps.as_ref().zip(named).and_then(|(gaps, named)| tested.p_named(gaps, &named)),
        blame: None,
        steps,
        gaps: tested.gaps(gaps.as_deref(), credible.as_ref()),
        credible_set: credible,
        titles: titles(&evidence),
        findings: Vec::new(),
        model: ModelInfo {
            name: "any-crash",
            prior: "default",
            outside: prior.first().filter(|_| solution.is_some()).copied(),
            approximate: false,
        },
        weak: Vec::new(),
        evidence,
    };
    analysis.weak = weak::weak_verdicts(&analysis);
    analysis
}

fn titles(evidence: &Bisection) -> Vec<TitleAnalysis> {
    let counts = evidence.title_counts().into_iter();
    let titles = counts.map(|count| TitleAnalysis {
        title: count.title.map(|title| title.to_string()),
        crash_type: None,
        crashes: count.crashes,
        steps: count.steps,
        at_origin: count.at_origin,
        p_same_bug: None,
        anchor: None,
    });
    titles.collect()
}

/// The line with its counts. The models want the clean side first: a fix bisection is mirrored on the way in and out.
struct Tested<'a> {
    line: &'a TestedLine,
    kind: Kind,
    counts: StepCounts<'a>,
}

impl Tested<'_> {
    fn points(&self) -> usize {
        self.line.points.len()
    }

    /// The gap of the line that the models call `gap`.
    fn gap_on_line(&self, gap: usize) -> usize {
        match self.kind {
            Kind::Cause => gap,
            Kind::Fix => self.points() - gap,
        }
    }

    /// Turns one value a gap from the models' order to old-to-new.
    fn old_to_new(&self, values: &[Prob]) -> Vec<Prob> {
        let mut values = values.to_vec();
        if self.kind == Kind::Fix {
            values.reverse();
        }
        values
    }

    /// Commits of each gap in the models' order; the first is unknown.
    fn sizes(&self) -> Vec<f64> {
        let size = |gap| self.line.size(self.gap_on_line(gap)).map_or(0, |size| size.commits);
        (0..self.points()).map(|gap| to_f64(size(gap))).collect()
    }

    /// Prior mass of each gap in the models' order.
    fn prior(&self, settings: &Settings) -> Vec<Prob> {
        let Some((_, sizes)) = self.sizes().split_first().map(|(first, sizes)| (*first, sizes.to_vec())) else {
            return Vec::new();
        };
        let from_crash: Vec<f64> = sizes.into_iter().rev().collect();
        let mut masses = settings.age.masses(&from_crash);
        masses.reverse();
        masses
    }

    /// The posterior; none when nothing ever crashed.
    fn change_point(&self, prior: &[Prob], settings: &Settings) -> Option<Culprit> {
        let mut tallies: Vec<_> = self.line.points.iter().map(|point| self.tally(&point.steps)).collect();
        if self.kind == Kind::Fix {
            tallies.reverse();
        }
        if tallies.iter().all(|tally| tally.crashes == 0) {
            return None;
        }
        let adrift: Vec<_> = self.line.floating.iter().map(|floating| self.adrift(*floating)).collect();
        let Settings { grid, leak, .. } = settings;
        ChangePoint { tallies: &tallies, prior, adrift: &adrift, grid, leak: *leak }.solve()
    }

    fn tally(&self, steps: &[usize]) -> Tally {
        let sum = |column: &[u32]| steps.iter().map(|step| column[*step]).sum();
        Tally { crashes: sum(self.counts.crashes), passes: sum(self.counts.passes) }
    }

    /// Where a skipped revision may lie, by commits; within the culprit's own gap it is bad in half of the places.
    fn adrift(&self, floating: Floating) -> Adrift {
        let sizes = self.sizes();
        let place = |gap: usize| (floating.first..=floating.last).contains(&self.gap_on_line(gap));
        let weight = |gap: usize| if place(gap) { sizes[gap].max(1.0) } else { 0.0 };
        let total: f64 = (0..self.points()).map(weight).sum();
        let mut newer = total;
        let chances = (0..self.points()).map(|gap| {
            newer -= weight(gap);
            Prob::saturating((newer + weight(gap) / 2.0) / total)
        });
        Adrift { tally: self.tally(&[floating.step]), bad: chances.collect() }
    }

    /// The mass of the named commit: all of its gap's, or its share where the gap holds others too.
    fn p_named(&self, gaps: &[Prob], named: &CommitId) -> Option<Prob> {
        let gap = self.line.gap_upto(named)?;
        let shared = self.line.size(gap).map_or(1, |size| size.commits.max(1));
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

    fn gap_of_index(&self, index: usize) -> usize {
        match self.kind {
            Kind::Cause => index,
            Kind::Fix => index + 1,
        }
    }

    fn neighbours(&self, index: usize) -> (Option<CommitId>, Option<CommitId>) {
        let gap = self.gap_of_index(index);
        let commit = |point: usize| self.line.points.get(point).map(|point| point.commit);
        (gap.checked_sub(1).and_then(commit), commit(gap))
    }

    fn gaps(&self, posterior: Option<&[Prob]>, credible: Option<&CredibleSet>) -> Vec<GapAnalysis> {
        let gaps = (0..self.points()).map(|index| {
            let (after, upto) = self.neighbours(index);
            let size = self.line.size(self.gap_of_index(index));
            GapAnalysis {
                after,
                upto,
                commits: size.map(|size| size.commits),
                commits_exact: size.is_some_and(|size| size.exact),
                posterior: None,
                posterior_any: posterior.and_then(|posterior| posterior.get(index)).copied(),
                credible: credible.is_some_and(|set| set.gaps.contains(&index)),
            }
        });
        gaps.collect()
    }

    fn credible_set(&self, posterior: &[Prob], settings: &Settings) -> CredibleSet {
        let (gaps, mass) = credible_set(posterior, settings.level);
        let sizes: Option<Vec<_>> = gaps.iter().map(|index| self.line.size(self.gap_of_index(*index))).collect();
        CredibleSet {
            level: settings.level,
            mass,
            commits: sizes.as_ref().map(|sizes| sizes.iter().map(|size| size.commits).sum()),
            commits_exact: sizes.is_some_and(|sizes| sizes.iter().all(|size| size.exact)),
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

    fn steps(&self, evidence: &Bisection, solution: Option<&Culprit>, settings: &Settings) -> Vec<StepAnalysis> {
        let chances = solution.map(|solution| self.bad_chances(solution, evidence.steps.len()));
        let of_point = |step: usize| self.line.points.iter().position(|point| point.steps.contains(&step));
        let steps = evidence.steps.iter().enumerate().map(|(i, step)| {
            let counts = step.counts();
            let tally = Tally { crashes: counts.crashes, passes: counts.passes };
            let judged = step.complete && tally.trials() > 0;
            let p_bad = chances.as_ref().and_then(|chances| chances[i]);
            StepAnalysis {
                step: i,
                line: step.line,
                commit: step.commit,
                tag: step.tag.as_ref().map(ToString::to_string),
                role: step.role,
                verdict: step.verdict(),
                passes: counts.passes,
                crashes: counts.crashes,
                voids: counts.voids,
                inferred: step.inferred,
                rate: judged.then(|| rate(tally, settings.rate)),
                p_bad_alone: judged.then(|| p_bad_alone(tally, &settings.grid, settings.leak)),
                p_bad,
                confidence: p_bad.and_then(|p_bad| confidence(step.verdict()?, p_bad)),
                false_good: solution
                    .filter(|_| judged)
                    .map(|solution| false_good(tally.trials(), &settings.grid, &solution.rates)),
                point: of_point(i),
            }
        });
        steps.collect()
    }

    /// P(bad) of each step that has a place on the line, or at least a range of places.
    fn bad_chances(&self, solution: &Culprit, steps: usize) -> Vec<Option<Prob>> {
        let mut chances = vec![None; steps];
        let mut points = p_bad(&solution.gaps);
        if self.kind == Kind::Fix {
            points.reverse();
        }
        for (point, chance) in self.line.points.iter().zip(points) {
            for step in &point.steps {
                chances[*step] = Some(chance);
            }
        }
        for (floating, chance) in self.line.floating.iter().zip(&solution.adrift) {
            chances[floating.step] = Some(*chance);
        }
        chances
    }
}

fn confidence(verdict: Verdict, p_bad: Prob) -> Option<Prob> {
    match verdict {
        Verdict::Bad => Some(p_bad),
        Verdict::Good => Some(p_bad.complement()),
        Verdict::Skip => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
const fn to_f64(commits: u64) -> f64 {
    commits as f64
}
