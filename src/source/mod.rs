//! Where bytes come from: bundles and the entries in them.
//!
//! A [`Catalog`] lists every entry of every input before anything is read; a [`Feed`] then reads a run
//! of entries as [`Portion`]s of whole lines. In between, `examine` looks at the first bytes of the
//! entries to recognise formats and to open archives inside archives.
//!
//! From the outside in: `inputs` and `directory` find files; `archive` (zip), `tar` and `streamed` find
//! the members in them, `written` and `gather` the logs in files of rows; `stream`, `codec` and `inflate` undo compression; `wide` turns UTF-16 and
//! UTF-32 into UTF-8; `lines` cuts what comes out between records. What is read goes through `backing`,
//! which hides whether bytes are mapped, in memory or in a file.

mod access;
mod archive;
mod arrival;
mod backing;
mod binary;
mod blocks;
mod catalog;
mod codec;
mod copies;
mod dated;
mod directory;
mod encoding;
mod examine;
mod extracted;
mod feed;
mod foreign;
mod framing;
mod gather;
pub mod hint;
mod held;
mod home;
pub mod inflate;
mod inputs;
mod kept;
mod left_out;
mod limits;
mod lines;
mod live;
mod log;
mod magic;
mod mapped;
mod merge;
mod name;
mod origin;
mod outset;
mod oversized;
mod own_csv;
mod parts;
mod peek;
mod portion;
mod progress;
#[cfg(any(feature = "fetch", feature = "serve"))]
mod raw_zip;
mod read_at;
mod readers;
mod size;
mod spool;
mod stream;
mod streamed;
mod tar;
mod twins;
mod unit;
mod unopened;
mod unpack;
mod wide;
mod written;

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::identity::{Identity, Outcome};
use archive::{Archive, Member};
use extracted::Extracted;
use live::Live;
use streamed::StreamedTar;

pub(crate) use access::{Access, AccessPoint, Points};
pub(crate) use backing::Backing;
pub(crate) use blocks::{Block, Blocks};
pub use catalog::Catalog;
pub use dated::Reference;
pub(crate) use directory::is_empty_directory;
pub(crate) use extracted::{LIST, List, ListedBundle, ListedFile, VERSION as LIST_VERSION};
pub use feed::Feed;
pub(crate) use foreign::INDEX_MAGIC;
pub(crate) use framing::BYTE_ORDER_MARK;
pub use framing::{FormatId, Framing, Long, Newlines, Recognise, Recognised, is_blank};
pub(crate) use home::HomeFile;
pub(crate) use kept::Copies;
pub use left_out::{LeftOut, LineRanges};
pub use limits::{Limit, Limits};
pub(crate) use log::{Log, longest_row};
pub use mapped::end_at_cut_files;
pub(crate) use name::{RANDOM, TEMPORARY, is_temporary};
pub use oversized::{Oversized, PassedLines};
pub(crate) use parts::{Part, PartOf, StoredText};
use portion::PORTION;
pub use portion::{Ending, Piece, Portion};
pub use progress::Progress;
#[cfg(feature = "fetch")]
pub(crate) use raw_zip::DEFLATE;
#[cfg(feature = "serve")]
pub(crate) use raw_zip::STORE;
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) use raw_zip::{Layout, RawEntry, Stored, members};
pub(crate) use readers::is_after_all;
#[cfg(feature = "cli")]
pub(crate) use size::parse_bytes;
pub(crate) use unit::{Listed, Unit, unnamable};
pub(crate) use unopened::RawEntries;
#[cfg(test)]
pub(crate) use written::COLUMNS;
pub(crate) use written::ColumnSet;
#[doc(hidden)]
pub use written::is_decoding;
pub(crate) use written::manifest as data_set;
pub(crate) use written::{Bounds, WrittenFile, WrittenLog};

/// Whether files are mapped into memory or read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapPolicy {
    /// Archives are mapped, plain files are read: the faster of the two for each.
    #[default]
    Auto,
    /// Archives and plain files are mapped.
    Always,
    /// Nothing is mapped: for inputs that may be cut short while they are read.
    Never,
}

/// What the reader takes and where it stops.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// Whether files are mapped into memory.
    pub map: MapPolicy,
    /// Longest line in bytes; a longer one becomes an error row with its first 4 KiB.
    pub max_line: usize,
    /// Lines that continue a record, such as those of a stack trace, are part of its row, which has at most
    /// `max_line` bytes of text; else each line is a row.
    pub join: bool,
    /// Where listing ends.
    pub limits: Limits,
}

