//! What a repository tells of the place of the change: the commits themselves, likeliest first, and how to go on.

use serde::Serialize;

use crate::evidence::{CommitId, Kind};
use crate::history::{Command, History, Node, bisect_commands};
use crate::model::culprit::{Culprit, credible_set};
use crate::prob::Prob;

use super::Settings;
use super::code::Code;
use super::ground::Branches;
use super::solve::Tested;

/// The change in terms of a repository's commits.
#[derive(Clone, Debug, Serialize)]
pub struct Lineage {
    /// The repository.
    pub repository: String,
    /// Whether it is a shallow clone: what lies beyond its end is in no region and no count.
    pub shallow: bool,
    /// Tested revisions that it has not: their place on the line is used.
    pub missing: Vec<CommitId>,
    /// The smallest set of regions that holds the wanted mass, likeliest first.
    pub regions: Vec<RegionAnalysis>,
    /// The mass that they hold; missing when the line is all that there is.
    pub mass: Option<Prob>,
    /// Their commits; unknown when they reach beyond the tested revisions.
    pub commits: Option<u64>,
    /// The likeliest commits of these regions, at most fifty with a thousandth each.
    pub candidates: Vec<CandidateAnalysis>,
    /// What the code says of the named commit, and older commits that may be to blame instead; missing for fixes, and
    /// where the repository has not the named commit or the log names no code.
    pub code: Option<Code>,
    /// Commands with which git goes on between what is surely good and surely bad; empty where neither is sure.
    pub commands: Vec<Command>,
}

/// Commits that the same tested revisions contain: no run so far tells them apart.
#[derive(Clone, Debug, Serialize)]
pub struct RegionAnalysis {
    /// The gap of [`super::Analysis::gaps`] that it belongs to.
    pub gap: usize,
    /// P(the change is here).
    pub posterior: Prob,
    /// How many commits they are; unknown beyond the tested revisions.
    pub commits: Option<u64>,
    /// The tested revisions that contain them, old to new.
    pub contained_in: Vec<CommitId>,
    /// The tested revisions that are newer than the first of these and do not contain them: a side branch. Old to new.
    pub not_in: Vec<CommitId>,
}

/// One commit that could have brought the change.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateAnalysis {
    /// Its whole name.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// The day on which it was written, in UTC.
    pub authored: Option<String>,
    /// P(it is the change).
    pub posterior: Prob,
}

impl Lineage {
    /// Where the repository has too little of what was tested: the line is used for everything.
    pub(super) fn unknown(history: &History, missing: Vec<CommitId>) -> Self {
        let (repository, shallow) = (history.path().display().to_string(), history.is_shallow());
        let (regions, candidates, commands) = (Vec::new(), Vec::new(), Vec::new());
        Self { repository, shallow, missing, regions, mass: None, commits: None, candidates, code: None, commands }
    }

    pub(super) fn of(known: &Branches<'_>, culprit: &Culprit, tested: &Tested<'_>, settings: &Settings) -> Self {
        let (mut places, mass) = credible_set(&culprit.places, settings.level);
        places.sort_by(|a, b| culprit.places[*b].value().total_cmp(&culprit.places[*a].value()));
        let commits = places.iter().map(|place| known.commits(*place)).sum();
        Self {
            repository: known.relation.history().path().display().to_string(),
            shallow: known.relation.history().is_shallow(),
            missing: tested.ground.missing.clone(),
            regions: places.iter().map(|place| region(known, *place, culprit, tested)).collect(),
            mass: Some(mass),
            commits,
            candidates: candidates(known, &places, culprit, tested),
            code: None,
            commands: commands(known, culprit, tested, settings),
        }
    }
}

