//! Whether a file that nothing else recognises is text at all.
//!
//! This is the last resort, for binary files without a magic number that `foreign` knows. A log that is
//! taken for binary data is lost to the user, while binary data that is taken for a log only gives odd
//! rows: each rule here therefore errs on the side of text.

use super::magic::is_control;

/// Bytes of a file that are looked at.
pub(super) const SAMPLE: usize = 64 << 10;

/// Whether a file begins with what no log has: bytes that are not UTF-8 together with control
/// characters, or NUL bytes with many of them.
///
/// Logs are odd, too, and what is in doubt is text: NUL bytes alone (a file that was cut or allocated
/// beforehand), control characters alone (the separators of FIX messages), bytes of other encodings
/// alone. So is what has more than half of its bytes in clean lines, and Docker's raw streams.
/// `is_whole`: the sample is all of the file, so that a character cut at its end is an error.
pub(super) fn is_binary(sample: &[u8], is_whole: bool) -> bool {
    let count = |is_one: fn(u8) -> bool| sample.iter().filter(|&&byte| is_one(byte)).count();
    let nul = count(|byte| byte == 0);
    let controls = count(is_odd);
    if controls == 0 {
        return false;
    }
    // All shares are of the bytes that are not NUL: a log that was allocated beforehand may have 4
    // KiB of text and 60 KiB of NUL bytes.
    let text = sample.len() - nul;
    let invalid = invalid(sample, is_whole);
    // At least 10 % not UTF-8 and 2 % control characters: Latin-1 text has the former, never the
    // latter.
    let is_other = 10 * invalid >= text && 50 * controls >= text;
    // NUL bytes, and 10 % other control characters: numbers of a binary format.
    let is_dense = nul > 0 && 10 * controls >= text;
    (is_other || is_dense) && 2 * in_clean_lines(sample) < text && !is_docker_stream(sample)
}

/// A control character that is not sent to terminals. The separators of FIX messages (0x01) count, too:
/// what saves such logs is that all their bytes are UTF-8 and none is NUL.
pub(super) fn is_odd(byte: u8) -> bool {
    // Shifts between character sets; separators of JSON texts (RFC 7464).
    is_control(byte) && !matches!(byte, 0 | 0x0b | 0x0e | 0x0f | 0x1e)
}

/// How many bytes are not UTF-8, but for a character that is cut at the end.
fn invalid(sample: &[u8], is_whole: bool) -> usize {
    // A character of UTF-8 has four bytes at most, so a cut one has three.
    const LONGEST: usize = 4;
    let mut count = 0;
    let mut rest = sample.len();
    for chunk in sample.utf8_chunks() {
        rest -= chunk.valid().len() + chunk.invalid().len();
        count += chunk.invalid().len();
        if rest == 0 && !is_whole && chunk.invalid().len() < LONGEST {
            count -= chunk.invalid().len();
        }
    }
    count
}

/// Bytes of lines of UTF-8 without an odd control character or a NUL.
fn in_clean_lines(sample: &[u8]) -> usize {
    let lines = sample.split_inclusive(|&byte| byte == b'\n');
    let is_clean = |line: &&[u8]| !line.iter().any(|&byte| byte == 0 || is_odd(byte));
    lines.filter(is_clean).filter(|line| std::str::from_utf8(line).is_ok()).map(<[u8]>::len).sum()
}

/// The answer of Docker's API to a request for logs: parts, each after a header of eight bytes, as in
/// `01 00 00 00 00 00 00 05 hello`: the stream (0 to 2), three zeros, the length with its high byte
/// first.
fn is_docker_stream(sample: &[u8]) -> bool {
    // The headers are full of NUL bytes and control characters, which `is_binary` would count.
    let Some([0..=2, 0, 0, 0, a, b, c, d]) = sample.first_chunk() else { return false };
    let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
    let rest = &sample[8..];
    // The part may be longer than the sample: then there is no second header to check.
    let part = &rest[..length.min(rest.len())];
    let behind = &rest[part.len()..];
    (1..=LONGEST_PART).contains(&length)
        && !part.iter().any(|&byte| byte == 0 || is_odd(byte))
        && (behind.is_empty() || matches!(behind, [0..=2, 0, 0, 0, ..]))
}

/// Bytes that Docker reads of a container at once, at most.
const LONGEST_PART: usize = 64 << 10;
