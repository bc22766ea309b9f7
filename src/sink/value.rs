//! Single values as text, the same in CSV and NDJSON.
//!
//! Every function writes to the front of a place and returns the length. The place has room for the
//! longest text of the value and a chunk; the bytes after the text are overwritten, as whole words and
//! chunks are stored where a loop over bytes would be slower.

use super::buffer::CHUNK;
use super::scan::{Span, copy_replaced};
use crate::record::digits;
use crate::record::timestamp::MinuteText;
use crate::simd::mask::JsonSpecial;

/// Bytes that a number, a boolean or a time needs at most, quotes included: a time is stored as 32 bytes
/// after its quote, an integer has 20.
pub(super) const PLAIN_ROOM: usize = 40;

/// Writes an integer in decimal.
#[inline]
pub(super) fn put_integer(value: i64, place: &mut [u8]) -> usize {
    /// Digits are made eight at a time.
    const LIMIT: u64 = 100_000_000;
    // Overwritten if the number is not negative: a store costs less than a branch.
    place[0] = b'-';
    let sign = usize::from(value < 0);
    let value = value.unsigned_abs();
    if value < LIMIT {
        return sign + put_first_digits(value, &mut place[sign..]);
    }
    let mut at = sign;
    // The first group is written without its leading zeros, the groups of eight after it with them.
    let (high, low) = (value / LIMIT, value % LIMIT);
    if high < LIMIT {
        at += put_first_digits(high, &mut place[at..]);
    } else {
        at += put_first_digits(high / LIMIT, &mut place[at..]);
        at += put(&digits::eight((high % LIMIT) as u32), &mut place[at..]);
    }
    at + put(&digits::eight(low as u32), &mut place[at..])
}

/// Writes a number below 10^8 without leading zeros; stores eight bytes, whatever the length.
#[inline]
fn put_first_digits(value: u64, place: &mut [u8]) -> usize {
    let (text, len) = digits::shortest(value as u32);
    place[..8].copy_from_slice(&text);
    len
}

/// Writes a time in UTC, as `2024-05-01T10:00:00.123Z`, without quotes. `times` should be the same one for
/// the rows of a batch.
#[inline]
pub(super) fn put_time(nanos: i64, times: &mut MinuteText, place: &mut [u8]) -> usize {
    // The place has a chunk more than was asked for, so there are always 32 bytes.
    place.first_chunk_mut().map_or(0, |place| times.put(nanos, place))
}

/// Writes a double in the fewest digits that read back as the same one, always with a fraction or an
/// exponent: `0.1`, `3.0`, `1e300`. Those that are no numbers become `NaN`, `inf` and `-inf`.
pub(super) fn put_double(value: f64, place: &mut [u8]) -> usize {
    put(zmij::Buffer::new().format(value).as_bytes(), place)
}

/// Writes `true` or `false`.
pub(super) fn put_boolean(value: bool, place: &mut [u8]) -> usize {
    put(if value { b"true" } else { b"false" }, place)
}

/// Copies bytes as they are.
#[inline]
pub(super) fn put(text: &[u8], place: &mut [u8]) -> usize {
    place[..text.len()].copy_from_slice(text);
    text.len()
}

/// What follows the backslash for a byte that a JSON string escapes: a letter, or `u` for
/// `\u00xx`; 0 for a byte that is written as it is, which all of UTF-8 outside ASCII is.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x09] = b't';
    escapes[0x0a] = b'n';
    escapes[0x0c] = b'f';
    escapes[0x0d] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

/// Whether a JSON string escapes this byte.
pub(super) fn is_escaped(byte: u8) -> bool {
    ESCAPES[usize::from(byte)] != 0
}

/// The most bytes that a byte of text becomes in a JSON string: `\u001b` for an ESC.
pub(super) const LONGEST_ESCAPE: usize = 6;

/// Writes `text` as a JSON string; only `"`, `\` and control characters are escaped.
#[inline]
pub(super) fn put_json_string(text: Span<'_>, place: &mut [u8]) -> usize {
    place[0] = b'"';
    let end = 1 + copy_replaced::<JsonSpecial>(text, &mut place[1..], put_escape);
    place[end] = b'"';
    end + 1
}

/// Writes the escape of a byte; stores the long form whatever it is, and returns the length that counts.
#[inline]
fn put_escape(byte: u8, place: &mut [u8]) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let escape = ESCAPES[usize::from(byte)];
    let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
    // Always the six bytes of `\u00xx`: of `\n00..` only the first two count, without a branch.
    place[..LONGEST_ESCAPE].copy_from_slice(&[b'\\', escape, b'0', b'0', high, low]);
    if escape == b'u' { LONGEST_ESCAPE } else { 2 }
}

/// Writes the entries of a map as a JSON object, in their order. A value is a string or null, never a
/// number: the map has text only.
pub(super) fn put_json_object<'a>(
    entries: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    place: &mut [u8],
) -> usize {
    let mut at = put(b"{", place);
    for (n, (key, value)) in entries.enumerate() {
        if n > 0 {
            at += put(b",", &mut place[at..]);
        }
        at += put_json_string(Span::from(key.as_bytes()), &mut place[at..]);
        at += put(b":", &mut place[at..]);
        at += match value {
            Some(value) => put_json_string(Span::from(value.as_bytes()), &mut place[at..]),
            None => put(b"null", &mut place[at..]),
        };
    }
    at + put(b"}", &mut place[at..])
}

/// The room for a map's JSON: `entries` of them, whose texts take `bytes` with their escapes.
pub(super) fn object_room(entries: usize, bytes: usize) -> usize {
    // Per entry at most the quotes of the key, `:`, `null` and `,`; then the braces.
    bytes + 8 * entries + 2 + CHUNK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_length() {
        let powers = (0..19).map(|power| 10i64.pow(power));
        let near = powers.flat_map(|power| [power - 1, power, power + 1, -power, 1 - power]);
        for number in near.chain([i64::MIN, i64::MAX]) {
            let mut place = [0; PLAIN_ROOM];
            let len = put_integer(number, &mut place);
            assert_eq!(std::str::from_utf8(&place[..len]).unwrap(), number.to_string());
        }
    }
}
