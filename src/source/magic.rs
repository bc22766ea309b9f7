//! What a file is, by its first bytes and never by its name.

use super::{BYTE_ORDER_MARK, tar};

/// Bytes of a file's beginning that decide: a tar header is the longest of them.
pub(super) const HEAD: usize = 512;

/// What a file that begins with certain bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines of text, as far as the first bytes say.
    Text,
    Compressed(Codec),
    Zip,
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

/// A kind of file that is not a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// As people call it, without an article.
    pub(crate) name: &'static str,
    pub(crate) role: Role,
}

/// What a foreign file means to somebody who looks for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It holds no logs.
    Other,
    /// It may hold logs, which this command lists or unpacks.
    Container(&'static str),
    /// Rows that ripsaw or another program has converted already.
    Converted,
    /// Written by a desktop beside every folder; not even listed.
    Clutter,
}

const fn other(name: &'static str) -> Foreign {
    Foreign { name, role: Role::Other }
}

const fn container(name: &'static str, command: &'static str) -> Foreign {
    Foreign { name, role: Role::Container(command) }
}

const fn converted(name: &'static str) -> Foreign {
    Foreign { name, role: Role::Converted }
}

/// Offset, bytes, and what they mean. The first that fits decides.
const FOREIGN: &[(usize, &[u8], Foreign)] = &[
    // Containers.
    (0, b"7z\xbc\xaf\x27\x1c", container("7-Zip archive", "7z x")),
    (0, b"Rar!\x1a\x07", container("RAR archive", "unrar x")),
    (0, b"MSCF\0\0\0\0", container("cabinet archive", "cabextract")),
    (0, b"xar!", container("xar archive", "xar -xf")),
    (0, b"070701", container("cpio archive", "cpio -id <")),
    (0, b"070702", container("cpio archive", "cpio -id <")),
    (0, b"070707", container("cpio archive", "cpio -id <")),
    (0, b"\x1f\x9d", container("file compressed with compress", "uncompress")),
    (0, b"LZIP\x01", container("file compressed with lzip", "lzip -d")),
    (0, b"\x89LZO\0\r\n\x1a\n", container("file compressed with lzop", "lzop -d")),
    (0, b"\x04\x22\x4d\x18", container("file compressed with lz4", "lz4 -d")),
    (0, b"\x02\x21\x4c\x18", container("file compressed with lz4", "lz4 -d")),
    (0, b"\xff\x06\0\0sNaPpY", container("file compressed with Snappy", "snzip -d")),
    (0, b"-----BEGIN PGP MESSAGE", container("encrypted file", "gpg -d")),
    (0, b"age-encryption.org/v1\n", container("encrypted file", "age -d")),
    (0, b"Salted__", container("encrypted file", "openssl enc -d")),
    (0, b"hsqs", container("squashfs image", "unsquashfs")),
    (0, b"\xed\xab\xee\xdb", other("RPM package")),
    (0, b"!<arch>\n", other("ar archive or Debian package")),
    // Tables.
    (0, b"PAR1", converted("Parquet file")),
    (0, b"PARE", converted("encrypted Parquet file")),
    (0, b"ARROW1\0\0", converted("Arrow file")),
    (0, b"bundle,file,line,account,", converted("CSV file that ripsaw wrote")),
    (0, b"bundle,file,account,org,", converted("CSV file that ripsaw wrote")),
    (0, b"ORC", converted("ORC file")),
    (0, b"Obj\x01", converted("Avro file")),
    (0, b"SQLite format 3\0", other("SQLite database")),
    (0, b"\x89HDF\r\n\x1a\n", other("HDF5 file")),
    // Images, sounds, films, fonts, documents.
    (0, b"\x89PNG\r\n\x1a\n", other("PNG image")),
    (0, b"\xff\xd8\xff", other("JPEG image")),
    (0, b"GIF87a", other("GIF image")),
    (0, b"GIF89a", other("GIF image")),
    (8, b"WEBP", other("WebP image")),
    (8, b"WAVE", other("WAVE audio")),
    (8, b"AVI LIST", other("AVI video")),
    (0, b"II*\0", other("TIFF image")),
    (0, b"MM\0*", other("TIFF image")),
    (0, b"\0\0\x01\0", other("icon")),
    (0, b"8BPS\0\x01", other("Photoshop image")),
    (0, b"%PDF-", other("PDF document")),
    (0, b"%!PS-Adobe", other("PostScript document")),
    (0, b"{\\rtf1", other("RTF document")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", other("Office document")),
    (4, b"ftyp", other("MP4 video")),
    (0, b"OggS\0", other("Ogg media")),
    (0, b"ID3", other("MP3 audio")),
    (0, b"fLaC\0", other("FLAC audio")),
    (0, b"\x1a\x45\xdf\xa3", other("Matroska or WebM video")),
    (0, b"FLV\x01", other("Flash video")),
    (0, b"wOFF\0", other("font")),
    (0, b"wOF2\0", other("font")),
    (0, b"\0\x01\0\0\0", other("font")),
    (0, b"OTTO\0", other("font")),
    // Programs.
    (0, b"\x7fELF", other("ELF program")),
    (0, b"\xfe\xed\xfa\xce", other("Mach-O program")),
    (0, b"\xfe\xed\xfa\xcf", other("Mach-O program")),
    (0, b"\xce\xfa\xed\xfe", other("Mach-O program")),
    (0, b"\xcf\xfa\xed\xfe", other("Mach-O program")),
    (0, b"\xca\xfe\xba\xbe", other("Java class or Mach-O program")),
    (0, b"\xca\xfe\xd0\x0d", other("Java class")),
    (0, b"\0asm\x01\0\0\0", other("WebAssembly module")),
    (0, b"\xac\xed\0\x05", other("serialised Java object")),
    (0, b"BC\xc0\xde", other("LLVM bitcode")),
    (0, b"dex\n03", other("Android program")),
    (0, b"JAVA PROFILE 1.0", other("Java heap dump")),
    (0, b"FLR\0", other("Java flight recording")),
    // Everything else.
    (0, b"\xd4\xc3\xb2\xa1", other("packet capture")),
    (0, b"\xa1\xb2\xc3\xd4", other("packet capture")),
    (0, b"\x4d\x3c\xb2\xa1", other("packet capture")),
    (0, b"\xa1\xb2\x3c\x4d", other("packet capture")),
    (0, b"\x0a\x0d\x0d\x0a", other("packet capture")),
    (0, b"PACK\0\0\0", other("Git pack")),
    (0, b"\xfftOc\0\0\0", other("Git pack index")),
    (0, b"DIRC\0\0\0", other("Git index")),
    (0, b"LPKSHHRH", other("systemd journal (journalctl --file prints it)")),
    (0, b"ElfFile\0", other("Windows event log (wevtutil qe prints it)")),
    (0, b"bplist00", other("property list")),
    (0, b"\x93NUMPY", other("NumPy array")),
    (0, b"GGUF", other("model")),
    (0, b"PERFILE2", other("perf recording")),
    (0, b"TZif", other("time zone file")),
    (0, b"\xde\x12\x04\x95", other("message catalogue")),
    (0, b"\0\x05\x16\x07", Foreign { name: "AppleDouble file", role: Role::Clutter }),
    (0, b"\0\x05\x16\0", Foreign { name: "AppleSingle file", role: Role::Clutter }),
    (0, b"\0\0\0\x01Bud1", Foreign { name: ".DS_Store file", role: Role::Clutter }),
];

/// Whether anything that is not a log begins with a byte: most lines begin with one that does not.
static BEGINS_FOREIGN: [bool; 256] = {
    let mut begins = [false; 256];
    let mut index = 0;
    while index < FOREIGN.len() {
        let (at, magic, _) = &FOREIGN[index];
        begins[magic[0] as usize] |= *at == 0;
        index += 1;
    }
    // Media whose magic comes later: RIFF, and boxes of MP4 with their size before.
    begins[b'R' as usize] = true;
    begins[0] = true;
    begins
};

static ARROW_STREAM: Foreign = converted("Arrow stream");
static WINDOWS: Foreign = other("Windows program");
static BITMAP: Foreign = other("BMP image");

/// Zip files that are one document to people, by the first entry's name or its beginning.
static ZIP_BASED: &[(&[u8], Foreign)] = &[
    (b"[Content_Types].xml", other("Office document")),
    (b"_rels/", other("Office document")),
    (b"docProps/", other("Office document")),
    (b"mimetype", other("OpenDocument or EPUB file")),
    (b"META-INF/", other("Java archive")),
    (b"AndroidManifest.xml", other("Android package")),
    (b"classes.dex", other("Android package")),
];

/// What a file is that begins with `head`: with [`HEAD`] bytes, or all if there are fewer.
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
    if is_zip(head) {
        return zip_based(head).map_or(Kind::Zip, Kind::Foreign);
    }
    let begins = |(at, magic, _): &&(usize, &[u8], Foreign)| {
        head.get(*at..).is_some_and(|rest| rest.starts_with(magic)) && is_plausible(magic, head)
    };
    let foreign = match BEGINS_FOREIGN[usize::from(first)] {
        true => FOREIGN.iter().find(begins),
        false => None,
    };
    match foreign {
        Some((_, _, foreign)) => Kind::Foreign(foreign),
        None if tar::is_header(head) => Kind::Tar,
        None if is_arrow_stream(head) => Kind::Foreign(&ARROW_STREAM),
        None if is_windows_program(head) => Kind::Foreign(&WINDOWS),
        None if is_bitmap(head) => Kind::Foreign(&BITMAP),
        None => Kind::Text,
    }
}

