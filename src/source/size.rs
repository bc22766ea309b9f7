//! Sizes as people write them.

/// Bytes from `65536`, `64k`, `64KiB`, `1 MiB` (powers of 1024) or `64kB`, `1MB` (powers of 1000), in any
/// case. Fractions and sizes beyond 2^64 are errors.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: u64 =
        digits.parse().map_err(|_| "invalid size; use a number such as 64k or 1MiB")?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        other => {
            return Err(format!(
                "unknown unit {other}; use k, M, G, T, KiB, MiB, GiB, TiB, kB, MB, GB, TB"
            ));
        }
    };
    number.checked_mul(factor).ok_or_else(|| "the size is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let cases = [
            ("65536", 65_536),
            ("64k", 65_536),
            ("1MiB", 1 << 20),
            ("1 GiB", 1 << 30),
            ("2t", 2 << 40),
            ("2kB", 2_000),
        ];
        for (text, number) in cases {
            assert_eq!(parse_bytes(text), Ok(number));
        }
        for text in ["", "k", "1x", "-1", "1.5M", "99999999999999999999", "99999999999G"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
