//! What a file is, by its first bytes and never by its name.
//!
//! This runs for each entry that is opened, so the common case, JSON lines, is decided by two bytes. A
//! file is text unless something says otherwise: the checks are strict where a log could begin so by
//! chance (`PAR1`, `BM`, `MZ`, `ID3` are letters).

use memchr::memchr;

use super::foreign::{self, BEGINS_FOREIGN, FOREIGN, Foreign, ZIP_BASED};
use super::{BYTE_ORDER_MARK, own_csv, tar};

/// Bytes of a file's beginning that decide: a tar header is the longest of them.
pub(super) const HEAD: usize = 512;

/// What a file that begins with certain bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines of text, as far as the first bytes say.
    Text,
    /// A file under a compression, which must be undone to see more.
    Compressed(Codec),
    /// A zip archive, other than documents that are zip files underneath.
    Zip,
    /// A tar file, also one without members.
    Tar,
    /// Nothing that is read here.
    Foreign(&'static Foreign),
}

/// A compression of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Zstd,
    Xz,
    Lzma,
    Bzip2,
}

/// What a file is that begins with `head`: with [`HEAD`] bytes, or all if there are fewer. An empty
/// file is text.
pub(super) fn kind_of(head: &[u8]) -> Kind {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let Some(&first) = head.first() else { return Kind::Text };
    // Nearly every log begins so, and nothing of the table does.
    if let [b'{', b'"', ..] = head {
        return Kind::Text;
    }
    if let Some(codec) = codec_of(head) {
        return Kind::Compressed(codec);
    }
    if own_csv::is_header(head) {
        return Kind::Foreign(&foreign::CSV);
    }
    // A document such as `.docx` is a zip, too, but not an archive of logs.
    if is_zip(head) {
        return zip_based(head).map_or(Kind::Zip, Kind::Foreign);
    }
    let begins = |(at, magic, _): &&(usize, &[u8], Foreign)| {
        head.get(*at..).is_some_and(|rest| rest.starts_with(magic)) && is_plausible(magic, head)
    };
    // One look-up of a byte spares most logs the search of the table.
    let foreign = match BEGINS_FOREIGN[usize::from(first)] {
        true => FOREIGN.iter().find(begins),
        false => None,
    };
    match foreign {
        Some((_, _, foreign)) => Kind::Foreign(foreign),
        // After the table: a tar file begins with the name of a member, and may well look like another
        // file.
        None if tar::is_header(head) || tar::is_empty(head) => Kind::Tar,
        None if is_arrow_stream(head) => Kind::Foreign(&foreign::ARROW_STREAM),
        None if is_windows_program(head) => Kind::Foreign(&foreign::WINDOWS),
        None if is_python(head) => Kind::Foreign(&foreign::PYTHON),
        None if is_bitmap(head) => Kind::Foreign(&foreign::BITMAP),
        None => Kind::Text,
    }
}

/// Whether the first bytes of what comes bit by bit say what it is: more of them would say the same.
pub(super) fn is_telling(head: &[u8]) -> bool {
    /// Magic numbers of compression are shorter.
    const MAGIC: usize = 16;
    /// Bytes of a line that may be in any encoding.
    const FEW: usize = 64;
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return head.len() >= MAGIC;
    }
    if head.len() >= MAGIC && codec_of(head).is_some() {
        return true;
    }
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let Some(start) = text.iter().position(|byte| !byte.is_ascii_whitespace()) else {
        return false;
    };
    let Some(length) = memchr(b'\n', &text[start..]) else { return false };
    let lines = &text[..start + length];
    let is_clean = !lines.iter().any(|&byte| is_control(byte));
    is_clean && (std::str::from_utf8(lines).is_ok() || lines.len() >= FEW)
}

/// Whether a magic number is more than the beginning of some text, where it could be that. `magic` is
/// one of the table's.
fn is_plausible(magic: &[u8], head: &[u8]) -> bool {
    let rest = &head[magic.len().min(head.len())..];
    let has_controls = |bytes: &[u8]| bytes.iter().any(|&byte| is_control(byte));
    match magic {
        // Letters that text may begin with: binary bytes must follow soon.
        b"PAR1" | b"PARE" | b"ORC" | b"GGUF" | b"hsqs" | b"TZif" | b"ID3" | b"xar!"
        | b"dex\n03" => has_controls(&rest[..rest.len().min(16)]),
        // The byte order of what follows.
        b"\x0a\x0d\x0d\x0a" => {
            matches!(head.get(8..12), Some(b"\x1a\x2b\x3c\x4d" | b"\x4d\x3c\x2b\x1a"))
        }
        // RIFF is a container: the magic number at offset 8 says of what.
        b"WEBP" | b"WAVE" | b"AVI LIST" => head.starts_with(b"RIFF"),
        b"JXL \r\n\x87\n" | b"jP  \r\n\x87\n" => head[0] == 0,
        [b'f', b't', b'y', b'p', ..] => head[0] == 0,
        // Octal or hexadecimal digits as far as the header goes.
        b"070701" | b"070702" | b"070707" => {
            rest.len() >= 70 && rest[..70].iter().all(u8::is_ascii_hexdigit)
        }
        _ => true,
    }
}

