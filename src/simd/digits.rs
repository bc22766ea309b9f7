//! Decimal digits, read eight at a time in a general register.
//!
//! The first digit is in the lowest byte. Callers pass bytes that may go on with anything: `1714557600,"o`
//! is counted first, then read with that count. `record::digits` writes numbers by the same means.

/// `00000000`: xored with digits it leaves their values, 0 to 9.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// How many of the bytes are digits, up to the first that is not; 8 if all are.
#[inline(always)]
pub(crate) fn count_8(bytes: [u8; 8]) -> usize {
    let digits = u64::from_le_bytes(bytes) ^ ZEROS;
    // 0x76 is 0x80 - 10, so the sum sets the high bit from 10 on; `| digits` adds the bytes whose sum
    // overflows. That overflow carries into the next byte only, after the first hit, where it makes no
    // difference.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    others.trailing_zeros() as usize / 8
}

/// As [`count_8`], of sixteen bytes.
#[inline(always)]
pub(crate) fn count_16(bytes: &[u8; 16]) -> usize {
    let ([low, high], _) = bytes.as_chunks::<8>() else { return 0 };
    let count = count_8(*low);
    if count < 8 { count } else { 8 + count_8(*high) }
}

/// The value of the first `count` bytes, at most eight, which must be digits: `17:59...` and 2 give 17.
#[inline(always)]
pub(crate) fn leading(bytes: [u8; 8], count: usize) -> u64 {
    let digits = u64::from_le_bytes(bytes) ^ ZEROS;
    // Shifted up, so that the other bytes fall off and zeros come in front. A count of 0 is a shift by 64,
    // which `checked_shl` refuses.
    value(digits.checked_shl(8 * (8 - count as u32)).unwrap_or(0))
}

/// The value of eight digits, of which those after the first `count` are read as zeros: for fractions,
/// `5Z...` and 1 give 50,000,000.
#[inline(always)]
pub(crate) fn padded(bytes: [u8; 8], count: usize) -> u64 {
    let digits = u64::from_le_bytes(bytes) ^ ZEROS;
    value(digits & !u64::MAX.checked_shl(8 * count as u32).unwrap_or(0))
}

/// The value of eight digits, the first in the lowest byte: pairs are joined, then all four pairs at once.
#[inline(always)]
fn value(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    // Pairs 0 and 2 times 1,000,000 and 100, pairs 1 and 3 times 10,000 and 1; each product has its sum in
    // the upper half.
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_and_read() {
        for count in 0..=8 {
            for end in ["", "/", ":", "x", "\u{80}", ".5"] {
                let text = format!("{}{end}", &"98765432"[..count]);
                let mut bytes = [b' '; 16];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                assert_eq!(count_16(&bytes), count, "{text}");
                let first: [u8; 8] = bytes[..8].try_into().unwrap();
                let expected: u64 = text[..count].parse().unwrap_or(0);
                assert_eq!(leading(first, count), expected, "{text}");
                let expected = expected * 10_u64.pow(8 - count as u32);
                assert_eq!(padded(first, count), expected, "{text}");
            }
        }
        assert_eq!(count_16(b"0123456789012345"), 16);
        assert_eq!(count_16(b"012345678x012345"), 9);
    }
}
