//! JSON that is put together by hand.

use memchr::memchr2;

/// Appends a string with its quotes and escapes.
pub(super) fn push_string(text: &str, out: &mut Vec<u8>) {
    // Only a writer can fail, and this one does not.
    let _ = serde_json::to_writer(out, text);
}

/// Appends a member that is an object as it was written. One with line ends, which would end the row, is a
/// string under another key.
pub(super) fn push_object(key: &str, json: &str, out: &mut Vec<u8>) {
    if memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
        push_key(&format!("{key}_text"), out);
        push_string(json, out);
    } else {
        push_key(key, out);
        out.extend_from_slice(json.as_bytes());
    }
}

/// Appends a member of an object, after others: its comma, its key and its colon.
pub(super) fn push_key(key: &str, out: &mut Vec<u8>) {
    out.push(b',');
    push_string(key, out);
    out.push(b':');
}
