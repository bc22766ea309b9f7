//! An entry as a stream, for those too large to hold, of unknown size, or damaged.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crc32fast::Hasher;

use super::archive::{Archive, Data, Member};
use super::feed::Progress;
use super::inflate::{Gunzip, Inflater, Outcome, Stop};
use super::{is_archive, read_up_to, wide};

/// Bytes of an entry's text, front to back.
pub(super) type Stream = Box<dyn Read + Send>;

const BUFFER: usize = 256 << 10;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Whether a file that begins with these bytes is compressed.
pub(super) fn is_compressed(magic: &[u8]) -> bool {
    magic.starts_with(GZIP) || magic.starts_with(ZSTD)
}

/// Whether an entry's text is a container of its own rather than lines, or not in UTF-8.
pub(super) fn is_wrapped(text: &[u8]) -> bool {
    is_compressed(text) || is_archive(text) || wide::encoding_of(text).is_some()
}

/// Whether the name promises a compressed file.
pub(super) fn has_compressed_suffix(name: &str) -> bool {
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    suffix.eq_ignore_ascii_case("gz") || suffix.eq_ignore_ascii_case("zst")
}

/// A member of an archive, its size and CRC checked at the end.
pub(super) fn open_member(
    archive: &Arc<Archive>,
    member: &Member,
    progress: &Arc<Progress>,
) -> io::Result<Stream> {
    if let Some(why) = member.refusal() {
        return Err(io::Error::other(why));
    }
    let Data { range, cut } = archive.data(member).map_err(io::Error::other)?;
    let bytes = ArchiveBytes::new(Arc::clone(archive), range, Arc::clone(progress));
    if member.is_stored() {
        Ok(Box::new(Checked::new(bytes, member, cut)))
    } else {
        Ok(Box::new(Checked::new(Inflate::deflate(bytes), member, cut)))
    }
}

/// A file of the file system, decompressed if it is compressed. It must have the bytes it was listed
/// with; what was appended since is read too.
pub(super) fn open_file(path: &Path, listed: u64, progress: &Arc<Progress>) -> io::Result<Stream> {
    decompress(Counted(Listed { file: File::open(path)?, missing: listed }, Arc::clone(progress)))
}

/// Standard input, decompressed if it is compressed.
pub(super) fn open_stdin(progress: &Arc<Progress>) -> io::Result<Stream> {
    decompress(Counted(io::stdin(), Arc::clone(progress)))
}

/// Looks at the first bytes and puts the decoder they call for in front.
pub(super) fn decompress(mut source: impl Read + Send + 'static) -> io::Result<Stream> {
    let mut magic = [0; 4];
    let read = read_up_to(&mut source, &mut magic)?;
    let magic = &magic[..read];
    if is_archive(magic) {
        return Err(io::Error::other(
            "a zip archive cannot be read front to back; give it as a file named .zip",
        ));
    }
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(magic.to_vec()).chain(source);
    Ok(if magic.starts_with(GZIP) {
        Box::new(Inflate::gzip(BufReader::with_capacity(BUFFER, whole)))
    } else if magic.starts_with(ZSTD) {
        Box::new(Sips(zstd::stream::read::Decoder::new(whole)?))
    } else {
        Box::new(whole)
    })
}

/// A file that fails where it ends before its listed size: somebody cuts it while it is read.
struct Listed {
    file: File,
    missing: u64,
}

impl Read for Listed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        if read == 0 && !into.is_empty() && self.missing > 0 {
            let missing = self.missing;
            let cause = format!("the file ended {missing} bytes before its listed size");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cause));
        }
        self.missing = self.missing.saturating_sub(read as u64);
        Ok(read)
    }
}

