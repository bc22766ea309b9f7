//! What is in a line after its prefix: marks of sections, and texts that were written over one another.

use std::borrow::Cow;

use memchr::memchr;

use crate::format::redraws::Redraws;
use crate::record::ansi;

/// The text of a row, divided.
pub(super) struct Content<'a> {
    pub(super) sections: Vec<Section<'a>>,
    pub(super) redraws: Redraws<'a>,
}

/// A mark: `section_start:1773047546:prepare_executor[collapsed=true]`.
pub(super) struct Section<'a> {
    /// All of it, without escape sequences.
    pub(super) text: Cow<'a, str>,
    pub(super) is_start: bool,
    /// When, in seconds since 1970; `None` if 64 bits do not hold it.
    pub(super) seconds: Option<i64>,
    /// Where its name is in the text.
    name: (usize, usize),
}

impl Section<'_> {
    pub(super) fn name(&self) -> &str {
        &self.text[self.name.0..self.name.1]
    }
}

impl<'a> Content<'a> {
    /// Divides a text at its carriage returns.
    pub(super) fn of(text: &'a str) -> Self {
        if Self::is_plain(text) {
            return Self { sections: Vec::new(), redraws: Redraws::of_line(text) };
        }
        let mut sections = Vec::new();
        let texts = text.split('\r').filter(|text| match section(text) {
            Some(section) => {
                sections.push(section);
                false
            }
            None => true,
        });
        let redraws = Redraws::of(texts);
        Self { sections, redraws }
    }

    /// Whether there is nothing to divide: no carriage return but at the end, no mark.
    #[inline]
    pub(super) fn is_plain(text: &str) -> bool {
        let text = text.strip_suffix('\r').unwrap_or(text);
        memchr(b'\r', text.as_bytes()).is_none() && section(text).is_none()
    }
}

/// Whether a line of a log without stamps begins with a mark.
pub(super) fn begins_section(line: &str) -> bool {
    line.split('\r').next().and_then(section).is_some()
}

/// The mark that a text is.
fn section(text: &str) -> Option<Section<'_>> {
    // Most texts end here.
    match text.as_bytes().first()? {
        b's' if text.starts_with("section_") => {}
        0x1b if text.contains("section_") => {}
        _ => return None,
    }
    let text = ansi::strip(text);
    let (is_start, rest) = match text.strip_prefix("section_start:") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("section_end:")?),
    };
    let (digits, rest) = rest.split_once(':')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse().ok();
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let length = rest.bytes().take_while(is_of_name).count();
    let options = &rest[length..];
    let has_options =
        is_start && options.starts_with('[') && options.find(']') == Some(options.len() - 1);
    if length == 0 || !(options.is_empty() || has_options) {
        return None;
    }
    let start = text.len() - rest.len();
    Some(Section { is_start, seconds, name: (start, start + length), text })
}
