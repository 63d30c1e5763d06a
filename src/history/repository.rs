//! Opening a repository and finding commits in it. Nothing is written, no hook or configured program is run, the network
//! is never asked, and only the repository's own configuration is read. Replacements and grafts are ignored.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gix::commitgraph::Graph;
use gix::discover::upwards;
use gix::objs::Kind;
use gix::sec::trust::Mapping;
use gix::{ObjectId, ThreadSafeRepository};

use crate::evidence::CommitId;

use super::error::causes;
use super::reading::Reader;
use super::{CommitGraph, History, HistoryError, Lost};

/// A git repository.
pub struct Repository {
    path: PathBuf,
    shared: ThreadSafeRepository,
}

impl Repository {
    /// Opens a clone, a linked work tree, a bare repository, a `.git` folder, or what a folder lies in.
    ///
    /// # Errors
    /// [`HistoryError`] when there is none, or none that can be read.
    ///
    /// ```
    /// use bisectstat::evidence::CommitId;
    /// use bisectstat::history::Repository;
    ///
    /// let head = CommitId::parse_name("HEAD").expect("a short word is a name");
    /// match Repository::open(".".as_ref()).and_then(|repository| repository.history([&head])) {
    ///     Ok(history) => println!("{} commits", history.len()),
    ///     Err(error) => println!("{error}"),
    /// }
    /// ```
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let owned = path.to_owned();
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(HistoryError::Denied { path: owned });
            }
            Err(_) => return Err(HistoryError::NotFound { path: owned }),
            Ok(_) => {}
        }
        let shared = match options().open(path) {
            Ok(shared) => shared,
            Err(error) if looks_like_git(path) => return Err(broken(path, &error)),
            Err(error) => above(path, &error)?,
        };
        Ok(Self { path: owned, shared })
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the ancestors of `tested`. Names may be hashes, abbreviated hashes, tags or branches; those that the
    /// repository has not are told by [`History::find`].
    ///
    /// # Errors
    /// [`HistoryError::Damaged`] when an ancestor cannot be read.
    pub fn history<'n>(self, tested: impl IntoIterator<Item = &'n CommitId>) -> Result<History, HistoryError> {
        self.read(|_| Vec::new(), tested)
    }

    /// Reads everything that a branch, a tag or `HEAD` leads to. References to other things than commits are left out.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub(crate) fn whole_history(self) -> Result<History, HistoryError> {
        self.read(tips, [])
    }

    fn read<'n>(
        self,
        tips: impl FnOnce(&gix::Repository) -> Vec<ObjectId>,
        tested: impl IntoIterator<Item = &'n CommitId>,
    ) -> Result<History, HistoryError> {
        let repository = self.shared.to_thread_local();
        let shallow = self.shallow(&repository)?;
        let (graph, mut state) = if shallow.is_empty() {
            commit_graph(&repository)
        } else {
            (None, CommitGraph::Ignored("the clone is shallow".to_owned()))
        };
        let mut reader = Reader::new(&self.path, &repository.objects, shallow);
        if let Some(graph) = &graph {
            state = reader.take(graph);
        }
        for tip in tips(&repository) {
            reader.read(tip)?;
        }
        let mut names = HashMap::new();
        for name in tested {
            if !names.contains_key(name) {
                names.insert(*name, resolve(&repository, reader.graph, name));
            }
            if let Some(Ok(id)) = names.get(name) {
                reader.read(*id)?;
            }
        }
        let read = Read::from(reader);
        Ok(History::read(self, graph.filter(|_| read.with_graph), state, read, &names))
    }

    fn shallow(&self, repository: &gix::Repository) -> Result<HashSet<ObjectId>, HistoryError> {
        let commits = repository.shallow_commits().map_err(|error| HistoryError::of(&error, &self.path))?;
        Ok(commits.map(|commits| commits.iter().copied().collect()).unwrap_or_default())
    }

    pub(super) fn handle(&self) -> gix::Repository {
        self.shared.to_thread_local()
    }
}

/// The commits that references lead to.
fn tips(repository: &gix::Repository) -> Vec<ObjectId> {
    let head = repository.head_id().ok().map(gix::Id::detach);
    let platform = repository.references().ok();
    let all = platform.as_ref().and_then(|platform| platform.all().ok());
    let tips = all.into_iter().flatten().filter_map(|reference| {
        let id = reference.ok()?.peel_to_id().ok()?.detach();
        commit_of(repository, None, id).ok()
    });
    head.into_iter().chain(tips).collect()
}

/// What a [`Reader`] has read.
pub(super) struct Read {
    pub(super) raw: super::dag::Raw,
    pub(super) loose: Vec<ObjectId>,
    pub(super) known: HashMap<ObjectId, u32>,
    pub(super) cut: Vec<u32>,
    with_graph: bool,
}

