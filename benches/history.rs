//! What the ancestor relation of a million commits costs: `cargo bench --bench history`. The first run makes the
//! repository in cargo's folder for temporary files, which takes a minute; git must be installed.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Instant;

use bisectstat::evidence::CommitId;
use bisectstat::history::{History, Repository};

const COMMITS: u32 = 1_000_000;
const TESTED: u32 = 60;

static MADE: LazyLock<PathBuf> = LazyLock::new(repository);
static NAMES: LazyLock<Vec<CommitId>> = LazyLock::new(|| tested(&MADE));
static HISTORY: LazyLock<History> = LazyLock::new(|| read(&MADE, &NAMES));

fn main() {
    // What git takes for one pair, and so for all; said once, as no bench could repeat it.
    let (pairs, sampled) = (u64::from(TESTED * TESTED), 200);
    let started = Instant::now();
    (0..sampled).for_each(|i| _ = is_ancestor(&NAMES[i * 7 % 60], &NAMES[i * 13 % 60]));
    let each = started.elapsed() / u32::try_from(sampled).unwrap();
    let all = each.as_secs_f64() * f64::from(u32::try_from(pairs).unwrap());
    eprintln!("git merge-base --is-ancestor: {each:.1?} a pair ({sampled} sampled), {all:.1} s for {pairs} pairs");
    let relation = HISTORY.relation(&NAMES);
    eprintln!("{} commits, {} regions, {} older", HISTORY.len(), relation.regions.len(), relation.older);
    divan::main();
}

/// The way from nothing to the history: the commit-graph is read and its commits are ordered.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn open_and_read() -> usize {
    read(&MADE, &NAMES).len()
}

/// Everything that the model needs of one bisection.
#[divan::bench(args = [10, 60])]
fn relation(tested: usize) -> usize {
    HISTORY.relation(&NAMES[NAMES.len() - tested..]).regions.len()
}

/// The next commit to test, among all that some tested revision contains and another does not.
#[divan::bench(args = [2, 60], sample_count = 5, sample_size = 1)]
fn midpoint(tested: usize) -> f64 {
    let relation = HISTORY.relation(&NAMES[NAMES.len() - tested..]);
    relation.midpoint(&vec![1.0; relation.regions.len()]).map_or(0.0, |split| split.share)
}

fn read(path: &Path, names: &[CommitId]) -> History {
    Repository::open(path).unwrap().history(names).unwrap()
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn is_ancestor(ancestor: &CommitId, of: &CommitId) -> bool {
    let args = ["merge-base", "--is-ancestor", &ancestor.to_string(), &of.to_string()];
    Command::new("git").args(args).current_dir(&*MADE).status().unwrap().success()
}

/// The newest commit, and others spread over the last quarter of the history: merges, and commits of side branches.
fn tested(dir: &Path) -> Vec<CommitId> {
    let marks = fs::read_to_string(dir.join("marks")).unwrap();
    let mut ids = vec![""; COMMITS as usize + 1];
    for line in marks.lines() {
        let (mark, id) = line[1..].split_once(' ').unwrap();
        ids[mark.parse::<usize>().unwrap()] = id;
    }
    let step = COMMITS / 4 / TESTED;
    (0..TESTED).rev().map(|i| CommitId::parse(ids[(COMMITS - i * step) as usize]).unwrap()).collect()
}

/// Makes the repository, or takes the one of an earlier run.
fn repository() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("history-{COMMITS}-b"));
    if dir.join("done").exists() {
        return dir;
    }
    _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    git(&dir, &["init", "--quiet", "--bare"]);
    let marks = format!("--export-marks={}", dir.join("marks").display());
    let mut import = Command::new("git");
    import.args(["fast-import", "--quiet", &marks]).current_dir(&dir).stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    write_commits(&mut BufWriter::new(import.stdin.take().unwrap()));
    assert!(import.wait().unwrap().success());
    git(&dir, &["commit-graph", "write", "--reachable"]);
    fs::write(dir.join("done"), "").unwrap();
    dir
}

/// A line of merges, each of a side branch of 1 to 24 commits. It forked from one of the last 200 merges, and
/// one in eight from one of the last 4000, so that tested revisions miss many older commits.
fn write_commits(out: &mut impl Write) {
    let mut state = 1u32;
    let mut draw = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut commit = |mark: u32, parents: &[u32]| {
        let date = 1_000_000_000 + 60 * mark;
        write!(out, "commit refs/heads/main\nmark :{mark}\ncommitter A <a@example.org> {date} +0000\ndata 1\nx\n")
            .unwrap();
        for (i, parent) in parents.iter().enumerate() {
            writeln!(out, "{} :{parent}", if i == 0 { "from" } else { "merge" }).unwrap();
        }
    };
    commit(1, &[]);
    let (mut line, mut next) = (vec![1], 2);
    while next < COMMITS {
        let depth = if draw(8) == 0 { 4000 } else { 200 };
        let fork = line[line.len() - 1 - draw(depth.min(u32::try_from(line.len()).unwrap())) as usize];
        let last = (next + draw(24)).min(COMMITS - 1);
        for mark in next..=last {
            commit(mark, &[if mark == next { fork } else { mark - 1 }]);
        }
        commit(last + 1, &[line[line.len() - 1], last]);
        line.push(last + 1);
        next = last + 2;
    }
    if next == COMMITS {
        commit(COMMITS, &[line[line.len() - 1]]);
    }
}
