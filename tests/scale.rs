//! Long work: records in and out, shards, conditions, and folders of frames that outlive a kill.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use bisectstat::frame::Frames;
use bisectstat::frame::store::{Key, Store};
use serde_json::{Value, json};
use support::{LOGS, Need, Ran, bisectstat, root, run};

/// What the binary makes of a standard input.
fn piped(args: &[&str], input: &[u8]) -> Ran {
    let mut child =
        bisectstat(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

const FILTER: [&str; 6] = ["analyze", "--input", "ndjson", "--format", "ndjson", "-"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text_of(log: &str) -> String {
    fs::read_to_string(root().join(log)).unwrap()
}

fn records() -> String {
    let record = |(_, path): (&str, &str)| json!({"id": path, "text": text_of(path)}).to_string() + "\n";
    LOGS.map(record).concat()
}

/// Every file in a folder of frames, by name.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(file).collect();
    files.sort();
    files
}

/// A folder with so many logs, in several batches.
fn archive(dir: &Path, logs: usize) {
    fs::create_dir_all(dir).unwrap();
    for i in 0..logs {
        let text = text_of(LOGS[i % LOGS.len()].1);
        // A truncated log is short, and so is quick to analyse.
        let cut = text.match_indices("testing commit").nth(2 + i % 2).map_or(text.len(), |(at, _)| at);
        fs::write(dir.join(format!("{i:04}.txt")), &text[..cut]).unwrap();
    }
}

fn args<'a>(logs: &'a Path, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["analyze", logs.to_str().unwrap(), "-o", out.to_str().unwrap()], more].concat()
}

