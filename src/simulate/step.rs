//! The runs of one step, drawn.

use crate::evidence::{Outcome, Title, VoidKind};

use super::Protocol;
use super::bug::Urn;
use super::dice::Dice;
use super::history::{Commit, Commits};
use super::scene::Scene;
use super::world::Nature;

/// What decides how runs end.
pub(super) struct Setting<'a> {
    pub(super) protocol: Protocol,
    pub(super) nature: &'a Nature,
    pub(super) scene: &'a Scene,
    pub(super) commits: &'a Commits,
}

impl Setting<'_> {
    /// The runs of a step, in their order; with `until_crash` the first crash is the last run.
    pub(super) fn runs(&self, revision: Commit, runs: u32, until_crash: bool, dice: &mut Dice) -> Vec<Outcome> {
        if dice.chance(self.nature.losses.boot) {
            return vec![void(VoidKind::Boot); runs as usize];
        }
        let bugs = self.nature.bugs.iter().enumerate().filter(|(_, bug)| bug.is_in(revision, self.commits));
        let mut urns: Vec<_> = bugs.map(|(i, bug)| (i, bug.urn(revision, self.scene))).collect();
        let mut outcomes: Vec<Outcome> = Vec::new();
        for _ in 0..runs {
            let outcome = self.run(revision, &mut urns, outcomes.last(), dice);
            outcomes.push(outcome);
            if until_crash && matches!(outcomes.last(), Some(Outcome::Crash(_))) {
                break;
            }
        }
        outcomes
    }

    fn run(&self, revision: Commit, urns: &mut [(usize, Urn)], last: Option<&Outcome>, dice: &mut Dice) -> Outcome {
        if dice.chance(self.nature.losses.run) {
            return self.loss(dice);
        }
        if let Some(last) = last.filter(|last| !matches!(last, Outcome::Void(..)))
            && dice.chance(self.nature.burst)
        {
            return last.clone();
        }
        self.trial(revision, urns, dice)
    }

    /// The bugs come in any order, and the first crash ends the run.
    fn trial(&self, revision: Commit, urns: &mut [(usize, Urn)], dice: &mut Dice) -> Outcome {
        let first = dice.index(urns.len());
        for place in 0..urns.len() {
            let (bug, urn) = &mut urns[(first + place) % urns.len()];
            if urn.crashes(dice) {
                let title = self.nature.bugs[*bug].draw_title(revision, self.scene, self.commits, dice);
                return Outcome::Crash(Title::new(title));
            }
        }
        Outcome::Pass
    }

    /// A run that was lost. Logs from before 2023 know two ways.
    fn loss(&self, dice: &mut Dice) -> Outcome {
        let kinds = [VoidKind::Boot, VoidKind::BasicTest, VoidKind::Ignored, VoidKind::Infra];
        let known = if self.protocol == Protocol::SyzkallerNew { 4 } else { 2 };
        void(kinds[dice.index(known)])
    }
}

fn void(kind: VoidKind) -> Outcome {
    let text = match kind {
        VoidKind::Boot => "can't ssh into the instance",
        VoidKind::BasicTest => "failed to copy test binary to VM: timed out",
        VoidKind::Infra => "failed to create instance: quota exceeded",
        VoidKind::Ignored => "lost connection to test machine",
        VoidKind::Failed => "timed out",
    };
    Outcome::Void(kind, text.into())
}
