//! The promise: one line for a flaky test, some time later a commit that can be trusted. With real git, real processes,
//! and everything that can go wrong on the way.

#![cfg(feature = "cli")]
#![cfg(unix)]

use crate::support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tempfile::TempDir;

const BUG: &str = "KASAN: use-after-free in ring_free";

/// Passes or crashes by the seed, the commit and the run's number: with `bug` in three runs of ten, or in as many as `RATE` says,
/// and anywhere in one of ten with another title.
const TEST: &str = r#"
h=$(printf '%s %s %s' "$SEED" "$BISECTSTAT_COMMIT" "$BISECTSTAT_RUN" | sha256sum)
a=${h%"${h#????}"}; h=${h#????}; b=${h%"${h#????}"}
if [ -e bug ] && [ $((0x$a)) -lt ${RATE:-19661} ]; then echo 'noise'; echo 'BUG: KASAN: use-after-free in ring_free'; exit 1; fi
if [ $((0x$b)) -lt 6554 ]; then echo 'BUG: INFO: task hung in lock_wait'; exit 1; fi
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
            let _ = writeln!(
                text,
                "commit refs/heads/main\nmark :{}\ncommitter A <a@example.org> {} +0000",
                i + 1,
                1_600_000_000 + 60 * i
            );
            let _ = writeln!(text, "data {}\n{message}", message.len());
            for (n, parent) in of.iter().enumerate() {
                let _ = writeln!(text, "{} :{}", if n == 0 { "from" } else { "merge" }, parent + 1);
            }
            assert!(i == 0 || !of.is_empty(), "one root");
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

    fn history(&self, args: &[&str]) -> Ran {
        Ran::of(&self.bisectstat(&[&["history"], args].concat()).output().unwrap())
    }

    /// `run` with a line of shell as the test.
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
        let files = ["HEAD", "config", "index"]
            .map(|file| format!("{:?}", fs::read(self.repo().join(".git").join(file)).unwrap()));
        let said =
            [vec!["status", "--porcelain"], vec!["for-each-ref"], vec!["worktree", "list"], vec!["stash", "list"]];
        said.iter().map(|args| self.git(args)).chain(files).collect()
    }

    /// What is in our folder.
    fn left_over(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.repo().join(".git/bisectstat"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
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

/// A line with side branches of up to twelve commits that are merged later.
fn branched(dice: &mut ChaCha8Rng, commits: usize) -> Vec<Vec<usize>> {
    let mut parents: Vec<Vec<usize>> = vec![vec![]];
    let mut tip = 0;
    while parents.len() < commits {
        if parents.len() > 20 && parents.len() < commits - 20 && dice.random_bool(0.06) {
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

/// Bisects this many commits and kills the driver twice on the way; returns whether the answer is right.
fn survives(seed: u64, commits: usize, (rate, killed): (&str, [usize; 2])) -> bool {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let parents = branched(&mut dice, commits);
    let culprit = dice.random_range(1..parents.len());
    let project = Project::new(&parents, culprit);
    fs::write(project.repo().join("file"), "the user's own change\n").unwrap();
    fs::write(project.repo().join("untracked"), "mine\n").unwrap();
    let before = project.tree();
    let test = project.dir.path().join("test.sh");
    let seeds = seed.to_string();
    let start = [
        &project.first_and_last()[..],
        &["--title-regex", "^BUG: (.*)", "--title", BUG, "--", "sh", test.to_str().unwrap()],
    ]
    .concat();
    let mut args = [&["run"], &start[..]].concat();
    for runs in killed {
        let mut child = project.bisectstat(&args).env("SEED", &seeds).env("RATE", rate).spawn().unwrap();
        while project.runs() < runs && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        // SIGKILL: nothing can be tidied up.
        child.kill().unwrap();
        child.wait().unwrap();
        args = vec!["run", "--continue"];
    }
    assert_eq!(fs::read_to_string(project.state()).unwrap().matches("\"event\":\"end\"").count(), 0, "killed too late");
    let ran = Ran::of(&project.bisectstat(&args).env("SEED", &seeds).env("RATE", rate).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(project.tree(), before);
    assert_eq!(project.left_over(), ["state.ndjson"]);
    let right = ran.found() == Some(project.commits[culprit].as_str());
    eprintln!("seed {seed}: {} after {} runs", if right { "right" } else { "wrong" }, project.runs());
    right
}

#[test]
fn it_finds_the_culprit_however_often_it_is_killed() {
    // Nine runs of ten crash: few are needed.
    let right = (0..3).filter(|seed| survives(*seed, 60, ("58982", [6, 12]))).count();
    assert!(right >= 2, "{right} of 3");
}

/// The same with twenty seeds: `cargo test --test it run:: -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn it_finds_the_culprit_in_nineteen_of_twenty_seeds() {
    let right = (0..20).filter(|seed| survives(*seed, 300, ("19661", [8, 25]))).count();
    assert!(right >= 19, "{right} of 20");
}

/// What a run costs beside the test itself: `cargo test --test it run::what_a_run -- --ignored --nocapture`.
#[test]
#[ignore = "depends on time"]
fn what_a_run_costs_beside_the_test() {
    const RUNS: u32 = 300;
    let began = std::time::Instant::now();
    for _ in 0..RUNS {
        assert!(Command::new("sleep").arg("0.01").status().unwrap().success());
    }
    let alone = began.elapsed().as_secs_f64() / f64::from(RUNS);
    let project = Project::line(10, 5);
    let runs = RUNS.to_string();
    let ran = project
        .run(&[&project.first_and_last()[..], &["--runs", &runs, "--budget", &runs, "--", "sleep", "0.01"]].concat());
    assert!(ran.code.is_some_and(|code| code > 2), "{ran:#?}");
    let text = fs::read_to_string(project.state()).unwrap();
    let ended = |line: &str| serde_json::from_str::<Value>(line).unwrap()["elapsed"].as_f64().unwrap();
    let times: Vec<_> = text.lines().filter(|line| line.contains("\"event\":\"run\"")).map(ended).collect();
    let each = (times[times.len() - 1] - times[0]) / f64::from(u32::try_from(times.len() - 1).unwrap());
    eprintln!("{:.2} ms a run, {:.2} ms alone: {:.2} ms beside it", 1e3 * each, 1e3 * alone, 1e3 * (each - alone));
    assert!(each - alone < 1.5e-3);
}

/// A test that never lies.
const SURE: &str = "[ ! -e bug ]";

#[test]
fn a_sure_test_is_bisected_too() {
    let project = Project::line(40, 23);
    let before = project.tree();
    let ran = project.sh(&project.first_and_last(), SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    assert!(ran.stdout.contains("commit 23 introduced the failure (0.9"), "{ran:#?}");
    assert!(ran.stderr.lines().all(|line| line.contains(" runs  ")), "{ran:#?}");
    assert_eq!(project.tree(), before);
    // Again: the finished state makes room.
    let again = project.sh(&project.first_and_last(), SURE);
    assert_eq!(again.found(), ran.found());
    assert_eq!(project.left_over(), ["state.1.ndjson", "state.ndjson"]);
}

/// Who knows that the rate is the same everywhere needs fewer runs than who wants to be sure whatever it does; both are
/// remembered.
#[test]
fn what_is_held_of_rates_decides_how_many_runs_it_takes() {
    let ways: [(&[&str], &str); 3] = [
        (&["--rates", "constant"], r#""rates":"constant""#),
        (&[], r#""floor":null"#),
        (&["--floor", "0.9"], r#""floor":0.9"#),
    ];
    let runs = ways.map(|(options, kept)| {
        let project = Project::line(64, 40);
        let costs = ["--runs", "2", "--build-cost", "1", "--run-cost", "1"];
        let args = [&project.first_and_last()[..], options, &costs].concat();
        let ran = project.sh(&args, "! test -e bug");
        assert_eq!(ran.found(), Some(project.commits[40].as_str()), "{options:?}");
        assert_eq!(ran.stdout.contains("under every failure pattern"), options.contains(&"0.9"), "{ran:#?}");
        assert!(fs::read_to_string(project.state()).unwrap().contains(kept), "{options:?}");
        project.runs()
    });
    assert!(runs[0] <= runs[1] && runs[1] < runs[2], "{runs:?}");
}

/// What scripts depend on: the exit code, one object of JSON, and the journal's last line.
#[test]
fn scripts_get_an_exit_code_and_an_object() {
    let schema = fs::read(support::root().join("schema/run.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let read = |ran: &Ran| {
        let outcome: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
        let errors: Vec<_> = schema.iter_errors(&outcome).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {outcome}");
        outcome
    };
    let project = Project::line(30, 11);
    let json = [&project.first_and_last()[..], &["--format", "json"]].concat();
    for (line, options, code, ended) in [
        (SURE, &["--budget", "9"][..], 4, "budget"),
        (SURE, &[], 0, "sure"),
        ("true", &[], 3, "gone"),
        ("[ $(cat file) -ne 11 ] || exit 125; [ ! -e bug ]", &[], 4, "untestable"),
    ] {
        let ran = project.sh(&[&json[..], options].concat(), line);
        let outcome = read(&ran);
        assert_eq!((ran.code, outcome["ended"].as_str()), (Some(code), Some(ended)), "{line} {outcome}");
        assert_eq!(outcome["exit_code"], code);
        let status = project.run(&["--status", "--format", "json"]);
        assert_eq!((status.code, read(&status)), (Some(0), outcome.clone()), "asking is no verdict");
        let journal = fs::read_to_string(project.state()).unwrap();
        let last: Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
        assert_eq!((&last["event"], &last["reason"]), (&"end".into(), &ended.into()), "{last}");
        let named = if code == 3 { &Value::Null } else { &outcome["likeliest"]["commit"] };
        assert_eq!(&last["commit"], named, "{last}");
        let culprit = (code == 0).then_some(project.commits[11].as_str());
        assert_eq!(outcome["culprit"].as_str(), culprit, "{outcome}");
        let voids = outcome["spent"]["voids"].as_u64().unwrap();
        assert_eq!(outcome["spent"]["runs"], project.runs(), "{outcome}");
        assert_eq!(voids > 0, ended == "untestable", "{outcome}");
    }
    // Under way nothing has ended.
    let journal = fs::read_to_string(project.state()).unwrap();
    let whole = journal.lines().take(4).collect::<Vec<_>>().join("\n");
    fs::write(project.state(), whole + "\n").unwrap();
    let status = read(&project.run(&["--status", "--format", "json"]));
    assert!(status["ended"].is_null() && status["exit_code"].is_null() && status["culprit"].is_null(), "{status}");
    let mut wrong = status;
    wrong["ended"] = "perhaps".into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn the_log_reads_back_with_the_same_result() {
    let project = Project::line(30, 11);
    project.sh(&[&project.first_and_last()[..], &["--budget", "9"]].concat(), SURE);
    let log = project.run(&["--log"]);
    assert_eq!(log.stdout.lines().count(), 9, "{log:#?}");
    let path = project.dir.path().join("log.ndjson");
    fs::write(&path, &log.stdout).unwrap();
    let read =
        project.bisectstat(&["analyze", path.to_str().unwrap(), "--repo", ".", "--format", "ndjson"]).output().unwrap();
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    let status = project.run(&["--status"]).stdout;
    let best = &read["history"]["candidates"][0];
    let said = format!(
        "the likeliest commit is {} {}",
        &best["commit"].as_str().unwrap()[..12],
        best["subject"].as_str().unwrap()
    );
    assert!(status.contains(&said), "{status} {best}");
    // Without the repository it is a line with the right distances.
    let line = project.bisectstat(&["analyze", path.to_str().unwrap(), "--format", "ndjson"]).output().unwrap();
    let line: Value = serde_json::from_slice(&line.stdout).unwrap();
    let posteriors = |analysis: &Value| -> Vec<f64> {
        analysis["gaps"].as_array().unwrap().iter().map(|gap| gap["posterior"].as_f64().unwrap()).collect()
    };
    let both = posteriors(&line).into_iter().zip(posteriors(&read));
    assert!(both.into_iter().all(|(line, read)| (line - read).abs() < 1e-9), "{} {line} {read}", log.stdout);
}

#[test]
fn who_looks_for_the_fix_names_the_ends_the_other_way_round() {
    let project = Project::line(30, 17);
    let ran = project.sh(&["--good", "main", "--bad", &project.commits[0]], "[ -e bug ]");
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[17].as_str())), "{ran:#?}");
    assert!(ran.stdout.contains("fixed the failure"), "{ran:#?}");
}

/// What is in one of the good ends is hardly suspected, even where it is no ancestor of the other.
#[test]
fn several_good_ends_are_believed() {
    // 0 to 9, a side branch of 30 from 4, merged at 40; then a line.
    let mut parents: Vec<Vec<usize>> = (0..10).map(|i: usize| i.checked_sub(1).into_iter().collect()).collect();
    parents.push(vec![4]);
    parents.extend((11..40).map(|i| vec![i - 1]));
    parents.push(vec![9, 39]);
    parents.extend((41..60).map(|i| vec![i - 1]));
    let project = Project::new(&parents, 47);
    let good = [project.commits[9].as_str(), project.commits[39].as_str()];
    let ran = project.sh(&["--good", good[0], good[1], "--bad", "main"], SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[47].as_str())), "{ran:#?}");
    let log = project.run(&["--log"]).stdout;
    assert!(!project.commits[10..39].iter().any(|commit| log.contains(commit.as_str())), "{log}");
}

#[test]
fn what_cannot_be_built_or_tested_is_left_out() {
    let project = Project::line(40, 23);
    let start = project.first_and_last();
    // The file holds the commit's number.
    let unbuilt = [&start[..], &["--build", "n=$(cat file); test $n -lt 10 -o $n -gt 18 && echo x >> built"]].concat();
    let ran = project.sh(&unbuilt, "[ -s built ] || exit 9; [ $(cat file) -ne 25 ] || exit 125; [ ! -e bug ]");
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    // The culprit itself cannot be tested: nothing tells it from the next.
    let ran = project.sh(&start, "[ $(cat file) -ne 23 ] || exit 125; [ ! -e bug ]");
    assert_eq!(ran.code, Some(4), "{ran:#?}");
    assert!(
        ran.stdout.contains("undecided: what is left cannot be built or tested") && ran.found().is_none(),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("nobody has bisected"), "{ran:#?}");
    assert!(ran.stdout.contains("commit 23") && ran.stdout.contains("commit 24"), "{ran:#?}");
}

/// Where one run in five says nothing, nothing is given up for it: not an end, not a commit.
#[test]
fn runs_that_say_nothing_cost_time_and_nothing_else() {
    // A run of a commit says nothing by the seed that it is given: the same in every clone.
    let void = "[ $((BISECTSTAT_SEED % 5)) -ne 0 ] || exit $CODE; [ ! -e bug ]";
    for (seed, code) in [("1", "125"), ("2", "255"), ("3", "137"), ("4", "7")] {
        let project = Project::line(40, 23);
        let options = ["--seed", seed, "--void-exit", "7,137,255"];
        let line = void.replace("$CODE", code);
        let ran = project.sh(&[&project.first_and_last()[..], &options].concat(), &line);
        assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{code}: {ran:#?}");
        assert!(ran.stdout.contains("of them say nothing"), "{ran:#?}");
        let log = project.run(&["--log"]).stdout;
        let skips = log.lines().filter(|line| line.contains("\"skip\"")).count();
        assert!(skips > 0 && log.contains(&format!("exit code {code}")), "{log}");
    }
    // An end at which nothing ever says anything is an error, after some tries.
    let project = Project::line(10, 5);
    let ran = project.sh(&project.first_and_last(), "exit 125");
    ran.fails_with("told nothing 8 times in a row (exit code 125); name another --bad");
    // Nothing is known, so the next try begins anew.
    assert_eq!(project.sh(&project.first_and_last(), SURE).found(), Some(project.commits[5].as_str()));
    // Unless it is said so, these codes are crashes of the bug like others.
    let ran = project.sh(&[&project.first_and_last()[..], &["--void-exit"]].concat(), "[ ! -e bug ] || exit 255");
    assert_eq!(ran.found(), Some(project.commits[5].as_str()), "{ran:#?}");
}

/// A commit that said nothing at first is tried again when it matters.
#[test]
fn no_commit_is_left_out_for_ever() {
    let project = Project::line(12, 6);
    let tried = project.dir.path().join("tried");
    fs::create_dir(&tried).unwrap();
    // The culprit and its parent say nothing in their first six runs.
    let line = format!(
        "n=$(cat file); if [ $n = 5 ] || [ $n = 6 ]; then echo x >> {0}/$n; \
         [ $(wc -l < {0}/$n) -gt 6 ] || exit 125; fi; [ ! -e bug ]",
        tried.display()
    );
    let ran = project.sh(&project.first_and_last(), &line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[6].as_str())), "{ran:#?}");
}

#[test]
fn a_run_that_takes_too_long_may_say_nothing() {
    let project = Project::line(8, 4);
    let line = "[ $BISECTSTAT_RUN -gt 0 ] || sleep 1000; [ ! -e bug ]";
    let options = ["--timeout", "300ms", "--timeout-is", "void"];
    let ran = project.sh(&[&project.first_and_last()[..], &options].concat(), line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[4].as_str())), "{ran:#?}");
    let log = project.run(&["--log"]).stdout;
    assert!(log.contains("\"why\":\"timeout\"") && !log.contains("\"title\":\"timeout\""), "{log}");
}

#[test]
fn who_knows_what_cannot_be_tested_says_so() {
    let project = Project::line(40, 23);
    let range = format!("{}..{}", project.commits[9], project.commits[17]);
    let start = [&project.first_and_last()[..], &["--skip", &range, &project.commits[30]]].concat();
    let ran =
        project.sh(&start, "n=$(cat file); [ $n -lt 10 ] || [ $n -gt 17 ] && [ $n -ne 30 ] || exit 9; [ ! -e bug ]");
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    let project = Project::line(10, 5);
    let start = project.first_and_last();
    project.sh(&[&start[..], &["--skip", "main"]].concat(), SURE).fails_with("is an end of the range");
    project.sh(&[&start[..], &["--skip", "no..where"]].concat(), SURE).fails_with("--skip no..where: git rev-list");
}

/// A commit that is sure is tried once more: it, its parent, and the newest end without it.
#[test]
fn what_was_found_is_verified() {
    let project = Project::line(3, 2);
    let commit = |file: &str, text: &str, subject: &str| {
        fs::write(project.repo().join(file), text).unwrap();
        project.git(&["add", "."]);
        project.git(&["commit", "--quiet", "-m", subject]);
    };
    for i in 0..12 {
        commit(
            if i == 5 { "flag" } else { "other" },
            &format!(
                "{i}
"
            ),
            &format!("change {i}"),
        );
    }
    let culprit = project.git(&["rev-parse", "main~6"]);
    let start = ["--good", "main~12", "--bad", "main", "--verify"];
    let line = "[ ! -e flag ]";
    let ran = project.sh(&start, line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(culprit.as_str())), "{ran:#?}");
    assert!(
        ran.stdout.contains("  verified: ")
            && ran.stdout.contains(
                "without it
"
            ),
        "{ran:#?}"
    );
    let status: Value = serde_json::from_str(&project.run(&["--status", "--format", "json"]).stdout).unwrap();
    let [own, parents, without] = ["commit", "parents", "without"].map(|key| &status["verified"][key]);
    assert!(own["crashes"] == own["runs"] && parents["crashes"] == 0 && without["crashes"] == 0, "{status}");
    assert!(without["runs"].as_u64() >= Some(3) && status["verified"]["holds"] == true, "{status}");
    // Runs without the commit are none of the bad end's.
    let (log, newest) = (project.run(&["--log"]).stdout, project.git(&["rev-parse", "main"]));
    assert!(!log.lines().any(|line| line.contains(&newest) && line.contains("pass")), "{log}");
    // Where something else crashes at the newest end too, it says so.
    let ran = project.sh(&start, "[ ! -e flag ] && [ $(cat other 2>/dev/null || echo 0) -lt 10 ]");
    assert!(ran.stdout.contains("not verified: ") && ran.stdout.contains("it is not the only cause"), "{ran:#?}");
    // And where the commit cannot be reverted.
    commit(
        "flag", "changed
", "later",
    );
    let ran = project.sh(&["--good", "main~13", "--bad", "main", "--verify"], line);
    assert!(ran.found() == Some(culprit.as_str()) && ran.stdout.contains("it cannot be reverted at"), "{ran:#?}");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
}

/// What was run before counts, whatever form it has.
#[test]
fn it_begins_with_what_was_run_before() {
    let project = Project::line(40, 23);
    let table: String = (0..40).step_by(3).fold("commit,outcome,count\n".to_owned(), |table, i| {
        let outcome = if i < 23 { "pass" } else { "fail" };
        format!("{table}{},{outcome},3\n", &project.commits[i][..12])
    });
    let path = project.dir.path().join("runs.csv");
    fs::write(&path, format!("{table}{},pass,1\n", "d".repeat(40))).unwrap();
    let start = [&project.first_and_last()[..], &["--evidence", path.to_str().unwrap()]].concat();
    let ran = project.sh(&start, SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    assert!(ran.stderr.contains("left out 1 revision that the range does not have: dddddddddddd"), "{ran:#?}");
    let log = project.run(&["--log"]).stdout;
    let before = log.lines().filter(|line| !line.contains("seconds")).count();
    assert_eq!(before, 3 * 14, "{log}");
    // No number is used twice.
    let own: Vec<_> = fs::read_to_string(project.state()).unwrap().lines().map(str::to_owned).collect();
    let numbers = own.iter().filter(|line| line.contains(&project.commits[24]) && line.contains("\"run\":"));
    let numbers: Vec<Value> = numbers.map(|line| serde_json::from_str::<Value>(line).unwrap()["run"].clone()).collect();
    assert!(numbers.iter().enumerate().all(|(i, n)| *n == i), "{numbers:?}");
    for (text, said) in [("commit,outcome\n", "runs.csv"), ("hello\n", "runs.csv")] {
        fs::write(&path, text).unwrap();
        fs::remove_file(project.state()).unwrap_or_default();
        project.sh(&start, SURE).fails_with(said);
    }
}

/// What `history` says to do finds the commit, from what the CI has run and nothing else: the command as it is printed.
#[test]
fn a_change_in_a_history_is_bisected_with_its_runs() {
    let project = Project::line(40, 23);
    let mut table = "test,commit,order,failures,runs\n".to_owned();
    for i in (0..40).step_by(5) {
        // It was mended once: the first piece says nothing of the newest change.
        let failures = if (10..23).contains(&i) { 0 } else { 4 };
        let _ = writeln!(table, "t,{0},{i},{failures},4\nother,{0},{i},0,4", &project.commits[i][..12]);
    }
    let path = project.dir.path().join("ci.csv");
    fs::write(&path, table).unwrap();
    let file = project.dir.path().join("around.csv");
    let ran = project.history(&["--test", "t", "-o", file.to_str().unwrap(), path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1 + 6);
    let said =
        |begins: &str| ran.stdout.lines().find_map(|line| line.strip_prefix("→ bisectstat ")?.strip_prefix(begins));
    let command = said("run ").unwrap_or_else(|| panic!("{}", ran.stdout));
    let args: Vec<&str> = command.strip_suffix(" -- CMD").unwrap().split(' ').collect();
    let ran = project.sh(&args, SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    assert!(said("next ").is_some_and(|asked| asked == file.to_str().unwrap()));
}

/// Side branches of three commits each, merged one after the other; the culprit is inside one.
#[test]
fn first_parents_are_all_that_counts_when_somebody_says_so() {
    let mut parents: Vec<Vec<usize>> = vec![vec![]];
    let mut tip = 0;
    for _ in 0..12 {
        let side = parents.len();
        parents.extend([vec![tip], vec![side], vec![side + 1], vec![tip]]);
        parents.push(vec![side + 3, side + 2]);
        tip = parents.len() - 1;
    }
    // The second commit of the seventh side branch; its merge is three later.
    let project = Project::new(&parents, 6 * 5 + 2);
    let start = [&project.first_and_last()[..], &["--first-parent"]].concat();
    let ran = project.sh(&start, SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[6 * 5 + 5].as_str())), "{ran:#?}");
    let log = project.run(&["--log"]).stdout;
    assert!(
        !project.commits.iter().enumerate().any(|(i, commit)| i % 5 > 0 && i % 5 < 4 && log.contains(commit)),
        "{log}"
    );
    assert!(project.run(&["--status"]).stdout.contains("found: "));
    let aside = ["--good", &project.commits[7], "--bad", "main", "--first-parent"];
    project.sh(&aside, SURE).fails_with("is not on the line of first parents of");
}

/// What somebody suspects is tried first, and is no more than that.
#[test]
fn suspicions_save_runs_and_can_be_wrong() {
    let project = Project::line(200, 150);
    let weights = project.dir.path().join("weights.csv");
    let runs = |options: &[&str]| {
        let ran = project.sh(&[&project.first_and_last()[..], &["--runs", "2"], options].concat(), SURE);
        assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[150].as_str())), "{ran:#?}");
        project.runs()
    };
    let without = runs(&[]);
    fs::write(&weights, format!("commit,weight\n{},60\nv9,1\n", project.commits[150])).unwrap();
    let told = runs(&["--weights", weights.to_str().unwrap()]);
    assert!(told < without, "{told} {without}");
    // Only the culprit adds the file, and only the first commit is suspected.
    let touching = runs(&["--paths", "bug"]);
    assert!(touching < without, "{touching} {without}");
    fs::write(&weights, format!("commit,weight\n{},50\n", project.commits[20])).unwrap();
    runs(&["--weights", weights.to_str().unwrap()]);
    project.sh(&[&project.first_and_last()[..], &["--paths", "nothing"]].concat(), SURE).fails_with("touches nothing");
    fs::write(&weights, "commit,much\n").unwrap();
    let wrong = ["--weights", weights.to_str().unwrap()];
    project.sh(&[&project.first_and_last()[..], &wrong].concat(), SURE).fails_with("weights.csv:1: no column `weight`");
}

