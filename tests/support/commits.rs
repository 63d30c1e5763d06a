//! A repository with commits in a row, for tests that need no more of it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes a repository with the given number of commits, and returns their names, oldest first. The file `value` holds the number of each; what
/// lies in the folder already is in all of them.
pub fn commits(folder: &Path, count: usize) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    let commit = |i: usize| {
        fs::write(folder.join("value"), i.to_string()).unwrap();
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "--message", &format!("commit {i}")]);
        git(folder, &["rev-parse", "HEAD"])
    };
    (0..count).map(commit).collect()
}

/// Runs git in a folder, whatever the settings of this machine; what it printed.
pub fn git(folder: &Path, args: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(args).current_dir(folder);
    let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
