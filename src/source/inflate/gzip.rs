//! Members of a gzip file (RFC 1952): a header, deflate data, a trailer with check sum and size.
//!
//! Headers and trailers come byte by byte, as a call may end in the middle of one. They are a few bytes
//! beside thousands; only the text between is worth speed.

use crc32fast::Hasher;

use super::{Inflated, Inflater, Stop};

/// A decoder of gzip members, one after another, that can stop at any byte of input and output.
pub struct Gunzip {
    /// For the text of the current member.
    inflater: Inflater,
    /// Where in the member it is.
    part: Part,
    /// Of the text so far, as is the length.
    crc: Hasher,
    /// Modulo 2^32, as in the trailer.
    length: u32,
}

/// What comes next in the input.
enum Part {
    /// The header, from its first byte.
    Header(Header),
    /// Deflate data.
    Text,
    /// Check sum, then size, four bytes each. `number` has the last four bytes, the first one lowest.
    Trailer { read: usize, number: u32 },
    /// Nothing that has a meaning; every call returns this again.
    Damage,
}

/// A header as far as it is read.
struct Header {
    /// What the next byte is.
    field: Field,
    /// The byte before: numbers have two, the low one first.
    before: u8,
    /// Which optional fields there are.
    flags: u8,
    /// Of the header, for its own check sum.
    crc: Hasher,
}

/// What the next byte of a header is. Numbers have two bytes.
#[derive(Clone, Copy)]
enum Field {
    /// One of the ten bytes that are always there.
    Fixed(usize),
    /// The first byte of the length of the extra field.
    ExtraLength,
    /// Its second byte.
    ExtraLengthEnd,
    /// The extra field, of which this many bytes are left, never 0.
    Extra(u16),
    /// The name of the file, up to a NUL byte.
    Name,
    /// A comment, up to a NUL byte.
    Comment,
    /// The first byte of the header's check sum, which is the low half of a CRC-32.
    Crc,
    /// Its second byte.
    CrcEnd,
    /// None: the header is complete.
    End,
}

impl Gunzip {
    /// A decoder at the beginning of a member.
    pub fn new() -> Self {
        let part = Part::Header(Header::new());
        Self { inflater: Inflater::new(), part, crc: Hasher::new(), length: 0 }
    }

    /// Like [`Inflater::inflate`]. [`Stop::End`] is the end of a member, whose check sum and size
    /// were right; the next call expects another.
    pub fn inflate(&mut self, input: &[u8], into: &mut [u8]) -> Inflated {
        let (mut read, mut written) = (0, 0);
        let stop = loop {
            let result = if let Part::Text = self.part {
                let outcome = self.inflater.inflate(&input[read..], &mut into[written..]);
                let text = &into[written..written + outcome.written];
                self.crc.update(text);
                self.length = self.length.wrapping_add(text.len() as u32);
                read += outcome.read;
                written += outcome.written;
                self.behind_text(outcome.stop)
            } else if let Some(&byte) = input.get(read) {
                read += 1;
                self.take(byte)
            } else {
                Err(Stop::Input)
            };
            if let Err(stop) = result {
                break stop;
            }
        };
        if stop == Stop::Damage {
            self.part = Part::Damage;
        }
        Inflated { read, written, stop }
    }

    /// What follows the text: the trailer, if it has ended.
    fn behind_text(&mut self, stop: Stop) -> Result<(), Stop> {
        if stop != Stop::End {
            return Err(stop);
        }
        self.part = Part::Trailer { read: 0, number: 0 };
        Ok(())
    }

    /// Takes a byte of a header or trailer. An error is damage, or the end of the member.
    fn take(&mut self, byte: u8) -> Result<(), Stop> {
        match &mut self.part {
            Part::Header(header) => {
                header.take(byte)?;
                if let Field::End = header.field {
                    self.inflater.reset();
                    self.crc.reset();
                    self.length = 0;
                    self.part = Part::Text;
                }
                Ok(())
            }
            Part::Trailer { read, number } => {
                // After eight bytes those of the check sum have been shifted out.
                *number = *number >> 8 | u32::from(byte) << 24;
                *read += 1;
                match *read {
                    4 if *number != self.crc.clone().finalize() => Err(Stop::Damage),
                    8 if *number != self.length => Err(Stop::Damage),
                    8 => {
                        self.part = Part::Header(Header::new());
                        Err(Stop::End)
                    }
                    _ => Ok(()),
                }
            }
            Part::Text | Part::Damage => Err(Stop::Damage),
        }
    }
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}

impl Header {
    const HAS_CRC: u8 = 1 << 1;
    const HAS_EXTRA: u8 = 1 << 2;
    const HAS_NAME: u8 = 1 << 3;
    const HAS_COMMENT: u8 = 1 << 4;
    const RESERVED: u8 = 0xe0;

    /// Before the first byte.
    fn new() -> Self {
        Self { field: Field::Fixed(0), before: 0, flags: 0, crc: Hasher::new() }
    }

    /// Takes the next byte of the header.
    fn take(&mut self, byte: u8) -> Result<(), Stop> {
        let pair = u16::from_le_bytes([self.before, byte]);
        let field = match self.field {
            Field::Fixed(at) => self.fixed(at, byte, pair)?,
            Field::ExtraLength => Field::ExtraLengthEnd,
            Field::ExtraLengthEnd if pair > 0 => Field::Extra(pair),
            Field::ExtraLengthEnd | Field::Extra(1) => self.behind_extra(),
            Field::Extra(left) => Field::Extra(left - 1),
            Field::Name if byte == 0 => self.behind_name(),
            Field::Comment if byte == 0 => self.behind_comment(),
            Field::Crc => Field::CrcEnd,
            Field::CrcEnd if pair != self.crc.clone().finalize() as u16 => {
                return Err(Stop::Damage);
            }
            Field::CrcEnd => Field::End,
            field => field,
        };
        // The check sum covers all before itself. What `CrcEnd` adds is never asked for.
        if !matches!(self.field, Field::Crc) {
            self.crc.update(&[byte]);
        }
        (self.before, self.field) = (byte, field);
        Ok(())
    }

    /// A pair of bytes is judged once it is there, as zlib does.
    fn fixed(&mut self, at: usize, byte: u8, pair: u16) -> Result<Field, Stop> {
        const MAGIC: u16 = 0x8b1f;
        const DEFLATE: u8 = 8;
        match at {
            1 if pair != MAGIC => return Err(Stop::Damage),
            // Newer versions may use the reserved flags for fields that cannot be skipped here.
            3 if self.before != DEFLATE || byte & Self::RESERVED != 0 => return Err(Stop::Damage),
            3 => self.flags = byte,
            // The time, compression level and system, bytes 4 to 9, say nothing of the text.
            9 if self.flags & Self::HAS_EXTRA != 0 => return Ok(Field::ExtraLength),
            9 => return Ok(self.behind_extra()),
            _ => {}
        }
        Ok(Field::Fixed(at + 1))
    }

    /// The field after the extra one: of those that follow, the first that the flags have.
    fn behind_extra(&self) -> Field {
        if self.flags & Self::HAS_NAME != 0 { Field::Name } else { self.behind_name() }
    }

    /// The field after the name.
    fn behind_name(&self) -> Field {
        if self.flags & Self::HAS_COMMENT != 0 { Field::Comment } else { self.behind_comment() }
    }

    /// The field after the comment.
    fn behind_comment(&self) -> Field {
        if self.flags & Self::HAS_CRC != 0 { Field::Crc } else { Field::End }
    }
}