#[test]
fn who_has_measured_the_rates_says_so() {
    let project = Project::line(40, 23);
    let line = "[ $((BISECTSTAT_SEED % 10)) -ne 0 ] && { [ ! -e bug ] || [ $((BISECTSTAT_SEED % 2)) -ne 0 ]; }";
    let told = ["--reproduction", "0.5", "--background", "0.1", "--seed", "3"];
    let ran = project.sh(&[&project.first_and_last()[..], &told].concat(), line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    assert!(ran.stdout.contains("`--title-regex`"), "{ran:#?}");
    let kept = fs::read_to_string(project.state()).unwrap();
    assert!(kept.contains(r#""reproduction":0.5,"background":0.1"#), "{kept}");
    let prior = ["--prior", "no/such.json"];
    project.sh(&[&project.first_and_last()[..], &prior].concat(), SURE).fails_with("no/such.json: ");
}

/// The order of visits must not depend on how fast a machine is: the same seeds lead to the same journal but for times.
#[test]
fn two_clones_have_the_same_journal() {
    let line = "sleep 0.0$((BISECTSTAT_SEED % 3)); [ ! -e bug ] || [ $((BISECTSTAT_SEED % 3)) -ne 0 ]";
    let journal = |slow: &str| {
        let project = Project::line(50, 31);
        let costs = ["--build-cost", "2", "--run-cost", "1", "--seed", "5"];
        let args = [&project.first_and_last()[..], &costs].concat();
        let ran = project.sh(&args, &format!("{slow}{line}"));
        assert_eq!(ran.found(), Some(project.commits[31].as_str()), "{ran:#?}");
        let text = fs::read_to_string(project.state()).unwrap();
        let events = text.lines().map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            for key in ["elapsed", "seconds", "check", "options"] {
                event.as_object_mut().unwrap().remove(key);
            }
            event
        });
        events.collect::<Vec<_>>()
    };
    assert_eq!(journal(""), journal("sleep 0.03; "));
}

/// A bug that shows at the good end only, and a title beside it that looks like it at the bad one: the bad end is tried until it
/// is clear that the bug does not show there, and nothing else is.
#[test]
fn a_bug_that_does_not_show_at_the_bad_end_ends_it() {
    let project = Project::line(12, 5);
    let titles = ["--title-regex", "^BUG: (.*)", "--title", "use after free in ring_free", "--jobs", "2"];
    let test = "[ $(cat file) -ne 0 ] || { echo 'BUG: use after free in ring_free'; exit 1; }; [ $((BISECTSTAT_SEED % 2)) -eq 0 ] || \
                { echo 'BUG: use after free in ring_full'; exit 1; }";
    let ran = project.sh(&[&project.first_and_last()[..], &titles].concat(), test);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(ran.stdout.contains("the bad end does not fail as \"use after free in ring_free\" any more"), "{ran:#?}");
    assert!(project.runs() < 220, "{}", project.runs());
}

#[test]
fn nobody_is_to_blame_when_an_end_is_wrong() {
    let project = Project::line(30, 0);
    let ran = project.sh(&project.first_and_last(), "[ $((BISECTSTAT_RUN % 2)) = 0 ]");
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(ran.stdout.contains("`--title-regex`"), "{ran:#?}");
    assert!(ran.stdout.contains("the good end fails too") && ran.found().is_none(), "{ran:#?}");
    let ran = project.sh(&project.first_and_last(), "true");
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(ran.stdout.contains("the bad end does not fail any more") && ran.found().is_none(), "{ran:#?}");
    let start =
        [&project.first_and_last()[..], &["--runs", "20", "--title-regex", "is .*", "--title", "is this"]].concat();
    let ran = project.sh(&start, "echo is that; exit 1");
    assert!(
        ran.stdout.contains("the bad end does not fail as \"is this\" any more") && ran.stdout.contains("\"is that\""),
        "{ran:#?}"
    );
}

#[test]
fn work_trees_work_side_by_side() {
    let project = Project::line(60, 41);
    let before = project.tree();
    let start = [&project.first_and_last()[..], &["--jobs", "3"]].concat();
    let busy = project.dir.path().join("busy");
    let line =
        format!("mkdir {}$BISECTSTAT_JOB || exit 125; sleep 0.05; rmdir {0}$BISECTSTAT_JOB; {SURE}", busy.display());
    let ran = project.sh(&start, &line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[41].as_str())), "{ran:#?}");
    assert_eq!(project.tree(), before);
    let log = project.run(&["--log"]).stdout;
    assert!(!log.contains("skip"), "{log}");
}

