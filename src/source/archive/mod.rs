//! Zip archives: the central directory, read once, and the place of each member's data.
//!
//! The directory at the end of the file is what counts; local headers serve only to find where the data
//! begins. Only if it is missing or damaged do they say what there is ([`salvage`]). Nothing here inflates:
//! `stream` and `portion` do. Declared offsets and sizes are not trusted: data ends before the next header
//! and before the directory, so that a small file cannot claim the bytes of all others.

mod end;
mod salvage;

use std::io;
use std::ops::Range;

use rawzip::{CompressionMethod, ZipFileHeaderRecord, ZipLocator};

use super::backing::Backing;
use super::dated::seconds;
use super::name;
use crate::error::Plain;

/// An opened archive.
#[derive(Debug)]
pub(super) struct Archive {
    backing: Backing,
    /// Where the central directory begins: no data reaches beyond it. Without one, where the archive ends.
    directory: u64,
    /// What was found without a directory, in place of its bytes.
    salvaged: Vec<u8>,
    /// Where local headers begin, in ascending order, those of folders included: no data reaches
    /// beyond the next.
    headers: Vec<u64>,
}

/// What the central directory says of one member.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Where its local header begins.
    header: u64,
    /// As declared; [`packing`](Self::packing) says whether it is one that can be read.
    method: CompressionMethod,
    /// Known from a flag; the data of an encrypted member is never looked at.
    encrypted: bool,
    /// Compressed size in bytes.
    pub(super) stored: u64,
    /// Declared size of the text in bytes.
    pub(super) inflated: u64,
    /// Declared CRC-32 of the text.
    pub(super) crc: u32,
    /// When it was written, in seconds since 1970; a time without a zone is taken for UTC.
    pub(super) modified: Option<i64>,
    /// The end of its data is marked: bit 1 of the flags, of LZMA.
    has_end_mark: bool,
    /// Set if its sizes are not known: what begins where its data must end.
    cut: Option<&'static str>,
}

impl Member {
    /// Takes what the directory says: in local headers, sizes and CRC are 0 if the writer did not
    /// know them yet.
    fn new(record: &ZipFileHeaderRecord<'_>, before: u64) -> Self {
        let time = record.last_modified();
        let [hour, minute, second] = [time.hour(), time.minute(), time.second()];
        let modified = seconds(time.year(), [time.month(), time.day(), hour, minute, second]);
        Self {
            header: record.local_header_offset().saturating_add(before),
            method: record.compression_method(),
            encrypted: record.flags().is_encrypted(),
            stored: record.compressed_size_hint(),
            inflated: record.uncompressed_size_hint(),
            crc: record.crc32(),
            modified,
            has_end_mark: record.flags().bits() & 1 << 1 != 0,
            cut: None,
        }
    }

    /// How its data is packed; `None` if it cannot be read.
    pub(super) fn packing(&self) -> Option<Packing> {
        Some(match self.method {
            CompressionMethod::STORE => Packing::Stored,
            CompressionMethod::DEFLATE => Packing::Deflated,
            CompressionMethod::DEFLATE64 => Packing::Other(Method::Deflate64),
            CompressionMethod::LZMA => Packing::Other(Method::Lzma),
            method => match method.as_u16() {
                12 => Packing::Other(Method::Bzip2),
                // The first number was given up for the second.
                20 | 93 => Packing::Other(Method::Zstd),
                95 => Packing::Other(Method::Xz),
                _ => return None,
            },
        })
    }

    /// The size of its text, for methods whose data does not show where it ends.
    pub(super) fn size_of_lzma(&self) -> u64 {
        if self.has_end_mark || self.cut.is_some() { u64::MAX } else { self.inflated }
    }

    /// Whether the data is the text itself, without compression.
    pub(super) fn is_stored(&self) -> bool {
        self.method == CompressionMethod::STORE
    }

    /// Why this member cannot be read, if so: it is encrypted, or compressed in a way that is not
    /// supported, such as PPMd. Its row names the method.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.encrypted {
            return Some("the entry is encrypted".into());
        }
        if self.packing().is_some() {
            return None;
        }
        Some(format!("{} is not supported", self.method()))
    }

    /// Its method, for messages.
    pub(super) fn method(&self) -> String {
        let id = self.method.as_u16();
        match self.method.name() {
            Some(name) => format!("compression method {id} ({name})"),
            None => format!("compression method {id}"),
        }
    }
}

/// How the data of a member is packed (APPNOTE.TXT 6.3.10, section 4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Stored,
    Deflated,
    /// Unusual: always read as a stream.
    Other(Method),
}

/// An unusual method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Deflate64,
    /// With properties before the data (5.8.8).
    Lzma,
    /// These as in files of their own.
    Bzip2,
    Zstd,
    Xz,
}

/// The archive, its members with their names, and why the listing stopped early, if it did.
pub(super) type Opened = (Archive, Vec<(String, Member)>, Option<String>);

