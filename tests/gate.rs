//! The gate: exit codes, policies good and bad, suppressions, baselines, formats. All through the binary.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{LOGS, Ran, bisectstat, root};
use tempfile::TempDir;

const TODAY: &str = "2026-11-21";

/// A folder with the five logs in `data/`.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        for (_, log) in LOGS {
            fs::copy(root().join(log), dir.path().join(log)).unwrap();
        }
        Self(dir)
    }

    fn with(policy: &str) -> Self {
        let place = Self::new();
        place.write("bisectstat.toml", policy);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn gate(&self, args: &[&str]) -> Ran {
        self.gate_in("", args)
    }

    fn gate_in(&self, folder: &str, args: &[&str]) -> Ran {
        let args = [&["gate", "--today", TODAY], args].concat();
        let output = bisectstat(&args).current_dir(self.path(folder)).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.gate(&[args, &["--format", "json"]].concat()).stdout).unwrap()
    }

    /// The only error of a run that judged nothing.
    fn error(&self, args: &[&str]) -> String {
        let ran = self.gate(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        ran.stderr.trim_end().strip_prefix("error: ").unwrap().to_owned()
    }
}

fn copy_of(log: &Path, to: &Path, change: impl Fn(&str) -> String) {
    fs::write(to, change(&fs::read_to_string(log).unwrap())).unwrap();
}

fn of<'a>(whole: &'a Value, log: &str) -> &'a Value {
    whole["bisections"].as_array().unwrap().iter().find(|one| one["path"] == log).unwrap()
}

