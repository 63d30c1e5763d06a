//! The bisection itself: origin, range, git's walk. Every decision is taken here and written down at once.

use crate::evidence::{Kind, Outcome, Role, Side, Verdict};
use crate::prob::Prob;

use super::dice::Dice;
use super::git::{Next, Walk};
use super::history::{Commit, Commits};
use super::log::Log;
use super::rules::{Ended, Ruling};
use super::scene::Scene;
use super::step::Setting;
use super::world::Nature;
use super::{Plan, Protocol};

/// A bisection in progress.
pub(super) struct Bisector<'a> {
    pub(super) protocol: Protocol,
    pub(super) scene: &'a Scene,
    pub(super) nature: &'a Nature,
    pub(super) commits: Commits,
    pub(super) dice: Dice,
    pub(super) log: Log,
    pub(super) steps: Vec<Tested>,
    /// Whether every step has 20 runs from now on.
    pub(super) flaky: bool,
    /// The reproduction rate, as newer logs estimate it.
    pub(super) estimate: f64,
    /// The chance that no clean candidate was bad, as newer logs estimate it.
    pub(super) confidence: f64,
}

/// A step that is done.
pub(super) struct Tested {
    pub(super) commit: Commit,
    pub(super) role: Role,
    pub(super) built: bool,
    pub(super) outcomes: Vec<Outcome>,
    /// What counts; none when the bisection stopped there, and for a build that was never run.
    pub(super) verdict: Option<Verdict>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// git found the commit.
    Named(Commit),
    /// git has only skipped commits left.
    OnlySkipped(Vec<Commit>),
    /// Nothing on the other side could be tested: the origin, and the newest revision or the origin again.
    NothingTested([Commit; 2]),
    /// The other side was never found: the last revision that crashed.
    StillBad(Commit),
    /// The newest revision could not be tested.
    HeadFailed(Commit),
    /// It did not crash where it was reported.
    NotReproduced,
    /// The oldest release could not be tested.
    OldestFailed,
    /// Too many machines failed.
    Infra,
}

impl<'a> Bisector<'a> {
    pub(super) fn new(plan: &Plan, scene: &'a Scene, nature: &'a Nature, commits: Commits, mut dice: Dice) -> Self {
        let log = Log::new(plan.protocol, &mut dice);
        let protocol = plan.protocol;
        let (steps, flaky) = (Vec::new(), false);
        Self { protocol, scene, nature, commits, dice, log, steps, flaky, estimate: 0.0, confidence: 1.0 }
    }

    /// Runs to the end, the log's last lines excepted.
    pub(super) fn run(&mut self) -> End {
        self.log.begin(self.scene.kind, self.scene.origin, &self.commits);
        match self.ends().and_then(|(old, new)| self.walk(old, new)) {
            Ok(end) | Err(end) => end,
        }
    }

    pub(super) fn is_new(&self) -> bool {
        self.protocol == Protocol::SyzkallerNew
    }

    /// The old and the new end of the range.
    fn ends(&mut self) -> Result<(Commit, Commit), End> {
        if self.test(self.scene.origin, Role::Origin)? != Ruling::Crash {
            return Err(End::NotReproduced);
        }
        if self.is_new() {
            self.drop_instrumentation()?;
        }
        match self.scene.kind {
            Kind::Cause => self.releases(),
            Kind::Fix => self.head(),
        }
    }

    /// The origin again, under another configuration.
    fn drop_instrumentation(&mut self) -> Result<(), End> {
        self.log.line("check whether we can drop unnecessary instrumentation");
        if self.dice.coin() {
            self.log.line("there was nothing we could disable; skip");
            return Ok(());
        }
        self.log.line("disabling configs for [LEAK UBSAN ATOMIC_SLEEP], they are not needed");
        let ruling = self.test(self.scene.origin, Role::Config)?;
        let ratio = self.steps.last().map_or(0.0, |step| Ended::of(&step.outcomes).ratio());
        if ruling == Ruling::Crash && (3.0 * ratio >= 1.0 || ratio >= self.estimate) {
            self.log.line("the bug reproduces without the instrumentation");
            self.estimate = ratio;
        }
        Ok(())
    }

    /// Back through the releases to the first one that is clean.
    fn releases(&mut self) -> Result<(Commit, Commit), End> {
        let scene = self.scene;
        if self.is_new() {
            let tags: Vec<_> = scene.releases.iter().map(|release| format!("v{}", release.version())).collect();
            self.log.line(&format!("picked [{}] out of {} release tags", tags.join(" "), scene.offered));
        }
        let (mut bad, mut last) = (scene.origin, Ruling::Skip);
        for release in &scene.releases {
            self.log.announce(Role::Release, &release.version());
            last = self.test(release.commit, Role::Release)?;
            match last {
                Ruling::Clean => return Ok((release.commit, bad)),
                Ruling::Crash => bad = release.commit,
                Ruling::Skip | Ruling::Stop => {}
            }
        }
        Err(match (self.is_new(), last) {
            (true, Ruling::Skip) => End::OldestFailed,
            _ if bad == scene.origin => End::NothingTested([bad, bad]),
            _ => End::StillBad(bad),
        })
    }

