//! How many runs a step has when the log does not print it: `all runs: X` hides the number, and logs of some weeks in
//! 2023 print each crash twice. Both follow from the program's rules at the time.

use crate::evidence::{Outcome, Role, Run, Step, Verdict};

/// How the program counted and judged runs. Told by marks inside the log, never by a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Generation {
    /// 8 runs a step (2018).
    Eight,
    /// 10 runs a step (from 2019-03).
    Ten,
    /// 20 runs at the origin, and everywhere once a step passed more often than it crashed (from 2021-02).
    FlakyTwenty,
    /// The same, by an estimated reproduction rate; a verdict needs a quorum (from mid-2023).
    Estimated,
}

/// Marks that tell the generation.
#[expect(clippy::struct_excessive_bools, reason = "independent marks, each seen or not")]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// The first words as in 2018.
    pub(super) early: bool,
    /// `testing commit … with …`.
    pub(super) with: bool,
    /// Comments of the estimating generation.
    pub(super) estimates: bool,
    /// Release picking or guilty-commit checks: later than the weeks of doubled lines.
    pub(super) picks: bool,
}

impl Generation {
    pub(super) fn of(marks: Marks, steps: &[Step]) -> Self {
        if marks.estimates || marks.picks {
            Self::Estimated
        } else if marks.early {
            Self::Eight
        } else if !marks.with || steps.iter().any(|s| s.runs.len() > 10) || is_of_2021(steps) {
            Self::FlakyTwenty
        } else {
            Self::Ten
        }
    }

    const fn expected_runs(self, origin: bool, flaky: bool) -> u32 {
        match self {
            Self::Eight => 8,
            Self::FlakyTwenty | Self::Estimated if origin || flaky => 20,
            Self::Ten | Self::FlakyTwenty | Self::Estimated => 10,
        }
    }

    /// Whether this step makes all later ones run 20 times.
    fn turns_flaky(self, step: &Step) -> bool {
        if matches!(self, Self::Eight | Self::Ten) {
            return false;
        }
        let counts = step.counts();
        let mostly_passes = 0 < counts.crashes && counts.crashes < counts.passes;
        let judged = || 2 * counts.trials() >= counts.runs() && step.verdict() != Some(Verdict::Skip);
        mostly_passes && (self == Self::FlakyTwenty || judged())
    }
}

/// `gcc (GCC) 10.2.1 20210217` came with the change to 20 runs; a log whose steps all say `all runs:` has no other sign.
fn is_of_2021(steps: &[Step]) -> bool {
    // Mostly there is one compiler, and one text of it.
    let mut compilers: Vec<&str> = steps.iter().filter_map(|step| step.compiler.as_deref()).collect();
    compilers.dedup_by(|one, other| std::ptr::eq(*one, *other));
    let words = compilers.into_iter().flat_map(|text| text.split([' ', ',']));
    let mut dates = words.filter(|word| word.len() == 8 && word.starts_with("20"));
    dates.any(|date| date.parse::<u32>().is_ok_and(|date| date >= 20_210_217))
}

/// Fills in the hidden runs and undoes doubled lines. `announced` are the steps after which the log said
/// `reproducer seems to be flaky`; `open` is the step at which a cut log stops; one at which a
/// piece begins is not complete from the start.
pub(super) fn restore(steps: &mut [Step], marks: Marks, announced: &[usize], open: Option<usize>) -> Generation {
    let generation = Generation::of(marks, steps);
    if generation == Generation::Estimated && !marks.picks {
        steps.iter_mut().for_each(undouble);
    }
    let pool = pool_size(steps, generation, announced, open);
    let mut flaky = false;
    for (i, step) in steps.iter_mut().enumerate() {
        let expected = generation.expected_runs(step.role == Role::Origin, flaky).min(pool);
        if step.inferred {
            repeat(&mut step.runs, expected);
        }
        step.complete = step.complete && open != Some(i) || step.runs.len() >= expected as usize;
        let is_announced = announced.contains(&i) && generation >= Generation::FlakyTwenty;
        flaky = flaky || is_announced || generation.turns_flaky(step);
    }
    generation
}

/// The number of machines, where the printed runs show that it was the limit.
fn pool_size(steps: &[Step], generation: Generation, announced: &[usize], open: Option<usize>) -> u32 {
    let printed = || {
        let printed = steps.iter().enumerate();
        printed.filter(|(i, step)| !step.inferred && !step.runs.is_empty() && step.complete && open != Some(*i))
    };
    let mut flaky = false;
    let limited = printed().any(|(i, step)| {
        let expected = generation.expected_runs(step.role == Role::Origin, flaky);
        flaky = flaky || announced.contains(&i) || generation.turns_flaky(step);
        step.runs.len() < expected as usize
    });
    let largest = printed().map(|(_, step)| step.runs.len()).max();
    largest.filter(|_| limited).and_then(|runs| runs.try_into().ok()).unwrap_or(u32::MAX)
}

fn repeat(runs: &mut Vec<Run>, times: u32) {
    if let Some(run) = runs.pop() {
        runs.extend((0..times.max(1)).map(|number| Run { number, ..run.clone() }));
    }
}

/// Each crash was printed as two runs: `crashed: T`, then `crashed: T` or `ignore: T`, which is the one that counts.
fn undouble(step: &mut Step) {
    if step.inferred || matches!(step.runs.len(), 0..=10 | 20) {
        return;
    }
    let mut single: Vec<Run> = Vec::new();
    let mut runs = step.runs.iter().peekable();
    while let Some(run) = runs.next() {
        let twin = runs.next_if(|next| is_twin(&run.outcome, &next.outcome));
        single.push(twin.unwrap_or(run).clone());
    }
    if matches!(single.len(), 10 | 20) {
        step.runs = single;
    }
}

fn is_twin(first: &Outcome, second: &Outcome) -> bool {
    use crate::evidence::VoidKind::Ignored;
    match (first, second) {
        (Outcome::Crash(first), Outcome::Crash(second)) => first == second,
        (Outcome::Crash(Some(title)), Outcome::Void(Ignored, text)) => title.as_str() == &**text,
        _ => false,
    }
}