/// A source whose bytes count as progress.
struct Counted<R>(R, Arc<Progress>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.stored.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A range of an archive as a stream; lets go of mapped pages behind it.
struct ArchiveBytes {
    archive: Arc<Archive>,
    rest: Range<u64>,
    buffer: Vec<u8>,
    used: usize,
    progress: Arc<Progress>,
}

impl ArchiveBytes {
    fn new(archive: Arc<Archive>, range: Range<u64>, progress: Arc<Progress>) -> Self {
        Self { archive, rest: range, buffer: Vec::new(), used: 0, progress }
    }
}

impl BufRead for ArchiveBytes {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.buffer.len() {
            let want = (self.rest.end - self.rest.start).min(BUFFER as u64);
            self.buffer.resize(want as usize, 0);
            let backing = self.archive.backing();
            let read = backing.read_at(&mut self.buffer, self.rest.start)?;
            self.buffer.truncate(read);
            self.used = 0;
            self.progress.stored.fetch_add(read as u64, Ordering::Relaxed);
            let done = self.rest.start..self.rest.start + read as u64;
            self.rest.start = done.end;
            backing.release(done);
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

impl Read for ArchiveBytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// Deflate or gzip data as text, all of it up to the damage.
struct Inflate<R> {
    source: R,
    decoder: Decoder,
    /// A gzip member has ended and nothing of a next one is read yet.
    between: bool,
    ended: bool,
    failure: Option<io::Error>,
}

enum Decoder {
    Deflate(Inflater),
    /// Members may follow one another.
    Gzip(Gunzip),
}

impl<R> Inflate<R> {
    fn deflate(source: R) -> Self {
        Self::new(source, Decoder::Deflate(Inflater::new()))
    }

    fn gzip(source: R) -> Self {
        Self::new(source, Decoder::Gzip(Gunzip::new()))
    }

    fn new(source: R, decoder: Decoder) -> Self {
        Self { source, decoder, between: false, ended: false, failure: None }
    }

    fn take_in(&mut self, outcome: Outcome, at_end: bool) {
        let progress = outcome.read + outcome.written > 0;
        let is_gzip = matches!(self.decoder, Decoder::Gzip(_));
        match outcome.stop {
            Stop::End if is_gzip => self.between = true,
            Stop::End => self.ended = true,
            _ if at_end && self.between => self.ended = true,
            Stop::Damage if is_gzip => {
                self.fail(io::ErrorKind::InvalidData, "the gzip data is damaged");
            }
            Stop::Damage => self.fail(io::ErrorKind::InvalidData, "the deflate data is damaged"),
            Stop::Input if at_end && !progress => {
                self.fail(io::ErrorKind::UnexpectedEof, "the data is cut short");
            }
            Stop::Input | Stop::Output => self.between &= !progress,
        }
    }

    fn fail(&mut self, kind: io::ErrorKind, cause: &'static str) {
        self.ended = true;
        self.failure = Some(io::Error::new(kind, cause));
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !into.is_empty() {
            let input = self.source.fill_buf()?;
            let at_end = input.is_empty();
            let outcome = match &mut self.decoder {
                Decoder::Deflate(inflater) => inflater.inflate(input, into),
                Decoder::Gzip(gunzip) => gunzip.inflate(input, into),
            };
            self.source.consume(outcome.read);
            self.take_in(outcome, at_end);
            if outcome.written > 0 {
                return Ok(outcome.written);
            }
        }
        self.failure.take().map_or(Ok(0), Err)
    }
}

/// A decoder that drops what a failing call has decoded, read so little at a time that it drops
/// little.
struct Sips<R>(R);

impl<R: Read> Read for Sips<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const SIP: usize = 1 << 10;
        let length = into.len().min(SIP);
        self.0.read(&mut into[..length])
    }
}

/// Text whose size and CRC-32 are compared with the declared ones at its end.
struct Checked<R> {
    source: R,
    crc: Hasher,
    length: u64,
    declared: (u64, u32),
    /// The data is shorter than declared: what begins before its end.
    cut: Option<&'static str>,
}

impl<R> Checked<R> {
    fn new(source: R, member: &Member, cut: Option<&'static str>) -> Self {
        let declared = (member.inflated, member.crc);
        Self { source, crc: Hasher::new(), length: 0, declared, cut }
    }

    fn check(&self) -> io::Result<()> {
        if let Some(what) = self.cut {
            let complaint = format!("{what} before the declared end of the entry");
            return Err(io::Error::new(io::ErrorKind::InvalidData, complaint));
        }
        verify(self.length, self.crc.clone().finalize(), self.declared)
    }
}

/// Compares what was read with what the archive declares.
pub(super) fn verify(length: u64, crc: u32, declared: (u64, u32)) -> io::Result<()> {
    let complaint = if length != declared.0 {
        format!("the archive declares {} bytes, the entry holds {length}", declared.0)
    } else if crc != declared.1 {
        format!("CRC mismatch: the archive declares {:08x}, the text has {crc:08x}", declared.1)
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, Mismatch(complaint)))
}

/// The data was read to its end, but is not what the archive declares.
#[derive(Debug)]
pub(super) struct Mismatch(pub(super) String);

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let read = self.source.read(into)?;
        if read == 0 {
            self.check()?;
        } else {
            self.crc.update(&into[..read]);
            self.length += read as u64;
        }
        Ok(read)
    }
}
