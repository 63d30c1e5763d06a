//! Records → inputs: one JSON object a line, `{"id": …, "text": …}` or `{"id": …, "path": …}`, as an engine or a job array
//! hands them to a program. One line at a time is in memory.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::evidence::{Line, Source};

use super::ReadError;
use super::container::printable;
use super::source::{Input, listed};

/// A line with more bytes is no record.
const LONGEST: usize = 1 << 30;

/// What a record is called: it comes back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// One line of records.
#[derive(Debug)]
pub struct RawRecord {
    /// The line of the stream, from 1 on.
    pub line: Line,
    /// Counted from 0; blank lines do not count.
    pub index: u64,
    bytes: Vec<u8>,
    /// How many bytes it has, when they are too many to keep.
    too_long: Option<usize>,
}

/// A record.
#[derive(Debug)]
pub struct Record {
    /// What it is called; missing when it does not say.
    pub id: Option<Id>,
    /// What it stands for: one input, or several for the path of an archive; or why there is none.
    pub inputs: Result<Vec<Input>, ReadError>,
}

/// The fields; others are left alone.
#[derive(Deserialize)]
struct Fields {
    id: Option<Id>,
    text: Option<String>,
    path: Option<PathBuf>,
}

/// The lines of a stream of records.
#[derive(Debug)]
pub struct Records<R> {
    reader: R,
    line: u32,
    index: u64,
    /// Whether reading failed: it would fail again and again.
    broken: bool,
}

impl<R: BufRead> Records<R> {
    /// Nothing is read yet.
    #[must_use]
    pub const fn new(reader: R) -> Self {
        Self { reader, line: 0, index: 0, broken: false }
    }

    /// The next line that is not blank; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            let mut bytes = Vec::new();
            let mut length = self.reader.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut bytes)?;
            if length == 0 {
                return Ok(None);
            }
            self.line = self.line.saturating_add(1);
            let too_long = length > LONGEST && bytes.last() != Some(&b'\n');
            if too_long {
                bytes = Vec::new();
                length += self.reader.skip_until(b'\n')?;
            } else if bytes.trim_ascii().is_empty() {
                continue;
            }
            bytes.truncate(bytes.trim_ascii_end().len());
            self.index += 1;
            let too_long = too_long.then_some(length);
            return Ok(Some(RawRecord { line: Line(self.line), index: self.index - 1, bytes, too_long }));
        }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = io::Result<RawRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let next = self.next_line().transpose();
        self.broken = matches!(next, Some(Err(_)));
        next
    }
}

impl RawRecord {
    /// How many bytes it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Reads the record. A text is called by its id, or by its line in `name`; what a path stands for is read here.
    #[must_use]
    pub fn open(self, name: &str) -> Record {
        let nameless = |why: String| Record { id: None, inputs: Err(ReadError::Record(why)) };
        if let Some(length) = self.too_long {
            return nameless(format!("a line of {length} bytes, more than {LONGEST}"));
        }
        let Fields { id, text, path } = match serde_json::from_slice(&self.bytes) {
            Ok(fields) => fields,
            Err(error) => return nameless(described(&error)),
        };
        let mut inputs = Vec::new();
        match (text, path) {
            (Some(text), _) => {
                let name = id.as_ref().map_or_else(|| format!("{name}:{}", self.line), |id| printable(&id.to_string()));
                inputs.push(Input::of_text(Source::new(name).owning(text.into_bytes())));
            }
            (None, Some(path)) => {
                listed(&path, &mut |input| inputs.push(input));
            }
            (None, None) => {
                return Record {
                    id,
                    inputs: Err(ReadError::Record("an object with neither text nor path".to_owned())),
                };
            }
        }
        Record { id, inputs: Ok(inputs) }
    }
}

/// What is wrong with the JSON; the line is not serde's.
fn described(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    format!("what is no such object ({text}, column {})", error.column())
}

/// Hands on what the records of a stream stand for.
pub fn inputs(name: &Path, reader: impl BufRead, sink: &mut dyn FnMut(Input)) {
    let name = printable(&name.to_string_lossy());
    for record in Records::new(reader) {
        let (place, opened) = match record {
            Ok(record) => (format!("{name}:{}", record.line), record.open(&name).inputs),
            Err(error) => (name.clone(), Err(ReadError::Io(error))),
        };
        match opened {
            Ok(inputs) => inputs.into_iter().for_each(&mut *sink),
            Err(error) => sink(Input::failed(Path::new(&place), true, error)),
        }
    }
}
