//! The command line: formats, the JSON schema, frames that come back as written, exit codes, the same bytes always.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;

use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::frame::io::{FrameFormat, read as read_frames, write as write_frames};
use bisectstat::frame::{Columns, Frames, completed, schema};
use bisectstat::ingest::read;
use serde_json::Value;
use support::{LOGS, bisectstat, root, run};

fn frames() -> Frames {
    let logs = LOGS.iter().map(|(_, log)| (log, fs::read(root().join(log)).unwrap()));
    let batch = logs.flat_map(|(log, bytes)| read(&bytes, &Source::new(*log)).unwrap().bisections);
    Frames::of(&analyze(batch.collect(), &Settings::default())).unwrap()
}

#[test]
fn json_holds_to_its_schema() {
    let schema: Value = serde_json::from_slice(&fs::read(root().join("schema/analysis.json")).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let array: Value = serde_json::from_str(&run(&["analyze", "data", "--format", "json"]).stdout).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 5);
    for analysis in array.as_array().unwrap() {
        let errors: Vec<_> = schema.iter_errors(analysis).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut wrong = array[0].clone();
    wrong["p_named_any"] = 1.5.into();
    assert!(!schema.is_valid(&wrong));
    wrong["p_named_any"] = Value::Null;
    wrong["surplus"] = true.into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn ndjson_is_json_one_a_line() {
    let array: Vec<Value> = serde_json::from_str(&run(&["analyze", "data", "--format", "json"]).stdout).unwrap();
    let lines = run(&["analyze", "data", "--format", "ndjson"]).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, array);
}

#[test]
fn the_keys_of_004_are_as_reviewed() {
    let array: Vec<Value> = serde_json::from_str(&run(&["analyze", LOGS[4].1, "--format", "json"]).stdout).unwrap();
    let mut analysis = array[0].clone();
    for list in ["steps", "gaps", "titles", "findings"] {
        let list = analysis[list].as_array_mut().unwrap();
        list.drain(1..);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&analysis).unwrap());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["text", "json", "ndjson"] {
        let one = run(&["analyze", "data", "--format", format, "--jobs", "1"]);
        let many = run(&["analyze", "data", "--format", format, "--jobs", "8"]);
        assert_eq!(one.stdout, many.stdout);
    }
}

#[test]
fn frames_come_back_as_written() {
    let frames = frames();
    for format in [FrameFormat::Parquet, FrameFormat::Csv, FrameFormat::Ndjson] {
        let dir = tempfile::tempdir().unwrap();
        write_frames(&frames, dir.path(), format).unwrap();
        let back = read_frames(dir.path(), format).unwrap();
        for ((name, written, columns), (_, read, _)) in frames.named().into_iter().zip(back.named()) {
            let written = completed(written, columns).unwrap();
            assert_eq!(written.schema(), read.schema(), "{name} {format:?}");
            assert!(written.equals_missing(read), "{name} {format:?}");
        }
    }
}

#[test]
fn the_binary_writes_every_frame() {
    for (format, ending) in [("parquet", "parquet"), ("csv", "csv"), ("ndjson", "ndjson")] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("frames");
        let ran = run(&["analyze", "data", "-o", out.to_str().unwrap(), "--frames", format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let mut names: Vec<_> =
            fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let frames = ["bisections", "findings", "gaps", "runs", "skipped", "steps", "titles"];
        let mut expected: Vec<_> = frames.map(|name| format!("{name}.{ending}")).into();
        expected.push("manifest.ndjson".to_owned());
        expected.sort();
        assert_eq!(names, expected);
    }
}

/// The tables in the documentation of each frame list its columns, in their order.
#[test]
fn documented_columns_are_the_columns() {
    for (name, _, columns) in frames().named() {
        let source = fs::read_to_string(root().join(format!("src/frame/{name}.rs"))).unwrap();
        let rows = source.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
        let documented: Vec<_> = rows.flat_map(|row| row.split(" | ").next().unwrap().split(", ")).collect();
        let columns: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        assert_eq!(documented, columns, "{name}");
    }
}

#[test]
fn frames_without_rows_keep_their_types() {
    let empty = Frames::of(&[]).unwrap();
    for (_, frame, columns) in empty.named() {
        let columns: &Columns = columns;
        assert_eq!(**completed(frame, columns).unwrap().schema(), schema(columns));
    }
}

#[test]
fn counts_of_frames_agree() {
    let frames = frames();
    let sum = |name: &str| frames.steps.column(name).unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    let runs = frames.runs.column("count").unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    assert_eq!(sum("passes") + sum("crashes") + sum("voids"), runs);
    let titles = frames.titles.column("crashes").unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    assert_eq!(titles, sum("crashes"));
}

#[test]
fn standard_input_is_a_file_like_others() {
    let log = fs::File::open(root().join(LOGS[4].1)).unwrap();
    let output = bisectstat(&["analyze", "-"]).stdin(log).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.starts_with("-\n"), "{text}");
    assert_eq!(
        text.replace("--> -:", "--> FILE:"),
        run(&["analyze", LOGS[4].1]).stdout.replace(LOGS[4].1, "FILE").replacen("FILE\n", "-\n", 1)
    );
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let escapes = |args: &[&str]| run(args).stdout.contains('\x1b');
    assert!(!escapes(&["analyze", LOGS[4].1]));
    assert!(escapes(&["analyze", LOGS[4].1, "--color", "always"]));
    assert!(!escapes(&["analyze", LOGS[4].1, "--color", "never"]));
}

