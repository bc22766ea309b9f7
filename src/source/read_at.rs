//! Bytes that can be read at any offset: a map, a file, or memory.
//!
//! There is no position to share, so that several threads can read members of one archive at once.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, UncheckedAdvice};

use super::mapped::Known;

/// Bytes of a fixed length that are read by offset, by several threads at once.
pub(super) trait ReadAt: Debug + Send + Sync {
    /// All of the bytes, if they are in memory: `len` and `read_at` then use this slice.
    fn slice(&self) -> Option<&[u8]>;

    /// Whether they are in no file that has a name.
    fn is_memory(&self) -> bool {
        false
    }

    /// How many bytes there are, as of the time of opening.
    fn len(&self) -> u64 {
        self.slice().unwrap_or_default().len() as u64
    }

    /// Copies bytes from `offset` on; returns how many, 0 at the end and for any offset beyond it. A
    /// file may give fewer than there are.
    ///
    /// # Errors
    /// The operating system's.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(copy(self.slice().unwrap_or_default(), into, offset))
    }

    /// Says that a range is done with, so that its pages need not count as memory of this process. The
    /// bytes can still be read.
    fn release(&self, _: Range<u64>) {}
}

/// A file mapped into memory.
#[derive(Debug)]
pub(super) struct Map {
    /// Its file has a name. Dropped first: once it is unmapped, its addresses may be those of another map.
    _known: Option<Known>,
    bytes: Mmap,
}

impl Map {
    /// Maps a file, which has this name; `None` where that is not possible, as for one of a pseudo file system.
    pub(super) fn new(file: &File, path: Option<&Path>) -> Option<Self> {
        // SAFETY: the map is read-only and private to this process; nothing here writes to it.
        // Should another process change the file, other bytes are read, which the CRC and the
        // parsers take as any bad input; bytes are only ever read through `&[u8]` slices that
        // are copied or parsed once. A file cut short while mapped ends the process with
        // SIGBUS (see `mapped`): that is documented, and `MapPolicy::Never` is the way around it.
        let bytes = unsafe { Mmap::map(file) }.ok()?;
        let addresses = bytes.as_ptr_range();
        let addresses = addresses.start.addr()..addresses.end.addr();
        let _known = path.map(|path| Known::new(addresses, path));
        Some(Self { _known, bytes })
    }
}

impl ReadAt for Map {
    fn slice(&self) -> Option<&[u8]> {
        Some(&self.bytes)
    }

    fn release(&self, range: Range<u64>) {
        const PAGE: usize = 4096;
        // Only whole pages: the others have bytes of a neighbour, which another thread may be reading.
        let start = (range.start as usize).next_multiple_of(PAGE);
        let end = (range.end as usize).min(self.bytes.len()) / PAGE * PAGE;
        if start < end {
            // SAFETY: the map is a shared, read-only file mapping, so dropped pages come back from
            // the file with the same bytes when they are touched again; no slice loses its content.
            // A failure costs memory only.
            let _ = unsafe {
                self.bytes.unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start)
            };
        }
    }
}

/// A file that is read at offsets, of the length that it had when it was opened.
#[derive(Debug)]
pub(super) struct PositionedFile {
    file: File,
    bytes: u64,
}

impl PositionedFile {
    /// `bytes`: the length of the file; what is appended later is not read.
    pub(super) fn new(file: File, bytes: u64) -> Self {
        Self { file, bytes }
    }
}

/// Writes at an offset, whatever the position of the file is.
///
/// # Errors
/// The operating system's.
pub(super) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, offset);
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            match std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], at)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => done += written,
            }
        }
        Ok(())
    }
}

impl ReadAt for PositionedFile {
    fn slice(&self) -> Option<&[u8]> {
        None
    }

    fn len(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        // The system refuses offsets that no file has.
        if offset >= self.bytes {
            return Ok(0);
        }
        read_at(&self.file, into, offset)
    }
}

/// Reads at an offset, whatever the position of the file is.
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, into, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, into, offset);
}

/// A part of a file without a name, which others have parts of.
#[derive(Debug)]
pub(super) struct FilePart {
    pub(super) file: Arc<File>,
    pub(super) range: Range<u64>,
}

impl ReadAt for FilePart {
    fn slice(&self) -> Option<&[u8]> {
        None
    }

    fn is_memory(&self) -> bool {
        true
    }

    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(offset);
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        if room == 0 {
            return Ok(0);
        }
        read_at(&self.file, &mut into[..room], self.range.start + offset)
    }
}

/// Bytes in memory, such as those of an archive that was inside another.
#[derive(Debug)]
pub(super) struct Memory(pub(super) Vec<u8>);

impl ReadAt for Memory {
    fn is_memory(&self) -> bool {
        true
    }

    fn slice(&self) -> Option<&[u8]> {
        Some(&self.0)
    }
}

/// Copies what `whole` has from `offset` on, as far as there is room.
fn copy(whole: &[u8], into: &mut [u8], offset: u64) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|offset| whole.get(offset..));
    let rest = rest.unwrap_or_default();
    let length = rest.len().min(into.len());
    into[..length].copy_from_slice(&rest[..length]);
    length
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn all_read_the_same() {
        let bytes: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let map = Map::new(&file, None).unwrap();
        map.release(0..bytes.len() as u64);
        let length = bytes.len() as u64;
        let file = PositionedFile::new(file, length);
        let all: [&dyn ReadAt; 3] = [&map, &file, &Memory(bytes.clone())];
        for source in all {
            assert_eq!(source.len(), length);
            assert!(source.slice().is_none_or(|slice| slice == bytes));
            for (offset, room) in
                [(0, 10), (1, 40_000), (length - 3, 8), (length, 8), (u64::MAX, 8), (7, 0)]
            {
                let mut into = vec![0; room];
                let mut read = 0;
                // A file may give less at a time.
                while let Ok(more @ 1..) = source.read_at(&mut into[read..], offset + read as u64) {
                    read += more;
                }
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let expected = &bytes[start..(start + room).min(bytes.len())];
                assert_eq!(&into[..read], expected, "{source:?} {offset} {room}");
            }
        }
    }
}
