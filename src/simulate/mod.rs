//! Bisections with a known truth: a bug is put into an invented history, a bisection is run over it by the rules of a
//! program, and its log is written. Nothing of what the models assume is used; where a world happens to share it, the world
//! says so.
//!
//! A history is drawn first: the origin, the true change at a distance that is nearly uniform in the logarithm (1 to 60 000
//! commits), releases about every 14 000 commits, of which some bisections have too few to reach back to the change. Then
//! [`World`] says how the bug and its surroundings behave. Subjects and files are drawn for every commit alike: they say
//! nothing about which one is to blame.

mod bisect;
mod bug;
mod dice;
mod git;
mod history;
mod log;
pub mod plans;
mod rules;
mod scene;
mod step;
mod tail;
mod titles;
mod truth;
mod world;

pub use truth::{HEADER, Record, StepRecord, Truth, Upto};
pub use world::World;

use crate::evidence::Kind;

use bisect::Bisector;
use dice::Dice;
use history::Commits;
use scene::Scene;
use world::Nature;

/// Whose rules the bisection follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// syzkaller in 2021: one crash makes a revision bad. 20 runs at the origin, then 10, and 20 once a step passed more
    /// often than it crashed.
    SyzkallerOld,
    /// syzkaller since the end of 2024: the same numbers of runs, but a sixth of them must crash, and a verdict needs a
    /// quorum.
    SyzkallerNew,
    /// `git bisect run` with a script that runs the reproducer once: that run decides, and a void one skips the revision.
    /// Releases are tried from new to old in the same way; at the origin, somebody ran it until it crashed, 20 times at
    /// most. The log has the words of 2021 and prints every run by itself, since `all runs:` would hide that there is only
    /// one.
    Git,
}

/// The shape of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum History {
    /// One commit after the other.
    Linear,
    /// A line of merges with side branches.
    Branched,
}

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How the bug and its surroundings behave.
    pub world: World,
    /// Whose rules the bisection follows.
    pub protocol: Protocol,
    /// The shape of the history.
    pub history: History,
    /// What the bisection looks for.
    pub kind: Kind,
    /// The same seed gives the same bisections, on every machine.
    pub seed: u64,
}

/// A bisection and what is true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The log, as the program would have written it.
    pub log: String,
    /// What an answer is judged by.
    pub truth: Truth,
    /// What the simulator did.
    pub record: Record,
}

impl Plan {
    /// The name of the file for a bisection: `uneven-0001.txt`.
    #[must_use]
    pub fn file_name(&self, index: u64) -> String {
        format!("{}-{index:04}.txt", self.world.name())
    }
}

/// Simulates the bisection of this index. It depends on nothing but the plan and the index.
///
/// ```
/// use bisectstat::evidence::Kind;
/// use bisectstat::simulate::{History, Plan, Protocol, World, simulate};
///
/// let plan = Plan {
///     world: World::Flaky,
///     protocol: Protocol::SyzkallerOld,
///     history: History::Linear,
///     kind: Kind::Cause,
///     seed: 1,
/// };
/// let made = simulate(&plan, 0);
/// let analysis = bisectstat::analyze(made.log.as_bytes())?.remove(0);
/// println!("named {:?}, true {}", analysis.named_culprit, made.truth.true_culprit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn simulate(plan: &Plan, index: u64) -> Simulated {
    let mut dice = Dice::new(plan.seed, index);
    let world = plan.world.settle(&mut dice);
    let commits = Commits::new(plan.history, &mut dice);
    let scene = Scene::draw(plan.kind, plan.protocol, &mut dice);
    let nature = Nature::draw(world, &scene, &mut dice);
    let mut bisector = Bisector::new(plan, &scene, &nature, commits, dice);
    let end = bisector.run();
    bisector.finish(&end);
    let record = Record::of(world, &bisector, &end);
    let true_culprit = bisector.commits.name(scene.change);
    let log = bisector.log.into_text();
    let title = nature.reported().map_or("", |bug| bug.title()).to_owned();
    Simulated { truth: Truth { title, true_culprit, upto: record.upto(&log) }, log, record }
}
