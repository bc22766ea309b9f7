//! JSON that is put together by hand.

/// Appends a string with its quotes and escapes.
pub(super) fn push_string(text: &str, out: &mut Vec<u8>) {
    // Only a writer can fail, and this one does not.
    let _ = serde_json::to_writer(out, text);
}

/// Appends JSON as it was written, with spaces for line ends, which JSON has between tokens only.
pub(super) fn push_json(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    for byte in &mut out[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Appends a member of an object, after others: its comma, its key and its colon.
pub(super) fn push_key(key: &str, out: &mut Vec<u8>) {
    out.push(b',');
    push_string(key, out);
    out.push(b':');
}
