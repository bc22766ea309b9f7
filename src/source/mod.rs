//! Where bytes come from: bundles and the entries in them.
//!
//! A [`Catalog`] lists every entry of every input before anything is read; a [`Feed`] then
//! reads a run of entries as [`Portion`]s of whole lines.

mod archive;
mod backing;
mod binary;
mod catalog;
mod codec;
mod copies;
mod directory;
mod encoding;
mod examine;
mod feed;
mod foreign;
mod framing;
pub mod hint;
pub mod inflate;
mod inputs;
mod left_out;
mod lines;
mod live;
mod magic;
mod name;
mod outset;
mod own_csv;
mod parts;
mod portion;
mod progress;
mod read_at;
mod readers;
mod spool;
mod stream;
mod streamed;
mod tar;
mod twins;
mod wide;

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::identity::{Identity, Outcome};
use archive::{Archive, Member};
use backing::Backing;
use live::Live;
use streamed::StreamedTar;

pub use catalog::Catalog;
pub use feed::Feed;
pub(crate) use framing::BYTE_ORDER_MARK;
pub use framing::{FormatId, Framing, Newlines, Recognise, Recognised, is_blank};
pub use left_out::{LeftOut, LineRanges};
pub(crate) use parts::{Log, Part, StoredText};
pub use portion::{Ending, Piece, Portion};
pub use progress::Progress;

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
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { map: MapPolicy::Auto, max_line: 64 << 20 }
    }
}

/// An input as a whole: an archive, a directory, a single file or standard input.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// As the user named it; an archive found inside has its path appended after a `!`.
    pub name: String,
    /// How many archives it is inside of.
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
    /// Bytes as stored: compressed in an archive. 0 where not known beforehand.
    pub stored_bytes: u64,
    /// Bytes of text, as declared; `None` where it shows only in reading.
    pub inflated_bytes: Option<u64>,
    /// What is known of its log before it is read: at first from the path.
    pub identity: Identity,
    /// What the platform says became of it.
    pub outcome: Outcome,
    /// The format; `None`: it shows in reading.
    pub format: Option<FormatId>,
    /// What the format was told by.
    pub told_by: Cow<'static, str>,
    /// The stages that its rows may name themselves; none where the entry has one.
    pub stages: &'static [&'static str],
    /// Lines that give no rows because other entries hold them.
    pub left_out: Option<Arc<LeftOut>>,
    /// Its first bytes were looked at, or need no look.
    examined: bool,
    place: Place,
}

impl Entry {
    fn recognised(&mut self, (format, told_by): Recognised) {
        (self.format, self.told_by) = (Some(format), told_by);
    }

    /// Why it cannot be read, where that is known before it is tried.
    pub fn refusal(&self) -> Option<&str> {
        match &self.place {
            Place::Unreadable(why) => Some(why),
            _ => None,
        }
    }

    /// Whether it is read as it comes: standard input, a pipe or a device.
    pub fn is_live(&self) -> bool {
        !self.can_be_read_twice() && !matches!(self.place, Place::Unreadable(_))
    }

    /// Whether it can be looked at and then be read from its beginning.
    fn can_be_read_twice(&self) -> bool {
        match &self.place {
            Place::Member(..) | Place::Range(..) | Place::Lines(..) | Place::Streamed(..) => true,
            // A pipe has no size.
            Place::File(_) => self.stored_bytes > 0 || self.inflated_bytes.is_some(),
            Place::Stdin(_) | Place::Unreadable(_) => false,
        }
    }
}

/// A file of a bundle that gives no rows.
#[derive(Debug, Clone)]
pub struct Aside {
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Path in the bundle.
    pub path: String,
    /// The format; `None`: not a log.
    pub format: Option<FormatId>,
    /// Why it gives none.
    pub reason: String,
    /// What other entries hold of it, where that is why.
    pub left_out: Option<Arc<LeftOut>>,
}

#[derive(Debug, Clone)]
enum Place {
    Member(Arc<Archive>, Member),
    /// A part of an archive that is stored as it is.
    Range(Arc<Backing>, Range<u64>),
    /// Lines of a text that holds the lines of many entries.
    Lines(parts::Lines),
    /// A member of a tar file that is read front to back, by its number.
    Streamed(Arc<StreamedTar>, usize),
    File(PathBuf),
    Stdin(Arc<Live>),
    /// Known to be unreadable, and why.
    Unreadable(String),
}

impl Place {
    /// Line and offset of the first byte, as they are counted in the text.
    fn beginning(&self) -> (i64, u64) {
        match self {
            Self::Lines(lines) => (lines.first_line, lines.offset),
            _ => (1, 0),
        }
    }

    /// Whether it is read in one go with the place of the entry before.
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
