//! The promise: one line for a flaky test, some time later a commit that can be trusted. With real git, real processes,
//! and everything that can go wrong on the way.
#![cfg(unix)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tempfile::TempDir;

const BUG: &str = "the bug";

/// Passes or crashes by the seed, the commit and the run's number: with `bug` in three runs of ten, and anywhere in one of
/// ten with another title.
const TEST: &str = r#"
h=$(printf '%s %s %s' "$SEED" "$BISECTSTAT_COMMIT" "$BISECTSTAT_RUN" | sha256sum)
a=${h%"${h#????}"}; h=${h#????}; b=${h%"${h#????}"}
if [ -e bug ] && [ $((0x$a)) -lt 19661 ]; then echo 'noise'; echo 'CRASH: the bug'; exit 1; fi
if [ $((0x$b)) -lt 6554 ]; then echo 'CRASH: another'; exit 1; fi
echo fine
"#;

/// A repository, and a test that lies beside it.
struct Project {
    dir: TempDir,
    /// The commits in the order in which they were made.
    commits: Vec<String>,
}

impl Project {
    /// One commit for each entry: its parents by index, and the commit with the bug adds a file.
    fn new(parents: &[Vec<usize>], culprit: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let mut project = Self { dir, commits: Vec::new() };
        fs::create_dir(project.repo()).unwrap();
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.import(parents, culprit);
        project.git(&["checkout", "--quiet", "main"]);
        fs::write(project.dir.path().join("test.sh"), TEST).unwrap();
        project
    }

    fn line(commits: usize, culprit: usize) -> Self {
        Self::new(&(0..commits).map(|i| i.checked_sub(1).into_iter().collect()).collect::<Vec<_>>(), culprit)
    }

    fn import(&mut self, parents: &[Vec<usize>], culprit: usize) {
        let mut buggy: Vec<bool> = Vec::new();
        let mut text = String::new();
        for (i, of) in parents.iter().enumerate() {
            let message = format!("commit {i}");
            let _ = writeln!(text, "commit refs/heads/main\nmark :{}\ncommitter A <a@example.org> {} +0000", i + 1, 1_600_000_000 + 60 * i);
            let _ = writeln!(text, "data {}\n{message}", message.len());
            for (n, parent) in of.iter().enumerate() {
                let _ = writeln!(text, "{} :{}", if n == 0 { "from" } else { "merge" }, parent + 1);
            }
            if of.is_empty() && i > 0 {
                panic!("one root");
            }
            buggy.push(i == culprit || of.iter().any(|parent| buggy[*parent]));
            let file = format!("{i}\n");
            let _ = writeln!(text, "M 100644 inline file\ndata {}\n{file}", file.len());
            if buggy[i] {
                let _ = writeln!(text, "M 100644 inline bug\ndata 4\nbug\n");
            }
        }
        let marks = self.dir.path().join("marks");
        let mut import = self.command(&["fast-import", "--quiet", &format!("--export-marks={}", marks.display())]);
        let mut import = import.stdin(Stdio::piped()).spawn().unwrap();
        import.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(import.wait().unwrap().success());
        let mut marked: Vec<(usize, String)> = fs::read_to_string(marks)
            .unwrap()
            .lines()
            .map(|line| line[1..].split_once(' ').map(|(mark, id)| (mark.parse().unwrap(), id.to_owned())).unwrap())
            .collect();
        marked.sort_unstable();
        self.commits = marked.into_iter().map(|(_, id)| id).collect();
    }

    fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]);
        command.args(args).current_dir(self.repo()).env("HOME", self.dir.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn bisectstat(&self, args: &[&str]) -> Command {
        let mut command = support::bisectstat(args);
        command.current_dir(self.repo()).env("HOME", self.dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `run` with these arguments, to its end.
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.bisectstat(&[&["run"], args].concat()).output().unwrap())
    }

    /// The same with a line of shell as the test.
    fn sh(&self, args: &[&str], line: &str) -> Ran {
        self.run(&[args, &["--", "sh", "-c", line]].concat())
    }

    fn state(&self) -> PathBuf {
        self.repo().join(".git/bisectstat/state.ndjson")
    }

    /// How many runs are written down.
    fn runs(&self) -> usize {
        fs::read_to_string(self.state()).map_or(0, |text| text.matches("\"event\":\"run\"").count())
    }

    /// Everything of the user's that must stay as it is.
    fn tree(&self) -> Vec<String> {
        let files = ["HEAD", "config", "index"].map(|file| format!("{:?}", fs::read(self.repo().join(".git").join(file)).unwrap()));
        let said = [vec!["status", "--porcelain"], vec!["for-each-ref"], vec!["worktree", "list"], vec!["stash", "list"]];
        said.iter().map(|args| self.git(args)).chain(files).collect()
    }

    /// What is in our folder.
    fn left_over(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.repo().join(".git/bisectstat")).unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn first_and_last(&self) -> [&str; 4] {
        ["--good", &self.commits[0], "--bad", "main"]
    }
}

