//! Archives inside of others, which are read at any offset: in memory while they are small, else in one temporary file,
//! so that neither memory nor handles depend on how many there are and how large.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use super::backing::Backing;
use super::limits::{Limits, Unpacked};
use super::progress::Progress;
use super::readers::Stream;

/// Bytes of an archive that is in memory, and of all those.
const SMALL: usize = 16 << 20;
const ALL: u64 = 256 << 20;

/// Bytes that are copied at a time.
const PART: u64 = 1 << 20;

/// Where the archives of a listing are.
#[derive(Debug, Default)]
pub(super) struct Held {
    state: Mutex<State>,
    /// Counts the bytes of all.
    progress: Arc<Progress>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes in memory.
    memory: u64,
    /// Without a name: it is gone when the last archive in it is, however the process ends.
    file: Option<Arc<File>>,
}

impl Held {
    /// All bytes of an archive, up to the limits; of a source that fails those before, and why.
    /// `stored`: bytes of all inputs.
    ///
    /// # Errors
    /// The operating system's, of the temporary file.
    pub(super) fn hold(
        &self,
        source: Stream,
        limits: Limits,
        stored: Option<u64>,
    ) -> io::Result<(Backing, Option<io::Error>)> {
        let mut source = Unpacked::new(source, limits, (None, stored), &self.progress);
        let mut bytes = Vec::new();
        let mut failure = source.by_ref().take(SMALL as u64 + 1).read_to_end(&mut bytes).err();
        // One after the other: they share the file.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = state.memory + bytes.len() as u64;
        if bytes.len() <= SMALL && held <= ALL {
            state.memory = held;
            bytes.shrink_to_fit();
            return Ok((Backing::memory(bytes), failure));
        }
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(state.file.insert(Arc::new(tempfile::tempfile()?))),
        };
        let mut end = &*file;
        let start = end.seek(SeekFrom::End(0))?;
        let mut length = 0;
        while !bytes.is_empty() {
            end.write_all(&bytes)?;
            length += bytes.len() as u64;
            bytes.clear();
            if failure.is_none() {
                failure = source.by_ref().take(PART).read_to_end(&mut bytes).err();
            }
        }
        Ok((Backing::held(file, start..start + length), failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ones_in_memory_others_in_a_file() {
        let held = Held::default();
        let of = |length: usize, byte: u8| Box::new(io::repeat(byte).take(length as u64)) as Stream;
        let lengths = [3, SMALL, SMALL + 1, 0, 2 * SMALL];
        let all = lengths
            .map(|length| held.hold(of(length, length as u8), Limits::default(), None).unwrap().0);
        for (length, backing) in lengths.into_iter().zip(&all) {
            assert_eq!(backing.len(), length as u64);
            assert_eq!(backing.slice().is_some(), length <= SMALL);
            let mut buffer = Vec::new();
            let bytes = backing.bytes(0..length as u64, &mut buffer).unwrap();
            assert!(bytes.iter().all(|byte| *byte == length as u8));
            // Nothing of its neighbour.
            assert_eq!(backing.read_up_to(&mut [0; 9], length as u64).unwrap(), 0);
            assert!(backing.is_memory());
        }
        let many = (0..20)
            .filter(|_| {
                held.hold(of(SMALL, 1), Limits::default(), None).unwrap().0.slice().is_some()
            })
            .count();
        assert_eq!(many, 14);
    }
}
