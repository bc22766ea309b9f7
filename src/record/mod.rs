//! A decoded line and the meaning of its fields.
//!
//! A decoder of any format makes a [`Record`] of a line; the table's builder takes it apart into columns.
//! [`level`], [`timestamp`] and [`zone`] read what writers put into those fields, [`ansi`] removes escape
//! sequences from messages.

use std::borrow::Cow;

pub mod ansi;
pub mod level;
pub mod reference;
pub(crate) mod digits;
pub(crate) mod spelled;
pub mod timestamp;
pub mod zone;

/// The fields of one line, decoded, borrowed from the parser's buffers. `None` where the line has no such
/// field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The level as written, in any spelling: `warning`, `ERR`, `30`.
    pub level: Option<&'a str>,
    /// The writer's own counter.
    pub pos: Option<i64>,
    /// Nanoseconds since 1970; a text without an offset is read as UTC here, and moved to the zone that the
    /// user named when it gets to the table.
    pub timestamp: Option<i64>,
    /// The offset as written: `Z`, `+05:30`.
    pub zone: Option<&'a str>,
    /// The time was a number since 1970, or is otherwise known to be UTC: no zone applies to it.
    pub is_epoch: bool,
    /// The message, with its escape sequences and its final newline.
    pub message: Option<&'a str>,
    /// The arguments in the order written, no key twice; a value that is not a string is its JSON text.
    pub args: Option<Vec<(&'a str, &'a str)>>,
    /// The stage, if the record itself names one of those that its format knows; a path names the others.
    pub stage: Option<&'static str>,
    /// A JSON object of the members that have no place in the other fields, their values as written.
    pub extra: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// `extra`, and before its members `args` if there are any: what search and print take for the text of a
    /// record without a message.
    pub(crate) fn json_beside_message(&self) -> Cow<'a, str> {
        let extra = self.extra.unwrap_or("{}");
        let Some(args) = self.args.as_ref().filter(|args| !args.is_empty()) else {
            return Cow::Borrowed(extra);
        };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let member = |(key, value): &(&str, &str)| format!("{}:{}", quoted(key), quoted(value));
        let args: Vec<String> = args.iter().map(member).collect();
        // The members are spliced into the text, so that the values of `extra` stay as they were written.
        let rest = extra.trim_start().strip_prefix('{').unwrap_or("}");
        // `extra` may be `{}`, with nothing to separate.
        let comma = if rest.trim_start() == "}" { "" } else { "," };
        Cow::Owned(format!("{{\"args\":{{{}}}{comma}{rest}", args.join(",")))
    }
}
