//! A folder of frames that is written batch by batch, and that a killed run leaves whole.
//!
//! Each batch becomes a part: a folder under `.parts`, written aside, flushed to the disk, then renamed. A part is named
//! by what it was made from ([`Key`]), so its name is the proof that it is whole and still wanted. At the end the parts
//! are put together in the order of the inputs, one row group each; then every file gets its final name, the manifest
//! last. So a manifest tells that the files beside it belong together, and which rows came from which inputs.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use polars::prelude::{DataFrame, PolarsResult};
use polars_io::SerReader;
use polars_io::prelude::{FileMetadata, ParquetReader};
use serde::{Deserialize, Serialize};

use super::io::{FrameFormat, FrameWriter};
use super::{Frames, completed, schema};

/// The file that tells what was read.
pub(crate) const MANIFEST: &str = "manifest.ndjson";
const PARTS: &str = ".parts";
const LOCK: &str = "lock";

/// What a part was made from: a hash of its inputs and of all settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// Of a hash.
    #[must_use]
    pub fn of(hash: u128) -> Self {
        Self(format!("{hash:032x}"))
    }

    /// The key of a part that cannot stand for its inputs alone: it is made again each time.
    #[must_use]
    pub fn never_again(&self) -> Self {
        Self(format!("{}-{AGAIN}", self.0))
    }
}

const AGAIN: &str = "again";

/// An input of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its name.
    pub path: String,
    /// The xxh3 hash of its bytes, in hexadecimal digits.
    pub xxh3: String,
}

/// A line of the manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    key: Key,
    /// Rows in each frame, in the order of [`Frames::named`].
    rows: [usize; 7],
    inputs: Vec<Content>,
}

/// A folder of frames that is being written.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    parts: PathBuf,
    /// Held as long as this run lasts.
    lock: File,
    /// What the folder held before, by key: where its rows are in each frame.
    before: HashMap<Key, [Range<usize>; 7]>,
    files: Option<Vec<(PathBuf, Arc<FileMetadata>)>>,
    done: Vec<Entry>,
    /// The part that is being written while the inputs of the next one are read.
    writing: Option<JoinHandle<PolarsResult<()>>>,
    resume: bool,
    /// Whether a finished run has written here.
    used: bool,
}

impl Store {
    /// Opens the folder, and makes it when it is missing. Without `resume` nothing of an earlier run is used.
    ///
    /// # Errors
    /// When the folder cannot be written, or another run writes there.
    pub fn open(dir: &Path, resume: bool) -> PolarsResult<Self> {
        let parts = dir.join(PARTS);
        if !resume && parts.exists() {
            locked(&parts)?;
            fs::remove_dir_all(&parts)?;
        }
        fs::create_dir_all(&parts)?;
        let used = dir.join(MANIFEST).is_file();
        let lock = locked(&parts)?;
        let (dir, before, files, done) = (dir.to_owned(), HashMap::new(), None, Vec::new());
        let mut store = Self { dir, parts, lock, before, files, done, writing: None, resume, used };
        if resume {
            // Damage means that nothing is held.
            (store.before, store.files) = store.finished().unwrap_or_default();
        }
        Ok(store)
    }

