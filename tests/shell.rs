//! What shells and `man` get: completions that the shells themselves accept, a page for every subcommand.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::help::{commands, options_of, subcommands};
use support::{Need, run};

fn installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success();
    if !found {
        support::skip(Need::Program, &format!("there is no {program}"));
    }
    found
}

/// Runs a program, and gives all that it says; it must end well.
fn says(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(output.status.success(), "{program} {args:?}: {said}");
    said
}

fn completions(shell: &str) -> String {
    let ran = run(&["completions", shell]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{shell}");
    ran.stdout
}

#[test]
fn every_shell_completes_every_subcommand() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = completions(shell);
        for subcommand in subcommands() {
            assert!(script.contains(&subcommand), "{shell}: {subcommand}");
        }
    }
    assert_eq!(run(&["completions", "csh"]).code, Some(2));
}

#[test]
fn the_shells_accept_their_scripts() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "fish", "zsh"] {
        let file = dir.path().join(shell);
        fs::write(&file, completions(shell)).unwrap();
        if installed(shell) {
            assert_eq!(says(shell, &["-n", file.to_str().unwrap()]), "", "{shell}");
        }
    }
}

/// Bash itself is asked what may follow.
#[test]
fn bash_completes_a_subcommand_and_its_options() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("bisectstat");
    fs::write(&script, completions("bash")).unwrap();
    let ask = |words: &str| {
        let count = words.split(' ').count() - 1;
        let ask = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD={count}; _bisectstat bisectstat '{}' ''; echo \"${{COMPREPLY[@]}}\"",
            script.display(),
            words.split(' ').next_back().unwrap()
        );
        says("bash", &["--norc", "-c", &ask]).trim().to_owned()
    };
    assert_eq!(ask("bisectstat exp"), "explain");
    assert_eq!(ask("bisectstat analyze --form"), "--format");
    assert_eq!(ask("bisectstat completions po"), "powershell");
}

fn manual() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(&["man", dir.path().join("new/man1").to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    dir
}

fn pages(dir: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(dir.join("new/man1")).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()));
    pages.collect()
}

#[test]
fn every_subcommand_has_a_page_with_all_its_options() {
    let dir = manual();
    let mut expected: BTreeSet<_> = commands().iter().map(|name| format!("bisectstat-{}.1", name.join("-"))).collect();
    expected.insert("bisectstat.1".to_owned());
    let pages = pages(dir.path());
    let names = pages.iter().map(|(path, _)| path.rsplit('/').next().unwrap().to_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected);
    for command in commands() {
        let file = format!("/bisectstat-{}.1", command.join("-"));
        let (_, page) = pages.iter().find(|(path, _)| path.ends_with(&file)).unwrap();
        let options = options_of(&command);
        assert!(options.contains("--color"), "{command:?}: {options:?}");
        for option in options {
            assert!(page.contains(&option.replace('-', "\\-")), "{command:?}: {option}");
        }
    }
}

#[test]
fn groff_and_mandoc_have_nothing_to_say_about_the_pages() {
    let dir = manual();
    for (path, _) in pages(dir.path()) {
        if installed("groff") {
            assert_eq!(says("groff", &["-man", "-Tutf8", "-ww", "-z", &path]), "", "{path}");
        }
        if installed("mandoc") {
            let said = says("mandoc", &["-T", "lint", "-W", "unsupp", &path]);
            assert!(!said.contains("UNSUPP") && !said.contains("ERROR"), "{said}");
        }
    }
}

#[test]
fn a_page_is_as_reviewed() {
    let dir = manual();
    let (_, page) = pages(dir.path()).into_iter().find(|(path, _)| path.ends_with("/bisectstat-explain.1")).unwrap();
    insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    let (_, page) = pages(dir.path()).into_iter().find(|(path, _)| path.ends_with("/bisectstat.1")).unwrap();
    assert!(page.contains(".SH \"EXIT CODES\"\n.nf\n  0  done"), "{page}");
}

#[test]
fn the_manual_is_the_same_each_time_and_says_where_it_cannot_be_written() {
    let (one, two) = (manual(), manual());
    let text = |dir: &Path| {
        let mut texts: Vec<_> = pages(dir).into_iter().map(|(_, text)| text).collect();
        texts.sort();
        texts
    };
    assert_eq!(text(one.path()), text(two.path()));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let ran = run(&["man", path]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains(path), "{}", ran.stderr);
}