#[test]
fn a_hang_is_killed_with_its_children_and_counts_as_a_crash() {
    let project = Project::line(8, 4);
    let pids = project.dir.path().join("pids");
    let line = format!("[ ! -e bug ] && exit 0; sleep 1000 & echo $! >> {}; wait", pids.display());
    let start = [&project.first_and_last()[..], &["--timeout", "150ms", "--runs", "2", "--target", "0.9"]].concat();
    let ran = project.sh(&start, &line);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[4].as_str())), "{ran:#?}");
    assert!(project.run(&["--log"]).stdout.contains("\"title\":\"timeout\""));
    for pid in fs::read_to_string(pids).unwrap().lines() {
        assert!(!is_alive(pid), "{pid}");
    }
}

fn is_alive(pid: &str) -> bool {
    // Init buries it in a moment.
    let alive = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
    (0..100).all(|_| {
        alive() && {
            std::thread::sleep(Duration::from_millis(10));
            true
        }
    })
}

#[test]
fn who_stops_it_loses_the_run_under_way_only() {
    let project = Project::line(30, 11);
    let before = project.tree();
    let pid = project.dir.path().join("pid");
    let line = format!("[ $BISECTSTAT_RUN -lt 2 ] || {{ echo $$ > {}; exec sleep 1000; }}; exit 1", pid.display());
    // Whoever runs these tests may have said that closing the terminal is to stop nothing.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let signals = [("INT", true), ("TERM", true), ("HUP", true), ("KILL", false)];
    for (signal, clean) in signals.into_iter().filter(|(name, _)| *name != "HUP" || ignored.unwrap_or(0) & 1 == 0) {
        let _ = fs::remove_file(&pid);
        let _ = fs::remove_file(project.state());
        let args = [&["run"], &project.first_and_last()[..], &["--", "sh", "-c", &line]].concat();
        let child = project.bisectstat(&args).spawn().unwrap();
        while fs::read_to_string(&pid).unwrap_or_default().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let second = project.run(&["--continue"]);
        second.fails_with("another `bisectstat run` is at work on it");
        // What is at work is not tidied up.
        assert_eq!(project.run(&["--clean"]).stdout, "");
        assert!(Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap().success());
        let ran = Ran::of(&child.wait_with_output().unwrap());
        assert_eq!(project.runs(), 2, "{signal}");
        if clean {
            assert!(
                ran.code == Some(2) && ran.stderr.contains("stopped; `bisectstat run --continue` goes on"),
                "{ran:#?}"
            );
            assert_eq!(project.left_over(), ["state.ndjson"]);
            assert_eq!(project.tree(), before);
        } else {
            // Nobody was left to tidy up but the guard: the test is gone, its work tree is not.
            assert!(!is_alive(fs::read_to_string(&pid).unwrap().trim()), "{signal}");
            let cleaned = project.run(&["--clean"]);
            assert!(cleaned.code == Some(0) && cleaned.stdout.starts_with("removed "), "{cleaned:#?}");
            assert_eq!((project.left_over(), project.tree()), (vec!["state.ndjson".to_owned()], before.clone()));
            let on = project.run(&["--continue", "--budget", "2"]);
            assert_eq!(on.code, Some(4), "{on:#?}");
            assert!(on.stdout.contains("the budget ran out"), "{on:#?}");
            assert_eq!((project.left_over(), project.tree()), (vec!["state.ndjson".to_owned()], before.clone()));
        }
        assert!(!is_alive(fs::read_to_string(&pid).unwrap().trim()), "{signal}");
        let status = project.run(&["--status"]);
        assert!(status.stdout.contains("2 runs at 1 commit"), "{status:#?}");
    }
}

