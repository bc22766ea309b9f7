//! What a tar file says of a member, in its header and in the blocks before it.
//!
//! The header has room for 100 bytes of a name and eleven octal digits of a size. Whatever does not fit
//! is in the data of headers before it, as pax records or, by GNU tar, as a plain name; those count
//! before the header's own fields.

use super::super::name;
use super::{Header, What};

/// What the blocks before a header declare about it; `None` if they say nothing.
#[derive(Default)]
pub(super) struct Attributes {
    /// The whole path, in any bytes.
    pub(super) path: Option<Vec<u8>>,
    /// What a link leads to.
    pub(super) link: Option<Vec<u8>>,
    /// Bytes of data.
    size: Option<u64>,
    /// The data is a list of parts of a file with holes, then the parts: not the text itself.
    is_sparse: bool,
}

impl Attributes {
    /// Reads `LENGTH KEY=VALUE\n` records, as in `19 path=a/long.log`, values of any bytes. Stops at
    /// the first that is not one; of two with the same key, the later one counts.
    pub(super) fn read_pax(&mut self, mut records: &[u8]) {
        while let Some((key, value, rest)) = pax_record(records) {
            match key {
                // GNU tar gives sparse files a made-up path, and their own in this.
                b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok()),
                _ => {}
            }
            self.is_sparse |= key.starts_with(b"GNU.sparse.");
            records = rest;
        }
    }

    /// The member that a header is of, with what was declared before it. `size`: the size in the
    /// header.
    pub(super) fn apply(self, header: &tar::Header, size: u64) -> Header {
        let path = self.path.unwrap_or_else(|| header.path_bytes().into_owned());
        // `tar -C DIR -c .` writes `./` before each path, which no layout of paths expects.
        let path = path.strip_prefix(b"./").filter(|rest| !rest.is_empty()).unwrap_or(&path);
        let link = self.link.or_else(|| Some(header.link_name_bytes()?.into_owned()));
        let link = || name::decode(link.as_deref().unwrap_or_default());
        let what = match header.entry_type().as_byte() {
            b'1' | b'2' => What::Link(link()),
            // `D` is a folder in an incremental archive of GNU tar, with a list of names as data.
            b'5' | b'D' => What::Directory,
            b'3' | b'4' => What::Special("a device"),
            b'6' => What::Special("a named pipe"),
            b'S' => What::Refused(SPARSE),
            b'M' => What::Refused("the entry continues from another volume of the archive"),
            _ if self.is_sparse => What::Refused(SPARSE),
            // The oldest archives mark directories like this.
            0 if path.ends_with(b"/") => What::Directory,
            _ => What::File,
        };
        // Links, devices and directories have no data, whatever size they declare.
        let has_data =
            matches!(what, What::File | What::Refused(_)) || header.entry_type().as_byte() == b'D';
        let size = if has_data { self.size.unwrap_or(size) } else { 0 };
        // Many writers have 0 for none.
        let modified = header.mtime().ok().filter(|&time| time > 0);
        let modified = modified.and_then(|time| i64::try_from(time).ok());
        Header { path: name::decode(path), size, modified, what }
    }
}

/// For sparse files of either kind, GNU and pax.
const SPARSE: &str = "the entry is a sparse file, which is not supported; extract it with tar";

/// The key and value of the first record, and what follows it; `None` if it is not well-formed.
/// `LENGTH` counts the whole record, itself included.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = records.iter().position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
    let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], &records[length..]))
}

/// A name that is stored with a NUL byte after it.
pub(super) fn until_nul(mut name: Vec<u8>) -> Vec<u8> {
    if let Some(end) = name.iter().position(|&byte| byte == 0) {
        name.truncate(end);
    }
    name
}
