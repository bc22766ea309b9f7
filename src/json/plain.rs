//! Text that JSON strings hold as it is: how much of it comes before a character that is, or must be,
//! escaped. Used to read strings (`members`, `format::document`) and to write keys.

use crate::simd::mask::{Bytes, CHUNK, JsonSpecial};

/// Bytes before the first quote, backslash or control character; all of them if there is none. The bytes
/// need not be UTF-8: those from 0x80 on are plain.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        let special = JsonSpecial::mask(chunk);
        if special != 0 {
            return index * CHUNK + special.trailing_zeros() as usize;
        }
    }
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of each byte that is zero: it borrows. `!word` drops bytes that have their high bit set
    // already, those of UTF-8 outside ASCII.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, end) = rest.as_chunks();
    let mut at = chunks.len() * CHUNK;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * b'"' as u64));
        let backslashes = zeros(word ^ (ONES * b'\\' as u64));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        // The lowest mark of each is right; those above it may not be.
        let found = quotes | backslashes | controls;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    at + end.iter().position(is_special).unwrap_or(end.len())
}
