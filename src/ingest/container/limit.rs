//! How much an archive may unpack to. A bomb stops at a limit; what stands before it is kept.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Seek, SeekFrom};

use super::PackedError;

/// One member, unpacked. The longest logs have 10 MB, where the program that writes them cuts them.
pub(super) const MEMBER: u64 = 64 << 20;
/// Unpacked bytes for each packed one. Logs that repeat each other come to 30 with xz, zeros to 1000 with gz.
const RATIO: u64 = 250;
/// Below this the ratio says nothing: so much hurts nobody, and a member that is too large is told as such.
const RATIO_COUNTS_FROM: u64 = 4 * MEMBER;
/// All members of one file. Ten times an archive of 100 000 logs of 15 kB.
const TOTAL: u64 = 16 << 30;
/// Members of one file: ten times such an archive.
const MEMBERS: u64 = 1_000_000;
/// What lies between two members of a tar: headers and long names.
pub(super) const BETWEEN: u64 = 4 << 20;

/// What one file has cost so far, with all that is packed in it.
#[derive(Debug)]
pub(super) struct Meter {
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    members: Cell<u64>,
    tripped: RefCell<Option<PackedError>>,
}

impl Meter {
    pub(super) const fn new() -> Self {
        Self { packed: Cell::new(0), unpacked: Cell::new(0), members: Cell::new(0), tripped: RefCell::new(None) }
    }

    /// One more member.
    pub(super) fn member(&self) -> Result<(), PackedError> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > MEMBERS { Err(PackedError::Members(MEMBERS)) } else { Ok(()) }
    }

    fn unpack(&self, bytes: u64) -> Result<(), PackedError> {
        self.unpacked.set(self.unpacked.get().saturating_add(bytes));
        let (packed, unpacked) = (self.packed.get(), self.unpacked.get());
        if unpacked > TOTAL {
            return Err(PackedError::Total(TOTAL));
        }
        if unpacked > RATIO_COUNTS_FROM && unpacked / packed.max(1) > RATIO {
            return Err(PackedError::Ratio(RATIO));
        }
        Ok(())
    }

    /// Notes a limit, and gives what stops the reader.
    fn trip(&self, error: PackedError) -> io::Error {
        let message = error.to_string();
        self.tripped.replace(Some(error));
        io::Error::other(message)
    }

    /// Why reading failed: a limit, or else the error itself.
    pub(super) fn cause(&self, format: &'static str, error: &io::Error) -> PackedError {
        self.tripped.take().unwrap_or_else(|| PackedError::damaged(format, error))
    }
}

/// The file itself: counts what is read of it.
pub(super) struct Packed<'m, R> {
    pub(super) inner: R,
    pub(super) meter: &'m Meter,
}

impl<R: Read> Read for Packed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.meter.packed.set(self.meter.packed.get().saturating_add(n as u64));
        Ok(n)
    }
}

impl<R: Seek> Seek for Packed<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// What comes out: stops at a limit.
pub(super) struct Unpacked<'m, R> {
    pub(super) inner: R,
    pub(super) meter: &'m Meter,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.meter.unpack(n as u64).map_err(|error| self.meter.trip(error))?;
        Ok(n)
    }
}

/// A tar: long names are read whole into memory, so what lies between two members is limited.
pub(super) struct Gaps<'m, R> {
    pub(super) inner: R,
    pub(super) meter: &'m Meter,
    /// What may be read until the next member begins.
    pub(super) allowance: &'m Cell<u64>,
}

impl<R: Read> Read for Gaps<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let left = self.allowance.get().checked_sub(n as u64);
        self.allowance.set(left.ok_or_else(|| self.meter.trip(PackedError::Between(BETWEEN)))?);
        Ok(n)
    }
}
