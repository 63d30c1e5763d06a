//! Paths → inputs: folders are walked in a stable order, patterns matched, archives opened, `-` is standard input.
//! One input at a time, so that an archive of any size passes through.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::GlobSet;
use walkdir::{DirEntry, WalkDir};

use crate::evidence::{Line, Source};
use crate::history::History;

use super::container::{self, Member, Origin};
use super::pattern::patterns;
use super::problem::{Flaw, Place, Problem, is_address};
use super::table::Columns;
use super::{ReadError, Reading, read_beside};

/// A plain file with more bytes is no log: the longest have 10 MB.
const FILE: u64 = 1 << 30;
/// A pipe or a device may never end.
const STREAM: u64 = 256 << 20;

/// One thing to read.
#[derive(Debug)]
pub struct Input {
    /// Its name, as the user wrote it or as found in a folder or an archive; with its bytes.
    pub source: Source,
    /// Whether the user named it: then it must hold a bisection. Inside a folder or an archive it need not.
    pub named: bool,
    /// Why its bytes could not be had, or not all of them.
    trouble: Option<ReadError>,
}

/// Hands on everything that `path` stands for, and says what kind of place it is; `None` for a file.
///
/// A file that was named, and that is no archive, is itself. Of a folder: everything below, in the order of the names. Of a
/// pattern (`logs/*.txt`): what matches, when no file is called so. Of an archive: what is packed in it, in its order.
///
/// ```
/// use bisectstat::ingest::source::inputs;
/// use bisectstat::ingest::table::Columns;
///
/// let mut bisections = Vec::new();
/// inputs("data".as_ref(), &mut |input| {
///     // What cannot be read is an error of its own, and what is no log is not asked for.
///     bisections.extend(input.read(&Columns::new()).into_iter().flat_map(|reading| reading.bisections));
/// });
/// assert_eq!(bisections.len(), 5);
/// ```
pub fn inputs(path: &Path, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    let text = path.to_string_lossy();
    if text == "-" {
        return stdin(sink);
    }
    if is_address(&text) && fs::symlink_metadata(path).is_err() {
        sink(Input::failed(path, true, ReadError::Address(text.into_owned())));
        return None;
    }
    if path.is_dir() {
        folder(path, sink);
        return Some(Place::Folder);
    }
    if text.contains(['*', '?', '[', '{']) && fs::symlink_metadata(path).is_err() {
        pattern(&text, sink);
        return Some(Place::Folder);
    }
    file(path, true, sink)
}

/// As [`inputs`] for a path that was listed: it is no pattern, and `-` is a file.
pub fn listed(path: &Path, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    if path.is_dir() {
        folder(path, sink);
        return Some(Place::Folder);
    }
    file(path, true, sink)
}

/// As [`inputs`] for bytes that are in memory, under the name of the file that they are from.
///
/// ```
/// use bisectstat::ingest::source::packed;
///
/// let mut names = Vec::new();
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// packed("log.txt", log, &mut |input| names.push(input.source.path));
/// assert_eq!(names, ["log.txt"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn packed(name: &str, bytes: Vec<u8>, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    unpack(name, Origin::File(Box::new(io::Cursor::new(bytes)), FILE), true, sink)
}

fn stdin(sink: &mut dyn FnMut(Input)) -> Option<Place> {
    unpack("-", Origin::Stream(Box::new(io::stdin()), STREAM), true, sink)
}

fn folder(path: &Path, sink: &mut dyn FnMut(Input)) {
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        found(path, entry, sink);
    }
}

fn found(folder: &Path, entry: walkdir::Result<DirEntry>, sink: &mut dyn FnMut(Input)) {
    match entry {
        Ok(entry) if entry.file_type().is_dir() => {}
        Ok(entry) if entry.file_type().is_file() => {
            file(entry.path(), false, sink);
        }
        Ok(entry) => sink(Input::failed(entry.path(), false, ReadError::NoFile(kind(entry.file_type())))),
        Err(error) => {
            let path = error.path().unwrap_or(folder).to_owned();
            sink(Input::failed(&path, false, ReadError::Io(error.into())));
        }
    }
}

/// What an entry is that has no bytes of its own: to open it could wait for ever.
#[cfg(unix)]
fn kind(entry: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if entry.is_fifo() => "a named pipe",
        () if entry.is_socket() => "a socket",
        () if entry.is_char_device() || entry.is_block_device() => "a device",
        () => "something that is no file",
    }
}

