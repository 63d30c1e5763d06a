//! The ancestor relation against git itself, and against brute force.

#![cfg(feature = "cli")]

use crate::support::{Need, skip};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bisectstat::evidence::{CommitId, Kind, Source};
use bisectstat::history::{
    Commit, CommitGraph, History, HistoryError, ListError, Lost, Node, Place, Relation, Repository, Weights,
    bisect_commands,
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

fn size(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
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
            id.clone_into(&mut ids[mark.parse::<usize>().unwrap() - 1]);
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
    for (i, of) in names.iter().enumerate() {
        let by_age = relation.by_age(i);
        assert!(by_age.windows(2).all(|pair| pair[0].0 > pair[1].0));
        let all = ancestors(parents)[tested[i]].len() as u64;
        assert_eq!(by_age.len() as u64 + relation.older, all, "{of}");
        assert!(by_age.iter().all(|(node, region)| relation.place_of(*node) == Place::Region(*region)));
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

#[test]
fn split_is_gits_bisection() {
    let parents: Vec<Vec<usize>> = (0..200).map(|i: usize| i.checked_sub(1).into_iter().collect()).collect();
    let made = Made::plain(&parents);
    let names = made.pick(&[19, 199]);
    let history = made.history(&names);
    let relation = history.relation(&names);
    let split = relation.midpoint(&[1.0]).unwrap();
    assert_eq!(history.id(split.commit), made.ids[109], "of 20 ..= 199");
    assert!((split.share - 0.5).abs() < 1e-12);
    let place = |node: Node| made.ids.iter().position(|id| *id == history.id(node)).unwrap();
    let third = relation.split(1.0 / 3.0, |_, _| 1.0, |_| true).unwrap();
    assert_eq!(place(third.commit), 79);
    let skipped = relation.split(0.5, |_, _| 1.0, |node| place(node) > 120).unwrap();
    assert_eq!(place(skipped.commit), 121);
    let late = relation.split(0.5, |_, node| if place(node) < 190 { 0.0 } else { 1.0 }, |_| true).unwrap();
    assert_eq!(place(late.commit), 194);
    assert_eq!(relation.shares(split.commit), [90]);
    assert_eq!(relation.split(0.5, |_, _| 0.0, |_| true), None);
    assert_eq!(relation.midpoint(&[f64::NAN]), None);
}

/// As near to the middle as the commit that git itself picks.
#[test]
fn split_is_as_good_as_gits() {
    let (made, parents) = (Made::plain(&branchy()), branchy());
    let all = ancestors(&parents);
    let names = made.pick(&[0, 16]);
    let history = made.history(&names);
    let relation = history.relation(&names);
    let split = relation.split(0.5, |_, _| 1.0, |_| true).unwrap();
    let pick = git(made.path(), &["rev-list", "--bisect", &names[1].to_string(), &format!("^{}", names[0])]);
    let pick = made.ids.iter().position(|id| *id == name(&pick)).unwrap();
    let suspects = size(all[16].difference(&all[0]).count());
    let share = size(all[pick].difference(&all[0]).count()) / suspects;
    assert!((split.share - 0.5).abs() <= (share - 0.5).abs() + 1e-12, "{} {share}", split.share);
}

#[test]
fn names_are_found_as_git_finds_them() {
    let made = Made::plain(&branchy());
    git(made.path(), &["tag", "light", &made.ids[3].to_string()]);
    git(made.path(), &["tag", "--annotate", "--message=x", "v5.13", &made.ids[5].to_string()]);
    git(made.path(), &["tag", "--annotate", "--message=x", "nested", "v5.13"]);
    git(made.path(), &["tag", "tree", &format!("{}^{{tree}}", made.ids[5])]);
    let tag = git(made.path(), &["rev-parse", "v5.13"]);
    let short = name(&made.ids[5].to_string()[..9]);
    let known = [short, name("light"), name("v5.13"), name("nested"), name(&tag), name("b16"), name("refs/heads/b9")];
    let lost = [
        (name("tree"), Lost::NotACommit),
        (name(&git(made.path(), &["rev-parse", "tree"])), Lost::NotACommit),
        (name(&"ab".repeat(20)), Lost::Missing),
        (name(&"ab".repeat(32)), Lost::Missing),
        (name("abababab"), Lost::Missing),
        (name("v6"), Lost::Missing),
        (name("HEAD~3"), Lost::Missing),
    ];
    let tested: Vec<_> = known.into_iter().chain(lost.iter().map(|(name, _)| *name)).collect();
    let history = made.history(&tested);
    let found: Vec<_> = known.iter().map(|name| history.id(history.find(name).unwrap())).collect();
    assert_eq!(found, made.pick(&[5, 3, 5, 5, 5, 16, 9]));
    for (name, why) in lost {
        assert_eq!(history.find(&name), Err(why), "{name}");
    }
    let relation = history.relation(&tested);
    assert_eq!(relation.missing.len(), lost.len());
    assert_eq!(relation.missing[0], (known.len(), Lost::NotACommit));
    assert_eq!(relation.contains(0, 7), None);
    assert_eq!(history.topological_order(&tested), [1, 0, 2, 3, 4, 6, 5]);
    // Known to the repository, and no ancestor of what was read.
    let old = made.history(&made.pick(&[3]));
    assert_eq!(old.find(&made.ids[16]), Err(Lost::Unrelated));
    assert!(old.find(&made.ids[1]).is_ok());
}

/// Among 60 000 names of 28 bits some are expected to be the same, and in each run the same ones.
#[test]
fn an_ambiguous_beginning_is_no_name() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), &["init", "--quiet", "--bare"]);
    let commit = |i: u32| format!("commit refs/heads/b\ncommitter A <a@example.org> {} +0000\ndata 1\nx\n", i + 1000);
    let stream: String = (0..60_000).map(commit).collect();
    git_with(dir.path(), &["fast-import", "--quiet"], stream.as_bytes());
    let mut names: Vec<_> = git(dir.path(), &["rev-list", "b"]).lines().map(|id| id[..7].to_owned()).collect();
    names.sort();
    let double = names.windows(2).find(|pair| pair[0] == pair[1]).unwrap();
    let history = Repository::open(dir.path()).unwrap().history(&[name(&double[0])]).unwrap();
    assert_eq!(history.find(&name(&double[0])), Err(Lost::Ambiguous));
    assert!(history.is_empty());
}

