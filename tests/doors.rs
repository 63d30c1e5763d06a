//! The doors through which strangers come in: how deep an input nests, what its names and titles would do in a shell, on a
//! terminal, on a page or in a CI's log.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use bisectstat::calibrate::Truth;
use bisectstat::evidence::{CommitId, Kind, Source, TitleParts};
use bisectstat::gate::baseline::Baseline;
use bisectstat::gate::policy::Policy;
use bisectstat::history::{self, Weights, argument};
use bisectstat::ingest::pattern::patterns;
use bisectstat::ingest::read;
use bisectstat::ingest::table::Columns;
use bisectstat::model::archive::ArchivePrior;
use bisectstat::model::blame::Fit;
use jiff::civil::Date;
use proptest::prelude::*;
use support::{folder, root};

/// Levels of nesting.
const DEEP: usize = 1_000_000;

/// On a thread as small as a worker's. A stack that overflows ends the test's process.
fn on_a_worker(what: &str, work: impl FnOnce() + Send + 'static) {
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap();
    worker.join().unwrap_or_else(|_| panic!("{what}"));
}

const MAIL: &str = "From: a\nSubject: x\nMIME-Version: 1.0\n";

/// Texts that nest as deep as they like.
fn nested() -> Vec<(&'static str, Vec<u8>)> {
    /// What lies side by side, or is the same once more in another form.
    const MANY: usize = 50_000;
    let nest = |head: &str, part: &str| (head.to_owned() + &part.repeat(DEEP)).into_bytes();
    let many = |head: &str, part: &str| (head.to_owned() + &part.repeat(MANY)).into_bytes();
    let whole = |open: &str, inner: &str, close: &str| (open.repeat(DEEP) + inner + &close.repeat(DEEP)).into_bytes();
    let inside = nest(MAIL, "Content-Type: message/rfc822\n\n");
    let encoded = base64::engine::general_purpose::STANDARD.encode(many(MAIL, "Content-Type: message/rfc822\n\n"));
    let encoded = format!("{MAIL}Content-Type: message/global\nContent-Transfer-Encoding: base64\n\n{encoded}\n");
    let thrift = [b"PAR1".as_slice(), &vec![0x1c; DEEP], &1_000_000_u32.to_le_bytes(), b"PAR1"].concat();
    vec![
        ("mails in mails", inside),
        ("folded and in capitals", many(MAIL, "CONTENT-TYPE: Message\n /RFC822 (x)\n\n")),
        ("an encoded mail in a mail", encoded.into_bytes()),
        ("digests", many(MAIL, "Content-Type: multipart/digest; boundary=b\n\n--b\n\n")),
        ("parts in parts", many(MAIL, "Content-Type: multipart/mixed; boundary=b\n\n--b\n")),
        ("comments", nest(&format!("{MAIL}Content-Type: "), "(")),
        ("JSON arrays", whole("[", "1", "]")),
        ("JSON objects", whole("{\"commit\":", "1", "}")),
        ("a record", [b"{\"id\":\"a\",\"text\":\"b\",\"c\":".as_slice(), &whole("[", "1", "]"), b"}"].concat()),
        ("elements of a report", whole("<testsuite>", "", "</testsuite>")),
        ("elements of a page", whole("<div>", "testing commit ", "</div>")),
        ("quotes of a mail", nest("", "> ")),
        ("quotes of a table", nest("commit,outcome\n", "\"\"")),
        ("Parquet", thrift),
    ]
}

#[test]
fn inputs_may_nest_as_deep_as_they_like() {
    for (what, bytes) in nested() {
        on_a_worker(what, move || {
            if let Ok(reading) = read(&bytes, &Source::new("input")) {
                assert!(reading.bisections.is_empty(), "{what}");
            }
        });
    }
}

