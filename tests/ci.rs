//! Where people run it: the commands of `docs/ci.md` and the scripts of `action.yml` run, with the real binary on the PATH.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{LOGS, Ran, root};
use tempfile::TempDir;

/// A place to run: the logs of `data/` in the folder `bisections`, and the binary on the PATH.
struct Place {
    dir: TempDir,
    path: String,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bisections")).unwrap();
        for (_, log) in LOGS {
            let name = Path::new(log).file_name().unwrap();
            fs::copy(root().join(log), dir.path().join("bisections").join(name)).unwrap();
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_bisectstat")).parent().unwrap().display().to_string();
        let path = format!("{binary}:{}", std::env::var("PATH").unwrap());
        Self { dir, path }
    }

    fn at(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.at(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Runs a script as GitHub does.
    fn bash(&self, script: &str, options: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc"]).args(options).args(["-c", script]);
        command.current_dir(self.dir.path()).env("PATH", &self.path).envs(env.iter().copied());
        let ran = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { stdout: text(ran.stdout), stderr: text(ran.stderr), code: ran.status.code() }
    }
}

fn yaml(file: &str) -> Value {
    serde_norway::from_str(&fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

fn guide() -> String {
    fs::read_to_string(root().join("docs/ci.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let (guide, fence) = (guide(), format!("\n```{language}\n"));
    let blocks = guide.split(&fence).skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_owned()).collect()
}

/// The commands in pipelines: what follows `bisectstat ` in a line, up to a quote.
fn commands(block: &str) -> Vec<String> {
    let begin =
        |line: &str| ["bisectstat gate ", "bisectstat analyze "].iter().filter_map(|word| line.find(word)).min();
    let commands = block.lines().filter_map(|line| {
        let command = &line[begin(line)?..];
        Some(command.trim_end_matches('\'').to_owned())
    });
    commands.collect()
}

#[test]
fn the_commands_of_the_pipelines_stop_a_flaky_bisection() {
    let pipelines = [blocks("yaml"), blocks("groovy")].concat();
    let commands: Vec<_> = pipelines.iter().flat_map(|block| commands(block)).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        let place = Place::new();
        let ran = place.bash(&command, &[], &[]);
        assert_eq!(ran.code, Some(1), "{command}\n{}", ran.stderr);
        for output in command.split("-o ").skip(1) {
            let (_, file) = output.split_whitespace().next().unwrap().split_once('=').unwrap();
            assert!(place.read(file).contains("004_css_free_rwork_fn"), "{command}: {file}");
        }
    }
}

#[test]
fn the_script_that_mails_results_does_not() {
    let place = Place::new();
    let script = &blocks("sh")[0];
    let run = |log: &str| place.bash(script, &[], &[("log", log)]).stdout;
    let stopped = run("bisections/004_css_free_rwork_fn.txt");
    assert!(stopped.contains("do not mail: verdict.md says why"), "{stopped}");
    assert!(place.read("verdict.md").contains("What to do next"));
    assert!(run("bisections/002_del_gendisk.txt").contains("mail the named commit's author"));
    assert!(run("bisections/none.txt").contains("could not judge"));
}

#[test]
fn an_archive_that_is_there_can_be_adopted() {
    let place = Place::new();
    let script = blocks("sh").into_iter().find(|block| block.contains("--write-baseline")).unwrap();
    let [write, compare] = &script.lines().collect::<Vec<_>>()[..] else { panic!("{script}") };
    let late = place.at("bisections/004_css_free_rwork_fn.txt");
    let log = fs::read(&late).unwrap();
    fs::remove_file(&late).unwrap();
    assert_eq!(place.bash("bisectstat gate bisections", &[], &[]).code, Some(1), "there is something to adopt");
    assert_eq!(place.bash(write, &[], &[]).code, Some(0));
    assert!(place.read("bisectstat-baseline.json").contains("fingerprint"));
    assert_eq!(place.bash(compare, &[], &[]).code, Some(0), "what is there counts no more");
    fs::write(&late, log).unwrap();
    assert_eq!(place.bash(compare, &[], &[]).code, Some(1), "what is new does");
}

#[test]
fn analyze_only_looks() {
    let place = Place::new();
    let script = blocks("sh").into_iter().find(|block| block.contains("bisectstat analyze")).unwrap();
    let ran = place.bash(&script, &["-e"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let sarif: Value = serde_json::from_str(&place.read("bisectstat.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(place.read("bisections.md").starts_with("## bisectstat: 5 bisections"));
}

fn action() -> Value {
    yaml("action.yml")
}

/// A step of the action by the beginning of its name.
fn step(name: &str) -> String {
    let action = action();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"].as_str().unwrap().starts_with(name)).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_action_is_a_composite_that_no_input_can_break() {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"].as_array().unwrap() {
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "inputs come by the environment: {script}");
        let checked = Place::new().bash(script, &["-n"], &[]);
        assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""));
    }
    let set = step("Judge");
    for output in action["outputs"].as_object().unwrap().keys() {
        assert!(set.contains(&format!("\"{output}=$")), "{output}");
        assert_eq!(action["outputs"][output]["value"], format!("${{{{ steps.gate.outputs.{output} }}}}"));
    }
}

/// Runs the action's second step; returns what it wrote besides.
fn judge(place: &Place, paths: &str, policy: &str, args: &str) -> (Ran, String, String) {
    for file in ["output", "summary"] {
        fs::write(place.at(file), "before\n").unwrap();
    }
    let file = |name: &str| place.at(name).display().to_string();
    let (output, summary, temporary) = (file("output"), file("summary"), place.dir.path().display().to_string());
    let env = [
        ("PATHS", paths),
        ("POLICY", policy),
        ("ARGS", args),
        ("GITHUB_OUTPUT", &output),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("RUNNER_TEMP", &temporary),
    ];
    let ran = place.bash(&step("Judge"), &["-eo", "pipefail"], &env);
    (ran, place.read("output"), place.read("summary"))
}

#[test]
fn the_action_stops_a_flaky_bisection() {
    let place = Place::new();
    let (ran, output, summary) = judge(&place, "bisections\n", "", "");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("::error file=bisections/004_css_free_rwork_fn.txt,line="), "{}", ran.stdout);
    assert!(output.starts_with("before\nexit-code=1\npassed=false\nsarif-file=/"), "{output}");
    assert!(summary.starts_with("before\n## ✗ bisectstat: "), "{summary}");
    let sarif = fs::read(output.lines().last().unwrap().strip_prefix("sarif-file=").unwrap()).unwrap();
    let sarif: Value = serde_json::from_slice(&sarif).unwrap();
    assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
}

#[test]
fn the_action_lets_a_sound_bisection_pass() {
    let place = Place::new();
    let both = "bisections/000_nbd_ioctl.txt\n\nbisections/002_del_gendisk.txt";
    let (ran, output, _) = judge(&place, both, "", "");
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(output.contains("exit-code=0\npassed=true\nsarif-file=/"), "{output}");
}

#[test]
fn the_action_says_when_it_could_not_judge() {
    let place = Place::new();
    let (ran, output, summary) = judge(&place, "bisections/none.txt", "", "");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(output.contains("exit-code=2\npassed=false\n"), "{output}");
    assert!(summary.contains("could not"), "{summary}");
    let (ran, output, _) = judge(&place, "bisections", "none.toml", "--no-such-flag");
    assert_eq!(ran.code, Some(2));
    assert!(output.contains("exit-code=2\npassed=false\nsarif-file=\n"), "{output}");
}

/// An input is data: no part of it is run.
#[test]
fn no_input_of_the_action_is_run() {
    let place = Place::new();
    let hostile = "$(touch pwned) `touch pwned` ; touch pwned #'\"";
    let (ran, ..) = judge(&place, hostile, hostile, hostile);
    assert_eq!(ran.code, Some(2));
    assert!(!place.at("pwned").exists());
}

#[test]
fn the_action_installs_only_what_is_not_there() {
    let mut place = Place::new();
    let install = step("Install");
    let version = env!("CARGO_PKG_VERSION");
    for wanted in ["", version] {
        let ran = place.bash(&install, &["-eo", "pipefail"], &[("VERSION", wanted), ("SOURCE", "/action")]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
    }
    // A cargo that only tells what it was asked for.
    fs::create_dir(place.at("bin")).unwrap();
    let cargo = place.at("bin/cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"cargo $*\"\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let with_binary = place.path.clone();
    place.path = format!("{}:{with_binary}", place.at("bin").display());
    let other = place.bash(&install, &["-eo", "pipefail"], &[("VERSION", "9.9.9"), ("SOURCE", "/action")]);
    let lean = "--no-default-features --features gate";
    assert_eq!(other.stdout, format!("cargo install --locked --force {lean} bisectstat --version 9.9.9\n"));
    place.path = format!("{}:/usr/bin:/bin", place.at("bin").display());
    for (args, git) in [("", ""), ("--strict --repo .", ",git"), ("--repo=.", ",git")] {
        let env = [("VERSION", ""), ("SOURCE", "/action"), ("ARGS", args)];
        let none = place.bash(&install, &["-eo", "pipefail"], &env);
        assert_eq!(none.stdout, format!("cargo install --locked {lean}{git} --path /action\n"));
    }
}

#[test]
fn the_hooks_of_pre_commit_run_the_gate() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let place = Place::new();
    for hook in hooks.as_array().unwrap() {
        for key in ["id", "name", "description", "entry", "language", "files"] {
            assert!(hook[key].is_string(), "{hook} has no {key}");
        }
        // The program gets the names of the files that are to be committed.
        let files = "bisections/002_del_gendisk.txt bisections/004_css_free_rwork_fn.txt";
        let ran = place.bash(&format!("{} {files}", hook["entry"].as_str().unwrap()), &[], &[]);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    }
}

/// Every pipeline is whole, and asks for nothing that is not there.
#[test]
fn the_examples_are_valid_and_name_what_exists() {
    let pipelines: Vec<Value> = blocks("yaml").iter().map(|block| serde_norway::from_str(block).unwrap()).collect();
    let steps = || pipelines.iter().filter_map(Value::as_array).flatten();
    let action = action();
    let ours = steps().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("bisectstat@"))).unwrap();
    for input in ours["with"].as_object().unwrap().keys() {
        assert!(action["inputs"][input].is_object(), "{input}");
    }
    let upload = steps().find(|step| step["with"]["sarif_file"].is_string()).unwrap();
    for text in [&upload["if"], &upload["with"]["sarif_file"]] {
        let output = text.as_str().unwrap().split("steps.gate.outputs.").nth(1).unwrap();
        let output = output.split([' ', '}']).next().unwrap();
        assert!(action["outputs"][output].is_object(), "{output}");
    }
    let hooks = yaml(".pre-commit-hooks.yaml");
    let asked = pipelines.iter().find_map(|pipeline| pipeline["repos"][0]["hooks"].as_array()).unwrap();
    for hook in asked {
        assert!(hooks.as_array().unwrap().iter().any(|ours| ours["id"] == hook["id"]), "{hook}");
    }
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    assert!(ours["uses"].as_str().unwrap().ends_with(&version) && guide().contains(&format!("rev: {version}\n")));
}
