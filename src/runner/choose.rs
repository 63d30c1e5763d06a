//! The next commit, and how often to run it: the largest expected drop of the culprit's entropy per second.
//!
//! A run at a commit that is bad with probability `p` crashes with `q` if it is bad and with `l` if it is not. What
//! `r` runs tell of the place of the change is the mutual information of the number of crashes `K` and "is it bad":
//!
//! `I = H(p Bin(r, q) + (1 - p) Bin(r, l)) - p H(Bin(r, q)) - (1 - p) H(Bin(r, l))`
//!
//! (Cover & Thomas 2006, *Elements of Information Theory*, 2.4). Commits that others are at work on are taken as told: `I` is then
//! averaged over what they can say, so that several machines do not ask the same.

use std::collections::{BTreeMap, HashSet};

use crate::analysis::{Analysis, Settings};
use crate::evidence::{CommitId, Format, Kind, Outcome};
use crate::history::{History, Node, Relation};
use crate::model::search::information::{self, View};

/// What is known when somebody has to choose.
pub struct Scene<'a> {
    /// What the runs say.
    pub analysis: &'a Analysis,
    /// The repository.
    pub history: &'a History,
    /// What is assumed of bugs.
    pub settings: &'a Settings,
    /// Commits that cannot be built or tested.
    pub untestable: &'a HashSet<CommitId>,
    /// Commits that others are at work on.
    pub busy: &'a [CommitId],
    /// The mean times of a visit without its runs and of a run, in seconds.
    pub costs: (f64, f64),
    /// Visits so far.
    pub visits: usize,
    /// Runs at each visit, where somebody has said so.
    pub runs: Option<u32>,
}

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next {
    /// Where.
    pub commit: CommitId,
    /// How often.
    pub runs: u32,
    /// The expected drop of the entropy, in bits.
    pub bits: f64,
}

/// The visit that pays best; none when no visit tells anything.
#[must_use]
pub fn choose(scene: &Scene<'_>) -> Option<Next> {
    /// Less is nothing.
    const LEAST: f64 = 1e-3;
    let field = Field::of(scene)?;
    if let Some(next) = which_titles(scene) {
        return Some(next);
    }
    let mut best: Option<(Next, f64)> = None;
    for (commit, chances) in field.candidates(scene) {
        let (crash, leak) = field.rates(scene, &commit);
        let testable = field.testable(scene, &commit);
        for runs in scene.runs.map_or_else(|| vec![1, 2, 3, 4, 6, 8, 12], |runs| vec![runs]) {
            let told = |(mass, bad): &(f64, f64)| mass * information(bad / mass, crash, leak, runs);
            let bits: f64 = testable * chances.iter().filter(|(mass, _)| *mass > 0.0).map(told).sum::<f64>();
            let worth = bits / (scene.costs.0 + f64::from(runs) * scene.costs.1).max(1e-9);
            if bits >= LEAST && best.is_none_or(|(_, most)| worth > most) {
                best = Some((Next { commit, runs, bits }, worth));
            }
        }
    }
    best.map(|(next, _)| next)
}

/// While nobody knows whether a title is the bug's, every other visit goes where the bug surely is: which titles it has
/// shows there, and all that is said of places hangs on it.
fn which_titles(scene: &Scene<'_>) -> Option<Next> {
    const RUNS: u32 = 6;
    const SURE: f64 = 0.99;
    let steps = &scene.analysis.steps;
    let doubtful = scene.analysis.titles.iter().filter(|title| title.crashes > 1);
    let mut doubtful = doubtful.filter_map(|title| title.p_same_bug);
    if !doubtful.any(|p| p.value().max(p.complement().value()) < SURE) || !scene.visits.is_multiple_of(2) {
        return None;
    }
    let bad = steps.iter().filter(|step| step.p_bad.is_some_and(|p| p.value() >= SURE));
    let bad = bad.filter(|step| !scene.busy.contains(&step.commit));
    let least = bad.min_by_key(|step| step.passes + step.crashes)?;
    Some(Next { commit: least.commit, runs: scene.runs.unwrap_or(RUNS), bits: 0.0 })
}

/// The places of the change, cut where others are at work.
struct Field<'a> {
    relation: Relation<'a>,
    tested: Vec<CommitId>,
    kind: Kind,
    /// The mass of each region.
    masses: Vec<f64>,
    beyond: f64,
    /// Regions that the same commits under work contain, the first with what lies beyond.
    parts: Vec<Vec<usize>>,
    /// The mean crash probability of a bad revision.
    crash: f64,
}

