//! What gets the program into hands: releases, the container, the wheel and CI name the same things, and nothing that is
//! not there. What is built from them is tried by `.ci/wheel` and `.ci/image`.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::root;
use toml::Table;

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn yaml(file: &str) -> Value {
    serde_norway::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn cargo() -> Table {
    read("Cargo.toml").parse().unwrap()
}

fn files(dir: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root().join(dir)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs a script of `.ci`, in the project's folder.
fn script(name: &str, args: &[&str]) -> Output {
    Command::new(root().join(".ci").join(name)).args(args).current_dir(root()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Every job of every workflow, with its name.
fn jobs() -> Vec<(String, Value)> {
    let workflows = files(".github/workflows").into_iter().flat_map(|path| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let jobs = yaml(&name)["jobs"].as_object().unwrap().clone();
        jobs.into_iter().map(move |(job, value)| (format!("{name}: {job}"), value)).collect::<Vec<_>>()
    });
    workflows.collect()
}

fn steps(job: &Value) -> Vec<Value> {
    job["steps"].as_array().unwrap().clone()
}

/// A commit's full hash and the version behind it; the same for an action wherever it stands, but for the project's own.
#[test]
fn every_action_is_pinned_to_a_commit() {
    let own = format!("{}@", address().strip_prefix("https://github.com/").unwrap());
    let others = ["action.yml", "docs/ci.md", "examples/session/github.yml"];
    let workflows = files(".github/workflows").into_iter().chain(others.map(|file| root().join(file)));
    let (mut count, mut pins) = (0, BTreeMap::new());
    for path in workflows {
        let source = fs::read_to_string(&path).unwrap();
        let used = source.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "));
        for uses in used.filter(|uses| !uses.starts_with(&own)) {
            let (action, pin) = uses.split_once('@').unwrap_or_else(|| panic!("{}: {uses}", path.display()));
            let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{}: {uses}", path.display()));
            let numbers = version.split('.').filter(|number| number.parse::<u32>().is_ok()).count();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uses}");
            assert_eq!(numbers, 3, "{uses}");
            let repository: Vec<_> = action.split('/').take(2).collect();
            assert_eq!(*pins.entry(repository.join("/")).or_insert_with(|| pin.to_owned()), pin, "{action}");
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

/// An image that a job runs in stays the same, too.
#[test]
fn every_image_of_a_job_is_pinned() {
    let release = yaml(".github/workflows/release.yml");
    let rows = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let images: Vec<_> = rows.iter().filter_map(|row| row["container"].as_str()).collect();
    assert_eq!(images.len(), 2);
    for image in images {
        assert_eq!(image.split_once("@sha256:").unwrap().1.len(), 64, "{image}");
    }
}

/// A job may do what it needs, and says so itself; what cannot be taken back waits for the release, and needs no secret.
#[test]
fn a_release_has_no_more_rights_than_it_needs() {
    for file in ["ci", "release"] {
        let workflow = yaml(&format!(".github/workflows/{file}.yml"));
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }), "{file}");
        assert!(!workflow.to_string().contains("secrets."), "{file}");
    }
    let release = yaml(".github/workflows/release.yml")["jobs"].clone();
    let writers = |right: &str| -> Vec<_> {
        let jobs = release.as_object().unwrap().iter();
        jobs.filter(|(_, job)| job["permissions"][right] == "write").map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(writers("contents"), ["release"]);
    assert_eq!(writers("packages"), ["image", "manifest"]);
    assert_eq!(writers("attestations"), ["manifest", "release"]);
    assert_eq!(writers("id-token"), ["crates", "manifest", "pypi", "release"]);
    for (job, environment) in [("pypi", "pypi"), ("crates", "crates-io")] {
        assert_eq!((&release[job]["needs"], &release[job]["environment"]), (&"release".into(), &environment.into()));
    }
}

/// No script takes in an expression, every one is valid bash, and what it calls of `.ci` is there.
#[test]
fn the_scripts_of_the_workflows_are_sound() {
    for (name, job) in jobs() {
        assert!(job["timeout-minutes"].is_number() || steps(&job).len() < 5, "{name} may run for ever");
        for step in steps(&job) {
            let Some(run) = step["run"].as_str() else { continue };
            assert!(!run.contains("${{"), "{name}: {run}");
            let checked = Command::new("bash").args(["-n", "-c", run]).output().unwrap();
            assert!(checked.status.success(), "{name}: {run}");
            for word in run.split_whitespace().filter(|word| word.starts_with(".ci/")) {
                assert!(root().join(word).is_file(), "{name}: {word}");
            }
        }
    }
}

#[test]
fn every_script_can_be_run_and_says_what_it_does() {
    for path in files(".ci") {
        if path.extension().is_some() {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let mut lines = source.lines();
        assert_eq!(lines.next(), Some("#!/usr/bin/env bash"), "{}", path.display());
        assert!(lines.next().unwrap().starts_with("# "), "{}", path.display());
        assert_eq!(lines.find(|line| !line.starts_with('#')), Some("set -euo pipefail"), "{}", path.display());
        assert_ne!(path.metadata().unwrap().permissions().mode() & 0o111, 0, "{}", path.display());
    }
}

/// Where the promised Rust is named, it is the one of `Cargo.toml`.
#[test]
fn the_oldest_rust_is_the_same_everywhere() {
    let version = cargo()["package"]["rust-version"].as_str().unwrap().to_owned();
    assert!(read("Dockerfile").contains(&format!("ARG RUST={version}\n")));
    assert!(read("CONTRIBUTING.md").contains(&format!("Rust {version}")));
    assert!(read("docs/compatibility.md").contains(&format!("Rust {version}")));
    let asks = |(_, job): &(String, Value)| {
        steps(job).iter().any(|step| step["run"].as_str().is_some_and(|run| run.contains("rust-version")))
    };
    assert_eq!(
        jobs().iter().filter(|job| asks(job)).count(),
        3,
        "the first job of ci.yml; a release's build and its source"
    );
}

/// The address of the project: that of `Cargo.toml`, or what stands for one as long as there is none.
fn address() -> String {
    let source = read("Cargo.toml");
    let line = source.lines().find_map(|line| line.trim_start_matches("# ").strip_prefix("repository = \"")).unwrap();
    line.trim_end_matches('"').to_owned()
}

/// What the project is made of: every file of text, by its name.
fn sources(dir: &Path) -> Vec<(String, String)> {
    let kept = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_str().unwrap();
        !([".git", "target", "dist"].contains(&name) && entry.depth() > 0 || name.starts_with(".venv"))
    };
    let files = walkdir::WalkDir::new(dir).into_iter().filter_entry(kept).map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let named = files.filter_map(|entry| {
        let name = entry.path().strip_prefix(dir).unwrap().display().to_string();
        Some((name, fs::read_to_string(entry.path()).ok()?))
    });
    named.collect()
}

/// Where a line names a place on the network that is called as the project is.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    const ENDS: [char; 11] = [' ', '"', '\'', '`', ')', ']', '>', '<', ',', ';', '\\'];
    let places = ["://", "ghcr.io/", "github.com/", "github.com:", "uses: ", "--repo "];
    let found =
        places.into_iter().flat_map(move |place| line.match_indices(place).map(move |(at, _)| at + place.len()));
    found
        .map(move |at| line[at..].split(ENDS).next().unwrap())
        .filter(|rest| rest.to_lowercase().contains("bisectstat"))
}

/// Wherever the project says where it lives, it says what `Cargo.toml` says.
#[test]
fn no_other_address_stands_anywhere() {
    let address = address();
    let slug = address.strip_prefix("https://github.com/").unwrap();
    let known = [format!("github.com/{slug}"), slug.to_owned(), format!("ghcr.io/{}", slug.to_lowercase())];
    let known = known.iter().chain([&known[2]["ghcr.io/".len()..].to_owned()]).cloned().collect::<Vec<_>>();
    let mut seen = 0;
    for (name, text) in sources(root()) {
        for (i, line) in text.lines().enumerate() {
            for found in addresses(line) {
                let rest = known.iter().find_map(|known| found.strip_prefix(known.as_str()));
                assert!(rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)), "{name}:{}: {found}", i + 1);
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

/// The project moves by one command, as often as one likes, and nothing of the old address stays.
#[test]
fn the_project_moves_to_another_address_by_one_command() {
    let (old, dir) = (address(), tempfile::tempdir().unwrap());
    let old = old.strip_prefix("https://github.com/").unwrap().to_owned();
    for (name, text) in sources(root()) {
        let path = dir.path().join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, root().join(&name).metadata().unwrap().permissions()).unwrap();
    }
    let before = sources(dir.path());
    let run = |name: &str, args: &[&str]| Command::new(dir.path().join(".ci").join(name)).args(args).output().unwrap();
    for slug in ["Some-One/flaky.tools", "some/bisectstat", "one/bisectstat"] {
        let new = format!("https://github.com/{slug}");
        let moved = run("address", &[&new]);
        assert!(moved.status.success(), "{}", text(&moved.stderr));
        assert_eq!(text(&run("address", &[]).stdout), format!("{new}\n"));
        let after: BTreeMap<_, _> = sources(dir.path()).into_iter().collect();
        let package: Table = after["Cargo.toml"].parse().unwrap();
        assert_eq!(package["package"]["repository"].as_str(), Some(new.as_str()));
        assert!(after["schema/gate.json"].contains(&format!("\"$id\": \"{new}/raw/main/schema/gate.json\"")));
        let page = &after["docs/ci.md"];
        for part in [format!("uses: {slug}@v"), format!("ghcr.io/{}:", slug.to_lowercase()), format!("--repo {slug}\n")]
        {
            assert!(page.contains(&part), "{part}");
        }
        for (name, text) in &after {
            assert!(!text.contains(&format!("{old}/")) && !text.contains(&format!("{old}@")), "{name}");
            let speaks_of_it = ["tests/dist.rs", ".ci/address"].contains(&name.as_str());
            assert!(speaks_of_it || !text.contains("`OWNER`"), "{name}");
        }
        let notes = run("notes", &[&format!("v{}", env!("CARGO_PKG_VERSION")), &new]);
        assert!(!text(&notes.stderr).contains("repository"), "a release there is stopped: {}", text(&notes.stderr));
    }
    for wrong in
        ["https://github.com/one", "http://github.com/a/b", "https://github.com/a/b/", "https://github.com/a/b|c"]
    {
        assert_eq!(run("address", &[wrong]).status.code(), Some(2), "{wrong}");
    }
    assert_eq!(before.len(), sources(dir.path()).len());
}

/// The targets of a release: all there are archives for.
fn targets() -> Vec<String> {
    let release = yaml(".github/workflows/release.yml");
    let include = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap().clone();
    include.iter().map(|row| row["target"].as_str().unwrap().to_owned()).collect()
}

/// The patterns of binstall, for a target.
fn binstall(target: &str) -> (String, String) {
    let cargo = cargo();
    let own = &cargo["package"]["metadata"]["binstall"];
    let formats = own["overrides"].get(target).and_then(|of| of.get("pkg-fmt")).unwrap_or(&own["pkg-fmt"]);
    let (suffix, exe) = match formats.as_str().unwrap() {
        "tgz" => (".tar.gz", ""),
        "zip" => (".zip", ".exe"),
        other => panic!("{other}"),
    };
    let fill = |key: &str| {
        let filled = own[key].as_str().unwrap().replace("{ name }", "bisectstat").replace("{ target }", target);
        let filled = filled.replace("{ version }", env!("CARGO_PKG_VERSION")).replace("{ bin }", "bisectstat");
        filled.replace("{ archive-suffix }", suffix).replace("{ binary-ext }", exe)
    };
    (fill("pkg-url"), fill("bin-dir"))
}

/// The program under a name that packs quickly.
fn small(dir: &Path) -> PathBuf {
    let path = dir.join("bisectstat");
    fs::write(&path, format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_bisectstat"))).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn an_archive_is_where_binstall_looks() {
    let dir = tempfile::tempdir().unwrap();
    let (binary, out) = (small(dir.path()), dir.path().join("out"));
    assert!(targets().len() >= 7);
    for target in targets().iter().filter(|target| !target.contains("windows")) {
        let packed = script("archive", &[binary.to_str().unwrap(), target, out.to_str().unwrap()]);
        assert!(packed.status.success(), "{}", text(&packed.stderr));
        let name = text(&packed.stdout).trim().to_owned();
        let (url, inside) = binstall(target);
        assert_eq!(url, format!("{{ repo }}/releases/download/v{}/{name}", env!("CARGO_PKG_VERSION")));
        let archive = flate2::read::GzDecoder::new(fs::File::open(out.join(&name)).unwrap());
        let mut archive = tar::Archive::new(archive);
        let entries = archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string());
        let entries: BTreeSet<_> = entries.collect();
        let top = inside.split('/').next().unwrap();
        assert!(entries.contains(&inside), "{inside}: {entries:?}");
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "share/man/man1/bisectstat-gate.1"] {
            assert!(entries.contains(&format!("{top}/{file}")), "{file}: {entries:?}");
        }
        for file in ["bash-completion/completions/bisectstat", "zsh/site-functions/_bisectstat"] {
            assert!(entries.contains(&format!("{top}/share/{file}")), "{file}: {entries:?}");
        }
    }
}

/// The archive for Windows is packed there only: its name is compared in the script.
#[test]
fn windows_gets_a_zip() {
    let targets = targets();
    let windows = targets.iter().find(|target| target.contains("windows")).unwrap();
    let (url, inside) = binstall(windows);
    assert!(url.ends_with("-x86_64-pc-windows-msvc.zip") && inside.ends_with("/bisectstat.exe"), "{url} {inside}");
    assert!(read(".ci/archive").contains("*-windows-*)\n    7z a -bso0 \"$out/$name.zip\" \"$name\""));
}

#[test]
fn notes_are_of_a_version_that_all_files_agree_on() {
    let version = env!("CARGO_PKG_VERSION");
    let notes = script("notes", &[&format!("v{version}")]);
    assert!(notes.status.success(), "{}", text(&notes.stderr));
    let notes = text(&notes.stdout);
    assert!(notes.contains("### Added") && !notes.contains("\n## ") && !notes.contains("\n[Unreleased]:"), "{notes}");
    for (args, said) in [
        (&["v9.9.9"][..], "the tag is v9.9.9"),
        (&[&format!("v{version}"), "https://example.com/elsewhere"], "Cargo.toml must say repository = "),
    ] {
        let wrong = script("notes", args);
        assert!(!wrong.status.success() && text(&wrong.stderr).contains(said), "{}", text(&wrong.stderr));
    }
}

/// Keep a Changelog: a section for what comes, then versions, newest first, each with its date.
#[test]
fn the_changelog_keeps_its_form() {
    let changelog = read("CHANGELOG.md");
    let headings: Vec<_> = changelog.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings[0], "[Unreleased]");
    assert!(headings[1].starts_with(&format!("[{}] - ", env!("CARGO_PKG_VERSION"))), "{headings:?}");
    for heading in &headings[1..] {
        let (_, date) = heading.split_once("] - ").unwrap();
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{heading}");
    }
    let kinds: BTreeSet<_> = changelog.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let known = BTreeSet::from(["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]);
    assert!(kinds.is_subset(&known), "{kinds:?}");
}

/// The lines of the Dockerfile that begin with a word.
fn dockerfile(word: &str) -> Vec<String> {
    let file = read("Dockerfile");
    file.lines().filter_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned()).collect()
}

#[test]
fn the_image_copies_what_is_there_and_runs_as_nobody() {
    let mut sent = BTreeSet::new();
    for line in read(".dockerignore").lines().filter(|line| line.starts_with('!')) {
        let path = line.trim_start_matches("!/");
        assert!(root().join(path).exists(), "{path}");
        sent.insert(path.to_owned());
    }
    let here = dockerfile("COPY ").into_iter().filter(|line| !line.starts_with("--from") && !line.starts_with('.'));
    for line in here {
        let words: Vec<_> = line.split(' ').collect();
        for file in &words[..words.len() - 1] {
            assert!(sent.contains(*file), "{file} is not sent to the build");
        }
    }
    // What the package needs, the image's build needs: both build from nothing else.
    for path in cargo()["package"]["include"].as_array().unwrap() {
        let path = path.as_str().unwrap().trim_start_matches('/').trim_end_matches('*');
        assert!(path == "CHANGELOG.md" || sent.iter().any(|sent| sent.starts_with(path)), "{path}");
    }
    let user = dockerfile("USER ");
    let [user] = &user[..] else { panic!("{user:?}") };
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    assert_eq!(dockerfile("ENTRYPOINT "), ["[\"bisectstat\"]"]);
    assert_eq!(dockerfile("FROM ").len(), 2);
}

/// pip and cargo say the same of the program; the version stands in one place.
#[test]
fn the_wheel_is_the_package() {
    let (cargo, python) = (cargo(), read("pyproject.toml").parse::<Table>().unwrap());
    let (package, project) = (&cargo["package"], &python["project"]);
    for key in ["name", "description", "license", "readme", "keywords"] {
        assert_eq!(package[key], project[key], "{key}");
    }
    assert!(project.get("version").is_none());
    assert_eq!(project["dynamic"].as_array().unwrap(), &["version".into()]);
    for file in project["license-files"].as_array().unwrap() {
        assert!(root().join(file.as_str().unwrap()).is_file(), "{file:?}");
    }
    assert_eq!(python["tool"]["maturin"]["bindings"].as_str(), Some("bin"));
    let pinned = read(".ci/requirements.txt");
    let version = pinned.lines().find_map(|line| line.strip_prefix("maturin==")).unwrap();
    let minor = version.rsplit_once('.').unwrap().0;
    assert!(python["build-system"]["requires"][0].as_str().unwrap().contains(&format!(">={minor},")), "{pinned}");
}

/// Updates are looked for wherever something is pinned.
#[test]
fn every_pinned_thing_gets_updates() {
    let rules = yaml(".github/dependabot.yml");
    let mut folders = BTreeSet::new();
    for rule in rules["updates"].as_array().unwrap() {
        let one = rule["directory"].as_str().into_iter();
        let several = rule["directories"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for folder in one.chain(several) {
            assert!(root().join(folder.trim_start_matches('/')).is_dir(), "{folder}");
            folders.insert((rule["package-ecosystem"].as_str().unwrap().to_owned(), folder.to_owned()));
        }
    }
    for (ecosystem, folder) in [
        ("cargo", "/"),
        ("cargo", "/fuzz"),
        ("cargo", "/examples/web"),
        ("github-actions", "/"),
        ("docker", "/"),
        ("pip", "/.ci"),
    ] {
        assert!(folders.contains(&(ecosystem.to_owned(), folder.to_owned())), "{ecosystem} {folder}");
    }
    for folder in [".ci", "examples/spark", "notebooks"] {
        let pinned = root().join(folder).join("requirements.txt").is_file();
        assert_eq!(pinned, folders.contains(&("pip".to_owned(), format!("/{folder}"))), "{folder}");
    }
}

/// GitHub takes a form only when it is whole.
#[test]
fn the_forms_for_issues_are_whole() {
    for path in files(".github/ISSUE_TEMPLATE") {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if name.ends_with("config.yml") {
            continue;
        }
        let form = yaml(&name);
        assert!(form["name"].is_string() && form["description"].is_string(), "{name}");
        let mut ids = BTreeSet::new();
        for field in form["body"].as_array().unwrap() {
            let kind = field["type"].as_str().unwrap();
            assert!(["textarea", "input", "checkboxes"].contains(&kind), "{name}: {kind}");
            assert!(field["attributes"]["label"].is_string(), "{name}: {field}");
            assert!(ids.insert(field["id"].as_str().unwrap().to_owned()), "{name}: {field}");
        }
    }
}

/// What a recipe calls is there.
#[test]
fn the_justfile_calls_what_exists() {
    let source = read("justfile");
    let commands = source.lines().filter_map(|line| line.strip_prefix("    "));
    let mut seen = 0;
    for word in commands.flat_map(str::split_whitespace).filter(|word| word.contains('/') && !word.contains("{{")) {
        let path = word.split(['*', '\'']).next().unwrap();
        assert!(root().join(path).exists(), "{word}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

/// The parts of `.ci/run` are what it says at its top, and what readers are told to run is among them.
#[test]
fn ci_runs_what_readers_are_told_to_run() {
    let source = read(".ci/run");
    let all = source.lines().find_map(|line| line.strip_prefix("ALL=(")?.strip_suffix(')')).unwrap();
    let told = source.lines().skip(1).map_while(|line| line.strip_prefix('#'));
    let told: Vec<_> =
        told.filter_map(|line| line.strip_prefix("   ")?.split_once("  ")).map(|(part, _)| part).collect();
    assert_eq!(all.split(' ').collect::<Vec<_>>(), told);
    for page in ["README.md", "CONTRIBUTING.md"] {
        let commands = read(page).lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let tests = commands
            .iter()
            .filter_map(|line| Some(line.split("  ").next()?).filter(|line| line.starts_with("cargo test")));
        let tests: Vec<_> = tests.filter(|command| !command.contains("UPDATE")).collect();
        assert!(!tests.is_empty(), "{page}");
        for command in tests {
            assert!(source.lines().any(|line| line.contains(command)), "{page}: {command}");
        }
    }
    let unknown = script("run", &["nothing"]);
    assert_eq!((unknown.status.code(), text(&unknown.stdout)), (Some(2), ""));
    assert!(text(&unknown.stderr).contains(all), "{}", text(&unknown.stderr));
}
