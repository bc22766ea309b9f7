//! A decoded line and the meaning of its fields.

use std::borrow::Cow;

pub mod ansi;
pub mod level;
pub(crate) mod digits;
pub mod timestamp;
pub mod zone;

/// The fields of one line, decoded, borrowed from the parser's buffers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The level as written.
    pub level: Option<&'a str>,
    /// The writer's own counter.
    pub pos: Option<i64>,
    /// Nanoseconds since 1970; a text without an offset is taken for UTC here.
    pub timestamp: Option<i64>,
    /// The offset as written.
    pub zone: Option<&'a str>,
    /// The time was a number since 1970: it needs no offset.
    pub is_epoch: bool,
    /// The message, escape sequences and final newline still in it.
    pub message: Option<&'a str>,
    /// The arguments in the order written, no key twice; a value that is no string is its JSON text.
    pub args: Option<Vec<(&'a str, &'a str)>>,
    /// The stage, where the record names one of those that its entry may have.
    pub stage: Option<&'static str>,
    /// A JSON object of all that has no place in the other fields.
    pub extra: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// `extra`, and before its members `args` if there are any.
    pub(crate) fn json_beside_message(&self) -> Cow<'a, str> {
        let extra = self.extra.unwrap_or("{}");
        let Some(args) = self.args.as_ref().filter(|args| !args.is_empty()) else {
            return Cow::Borrowed(extra);
        };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let member = |(key, value): &(&str, &str)| format!("{}:{}", quoted(key), quoted(value));
        let args: Vec<String> = args.iter().map(member).collect();
        let rest = extra.trim_start().strip_prefix('{').unwrap_or("}");
        let comma = if rest.trim_start() == "}" { "" } else { "," };
        Cow::Owned(format!("{{\"args\":{{{}}}{comma}{rest}", args.join(",")))
    }
}
