//! Records of the API: their members as written, for the filter and for the file.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::query::{Member, Members, instant};
use crate::record::zone::Zone;

/// A record, its members in the order in which they came.
#[derive(Debug)]
pub(super) struct Record(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Record;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Record(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The columns of CSV, in the order in which the platform describes them.
const COLUMNS: [&str; 7] =
    ["log_id", "message", "logged_at", "level", "origin", "exceptions", "extra_fields"];

impl Record {
    /// The JSON of a member that is there and not null.
    fn json(&self, name: &str) -> Option<&str> {
        // Of members with one name the last counts.
        let member = self.0.iter().rfind(|(own, _)| own == name)?;
        Some(member.1.get()).filter(|json| *json != "null")
    }

    /// The value of a member that is a string.
    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.json(name)?).ok()
    }

    /// What shows that two records are the same.
    pub(super) fn id(&self) -> String {
        self.text("log_id")
            .or_else(|| self.json("log_id").map(str::to_owned))
            .unwrap_or_else(|| self.line())
    }

    /// When it was logged, in UTC if it does not say; `None` if that cannot be read.
    pub(super) fn logged_at(&self) -> Option<Timestamp> {
        let nanos = instant(&self.text("logged_at")?, &Zone::default())?;
        Timestamp::from_nanosecond(nanos.into()).ok()
    }

    /// It as one line of JSON, values as written.
    pub(super) fn line(&self) -> String {
        let mut line = String::from("{");
        for (number, (name, value)) in self.0.iter().enumerate() {
            if number > 0 {
                line.push(',');
            }
            line.push_str(&serde_json::Value::from(name.as_str()).to_string());
            line.push(':');
            // Newlines of JSON are between its tokens, where a blank is as good.
            line.push_str(&value.get().replace(['\n', '\r'], " "));
        }
        line.push('}');
        line
    }

    /// It as a record of CSV (RFC 4180); objects as JSON. Members without a column are added to the extra
    /// fields.
    pub(super) fn csv(&self) -> String {
        let mut record = String::new();
        for (number, name) in COLUMNS.iter().enumerate() {
            if number > 0 {
                record.push(',');
            }
            let value = match *name {
                "extra_fields" => Some(self.extra_fields()),
                name => self.text(name).or_else(|| self.json(name).map(str::to_owned)),
            };
            record.push_str(&quoted(value.as_deref().unwrap_or_default()));
        }
        record.push_str("\r\n");
        record
    }

    fn extra_fields(&self) -> String {
        let others = self.0.iter().filter(|(name, _)| !COLUMNS.contains(&name.as_str()));
        let others: Vec<String> = others
            .map(|(name, value)| {
                format!("{}:{}", serde_json::Value::from(name.as_str()), value.get())
            })
            .collect();
        let own = self.json("extra_fields").unwrap_or("{}").trim();
        let inner = own.strip_prefix('{').and_then(|own| own.strip_suffix('}'));
        match inner {
            Some(inner) if !others.is_empty() => {
                let comma = if inner.trim().is_empty() { "" } else { "," };
                format!("{{{inner}{comma}{}}}", others.join(","))
            }
            _ => own.to_owned(),
        }
    }
}

/// The header of CSV.
pub(super) fn header() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// A field of CSV.
fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

impl Members for Record {
    fn member(&self, name: &str) -> Member<'_> {
        match name {
            "logged_at" => self.logged_at().map_or(Member::Null, |time| {
                i64::try_from(time.as_nanosecond()).map_or(Member::Null, Member::Time)
            }),
            "extra_fields" | "exceptions" => {
                self.json(name).map_or(Member::Null, |json| Member::Json(json.into()))
            }
            _ => self.text(name).map_or(Member::Null, |text| Member::Text(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::DEEPSET_MEMBERS;
    use crate::query::MemberFilter;

    fn record(text: &str) -> Record {
        serde_json::from_str(text).unwrap()
    }

    const TEXT: &str = r#"{"log_id": "a1","logged_at":"2026-03-09T10:00:00.5Z","level":"error","message":"say \"hi\",
now","origin":"querypipeline","exceptions":null,"extra_fields":{"n": 1e400},"later":[1,
2]}"#;

    #[test]
    fn a_record_is_a_line_and_keeps_its_values() {
        let text = TEXT.replace("hi\\\",\nnow", "hi\\\", now");
        let line = record(&text).line();
        assert_eq!(line, text.replacen("\"log_id\": ", "\"log_id\":", 1).replace('\n', " "));
        let csv = "a1,\"say \"\"hi\"\", now\",2026-03-09T10:00:00.5Z,error,querypipeline,,\"{\"\"n\"\": 1e400,\"\"later\"\":[1,\n2]}\"\r\n";
        assert_eq!(record(&text).csv(), csv);
        assert_eq!(header(), "log_id,message,logged_at,level,origin,exceptions,extra_fields\r\n");
    }

    #[test]
    fn filters_look_at_the_members() {
        let text = TEXT.replace("hi\\\",\nnow", "hi\\\", now").replace("1e400", "7");
        let record = record(&text);
        for (filter, passes) in [
            ("level eq 'error'", true),
            ("level eq 'info'", false),
            ("origin eq 'querypipeline' and contains(message, 'hi')", true),
            ("logged_at ge 2026-03-09T10:00:00Z", true),
            ("logged_at lt '2026-03-09T10:00:00Z'", false),
            ("extra_fields/n eq 7", true),
            ("exceptions eq null", true),
        ] {
            let filter_of = MemberFilter::parse(filter, &DEEPSET_MEMBERS).unwrap();
            assert_eq!(filter_of.matches(&record), passes, "{filter}");
        }
        assert!(MemberFilter::parse("nope eq 1", &DEEPSET_MEMBERS).is_err());
    }
}
