//! What an earlier run of this program left in an output folder: it is taken away, so that nothing of it stands there as a
//! part of this run. What is not ours stays.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// The pages of an earlier report.
pub(super) fn pages(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "html") && is_page(path)).collect()
}

/// Whether this program wrote a page.
fn is_page(page: &Path) -> bool {
    const HEAD: u64 = 2000;
    let mut head = Vec::new();
    let read = File::open(page).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && memchr::memmem::find(&head, b"name=\"generator\" content=\"bisectstat ").is_some()
}

/// The pictures that an index shows, those in the folders that it names, and the indices of these.
pub(super) fn pictures(folder: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read_to_string(folder.join("index.md")).unwrap_or_default();
    let mut found = BTreeSet::new();
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        match target.strip_suffix("/index.md") {
            Some(inner) if is_plain(inner) => {
                found.extend(pictures(&folder.join(inner)));
                found.insert(folder.join(target));
            }
            None if is_plain(target) && [".svg", ".png"].iter().any(|ending| target.ends_with(ending)) => {
                found.insert(folder.join(target));
            }
            _ => {}
        }
    }
    found
}

/// The logs that a table of truth lists.
pub(super) fn logs(folder: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read_to_string(folder.join("truth.csv")).unwrap_or_default();
    let names = text.lines().skip(1).filter_map(|line| line.split(',').next()).filter(|name| is_plain(name));
    names.map(|name| folder.join(name)).collect()
}

/// Removes what was there before and is not there now, with folders that are empty then.
pub(super) fn remove_old(before: &BTreeSet<PathBuf>, now: &BTreeSet<PathBuf>) -> io::Result<()> {
    for path in before.difference(now) {
        remove(path)?;
        // The folder of all the others is not empty.
        let _ = path.parent().map(fs::remove_dir);
    }
    Ok(())
}

/// A name in the folder itself.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// Removes a file that may be gone.
fn remove(path: &PathBuf) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io::Error::other(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_earlier_run_wrote_goes() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
            fs::write(dir.path().join(name), text).unwrap();
        };
        write("index.md", "# 1\n\n![x](trust.svg)\n\n| [a](a/index.md) | |\n| [b](../index.md) | |\n");
        for (name, text) in
            [("trust.svg", ""), ("mine.svg", ""), ("a/index.md", "![t](titles.svg)"), ("a/titles.svg", "")]
        {
            write(name, text);
        }
        let before = pictures(dir.path());
        write("index.md", "![x](other.svg)");
        write("other.svg", "");
        remove_old(&before, &pictures(dir.path())).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["index.md", "mine.svg", "other.svg"]);
        write("old.html", "<meta name=\"generator\" content=\"bisectstat 0.1.0\"/>");
        write("own.html", "<p>");
        remove_old(&pages(dir.path()), &BTreeSet::new()).unwrap();
        assert!(!dir.path().join("old.html").exists() && dir.path().join("own.html").exists());
        write("truth.csv", "file,seed\n0001.txt,1\n/etc/passwd,1\n");
        write("0001.txt", "");
        remove_old(&logs(dir.path()), &BTreeSet::new()).unwrap();
        assert!(!dir.path().join("0001.txt").exists() && dir.path().join("truth.csv").exists());
    }
}