/// What becomes of an archive whose bytes could not all be read: that is the reason for what is wrong with it.
pub(super) fn because_of(
    failure: Option<String>,
    opened: Result<Opened, String>,
) -> Result<Opened, String> {
    match opened {
        Ok((archive, members, problem)) => Ok((archive, members, failure.or(problem))),
        Err(cause) => Err(failure.unwrap_or(cause)),
    }
}

/// Where the data of a member is, within the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Data {
    /// Offsets in the archive's bytes.
    pub(super) range: Range<u64>,
    /// Set if the range is shorter than declared: what begins before the declared end. The text
    /// before that is read, then the entry ends with this as its error.
    pub(super) cut: Option<&'static str>,
}

impl Archive {
    /// Reads the central directory. The error says why this is not an archive; one whose directory is missing or
    /// damaged gives the members that are found by their headers, and the reason.
    pub(super) fn open(backing: Backing) -> Result<Opened, String> {
        let (listing, cause) = match Listing::of(&backing) {
            Ok(listing) => match listing.problem.clone() {
                None => return Ok(listing.opened(backing, None)),
                Some(cause) => (listing, cause),
            },
            Err(cause) => (Listing { directory: backing.len(), ..Listing::default() }, cause),
        };
        let salvaged = salvage::salvage(&backing, &listing.headers);
        let salvaged = salvaged.map_err(|e| Plain(&e).to_string())?;
        // Nothing shows that it is an archive at all.
        if listing.problem.is_none() && salvaged.headers.is_empty() {
            return Err(cause);
        }
        let what = match salvaged.members.len() {
            0 => "none was found by its header",
            1 => "1 entry was found by its header",
            found => &format!("{found} entries were found by their headers"),
        };
        let problem = format!("{}; {what}", listing.problem.as_deref().unwrap_or(MISSING));
        Ok(listing.with(salvaged).opened(backing, Some(problem)))
    }

    /// The bytes of the archive.
    pub(super) fn backing(&self) -> &Backing {
        &self.backing
    }

    /// The bytes of its central directory and of what ends the archive.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn directory(&self) -> io::Result<Vec<u8>> {
        let mut buffer = Vec::new();
        let end = self.backing.len();
        let bytes = self.backing.bytes(self.directory.min(end)..end, &mut buffer)?;
        Ok([bytes, &self.salvaged].concat())
    }

    /// Where a member's data is: after its local header and before whatever comes next. Of the
    /// header only the signature and the lengths of name and extra field count. The error says why
    /// there is no data to be found.
    pub(super) fn data(&self, member: &Member) -> Result<Data, String> {
        let mut header = [0; LOCAL_HEADER];
        if member.header >= self.directory {
            return Err("its header is not at the listed position".into());
        }
        let read = self.backing.read_up_to(&mut header, member.header);
        if read.map_err(|e| Plain(&e).to_string())? < LOCAL_HEADER {
            return Err("it ends in the middle of a header or of an entry".into());
        }
        if !header.starts_with(&HEADER) {
            return Err("a header is damaged".into());
        }
        // Offsets 26 and 28: the lengths of name and extra field. The latter differs from the
        // directory's, which has its own extra field.
        let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let start = member.header + LOCAL_HEADER as u64 + length(26) + length(28);
        // The size is as declared and may be anything up to 2^64.
        let end = start.saturating_add(member.stored);
        let (limit, what) = match self.header_between(member.header, end.min(self.directory)) {
            Some(header) => (header, "the next entry begins"),
            None if self.directory == self.backing.len() => (self.directory, "the archive ends"),
            None => (self.directory, "the central directory begins"),
        };
        if start > limit {
            return Err(format!("{what} before its header ends"));
        }
        let cut = if end > limit { Some(what) } else { member.cut };
        Ok(Data { range: start..end.min(limit), cut })
    }

    /// The first header of another member after `start` and before `end`. A damaged directory may
    /// list offsets where no header is; only those with a signature cut data short.
    fn header_between(&self, start: u64, end: u64) -> Option<u64> {
        let next = self.headers.partition_point(|&other| other <= start);
        let mut between = self.headers[next..].iter().copied().take_while(|&other| other < end);
        between.find(|&other| is_header(&self.backing, other))
    }
}

/// Whether the signature of a local header is at a place.
fn is_header(backing: &Backing, place: u64) -> bool {
    let mut signature = [0; HEADER.len()];
    let read = backing.read_up_to(&mut signature, place);
    read.is_ok_and(|read| read == signature.len()) && signature == HEADER
}

/// What is listed of an archive.
#[derive(Debug, Default)]
struct Listing {
    members: Vec<(String, Member)>,
    /// Where all local headers begin, in ascending order.
    headers: Vec<u64>,
    /// Where the directory begins.
    directory: u64,
    /// Why it stopped early, if it did.
    problem: Option<String>,
    /// What was found without the directory.
    salvaged: Vec<u8>,
}

