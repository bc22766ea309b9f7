//! What the formats share that tell steps by their lines.

use ripsaw::identity::Identity;

use super::stamps::Any;
use crate::oracle::{Entry, Row, clean, level, object};

/// Where a line belongs.
pub(super) fn place(
    stage: Option<String>,
    group: Option<String>,
    step: Option<String>,
) -> Identity {
    Identity { stage, step_group: group, step, ..Identity::default() }
}

/// A text, if there is any.
pub(super) fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The message of a line that is drawn again and again, and what stood there before. A line that is drawn once is as it
/// is.
pub(super) fn redraws(segments: &[&str]) -> (String, Vec<String>) {
    if let [text] | [text, ""] = segments {
        return (clean(text), Vec::new());
    }
    let mut texts: Vec<String> = segments.iter().map(|segment| clean(segment)).collect();
    texts.retain(|text| !text.chars().all(|c| c == ' ' || c == '\t'));
    (texts.pop().unwrap_or_default(), texts)
}

/// Takes the level from the message.
pub(super) fn fill_level(row: &mut Row) {
    let text = row.message.as_deref().unwrap_or_default();
    row.level_text = Any::get().level(text).map(str::to_owned);
    row.level = row.level_text.as_deref().and_then(level).map(str::to_owned);
}

/// A member with an array of strings, if there are any.
pub(super) fn strings(key: &str, texts: &[String]) -> Option<(String, String)> {
    (!texts.is_empty()).then(|| (key.to_owned(), serde_json::to_string(texts).unwrap()))
}

/// The members as `extra`, if there are any.
pub(super) fn extra(members: &[(String, String)]) -> Option<String> {
    (!members.is_empty()).then(|| object(members))
}

/// The entries of a file whose lines tell their stages and steps. Blank lines belong to the stretch
/// before them.
pub fn stretches(entry: Entry, text: &[u8]) -> Vec<Entry> {
    let Entry { file, format, failed, rows, .. } = entry;
    let start_of = |line: i64| -> usize {
        text.split_inclusive(|&byte| byte == b'\n').take(line as usize - 1).map(<[u8]>::len).sum()
    };
    let stretches: Vec<&[Row]> = rows.chunk_by(|a, b| a.identity == b.identity).collect();
    let mut starts: Vec<usize> = stretches.iter().map(|rows| start_of(rows[0].line)).collect();
    // What stands before the first row is the first entry's.
    match starts.first_mut() {
        Some(first) => *first = 0,
        None => starts.push(0),
    }
    let ends = starts[1..].iter().copied().chain([text.len()]);
    let bytes = starts.iter().zip(ends).map(|(start, end)| end - start);
    let all = stretches.iter().copied().chain([&[][..]]);
    bytes
        .zip(all)
        .map(|(bytes, rows)| {
            let (file, rows) = (file.clone(), rows.to_vec());
            Entry { file, format, bytes, failed, rows, rejects: Vec::new() }
        })
        .collect()
}
