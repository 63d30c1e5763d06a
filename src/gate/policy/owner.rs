//! Who may say what the gate demands: nobody who only shares a folder with us.

use std::path::Path;

/// Whether two folders have one owner.
#[cfg(unix)]
pub(super) fn same(folder: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|found| found.uid());
    folder == other || owner(folder) == owner(other)
}

/// Whether a file in a folder is ours, the folder's owner's or the system's, or one that not everybody could have put there.
#[cfg(unix)]
pub(super) fn may_speak(file: &Path, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const EVERYBODY: u32 = 0o002;
    let (Ok(found), Ok(folder)) = (std::fs::metadata(file), std::fs::metadata(folder)) else { return true };
    let known = [0, folder.uid(), rustix::process::geteuid().as_raw()];
    folder.mode() & EVERYBODY == 0 || known.contains(&found.uid())
}

#[cfg(not(unix))]
pub(super) fn same(_folder: &Path, _other: &Path) -> bool {
    true
}

#[cfg(not(unix))]
pub(super) fn may_speak(_file: &Path, _folder: &Path) -> bool {
    true
}
