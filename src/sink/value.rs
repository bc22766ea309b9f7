//! Single values as text, alike in both text sinks.
//!
//! What is written goes to the front of a place, and its length is returned. The place has room
//! for the longest text of the value and a chunk; what lies behind the text is overwritten.

use super::buffer::CHUNK;
use super::scan::{Span, copy_replaced};
use crate::record::digits;
use crate::record::timestamp::MinuteText;
use crate::simd::mask::JsonSpecial;

/// What a number, a boolean or a time needs at most, quotes included.
pub(super) const PLAIN_ROOM: usize = 40;

#[inline]
pub(super) fn put_integer(value: i64, place: &mut [u8]) -> usize {
    const LIMIT: u64 = 100_000_000;
    place[0] = b'-';
    let sign = usize::from(value < 0);
    let value = value.unsigned_abs();
    if value < LIMIT {
        return sign + put_first_digits(value, &mut place[sign..]);
    }
    let mut at = sign;
    let (high, low) = (value / LIMIT, value % LIMIT);
    if high < LIMIT {
        at += put_first_digits(high, &mut place[at..]);
    } else {
        at += put_first_digits(high / LIMIT, &mut place[at..]);
        at += put(&digits::eight((high % LIMIT) as u32), &mut place[at..]);
    }
    at + put(&digits::eight(low as u32), &mut place[at..])
}

#[inline]
fn put_first_digits(value: u64, place: &mut [u8]) -> usize {
    let (text, len) = digits::shortest(value as u32);
    place[..8].copy_from_slice(&text);
    len
}

#[inline]
pub(super) fn put_time(nanos: i64, times: &mut MinuteText, place: &mut [u8]) -> usize {
    place.first_chunk_mut().map_or(0, |place| times.put(nanos, place))
}

pub(super) fn put_boolean(value: bool, place: &mut [u8]) -> usize {
    put(if value { b"true" } else { b"false" }, place)
}

#[inline]
pub(super) fn put(text: &[u8], place: &mut [u8]) -> usize {
    place[..text.len()].copy_from_slice(text);
    text.len()
}

/// What follows the backslash for a byte that a JSON string escapes: a letter, `u` for
/// `\u00xx`; 0 for a byte that stands as it is.
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

/// The most bytes that a byte of text has in a JSON string.
pub(super) const LONGEST_ESCAPE: usize = 6;

/// Writes `text` as a JSON string; only `"`, `\` and control characters are escaped.
#[inline]
pub(super) fn put_json_string(text: Span<'_>, place: &mut [u8]) -> usize {
    place[0] = b'"';
    let end = 1 + copy_replaced::<JsonSpecial>(text, &mut place[1..], put_escape);
    place[end] = b'"';
    end + 1
}

#[inline]
fn put_escape(byte: u8, place: &mut [u8]) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let escape = ESCAPES[usize::from(byte)];
    let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
    place[..LONGEST_ESCAPE].copy_from_slice(&[b'\\', escape, b'0', b'0', high, low]);
    if escape == b'u' { LONGEST_ESCAPE } else { 2 }
}

/// Writes the entries of a map as a JSON object, in their order.
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

/// The room for a map's JSON, from its number of entries and the bytes of their texts as written.
pub(super) fn object_room(entries: usize, bytes: usize) -> usize {
    // Of an entry: the quotes of its texts, `:`, `,`.
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
