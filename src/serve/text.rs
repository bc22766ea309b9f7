//! The text of an entry as content of an answer.

use std::io::{self, Read};
use std::sync::Arc;

use super::answer::Source;
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

    fn open(self: Box<Self>, from: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut text = self.catalog.text(self.entry)?;
        // There is no way into the middle of deflated data, so it is read up to there.
        let skipped = io::copy(&mut text.by_ref().take(from), &mut io::sink())?;
        if skipped < from {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(match self.length {
            // A file may have grown since its length was promised.
            Some(length) => Box::new(text.take(length - from)),
            None => text,
        })
    }
}
