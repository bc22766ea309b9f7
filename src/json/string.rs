//! Strings of JSON: finds their end and decodes them, in one pass, to the end of a vector.
//!
//! Two ways to the same result: escape by escape on any processor ([`by_escapes`]), and all escapes of
//! 64 bytes at once with AVX-512 (`by_chunks`). The text is UTF-8 already; what is checked here is what
//! JSON adds: no raw control characters, only known escapes, no surrogates. A string with anything else
//! is refused, and the whole line with it.

#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx512, Wide};
use crate::simd::{CHUNK, Scan, Tail};

/// What was seen while a message was decoded.
#[derive(Clone, Copy)]
pub(in crate::json) struct Message {
    /// An ESC that was decoded from `\u001b` and is in the column: the message is to be searched for escape
    /// sequences once it is whole.
    pub(in crate::json) escape: bool,
    /// Its last character was a newline, which is not in the column. False as well for one that was decoded
    /// like any other escape: it is in the column, which removes it.
    pub(in crate::json) newline: bool,
}

/// What a string is, which decides what is left out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::json) enum Kind {
    /// A message: mostly without a newline at its end and, if they are to be stripped, without the usual
    /// escape sequences; the column removes the others.
    Message { strip: bool },
    /// A key or a value of args: as it is.
    Member,
}

/// Decodes a string to the end of `out`, from `start`, which is after its opening quote; returns where its
/// closing quote is. `None`: it is not a valid string, has a surrogate, or ends too near the end of the
/// text; a part of it may then be in `out`.
#[inline(always)]
pub(in crate::json) fn string<S: Scan>(
    simd: S,
    text: &[u8],
    start: usize,
    out: &mut Vec<u8>,
    kind: Kind,
) -> Option<(usize, Message)> {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = simd.wide() {
        return by_chunks(wide, text, start, out, kind);
    }
    by_escapes(simd, text, start, out, kind)
}

/// Decodes a string escape by escape, with any vector instructions or none. Returns what [`string`] does.
///
/// Between two escapes whole chunks of 64 bytes are copied, of which the bytes that are not wanted are
/// overwritten by what follows: a copy of a fixed length is a few instructions, and never a call.
///
/// The marks of a chunk do not depend on what the chunk before held, so the processor works on
/// several chunks at once.
#[inline(always)]
fn by_escapes<S: Scan>(
    simd: S,
    text: &[u8],
    start: usize,
    out: &mut Vec<u8>,
    kind: Kind,
) -> Option<(usize, Message)> {
    let mut message = Message { escape: false, newline: false };
    let mut tail = Tail::new(out);
    // The first byte that is neither decoded nor copied, and the chunk it is in.
    let (mut at, mut base) = (start, start);
    loop {
        let chunk = text.get(base..)?.first_chunk()?;
        let mut marks = simd.specials(chunk);
        // Marks before `at` are of an escape that is done.
        marks &= u64::MAX << (at - base);
        while marks != 0 {
            let special = base + marks.trailing_zeros() as usize;
            tail.append(text.get(at..)?.first_chunk()?, special - at);
            at = special;
            match special_at(text, at, &mut tail, &mut message, kind)? {
                0 => {
                    tail.finish();
                    // Here is the quote, or the backslash of the newline before it.
                    return Some((at + 2 * usize::from(message.newline), message));
                }
                length => at += length,
            }
            // Also the mark of an escaped quote or backslash. The escape may reach past the chunk: a shift
            // by 64 or more leaves no marks.
            marks &= u64::MAX.checked_shl((at - base) as u32).unwrap_or(0);
        }
        let end = base + CHUNK;
        if at < end {
            tail.append(text.get(at..)?.first_chunk()?, end - at);
            at = end;
        }
        // After an escape that reached past the chunk: no chunk begins within one.
        base = at.max(end);
    }
}

