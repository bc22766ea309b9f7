//! Bundles from logs: the zip as Go's writer makes it, and the tree that extraction would give.
//!
//! Small entries are made and deflated in parallel, a window of them at a time, and then written in order.
//! A large one is deflated in parts, which are in parallel too. Neither the windows nor the parts depend on
//! the number of threads, so the archive's bytes do not either.
//!
//! ```text
//! window of small entries   made and deflated, an entry a task   →  written in order
//! large entry               16 parts deflated, a part a task, while the next 16 are made
//! ```
//!
//! As in the platform's archives, sizes and CRC-32 come after each entry (a data descriptor) and in the
//! central directory, not in the local header; there are no times and no directories.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;

use flate2::write::DeflateEncoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use rawzip::path::EntryPath;
use rawzip::{
    CompressionMethod, DataDescriptorOutput, ZipArchiveWriter, ZipDataWriterConfig, ZipEntryWriter,
};
use rayon::prelude::*;

use super::{Log, Made, MadeEntry};

/// Whether to go on, asked from many threads for every block.
pub(super) type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// Entries are deflated together up to about this many inflated bytes, which bounds the memory: what is held
/// are their compressed bytes, a fifth to a tenth of it.
const WINDOW: u64 = 256 << 20;

/// Entries above this size in bytes are deflated in parts; there are at least four of them then.
const WHOLE: u64 = 16 << 20;

/// Inflated bytes of a part.
const PART: usize = 4 << 20;

/// Parts of an entry that are deflated together. Not by the number of threads: any gives the same
/// bytes anyway, and this many keep as many busy.
const PARTS: usize = 16;

/// The level that most zip writers use by default.
const LEVEL: Compression = Compression::new(6);

/// A deflated entry.
struct Packed {
    /// A whole deflate stream.
    data: Vec<u8>,
    /// CRC-32 of the inflated bytes.
    crc: u32,
    made: Made,
}

