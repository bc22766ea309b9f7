//! Records in the order in which they come, the newest first, until all are there to be written the other way
//! round.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

/// Texts in a temporary file.
pub(super) struct Spool {
    file: BufWriter<File>,
    /// Where each text ends.
    ends: Vec<u64>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), ends: Vec::new() })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.ends.push(self.ends.last().unwrap_or(&0) + text.len() as u64);
        Ok(())
    }

    /// Writes all texts, the last that came first.
    pub(super) fn reversed(self, out: &mut impl io::Write) -> io::Result<()> {
        /// So much is read at a time, unless a text is longer.
        const BLOCK: u64 = 1 << 20;
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let start_of = |number: usize| if number == 0 { 0 } else { self.ends[number - 1] };
        let (mut last, mut buffer) = (self.ends.len(), Vec::new());
        while last > 0 {
            let end = self.ends[last - 1];
            // As many texts as fit into a block, and one at least.
            let mut first = last - 1;
            while first > 0 && end - start_of(first - 1) <= BLOCK {
                first -= 1;
            }
            let from = start_of(first);
            buffer.resize((end - from) as usize, 0);
            file.seek(SeekFrom::Start(from))?;
            file.read_exact(&mut buffer)?;
            for number in (first..last).rev() {
                let range = (start_of(number) - from) as usize..(self.ends[number] - from) as usize;
                out.write_all(&buffer[range])?;
            }
            last = first;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_in_reverse() {
        let texts: Vec<String> = (0..5000)
            .map(|n| format!("{n}:{}\n", "x".repeat(n % 700)))
            .chain(["y".repeat(3 << 20)])
            .collect();
        let mut spool = Spool::new().unwrap();
        texts.iter().for_each(|text| spool.push(text).unwrap());
        assert_eq!(spool.len(), texts.len());
        let mut out = Vec::new();
        spool.reversed(&mut out).unwrap();
        let expected: String = texts.iter().rev().map(String::as_str).collect();
        assert!(out == expected.as_bytes());
        let mut out = Vec::new();
        Spool::new().unwrap().reversed(&mut out).unwrap();
        assert!(out.is_empty());
    }
}
