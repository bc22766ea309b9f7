//! Members of an archive without its directory, as a server leaves it that fails midway: found by their local headers
//! (APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9).
//!
//! A header may not know the sizes: then a descriptor after the data has them, perhaps without a signature of its own. The
//! data itself is not looked at but for signatures, so a scan takes as long as reading the file.

use std::io;

use memchr::memmem::Finder;
use rawzip::CompressionMethod;
use rawzip::extra_fields::ExtraFields;

use super::{EMPTY, HEADER, LOCAL_HEADER, Member, name};
use crate::source::backing::Backing;
use crate::source::dated::seconds;

const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";

/// Bytes that are looked at at once.
const WINDOW: u64 = 1 << 20;

/// Sizes are in a field of 64 bits.
const BEYOND: u64 = u32::MAX as u64;

/// What is after the data of a member whose end is not known.
const NEXT: &str = "the next entry begins";
const END: &str = "the archive ends";

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Salvaged {
    pub(super) members: Vec<(String, Member)>,
    /// Where the headers of all begin, in ascending order.
    pub(super) headers: Vec<u64>,
    /// Where the directory begins, or the file ends.
    pub(super) end: u64,
}

/// What is where the signature of a header is.
enum Header {
    /// Other data.
    None,
    /// The beginning of a header, before the end of the file.
    Cut,
    /// One, and whether its sizes are known.
    Of(Open, bool),
}

/// A member whose data goes on.
struct Open {
    name: String,
    member: Member,
    /// Where its data begins.
    start: u64,
}

/// Finds members whose headers are not among `known`, which is in ascending order.
///
/// # Errors
/// The operating system's.
pub(super) fn salvage(backing: &Backing, known: &[u64]) -> io::Result<Salvaged> {
    let mut found = Salvaged { end: backing.len(), ..Salvaged::default() };
    let mut marks = Marks::new(backing);
    let (mut at, mut open): (u64, Option<Open>) = (0, None);
    let mut directory = None;
    while let Some((place, mark)) = marks.next(at)? {
        at = place + mark.len() as u64;
        match mark {
            DESCRIPTOR => {
                if let Some(own) = open.take() {
                    match own.described(backing, at, place)? {
                        Ok((closed, end)) => {
                            found.push(closed, known);
                            (at, directory) = (end, None);
                        }
                        Err(own) => open = Some(own),
                    }
                }
            }
            HEADER => {
                let header = Open::at(backing, place)?;
                if matches!(header, Header::None) {
                    continue;
                }
                directory = None;
                if let Some(own) = open.take() {
                    found.push(own.ended(backing, place, NEXT)?, known);
                }
                let Header::Of(new, has_sizes) = header else { continue };
                match has_sizes {
                    true => {
                        // Beyond the end if it is cut, or lies: then the headers that follow decide.
                        let end = new.start.saturating_add(new.member.stored);
                        at = if end <= backing.len() { end } else { new.start };
                        found.push(new, known);
                    }
                    false => {
                        at = new.start;
                        open = Some(new);
                    }
                }
            }
            // The directory, if no header follows: it may be that of an archive that is stored in this one.
            _ => directory = directory.or(Some(place)),
        }
    }
    found.end = directory.unwrap_or(found.end);
    if let Some(own) = open {
        let end = found.end;
        let what = if end == backing.len() { END } else { "the central directory begins" };
        found.push(own.ended(backing, end, what)?, known);
    }
    Ok(found)
}

impl Salvaged {
    fn push(&mut self, Open { name, member, .. }: Open, known: &[u64]) {
        self.headers.push(member.header);
        let is_folder = name.ends_with('/') && member.inflated == 0;
        if !is_folder && known.binary_search(&member.header).is_err() {
            self.members.push((name, member));
        }
    }
}

impl Open {
    /// The member whose header is at a place, if it is one: its signature may be part of any data.
    fn at(backing: &Backing, place: u64) -> io::Result<Header> {
        let mut header = [0; LOCAL_HEADER];
        if backing.read_up_to(&mut header, place)? < header.len() {
            return Ok(Header::Cut);
        }
        let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let long = |at: usize| u64::from(four(&header[at..]));
        let (version, flags, method) = (header[4], short(6), short(8));
        let lengths = [short(26), short(28)].map(usize::from);
        let is_method = method <= 20 || (93..100).contains(&method);
        if version > 100 || !is_method || lengths[0] == 0 {
            return Ok(Header::None);
        }
        let mut rest = vec![0; lengths[0] + lengths[1]];
        let after = place + LOCAL_HEADER as u64;
        let read = backing.read_up_to(&mut rest, after)?;
        if read < rest.len() {
            return Ok(Header::Cut);
        }
        let (raw, extra) = rest.split_at(lengths[0]);
        let (mut stored, mut inflated) = (long(18), long(22));
        if stored == BEYOND || inflated == BEYOND {
            // Both are there, the text's first.
            if let Some(sizes) = zip64(extra) {
                (inflated, stored) = (eight(sizes), eight(&sizes[8..]));
            }
        }
        let has_descriptor = flags & 1 << 3 != 0;
        let crc = four(&header[14..]);
        let (time, date) = (short(10), short(12));
        let part = |value: u16, from: u16, bits: u16| (value >> from & ((1 << bits) - 1)) as u8;
        let modified = seconds(
            1980 + (date >> 9),
            [
                part(date, 5, 4),
                part(date, 0, 5),
                part(time, 11, 5),
                part(time, 5, 6),
                2 * part(time, 0, 5),
            ],
        );
        let member = Member {
            header: place,
            method: CompressionMethod::new(method),
            encrypted: flags & 1 != 0,
            stored,
            inflated,
            crc,
            modified,
            has_end_mark: flags & 1 << 1 != 0,
            cut: None,
        };
        let start = after + rest.len() as u64;
        let name = name::in_unicode(ExtraFields::new(extra), raw);
        let name = name.unwrap_or_else(|| name::decode(raw));
        let own = Self { name, member, start };
        Ok(Header::Of(own, !has_descriptor || stored > 0))
    }