/// Bisections of a batch are analysed at once, and all ask one history.
#[test]
fn a_history_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<History>();
    shared::<Relation<'_>>();
}

/// Clocks that are wrong do not turn the order around.
#[test]
fn order_follows_parents_before_dates() {
    let parents = branchy();
    let made = Made::new(&parents, |i| 1_600_000_000 - 3600 * i64::try_from(i * 7 % 17).unwrap(), "sha1");
    let tested: Vec<_> = (0..parents.len()).collect();
    assert_right(&made, &parents, &tested);
    let history = made.history(&made.ids);
    let order = history.topological_order(&made.ids);
    let place = |commit: usize| order.iter().position(|i| *i == commit).unwrap();
    for (i, parents) in parents.iter().enumerate() {
        assert!(parents.iter().all(|parent| place(*parent) < place(i)));
    }
    // With good clocks it is the order of the dates.
    let made = Made::plain(&parents);
    assert_eq!(made.history(&made.ids).topological_order(&made.ids), tested);
    // And the commit-graph changes nothing.
    let before = made.history(&made.ids).topological_order(&made.ids);
    made.write_graph();
    assert_eq!(made.history(&made.ids).topological_order(&made.ids), before);
}

#[test]
fn commits_after_the_commit_graph_are_read() {
    let parents = branchy();
    let made = Made::plain(&parents);
    let hashes: Vec<_> = made.pick(&[6, 5]).iter().map(ToString::to_string).collect();
    git_with(made.path(), &["commit-graph", "write", "--stdin-commits"], hashes.join("\n").as_bytes());
    let tested: Vec<_> = (0..parents.len()).collect();
    let names = made.pick(&tested);
    assert_eq!(*made.history(&names).commit_graph(), CommitGraph::Used(7));
    assert_right(&made, &parents, &tested);
    git_with(made.path(), &["commit-graph", "write", "--reachable", "--split=no-merge"], b"");
    assert_eq!(*made.history(&names).commit_graph(), CommitGraph::Used(17), "a chain of two files");
    assert_right(&made, &parents, &tested);
}

