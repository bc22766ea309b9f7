//! Readers that streams are made of: each adds one thing to the bytes of another.
//!
//! They share a rule: what was read before an error is given first, and the error comes with the next
//! call. Callers rely on it to keep the rows before damage.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crc32fast::Hasher;

use super::access::Points;
use super::archive::{Archive, Member};
use super::backing::{Backing, cut_short};
use super::inflate::{Gunzip, Inflated, Inflater, Stop};
use super::progress::Progress;
use crate::error::Plain;

/// Bytes of an entry, front to back.
pub(super) type Stream = Box<dyn Read + Send>;

/// Bytes that are read or decoded at a time.
pub(super) const BUFFER: usize = 256 << 10;

/// A source that failed: the error is returned once, then the end.
pub(super) struct Broken(pub(super) Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Bytes of a known number: an end before that is an error.
pub(super) struct Exact<R> {
    pub(super) source: R,
    /// How many are to come.
    pub(super) left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.left = self.left.saturating_sub(read as u64);
        // Reading into an empty buffer gives 0, too, which is not the end.
        if read == 0 && !into.is_empty() && self.left > 0 {
            return Err(cut_short());
        }
        Ok(read)
    }
}

/// A file that fails where it ends before its listed size, as somebody cuts it while it is read. Files
/// of `/sys` are not cut: they claim the size of the page that they may fill.
pub(super) struct Listed {
    pub(super) file: File,
    /// Bytes of the listed size that are not read yet; 0 from there on, for what was appended.
    pub(super) missing: u64,
}

impl Listed {
    /// Whether a file that has ended still claims its listed size, but has no block on a disk. One that
    /// was cut is as short as its text; one with holes can be read to its size.
    #[cfg(unix)]
    fn is_pseudo(&self) -> bool {
        use std::io::Seek as _;
        use std::os::unix::fs::MetadataExt as _;
        let end = (&self.file).stream_position();
        let meta = self.file.metadata();
        let claim = meta.ok().filter(|meta| meta.blocks() == 0).map(|meta| meta.len());
        claim.zip(end.ok()).is_some_and(|(claim, end)| claim == end + self.missing)
    }

    #[cfg(not(unix))]
    fn is_pseudo(&self) -> bool {
        false
    }
}

impl Read for Listed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        if read == 0 && !into.is_empty() && self.missing > 0 && !self.is_pseudo() {
            let missing = self.missing;
            let cause = format!("the file ended {missing} bytes before its listed size");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cause));
        }
        self.missing = self.missing.saturating_sub(read as u64);
        Ok(read)
    }
}

