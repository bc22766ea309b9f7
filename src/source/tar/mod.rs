//! Tar files: their headers, one after another, and the data between them (POSIX pax, ustar, GNU, v7).
//!
//! A tar file has no index, so one damaged header would hide all that follows. After damage the
//! [`Walker`] therefore looks on, block by block, for the next valid header. The crate `tar` decodes
//! the fields of a header; it gives up at the first damage, so the walk is done here.

mod attributes;

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use super::backing::{Backing, cut_short};
use attributes::{Attributes, until_nul};

/// Bytes of a block: headers are one each, data is padded to whole ones.
const BLOCK: usize = 512;

/// Longest name or list of attributes before a header, in bytes: they are held in memory.
const LONGEST_NAME: u64 = 1 << 20;

/// What one header declares.
#[derive(Debug)]
pub(super) struct Header {
    /// As stored, but for a leading `./`.
    pub(super) path: String,
    /// Bytes of data after the header.
    pub(super) size: u64,
    /// When it was written, in seconds since 1970.
    pub(super) modified: Option<i64>,
    /// What the member is.
    pub(super) what: What,
}

/// What a member of a tar file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A regular file.
    File,
    /// A folder, which gives no entry.
    Directory,
    /// A hard or symbolic link, and to what.
    Link(String),
    /// Something without a text, such as `a device`.
    Special(&'static str),
    /// A file of which parts are missing, and why it cannot be put together.
    Refused(&'static str),
}

/// Whether a block is a tar header: by its check sum or, if that is wrong, by its magic. A damaged
/// first header thus still makes it a tar file; one of v7 has no magic.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    let magic = &block[257..263];
    magic == b"ustar\0" || magic == b"ustar " || (block[0] != 0 && has_right_sum(block))
}

/// Most bytes of an archive without members that is looked for: tar pads archives to 20 blocks (10
/// KiB), unless told otherwise.
pub(super) const LARGEST_EMPTY: usize = 64 << 10;

/// Whether these bytes, if they are all of a file, are an archive without members: its end mark of two
/// blocks of zeros, and padding.
pub(super) fn is_empty(file: &[u8]) -> bool {
    let is_end_mark = file.len() >= 2 * BLOCK && file.len().is_multiple_of(BLOCK);
    is_end_mark && file.len() <= LARGEST_EMPTY && is_blank(file)
}

/// Whether there is nothing but zeros.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// Whether the bytes of a block add up to the sum that it declares in octal digits.
fn has_right_sum(block: &[u8]) -> bool {
    // A cheap test that rules out text.
    let is_number = |byte: &u8| matches!(byte, b'0'..=b'7' | b' ' | 0);
    if !block[148..156].iter().all(is_number) {
        return false;
    }
    let sum = |of: fn(u8) -> i64| -> i64 {
        // The sum is taken with blanks in its own field.
        let blanked = 8 * i64::from(b' ');
        let fields = block[..148].iter().chain(&block[156..BLOCK]);
        blanked + fields.map(|&byte| of(byte)).sum::<i64>()
    };
    let declared = tar::Header::from_byte_slice(block).cksum().map(i64::from);
    // Some old writers added bytes as signed numbers.
    declared.is_ok_and(|declared| {
        declared == sum(i64::from) || declared == sum(|byte| i64::from(byte as i8))
    })
}

/// Where the bytes of a tar file come from. The default reads what it skips; what can seek does better.
pub(super) trait Source: Read {
    /// Skips up to `length` bytes; returns how many there were.
    fn skip(&mut self, length: u64) -> io::Result<u64> {
        io::copy(&mut self.take(length), &mut io::sink())
    }
}

/// A part of the bytes of an archive, read a header at a time. Skipping costs nothing.
pub(super) struct Span<'a> {
    pub(super) backing: &'a Backing,
    /// The bytes not read or skipped yet.
    pub(super) rest: Range<u64>,
}

impl Read for Span<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = (self.rest.end - self.rest.start).min(into.len() as u64) as usize;
        let read = self.backing.read_at(&mut into[..length], self.rest.start)?;
        self.rest.start += read as u64;
        Ok(read)
    }
}

impl Source for Span<'_> {
    fn skip(&mut self, length: u64) -> io::Result<u64> {
        let skipped = length.min(self.rest.end - self.rest.start);
        self.rest.start += skipped;
        Ok(skipped)
    }
}

/// Goes from header to header; in between it reads the data of the last one.
pub(super) struct Walker<S> {
    source: S,
    /// Bytes read or skipped so far.
    at: u64,
    /// Bytes of the last header's data that are not read yet; its padding is not counted.
    left: u64,
    /// Headers that were returned: the number of the next one.
    count: usize,
    /// A header was damaged and none has been found since.
    is_lost: bool,
}

