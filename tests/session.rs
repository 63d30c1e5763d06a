//! Ask and tell: workers that are late, silent, talk twice or lie now and then, and a file that is all that is left.

#![cfg(feature = "cli")]
#![cfg(unix)]

use crate::support;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bisectstat::runner::{Answer, Asking, Heard, Session};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use support::commits::{commits, git};
use support::forge::program as script;
use tempfile::TempDir;

/// A list of nightlies, and the session that searches it.
struct Farm {
    dir: TempDir,
    /// The first bad one.
    culprit: usize,
    /// Which cannot be had; the workers find out.
    missing: HashSet<usize>,
    rng: ChaCha8Rng,
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// The program, which no signal ends.
fn run(args: &[&str]) -> Ran {
    let support::Ran { code, stdout, stderr } = support::run(args);
    Ran { code: code.unwrap(), stdout, stderr }
}

/// How often a run fails before and since.
const RATES: (f64, f64) = (0.02, 0.5);

impl Farm {
    fn new(seed: u64, size: usize, missing: f64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let culprit = rng.random_range(1..size - 1);
        let missing =
            (1..size - 1).filter(|i| *i != culprit && *i + 1 != culprit && rng.random_bool(missing)).collect();
        let farm = Self { dir: TempDir::new().unwrap(), culprit, missing, rng };
        let names: Vec<_> = (0..size).map(name).collect();
        fs::write(farm.dir.path().join("list.txt"), names.join("\n")).unwrap();
        let (list, state) = (farm.dir.path().join("list.txt"), farm.state());
        let (visit, each) = costs();
        let costs = ["--build-cost", &(visit + 30).to_string(), "--run-cost", &each.to_string()];
        let own = ["session", "start", "--candidates", list.to_str().unwrap(), "--state", state.to_str().unwrap()];
        let ran = run(&[&own[..], &costs[..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        farm
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("farm.ndjson")
    }

    /// What a worker sees; a liar turns one run in fifty round.
    fn answer(&mut self, asking: &Asking, lies: bool) -> Answer {
        let mut answer = Answer::counted(&asking.id, 0, 0);
        let at = number(&asking.candidate.to_string());
        if self.missing.contains(&at) {
            answer.untestable = Some("not on the mirror".to_owned());
            return answer;
        }
        for _ in 0..asking.runs {
            let rate = if at >= self.culprit { RATES.1 } else { RATES.0 };
            let fails = self.rng.random_bool(rate) != (lies && self.rng.random_bool(0.02));
            *(if fails { &mut answer.failures } else { &mut answer.passes }) += 1;
        }
        answer
    }

    /// So many workers until it is over. Gives the named candidate, how long it took, and the runs that were made.
    fn work(&mut self, workers: usize, trouble: bool) -> (Option<usize>, i64, u64) {
        const LASTS: i64 = 900;
        let (visit, each) = costs();
        let (mut clock, mut runs) = (0, 0);
        // When each worker is heard of next, with what it has to say.
        let mut heard: BinaryHeap<Reverse<(i64, usize)>> = (0..workers).map(|worker| Reverse((0, worker))).collect();
        let mut holds: Vec<Option<Asking>> = vec![None; workers];
        let mut session = Session::open(&self.state(), Path::new("."), 0).unwrap();
        while let Some(Reverse((now, worker))) = heard.pop() {
            clock = now;
            if trouble && self.rng.random_bool(0.1) {
                // Another process, or another machine, goes on with the file alone.
                drop(session);
                session = Session::open(&self.state(), Path::new("."), now).unwrap();
            }
            if let Some(asking) = holds[worker].take() {
                let answer = self.answer(&asking, worker == 0 && trouble);
                if !(trouble && self.rng.random_bool(0.04)) {
                    runs += answer.runs();
                    assert_eq!(session.tell(answer.clone(), now).unwrap(), Heard::Counted);
                    if trouble && self.rng.random_bool(0.1) {
                        assert_eq!(session.tell(answer, now).unwrap(), Heard::Again);
                    }
                }
            }
            let asked = session.ask(1, LASTS, now).unwrap();
            if asked.ended.is_some() {
                break;
            }
            let next = match asked.leases.into_iter().next() {
                Some(asking) => {
                    let takes = visit + each * i64::from(asking.runs) + self.rng.random_range(0..60);
                    holds[worker] = Some(asking);
                    now + takes
                }
                None => now + 30,
            };
            heard.push(Reverse((next, worker)));
        }
        assert_eq!(session.state().runs.len() as u64, runs, "every answer counts once");
        let sure = session.state().ended.is_some_and(|reason| reason.exit_code() == 0);
        let best = session.standing().best.as_ref().filter(|_| sure).map(|best| number(&best.commit.to_string()));
        (best, clock, runs)
    }
}

fn name(i: usize) -> String {
    format!("nightly-{i:04}")
}

fn number(name: &str) -> usize {
    name.rsplit('-').next().unwrap().parse().unwrap()
}

/// Seconds to get a candidate, up to a minute less than it takes at most, and seconds of a run: `SESSION_COSTS=0,60` has others.
fn costs() -> (i64, i64) {
    let asked = std::env::var("SESSION_COSTS").ok();
    let asked = asked.as_deref().and_then(|asked| asked.split_once(','));
    asked.map_or((60, 20), |(visit, each)| (visit.parse().unwrap(), each.parse().unwrap()))
}

/// The seeds of the searches: a few usual ones, or those of `SESSION_SEEDS=200-239`.
fn seeds(usual: u64) -> std::ops::RangeInclusive<u64> {
    let asked = std::env::var("SESSION_SEEDS").ok();
    let asked = asked.as_deref().and_then(|asked| asked.split_once('-'));
    asked.map_or(100..=99 + usual, |(first, last)| first.parse().unwrap()..=last.parse().unwrap())
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "seconds of a search")]
fn four_workers_with_every_trouble_are_right_and_fast() {
    let (mut sure, mut right, mut one, mut four, mut all) = (0, 0, 0, 0, 0);
    for seed in seeds(2) {
        let mut farm = Farm::new(seed, 400, 0.0);
        let (best, took, runs) = farm.work(4, true);
        sure += u32::from(best.is_some());
        right += u32::from(best == Some(farm.culprit));
        four += took;
        all += runs;
        one += Farm::new(seed, 400, 0.0).work(1, true).1;
    }
    let share = f64::from(right) / f64::from(sure);
    let took = four as f64 / one as f64;
    eprintln!("right {right} of {sure} sure; {all} runs; four workers took {took:.2} of one");
    assert!(share >= 0.6 && sure >= 2, "{right} of {sure}");
    assert!(took < 0.6, "{four} of {one}");
}

#[test]
fn what_is_missing_is_asked_for_once() {
    for seed in seeds(2) {
        let mut farm = Farm::new(seed, 400, 0.33);
        let (best, ..) = farm.work(4, false);
        assert_eq!(best, Some(farm.culprit), "seed {seed}");
        let session = Session::open(&farm.state(), Path::new("."), i64::MAX).unwrap();
        let leases = session.state().leases.iter().map(|(lease, _)| number(&lease.commit.to_string()));
        let missing: Vec<_> = leases.filter(|at| farm.missing.contains(at)).collect();
        assert_eq!(missing.len(), missing.iter().collect::<HashSet<_>>().len(), "seed {seed}: {missing:?}");
    }
}

/// Runs a subcommand of `session` on a file; what it printed as JSON, and its exit code.
fn session(state: &Path, args: &[&str]) -> (Value, i32, String) {
    let all = [&["session"], args, &["--state", state.to_str().unwrap(), "--format", "json"]].concat();
    let ran = run(&all);
    (serde_json::from_str(&ran.stdout).unwrap_or(Value::Null), ran.code, ran.stderr)
}

fn small() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("list.txt"), "name,available\nv1,yes\nv2,\nv3,no\nv4,\nv5,\n").unwrap();
    let (list, state) = (dir.path().join("list.txt"), dir.path().join("s.ndjson"));
    let ran = run(&[
        "session",
        "start",
        "--candidates",
        list.to_str().unwrap(),
        "--reproduction",
        "1",
        "--state",
        state.to_str().unwrap(),
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    (dir, state)
}

/// What a person reads from the beginning to the end.
#[test]
fn a_person_can_drive_it() {
    let (dir, state) = small();
    let mut text = String::new();
    for args in [&["ask", "--workers", "2"][..], &["tell", "1-ID", "fail"], &["ask"], &["status"]] {
        let open = Session::open(&state, Path::new("."), 0).unwrap();
        let id = open.state().leases.first().map(|(lease, _)| lease.id.clone());
        drop(open);
        let args: Vec<_> =
            args.iter().map(|word| if *word == "1-ID" { id.as_deref().unwrap() } else { word }).collect();
        let ran = run(&[&["session"], args.as_slice(), &["--state", state.to_str().unwrap()]].concat());
        let _ = writeln!(text, "$ session {}\n{}{}exit {}", args.join(" "), ran.stdout, ran.stderr, ran.code);
    }
    let text = text.replace(dir.path().to_str().unwrap(), "DIR");
    let text = regex::Regex::new(r"\d{4}-\d\d-\d\dT[\d:]+Z").unwrap().replace_all(&text, "TIME").into_owned();
    let text = regex::Regex::new(r"\d+\.\d s\b").unwrap().replace_all(&text, "SECONDS").into_owned();
    let text = regex::Regex::new(r"(\d)-[0-9a-f]{6}").unwrap().replace_all(&text, "$1-ID").into_owned();
    insta::assert_snapshot!(text, @r"
    $ session ask --workers 2
    1-ID: run v5, 4 times (if all pass, 4 stay suspected; if some fail, 4)
      bisectstat session tell 1-ID --runs FAILED/4   (by TIME)
    2-ID: run v1, 1 time (if all pass, 4 stay suspected; if some fail, 4)
      bisectstat session tell 2-ID --runs FAILED/1   (by TIME)
    exit 0
    $ session tell 1-ID fail
    1-ID: counted
    warning: 1-ID: 1 run told, 4 were asked for: `--runs FAILED/4` tells them all
    exit 0
    $ session ask
    3-ID: run v4, 1 time (if all pass, 1 stay suspected; if some fail, 3)
      bisectstat session tell 3-ID --runs FAILED/1   (by TIME)
    exit 0
    $ session status
    the likeliest commit is v5 (0.24)
    1 run at 1 commit, SECONDS
    not finished: `bisectstat session ask` goes on
    asked for: 2-ID, 1 run of v1 by TIME
    asked for: 3-ID, 1 run of v4 by TIME
    exit 4
    ");
}

/// Of candidates that tell about as much, the one that is cheap to get is asked for.
#[test]
fn what_is_cheap_to_get_is_asked_for() {
    let dir = TempDir::new().unwrap();
    let row = |i: usize| format!("v{i},{}\n", if i == 22 { "0.05" } else { "" });
    fs::write(dir.path().join("list.csv"), format!("name,cost\n{}", (0..41).map(row).collect::<String>())).unwrap();
    let (list, state) = (dir.path().join("list.csv"), dir.path().join("s.ndjson"));
    let ran = run(&["session", "start", "--candidates", list.to_str().unwrap(), "--state", state.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut asked_for = Vec::new();
    for _ in 0..3 {
        let (asked, ..) = session(&state, &["ask"]);
        let lease = &asked["leases"][0];
        let (id, candidate) = (lease["id"].as_str().unwrap(), lease["candidate"].as_str().unwrap().to_owned());
        let outcome = if number_of(&candidate) > 30 { "fail" } else { "pass" };
        assert_eq!(session(&state, &["tell", id, outcome]).1, 0);
        asked_for.push(candidate);
    }
    assert_eq!(asked_for, ["v40", "v0", "v22"]);
}

/// Every object that a script gets is as the schemas say; the ends of a search have the exit codes of `run`.
#[test]
fn a_script_can_drive_it() {
    let (_dir, state) = small();
    let asks = schema("session");
    let mut asked_for = Vec::new();
    loop {
        let (asked, code, stderr) = session(&state, &["ask", "--workers", "2"]);
        assert!(asks.is_valid(&asked), "{asked:#}{stderr}");
        if code == 1 {
            assert_eq!(asked["ended"], "untestable");
            break;
        }
        assert_eq!(code, 0, "{stderr}");
        for lease in asked["leases"].as_array().unwrap() {
            let candidate = lease["candidate"].as_str().unwrap();
            let (failures, runs) = (if number_of(candidate) >= 4 { &lease["runs"] } else { &json!(0) }, &lease["runs"]);
            asked_for.push(candidate.to_owned());
            let id = lease["id"].as_str().unwrap();
            let (told, code, stderr) = session(&state, &["tell", id, "--runs", &format!("{failures}/{runs}")]);
            assert!(asks.is_valid(&told) && code == 0, "{told:#}{stderr}");
        }
    }
    assert!(!asked_for.contains(&"v3".to_owned()), "{asked_for:?}");
    let (status, code, _) = session(&state, &["status"]);
    // v3 cannot be had: nothing tells it from v4.
    assert_eq!((code, &status["ended"]), (4, &json!("untestable")), "{status:#}");
    let run = schema("run");
    assert!(run.is_valid(&status), "{:?}", run.iter_errors(&status).map(|error| error.to_string()).collect::<Vec<_>>());
}

fn number_of(name: &str) -> u32 {
    name.trim_start_matches('v').parse().unwrap()
}

fn schema(name: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(support::root().join(format!("schema/{name}.json"))).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn answers_that_cannot_count_are_refused_and_say_why() {
    let (_dir, state) = small();
    let (asked, ..) = session(&state, &["ask"]);
    let id = asked["leases"][0]["id"].as_str().unwrap().to_owned();
    let before = fs::read(&state).unwrap();
    for (args, why) in [
        (vec!["tell", "9-000000", "pass"], "no lease of this session"),
        (vec!["tell", &id, "--runs", "3/2"], "expected failures and runs like 2/10"),
        (vec!["tell", &id, "--runs", "0/0"], "expected failures and runs like 2/10"),
        (vec!["tell", &id, "pass", "--runs", "1/2"], "do not go together"),
        (vec!["tell", &id, "fail", "--runs", "0/2"], "do not go together"),
        (vec!["tell", &id, "skip", "--runs", "0/2"], "skip has no runs"),
        (vec!["tell", &id, "fail", "--why", "x"], "Only `skip` takes a reason"),
        (vec!["tell", &id, "--runs", "4000000000/4294967295"], "more than the 100000"),
        (vec!["tell", &id], "expected an outcome, or runs like 2/10"),
        (vec!["tell", &id, "--junit", "/nonexistent.xml"], "/nonexistent.xml"),
    ] {
        let (_, code, stderr) = session(&state, &args);
        assert!(code == 2 && stderr.contains(why), "{args:?}: {code} {stderr}");
    }
    assert_eq!(fs::read(&state).unwrap(), before);
    // What arrives twice counts once, and another answer under the same name does not count.
    let (told, ..) = session(&state, &["tell", &id, "fail", "--title", "a\u{1b}[2Jb"]);
    assert_eq!(told["heard"], "counted");
    assert_eq!(session(&state, &["tell", &id, "fail", "--title", "a\u{1b}[2Jb"]).0["heard"], "again");
    let (told, code, stderr) = session(&state, &["tell", &id, "pass"]);
    assert!(told["heard"] == "differs" && code == 0 && stderr.contains("that one counts"), "{told} {stderr}");
    assert!(!String::from_utf8(fs::read(&state).unwrap()).unwrap().contains("\\u001b"));
    // One taken back, nothing is left.
    let ran = run(&["session", "undo", "1", "--state", state.to_str().unwrap()]);
    assert!(ran.code == 0 && ran.stdout.starts_with("0 runs left"), "{}{}", ran.stdout, ran.stderr);
    let ran = run(&["session", "undo", "1", "--state", state.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
}

#[test]
fn lists_and_starts_that_cannot_be_are_refused() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("s.ndjson");
    let start = |list: &str, more: &[&str]| {
        let path = dir.path().join("list.txt");
        fs::write(&path, list).unwrap();
        let own = ["session", "start", "--candidates", path.to_str().unwrap(), "--state", state.to_str().unwrap()];
        run(&[&own, more].concat())
    };
    for (list, more, why) in [
        ("a\n", &[][..], "expected at least two"),
        ("a\nb\nc\n", &["--good", "x"], "x: no candidate of this name is listed"),
        ("a\nb\nc\n", &["--good", "c"], "c is both good and bad"),
        ("a\nb\nc\n", &["--skip", "c"], "it is an end of the range"),
        ("name,available\na,no\nb,\nc,\n", &[], "it is an end of the range"),
        ("a\nb\nc\n", &["--first-parent"], "cannot be used with"),
    ] {
        let ran = start(list, more);
        assert!(ran.code == 2 && ran.stderr.contains(why), "{list:?} {more:?}: {} {}", ran.code, ran.stderr);
        let _ = fs::remove_file(&state);
    }
    // The newer end is the good one: somebody looks for the fix.
    let ran = start("a\nb\nc\n", &["--good", "c", "--bad", "a"]);
    assert!(ran.stdout.contains("the one that fixed it"), "{}", ran.stdout);
    // One that has runs is not overwritten, and `run` has nothing to go on with.
    let (asked, ..) = session(&state, &["ask"]);
    session(&state, &["tell", asked["leases"][0]["id"].as_str().unwrap(), "fail"]);
    let ran = start("a\nb\nc\n", &[]);
    assert!(ran.code == 2 && ran.stderr.contains("a session is under way"), "{}", ran.stderr);
    let missing = session(&dir.path().join("other.ndjson"), &["ask"]);
    assert!(missing.1 == 2 && missing.2.contains("`bisectstat session start` begins one"), "{}", missing.2);
}

/// Answers come as lines of JSON; a line that is not valid JSON does not stop the others.
#[test]
fn answers_stream_in() {
    use std::io::Write as _;
    let (_dir, state) = small();
    let (asked, ..) = session(&state, &["ask", "--workers", "2"]);
    let ids: Vec<_> = asked["leases"].as_array().unwrap().iter().map(|lease| lease["id"].clone()).collect();
    assert_eq!(ids.len(), 2);
    let mut child =
        support::bisectstat(&["session", "tell", "-", "--state", state.to_str().unwrap(), "--format", "json"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let text = format!(
        "{}\nnot json\n\n{}\n{}\n",
        json!({"id": ids[0], "outcome": "fail"}),
        json!({"id": ids[1], "outcome": "pass", "surprise": 1}),
        json!({"id": ids[1], "runs": "0/3", "seconds": 1.5})
    );
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(stdout.lines().filter(|line| line.contains("\"counted\"")).count(), 2, "{stdout}{stderr}");
    assert!(stderr.contains("-:2:") && stderr.contains("-:4:") && stderr.contains("surprise"), "{stderr}");
}

#[test]
fn a_report_of_tests_is_an_answer() {
    let (dir, state) = small();
    let report = dir.path().join("report.xml");
    let case =
        |name: &str, inner: &str| format!("<testcase classname=\"s\" name=\"{name}\" time=\"1\">{inner}</testcase>");
    let cases = case("flaky", "")
        + &case("flaky", "<failure message=\"no\"/>")
        + &case("other", "")
        + &case("off", "<skipped/>");
    fs::write(&report, format!("<testsuite name=\"s\" tests=\"4\">{cases}</testsuite>")).unwrap();
    let (asked, ..) = session(&state, &["ask"]);
    let id = asked["leases"][0]["id"].as_str().unwrap();
    let path = report.to_str().unwrap();
    let (_, code, stderr) = session(&state, &["tell", id, "--junit", path]);
    assert!(code == 2 && stderr.contains("name one with --test"), "{stderr}");
    let (_, code, stderr) = session(&state, &["tell", id, "--junit", path, "--test", "nobody"]);
    assert!(code == 2 && stderr.contains("no test is called"), "{stderr}");
    let (_, code, stderr) = session(&state, &["tell", id, "--junit", path, "--test", "flaky"]);
    assert_eq!(code, 0, "{stderr}");
    let open = Session::open(&state, Path::new("."), 0).unwrap();
    let answer = open.state().leases[0].1.as_ref().unwrap();
    assert_eq!((answer.failures, answer.passes, answer.voids), (1, 1, 0));
}

/// Whatever moment a teller is killed at, the file is whole, and who tells again is heard.
#[test]
fn a_torn_line_is_lost_alone() {
    let (dir, state) = small();
    let (asked, ..) = session(&state, &["ask"]);
    let id = asked["leases"][0]["id"].as_str().unwrap();
    let asked = fs::read(&state).unwrap();
    session(&state, &["tell", id, "--runs", "1/1"]);
    let told = fs::read(&state).unwrap();
    for cut in (asked.len() + 1..told.len()).step_by(7) {
        let torn = dir.path().join(format!("torn{cut}.ndjson"));
        fs::write(&torn, &told[..cut]).unwrap();
        let mut open = Session::open(&torn, Path::new("."), 0).unwrap();
        let answer = Answer::counted(id, 1, 0);
        assert_eq!(open.tell(answer, 0).unwrap(), Heard::Counted, "{cut}");
    }
}

/// Processes that ask and tell at the same moment wait for each other: no answer is lost, no lease is given twice.
#[test]
fn many_processes_share_one_file() {
    let farm = Farm::new(7, 200, 0.0);
    let state = farm.state();
    let state = state.to_str().unwrap();
    let script = format!(
        "for i in 1 2 3; do \
           ask=$('{program}' session ask --state '{state}') || exit 0; \
           id=$(printf '%s' \"$ask\" | sed -n 's/^\\([0-9a-f-]*\\): run .*/\\1/p'); \
           [ -z \"$id\" ] || '{program}' session tell \"$id\" --runs 0/2 --state '{state}' || exit 9; \
         done",
        program = support::program().display(),
    );
    let spawn = |_| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(spawn).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let open = Session::open(farm.state().as_path(), Path::new("."), 0).unwrap();
    let ids: Vec<_> = open.state().leases.iter().map(|(lease, _)| &lease.id).collect();
    assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len());
    let told = open.state().leases.iter().filter(|(_, answer)| answer.is_some()).count();
    assert!(told > 0 && open.state().runs.len() == 2 * told, "{told}");
}

/// The scripts of `examples/session` with a stand-in for the test and the farm: each ends with the right name.
#[test]
fn the_workers_of_the_page_finish() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let write = |name: &str, text: &str| {
        fs::write(path(name), text).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("list.txt", "b1\nb2\nb3\nb4\nb5\nb6\nb7\nb8\n");
    // From the fifth on each run fails; the third does not start.
    write("test.sh", "#!/bin/sh\ncase $1 in b3) exit 127 ;; b[5678]) exit 1 ;; esac\n");
    write("submit.sh", "#!/bin/sh\necho \"$1:$2\"\n");
    write(
        "status.sh",
        "#!/bin/sh\ncase $1 in b3:*) echo skip ;; b[5678]:*) echo \"${1#*:}/${1#*:}\" ;; *) echo \"0/${1#*:}\" ;; esac\n",
    );
    let scripts = support::root().join("examples/session");
    for (shell, name, arguments) in [
        ("python3", "worker.py", vec![path("test.sh")]),
        ("sh", "worker.sh", vec![path("test.sh")]),
        ("python3", "farm.py", vec!["2".to_owned(), path("submit.sh"), path("status.sh")]),
    ] {
        let state = path(&format!("{name}.ndjson"));
        let ran = run(&["session", "start", "--candidates", &path("list.txt"), "--state", &state]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut worker = std::process::Command::new(shell);
        worker.arg(scripts.join(name)).arg(&state).args(arguments);
        let output = worker.env("BISECTSTAT", support::program()).env("WAIT", "0").output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && stdout.contains("found: b5 introduced"), "{name}: {stdout}{stderr}");
    }
}

/// Workers are killed at any moment, with what they have started or without it, and others begin: what was told stays told.
#[test]
fn killed_workers_lose_nothing_that_was_told() {
    use std::os::unix::process::CommandExt as _;
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let state = dir.path().join("s.ndjson");
    let names: Vec<_> = (1..=12).map(|i| format!("b{i:02}")).collect();
    fs::write(path("list.txt"), names.join("\n")).unwrap();
    let ran = run(&["session", "start", "--candidates", &path("list.txt"), "--state", state.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // From b07 on half of the runs fail.
    let fails = "sleep 0.005\ncase $1 in b0[1-6]) exit 0 ;; esac\nexit $(($(od -An -N1 -tu1 /dev/urandom) % 2))";
    script(&dir.path().join("test.sh"), fails);
    // Writes down what the program has taken.
    let (program, told) = (support::program(), path("told"));
    let notes = "[ \"$2\" != tell ] || echo \"$3 $5\" >>";
    script(&dir.path().join("bisectstat"), &format!("'{}' \"$@\" || exit\n{notes} '{told}'", program.display()));
    let begin = || {
        let mut worker = std::process::Command::new("python3");
        worker.arg(support::root().join("examples/session/worker.py")).arg(&state).arg(path("test.sh"));
        worker.env("BISECTSTAT", path("bisectstat")).env("EXPIRES", "1s").env("WAIT", "0.1");
        worker.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let mut workers: Vec<_> = (0..3).map(|_| begin()).collect();
    for i in 0..12 {
        std::thread::sleep(Duration::from_millis(rng.random_range(10..250)));
        let worker = &mut workers[rng.random_range(0..3)];
        kill(worker.id(), i % 3 != 0);
        worker.wait().unwrap();
        *worker = begin();
    }
    let since = Instant::now();
    while workers.iter_mut().any(|worker| worker.try_wait().unwrap().is_none()) {
        if since.elapsed() > Duration::from_mins(5) {
            for worker in &workers {
                kill(worker.id(), true);
            }
            panic!("the search does not end: {}", session(&state, &["status"]).0);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = fs::read_to_string(told).unwrap();
    let answers = answers(&state);
    for line in told.lines() {
        assert!(answers.iter().any(|(id, failures, runs)| line == format!("{id} {failures}/{runs}")), "{line}");
    }
    assert!(told.lines().count() > 3, "{told}");
    let (status, code, stderr) = session(&state, &["status"]);
    assert!([0, 3, 4].contains(&code) && !status["ended"].is_null(), "{code}: {status:#}{stderr}");
    assert_eq!(status["spent"]["runs"], answers.iter().map(|(_, _, runs)| runs).sum::<u64>());
    // None before it has ever failed.
    assert!(code != 0 || status["culprit"].as_str().unwrap() >= "b07", "{status:#}");
}

/// Kills a worker, and its group with it if asked.
fn kill(worker: u32, group: bool) {
    let sign = if group { "-" } else { "" };
    let killed = std::process::Command::new("sh").args(["-c", &format!("kill -9 {sign}{worker}")]).output();
    // It may have come to its end.
    assert!(killed.is_ok());
}

/// The answers in the file: each with its lease, its failures and its runs.
fn answers(state: &Path) -> Vec<(String, u64, u64)> {
    let text = String::from_utf8_lossy(&fs::read(state).unwrap()).into_owned();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = events.filter(|event| event["event"] == "tell").map(|event| {
        let number = |key: &str| event[key].as_u64().unwrap();
        (event["id"].as_str().unwrap().to_owned(), number("failures"), number("failures") + number("passes"))
    });
    told.collect()
}

fn begin(repo: &Path, state: &Path, good: &str, bad: &str) {
    let (repo, state) = (repo.to_str().unwrap(), state.to_str().unwrap());
    let ran = run(&["session", "start", "--good", good, "--bad", bad, "--repo", repo, "--state", state]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Asks for one lease and answers it: every run fails from the commit `first` on. False when the search is over.
fn turn(repo: &Path, state: &Path, commits: &[String], first: usize) -> bool {
    let repo = repo.to_str().unwrap();
    let (asked, code, stderr) = session(state, &["ask", "--repo", repo]);
    assert!(code == 0 || code == 1, "{code}: {stderr}");
    let Some(lease) = asked["leases"].get(0) else { return false };
    let at = commits.iter().position(|commit| lease["candidate"] == commit.as_str()).unwrap();
    let runs = lease["runs"].as_u64().unwrap();
    let counts = format!("{}/{runs}", if at >= first { runs } else { 0 });
    let (_, code, stderr) = session(state, &["tell", lease["id"].as_str().unwrap(), "--runs", &counts, "--repo", repo]);
    assert_eq!(code, 0, "{stderr}");
    true
}

/// Where a search stands, without the name of its file.
fn stands(repo: &Path, state: &Path) -> Value {
    let (mut status, _, stderr) = session(state, &["status", "--repo", repo.to_str().unwrap()]);
    assert!(status.is_object(), "{stderr}");
    status["state"].take();
    status
}

#[test]
fn two_sessions_in_one_repository_do_not_disturb_each_other() {
    let dir = TempDir::new().unwrap();
    let repo = dir.path().join("repo");
    let commits = commits(&repo, 12);
    let searches = [("one.ndjson", 11, 4), ("two.ndjson", 10, 8)].map(|(file, bad, first)| {
        let state = dir.path().join(file);
        begin(&repo, &state, &commits[0], &commits[bad]);
        (state, first)
    });
    let mut rounds = 0;
    while searches.iter().filter(|(state, first)| turn(&repo, state, &commits, *first)).count() > 0 {
        rounds += 1;
        assert!(rounds < 100);
    }
    for (i, (state, first)) in searches.iter().enumerate() {
        let status = stands(&repo, state);
        assert_eq!(status["culprit"], commits[*first].as_str(), "{status:#}");
        assert_eq!(status["spent"]["runs"], answers(state).iter().map(|(_, _, runs)| runs).sum::<u64>());
        // What the other was asked for is no lease here.
        let (id, ..) = &answers(&searches[1 - i].0)[0];
        let (_, code, stderr) = session(state, &["tell", id, "fail", "--repo", repo.to_str().unwrap()]);
        assert!(code == 2 && stderr.contains("no lease of this session"), "{stderr}");
    }
}

/// The file and a clone are all that another machine needs.
#[test]
fn a_session_goes_on_elsewhere() {
    let dir = TempDir::new().unwrap();
    let (here, there) = (dir.path().join("repo"), dir.path().join("elsewhere/clone"));
    let commits = commits(&here, 12);
    let [state, copy] = ["s.ndjson", "elsewhere/copy.ndjson"].map(|name| dir.path().join(name));
    begin(&here, &state, &commits[0], &commits[11]);
    for _ in 0..3 {
        assert!(turn(&here, &state, &commits, 5));
    }
    git(&here, &["clone", "--quiet", ".", there.to_str().unwrap()]);
    fs::copy(&state, &copy).unwrap();
    assert_eq!(stands(&here, &state), stands(&there, &copy));
    for (repo, state) in [(&here, &state), (&there, &copy)] {
        let turns = (0..100).take_while(|_| turn(repo, state, &commits, 5)).count();
        assert!((1..100).contains(&turns), "{turns}");
        assert_eq!(stands(repo, state)["culprit"], commits[5].as_str());
    }
}