impl Listing {
    /// What the directory lists. The error says why there is none.
    fn of(backing: &Backing) -> Result<Self, String> {
        let (mut damaged, mut empty, mut failure) = (None, None, None);
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let mut tried = Vec::new();
        for span in end::SPANS {
            for end in end::ends(backing, span).map_err(|e| Plain(&e).to_string())? {
                // A longer span has those of a shorter one, too.
                if tried.contains(&end) {
                    continue;
                }
                tried.push(end);
                let listing = match Self::before(backing, &end, &mut buffer) {
                    Ok(listing) => listing,
                    Err(cause) => {
                        failure.get_or_insert(cause);
                        continue;
                    }
                };
                if listing.is_inner(backing, end.is_exact) {
                    continue;
                }
                match (&listing.problem, listing.headers.is_empty()) {
                    (None, false) => return Ok(listing),
                    // A comment may have a record of an archive without entries, or of none.
                    (None, true) => drop(empty.get_or_insert(listing)),
                    (Some(_), _) => drop(damaged.get_or_insert(listing)),
                }
            }
        }
        let failure = || failure.unwrap_or_else(|| NO_DIRECTORY.to_owned());
        damaged.or(empty).ok_or_else(failure)
    }

    /// Whether this is not the archive that the file is, but one that is stored in it, which may have the last record of an
    /// archive that is cut. `is_exact`: it ends with the file, as it does in few such.
    fn is_inner(&self, backing: &Backing, is_exact: bool) -> bool {
        match self.headers.first() {
            Some(&first) if first > 0 && is_header(backing, 0) => {
                // Another archive may come before it.
                let outer = || salvage::salvage(backing, &[]).ok();
                let is_within = |outer: salvage::Salvaged| {
                    first < outer.end && outer.headers.binary_search(&first).is_err()
                };
                !is_exact || outer().is_some_and(is_within)
            }
            _ => false,
        }
    }

    /// What the directory lists that belongs to a record at the end.
    fn before(backing: &Backing, end: &end::End, buffer: &mut [u8]) -> Result<Self, String> {
        let (view, search) = end.view(backing);
        // One way of reading for all backings: rawzip's own for slices judges some archives
        // differently.
        let located = ZipLocator::new().locate_in_reader(view, buffer, search);
        let archive = located.map_err(|(_, error)| explain(error))?;
        let mut listing =
            Self { directory: archive.directory_offset() + end.before(), ..Self::default() };
        let declared = archive.entries_hint();
        let mut records = archive.entries(buffer);
        let cause = loop {
            match records.next_entry() {
                Ok(Some(record)) => {
                    // Also for folders: what is in front of them must not reach into their headers.
                    let member = Member::new(&record, end.before());
                    listing.headers.push(member.header);
                    if has_data(&record) {
                        let raw = record.file_path();
                        let path = name::in_unicode(record.extra_fields(), raw.as_bytes());
                        let path = path.unwrap_or_else(|| name::decode(raw.as_bytes()));
                        listing.members.push((path, member));
                    }
                }
                Ok(None) => break None,
                // What is listed so far is kept; the problem says where the listing broke off.
                Err(e) => break Some(explain(e)),
            }
        };
        let listed = listing.members.len();
        listing.problem =
            cause.map(|cause| format!("{cause} after {listed} of {declared} listed entries"));
        // Two listed members may share a header; for the search in `header_between` once is enough.
        listing.headers.sort_unstable();
        listing.headers.dedup();
        Ok(listing)
    }

    /// With what was found by headers.
    fn with(mut self, salvage::Salvaged { members, headers, end }: salvage::Salvaged) -> Self {
        self.salvaged = format!("{members:?}").into_bytes();
        self.members.extend(members);
        self.headers.extend(headers);
        self.headers.sort_unstable();
        self.headers.dedup();
        self.directory = self.directory.min(end);
        self
    }

    fn opened(self, backing: Backing, problem: Option<String>) -> Opened {
        let Self { members, headers, directory, salvaged, .. } = self;
        (Archive { backing, directory, salvaged, headers }, members, problem)
    }
}

/// Why a file is no whole archive.
const NO_DIRECTORY: &str = "not a zip archive: it has no central directory at its end";
const MISSING: &str = "the archive is cut: it has no central directory";

/// The signature of a local header, and its bytes before the name.
const HEADER: [u8; 4] = *b"PK\x03\x04";
const LOCAL_HEADER: usize = 30;

/// Bytes that deflate makes of an empty text.
const EMPTY: u64 = 2;

/// Whether an entry is more than the name of a folder. An empty folder may have the data of an empty text.
fn has_data(record: &ZipFileHeaderRecord<'_>) -> bool {
    !record.is_dir()
        || record.uncompressed_size_hint() > 0
        || record.crc32() != 0
        || record.compressed_size_hint() > EMPTY
}

/// What is wrong with an archive, in words for people instead of rawzip's.
fn explain(error: rawzip::Error) -> String {
    use rawzip::ErrorKind;
    match error.kind() {
        ErrorKind::MissingEndOfCentralDirectory => NO_DIRECTORY.into(),
        ErrorKind::InvalidEndOfCentralDirectory => "its end record is damaged".into(),
        ErrorKind::InvalidSignature { .. } => "a header is damaged".into(),
        ErrorKind::Eof => "it ends in the middle of a header or of an entry".into(),
        _ => error.to_string(),
    }
}
