//! The features of a bisection that tell whether the commit it named is to blame.
//!
//! A change point can be located without doubt, and the named commit still be innocent: it made a bug visible, or hid it.
//! What the rest of the log says of the commit is turned into numbers here; [`crate::model::blame`] weighs them.

use crate::evidence::{Outcome, Role, Run, Title, Verdict};
use crate::model::blame::{Term, Values};
use crate::prob::Prob;

use super::named::{Named, extension};
use super::solve::to_f64;
use super::{Analysis, Blame, BlameTerm, Settings, StepAnalysis};

/// What a feature is, and why it should tell.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name in the fit's file and in JSON.
    pub name: &'static str,
    /// Why it should tell.
    pub why: &'static str,
    /// In words, when it speaks for the commit; empty where that is the rule and not worth a word.
    pub for_it: &'static str,
    /// In words, when it speaks against it; empty likewise.
    pub against_it: &'static str,
    value: fn(&Case<'_>) -> Option<f64>,
}

const fn feature(
    name: &'static str,
    why: &'static str,
    for_it: &'static str,
    against_it: &'static str,
    value: fn(&Case<'_>) -> Option<f64>,
) -> Feature {
    Feature { name, why, for_it, against_it, value }
}

/// Every feature.
#[expect(clippy::redundant_closure_for_method_calls, reason = "a path would fix the lifetime of the case")]
pub const FEATURES: [Feature; 18] = [
    feature(
        "p_named",
        "whether the change point is where the log says",
        "the reported bug starts there",
        "the reported bug may not start there",
        |c| c.analysis.p_named.map(logit),
    ),
    feature(
        "clean",
        "the bisection must have followed the reported bug to the end",
        "every bad revision shows the reported bug",
        "some bad revision shows another bug",
        |c| c.clean(),
    ),
    feature(
        "located_and_clean",
        "a sure change point counts only if it is the reported bug's",
        "located, and by the reported bug",
        "not located by the reported bug",
        |c| Some(c.clean()? * logit(c.analysis.p_named?)),
    ),
    feature(
        "same_title",
        "a renamed crash is weaker evidence than the same title",
        "the last crash has the reported title",
        "the last crash has another title",
        |c| c.named.same_title().map(flag),
    ),
    feature(
        "culprit_rate",
        "one crash in ten is not ten in ten",
        "it crashes in most runs",
        "it crashes in few runs",
        |c| c.culprit().map(rate),
    ),
    feature(
        "weakest_rate",
        "rare crashes are missed on good revisions",
        "every bad revision crashes often",
        "some bad revision crashes rarely",
        |c| c.weakest_rate(),
    ),
    feature(
        "origin_rate",
        "a flaky reproducer loses its way",
        "the reproducer is reliable",
        "the reproducer is flaky",
        |c| c.origin().map(rate),
    ),
    feature(
        "single_crash",
        "a verdict that rests on one crash is often wrong",
        "no verdict rests on one crash",
        "a verdict rests on one crash",
        |c| Some(c.single_crash()),
    ),
    feature(
        "parent_false_good",
        "how sure the other side of the change point is",
        "the revision before it was tested well",
        "the revision before it was tested thinly",
        |c| c.parent_false_good(),
    ),
    feature("voids", "runs that say nothing hide what happened", "", "many runs were void", |c| Some(c.voids())),
    feature(
        "about",
        "a culprit is about the code that crashes: mean of the measures of closeness that the log allows",
        "it is about the code that crashes",
        "it is not about the code that crashes",
        |c| c.about(),
    ),
    feature(
        "stack_place",
        "the nearer to the crash, the likelier",
        "touches a file close to the crash",
        "touches no file close to the crash",
        |c| c.stack_place(),
    ),
    feature(
        "releases",
        "the older, the likelier that the reproducer stopped, not the bug",
        "found without walking far back",
        "found far back in history",
        |c| Some(c.releases()),
    ),
    feature("age", "most bugs that a fuzzer finds are young", "a young commit", "an old commit", |c| Some(c.age())),
    feature(
        "cannot_be",
        "merges, release commits, documents and other machines, or a kernel that did not change",
        "",
        "a merge, a release, or nothing that changes this kernel",
        |c| Some(c.cannot_be()),
    ),
    feature(
        "exposes",
        "an option, a checker or a new system call makes old bugs visible",
        "",
        "touches options or a checker: it may only make the bug visible",
        |c| c.exposes(),
    ),
    feature("headers", "a change of an interface shows elsewhere", "", "touches interfaces rather than code", |c| {
        c.headers()
    }),
    feature("fix", "a fix disturbs code that is already fragile", "it is a fix", "", |c| c.is_fix()),
];

/// Says whether the named commit is to blame, with what speaks for and against it, where there is a fit.
pub(super) fn judge(analysis: &mut Analysis, settings: &Settings) {
    let (Some(fit), Some(values)) = (&settings.blame, values(analysis)) else { return };
    let terms = fit.terms(&values).into_iter();
    let terms = terms.map(|Term { feature, value, weight, above }| BlameTerm { feature, value, weight, above });
    analysis.p_right = Some(fit.p_right(&values));
    analysis.blame = Some(Blame { fit: fit.name(), terms: terms.collect() });
}

/// The features of a bisection that named a commit; `None` when it named none.
#[must_use]
pub fn values(analysis: &Analysis) -> Option<Values> {
    let named = Named::of(analysis)?;
    let case = Case { named: &named, analysis };
    Some(FEATURES.iter().map(|feature| (feature.name, (feature.value)(&case))).collect())
}

/// A named commit as numbers.
struct Case<'a> {
    named: &'a Named<'a>,
    analysis: &'a Analysis,
}

