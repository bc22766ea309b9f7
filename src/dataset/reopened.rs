//! Files that are open only while something is written to them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A file that is opened for each write after it was shut.
pub(super) struct Reopened {
    path: PathBuf,
    file: Shut,
    /// It was created here.
    is_begun: bool,
}

/// Shuts a file, which may be open.
#[derive(Clone, Default)]
pub(super) struct Shut(Arc<Mutex<Option<File>>>);

impl Shut {
    pub(super) fn shut(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Reopened {
    /// A new file, which is not there before the first write.
    pub(super) fn new(path: PathBuf) -> (Self, Shut) {
        let file = Shut::default();
        (Self { path, file: file.clone(), is_begun: false }, file)
    }
}

impl Write for Reopened {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            shut => {
                let mut options = OpenOptions::new();
                options.append(true).create_new(!self.is_begun);
                let opened = options.open(&self.path)?;
                self.is_begun = true;
                shut.insert(opened)
            }
        };
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
