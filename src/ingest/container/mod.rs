//! Archives and compressed files → the files in them: tar, zip, gz, zst, xz, bz2, lz4, by content, one archive in another at most.
//!
//! Everything is read as a stream, one member at a time in memory; nothing is written to disk. The paths in an archive
//! are names, to be shown and never to be used. What cannot be read, or costs too much, is an error of its own, and the
//! rest goes on.

mod kind;
mod limit;

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, BufReader, Cursor, Read, Seek};

use xxhash_rust::xxh3::xxh3_64;
use zip::ZipArchive;

use crate::evidence::clean_line;

use super::problem::ReadError;
use super::zst;

use kind::{Codec, HEAD, Kind};
use limit::{BETWEEN, Gaps, MEMBER, Meter, Packed, Unpacked};

pub(super) use kind::foreign;

/// Frames of lz4 behind each other: its decoder ends with each.
struct Frames<R: Read>(lz4_flex::frame::FrameDecoder<R>);

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => self.0.read(buffer),
            read => Ok(read),
        }
    }
}

/// Why something packed could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackedError {
    /// The data is not what its first bytes say, or ends too early.
    #[error("the {format} data is damaged ({error}), expected it whole; not read from there on")]
    Damaged {
        /// Of which format.
        format: &'static str,
        /// What the decoder says.
        error: String,
    },
    /// A member of more bytes than this.
    #[error("it unpacks to more than {} MiB, expected a log; not read", .0 >> 20)]
    Member(u64),
    /// All members together have more bytes than this.
    #[error("it unpacks to more than {} GiB, expected less; not read from there on", .0 >> 30)]
    Total(u64),
    /// More bytes for each packed one.
    #[error("it unpacks to more than {0} times its size, expected less of logs; not read from there on")]
    Ratio(u64),
    /// More members.
    #[error("it has more than {0} members, expected fewer; not read from there on")]
    Members(u64),
    /// Too much between two members of a tar.
    #[error("more than {} MiB lie between two members, expected a header; not read from there on", .0 >> 20)]
    Between(u64),
    /// An archive in an archive in an archive.
    #[error("found a {0} file two levels deep, expected one archive in another at most; not read")]
    Depth(&'static str),
    /// A member that needs a password.
    #[error("it is encrypted, expected one that needs no password; not read")]
    Encrypted,
    /// Bytes that belong to two members.
    #[error("some of its members lie on top of each other, expected each in a place of its own; not read")]
    Overlap,
    /// A file of more bytes than this.
    #[error("it has more than {} MiB, expected a log; not read", .0 >> 20)]
    File(u64),
}

impl PackedError {
    fn damaged(format: &'static str, error: &io::Error) -> Self {
        Self::Damaged { format, error: printable(&error.to_string()) }
    }
}

/// A file that came out.
#[derive(Debug)]
pub(super) struct Member {
    /// `archive.tar.gz!dir/log.txt`, or the file itself when it is no archive.
    pub(super) name: String,
    /// Whether it lay in an archive.
    pub(super) packed: bool,
    /// What could be read of it.
    pub(super) bytes: Vec<u8>,
    /// Why that is not all.
    pub(super) trouble: Option<ReadError>,
}

/// A file that can be read from its beginning again.
pub(super) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Where the bytes come from.
pub(super) enum Origin {
    /// A file; it may have this many bytes when it is a plain one.
    File(Box<dyn ReadSeek>, u64),
    /// A pipe or a device.
    Stream(Box<dyn Read>, u64),
}

/// Hands on what stands in a file: itself, or what is packed in it. Tells whether it is an archive.
pub(super) fn open(name: &str, origin: Origin, sink: &mut dyn FnMut(Member)) -> bool {
    let meter = Meter::new();
    let mut walk = Walk { meter: &meter, sink, archive: false };
    match origin {
        Origin::File(inner, most) => walk.file(name, inner, most),
        Origin::Stream(inner, most) => {
            let mut input = Packed { inner, meter: &meter };
            walk.content(&Place::top(name, most), &mut input);
        }
    }
    walk.archive
}

/// Text that moves no cursor and hides nothing: a name in an archive may hold anything.
pub(super) fn printable(name: &str) -> String {
    clean_line(name)
}

/// Where we are.
struct Place<'a> {
    name: &'a str,
    /// Archives around it.
    depth: u8,
    /// Whether it was compressed, in this place.
    compressed: bool,
    /// As many bytes as a plain file may have.
    most: u64,
}