#[test]
fn unparsed_lines_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let odd = log.replacen("revisions tested: ", "a line of the future\nrevisions tested: ", 1);
    let path = dir.path().join("odd.txt");
    fs::write(&path, odd).unwrap();
    let ran = run(&["analyze", "--format", "unparsed", path.to_str().unwrap()]);
    assert!(ran.stdout.contains("odd.txt:") && ran.stdout.contains(": a line of the future\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 not understood\n"), "{}", ran.stdout);
    assert!(run(&["analyze", path.to_str().unwrap()]).stdout.contains("not understood: 1 line"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in
        [&["analyze"][..], &["analyze", "--format", "xml", "data"], &["analyze", "--jobs", "0", "data"], &["judge"]]
    {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
    }
    assert_eq!(run(&["--help"]).code, Some(0));
    assert_eq!(run(&["--version"]).code, Some(0));
}

#[test]
fn help_is_as_reviewed() {
    insta::assert_snapshot!(run(&["analyze", "--help"]).stdout);
}

/// Inputs of each form, and the files that options name.
fn scene() -> tempfile::TempDir {
    let log = |n: usize| fs::read(root().join(LOGS[n].1)).unwrap();
    let text = |n: usize| String::from_utf8(log(n)).unwrap();
    let rows = |commit: &str, fails: usize, title: &str, passes: usize| {
        format!("{commit},fail,{title},stranger\n").repeat(fails) + &format!("{commit},pass,,\n").repeat(passes)
    };
    let table = "commit,outcome,title,word\n".to_owned()
        + &rows("a1", 0, "", 3)
        + &rows("b2", 1, "BUG in g", 5)
        + &rows("c3", 2, "BUG in f", 3)
        + &rows("c3", 1, "BUG in g", 0);
    let table = &table;
    let report = |outcome: &str| {
        format!(
            "<testsuite><testcase classname=\"s\" name=\"a\">{outcome}</testcase><testcase classname=\"s\" name=\"b\">{outcome}</testcase></testsuite>"
        )
    };
    let failure = report("<failure message=\"BUG in f\">x</failure>");
    let record = |id: &str, text: &str| serde_json::json!({ "id": id, "text": text }).to_string() + "\n";
    let title =
        "file,title\nlog.txt,WARNING in other_function\ntable.csv,BUG in g\na,WARNING in other_function\nb,BUG in g\n";
    let dir = support::folder(&[
        ("log.txt", &log(4)),
        ("other.txt", &log(0)),
        ("logs/z", b"no log"),
        ("logs/log.txt", &log(4)),
        ("table.csv", table.as_bytes()),
        ("r/01-aaaaaaa/a.xml", report("").as_bytes()),
        ("r/02-bbbbbbb/a.xml", failure.as_bytes()),
        ("records.ndjson", (record("a", &text(4)) + &record("b", table)).as_bytes()),
        ("damaged.ndjson", (record("a", &text(4)) + &record("b", "no log")).as_bytes()),
        ("list", b"other.txt\n"),
        ("records", b"records.ndjson\n"),
        ("titles.csv", title.as_bytes()),
        ("truth.csv", b"file,verdict\nlog.txt,wrong\n"),
    ]);
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(args).current_dir(dir.path());
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "--quiet", "repo"]);
    for tag in ["a1", "x", "y", "b2", "c3"] {
        git(&["-C", "repo", "commit", "--quiet", "--allow-empty", "-m", tag]);
        git(&["-C", "repo", "tag", tag]);
    }
    let head =
        std::process::Command::new("git").args(["-C", "repo", "rev-parse", "x"]).current_dir(dir.path()).output();
    let x = String::from_utf8(head.unwrap().stdout).unwrap();
    fs::write(dir.path().join("weights.csv"), format!("commit,weight\n{},50\n*,1\n", x.trim())).unwrap();
    let fitted = bisectstat(&["fit", "other.txt", "--rounds", "1", "--name", "x", "-o", "prior.json"])
        .current_dir(dir.path())
        .output();
    assert!(fitted.unwrap().status.success());
    dir
}

