//! Zstandard, unpacked: by the library that polars has, or, in a browser, by one that is Rust throughout.

#[cfg(not(target_family = "wasm"))]
use std::io::{self, Read};

/// What the frames hold, one behind the other.
#[cfg(not(target_family = "wasm"))]
pub(super) fn decoder<'p>(packed: impl Read + 'p) -> io::Result<Box<dyn Read + 'p>> {
    Ok(Box::new(zstd::Decoder::new(packed)?))
}

#[cfg(target_family = "wasm")]
pub(super) use portable::decoder;

#[cfg(target_family = "wasm")]
mod portable {
    use std::io::{self, BufRead, BufReader, Read};

    use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
    use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

    #[expect(clippy::unnecessary_wraps, reason = "as the other one")]
    pub(in crate::ingest) fn decoder<'p>(packed: impl Read + 'p) -> io::Result<Box<dyn Read + 'p>> {
        Ok(Box::new(Frames { packed: BufReader::new(packed), decoder: FrameDecoder::new(), open: false }))
    }

    struct Frames<R> {
        packed: BufReader<R>,
        decoder: FrameDecoder,
        /// Whether a frame has begun.
        open: bool,
    }

    impl<R: Read> Read for Frames<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            while self.decoder.can_collect() == 0 && self.more()? {}
            self.decoder.read(buffer)
        }
    }

    impl<R: Read> Frames<R> {
        /// Unpacks the next block, or opens the next frame, once all is handed on; whether there was one.
        fn more(&mut self) -> io::Result<bool> {
            if self.open && !self.decoder.is_finished() {
                let decoded = self.decoder.decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1));
                return decoded.map(|_| true).or_else(|error| Err(self.torn(error)));
            }
            if std::mem::take(&mut self.open) {
                self.check()?;
            }
            if self.packed.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => self.open = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.packed).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(self.torn(error)),
            }
            Ok(true)
        }

        /// Why a frame ends, in the other library's words where it just ends.
        fn torn(&mut self, error: FrameDecoderError) -> io::Error {
            match self.packed.fill_buf() {
                Ok([]) => io::Error::new(io::ErrorKind::UnexpectedEof, "incomplete frame"),
                _ => io::Error::other(error),
            }
        }

        /// Whether a frame that is done holds what was packed.
        fn check(&self) -> io::Result<()> {
            let (told, found) = (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
            match told {
                Some(told) if found != Some(told) => Err(io::Error::other("the checksum is another")),
                _ => Ok(()),
            }
        }
    }
}