/// Computes the CRC-32 of bytes on their way to the encoder.
struct Hashed<W> {
    to: W,
    crc: crc32fast::Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Only what was taken: the rest comes again.
        let len = self.to.write(bytes)?;
        self.crc.update(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Makes and deflates an entry; its text is never held whole.
fn pack(entry: &MadeEntry, go_on: GoOn<'_>) -> io::Result<Packed> {
    let encoder = DeflateEncoder::new(Vec::new(), LEVEL);
    let mut to = Hashed { to: encoder, crc: crc32fast::Hasher::new() };
    let mut log = entry.log();
    let bytes = log.write_to(&mut While { to: &mut to, go_on })?;
    let made = Made { entries: 1, bytes, lines: log.lines() };
    Ok(Packed { data: to.to.finish()?, crc: to.crc.finalize(), made })
}

/// Writes `entries` to a zip: deflate, sizes in data descriptors, no modification times. Runs on the pool of
/// rayon that the caller is in.
pub(super) fn write_zip(
    entries: &[MadeEntry],
    out: impl Write + Send,
    go_on: GoOn<'_>,
) -> io::Result<Made> {
    let mut archive = ZipArchiveWriter::new(While { to: out, go_on });
    let mut made = Made::default();
    for window in windows(entries) {
        match &entries[window] {
            [large] if large.bytes() > WHOLE => made += append_in_parts(&mut archive, large)?,
            small => {
                // One entry a task: a large one among small ones would keep a thread to itself while others
                // are idle.
                let pack = |entry| pack(entry, go_on);
                let packed: Vec<_> = small.par_iter().with_max_len(1).map(pack).collect();
                for (entry, packed) in small.iter().zip(packed) {
                    made += append(&mut archive, entry.name(), &packed?)?;
                }
            }
        }
    }
    archive.finish().map_err(io::Error::other)?.flush()?;
    Ok(made)
}

/// Runs of entries to deflate together, in order and without gaps; a large one is a run of its own.
fn windows(entries: &[MadeEntry]) -> Vec<Range<usize>> {
    let is_large = |entry: &MadeEntry| entry.bytes() > WHOLE;
    let mut runs = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (n, entry) in entries.iter().enumerate() {
        bytes += entry.bytes();
        // A run also ends before a large entry.
        let next = entries.get(n + 1);
        if is_large(entry) || next.is_none_or(is_large) || bytes >= WINDOW {
            runs.push(start..n + 1);
            (start, bytes) = (n + 1, 0);
        }
    }
    runs
}

/// Parts of a log in order, at most [`PARTS`]. The last one of the log is shorter than [`PART`], perhaps
/// empty: that is how its end is recognised.
fn next_parts(log: &mut Log) -> io::Result<Vec<Vec<u8>>> {
    let mut parts = Vec::with_capacity(PARTS);
    while parts.len() < PARTS {
        let mut part = Vec::with_capacity(PART);
        log.take(PART as u64).read_to_end(&mut part)?;
        let is_last = part.len() < PART;
        parts.push(part);
        if is_last {
            break;
        }
    }
    Ok(parts)
}

/// A part as deflate blocks that end on a byte, so that the next part's can follow. The last part, which is
/// short, also ends the stream. No part refers to text of the one before it, which costs little at this size.
fn deflate_part(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut deflate = Compress::new(LEVEL, false);
    let flush = if text.len() < PART { FlushCompress::Finish } else { FlushCompress::Sync };
    // Logs deflate to less than a quarter; if not, there is more room in each turn.
    let mut data = Vec::with_capacity(text.len() / 4);
    loop {
        data.reserve(text.len() / 8 + 64);
        let rest = &text[deflate.total_in() as usize..];
        let status = deflate.compress_vec(rest, &mut data, flush).map_err(io::Error::other)?;
        // Room that is left means that deflate has written all it has.
        if status == Status::StreamEnd || data.len() < data.capacity() {
            return Ok(data);
        }
    }
}

/// Appends an entry that is never held whole: its text is made while the parts before are deflated.
fn append_in_parts<W: Write + Send>(
    archive: &mut ZipArchiveWriter<W>,
    entry: &MadeEntry,
) -> io::Result<Made> {
    let (mut file, _) = new_file(archive, entry.name())?;
    let mut log = entry.log();
    let mut crc = crc32fast::Hasher::new();
    let mut bytes = 0;
    let mut parts = next_parts(&mut log)?;
    while let Some(last) = parts.last() {
        let is_end = last.len() < PART;
        let (next, deflated) = rayon::join(
            || if is_end { Ok(Vec::new()) } else { next_parts(&mut log) },
            || parts.par_iter().with_max_len(1).map(|part| deflate_part(part)).collect::<Vec<_>>(),
        );
        // In order, since both the CRC and the archive are of a stream.
        for (part, deflated) in parts.iter().zip(deflated) {
            crc.update(part);
            bytes += part.len() as u64;
            file.write_all(&deflated?)?;
        }
        parts = next?;
    }
    file.finish(DataDescriptorOutput::new(crc.finalize(), bytes)).map_err(io::Error::other)?;
    Ok(Made { entries: 1, bytes, lines: log.lines() })
}

/// Appends an entry that is deflated already.
fn append<W: Write>(
    archive: &mut ZipArchiveWriter<W>,
    name: &str,
    packed: &Packed,
) -> io::Result<Made> {
    let (mut file, _) = new_file(archive, name)?;
    file.write_all(&packed.data)?;
    file.finish(DataDescriptorOutput::new(packed.crc, packed.made.bytes))
        .map_err(io::Error::other)?;
    Ok(packed.made)
}

/// Begins an entry of the archive.
fn new_file<'a, W: Write>(
    archive: &'a mut ZipArchiveWriter<W>,
    name: &str,
) -> io::Result<(ZipEntryWriter<'a, W>, ZipDataWriterConfig)> {
    let method = CompressionMethod::DEFLATE;
    // Verbatim: a conformant path would lose what comes before a colon. Names are ASCII, so that none
    // needs the UTF-8 flag, which a verbatim path goes without.
    let path = EntryPath::verbatim(name.as_bytes());
    archive.new_file(path).compression_method(method).start().map_err(io::Error::other)
}

/// Writes `entries` as files under `dir`, which is created if it does not exist. Files that are there are
/// overwritten.
pub(super) fn write_tree(entries: &[MadeEntry], dir: &Path, go_on: GoOn<'_>) -> io::Result<Made> {
    fs::create_dir_all(dir)?;
    // The largest first: begun last, it would keep one thread busy after all others are done.
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
            let mut file = While { to: File::create(path)?, go_on };
            let bytes = log.write_to(&mut file)?;
            Ok(Made { entries: 1, bytes, lines: log.lines() })
        })
        .collect();
    Ok(made?.into_iter().fold(Made::default(), |mut sum, made| {
        sum += made;
        sum
    }))
}

/// Writes as long as `go_on` says so; then every write fails, which ends whatever is being written.
struct While<'a, W> {
    to: W,
    go_on: GoOn<'a>,
}

impl<W: Write> Write for While<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.go_on)() { self.to.write(bytes) } else { Err(io::Error::other("stopped")) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
