//! Zip archives: the central directory, read once, and the place of each member's data.

use std::ops::Range;

use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipFileHeaderRecord};

use super::backing::Backing;
use super::name;

/// An opened archive.
#[derive(Debug)]
pub(super) struct Archive {
    backing: Reader,
}

#[derive(Debug)]
enum Reader {
    Slice(rawzip::ZipSliceArchive<Slice>),
    File(ZipArchive<rawzip::FileReader>, Backing),
}

/// A backing that is in memory, as rawzip wants it.
#[derive(Debug)]
struct Slice(Backing);

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self.0.slice().unwrap_or_default()
    }
}

/// What the central directory says of one member.
#[derive(Debug, Clone)]
pub(super) struct Member {
    wayfinder: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
    /// Compressed size in bytes.
    pub(super) stored: u64,
    /// Declared size of the text in bytes.
    pub(super) inflated: u64,
    /// Declared CRC-32 of the text.
    pub(super) crc: u32,
}

impl Member {
    fn new(record: &ZipFileHeaderRecord<'_>) -> Self {
        Self {
            wayfinder: record.wayfinder(),
            method: record.compression_method(),
            encrypted: record.flags().is_encrypted(),
            stored: record.compressed_size_hint(),
            inflated: record.uncompressed_size_hint(),
            crc: record.crc32(),
        }
    }

    pub(super) fn is_stored(&self) -> bool {
        self.method == CompressionMethod::STORE
    }

    /// Why this member cannot be read by anyone here, if so.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.encrypted {
            return Some("the entry is encrypted".into());
        }
        if self.is_stored() || self.method == CompressionMethod::DEFLATE {
            return None;
        }
        let id = self.method.as_u16();
        Some(match self.method.name() {
            Some(name) => format!("compression method {id} ({name}) is not supported"),
            None => format!("compression method {id} is not supported"),
        })
    }
}

/// The archive, its members with their names, and why the listing stopped early, if it did.
type Opened = (Archive, Vec<(String, Member)>, Option<String>);

impl Archive {
    /// Reads the central directory. The error says why this is no archive.
    pub(super) fn open(backing: Backing) -> Result<Opened, String> {
        let mut members = Vec::new();
        let mut add = |record: &ZipFileHeaderRecord<'_>| {
            if !record.is_dir() || record.uncompressed_size_hint() > 0 {
                let path = name::decode(record.file_path().as_bytes());
                members.push((path, Member::new(record)));
            }
        };
        let mut buffer = Vec::new();
        let (reader, declared, listed) = match backing {
            Backing::File(file, bytes) => {
                buffer.resize(rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE, 0);
                let second = file.try_clone().map_err(|e| e.to_string())?;
                let archive = ZipArchive::from_file(file, &mut buffer).map_err(explain)?;
                let mut records = archive.entries(&mut buffer);
                let listed = loop {
                    match records.next_entry() {
                        Ok(Some(record)) => add(&record),
                        Ok(None) => break Ok(()),
                        Err(e) => break Err(explain(e)),
                    }
                };
                let declared = archive.entries_hint();
                (Reader::File(archive, Backing::File(second, bytes)), declared, listed)
            }
            backing => {
                let archive = ZipArchive::from_slice(Slice(backing)).map_err(explain)?;
                let mut records = archive.entries();
                let listed = loop {
                    match records.next_entry() {
                        Ok(Some(record)) => add(&record),
                        Ok(None) => break Ok(()),
                        Err(e) => break Err(explain(e)),
                    }
                };
                let declared = archive.entries_hint();
                (Reader::Slice(archive), declared, listed)
            }
        };
        let problem = listed
            .err()
            .map(|cause| format!("{cause} after {} of {declared} listed entries", members.len()));
        Ok((Self { backing: reader }, members, problem))
    }

    pub(super) fn backing(&self) -> &Backing {
        match &self.backing {
            Reader::Slice(archive) => &archive.get_ref().0,
            Reader::File(_, backing) => backing,
        }
    }

    /// Where a member's data is, by its local header.
    pub(super) fn range(&self, member: &Member) -> Result<Range<u64>, String> {
        let range = match &self.backing {
            Reader::Slice(archive) => {
                archive.get_entry(member.wayfinder).map(|entry| entry.compressed_data_range())
            }
            Reader::File(archive, _) => {
                archive.get_entry(member.wayfinder).map(|entry| entry.compressed_data_range())
            }
        };
        range.map(|(start, end)| start..end).map_err(explain)
    }
}

fn explain(error: rawzip::Error) -> String {
    use rawzip::ErrorKind;
    match error.kind() {
        ErrorKind::MissingEndOfCentralDirectory => {
            "not a zip archive: it has no central directory at its end".into()
        }
        ErrorKind::InvalidEndOfCentralDirectory => "its end record is damaged".into(),
        ErrorKind::InvalidSignature { .. } => "a header is damaged".into(),
        ErrorKind::Eof => "it ends in the middle of a header or of an entry".into(),
        _ => error.to_string(),
    }
}
