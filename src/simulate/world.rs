//! The worlds: how a bug and its surroundings behave.

use crate::prob::Prob;

use super::bug::{Bug, Naming, Rates};
use super::dice::Dice;
use super::history::Commit;
use super::scene::Scene;
use super::titles;
use crate::evidence::Kind;

/// How a bug and its surroundings behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum World {
    /// Every bad revision crashes at the same rate: always, often or rarely.
    Constant,
    /// Every bad revision has a rate of its own.
    Uneven,
    /// The same with rates of 0.2 on average.
    Flaky,
    /// The rate drifts from the origin to the change.
    Trend,
    /// Runs of one step tend to repeat each other.
    Burst,
    /// Two or three other bugs crash too; they begin and end on the way.
    Noisy,
    /// The bug's title changes at some revision, or two like titles mix.
    Rename,
    /// Runs and whole steps are lost to boot and build failures.
    Voided,
    /// The reported title crashes now and then without the change, too: in 2 to 30 % of the runs.
    Background,
    /// One recorded verdict in twenty is the wrong one.
    WrongVerdicts,
    /// One of the others for each bisection.
    Mixed,
}

impl World {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Constant,
        Self::Uneven,
        Self::Flaky,
        Self::Trend,
        Self::Burst,
        Self::Noisy,
        Self::Rename,
        Self::Voided,
        Self::Background,
        Self::WrongVerdicts,
        Self::Mixed,
    ];

    /// The name used on the command line and in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uneven => "uneven",
            Self::Flaky => "flaky",
            Self::Trend => "trend",
            Self::Burst => "burst",
            Self::Noisy => "noisy",
            Self::Rename => "rename",
            Self::Voided => "voided",
            Self::Background => "background",
            Self::WrongVerdicts => "wrong-verdicts",
            Self::Mixed => "mixed",
        }
    }

    /// The world of one bisection: itself, unless it is [`World::Mixed`].
    pub(super) fn settle(self, dice: &mut Dice) -> Self {
        match self {
            Self::Mixed => Self::ALL[dice.index(Self::ALL.len() - 1)],
            world => world,
        }
    }
}

/// What rules one bisection.
pub(super) struct Nature {
    /// The reported bug, then the others.
    pub(super) bugs: Vec<Bug>,
    /// The chance that a run repeats the one before.
    pub(super) burst: Prob,
    pub(super) losses: Losses,
    /// The chance that a recorded verdict is turned round.
    pub(super) flip: Prob,
}

/// The chances of losing runs and steps.
pub(super) struct Losses {
    /// One run is void.
    pub(super) run: Prob,
    /// No machine boots.
    pub(super) boot: Prob,
    /// The kernel does not build.
    pub(super) build: Prob,
}

impl Nature {
    /// Draws the nature of one bisection in a world that is not [`World::Mixed`].
    pub(super) fn draw(world: World, scene: &Scene, dice: &mut Dice) -> Self {
        let others = if world == World::Noisy { dice.range(2, 4) } else { 0 };
        let mut names = titles::unlike(1 + others as usize, dice).into_iter();
        let naming = match (world, names.next()) {
            (World::Rename, _) | (_, None) => rename(scene, dice),
            (_, Some(title)) => Naming::One(title),
        };
        let (from, to) = match scene.kind {
            Kind::Cause => (Some(scene.change), None),
            Kind::Fix => (None, Some(scene.change)),
        };
        let mut bugs = vec![Bug { rates: rates(world, dice), naming, from, to }];
        bugs.extend(names.map(|title| other(title, scene, dice)));
        bugs.extend((world == World::Background).then(|| background(&bugs[0], dice)));
        let flip = if world == World::WrongVerdicts { prob(0.05) } else { Prob::ZERO };
        let burst = if world == World::Burst { between(0.6, 0.9, dice) } else { Prob::ZERO };
        Self { bugs, burst, losses: losses(world, dice), flip }
    }

    /// The bug that the bisection is about.
    pub(super) fn reported(&self) -> Option<&Bug> {
        self.bugs.first()
    }
}

fn prob(value: f64) -> Prob {
    Prob::saturating(value)
}

fn between(low: f64, high: f64, dice: &mut Dice) -> Prob {
    prob(dice.between(low, high))
}

fn rates(world: World, dice: &mut Dice) -> Rates {
    match world {
        World::Constant => Rates::Constant(always_often_or_rarely(dice)),
        World::Burst => Rates::Constant(between(0.1, 0.9, dice)),
        World::Trend => Rates::Drifting { origin: between(0.1, 1.0, dice), change: between(0.1, 1.0, dice) },
        World::Flaky => {
            Rates::Uneven { mean: between(0.1, 0.3, dice), weight: dice.pick([4.0, 8.0, 16.0, 32.0, 64.0]) }
        }
        World::Background => Rates::Constant(between(0.4, 1.0, dice)),
        _ => Rates::Uneven { mean: solid_or_rare(dice), weight: dice.pick([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]) },
    }
}

fn always_often_or_rarely(dice: &mut Dice) -> Prob {
    match dice.below(10) {
        0..4 => Prob::ONE,
        4..7 => between(0.4, 0.95, dice),
        _ => between(0.05, 0.35, dice),
    }
}

/// Bugs crowd at both ends: densities like `x^-1/2`, from the square of a uniform number.
fn solid_or_rare(dice: &mut Dice) -> Prob {
    let u = dice.unit();
    let mean = if dice.coin() { u * u } else { 1.0 - u * u };
    prob(mean.clamp(0.02, 0.98))
}

fn rename(scene: &Scene, dice: &mut Dice) -> Naming {
    let names = titles::alike(dice);
    if dice.coin() {
        Naming::Renamed { at: scene.on_the_way(dice), names }
    } else {
        Naming::Mixed { first: between(0.5, 0.95, dice), names }
    }
}

/// What crashes under the title of `reported`, whatever the revision.
fn background(reported: &Bug, dice: &mut Dice) -> Bug {
    let rates = Rates::Constant(between(0.02, 0.3, dice));
    Bug { rates, naming: Naming::One(reported.title().to_owned()), from: None, to: None }
}

/// A bug that has nothing to do with the change: rare and uneven, often there before, sometimes fixed.
fn other(title: String, scene: &Scene, dice: &mut Dice) -> Bug {
    let u = dice.unit();
    let rates = Rates::Uneven { mean: prob(0.002 + 0.3 * u * u * u), weight: dice.pick([1.0, 4.0, 16.0, 64.0]) };
    let begins = dice.coin();
    let ends = dice.below(10) < 4;
    let (a, b): (Commit, Commit) = (scene.elsewhere(dice), scene.elsewhere(dice));
    let (old, new) = (a.min(b), a.max(b));
    let (from, to) = match (begins, ends) {
        (true, true) => (Some(old), Some(new)),
        (begins, ends) => (begins.then_some(a), ends.then_some(a)),
    };
    Bug { rates, naming: Naming::One(title), from, to }
}

fn losses(world: World, dice: &mut Dice) -> Losses {
    if world == World::Voided {
        let run = prob(dice.pick([0.05, 0.15, 0.35]));
        return Losses { run, boot: prob(0.05), build: prob(0.04) };
    }
    Losses { run: Prob::ZERO, boot: Prob::ZERO, build: Prob::ZERO }
}