    fn head(&mut self) -> Result<(Commit, Commit), End> {
        let Scene { origin, head, .. } = *self.scene;
        self.log.announce(Role::Head, &self.commits.name(head).to_string());
        match self.test(head, Role::Head)? {
            Ruling::Clean => Ok((origin, head)),
            Ruling::Crash => Err(End::StillBad(head)),
            _ if self.is_new() => Err(End::HeadFailed(head)),
            _ => Err(End::NothingTested([origin, head])),
        }
    }

    /// git's walk between the ends.
    fn walk(&mut self, old: Commit, new: Commit) -> Result<End, End> {
        let Scene { origin, change, kind, .. } = *self.scene;
        // A branch older than the origin of a fix bisection would raise the question whether it has the bug at all.
        let oldest_fork = if kind == Kind::Fix { origin } else { 1 };
        self.commits.open(old, new, change, oldest_fork, &mut self.dice);
        self.log.git_start(new, old, &self.commits);
        let mut walk = Walk::new(old, new);
        loop {
            match walk.next(&self.commits, |commit| self.commits.name(commit)) {
                Next::Found(commit) => {
                    self.log.git_found(commit, &self.commits);
                    return Ok(End::Named(commit));
                }
                Next::OnlySkipped(left) => {
                    self.log.git_only_skipped(&left, &self.commits);
                    return Ok(End::OnlySkipped(left));
                }
                Next::Test(commit, left) => {
                    self.log.git_next(commit, left, &self.commits);
                    let side = self.candidate(commit)?;
                    self.log.git_told(side, commit, &self.commits);
                    walk.tell(&self.commits, commit, side);
                }
            }
        }
    }

    /// Tests what git asks for, and says what git is told.
    fn candidate(&mut self, commit: Commit) -> Result<Option<Side>, End> {
        let kind = self.scene.kind;
        if self.is_new() && kind == Kind::Fix {
            let origin = self.commits.name(self.scene.origin);
            self.log.line("determine whether the revision contains the guilty commit");
            self.log.line(&format!("revision {origin} crashed and is reachable"));
        }
        let crashed = match self.test(commit, Role::Candidate)? {
            Ruling::Crash => true,
            Ruling::Clean => false,
            Ruling::Skip | Ruling::Stop => return Ok(None),
        };
        let bad = crashed != self.dice.chance(self.nature.flip);
        if let Some(step) = self.steps.last_mut() {
            step.verdict = Some(if bad { Verdict::Bad } else { Verdict::Good });
        }
        Ok(Some(if bad == (kind == Kind::Cause) { Side::New } else { Side::Old }))
    }

    /// One step.
    fn test(&mut self, commit: Commit, role: Role) -> Result<Ruling, End> {
        let at_origin = matches!(role, Role::Origin | Role::Config);
        let built = at_origin || !self.dice.chance(self.nature.losses.build);
        self.log.step(commit, role, built, &self.commits);
        let outcomes = if built { self.draw(commit, role) } else { Vec::new() };
        self.log.runs(&outcomes);
        self.log.representative(&outcomes);
        let ended = Ended::of(&outcomes);
        let ruling = if built { self.protocol.ruling(ended, self.flaky) } else { Ruling::Skip };
        if self.is_new() {
            self.comment(role, built, ended, ruling);
        }
        self.note_flaky(ended, ruling);
        let verdict = verdict(ruling);
        self.steps.push(Tested { commit, role, built, outcomes, verdict });
        if ruling == Ruling::Stop { Err(End::Infra) } else { Ok(ruling) }
    }

    fn draw(&mut self, commit: Commit, role: Role) -> Vec<Outcome> {
        let (protocol, nature, scene) = (self.protocol, self.nature, self.scene);
        let origin = role == Role::Origin;
        let runs = protocol.runs(origin, self.flaky);
        let until_crash = protocol == Protocol::Git && origin;
        let setting = Setting { protocol, nature, scene, commits: &self.commits };
        setting.runs(commit, runs, until_crash, &mut self.dice)
    }

    /// What newer logs say of a step, and keep in mind.
    fn comment(&mut self, role: Role, built: bool, ended: Ended, ruling: Ruling) {
        match ruling {
            Ruling::Crash if role == Role::Origin => self.estimate = ended.ratio(),
            Ruling::Crash if role == Role::Candidate => {
                self.estimate = self.estimate.min(f64::midpoint(self.estimate, ended.ratio()));
            }
            Ruling::Clean => {
                let missed = (0..ended.passes).fold(1.0, |missed, _| missed * (1.0 - self.estimate));
                self.log.line(&format!("false negative chance: {missed:.3}"));
                if role == Role::Candidate {
                    self.confidence *= Prob::saturating(missed).complement().value();
                }
            }
            Ruling::Skip if built => {
                let undecided = ended.undecided(self.flaky);
                self.log.line(&format!("unable to determine the verdict: {undecided}"));
            }
            _ => {}
        }
    }

    fn note_flaky(&mut self, ended: Ended, ruling: Ruling) {
        let flaky = self.protocol.turns_flaky(ended, ruling);
        if flaky && !self.flaky && !self.is_new() {
            self.log.line("reproducer seems to be flaky");
        }
        self.flaky |= flaky;
    }
}

const fn verdict(ruling: Ruling) -> Option<Verdict> {
    match ruling {
        Ruling::Crash => Some(Verdict::Bad),
        Ruling::Clean => Some(Verdict::Good),
        Ruling::Skip => Some(Verdict::Skip),
        Ruling::Stop => None,
    }
}