#[test]
fn records_say_what_files_say() {
    let mut expected =
        lines(&run(&[&["analyze", "--format", "ndjson"], &LOGS.map(|(_, path)| path)[..]].concat()).stdout);
    let ran = piped(&FILTER, records().as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for (row, (_, path)) in expected.iter_mut().zip(LOGS) {
        row["id"] = json!(path);
    }
    assert_eq!(lines(&ran.stdout), expected);
    let paths: String = LOGS.map(|(_, path)| json!({"path": path}).to_string() + "\n").concat();
    for row in &mut expected {
        row["id"] = Value::Null;
    }
    assert_eq!(lines(&piped(&FILTER, paths.as_bytes()).stdout), expected);
}

/// One record out for each in, in their order, and exit code 0: a job of a thousand does not fail for one.
#[test]
fn what_cannot_be_read_is_a_record() {
    let log = text_of(LOGS[4].1);
    let records = [
        json!({"id": 7, "text": log}).to_string(),
        "{\"id\": \"half".to_owned(),
        String::new(),
        json!({"id": "empty", "text": ""}).to_string(),
        json!({"id": "none"}).to_string(),
        "[1, 2]".to_owned(),
        json!({"id": "gone", "path": "data/no such file"}).to_string(),
        json!({"id": "other", "text": "hello\n", "more": [1]}).to_string(),
        json!({"id": "last", "text": log, "path": "not looked at"}).to_string(),
    ];
    let ran = piped(&FILTER, records.join("\n").as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let rows = lines(&ran.stdout);
    let told: Vec<_> = rows.iter().map(|row| (row["id"].clone(), row["error"].is_string())).collect();
    let null = Value::Null;
    let expected = [
        (json!(7), false),
        (null.clone(), true),
        (json!("empty"), true),
        (json!("none"), true),
        (null, true),
        (json!("gone"), true),
        (json!("other"), true),
        (json!("last"), false),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows[1]["record"], 2);
    insta::assert_snapshot!(rows.iter().filter_map(|row| row["error"].as_str()).collect::<Vec<_>>().join("\n"));
    // Damage that leaves something to read is told beside it.
    let cut = json!({"id": "cut", "text": log[..2000]}).to_string();
    let row = &lines(&piped(&FILTER, cut.as_bytes()).stdout)[0];
    assert_eq!(row["ending"], "truncated");
    assert!(row["problems"][0]["problem"].as_str().unwrap().contains("cut in the middle"), "{row}");
}

#[test]
fn only_a_set_up_that_cannot_work_fails() {
    assert_eq!(piped(&[&FILTER[..], &["--prior", "no such file"]].concat(), b"").code, Some(2));
    assert_eq!(run(&["analyze", "--input", "ndjson", "--format", "ndjson", "no such file"]).code, Some(2));
    assert_eq!(piped(&FILTER, b"").code, Some(0));
}

#[test]
fn shards_share_the_records_and_the_files() {
    let whole = lines(&piped(&FILTER, records().as_bytes()).stdout);
    let paths = |rows: Vec<Value>| rows.into_iter().map(|row| row["path"].clone()).collect::<Vec<_>>();
    for (shard, share) in [("1/2", [0, 2, 4].as_slice()), ("2/2", &[1, 3]), ("3/9", &[2]), ("9/9", &[])] {
        let ran = piped(&[&FILTER[..], &["--shard", shard]].concat(), records().as_bytes());
        let expected: Vec<_> = share.iter().map(|i| whole[*i].clone()).collect();
        assert_eq!(lines(&ran.stdout), expected, "{shard}");
        let files = run(&["analyze", "data", "--format", "ndjson", "--shard", shard]);
        assert_eq!((files.code, files.stderr.as_str()), (Some(0), ""), "{shard}");
    }
    let all = paths(lines(&run(&["analyze", "data", "--format", "ndjson"]).stdout));
    let parts = ["1/2", "2/2"]
        .map(|shard| paths(lines(&run(&["analyze", "data", "--format", "ndjson", "--shard", shard]).stdout)));
    let mut together = parts.concat();
    together.sort_by_key(ToString::to_string);
    assert_eq!(together, all);
    assert_eq!(run(&["analyze", "data", "--shard", "3/2"]).code, Some(2));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let of = |jobs: &str| piped(&[&FILTER[..], &["--jobs", jobs]].concat(), records().as_bytes()).stdout;
    assert!(of("1") == of("8"));
    let dir = tempfile::tempdir().unwrap();
    archive(&dir.path().join("logs"), 150);
    let frames = ["1", "2", "8"].map(|jobs| {
        let out = dir.path().join(jobs);
        let ran = run(&args(&dir.path().join("logs"), &out, &["--jobs", jobs]));
        (ran.stdout, files(&out))
    });
    assert!(frames[0] == frames[1] && frames[1] == frames[2]);
}

#[test]
fn conditions_choose_bisections() {
    let of = |more: &[&str]| {
        let ran = run(&[&["analyze", "data", "--format", "ndjson"], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        lines(&ran.stdout)
    };
    let all = of(&[]);
    let share = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|row| test(row)).cloned().collect::<Vec<_>>();
    assert_eq!(of(&["--filter", "ending=culprit"]), share(&|row| row["ending"] == "culprit"));
    let low = |row: &Value| row["p_named"].as_f64().is_some_and(|p| p < 0.5);
    assert_eq!(of(&["--filter", "p_named<0.5"]), share(&low));
    assert_eq!(
        of(&["--filter", "p_named<0.5", "--filter", "kind=fix"]),
        share(&|row| low(row) && row["kind"] == "fix")
    );
    assert_eq!(of(&["--filter", "named_culprit="]), share(&|row| row["named_culprit"].is_null()));
    assert_eq!(of(&["--since", "2021"]), share(&|row| row["year"].as_i64() >= Some(2021)));
    let dir = tempfile::tempdir().unwrap();
    run(&args(&root().join("data"), dir.path(), &["--frames", "ndjson", "--filter", "p_named<0.5"]));
    let rows = |name: &str| lines(&fs::read_to_string(dir.path().join(name)).unwrap());
    let kept: Vec<_> = rows("bisections.ndjson").iter().map(|row| row["bisection"].clone()).collect();
    assert_eq!(kept.len(), share(&low).len());
    assert!(
        ["steps", "runs", "titles", "gaps", "findings"]
            .iter()
            .all(|name| rows(&format!("{name}.ndjson")).iter().all(|row| kept.contains(&row["bisection"])))
    );
    for wrong in ["endng=x", "p_named<half", "ending", "p_named~1"] {
        assert_eq!(run(&["analyze", "data", "--filter", wrong]).code, Some(2), "{wrong}");
    }
}

/// Killed, then resumed: the files are those of a run that nobody disturbed, and what was done is not done again.
#[cfg(unix)]
#[test]
fn a_killed_run_is_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, whole, killed) = (dir.path().join("logs"), dir.path().join("whole"), dir.path().join("killed"));
    archive(&logs, 400);
    let undisturbed = run(&args(&logs, &whole, &[]));
    let mut child = bisectstat(&args(&logs, &killed, &["--jobs", "1"])).stdout(Stdio::null()).spawn().unwrap();
    let parts = || fs::read_dir(killed.join(".parts")).into_iter().flatten().flatten();
    let whole_parts = || parts().filter(|part| part.path().extension().is_none() && part.file_name() != "lock").count();
    while whole_parts() == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(files_with_final_names(&killed).is_empty(), "{:?}", files_with_final_names(&killed));
    let kept: Vec<_> = parts().map(|part| (part.path(), part.metadata().unwrap().modified().unwrap())).collect();
    assert!(!kept.is_empty());
    let resumed = run(&args(&logs, &killed, &["--continue"]));
    assert_eq!((resumed.code, &resumed.stdout), (undisturbed.code, &undisturbed.stdout));
    assert!(files(&killed) == files(&whole));
}

/// A batch is analysed when the one before has settled, so what a killed run loses is no more than that batch.
#[test]
fn what_has_settled_is_there_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let key = Key::of(1);
    let mut store = Store::open(dir.path(), false).unwrap();
    store.put(&key, Frames::empty(), Vec::new()).unwrap();
    store.settle().unwrap();
    drop(store);
    let mut again = Store::open(dir.path(), true).unwrap();
    assert!(again.recall(&key, &[]).is_some() && again.recall(&Key::of(2), &[]).is_none());
}

