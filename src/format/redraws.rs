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
    /// Of the texts between carriage returns.
    pub(super) fn of(texts: impl Iterator<Item = &'a str>) -> Self {
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
