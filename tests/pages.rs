//! Every command on every page runs, in the order of the page, and prints what the page shows.
//!
//! A block in `sh`, or an indented one, is commands; `console` is commands behind `$ ` with their output; blocks in other
//! languages are not run. A command ends with 0, unless a comment behind it says `# exit code 1`. In an output, a line of
//! three dots stands for any lines, and `[..]` for anything within a line.
//! `UPDATE_PAGES=1 cargo test --test it pages::` writes what the program prints into the pages.

#![cfg(all(unix, feature = "cli"))]

use crate::support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use support::book::{Block, Page, pages, updating};
use support::root;
use tempfile::TempDir;

/// How commands begin that do not run here, and why.
const ELSEWHERE: [(&str, &str); 21] = [
    ("cargo ", "builds or tests the project: this is a test of it"),
    ("INSTA_UPDATE=", "writes the project's own files"),
    (".ci/", "builds, and runs this test"),
    ("docker ", "builds, with the network; `.ci/image` tries it"),
    ("gh attestation verify ", "needs a release, and the network"),
    ("UPDATE_PAGES=", "is this test"),
    ("UPDATE_PROMISES=", "writes the project's own files"),
    ("git diff", "shows what was changed in the project"),
    ("notebooks/run.sh", "needs Python and packages; CI runs it"),
    ("docs/calibration.sh", "takes half an hour"),
    ("docs/blame.sh", "needs the study's logs"),
    ("tests/judge/", "takes minutes; `tests/calibrate.rs` runs a tiny size"),
    ("fuzz/run", "needs a nightly toolchain"),
    ("benches/", "takes minutes"),
    ("examples/spark/run.sh", "needs Spark"),
    ("python3 examples/session/", "waits for others; `tests/session.rs` and `tests/recipes.rs` run it with a stand-in"),
    ("examples/web/build", "builds for minutes; `.ci/web` tries it"),
    ("bisectstat plans", "takes an hour; `tests/search.rs` runs a small copy"),
    ("bisectstat fit --truth labels.csv LOGS", "needs the study's logs; `tests/fit.rs` runs a small copy"),
    ("bisectstat calibrate --truth labels.csv LOGS", "needs the study's logs"),
    ("bisectstat fit LOGS --titles", "needs the study's logs"),
];

/// How a command begins that runs what was built.
const BUILT: &str = "cargo run --release -- ";

/// Asks for the exit code of the command before.
const CODE: &str = "echo $?\n";

/// Languages whose blocks are no commands.
const OTHERS: [&str; 7] = ["text", "toml", "rust", "json", "csv", "xml", "python"];

/// The page whose pipelines run in `tests/ci.rs`, and the languages of pipelines.
const PIPELINES: (&str, [&str; 2]) = ("docs/ci.md", ["yaml", "groovy"]);

/// One command, and what is promised of it.
struct Step {
    command: String,
    line: usize,
    code: i32,
    /// What the page shows.
    output: Option<String>,
}

/// The steps of a page, or what is wrong with a block.
fn steps(page: &Page) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for block in page.blocks() {
        let pipeline = |language: &str| page.name == PIPELINES.0 && PIPELINES.1.contains(&language);
        let of_block = match block.language.as_deref() {
            None | Some("sh") => script(&block),
            Some("console") => session(&block),
            Some(language) if OTHERS.contains(&language) || pipeline(language) => Ok(Vec::new()),
            Some(language) => Err(format!("blocks in {language:?} do not run")),
        };
        steps.extend(of_block.map_err(|why| format!("{}:{}: {why}", page.name, block.line))?);
    }
    Ok(steps)
}

/// The commands of a script: each as many lines as the shell needs to understand it.
fn script(block: &Block) -> Result<Vec<Step>, String> {
    let (mut steps, mut command) = (Vec::new(), String::new());
    for (i, line) in block.text.lines().enumerate() {
        command.push_str(line);
        command.push('\n');
        let more = line.ends_with('\\') || line.contains("<<") || command.contains("<<") && line != "EOF";
        if more || !whole(&command) {
            continue;
        }
        let command = std::mem::take(&mut command);
        if command.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            let code =
                command.split("# exit code ").nth(1).and_then(|code| code.split(|c: char| !c.is_ascii_digit()).next());
            let code = code.map_or(Ok(0), str::parse).map_err(|_| "an exit code is a number")?;
            steps.push(Step { command, line: block.line + i, code, output: None });
        }
    }
    if command.is_empty() { Ok(steps) } else { Err(format!("no shell understands {command}")) }
}

