//! Zip archives made of other archives' members, copied as they are stored: nothing is inflated.
//!
//! A [`Layout`] gives the bytes around the data (APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.14 to
//! 4.3.16). All sizes are known beforehand, so where each byte will be is, too.

use std::io;
#[cfg(any(feature = "fetch", test))]
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::archive::{Archive, Member, Packing};
use super::backing::Backing;
#[cfg(any(feature = "fetch", test))]
use super::{progress::Progress, stream::open_member};

/// What the headers of an archive say of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawEntry {
    /// Its path, `/` between parts.
    pub(crate) name: String,
    /// 0 (stored) or 8 (deflated).
    pub(crate) method: u16,
    /// CRC-32 of the text.
    pub(crate) crc: u32,
    /// Bytes of data.
    pub(crate) stored: u64,
    /// Bytes of text.
    pub(crate) text: u64,
}

/// A member of an archive, and where its data is.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) entry: RawEntry,
    archive: Arc<Archive>,
    #[cfg(any(feature = "fetch", test))]
    member: Member,
    /// Where the data is in the archive.
    range: Range<u64>,
}

impl Stored {
    /// The member, unless it is refused or damaged; then the reason.
    pub(super) fn new(name: &str, archive: &Arc<Archive>, member: &Member) -> Result<Self, String> {
        if let Some(why) = member.refusal() {
            return Err(why);
        }
        let method = match member.packing() {
            Some(Packing::Stored) => STORE,
            Some(Packing::Deflated) => DEFLATE,
            Some(Packing::Other(_)) | None => return Err("it is not deflated".into()),
        };
        let data = archive.data(member)?;
        if let Some(what) = data.cut {
            return Err(format!("{what} before its data ends"));
        }
        let entry = RawEntry {
            name: name.to_owned(),
            method,
            crc: member.crc,
            stored: member.stored,
            text: member.inflated,
        };
        Ok(Self {
            entry,
            archive: Arc::clone(archive),
            #[cfg(any(feature = "fetch", test))]
            member: member.clone(),
            range: data.range,
        })
    }

    /// Data from `range` of its `stored` bytes: in place if the archive is in memory, else read into `buffer`.
    ///
    /// # Errors
    /// The operating system's, or the archive was cut short meanwhile.
    pub(crate) fn bytes<'a>(
        &'a self,
        range: Range<u64>,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let start = self.range.start;
        let end = (start + range.end).min(self.range.end);
        self.archive.backing().bytes((start + range.start).min(end)..end, buffer)
    }

    /// Reads its text, and compares size and CRC.
    ///
    /// # Errors
    /// What is wrong with the data.
    #[cfg(any(feature = "fetch", test))]
    pub(crate) fn verify(&self, progress: &Arc<Progress>) -> io::Result<()> {
        let mut text = open_member(&self.archive, &self.member, progress)?;
        let mut buffer = vec![0; 256 << 10];
        while text.read(&mut buffer)? > 0 {}
        Ok(())
    }
}

/// The members of an archive in a file that have data, in the order of its directory.
///
/// # Errors
/// Why it cannot be read as an archive, whole.
pub(crate) fn members(path: &Path) -> Result<Vec<Stored>, String> {
    let backing = Backing::open(path, false).map_err(|e| e.to_string())?;
    let (archive, members, problem) = Archive::open(backing)?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let archive = Arc::new(archive);
    let stored = |(name, member): &(String, Member)| {
        Stored::new(name, &archive, member).map_err(|why| format!("{name}: {why}"))
    };
    members.iter().map(stored).collect()
}

/// An archive that is being laid out: what comes before the data of each member, and after all of them.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The central directory so far.
    directory: Vec<u8>,
    entries: u64,
    /// Where the next member's header will be.
    position: u64,
}

/// The methods of compression.
pub(crate) const STORE: u16 = 0;
pub(crate) const DEFLATE: u16 = 8;

/// Fields of 32 bits that say: see the Zip64 field.
const BEYOND: u32 = u32::MAX;
/// The version that a reader needs for Zip64, and for deflate.
const NEEDS_ZIP64: u16 = 45;
const NEEDS_DEFLATE: u16 = 20;
/// The name is in UTF-8.
const UTF8: u16 = 1 << 11;
/// The first day that a zip archive knows, 1980-01-01: the same input gives the same bytes.
const DATE: u16 = 1 << 5 | 1;

