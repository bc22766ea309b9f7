//! Records as the API has them, from rows of any format.

use serde_json::value::RawValue;

use super::json::{Object, exceptions, plain, quoted};
use super::rows::Row;
use crate::record::timestamp::write_rfc3339_micros;

/// Where a record is among all: its time in microseconds since 1970, its entry, its row.
pub(super) type Key = (i64, usize, u64);

/// A record that is sent.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) key: Key,
    pub(super) log_id: String,
    pub(super) message: String,
    pub(super) level: String,
    pub(super) origin: String,
    /// A JSON array.
    pub(super) exceptions: Option<String>,
    /// A JSON object.
    pub(super) extra_fields: String,
    /// Members that the API does not have.
    others: Object,
}

impl Record {
    /// The record of a row.
    pub(super) fn of(row: &Row<'_>, key: Key) -> Self {
        if row.is_own() { Self::own(row, key) } else { Self::derived(row, key) }
    }

    /// A record of the platform's, with its members as written. Those that the API could not have, such as an
    /// object as text, are members of `extra_fields`.
    fn own(row: &Row<'_>, key: Key) -> Self {
        let mut others = row.extra().and_then(Object::of).unwrap_or_default();
        let mut displaced = Object::default();
        let log_id = others.take("log_id").filter(|id| id.get() != "null");
        let log_id = log_id.map_or_else(|| row.id(), |id| plain(&id));
        let written = others.take("exceptions").filter(|value| value.get() != "null");
        let list = written.as_deref().and_then(exceptions);
        if let (Some(value), None) = (written, &list) {
            displaced.0.push(("exceptions".to_owned(), value));
        }
        let fields = others.take("extra_fields").filter(|value| value.get() != "null");
        let mut extra_fields = Object::default();
        match fields.as_deref().and_then(|value| Object::of(value.get())) {
            Some(object) => extra_fields = object,
            None => displaced.0.extend(fields.map(|value| ("extra_fields".to_owned(), value))),
        }
        let origin = others.take("origin");
        for name in ["message", "logged_at", "level"] {
            let value = others.take(name).filter(|value| value.get() != "null");
            displaced.0.extend(value.map(|value| (name.to_owned(), value)));
        }
        extra_fields.0.extend(displaced.0);
        Self {
            key,
            log_id,
            message: row.message().into_owned(),
            level: row.level().into_owned(),
            origin: origin.map_or_else(|| row.origin().into_owned(), |origin| plain(&origin)),
            exceptions: list,
            extra_fields: extra_fields.text(),
            others,
        }
    }

    /// A record of another format's row: its text, and its other fields.
    fn derived(row: &Row<'_>, key: Key) -> Self {
        Self {
            key,
            log_id: row.id(),
            message: row.message().into_owned(),
            level: row.level().into_owned(),
            origin: row.origin().into_owned(),
            exceptions: None,
            extra_fields: row.extra().unwrap_or("{}").to_owned(),
            others: Object::default(),
        }
    }

    /// When it was logged, as the platform writes times: `2025-05-23T10:33:04.157182Z`.
    pub(super) fn logged_at(&self) -> String {
        let (seconds, micros) =
            (self.key.0.div_euclid(1_000_000), self.key.0.rem_euclid(1_000_000));
        let mut text = Vec::new();
        write_rfc3339_micros(seconds.saturating_mul(1_000_000), &mut text);
        let text = String::from_utf8(text).unwrap_or_default();
        format!("{}.{micros:06}Z", text.trim_end_matches('Z'))
    }

    /// Appends it as a JSON object.
    pub(super) fn write_json(&self, out: &mut String) {
        let members = [
            ("log_id", &self.log_id),
            ("message", &self.message),
            ("logged_at", &self.logged_at()),
            ("level", &self.level),
            ("origin", &self.origin),
        ];
        out.push('{');
        for (name, text) in members {
            out.push_str(&format!("\"{name}\":{},", quoted(text)));
        }
        out.push_str("\"exceptions\":");
        out.push_str(self.exceptions.as_deref().unwrap_or("null"));
        out.push_str(",\"extra_fields\":");
        out.push_str(&self.extra_fields);
        for (name, value) in &self.others.0 {
            out.push_str(&format!(",{}:{}", quoted(name), RawValue::get(value)));
        }
        out.push('}');
    }
}
