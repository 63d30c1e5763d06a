//! `action.yml` from its first step to its last, on a machine without Rust, against a release that is what `.ci/archive` packs and
//! `release.yml` lists. The release lies on a host of its own.

#![cfg(feature = "cli")]

use crate::support;

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::forge::{Job, Machine, copy, program, serve};
use support::{LOGS, root};
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The steps of the action, by their names.
const FIND: &str = "Find bisectstat, or download it";
const CACHE: &str = "Look for what was built before";
const BUILD: &str = "Build bisectstat";
const KEEP: &str = "Keep what was built";
const JUDGE: &str = "Judge the bisections";

/// The target of this machine's archive with this C library.
fn target(libc: &str) -> String {
    match OS {
        "macos" => format!("{ARCH}-apple-darwin"),
        _ => format!("{ARCH}-unknown-linux-{libc}"),
    }
}

/// The action as a tag has it, and the host of its release.
struct Published {
    dir: TempDir,
}

impl Published {
    /// The action, with an address where nothing is yet.
    fn new() -> Self {
        let published = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(published.assets()).unwrap();
        let address = serve(published.dir.path().join("host"));
        for file in ["action.yml", "askama.toml", "Cargo.lock", "Cargo.toml", "CHANGELOG.md"] {
            fs::create_dir_all(published.action()).unwrap();
            fs::copy(root().join(file), published.action().join(file)).unwrap();
        }
        for folder in [".ci", "schema"] {
            copy(&root().join(folder), &published.action().join(folder));
        }
        fs::create_dir(published.action().join("src")).unwrap();
        published.write("src/main.rs", "fn main() {}\n");
        let package = published.read("Cargo.toml");
        let line = package.lines().find(|line| line.contains("repository = ")).unwrap().to_owned();
        published.write("Cargo.toml", &package.replace(&line, &format!("repository = \"{address}/o/r\"")));
        // What a release does with what stands under "Unreleased".
        let (head, rest) = published.read("CHANGELOG.md").split_once("## [Unreleased]").map(owned).unwrap();
        let released = rest.find("\n## [").unwrap();
        published.write("CHANGELOG.md", &format!("{head}## [Unreleased]\n{}", &rest[released..]));
        published
    }

    /// The same with a release, whose archives have these programs.
    fn with(archives: &[(String, &str)]) -> Self {
        let published = Self::new();
        for (target, script) in archives {
            let binary = published.dir.path().join("bisectstat");
            program(&binary, &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_bisectstat")));
            let packed = Command::new(root().join(".ci/archive"));
            let packed = { packed }.arg(&binary).arg(target).arg(published.assets()).output().unwrap();
            assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
            if !script.is_empty() {
                published.spoil(target, script);
            }
        }
        published.list();
        published
    }

    fn action(&self) -> PathBuf {
        self.dir.path().join("action")
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.action().join(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.action().join(file), text).unwrap();
    }

    /// The folder of the host in which the files of the release lie.
    fn assets(&self) -> PathBuf {
        self.dir.path().join(format!("host/o/r/releases/download/v{VERSION}"))
    }

    fn archive(&self, target: &str) -> PathBuf {
        self.assets().join(format!("bisectstat-v{VERSION}-{target}.tar.gz"))
    }

    /// Puts another program into an archive.
    fn spoil(&self, target: &str, script: &str) {
        let folder = format!("bisectstat-v{VERSION}-{target}");
        program(&self.dir.path().join(&folder).join("bisectstat"), script);
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(self.archive(target)).arg("-C").arg(self.dir.path()).arg(folder);
        assert!(tar.status().unwrap().success());
    }

    /// Lists the checksums as a release does.
    fn list(&self) {
        let release = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
        let release: Value = serde_norway::from_str(&release).unwrap();
        let steps = release["jobs"]["release"]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == "Write the checksums").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", step["run"].as_str().unwrap()]).current_dir(self.assets());
        assert!(bash.output().unwrap().status.success());
    }
}

fn owned((head, rest): (&str, &str)) -> (String, String) {
    (head.to_owned(), rest.to_owned())
}

/// A machine with the logs of `data/` in the folder `bisections`.
fn machine() -> Machine {
    let machine = Machine::new();
    fs::create_dir(machine.at("work/bisections")).unwrap();
    for (_, log) in LOGS {
        fs::copy(root().join(log), machine.at("work/bisections").join(Path::new(log).file_name().unwrap())).unwrap();
    }
    machine
}

/// A cargo that tells what it was asked for, and installs what is under test.
fn with_cargo(machine: &Machine) {
    let script = format!(
        "echo \"cargo $*\"\nwhile [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\"\n\
         printf '#!/bin/sh\\nexec %s \"$@\"\\n' '{}' > \"$2/bin/bisectstat\"\nchmod +x \"$2/bin/bisectstat\"",
        env!("CARGO_BIN_EXE_bisectstat")
    );
    machine.install("cargo", &script);
}

fn gated(job: &Job) {
    assert_eq!(job.code, 1, "{}", job.said);
    assert!(job.said.contains("::error file=bisections/004_css_free_rwork_fn.txt,line="), "{}", job.said);
    assert_eq!(job.outputs["passed"], "false");
    assert!(job.summary.starts_with("## ✗ bisectstat: "), "{}", job.summary);
}

const PATHS: (&str, &str) = ("paths", "bisections");