impl<'a> Place<'a> {
    const fn top(name: &'a str, most: u64) -> Self {
        Self { name, depth: 0, compressed: false, most }
    }
}

struct Walk<'m, 's> {
    meter: &'m Meter,
    sink: &'s mut dyn FnMut(Member),
    /// Whether members came.
    archive: bool,
}

impl Walk<'_, '_> {
    fn file(&mut self, name: &str, mut inner: Box<dyn ReadSeek>, most: u64) {
        let place = Place::top(name, most);
        let zip = match head(&mut inner) {
            Ok(head) => Kind::of(&head) == Kind::Zip,
            Err(error) => return self.fail(&place, ReadError::Io(error)),
        };
        if let Err(error) = inner.rewind() {
            return self.fail(&place, ReadError::Io(error));
        }
        let mut input = Packed { inner, meter: self.meter };
        if zip { self.zip(&place, BufReader::new(input)) } else { self.content(&place, &mut input) }
    }

    /// Bytes of which nothing is known yet.
    fn content(&mut self, place: &Place<'_>, input: &mut dyn Read) {
        let head = match head(input) {
            Ok(head) => head,
            Err(error) => return self.fail(place, self.trouble(place, &error)),
        };
        let kind = Kind::of(&head);
        let mut input = Cursor::new(head).chain(input);
        // Archives may lie in one other; so may what was compressed twice.
        let deep = place.depth + u8::from(place.compressed && matches!(kind, Kind::Compressed(_)));
        match kind {
            Kind::Plain => self.plain(place, &mut input),
            Kind::Compressed(_) | Kind::Tar | Kind::Zip if deep > 1 => {
                self.fail(place, PackedError::Depth(kind.name().unwrap_or_default()).into());
            }
            Kind::Compressed(codec) => self.compressed(&Place { depth: deep, ..*place }, codec, &mut input),
            Kind::Tar => self.tar(place, &mut input),
            Kind::Zip => self.zip_in_memory(place, &mut input),
        }
    }

    fn plain(&mut self, place: &Place<'_>, input: &mut dyn Read) {
        let mut bytes = Vec::new();
        let trouble = match input.take(place.most + 1).read_to_end(&mut bytes) {
            Err(error) => Some(self.trouble(place, &error)),
            Ok(_) if bytes.len() as u64 > place.most => {
                bytes = Vec::new();
                let packed = place.depth > 0 || place.compressed;
                Some(if packed { PackedError::Member(place.most) } else { PackedError::File(place.most) }.into())
            }
            Ok(_) => None,
        };
        (self.sink)(Member { name: place.name.to_owned(), packed: place.depth > 0, bytes, trouble });
    }

