//! `git bisect run` as git itself prints it, in histories with merges and commits that cannot be tested, against `git bisect log`:
//! what is read from the one is what the other says, or left open.

#![cfg(all(feature = "cli", feature = "git"))]

use crate::support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A step as both have it: its commit, passes and crashes.
type Step = (String, u64, u64);

/// Numbers that are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn git(dir: &Path, args: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut git = Command::new("git");
    git.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = git.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// Parents of each commit, counted from 1; the last one joins all branches.
fn parents(draw: &mut Draw, commits: usize) -> Vec<Vec<usize>> {
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(), Vec::new()];
    for commit in 2..commits {
        let mut recent = || commit - 1 - draw.below(commit.min(6).saturating_sub(1).max(1)).min(commit - 2);
        let mut own = vec![recent()];
        let second = recent();
        if second % 3 == 0 && !own.contains(&second) {
            own.push(second);
        }
        parents.push(own);
    }
    let leaves = (1..commits).filter(|leaf| !parents.iter().flatten().any(|parent| parent == leaf));
    let leaves = leaves.collect();
    parents.push(leaves);
    parents
}

fn ancestors(parents: &[Vec<usize>], commit: usize) -> Vec<usize> {
    let mut found = vec![commit];
    let mut at = 0;
    while at < found.len() {
        let more: Vec<usize> = parents[found[at]].iter().copied().filter(|parent| !found.contains(parent)).collect();
        found.extend(more);
        at += 1;
    }
    found
}

/// The name of each commit, in a new repository.
fn repository(dir: &Path, parents: &[Vec<usize>]) -> Vec<String> {
    let mut stream = String::new();
    for (commit, own) in parents.iter().enumerate().skip(1) {
        let _ = write!(
            stream,
            "commit refs/heads/b{commit}\nmark :{commit}\ncommitter A <a@example.org> {} +0000\n",
            1_700_000_000 + commit * 100
        );
        stream += "data 1\nx\n";
        for (at, parent) in own.iter().enumerate() {
            let _ = writeln!(stream, "{} :{parent}", if at == 0 { "from" } else { "merge" });
        }
        let text = commit.to_string();
        let _ = write!(stream, "M 100644 inline n\ndata {}\n{text}\n\n", text.len());
    }
    git(dir, &["init", "-q", "."], "");
    git(dir, &["fast-import", "--quiet", "--export-marks=marks"], &stream);
    let marks = std::fs::read_to_string(dir.join("marks")).unwrap();
    let mut names = vec![String::new(); parents.len()];
    for line in marks.lines() {
        let (mark, name) = line[1..].split_once(' ').unwrap();
        name.clone_into(&mut names[mark.parse::<usize>().unwrap()]);
    }
    git(dir, &["checkout", "-q", &names[parents.len() - 1]], "");
    names
}

fn steps(dir: &Path, file: &str) -> (Vec<Step>, String) {
    let path = dir.join(file);
    let args = ["analyze", "--format", "json", "--repo", dir.to_str().unwrap(), path.to_str().unwrap()];
    let ran = support::run(&args);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let steps = read[0]["steps"].as_array().unwrap_or_else(|| panic!("{}", ran.stderr));
    let step = |step: &serde_json::Value| {
        let count = |name: &str| step[name].as_u64().unwrap();
        (step["commit"].as_str().unwrap().to_owned(), count("passes"), count("crashes"))
    };
    (steps.iter().map(step).collect(), ran.stderr)
}

/// One search: how many steps are read otherwise than git was told, all of them as left open.
fn left_open(seed: u64) -> (usize, usize) {
    let mut draw = Draw(seed);
    let commits = 12 + draw.below(40);
    let parents = parents(&mut draw, commits);
    let bad = parents.len() - 1;
    let culprit = 2 + draw.below(bad - 2);
    let of = |commit: usize| ancestors(&parents, commit);
    let clean: Vec<usize> = (1..bad).filter(|commit| !of(*commit).contains(&culprit)).collect();
    let good = clean[draw.below(clean.len())];
    let skipped: Vec<usize> =
        (0..[0, 0, 2, 5][draw.below(4)]).map(|_| 1 + draw.below(bad)).filter(|one| *one != culprit).collect();
    let list = |all: &[usize]| all.iter().map(|commit| format!(" {commit} ")).collect::<Vec<_>>().concat();
    let dirty: Vec<usize> = (1..=bad).filter(|commit| of(*commit).contains(&culprit)).collect();
    let dir = tempfile::tempdir().unwrap();
    let names = repository(dir.path(), &parents);
    let script = format!(
        "n=$(cat n)\ncase '{}' in *\" $n \"*) exit 125;; esac\ncase '{}' in *\" $n \"*) exit 1;; esac\nexit 0\n",
        list(&skipped),
        list(&dirty)
    );
    std::fs::write(dir.path().join("t.sh"), script).unwrap();
    let (good, bad) = (&names[good], &names[bad]);
    let started = git(dir.path(), &["bisect", "start", bad, good], "");
    let ran = git(dir.path(), &["bisect", "run", "sh", "t.sh"], "");
    let log = git(dir.path(), &["bisect", "log"], "");
    std::fs::write(
        dir.path().join("run.txt"),
        format!("$ git bisect start {bad} {good}\n{started}$ git bisect run sh t.sh\n{ran}"),
    )
    .unwrap();
    std::fs::write(dir.path().join("log.txt"), &log).unwrap();
    let ((told, _), (read, said)) = (steps(dir.path(), "log.txt"), steps(dir.path(), "run.txt"));
    let other = told.iter().filter(|step| !read.contains(step)).count();
    let open = |step: &Step| told.contains(step) || (step.1 + step.2 == 0 && said.contains("leaves it open"));
    assert!(told.len() == read.len() && read.iter().all(open), "{seed}\n{log}\n{ran}\n{read:?}\n{said}");
    (other, told.len())
}

#[test]
fn what_git_does_not_print_is_what_it_was_told() {
    let (mut open, mut all) = (0, 0);
    for seed in 0..8 {
        let (left, steps) = left_open(seed);
        (open, all) = (open + left, all + steps);
    }
    assert!(open * 20 <= all, "{open} of {all} stay open");
}
