//! A zip of some logs, laid out without being written: its length is known and it can be read from anywhere.
//!
//! What an archive stores is copied as it is. Other members are stored without compression; to know their size and
//! CRC they are read once beforehand.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::answer::{Answer, Source};
use super::body::Reader;
use hyper::header::CONTENT_DISPOSITION;

use crate::source::{Layout, RawEntry, STORE, Stored};

/// Bytes that are copied at once.
const COPIED: usize = 128 << 10;

/// What a download is.
pub(super) enum Zip {
    /// A file that has just the logs that were asked for: its bytes are those that were fetched.
    File(Whole),
    /// Some logs.
    Parts(Parts),
}

/// An archive in the file system.
#[derive(Clone)]
pub(super) struct Whole {
    path: PathBuf,
    length: u64,
    /// When it was changed: another time means other bytes.
    version: u128,
}

/// A layout.
pub(super) struct Parts {
    /// The parts with the offsets of their ends.
    parts: Vec<(u64, Part)>,
    tag: String,
}

/// Opens a text from its beginning, whenever it is asked to.
pub(super) type Opener = Box<dyn Fn() -> io::Result<Reader> + Send + Sync>;

/// What is put into a zip.
pub(super) enum Content {
    /// Data as an archive stores it.
    Stored(Stored),
    /// A text, which must be the same whenever it is opened.
    Text(Opener),
}

/// A part of a zip.
enum Part {
    /// Headers.
    Bytes(Vec<u8>),
    /// A member.
    Content(Content),
}

impl Whole {
    /// The file as it is now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let about = path.metadata()?;
        let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let version = changed.map_or(0, |since| since.as_nanos());
        Ok(Self { path: path.to_owned(), length: about.len(), version })
    }
}

impl Parts {
    /// Lays members out, each with its name.
    ///
    /// # Errors
    /// Why a text cannot be read.
    pub(super) fn of(members: impl Iterator<Item = (String, Content)>) -> io::Result<Self> {
        let (mut layout, mut parts, mut tag) = (Layout::default(), Vec::new(), String::new());
        for (name, content) in members {
            let entry = match &content {
                Content::Stored(stored) => RawEntry { name, ..stored.entry.clone() },
                Content::Text(open) => measured(name, open()?)?,
            };
            let _ =
                write!(tag, "{}\0{:x} {} {}\0", entry.name, entry.crc, entry.text, entry.stored);
            let header = layout.push(&entry);
            parts.push((layout.position() - entry.stored, Part::Bytes(header)));
            parts.push((layout.position(), Part::Content(content)));
        }
        let position = layout.position();
        let directory = layout.finish();
        parts.push((position + directory.len() as u64, Part::Bytes(directory)));
        Ok(Self { parts, tag })
    }
}

/// Reads a text to know its size and CRC.
fn measured(name: String, mut text: Reader) -> io::Result<RawEntry> {
    let (mut hasher, mut buffer) = (crc32fast::Hasher::new(), vec![0; COPIED]);
    let mut length = 0;
    loop {
        match text.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(RawEntry { name, method: STORE, crc: hasher.finalize(), stored: length, text: length })
}

impl Zip {
    /// The answer that it is, to be saved under a name.
    pub(super) fn answer(self: &Arc<Self>, content_type: &'static str, name: &str) -> Answer {
        Answer::source(content_type, Box::new(ZipSource(Arc::clone(self))))
            .header(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))
            .tagged(self.tag())
            .as_it_is()
    }

    /// What its entity tag is made of.
    fn tag(&self) -> String {
        match self {
            Self::File(whole) => {
                format!("{}\0{}\0{}", whole.path.display(), whole.length, whole.version)
            }
            Self::Parts(parts) => parts.tag.clone(),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::File(whole) => whole.length,
            Self::Parts(parts) => parts.parts.last().map_or(0, |(end, _)| *end),
        }
    }
}

/// A zip as content.
struct ZipSource(Arc<Zip>);

impl Source for ZipSource {
    fn length(&self) -> Option<u64> {
        Some(self.0.length())
    }

    fn open(self: Box<Self>, from: u64) -> io::Result<Reader> {
        match &*self.0 {
            Zip::File(whole) => {
                let now = Whole::of(&whole.path)?;
                if (now.length, now.version) != (whole.length, whole.version) {
                    return Err(io::Error::other("the file has changed"));
                }
                let mut file = File::open(&whole.path)?;
                file.seek(SeekFrom::Start(from))?;
                Ok(Box::new(file))
            }
            Zip::Parts(parts) => {
                let next = parts.parts.partition_point(|(end, _)| *end <= from);
                let begin = next.checked_sub(1).map_or(0, |before| parts.parts[before].0);
                let (skip, current) = (from - begin, Box::new(io::empty()));
                Ok(Box::new(PartsReader { zip: self.0, next, skip, current, left: 0 }))
            }
        }
    }
}

/// Reads the parts one after the other.
struct PartsReader {
    zip: Arc<Zip>,
    next: usize,
    /// Bytes of the next part that are left out.
    skip: u64,
    current: Reader,
    /// Bytes that the current part still has.
    left: u64,
}

impl PartsReader {
    /// Opens the next part; `None`: there is none.
    fn open_next(&mut self) -> io::Result<Option<Reader>> {
        let Zip::Parts(parts) = &*self.zip else { return Ok(None) };
        let Some((end, part)) = parts.parts.get(self.next) else { return Ok(None) };
        let begin = self.next.checked_sub(1).map_or(0, |before| parts.parts[before].0);
        let (skip, length) = (std::mem::take(&mut self.skip), end - begin);
        self.next += 1;
        self.left = length - skip;
        Ok(Some(match part {
            Part::Bytes(bytes) => {
                Box::new(io::Cursor::new(bytes[usize::try_from(skip).unwrap_or(0)..].to_vec()))
            }
            Part::Content(Content::Stored(stored)) => {
                Box::new(StoredReader { stored: stored.clone(), at: skip, buffer: Vec::new() })
            }
            Part::Content(Content::Text(open)) => {
                let mut text = open()?;
                io::copy(&mut text.by_ref().take(skip), &mut io::sink())?;
                text
            }
        }))
    }
}

impl Read for PartsReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some(next) = self.open_next()? else { return Ok(0) };
            self.current = next;
        }
        // A file may have grown since it was measured.
        let wanted = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.current.read(&mut into[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// The data of a member.
struct StoredReader {
    stored: Stored,
    at: u64,
    buffer: Vec<u8>,
}

impl Read for StoredReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.stored.entry.stored;
        if self.at >= end || into.is_empty() {
            return Ok(0);
        }
        let until = end.min(self.at + into.len() as u64);
        let bytes = self.stored.bytes(self.at..until, &mut self.buffer)?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into[..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}