impl Default for ReadOptions {
    fn default() -> Self {
        let limits = Limits::default();
        Self { map: MapPolicy::Auto, max_line: 64 << 20, join: false, limits }
    }
}

/// Which archives are opened when inputs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// All, also those that are in other archives and in directories.
    All,
    /// Those that are inputs; others wait for a look. Files that were extracted have their own names. For plans.
    Inputs,
    /// Those that are inputs; others are files, and nothing is looked at. For extractions.
    Files,
}

/// Where the entries of a bundle are in the file system.
#[derive(Debug, Clone, Default)]
enum Home {
    /// In no file that could be found again: standard input, or rows that name another log.
    #[default]
    Nowhere,
    /// In files below this directory.
    Directory(PathBuf),
    /// In this file, whatever archives in it they are in.
    File(PathBuf),
    /// In this zip archive.
    Zip(PathBuf, Arc<Archive>),
}

/// An input as a whole: an archive, a directory, a single file or standard input.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// As the user named it; an archive found inside has its path appended after a `!`.
    pub name: String,
    /// Where it is in the file system.
    home: Home,
    /// The bundle whose rows name it: ripsaw's own rows do.
    named_in: Option<usize>,
    /// How many entries it had when it was listed, before any look at them.
    listed: usize,
    /// How many archives it is inside of.
    /// 0 for an input and for what is found in a directory. [Limited](Limits::depth).
    depth: usize,
}

/// One log file in a bundle.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place among all entries of the inputs, whatever was left out since.
    pub number: usize,
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Path in the bundle, exactly as stored; `/` between parts.
    pub path: String,
    /// Bytes as stored: compressed in an archive. 0 if not known beforehand, as for standard input
    /// and the members of a compressed tar file.
    pub stored_bytes: u64,
    /// Bytes of text, as the archive or the file system declares (for a `.gz` file in an archive:
    /// its own bytes); `None` if only reading shows it, as for a `.gz` file on disk.
    pub inflated_bytes: Option<u64>,
    /// What is known of its log before it is read: at first from the path.
    pub identity: Arc<Identity>,
    /// Status and times, if the platform wrote them beside its log (`execution.json`).
    pub outcome: Outcome,
    /// The format; `None` before the first look, and for pipes, whose format only reading shows.
    pub format: Option<FormatId>,
    /// What the format was recognised by, in words for people; empty if there is no format yet.
    pub detected_by: Cow<'static, str>,
    /// The stages that its rows may name themselves; empty if the entry is of one stage.
    pub stages: &'static [&'static str],
    /// Lines that give no rows because other entries hold them.
    pub left_out: Option<Arc<LeftOut>>,
    /// When it was written, in seconds since 1970, if the tar file around it says so.
    modified: Option<i64>,
    /// It is in a file that was extracted from an archive.
    extracted: Option<Arc<Extracted>>,
    /// What completes its times; only if its format needs that.
    pub(crate) reference: Reference,
    /// The parts of it that are read; `None`: all.
    pub(crate) blocks: Option<Arc<Blocks>>,
    /// The unit that it is read for, by number; `None`: it is listed for the sake of others, and not read.
    pub(crate) unit: Option<usize>,
    /// Where ways into its text are noted while it is read for an index.
    pub(crate) points: Option<Points>,
    /// Its first bytes were looked at, or need no look: another round of `examine` passes it by.
    examined: bool,
    /// Where its bytes are.
    place: Place,
}

impl Entry {
    /// Sets the format and what it was recognised by.
    fn recognised(&mut self, (format, detected_by): Recognised) {
        (self.format, self.detected_by) = (Some(format), detected_by);
    }

    /// Why it cannot be read, if that is known before it is tried: an encrypted member, a link to
    /// nothing. It then ends up as an error row.
    pub fn refusal(&self) -> Option<&str> {
        match &self.place {
            Place::Unreadable(why) => Some(why),
            _ => None,
        }
    }

    /// Whether it is in files of rows that ripsaw wrote.
    pub fn is_converted(&self) -> bool {
        self.written().is_some()
    }

