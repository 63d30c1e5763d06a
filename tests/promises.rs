//! What `docs/compatibility.md` promises: `schema/promised.txt` lists every name that others may rely on, one a line.
//!
//! A name that is gone fails here. What is new is added by `UPDATE_PROMISES=1 cargo test --test it promises::`, which takes
//! nothing away: that is done by hand, with a line in `CHANGELOG.md`.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::BTreeSet;
use std::fs;

use bisectstat::finding::RULES;
use bisectstat::frame::{Frames, schema};
use bisectstat::gate::format::CODES;
use serde_json::Value;
use support::help::{options, subcommands};
use support::{LOGS, root, run};

const LIST: &str = "schema/promised.txt";

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The exit codes, as the help and the gate's page say them.
fn exit_codes() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let table = help.split("Exit codes:\n").nth(1).unwrap().to_owned();
    table
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| format!("exit {}", line.trim_start().split(' ').next().unwrap()))
        .collect()
}

fn rules() -> Vec<String> {
    let names = RULES.iter().map(|rule| rule.name).chain(CODES.iter().map(|code| code.name));
    names.map(|name| format!("rule {} {}", name.code, name.name)).collect()
}

fn columns() -> Vec<String> {
    let frames = Frames::empty();
    let tables = frames.named().into_iter().flat_map(|(name, _, columns)| {
        let schema = schema(columns);
        schema.iter().map(|(column, kind)| format!("column {name}.{column} {kind}")).collect::<Vec<_>>()
    });
    tables.collect()
}

/// The types that a schema allows.
fn types(schema: &Value, node: &Value) -> BTreeSet<String> {
    if let Some(name) = node["$ref"].as_str() {
        return types(schema, schema.pointer(name.trim_start_matches('#')).unwrap());
    }
    let choices = ["anyOf", "oneOf"].iter().filter_map(|key| node[*key].as_array()).flatten();
    let of = |value: &Value| value.as_str().map(str::to_owned);
    let several = node["type"].as_array().into_iter().flatten().filter_map(of);
    let words = node["enum"].as_array().map(|_| "string".to_owned());
    let words = words.or_else(|| node["const"].as_str().map(|_| "string".to_owned()));
    let own = of(&node["type"]).or(words).into_iter().chain(several);
    own.chain(choices.flat_map(|choice| types(schema, choice))).collect()
}

/// The keys of a schema, with their types, as paths from the top.
fn keys(schema: &Value, at: &str, node: &Value, out: &mut Vec<String>) {
    if let Some(name) = node["$ref"].as_str() {
        return keys(schema, at, schema.pointer(name.trim_start_matches('#')).unwrap(), out);
    }
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let types: Vec<_> = types(schema, value).into_iter().collect();
        assert!(!types.is_empty(), "{at}.{key}: {value}");
        out.push(format!("json {at}.{key} {}", types.join(" or ")));
        keys(schema, &format!("{at}.{key}"), value, out);
    }
    for inner in ["items", "additionalProperties"].iter().filter(|inner| node[**inner].is_object()) {
        keys(schema, &format!("{at}[]"), &node[*inner], out);
    }
    for choice in ["anyOf", "oneOf"].iter().flat_map(|key| node[*key].as_array().into_iter().flatten()) {
        keys(schema, at, choice, out);
    }
}

fn json() -> Vec<String> {
    let mut out = Vec::new();
    for name in ["analysis", "gate", "calibration", "run"] {
        let schema: Value = serde_json::from_str(&read(&format!("schema/{name}.json"))).unwrap();
        let version = schema["properties"]["schema"]["const"].as_str().unwrap();
        out.push(format!("json {name} is {version}"));
        keys(&schema, name, &schema, &mut out);
    }
    out
}

