//! Job logs of Buildkite: times in escapes, groups.

use std::sync::LazyLock;

use regex::Regex;
use ripsaw::identity::Identity;

use super::gh::continue_from;
use super::lines::{lines, text_of};
use super::steps::{extra, fill_level, named, place, redraws, strings};
use crate::oracle::Row;

static STAMP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\x1b_bk;t=([0-9]+)\x07").unwrap());

/// The first time of a line.
fn time(line: &str) -> Option<i64> {
    let nanos = |digits: &str| digits.parse::<i64>().ok()?.checked_mul(1_000_000);
    STAMP.captures_iter(line).find_map(|found| nanos(&found[1]))
}

/// Whether a line begins with a time.
pub(super) fn is_one(line: &str) -> bool {
    STAMP.find(line).is_some_and(|found| found.start() == 0)
}

/// The group that a message begins.
fn group(message: &str) -> Option<Identity> {
    let rest = ["--- ", "+++ ", "~~~ "].iter().find_map(|mark| message.strip_prefix(mark))?;
    Some(place(None, None, named(rest.trim())))
}

/// The format `buildkite`.
pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut identity = Identity::default();
    let mut head: Option<Row> = None;
    for line in lines(text) {
        let refused = text_of(&line, max_line).err();
        let mut row = Row::empty(line.number);
        // A line that is too long is a stamp to the lines after it all the same.
        if let Ok(own) = std::str::from_utf8(line.content()) {
            let segments: Vec<&str> = own.split('\r').collect();
            let (message, redrawn) = redraws(&segments);
            if refused.is_none()
                && let Some(group) = group(&message)
            {
                // Lines continue those of their own group.
                head = head.filter(|_| group == identity);
                identity = group;
            }
            row.message = Some(message);
            row.timestamp = time(own);
            let mut members = Vec::new();
            if row.timestamp.is_some() {
                fill_level(&mut row);
                head = Some(row.clone());
            } else {
                continue_from(head.as_ref(), &mut row);
                let is_more = row.extra.is_some();
                members.extend(is_more.then(|| ("continued".to_owned(), "true".to_owned())));
            }
            members.extend(strings("redrawn", &redrawn));
            row.extra = extra(&members);
        }
        row = refused.map_or(row, |error| *error);
        row.identity = identity.clone();
        rows.push(row);
    }
    rows
}