#[test]
fn a_machine_without_rust_has_a_gated_result_and_builds_nothing() {
    let (published, machine) = (Published::with(&[(target("gnu"), "")]), machine());
    let job = machine.run(&published.action(), &[PATHS]);
    gated(&job);
    assert_eq!(job.ran, [FIND, JUDGE]);
    assert!(job.said.contains(&format!("bisectstat {VERSION}, from http://")), "{}", job.said);
    let asked = machine.run(&published.action(), &[PATHS, ("version", VERSION)]);
    gated(&asked);
    let sound = machine.run(&published.action(), &[("paths", "bisections/002_del_gendisk.txt")]);
    assert_eq!((sound.code, sound.outputs["passed"].as_str()), (0, "true"), "{}", sound.said);
}

/// An archive that is not what was listed stops the job: nothing of it runs, and nothing is built in its place.
#[test]
fn what_was_changed_on_the_way_stops_it() {
    let (published, machine) = (Published::with(&[(target("gnu"), "")]), machine());
    with_cargo(&machine);
    published.spoil(&target("gnu"), "touch \"$0.ran\"");
    let job = machine.run(&published.action(), &[PATHS]);
    assert_eq!((job.code, job.ran), (1, vec![FIND.to_owned()]), "{}", job.said);
    assert!(job.said.contains("::error::") && job.said.contains("its checksum is another"), "{}", job.said);
    assert!(!machine.at("temp/bisectstat").exists());
}

/// Where the C library is too old, the static program is taken.
#[test]
#[cfg(target_os = "linux")]
fn what_does_not_run_here_is_not_taken() {
    let (gnu, musl) = (target("gnu"), target("musl"));
    let (published, machine) = (
        Published::with(&[(gnu.clone(), "echo 'version GLIBC_2.28 not found' >&2\nexit 1"), (musl.clone(), "")]),
        machine(),
    );
    let job = machine.run(&published.action(), &[PATHS]);
    gated(&job);
    assert!(job.said.contains(&musl) && !job.said.contains(&gnu), "{}", job.said);
}

/// Without a release, the program is built, once: the next job has it from the cache.
#[test]
fn what_cannot_be_downloaded_is_built_once() {
    let (published, machine) = (Published::new(), machine());
    with_cargo(&machine);
    let source = published.action().display().to_string();
    let lean = |features: &str| {
        let root = machine.at("temp/bisectstat").display().to_string();
        format!("cargo install --locked --force --no-default-features --features {features} --root {root}")
    };
    for (inputs, asked) in [
        (&[PATHS][..], format!("{} --path {source}\n", lean("gate"))),
        (&[PATHS, ("args", "--repo=.")], format!("{} --path {source}\n", lean("gate,git"))),
        (&[PATHS, ("version", "9.9.9")], format!("{} bisectstat --version 9.9.9\n", lean("gate"))),
    ] {
        let first = machine.run(&published.action(), inputs);
        assert_eq!(first.ran, [FIND, CACHE, BUILD, KEEP, JUDGE], "{}", first.said);
        assert!(first.said.contains(&asked), "{}", first.said);
        let second = machine.run(&published.action(), inputs);
        assert_eq!(second.ran, [FIND, CACHE, JUDGE], "{}", second.said);
        assert_eq!(first.code, second.code);
    }
    gated(&machine.run(&published.action(), &[PATHS]));
    published.write("src/main.rs", "fn main() { /* another source */ }\n");
    assert!(machine.run(&published.action(), &[PATHS]).ran.contains(&BUILD.to_owned()));
}

/// A source that is ahead of its release, or knows of none, is what runs: no older program takes its place.
#[test]
fn a_source_between_releases_is_built() {
    let published = Published::with(&[(target("gnu"), "")]);
    let (changelog, package) = (published.read("CHANGELOG.md"), published.read("Cargo.toml"));
    let machine = machine();
    with_cargo(&machine);
    published.write("CHANGELOG.md", &changelog.replacen("## [Unreleased]\n", "## [Unreleased]\n\n- A change.\n", 1));
    let ahead = machine.run(&published.action(), &[PATHS]);
    assert!(ahead.said.contains("in no release yet") && ahead.ran.contains(&BUILD.to_owned()), "{}", ahead.said);
    published.write("CHANGELOG.md", &changelog);
    published.write("Cargo.toml", &package.replace("\nrepository = ", "\n# repository = "));
    let nowhere = machine.run(&published.action(), &[PATHS]);
    assert!(nowhere.said.contains("Cargo.toml has no repository"), "{}", nowhere.said);
    gated(&nowhere);
}

#[test]
fn without_a_release_and_without_rust_it_says_so() {
    let (published, machine) = (Published::new(), machine());
    let job = machine.run(&published.action(), &[PATHS]);
    assert_eq!((job.code, job.ran.last().unwrap().as_str()), (2, BUILD), "{}", job.said);
    assert!(job.said.contains("put a bisectstat on the PATH"), "{}", job.said);
}

/// What is on the PATH is taken, unless another version is asked for. An input is data.
#[test]
fn what_is_there_is_taken() {
    let (published, machine) = (Published::new(), machine());
    machine.install("bisectstat", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_bisectstat")));
    for version in ["", VERSION] {
        let job = machine.run(&published.action(), &[PATHS, ("version", version)]);
        gated(&job);
        assert_eq!(job.ran, [FIND, JUDGE]);
    }
    let other = machine.run(&published.action(), &[PATHS, ("version", "9.9.9")]);
    assert_eq!(other.ran, [FIND, CACHE, BUILD]);
    for hostile in ["1.0\nroot=/", "$(touch pwned)", "1;touch pwned"] {
        let job = machine.run(&published.action(), &[PATHS, ("version", hostile)]);
        assert_eq!((job.code, job.ran), (2, vec![FIND.to_owned()]), "{}", job.said);
    }
    assert!(!machine.at("work/pwned").exists());
}