/// A disk that is full, as a limit of the file's size: what was written stays whole, and it goes on when there is room.
#[test]
fn a_full_disk_loses_the_run_under_way_only() {
    let project = Project::line(30, 11);
    let program = support::program();
    let line = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' run --good {} --bad main --runs 9 -- sh -c '[ ! -e bug ]'",
        program.display(),
        project.commits[0]
    );
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(project.repo())
        .env("HOME", project.dir.path())
        .output()
        .unwrap();
    let ran = Ran::of(&output);
    ran.fails_with("state.ndjson: File too large");
    assert!(ran.stderr.contains("what was run so far is kept"), "{ran:#?}");
    let text = fs::read_to_string(project.state()).unwrap();
    assert!(text.ends_with('\n') && project.runs() > 3, "{text}");
    let ran = project.run(&["--continue"]);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[11].as_str())), "{ran:#?}");
}

#[test]
fn what_went_wrong_is_taken_back() {
    let project = Project::line(20, 11);
    let ran = project.sh(&[&project.first_and_last()[..], &["--budget", "12"]].concat(), SURE);
    assert_eq!(ran.code, Some(4), "{ran:#?}");
    project.run(&["--undo", "13"]).fails_with("--undo 13: there are 12 runs and failed builds");
    let undone = project.run(&["--undo", "5"]);
    assert!(undone.code == Some(0) && undone.stdout.starts_with("7 runs left"), "{undone:#?}");
    assert_eq!(project.run(&["--log"]).stdout.lines().count(), 7);
    let on = project.run(&["--continue", "--budget", "500"]);
    assert_eq!((on.code, on.found()), (Some(0), Some(project.commits[11].as_str())), "{on:#?}");
}

