//! Numbers of JSON: which of them are integers, and which have a double that is the same.

use crate::simd::digits;

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// An integer of 64 bits with a sign; `None` for `-0`, which has no such integer, and for all that is
/// written with a fraction or an exponent. The text must be a value of JSON.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text != "-0" && !text.starts_with('+'))
}

/// The nearest double to a fraction, or the double that equals an integer; `None` for an integer without
/// one. The text must be a value of JSON.
pub(super) fn double(text: &str) -> Option<f64> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    if is_fraction(text) {
        return text.parse().ok().filter(|double: &f64| double.is_finite());
    }
    let integer = text.parse::<i64>().ok()?;
    is_exact(integer).then_some(integer as f64)
}

/// Whether a number is written with a fraction or an exponent, or is `-0`.
pub(super) fn is_fraction(text: &str) -> bool {
    text == "-0" || text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// Whether a double equals the integer.
pub(super) fn is_exact(integer: i64) -> bool {
    // 128 bits: the greatest integer rounds up to a double beyond it.
    integer as f64 as i128 == i128::from(integer)
}

/// Whether the text is an integer that 64 bits do not hold.
pub(super) fn is_large_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_err()
}

/// Reads an integer of 64 bits from here on, and where it ends. What follows is the caller's to
/// check, as the `.` of `1.5`. `None` for what is another parser's.
#[inline(always)]
pub(super) fn read_integer(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let is_negative = *text.get(at)? == b'-';
    let start = at + usize::from(is_negative);
    let window = text.get(start..)?.first_chunk()?;
    let (magnitude, end) = match natural(window) {
        Some((magnitude, count)) => (magnitude, start + count),
        None => read_large(text, start)?,
    };
    if is_negative && magnitude == 0 {
        return None;
    }
    Some((if is_negative { -magnitude } else { magnitude }, end))
}

/// Reads digits without a leading zero, as of an id: 16 or more.
fn read_large(text: &[u8], start: usize) -> Option<(i64, usize)> {
    let digits = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = start + digits;
    if digits < 16 || text[start] == b'0' {
        return None;
    }
    let digit =
        |magnitude: i64, byte: &u8| magnitude.checked_mul(10)?.checked_add(i64::from(byte - b'0'));
    let magnitude = text[start..end].iter().try_fold(0, digit)?;
    Some((magnitude, end))
}

/// Reads a number as a double, and where it ends; `None` for what is another parser's: exponents, and more
/// than fifteen digits.
#[inline(always)]
pub(super) fn read_double(text: &[u8], at: usize) -> Option<(f64, usize)> {
    let is_negative = *text.get(at)? == b'-';
    let start = at + usize::from(is_negative);
    let (whole, count) = natural(text.get(start..)?.first_chunk()?)?;
    let end = start + count;
    let sign = if is_negative { -1.0 } else { 1.0 };
    if *text.get(end)? != b'.' {
        return Some((whole as f64 * sign, end));
    }
    let window: &[u8; 16] = text.get(end + 1..)?.first_chunk()?;
    let decimals = digits::count_16(window);
    if decimals == 0 || count + decimals > 15 {
        return read_long(text, at, end + 1 + decimals);
    }
    // Both numbers are exact, so the quotient is the nearest double (W. D. Clinger, 1990).
    let mantissa = whole * 10_i64.pow(decimals as u32) + first_digits(window, decimals) as i64;
    let double = mantissa as f64 / POWERS[decimals] * sign;
    Some((double, end + 1 + decimals))
}

/// Reads a fraction of many digits, of which `counted` is at most the end.
fn read_long(text: &[u8], at: usize, counted: usize) -> Option<(f64, usize)> {
    let digits = text.get(counted..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = counted + digits;
    if !text[end - 1].is_ascii_digit() || end - at > 300 {
        return None;
    }
    let double: f64 = std::str::from_utf8(&text[at..end]).ok()?.parse().ok()?;
    double.is_finite().then_some((double, end))
}

/// An integer without a sign that is valid in JSON, and its length. `None` for 16 digits and more, which may
/// continue after the window, and for what is not digits; what follows is the caller's to check.
#[inline(always)]
pub(super) fn natural(window: &[u8; 16]) -> Option<(i64, usize)> {
    let count = digits::count_16(window);
    let leading_zero = count > 1 && window[0] == b'0';
    if !(1..=15).contains(&count) || leading_zero {
        return None;
    }
    Some((first_digits(window, count) as i64, count))
}

/// The value of the first `count` bytes, at most fifteen, which must be digits.
#[inline(always)]
fn first_digits(window: &[u8; 16], count: usize) -> u64 {
    let ([low, high], _) = window.as_chunks::<8>() else { return 0 };
    if count <= 8 {
        return digits::leading(*low, count);
    }
    // The last eight of them, read from where they begin.
    let rest = count - 8;
    digits::leading(*low, 8) * 10_u64.pow(rest as u32) + digits::leading(*high, rest)
}