impl Layout {
    /// The header of the next member; its data follows, `entry.stored` bytes of it. A name is cut after 65,535
    /// bytes, the most that a header can hold.
    pub(crate) fn push(&mut self, entry: &RawEntry) -> Vec<u8> {
        let most = entry.name.len().min(usize::from(u16::MAX));
        let end = (0..=most).rfind(|end| entry.name.is_char_boundary(*end)).unwrap_or(0);
        let name = &entry.name.as_bytes()[..end];
        let is_large = entry.stored.max(entry.text) >= u64::from(BEYOND);
        let mut header = Vec::with_capacity(50 + name.len());
        put(&mut header, b"PK\x03\x04");
        common(&mut header, entry, if is_large { NEEDS_ZIP64 } else { NEEDS_DEFLATE });
        put(&mut header, &(name.len() as u16).to_le_bytes());
        put(&mut header, &(if is_large { 20_u16 } else { 0 }).to_le_bytes());
        put(&mut header, name);
        if is_large {
            extra(&mut header, &[entry.text, entry.stored]);
        }
        self.record(entry, name, is_large);
        self.position += header.len() as u64 + entry.stored;
        self.entries += 1;
        header
    }

    /// Adds a member to the directory.
    fn record(&mut self, entry: &RawEntry, name: &[u8], is_large: bool) {
        let is_far = self.position >= u64::from(BEYOND);
        let mut large = Vec::new();
        if is_large {
            large.extend([entry.text, entry.stored]);
        }
        if is_far {
            large.push(self.position);
        }
        let extra_bytes = if large.is_empty() { 0 } else { 4 + 8 * large.len() as u16 };
        let needs = if large.is_empty() { NEEDS_DEFLATE } else { NEEDS_ZIP64 };
        let into = &mut self.directory;
        put(into, b"PK\x01\x02");
        put(into, &needs.to_le_bytes());
        common(into, entry, needs);
        put(into, &(name.len() as u16).to_le_bytes());
        put(into, &extra_bytes.to_le_bytes());
        // Comment, disk, and attributes: none.
        put(into, &[0; 10]);
        put(into, &narrow(self.position).to_le_bytes());
        put(into, name);
        if !large.is_empty() {
            extra(into, &large);
        }
    }

    /// Where the next member's header will be: the length so far.
    #[cfg(any(feature = "serve", test))]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The directory, and what ends the archive.
    pub(crate) fn finish(self) -> Vec<u8> {
        let Self { directory: mut into, entries, position } = self;
        let bytes = into.len() as u64;
        if entries >= u64::from(u16::MAX) || position.max(bytes) >= u64::from(BEYOND) {
            let zip64 = position + bytes;
            put(&mut into, b"PK\x06\x06");
            put(&mut into, &44_u64.to_le_bytes());
            put(&mut into, &NEEDS_ZIP64.to_le_bytes());
            put(&mut into, &NEEDS_ZIP64.to_le_bytes());
            // This disk, and that of the directory: the first.
            put(&mut into, &[0; 8]);
            for value in [entries, entries, bytes, position] {
                put(&mut into, &value.to_le_bytes());
            }
            put(&mut into, b"PK\x06\x07");
            put(&mut into, &[0; 4]);
            put(&mut into, &zip64.to_le_bytes());
            put(&mut into, &1_u32.to_le_bytes());
        }
        let count = u16::try_from(entries).unwrap_or(u16::MAX);
        put(&mut into, b"PK\x05\x06");
        put(&mut into, &[0; 4]);
        put(&mut into, &count.to_le_bytes());
        put(&mut into, &count.to_le_bytes());
        put(&mut into, &narrow(bytes).to_le_bytes());
        put(&mut into, &narrow(position).to_le_bytes());
        // No comment.
        put(&mut into, &[0; 2]);
        into
    }
}

/// What local headers and the directory say in the same way, from the version needed to the sizes.
fn common(into: &mut Vec<u8>, entry: &RawEntry, needs: u16) {
    put(into, &needs.to_le_bytes());
    put(into, &(if entry.name.is_ascii() { 0 } else { UTF8 }).to_le_bytes());
    put(into, &entry.method.to_le_bytes());
    put(into, &0_u16.to_le_bytes());
    put(into, &DATE.to_le_bytes());
    put(into, &entry.crc.to_le_bytes());
    // Both or none, as local headers must have both.
    let is_large = entry.stored.max(entry.text) >= u64::from(BEYOND);
    for size in [entry.stored, entry.text] {
        put(into, &(if is_large { BEYOND } else { narrow(size) }).to_le_bytes());
    }
}