/// Whether the shell does not wait for more; a line that no shell reads is whole too, and fails later.
fn whole(command: &str) -> bool {
    let opens = ["case ", "for ", "while ", "if "].iter().any(|word| command.starts_with(word));
    !opens || Command::new("bash").args(["-nc", command]).stderr(Stdio::null()).status().unwrap().success()
}

/// The commands of a session, each with its output.
fn session(block: &Block) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for (i, line) in block.text.lines().enumerate() {
        if let Some(command) = line.strip_prefix("$ ") {
            let command = command.to_owned() + "\n";
            steps.push(Step { command, line: block.line + i, code: 0, output: Some(String::new()) });
        } else {
            let shown = steps.last_mut().and_then(|step| step.output.as_mut()).ok_or("a session begins with `$ `")?;
            shown.push_str(line);
            shown.push('\n');
        }
    }
    // Where the code is asked for, it is what is shown.
    for i in 1..steps.len() {
        if steps[i].command == CODE {
            let code = steps[i].output.as_deref().unwrap_or_default().trim();
            steps[i - 1].code = code.parse().map_err(|_| "an exit code is a number")?;
        }
    }
    Ok(steps)
}

/// A folder to try a page in: a repository with a flaky test, and in it the logs under the names that pages use.
pub(crate) struct Place {
    dir: TempDir,
    path: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            let setup = "
                \"$ROOT/docs/start/history.sh\" place && cd place && git tag v1.0 v1 && cp test.sh flaky-test.sh
                mkdir docs && cp -r \"$ROOT/data\" . && cp -r \"$ROOT/docs/start\" docs && cp -r \"$ROOT/docs/start/reports\" .
                for folder in logs archive bisections LOGS; do mkdir $folder && cp data/*.txt $folder; done
                cp data/004*.txt LOG && tar cf archive.tar logs
                echo '{\"id\": 1, \"path\": \"LOG\"}' > records";
            assert_eq!(bash(setup, dir.path(), &[("ROOT", root().to_str().unwrap())]), (0, String::new()));
            let tar = dir.path().join("place/archive.tar");
            let zst = zstd::encode_all(&*fs::read(&tar).unwrap(), 1).unwrap();
            fs::write(tar.with_extension("tar.zst"), zst).unwrap();
            dir
        });
        let dir = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-r").arg(template.path().join("place")).arg(dir.path()).status();
        assert!(copied.unwrap().success());
        let binary = Path::new(env!("CARGO_BIN_EXE_bisectstat")).parent().unwrap().display().to_string();
        fs::write(dir.path().join("cwd"), dir.path().join("place").to_str().unwrap()).unwrap();
        Self { dir, path: format!("{binary}:{}", std::env::var("PATH").unwrap()) }
    }

    /// Runs a command where the one before has ended, after its exit code.
    pub(crate) fn run(&self, command: &str, before: i32) -> (i32, String) {
        let here = self.dir.path().join("cwd");
        let cwd = fs::read_to_string(&here).unwrap();
        let here = here.to_str().unwrap();
        let script = format!("exec 2>&1\ntrap 'pwd > \"$HERE\"' EXIT\n(exit {before})\n{command}");
        let log = "bisections/002_del_gendisk.txt";
        bash(&script, Path::new(cwd.trim_end()), &[("PATH", &self.path), ("HERE", here), ("log", log)])
    }
}

fn bash(script: &str, dir: &Path, env: &[(&str, &str)]) -> (i32, String) {
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", script]).current_dir(dir).envs(env.iter().copied()).stdin(Stdio::null());
    bash.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env_remove("BISECTSTAT_RUN");
    let ran = bash.output().unwrap();
    (ran.status.code().unwrap_or(-1), String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// Whether an output is what a page shows.
fn same<T: AsRef<str>>(shown: &[T], output: &[T]) -> bool {
    match shown.split_first() {
        None => output.is_empty(),
        Some((dots, rest)) if dots.as_ref() == "..." => {
            (0..=output.len()).any(|skipped| same(rest, &output[skipped..]))
        }
        Some((line, rest)) => {
            output.split_first().is_some_and(|(real, others)| alike(line.as_ref(), real.as_ref()) && same(rest, others))
        }
    }
}

fn alike(shown: &str, real: &str) -> bool {
    let pieces: Vec<&str> = shown.split("[..]").collect();
    let [first, middle @ .., last] = &pieces[..] else { return shown == real };
    let Some(mut rest) = real.strip_prefix(first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

impl Step {
    fn runs_here(&self) -> bool {
        self.command.starts_with(BUILT) || !ELSEWHERE.iter().any(|(begin, _)| self.command.starts_with(begin))
    }

    /// Whether the page shows what was printed, or nothing.
    fn shows(&self, printed: &str) -> bool {
        let lines = |text: &'_ str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        self.output.as_deref().is_none_or(|shown| same(&lines(shown), &lines(printed)))
    }

    /// A page that shows what was printed; `None` where it shows it loosely, or the code is what is wrong.
    fn corrected(&self, text: &str, printed: &str) -> Option<String> {
        let shown = self.output.as_deref()?;
        let loose = shown.lines().any(|line| line == "..." || line.contains("[..]"));
        let command = &self.command;
        let fixed = || text.replacen(&format!("$ {command}{shown}"), &format!("$ {command}{printed}"), 1);
        (!loose && command != CODE).then(fixed)
    }
}

/// What is wrong with a page; an output is not wrong but written anew when it is to be updated.
fn complaints(page: &Page, update: bool) -> Vec<String> {
    let steps = match steps(page) {
        Ok(steps) => steps,
        Err(complaint) => return vec![complaint],
    };
    let (place, mut before, mut complaints, mut text) = (OnceLock::new(), 0, Vec::new(), page.text.clone());
    for step in steps.iter().filter(|step| step.runs_here()) {
        let mut complain =
            |why: String| complaints.push(format!("{}:{}: {}  {why}", page.name, step.line, step.command));
        let command = step.command.replace(BUILT, "bisectstat ");
        let (code, printed) = place.get_or_init(Place::new).run(&command, before);
        before = code;
        if code != step.code {
            complain(format!("exit code {code}, not {}\n{printed}", step.code));
        }
        if !step.shows(&printed) {
            match step.corrected(&text, &printed).filter(|_| update) {
                Some(corrected) => text = corrected,
                None => complain(format!("prints\n{printed}")),
            }
        }
    }
    if text != page.text {
        fs::write(page.path(), text).unwrap();
    }
    complaints
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let pages = pages();
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let pages: Vec<_> = pages.iter().map(|page| scope.spawn(|| complaints(page, updating()))).collect();
        pages.into_iter().flat_map(|page| page.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What does not run has a reason, and is there.
#[test]
fn nothing_is_left_out_for_no_reason() {
    let steps: Vec<Step> = pages().iter().flat_map(|page| steps(page).unwrap()).collect();
    let unused: Vec<_> =
        ELSEWHERE.iter().filter(|(begin, _)| !steps.iter().any(|step| step.command.starts_with(begin))).collect();
    assert!(unused.is_empty(), "on no page: {unused:?}");
    for step in &steps {
        let program = step.command.split_whitespace().next().unwrap();
        let script = program.contains('/') && ELSEWHERE.iter().any(|(begin, _)| step.command.starts_with(begin));
        assert!(!script || root().join(program).is_file(), "{program} does not exist");
    }
}

#[test]
fn what_is_wrong_is_found() {
    let page = |text: &str| complaints(&Page { name: "docs/none.md".into(), text: text.into() }, false);
    for fine in [
        "    true\n",
        "    false # exit code 1, as it should\n",
        "```console\n$ echo a; false\na\n$ echo $?\n1\n```\n",
        "- in a list\n\n  ```console\n  $ echo a\n  a\n  ```\n",
        "```sh\ncd data\n\nfor file in *.txt; do\n    test -f \"$file\"\ndone\n```\n",
        "    cargo does not run\n",
    ] {
        assert!(page(fine).is_empty(), "{fine}: {:?}", page(fine));
    }
    for wrong in [
        "    false\n",
        "    true # exit code 1\n",
        "    no-such-program\n",
        "    bisectstat analyze data --no-such-option\n",
        "```console\n$ echo a\nb\n```\n",
        "```console\n$ true\n$ echo $?\n1\n```\n",
        "```console\nbisectstat analyze data\n```\n",
        "- in a list\n\n  ```console\n  $ echo a\n  b\n  ```\n",
        "```sh\nfor file in *.txt; do\n```\n",
        "```\nfalse\n```\n",
        "```yaml\nrun: false\n```\n",
    ] {
        assert!(!page(wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn dots_stand_for_lines_and_brackets_for_words() {
    assert!(same(&["a", "...", "z"], &["a", "b", "c", "z"]) && same(&["..."], &[]) && !same(&["a"], &["a", "b"]));
    assert!(alike("found: [..] with 0.[..]", "found: x y with 0.96") && !alike("a[..]", "b") && !alike("a", "ab"));
}