#[test]
fn a_shallow_clone_says_so() {
    let parents = branchy();
    let made = Made::plain(&parents);
    let clone = TempDir::new().unwrap();
    let url = format!("file://{}", made.path().display());
    git(clone.path(), &["clone", "--quiet", "--bare", "--depth=3", "--branch=b16", &url, "."]);
    let names = made.pick(&[16, 13, 1]);
    let history = Repository::open(clone.path()).unwrap().history(&names).unwrap();
    assert!(history.is_shallow());
    assert!(matches!(history.commit_graph(), CommitGraph::Ignored(_)));
    let relation = history.relation(&names);
    assert_eq!(relation.missing, [(2, Lost::Missing)]);
    let count = git(clone.path(), &["rev-list", "--count", &names[0].to_string()]);
    let sum: u64 = relation.regions.iter().map(|region| region.commits).sum();
    assert_eq!((sum + relation.older).to_string(), count);
    // The end of the clone touches nobody knows what.
    let end = relation.tested(1).unwrap();
    assert_eq!(history.describe(&[end]).unwrap()[0].parents, 2);
    assert!(!history.touched(&[end], 10)[0].complete);
}

#[test]
fn every_form_of_repository_opens() {
    let made = Made::plain(&branchy());
    let names = made.pick(&[16, 10]);
    let outside = TempDir::new().unwrap();
    let place = |name: &str| outside.path().join(name);
    let linked = place("linked");
    git(made.path(), &["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap(), &names[0].to_string()]);
    let bare = place("bare");
    git(made.path(), &["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let borrowing = place("borrowing");
    git(made.path(), &["clone", "--quiet", "--shared", "--no-checkout", ".", borrowing.to_str().unwrap()]);
    let inside = linked.join("d0");
    assert!(inside.is_dir());
    made.write_graph();
    for path in [made.path(), &made.path().join(".git"), &linked, &inside, &bare, &borrowing] {
        let history = Repository::open(path).unwrap().history(&names).unwrap();
        assert_eq!(history.relation(&names).regions.len(), 1, "{}", path.display());
        let graph = if path == bare { CommitGraph::Missing } else { CommitGraph::Used(17) };
        assert_eq!(*history.commit_graph(), graph, "{}", path.display());
    }
}

#[test]
fn sha256_repositories_are_read() {
    let parents = branchy();
    let made = Made::new(&parents, |i| 1_500_000_000 + 60 * i64::try_from(i).unwrap(), "sha256");
    assert_eq!(made.ids[0].to_string().len(), 64);
    let tested: Vec<_> = (0..parents.len()).collect();
    assert_right(&made, &parents, &tested);
    made.write_graph();
    assert_right(&made, &parents, &tested);
    assert_eq!(*made.history(&made.ids).commit_graph(), CommitGraph::Used(17));
}

#[test]
fn replacements_are_ignored() {
    let parents = branchy();
    let made = Made::plain(&parents);
    git(made.path(), &["replace", &made.ids[10].to_string(), &made.ids[1].to_string()]);
    fs::write(made.path().join(".git/info/grafts"), format!("{}\n", made.ids[9])).unwrap();
    let tested: Vec<_> = (0..parents.len()).collect();
    assert_right(&made, &parents, &tested);
}

fn error(path: &Path) -> HistoryError {
    Repository::open(path).and_then(|repository| repository.history(&[])).err().unwrap()
}

#[test]
fn what_is_no_repository_gives_one_clear_error() {
    let outside = TempDir::new().unwrap();
    let path = outside.path();
    let missing = path.join("missing");
    assert!(matches!(error(&missing), HistoryError::NotFound { .. }));
    assert_eq!(error(&missing).to_string(), format!("{}: no such folder: name a git repository", missing.display()));
    assert!(matches!(error(path), HistoryError::NotARepository { .. }), "{}", error(path));
    let file = path.join("file");
    fs::write(&file, "text").unwrap();
    assert!(matches!(error(&file), HistoryError::NotARepository { .. }), "{}", error(&file));
    for content in ["gitdir: nowhere\n", "", "\0\u{1b}[2J", "gitdir: .git\n"] {
        fs::write(path.join(".git"), content).unwrap();
        let text = error(path).to_string();
        assert!(matches!(error(path), HistoryError::Damaged { .. }), "{text}");
        assert!(text.chars().all(|c| !c.is_control()), "{text:?}");
    }
}

#[test]
fn a_damaged_repository_gives_one_clear_error() {
    let parents = branchy();
    for (what, content) in [("HEAD", "\0\0"), ("config", "[core"), ("shallow", "no hash")] {
        let made = Made::plain(&parents);
        fs::write(made.path().join(".git").join(what), content).unwrap();
        let opened = Repository::open(made.path()).and_then(|repository| repository.history(&made.ids));
        // What is not needed may be damaged.
        if let Err(error) = opened {
            assert!(matches!(error, HistoryError::Damaged { .. }), "{what}: {error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
    let made = Made::plain(&parents);
    fs::write(made.path().join(".git/config"), "[core]\nrepositoryformatversion = 99\n").unwrap();
    let text = error(made.path()).to_string();
    assert!(text.contains("99") || text.contains("version"), "{text}");
}

/// Loose objects of commits, damaged one by one: an error, or a name that cannot be read.
#[test]
fn damaged_objects_are_told() {
    let made = Made::plain(&branchy());
    git(made.path(), &["config", "core.bare", "false"]);
    let pack = fs::read_dir(made.path().join(".git/objects/pack")).unwrap();
    let pack = pack.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "pack"));
    if let Some(pack) = pack {
        let away = made.path().join("away.pack");
        fs::rename(pack, &away).unwrap();
        _ = fs::remove_dir_all(made.path().join(".git/objects/pack"));
        git_with(made.path(), &["unpack-objects", "-q"], &fs::read(away).unwrap());
    }
    let loose = |i: usize| {
        let id = made.ids[i].to_string();
        made.path().join(".git/objects").join(&id[..2]).join(&id[2..])
    };
    let damage = |i: usize, bytes: &[u8]| {
        fs::remove_file(loose(i)).unwrap();
        fs::write(loose(i), bytes).unwrap();
    };
    damage(5, b"nothing that inflates");
    let names = made.pick(&[16]);
    let opened = Repository::open(made.path()).unwrap().history(&names).err().unwrap();
    assert!(opened.to_string().contains(&made.ids[5].to_string()), "{opened}");
    assert!(matches!(opened, HistoryError::Damaged { .. }));
    assert_eq!(made.history(&made.pick(&[5])).find(&made.ids[5]), Err(Lost::Unreadable));
    // A commit that claims to be its own ancestor: the object of a child under its parent's name.
    let child = fs::read(loose(6)).unwrap();
    damage(4, &child);
    let opened = Repository::open(made.path()).unwrap().history(&made.pick(&[6])).err().unwrap();
    assert!(opened.to_string().contains("is its own ancestor"), "{opened}");
}

#[test]
fn a_damaged_commit_graph_is_not_used() {
    let parents = branchy();
    let made = Made::plain(&parents);
    made.write_graph();
    let path = made.path().join(".git/objects/info/commit-graph");
    let whole = fs::read(&path).unwrap();
    let tested: Vec<_> = (0..parents.len()).collect();
    for cut in [0, 3, 8, 60, whole.len() / 2, whole.len() - 1] {
        fs::remove_file(&path).unwrap();
        fs::write(&path, &whole[..cut]).unwrap();
        assert!(matches!(made.history(&made.ids).commit_graph(), CommitGraph::Ignored(_)), "{cut}");
        assert_right(&made, &parents, &tested);
    }
    // Any byte may be wrong: no panic, and either an error or an answer.
    for place in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes).unwrap();
        let history = Repository::open(made.path()).and_then(|repository| repository.history(&made.ids));
        if let Ok(history) = history {
            let relation = history.relation(&made.ids);
            assert!(relation.regions.iter().all(|region| region.commits > 0));
        }
    }
}

#[cfg(unix)]
#[test]
fn without_permission_it_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let made = Made::plain(&branchy());
    let lock = |mode| fs::set_permissions(made.path(), fs::Permissions::from_mode(mode)).unwrap();
    lock(0o000);
    let readable = fs::read_dir(made.path()).is_ok();
    let opened = Repository::open(made.path()).err();
    lock(0o700);
    if readable {
        skip(Need::Unprivileged, "root may read everything");
        return;
    }
    assert!(matches!(opened, Some(HistoryError::Denied { .. })), "{opened:?}");
}

#[test]
fn commits_are_described() {
    let made = Made::plain(&branchy());
    let history = made.history(&made.ids);
    let nodes: Vec<_> = [9, 6, 0].map(|i| history.find(&made.ids[i]).unwrap()).to_vec();
    let described = history.describe(&nodes).unwrap();
    let text: Vec<_> = described.iter().map(|d| (d.subject.as_str(), d.author.as_str(), d.parents)).collect();
    assert_eq!(text, [("commit 9", "A U Thor", 3), ("commit 6", "A U Thor", 1), ("commit 0", "A U Thor", 0)]);
    assert_eq!(described[1].commit, made.ids[6]);
    assert_eq!(described[1].authored.unwrap().as_second(), 1_500_000_360);
    let touched = history.touched(&nodes, 10);
    let files: Vec<_> = touched.iter().map(|touched| touched.files.join(" ")).collect();
    assert_eq!(files, ["", "d0/f6", "d0/f0"]);
    assert!(touched.iter().all(|touched| touched.complete));
    let none = history.touched(&nodes[1..2], 0);
    assert!(none[0].files.is_empty() && !none[0].complete);
    let weights = history.stack_weights(&nodes, &["./d0/f6", "d1/f1"]).unwrap();
    assert!(weights[1] > weights[2] && weights[2] > weights[0]);
    assert_eq!(history.stack_weights(&nodes, &[] as &[&str]), None);
    git(made.path(), &["checkout", "--quiet", "--detach", "b16"]);
    let bisect = bisect_commands(Kind::Cause, &described[0].commit, &made.pick(&[0]), &made.pick(&[6]));
    for command in &bisect {
        git(made.path(), &command.to_string().split(' ').skip(1).collect::<Vec<_>>());
    }
    assert_eq!(name(&git(made.path(), &["rev-parse", "HEAD"])), made.ids[6]);
}

#[test]
fn hostile_messages_do_no_harm() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), &["init", "--quiet", "--bare"]);
    let message = b"\x1b[2Jsub\xff\0ject\x07\nbody";
    let mut stream = b"commit refs/heads/b\ncommitter A\x1b <x> -1 +0000\ndata 20\n".to_vec();
    stream.splice(stream.len() - 3..stream.len() - 1, message.len().to_string().bytes());
    stream.extend_from_slice(message);
    stream.extend_from_slice(b"\n");
    git_with(dir.path(), &["fast-import", "--quiet", "--date-format=raw-permissive"], &stream);
    let history = Repository::open(dir.path()).unwrap().history(&[name("b")]).unwrap();
    let described = history.describe(&[history.find(&name("b")).unwrap()]).unwrap();
    let text = format!("{}{}", described[0].subject, described[0].author);
    assert!(text.starts_with("[2Jsub") && text.chars().all(|c| !c.is_control()), "{text:?}");
}