#[derive(Debug)]
struct Ran {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code() }
    }

    /// The commit after `git show`.
    fn found(&self) -> Option<&str> {
        self.stdout.lines().find_map(|line| line.strip_prefix("  git show "))
    }

    #[track_caller]
    fn fails_with(&self, said: &str) {
        assert!(self.code == Some(2) && self.stderr.contains(said), "{said}: {self:#?}");
        assert_eq!(self.stderr.matches("error:").count(), 1, "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
    }
}

/// 300 commits: a line with side branches of up to twelve commits that are merged later.
fn branched(dice: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut parents: Vec<Vec<usize>> = vec![vec![]];
    let mut tip = 0;
    while parents.len() < 300 {
        if parents.len() > 20 && parents.len() < 280 && dice.random_bool(0.06) {
            let (from, length, meanwhile) = (tip, dice.random_range(1..12), dice.random_range(1..8));
            let mut side = from;
            for _ in 0..length {
                parents.push(vec![side]);
                side = parents.len() - 1;
            }
            for _ in 0..meanwhile {
                parents.push(vec![tip]);
                tip = parents.len() - 1;
            }
            parents.push(vec![tip, side]);
        } else {
            parents.push(vec![tip]);
        }
        tip = parents.len() - 1;
    }
    parents
}

/// Bisects with two murders on the way; gives whether the answer is right.
fn survives(seed: u64) -> bool {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let parents = branched(&mut dice);
    let culprit = dice.random_range(1..parents.len());
    let project = Project::new(&parents, culprit);
    fs::write(project.repo().join("file"), "the user's own change\n").unwrap();
    fs::write(project.repo().join("untracked"), "mine\n").unwrap();
    let before = project.tree();
    let test = project.dir.path().join("test.sh");
    let seeds = seed.to_string();
    let start = [&project.first_and_last()[..], &["--title-regex", "CRASH: (.*)", "--bug", BUG, "--", "sh", test.to_str().unwrap()]].concat();
    let mut args = [&["run"], &start[..]].concat();
    for runs in [8, 25] {
        let mut child = project.bisectstat(&args).env("SEED", &seeds).spawn().unwrap();
        while project.runs() < runs && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        // SIGKILL: nothing can be tidied up.
        child.kill().unwrap();
        child.wait().unwrap();
        args = vec!["run", "--continue"];
    }
    let ran = Ran::of(&project.bisectstat(&args).env("SEED", &seeds).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(project.tree(), before);
    assert_eq!(project.left_over(), ["state.ndjson"]);
    let right = ran.found() == Some(project.commits[culprit].as_str());
    eprintln!("seed {seed}: {} after {} runs", if right { "right" } else { "wrong" }, project.runs());
    right
}

#[test]
fn it_finds_the_culprit_however_often_it_is_killed() {
    let right = (0..3).filter(|seed| survives(*seed)).count();
    assert!(right >= 2, "{right} of 3");
}

/// The same with twenty seeds: `cargo test --test run -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn it_finds_the_culprit_in_nineteen_of_twenty_seeds() {
    let right = (0..20).filter(|seed| survives(*seed)).count();
    assert!(right >= 19, "{right} of 20");
}