impl Case<'_> {
    fn culprit(&self) -> Option<&StepAnalysis> {
        self.named.step()
    }

    fn origin(&self) -> Option<&StepAnalysis> {
        self.analysis.steps.iter().find(|step| step.role == Role::Origin)
    }

    /// Steps with a place on the line and crashes.
    fn crashing(&self) -> impl Iterator<Item = &StepAnalysis> {
        self.analysis.steps.iter().filter(|step| step.point.is_some() && step.crashes > 0)
    }

    /// The mean over a step's crashes of P(the reported bug).
    fn step_same_bug(&self, step: usize) -> Option<f64> {
        let crashes = self.named.evidence().steps.get(step)?.runs.iter();
        let crashes = crashes.filter(|run| matches!(run.outcome, Outcome::Crash(_)));
        let same = |run: &Run| Some((self.named.same_bug(run.outcome.title().map(Title::as_str))?, run.count));
        let (sum, all) =
            crashes.filter_map(same).fold((0.0, 0), |(sum, all), (p, n)| (sum + p * f64::from(n), all + n));
        (all > 0).then(|| sum / f64::from(all))
    }

    /// The least that the culprit's crashes, its last crash, and every bad revision show of the reported bug.
    fn clean(&self) -> Option<f64> {
        let steps = self.crashing().filter_map(|step| self.step_same_bug(step.step));
        let culprit = self.culprit().and_then(|step| self.step_same_bug(step.step));
        steps.chain(culprit).chain(self.named.last_crash_same_bug()).min_by(f64::total_cmp)
    }

    /// The mean of the measures of closeness that the log allows.
    fn about(&self) -> Option<f64> {
        let measures = [
            self.named.stack_depth().map(|depth| flag(depth.is_some())),
            self.named.touches_stack_folder().map(flag),
            self.named.subject_word().map(flag),
            self.named.common_path(),
            self.stack_place(),
        ];
        mean(measures.into_iter().flatten())
    }

    fn stack_place(&self) -> Option<f64> {
        Some(self.named.stack_depth()?.map_or(0.0, |depth| 1.0 / (1.0 + ln_1p(depth))))
    }

    /// Commits between the named commit and the origin.
    fn age(&self) -> f64 {
        let named = self.analysis.named_culprit;
        let newer = self.analysis.gaps.iter().rev().take_while(|gap| gap.upto != named);
        newer.filter_map(|gap| gap.commits).map(to_f64).sum::<f64>().ln_1p()
    }

    fn cannot_be(&self) -> f64 {
        let named = self.named;
        let same_binary = named.same_binary() == Some(true);
        flag(named.is_merge() || named.is_elsewhere() || named.is_release() || same_binary)
    }

    fn is_fix(&self) -> Option<f64> {
        let subject = self.named.subject()?.to_ascii_lowercase();
        Some(flag(subject.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("fix"))))
    }

    fn headers(&self) -> Option<f64> {
        mean(self.named.known_files()?.iter().map(|file| flag(extension(file) == "h")))
    }

    fn releases(&self) -> f64 {
        ln_1p(self.named.evidence().releases.len())
    }

    fn voids(&self) -> f64 {
        let voids: u32 = self.analysis.steps.iter().map(|step| step.voids).sum();
        f64::from(voids).ln_1p()
    }

    fn exposes(&self) -> Option<f64> {
        self.named.exposure().map(|exposure| flag(exposure.is_some()))
    }

    fn single_crash(&self) -> f64 {
        let single = |step: &StepAnalysis| step.crashes == 1 && step.passes > 1 && step.verdict == Some(Verdict::Bad);
        flag(self.crashing().any(single))
    }

    fn weakest_rate(&self) -> Option<f64> {
        self.crashing().map(rate).min_by(f64::total_cmp)
    }

    fn parent_false_good(&self) -> Option<f64> {
        let gap =
            self.analysis.gaps.iter().find(|gap| gap.upto.is_some() && gap.upto == self.analysis.named_culprit)?;
        let parent = self.analysis.steps.iter().filter(|step| Some(step.commit) == gap.after && step.point.is_some());
        parent.filter_map(|step| step.false_good).map(logit).next()
    }
}

fn rate(step: &StepAnalysis) -> f64 {
    f64::from(step.crashes) / f64::from((step.crashes + step.passes).max(1))
}

fn logit(p: Prob) -> f64 {
    const SHARPEST: f64 = 7.0;
    (p.value() / p.complement().value()).ln().clamp(-SHARPEST, SHARPEST)
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn ln_1p(count: usize) -> f64 {
    to_f64(count as u64).ln_1p()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / to_f64(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_different() {
        let names: Vec<_> = FEATURES.iter().map(|feature| feature.name).collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)));
        let fit = crate::model::blame::Fit::shipped().unwrap();
        assert!(fit.columns.iter().all(|column| names.contains(&column.feature.as_str())));
    }
}