#[test]
fn weights_are_found_in_a_history() {
    let made = Made::plain(&branchy());
    let file = format!("commit,weight\n{},3\n{},0\nv9,2\n*,0.5\n", &made.ids[3].to_string()[..8], made.ids[4]);
    let weights = Weights::read(file.as_bytes(), &Source::new("w.csv")).unwrap();
    let history = made.history(&made.ids);
    let on = weights.of(&history);
    let of = |i: usize| on.weight(history.find(&made.ids[i]).unwrap());
    assert_eq!([of(3), of(4), of(5)].map(|weight| weight.to_string()), ["3", "0", "0.5"]);
    assert_eq!(on.lost.len(), 1);
    assert_eq!((on.lost[0].0.0, on.lost[0].2), (4, Lost::Missing));
}

/// Parents of up to 40 commits, and places of tested ones.
fn dags() -> impl Strategy<Value = (Vec<Vec<usize>>, Vec<usize>, Vec<i64>)> {
    let commits = prop::collection::vec((0usize..5, prop::collection::vec(any::<prop::sample::Index>(), 4)), 1..40);
    let parents = commits.prop_map(|drawn| {
        let parents = drawn.iter().enumerate().map(|(i, (count, places))| {
            let mut parents: Vec<_> = places.iter().take(if i == 0 { 0 } else { *count }).map(|p| p.index(i)).collect();
            let mut seen = BTreeSet::new();
            parents.retain(|parent| seen.insert(*parent));
            parents
        });
        parents.collect::<Vec<_>>()
    });
    parents.prop_flat_map(|parents| {
        let tested = prop::collection::vec(0..parents.len(), 0..12);
        let dates = prop::collection::vec(0i64..5000, parents.len());
        (Just(parents), tested, dates)
    })
}