#[test]
fn it_takes_over_from_git() {
    let project = Project::line(40, 23);
    project.run(&["--from-git-bisect", "--", "true"]).fails_with("no `git bisect` is under way");
    project.git(&["bisect", "start"]);
    project.run(&["--from-git-bisect", "--", "true"]).fails_with("it names no commit yet");
    project.git(&["bisect", "bad", "main"]);
    project.run(&["--from-git-bisect", "--", "true"]).fails_with("no commit is called good yet");
    project.git(&["bisect", "good", &project.commits[2]]);
    project.git(&["bisect", "bad"]);
    let before = project.tree();
    let ran = project.sh(&["--from-git-bisect"], SURE);
    assert_eq!((ran.code, ran.found()), (Some(0), Some(project.commits[23].as_str())), "{ran:#?}");
    assert_eq!(project.tree(), before);
    let log = project.run(&["--log"]).stdout;
    // git's three words have no time.
    assert_eq!(log.lines().filter(|line| !line.contains("seconds")).count(), 3, "{log}");
}

#[test]
fn a_test_that_git_does_not_know_is_found_all_the_same() {
    let project = Project::line(20, 11);
    fs::write(project.repo().join("mine.sh"), "#!/bin/sh\n[ ! -e bug ]\n").unwrap();
    let start = [&project.first_and_last()[..], &["--", "sh", "mine.sh"]].concat();
    let ran = project.run(&start);
    assert_eq!(ran.found(), Some(project.commits[11].as_str()), "{ran:#?}");
    assert!(ran.stderr.contains("warning: mine.sh is not in"), "{ran:#?}");
}

