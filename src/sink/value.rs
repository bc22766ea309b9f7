//! Single values as text, alike in both text sinks.

use std::ops::Range;

use super::column::MapEntries;

/// The two digits of every number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

pub(super) fn write_integer(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    while rest >= 10 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    // What is left is one digit: nothing of a number that ended in a pair, its first digit of
    // any other. Zero alone is a digit too.
    if rest > 0 || value == 0 {
        start -= 1;
        digits[start] = b'0' + rest as u8;
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[start..]);
}

pub(super) fn write_boolean(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
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

/// Appends `text` as a JSON string; only `"`, `\` and control characters are escaped.
pub(super) fn write_json_string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let (chunks, tail) = bytes.as_chunks::<16>();
    let mut copied = 0;
    out.push(b'"');
    for (n, chunk) in chunks.iter().enumerate() {
        // Without a branch per byte, so that it compiles to vector instructions.
        let dirty =
            chunk.iter().fold(false, |hit, &b| hit | (b < 0x20) | (b == b'"') | (b == b'\\'));
        if dirty {
            copied = write_escaped(bytes, n * 16..n * 16 + 16, copied, out);
        }
    }
    copied = write_escaped(bytes, bytes.len() - tail.len()..bytes.len(), copied, out);
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// Writes what is before and at each escaped byte in `range`; bytes before `copied` are out
/// already. Returns the new `copied`.
fn write_escaped(bytes: &[u8], range: Range<usize>, mut copied: usize, out: &mut Vec<u8>) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for at in range {
        let byte = bytes[at];
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        if escape == b'u' {
            let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        } else {
            out.extend_from_slice(&[b'\\', escape]);
        }
    }
    copied
}

/// Appends a map as a JSON object, in its own order.
pub(super) fn write_json_object(entries: MapEntries<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, (key, value)) in entries.enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_json_string(key, out);
        out.push(b':');
        match value {
            Some(value) => write_json_string(value, out),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
}
