//! Structured events of services: one model, shown as JSON text in a message or as a record's `args`.
//!
//! A service logs a line of JSON. Most writers put it into the message as it is, and so escape it once
//! more; the addon makes the record's level, message and args of its fields. The three libraries, each
//! with one of the [details] that some events have:
//!
//! ```text
//! {"level":"warn","ts":"2026-03-09T13:40:07.512Z","caller":"cart/order.go:144","msg":"...","latency_ms":551}
//! {"level":30,"time":1773064342000,"pid":14,"hostname":"384eae812b14","msg":"...","user":"cart.order"}
//! {"level":"Information","msg":"...","SourceContext":"Acme.cart.order","tags":["cart","order",null,true]}
//! ```

use std::fmt::Write as _;

use super::text::{Narrator, pick};

/// One event: its fields in the order they are printed. Values hold JSON text.
pub(super) struct Event {
    /// Always with a `level` and a `msg`; no key twice.
    fields: Vec<(&'static str, String)>,
}

/// Draws the next event, in the shape of one of three logging libraries: zap, with times as text; pino, with
/// levels as numbers and times in milliseconds; Serilog, with names of levels of its own and no time.
pub(super) fn event(narrator: &mut Narrator) -> Event {
    let mut fields = Vec::with_capacity(9);
    match narrator.rng.u32(0..3) {
        0 => {
            let level =
                pick(&mut narrator.rng, &["debug", "info", "info", "info", "warn", "error"]);
            fields.push(("level", format!("\"{level}\"")));
            fields.push(("ts", quoted(narrator, |narrator, out| narrator.iso(out))));
            let caller = format!(
                "\"{}/{}.go:{}\"",
                narrator.word(),
                narrator.word(),
                narrator.rng.u32(10..400)
            );
            fields.push(("caller", caller));
            fields.push(("msg", quoted(narrator, Narrator::sentence)));
        }
        1 => {
            let level =
                pick(&mut narrator.rng, &["10", "20", "30", "30", "30", "30", "40", "50", "60"]);
            fields.push(("level", level.to_owned()));
            fields.push(("time", (narrator.now / 1_000_000).to_string()));
            fields.push(("pid", narrator.rng.u32(1..40).to_string()));
            fields.push(("hostname", quoted(narrator, |narrator, out| narrator.hex(12, out))));
            fields.push(("msg", quoted(narrator, Narrator::sentence)));
        }
        _ => {
            let level = pick(
                &mut narrator.rng,
                &["Information", "Information", "Debug", "Warning", "Error", "trace"],
            );
            fields.push(("level", format!("\"{level}\"")));
            fields.push(("msg", quoted(narrator, Narrator::sentence)));
            let category = format!("\"Acme.{}.{}\"", narrator.word(), narrator.word());
            fields.push(("SourceContext", category));
        }
    }
    details(narrator, &mut fields);
    Event { fields }
}

/// Adds fields as services add them to some of their events: a string, numbers, an object, an array, or none.
fn details(narrator: &mut Narrator, fields: &mut Vec<(&'static str, String)>) {
    match narrator.rng.u32(0..5) {
        0 => fields.push(("dd.trace_id", quoted(narrator, |narrator, out| narrator.hex(32, out)))),
        1 => {
            fields.push(("latency_ms", narrator.rng.u32(0..800).to_string()));
            let status = pick(&mut narrator.rng, &["200", "200", "200", "404", "500"]);
            // `&`, `<` and `>`, which Go escapes.
            let path = format!(
                "/{}/{}?a=1&b=<{}>",
                narrator.word(),
                narrator.rng.u32(0..90_000),
                narrator.word()
            );
            fields.push((
                "req",
                format!("{{\"method\":\"GET\",\"path\":\"{path}\",\"status\":{status}}}"),
            ));
        }
        2 => fields.push(("user", format!("\"{}.{}\"", narrator.word(), narrator.word()))),
        3 => fields
            .push(("tags", format!("[\"{}\",\"{}\",null,true]", narrator.word(), narrator.word()))),
        _ => {}
    }
}

/// A JSON string of what `fill` appends, which must be free of quotes, backslashes and control characters.
fn quoted(narrator: &mut Narrator, fill: impl FnOnce(&mut Narrator, &mut String)) -> String {
    let mut text = String::from("\"");
    fill(narrator, &mut text);
    text.push('"');
    text
}

impl Event {
    /// Appends the event as one line of JSON, without a newline.
    pub(super) fn push_json(&self, out: &mut String) {
        for (n, (key, value)) in self.fields.iter().enumerate() {
            let _ = write!(out, "{}\"{key}\":{value}", if n == 0 { '{' } else { ',' });
        }
        out.push('}');
    }

    /// What the addon makes of it: message, level as text, and every field as a string, keys sorted as Go
    /// sorts the keys of a map. Level and message are among the fields, too.
    pub(super) fn into_args(mut self) -> (String, String, Vec<(&'static str, String)>) {
        // Strings lose their quotes; there are no escapes in them. Other values become their JSON text.
        for (_, value) in &mut self.fields {
            if let Some(text) = value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                *value = text.to_owned();
            }
        }
        self.fields.sort_unstable_by_key(|(key, _)| *key);
        let text_of = |name| {
            self.fields
                .iter()
                .find(|(key, _)| *key == name)
                .map_or(String::new(), |(_, v)| v.clone())
        };
        (text_of("msg"), text_of("level"), self.fields)
    }
}
