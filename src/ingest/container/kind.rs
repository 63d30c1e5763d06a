//! What a file is, by its first bytes; its name says nothing.

/// Enough bytes for every mark: a tar's header.
pub(super) const HEAD: usize = 512;

/// What the first bytes show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything else; perhaps a log.
    Plain,
    /// One compressed file.
    Compressed(Codec),
    /// A tar.
    Tar,
    /// A zip.
    Zip,
}

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Gz,
    Zst,
    Xz,
    Bz2,
    Lz4,
}

impl Codec {
    /// As file names end.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gz => "gz",
            Self::Zst => "zst",
            Self::Xz => "xz",
            Self::Bz2 => "bz2",
            Self::Lz4 => "lz4",
        }
    }
}

impl Kind {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Compressed(Codec::Gz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Compressed(Codec::Zst),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Compressed(Codec::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Self::Compressed(Codec::Bz2),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Compressed(Codec::Lz4),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            _ if is_tar(head) => Self::Tar,
            _ => Self::Plain,
        }
    }

    /// The name for messages; none for a plain file.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Compressed(codec) => Some(codec.name()),
            Self::Tar => Some("tar"),
            Self::Zip => Some("zip"),
        }
    }
}

/// A tar's first header holds the sum of its own bytes, with spaces where the sum stands. Old ones have no other mark.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<HEAD>() else { return false };
    const SUM: std::ops::Range<usize> = 148..156;
    let digits = String::from_utf8_lossy(&header[SUM]);
    let stated = u32::from_str_radix(digits.trim_matches(['\0', ' ']), 8);
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let spaces = u32::from(b' ') * 8;
    stated == Ok(sum(&header[..SUM.start]) + spaces + sum(&header[SUM.end..]))
}

/// Archives and compressed files that are known and not read, by their first bytes.
pub(in crate::ingest) fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 6] = [
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
        (b"LZIP", "lzip"),
        (b"\x1f\x9d", "compress (.Z)"),
        (b"\x5d\0\0", "lzma"),
        (b"!<arch>\n", "ar"),
    ];
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        assert_eq!(Kind::of(b"\x1f\x8b\x08\0"), Kind::Compressed(Codec::Gz));
        assert_eq!(Kind::of(b"PK\x05\x06"), Kind::Zip);
        for plain in [&b""[..], b"P", b"bisecting", &[0; HEAD], &[b' '; HEAD]] {
            assert_eq!(Kind::of(plain), Kind::Plain);
        }
        let mut header = tar::Header::new_old();
        header.set_path("a").unwrap();
        header.set_cksum();
        assert_eq!(Kind::of(header.as_bytes()), Kind::Tar);
        assert_eq!((foreign(b"LZIP"), foreign(b"text")), (Some("lzip"), None));
    }
}
