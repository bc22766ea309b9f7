//! The text of an entry as content of an answer.

use std::io::{self, Read};
use std::sync::Arc;

use super::answer::Source;
use super::body::Reader;
use crate::source::Catalog;

/// The decoded text of an entry.
pub(super) struct Text {
    catalog: Arc<Catalog>,
    entry: usize,
    length: Option<u64>,
}

impl Text {
    pub(super) fn new(catalog: &Arc<Catalog>, entry: usize) -> Self {
        let length = catalog.plain_length(entry);
        Self { catalog: Arc::clone(catalog), entry, length }
    }
}

impl Source for Text {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn open(self: Box<Self>, from: u64) -> io::Result<Reader> {
        let mut text = self.catalog.text(self.entry)?;
        // There is no way into the middle of deflated data, so it is read up to there.
        let skipped = io::copy(&mut text.by_ref().take(from), &mut io::sink())?;
        if skipped < from {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(match self.length {
            Some(length) => {
                let may_grow = self.catalog.file_of(self.entry).is_some();
                Box::new(Promised { text, left: length - from, may_grow })
            }
            None => text,
        })
    }
}

/// A text whose length was promised. What is found to be wrong at its end, such as another CRC, comes before its
/// last bytes, so that nobody takes it for whole.
struct Promised {
    text: Reader,
    left: u64,
    /// There may be more: a file is longer than it was.
    may_grow: bool,
}

impl Promised {
    /// Reads on after the last byte, where an archive says what is wrong.
    fn check(&mut self) -> io::Result<()> {
        loop {
            match self.text.read(&mut [0]) {
                Ok(1..) if !self.may_grow => {
                    return Err(io::Error::other("it is longer than the archive says"));
                }
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Promised {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.text.read(&mut into[..wanted])?;
        self.left -= read as u64;
        if self.left == 0 && read > 0 {
            self.check()?;
        }
        Ok(read)
    }
}