#[test]
fn files_beside_the_input_may_nest_as_deep_as_they_like() {
    let toml = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP));
    let patterns_of = |glob: &str| format!("[[suppress]]\nrule = \"all\"\nreason = \"x\"\npath = \"{glob}\"\n");
    let policies = [
        "a = ".to_owned() + &toml("[", "1", "]"),
        toml("{a = ", "1", "}"),
        "b = ".to_owned() + &toml("{a = ", "1", "}"),
        "a.".repeat(DEEP) + "b = 1",
        format!("[{}b]", "a.".repeat(DEEP)),
        patterns_of(&"{".repeat(DEEP)),
        patterns_of(&toml("{", "a", "}")),
        patterns_of(&toml("{a,", "b", "}")),
    ];
    for policy in policies {
        on_a_worker("a policy", move || {
            let error =
                Policy::parse_on(&policy, "bisectstat.toml", Path::new("."), Date::MIN).unwrap_err().to_string();
            assert!(error.starts_with("bisectstat.toml:") && error.len() < 1000, "{}", &error[..error.len().min(1000)]);
        });
    }
    let whole = |open: &str, close: &str| open.repeat(DEEP) + "1" + &close.repeat(DEEP);
    for text in [whole("[", "]"), whole("{\"version\":", "}"), whole("\"", "\""), whole("(", ")"), whole("{", "}")] {
        on_a_worker("JSON, CSV, titles, patterns", move || {
            assert!(ArchivePrior::parse(&text).is_err() && Fit::parse(&text).is_err());
            assert!(Baseline::parse(&text, "baseline.json").is_err());
            assert!(Truth::read(text.as_bytes(), &Source::new("truth.csv")).is_err());
            assert!(Weights::read(text.as_bytes(), &Source::new("weights.csv")).is_err());
            let _ = TitleParts::of(&text);
            assert!(patterns([&text]).is_err());
        });
    }
}

/// What is packed in what is packed.
#[test]
fn archives_may_nest_as_deep_as_they_like() {
    use std::io::Write as _;
    let mut bytes = b"log".to_vec();
    for _ in 0..64 {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&bytes).unwrap();
        bytes = gz.finish().unwrap();
    }
    let dir = folder(&[("deep.gz", &bytes)]);
    let path = dir.path().join("deep.gz");
    on_a_worker("gz in gz", move || {
        let mut errors = Vec::new();
        bisectstat::ingest::source::inputs(&path, &mut |input| {
            errors.push(input.read(&Columns::new()).unwrap_err().to_string());
        });
        assert!(matches!(&errors[..], [error] if error.contains("two levels deep")), "{errors:?}");
    });
}

