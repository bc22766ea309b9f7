//! The loop for the middle of input and output, where every read and write has room.
//!
//! A round decodes up to four entries of literals, then a match. It begins by taking the next
//! [`AHEAD`] bytes of input and [`ROOM`] bytes of output as arrays. If both exist, nothing inside the
//! round can run out, and the compiler drops the bounds checks of the hot path.
//!
//! **Room in the output.** Four entries of literals are 8 bytes at most. A match is 258 at most, and
//! is copied in blocks of [`BLOCK`] that may run past its end: the first two are copied always, any
//! further one begins before the end of the match, so less than two blocks are written beyond it.
//!
//! **Room in the input.** A round refills at most twice. Each refill reads a word of 8 bytes and
//! advances by 7 at most, so no read goes past byte 15 of [`AHEAD`].
//!
//! **Room in the bit buffer.** After a refill all 64 bits are valid and at least 56 are counted. Four
//! entries of literals in the first level take 11 bits each, 44 in all, which leaves 12 for looking up
//! the next (11). After the second refill a match takes at most 48: 15 of the length's code and 5
//! extra, 15 of the distance's code and 13 extra. That leaves 16 valid bits, again enough to look up
//! the next entry *before* the refill. The order matters: this lookup is what the next round waits
//! for, while refill and copy can overlap with it.
//!
//! When a match begins without literals before it, the last round ended with a refill after its own
//! lookup, so the same sums hold.

use super::bits::{Bits, Input, Output};
use super::tables::{Entry, Tables, low};
#[cfg(target_arch = "x86_64")]
use crate::simd::Bmi2;

/// Input that a round may look at: two refills, each reading a word and advancing by 7 bytes at most.
const AHEAD: usize = 32;

/// Output that a round may touch: eight literals, then the longest match and two blocks.
const ROOM: usize = 8 + 258 + 2 * BLOCK;

/// Bytes of a match that are copied at a time.
const BLOCK: usize = 32;

/// Why the loop ended; all text before that is written.
pub(super) enum Halt {
    /// Too near the end of input or output.
    Room,
    /// The end of the block.
    Block,
    /// The data is damaged.
    Damage,
}

/// Decodes symbols of a block while there is room. May do nothing: the caller then decodes one symbol
/// itself.
pub(super) fn decode(
    tables: &Tables,
    bits: &mut Bits,
    input: &mut Input,
    out: &mut Output,
) -> Halt {
    // Small inputs end here, before the processor is asked.
    if input.bytes.len() - input.at < AHEAD || out.bytes.len() - out.at < ROOM {
        return Halt::Room;
    }
    #[cfg(target_arch = "x86_64")]
    if Bmi2::detect().is_some() {
        // SAFETY: there is a token for BMI2, which is all that the function asks for.
        return unsafe { decode_bmi2(tables, bits, input, out) };
    }
    decode_with(tables, bits, input, out)
}

/// With BMI2, shifts by a variable and masks of the low bits are one instruction each.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi2")]
fn decode_bmi2(tables: &Tables, bits: &mut Bits, input: &mut Input, out: &mut Output) -> Halt {
    decode_with(tables, bits, input, out)
}

/// Once as it is and once for BMI2: inlined into both, so that each has its own instructions.
#[inline(always)]
fn decode_with(tables: &Tables, bits: &mut Bits, input: &mut Input, out: &mut Output) -> Halt {
    let rest = &input.bytes[input.at..];
    let mut reader = Reader { rest, buffer: bits.buffer, count: bits.count };
    let halt = rounds(tables, &mut reader, out.bytes, &mut out.at);
    // `decoder` expects zeros above the bits that count, and a count without the bytes above.
    bits.count = reader.count & 0xff;
    bits.buffer = low(reader.buffer, bits.count);
    input.at = input.bytes.len() - reader.rest.len();
    halt
}

/// The bits next in the input, counted loosely; see the module `inflate`.
struct Reader<'a> {
    /// Input that is not in the buffer.
    rest: &'a [u8],
    /// Beyond those counted there may be more bits of the input, never others.
    buffer: u64,
    /// How many bits count, in the low byte. [`consume`](Self::consume) subtracts whole entries, not
    /// just their low byte, so the bytes above it are arbitrary.
    count: u32,
}

impl Reader<'_> {
    /// Fills the buffer: at least 56 bits count afterwards, and all 64 are bits of the input. `used`
    /// bytes of `ahead` are in the buffer before; returns how many are after.
    #[inline(always)]
    fn refill(&mut self, ahead: &[u8; AHEAD], used: usize) -> usize {
        let mut word = [0; 8];
        word.copy_from_slice(&ahead[used..used + 8]);
        self.buffer |= u64::from_le_bytes(word) << (self.count & 63);
        // (63 - count) / 8 whole bytes fit, and with them the count is 56 to 63. Both lines ignore
        // what is above the low six bits.
        let bytes = (!self.count >> 3 & 7) as usize;
        self.count |= 56;
        used + bytes
    }

    /// Drops the bits of an entry, and returns the buffer as it was, which has the extra bits.
    #[inline(always)]
    fn consume(&mut self, entry: Entry) -> u64 {
        let before = self.buffer;
        self.buffer >>= entry.bits();
        self.count = self.count.wrapping_sub(entry.raw());
        before
    }
}