/// Decodes a string as [`by_escapes`] does, all short escapes of a chunk at once: their places are
/// unpredictable, so a branch for each would be mispredicted half of the time.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn by_chunks(
    simd: Avx512,
    text: &[u8],
    start: usize,
    out: &mut Vec<u8>,
    kind: Kind,
) -> Option<(usize, Message)> {
    let mut message = Message { escape: false, newline: false };
    let mut tail = Tail::new(out);
    // A chunk never begins within an escape, so that none depends on the chunk before it.
    let mut base = start;
    loop {
        let bytes = text.get(base..)?.first_chunk()?;
        let mut chunk = Wide::load(simd, bytes);
        let marks = chunk.marks();
        // Most chunks are plain up to their end, or to that of the string and a newline before it.
        let before = marks.backslashes.trailing_zeros();
        let end = marks.quotes.trailing_zeros();
        message.newline = kind != Kind::Member
            && !message.escape
            && marks.quotes != 0
            && end == before + 2
            && bytes[before as usize + 1] == b'n';
        if end < before || message.newline || marks.backslashes == 0 {
            let plain = end.min(before);
            // Control characters after the string are not its own: the newline of the line is one.
            if marks.controls.trailing_zeros() < plain {
                return None;
            }
            tail.append(bytes, plain as usize);
            if marks.quotes != 0 {
                tail.finish();
                return Some((base + end as usize, message));
            }
            base += CHUNK;
            continue;
        }
        let (escapes, escaped) = escapes(marks.backslashes);
        let ends = marks.quotes & !escaped;
        // Up to the first end. A backslash that is the last byte is left to the next chunk.
        let cut = escapes & 1 << 63;
        let inside = ends.wrapping_sub(1) & !ends & !cut;
        if marks.controls & inside != 0 {
            return None;
        }
        let kept = inside & !escapes;
        let next = base + CHUNK - usize::from(cut != 0);
        let others = chunk.look_up(escaped & inside, &PLAIN_ESCAPES);
        let mut decoded = Decoded { chunk, kept, next };
        decoded.long_escapes(text, base, others, &mut message, kind)?;
        tail.append_kept(&decoded.chunk, decoded.kept);
        if ends != 0 {
            tail.finish();
            return Some((base + ends.trailing_zeros() as usize, message));
        }
        base = decoded.next;
    }
}

/// A chunk whose escapes are decoded in its register.
#[cfg(target_arch = "x86_64")]
struct Decoded {
    chunk: Wide,
    /// A bit for each byte that goes to the output, the first in the lowest.
    kept: u64,
    /// Where the next chunk begins in the text.
    next: usize,
}

#[cfg(target_arch = "x86_64")]
impl Decoded {
    /// Decodes `others` one by one: the bytes after a backslash that are not of a short escape, as the `u`
    /// of `\u003c`. `base` is where the chunk begins in the text.
    #[inline(always)]
    fn long_escapes(
        &mut self,
        text: &[u8],
        base: usize,
        mut others: u64,
        message: &mut Message,
        kind: Kind,
    ) -> Option<()> {
        while others != 0 {
            let at = others.trailing_zeros() as usize - 1;
            let escape = long_escape(text, base + at, message, kind)?;
            if at + escape.length > CHUNK {
                // Left, with all after it, to a chunk that begins with it.
                self.kept &= !(u64::MAX << at);
                self.next = base + at;
                break;
            }
            // The first bytes of the escape, after its backslash, become the character.
            self.kept &= !((u64::MAX >> (CHUNK - escape.length)) << at);
            self.kept |= (2 << at << escape.written) - (2 << at);
            for (byte, place) in escape.bytes[..escape.written].iter().zip(at + 1..) {
                self.chunk.set(place, *byte);
            }
            // Neither hexadecimal digits nor parameters are backslashes: no other mark lies within it.
            others &= others - 1;
        }
        Some(())
    }
}

/// The backslashes that begin an escape, and the bytes after them: in a run of backslashes every other one
/// is escaped, so `\\\"` does not end a string and `\\"` does. Runs that begin at odd places are
/// distinguished from those at even ones by the carry of a subtraction, as in simdjson.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn escapes(backslashes: u64) -> (u64, u64) {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let behind = backslashes << 1;
    let both = (behind | ODD).wrapping_sub(backslashes) ^ ODD;
    (both & backslashes, both ^ backslashes)
}

/// An escape of more than two bytes, or an escape sequence that is left out.
struct LongEscape {
    /// Bytes in the text, from the backslash on: 6, or up to 15 with the rest of a sequence.
    length: usize,
    /// The character in UTF-8, of which `written` bytes count; none of an escape sequence.
    bytes: [u8; 4],
    written: usize,
}