#[test]
fn a_deep_file_in_a_folder_is_one_error() {
    let mail = MAIL.to_owned() + &"Content-Type: message/rfc822\n\n".repeat(40_000);
    let good = fs::read(root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let dir = folder(&[("logs/deep.eml", mail.as_bytes()), ("logs/good.txt", &good)]);
    for args in
        [["analyze", "--format", "ndjson", "logs"].as_slice(), &["gate", "logs"], &["report", "-o", "x", "logs"]]
    {
        let ran = support::bisectstat(args).current_dir(dir.path()).output().unwrap();
        let errors = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{errors}");
        assert!(errors.starts_with("error: logs/deep.eml: found mails inside mails, more than 8 deep"), "{errors}");
    }
    let braces = "{".repeat(300);
    let ran = support::run(&["analyze", &braces]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("found a pattern that cannot be read (more than 16 { inside each other)"),
        "{}",
        ran.stderr
    );
}

/// Memory that will not do is an error like any other, and the other files are read.
#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_one_error() {
    let good = fs::read(root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let dir = folder(&[("logs/good.txt", &good)]);
    fs::File::create(dir.path().join("logs/large.txt")).unwrap().set_len(400 << 20).unwrap();
    let script = "ulimit -v 1200000; exec \"$0\" analyze --jobs 1 --format ndjson logs";
    let ran =
        Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_bisectstat")]).current_dir(dir.path()).output();
    let ran = ran.unwrap();
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{errors}");
    assert!(errors.starts_with("error: logs/large.txt: ") && errors.contains("emory"), "{errors}");
    assert!(String::from_utf8(ran.stdout).unwrap().contains("\"logs/good.txt\""));
}

/// Some forward mails within mails.
#[test]
fn a_forwarded_log_is_read_at_every_depth_that_is_allowed() {
    let log = fs::read_to_string(root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let wrapped = |depth: usize, encoding: fn(&str) -> String| {
        (0..depth).fold(format!("{MAIL}\n{log}"), |mail, _| encoding(&mail))
    };
    let plain = |mail: &str| format!("{MAIL}Content-Type: message/rfc822\n\n{mail}");
    let encoded = |mail: &str| {
        let body = base64::engine::general_purpose::STANDARD.encode(mail);
        format!("{MAIL}Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{body}\n")
    };
    let digest = |mail: &str| format!("{MAIL}Content-Type: multipart/digest; boundary=b\n\n--b\n\n{mail}\n--b--\n");
    let steps = |mail: String| read(mail.as_bytes(), &Source::new("mail")).map(|read| read.bisections[0].steps.len());
    for depth in 0..=8 {
        assert_eq!(steps(wrapped(depth, plain)).unwrap(), 17, "{depth}");
    }
    assert!(steps(wrapped(9, plain)).is_err());
    assert_eq!((steps(wrapped(1, digest)).unwrap(), steps(wrapped(2, encoded)).unwrap()), (17, 17));
    // The lines are those of the file.
    let mail = wrapped(3, plain);
    let bisection = read(mail.as_bytes(), &Source::new("mail")).unwrap().bisections.remove(0);
    let line = mail.lines().nth(bisection.line.0 as usize - 1).unwrap();
    assert!(line.contains("bisecting cause commit starting from"), "{line}");
}

/// Names that git allows for a tag, and what a shell would make of them.
const NAMES: [&str; 12] = [
    "v1.0",
    "$(touch${IFS}P0)",
    ";touch${IFS}P1;",
    "`touch${IFS}P2`",
    "a&&touch${IFS}P3",
    "'touch${IFS}P4'",
    "\"$(touch${IFS}P5)\"",
    "a|touch${IFS}P6",
    "x'$(touch${IFS}P7)'",
    ">P8",
    "a!b#c%d",
    "v9",
];

/// A folder in which `git` and `bisectstat` only write down their arguments, and a table of such names is.
fn trap() -> tempfile::TempDir {
    let rows = NAMES.iter().enumerate().map(|(i, name)| {
        let (passes, crashes) = if i < 6 { (10, u8::from(i == 5)) } else { (1, 9) };
        format!("\"{}\",{passes},{crashes},\"BUG $(touch P9) in f\"\n", name.replace('"', "\"\""))
    });
    let table = "commit,passes,crashes,title\n".to_owned() + &rows.collect::<String>();
    let log = fs::read(root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let dir = folder(&[("table.csv", table.as_bytes()), ("$(touch P10) ;touch P11;'.txt", &log), ("-x.txt", &log)]);
    for program in ["git", "bisectstat"] {
        let path = dir.path().join("bin").join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            format!("#!/bin/sh\nprintf '%s\\0' {program} \"$@\" >> \"$ARGS\"\nprintf '\\n' >> \"$ARGS\"\n"),
        )
        .unwrap();
        std::os::unix::fs::PermissionsExt::set_mode(&mut fs::metadata(&path).unwrap().permissions(), 0o755);
        let mut mode = fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&path, mode).unwrap();
    }
    dir
}

/// Everything in an output that looks like a command to copy.
fn commands(output: &str) -> Vec<String> {
    let plain = output
        .replace("\\\"", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&#x27;", "'")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let ends = ["</code>", ", then run the test", "`", "\",", "\"\n"];
    let lines = plain.lines().flat_map(|line| {
        ["git bisect start", "git checkout", "git log", "git show", "git rev-list", "bisectstat analyze"]
            .iter()
            .flat_map(move |program| line.match_indices(program).map(move |(at, _)| &line[at..]))
    });
    let cut = |line: &str| {
        let end = ends[..2].iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len());
        line[..end].trim_end_matches(['"', ',']).to_owned()
    };
    lines.map(cut).collect()
}

#[test]
fn who_pastes_a_command_runs_what_the_program_means() {
    let dir = trap();
    let logs = ["table.csv", "$(touch P10) ;touch P11;'.txt", "./-x.txt"];
    let forms: [&[&str]; 10] = [
        &["analyze"],
        &["analyze", "--format", "json"],
        &["analyze", "--format", "markdown"],
        &["next"],
        &["next", "--format", "git"],
        &["next", "--format", "json"],
        &["gate"],
        &["gate", "--format", "markdown"],
        &["gate", "--format", "junit"],
        &["report", "-o", "/dev/stdout"],
    ];
    let mut pasted = 0;
    for (form, log) in forms.iter().flat_map(|form| logs.iter().map(move |log| (form, log))) {
        let ran = support::bisectstat(&[form, [*log].as_slice()].concat()).current_dir(dir.path()).output().unwrap();
        let output = String::from_utf8(ran.stdout).unwrap();
        for command in commands(&output) {
            pasted += 1;
            let args = dir.path().join("args");
            let path = format!("{}:{}", dir.path().join("bin").display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell.args(["-c", &command]).current_dir(dir.path()).env("PATH", path).env("ARGS", &args);
            shell.output().unwrap();
            let ran = fs::read_to_string(&args).unwrap_or_default();
            let programs = ran.lines().map(|line| line.split('\0').next().unwrap_or_default());
            assert!(programs.clone().all(|program| matches!(program, "git" | "bisectstat")), "{command}");
            assert!(programs.count() <= 2, "{form:?} {log}: {command}: {ran:?}");
            let _ = fs::remove_file(args);
        }
        let made: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!made.iter().any(|name| name.to_string_lossy().starts_with('P')), "{form:?} {log}: {made:?}");
    }
    assert!(pasted > 20, "{pasted}");
}

/// Names that are none.
#[test]
fn what_cannot_be_a_revision_is_refused_where_it_is_read() {
    for name in ["--output=x", "-rf", "^v1", "v1..v2", "a\u{202e}b", "a\u{200b}b", "a\u{9b}b"] {
        assert!(CommitId::parse_name(name).is_none(), "{name:?}");
        let table = format!("commit,passes,crashes\nv1.0,10,0\n{name},9,1\nv9,1,9\n");
        let reading = read(table.as_bytes(), &Source::new("table.csv")).unwrap();
        let [problem] = &reading.problems[..] else { panic!("{name:?}: {:?}", reading.problems) };
        assert_eq!(problem.line.0, 3);
        assert!(problem.flaw.to_string().contains("which cannot be a revision"), "{}", problem.flaw);
        assert_eq!(reading.bisections[0].steps.len(), 2);
    }
}

/// One place makes commands, and quotes: no other text in the sources has a command with something put into it.
#[test]
fn commands_are_made_in_one_place() {
    fn sources(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, found) } else { found.push(path) }
        }
    }
    // git's own subcommands and ours, with something put in behind.
    let git = "bisect|checkout|switch|log|show|diff|rev-list|rev-parse|reset|fetch|worktree";
    let ours = "analyze|next|gate|report|chart|run|fit|calibrate|explain";
    let command = regex::Regex::new(&format!(r#"\b(git ({git})|bisectstat ({ours}))\b[^"`]*\{{"#)).unwrap();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(command.is_match("  git show {}\\n") && command.is_match("git checkout --detach {commit}"));
    for file in files.iter().filter(|file| !file.ends_with("src/history/commands.rs")) {
        // Logs that are simulated have git's own record in them, and readers say which command they met.
        if file.components().any(|part| part.as_os_str() == "simulate") || file.ends_with("src/ingest/problem.rs") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let explained = line.contains("bisectstat explain {{ why.finding.rule.code }}");
            assert!(explained || !command.is_match(line), "{}: {line}", file.display());
        }
    }
}