/// The same commits as a list, newest first: their order must not matter.
fn listed(made: &Made, parents: &[Vec<usize>], dates: impl Fn(usize) -> i64) -> Vec<Commit> {
    let commit = |i: usize| Commit {
        id: made.ids[i],
        parents: parents[i].iter().map(|parent| made.ids[*parent]).collect(),
        date: u64::try_from(dates(i)).unwrap(),
        subject: format!("commit {i}"),
        files: None,
    };
    (0..parents.len()).rev().map(commit).collect()
}

#[test]
fn a_list_is_found_as_git_finds_it() {
    let (made, dates) = (Made::plain(&branchy()), |i| i64::try_from(i).unwrap());
    let commits = listed(&made, &branchy(), dates);
    let history = History::of("told", commits.clone()).unwrap();
    assert_eq!((history.len(), history.is_shallow(), history.path()), (17, false, Path::new("told")));
    let short = CommitId::parse(&made.ids[4].to_string()[..12]).unwrap();
    assert_eq!(history.find(&short).map(|node| history.id(node)), Ok(made.ids[4]));
    assert_eq!(history.find(&name("v1.0")), Err(Lost::Missing));
    let node = history.find(&made.ids[9]).unwrap();
    let described = history.describe(&[node]).unwrap().remove(0);
    assert_eq!((described.subject.as_str(), described.parents), ("commit 9", 3));
    assert!(History::of("cut", commits[..5].to_vec()).unwrap().is_shallow());
    let twice = [&commits[..], &commits[..1]].concat();
    assert_eq!(History::of("told", twice).err(), Some(ListError::Twice(commits[0].id)));
    let mut round = commits;
    round[16].parents = vec![made.ids[1]];
    assert!(matches!(History::of("told", round), Err(ListError::Circle(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_as_brute_force_has_it((parents, tested, dates) in dags(), graph: bool) {
        let made = Made::new(&parents, |i| dates[i], "sha1");
        if graph {
            made.write_graph();
        }
        assert_right(&made, &parents, &tested);
        let names = made.pick(&tested);
        let history = made.history(&names);
        let relation = history.relation(&names);
        let told = History::of("told", listed(&made, &parents, |i| dates[i])).unwrap();
        prop_assert_eq!(regions(&told.relation(&names)), regions(&relation));
        prop_assert_eq!(told.topological_order(&names), history.topological_order(&names));
        let all = ancestors(&parents);
        for (i, commit) in tested.iter().enumerate() {
            for (j, ancestor) in tested.iter().enumerate() {
                prop_assert_eq!(relation.contains(i, j), Some(all[*commit].contains(ancestor)));
            }
        }
        // The best split by brute force, among all commits of the regions.
        let suspects: BTreeSet<_> = (0..parents.len())
            .filter(|i| history.find(&made.ids[*i]).is_ok_and(|n| matches!(relation.place_of(n), Place::Region(_))))
            .collect();
        let share = |i: usize| size(all[i].intersection(&suspects).count()) / size(suspects.len());
        let best = suspects.iter().map(|i| (share(*i) - 0.5).abs()).min_by(f64::total_cmp);
        let split = relation.split(0.5, |_, _| 1.0, |_| true);
        prop_assert_eq!(split.is_some(), best.is_some());
        if let Some((split, best)) = split.zip(best) {
            prop_assert!(((split.share - 0.5).abs() - best).abs() < 1e-12);
            let shares: u64 = relation.shares(split.commit).iter().sum();
            prop_assert!((size(usize::try_from(shares).unwrap()) / size(suspects.len()) - split.share).abs() < 1e-12);
        }
    }
}