    /// Where the rows of each part are in the files of an earlier run, when that was finished.
    #[expect(clippy::type_complexity, reason = "two fields of one struct")]
    fn finished(&self) -> PolarsResult<(HashMap<Key, [Range<usize>; 7]>, Option<Vec<(PathBuf, Arc<FileMetadata>)>>)> {
        let (mut held, mut ends) = (HashMap::new(), [0; 7]);
        for line in BufReader::new(File::open(self.dir.join(MANIFEST))?).lines() {
            let entry: Entry = serde_json::from_str(&line?).map_err(io::Error::from)?;
            let starts = ends;
            ends = std::array::from_fn(|i| starts[i] + entry.rows[i]);
            held.insert(entry.key, std::array::from_fn(|i| starts[i]..ends[i]));
        }
        let mut files = Vec::new();
        for ((name, ..), rows) in empty().named().into_iter().zip(ends) {
            let path = self.dir.join(name).with_extension(FrameFormat::Parquet.extension());
            let mut reader = ParquetReader::new(File::open(&path)?);
            let metadata = Arc::clone(reader.get_metadata()?);
            if metadata.num_rows != rows {
                return Ok((HashMap::new(), None));
            }
            files.push((path, metadata));
        }
        Ok((held, Some(files)))
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The part of this key, when an earlier run has made it.
    pub fn recall(&mut self, key: &Key, inputs: &[Content]) -> Option<Frames> {
        if !self.resume {
            return None;
        }
        // What cannot be read is made again.
        let kept = read(&self.parts, key).ok().or_else(|| {
            let frames = self.extract(key)?;
            write(&self.parts, key, &frames).ok()?;
            Some(frames)
        })?;
        self.done.push(Entry { key: key.clone(), rows: rows(&kept), inputs: inputs.to_vec() });
        Some(kept)
    }

    /// Keeps the frames of one part, which come after those of the parts before. They are written while the caller goes on;
    /// one part at a time.
    ///
    /// # Errors
    /// When the part before cannot be written; then nothing of it is left.
    pub fn put(&mut self, key: &Key, frames: Frames, inputs: Vec<Content>) -> PolarsResult<()> {
        self.settle()?;
        self.done.push(Entry { key: key.clone(), rows: rows(&frames), inputs });
        let (parts, key) = (self.parts.clone(), key.clone());
        self.writing = Some(std::thread::spawn(move || write(&parts, &key, &frames)));
        Ok(())
    }

    /// Leaves the parts that are there for a later run.
    pub fn leave(mut self) {
        // What went wrong first is told already.
        let _ = self.settle();
    }

    /// Waits for the part that is being written: who does so before the next one is made loses one at most when killed.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is left.
    pub fn settle(&mut self) -> PolarsResult<()> {
        let written = self.writing.take().map(JoinHandle::join);
        written.unwrap_or(Ok(Ok(()))).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// The rows of a part in the files of an earlier run.
    fn extract(&self, key: &Key) -> Option<Frames> {
        let (ranges, files) = (self.before.get(key)?, self.files.as_ref()?);
        let mut read = [const { None }; 7];
        for (i, ((path, metadata), range)) in files.iter().zip(ranges).enumerate() {
            let mut reader = ParquetReader::new(File::open(path).ok()?);
            reader.set_metadata(Arc::clone(metadata));
            let frame = match range.len() {
                0 => None,
                rows => Some(reader.with_slice(Some((range.start, rows))).finish().ok()?),
            };
            read[i] = frame;
        }
        Some(of_parts(read))
    }

    /// Puts the parts together, gives every file its final name, and forgets the parts.
    ///
    /// # Errors
    /// When a file cannot be written; the parts are then still there to resume from.
    pub fn finish(mut self, format: FrameFormat) -> PolarsResult<()> {
        self.settle()?;
        let mut ready = Vec::new();
        let merged = self.merge(format, &mut ready).and_then(|()| self.manifest(&mut ready));
        let done = merged.and_then(|()| {
            // From here until the last name is given there is no manifest: what lies there may not belong together.
            match fs::remove_file(self.dir.join(MANIFEST)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => sync_dir(&self.dir)?,
            }
            for (aside, path) in &ready {
                fs::rename(aside, path)?;
            }
            self.tidy(format);
            Ok(sync_dir(&self.dir)?)
        });
        if done.is_err() {
            for (aside, _) in &ready {
                let _ = fs::remove_file(aside);
            }
        }
        done?;
        drop(self.lock);
        Ok(fs::remove_dir_all(&self.parts)?)
    }

    /// Removes the frames that a finished run left in another format: they would belong to nothing.
    fn tidy(&self, format: FrameFormat) {
        let others = || FrameFormat::ALL.into_iter().filter(|other| *other != format);
        for (name, ..) in empty().named().into_iter().filter(|_| self.used) {
            for other in others() {
                // It need not be there.
                let _ = fs::remove_file(self.dir.join(name).with_extension(other.extension()));
            }
        }
    }

    fn merge(&self, format: FrameFormat, ready: &mut Vec<(PathBuf, PathBuf)>) -> PolarsResult<()> {
        for (i, (name, _, columns)) in empty().named().into_iter().enumerate() {
            let path = self.dir.join(name).with_extension(format.extension());
            let aside = path.with_extension("partial");
            ready.push((aside.clone(), path));
            written(&aside, |file| {
                let mut writer = FrameWriter::new(file, &schema(columns), format)?;
                for entry in self.done.iter().filter(|entry| entry.rows[i] > 0) {
                    writer.write(&mut read_part(&part(&self.parts, &entry.key), name)?)?;
                }
                writer.finish()
            })?;
        }
        Ok(())
    }

    fn manifest(&self, ready: &mut Vec<(PathBuf, PathBuf)>) -> PolarsResult<()> {
        let path = self.dir.join(MANIFEST);
        let aside = path.with_extension("partial");
        ready.push((aside.clone(), path));
        written(&aside, |file| {
            for entry in &self.done {
                serde_json::to_writer(&mut *file, entry).map_err(io::Error::from)?;
                writeln!(file)?;
            }
            Ok(())
        })
    }
}

/// The lock of a folder of parts.
fn locked(parts: &Path) -> io::Result<File> {
    let lock = File::create(parts.join(LOCK))?;
    match lock.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::Error::other("another run writes here")),
        // A file system without locks is no reason to stop.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(lock),
    }
}

