//! The `Range` header.

use std::ops::Range;

/// The part of some content that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All: there is no range, or one that is not understood, of which RFC 9110 says that it is ignored.
    All,
    /// Some bytes.
    Some(Range<u64>),
    /// Bytes beyond its end.
    None,
}

/// Reads a range of content of some length. Several ranges are answered by all of it.
pub(super) fn part_of(header: &str, length: u64) -> Part {
    let Some((unit, range)) = header.split_once('=') else { return Part::All };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::All;
    }
    let Some((first, last)) = range.trim().split_once('-') else { return Part::All };
    let (first, last) = (number(first), number(last));
    match (first, last) {
        // `-5`: the last five.
        (Number::Absent, Number::Is(0)) => Part::None,
        (Number::Absent, Number::Is(count)) if length > 0 => {
            Part::Some(length.saturating_sub(count)..length)
        }
        (Number::Absent, Number::Is(_)) => Part::None,
        (Number::Is(first), Number::Is(last)) if last < first => Part::All,
        (Number::Is(first), Number::Absent | Number::Is(_)) if first >= length => Part::None,
        (Number::Is(first), Number::Absent) => Part::Some(first..length),
        (Number::Is(first), Number::Is(last)) => {
            Part::Some(first..last.saturating_add(1).min(length))
        }
        _ => Part::All,
    }
}

/// One side of a range.
enum Number {
    Absent,
    Is(u64),
    Invalid,
}

fn number(text: &str) -> Number {
    match text {
        "" => Number::Absent,
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            // More than any content has.
            Number::Is(digits.parse().unwrap_or(u64::MAX))
        }
        _ => Number::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        for (header, length, part) in [
            ("bytes=0-0", 10, Part::Some(0..1)),
            ("bytes=2-", 10, Part::Some(2..10)),
            ("Bytes=2-99", 10, Part::Some(2..10)),
            ("bytes=-3", 10, Part::Some(7..10)),
            ("bytes=-99", 10, Part::Some(0..10)),
            ("bytes=9-9", 10, Part::Some(9..10)),
            ("bytes=10-", 10, Part::None),
            ("bytes=10-20", 10, Part::None),
            ("bytes=-0", 10, Part::None),
            ("bytes=0-", 0, Part::None),
            ("bytes=-1", 0, Part::None),
            ("bytes=0-99999999999999999999999", 10, Part::Some(0..10)),
            ("bytes=5-2", 10, Part::All),
            ("bytes=0-1,4-5", 10, Part::All),
            ("bytes=a-b", 10, Part::All),
            ("bytes=+1-2", 10, Part::All),
            ("bytes=-", 10, Part::All),
            ("lines=0-1", 10, Part::All),
            ("", 10, Part::All),
        ] {
            assert_eq!(part_of(header, length), part, "{header}");
        }
    }
}
