//! The lines before documents in a request to Elasticsearch's bulk API: each says what to do with the line
//! that follows it, and is not a record.
//!
//! ```text
//! {"index":{"_index":"logs","_id":"1"}}
//! {"@timestamp":"2026-03-09T10:00:00Z","message":"started"}
//! ```

use std::collections::HashMap;

use memchr::memrchr;
use serde::Deserialize;

use super::lines::is_blank;
use crate::json::Valid;
use crate::source::{Framing, Newlines};

/// What may be said of a document; an object with other keys is a record.
const KEYS: &[&str] = &[
    "_id",
    "_index",
    "_routing",
    "_type",
    "_version",
    "_version_type",
    "dynamic_templates",
    "if_primary_term",
    "if_seq_no",
    "list_executed_pipelines",
    "op_type",
    "pipeline",
    "require_alias",
    "require_data_stream",
    "retry_on_conflict",
    "routing",
    "version",
    "version_type",
];

/// An action that has a document. `delete` has none: it stays a record.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    /// The document must be new.
    Create(HashMap<String, Valid>),
    /// It may replace another.
    Index(HashMap<String, Valid>),
    /// It is a part of one.
    Update(HashMap<String, Valid>),
}

/// Whether a line is an action that has a document.
#[inline]
fn is_action(line: &[u8]) -> bool {
    // Rules out nearly all other lines.
    !matches!(line, [b'{', b'"', first, ..] if !matches!(first, b'c' | b'i' | b'u')) && parses(line)
}

/// As [`is_action`], by a look at all of it.
#[cold]
fn parses(line: &[u8]) -> bool {
    let key = line.split(|&byte| byte == b'"').nth(1).unwrap_or_default();
    let is_one = matches!(key, b"create" | b"index" | b"update");
    is_one
        && serde_json::from_slice(line).is_ok_and(|action| {
            let (Action::Create(keys) | Action::Index(keys) | Action::Update(keys)) = action;
            keys.keys().all(|key| KEYS.contains(&key.as_str()))
        })
}

/// Whether a line is left out: it is an action, and an object is on the next line of `rest`, the text after it,
/// that is not blank. `is_last` is the answer for an action that nothing follows there.
#[inline]
pub(super) fn is_left_out(line: &[u8], rest: &[u8], is_last: bool) -> bool {
    is_action(line) && precedes_object(rest).unwrap_or(is_last)
}

/// Whether the next line of a text that is not blank is an object; `None` if there is none.
fn precedes_object(rest: &[u8]) -> Option<bool> {
    let mut lines = rest.split(|&byte| byte == b'\n');
    let next = lines.find(|line| !is_blank(line))?;
    Some(next.trim_ascii_start().starts_with(b"{"))
}

/// A record per line, but no cut between an action and its document.
pub(super) struct Lines;

impl Framing for Lines {
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let end = Newlines.cut(text, is_long)?;
        let mut start = end;
        // The last line that is not blank.
        while start > 0 {
            let begin = memrchr(b'\n', &text[..start - 1]).map_or(0, |newline| newline + 1);
            let line = &text[begin..start - 1];
            if !is_blank(line) {
                if !is_action(line) {
                    return Some(end);
                }
                // Alone it waits for its document, unless that is too long.
                return if begin > 0 { Some(begin) } else { is_long.then_some(end) };
            }
            start = begin;
        }
        Some(end)
    }

    fn begins_anew(&self, _line: &[u8]) -> bool {
        true
    }

    fn leads(&self, line: &[u8]) -> bool {
        is_blank(line) || is_action(line)
    }
}