/// Subcommands and options; the formats are their values in the completions.
fn arguments() -> Vec<String> {
    let mut out = Vec::new();
    for subcommand in subcommands() {
        out.push(format!("command {subcommand}"));
        out.extend(options(&subcommand).iter().map(|option| format!("command {subcommand} {option}")));
    }
    for (subcommand, option) in
        [("analyze", "--format"), ("analyze", "--frames"), ("gate", "--format"), ("run", "--format")]
    {
        let help = run(&[subcommand, "--help"]).stdout;
        let part = help.split(&format!("{option} <")).nth(1).unwrap().to_owned();
        let is_option = |line: &str| line.trim_start().starts_with('-') && !line.trim_start().starts_with("- ");
        let part = part.lines().skip(1).take_while(|line| !is_option(line));
        let values = part.filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next());
        out.extend(values.map(|value| format!("command {subcommand} {option} {value}")));
    }
    out
}

/// The keys of the policy, as the gate's page lists them; a test of the gate holds the page to the program.
fn policy() -> Vec<String> {
    let page = read("docs/gate.md");
    let mut out = Vec::new();
    for table in page.split("\n| key").skip(1) {
        let (header, rows) = table.split_once('\n').unwrap();
        let place = header.split('`').nth(1).filter(|_| header.starts_with(" in")).unwrap_or("");
        let rows = rows.lines().take_while(|line| line.starts_with('|')).filter_map(|line| line.split('`').nth(1));
        out.extend(rows.map(|key| format!("policy {} {key}", place.trim()).replace("  ", " ")));
    }
    out
}

fn now() -> BTreeSet<String> {
    let all = [exit_codes(), rules(), columns(), json(), arguments(), policy()];
    assert!(all.iter().all(|part| part.len() > 2), "{all:?}");
    all.into_iter().flatten().collect()
}

fn promised() -> BTreeSet<String> {
    read(LIST).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn what_is_promised_is_there() {
    let (now, mut promised) = (now(), promised());
    if std::env::var_os("UPDATE_PROMISES").is_some() {
        promised.extend(now.iter().cloned());
        let lines: Vec<_> = promised.iter().cloned().collect();
        let comments: Vec<_> = read(LIST).lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
        fs::write(root().join(LIST), [comments, lines].concat().join("\n") + "\n").unwrap();
    }
    let gone: Vec<_> = promised.difference(&now).collect();
    assert!(gone.is_empty(), "gone, though docs/compatibility.md promises it: {gone:#?}");
    let new: Vec<_> = now.difference(&promised).collect();
    assert!(new.is_empty(), "new: UPDATE_PROMISES=1 cargo test --test it promises::: {new:#?}");
}

/// A code is never given to another rule, and belongs to one name.
#[test]
fn a_code_has_one_name() {
    let promised = promised();
    let rules: Vec<Vec<&str>> =
        promised.iter().filter(|line| line.starts_with("rule ")).map(|line| line.split(' ').collect()).collect();
    let codes: BTreeSet<_> = rules.iter().map(|words| words[1]).collect();
    let names: BTreeSet<_> = rules.iter().map(|words| words[2]).collect();
    assert_eq!((codes.len(), names.len()), (rules.len(), rules.len()));
}

/// The program ends with these, and no others, whatever it is asked.
#[test]
fn the_exit_codes_are_those() {
    let cases: [(&[&str], i32); 7] = [
        (&["analyze", LOGS[4].1], 0),
        (&["gate", LOGS[0].1], 0),
        (&["gate", LOGS[4].1], 1),
        (&["gate", "none.txt"], 2),
        (&["analyze", "none.txt"], 2),
        (&["explain", "BS999"], 2),
        (&["no-such-command"], 2),
    ];
    for (args, code) in cases {
        assert_eq!(run(args).code, Some(code), "{args:?}");
    }
}

/// The page names each kind of promise, and the file that lists them.
#[test]
fn the_page_tells_of_every_kind() {
    let page = read("docs/compatibility.md");
    assert!(page.contains("](../schema/promised.txt)"));
    let promised = promised();
    let kinds: BTreeSet<_> = promised.iter().map(|line| line.split(' ').next().unwrap()).collect();
    for kind in kinds {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
}
