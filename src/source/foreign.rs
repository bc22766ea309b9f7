//! Files that are not logs, and what they begin with.
//!
//! People point at folders that hold screenshots, reports and dumps beside logs. A table of magic
//! numbers names them, so that they are left out with a reason instead of giving thousands of rows of
//! garbage. `magic` looks them up; `binary` is for those without a magic number.

/// A kind of file that is not a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// As people call it, without an article: it is shown as `not a log (PNG image)`.
    pub(crate) name: &'static str,
    /// What to do with it.
    pub(crate) role: Role,
}

/// What a foreign file means to somebody who looks for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It holds no logs, and is only noted.
    Other,
    /// It may hold logs, which this command lists or unpacks, as in `7z x FILE`. Leaving it out is a
    /// problem.
    Container(&'static str),
    /// A table of rows, as ripsaw or another program writes them.
    Converted,
    /// Written by a desktop, or by ripsaw itself, beside other files; not even noted.
    Clutter,
}

/// A kind of file without logs.
const fn other(name: &'static str) -> Foreign {
    Foreign { name, role: Role::Other }
}

/// A kind of file that `command` unpacks; the name of the file goes at its end.
const fn container(name: &'static str, command: &'static str) -> Foreign {
    Foreign { name, role: Role::Container(command) }
}

/// A kind of file that has converted rows.
const fn converted(name: &'static str) -> Foreign {
    Foreign { name, role: Role::Converted }
}

/// What an index begins with: no text does.
pub(crate) const INDEX_MAGIC: [u8; 8] = *b"\x93RIPSAW\x1a";

/// Offset, bytes there, and what they mean. The first that fits decides, so a longer magic number comes
/// before a shorter one with the same beginning (`ftypM4A`, `ftyp`). Numbers that a text may begin with
/// need another check in `magic::is_plausible`.
pub(super) const FOREIGN: &[(usize, &[u8], Foreign)] = &[
    // Containers, and compressions that are not read here.
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
    (0, &INDEX_MAGIC, Foreign { name: "ripsaw index", role: Role::Clutter }),
    (0, b"PAR1", converted("Parquet file")),
    (0, b"PARE", converted("encrypted Parquet file")),
    (0, b"ARROW1\0\0", converted("Arrow file")),
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
    (4, b"ftypavif", other("AVIF image")),
    (4, b"ftypavis", other("AVIF image")),
    (4, b"ftyphei", other("HEIC image")),
    (4, b"ftyphev", other("HEIC image")),
    (4, b"ftypmif1", other("HEIC image")),
    (4, b"ftypmsf1", other("HEIC image")),
    (4, b"ftypcrx", other("raw image")),
    (4, b"ftypM4A", other("MP4 audio")),
    (4, b"ftypqt", other("QuickTime video")),
    (4, b"ftyp", other("MP4 video")),
    (4, b"JXL \r\n\x87\n", other("JPEG XL image")),
    (4, b"jP  \r\n\x87\n", other("JPEG 2000 image")),
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
    // Everything else, such as captures, pickles and keystores.
    (0, b"\xd4\xc3\xb2\xa1", other("packet capture")),
    (0, b"\xa1\xb2\xc3\xd4", other("packet capture")),
    (0, b"\x4d\x3c\xb2\xa1", other("packet capture")),
    (0, b"\xa1\xb2\x3c\x4d", other("packet capture")),
    (0, b"\x0a\x0d\x0d\x0a", other("packet capture")),
    (0, b"PACK\0\0\0", other("Git pack")),
    (0, b"\xfftOc\0\0\0", other("Git pack index")),
    (0, b"DIRC\0\0\0", other("Git index")),
    (0, b"\x80\x02", other("Python pickle")),
    (0, b"\x80\x03", other("Python pickle")),
    (0, b"\x80\x04\x95", other("Python pickle")),
    (0, b"\x80\x05\x95", other("Python pickle")),
    (0, b"\xfe\xed\xfe\xed\0\0\0", other("Java keystore")),
    (0, b"\xce\xce\xce\xce\0\0\0", other("Java keystore")),
    (0, b"\x1bLua", other("Lua program")),
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

/// Whether anything that is not a log begins with a byte: most lines begin with one that does not,
/// which saves a search of the whole table for each entry.
pub(super) static BEGINS_FOREIGN: [bool; 256] = {
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

// The table has none of these: `magic` has a function for each, and `binary` for `BINARY`.
pub(super) static ARROW_STREAM: Foreign = converted("Arrow stream");
pub(super) static PYTHON: Foreign = other("Python program");
pub(super) static CSV: Foreign = converted("CSV file that ripsaw wrote");
/// What is recognised by all of its bytes alone.
pub(super) static BINARY: Foreign = other("binary data");
/// `MZ` alone is too short for the table; see `magic::is_windows_program`.
pub(super) static WINDOWS: Foreign = other("Windows program");
pub(super) static BITMAP: Foreign = other("BMP image");

/// Zip files that are one document to people, by the name of the first entry; a name with `/` at its
/// end stands for all that begins so.
pub(super) static ZIP_BASED: &[(&[u8], Foreign)] = &[
    (b"[Content_Types].xml", other("Office document")),
    (b"_rels/", other("Office document")),
    (b"docProps/", other("Office document")),
    (b"mimetype", other("OpenDocument or EPUB file")),
    (b"META-INF/", other("Java archive")),
    (b"AndroidManifest.xml", other("Android package")),
    (b"classes.dex", other("Android package")),
];

impl Foreign {
    /// Whether it is a zip file by another name: with a forced format it is opened as one.
    pub(crate) fn is_zip(&self) -> bool {
        ZIP_BASED.iter().any(|(_, foreign)| foreign == self)
    }

    /// Why it is left out, as in `not a log (PNG image)`.
    pub(crate) fn reason(&self) -> String {
        format!("not a log ({})", self.name)
    }

    /// What can be done about a file of this kind, by its path.
    pub(crate) fn hint(&self, path: &str) -> String {
        match self.role {
            Role::Container(command) => {
                format!("unpack it first, then use the result: {command} {path}")
            }
            Role::Converted => {
                "query engines read it (DuckDB, Polars, pandas); here, tables of lines that \
                                ripsaw wrote are read, and the logs that they were made from"
                    .into()
            }
            Role::Other | Role::Clutter => "give a log, a folder or an archive of logs".into(),
        }
    }
}