/// What a terminal, an eye or a CI's log would obey: moves of the cursor, the window's title, C1, turned writing, line ends.
const HOSTILE: &str = "x\r\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{8}\u{7f}\u{202e}\u{2066}\u{200f}\u{2028}\u{2029}\u{85}\u{200b}\u{feff}y";

fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
}

/// Inputs with hostile text wherever text can stand.
fn hostile_inputs() -> Vec<(String, Vec<u8>)> {
    let log = fs::read_to_string(root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let each = |line: &str| match line {
        line if line.contains("crashed: ") => format!("{line} {HOSTILE} ##[stop-commands]pwn"),
        line if line.starts_with("first bad commit: ") => format!("{line} {HOSTILE}"),
        line if line.starts_with("compiler: ") => format!("{line}{HOSTILE}"),
        line if line.starts_with("kernel signature: ") => format!("{line}{HOSTILE}"),
        line => line.to_owned(),
    };
    let log: String = log.lines().map(|line| each(line) + "\n").collect();
    let stopped: String = log.lines().take(40).map(|line| line.to_owned() + "\n").collect();
    let stopped = format!("{stopped}error: {HOSTILE}\nwhat is {HOSTILE}\n");
    let (old, new) = ("1cc9458b25e01efe437bd3fc70f5fa7e28402f47", "4077a853787d8cfe25cf072dfb10b80fc93c52a3");
    let git = format!(
        "git bisect start\n# bad: [{new}] {HOSTILE}\ngit bisect bad {new}\n# good: [{old}] {HOSTILE}\ngit bisect good {old}\n\
         # first bad commit: [{new}] ::error::{HOSTILE}\n"
    );
    let rows = |title: &str| {
        format!(
            "commit,outcome,title\na1,pass,\na1,pass,\nb2,fail,{title}\nb2,fail,\"other {title}\"\nb2,fail,{title}\n"
        )
    };
    let case = |outcome: &str| {
        format!("<testcase classname=\"a&#13;{HOSTILE}\" name=\"::error::{HOSTILE}\" file=\"{HOSTILE}.c\">{outcome}</testcase>")
            .replace(|c: char| c < ' ', "&#13;")
    };
    let suite = |outcome: &str| format!("<testsuite name=\"s\">{}</testsuite>", case(outcome));
    let failure =
        format!("<failure message=\"::error::{HOSTILE}\">{HOSTILE}</failure>").replace(|c: char| c < ' ', "&#13;");
    let record = |id: &str, text: &str| serde_json::json!({ "id": id, "text": text }).to_string() + "\n";
    let records = [record(HOSTILE, &rows(HOSTILE)), record("b", HOSTILE), record("##[c]", &log)].concat();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(log.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, format!("in {HOSTILE}.txt").replace('\0', ""), log.as_bytes()).unwrap();
    let name = |name: &str| format!("in/{name}{HOSTILE}");
    vec![
        (name("log.txt"), log.into_bytes()),
        (name("stopped.txt"), stopped.into_bytes()),
        (name("git.txt"), git.into_bytes()),
        (name("table.csv"), rows(HOSTILE).into_bytes()),
        (name("command.csv"), rows("::error::pwn").into_bytes()),
        (name("r/01-aaaaaaa/a.xml"), suite("").into_bytes()),
        (name("r/02-bbbbbbb/a.xml"), suite(&failure).into_bytes()),
        (name("logs.tar"), tar.into_inner().unwrap()),
        ("##[stop-commands]pwn.txt".to_owned(), b"##[stop-commands]pwn\n::error::x".to_vec()),
        ("commands.txt".to_owned(), format!("::error::{HOSTILE}").into_bytes()),
        ("damaged.csv".to_owned(), format!("commit,outcome\na,{HOSTILE}\n{HOSTILE},pass\n").into_bytes()),
        ("records.ndjson".to_owned(), records.into_bytes()),
        ("policy.toml".to_owned(), hostile_policy().into_bytes()),
        ("key.toml".to_owned(), b"\"a\\u001b]0;pwned\\u0007\\n::error::x\" = 1\n".to_vec()),
        ("value.toml".to_owned(), b"p-right = \"\\u001b]0;\\u009b\\u202e\\n::error::x\"\n".to_vec()),
        ("prior.json".to_owned(), b"{\"version\":2,\"\\u001b]0;\\u0007\\n::error::\\u202e\":1}".to_vec()),
        ("titles.csv".to_owned(), format!("file,ti{HOSTILE}tle\n").into_bytes()),
        ("truth.csv".to_owned(), format!("file,verdict\n{HOSTILE},{HOSTILE}\n").into_bytes()),
    ]
}

fn hostile_policy() -> String {
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    format!(
        "[[suppress]]\nrule = \"all\"\npath = \"**\"\nreason = {quoted}\n[[override]]\npaths = [{quoted}]\np-right = 0.5\n"
    )
}

/// Everything that was said and written: what, and the text.
fn said(dir: &Path, args: &[&str]) -> Vec<(String, String)> {
    let out = dir.join("out");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir(&out).unwrap();
    let ran = support::bisectstat(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let mut all = vec![("stdout".to_owned(), text(ran.stdout)), ("stderr".to_owned(), text(ran.stderr))];
    let mut folders = vec![out];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.contains(hides), "{args:?}: {name:?}");
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if !name.ends_with(".parquet") {
                all.push((name, text(fs::read(entry.path()).unwrap())));
            }
        }
    }
    all
}

