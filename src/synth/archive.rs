//! Bundles from logs: the zip as Go's writer makes it, and the tree that extraction would give.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use rayon::prelude::*;

use super::{Entry, Made};

/// Entries are deflated together up to about this many inflated bytes, which bounds the memory.
const WINDOW: u64 = 256 << 20;

/// A deflated entry.
struct Packed {
    data: Vec<u8>,
    crc: u32,
    made: Made,
}

/// Counts and checks bytes on their way to the encoder.
struct Hashed<W> {
    to: W,
    crc: crc32fast::Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.to.write(bytes)?;
        self.crc.update(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn pack(entry: &Entry) -> io::Result<Packed> {
    let encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    let mut to = Hashed { to: encoder, crc: crc32fast::Hasher::new() };
    let mut log = entry.log();
    let bytes = log.write_to(&mut to)?;
    let made = Made { entries: 1, bytes, lines: log.lines() };
    Ok(Packed { data: to.to.finish()?, crc: to.crc.finalize(), made })
}

/// Writes `entries` to a zip: deflate, sizes in data descriptors, no modification times.
pub(super) fn write_zip(entries: &[Entry], out: impl Write + Send) -> io::Result<Made> {
    let largest =
        entries.iter().enumerate().max_by_key(|(_, entry)| entry.bytes()).map_or(0, |(n, _)| n);
    let (sender, receiver) = mpsc::channel();
    // The largest entry is begun first and beside the others: it would otherwise keep one core busy
    // while the rest have nothing left to do. The first half of a join has always begun.
    let (_, made) = rayon::join(
        move || sender.send(entries.get(largest).map(pack)),
        move || {
            let mut archive = ZipArchiveWriter::new(out);
            let mut made = Made::default();
            for window in windows(entries, largest) {
                let packed: Vec<_> = if window.contains(&largest) {
                    receiver.recv().ok().flatten().into_iter().collect()
                } else {
                    entries[window.clone()].par_iter().map(pack).collect()
                };
                for (entry, packed) in entries[window].iter().zip(packed) {
                    made += append(&mut archive, entry.name(), &packed?)?;
                }
            }
            archive.finish().map_err(io::Error::other)?.flush()?;
            Ok(made)
        },
    );
    made
}

/// Runs of entries to deflate together; the one at `largest` is a run of its own.
fn windows(entries: &[Entry], largest: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (n, entry) in entries.iter().enumerate() {
        bytes += entry.bytes();
        if n == largest || n + 1 == largest || n + 1 == entries.len() || bytes >= WINDOW {
            runs.push(start..n + 1);
            (start, bytes) = (n + 1, 0);
        }
    }
    runs
}

fn append<W: Write>(
    archive: &mut ZipArchiveWriter<W>,
    name: &str,
    packed: &Packed,
) -> io::Result<Made> {
    let method = CompressionMethod::DEFLATE;
    // Verbatim: a conformant path would lose what stands before a colon. Names are ASCII, so that none
    // needs the UTF-8 flag, which a verbatim path goes without.
    let path = EntryPath::verbatim(name.as_bytes());
    let (mut file, _) =
        archive.new_file(path).compression_method(method).start().map_err(io::Error::other)?;
    file.write_all(&packed.data)?;
    file.finish(DataDescriptorOutput::new(packed.crc, packed.made.bytes))
        .map_err(io::Error::other)?;
    Ok(packed.made)
}

/// Writes `entries` as files under `dir`, which is made if it is not there.
pub(super) fn write_tree(entries: &[Entry], dir: &Path) -> io::Result<Made> {
    fs::create_dir_all(dir)?;
    let mut largest_first: Vec<_> = entries.iter().collect();
    largest_first.sort_by_key(|entry| std::cmp::Reverse(entry.bytes()));
    let made: io::Result<Vec<Made>> = largest_first
        .into_par_iter()
        .with_max_len(1)
        .map(|entry| {
            let path = dir.join(entry.name());
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut log = entry.log();
            let bytes = log.write_to(&mut File::create(path)?)?;
            Ok(Made { entries: 1, bytes, lines: log.lines() })
        })
        .collect();
    Ok(made?.into_iter().fold(Made::default(), |mut sum, made| {
        sum += made;
        sum
    }))
}