impl From<Reader<'_>> for Read {
    fn from(reader: Reader<'_>) -> Self {
        let with_graph = reader.graph.is_some();
        Self { raw: reader.raw, loose: reader.loose, known: reader.known, cut: reader.cut, with_graph }
    }
}

fn options() -> gix::open::Options {
    gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"])
}

/// Whether a path means to be a repository, so that what is wrong with it counts.
fn looks_like_git(path: &Path) -> bool {
    path.join(".git").symlink_metadata().is_ok()
        || (path.join("objects").is_dir() && path.join("refs").is_dir())
        || path.file_name().is_some_and(|name| name == ".git")
}

fn broken(path: &Path, error: &gix::Error) -> HistoryError {
    if path.join(".git").is_file() && !error.is_permission_denied() {
        return HistoryError::damaged(path, "its file `.git` leads to no repository");
    }
    HistoryError::of(error, path)
}

/// The repository in which a folder lies, as git finds it.
fn above(path: &Path, error: &gix::Error) -> Result<ThreadSafeRepository, HistoryError> {
    let denied = || HistoryError::Denied { path: path.to_owned() };
    let mapping = Mapping { full: options(), reduced: options() };
    let found = ThreadSafeRepository::discover_opts(path, upwards::Options::default(), mapping);
    let hidden = fs::read_dir(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    found.map_err(|found| {
        if hidden || found.is_permission_denied() || error.is_permission_denied() {
            denied()
        } else if found.is_not_found() || !path.is_dir() {
            HistoryError::NotARepository { path: path.to_owned() }
        } else {
            HistoryError::of(&found, path)
        }
    })
}

/// The commit-graph, the repository's own or that of one whose objects it borrows.
fn commit_graph(repository: &gix::Repository) -> (Option<Graph>, CommitGraph) {
    let store = repository.objects.store_ref();
    let borrowed = store.alternate_db_paths().unwrap_or_default();
    for objects in std::iter::once(store.path().to_owned()).chain(borrowed) {
        match Graph::at(&objects.join("info"), repository.object_hash(), None) {
            Ok(graph) => return (Some(graph), CommitGraph::Missing),
            Err(error) if gix::error::classify(&error).is_not_found() => {}
            Err(error) => return (None, CommitGraph::Ignored(causes(&error))),
        }
    }
    (None, CommitGraph::Missing)
}

/// The commit that a name means.
pub(super) fn resolve(repository: &gix::Repository, graph: Option<&Graph>, name: &CommitId) -> Result<ObjectId, Lost> {
    let text = name.to_string();
    let whole = repository.object_hash().len_in_hex();
    match CommitId::parse(&text) {
        Ok(_) if text.len() > whole => Err(Lost::Missing),
        Ok(_) if text.len() == whole => {
            let id = ObjectId::from_hex(text.as_bytes()).map_err(|_| Lost::Missing)?;
            commit_of(repository, graph, id)
        }
        Ok(_) => by_beginning(repository, graph, &text).unwrap_or_else(|| by_reference(repository, graph, &text)),
        Err(_) => by_reference(repository, graph, &text),
    }
}

/// The only commit, or tag of one, whose name begins so.
fn by_beginning(repository: &gix::Repository, graph: Option<&Graph>, digits: &str) -> Option<Result<ObjectId, Lost>> {
    let prefix = gix::hash::Prefix::from_hex(digits).ok()?;
    let mut found = HashSet::new();
    repository.objects.lookup_prefix(prefix, Some(&mut found)).ok()?;
    let mut commits: Vec<_> = found.into_iter().filter_map(|id| commit_of(repository, graph, id).ok()).collect();
    commits.sort_unstable();
    commits.dedup();
    match commits.as_slice() {
        [] => None,
        [only] => Some(Ok(*only)),
        _ => Some(Err(Lost::Ambiguous)),
    }
}

fn by_reference(repository: &gix::Repository, graph: Option<&Graph>, name: &str) -> Result<ObjectId, Lost> {
    let found = repository.try_find_reference(name).ok().flatten();
    let id = found.ok_or(Lost::Missing)?.peel_to_id().map_err(|_| Lost::Unreadable)?.detach();
    commit_of(repository, graph, id)
}

fn commit_of(repository: &gix::Repository, graph: Option<&Graph>, id: ObjectId) -> Result<ObjectId, Lost> {
    if graph.is_some_and(|graph| graph.lookup(id).is_some()) {
        return Ok(id);
    }
    let object = repository.try_find_object(id).map_err(|_| Lost::Unreadable)?.ok_or(Lost::Missing)?;
    let object = object.peel_tags_to_end().map_err(|_| Lost::Unreadable)?;
    if object.kind == Kind::Commit { Ok(object.id) } else { Err(Lost::NotACommit) }
}
