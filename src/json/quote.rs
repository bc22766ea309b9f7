//! Texts to JSON, and objects of them.

/// Adds a text as a string of JSON.
pub(crate) fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    let bytes = text.as_bytes();
    // Up to `kept` it is written.
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        if let Some(word) = bytes[at..].first_chunk::<8>()
            && !has_special(u64::from_le_bytes(*word))
        {
            at += 8;
            continue;
        }
        if let Some(escape) = escape(bytes[at]) {
            json.push_str(&text[kept..at]);
            json.push_str(&escape);
            kept = at + 1;
        }
        at += 1;
    }
    json.push_str(&text[kept..]);
    json.push('"');
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

/// Whether any of eight bytes must be escaped.
#[inline]
fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // The high bit of each byte that is zero; above the first one, others may be marked, too.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    (controls | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))))
        != 0
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