fn region(known: &Branches<'_>, place: usize, culprit: &Culprit, tested: &Tested<'_>) -> RegionAnalysis {
    let points = &tested.line().points;
    let old_to_new = |point: &usize| match tested.kind {
        Kind::Cause => *point,
        Kind::Fix => points.len() - 1 - point,
    };
    let names = |of: &[usize]| {
        let mut of: Vec<_> = of.iter().map(old_to_new).collect();
        of.sort_unstable();
        of
    };
    let at = &known.places[place];
    let (contained, others) = match tested.kind {
        Kind::Cause => (names(&at.bad), names(&at.good)),
        Kind::Fix => (names(&at.good), names(&at.bad)),
    };
    let first = contained.first().copied().unwrap_or(points.len());
    let commits = |of: Vec<usize>| of.into_iter().map(|point| points[point].commit).collect();
    RegionAnalysis {
        gap: tested.index_of_gap(at.gap),
        posterior: culprit.places[place],
        commits: known.commits(place),
        not_in: commits(others.into_iter().filter(|point| *point > first).collect()),
        contained_in: commits(contained),
    }
}

/// The likeliest commits of some places.
fn candidates(
    known: &Branches<'_>,
    places: &[usize],
    culprit: &Culprit,
    tested: &Tested<'_>,
) -> Vec<CandidateAnalysis> {
    const MOST: usize = 50;
    const LEAST: f64 = 1e-3;
    let regions = places.iter().filter_map(|place| Some((known.regions[*place]?, culprit.places[*place].value())));
    let shares = regions.flat_map(|(region, mass)| {
        known.within(region, &tested.stack).into_iter().map(move |(commit, share)| (commit, mass * share))
    });
    let mut commits: Vec<_> = shares.filter(|(_, p)| *p >= LEAST).collect();
    // Of equals, the newest first.
    commits.sort_by(|(a, p), (b, q)| q.total_cmp(p).then(b.cmp(a)));
    commits.truncate(MOST);
    commits.into_iter().map(|(commit, p)| candidate(known, commit, p)).collect()
}

fn candidate(known: &Branches<'_>, commit: Node, p: f64) -> CandidateAnalysis {
    let history = known.relation.history();
    let described = history.describe(&[commit]).ok().and_then(|mut described| described.pop());
    let authored = described.as_ref().and_then(|described| described.authored);
    CandidateAnalysis {
        commit: history.id(commit),
        subject: described.map(|described| described.subject).unwrap_or_default(),
        authored: authored.map(|time| time.strftime("%Y-%m-%d").to_string()),
        posterior: Prob::saturating(p),
    }
}

/// The oldest revision that surely shows the change, those that surely do not, and what halves the rest.
fn commands(known: &Branches<'_>, culprit: &Culprit, tested: &Tested<'_>, settings: &Settings) -> Vec<Command> {
    let points = &tested.line().points;
    let mut bad = known.p_bad(culprit, points.len());
    if tested.kind == Kind::Fix {
        bad.reverse();
    }
    let shows = |point: usize| match tested.kind {
        Kind::Cause => bad[point],
        Kind::Fix => bad[point].complement(),
    };
    let sure = settings.level;
    let Some(new) = (0..points.len()).find(|point| shows(*point) >= sure) else { return Vec::new() };
    let old: Vec<_> = (0..points.len()).filter(|point| shows(*point).complement() >= sure).collect();
    // git needs only those that no other one contains.
    let newest = |point: &usize| !old.iter().any(|other| other != point && contains(known, *other, *point));
    let ends: Vec<_> = old.iter().filter(|point| newest(point)).map(|point| points[*point].commit).collect();
    if ends.is_empty() {
        return Vec::new();
    }
    let mut masses = vec![0.0; known.relation.regions.len()];
    for (region, mass) in known.regions.iter().zip(&culprit.places) {
        if let Some(region) = region {
            masses[*region] = mass.value();
        }
    }
    let next = known.relation.midpoint(&masses).map(|split| known.relation.history().id(split.commit));
    bisect_commands(tested.kind, &points[new].commit, &ends, next.as_slice())
}

fn contains(known: &Branches<'_>, point: usize, ancestor: usize) -> bool {
    known.relation.contains(point, ancestor) == Some(true)
}
