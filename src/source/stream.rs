//! An entry as a stream, for those too large to hold, of unknown size, or damaged.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crc32fast::Hasher;

use super::archive::{Archive, Data, Member};
use super::backing::{Backing, cut_short};
use super::binary::{self, is_binary};
use super::codec::{self, zeros_of};
use super::feed::Progress;
use super::inflate::{Gunzip, Inflated, Inflater, Stop};
use super::magic::{self, Kind};
use super::name::suffix;
use super::{encoding, foreign, read_up_to, tar, wide};

/// Bytes of an entry's text, front to back.
pub(super) type Stream = Box<dyn Read + Send>;

pub(super) const BUFFER: usize = 256 << 10;

/// Compression within compression, and archives within archives: what is nested deeper stays closed.
pub(super) const MAX_NESTING: usize = 8;

/// Whether the name promises a compressed file.
pub(super) fn has_compressed_suffix(name: &str) -> bool {
    let suffix = suffix(name);
    ["gz", "zst", "xz", "lzma", "bz2"].iter().any(|known| suffix.eq_ignore_ascii_case(known))
}

/// A member of an archive as it was before, its size and CRC checked at the end.
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

/// A range of an archive's bytes as they are; that all of them are there is checked at the end.
pub(super) fn open_range(
    backing: &Arc<Backing>,
    range: Range<u64>,
    progress: &Arc<Progress>,
) -> Stream {
    let left = range.end - range.start;
    let bytes = ArchiveBytes::new(Arc::clone(backing), range, Arc::clone(progress));
    Box::new(Exact { source: bytes, left })
}

/// A file of the file system. It must have the bytes it was listed with; what was appended since is
/// read too.
pub(super) fn open_file(path: &Path, listed: u64, progress: &Arc<Progress>) -> io::Result<Stream> {
    let file = Listed { file: File::open(path)?, missing: listed };
    Ok(Box::new(Counted(file, Arc::clone(progress))))
}

/// Standard input.
pub(super) fn open_stdin(progress: &Arc<Progress>) -> Stream {
    Box::new(Counted(io::stdin(), Arc::clone(progress)))
}

/// Whether an entry's bytes are lines in UTF-8, rather than a container of its own.
pub(super) fn is_text(bytes: &[u8], as_text: bool) -> bool {
    match magic::kind_of(bytes) {
        Kind::Text => encoding::encoding_of(bytes).is_none(),
        Kind::Foreign(_) => as_text,
        Kind::Compressed(_) | Kind::Zip | Kind::Tar => false,
    }
}

/// What is inside all layers of compression.
pub(super) struct Inner {
    /// What the bytes are; not [`Kind::Compressed`].
    pub(super) kind: Kind,
    /// How many layers of compression were around it.
    pub(super) layers: usize,
    /// From its first byte.
    pub(super) bytes: Stream,
}

/// Looks at the first bytes, as often as they call for a decoder.
pub(super) fn decompress(source: Stream) -> io::Result<Inner> {
    let mut source = source;
    for layers in 0..=MAX_NESTING {
        let (head, bytes) = beginning(source);
        match magic::kind_of(&head) {
            Kind::Compressed(codec) => source = codec::decode(codec, bytes)?,
            kind => return Ok(Inner { kind, layers, bytes }),
        }
    }
    Err(io::Error::other(format!("it is compressed more than {MAX_NESTING} times")))
}

/// How much is known of a log before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its format is forced: whatever it looks like is text.
    Forced,
    /// It was looked at.
    Looked,
    /// Nothing: it is looked at now.
    Nothing,
}

/// The text of a log in UTF-8.
pub(super) fn text(source: Stream, known: Known, progress: &Arc<Progress>) -> io::Result<Stream> {
    let Inner { kind, bytes, .. } = decompress(source)?;
    let refusal = match kind {
        Kind::Zip => "a zip archive cannot be read as a stream; use a file named .zip",
        Kind::Tar => "a tar archive cannot be read as a stream here; use a file",
        Kind::Foreign(foreign) if known != Known::Forced => &foreign.reason(),
        Kind::Text | Kind::Compressed(_) | Kind::Foreign(_) => {
            let text = Box::new(wide::Utf8::new(bytes, Arc::clone(progress)));
            if known != Known::Nothing {
                return Ok(text);
            }
            let (sample, text) = peek(text, binary::SAMPLE);
            if !is_binary(&sample, sample.len() < binary::SAMPLE) {
                return Ok(text);
            }
            &foreign::BINARY.reason()
        }
    };
    Err(io::Error::other(refusal))
}

/// All bytes of a stream.
pub(super) fn read_all(mut source: Stream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first bytes of a file, as many as say what it is.
fn beginning(source: Stream) -> (Vec<u8>, Stream) {
    let (head, source) = peek(source, magic::HEAD);
    match head.len() == magic::HEAD && tar::is_blank(&head) {
        // An empty tar file has nothing but zeros to its end; a text may come after them.
        true => peek(source, tar::LARGEST_EMPTY + 1),
        false => (head, source),
    }
}

/// The first bytes of a stream, and the stream from its beginning. What fails early fails later, when
/// what comes before is read.
fn peek(mut source: Stream, length: usize) -> (Vec<u8>, Stream) {
    let mut head = vec![0; length];
    let (read, result) = read_up_to(&mut source, &mut head);
    head.truncate(read);
    let rest: Stream = match result {
        Ok(()) => source,
        Err(error) => Box::new(Broken(Some(error))),
    };
    (head.clone(), Box::new(Cursor::new(head).chain(rest)))
}

/// A source that failed: the error is read once.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Bytes of which it is known how many there are.
struct Exact<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.left = self.left.saturating_sub(read as u64);
        if read == 0 && !into.is_empty() && self.left > 0 {
            return Err(cut_short());
        }
        Ok(read)
    }
}

/// A file that fails where it ends before its listed size: somebody cuts it while it is read. Files of
/// `/sys` are whole: their sizes are those of the pages that they may fill.
struct Listed {
    file: File,
    missing: u64,
}

impl Listed {
    /// Whether a file that has ended still claims its listed size, but has no block of a disk. One that
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

/// A source whose bytes count as progress.
struct Counted<R>(R, Arc<Progress>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.stored.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Where a range of bytes is read from.
trait Backed: Send + Sync {
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

/// A range of an archive as a stream; lets go of mapped pages behind it.
struct ArchiveBytes<B> {
    archive: Arc<B>,
    rest: Range<u64>,
    buffer: Vec<u8>,
    used: usize,
    progress: Arc<Progress>,
}

impl<B: Backed> ArchiveBytes<B> {
    fn new(archive: Arc<B>, range: Range<u64>, progress: Arc<Progress>) -> Self {
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

    pub(super) fn gzip(source: R) -> Self {
        Self::new(source, Decoder::Gzip(Gunzip::new()))
    }

    fn new(source: R, decoder: Decoder) -> Self {
        Self { source, decoder, between: false, ended: false, failure: None }
    }

    fn take_in(&mut self, outcome: Inflated, at_end: bool) {
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
pub(super) struct Sips<R>(pub(super) R);

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