/// A byte that text does not have: a control character but for blanks, line ends, backspaces and
/// escapes.
pub(super) fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x07 | 0x08 | 0x0c | 0x1b)
}

/// The compression that a file begins with, if any.
fn codec_of(head: &[u8]) -> Option<Codec> {
    // Skippable frames of zstd, which may come before those with data, have 16 magic numbers: pzstd
    // writes them.
    let is_skippable =
        matches!(head, [number, 0x2a, 0x4d, 0x18, ..] if (0x50..0x60).contains(number));
    if head.starts_with(b"\x1f\x8b") {
        Some(Codec::Gzip)
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") || is_skippable {
        Some(Codec::Zstd)
    } else if head.starts_with(b"\xfd7zXZ\0") {
        Some(Codec::Xz)
    } else if is_bzip2(head) {
        Some(Codec::Bzip2)
    } else if is_lzma(head) {
        Some(Codec::Lzma)
    } else {
        None
    }
}

/// `BZh`, the size of blocks (`1` to `9`), and the number before a block or, in an empty file, before
/// the end. `BZh9` alone could be a word.
fn is_bzip2(head: &[u8]) -> bool {
    const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
    const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
    let Some([level, rest @ ..]) = head.strip_prefix(b"BZh") else { return false };
    (b'1'..=b'9').contains(level) && (rest.starts_with(BLOCK) || rest.starts_with(END))
}

/// A file of the old .lzma format has no magic number. It has usual properties (0x5d), a dictionary of
/// a size that encoders write (2^n or 3 * 2^n bytes), and a length that is unknown or possible.
fn is_lzma(head: &[u8]) -> bool {
    let Some((header, _)) = head.split_at_checked(13) else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let length = u64::from_le_bytes(header[5..13].try_into().unwrap_or_default());
    let is_size = dictionary >= 1 << 12
        && (dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two());
    header[0] == 0x5d && is_size && (length == u64::MAX || length < 1 << 48)
}

/// A local header, the end record of an empty archive, or the mark of an archive that was to be in
/// several parts, but fitted in one.
fn is_zip(head: &[u8]) -> bool {
    let after_mark = head.strip_prefix(b"PK\x07\x08").or(head.strip_prefix(b"PK00"));
    after_mark.unwrap_or(head).starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The document that a zip file is, by the name of its first entry.
fn zip_based(head: &[u8]) -> Option<&'static Foreign> {
    const LOCAL_HEADER: usize = 30;
    let (header, rest) = head.split_at_checked(LOCAL_HEADER)?;
    // Offset 26: the length of the name, which follows the header.
    let length = usize::from(u16::from_le_bytes([header[26], header[27]]));
    let name = &rest[..length.min(rest.len())];
    let is_named = |first: &[u8]| match first.ends_with(b"/") {
        true => name.starts_with(first),
        false => name == first,
    };
    ZIP_BASED.iter().find(|(first, _)| is_named(first)).map(|(_, foreign)| foreign)
}

/// The mark before each message of an Arrow stream, and the size of the first.
fn is_arrow_stream(head: &[u8]) -> bool {
    let Some([a, b, c, d, ..]) = head.strip_prefix(b"\xff\xff\xff\xff") else { return false };
    let size = u32::from_le_bytes([*a, *b, *c, *d]);
    size > 0 && size < 1 << 28 && size % 8 == 0
}

/// `MZ`, and at the offset that the header has at 0x3c, `PE`. Older or cut programs do without, but
/// have NUL bytes in the header.
fn is_windows_program(head: &[u8]) -> bool {
    let Some(at) = head.strip_prefix(b"MZ").and_then(|_| head.get(0x3c..0x40)) else {
        return false;
    };
    let at = u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize;
    head.get(at..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
        || (at < 1 << 16 && head[2..0x3c].contains(&0))
}

/// The version of the byte code (from Python 3.4) with a line end, and the flags of the file.
fn is_python(head: &[u8]) -> bool {
    let Some([_, high, b'\r', b'\n', flags, 0, 0, 0]) = head.first_chunk() else { return false };
    (0x0c..0x10).contains(high) && *flags < 4
}

/// `BM`, a reserved field of zeros, and a header of a known size.
fn is_bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && head.get(6..10).is_some_and(|reserved| reserved == [0; 4])
        && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}
