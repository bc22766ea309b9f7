//! JSON objects whose values stay as written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Object(pub(super) Vec<(String, Box<RawValue>)>);

impl Object {
    /// Reads an object; `None` if the text is anything else.
    pub(super) fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Takes out the last member of a name; those before it are dropped, as most readers of JSON do.
    pub(super) fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let mut taken = None;
        while let Some(at) = self.0.iter().rposition(|(key, _)| key == name) {
            let (_, value) = self.0.remove(at);
            taken.get_or_insert(value);
        }
        taken
    }

    /// Whether a member is text.
    fn has_text(&self, name: &str) -> bool {
        self.0.iter().any(|(key, value)| key == name && value.get().starts_with('"'))
    }

    /// The object as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("{");
        for (key, value) in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&quoted(key));
            text.push(':');
            text.push_str(value.get());
        }
        text.push('}');
        text
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The text of a value: of a string what it says, of any other its JSON.
pub(super) fn plain(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

/// Exceptions as the API has them, each with a type, a value and a trace; `None` if the value is anything else.
pub(super) fn exceptions(value: &RawValue) -> Option<String> {
    let items: Vec<Object> = serde_json::from_str(value.get()).ok()?;
    let mut texts = Vec::with_capacity(items.len());
    for mut item in items {
        if !item.has_text("type") || !item.has_text("value") {
            return None;
        }
        // The platform may leave it out, and its own client needs it.
        if item.0.iter().all(|(key, _)| key != "trace") {
            item.0.push(("trace".to_owned(), RawValue::from_string("[]".to_owned()).ok()?));
        }
        texts.push(item.text());
    }
    Some(format!("[{}]", texts.join(",")))
}
