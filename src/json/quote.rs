//! Texts to JSON, and objects of them.

/// Adds a text as a string of JSON.
#[inline]
pub(crate) fn push_quoted(json: &mut String, text: &str) {
    // Once for all of it.
    json.reserve(text.len() + 2);
    json.push('"');
    match special(text.as_bytes()) {
        None => json.push_str(text),
        Some(first) => push_escaped(json, text, first),
    }
    json.push('"');
}

/// Adds a text without quotes; `at`: where the first byte is that must be escaped.
fn push_escaped(json: &mut String, text: &str, mut at: usize) {
    let mut rest = text;
    loop {
        json.push_str(&rest[..at]);
        if let Some(escape) = escape(rest.as_bytes()[at]) {
            json.push_str(&escape);
        }
        rest = &rest[at + 1..];
        match special(rest.as_bytes()) {
            Some(next) => at = next,
            None => return json.push_str(rest),
        }
    }
}

/// Where the first byte is that must be escaped.
#[inline]
fn special(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<8>() {
        let marks = specials(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    bytes[at..].iter().position(is_special).map(|end| at + end)
}

/// A key as it is written before a value, with the colon.
pub(crate) fn quoted_key(key: &str) -> String {
    let mut quoted = String::new();
    push_quoted(&mut quoted, key);
    quoted.push(':');
    quoted
}

/// Begins a member of an object that is being written from `start` on. The key needs no escapes.
#[inline]
pub(crate) fn push_key(json: &mut String, start: usize, key: &str) {
    json.push_str(if json.len() == start { "{\"" } else { ",\"" });
    json.push_str(key);
    json.push_str("\":");
}

/// Adds a text under a key that needs no escapes; nothing without one.
#[inline]
pub(crate) fn push_member<'t>(
    json: &mut String,
    start: usize,
    key: &str,
    text: impl Into<Option<&'t str>>,
) {
    if let Some(text) = text.into() {
        push_key(json, start, key);
        push_quoted(json, text);
    }
}

/// Ends an object that was begun at `start`.
#[inline]
pub(crate) fn close_object(json: &mut String, start: usize) {
    json.push_str(if json.len() == start { "{}" } else { "}" });
}

/// The high bit of the first of eight bytes that must be escaped, and of any bytes after it; 0 if there is none.
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // The high bit of each byte that is zero; above the first one, others may be marked, too.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    controls | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')))
}

/// How a byte is written if it cannot stay.
fn escape(byte: u8) -> Option<std::borrow::Cow<'static, str>> {
    Some(match byte {
        b'"' => "\\\"".into(),
        b'\\' => "\\\\".into(),
        b'\n' => "\\n".into(),
        b'\r' => "\\r".into(),
        b'\t' => "\\t".into(),
        0x08 => "\\b".into(),
        0x0c => "\\f".into(),
        0..0x20 => format!("\\u{byte:04x}").into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_read_back() {
        let mut text = String::new();
        for letter in ('\0'..='\u{200}').chain(['\u{2028}', '😀']) {
            text.push(letter);
            text.push_str("0123456789é"[..letter as usize % 10].into());
            for start in [0, text.len().saturating_sub(40)] {
                let Some(part) = text.get(start..) else { continue };
                let mut json = String::new();
                push_quoted(&mut json, part);
                assert_eq!(serde_json::from_str::<String>(&json).unwrap(), part);
                assert_eq!(json, serde_json::to_string(part).unwrap());
            }
        }
    }
}