/// Whether a short magic number is more than the beginning of some text.
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
        b"WEBP" | b"WAVE" | b"AVI LIST" => head.starts_with(b"RIFF"),
        b"ftyp" => head[0] == 0,
        // Octal or hexadecimal digits as far as the header goes.
        b"070701" | b"070702" | b"070707" => {
            rest.len() >= 70 && rest[..70].iter().all(u8::is_ascii_hexdigit)
        }
        _ => true,
    }
}

/// A byte that text does not have: a control character but for blanks, line ends, backspaces and
/// escapes.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x07 | 0x08 | 0x0c | 0x1b)
}

fn codec_of(head: &[u8]) -> Option<Codec> {
    // Skippable frames, which may come before those with data, have 16 numbers.
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

/// `BZh`, the size of blocks, and the number before a block or, in an empty file, before the end.
fn is_bzip2(head: &[u8]) -> bool {
    const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
    const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
    let Some([level, rest @ ..]) = head.strip_prefix(b"BZh") else { return false };
    (b'1'..=b'9').contains(level) && (rest.starts_with(BLOCK) || rest.starts_with(END))
}

/// A file of the old .lzma format has no magic number: its usual properties, a dictionary of a size
/// that encoders write, and a length that is unknown or possible.
fn is_lzma(head: &[u8]) -> bool {
    let Some((header, _)) = head.split_at_checked(13) else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let length = u64::from_le_bytes(header[5..13].try_into().unwrap_or_default());
    let is_size = dictionary >= 1 << 12
        && (dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two());
    header[0] == 0x5d && is_size && (length == u64::MAX || length < 1 << 48)
}

/// A local header, the end record of an empty archive, or the mark of an archive that was to be in
/// several parts.
fn is_zip(head: &[u8]) -> bool {
    let after_mark = head.strip_prefix(b"PK\x07\x08").or(head.strip_prefix(b"PK00"));
    after_mark.unwrap_or(head).starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn zip_based(head: &[u8]) -> Option<&'static Foreign> {
    const LOCAL_HEADER: usize = 30;
    let name = head.get(LOCAL_HEADER..)?;
    ZIP_BASED.iter().find(|(first, _)| name.starts_with(first)).map(|(_, foreign)| foreign)
}

/// The mark before each message of an Arrow stream, and the size of the first.
fn is_arrow_stream(head: &[u8]) -> bool {
    let Some([a, b, c, d, ..]) = head.strip_prefix(b"\xff\xff\xff\xff") else { return false };
    let size = u32::from_le_bytes([*a, *b, *c, *d]);
    size > 0 && size < 1 << 28 && size % 8 == 0
}

/// `MZ`, and where the header says so, the second one.
fn is_windows_program(head: &[u8]) -> bool {
    let Some(at) = head.strip_prefix(b"MZ").and_then(|_| head.get(0x3c..0x40)) else {
        return false;
    };
    let at = u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize;
    head.get(at..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
        || (at < 1 << 16 && head[2..0x3c].contains(&0))
}

/// `BM`, a reserved field of zeros, and a header of a known size.
fn is_bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && head.get(6..10).is_some_and(|reserved| reserved == [0; 4])
        && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

impl Foreign {
    /// Whether it is a zip file by another name.
    pub(crate) fn is_zip(&self) -> bool {
        ZIP_BASED.iter().any(|(_, foreign)| foreign == self)
    }

    /// Why it is left out.
    pub(crate) fn reason(&self) -> String {
        format!("not a log ({})", self.name)
    }

    /// What can be done about a file of this kind, by its path.
    pub(crate) fn hint(&self, path: &str) -> String {
        match self.role {
            Role::Container(command) => {
                format!("unpack it first, then give what comes of it: {command} {path}")
            }
            Role::Converted => "it holds converted rows, which a query engine reads (DuckDB, \
                                Polars, pandas); give the logs that it was made from"
                .into(),
            Role::Other | Role::Clutter => {
                "give a log, a folder or an archive of logs; --format text reads it all the same"
                    .into()
            }
        }
    }
}