fn part(parts: &Path, key: &Key) -> PathBuf {
    parts.join(&key.0)
}

/// Writes a part, whole or not at all.
fn write(parts: &Path, key: &Key, frames: &Frames) -> PolarsResult<()> {
    let (part, aside) = (part(parts, key), parts.join(format!("{}.partial", key.0)));
    for old in [&part, &aside] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    let written = write_part(&aside, frames).and_then(|()| Ok(fs::rename(&aside, &part)?));
    if written.is_err() {
        // The disk may be full: this makes place, and the first error is the one to tell.
        let _ = fs::remove_dir_all(&aside);
    }
    written.and_then(|()| Ok(sync_dir(parts)?))
}

fn read(parts: &Path, key: &Key) -> PolarsResult<Frames> {
    let mut read = [const { None }; 7];
    for (frame, (name, ..)) in read.iter_mut().zip(empty().named()) {
        *frame = Some(read_part(&part(parts, key), name)?);
    }
    Ok(of_parts(read))
}

fn write_part(aside: &Path, frames: &Frames) -> PolarsResult<()> {
    fs::create_dir(aside)?;
    for (name, frame, columns) in frames.named() {
        written(&aside.join(name), |file| {
            let mut writer = FrameWriter::new(file, &schema(columns), FrameFormat::Parquet)?;
            writer.write(&mut completed(frame, columns)?)?;
            writer.finish()
        })?;
    }
    Ok(sync_dir(aside)?)
}

fn read_part(part: &Path, name: &str) -> PolarsResult<DataFrame> {
    ParquetReader::new(File::open(part.join(name))?).finish()
}

/// Frames in the order of [`Frames::named`]; missing ones are empty.
fn of_parts(mut read: [Option<DataFrame>; 7]) -> Frames {
    let mut frames = empty();
    let places = [
        &mut frames.bisections,
        &mut frames.steps,
        &mut frames.runs,
        &mut frames.titles,
        &mut frames.gaps,
        &mut frames.findings,
        &mut frames.skipped,
    ];
    for (place, frame) in places.into_iter().zip(&mut read) {
        if let Some(frame) = frame.take() {
            *place = frame;
        }
    }
    frames
}

fn empty() -> Frames {
    Frames::empty()
}

fn rows(frames: &Frames) -> [usize; 7] {
    frames.named().map(|(_, frame, _)| frame.height())
}

/// Writes a file to the disk.
fn written(path: &Path, write: impl FnOnce(&mut Noting) -> PolarsResult<()>) -> PolarsResult<()> {
    let mut file = Noting { file: BufWriter::new(File::create(path)?), error: None };
    let done = write(&mut file).and_then(|()| Ok(file.flush()?));
    match file.error.take() {
        Some(error) => Err(error.into()),
        None => done.and_then(|()| Ok(file.file.get_ref().sync_all()?)),
    }
}

/// A file that knows why it could not be written: the writers of formats do not all tell.
struct Noting {
    file: BufWriter<File>,
    error: Option<io::Error>,
}

impl Noting {
    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            kind.into()
        })
    }
}

impl Write for Noting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.file.write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.file.flush();
        self.note(done)
    }
}

/// Makes the names in a folder last.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
const fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}
