//! Numbers as people read and write them.
//!
//! Output uses powers of 1000 (`kB`), as disks and networks do. Arguments accept both: `64k` and `64KiB` are
//! 65,536, `64kB` is 64,000.

pub(super) use crate::source::parse_bytes;

/// `1234567` → `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        // A comma before every third digit, counted from the end.
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in powers of 1000 with three significant digits: `512 B`, `1.20 kB`, `45.2 MB`.
pub(super) fn bytes(number: u64) -> String {
    if number < 1000 {
        return format!("{number} B");
    }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    // Not 1000: 999.95 would be rounded up to four digits, `1000 kB`.
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    // For the same reason the limits are where rounding adds a digit.
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {}", units[unit])
}

/// A duration with at most two units: `0.04 s`, `12.3 s`, `2m 05s`, `1h 02m`, `3d 04h`.
pub(super) fn seconds(seconds: f64) -> String {
    // From here on `{:.1}` would print `60.0 s`.
    if seconds < 59.95 {
        return if seconds < 9.995 { format!("{seconds:.2} s") } else { format!("{seconds:.1} s") };
    }
    let whole = seconds.round() as u64;
    match whole {
        0..3_600 => format!("{}m {:02}s", whole / 60, whole % 60),
        3_600..86_400 => format!("{}h {:02}m", whole / 3_600, whole / 60 % 60),
        _ => format!("{}d {:02}h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// A duration in whole seconds, for estimates: `4 s`, `2m 05s`.
pub(super) fn rough_seconds(whole: u64) -> String {
    if whole < 60 { format!("{whole} s") } else { seconds(whole as f64) }
}

/// A number with its noun: `1 row`, `2,000 rows`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A size that is not 0.
pub(super) fn parse_some_bytes(text: &str) -> Result<u64, String> {
    parse_bytes(text)
        .and_then(|bytes| if bytes > 0 { Ok(bytes) } else { Err("must not be 0".into()) })
}

/// A share from 0 to 1, such as `0.05`. NaN is refused: no range contains it.
pub(super) fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be a number from 0 to 1".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        let cases =
            [(0, "0"), (999, "999"), (1000, "1,000"), (u64::MAX, "18,446,744,073,709,551,615")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn bytes_have_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_994, "9.99 kB"),
            (9_995, "10.0 kB"),
            (99_949, "99.9 kB"),
            (99_951, "100 kB"),
            (999_499, "999 kB"),
            (999_501, "1.00 MB"),
            (45_200_000, "45.2 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (number, text) in cases {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn times_grow_coarser() {
        let cases = [
            (0.0, "0.00 s"),
            (9.99, "9.99 s"),
            (9.999, "10.0 s"),
            (59.9, "59.9 s"),
            (59.99, "1m 00s"),
            (125.2, "2m 05s"),
            (3_599.7, "1h 00m"),
            (86_399.9, "1d 00h"),
            (273_600.0, "3d 04h"),
        ];
        for (number, text) in cases {
            assert_eq!(seconds(number), text);
        }
    }
}