impl<'a> Field<'a> {
    fn of(scene: &Scene<'a>) -> Option<Self> {
        let culprit = &scene.analysis.lesson.as_ref()?.bug.culprit;
        let kind = scene.analysis.evidence.kind;
        let mut tested: Vec<CommitId> = Vec::new();
        for step in scene.analysis.evidence.steps.iter().filter(|step| step.is_evidence()) {
            if !tested.contains(&step.commit) {
                tested.push(step.commit);
            }
        }
        let order = scene.history.topological_order(&tested);
        let tested: Vec<_> = order.into_iter().map(|i| tested[i]).collect();
        let known = scene.history.relation(&tested);
        let busy = scene.busy.iter().filter(|commit| !tested.contains(commit));
        let all: Vec<_> = tested.iter().chain(busy).copied().collect();
        let relation = scene.history.relation(&all);
        let masses = masses(&known, &relation, &culprit.places, tested.len());
        let parts = parts(&relation, scene.busy, &all, kind);
        let (beyond, crash) = (culprit.places.first()?.value(), mean_rate(scene, &culprit.rates));
        Some(Self { relation, tested, kind, masses, beyond, parts, crash })
    }

    /// Commits worth a thought, with the mass of each part and what of it makes the commit bad.
    fn candidates(&self, scene: &Scene<'_>) -> Vec<(CommitId, Vec<(f64, f64)>)> {
        let history = self.relation.history();
        let free = |commit: &CommitId| !scene.busy.contains(commit) && !scene.untestable.contains(commit);
        let again = self.tested.iter().filter(|commit| free(commit));
        let again = again.filter_map(|commit| {
            let i = self.tested.iter().position(|tested| tested == commit)?;
            let inside = |region: usize| if self.relation.regions[region].contained_in.contains(i) { 1.0 } else { 0.0 };
            Some((*commit, self.chances(inside)))
        });
        let fresh = |commit: &CommitId| free(commit) && !self.tested.contains(commit);
        let split = self.splits(|node| fresh(&history.id(node))).into_iter().map(|node| {
            let shares = self.relation.shares(node);
            #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
            let inside = |region: usize| shares[region] as f64 / self.relation.regions[region].commits as f64;
            (history.id(node), self.chances(inside))
        });
        split.chain(again).collect()
    }

    /// Commits that cut each part in about half.
    fn splits(&self, allowed: impl Fn(Node) -> bool) -> Vec<Node> {
        const SHARES: [f64; 3] = [0.5, 0.37, 0.63];
        let mut found = Vec::new();
        for part in &self.parts {
            for share in SHARES {
                #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
                let each = |region: usize| self.masses[region] / self.relation.regions[region].commits as f64;
                let mass = |region: usize, _: Node| if part.contains(&region) { each(region) } else { 0.0 };
                if let Some(split) = self.relation.split(share, mass, &allowed)
                    && !found.contains(&split.commit)
                {
                    found.push(split.commit);
                }
            }
        }
        found
    }

    /// For each part its mass, and the mass with which a commit is bad that contains this share of each region.
    fn chances(&self, inside: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
        let bad = |region: usize| match self.kind {
            Kind::Cause => inside(region),
            Kind::Fix => 1.0 - inside(region),
        };
        let of = |(i, part): (usize, &Vec<usize>)| {
            let beyond = if i == 0 { self.beyond } else { 0.0 };
            let mass: f64 = part.iter().map(|region| self.masses[*region]).sum();
            let is_bad: f64 = part.iter().map(|region| self.masses[*region] * bad(*region)).sum();
            (beyond + mass, beyond + is_bad)
        };
        self.parts.iter().enumerate().map(of).collect()
    }

    /// The chance of a crash of this bug in the next run there, if it is bad and if it is not, from its own runs.
    fn rates(&self, scene: &Scene<'_>, commit: &CommitId) -> (f64, f64) {
        /// Runs that what is known of other revisions counts for.
        const WEIGHT: f64 = 4.0;
        let is_bug = |title: Option<&str>| {
            let found = scene.analysis.titles.iter().find(|known| known.title.as_deref() == title);
            found.and_then(|known| known.p_same_bug).is_some_and(|p| p.value() > 0.5)
        };
        let (mut crashes, mut runs) = (0.0, 0.0);
        for step in scene.analysis.evidence.steps.iter().filter(|step| step.commit == *commit) {
            for run in &step.runs {
                match &run.outcome {
                    Outcome::Void(..) => continue,
                    Outcome::Crash(title) if is_bug(title.as_ref().map(crate::evidence::Title::as_str)) => {
                        crashes += f64::from(run.count);
                    }
                    Outcome::Crash(_) | Outcome::Pass => {}
                }
                runs += f64::from(run.count);
            }
        }
        let leak = scene.settings.leak;
        ((crashes + WEIGHT * self.crash) / (runs + WEIGHT), (crashes + leak.a) / (runs + leak.a + leak.b))
    }

