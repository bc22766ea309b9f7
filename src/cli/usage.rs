//! Usage errors in the style of all other errors: one line that says what is wrong, and hints below.
//!
//! Clap's own text is taken apart rather than its fields: each kind of error puts other things into other
//! fields, but the text always has a message, lists of two blanks' indent, tips, and the usage.

use std::fmt::Write as _;

/// A usage error, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// What is wrong: one line, and below it the picture that points into an expression, if there is one.
    pub(super) message: String,
    /// What would be right: clap's tips, possible values.
    pub(super) hints: Vec<String>,
    /// How the command is called; empty where a value is wrong.
    pub(super) synopsis: String,
}

impl Usage {
    /// Takes apart what clap would print without styles.
    pub(super) fn of(text: &str) -> Self {
        let mut usage = Self::default();
        let mut listed: Vec<&str> = Vec::new();
        for line in text.lines() {
            let words = line.trim();
            if let Some(message) = line.strip_prefix("error: ") {
                message.clone_into(&mut usage.message);
            } else if let Some(tip) = words.strip_prefix("tip: ") {
                usage.hints.push(tip.to_owned());
            } else if let Some(values) = words.strip_prefix("[possible values: ") {
                usage.hints.push(format!("use one of {}", values.trim_end_matches(']')));
            } else if let Some(synopsis) = words.strip_prefix("Usage: ") {
                synopsis.clone_into(&mut usage.synopsis);
            } else if words.is_empty() || words.starts_with("For more information") {
                // Nothing that the rest does not say.
            } else if usage.message.ends_with(':') {
                listed.push(words);
            } else {
                let _ = write!(usage.message, "\n{line}");
            }
        }
        if !listed.is_empty() {
            // `the following required arguments were not provided:` and a line for each.
            let _ = write!(usage.message, " {}", listed.join(", "));
        }
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_taken_apart() {
        let text = "error: unexpected argument '--formatz' found\n\n  tip: a similar argument exists: \
                    '--format'\n\nUsage: ripsaw ls <INPUT>...\n\nFor more information, try '--help'.\n";
        let usage = Usage::of(text);
        assert_eq!(usage.message, "unexpected argument '--formatz' found");
        assert_eq!(usage.hints, ["a similar argument exists: '--format'"]);
        assert_eq!(usage.synopsis, "ripsaw ls <INPUT>...");
        let text = "error: the following required arguments were not provided:\n  --output <OUT>\n  \
                    <INPUT>...\n\nUsage: ripsaw convert --output <OUT> <INPUT>...\n";
        let message =
            "the following required arguments were not provided: --output <OUT>, <INPUT>...";
        assert_eq!(Usage::of(text).message, message);
        let text =
            "error: invalid value 'x' for '--to <FORMAT>'\n  [possible values: csv, ndjson]\n";
        assert_eq!(Usage::of(text).hints, ["use one of csv, ndjson"]);
        let text = "error: invalid value 'a eq' for '--where <EXPR>': unknown column a\n  a eq\n  ^\n\n\
                    For more information, try '--help'.\n";
        let message = "invalid value 'a eq' for '--where <EXPR>': unknown column a\n  a eq\n  ^";
        assert_eq!(Usage::of(text), Usage { message: message.into(), ..Usage::default() });
    }
}