/// The Zip64 field.
fn extra(into: &mut Vec<u8>, values: &[u64]) {
    put(into, &1_u16.to_le_bytes());
    put(into, &(8 * values.len() as u16).to_le_bytes());
    for value in values {
        put(into, &value.to_le_bytes());
    }
}

/// A number as a field of 32 bits.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(BEYOND)
}

fn put(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Lays out copies of all members of an archive.
    fn copy(members: &[Stored]) -> Vec<u8> {
        let (mut layout, mut zip, mut buffer) = (Layout::default(), Vec::new(), Vec::new());
        for member in members {
            assert_eq!(layout.position(), zip.len() as u64);
            zip.extend(layout.push(&member.entry));
            zip.extend(member.bytes(0..member.entry.stored, &mut buffer).unwrap());
        }
        zip.extend(layout.finish());
        zip
    }

    #[test]
    fn a_copy_has_the_texts_of_the_original() {
        let original = members(Path::new("fixtures/deploy.zip")).unwrap();
        assert!(original.len() > 5);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&copy(&original)).unwrap();
        let again = members(file.path()).unwrap();
        let entries = |members: &[Stored]| -> Vec<RawEntry> {
            members.iter().map(|member| member.entry.clone()).collect()
        };
        assert_eq!(entries(&again), entries(&original));
        for member in &again {
            member.verify(&Arc::default()).unwrap();
        }
        // Another reader agrees.
        let mut other = zip::ZipArchive::new(std::io::Cursor::new(copy(&original))).unwrap();
        for (index, member) in original.iter().enumerate() {
            let mut text = Vec::new();
            let mut entry = other.by_index(index).unwrap();
            entry.read_to_end(&mut text).unwrap();
            assert_eq!(entry.name().unwrap(), member.entry.name);
            assert_eq!(text.len() as u64, member.entry.text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn sizes_and_places_beyond_32_bits() {
        let mut layout = Layout::default();
        let large = |name: &str, stored, text| RawEntry {
            name: name.to_owned(),
            method: DEFLATE,
            crc: 7,
            stored,
            text,
        };
        let entries = [large("a", 1 << 33, 10), large("ä", 3, 1 << 34), large("c", 1, 2)];
        let headers: Vec<Vec<u8>> = entries.iter().map(|entry| layout.push(entry)).collect();
        let position = layout.position();
        assert_eq!(position, (1 << 33) + 4 + headers.iter().map(Vec::len).sum::<usize>() as u64);
        // A sparse file of that length.
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut at = 0;
        for (entry, header) in entries.iter().zip(&headers) {
            std::os::unix::fs::FileExt::write_all_at(file.as_file(), header, at).unwrap();
            at += header.len() as u64 + entry.stored;
        }
        std::os::unix::fs::FileExt::write_all_at(file.as_file(), &layout.finish(), at).unwrap();
        let listed = members(file.path()).unwrap();
        assert!(listed.iter().map(|member| &member.entry).eq(&entries));
        let mut other = zip::ZipArchive::new(file.reopen().unwrap()).unwrap();
        let sizes: Vec<(u64, u64)> = (0..3)
            .map(|index| {
                let entry = other.by_index_raw(index).unwrap();
                (entry.compressed_size(), entry.size())
            })
            .collect();
        assert_eq!(sizes, [(1 << 33, 10), (3, 1 << 34), (1, 2)]);
    }

    #[test]
    fn more_members_than_16_bits_count() {
        let mut layout = Layout::default();
        let mut zip = Vec::new();
        for number in 0..70_000 {
            let name = format!("{number}");
            let entry = RawEntry { name, method: STORE, crc: 0, stored: 0, text: 0 };
            zip.extend(layout.push(&entry));
        }
        zip.extend(layout.finish());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&zip).unwrap();
        assert_eq!(members(file.path()).unwrap().len(), 70_000);
    }

    #[test]
    fn damage_is_found() {
        let mut zip = std::fs::read("fixtures/deploy.zip").unwrap();
        let first = members(Path::new("fixtures/deploy.zip")).unwrap().remove(0);
        let middle = (first.range.start + first.entry.stored / 2) as usize;
        zip[middle] ^= 0x10;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&zip).unwrap();
        let damaged = members(file.path()).unwrap().remove(0);
        assert!(damaged.verify(&Arc::default()).is_err());
    }
}
