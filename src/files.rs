//! Files that are written whole or not at all: aside first, then under their name. Where that fails, on a full disk for one,
//! what was there before is still there. And their names in addresses.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes a file, or leaves what is there. A link stays one; pipes and devices are written to.
///
/// # Errors
/// When it cannot be written, with the words of the system.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) || of_a_process(path) {
        return through(File::create(path)?, write).map(drop);
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (aside, file) = match aside(&target) {
        Ok(opened) => opened,
        // The file may be ours where its folder is not.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && old.is_some() => {
            return through(File::create(path)?, write).map(drop);
        }
        Err(error) => return Err(error),
    };
    let written = through(file, write).and_then(|file| {
        if let Some(old) = &old {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        named(&aside, &target)
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}

/// A name as a part of an address (RFC 3986): all but letters, digits and `-._~` as `%` and two digits a byte.
pub(crate) fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Nothing fails that writes to a text.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether a path is a door to what a process has open, which no other file can take the place of.
fn of_a_process(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

fn through(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A new file in the same folder.
fn aside(path: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{number}.partial", std::process::id()));
    let aside = path.with_file_name(hidden);
    // Left behind by a process of the same number that was killed.
    let _ = fs::remove_file(&aside);
    Ok((aside.clone(), File::options().write(true).create_new(true).open(aside)?))
}

/// Gives a file its name. One that something is mounted on keeps its place: then the bytes go there.
fn named(aside: &Path, path: &Path) -> io::Result<()> {
    match fs::rename(aside, path) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            fs::copy(aside, path)?;
            fs::remove_file(aside)
        }
        renamed => renamed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let fails = |out: &mut dyn Write| -> io::Result<()> {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        write_whole(&path, fails).unwrap_err();
        assert!(!path.exists());
        write_whole(&path, |out| out.write_all(b"whole")).unwrap();
        write_whole(&path, fails).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_modes_stay_modes() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        write_whole(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink() && fs::read(&path).unwrap() == b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        write_whole(Path::new("/dev/null"), |out| out.write_all(b"gone")).unwrap();
        write_whole(Path::new("/dev/full"), |out| out.write_all(b"full")).unwrap_err();
    }
}