    fn compressed(&mut self, place: &Place<'_>, codec: Codec, input: &mut dyn Read) {
        /// What a decoder may keep in memory, in kB. `xz -9` asks for 65 MB.
        const MEMORY: u32 = 128 << 10;
        let decoder: Box<dyn Read + '_> = match codec {
            Codec::Gz => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Codec::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(BufReader::new(input), true, MEMORY)),
            Codec::Bz2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
            Codec::Lz4 => Box::new(Frames(lz4_flex::frame::FrameDecoder::new(input))),
            Codec::Zst => match zst::decoder(input) {
                Ok(decoder) => decoder,
                Err(error) => return self.fail(place, PackedError::damaged("zst", &error).into()),
            },
        };
        let mut output = Unpacked { inner: decoder, meter: self.meter };
        self.content(&Place { compressed: true, most: MEMBER, ..*place }, &mut output);
    }

    fn tar(&mut self, place: &Place<'_>, input: &mut dyn Read) {
        let allowance = Cell::new(BETWEEN);
        let mut archive = tar::Archive::new(Gaps { inner: input, meter: self.meter, allowance: &allowance });
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.fail(place, self.trouble_of("tar", &error)),
        };
        self.archive = true;
        let mut names = Names::new(place.name);
        for entry in entries {
            allowance.set(u64::MAX);
            let (size, mut entry) = match entry.and_then(|entry| Ok((entry.header().entry_size()?, entry))) {
                Ok(entry) => entry,
                Err(error) => return self.fail(place, self.trouble_of("tar", &error)),
            };
            if !entry.header().entry_type().is_dir() {
                if let Err(error) = self.meter.member() {
                    return self.fail(place, error.into());
                }
                self.entry(&names.of(&entry.path_bytes()), place, &mut entry);
            }
            allowance.set(size.saturating_add(BETWEEN));
        }
    }

    fn entry<R: Read>(&mut self, name: &str, archive: &Place<'_>, entry: &mut tar::Entry<'_, R>) {
        let place = Place { name, depth: archive.depth + 1, compressed: false, most: MEMBER };
        let kind = entry.header().entry_type();
        if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            self.content(&place, entry);
        } else {
            self.fail(&place, ReadError::NoFile("a link or a device"));
        }
    }

    /// A zip has its table at its end: without a file to go back in, it must be in memory.
    fn zip_in_memory(&mut self, place: &Place<'_>, input: &mut dyn Read) {
        /// From a pipe; in another archive it is a member like any other.
        const PIPED: u64 = 256 << 20;
        let most = if place.depth > 0 || place.compressed { MEMBER } else { PIPED };
        let mut bytes = Vec::new();
        match input.take(most + 1).read_to_end(&mut bytes) {
            Err(error) => self.fail(place, self.trouble(place, &error)),
            Ok(_) if bytes.len() as u64 > most => self.fail(place, PackedError::Member(most).into()),
            Ok(_) => self.zip(place, Cursor::new(bytes)),
        }
    }

    fn zip(&mut self, place: &Place<'_>, input: impl Read + Seek) {
        let mut archive = match ZipArchive::new(input) {
            Ok(archive) => archive,
            Err(error) => return self.fail(place, damaged_zip(&error)),
        };
        self.archive = true;
        // Each member costs its own bytes once: else a small file is a flood.
        match archive.has_overlapping_entries() {
            Ok(false) => {}
            Ok(true) => return self.fail(place, PackedError::Overlap.into()),
            Err(error) => return self.fail(place, damaged_zip(&error)),
        }
        let mut names = Names::new(place.name);
        for index in 0..archive.len() {
            if let Err(error) = self.meter.member() {
                return self.fail(place, error.into());
            }
            let name = match archive.name_for_index(index) {
                Some(Ok(name)) => names.of(name.as_bytes()),
                _ => names.of(b"?"),
            };
            let inner = Place { name: &name, depth: place.depth + 1, compressed: false, most: MEMBER };
            match archive.by_index(index) {
                Ok(member) if member.is_dir() => {}
                Ok(member) if member.is_symlink() => self.fail(&inner, ReadError::NoFile("a link")),
                Ok(member) => self.content(&inner, &mut Unpacked { inner: member, meter: self.meter }),
                Err(error) if error.to_string().contains("assword") => {
                    self.fail(&inner, PackedError::Encrypted.into());
                }
                Err(error) => self.fail(&inner, damaged_zip(&error)),
            }
        }
    }

    fn fail(&mut self, place: &Place<'_>, trouble: ReadError) {
        let packed = place.depth > 0;
        (self.sink)(Member { name: place.name.to_owned(), packed, bytes: Vec::new(), trouble: Some(trouble) });
    }

    /// Why the bytes at this place could not be had.
    fn trouble(&self, place: &Place<'_>, error: &io::Error) -> ReadError {
        match (place.depth, place.compressed) {
            (0, false) => ReadError::Io(io::Error::new(error.kind(), error.to_string())),
            _ => self.trouble_of("packed", error),
        }
    }

    fn trouble_of(&self, format: &'static str, error: &io::Error) -> ReadError {
        self.meter.cause(format, error).into()
    }
}

fn damaged_zip(error: &zip::result::ZipError) -> ReadError {
    PackedError::damaged("zip", &io::Error::other(error.to_string())).into()
}

/// The first bytes, as many as there are up to [`HEAD`].
fn head(input: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    input.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Names for the members of one archive; no two are the same.
struct Names<'a> {
    archive: &'a str,
    /// How often a name was there, by its hash: a million names take 16 MB.
    seen: HashMap<u64, u32>,
}

impl<'a> Names<'a> {
    fn new(archive: &'a str) -> Self {
        Self { archive, seen: HashMap::new() }
    }

    fn of(&mut self, name: &[u8]) -> String {
        let name = printable(&String::from_utf8_lossy(name));
        let times = self.seen.entry(xxh3_64(name.as_bytes())).or_insert(0);
        *times += 1;
        match *times {
            1 => format!("{}!{name}", self.archive),
            times => format!("{}!{name}~{times}", self.archive),
        }
    }
}