/// Decodes after the text that ends at `end`, which it moves. The entry in hand at the head of a round
/// is looked up, but its bits are not consumed: leaving there loses nothing.
#[inline(always)]
fn rounds(tables: &Tables, reader: &mut Reader, bytes: &mut [u8], end: &mut usize) -> Halt {
    let Some(ahead) = reader.rest.first_chunk() else { return Halt::Room };
    let used = reader.refill(ahead, 0);
    reader.rest = &reader.rest[used..];
    let mut entry = tables.litlen(reader.buffer);
    let mut at = *end;
    let halt = loop {
        let Some(ahead) = reader.rest.first_chunk() else { break Halt::Room };
        let Some(room) = bytes[at..].first_chunk_mut() else { break Halt::Room };
        let mut used = 0;
        if entry.is_literal() {
            at += literals(tables, reader, &mut entry, room);
            used = reader.refill(ahead, used);
            // More literals: check the room anew.
            if entry.is_literal() {
                reader.rest = &reader.rest[used..];
                continue;
            }
        }
        let mut before = reader.consume(entry);
        if entry.is_special() {
            if entry.is_subtable() {
                entry = tables.litlen_below(entry, reader.buffer);
                before = reader.consume(entry);
            }
            // Two levels are all there are: the end of the block, or no code.
            if entry.is_special() {
                reader.rest = &reader.rest[used..];
                break if entry.is_end() { Halt::Block } else { Halt::Damage };
            }
            if entry.is_literal() {
                bytes[at] = entry.byte();
                at += 1;
                entry = tables.litlen(reader.buffer);
                used = reader.refill(ahead, used);
                reader.rest = &reader.rest[used..];
                continue;
            }
        }
        let length = entry.value(before);
        // Here and below the text before stays valid; only this match is not written.
        let Some(distance) = distance(tables, reader) else { break Halt::Damage };
        // Look up before refilling and copying; see the module.
        entry = tables.litlen(reader.buffer);
        used = reader.refill(ahead, used);
        reader.rest = &reader.rest[used..];
        let Some(from) = at.checked_sub(distance) else { break Halt::Damage };
        repeat(bytes, from, at, length);
        at += length;
    };
    *end = at;
    halt
}

/// Writes up to four entries of literals, starting with `entry`, and leaves the entry after them in its
/// place. Returns how many literals they were.
#[inline(always)]
fn literals(
    tables: &Tables,
    reader: &mut Reader,
    entry: &mut Entry,
    room: &mut [u8; ROOM],
) -> usize {
    let mut filled = 0;
    let mut next = || {
        reader.consume(*entry);
        let (bytes, count) = entry.literals();
        // Always two bytes: if the entry has one literal, the next write covers the second.
        room[filled..filled + 2].copy_from_slice(&bytes);
        filled += count;
        *entry = tables.litlen(reader.buffer);
        entry.is_literal()
    };
    let _ = next() && next() && next() && next();
    filled
}

/// The distance of a match; `None` if the bits are not a valid code. May be larger than the text
/// before.
#[inline(always)]
fn distance(tables: &Tables, reader: &mut Reader) -> Option<usize> {
    let mut entry = tables.distance(reader.buffer);
    if entry.is_subtable() {
        reader.consume(entry);
        entry = tables.distance_below(entry, reader.buffer);
    }
    if entry.is_special() { None } else { Some(entry.value(reader.consume(entry))) }
}

/// Copies a match from `from` to `to`, up to two blocks beyond its end: what is there is not yet text.
#[inline(always)]
fn repeat(bytes: &mut [u8], from: usize, to: usize, length: usize) {
    let distance = to - from;
    // Blocks must not overlap with what they are copied from.
    if distance < BLOCK {
        return repeat_near(&mut bytes[from..to + length + 8], distance, length);
    }
    let text = &mut bytes[from..to + 2 * BLOCK];
    copy_block(text, 0, distance);
    copy_block(text, BLOCK, BLOCK + distance);
    if length > 2 * BLOCK {
        repeat_long(&mut bytes[from..to + length + BLOCK], distance, length);
    }
}

/// Copies a block, which must not overlap with its source.
#[inline(always)]
fn copy_block(text: &mut [u8], from: usize, to: usize) {
    let mut block = [0; BLOCK];
    block.copy_from_slice(&text[from..from + BLOCK]);
    text[to..to + BLOCK].copy_from_slice(&block);
}

/// Copies the rest of a match whose first two blocks are copied already.
#[inline]
fn repeat_long(text: &mut [u8], distance: usize, length: usize) {
    for at in (2 * BLOCK..length).step_by(BLOCK) {
        copy_block(text, at, distance + at);
    }
}

/// Copies a match from less than a block back, up to a word beyond its end.
#[inline(never)]
fn repeat_near(text: &mut [u8], distance: usize, length: usize) {
    let word =
        |text: &[u8], at: usize| text[at..].first_chunk().map_or(0, |w| u64::from_le_bytes(*w));
    let mut at = distance;
    let end = distance + length;
    // A word does not overlap with its source: copy word by word.
    if distance >= 8 {
        while at < end {
            let next = word(text, at - distance);
            text[at..at + 8].copy_from_slice(&next.to_le_bytes());
            at += 8;
        }
        return;
    }
    // Fill a word with repetitions of the text. Advance by whole repetitions only, so that the next
    // word begins in phase.
    let mut pattern = low(word(text, 0), 8 * distance as u32);
    let mut period = distance;
    while period < 8 {
        pattern |= pattern << (8 * period);
        period *= 2;
    }
    let whole = 8 / distance * distance;
    while at < end {
        text[at..at + 8].copy_from_slice(&pattern.to_le_bytes());
        at += whole;
    }
}
