//! git, as far as a bisection needs it to write: work trees of our own in the repository's folder. No hook is run, and
//! nothing that is the user's changes: no work tree, index, branch, tag, `HEAD` or configuration.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::evidence::CommitId;

use super::RunError;

/// Variables with which a caller, for example a hook, tells git of another repository.
const LOCAL: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_CEILING_DIRECTORIES",
];

/// A repository's git.
#[derive(Clone, Debug)]
pub struct Git {
    /// Where the user says that it is.
    pub path: PathBuf,
    /// The folder that all its work trees share.
    pub common: PathBuf,
}

impl Git {
    /// Finds the repository's folder.
    ///
    /// # Errors
    /// [`RunError::Git`] when git is not there, or finds no repository.
    pub fn at(path: &Path) -> Result<Self, RunError> {
        let found = git(path, &["rev-parse", "--path-format=absolute", "--git-common-dir"])?;
        Ok(Self { path: path.to_owned(), common: PathBuf::from(found) })
    }

    /// Our folder in there.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.common.join("bisectstat")
    }

    /// The folder of the work tree that the user is in.
    ///
    /// # Errors
    /// [`RunError::Git`] with git's words.
    pub(crate) fn git_dir(&self) -> Result<PathBuf, RunError> {
        git(&self.path, &["rev-parse", "--absolute-git-dir"]).map(PathBuf::from)
    }

    /// Where in the work tree the user is, as a path from its top; empty at the top and in a bare repository.
    #[must_use]
    pub fn prefix(&self) -> String {
        git(&self.path, &["rev-parse", "--show-prefix"]).unwrap_or_default()
    }

    /// The commit that a name means.
    ///
    /// # Errors
    /// [`RunError::Unknown`] when there is none.
    pub(crate) fn resolve(&self, name: &str) -> Result<CommitId, RunError> {
        let found =
            git(&self.path, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]);
        let id = found.ok().and_then(|id| CommitId::parse_full(&id).ok());
        id.ok_or_else(|| RunError::Unknown { name: name.to_owned(), repository: self.path.clone() })
    }

    /// The commits of a range like `a..b`, or the one commit that a name means.
    ///
    /// # Errors
    /// [`RunError::Unknown`] when there is none, [`RunError::Git`] with git's words.
    pub fn range(&self, name: &str) -> Result<Vec<CommitId>, RunError> {
        if !name.contains("..") {
            return self.resolve(name).map(|commit| vec![commit]);
        }
        let listed = git(&self.path, &["rev-list", "--end-of-options", name])?;
        Ok(listed.lines().filter_map(|line| CommitId::parse_full(line).ok()).collect())
    }

    /// The ancestors of a commit, and not of others, that touch one of some paths.
    ///
    /// # Errors
    /// [`RunError::Git`] with git's words.
    pub fn touching(
        &self,
        newest: &CommitId,
        oldest: &[CommitId],
        paths: &[String],
        first_parent: bool,
    ) -> Result<HashSet<CommitId>, RunError> {
        let mut args = vec!["rev-list".to_owned(), "--full-history".to_owned()];
        args.extend(first_parent.then(|| "--first-parent".to_owned()));
        args.push(newest.to_string());
        args.extend(oldest.iter().map(|commit| format!("^{commit}")));
        args.push("--".to_owned());
        args.extend(paths.iter().cloned());
        let listed = git(&self.path, &args.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(listed.lines().filter_map(|line| CommitId::parse_full(line).ok()).collect())
    }

    /// Whether a commit has a file at a path that is relative to the folder where the user is.
    #[must_use]
    pub fn has_file(&self, commit: &CommitId, path: &str) -> bool {
        git(&self.path, &["cat-file", "-e", &format!("{commit}:./{path}")]).is_ok()
    }

    /// Submodules of the user's work tree, and whether each holds something else than the recorded commit.
    #[must_use]
    pub fn submodules(&self) -> Vec<(String, bool)> {
        const GITLINK: &str = "160000 ";
        let Ok(listed) = git(&self.path, &["ls-files", "--stage", "-z", "--full-name", ":/"]) else {
            return Vec::new();
        };
        let links = listed.split('\0').filter(|entry| entry.starts_with(GITLINK));
        let names = links.filter_map(|entry| Some(entry.split_once('\t')?.1.to_owned()));
        let changed = |name: &str| {
            let spec = format!(":(top,literal){name}");
            let said = git(&self.path, &["status", "--porcelain", "--ignore-submodules=none", "--", &spec]);
            said.is_ok_and(|said| !said.is_empty())
        };
        names.map(|name| (changed(&name), name)).map(|(changed, name)| (name, changed)).collect()
    }

    /// Makes a work tree; one that a crash left there is removed first.
    ///
    /// # Errors
    /// [`RunError::Git`] with git's words.
    pub fn add(&self, path: &Path, commit: &CommitId) -> Result<(), RunError> {
        self.remove(path)?;
        let (commit, place) = (commit.to_string(), path.to_string_lossy());
        git(&self.common, &["worktree", "add", "--quiet", "--detach", "--force", &place, &commit]).map(|_| ())
    }

    /// Puts a commit into a work tree. Changes of tracked files are thrown away, other files stay: what was built is there
    /// for the next build.
    ///
    /// # Errors
    /// [`RunError::Git`] with git's words.
    pub fn checkout(&self, path: &Path, commit: &CommitId) -> Result<(), RunError> {
        git(path, &["checkout", "--quiet", "--detach", "--force", &commit.to_string()]).map(|_| ())
    }

    /// Reverts a commit in a work tree, without a commit of its own; of a merge, what it brought to its first parent.
    ///
    /// # Errors
    /// [`RunError::Git`] with git's words, when there are conflicts for example.
    pub fn revert(&self, path: &Path, commit: &CommitId) -> Result<(), RunError> {
        let commit = commit.to_string();
        let plain = git(path, &["revert", "--no-commit", &commit]);
        if plain.is_ok() {
            return Ok(());
        }
        // git says in no other way that it is a merge.
        let merge = git(path, &["rev-parse", "--verify", "--quiet", &format!("{commit}^2")]).is_ok();
        if merge {
            git(path, &["revert", "--no-commit", "--mainline", "1", &commit]).map(drop)
        } else {
            plain.map(drop)
        }
    }

    /// Removes a work tree, whole or not.
    ///
    /// # Errors
    /// [`RunError::File`] when something of it stays.
    pub fn remove(&self, path: &Path) -> Result<(), RunError> {
        // git refuses what it does not know as a work tree; then there is at most a folder.
        let _ = git(&self.common, &["worktree", "remove", "--force", "--force", &path.to_string_lossy()]);
        if path.symlink_metadata().is_ok() {
            fs::remove_dir_all(path).map_err(|error| RunError::File { path: path.to_owned(), error })?;
            let _ = git(&self.common, &["worktree", "remove", "--force", "--force", &path.to_string_lossy()]);
        }
        Ok(())
    }
}

/// Makes a command forget what repository its caller was in.
pub(crate) fn forget_caller(command: &mut Command) {
    for name in LOCAL {
        command.env_remove(name);
    }
}

/// Runs git; gives what it prints, without the end of the last line.
fn git(folder: &Path, args: &[&str]) -> Result<String, RunError> {
    let failed = |why: String| RunError::Git { what: args.first().copied().unwrap_or_default().to_owned(), why };
    let mut command = Command::new("git");
    forget_caller(&mut command);
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", "-C"]).arg(folder).args(args);
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null());
    // Out of reach of the terminal's Ctrl-C: a half checkout would be one.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let output = command.output().map_err(|error| failed(format!("cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it fails without a word");
    Err(failed(last.trim_start_matches("fatal: ").to_owned()))
}
