//! Lines that a program has written over: `10%\r60%\r100%`. A terminal shows the last text.

use std::borrow::Cow;

use crate::json::push_quoted;
use crate::record::ansi;

/// The texts of a line, in order; none of them is blank.
#[derive(Default)]
pub(super) struct Redraws<'a> {
    /// What is shown in the end, as written; empty if all is blank.
    pub(super) last: &'a str,
    /// What was before, without escape sequences.
    pub(super) before: Vec<Cow<'a, str>>,
}

impl<'a> Redraws<'a> {
    /// Of a line.
    pub(super) fn of_line(line: &'a str) -> Self {
        let text = line.strip_suffix('\r').unwrap_or(line);
        match text.contains('\r') {
            true => Self::of(text.split('\r')),
            false => Self { last: text, before: Vec::new() },
        }
    }

    /// Of the texts between carriage returns. If there is one alone, it is as it is, blank or not.
    pub(super) fn of(texts: impl Iterator<Item = &'a str>) -> Self {
        let texts: Vec<&str> = texts.collect();
        if let [last] | [last, ""] = *texts {
            return Self { last, before: Vec::new() };
        }
        let mut redraws = Self::default();
        let mut last: Option<(&str, Cow<'_, str>)> = None;
        for text in texts {
            let plain = ansi::strip(text);
            if plain.bytes().any(|byte| !matches!(byte, b' ' | b'\t'))
                && let Some((_, before)) = last.replace((text, plain))
            {
                redraws.before.push(before);
            }
        }
        redraws.last = last.map_or("", |(text, _)| text);
        redraws
    }
}

/// Adds a member with an array of texts to an object that is being written; nothing without texts.
pub(super) fn add_texts(object: &mut String, key: &str, texts: &[impl AsRef<str>]) {
    if texts.is_empty() {
        return;
    }
    object.push_str(if object.len() > 1 { ",\"" } else { "\"" });
    object.push_str(key);
    object.push_str("\":[");
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            object.push(',');
        }
        push_quoted(object, text.as_ref());
    }
    object.push(']');
}