/// What came of a command: how it ended, what it said, what it wrote.
fn came(dir: &std::path::Path, args: &[&str]) -> (Option<i32>, String, String) {
    let out = dir.join("out");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir(&out).unwrap();
    let ran = bisectstat(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let mut files: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let written: Vec<_> = files.iter().filter_map(|file| fs::read(file).ok()).collect();
    (ran.status.code(), format!("{}{written:?}", text(ran.stdout)), text(ran.stderr))
}

/// An option that is taken changes something, or is refused: nobody believes that a filter holds that was not looked at.
#[test]
fn every_option_changes_the_result_or_is_refused() {
    let dir = scene();
    let shared: [&[&str]; 12] = [
        &["--files-from", "list"],
        &["--input", "ndjson"],
        &["--shard", "2/2"],
        &["--strict"],
        &["--title", "BUG in g"],
        &["--titles", "titles.csv"],
        &["--prior", "prior.json"],
        &["--map", "title=word"],
        &["--test", "a"],
        &["--reproduction", "0.3"],
        &["--repo", "repo"],
        &["--weights", "weights.csv"],
    ];
    // A command, and what is given of it.
    let commands: [(&[&str], &[&str]); 14] = [
        (&["analyze"], &["logs"]),
        (&["analyze"], &["table.csv"]),
        (&["analyze", "--format", "json"], &["r"]),
        (&["analyze", "--format", "ndjson"], &["log.txt"]),
        (&["analyze", "--format", "ndjson", "--input", "ndjson"], &["records.ndjson"]),
        (&["analyze", "--format", "ndjson", "--input", "ndjson"], &["damaged.ndjson"]),
        (&["analyze", "--format", "unparsed"], &["log.txt"]),
        (&["next"], &["table.csv"]),
        (&["gate", "--no-config", "--format", "json"], &["log.txt"]),
        (&["chart", "-o", "out"], &["table.csv"]),
        (&["report", "-o", "out/a.html"], &["table.csv"]),
        (&["fit", "--rounds", "1", "--name", "x", "-o", "out/a.json"], &["table.csv"]),
        (&["calibrate", "--truth", "truth.csv", "--bootstrap", "0"], &["log.txt"]),
        (&["fit", "--merge", "prior.json", "prior.json", "--name", "x", "-o", "out/a.json"], &[]),
    ];
    let mut ignored = Vec::new();
    for (command, inputs) in commands {
        let plain = [command, inputs].concat();
        let base = came(dir.path(), &plain);
        for option in shared {
            // Only one may say so.
            if plain.contains(&option[0]) {
                continue;
            }
            let repo: &[&str] = if option[0] == "--weights" { &["--repo", "repo"] } else { &[] };
            let base = if repo.is_empty() { base.clone() } else { came(dir.path(), &[&plain, repo].concat()) };
            let with = came(dir.path(), &[&plain, repo, option].concat());
            // Everything is strict already where nothing is wrong; a plan of one table has no commands that a title changes.
            let nothing_to_do = option == ["--strict"] && inputs != ["logs"] && inputs != ["damaged.ndjson"];
            if with == base && !nothing_to_do && !allowed(command[0], inputs, option[0]) {
                ignored.push(format!("{plain:?} {option:?}"));
            }
        }
    }
    assert!(ignored.is_empty(), "{ignored:#?}");
}

/// Where an option is taken and changes nothing, because the input has nothing for it.
fn allowed(command: &str, inputs: &[&str], option: &str) -> bool {
    match option {
        // Weights tell the commits of a gap apart, which no picture does.
        "--weights" if command == "chart" => true,
        // None of the commits of these is in the repository.
        "--repo" | "--weights" => inputs != ["table.csv"],
        // Either title is likelier the bug's than not, whichever was reported: the runs to make are the same.
        "--title" | "--titles" if command == "next" => inputs == ["table.csv"],
        // Bisections from reports are called by their tests.
        "--titles" => inputs == ["r"],
        _ => false,
    }
}

/// What cannot go together is refused by name.
#[test]
fn options_that_would_not_be_looked_at_are_refused() {
    let dir = scene();
    let refused: [&[&str]; 20] = [
        &["run", "--repo", "repo", "--status", "--target", "0.9"],
        &["run", "--repo", "repo", "--status", "--build", "make"],
        &["run", "--repo", "repo", "--log", "--format", "json"],
        &["run", "--repo", "repo", "--log", "--jobs", "2"],
        &["run", "--repo", "repo", "--undo", "2", "--runs", "3"],
        &["run", "--repo", "repo", "--clean", "--seed", "3"],
        &["analyze", "--format", "unparsed", "log.txt", "-o", "out/x"],
        &["analyze", "--format", "unparsed", "log.txt", "--filter", "ending=culprit"],
        &["analyze", "--format", "unparsed", "log.txt", "--since", "2020"],
        &["analyze", "--format", "unparsed", "log.txt", "--repo", "/nonexistent"],
        &["fit", "log.txt", "--repo", "/nonexistent"],
        &["fit", "log.txt", "--reproduction", "0.5"],
        &["fit", "--truth", "truth.csv", "--rounds", "3", "log.txt"],
        &["fit", "--truth", "truth.csv", "--name", "x", "log.txt"],
        &["fit", "--merge", "prior.json", "--rounds", "3"],
        &["fit", "--merge", "prior.json", "--shard", "1/2"],
        &["analyze", "log.txt", "--map", "commit=word"],
        &["analyze", "log.txt", "--test", "a"],
        &["analyze", "--input", "ndjson", "--format", "ndjson", "records.ndjson", "--test", "a"],
        &["analyze", "--input", "ndjson", "--format", "ndjson", "--files-from", "nonexistent"],
    ];
    for args in refused {
        let (code, _, errors) = came(dir.path(), args);
        assert!(code == Some(2) && errors.starts_with("error: "), "{args:?}: {errors}");
        assert!(args[0] != "run" || errors.contains("cannot be used with"), "{args:?}: {errors}");
    }
}

#[test]
fn lists_of_records_are_read_as_records() {
    let dir = scene();
    for format in ["ndjson", "text", "json"] {
        let of =
            |args: &[&str]| came(dir.path(), &[&["analyze", "--input", "ndjson", "--format", format], args].concat());
        let (listed, named) = (of(&["--files-from", "records"]), of(&["records.ndjson"]));
        assert_eq!((listed.0, &listed.1), (Some(0), &named.1), "{}", listed.2);
    }
    let filter = ["analyze", "--input", "ndjson", "--format", "ndjson", "damaged.ndjson"];
    assert_eq!(came(dir.path(), &filter).0, Some(0));
    assert_eq!(came(dir.path(), &[&filter[..], &["--strict"]].concat()).0, Some(2));
}

/// On a full disk, what was there before is still there.
#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let dir = scene();
    let old = b"the good one".to_vec();
    let full: [(&str, &[&str]); 5] = [
        ("a.html", &["report", "log.txt", "-o", "full/a.html"]),
        ("a.json", &["fit", "log.txt", "--rounds", "1", "-o", "full/a.json"]),
        ("b.json", &["gate", "--no-config", "log.txt", "--write-baseline", "full/b.json"]),
        ("a.sarif", &["gate", "--no-config", "log.txt", "-o", "sarif=full/a.sarif"]),
        ("index.md", &["chart", "log.txt", "-o", "full"]),
    ];
    fs::create_dir(dir.path().join("full")).unwrap();
    for (file, args) in full {
        let path = dir.path().join("full").join(file);
        fs::write(&path, &old).unwrap();
        // No file may grow beyond a block: as on a full disk, writing stops in the middle.
        let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_bisectstat")]).args(args).current_dir(dir.path());
        let ran = shell.output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        assert!(fs::read(&path).unwrap() == old, "{args:?}");
        let left = fs::read_dir(dir.path().join("full")).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("partial")), "{args:?}");
    }
}
