//! What stands in for a forge: a host of static files, and a machine that runs the steps of an action.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Serves the files of a folder as long as the test runs; returns the address.
pub fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &folder);
        }
    });
    address
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let asked = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = asked.split(' ').nth(1).unwrap().trim_start_matches('/');
    let (code, body) = fs::read(folder.join(path)).map_or((404, Vec::new()), |body| (200, body));
    let head = format!("HTTP/1.1 {code} \r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that wants no more is free to go.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// Writes a program.
pub fn program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a machine has on which an action runs. Rust is not among it.
const TOOLS: &str = "awk bash cat chmod cp curl cut dirname env find grep gzip head mkdir mktemp mv rm sed sh sha256sum shasum \
                     sort tar tr uname unzip xargs";

/// A machine that runs an action: its work folder, its tools, and the cache that outlives a job.
pub struct Machine {
    pub dir: TempDir,
}

/// What came of a job: what its steps said, and the names of those that ran.
pub struct Job {
    pub code: i32,
    pub said: String,
    pub ran: Vec<String>,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self { dir: tempfile::tempdir().unwrap() };
        for folder in ["work", "tools", "cache"] {
            fs::create_dir(machine.at(folder)).unwrap();
        }
        let path = std::env::var_os("PATH").unwrap();
        for tool in TOOLS.split_whitespace() {
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|path| path.is_file());
            if let Some(found) = found {
                symlink(found, machine.at("tools").join(tool)).unwrap();
            }
        }
        machine
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a program on the PATH.
    pub fn install(&self, name: &str, script: &str) {
        program(&self.at("tools").join(name), script);
    }

    /// Runs the action of a folder, as a job of its own.
    pub fn run(&self, action: &Path, inputs: &[(&str, &str)]) -> Job {
        let definition = fs::read_to_string(action.join("action.yml")).unwrap();
        let definition: Value = serde_norway::from_str(&definition).unwrap();
        let _ = fs::remove_dir_all(self.at("temp"));
        fs::create_dir(self.at("temp")).unwrap();
        let mut job = Running::new(self, action, &definition, inputs);
        for step in definition["runs"]["steps"].as_array().unwrap() {
            if job.holds(step["if"].as_str()) && !job.step(step) {
                break;
            }
        }
        job.job
    }
}

/// A job under way. Values are by what an expression calls them, as `steps.find.outputs.key`.
struct Running<'a> {
    machine: &'a Machine,
    values: BTreeMap<String, String>,
    job: Job,
}

impl<'a> Running<'a> {
    fn new(machine: &'a Machine, action: &Path, definition: &Value, inputs: &[(&str, &str)]) -> Self {
        let mut values = BTreeMap::from([("github.action_path".to_owned(), action.display().to_string())]);
        for (name, input) in definition["inputs"].as_object().unwrap() {
            let given = inputs.iter().find(|(given, _)| given == name).map(|(_, value)| *value);
            values.insert(format!("inputs.{name}"), given.or(input["default"].as_str()).unwrap().to_owned());
        }
        let job =
            Job { code: 0, said: String::new(), ran: Vec::new(), outputs: BTreeMap::new(), summary: String::new() };
        Self { machine, values, job }
    }

    /// A value that nobody set is empty.
    fn value(&self, name: &str) -> String {
        self.values.get(name.trim()).cloned().unwrap_or_default()
    }

    /// A text with its expressions filled in; each is the name of a value.
    fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once("}}").unwrap();
            filled += &self.value(name);
            filled += rest;
        }
        filled
    }

    /// Whether a condition holds: comparisons with texts, all of which must.
    fn holds(&self, condition: Option<&str>) -> bool {
        condition.into_iter().flat_map(|condition| condition.split("&&")).all(|part| {
            let (name, other, wanted) = part
                .split_once("!=")
                .map(|(name, other)| (name, other, false))
                .or_else(|| part.split_once("==").map(|(name, other)| (name, other, true)))
                .unwrap();
            (self.value(name) == other.trim().trim_matches('\'')) == wanted
        })
    }

    /// Runs a step; whether it went well.
    fn step(&mut self, step: &Value) -> bool {
        self.job.ran.push(step["name"].as_str().unwrap().to_owned());
        match step["uses"].as_str() {
            Some(uses) => self.cache(uses, step),
            None => self.script(step),
        }
        self.job.code == 0
    }

    /// What GitHub's cache does: keeps a folder under a key, and brings it back.
    fn cache(&mut self, uses: &str, step: &Value) {
        let [key, path] = ["key", "path"].map(|name| self.fill(step["with"][name].as_str().unwrap()));
        assert!(!key.contains(',') && key.len() < 512, "GitHub takes no such key: {key}");
        let (kept, path) = (self.machine.at("cache").join(key), PathBuf::from(path));
        if uses.starts_with("actions/cache/save@") {
            return copy(&path, &kept);
        }
        assert!(uses.starts_with("actions/cache/restore@"), "{uses}");
        let hit = kept.is_dir();
        if hit {
            copy(&kept, &path);
        }
        self.values.insert(format!("steps.{}.outputs.cache-hit", step["id"].as_str().unwrap()), hit.to_string());
    }

    fn script(&mut self, step: &Value) {
        let machine = self.machine;
        let (output, summary) = (machine.at("output"), machine.at("summary"));
        fs::write(&output, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        command.current_dir(machine.at("work")).env_clear();
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, self.fill(value.as_str().unwrap()));
        }
        command.env("PATH", machine.at("tools")).env("RUNNER_TEMP", machine.at("temp"));
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
        let ran = command.output().unwrap();
        self.job.said += &String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat());
        self.job.code = ran.status.code().unwrap();
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            let step = step["id"].as_str().unwrap_or_default();
            self.values.insert(format!("steps.{step}.outputs.{name}"), value.to_owned());
            self.job.outputs.insert(name.to_owned(), value.to_owned());
        }
        self.job.summary = fs::read_to_string(&summary).unwrap_or_default();
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let copied = Command::new("cp").arg("-R").arg(from.join(".")).arg(to).status().unwrap();
    assert!(copied.success(), "{}", from.display());
}