fn rules(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn it_passes_fails_and_could_not_judge() {
    let place = Place::new();
    assert_eq!(place.gate(&[LOGS[0].1, LOGS[2].1]).code, Some(0));
    assert_eq!(place.gate(&["data"]).code, Some(1));
    assert_eq!(place.gate(&[LOGS[0].1, "missing.txt"]).code, Some(2));
    assert_eq!(place.gate(&[LOGS[4].1, "missing.txt"]).code, Some(2));
    for format in ["text", "json"] {
        assert_eq!(place.gate(&["data", "--format", format]).code, Some(1));
        assert_eq!(place.gate(&["data", "missing.txt", "--format", format]).code, Some(2));
        assert_eq!(place.gate(&[LOGS[0].1, "--format", format]).code, Some(0));
    }
    for wrong in [&["--format", "xml", "data"][..], &["--no-config", "--config", "a", "data"], &[]] {
        assert_eq!(place.gate(wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn each_log_is_as_reviewed() {
    let place = Place::new();
    for (name, log) in LOGS {
        insta::assert_snapshot!(format!("gate_{name}"), place.gate(&[log]).stdout);
        insta::assert_snapshot!(format!("gate_{name}_explained"), place.gate(&[log, "--format", "explain"]).stdout);
    }
    insta::assert_snapshot!("gate_data", place.gate(&["data"]).stdout);
}

#[test]
fn help_and_the_default_are_as_reviewed() {
    insta::assert_snapshot!(support::run(&["gate", "--help"]).stdout);
    let init = support::run(&["gate", "--init"]);
    assert_eq!((init.code, init.stdout.as_str()), (Some(0), include_str!("../src/gate/policy/default.toml")));
    let place = Place::with(&init.stdout);
    let (theirs, ours) = (place.gate(&["data"]), Place::new().gate(&["data"]));
    assert_eq!((theirs.code, theirs.stdout.lines().count()), (ours.code, ours.stdout.lines().count()));
    assert!(theirs.stdout.contains("(bisectstat.toml:5: p-right = 0.5)"), "{}", theirs.stdout);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let place = Place::new();
    for format in ["text", "json"] {
        let ran = |jobs| place.gate(&["data", "--format", format, "--jobs", jobs]).stdout;
        assert_eq!(ran("1"), ran("8"));
    }
}

#[test]
fn json_holds_to_its_schema() {
    let schema: Value = serde_json::from_slice(&fs::read(root().join("schema/gate.json")).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let place = Place::with(
        "credible-commits = 1\np-named = 0.9\n[rules]\nall = \"deny\"\n\
         [[suppress]]\nrule = \"BS201\"\npath = \"004_*\"\nreason = \"known\"\n\
         [[suppress]]\nrule = \"p-right\"\npath = \"004_*\"\nreason = \"known\"\n",
    );
    place.gate(&[LOGS[3].1, "--write-baseline", "baseline.json"]);
    let several = [
        place.json(&["data", "missing.txt"]),
        place.json(&["data", "--no-config"]),
        place.json(&["data", "--baseline", "baseline.json"]),
        place.json(&["missing.txt"]),
    ];
    for whole in &several {
        let errors: Vec<_> = schema.iter_errors(whole).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let one = of(&several[0], LOGS[4].1);
    assert_eq!((rules(&one["suppressed"]), one["excused"][0]["demand"].as_str()), (vec!["BS201"], Some("p-right")));
    assert_eq!(of(&several[2], LOGS[3].1)["excused"][0]["by"], "baseline");
    assert_eq!((&several[0]["passed"], &several[0]["outcome"]), (&false.into(), &"could-not-judge".into()));
    let mut wrong = several[1].clone();
    wrong["bisections"][0]["p_right"] = 2.into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn outputs_are_written_beside_what_is_printed() {
    let place = Place::new();
    let args = ["data", "--color", "always", "-o", "text=a.txt", "-o", "json=a.json"];
    let ran = place.gate(&args);
    assert!(ran.code == Some(1) && ran.stdout.contains('\x1b'));
    let text = fs::read_to_string(place.path("a.txt")).unwrap();
    assert_eq!(text, place.gate(&["data"]).stdout);
    let json: Value = serde_json::from_slice(&fs::read(place.path("a.json")).unwrap()).unwrap();
    assert_eq!(json, place.json(&["data"]));
    let ran = place.gate(&[LOGS[0].1, "-o", "json=nowhere/a.json"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("nowhere/a.json: ") && ran.stdout.contains("passed"));
    for wrong in ["a.json", "xml=a.json"] {
        let ran = place.gate(&["data", "-o", wrong]);
        assert!(ran.code == Some(2) && ran.stderr.contains("expected FORMAT=FILE"), "{}", ran.stderr);
    }
}

#[test]
fn the_policy_is_looked_for_upwards() {
    let place = Place::with("p-right = 0.0\np-named = 0.0\n");
    assert_eq!(place.gate_in("data", &["."]).code, Some(0));
    place.write("data/.bisectstat.toml", "p-right = 1.0\n");
    let ran = place.gate_in("data", &["000_nbd_ioctl.txt"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("(.bisectstat.toml:1: p-right = 1.0)"), "{}", ran.stdout);
    place.write("data/.bisectstat.toml", "");
    fs::remove_file(place.path("data/.bisectstat.toml")).unwrap();
    place.write("bisectstat.toml", "p-right = 1.0\n");
    let ran = place.gate_in("data", &["000_nbd_ioctl.txt"]);
    assert!(ran.stdout.contains("(../bisectstat.toml:1: p-right = 1.0)"), "{}", ran.stdout);
    place.write("other.toml", "p-right = 0\np-named = 0\n");
    assert_eq!(place.gate(&["data", "--config", "other.toml"]).code, Some(0));
    assert_eq!(place.gate(&["data", "--no-config"]).code, Some(1));
}

/// A stranger's file in a folder above could turn the gate green, or red.
#[cfg(unix)]
#[test]
fn the_policy_is_looked_for_no_further_than_ones_own_folders() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let place = Place::with("p-right = 1.0\n");
    fs::create_dir_all(place.path("data/.git")).unwrap();
    let not_used = |what: &str| {
        let ran = place.gate_in("data", &["000_nbd_ioctl.txt"]);
        assert!(ran.code == Some(0) && ran.stdout.contains("(policy: default)"), "{what}: {}", ran.stdout);
    };
    not_used("outside the repository");
    fs::remove_dir(place.path("data/.git")).unwrap();
    fs::write(place.path("data/.git"), "gitdir: elsewhere\n").unwrap();
    not_used("outside the work tree");
    fs::remove_file(place.path("data/.git")).unwrap();
    assert_eq!(place.gate_in("data", &["000_nbd_ioctl.txt"]).code, Some(1));
    if chown(place.path("."), Some(4321), None).is_err() {
        return; // Only the superuser gives files away.
    }
    not_used("another user's folder");
    let shared = place.path("data");
    place.write("data/bisectstat.toml", "p-right = 1.0\n");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(place.gate_in("data", &["000_nbd_ioctl.txt"]).code, Some(1));
    chown(place.path("data/bisectstat.toml"), Some(4321), None).unwrap();
    let ran = place.gate_in("data", &["000_nbd_ioctl.txt"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: bisectstat.toml: it belongs to another user"), "{}", ran.stderr);
    assert_eq!(place.gate_in("data", &["000_nbd_ioctl.txt", "--config", "bisectstat.toml"]).code, Some(1));
}

/// What is wrong, and what is said of it.
const BAD: [(&str, &str); 28] = [
    ("p-rigth = 0.5", "1: unknown key `p-rigth`, did you mean `p-right`?"),
    ("\n\np-right = 1.5", "3: invalid value: floating point `1.5`, expected a number from 0 to 1"),
    ("p-right = 2", "1: invalid value: integer `2`, expected a number from 0 to 1"),
    ("p-right = nan", "1: invalid value: floating point `NaN`, expected a number from 0 to 1"),
    ("min-p = \"low\"", "1: invalid type: string \"low\", expected a number from 0 to 1"),
    ("credible-commits = -1", "1: invalid value: integer `-1`, expected a number of commits, or \"any\""),
    ("credible-commits = \"all\"", "1: invalid value: string \"all\", expected a number of commits, or \"any\""),
    ("unnamed = \"fails\"", "1: unknown value `fails`, did you mean `fail`?"),
    ("[severity]\neror = \"deny\"", "2: unknown key `eror`, did you mean `error`?"),
    ("[severity]\nerror = \"denied\"", "2: unknown value `denied`, did you mean `deny`?"),
    ("[rules]\nsingle-crash = \"deny\"", "2: unknown rule `single-crash`, did you mean `single-crash-verdict`?"),
    ("[rules]\nBS201 = \"forbid\"", "2: unknown value `forbid`, expected one of `deny`, `warn`, `allow`"),
    ("[rules]\nBS201 = { level = \"deny\", minp = 0 }", "2: unknown key `minp`, did you mean `min-p`?"),
    (
        "[rules]\nBS201 = \"deny\"\nsingle-crash-verdict = \"warn\"",
        "3: the rule `single-crash-verdict` is set twice, by its code and by its name",
    ),
    ("[limits.single-crash-verdict]\ndoub = 0.2", "2: unknown key `doub`, did you mean `doubt`?"),
    (
        "[limits.single-crash-verdicts]\ndoubt = 0.2",
        "1: unknown key `single-crash-verdicts`, did you mean `single-crash-verdict`?",
    ),
    ("[limits.single-crash-verdict]\ndoubt = -1.0", "2: found -1.0, expected a limit of 0 or more"),
    ("[[override]]\npaths = [\"a\"]\nlimits.rate-shift.doubt = nan", "3: found NaN, expected a limit of 0 or more"),
    ("[[override]]\np-right = 0.4", "1: found no `paths`, expected the globs of some logs"),
    ("[[override]]\npaths = [\"a[\"]", "2: \"a[\" is no glob: unclosed character class; missing ']'"),
    ("[[override]]\npath = [\"a\"]", "2: unknown key `path`, did you mean `paths`?"),
    ("[[suppress]]\nrule = \"BS201\"\npath = \"*\"", "1: missing field `reason`"),
    ("[[suppress]]\npath = \"*\"\nreason = \" \"", "3: the reason is blank, expected why this may stay"),
    (
        "[[suppress]]\nrule = \"BS201\"\nreason = \"x\"",
        "1: found none of `commit`, `path` and `fingerprint`, expected one: to allow a rule everywhere, set it in [rules]",
    ),
    (
        "[[suppress]]\ncommit = \"xyz\"\nreason = \"x\"",
        "2: found \"xyz\" ('x' in a hash), expected 7 to 64 hexadecimal digits",
    ),
    (
        "[[suppress]]\nfingerprint = \"12\"\nreason = \"x\"",
        "2: found \"12\", expected a fingerprint: 16 hexadecimal digits",
    ),
    (
        "[[suppress]]\nrule = \"BS201\"\npath = \"*\"\nreason = \"x\"\nexpires = 2026-11-20",
        "5: this suppression expired on 2026-11-20 (BS201 *): look at it again, then renew or remove it",
    ),
    ("p-right =", "1: string values must be quoted, expected literal string"),
];

#[test]
fn a_bad_policy_is_one_error_with_its_line() {
    let place = Place::new();
    for (policy, error) in BAD {
        place.write("bisectstat.toml", policy);
        assert_eq!(place.error(&["data"]), format!("bisectstat.toml:{error}"), "{policy}");
    }
    assert!(place.error(&["data", "--config", "none.toml"]).starts_with("none.toml: "));
    assert!(place.error(&["data", "--config", "data"]).starts_with("data: "));
    fs::write(place.path("bytes.toml"), b"\xff\xfe").unwrap();
    assert!(place.error(&["data", "--config", "bytes.toml"]).starts_with("bytes.toml: "));
    for (policy, _) in BAD {
        place.write("bisectstat.toml", policy);
        assert_eq!(place.gate(&["--no-config", LOGS[0].1]).code, Some(0));
    }
}

#[test]
fn a_suppression_holds_through_its_last_day() {
    let place = Place::with(
        "[severity]\nerror = \"deny\"\n[[suppress]]\nrule = \"all\"\npath = \"data/*\"\nreason = \"known\"\nexpires = 2026-11-21\n\
         [[suppress]]\nrule = \"p-right\"\npath = \"data/*\"\nreason = \"known\"\n",
    );
    assert_eq!(place.gate(&["data"]).code, Some(0));
}

#[test]
fn suppressions_mean_rule_path_commit_and_fingerprint() {
    let place = Place::new();
    let deny =
        "p-right = 0\np-named = 0\n[rules]\nall = \"allow\"\nBS201 = \"deny\"\n[[suppress]]\nreason = \"known\"\n";
    place.write("bisectstat.toml", deny.split("[[").next().unwrap());
    let failed = place.json(&["data"]);
    assert_eq!(rules(&of(&failed, LOGS[4].1)["findings"]), ["BS201"]);
    let fingerprint = of(&failed, LOGS[4].1)["findings"][0]["fingerprint"].as_str().unwrap();
    let fitting = [
        "rule = \"single-crash-verdict\"\npath = \"data/004_*.txt\"".to_owned(),
        "rule = \"BS201\"\ncommit = \"6c2450ae5565\"".to_owned(),
        "rule = \"all\"\npath = \"004_*\"".to_owned(),
        "commit = \"6c2450a\"".to_owned(),
        format!("fingerprint = \"{fingerprint}\""),
    ];
    for entry in fitting {
        place.write("bisectstat.toml", &format!("{deny}{entry}\n"));
        let ran = place.gate(&["data"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{entry}");
        assert!(ran.stdout.contains("1 suppressed"), "{}", ran.stdout);
    }
    // Only what could have matched is said to match nothing.
    let others = [
        ("rule = \"BS201\"\npath = \"004_*/*\"", false),
        ("commit = \"6c2450b\"", false),
        ("fingerprint = \"0123456789abcdef\"", false),
        ("rule = \"p-right\"\npath = \"004_*\"", true),
        ("rule = \"BS204\"\ncommit = \"6c2450ae5565\"", true),
    ];
    for (entry, warned) in others {
        place.write("bisectstat.toml", &format!("{deny}{entry}\n"));
        let ran = place.gate(&["data"]);
        assert_eq!(ran.code, Some(1), "{entry}");
        let warning = "warning: bisectstat.toml:6: suppress ";
        let is_warned = ran.stderr.starts_with(warning) && ran.stderr.contains("matches nothing: remove it");
        assert_eq!((is_warned, ran.stderr.is_empty()), (warned, !warned), "{}", ran.stderr);
    }
}

#[test]
fn a_suppression_of_one_revision_hides_no_other() {
    let place = Place::new();
    let log = "weak-good-verdict.fires.txt";
    copy_of(&root().join("tests/rules").join(log), &place.path(log), str::to_owned);
    let policy = "p-right = 0\n[rules]\nall = \"allow\"\nBS203 = \"deny\"\n";
    place.write("bisectstat.toml", policy);
    let finding = of(&place.json(&[log]), log)["findings"][0].clone();
    let more = finding["more"].as_array().unwrap();
    assert_eq!((more.len(), finding["message"].as_str().unwrap().contains("2 more like it")), (2, true));
    let commits = std::iter::once(&finding["commit"]).chain(more.iter().map(|one| &one["commit"]));
    let entry = |commit: &Value| format!("[[suppress]]\nrule = \"BS203\"\ncommit = {commit}\nreason = \"known\"\n");
    let entries = commits.map(entry).collect::<Vec<_>>().concat();
    place.write("bisectstat.toml", &format!("{policy}{entries}"));
    assert_eq!(place.gate(&[log]).code, Some(0));
    let (_, all_but_one) = entries.split_once("\n[[").unwrap();
    place.write("bisectstat.toml", &format!("{policy}[[{all_but_one}"));
    let ran = place.gate(&[log]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{}", ran.stdout);
    // The baseline lists each of them; and both together hold as one does.
    place.write("bisectstat.toml", policy);
    assert_eq!(place.gate(&[log, "--write-baseline", "all.json"]).code, Some(0));
    let mut baseline: Value = serde_json::from_slice(&fs::read(place.path("all.json")).unwrap()).unwrap();
    assert_eq!(baseline["entries"].as_array().unwrap().len(), 3);
    baseline["entries"].as_array_mut().unwrap().retain(|entry| entry["commit"] == finding["commit"]);
    place.write("one.json", &baseline.to_string());
    assert_eq!(place.gate(&[log, "--baseline", "one.json"]).code, Some(1));
    place.write("bisectstat.toml", &format!("{policy}[[{all_but_one}"));
    assert_eq!(place.gate(&[log, "--baseline", "one.json"]).code, Some(0));
}

#[test]
fn logs_of_one_name_are_told_apart() {
    let place = Place::new();
    for folder in ["a", "b", "c"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    let log = root().join(LOGS[4].1);
    copy_of(&log, &place.path("a/bisect.log"), str::to_owned);
    let origin = "8d4b477da1a807199ca60e0829357ce7aa6758d5";
    copy_of(&log, &place.path("b/bisect.log"), |text| text.replace(origin, &origin.replace("8d4b", "9d4b")));
    copy_of(&log, &place.path("c/bisect.log"), |text| "a line of a mail\n".to_owned() + text);
    place.gate(&["a", "--write-baseline", "known.json"]);
    let passed = |folder: &str| place.gate(&[folder, "--baseline", "known.json"]).code;
    assert_eq!((passed("a"), passed("b"), passed("c")), (Some(0), Some(1), Some(0)));
}

#[test]
fn what_to_do_can_be_pasted() {
    let place = Place::with("p-right = 0.9999\np-named = 0.9999\nrules.all = \"allow\"\n");
    let holds_up = root().join("tests/rules/merge-culprit.silent.txt");
    for (log, command) in
        [(root().join(LOGS[4].1), "git checkout --detach"), (holds_up, "bisectstat analyze 'my log.txt'")]
    {
        copy_of(&log, &place.path("my log.txt"), str::to_owned);
        for format in ["text", "github", "markdown"] {
            let printed = place.gate(&["my log.txt", "--format", format]).stdout;
            assert!(printed.contains(command), "{printed}");
        }
    }
    let log = fs::File::open(place.path("my log.txt")).unwrap();
    let output = bisectstat(&["gate", "-"]).current_dir(place.path("")).stdin(log).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("next: look at the evidence: bisectstat analyze LOG\n"), "{printed}");
}

#[test]
fn limits_are_explained_with_their_lines() {
    let place = Place::with(
        "[limits.flaky-reproducer]\nrate = 0.5\ndoubt = 0.3\n\
         [[override]]\npaths = [\"004_*\"]\nlimits.flaky-reproducer.doubt = 0.2\n",
    );
    let explained = |log: &str| place.gate(&[log, "--format", "explain"]).stdout;
    let lines = |text: &str| {
        let lines = text.lines().filter_map(|line| Some(line.trim().strip_prefix("limit ")?.trim().to_owned()));
        lines.collect::<Vec<_>>()
    };
    let rate = "bisectstat.toml:2: limits.flaky-reproducer.rate = 0.5";
    let doubt = |line: &str| format!("bisectstat.toml:{line}");
    assert_eq!(lines(&explained(LOGS[0].1)), [doubt("3: limits.flaky-reproducer.doubt = 0.3"), rate.to_owned()]);
    let special = doubt("6: limits.flaky-reproducer.doubt = 0.2");
    assert_eq!(lines(&explained(LOGS[4].1)), [special, rate.to_owned()]);
}

#[test]
fn overrides_go_before_the_file_and_the_last_one_first() {
    let place = Place::with(
        "p-right = 0.0\n[rules]\nBS201 = \"deny\"\n\
         [[override]]\npaths = [\"data/*\"]\np-right = 1.0\nrules.all = \"allow\"\n\
         [[override]]\npaths = [\"00[0-3]_*\"]\np-right = 0.5\n",
    );
    let whole = place.json(&["data"]);
    assert_eq!(of(&whole, LOGS[0].1)["passed"], true);
    let one = of(&whole, LOGS[4].1);
    assert_eq!(one["failures"][0]["because"], "bisectstat.toml:6: p-right = 1.0");
    assert_eq!(one["findings"].as_array().unwrap().len(), 0);
    assert_eq!(of(&whole, LOGS[3].1)["failures"][0]["because"], "bisectstat.toml:10: p-right = 0.5");
    let explained = place.gate(&[LOGS[4].1, "--format", "explain"]).stdout;
    assert!(explained.contains("bisectstat.toml:7: rules.all = \"allow\""), "{explained}");
    let elsewhere = place.gate_in("data", &["../data/004_css_free_rwork_fn.txt"]);
    assert!(elsewhere.stdout.contains("../bisectstat.toml:6: p-right = 1.0"), "{}", elsewhere.stdout);
}

#[test]
fn findings_count_by_rule_severity_and_probability() {
    let place = Place::new();
    let level = |policy: &str| {
        place.write("bisectstat.toml", &format!("p-right = 0\n{policy}\n"));
        let whole = place.json(&[LOGS[4].1]);
        let finding =
            of(&whole, LOGS[4].1)["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "BS201").cloned();
        finding.map(|finding| {
            (finding["level"].as_str().unwrap().to_owned(), finding["because"].as_str().unwrap().to_owned())
        })
    };
    let is = |word: &str, because: &str| Some((word.to_owned(), because.to_owned()));
    assert_eq!(level(""), is("warn", "default policy: severity.error = \"warn\""));
    assert_eq!(level("severity.error = \"deny\""), is("deny", "bisectstat.toml:2: severity.error = \"deny\""));
    assert_eq!(level("severity.error = \"allow\""), None);
    let both = "severity.error = \"deny\"\nrules.single-crash-verdict = \"warn\"";
    assert_eq!(level(both), is("warn", "bisectstat.toml:3: rules.single-crash-verdict = \"warn\""));
    let sure = "min-p = 1\nseverity.error = \"deny\"";
    assert_eq!(level(sure), is("warn", "bisectstat.toml:2: min-p = 1"));
    let own = "min-p = 1\nrules.BS201 = { level = \"deny\", min-p = 0.5 }";
    assert_eq!(level(own), is("deny", "bisectstat.toml:3: rules.BS201 = { level = \"deny\", min-p = 0.5 }"));
    assert_eq!(level("rules.all = \"deny\"\nrules.BS201 = \"allow\""), None);
    assert_eq!(level("limits.single-crash-verdict.min-runs = 100"), None);
    let some = "[[override]]\npaths = [\"000*\"]\nlimits.single-crash-verdict.min-runs = 100";
    assert!(level(some).is_some());
}

#[test]
fn each_demand_can_fail() {
    let place = Place::new();
    let demand = |policy: &str, log: &str| {
        place.write(
            "bisectstat.toml",
            &format!("p-right = 0\n{}{policy}", if policy.contains("p-named") { "" } else { "p-named = 0\n" }),
        );
        let ran = place.gate(&[log, "--format", "json"]);
        let whole: Value = serde_json::from_str(&ran.stdout).unwrap();
        let failures = whole["bisections"][0]["failures"].as_array().unwrap().clone();
        (ran.code, failures.iter().map(|failure| failure["demand"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(demand("", LOGS[4].1), (Some(0), vec![]));
    assert_eq!(demand("p-named = 0.5", LOGS[4].1), (Some(1), vec!["p-named".to_owned()]));
    assert_eq!(demand("credible-commits = 6", LOGS[4].1), (Some(1), vec!["credible-commits".to_owned()]));
    assert_eq!(demand("credible-commits = 7", LOGS[4].1), (Some(0), vec![]));
    let log = "unnamed.txt";
    copy_of(&root().join(LOGS[4].1), &place.path(log), |text| {
        let end = text.find("6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916 is the first bad commit").unwrap();
        text[..end].to_owned()
    });
    let failed = demand("unnamed = \"fail\"", log);
    assert_eq!(failed, (Some(1), vec!["unnamed".to_owned()]));
    assert_eq!(demand("p-named = 1", log), (Some(0), vec![]));
    assert!(place.gate(&[log]).stdout.contains("1 without a named commit"));
}

#[test]
fn a_damaged_log_among_good_ones_is_could_not_judge() {
    let place = Place::new();
    place.write("empty.txt", "");
    copy_of(&root().join(LOGS[0].1), &place.path("cut.txt"), |text| text[..text.len() - 10].to_owned());
    copy_of(&root().join(LOGS[0].1), &place.path("odd.txt"), |text| {
        text.replacen("testing commit ", "testing commit XYZ", 1)
    });
    for log in ["empty.txt", "odd.txt"] {
        let ran = place.gate(&["data", log]);
        assert_eq!(ran.code, Some(2), "{log}");
        assert!(ran.stderr.starts_with(&format!("error: {log}")), "{}", ran.stderr);
        assert!(ran.stdout.contains(&format!("not read {log}")) && ran.stdout.contains("gate could not judge: "));
        let whole = place.json(&["data", log]);
        assert_eq!(whole["unread"][0]["path"], log);
        assert!(whole["bisections"].as_array().unwrap().len() >= 5);
    }
    let titles = place.gate(&["data", "--titles", "none.csv"]);
    assert!(titles.code == Some(2) && titles.stderr.contains("none.csv"), "{}", titles.stderr);
}

#[test]
fn nothing_to_judge_passes_only_when_allowed() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.gate(&["empty"]).code, Some(2));
    place.write("bisectstat.toml", "allow-empty = true\n");
    let ran = place.gate(&["empty"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    assert_eq!(place.gate(&["missing"]).code, Some(2));
}

#[test]
fn an_old_archive_is_adopted() {
    let place = Place::with("p-right = 0.9\nseverity.error = \"deny\"\n");
    assert_eq!(place.gate(&["data"]).code, Some(1));
    let written = place.gate(&["data", "--write-baseline", "baseline.json"]);
    assert_eq!((written.code, written.stderr.as_str()), (Some(0), ""), "{}", written.stdout);
    let text = fs::read_to_string(place.path("baseline.json")).unwrap();
    insta::assert_snapshot!("baseline", text);
    assert_eq!(place.gate(&["data", "--baseline", "baseline.json"]).code, Some(0));
    place.write("bisectstat.toml", "p-right = 0.9\nbaseline = \"baseline.json\"\nseverity.error = \"deny\"\n");
    assert_eq!(place.gate_in("data", &["."]).code, Some(0));
    // Lines that move change nothing; another log is new.
    copy_of(&root().join(LOGS[4].1), &place.path(LOGS[4].1), |text| "\n".repeat(50) + text);
    assert_eq!(place.gate(&["data"]).code, Some(0));
    copy_of(&root().join(LOGS[4].1), &place.path("data/new.txt"), str::to_owned);
    let ran = place.gate(&["data"]);
    assert!(
        ran.code == Some(1)
            && ran.stdout.contains("✗ do not trust  data/new.txt")
            && ran.stdout.matches("✗ ").count() == 1
    );
    place.gate(&["data", "--write-baseline", "baseline.json"]);
    fs::remove_file(place.path("data/new.txt")).unwrap();
    copy_of(&root().join(LOGS[4].1), &place.path(LOGS[4].1), str::to_owned);
    place.gate(&["data", "--write-baseline", "baseline.json"]);
    assert_eq!(fs::read_to_string(place.path("baseline.json")).unwrap(), text);
}

#[test]
fn a_bad_baseline_is_one_error() {
    let place = Place::new();
    place.gate(&["data", "--write-baseline", "good.json"]);
    let good = fs::read_to_string(place.path("good.json")).unwrap();
    let error = |text: &str| {
        place.write("bad.json", text);
        place.error(&["data", "--baseline", "bad.json"])
    };
    let other = error(&good.replace("baseline/1", "baseline/2"));
    assert_eq!(
        other,
        "bad.json: found the version \"bisectstat-baseline/2\", expected \"bisectstat-baseline/1\": \
         write it again with `gate --write-baseline bad.json`"
    );
    assert!(error("").starts_with("bad.json:1: "));
    assert!(error(&good[..good.len() / 2]).starts_with("bad.json:"));
    assert!(error("{\"entries\": []}").contains("missing field `schema`"));
    assert!(
        error(&good.replace("\"fingerprint\": \"", "\"fingerprint\": \"x")).contains("expected 16 hexadecimal digits")
    );
    assert!(place.error(&["data", "--baseline", "none.json"]).starts_with("none.json: "));
    let unwritable = place.gate(&["data", "--write-baseline", "nowhere/b.json"]);
    assert!(unwritable.code == Some(2) && unwritable.stderr.contains("nowhere/b.json: "));
}

#[test]
fn the_documented_policy_holds_and_every_key_is_documented() {
    let docs = fs::read_to_string(root().join("docs/gate.md")).unwrap();
    let example = docs.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let place = Place::with(example);
    fs::create_dir(place.path("logs")).unwrap();
    fs::rename(place.path(LOGS[4].1), place.path("logs/004_css_free_rwork_fn.txt")).unwrap();
    place.gate(&["logs", "--no-config", "--write-baseline", "bisectstat-baseline.json"]);
    let ran = place.gate(&["logs"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    // An unknown key is told which are known.
    for table in ["", "[[override]]\n", "[[suppress]]\n", "[severity]\n", "[rules.BS201]\n"] {
        place.write("bisectstat.toml", &format!("{table}qqqqqq = 1\n"));
        let error = place.error(&["logs"]);
        let known = error.split_once("expected one of").unwrap().1;
        for key in known.split('`').skip(1).step_by(2) {
            assert!(docs.contains(&format!("| `{key}` |")), "{key} is not in docs/gate.md");
        }
    }
}

#[test]
fn what_a_log_says_does_not_reach_the_terminal_unchecked() {
    let place = Place::new();
    copy_of(&root().join(LOGS[4].1), &place.path("odd.txt"), |text| {
        text.replace("io_uring: allocate memory", "io_uring: \x1b]0;title\x07allocate\x1b[2J memory")
    });
    for args in [&["odd.txt"][..], &["odd.txt", "--format", "explain"]] {
        let ran = place.gate(&[args, &["--color", "never"]].concat());
        assert!(ran.code.is_some() && !ran.stdout.contains(['\x1b', '\x07']), "{}", ran.stdout);
        let ran = place.gate(&[args, &["--color", "always"]].concat());
        assert!(!ran.stdout.contains("\x1b]0") && !ran.stdout.contains("\x1b[2J"), "{}", ran.stdout);
    }
}
