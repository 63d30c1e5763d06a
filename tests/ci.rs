//! Where people run it: the commands of `docs/ci.md` and the scripts of `action.yml` run, with the real binary on the PATH.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
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
        let Some(script) = step["run"].as_str() else { continue };
        assert_eq!(step["shell"], "bash");
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

/// Runs the action's last step; returns what it wrote besides.
fn judge(place: &Place, paths: &str, policy: &str, args: &str) -> (Ran, String, String) {
    for file in ["output", "summary"] {
        fs::write(place.at(file), "before\n").unwrap();
    }
    let file = |name: &str| place.at(name).display().to_string();
    let (output, summary, temporary) = (file("output"), file("summary"), place.dir.path().display().to_string());
    let env = [
        ("PROGRAM", "bisectstat"),
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

/// The pipelines of the page.
fn pipelines() -> Vec<Value> {
    blocks("yaml").iter().map(|block| serde_norway::from_str(block).unwrap()).collect()
}

/// The steps of all jobs of the page's workflows, and of what is no workflow but steps.
fn shown_steps() -> Vec<Value> {
    let pipelines = pipelines();
    let jobs = pipelines.iter().filter_map(|pipeline| pipeline["jobs"].as_object()).flat_map(|jobs| jobs.values());
    let steps = jobs.map(|job| &job["steps"]).chain(&pipelines).filter_map(Value::as_array);
    steps.flatten().cloned().collect()
}

/// The address of the project, without the host.
fn slug() -> String {
    let said = Command::new(root().join(".ci/address")).output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().strip_prefix("https://github.com/").unwrap().to_owned()
}

/// Every workflow is whole, and asks for nothing that is not there.
#[test]
fn the_workflow_is_valid_and_names_what_exists() {
    let (action, steps) = (action(), shown_steps());
    let uses = format!("{}@v{}", slug(), env!("CARGO_PKG_VERSION"));
    let ours = steps.iter().find(|step| step["uses"] == uses).unwrap_or_else(|| panic!("no step uses {uses}"));
    for input in ours["with"].as_object().unwrap().keys() {
        assert!(action["inputs"][input].is_object(), "{input}");
    }
    let upload = steps.iter().find(|step| step["with"]["sarif_file"].is_string()).unwrap();
    for text in [&upload["if"], &upload["with"]["sarif_file"]] {
        let output = text.as_str().unwrap().split("steps.gate.outputs.").nth(1).unwrap();
        let output = output.split([' ', '}']).next().unwrap();
        assert!(action["outputs"][output].is_object(), "{output}");
    }
    for workflow in pipelines().iter().filter(|pipeline| pipeline["jobs"].is_object()) {
        assert_eq!(workflow["permissions"]["contents"], "read", "no workflow has more than it needs");
    }
}

/// GitLab runs its jobs in a shell of the image, which has the program as its entry point.
#[test]
fn the_job_for_gitlab_gets_a_shell() {
    let pipelines = pipelines();
    let image =
        pipelines.iter().map(|pipeline| &pipeline["bisections"]["image"]).find(|image| image.is_object()).unwrap();
    assert_eq!(image["name"], format!("ghcr.io/{}:{}", slug().to_lowercase(), env!("CARGO_PKG_VERSION")));
    assert_eq!(image["entrypoint"], serde_json::json!([""]));
}

/// One hook takes the wheel of this version; the others are those that this repository offers. `.ci/hook` runs the first.
#[test]
fn the_hooks_of_the_page_are_there() {
    let (version, offered) = (env!("CARGO_PKG_VERSION"), yaml(".pre-commit-hooks.yaml"));
    let repos: Vec<_> =
        pipelines().iter().filter_map(|pipeline| pipeline["repos"].as_array()).flatten().cloned().collect();
    assert_eq!(repos.len(), 2);
    let local = &repos[0]["hooks"][0];
    assert_eq!((&repos[0]["repo"], &local["language"]), (&"local".into(), &"python".into()));
    assert_eq!(local["additional_dependencies"], serde_json::json!([format!("bisectstat=={version}")]));
    assert_eq!(local["entry"], offered[0]["entry"]);
    assert_eq!(repos[1]["repo"], format!("https://github.com/{}", slug()));
    assert_eq!(repos[1]["rev"], format!("v{version}"));
    let ids: Vec<_> = offered.as_array().unwrap().iter().map(|hook| &hook["id"]).collect();
    assert!(ids.contains(&&repos[1]["hooks"][0]["id"]), "{ids:?}");
}