#[test]
fn the_test_runs_in_the_folder_where_it_was_called() {
    let project = Project::line(6, 0);
    for i in 0..8 {
        fs::create_dir_all(project.repo().join("sub")).unwrap();
        fs::write(project.repo().join("sub/test.sh"), format!("# {i}\n[ {i} -lt 5 ]\n")).unwrap();
        project.git(&["add", "sub"]);
        project.git(&["commit", "--quiet", "-m", &format!("test {i}")]);
    }
    let args = ["run", "--good", "main~7", "--bad", "main", "--", "sh", "./test.sh"];
    let ran = Ran::of(&project.bisectstat(&args).current_dir(project.repo().join("sub")).output().unwrap());
    assert_eq!(ran.found(), Some(project.git(&["rev-parse", "main~2"]).as_str()), "{ran:#?}");
}

#[test]
fn charts_are_drawn_at_the_end() {
    let project = Project::line(20, 11);
    let start = [&project.first_and_last()[..], &["-o", "../charts"]].concat();
    let ran = project.sh(&start, SURE);
    assert!(ran.stdout.contains("charts: ../charts/index.md"), "{ran:#?}");
    assert!(fs::read_to_string(project.dir.path().join("charts/posterior.svg")).unwrap().contains("<svg"));
}

#[test]
fn bad_input_gets_one_error_and_loses_nothing() {
    let project = Project::line(20, 11);
    let first = project.commits[0].clone();
    let ends = ["--good", first.as_str(), "--bad", "main"];
    let with = |more: &[&'static str]| -> Vec<String> { ends.iter().chain(more).map(|s| (*s).to_owned()).collect() };
    let run = |args: &[String]| project.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    project.git(&["branch", "side", "main~3"]);
    project.git(&["worktree", "add", "--quiet", "../side", "side"]);
    project
        .command(&["commit", "--quiet", "--allow-empty", "-m", "side"])
        .current_dir(project.dir.path().join("side"))
        .status()
        .unwrap();
    project.git(&["worktree", "remove", "--force", "../side"]);
    let nothing = project.dir.path().to_str().unwrap();
    project.run(&["--good", "a", "--bad", "b", "--repo", nothing, "--", "true"]).fails_with("not in a git repository");
    project.run(&["--good", "a", "--bad", "b", "--repo", "no/where", "--", "true"]).fails_with("no such folder");
    project.run(&["--good", "nothing", "--bad", "main", "--", "true"]).fails_with("nothing: no such revision in .");
    project.run(&["--good", "main:file", "--bad", "main", "--", "true"]).fails_with("main:file: no such revision");
    project.run(&["--good", "side", "--bad", "main", "--", "true"]).fails_with("side is no ancestor of main");
    project.run(&["--good", "main", "--bad", "main", "--", "true"]).fails_with("main is both good and bad");
    run(&with(&["--title", "x", "--", "true"])).fails_with("--title needs --title-regex or --title-cmd");
    run(&with(&["--title-regex", "(", "--", "true"])).fails_with("--title-regex: unclosed group");
    project.run(&["--continue"]).fails_with("no bisection has begun here");
    project.run(&["--status"]).fails_with("no bisection has begun here");
    assert!(!project.state().exists());
    for (args, said) in [
        (vec!["--", "./no-such-test"], "./no-such-test cannot be started at"),
        (vec!["--", "sh", "-c", "no-such-command"], "cannot be started at"),
        (vec!["--", "sh", "-c", "exit 126"], "exit code 126"),
        (vec!["--", "sh", "-c", "exit 125"], "name another --bad"),
        (
            vec!["--build", "echo no compiler; exit 3", "--", "true"],
            "the build fails (exit code 3): no compiler; name another --bad",
        ),
        (vec!["--title-cmd", "exit 4", "--", "false"], "--title-cmd \"exit 4\": exit status: 4"),
    ] {
        run(&with(&args)).fails_with(said);
        // Nothing was run, so the next try may begin anew.
        assert_eq!(project.left_over(), ["state.ndjson"]);
    }
    // A good end where nothing starts: what was run at the bad end is kept.
    run(&with(&["--", "sh", "-c", "[ ! -e bug ] && exit 127; exit 1"])).fails_with("cannot be started at");
    let kept = fs::read(project.state()).unwrap();
    assert!(project.runs() > 0);
    run(&with(&["--", "true"])).fails_with("a bisection is under way");
    let torn = [&kept[..], b"{\"elapsed\":3,\"event\":\"ru"].concat();
    fs::write(project.state(), &torn).unwrap();
    let status = project.run(&["--status"]);
    assert!(status.code == Some(0) && fs::read(project.state()).unwrap() == torn, "{status:#?}");
    fs::write(project.state(), &kept[..40]).unwrap();
    project.run(&["--continue"]).fails_with("state.ndjson:1: half written: the bisection never began");
    let damaged = String::from_utf8(kept.clone()).unwrap() + "damaged\n";
    fs::write(project.state(), &damaged).unwrap();
    project.run(&["--continue"]).fails_with(&format!("state.ndjson:{}: not a line of", damaged.lines().count()));
    assert_eq!(fs::read_to_string(project.state()).unwrap(), damaged);
    let on = project.run(&["--continue", "--repair", "--budget", "1"]);
    assert!(on.code == Some(4) && on.stderr.contains("warning: ") && on.stderr.contains("left out line"), "{on:#?}");
    assert_eq!(fs::read_to_string(project.repo().join(".git/bisectstat/state.1.ndjson")).unwrap(), damaged);
    // Another repository's state.
    let other = Project::line(5, 3);
    let path = project.dir.path().join("state");
    fs::write(&path, &kept).unwrap();
    other.run(&["--continue", "--state", path.to_str().unwrap()]).fails_with("the state of another repository");
    assert_eq!(fs::read(&path).unwrap(), kept);
}

#[test]
fn changes_in_a_submodule_are_said() {
    let (project, library) = (Project::line(6, 3), Project::line(2, 1));
    project.git(&["submodule", "--quiet", "add", library.repo().to_str().unwrap(), "lib"]);
    project.git(&["commit", "--quiet", "-m", "a library"]);
    let ran = project.sh(&project.first_and_last(), SURE);
    assert_eq!(ran.found(), Some(project.commits[3].as_str()), "{ran:#?}");
    assert!(ran.stderr.contains("warning: the repository has submodules"), "{ran:#?}");
    fs::write(project.repo().join("lib/file"), "changed\n").unwrap();
    project.sh(&project.first_and_last(), SURE).fails_with("the submodule lib has changes");
}

/// `run` and `plans` are one search: on the same tape of outcomes, with the same costs, they make the same runs.
#[test]
fn a_search_takes_as_many_runs_as_it_was_planned_to() {
    use bisectstat::model::search::Shown;
    use bisectstat::simulate::plans::{Belief, Cell, Limits, Machine, Plan, Rates, play, trials};

    const COMMITS: u64 = 24;
    const LONGEST: usize = 60;
    for (theta, background) in [(0.9, 0.0), (0.6, 0.1)] {
        let cell = Cell { commits: COMMITS, rates: Rates::Constant { theta }, other: 0.0, background };
        let trial = trials(&cell, 1, 5).remove(0);
        let limits = Limits { budget: 1000, ..Limits::default() };
        let planned = play(Plan::Ours, &cell, &trial, &Belief::Usual.assumptions(), limits);
        let project = Project::line(usize::try_from(COMMITS).unwrap() + 1, 1);
        let mut machine = Machine::new(&cell, &trial);
        let outcome = |shown| if shown == Shown::Bug { '1' } else { '0' };
        let tape: Vec<String> =
            (0..=COMMITS).map(|at| (0..LONGEST).map(|_| outcome(machine.run(at))).collect()).collect();
        fs::write(project.dir.path().join("tape"), tape.join("\n") + "\n").unwrap();
        let (good, bad) = (&project.commits[0], project.commits.last().unwrap());
        let tape = project.dir.path().join("tape");
        let line = format!(
            "set -- $(sed -n $(($(cat file)+1))p {}); exit $(echo $1 | cut -c$((BISECTSTAT_RUN+1)))",
            tape.display()
        );
        let costs = ["--runs", "1", "--build-cost", "0", "--run-cost", "1"];
        let ran = project.sh(&[&["--good", good, "--bad", bad], &costs[..]].concat(), &line);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        assert_eq!(project.runs(), usize::try_from(planned.runs).unwrap(), "{}", ran.stdout);
        let named = &project.commits[usize::try_from(planned.named).unwrap()];
        assert!(ran.stdout.contains(&named[..12]), "{named} {}", ran.stdout);
    }
}