    /// With the sizes in the descriptor whose signature is at `place`, before `fields`, and where that ends; itself if they
    /// are of another member, as of one in an archive that is stored in this one.
    fn described(
        self,
        backing: &Backing,
        fields: u64,
        place: u64,
    ) -> io::Result<Result<(Self, u64), Self>> {
        let mut bytes = [0; 20];
        let read = backing.read_up_to(&mut bytes, fields)?;
        let length = place - self.start;
        let sizes = sizes(&bytes[..read], length);
        Ok(match sizes {
            Some((crc, inflated, size)) => Ok((self.closed(length, crc, inflated), fields + size)),
            None => Err(self),
        })
    }

    /// Of a member that has no descriptor with a signature: it ends at `end`, or before a descriptor without one.
    fn ended(self, backing: &Backing, end: u64, what: &'static str) -> io::Result<Self> {
        // Of the next signature the file may have a part.
        let mut tail = [0; 3];
        let start = end.saturating_sub(3).max(self.start);
        let read = backing.read_up_to(&mut tail[..(end - start) as usize], start)?;
        let begun = (0..=read).filter(|begun| HEADER.starts_with(&tail[read - begun..read]));
        for (begun, size) in begun.flat_map(|begun| [(begun as u64, 12), (begun as u64, 20)]) {
            let at = (end - begun).checked_sub(size).filter(|at| *at >= self.start);
            let Some(at) = at else { continue };
            let mut bytes = [0; 20];
            let fields = &mut bytes[..size as usize];
            backing.read_up_to(fields, at)?;
            let length = at - self.start;
            let found = sizes(fields, length).filter(|(.., own)| *own == size);
            if let Some((crc, inflated, _)) = found {
                return Ok(self.closed(length, crc, inflated));
            }
        }
        let stored = end - self.start;
        let member = Member { stored, cut: Some(what), ..self.member };
        Ok(Self { member, ..self })
    }

    fn closed(self, stored: u64, crc: u32, inflated: u64) -> Self {
        let member = Member { stored, crc, inflated, ..self.member };
        Self { member, ..self }
    }
}

/// CRC, size of the text and length of a descriptor without its signature, if it is of data of so many bytes.
fn sizes(bytes: &[u8], length: u64) -> Option<(u32, u64, u64)> {
    let crc = four(bytes.get(..4)?);
    // The wide form first: its size of the data looks like the narrow form's, with no text at all.
    if let Some(sizes) = bytes.get(4..20)
        && eight(sizes) == length
        && length > EMPTY
    {
        return Some((crc, eight(&sizes[8..]), 20));
    }
    let sizes = bytes.get(4..12)?;
    (u64::from(four(sizes)) == length).then(|| (crc, u64::from(four(&sizes[4..])), 12))
}

/// The sizes in the field of Zip64.
fn zip64(mut extra: &[u8]) -> Option<&[u8]> {
    loop {
        let (head, rest) = extra.split_at_checked(4)?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let field = rest.get(..length)?;
        if head[..2] == [1, 0] {
            return Some(field).filter(|field| field.len() >= 16);
        }
        extra = &rest[length..];
    }
}

/// The number that the first four bytes are.
fn four(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The number that the first eight bytes are.
fn eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Finds signatures.
struct Marks<'b> {
    backing: &'b Backing,
    /// Of what all of them begin with.
    finder: Finder<'static>,
    buffer: Vec<u8>,
}

impl<'b> Marks<'b> {
    fn new(backing: &'b Backing) -> Self {
        Self { backing, finder: Finder::new(b"PK"), buffer: Vec::new() }
    }

    /// The next one from a place on.
    fn next(&mut self, mut at: u64) -> io::Result<Option<(u64, [u8; 4])>> {
        let length = self.backing.len();
        while at < length {
            let end = length.min(at + WINDOW);
            let window = self.backing.bytes(at..end, &mut self.buffer)?;
            for place in self.finder.find_iter(window) {
                let Some(mark) = window[place..].first_chunk::<4>() else { break };
                if [HEADER, DESCRIPTOR, DIRECTORY].contains(mark) {
                    return Ok(Some((at + place as u64, *mark)));
                }
            }
            // One may begin in the last bytes.
            at = if end == length { length } else { end - 3 };
        }
        Ok(None)
    }
}
