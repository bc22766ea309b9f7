//! The bytes of an archive: a map, a file read at offsets, or memory.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use memmap2::{Mmap, UncheckedAdvice};

/// Where the bytes of an archive or a mapped file are.
#[derive(Debug)]
pub(super) enum Backing {
    Map(Mmap),
    File(File, u64),
    Memory(Vec<u8>),
}

impl Backing {
    /// Opens a regular file, mapped if asked and possible.
    pub(super) fn open(path: &Path, map: bool) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        if map && bytes > 0 {
            // SAFETY: the map is read-only and private to this process; nothing here writes to it.
            // Should another process change the file, we read other bytes, which the CRC and the
            // parsers take as any bad input; bytes are only ever read through `&[u8]` slices that
            // are copied or parsed once. A file cut short while mapped ends the process with
            // SIGBUS: that is documented, and `MapPolicy::Never` is the way around it.
            if let Ok(map) = unsafe { Mmap::map(&file) } {
                return Ok(Self::Map(map));
            }
        }
        Ok(Self::File(file, bytes))
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Map(map) => map.len() as u64,
            Self::File(_, bytes) => *bytes,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// The whole, where it is in memory.
    pub(super) fn slice(&self) -> Option<&[u8]> {
        match self {
            Self::Map(map) => Some(map),
            Self::File(..) => None,
            Self::Memory(bytes) => Some(bytes),
        }
    }

    /// The bytes of `range`, if they are there and in memory.
    pub(super) fn part(&self, range: &Range<u64>) -> Option<&[u8]> {
        part(self.slice()?, range)
    }

    /// The bytes of `range`: in place where they are in memory, else read into `buffer`.
    pub(super) fn bytes<'a>(
        &'a self,
        range: Range<u64>,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        match self {
            Self::File(file, bytes) => {
                // A damaged directory may declare gigabytes that are not there.
                if range.end > *bytes {
                    return Err(cut_short());
                }
                let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
                buffer.resize(length, 0);
                read_exact_at(file, buffer, range.start)?;
                Ok(buffer)
            }
            Self::Map(_) | Self::Memory(_) => self.part(&range).ok_or_else(cut_short),
        }
    }

    /// Copies bytes from `offset` on until `into` is full or they end; returns how many.
    pub(super) fn read_up_to(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
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
        match self {
            // The system refuses offsets that no file has.
            Self::File(_, bytes) if offset >= *bytes => Ok(0),
            Self::File(file, _) => read_at(file, into, offset),
            Self::Map(_) | Self::Memory(_) => {
                let whole = self.slice().unwrap_or_default();
                let rest = part(whole, &(offset..whole.len() as u64)).unwrap_or_default();
                let length = rest.len().min(into.len());
                into[..length].copy_from_slice(&rest[..length]);
                Ok(length)
            }
        }
    }

    /// Tells the system that a mapped range is done, so that it does not count as our memory.
    pub(super) fn release(&self, range: Range<u64>) {
        const PAGE: usize = 4096;
        let Self::Map(map) = self else { return };
        let start = (range.start as usize).next_multiple_of(PAGE);
        let end = (range.end as usize).min(map.len()) / PAGE * PAGE;
        if start < end {
            // SAFETY: the map is a shared, read-only file mapping, so dropped pages come back from
            // the file with the same bytes when they are touched again; no slice loses its content.
            // A failure costs memory only.
            let _ = unsafe {
                map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start)
            };
        }
    }
}

impl rawzip::ReaderAt for Backing {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        Self::read_at(self, into, offset)
    }
}

fn part<'a>(whole: &'a [u8], range: &Range<u64>) -> Option<&'a [u8]> {
    whole.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// The bytes end before what was to be read of them does.
pub(super) fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends before the entry does")
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < into.len() {
        match read_at(file, &mut into[done..], offset + done as u64) {
            Ok(0) => return Err(cut_short()),
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
