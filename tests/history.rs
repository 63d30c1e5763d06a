//! The ancestor relation against git itself, and against brute force.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bisectstat::evidence::{CommitId, Source};
use bisectstat::history::{
    CommitGraph, History, HistoryError, Lost, Node, Place, Relation, Repository, Weights, bisect_commands,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// Runs git, away from the user's own configuration.
fn git_with(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).env("LC_ALL", "C").env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "A U Thor").env(format!("GIT_{who}_EMAIL"), "a@example.org");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn git(dir: &Path, args: &[&str]) -> String {
    git_with(dir, args, b"")
}

fn name(text: &str) -> CommitId {
    CommitId::parse_name(text).unwrap()
}

/// A history: the parents of each commit, older ones only. Commit `i` touches the file `d<i % 3>/f<i>`; a merge takes its
/// first parent's files.
struct Made {
    dir: TempDir,
    ids: Vec<CommitId>,
}

impl Made {
    fn new(parents: &[Vec<usize>], dates: impl Fn(usize) -> i64, format: &str) -> Self {
        let dir = TempDir::new().unwrap();
        git(dir.path(), &["init", "--quiet", &format!("--object-format={format}")]);
        let marks = dir.path().join("marks");
        let export = format!("--export-marks={}", marks.display());
        git_with(dir.path(), &["fast-import", "--quiet", "--force", &export], stream(parents, dates).as_bytes());
        let mut ids = vec![String::new(); parents.len()];
        for line in fs::read_to_string(marks).unwrap().lines() {
            let (mark, id) = line.trim_start_matches(':').split_once(' ').unwrap();
            ids[mark.parse::<usize>().unwrap() - 1] = id.to_owned();
        }
        let ids = ids.iter().map(|id| name(id)).collect();
        Self { dir, ids }
    }

