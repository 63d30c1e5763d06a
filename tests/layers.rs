//! The pipeline is the only way through `src/`: a stage uses what stands before it, never what comes after.

use std::fs;
use std::path::Path;

/// The stages in the order of the flow; those of one row do not know each other.
const STAGES: [&[&str]; 14] = [
    &["prob", "files"],
    &["evidence"],
    &["history"],
    &["ingest"],
    &["model"],
    &["analysis"],
    &["finding"],
    &["frame", "simulate", "calibrate"],
    &["runner"],
    &["chart"],
    &["report", "gate"],
    &["cli"],
    &["lib"],
    &["main"],
];

fn rank(stage: &str) -> usize {
    STAGES.iter().position(|row| row.contains(&stage)).unwrap_or_else(|| panic!("{stage} is no stage: give it a place"))
}

/// Every `.rs` file below `dir`.
fn sources(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// `evidence` for `src/evidence/run.rs`, `prob` for `src/prob.rs`.
fn stage(root: &Path, file: &Path) -> String {
    let first = file.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The stages named by `crate::STAGE` in a source, outside comments.
fn uses(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned));
    let names = paths.map(|path| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
    names.collect()
}

#[test]
fn no_stage_knows_a_later_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&root) {
        let ours = stage(&root, &file);
        for theirs in uses(&fs::read_to_string(&file).unwrap()) {
            let before = rank(&theirs) < rank(&ours) || theirs == ours;
            assert!(before, "{}: `{ours}` uses `{theirs}`", file.display());
        }
    }
}

/// `super` at the top of a stage is the crate, which knows everything.
#[test]
fn no_stage_leaves_through_its_parent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).unwrap().components().count();
        let depth = if file.ends_with("mod.rs") { inside - 1 } else { inside };
        let source = fs::read_to_string(&file).unwrap();
        // A file's own tests are one module deeper.
        let code = source.lines().filter(|line| line.trim() != "use super::*;");
        for line in code {
            let up = line.matches("super::").count();
            assert!(up < depth || !line.contains(&"super::".repeat(depth)), "{}: {line}", file.display());
        }
    }
}

#[test]
fn the_library_lists_its_modules_in_the_order_of_the_flow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(root.join("lib.rs")).unwrap();
    let modules: Vec<_> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.windows(2).all(|pair| rank(pair[0]) <= rank(pair[1])), "{modules:?}");
}
