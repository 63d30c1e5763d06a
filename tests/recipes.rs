//! The scripts of `examples/session` that wait for others: GitHub, syzbot, pytest. Each finds the commit with real processes and a
//! stand-in for the others.

#![cfg(feature = "cli")]
#![cfg(unix)]

use crate::support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::commits::{commits, git};
use support::forge::program;
use support::root;
use tempfile::TempDir;

/// What every script reads, and programs that stand before all others.
fn at(command: &mut Command, folder: &Path, tools: &Path) -> Output {
    let path = std::env::var("PATH").unwrap();
    command.current_dir(folder).env("PATH", format!("{}:{path}", tools.display()));
    command.env("BISECTSTAT", support::program()).env("WAIT", "0.1").output().unwrap()
}

fn recipe(name: &str) -> PathBuf {
    root().join("examples/session").join(name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn start(repo: &Path, state: &Path, commits: &[String]) {
    let (repo, state) = (repo.to_str().unwrap(), state.to_str().unwrap());
    let (good, bad) = (commits.first().unwrap(), commits.last().unwrap());
    let place = ["--good", good, "--bad", bad, "--repo", repo, "--state", state];
    let ran = support::run(&[&["session", "start", "--reproduction", "1"], &place[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn status(repo: &Path, state: &Path) -> Value {
    let (repo, state) = (repo.to_str().unwrap(), state.to_str().unwrap());
    let ran = support::run(&["session", "status", "--format", "json", "--repo", repo, "--state", state]);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

/// GitHub: the workflow, the repository, what is kept between jobs, and a `gh` that writes down what it is told.
struct GitHub {
    dir: TempDir,
    workflow: Value,
    commits: Vec<String>,
    machines: usize,
}

impl GitHub {
    /// Each run fails from the seventh commit on; the third has no test.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (origin, kept) = (dir.path().join("origin"), dir.path().join("kept"));
        fs::create_dir_all(&kept).unwrap();
        program(&origin.join("test.sh"), "read value < value\n[ $value -ne 2 ] || exit 127\n[ $value -lt 6 ]");
        fs::create_dir_all(origin.join(".github")).unwrap();
        fs::copy(recipe("matrix.py"), origin.join(".github/matrix.py")).unwrap();
        let commits = commits(&origin, 9);
        let note = format!("echo \"$*\" > '{kept}/gh'; cat > '{kept}/input'", kept = kept.display());
        program(&dir.path().join("tools/gh"), &note);
        let workflow = fs::read_to_string(recipe("github.yml")).unwrap();
        Self { workflow: serde_norway::from_str(&workflow).unwrap(), dir, commits, machines: 0 }
    }

    fn kept(&self, name: &str) -> PathBuf {
        self.dir.path().join("kept").join(name)
    }

    /// The machine of a job, with a clone.
    fn machine(&mut self) -> PathBuf {
        self.machines += 1;
        let machine = self.dir.path().join(format!("machine{}", self.machines));
        let (dir, name) = (self.dir.path(), machine.to_str().unwrap());
        git(dir, &["clone", "--quiet", "origin", name]);
        machine
    }

    /// The machine of a job that has the session, as the cache keeps it.
    fn with_session(&mut self) -> PathBuf {
        let machine = self.machine();
        let _ = fs::copy(self.kept("session.ndjson"), machine.join("session.ndjson"));
        machine
    }

    fn keep_session(&self, machine: &Path) {
        fs::copy(machine.join("session.ndjson"), self.kept("session.ndjson")).unwrap();
    }

    /// Runs the script of a step. `env` is what the expressions of its `env` give.
    fn step(&self, machine: &Path, (job, name): (&str, &str), env: &[(&str, &str)]) -> Output {
        let steps = self.workflow["jobs"][job]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        let asked: BTreeSet<_> = step["env"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        assert_eq!(asked, env.iter().map(|(key, _)| *key).collect(), "{job}: {name}");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        bash.envs(env.iter().copied()).env("TEST", "./test.sh").env("GITHUB_REF_NAME", "main");
        bash.env("EXPIRES", "1s");
        bash.env("GITHUB_OUTPUT", self.kept("output"));
        let folder = machine.join(step["working-directory"].as_str().unwrap_or("."));
        at(&mut bash, &folder, &self.dir.path().join("tools"))
    }

    /// The first job: the leases, none when the search is over.
    fn ask(&mut self) -> Vec<Value> {
        let machine = self.with_session();
        let _ = fs::remove_file(self.kept("output"));
        let (good, bad) = (self.commits[0].clone(), self.commits[8].clone());
        let ran = self.step(&machine, ("ask", "Ask"), &[("GOOD", &good), ("BAD", &bad), ("WORKERS", "3")]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        self.keep_session(&machine);
        let output = fs::read_to_string(self.kept("output")).unwrap();
        let matrix = output.strip_prefix("matrix=").unwrap().trim();
        if matrix.is_empty() {
            return Vec::new();
        }
        let matrix: Value = serde_json::from_str(matrix).unwrap();
        matrix["include"].as_array().unwrap().clone()
    }

    /// A job of the matrix: its answer.
    fn run(&mut self, lease: &Value) -> String {
        let machine = self.machine();
        git(&machine, &["clone", "--quiet", ".", "candidate"]);
        git(&machine.join("candidate"), &["checkout", "--quiet", lease["candidate"].as_str().unwrap()]);
        let ran = self.step(&machine, ("run", "Run the test"), &[("LEASE", &format!("{lease:#}"))]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        fs::read_to_string(machine.join("answer.json")).unwrap()
    }

    /// The last job, with these answers: what `gh` was told, and what it read.
    fn tell(&mut self, answers: &[String], inputs: &str) -> (String, String) {
        let machine = self.with_session();
        for (i, answer) in answers.iter().enumerate() {
            let folder = machine.join(format!("answers/answer-{i}"));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("answer.json"), answer).unwrap();
        }
        if !answers.is_empty() {
            let ran = self.step(&machine, ("tell", "Tell"), &[]);
            assert!(ran.status.success(), "{}", text(&ran.stderr));
        }
        self.keep_session(&machine);
        let env = [("GH_TOKEN", "token"), ("INPUTS", inputs), ("ISSUE", "12")];
        let ran = self.step(&machine, ("tell", "Go on"), &env);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        ["gh", "input"].map(|name| fs::read_to_string(self.kept(name)).unwrap()).into()
    }
}

/// Run after run of the workflow, until the issue has its comment. One job dies on the way.
#[test]
fn a_workflow_bisects_until_it_comments() {
    let mut github = GitHub::new();
    let inputs = json!({"good": "v1.0", "bad": "main", "issue": "12", "workers": "3"}).to_string();
    let mut dead = None;
    for _ in 0..60 {
        let leases = github.ask();
        if dead.is_none() && leases.len() > 1 {
            dead = Some(leases[0]["id"].clone());
        }
        let alive = leases.iter().filter(|lease| Some(&lease["id"]) != dead.as_ref());
        let answers: Vec<_> = alive.map(|lease| github.run(lease)).collect();
        let (told, text) = github.tell(&answers, &inputs);
        if told.trim() == "workflow run bisect.yml --ref main --json" {
            assert_eq!(text, inputs);
            continue;
        }
        assert_eq!(told.trim(), "issue comment 12 --body-file -");
        assert!(text.starts_with("```text\nfound: ") && text.ends_with("```\n"), "{text}");
        assert!(text.contains(&github.commits[6][..12]) && text.contains("commit 6"), "{text}");
        assert!(dead.is_some());
        return;
    }
    panic!("the search does not end");
}

/// A workflow whose jobs all die does not start itself for ever.
#[test]
fn a_workflow_stops_where_no_job_answers() {
    let mut github = GitHub::new();
    assert!(!github.ask().is_empty());
    let machine = github.with_session();
    let ran = github.step(&machine, ("tell", "Tell"), &[]);
    assert!(ran.status.code() == Some(1) && text(&ran.stderr).contains("no job has left an answer"));
}

/// Nothing of what somebody types is part of a script, the verbs are those that run above, and a job may do what it needs.
#[test]
fn the_workflow_is_sound() {
    let workflow = GitHub::new().workflow;
    assert_eq!(workflow["permissions"], json!({"contents": "read"}));
    assert!(workflow["concurrency"]["group"].as_str().unwrap().contains("inputs.issue"));
    assert_eq!(workflow["concurrency"]["cancel-in-progress"], false);
    let mut verbs = Vec::new();
    for (name, job) in workflow["jobs"].as_object().unwrap() {
        assert!(job["timeout-minutes"].is_number(), "{name}");
        assert_eq!(job["permissions"].is_object(), name == "tell", "{name}");
        let scripts = job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str());
        for script in scripts {
            assert!(!script.contains("${{"), "{script}");
            verbs.extend(script.split("matrix.py ").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()));
        }
    }
    verbs.sort();
    assert_eq!(verbs, ["ask", "next", "run", "tell"]);
}

/// What syzbot writes about a commit, as plain text.
fn reply(commit: &str, said: &str, number: usize) -> String {
    format!(
        "Hello,\n\nsyzbot {said}\n\nTested on:\n\ncommit:         {} a subject with a caf\u{e9}\n\
         git tree:       https://example.com/linux.git\n\
         console output: https://syzkaller.appspot.com/x/log.txt?x={number:x}\n\nNote: no patches were applied.\n",
        &commit[..8]
    )
}

const PASSED: &str = "has tested the proposed patch and the reproducer did not trigger any issue:";
const BROKEN: &str = "tried to test the proposed patch but the build/boot failed:\n\nfs/a.c:1:1: error: expected";

fn crashed(title: &str) -> String {
    format!(
        "has tested the proposed patch but the reproducer is still triggering an issue:\n{title}\n\n=====\nBUG: {title}\n"
    )
}

/// The same as a whole mail, whose lines are short.
fn mail(text: &str) -> String {
    let mut mail = String::from(
        "From: syzbot <syzbot+1@syzkaller.appspotmail.com>\nSubject: Re: [syzbot] a\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=\"UTF-8\"\nContent-Transfer-Encoding: quoted-printable\n\n",
    );
    for line in text.lines() {
        let bytes: Vec<_> = line.bytes().collect();
        let lines = bytes.chunks(30).map(|chunk| {
            chunk.iter().fold(String::new(), |mut line, byte| {
                let plain = byte.is_ascii() && *byte != b'=';
                let _ = if plain { write!(line, "{}", *byte as char) } else { write!(line, "={byte:02X}") };
                line
            })
        });
        mail += &(lines.collect::<Vec<_>>().join("=\n") + "\n");
    }
    mail
}

/// A search by mail, and the folder where the replies lie.
struct Mailbox {
    dir: TempDir,
    commits: Vec<String>,
    replies: usize,
}

impl Mailbox {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let commits = commits(&dir.path().join("repo"), 10);
        let mailbox = Self { dir, commits, replies: 0 };
        start(&mailbox.repo(), &mailbox.state(), &mailbox.commits);
        mailbox
    }

    fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("mail.ndjson")
    }

    fn script(&self, verb: &str, words: &[&str]) -> Output {
        let mut python = Command::new("python3");
        python.arg(recipe("mail.py")).arg(verb).arg(self.state()).args(words);
        at(&mut python, &self.repo(), self.dir.path())
    }

    /// The commits of the mails to send, one for each mail; none when the search is over.
    fn ask(&self) -> Vec<String> {
        let ran = self.script("ask", &["https://example.com/linux.git"]);
        let said = text(&ran.stdout);
        assert!(matches!(ran.status.code(), Some(0 | 1)), "{}", text(&ran.stderr));
        let sent = said.lines().filter_map(|line| line.strip_prefix("#syz test: https://example.com/linux.git "));
        let sent: Vec<_> = sent.map(str::to_owned).collect();
        assert!(sent.is_empty() || said.contains(&format!(": {} to send", sent.len())), "{said}");
        sent
    }

    /// A file with a reply.
    fn receive(&mut self, text: &str) -> String {
        self.replies += 1;
        let path = self.dir.path().join(format!("reply{}", self.replies));
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn runs(&self) -> u64 {
        status(&self.repo(), &self.state())["spent"]["runs"].as_u64().unwrap()
    }
}

#[test]
fn mails_to_syzbot_find_the_commit() {
    let mut mailbox = Mailbox::new();
    for _ in 0..100 {
        let sent = mailbox.ask();
        let Some(commit) = sent.first() else { break };
        let at = mailbox.commits.iter().position(|known| known == commit).unwrap();
        let said = match at {
            2 => BROKEN.to_owned(),
            6.. => crashed("KASAN: use-after-free Read in caf\u{e9}"),
            _ => PASSED.to_owned(),
        };
        let before = mailbox.runs();
        for i in 0..sent.len() {
            assert!(i + 1 < sent.len() || mailbox.runs() == before, "told once all have come");
            let text = reply(commit, &said, mailbox.replies);
            let file = mailbox.receive(&if i % 2 == 0 { mail(&text) } else { text });
            // One that is read twice counts once.
            let ran = mailbox.script("reply", &[&file, &file]);
            assert!(ran.status.success(), "{}", text_of(&ran));
        }
    }
    let status = status(&mailbox.repo(), &mailbox.state());
    assert_eq!(status["culprit"], mailbox.commits[6].as_str(), "{status:#}");
    let journal = fs::read_to_string(mailbox.state()).unwrap();
    assert!(journal.contains("\"title\":\"KASAN: use-after-free Read in caf\u{e9}\""), "{journal}");
}

fn text_of(ran: &Output) -> String {
    text(&ran.stdout) + &text(&ran.stderr)
}

#[test]
fn nothing_is_guessed_of_a_mail() {
    let mut mailbox = Mailbox::new();
    let sent = mailbox.ask();
    let commit = sent[0].clone();
    assert!(sent.len() > 2, "the bad end is asked for several times: {sent:?}");
    let fetched = reply("[unknown", BROKEN, 0);
    for wrong in [
        "Hello,\n\nI have tested it, and it works.\n".to_owned(),
        reply(&mailbox.commits[4], PASSED, 0),
        reply(&commit, "is not sure", 0),
        reply(&commit, "has tested the proposed patch but the reproducer is still triggering an issue:", 0),
        reply(&commit, PASSED, 0).replace('\n', "\n> "),
        mail(&reply(&commit, PASSED, 0)).replace("syzbot <syzbot+1@syzkaller.appspotmail.com>", "me@example.com"),
        fetched,
    ] {
        let file = mailbox.receive(&wrong);
        let ran = mailbox.script("reply", &["--now", &file]);
        let said = text(&ran.stderr);
        assert!(ran.status.code() == Some(1) && said.starts_with(&format!("{file}: ")), "{wrong}\n{said}");
        assert!(!said.contains("Traceback"), "{said}");
    }
    assert_eq!(mailbox.runs(), 0);
    // One that is wrong keeps back none of the others, and some are told as they are.
    let files = [PASSED.to_owned(), crashed("a"), "nothing".to_owned()].map(|said| reply(&commit, &said, 1));
    let files = files.map(|text| mailbox.receive(&text));
    let ran = mailbox.script("reply", &["--now", &files[0], &files[1], &files[2]]);
    let said = text(&ran.stderr);
    assert!(ran.status.code() == Some(1) && said.contains(&format!("\n{}: ", files[2])), "{said}");
    assert_eq!(mailbox.runs(), 2);
    // The rest comes too late for this lease, and is not given to another.
    let late = mailbox.receive(&reply(&commit, PASSED, 2));
    let ran = mailbox.script("reply", &[&late]);
    assert!(ran.status.code() == Some(1) && text(&ran.stderr).starts_with(&late), "{}", text_of(&ran));
    assert_eq!(mailbox.runs(), 2);
}

/// An answer has one title.
#[test]
fn crashes_of_two_kinds_are_told_by_hand() {
    let mut mailbox = Mailbox::new();
    let commit = mailbox.ask()[0].clone();
    let files = ["a", "b"].map(|title| mailbox.receive(&reply(&commit, &crashed(title), 1)));
    let ran = mailbox.script("reply", &["--now", &files[0], &files[1]]);
    assert!(ran.status.code() == Some(1) && text(&ran.stderr).contains("tell it by hand"), "{}", text_of(&ran));
    assert_eq!(mailbox.runs(), 0);
    // Once is enough to say so.
    let ran = mailbox.script("reply", &["--now", &files[0], &files[1]]);
    assert!(ran.status.success(), "{}", text_of(&ran));
}

/// pytest, as far as the script sees it. The test fails from the sixth commit on, and the third does not import.
const PYTEST: &str = "\
[ \"$1 $2\" = 'tests/test_a.py::test_b --junitxml' ] || exit 4
read value < value
suite='<testsuite name=\"pytest\" errors=\"0\" failures=\"0\" skipped=\"0\" tests=\"1\">'
case='<testcase classname=\"tests.test_a\" name=\"test_b\" time=\"0.01\">'
result=
code=0
case $value in
    1) result='<skipped type=\"pytest.skip\" message=\"not here\">not here</skipped>' ;;
    2) code=2 result='<error message=\"collection failure\">ImportError</error>' ;;
    [56789]) code=1 result='<failure message=\"assert 0\">assert 0</failure>' ;;
esac
echo \"<?xml version='1.0' encoding='utf-8'?><testsuites name='pytest tests'>$suite$case$result</testcase></testsuite></testsuites>\" > \"$3\"
touch left-behind
exit $code";

/// Runs the worker on the session in this folder, with a stand-in for pytest.
fn pytest(dir: &TempDir, stand_in: &str) -> Output {
    program(&dir.path().join("tools/pytest"), stand_in);
    let mut python = Command::new("python3");
    python.arg(recipe("pytest_worker.py")).arg(dir.path().join("s.ndjson")).arg("tests/test_a.py::test_b");
    at(&mut python, &dir.path().join("repo"), &dir.path().join("tools"))
}

#[test]
fn pytest_finds_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let (repo, state) = (dir.path().join("repo"), dir.path().join("s.ndjson"));
    let commits = commits(&repo, 10);
    start(&repo, &state, &commits);
    let ran = pytest(&dir, PYTEST);
    assert!(ran.status.success() && text(&ran.stdout).contains("found: "), "{}", text_of(&ran));
    let status = status(&repo, &state);
    assert_eq!(status["culprit"], commits[5].as_str(), "{status:#}");
    // Its worktree is gone, and this one is as it was.
    assert_eq!(git(&repo, &["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(&repo, &["status", "--porcelain"]), "");
}

/// What pytest does not run is told as that, with the reason.
#[test]
fn pytest_says_what_cannot_be_run() {
    let dir = tempfile::tempdir().unwrap();
    let (repo, state) = (dir.path().join("repo"), dir.path().join("s.ndjson"));
    let commits = commits(&repo, 4);
    start(&repo, &state, &commits);
    let ran = pytest(&dir, &PYTEST.replace("[56789]", "3"));
    assert_eq!(ran.status.code(), Some(4), "{}", text_of(&ran));
    assert_eq!(status(&repo, &state)["ended"], "untestable");
    let journal = fs::read_to_string(&state).unwrap();
    for why in ["pytest skips the test", "pytest cannot collect the test"] {
        assert!(journal.contains(why), "{journal}");
    }
}
