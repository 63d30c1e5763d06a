//! Options that every command has: how much is said, colours, the project's file, standard input, and old spellings.

#![cfg(all(unix, feature = "cli"))]

use crate::support;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use support::{LOGS, Ran, bisectstat, folder, root, run};

/// Runs the program in a folder, with these variables.
fn run_in(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = bisectstat(args);
    command.current_dir(dir).envs(variables.iter().copied());
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        if !variables.iter().any(|(set, _)| *set == name) {
            command.env_remove(name);
        }
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

fn log() -> Vec<u8> {
    fs::read(root().join(LOGS[4].1)).unwrap()
}

const TABLE: &[u8] = b"sha,result\na1,pass\na1,pass\nb2,fail\nb2,fail\n";

#[test]
fn quiet_leaves_errors_and_warnings_and_verbose_says_more() {
    let dir =
        folder(&[("t.csv", b"commit,outcome,order\na1,pass,1\nb2,fail,2\n"), ("bad.csv", b"commit,outcome\na1,odd\n")]);
    let said = |args: &[&str]| run_in(dir.path(), args, &[]).stderr;
    assert!(said(&["analyze", "t.csv"]).contains("note: "));
    assert_eq!(said(&["analyze", "t.csv", "-q"]), "");
    assert!(said(&["analyze", "bad.csv", "-q"]).starts_with("error: bad.csv"));
    let verbose = said(&["-v", "analyze", "t.csv"]);
    assert!(verbose.contains("note: read 1 input in ") && verbose.contains("note: done after "), "{verbose}");
    let plain = run_in(dir.path(), &["analyze", "t.csv"], &[]).stdout;
    for how in ["-q", "-v"] {
        assert_eq!(run_in(dir.path(), &["analyze", "t.csv", how], &[]).stdout, plain);
    }
    assert_eq!(run_in(dir.path(), &["analyze", "t.csv", "-q", "-v"], &[]).code, Some(2));
}

#[test]
fn colours_obey_the_option_then_the_environment() {
    let log = LOGS[4].1;
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        run_in(root(), &[&["analyze", log], args].concat(), variables).stdout.contains('\x1b')
    };
    assert!(!coloured(&[], &[]));
    for forces in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
        assert!(coloured(&[], &[(forces, "1")]), "{forces}");
        assert!(!coloured(&[], &[(forces, "1"), ("NO_COLOR", "1")]), "{forces}");
        assert!(!coloured(&["--color", "never"], &[(forces, "1")]), "{forces}");
    }
    assert!(!coloured(&[], &[("FORCE_COLOR", "0")]) && !coloured(&[], &[("FORCE_COLOR", "")]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(run_in(root(), &["--help"], &[("FORCE_COLOR", "1")]).stdout.contains('\x1b'));
}

#[test]
fn what_is_piped_in_is_read_without_a_path() {
    let dir = folder(&[("log", &log()), ("empty", b"")]);
    let fed = |args: &[&str], file: &str| {
        let file = fs::File::open(dir.path().join(file)).unwrap();
        let output = bisectstat(args).stdin(file).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for command in [&["analyze"][..], &["next"], &["gate", "--no-config"], &["analyze", "-f", "ndjson", "--top", "1"]] {
        assert_eq!(fed(command, "log"), fed(&[command, &["-"]].concat(), "log"), "{command:?}");
    }
    let (code, stdout, stderr) = fed(&["analyze", "--title", "WARNING in x"], "log");
    assert!(code == Some(0) && stdout.contains("WARNING in x"), "{stderr}");
    for command in ["analyze", "gate", "history", "fit", "next"] {
        let (code, stdout, stderr) = fed(&[command], "empty");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{command}");
        assert!(stderr.starts_with("error: no input: name a PATH"), "{stderr}");
        // /dev/null, as a CI gives it, and a stream that is closed.
        assert!(run(&[command]).stderr.starts_with("error: no input"), "{command}");
        let closed = format!("exec \"$0\" {command} <&-");
        let mut shell = std::process::Command::new("sh");
        let ran =
            shell.args(["-c", &closed, support::program().to_str().unwrap()]).current_dir(root()).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{command}");
    }
}

/// A pipe that stays open and silent: what is waited for is said.
#[test]
fn who_waits_for_input_says_so() {
    use std::io::{BufRead, BufReader};
    let mut child = bisectstat(&["analyze"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pipe = child.stdin.take().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("note: waiting for standard input"), "{line}");
    drop(pipe);
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn the_file_says_what_the_command_line_does_not() {
    let file = b"[options]\nformat = \"json\"\nmap = { commit = \"sha\", outcome = \"result\" }\n";
    let dir = folder(&[("bisectstat.toml", file), ("t.csv", TABLE), ("sub/x", b""), ("log", &log())]);
    let at = |folder: &str, args: &[&str]| run_in(&dir.path().join(folder), args, &[]);
    let ran = at("", &["analyze", "t.csv", "-q"]);
    assert!(ran.code == Some(0) && ran.stdout.starts_with('['), "{}", ran.stderr);
    assert!(at("sub", &["analyze", "../t.csv"]).stdout.starts_with('['));
    assert!(!at("", &["analyze", "t.csv", "-f", "text"]).stdout.starts_with('['));
    assert!(!at("", &["analyze", "log", "--no-config"]).stdout.starts_with('['));
    // Without a word unless it is asked for.
    assert!(!ran.stderr.contains("bisectstat.toml"));
    let verbose = at("", &["analyze", "t.csv", "-v"]).stderr;
    assert!(verbose.contains("note: bisectstat.toml:2: options.format = \"json\": used as --format"), "{verbose}");
    let verbose = at("", &["analyze", "t.csv", "-v", "-f", "text"]).stderr;
    assert!(verbose.contains("--format of the command line counts instead"), "{verbose}");
    // It has no such options.
    assert_eq!(at("", &["completions", "bash"]).code, Some(0));
}

#[test]
fn the_file_gives_way_to_what_it_cannot_go_with() {
    let dir =
        folder(&[("log", &log()), ("p/bisectstat.toml", b"[options]\nprior = \"prior.json\"\n"), ("p/sub/x", b"")]);
    assert_eq!(run_in(dir.path(), &["fit", "log", "--rounds", "1", "-o", "p/prior.json", "-q"], &[]).code, Some(0));
    let at = |folder: &str, args: &[&str]| run_in(&dir.path().join(folder), args, &[]);
    let with = at("p", &["analyze", "../log"]).stdout;
    assert_eq!(
        with,
        at(".", &["analyze", "log", "--prior", "p/prior.json"])
            .stdout
            .replacen("log\n", "../log\n", 1)
            .replace("--> log", "--> ../log")
    );
    // The path starts where the file lies.
    assert_eq!(at("p/sub", &["analyze", "../../log"]).code, Some(0));
    let fixed = at("p", &["analyze", "../log", "--reproduction", "0.3", "-v"]);
    assert!(fixed.code == Some(0) && fixed.stderr.contains("cannot go with the other options"), "{}", fixed.stderr);
    assert_eq!(fixed.stdout, at("p", &["analyze", "../log", "--reproduction", "0.3", "--no-config"]).stdout);
    let lines = at("p", &["analyze", "../log", "-f", "unparsed"]);
    assert!(lines.code == Some(0) && lines.stdout.ends_with("not understood\n"), "{}", lines.stderr);
}

#[test]
fn a_file_that_is_wrong_is_an_error_with_its_line() {
    let dir = folder(&[("log", &log())]);
    let error = |text: &str, args: &[&str]| {
        fs::write(dir.path().join("bisectstat.toml"), text).unwrap();
        let ran = run_in(dir.path(), args, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{text}");
        ran.stderr
    };
    for (text, said) in [
        ("[options]\nformt = \"json\"\n", "bisectstat.toml:2: unknown key `formt`, did you mean `format`?"),
        ("[options]\nformat = 3\n", "bisectstat.toml:2: "),
        ("[option]\n", "bisectstat.toml:1: unknown key `option`, did you mean `options`?"),
        ("p-rigth = 1\n", "bisectstat.toml:1: unknown key `p-rigth`"),
    ] {
        let error = error(text, &["analyze", "log"]);
        assert!(error.starts_with(&format!("error: {said}")), "{error}");
    }
    let text = "[options]\nformat = \"sarif\"\n";
    // A format that some commands have; none has the other one.
    fs::write(dir.path().join("bisectstat.toml"), text).unwrap();
    let next = run_in(dir.path(), &["next", "log"], &[]);
    let said = "note: bisectstat.toml:2: options.format = \"sarif\": not used, because next has no such format";
    assert!(next.code == Some(0) && next.stderr.starts_with(said), "{}", next.stderr);
    let said = error("[options]\nformat = \"sarfi\"\n", &["next", "log"]);
    assert!(said.starts_with("error: bisectstat.toml:2: options.format = \"sarfi\": invalid value 'sarfi'"), "{said}");
    fs::write(dir.path().join("bisectstat.toml"), text).unwrap();
    assert_eq!(run_in(dir.path(), &["next", "log", "-f", "json"], &[]).code, Some(0));
    assert_eq!(run_in(dir.path(), &["gate", "--init"], &[]).code, Some(0));
    let named = run_in(dir.path(), &["analyze", "log", "--config", "none.toml"], &[]);
    assert!(named.code == Some(2) && named.stderr.starts_with("error: none.toml: "), "{}", named.stderr);
}

#[test]
fn old_spellings_are_understood_with_a_sentence() {
    let dir = folder(&[("log", &log()), ("t.csv", b"commit,outcome,order\na1,pass,1\nb2,fail,2\n")]);
    let ran = |args: &[&str]| run_in(dir.path(), args, &[]);
    for (old, new, said) in [
        (
            &["analyze", "log", "--unparsed"][..],
            &["analyze", "log", "--format", "unparsed"][..],
            "use --format unparsed",
        ),
        (&["gate", "log", "--no-policy"], &["gate", "log", "--no-config"], "use --no-config"),
        (&["next", "log", "--parallel=2"], &["next", "log", "--workers=2"], "use --workers"),
        (&["explain", "--all"], &["explain", "all"], "use all"),
        (&["chart", "log", "--out", "charts"], &["chart", "log", "-o", "charts"], "use -o"),
    ] {
        let (old_ran, new_ran) = (ran(old), ran(new));
        assert_eq!((old_ran.code, &old_ran.stdout), (new_ran.code, &new_ran.stdout), "{old:?}");
        assert!(
            old_ran.stderr.contains(&format!("note: {said}; --")) && old_ran.stderr.contains(" goes in 0.3\n"),
            "{}",
            old_ran.stderr
        );
        assert_eq!(ran(&[old, &["-q"]].concat()).stderr, "", "{old:?}");
    }
    assert!(dir.path().join("charts/index.md").is_file());
}

#[test]
fn lists_are_cut_and_sorted() {
    let names = |args: &[&str]| {
        let lines = run(&[&["analyze", "data", "-f", "ndjson"], args].concat()).stdout;
        let name = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["bisection"].as_str().unwrap()[5..8].to_owned()
        };
        lines.lines().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["000", "001", "002", "003", "004"]);
    assert_eq!(names(&["--sort", "input", "--top", "2"]), ["000", "001"]);
    let (doubt, findings) = (names(&["--sort", "doubt"]), names(&["--sort", "findings"]));
    assert_eq!(names(&["--top", "2"]), doubt[..2]);
    assert!(doubt.len() == 5 && findings.len() == 5 && doubt != names(&[]), "{doubt:?} {findings:?}");
    let text = run(&["analyze", "data", "--top", "2"]).stdout;
    let at = |name: &str| text.find(&format!("data/{name}"));
    assert!(at(&doubt[0]) < at(&doubt[1]) && at(&doubt[2]).is_none() && text.contains("3 more"), "{text}");
    for args in [&["--format", "sarif", "--top", "1"][..], &["--together", "--top", "1"], &["--top", "0"]] {
        assert_eq!(run(&[&["analyze", "data"], args].concat()).code, Some(2), "{args:?}");
    }
    let tests = |key: &str| run(&["history", "docs/start/ci.csv", "--sort", key, "--top", "1", "-q"]).stdout;
    assert_ne!(tests("name"), tests("rate"));
}
