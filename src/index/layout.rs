//! The bytes of an index file: what is large first, then records, then what says where they are.
//!
//! ```text
//! MAGIC
//! DATA        signatures and histories, each with a check sum in its record: of a signature, of its head
//! FILES       a record for each log file or archive that is indexed
//! ENTRIES     a record for each entry of those, in the order of the catalog
//! BLOCKS      a record for each block of those, in the order of the text
//! POINTS      a record for each place where deflated text can be entered
//! TEXTS       names and contexts, which records refer to
//! sections    kind, place, length and check sum of each of the above
//! end         version, decoder revision, options, how many sections, check sum, MAGIC
//! ```
//!
//! The end comes last, so that a file is written front to back and a torn one has none. All numbers are
//! little-endian and need no alignment, so records are used where they are mapped. A reader
//! skips sections of kinds that it does not know, and refuses a file in which one that it needs is missing,
//! has another check sum, or refers to what is not there.

/// What an index file begins with.
pub(super) use crate::source::INDEX_MAGIC as MAGIC;
use zerocopy::little_endian::{I64, U32, U64};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The version of the layout: raised with every change that older readers would misread.
pub(super) const VERSION: u32 = 1;

/// Kinds of sections.
pub(super) const FILES: u32 = 1;
pub(super) const ENTRIES: u32 = 2;
pub(super) const BLOCKS: u32 = 3;
pub(super) const POINTS: u32 = 4;
pub(super) const TEXTS: u32 = 5;
pub(super) const DATA: u32 = 6;

/// The last bytes of the file.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct End {
    /// Of the decoders that made the rows.
    pub(super) decoders: U32,
    pub(super) sections: U32,
    /// A hash of the options that change rows.
    pub(super) options: U64,
    /// Of the table of sections and of the fields above.
    pub(super) check: U64,
    pub(super) version: U32,
    pub(super) reserved: U32,
    pub(super) magic: [u8; 8],
}

/// A section.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Section {
    pub(super) kind: U32,
    pub(super) reserved: U32,
    pub(super) offset: U64,
    pub(super) length: U64,
    /// Of all its bytes; 0 for `DATA`, whose parts have their own.
    pub(super) check: U64,
}

/// A part of `TEXTS` or `DATA`.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Span {
    pub(super) offset: U64,
    pub(super) length: U32,
    /// The lower half of its check sum, in `DATA`.
    pub(super) check: U32,
}

/// Records of a section that belong to one of another.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Run {
    pub(super) first: U32,
    pub(super) count: U32,
}

/// A log file or archive.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct FileRecord {
    /// Its path, relative to what the index is of; empty for the file beside it.
    pub(super) path: Span,
    pub(super) stamp: StampRecord,
    pub(super) entries: Run,
}

/// What shows that a file is still the same.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub(super) struct StampRecord {
    /// 1: a zip archive, by size and directory. 2: any other, by what the file system says.
    pub(super) kind: U64,
    pub(super) size: U64,
    /// Of a zip archive, the hash of its central directory; else nanoseconds since 1970.
    pub(super) modified: I64,
    pub(super) changed: I64,
    pub(super) inode: U64,
}

/// An entry.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct EntryRecord {
    /// The hash of the names of its bundle and itself, as the catalog has them.
    pub(super) name: U64,
    pub(super) stored: U64,
    /// The name of its format, a newline, and what that was recognised by.
    pub(super) format: Span,
    pub(super) blocks: Run,
    pub(super) points: Run,
    /// See [`WHOLE`], [`RANDOM`], [`LOCAL`] and [`LISTED`].
    pub(super) flags: U32,
    /// A hash of the zone of times without one, if there are such.
    pub(super) zone: U32,
}

/// A flag of an entry: it was read to its end without an error.
pub(super) const WHOLE: u32 = 1;

/// A flag of an entry: blocks in its middle can be read.
pub(super) const RANDOM: u32 = 2;

/// A flag of an entry: it has times without a zone.
pub(super) const LOCAL: u32 = 4;

/// A flag of an entry: its file was listed as the entries that are here, and none of them was more than a log.
pub(super) const LISTED: u32 = 8;

/// Whole records of an entry, with what is in them.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct BlockRecord {
    pub(super) offset: U64,
    pub(super) length: U64,
    pub(super) first_line: I64,
    pub(super) context: Span,
    pub(super) signature: Span,
    pub(super) counts: CountsRecord,
    /// Rows that have a text, of each level and of none.
    pub(super) texts: [U32; 7],
    /// 1: the entry ends with it.
    pub(super) flags: U32,
}

/// What was counted of a block: a [`Tally`](crate::table::Tally).
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CountsRecord {
    pub(super) lines: I64,
    pub(super) malformed: I64,
    pub(super) missed: I64,
    pub(super) left_out: I64,
    pub(super) actions: I64,
    pub(super) truncated: I64,
    /// Earliest and latest time, and the first counter; see [`HAS_TIME`] and [`HAS_POS`].
    pub(super) first: I64,
    pub(super) last: I64,
    pub(super) pos: I64,
    /// Rows with a time.
    pub(super) timed: I64,
    pub(super) levels: [I64; 6],
    /// Pages, their records, all records that there are, pages with more.
    pub(super) pages: [I64; 4],
    pub(super) flags: U64,
}

/// A flag of counts: `first` and `last` are times.
pub(super) const HAS_TIME: u64 = 1;

/// A flag of counts: `pos` is a counter.
pub(super) const HAS_POS: u64 = 2;

/// A flag of counts: some times were written without a zone.
pub(super) const HAS_LOCAL: u64 = 4;

/// A place where deflated text can be entered.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct PointRecord {
    pub(super) text: U64,
    pub(super) bit: U64,
    pub(super) history: Span,
}
