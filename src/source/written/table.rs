//! A file of rows, whatever its format: units of rows, each of which can be read by itself.

use std::cell::Cell;
use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::source::backing::Backing;
use crate::source::readers::Mismatch;

/// Batches of rows, in their order. The first error is the last of them.
pub(super) type Batches = Box<dyn Iterator<Item = io::Result<RecordBatch>> + Send>;

/// The rows of a file.
pub(super) trait Rows: Debug + Send + Sync {
    /// Its columns.
    fn schema(&self) -> &SchemaRef;

    /// How many rows each unit has: a row group, a batch, a piece of text.
    fn units(&self) -> &[u64];

    /// Rows of a unit, in ascending ranges that do not overlap. `columns` are indices, ascending.
    ///
    /// # Errors
    /// Why the unit cannot be read at all.
    fn read(&self, columns: &[usize], unit: usize, rows: &[Range<u64>]) -> io::Result<Batches>;

    /// Why there are not all units, in words for people.
    fn failure(&self) -> Option<&str> {
        None
    }

    /// The key-value pair of the file's metadata with this key.
    fn metadata(&self, _key: &str) -> Option<&str> {
        None
    }

    /// Whether the rows are in another order than that of their lines.
    fn is_sorted_otherwise(&self) -> bool {
        false
    }

    /// What is known of the rows of a unit without a look at them.
    fn bounds(&self, _unit: usize) -> Bounds {
        Bounds::default()
    }
}

/// What the rows of a unit may be: bounds of their times and levels, `None` if they are not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The earliest and latest time, in nanoseconds; rows without a time may be there as well.
    pub(crate) times: Option<(i64, i64)>,
    /// The lowest and highest level, 1 to 6; rows without a level may be there as well.
    pub(crate) levels: Option<(i64, i64)>,
    /// No row is that of a malformed line.
    pub(crate) is_without_malformed: bool,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// In a file with so many bytes. It is opened when it is read: there may be thousands.
    File(PathBuf, u64),
    /// In a part of a file that is open, or in memory.
    Part(Arc<Backing>, Range<u64>),
}

impl Source {
    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::File(_, bytes) => *bytes,
            Self::Part(_, range) => range.end - range.start,
        }
    }

    /// Opens it to read at any offset.
    ///
    /// # Errors
    /// The operating system's; a file that has another size than when it was listed.
    pub(super) fn open(&self) -> io::Result<Bytes> {
        match self {
            Self::File(path, bytes) => {
                let backing = Backing::open(path, false)?;
                if backing.len() != *bytes {
                    return Err(damaged("the file has changed since it was listed"));
                }
                Ok(Bytes { backing: Arc::new(backing), range: 0..*bytes })
            }
            Self::Part(backing, range) => {
                Ok(Bytes { backing: Arc::clone(backing), range: range.clone() })
            }
        }
    }
}

/// The bytes of an open file.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    backing: Arc<Backing>,
    range: Range<u64>,
}

impl Bytes {
    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Some of them.
    ///
    /// # Errors
    /// Not all of them are there; the operating system's.
    pub(super) fn read(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        // Checked before memory is asked for: a damaged file may claim any length.
        let end = end.ok_or_else(|| damaged("the file is cut short or damaged"))?;
        let mut bytes = vec![0; length];
        let read = self.backing.read_up_to(&mut bytes, self.range.start + start)?;
        if (read as u64) < end - start {
            return Err(damaged("the file is cut short"));
        }
        Ok(bytes)
    }

    /// Some of them, as many as there are.
    pub(super) fn read_some(&self, into: &mut [u8], start: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(start);
        let length = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.backing.read_up_to(&mut into[..length], self.range.start + start.min(self.len()))
    }
}

/// An error of the data. Rows before it are whole.
pub(super) fn damaged(cause: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Mismatch(cause.into()))
}

thread_local! {
    /// The thread is in a decoder of another crate.
    static IS_DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread would be an error of the data, which is reported as such.
pub fn is_decoding() -> bool {
    IS_DECODING.get()
}

/// Calls a decoder of another crate. One that gives up on damaged data by a panic gives an error here, as
/// the last resort: no input may end the process.
pub(super) fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let was_decoding = IS_DECODING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    IS_DECODING.set(was_decoding);
    result.unwrap_or_else(|_| Err(damaged("the data is damaged")))
}
