//! The features of a bisection that tell whether the commit it named is to blame.
//!
//! A change point can be located without doubt, and the named commit still be innocent: it made a bug visible, or hid it.
//! What the rest of the log says of the commit is turned into numbers here; [`crate::model::blame`] weighs them.

use crate::evidence::{Kind, Outcome, Run, Title, Verdict};
use crate::model::blame::{Sign, Term, Values};
use crate::prob::{Prob, to_f64};

use super::named::Named;
use super::{Analysis, Blame, BlameTerm, Settings, StepAnalysis, code};

/// What a feature is, and why it should tell.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name in the fit's file and in JSON.
    pub name: &'static str,
    /// What a large value speaks for. It was written down before any weight was seen: a fit that says otherwise is none.
    pub sign: Sign,
    /// Why it should tell.
    pub why: &'static str,
    /// In words, when it speaks for the commit.
    pub for_it: &'static str,
    /// In words, when it speaks against it.
    pub against_it: &'static str,
    value: fn(&Case<'_>) -> Option<f64>,
}

/// Every feature: one a reason, so that the weight of one can be read by itself.
pub(crate) const FEATURES: [Feature; 9] = [
    Feature {
        name: "p_named",
        sign: Sign::For,
        why: "the change point must be where the log says: logit of `p_named`, within 7 of 0",
        for_it: "the reported bug starts there",
        against_it: "the reported bug may not start there",
        value: |c| c.analysis.p_named.map(logit),
    },
    Feature {
        name: "same_bug",
        sign: Sign::For,
        why: "the bisection must have followed the reported bug to the end: mean of the least that a bad revision shows of \
              it, and of whether the last crash has its title",
        for_it: "every bad revision shows the reported bug",
        against_it: "a bad revision, or the last crash, shows another bug",
        value: |c| mean([c.clean(), c.named.same_title().map(flag)].into_iter().flatten()),
    },
    Feature {
        name: "strength",
        sign: Sign::For,
        why: "rare crashes are missed, and lone ones mislead: mean of the crash rate at the commit, the least one of a bad \
              revision, and of whether no verdict rests on one crash",
        for_it: "the bad revisions crash often",
        against_it: "a bad revision crashes rarely",
        value: |c| mean([c.culprit().map(rate), c.weakest_rate(), Some(1.0 - c.single_crash())].into_iter().flatten()),
    },
    Feature {
        name: "about",
        sign: Sign::For,
        why: "a culprit is about the code that crashes: mean of the measures of closeness that the log allows",
        for_it: "it is about the code that crashes",
        against_it: "it is not about the code that crashes",
        value: |c| c.about(),
    },
    Feature {
        name: "releases",
        sign: Sign::Against,
        why: "the more releases the bisection walked back, the likelier that the reproducer stopped, not the bug",
        for_it: "found without walking far back",
        against_it: "found far back in history",
        value: |c| Some(c.releases()),
    },
    Feature {
        name: "age",
        sign: Sign::Against,
        why: "most bugs that a fuzzer finds are young",
        for_it: "a young commit",
        against_it: "an old commit",
        value: |c| Some(c.age()),
    },
    Feature {
        name: "cannot_be",
        sign: Sign::Against,
        why: "a merge, a release, what changes no code of this kernel, or a kernel that did not change cannot bring a bug",
        for_it: "it changes this kernel",
        against_it: "it is a merge, a release, or changes nothing in this kernel",
        value: |c| Some(c.cannot_be()),
    },
    Feature {
        name: "option",
        sign: Sign::Against,
        why: "a change of kernel options, and of little else, makes old code run",
        for_it: "it changes no option",
        against_it: "it changes a kernel option: it may only make the bug visible",
        value: |c| c.named.small_option().map(|option| flag(option.is_some())),
    },
    Feature {
        name: "checker",
        sign: Sign::Against,
        why: "a checker, or a new way into the kernel, makes old bugs visible",
        for_it: "it is about no checker",
        against_it: "it is about a checker or system calls: it may only make the bug visible",
        value: |c| Some(flag(c.named.checker().is_some())),
    },
];

/// Says whether the named commit is to blame, with what speaks for and against it, where there is a fit. All fits are of
/// bisections for a cause: what names the commit that fixed a bug is not judged. What a repository knows of its code stands
/// beside it.
pub(super) fn judge(analysis: &mut Analysis, settings: &Settings) {
    if let (Some(fit), Some(values)) = (&settings.blame, values(analysis)) {
        let terms = fit.terms(&values).into_iter();
        let terms = terms.map(|Term { feature, value, weight, above }| BlameTerm { feature, value, weight, above });
        analysis.p_right = Some(fit.p_right(&values));
        analysis.blame = Some(Blame { fit: fit.name(), terms: terms.collect() });
    }
    code::look(analysis, settings);
}

/// The features of a bisection for a cause that named a commit; `None` for others.
#[must_use]
pub fn values(analysis: &Analysis) -> Option<Values> {
    if analysis.evidence.kind == Kind::Fix {
        return None;
    }
    let named = Named::of(analysis)?;
    let case = Case { named: &named, analysis };
    Some(FEATURES.iter().map(|feature| (feature.name, (feature.value)(&case))).collect())
}

/// The part of the kernel that crashed: the folder at the top of the first file of the stack that is not on every stack.
#[must_use]
pub(crate) fn subsystem(analysis: &Analysis) -> String {
    let first = Named::of(analysis).and_then(|named| named.stack.first().copied());
    first.and_then(|file| file.split_once('/')).map_or_else(|| "unknown".to_owned(), |(top, _)| top.to_owned())
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
            self.named.touches_stack().map(flag),
            self.named.touches_stack_folder().map(flag),
            self.named.subject_word().map(flag),
            self.named.common_path(),
        ];
        mean(measures.into_iter().flatten())
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

    fn releases(&self) -> f64 {
        ln_1p(self.named.evidence().releases.len())
    }

    fn single_crash(&self) -> f64 {
        let single = |step: &StepAnalysis| step.crashes == 1 && step.passes > 1 && step.verdict == Some(Verdict::Bad);
        flag(self.crashing().any(single))
    }

    fn weakest_rate(&self) -> Option<f64> {
        self.crashing().map(rate).min_by(f64::total_cmp)
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
        assert!(FEATURES.iter().all(|feature| !feature.for_it.is_empty() && !feature.against_it.is_empty()));
    }

    #[test]
    fn the_shipped_fit_weighs_every_feature_by_its_reason() {
        let fit = crate::model::blame::Fit::shipped().unwrap();
        assert_eq!(fit.columns.len(), FEATURES.len());
        for feature in FEATURES {
            let column = fit.columns.iter().find(|column| column.feature == feature.name).unwrap();
            assert!(feature.sign.agrees(column.weight), "{}: {}", feature.name, column.weight);
        }
    }
}
