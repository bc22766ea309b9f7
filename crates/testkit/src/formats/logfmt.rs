//! `key=value key="quoted value" flag`.

use std::sync::LazyLock;

use regex::Regex;

use super::made::{Made, each, names};
use crate::oracle::{PAIRS, Row};

const BLANKS: [char; 2] = [' ', '\t'];

/// A key, and its value if it has a `=`.
type Pair = (String, Option<String>);

pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    each(text, max_line, |line, text| {
        if !begins_with_a_pair(text) {
            return None;
        }
        // Half of a line end, where the text ends in it.
        let text = text.strip_suffix('\r').unwrap_or(text);
        let Some(pairs) = pairs(text) else {
            return Some(Row::error(line.number, PAIRS, line.raw));
        };
        let mut made = Made::default();
        for (key, value) in pairs {
            match value {
                Some(value) => made.text(&key, &value),
                None => made.0.push((key, "true".to_owned())),
            }
        }
        Some(made.row(line.number))
    })
}

/// Whether a line counts for the format.
pub(super) fn is_one(line: &str) -> bool {
    let known = names(&["timestamp", "level", "message"]);
    let pairs = pairs(line).filter(|_| begins_with_a_pair(line)).unwrap_or_default();
    let with_value: Vec<&Pair> = pairs.iter().filter(|pair| pair.1.is_some()).collect();
    with_value.len() >= 2 && with_value.iter().any(|pair| known.contains(&&*pair.0))
}

fn begins_with_a_pair(line: &str) -> bool {
    let word = line.trim_start_matches(BLANKS).split(BLANKS).next().unwrap();
    word.split_once('=').is_some_and(|(key, _)| is_key(key))
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.contains('"')
}

/// `None` if the line is not of pairs from its beginning to its end.
fn pairs(line: &str) -> Option<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut rest = line.trim_start_matches(BLANKS);
    while !rest.is_empty() {
        let end = rest.find([' ', '\t', '=']).unwrap_or(rest.len());
        let key = &rest[..end];
        if !is_key(key) {
            return None;
        }
        rest = &rest[end..];
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            let (text, after) = match after.strip_prefix('"') {
                Some(inside) => quoted(inside)?,
                None => {
                    let (text, after) = after.split_at(after.find(BLANKS).unwrap_or(after.len()));
                    (text.to_owned(), after)
                }
            };
            (value, rest) = (Some(text), after);
        }
        pairs.push((key.to_owned(), value));
        rest = rest.trim_start_matches(BLANKS);
    }
    Some(pairs)
}

/// The value of a quoted text from behind its first quote, and what follows its last one.
fn quoted(text: &str) -> Option<(String, &str)> {
    static CONTROL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\\x([01][0-9A-Fa-f]|7[Ff])").unwrap());
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let first = rest.chars().next()?;
        if first == '"' {
            let after = &rest[1..];
            return (after.is_empty() || after.starts_with(BLANKS)).then_some((value, after));
        }
        if first != '\\' {
            value.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        // An escape of JSON is as long as the shortest text that is a JSON string: a pair of surrogates has twelve.
        let json = |len: &usize| {
            let escape = rest.get(..*len)?;
            serde_json::from_str::<String>(&format!("\"{escape}\"")).ok().map(|c| (c, *len))
        };
        if let Some((c, len)) = [2, 6, 12].iter().find_map(json) {
            value.push_str(&c);
            rest = &rest[len..];
        } else if let Some(found) = CONTROL.captures(rest) {
            let code = u32::from_str_radix(&found[1], 16).unwrap();
            value.push(char::from_u32(code).unwrap());
            rest = &rest[4..];
        } else {
            // Both characters stay, whatever the second is; at the end of the line the quote is open.
            let second = rest[1..].chars().next()?;
            value.push('\\');
            value.push(second);
            rest = &rest[1 + second.len_utf8()..];
        }
    }
}
