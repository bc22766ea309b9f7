//! What the columns of keys in CSV were: JSON, or text.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// What the values of a column are, so far. The writer spells numbers in one way and all values of a column of any
/// types as JSON, so a column with a value that is neither was text.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// A value that is no JSON: what the file has for null, or text.
    odd: Option<String>,
    /// Two of those.
    is_text: bool,
    integers: bool,
    doubles: bool,
    /// Numbers that are spelled as in no column of numbers.
    odd_numbers: bool,
    booleans: bool,
    strings: bool,
    /// Lists and objects.
    nested: bool,
}

impl Values {
    /// Whether nothing can change any more.
    pub(super) fn is_text(&self) -> bool {
        self.is_text
    }

    /// Adds a value that is not null.
    pub(super) fn add(&mut self, value: &str) {
        let is_json = || serde_json::from_str::<IgnoredAny>(value).is_ok();
        match value.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') if is_json() => self.add_number(value),
            Some(b't' | b'f') if matches!(value, "true" | "false") => self.booleans = true,
            Some(b'"') if is_json() => self.strings = true,
            Some(b'[' | b'{') if is_json() => self.nested = true,
            _ => match &self.odd {
                Some(odd) => self.is_text |= odd != value,
                None => self.odd = Some(value.to_owned()),
            },
        }
    }

    fn add_number(&mut self, value: &str) {
        let is_integer = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let spelled = || Some(zmij::Buffer::new().format(value.parse::<f64>().ok()?).to_owned());
        match () {
            () if is_integer && value != "-0" => self.integers = true,
            () if !is_integer && spelled().as_deref() == Some(value) => self.doubles = true,
            () => self.odd_numbers = true,
        }
    }

    /// Whether the values are JSON; `null` is what the file has for null.
    pub(super) fn is_json(&self, null: Option<&str>) -> bool {
        let is_text = self.is_text || self.odd.as_deref().is_some_and(|odd| Some(odd) != null);
        let numbers = self.integers || self.doubles || self.odd_numbers;
        let kinds = [numbers, self.booleans, self.strings, self.nested];
        match kinds.iter().filter(|&&kind| kind).count() {
            _ if is_text => false,
            // A column of doubles has a point in each; with whole numbers it was text, such as versions.
            1 if numbers => !(self.odd_numbers || self.integers && self.doubles),
            // Text that has quotes of its own.
            1 => !self.strings,
            kinds => kinds > 1,
        }
    }
}

/// The text of a field, which is without the quotes around it.
pub(super) fn text_of(field: &[u8], is_quoted: bool) -> Cow<'_, str> {
    match is_quoted && field.contains(&b'"') {
        true => Cow::Owned(String::from_utf8_lossy(field).replace("\"\"", "\"")),
        false => String::from_utf8_lossy(field),
    }
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn columns_of_json_and_of_text() {
        let is_json = |values: &[&str]| {
            let mut all = Values::default();
            values.iter().for_each(|value| all.add(value));
            all.is_json(Some("NULL"))
        };
        for json in [
            &["1", "-20"][..],
            &["1.5", "1000.0", "1e+300"],
            &["true", "false"],
            &["[1,2]", "[]"],
            &["{\"a\":1}"],
            // Of any types.
            &["1.50", "\"x\""],
            &["1", "true"],
            &["18446744073709551616", "[1]"],
            &["NULL", "5"],
        ] {
            assert!(is_json(json), "{json:?}");
        }
        for text in [
            &["1.10", "2.5"][..],
            &["2", "1.5"],
            &["007"],
            &["+1"],
            &["-0"],
            &["\"quoted\""],
            &["1", "x"],
            &["true", "True"],
            &["null"],
            &["NULL", "x", "5"],
            &["{a}"],
            &["nan"],
            &[""],
            &[],
        ] {
            assert!(!is_json(text), "{text:?}");
        }
    }
}
