//! Names of the members of archives, and what they say: clutter, suffixes.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::memrchr;
use rawzip::extra_fields::ExtraFieldId;

/// The upper half of code page 437, the encoding of names without the UTF-8 flag
/// (APPNOTE.TXT, appendix D).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// An entry's name as text. Writers often leave the UTF-8 flag out, so whatever is valid UTF-8 is taken
/// as such; the rest is code page 437, in which each byte is a letter: different names stay different,
/// whatever they were meant to be.
pub(super) fn decode(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw.iter().map(|&byte| cp437(byte)).collect(),
    }
}

/// The name of a file as text; one that is not Unicode as [`decode`] has it.
pub(super) fn of_file(name: &OsStr) -> Cow<'_, str> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        match name.to_str() {
            Some(name) => name.into(),
            None => decode(name.as_bytes()).into(),
        }
    }
    #[cfg(not(unix))]
    name.to_string_lossy()
}

/// The name in Info-ZIP's field 0x7075, in UTF-8 beside the entry's own name: version 1, the CRC-32 of that name, the name
/// (APPNOTE.TXT 6.3.10, section 4.6.9). `None` if it is of another name, which an archiver has changed since.
pub(super) fn in_unicode<'e>(
    fields: impl Iterator<Item = (ExtraFieldId, &'e [u8])>,
    raw: &[u8],
) -> Option<String> {
    let mut fields = fields.filter(|(id, _)| *id == ExtraFieldId::INFO_ZIP_UNICODE_PATH);
    let (_, field) = fields.next()?;
    let (crc, name) = field.strip_prefix(&[1])?.split_first_chunk()?;
    let is_of_it = u32::from_le_bytes(*crc) == crc32fast::hash(raw) && !name.is_empty();
    String::from_utf8(name.to_vec()).ok().filter(|_| is_of_it)
}

/// Whether a desktop wrote a file beside what people keep, so that it is not an entry of any bundle:
/// `.DS_Store` and the like, and all of `__MACOSX`; or ripsaw kept it there: all of `.ripsaw`.
pub(super) fn is_clutter(path: &str) -> bool {
    const FOLDERS: [&str; 2] = ["__MACOSX", ".ripsaw"];
    static FIND_FOLDERS: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| FOLDERS.map(Finder::new));
    const NAMES: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
    let start = memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1);
    let name = &path[start..];
    // Folders are searched as bytes first: of a hundred thousand paths hardly one has the name in it.
    NAMES.iter().any(|clutter| name.eq_ignore_ascii_case(clutter))
        || FIND_FOLDERS.iter().any(|folder| folder.find(path.as_bytes()).is_some())
            && path.split('/').any(|part| FOLDERS.contains(&part))
}

/// What the name of a temporary file ends with.
pub(crate) const TEMPORARY: &str = ".partial";

/// Letters and digits before that.
pub(crate) const RANDOM: usize = 6;

/// Whether a name is that of a temporary file: `.NAME.XXXXXX.partial`.
pub(crate) fn is_temporary(name: &str) -> bool {
    let parts = name.strip_prefix('.').and_then(|name| name.strip_suffix(TEMPORARY));
    let random = parts.and_then(|parts| parts.rsplit_once('.')).map(|(_, random)| random);
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// What follows the last dot of a path, if it is at most 8 bytes, short enough to say what kind of file
/// it is; else empty. Of `a.b/c` it is `b/c`, which equals no known suffix.
pub(super) fn suffix(path: &str) -> &str {
    const LONGEST: usize = 8;
    // May fall inside a letter; the slice at a dot does not.
    let start = path.len().saturating_sub(LONGEST + 1);
    let dot = memrchr(b'.', &path.as_bytes()[start..]);
    dot.map_or("", |dot| &path[start + dot + 1..])
}

/// The letter of a byte: ASCII is the same in code page 437.
fn cp437(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => byte.into(),
        Some(upper) => CP437.chars().nth(upper.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn names() {
        assert_eq!(super::CP437.chars().count(), 128);
        assert_eq!(decode("Überprüfung/✓".as_bytes()), "Überprüfung/✓");
        assert_eq!(decode(b"\x9aberpr\x81fung"), "Überprüfung");
        assert_eq!(decode(b"a\xff"), "a\u{a0}");
    }

    #[test]
    fn suffixes_and_clutter() {
        let cases = [("a/b.gz", "gz"), ("b.parquet", "parquet"), ("gz", ""), ("a.b/c", "b/c")];
        cases.iter().for_each(|(path, suffix)| assert_eq!(super::suffix(path), *suffix));
        assert_eq!(super::suffix("x.no_kind_of_file"), "");
        assert_eq!(super::suffix("ä.ü-größer-als-acht"), "");
        let clutter = ["__MACOSX/a", "a/__MACOSX", "a/.DS_Store", "thumbs.db", "x/Desktop.ini"];
        assert!(clutter.iter().all(|path| super::is_clutter(path)));
        let others = ["a__MACOSX/b", "DS_Store", "a/.DS_Store/b", "desktop.ini.log"];
        assert!(!others.iter().any(|path| super::is_clutter(path)));
    }

    #[test]
    fn names_of_temporary_files() {
        let own = [".o.Ab12Cd.partial", ".logs.tar.000000.partial", "..Ab12Cd.partial"];
        assert!(own.iter().all(|name| super::is_temporary(name)));
        let others = [
            "o.Ab12Cd.partial",
            ".o.Ab12C.partial",
            ".o.Ab12C-.partial",
            ".partial",
            ".Ab12Cd.partial",
        ];
        assert!(!others.iter().any(|name| super::is_temporary(name)));
    }
}
