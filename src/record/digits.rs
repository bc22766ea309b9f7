//! Decimal digits, eight written at once without a loop. `simd::digits` reads them.

/// `00000000` in the bytes of an integer.
const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);

/// The digits of a number below 10^8 as a number without its leading zeros, and how many they are.
#[inline]
pub(crate) fn shortest(number: u32) -> ([u8; 8], usize) {
    let digits = values(number);
    // Zero has one digit: the bit in the last byte stops the count of leading zeros there.
    let zeros = ((digits | 1 << 63).trailing_zeros() / 8) as usize;
    (((digits | ZEROS) >> (8 * zeros)).to_le_bytes(), 8 - zeros)
}

/// All eight digits of a number below 10^8.
#[inline]
pub(crate) fn eight(number: u32) -> [u8; 8] {
    (values(number) | ZEROS).to_le_bytes()
}

/// The two digits of a number below 100.
#[inline]
pub(crate) fn two(number: u32) -> [u8; 2] {
    // 103 / 1024 is close enough to a tenth for numbers below 100.
    let tens = (number * 103) >> 10;
    [b'0' + tens as u8, b'0' + (number - 10 * tens) as u8]
}

/// The values of the digits, the first in the lowest byte.
///
/// All parts are split at once: the number into halves of four digits, these into pairs, these
/// into digits. The factors are reciprocals, exact for numbers so small.
#[inline]
fn values(number: u32) -> u64 {
    let fours = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    // Masked, as the quotient of the upper half has bits of its fraction below it.
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_number() {
        let powers = (0..8).flat_map(|power| [10u32.pow(power) - 1, 10u32.pow(power)]);
        for number in (0..100_000_000).step_by(997).chain(0..20_000).chain(powers) {
            let (text, len) = shortest(number);
            assert_eq!(std::str::from_utf8(&text[..len]).unwrap(), number.to_string());
            assert_eq!(std::str::from_utf8(&eight(number)).unwrap(), format!("{number:08}"));
        }
        for number in 0..100 {
            assert_eq!(std::str::from_utf8(&two(number)).unwrap(), format!("{number:02}"));
        }
    }
}