    /// Of rows of NDJSON that have keys after their columns: those columns.
    pub(crate) fn keyed(&self) -> Option<ColumnSet> {
        match &self.place {
            Place::Lines(lines) => lines.keyed,
            _ => None,
        }
    }

    /// The files of rows that it is in; `None` if it is text.
    pub(crate) fn written(&self) -> Option<&Arc<WrittenLog>> {
        match &self.place {
            Place::Written(log) => Some(log),
            _ => None,
        }
    }

    /// Reads less of a log in files of rows.
    pub(crate) fn set_written(&mut self, log: WrittenLog) {
        self.place = Place::Written(Arc::new(log));
    }

    /// About how much text its pieces have, in bytes. What is known of each in an index is the more telling the
    /// smaller they are.
    fn piece_bytes(&self) -> usize {
        const INDEXED: usize = 256 << 10;
        if self.points.is_some() { INDEXED } else { PORTION }
    }

    /// Whether any of it is read.
    fn has_text_to_read(&self) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| !blocks.blocks.is_empty())
    }

    /// Whether it is read as it comes: standard input, a pipe or a device.
    pub fn is_live(&self) -> bool {
        !self.can_be_read_twice() && !matches!(self.place, Place::Unreadable(_))
    }

    /// Whether it can be looked at and then be read from its beginning.
    pub fn can_be_read_twice(&self) -> bool {
        match &self.place {
            // Members of a compressed tar file can, at the cost of decompressing all before them again.
            Place::Member(..)
            | Place::Range(..)
            | Place::Lines(..)
            | Place::Streamed(..)
            | Place::Written(_) => true,
            // A pipe has no size, and what a look takes from it is gone. Files of `/proc`
            // claim 0 bytes, too, but are entered with a size of text.
            Place::File(_) => self.stored_bytes > 0 || self.inflated_bytes.is_some(),
            Place::Stdin(_) | Place::Unreadable(_) => false,
        }
    }
}

/// A file of a bundle that gives no rows.
#[derive(Debug, Clone)]
pub struct IgnoredFile {
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Path in the bundle.
    pub path: String,
    /// The format; `None`: not a log.
    pub format: Option<FormatId>,
    /// Why it gives none, as in `not a log (PNG image)` or `a link to a.log`.
    pub reason: String,
    /// The lines that other entries hold, if that is the reason.
    pub left_out: Option<Arc<LeftOut>>,
}

/// A log that the description of a run names (`execution.json`), and that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingLog {
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Its path in the bundle.
    pub path: String,
    /// The step.
    pub step: Option<String>,
}

/// Where the bytes of an entry are, and how they are read.
#[derive(Debug, Clone)]
enum Place {
    /// A member of a zip archive.
    Member(Arc<Archive>, Member),
    /// Bytes that are stored as they are: a member of an uncompressed tar file, or an archive in
    /// memory.
    Range(Arc<Backing>, Range<u64>),
    /// Lines of a text that holds the lines of many entries.
    Lines(parts::Lines),
    /// A member of a tar file that is read front to back, by its number.
    Streamed(Arc<StreamedTar>, usize),
    /// A file of the file system; also a named pipe or a device.
    File(PathBuf),
    /// A log in files of rows that ripsaw wrote.
    Written(Arc<WrittenLog>),
    /// Standard input: read once, as it comes.
    Stdin(Arc<Live>),
    /// Known to be unreadable, and why.
    Unreadable(String),
}

impl Place {
    /// Line (from 1) and offset of the first byte, counted in the whole text: for a part of a text,
    /// not those of the part.
    fn beginning(&self) -> (i64, u64) {
        match self {
            Self::Lines(lines) => (lines.first_line, lines.offset),
            _ => (1, 0),
        }
    }

    /// Whether it is read in one pass with the place of the entry before: both are members of the
    /// same compressed tar file, in its order.
    fn continues(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Streamed(tar, a), Self::Streamed(same, b)) => Arc::ptr_eq(tar, same) && a < b,
            _ => false,
        }
    }
}

/// Reads until `into` is full or the source ends; returns how much that was, even after an error.
fn read_up_to(source: &mut impl Read, into: &mut [u8]) -> (usize, io::Result<()>) {
    let mut read = 0;
    while read < into.len() {
        match source.read(&mut into[read..]) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (read, Err(e)),
        }
    }
    (read, Ok(()))
}
