//! What is true of a simulated bisection, and what the simulator did: what an answer is judged by, and what a reader must
//! find in the log.

use std::collections::HashMap;
use std::fmt;

use crate::evidence::{CommitId, Counts, Ending, Outcome, Role, Source, Verdict};
use crate::ingest;
use crate::model::line::TestedLine;

use super::World;
use super::bisect::{Bisector, End};
use super::rules::Ended;

/// The first line of the file of truths.
pub const HEADER: &str = "file,title,true_culprit,upto";

/// What is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The reported bug's title, as the origin shows it.
    pub title: String,
    /// The commit that brought the bug, or fixed it.
    pub true_culprit: CommitId,
    /// The end of the gap that it lies in.
    pub upto: Upto,
}

/// The oldest revision on the reported line that has the true change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upto {
    /// This one.
    Revision(CommitId),
    /// Even the oldest tested revision has the change.
    Older,
    /// No tested revision has it.
    None,
}

impl fmt::Display for Upto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(commit) => commit.fmt(f),
            Self::Older => f.pad("older"),
            Self::None => f.pad("none"),
        }
    }
}

impl Truth {
    /// A line below [`HEADER`], without its end.
    #[must_use]
    pub fn row(&self, file: &str) -> String {
        format!("{},{},{},{}", field(file), field(&self.title), self.true_culprit, self.upto)
    }
}

/// A field of a line, quoted where it must be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// What the simulator did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The world of this bisection; never [`World::Mixed`].
    pub world: World,
    /// How it ended.
    pub ending: Ending,
    /// The commit that it named.
    pub named: Option<CommitId>,
    /// The commits that it could not tell apart.
    pub candidates: Vec<CommitId>,
    /// Its steps, in the log's order.
    pub steps: Vec<StepRecord>,
}

/// What the simulator did in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// What was tested.
    pub commit: CommitId,
    /// Its place in git's order of the history, parents first.
    pub number: u32,
    /// Why it was tested.
    pub role: Role,
    /// How its runs ended.
    pub counts: Counts,
    /// What was decided; none for a build alone, and where the bisection stopped.
    pub verdict: Option<Verdict>,
    /// Whether the revision has the true change.
    pub has_change: bool,
    /// Whether the revision has the reported bug.
    pub is_bad: bool,
    /// The titles of its crashes, in the runs' order.
    pub titles: Vec<String>,
}

impl Record {
    pub(super) fn of(world: World, bisector: &Bisector<'_>, end: &End) -> Self {
        let name = |commit: &u32| bisector.commits.name(*commit);
        Self {
            world,
            ending: end.ending(bisector.scene.kind),
            named: end.named().as_ref().map(name),
            candidates: end.candidates().iter().map(name).collect(),
            steps: bisector.step_records(),
        }
    }

    /// Where the true change lies on the line that a reader makes of the log.
    pub(super) fn upto(&self, log: &str) -> Upto {
        let Some(line) = line(log) else { return Upto::None };
        let has_change: HashMap<_, _> = self.steps.iter().map(|step| (step.commit, step.has_change)).collect();
        let known = |commit: &CommitId| has_change.get(commit).copied().unwrap_or_default();
        match line.points.iter().position(|point| known(&point.commit)) {
            Some(0) => Upto::Older,
            Some(place) => Upto::Revision(line.points[place].commit),
            None => Upto::None,
        }
    }
}

fn line(log: &str) -> Option<TestedLine> {
    let reading = ingest::read(log.as_bytes(), &Source::new("-")).ok()?;
    reading.bisections.first().map(TestedLine::of)
}

impl Bisector<'_> {
    fn step_records(&self) -> Vec<StepRecord> {
        let reported = self.nature.reported();
        let steps = self.steps.iter().map(|step| {
            let Ended { passes, crashes, infra, other } = Ended::of(&step.outcomes);
            StepRecord {
                commit: self.commits.name(step.commit),
                number: step.commit,
                role: step.role,
                counts: Counts { passes, crashes, voids: infra + other },
                verdict: step.verdict,
                has_change: self.commits.contains(step.commit, self.scene.change),
                is_bad: reported.is_some_and(|bug| bug.is_in(step.commit, &self.commits)),
                titles: step.outcomes.iter().filter_map(Outcome::title).map(ToString::to_string).collect(),
            }
        });
        steps.collect()
    }
}