impl<S: Source> Walker<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, at: 0, left: 0, count: 0, is_lost: false }
    }

    /// Where the next byte of data is, from the beginning.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// Whether headers may follow after an error.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// How many headers were returned.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The next header; `None` at the end of the archive.
    ///
    /// # Errors
    /// A header is damaged: the next call looks for the next one that is not, if
    /// [`is_lost`](Self::is_lost). Else there is nothing more to be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Header>> {
        let next = self.find_next();
        // A source that fails would fail each time it is asked again, without an end.
        if next.as_ref().is_err_and(|error| !is_damaged(error)) {
            self.is_lost = false;
        }
        next
    }

    fn find_next(&mut self) -> io::Result<Option<Header>> {
        // Whatever the caller did not read of the last member, and its padding.
        self.skip_data()?;
        let mut attributes = Attributes::default();
        loop {
            let Some(block) = self.header_block()? else { return Ok(None) };
            let header = tar::Header::from_byte_slice(&block);
            // The sum was right, but the size is not a number: the next header is anywhere.
            let Ok(size) = header.entry_size() else {
                self.is_lost = true;
                return Err(damaged());
            };
            self.left = size;
            match header.entry_type().as_byte() {
                b'x' | b'X' => attributes.read_pax(&self.short_data()?),
                // Attributes of all members, such as a comment with the commit (`git archive`): path,
                // link and size are never among them.
                b'g' => self.skip_data()?,
                // GNU: a name or link of more than 100 bytes is the data of a header before.
                b'L' => attributes.path = Some(until_nul(self.short_data()?)),
                b'K' => attributes.link = Some(until_nul(self.short_data()?)),
                // The label of a volume.
                b'V' => self.skip_data()?,
                _ => {
                    // More blocks of the header, which are not counted in its size.
                    if header.as_gnu().is_some_and(|gnu| gnu.is_extended())
                        && header.entry_type().is_gnu_sparse()
                    {
                        self.skip_sparse_map()?;
                    }
                    self.count += 1;
                    // A pax size replaces that of the header, whose octal digits end at 8 GiB.
                    let header = attributes.apply(header, size);
                    self.left = header.size;
                    return Ok(Some(header));
                }
            }
        }
    }

    /// The next block that does not belong to the end mark; `None` at the end.
    fn header_block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut zeros = 0_u64;
        loop {
            let mut block = [0; BLOCK];
            let read = self.read_block(&mut block)?;
            // The bytes end here. Without an end mark the file may be cut, unless the damage that made
            // the walk get lost is reported already.
            if read < BLOCK {
                let is_lost = std::mem::take(&mut self.is_lost);
                let is_blank = is_blank(&block[..read]);
                // One block of zeros, alone or with a part of another, is a cut end mark: nothing is
                // lost.
                if is_lost || zeros > 1 || (zeros > 0 && is_blank) {
                    return Ok(None);
                }
                return Err(if read == 0 { no_end_mark() } else { cut_in_header() });
            }
            if is_blank(&block) {
                zeros += 1;
                continue;
            }
            // A header may follow an end mark: archives may be concatenated. While lost, only headers with a
            // magic count, since data can have a right sum by chance.
            if has_right_sum(&block) && (!self.is_lost || &block[257..262] == b"ustar") {
                self.is_lost = false;
                return Ok(Some(block));
            }
            if self.is_lost {
                zeros = 0;
                continue;
            }
            // One blank block is not an end mark: this is where a header should be.
            if zeros < 2 {
                self.is_lost = true;
                return Err(damaged());
            }
            // Anything else after the end mark is ignored, but read: a checksum at its end may be wrong.
            while self.source.skip(1 << 30)? > 0 {}
            return Ok(None);
        }
    }

    /// Reads a block; returns how many bytes of it there were.
    fn read_block(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let (read, result) = super::read_up_to(&mut self.source, block);
        self.at += read as u64;
        result.map(|()| read)
    }

    /// Moves to the next header: past the rest of the data, and its padding.
    fn skip_data(&mut self) -> io::Result<()> {
        let data = std::mem::take(&mut self.left);
        // A header can declare nearly 2^64 bytes.
        let end = self.at.checked_add(data).and_then(|end| end.checked_next_multiple_of(512));
        let skipped = self.source.skip(end.ok_or_else(damaged)? - self.at)?;
        self.at += skipped;
        // The padding of the last member may be missing; its data may not.
        if skipped < data { Err(cut_short()) } else { Ok(()) }
    }

    /// The data of a header that describes the next one.
    fn short_data(&mut self) -> io::Result<Vec<u8>> {
        if self.left > LONGEST_NAME {
            return Err(io::Error::other("a name or its attributes exceed 1 MiB"));
        }
        let mut data = Vec::new();
        self.read_to_end(&mut data)?;
        self.skip_data()?;
        Ok(data)
    }

    /// Skips the blocks that continue the list of parts of a sparse file.
    fn skip_sparse_map(&mut self) -> io::Result<()> {
        loop {
            let mut block = [0; BLOCK];
            if self.read_block(&mut block)? < BLOCK {
                return Err(cut_in_header());
            }
            // GNU: whether another block follows.
            if block[504] == 0 {
                return Ok(());
            }
        }
    }
}

impl<S: Source> Read for Walker<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // Never into the padding: the text of an entry is exactly its data.
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        if length == 0 {
            return Ok(0);
        }
        let read = self.source.read(&mut into[..length])?;
        self.at += read as u64;
        self.left -= read as u64;
        if read == 0 {
            // The error comes once; then there is no more data.
            self.left = 0;
            return Err(cut_short());
        }
        Ok(read)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, DamagedHeader)
}

/// Whether the error is [`damaged`], and not one of the source.
fn is_damaged(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<DamagedHeader>())
}

/// A block that should be a header is none.
#[derive(Debug)]
struct DamagedHeader;

impl std::error::Error for DamagedHeader {}

impl fmt::Display for DamagedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header is damaged")
    }
}

fn cut_in_header() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of a header")
}

fn no_end_mark() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it has no end mark: it may have been cut short")
}