/// Decodes what begins with a quote, a backslash or a control character; returns its length, 0 for
/// the end of the string, which is here or, with a newline before it, after that. `None` for what JSON
/// refuses, and for a surrogate.
#[inline(always)]
fn special_at(
    text: &[u8],
    at: usize,
    tail: &mut Tail<'_>,
    message: &mut Message,
    kind: Kind,
) -> Option<usize> {
    let word = u64::from_le_bytes(*text.get(at..)?.first_chunk()?);
    let [first, second] = [word as u8, (word >> 8) as u8];
    // `\n"` is how most messages end: one comparison of the word's first three bytes. After an ESC it is
    // left to the removal of sequences, one of which may be around the newline.
    if kind != Kind::Member
        && !message.escape
        && word << 40 == u64::from_le_bytes(*b"\0\0\0\0\0\\n\"")
    {
        message.newline = true;
        return Some(0);
    }
    if first == b'"' {
        return Some(0);
    }
    // A raw control character.
    if first != b'\\' {
        return None;
    }
    let plain = *PLAIN_ESCAPES.get(usize::from(second))?;
    if plain != 0 {
        tail.push(plain);
        return Some(2);
    }
    let escape = long_escape(text, at, message, kind)?;
    escape.bytes[..escape.written].iter().for_each(|&byte| tail.push(byte));
    Some(escape.length)
}

/// Decodes `\uXXXX`, or passes over the usual sequence that begins with an ESC, such as `\u001b[1;91m`.
/// `None` for any other escape, and for a surrogate, whose other half serde_json is to judge.
#[inline(always)]
fn long_escape(text: &[u8], at: usize, message: &mut Message, kind: Kind) -> Option<LongEscape> {
    let bytes = text.get(at..)?.first_chunk()?;
    // After an ESC that is still there, what follows may be a part of its sequence. Seven bytes are compared,
    // shifted by the eighth.
    if kind == (Kind::Message { strip: true })
        && !message.escape
        && u64::from_le_bytes(*bytes) << 8 == u64::from_le_bytes(*b"\0\\u001b[")
    {
        let length = control_sequence(text.get(at + 7..)?);
        if length > 0 {
            return Some(LongEscape { length: 7 + length, bytes: [0; 4], written: 0 });
        }
    }
    let unit = code_unit(bytes)?;
    message.escape |= unit == 0x1b;
    let mut bytes = [unit as u8, 0, 0, 0];
    let written = match unit {
        ..0x80 => 1,
        _ => char::from_u32(unit)?.encode_utf8(&mut bytes).len(),
    };
    Some(LongEscape { length: 6, bytes, written })
}

/// The length of what follows `ESC [` of a sequence that has parameter bytes and a final byte only, such as
/// `1;91m`; 0 for any other, and for one with more than seven parameter bytes. Its end does not depend on
/// what comes before or after it.
#[inline(always)]
fn control_sequence(text: &[u8]) -> usize {
    let Some(bytes) = text.first_chunk::<8>() else { return 0 };
    // Parameters are the bytes from 0x30 to 0x3f.
    let others = (u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030) & 0xf0f0_f0f0_f0f0_f0f0;
    let parameters = others.trailing_zeros() as usize / 8;
    match bytes.get(parameters) {
        // A backslash begins the escape of a byte that may be a final one too.
        Some(b'\\') => 0,
        Some(0x40..=0x7e) => parameters + 1,
        _ => 0,
    }
}

/// The code unit of `\uXXXX`, of which the last two bytes are not looked at; `None` for any other escape.
#[inline(always)]
fn code_unit(escape: &[u8; 8]) -> Option<u32> {
    let &[_, kind, a, b, c, d, _, _] = escape;
    let (a, b) = (HEX[usize::from(a)], HEX[usize::from(b)]);
    let (c, d) = (HEX[usize::from(c)], HEX[usize::from(d)]);
    let unit = u32::from(a) << 12 | u32::from(b) << 8 | u32::from(c) << 4 | u32::from(d);
    if kind == b'u' && (a | b | c | d) <= 0xf { Some(unit) } else { None }
}

/// What a backslash and one character stand for; 0 if that is not a whole escape. No short escape gives a
/// NUL, so 0 is free. 128 entries are two registers of 64 bytes, in which AVX-512 looks all of them up.
static PLAIN_ESCAPES: [u8; 128] = {
    let mut table = [0; 128];
    table[b'n' as usize] = b'\n';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b't' as usize] = b'\t';
    table[b'r' as usize] = b'\r';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 0x8;
    table[b'f' as usize] = 0xc;
    table
};

/// The value of a hexadecimal digit of either case; 0xff for any other byte, so that one comparison of the
/// digits' bits finds it.
static HEX: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        table[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};