    fn plain(parents: &[Vec<usize>]) -> Self {
        Self::new(parents, |i| 1_500_000_000 + 60 * i64::try_from(i).unwrap(), "sha1")
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write_graph(&self) {
        git(self.path(), &["commit-graph", "write", "--reachable"]);
    }

    fn history(&self, tested: &[CommitId]) -> History {
        Repository::open(self.path()).unwrap().history(tested).unwrap()
    }

    fn pick(&self, places: &[usize]) -> Vec<CommitId> {
        places.iter().map(|i| self.ids[*i]).collect()
    }

    /// Whether git says that `ancestor` is in the history of `of`.
    fn is_ancestor(&self, ancestor: &CommitId, of: &CommitId) -> bool {
        let (ancestor, of) = (ancestor.to_string(), of.to_string());
        let mut command = Command::new("git");
        command.args(["merge-base", "--is-ancestor", &ancestor, &of]).current_dir(self.path());
        command.status().unwrap().success()
    }

    fn rev_list(&self, tips: &CommitId) -> BTreeSet<CommitId> {
        git(self.path(), &["rev-list", &tips.to_string()]).lines().map(name).collect()
    }
}

fn stream(parents: &[Vec<usize>], dates: impl Fn(usize) -> i64) -> String {
    let mut out = String::new();
    for (i, parents) in parents.iter().enumerate() {
        let (mark, date, message) = (i + 1, dates(i), format!("commit {i}\n\nbody\n"));
        if parents.is_empty() {
            writeln!(out, "reset refs/heads/b{i}").unwrap();
        }
        writeln!(out, "commit refs/heads/b{i}\nmark :{mark}").unwrap();
        writeln!(out, "author A U Thor <a@example.org> {date} +0200").unwrap();
        writeln!(out, "committer A U Thor <a@example.org> {date} +0200").unwrap();
        writeln!(out, "data {}\n{message}", message.len()).unwrap();
        for (place, parent) in parents.iter().enumerate() {
            writeln!(out, "{} :{}", if place == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        if parents.len() < 2 {
            writeln!(out, "M 644 inline d{}/f{i}\ndata 2\nx\n", i % 3).unwrap();
        }
        writeln!(out).unwrap();
    }
    out
}

/// Two roots, a criss-cross, an octopus, a side branch off an old commit, and a tip that nothing merges.
fn branchy() -> Vec<Vec<usize>> {
    vec![
        vec![],        // 0
        vec![0],       // 1
        vec![0],       // 2
        vec![1, 2],    // 3: criss
        vec![2, 1],    // 4: cross
        vec![3],       // 5
        vec![4],       // 6
        vec![],        // 7: a second root
        vec![7],       // 8
        vec![5, 6, 8], // 9: an octopus
        vec![9],       // 10
        vec![1],       // 11: a late branch from an old commit
        vec![11],      // 12
        vec![10, 12],  // 13
        vec![13],      // 14
        vec![10],      // 15: merged by nobody
        vec![14],      // 16
    ]
}

/// The ancestors of each commit, itself included.
fn ancestors(parents: &[Vec<usize>]) -> Vec<BTreeSet<usize>> {
    let mut all: Vec<BTreeSet<usize>> = Vec::new();
    for (i, parents) in parents.iter().enumerate() {
        let mut own: BTreeSet<_> = parents.iter().flat_map(|parent| all[*parent].iter().copied()).collect();
        own.insert(i);
        all.push(own);
    }
    all
}

type ByIndices<T> = BTreeMap<Vec<usize>, T>;

fn regions(relation: &Relation<'_>) -> ByIndices<BTreeSet<CommitId>> {
    let commits = |region| relation.commits_of(region).map(|node| relation.history().id(node)).collect();
    let regions = relation.regions.iter().enumerate();
    regions.map(|(i, region)| (region.contained_in.ones().collect(), commits(i))).collect()
}

/// What the regions must be, by brute force, and the number of commits that all contain.
fn expected(made: &Made, parents: &[Vec<usize>], tested: &[usize]) -> (ByIndices<BTreeSet<CommitId>>, u64) {
    let ancestors = ancestors(parents);
    let (mut regions, mut older) = (ByIndices::<BTreeSet<CommitId>>::new(), 0);
    for i in 0..parents.len() {
        let within: Vec<_> = (0..tested.len()).filter(|t| ancestors[tested[*t]].contains(&i)).collect();
        if within.len() == tested.len() && !tested.is_empty() {
            older += 1;
        } else if !within.is_empty() {
            regions.entry(within).or_default().insert(made.ids[i]);
        }
    }
    (regions, older)
}

fn assert_right(made: &Made, parents: &[Vec<usize>], tested: &[usize]) {
    let names = made.pick(tested);
    let history = made.history(&names);
    let relation = history.relation(&names);
    let (expected, older) = expected(made, parents, tested);
    assert_eq!(regions(&relation), expected, "{tested:?}");
    assert_eq!(relation.older, older, "{tested:?}");
    assert!(relation.missing.is_empty());
    for (i, region) in relation.regions.iter().enumerate() {
        assert_eq!(region.commits, relation.commits_of(i).len() as u64);
        let nodes: Vec<_> = relation.commits_of(i).collect();
        assert!(nodes.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(nodes.iter().all(|node| relation.place_of(*node) == Place::Region(i)));
    }
    let newest: Vec<_> = (0..relation.regions.len()).map(|i| relation.commits_of(i).next()).collect();
    assert!(newest.is_sorted());
}

#[test]
fn git_agrees_on_a_branchy_history() {
    let (made, parents) = (Made::plain(&branchy()), branchy());
    let tested: Vec<_> = (0..parents.len()).collect();
    let names = made.pick(&tested);
    for with_graph in [false, true] {
        if with_graph {
            made.write_graph();
        }
        let history = made.history(&names);
        let graph = if with_graph { CommitGraph::Used(17) } else { CommitGraph::Missing };
        assert_eq!(*history.commit_graph(), graph);
        assert_eq!((history.len(), history.is_shallow()), (17, false));
        let relation = history.relation(&names);
        for i in 0..names.len() {
            let list = made.rev_list(&names[i]);
            let contained = relation.regions.iter().filter(|region| region.contained_in.contains(i));
            let count: u64 = contained.map(|region| region.commits).sum();
            assert_eq!(count + relation.older, list.len() as u64, "rev-list {i}");
            for j in 0..names.len() {
                let truth = made.is_ancestor(&names[j], &names[i]);
                assert_eq!(list.contains(&names[j]), truth);
                assert_eq!(relation.contains(i, j), Some(truth), "{i} {j}");
                let nodes = [i, j].map(|k| history.find(&names[k]).unwrap());
                assert_eq!(history.contains(nodes[0], nodes[1]), truth, "{i} {j}");
            }
        }
        for tested in [vec![16, 15], vec![16, 13, 10, 6], vec![12, 12, 3], vec![8, 6], vec![9], vec![]] {
            assert_right(&made, &parents, &tested);
        }
    }
}

/// `rev-list --count` of what some contain and others do not is the size of the regions.
#[test]
fn regions_are_the_differences_that_git_lists() {
    let made = Made::plain(&branchy());
    let names = made.pick(&[16, 15, 10, 12]);
    let history = made.history(&names);
    for region in &history.relation(&names).regions {
        let within: Vec<_> = region.contained_in.ones().map(|i| made.rev_list(&names[i])).collect();
        let without: Vec<_> = (0..4).filter(|i| !region.contained_in.contains(*i)).collect();
        let mut common = within.iter().skip(1).fold(within[0].clone(), |common, list| &common & list);
        for i in without {
            common = &common - &made.rev_list(&names[i]);
        }
        assert_eq!(region.commits, common.len() as u64);
    }
}

#[test]
fn a_commit_off_the_branch_does_not_contain_the_culprit() {
    let made = Made::plain(&branchy());
    let names = made.pick(&[16, 15]);
    let history = made.history(&names);
    let relation = history.relation(&names);
    let node = |i: usize| history.find(&made.ids[i]).unwrap();
    assert_eq!(relation.contains(1, 0), Some(false), "a later commit is no descendant");
    let Place::Region(region) = relation.place_of(node(12)) else { panic!("of the branch") };
    assert_eq!(relation.regions[region].contained_in.ones().collect::<Vec<_>>(), [0]);
    assert_eq!(relation.place_of(node(10)), Place::Older);
}
