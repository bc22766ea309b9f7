//! Pieces made into one archive: members are copied as they are stored, and none is there twice.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::super::state::cannot;
use super::graph::belongs;
use crate::error::{Error, Location, Result};
use crate::source::{DEFLATE, Layout, RawEntry, Stored, members};

/// A piece of an execution's logs.
#[derive(Debug)]
pub(super) enum Piece {
    /// An archive of a prefix, which may have logs of others.
    Archive { path: PathBuf, prefix: String },
    /// A log.
    Log { path: PathBuf, name: String },
}

/// Writes an archive of all pieces; gives how many logs were there twice with different texts.
///
/// # Errors
/// A piece that cannot be read, or the operating system's.
pub(super) fn merge(pieces: &[Piece], to: &Path) -> Result<usize> {
    let error = |e| cannot("write", to, e);
    let file = File::create(to).map_err(error)?;
    let mut merged = Merged {
        out: BufWriter::with_capacity(1 << 20, file),
        layout: Layout::default(),
        known: HashMap::new(),
        differing: 0,
    };
    for piece in pieces {
        match piece {
            Piece::Archive { path, prefix } => {
                let stored = members(path).map_err(|why| {
                    Error::new("cannot read", Location::bundle(path.display().to_string()), why)
                })?;
                for member in stored.iter().filter(|member| is_of(&member.entry.name, prefix)) {
                    merged.copy(member).map_err(error)?;
                }
            }
            Piece::Log { path, name } => merged.deflate(path, name).map_err(error)?,
        }
    }
    let Merged { mut out, layout, differing, .. } = merged;
    out.write_all(&layout.finish()).and_then(|()| out.flush()).map_err(error)?;
    Ok(differing)
}

/// Whether a member is a log of a prefix; one whose name is not made of a key is kept.
fn is_of(name: &str, prefix: &str) -> bool {
    let key = name.split_once('/').map_or(name, |(_, key)| key);
    [name, key].iter().any(|key| belongs(key, prefix))
        || ![name, key].iter().any(|key| key.starts_with(prefix))
}

struct Merged<W> {
    out: W,
    layout: Layout,
    /// Names that are there, with CRC and size of their texts.
    known: HashMap<String, (u32, u64)>,
    differing: usize,
}

impl<W: Write> Merged<W> {
    /// Whether a log is new.
    fn is_new(&mut self, entry: &RawEntry) -> bool {
        let text = (entry.crc, entry.text);
        match self.known.get(&entry.name) {
            Some(known) => {
                self.differing += usize::from(*known != text);
                false
            }
            None => {
                self.known.insert(entry.name.clone(), text);
                true
            }
        }
    }

    fn copy(&mut self, member: &Stored) -> io::Result<()> {
        const CHUNK: u64 = 1 << 20;
        if !self.is_new(&member.entry) {
            return Ok(());
        }
        self.out.write_all(&self.layout.push(&member.entry))?;
        let (mut at, mut buffer) = (0, Vec::new());
        while at < member.entry.stored {
            let end = (at + CHUNK).min(member.entry.stored);
            self.out.write_all(member.bytes(at..end, &mut buffer)?)?;
            at = end;
        }
        Ok(())
    }

    /// Adds a log that is not compressed. Its size in the archive is known only afterwards, so that it is
    /// compressed beside its file first.
    fn deflate(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let packed = path.with_extension("deflate");
        let mut text = File::open(path)?;
        let mut encoder = DeflateEncoder::new(File::create(&packed)?, Compression::new(6));
        let (mut crc, mut buffer) = (Crc::new(), vec![0; 256 << 10]);
        let mut bytes = 0;
        loop {
            let read = text.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            crc.update(&buffer[..read]);
            encoder.write_all(&buffer[..read])?;
        }
        let stored = encoder.finish()?.metadata()?.len();
        let entry = RawEntry {
            name: name.to_owned(),
            method: DEFLATE,
            crc: crc.sum(),
            stored,
            text: bytes,
        };
        if self.is_new(&entry) {
            self.out.write_all(&self.layout.push(&entry))?;
            io::copy(&mut File::open(&packed)?, &mut self.out)?;
        }
        fs::remove_file(packed)
    }
}
