//! The bytes of an archive or a file, wherever they are: mapped, in memory, or read at offsets.
//!
//! Readers that can use a slice ask for one; all others copy. The kinds of bytes are in `read_at`.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::read_at::{FilePart, Map, Memory, PositionedFile, ReadAt};

/// Where the bytes of an archive or a file are.
#[derive(Debug)]
pub(crate) struct Backing(Box<dyn ReadAt>);

impl Backing {
    /// Opens a regular file, mapped if asked and possible; else its bytes are read at offsets.
    pub(crate) fn open(path: &Path, map: bool) -> io::Result<Self> {
        Self::of(File::open(path)?, Some(path), map)
    }

    /// A regular file, which may have this name, mapped if asked and possible.
    pub(super) fn of(file: File, path: Option<&Path>, map: bool) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        // An empty file cannot be mapped.
        if let Some(map) = (map && bytes > 0).then(|| Map::new(&file, path)).flatten() {
            return Ok(Self(Box::new(map)));
        }
        Ok(Self(Box::new(PositionedFile::new(file, bytes))))
    }

    /// A file that is still written to: it is read as far as it has bytes by then.
    pub(super) fn growing(file: File) -> Self {
        Self(Box::new(PositionedFile::new(file, u64::MAX)))
    }

    /// Bytes that are in memory already, as of an archive inside another.
    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self(Box::new(Memory(bytes)))
    }

    /// A part of a file without a name.
    pub(super) fn held(file: Arc<File>, range: Range<u64>) -> Self {
        Self(Box::new(FilePart { file, range }))
    }

    /// Whether the bytes are in no file that has a name.
    pub(super) fn is_memory(&self) -> bool {
        self.0.is_memory()
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// The whole, if it is in memory.
    pub(crate) fn slice(&self) -> Option<&[u8]> {
        self.0.slice()
    }

    /// The bytes of `range`; `None` if they are not in memory, or reach beyond the end.
    pub(super) fn part(&self, range: &Range<u64>) -> Option<&[u8]> {
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        self.slice()?.get(range)
    }

    /// The bytes of `range`: in place if they are in memory, else read into `buffer`. An error if
    /// not all are there: unlike [`read_up_to`](Self::read_up_to), this never gives less.
    pub(crate) fn bytes<'a>(
        &'a self,
        range: Range<u64>,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        if self.slice().is_some() {
            return self.part(&range).ok_or_else(cut_short);
        }
        // A damaged directory may declare gigabytes that are not there: check before `buffer` grows.
        if range.end > self.len() {
            return Err(cut_short());
        }
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        buffer.resize(length, 0);
        if self.read_up_to(buffer, range.start)? < length {
            return Err(cut_short());
        }
        Ok(buffer)
    }

    /// Copies bytes from `offset` on until `into` is full or they end; returns how many.
    pub(super) fn read_up_to(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
            // A file may give less than asked for at a time.
            match self.read_at(&mut into[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(done)
    }

    /// Copies bytes from `offset` on; returns how many, 0 at the end.
    pub(super) fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(into, offset)
    }

    /// Gives the pages of a range back to the system, if it is mapped. The bytes can still be read.
    pub(super) fn release(&self, range: Range<u64>) {
        self.0.release(range);
    }
}

impl rawzip::ReaderAt for Backing {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        Self::read_at(self, into, offset)
    }
}

/// The bytes end before what was to be read of them does.
pub(super) fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends before the entry does")
}