#[test]
fn no_text_of_others_does_anything() {
    let files = hostile_inputs();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let dir = folder(&files);
    let commands: [&[&str]; 34] = [
        &["analyze", "in"],
        &["analyze", "in", "--format", "json"],
        &["analyze", "in", "--format", "ndjson"],
        &["analyze", "in", "--format", "sarif"],
        &["analyze", "in", "--format", "github"],
        &["analyze", "in", "--format", "gitlab"],
        &["analyze", "in", "--format", "junit"],
        &["analyze", "in", "--format", "markdown"],
        &["analyze", "in", "-o", "out/frames", "--frames", "csv"],
        &["analyze", "in", "-o", "out/frames", "--frames", "ndjson"],
        &["analyze", "in", "--format", "unparsed"],
        &["analyze", "##[stop-commands]pwn.txt", "commands.txt", "damaged.csv", "\r\u{9b}.txt", "{\u{202e}"],
        &["analyze", "--input", "ndjson", "records.ndjson"],
        &["analyze", "--input", "ndjson", "records.ndjson", "--format", "ndjson"],
        &["analyze", "in", "--titles", "titles.csv"],
        &["analyze", "in", "--prior", "prior.json"],
        &["next", "in"],
        &["next", "in", "--format", "json"],
        &["next", "in", "--format", "git"],
        &["gate", "in"],
        &["gate", "in", "--format", "explain"],
        &["gate", "in", "--format", "json"],
        &["gate", "in", "--format", "sarif", "-o", "markdown=out/a.md", "-o", "text=out/a.txt"],
        &["gate", "in", "--format", "github"],
        &["gate", "in", "--format", "gitlab", "-o", "junit=out/a.xml"],
        &["gate", "in", "--config", "policy.toml", "--format", "explain"],
        &["gate", "in", "--config", "policy.toml", "--format", "markdown", "-o", "sarif=out/a.sarif"],
        &["gate", "in", "--config", "key.toml"],
        &["gate", "in", "--config", "value.toml"],
        &["gate", "##[stop-commands]pwn.txt", "commands.txt", "--format", "markdown", "-o", "text=out/a.txt"],
        &["report", "in", "-o", "out/a.html"],
        &["chart", "in", "-o", "out/charts"],
        &["calibrate", "in", "--truth", "truth.csv"],
        &["fit", "in", "--rounds", "1", "-o", "out/prior.json"],
    ];
    let one = files[0].0;
    let alone: [&[&str]; 5] = [
        &["analyze", one],
        &["report", one, "-o", "out/a.html"],
        &["chart", one, "-o", "out/c"],
        &["next", one],
        &["gate", one],
    ];
    for args in commands.iter().chain(&alone) {
        let github = args.contains(&"github");
        for (what, text) in said(dir.path(), args) {
            // Markdown takes this one between signs that it would read as its own.
            let markdown = args.contains(&"markdown") || Path::new(&what).extension().is_some_and(|end| end == "md");
            let ours = |c: char| c == '\n' || (markdown && c == '\u{200b}');
            let bad = text.chars().position(|c| hides(c) && !ours(c));
            let near = |at: usize| text.chars().skip(at.saturating_sub(60)).take(80).collect::<String>();
            assert!(bad.is_none(), "{args:?}, {what}: {:?}", near(bad.unwrap()));
            let log = matches!(what.as_str(), "stdout" | "stderr");
            let command = text.lines().find(|line| line.trim_start().starts_with("::"));
            assert!(!log || github || command.is_none(), "{args:?}, {what}: {command:?}");
            let machine = ["json", "ndjson", "sarif", "gitlab", "junit", "markdown", "github"]
                .iter()
                .any(|form| args.contains(form));
            assert!(!log || (machine && what == "stdout") || !text.contains("##["), "{args:?}, {what}");
        }
    }
}

