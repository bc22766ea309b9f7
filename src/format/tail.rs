//! JSON objects at the end of texts: what a program gives to its message as fields.
//!
//! They are looked for once a row is written, in its message without colours and line end.

use memchr::memmem;

use crate::json::texts_of;
use crate::table::LinesBuilder;

/// Gives the last row the members of the object that its message ends with, `Crawled {"pages":3}` or
/// `Crawled ({"pages":3})`, or that it is, as Apify's SDKs write it.
pub(super) fn add_args(rows: &mut LinesBuilder) {
    match rows.last_message() {
        [.., b'}', b')'] => add(b" ({", false, 1, rows),
        [.., b'}'] => add(b" {", true, 0, rows),
        _ => {}
    }
}

/// The same of an object after a tab, as zap's console has it.
pub(super) fn add_fields(rows: &mut LinesBuilder) {
    if let [.., b'}'] = rows.last_message() {
        add(b"\t{", false, 0, rows);
    }
}

/// Looks for an object after `before`, or if `is_all` from the beginning, up to so many bytes before the end.
fn add(before: &[u8], is_all: bool, behind: usize, rows: &mut LinesBuilder) {
    let Ok(message) = std::str::from_utf8(rows.last_message()) else { return };
    let found = memmem::find(message.as_bytes(), before);
    if found.is_none() && !(is_all && message.starts_with('{')) {
        return;
    }
    let message = message[..message.len() - behind].to_owned();
    // From the left: the first place from which the rest is an object is the outermost one.
    let whole = (is_all && message.starts_with('{')).then_some(0);
    let starts = memmem::find_iter(message.as_bytes(), before).map(|at| at + before.len() - 1);
    for start in whole.into_iter().chain(starts) {
        let object = &message[start..];
        // Cheaper than parsing from each brace of a long message.
        let may_be = object[1..].trim_start().starts_with(['"', '}']);
        if may_be && let Some(members) = texts_of(object) {
            return rows.set_args(members.iter().map(|(key, value)| (&**key, &**value)));
        }
    }
}
