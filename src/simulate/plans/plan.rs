//! The plans: who decides what to run next, and when it is enough.

use serde::Serialize;

use crate::model::search::{
    Assumptions, Costs, Ending, Ends, Outside, Places, Proposal, Revision, Search, Shown, Stop,
};
use crate::prob::Prob;

use super::greedy::Greedy;
use super::trial::{Cell, Machine, Trial};

/// A plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// This crate's search.
    Ours,
    /// The same without titles: every crash counts as the bug's.
    OursWithoutTitles,
    /// `git bisect run` with ten runs a revision; one crash makes it bad.
    Git,
    /// syzkaller's rule: 20 runs at the bad end, then ten a revision, or 20 if fewer than half of those crashed; one crash
    /// makes it bad. Its confidence is the product of `1 - (1 - rate)^runs` over the good verdicts.
    Syzkaller,
    /// The greedy entropy rule with one unknown rate a side.
    Greedy,
}

impl Plan {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ours, Self::OursWithoutTitles, Self::Git, Self::Syzkaller, Self::Greedy];

    /// The name that is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursWithoutTitles => "ours, no titles",
            Self::Git => "git bisect, 10 runs",
            Self::Syzkaller => "syzkaller's rule",
            Self::Greedy => "greedy, two rates",
        }
    }
}

/// What became of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Played {
    /// The commit that the plan names.
    pub named: Revision,
    /// Whether the plan says that it is sure.
    pub sure: bool,
    /// Whether it is right.
    pub right: bool,
    /// Runs made.
    pub runs: u32,
    /// Revisions built.
    pub builds: usize,
}

/// When to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// When a plan is sure: the others look at the target alone.
    pub stop: Stop,
    /// Runs after which it gives up.
    pub budget: u32,
}

/// Plays a plan against a trial.
#[must_use]
pub fn play(plan: Plan, cell: &Cell, trial: &Trial, assumptions: &Assumptions, limits: Limits) -> Played {
    let mut machine = Machine::new(cell, trial);
    let (named, sure) = match plan {
        Plan::Ours => named(ours(&mut machine, cell.commits, assumptions, limits, true), cell.commits, limits),
        Plan::OursWithoutTitles => {
            named(ours(&mut machine, cell.commits, assumptions, limits, false), cell.commits, limits)
        }
        Plan::Git => (walk(&mut machine, cell.commits, 10).0, true),
        Plan::Syzkaller => syzkaller(&mut machine, cell.commits, limits.stop.target),
        Plan::Greedy => greedy(&mut machine, cell.commits, limits),
    };
    Played { named, sure, right: named == trial.change, runs: machine.runs(), builds: machine.builds() }
}

/// The search of this crate, as `run` makes it: the ends first, then what it proposes, until it ends; none on a line without
/// commits.
fn ours(
    machine: &mut Machine,
    commits: u64,
    assumptions: &Assumptions,
    limits: Limits,
    titles: bool,
) -> Option<Search> {
    let ends = Ends { bad: commits, good: vec![0] };
    let mut search = Search::new(Places::uniform(commits, Outside::default())?, assumptions).with_ends(ends);
    let costs = Costs::default();
    while search.ending(&limits.stop).is_none() && machine.runs() < limits.budget {
        let Proposal::Visit(choice) = search.propose(&limits.stop, &[], &costs) else { break };
        let shown = machine.run(choice.revision);
        search.observe(choice.revision, if titles || shown == Shown::Pass { shown } else { Shown::Bug });
    }
    Some(search)
}

fn named(search: Option<Search>, commits: u64, limits: Limits) -> (Revision, bool) {
    let Some(search) = search else { return (commits, false) };
    let sure = matches!(search.ending(&limits.stop), Some(Ending::Found(..)));
    search.best_change().map_or((commits, false), |(named, _)| (named, sure))
}

/// Plain bisection; also the runs behind each good verdict.
fn walk(machine: &mut Machine, commits: u64, runs: u32) -> (Revision, Vec<u32>) {
    let (mut good, mut bad) = (0, commits);
    let mut passed = Vec::new();
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if (0..runs).any(|_| machine.run(middle) != Shown::Pass) {
            bad = middle;
        } else {
            passed.push(runs);
            good = middle;
        }
    }
    (bad, passed)
}

fn syzkaller(machine: &mut Machine, commits: u64, target: Prob) -> (Revision, bool) {
    const AT_ORIGIN: u32 = 20;
    let crashes: u32 = (0..AT_ORIGIN).map(|_| u32::from(machine.run(commits) != Shown::Pass)).sum();
    if crashes == 0 {
        return (commits, false);
    }
    let rate = f64::from(crashes) / f64::from(AT_ORIGIN);
    let (named, passed) = walk(machine, commits, if rate < 0.5 { 20 } else { 10 });
    let confidence: f64 = passed.iter().map(|runs| 1.0 - (1.0 - rate).powf(f64::from(*runs))).product();
    (named, confidence >= target.value())
}

fn greedy(machine: &mut Machine, commits: u64, limits: Limits) -> (Revision, bool) {
    let mut rule = Greedy::new(commits);
    let (mut named, mut mass) = rule.best();
    while mass < limits.stop.target.value() && machine.runs() < limits.budget {
        let revision = rule.choose();
        rule.observe(revision, machine.run(revision) != Shown::Pass);
        (named, mass) = rule.best();
    }
    (named, mass >= limits.stop.target.value())
}
