//! What is read again later, in a temporary file: all files of a catalog have one.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::table::damaged;
use super::text::Lines;
use crate::source::backing::Backing;
use crate::source::read_at::write_all_at;

/// How the text is compressed: fast.
const LEVEL: i32 = 1;

/// Bytes that are copied at a time.
const STEP: usize = 1 << 20;

/// A temporary file, which has no name and is gone with the process. It is created when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Spill(Mutex<Option<Open>>);

#[derive(Debug)]
struct Open {
    file: File,
    bytes: u64,
    backing: Arc<Backing>,
}

impl Open {
    fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let backing = Arc::new(Backing::growing(file.try_clone()?));
        Ok(Self { file, bytes: 0, backing })
    }

    /// Appends all bytes; returns whether there are at most so many.
    fn copy(&mut self, from: &mut dyn Read, most: u64) -> io::Result<bool> {
        let mut buffer = vec![0; STEP];
        let mut from = from.take(most.saturating_add(1));
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(from.limit() > 0),
                Ok(read) => self.append(&buffer[..read])?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_all_at(&self.file, bytes, self.bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// Some rows of it.
#[derive(Debug)]
pub(super) struct Chunk {
    start: u64,
    /// Its size in the file, and that of its text.
    stored: usize,
    text: usize,
    rows: usize,
}

/// Bytes of a row beside its text: the number of its line, and where its text ends.
const ROW: usize = 16;

impl Spill {
    fn with<T>(&self, work: impl FnOnce(&mut Open) -> io::Result<T>) -> io::Result<T> {
        let mut spill = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spill = match &mut *spill {
            Some(spill) => spill,
            none => none.insert(Open::new()?),
        };
        work(spill)
    }

    /// Copies a file that cannot be read at any offset; `None` if it has more than `most` bytes.
    ///
    /// # Errors
    /// The operating system's, of the file or of the copy.
    pub(crate) fn copy(
        &self,
        from: &mut dyn Read,
        most: u64,
    ) -> io::Result<Option<(Arc<Backing>, Range<u64>)>> {
        self.with(|spill| {
            let start = spill.bytes;
            let copied = spill.copy(from, most);
            if !matches!(copied, Ok(true)) {
                spill.bytes = start;
            }
            Ok(copied?.then(|| (Arc::clone(&spill.backing), start..spill.bytes)))
        })
    }

    /// Gives the space of a copy back, if nothing came after it.
    pub(crate) fn forget(&self, copy: &Range<u64>) {
        let _ = self.with(|spill| {
            if spill.bytes == copy.end {
                spill.bytes = copy.start;
                spill.file.set_len(copy.start)?;
            }
            Ok(())
        });
    }

    /// Writes rows.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn write(&self, lines: &Lines) -> io::Result<Chunk> {
        let mut bytes = Vec::with_capacity(lines.rows.len() * ROW + lines.text.len());
        for (line, end) in &lines.rows {
            bytes.extend_from_slice(&line.to_le_bytes());
            bytes.extend_from_slice(&(*end as u64).to_le_bytes());
        }
        bytes.extend_from_slice(&lines.text);
        let stored = zstd::bulk::compress(&bytes, LEVEL)?;
        let start = self.with(|spill| {
            let start = spill.bytes;
            spill.append(&stored).map(|()| start)
        })?;
        let (text, rows) = (lines.text.len(), lines.rows.len());
        Ok(Chunk { start, stored: stored.len(), text, rows })
    }

    /// Appends rows that were written.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn read(&self, chunk: &Chunk, out: &mut Lines) -> io::Result<()> {
        let lost = || damaged("the temporary file of rows cannot be read back");
        let backing = self.with(|spill| Ok(Arc::clone(&spill.backing)))?;
        let mut stored = vec![0; chunk.stored];
        if backing.read_up_to(&mut stored, chunk.start)? < stored.len() {
            return Err(lost());
        }
        let bytes = zstd::bulk::decompress(&stored, chunk.rows * ROW + chunk.text)?;
        let (rows, text) = bytes.split_at_checked(chunk.rows * ROW).ok_or_else(lost)?;
        let before = out.text.len();
        for row in rows.chunks_exact(ROW) {
            let number = |at: usize| row[at..at + 8].try_into().map(u64::from_le_bytes);
            let (Ok(line), Ok(end)) = (number(0), number(8)) else { return Err(lost()) };
            out.rows.push((line as i64, before + end as usize));
        }
        out.text.extend_from_slice(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let spill = Spill::default();
        let lines = |texts: &[(i64, &str)]| {
            let mut lines = Lines::default();
            for (line, text) in texts {
                lines.text.extend_from_slice(text.as_bytes());
                lines.rows.push((*line, lines.text.len()));
            }
            lines
        };
        let one = spill.write(&lines(&[(7, "seven"), (-1, "")])).unwrap();
        let other = spill.write(&lines(&[(i64::MAX, "last")])).unwrap();
        let mut read = lines(&[(1, "first")]);
        spill.read(&other, &mut read).unwrap();
        spill.read(&one, &mut read).unwrap();
        let expected = lines(&[(1, "first"), (i64::MAX, "last"), (7, "seven"), (-1, "")]);
        assert_eq!((read.text, read.rows), (expected.text, expected.rows));
    }
}