#[cfg(not(unix))]
const fn kind(_entry: FileType) -> &'static str {
    "something that is no file"
}

/// Everything that a pattern matches, as if each had been named.
fn pattern(text: &str, sink: &mut dyn FnMut(Input)) {
    let glob = match patterns([text]) {
        Ok(glob) => glob,
        Err((_, error)) => return sink(Input::failed(Path::new(text), true, error.into())),
    };
    let mut any = false;
    let base = base(text);
    let mut walk = WalkDir::new(base.as_deref().unwrap_or(Path::new("."))).follow_links(true).sort_by_file_name();
    if !text.contains("**") {
        let below = Path::new(text).components().count() - base.iter().flat_map(|base| base.components()).count();
        walk = walk.max_depth(below);
    }
    let mut walk = walk.into_iter();
    while let Some(entry) = walk.next() {
        let Ok(entry) = entry else { continue };
        let path = if base.is_some() { entry.path() } else { entry.path().strip_prefix(".").unwrap_or(entry.path()) };
        if !matches(&glob, path) {
            continue;
        }
        any = true;
        if entry.file_type().is_dir() {
            folder(path, sink);
            walk.skip_current_dir();
        } else if entry.file_type().is_file() {
            file(path, true, sink);
        } else {
            sink(Input::failed(path, false, ReadError::NoFile(kind(entry.file_type()))));
        }
    }
    if !any {
        sink(Input::failed(Path::new(text), true, ReadError::NoMatch));
    }
}

fn matches(glob: &GlobSet, path: &Path) -> bool {
    !path.as_os_str().is_empty() && glob.is_match(path)
}

/// The folder above the first component that is a pattern; none for the working directory.
fn base(text: &str) -> Option<PathBuf> {
    let literal = |component: &Component<'_>| !component.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    let base: PathBuf = Path::new(text).components().take_while(literal).collect();
    Some(base).filter(|base| !base.as_os_str().is_empty())
}

fn file(path: &Path, named: bool, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            sink(Input::failed(path, named, ReadError::Io(error)));
            return None;
        }
    };
    let origin =
        if metadata.is_file() { Origin::File(Box::new(file), FILE) } else { Origin::Stream(Box::new(file), STREAM) };
    unpack(&container::printable(&path.to_string_lossy()), origin, named, sink)
}

fn unpack(name: &str, origin: Origin, named: bool, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    let archive = container::open(name, origin, &mut |member| {
        let Member { name, packed, bytes, trouble } = member;
        let source = Source::new(name).owning(bytes);
        sink(Input { source, named: named && !packed, trouble });
    });
    archive.then_some(Place::Archive)
}

impl Input {
    /// A text that somebody handed over.
    pub(super) const fn of_text(source: Source) -> Self {
        Self { source, named: true, trouble: None }
    }

    /// Something whose bytes could not be had.
    #[must_use]
    pub fn failed(path: &Path, named: bool, error: ReadError) -> Self {
        let source = Source::new(container::printable(&path.to_string_lossy()));
        Self { source, named, trouble: Some(error) }
    }

    /// Why its bytes could not be had, or not all of them.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.as_ref().map(ToString::to_string)
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.source.bytes().len()
    }

    /// Whether it holds no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the bisections, with what was told of a table's columns.
    ///
    /// # Errors
    /// As [`crate::ingest::read`], and why the bytes could not be had.
    pub fn read(self, columns: &Columns) -> Result<Reading, ReadError> {
        self.read_beside(columns, None)
    }

    /// The same, with the history of the tested revisions.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_beside(self, columns: &Columns, history: Option<&History>) -> Result<Reading, ReadError> {
        let Self { source, trouble, .. } = self;
        match (read_beside(source.bytes(), &source, columns, history), trouble) {
            (Ok(mut reading), Some(trouble)) => {
                let last = u32::try_from(source.lines().count()).unwrap_or(u32::MAX);
                let flaw = Flaw::Packed(trouble.to_string());
                reading.problems.push(Problem { line: source.number(Line(last)), flaw });
                Ok(reading)
            }
            (Err(_), Some(trouble)) => Err(trouble),
            (read, None) => read,
        }
    }
}