/// A source whose bytes count as progress, as stored.
pub(super) struct Counted<R>(pub(super) R, pub(super) Arc<Progress>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.stored.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What a range of bytes is read from: an archive or a file.
pub(super) trait Backed: Send + Sync {
    /// Its bytes.
    fn backing(&self) -> &Backing;
}

impl Backed for Archive {
    fn backing(&self) -> &Backing {
        self.backing()
    }
}

impl Backed for Backing {
    fn backing(&self) -> &Backing {
        self
    }
}

/// A range of an archive or file as a stream. Copies even what is mapped: in return the pages of a
/// large member go as soon as they are read, and do not count as memory.
pub(super) struct ArchiveBytes<B> {
    archive: Arc<B>,
    /// What is not in the buffer yet.
    rest: Range<u64>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are consumed.
    used: usize,
    progress: Arc<Progress>,
}

impl<B: Backed> ArchiveBytes<B> {
    pub(super) fn new(archive: Arc<B>, range: Range<u64>, progress: Arc<Progress>) -> Self {
        Self { archive, rest: range, buffer: Vec::new(), used: 0, progress }
    }
}

impl<B: Backed> BufRead for ArchiveBytes<B> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.buffer.len() {
            let want = (self.rest.end - self.rest.start).min(BUFFER as u64);
            self.buffer.resize(want as usize, 0);
            let backing = self.archive.backing();
            let read = backing.read_at(&mut self.buffer, self.rest.start)?;
            // A read may give less than asked for; 0 at the end leaves an empty buffer, which means the
            // end.
            self.buffer.truncate(read);
            self.used = 0;
            self.progress.stored.fetch_add(read as u64, Ordering::Relaxed);
            let done = self.rest.start..self.rest.start + read as u64;
            self.rest.start = done.end;
            // The buffer has a copy.
            backing.release(done);
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

impl<B: Backed> Read for ArchiveBytes<B> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// Deflate or gzip data as text, all of it up to the damage.
pub(super) struct Inflate<R> {
    source: R,
    decoder: Decoder,
    /// A gzip member has ended and nothing of a next one is read yet: the file may end here.
    between: bool,
    /// Nothing more is decoded.
    ended: bool,
    /// Returned once the text before it is given.
    failure: Option<io::Error>,
    /// Where points of access are noted, and the text so far.
    points: Option<(Points, u64)>,
}

/// What decodes the bytes of an [`Inflate`].
pub(super) enum Decoder {
    /// One run of deflate data: of a zip member, which ends with it.
    Deflate(Inflater),
    /// Members may follow one another.
    Gzip(Gunzip),
}

impl<R> Inflate<R> {
    /// For a member of a zip archive.
    pub(super) fn deflate(source: R) -> Self {
        Self::new(source, Decoder::Deflate(Inflater::new()))
    }

    /// For a gzip file.
    pub(super) fn gzip(source: R) -> Self {
        Self::new(source, Decoder::Gzip(Gunzip::new()))
    }

    /// `source` is at the beginning of what `decoder` takes.
    pub(super) fn new(source: R, decoder: Decoder) -> Self {
        Self { source, decoder, between: false, ended: false, failure: None, points: None }
    }

    /// The same, which notes where its data can be entered.
    pub(super) fn noting(mut self, points: Points) -> Self {
        if let Decoder::Deflate(inflater) = &mut self.decoder {
            inflater.pause_after(Some(points.distance()));
            self.points = Some((points, 0));
        }
        self
    }

    /// Notes the block that the decoder has stopped at.
    fn note(&mut self) {
        if let (Decoder::Deflate(inflater), Some((points, text))) =
            (&mut self.decoder, &self.points)
        {
            let (bit, history) = inflater.block();
            points.note(*text, bit, history);
            inflater.pause_after(Some(points.distance()));
        }
    }

    /// Notes what a call of the decoder says of the file. `at_end`: the source had nothing more to
    /// give.
    fn take_in(&mut self, outcome: Inflated, at_end: bool) {
        let progress = outcome.read + outcome.written > 0;
        let is_gzip = matches!(self.decoder, Decoder::Gzip(_));
        match outcome.stop {
            Stop::End if is_gzip => self.between = true,
            Stop::End => self.ended = true,
            // Before the checks for damage and cuts: a file that ends between members is whole.
            _ if at_end && self.between => self.ended = true,
            Stop::Damage if is_gzip => {
                self.fail(io::ErrorKind::InvalidData, "the gzip data is damaged");
            }
            Stop::Damage => self.fail(io::ErrorKind::InvalidData, "the deflate data is damaged"),
            // The decoder may hold text back, so it is asked until it has nothing more.
            Stop::Input if at_end && !progress => {
                self.fail(io::ErrorKind::UnexpectedEof, "the data is cut short");
            }
            // The first byte of another member counts: from here on an end is a cut.
            Stop::Input | Stop::Output | Stop::Block => self.between &= !progress,
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
            // Zeros after a member pad the file to full blocks.
            if self.between && input.first() == Some(&0) {
                let zeros = zeros_of(input);
                self.source.consume(zeros);
                continue;
            }
            let outcome = match &mut self.decoder {
                Decoder::Deflate(inflater) => inflater.inflate(input, into),
                Decoder::Gzip(gunzip) => gunzip.inflate(input, into),
            };
            self.source.consume(outcome.read);
            if let Some((_, text)) = &mut self.points {
                *text += outcome.written as u64;
            }
            if outcome.stop == Stop::Block {
                self.note();
            }
            self.take_in(outcome, at_end);
            if outcome.written > 0 {
                return Ok(outcome.written);
            }
        }
        // Text that came with the failure was returned by the call before.
        self.failure.take().map_or(Ok(0), Err)
    }
}

/// A decoder that drops what a failing call has decoded. Asked for 1 KiB at a time, it drops no more
/// than that of the text before the damage.
pub(super) struct Sips<R>(pub(super) R);

impl<R: Read> Read for Sips<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const SIP: usize = 1 << 10;
        let length = into.len().min(SIP);
        self.0.read(&mut into[..length])
    }
}

/// A source whose errors say what it is of.
pub(super) struct Of<R> {
    pub(super) source: R,
    pub(super) what: String,
}

/// An error with what it is of.
pub(super) fn of(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {}", Plain(error)))
}

impl<R: Read> Read for Of<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.source.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => of(&self.what, &error),
        })
    }
}

/// Text whose size and CRC-32 are compared with the declared ones at its end: all text is given before
/// that, so a mismatch costs no row.
pub(super) struct Checked<R> {
    source: R,
    crc: Hasher,
    length: u64,
    /// Size in bytes and CRC-32, as the archive declares them.
    declared: (u64, u32),
    /// The data is shorter than declared: what begins before its end. This is then the error, as size
    /// and CRC cannot be right.
    cut: Option<&'static str>,
}

impl<R> Checked<R> {
    pub(super) fn new(source: R, member: &Member, cut: Option<&'static str>) -> Self {
        let declared = (member.inflated, member.crc);
        Self { source, crc: Hasher::new(), length: 0, declared, cut }
    }

    /// Whether all is as declared.
    fn check(&self) -> io::Result<()> {
        if let Some(what) = self.cut {
            let complaint = format!("{what} before the declared end of the entry");
            return Err(io::Error::new(io::ErrorKind::InvalidData, complaint));
        }
        verify(self.length, self.crc.clone().finalize(), self.declared)
    }
}

/// Compares size and CRC-32 of what was read with those that the archive declares. The size comes
/// first: if it is wrong, the CRC says nothing new.
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

/// The data was read to its end, but is not what the archive declares. A type of its own, so that the
/// last line is known to be complete.
#[derive(Debug)]
pub(super) struct Mismatch(pub(super) String);

/// Whether an error comes after all bytes, so that the last line is complete.
pub(crate) fn is_after_all(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Mismatch>())
}

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

/// The number of zeros that bytes begin with: they may pad a file to full blocks.
pub(super) fn zeros_of(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len())
}