fn files_with_final_names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".parquet") || name.ends_with(".ndjson")).collect()
}

/// A folder that grows: only the batches in which something is new are analysed again.
#[test]
fn a_finished_run_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, out, fresh) = (dir.path().join("logs"), dir.path().join("out"), dir.path().join("fresh"));
    archive(&logs, 300);
    fs::write(logs.join("0007.txt"), "no log\n").unwrap();
    let bad = fs::read(root().join(LOGS[4].1)).unwrap();
    fs::write(logs.join("0008.txt"), &bad[..2000]).unwrap();
    let first = run(&args(&logs, &out, &[]));
    let before = files(&out);
    let again = run(&args(&logs, &out, &["--continue"]));
    assert_eq!((again.code, &again.stdout, &again.stderr), (first.code, &first.stdout, &first.stderr));
    assert!(files(&out) == before);
    fs::write(logs.join("0100.txt"), &bad).unwrap();
    fs::remove_file(logs.join("0200.txt")).unwrap();
    let (resumed, undisturbed) = (run(&args(&logs, &out, &["--continue"])), run(&args(&logs, &fresh, &[])));
    assert_eq!((resumed.code, &resumed.stdout), (undisturbed.code, &undisturbed.stdout));
    assert!(files(&out) == files(&fresh) && files(&out) != before);
    // Another prior makes other figures.
    let other = run(&args(&logs, &out, &["--continue", "--reproduction", "0.3"]));
    assert_eq!(other.code, first.code);
    assert!(files(&out) != files(&fresh));
}

#[test]
fn damaged_parts_are_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, out) = (dir.path().join("logs"), dir.path().join("out"));
    archive(&logs, 5);
    run(&args(&logs, &out, &[]));
    let before = files(&out);
    for name in ["manifest.ndjson", "steps.parquet"] {
        let bytes = fs::read(out.join(name)).unwrap();
        fs::write(out.join(name), &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(run(&args(&logs, &out, &["--continue"])).code, Some(0), "{name}");
        assert!(files(&out) == before, "{name}");
    }
}

/// A file system in memory; none where nothing can be mounted.
#[cfg(target_os = "linux")]
struct Disk(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(path: &Path, options: &str) -> Option<Self> {
        fs::create_dir(path).unwrap();
        let mounted = Self::tell("mount", &["-t", "tmpfs", "-o", options, "tmpfs"], path);
        mounted.then(|| Self(path.to_owned())).or_else(|| {
            support::skip(Need::Mount, "no file system can be mounted here");
            None
        })
    }

    fn tell(command: &str, args: &[&str], path: &Path) -> bool {
        let status = std::process::Command::new(command).args(args).arg(path).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        Self::tell("umount", &[], &self.0);
    }
}

/// A small disk that fills up: one error, and nothing half-written under a final name.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_half() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    archive(&logs, 300);
    let Some(disk) = Disk::mount(&dir.path().join("disk"), "size=200k") else { return };
    let ran = run(&args(&logs, &disk.0.join("out"), &[]));
    let left = files_with_final_names(&disk.0.join("out"));
    assert_eq!((ran.code, left), (Some(2), Vec::new()), "{}", ran.stderr);
    assert!(ran.stderr.contains("No space left"), "{}", ran.stderr);
}

/// A folder that nobody can write to, the superuser neither: one error, and what lay there stays.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    archive(&logs, 3);
    let Some(disk) = Disk::mount(&dir.path().join("disk"), "size=2m") else { return };
    let out = disk.0.join("out");
    assert_eq!(run(&args(&logs, &out, &[])).code, Some(0));
    let before = files(&out);
    assert!(Disk::tell("mount", &["-o", "remount,ro"], &disk.0));
    for resume in [&[][..], &["--continue"]] {
        let ran = run(&args(&logs, &out, resume));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("Read-only file system") && ran.stderr.contains("disk/out"), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    assert!(files(&out) == before);
}

/// A file where the folder should be.
#[test]
fn an_output_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    let ran = run(&args(&root().join("data"), &file.join("out"), &[]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("file/out"), "{}", ran.stderr);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(run(&["analyze", "data", "--continue"]).code, Some(2));
}

#[test]
fn an_input_that_vanishes_is_a_row() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, list, out) = (dir.path().join("logs"), dir.path().join("list"), dir.path().join("out"));
    archive(&logs, 3);
    let names = ["0000.txt", "gone.txt", "0002.txt"].map(|name| logs.join(name).to_str().unwrap().to_owned());
    fs::write(&list, names.join("\n")).unwrap();
    let args = ["analyze", "--files-from", list.to_str().unwrap(), "--frames", "ndjson", "-o", out.to_str().unwrap()];
    assert_eq!(run(&args).code, Some(2));
    let rows = lines(&fs::read_to_string(out.join("skipped.ndjson")).unwrap());
    let states: Vec<_> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["analysed", "refused", "analysed"]);
}
