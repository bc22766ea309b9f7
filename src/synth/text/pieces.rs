//! Templates taken apart into text and slots, once per process rather than for each of a bundle's
//! millions of messages.

use std::sync::LazyLock;

use crate::record::level::Level;
use crate::synth::templates::TOPICS;

/// A topic whose templates are taken apart: total weight, then templates by running weight.
pub(super) struct Compiled {
    /// The sum of the weights: a draw below it picks a template.
    pub(super) total: u32,
    pub(super) templates: Vec<Template>,
}

/// One template of a topic.
pub(super) struct Template {
    /// The weights up to and with this one; draws below it, and not below the one before, are its own.
    pub(super) until: u32,
    pub(super) level: Level,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a template.
pub(super) enum Piece {
    /// Text as it is, doubled braces made single; perhaps empty.
    Text(String),
    /// What is between braces: `word` of `{word}`, `bar:Receiving objects` of `{bar:Receiving objects}`.
    Slot(&'static str),
}

/// All topics, in the order of [`TOPICS`].
pub(super) static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    TOPICS
        .iter()
        .map(|topic| {
            let mut until = 0;
            let mut templates = Vec::with_capacity(topic.lines.len());
            for &(level, weight, text) in topic.lines {
                until += weight;
                templates.push(Template { until, level, pieces: pieces(text) });
            }
            Compiled { total: until, templates }
        })
        .collect()
});

/// Takes a template apart. A brace without a partner is text; a test checks that every slot is known.
pub(super) fn pieces(mut text: &'static str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut plain = String::new();
    while let Some(at) = text.find(['{', '}']) {
        plain.push_str(&text[..at]);
        let rest = &text[at + 1..];
        // `{{` and `}}`, as in `format!`: YAML and Go's structs have braces of their own.
        if rest.starts_with(&text[at..=at]) {
            plain.push_str(&text[at..=at]);
            text = &rest[1..];
        } else if let (b'{', Some(end)) = (text.as_bytes()[at], rest.find('}')) {
            found.push(Piece::Text(std::mem::take(&mut plain)));
            found.push(Piece::Slot(&rest[..end]));
            text = &rest[end + 1..];
        } else {
            plain.push_str(&text[at..=at]);
            text = rest;
        }
    }
    plain.push_str(text);
    found.push(Piece::Text(plain));
    found
}

/// The number of the topic called `name`; an unknown name is the first topic.
pub(in crate::synth) fn topic(name: &str) -> usize {
    TOPICS.iter().position(|topic| topic.name == name).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_braces_are_braces() {
        let text: String = pieces("{{a}} {d1}{b")
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Slot(slot) => format!("<{slot}>"),
            })
            .collect();
        assert_eq!(text, "{a} <d1>{b");
    }
}
