//! The record that an archive ends with (APPNOTE.TXT 6.3.10, section 4.3.16), and where the archive begins in its file.
//!
//! A comment may follow the record, in which its signature may occur, and other data; other data may also come before the
//! archive. So there are several places where the record may be: those come first whose comment ends with the file.

use std::io;

use memchr::memmem::{FinderRev, rfind_iter};

use crate::source::backing::Backing;

/// `PK\5\6`, and the length of the record up to its comment.
const SIGNATURE: &[u8; 4] = b"PK\x05\x06";
const LENGTH: usize = 22;

/// `PK\6\7`, and the length of that record, which is before the other in Zip64 archives (4.3.15).
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_LENGTH: u64 = 20;

/// `PK\6\6`: the record that it locates (4.3.14), the length of its fields, and how many bytes of it its size does not
/// count.
const ZIP64: &[u8; 4] = b"PK\x06\x06";
const ZIP64_LENGTH: u64 = 56;
const UNCOUNTED: u64 = 12;

/// The longest comment.
const COMMENT: u64 = u16::MAX as u64;

/// Bytes at the end of a file in which the record is looked for: without a comment, with one, and with other data after it.
pub(super) const SPANS: [u64; 3] = [LENGTH as u64, NEAR, 1 << 20];
const NEAR: u64 = COMMENT + LENGTH as u64;

/// Places that are tried: a comment can have any number of signatures.
const MOST: usize = 16;

/// A place where the record may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Where it begins in the file.
    at: u64,
    /// Bytes of its comment that the file does not have.
    missing: u64,
    /// Bytes before the archive that its Zip64 records do not count.
    before: u64,
    /// Its comment ends with the file.
    pub(super) is_exact: bool,
}

/// The places where the record may be among so many bytes at the end, the likeliest first.
///
/// # Errors
/// The operating system's.
pub(super) fn ends(backing: &Backing, span: u64) -> io::Result<Vec<End>> {
    let (length, mut buffer) = (backing.len(), Vec::new());
    let start = length.saturating_sub(span);
    let tail = backing.bytes(start..length, &mut buffer)?;
    let comment = |at: usize| {
        let record = tail.get(at..at + LENGTH)?;
        Some(u64::from(u16::from_le_bytes([record[20], record[21]])))
    };
    let places = rfind_iter(tail, SIGNATURE).take(MOST);
    let mut ends: Vec<(u64, u64)> = places
        .filter_map(|at| Some((start + at as u64, start + (at + LENGTH) as u64 + comment(at)?)))
        .collect();
    // Those that end with the file, then those before other data, then those that are cut; of each the last first.
    ends.sort_by_key(|&(_, end)| (end != length, end > length));
    let ends = ends.into_iter().map(|(at, end)| {
        let (missing, is_exact) = (end.saturating_sub(length), end == length);
        End { at, missing, before: 0, is_exact }.counted(backing)
    });
    ends.collect()
}

impl End {
    /// With the bytes before the archive, if its Zip64 records do not count them.
    fn counted(self, backing: &Backing) -> io::Result<Self> {
        let Some(locator) = self.at.checked_sub(LOCATOR_LENGTH) else { return Ok(self) };
        let mut record = [0; LOCATOR_LENGTH as usize];
        backing.read_up_to(&mut record, locator)?;
        let Some(declared) = record.strip_prefix(LOCATOR).and_then(|rest| number(&rest[4..]))
        else {
            return Ok(self);
        };
        let mut signature = [0; 4];
        let read = backing.read_up_to(&mut signature, declared.min(locator))?;
        if read == signature.len() && signature == *ZIP64 {
            return Ok(self);
        }
        // It is right before the locator, after which its size says where it began.
        let mut buffer = Vec::new();
        let start = locator.saturating_sub(NEAR);
        let before = backing.bytes(start..locator, &mut buffer)?;
        let found = FinderRev::new(ZIP64).rfind_iter(before).take(MOST).find(|at| {
            let size = number(&before[at + 4..]);
            let end = size.and_then(|size| (start + *at as u64 + UNCOUNTED).checked_add(size));
            end == Some(locator) && locator - start - *at as u64 >= ZIP64_LENGTH
        });
        let at = found.map(|at| start + at as u64);
        let before = at.and_then(|at| at.checked_sub(declared)).unwrap_or_default();
        Ok(Self { before, ..self })
    }

    /// The archive's own bytes, and where rawzip's search for the record must begin.
    pub(super) fn view<'b>(&self, backing: &'b Backing) -> (View<'b>, u64) {
        let view = View { backing, before: self.before, missing: self.missing };
        (view, self.at + LENGTH as u64 - self.before)
    }

    /// Bytes before the archive, which are in none of its offsets.
    pub(super) fn before(&self) -> u64 {
        self.before
    }
}

/// The number that eight bytes are.
fn number(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The bytes of an archive within its file.
pub(super) struct View<'b> {
    backing: &'b Backing,
    before: u64,
    /// Of the comment, at the end: they are zeros.
    missing: u64,
}

impl rawzip::ReaderAt for View<'_> {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some(at) = offset.checked_add(self.before) else { return Ok(0) };
        let length = self.backing.len();
        if at < length {
            return self.backing.read_at(into, at);
        }
        let left = (length + self.missing).saturating_sub(at);
        let zeros = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        into[..zeros].fill(0);
        Ok(zeros)
    }
}
