//! What several test files need: the logs in `data/`, and the real binary.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod book;
pub mod chromium;
pub mod commits;
#[cfg(feature = "cli")]
pub mod decisions;
#[cfg(unix)]
pub mod forge;
pub mod help;
pub mod page;
pub mod sarif;
mod skip;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use skip::{Need, skip};

/// The logs in `data/`, with the prefix under which the documents know them.
pub const LOGS: [(&str, &str); 5] = [
    ("000", "data/000_nbd_ioctl.txt"),
    ("001", "data/001_io_wq_cancel_all.txt"),
    ("002", "data/002_del_gendisk.txt"),
    ("003", "data/003_io_wqe_enqueue.txt"),
    ("004", "data/004_css_free_rwork_fn.txt"),
];

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program under test: the one that cargo built with the tests, or another, for example as it ships.
pub fn program() -> PathBuf {
    std::env::var_os("BISECTSTAT_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_bisectstat").into(), PathBuf::from)
}

/// The binary, run in the project's folder.
pub fn bisectstat(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

/// What the binary did.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

/// Runs the binary to its end.
pub fn run(args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = bisectstat(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(stdout), stderr: text(stderr), code: status.code() }
}

/// The folder of inputs that people have, where there is one: `BISECTSTAT_CASES`, else beside the project.
pub fn cases() -> Option<PathBuf> {
    let named = std::env::var_os("BISECTSTAT_CASES").map(PathBuf::from);
    let beside = || root().join("../shared/cases");
    Some(named.unwrap_or_else(beside)).filter(|folder| folder.join("README.md").is_file())
}

/// The folder of labelled bisections, where there is one: `BISECTSTAT_STUDY`, else beside the project.
pub fn study() -> Option<PathBuf> {
    let named = std::env::var_os("BISECTSTAT_STUDY").map(PathBuf::from);
    let beside = || root().join("../shared/study");
    Some(named.unwrap_or_else(beside)).filter(|folder| folder.join("logs.tar.gz").is_file())
}