    /// Near a commit that cannot be built others cannot either; the more there are, the wider around.
    #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
    fn testable(&self, scene: &Scene<'_>, commit: &CommitId) -> f64 {
        if self.tested.contains(commit) {
            return 1.0;
        }
        let history = self.relation.history();
        let Ok(node) = history.find(commit) else { return 0.0 };
        let bad = scene.untestable.iter().filter_map(|commit| history.find(commit).ok());
        let near = bad.map(|bad| bad.index().abs_diff(node.index())).min();
        near.map_or(1.0, |near| near as f64 / (near + scene.untestable.len()) as f64)
    }
}

/// The posterior of the known regions, shared out by commits over those that the commits under work cut them into.
#[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
fn masses(known: &Relation<'_>, cut: &Relation<'_>, places: &[crate::prob::Prob], tested: usize) -> Vec<f64> {
    let key = |set: &fixedbitset::FixedBitSet| set.ones().take_while(|i| *i < tested).collect::<Vec<_>>();
    let whole: BTreeMap<_, _> = known
        .regions
        .iter()
        .zip(places.iter().skip(1))
        .map(|(region, mass)| (key(&region.contained_in), mass.value() / region.commits as f64))
        .collect();
    let mass = |region: &crate::history::Region| {
        whole.get(&key(&region.contained_in)).map_or(0.0, |each| each * region.commits as f64)
    };
    cut.regions.iter().map(mass).collect()
}

/// The regions by what the commits under work would say of them; the first part is the one in which all are bad.
fn parts(relation: &Relation<'_>, busy: &[CommitId], all: &[CommitId], kind: Kind) -> Vec<Vec<usize>> {
    let busy: Vec<_> = all.iter().enumerate().filter(|(_, commit)| busy.contains(commit)).map(|(i, _)| i).collect();
    let bad_everywhere = vec![kind == Kind::Cause; busy.len()];
    let mut parts: BTreeMap<(bool, Vec<bool>), Vec<usize>> = BTreeMap::new();
    parts.insert((false, bad_everywhere.clone()), Vec::new());
    for (i, region) in relation.regions.iter().enumerate() {
        let pattern: Vec<_> = busy.iter().map(|busy| region.contained_in.contains(*busy)).collect();
        parts.entry((pattern != bad_everywhere, pattern)).or_default().push(i);
    }
    parts.into_values().collect()
}

/// How often a bad revision crashes, from what the runs say of the bug's behaviour.
fn mean_rate(scene: &Scene<'_>, weights: &[crate::prob::Prob]) -> f64 {
    let settings = scene.settings.for_format(Format::Table);
    let parts = settings.rates.parts().iter().zip(weights);
    parts.map(|((behaviour, _), weight)| behaviour.mean() * weight.value()).sum::<f64>().clamp(1e-3, 1.0 - 1e-3)
}

/// What the number of crashes in `runs` runs tells, in bits.
fn information(bad: f64, crash: f64, leak: f64, runs: u32) -> f64 {
    let crashes = binomial(crash, runs);
    let view = View { mass: 1.0, single: 0.0, bad: bad.clamp(0.0, 1.0), crashes: &crashes };
    information::information([view], &binomial(leak, runs))
}

fn binomial(rate: f64, runs: u32) -> Vec<f64> {
    let mut chances = vec![1.0];
    for _ in 0..runs {
        let mut next = vec![0.0; chances.len() + 1];
        for (k, chance) in chances.iter().enumerate() {
            next[k] += chance * (1.0 - rate);
            next[k + 1] += chance * rate;
        }
        chances = next;
    }
    chances
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_is_what_a_channel_gives() {
        // A noiseless run of a coin: one bit. Nothing to learn where all is known, or where runs do not differ.
        assert!((information(0.5, 1.0, 0.0, 1) - 1.0).abs() < 1e-12);
        assert!(information(0.0, 0.7, 0.1, 3).abs() < 1e-12 && information(0.5, 0.3, 0.3, 5).abs() < 1e-12);
        // A Z-channel with crossover 1/2 has capacity log2(5/4), at P(bad) = 2/5.
        assert!((information(0.4, 0.5, 0.0, 1) - 1.25_f64.log2()).abs() < 1e-12);
        // More runs tell more, and never more than one bit.
        let told: Vec<_> = [1, 2, 4, 64].map(|runs| information(0.5, 0.3, 0.01, runs)).to_vec();
        assert!(told.windows(2).all(|pair| pair[0] < pair[1]) && told[3] > 0.99 && told[3] <= 1.0);
    }
}