/// Where a title is to be compared, it is the same whichever way it came.
#[test]
fn a_title_is_asked_for_as_it_stands_in_the_file() {
    let table = format!("commit,outcome,title\na1,pass,\na1,pass,\nb2,fail,\"BUG {HOSTILE}\"\nb2,fail,other\n");
    let titles = format!("file,title\ntable.csv,\"BUG {HOSTILE}\"\n");
    let dir = folder(&[("table.csv", table.as_bytes()), ("titles.csv", titles.as_bytes())]);
    let title = format!("BUG {HOSTILE}");
    let json = |args: &[&str]| {
        let all = [&["analyze", "table.csv", "--format", "json"], args].concat();
        String::from_utf8(support::bisectstat(&all).current_dir(dir.path()).output().unwrap().stdout).unwrap()
    };
    assert_eq!(json(&["--title", &title]), json(&["--titles", "titles.csv"]));
    assert_ne!(json(&["--title", &title]), json(&["--title", "other"]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A real shell reads every argument as one, and runs nothing in it.
    #[test]
    fn a_shell_reads_every_argument_as_one(
        texts in proptest::collection::vec("[ -~äü€\\n\\t\\x1b\u{202e}]{0,30}|[$`'\"\\\\;&|<>(){}*?!#~=%^-]{0,12}", 1..40),
    ) {
        let words: Vec<_> = texts.iter().map(|text| argument(text)).collect();
        let script = format!("printf '%s\\0' x {}", words.join(" "));
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let read: Vec<_> = printed.split_terminator('\0').skip(1).collect();
        let meant: Vec<_> = texts.iter().map(|text| bisectstat::evidence::clean_line(text)).collect();
        prop_assert_eq!(read, meant);
    }

    /// So it does with every command about revisions, whatever they are called.
    #[test]
    fn a_command_has_the_words_that_it_was_made_of(names in proptest::collection::vec("[!-~]{1,32}", 3)) {
        let names: Vec<_> = names.iter().filter_map(|name| CommitId::parse_name(name)).collect();
        if let [new, old, next] = names[..] {
            let script: String = [
                history::Command::bisect_start(Kind::Fix, new, &[old, next]),
                history::Command::checkout(next),
                history::Command::log(old, new),
                history::Command::show(new),
                history::Command::show_files(new),
            ]
            .map(|command| command.to_string())
            .join("\n");
            let stub = "git() { for word; do case $word in -*|bisect|checkout|log|show|start) ;; *) printf '%s\\0' \"$word\";; esac; done; }\n";
            let output = Command::new("sh").args(["-c", &format!("{stub}{script}")]).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let read: Vec<_> = printed.split_terminator('\0').map(str::to_owned).collect();
            let (new, old, next) = (new.to_string(), old.to_string(), next.to_string());
            let short = |name: &String| CommitId::parse_name(name).unwrap().short();
            let range = format!("{}..{}", short(&old), short(&new));
            let meant = [short(&new), short(&old), short(&next), next.clone(), range, new.clone(), short(&new)];
            let known = |word: &&String| !["bisect", "checkout", "log", "show", "start"].contains(&word.as_str());
            prop_assert_eq!(read.iter().filter(known).collect::<Vec<_>>(), meant.iter().filter(known).collect::<Vec<_>>());
        }
    }
}
