//! Random records: keys with values of mostly one type, nested, written in different ways.

use fastrand::Rng;
use ripsaw::table::{KeyField, KeySchema, KeyType, Scalar};

/// Names that collide with columns or with one another, need escapes, or feed columns.
const KEYS: [&str; 40] = [
    "a",
    "b",
    "A",
    "id",
    "pid",
    "file",
    "File",
    "line",
    "message_",
    "Step",
    "extra",
    "parse_error",
    "é",
    "with blank",
    "a.b",
    "a/b",
    "q\"uote",
    "back\\slash",
    "tab\t",
    "",
    "msg",
    "time",
    "level",
    "event",
    "pos",
    "req",
    "hostname",
    "a key that is longer than sixteen bytes",
    "ts",
    "😀",
    "log",
    "body",
    "stringValue",
    "fields",
    "jsonPayload",
    "message",
    "MESSAGE",
    "PRIORITY",
    "short_message",
    "severityNumber",
];

/// What the values of a key are like.
#[derive(Clone)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Large,
    Fraction,
    Number,
    Text,
    Time,
    Level,
    Object(Vec<(&'static str, Kind)>),
    List(Box<Kind>),
    /// Any of these.
    Mixed(Vec<Kind>),
}

pub(super) struct Maker {
    rng: Rng,
    keys: Vec<(&'static str, Kind)>,
    is_spaced: bool,
    is_odd: bool,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let count = rng.usize(1..12);
        let keys = object(&mut rng, count, 0);
        let (is_spaced, is_odd) = (rng.u8(..4) == 0, rng.u8(..3) == 0);
        Self { rng, keys, is_spaced, is_odd }
    }

    /// Records, one per line, and lines that are none.
    pub(super) fn text(&mut self) -> String {
        let keys = self.keys.clone();
        let mut text = String::new();
        for _ in 0..self.rng.usize(1..40) {
            match self.rng.u8(..40) {
                0 => text.push_str("a line of text"),
                1 => text.push_str("{\"broken\": tru}"),
                2 => text.push_str("{}"),
                _ => {
                    let members = self.members(&keys);
                    text.push_str(&members);
                }
            }
            text.push_str(if self.is_odd && self.rng.bool() { "\r\n" } else { "\n" });
        }
        text
    }

    /// A schema that may or may not suit the records.
    pub(super) fn any_schema(&mut self) -> KeySchema {
        let keys = self.keys.clone();
        KeySchema { keys: self.fields(&keys) }
    }

    fn fields(&mut self, keys: &[(&'static str, Kind)]) -> Vec<KeyField> {
        let mut fields = Vec::new();
        for (number, (key, kind)) in keys.iter().enumerate() {
            if self.rng.u8(..4) == 0 {
                continue;
            }
            let scalars = [Scalar::Boolean, Scalar::Int64, Scalar::Double, Scalar::String];
            let scalar = scalars[self.rng.usize(..4)];
            let (kind, members) = match (kind, self.rng.u8(..6)) {
                (Kind::Object(members), 1..) => match self.fields(members) {
                    members if members.is_empty() => (KeyType::Json, Vec::new()),
                    members => (KeyType::Struct, members),
                },
                (_, 0) => (KeyType::Json, Vec::new()),
                (_, 1) => (KeyType::List(scalar), Vec::new()),
                _ => (KeyType::Scalar(scalar), Vec::new()),
            };
            let key = (*key).to_owned();
            fields.push(KeyField { key, name: format!("column {number}"), kind, fields: members });
        }
        fields
    }

    fn blank(&mut self) -> &'static str {
        if self.is_spaced && self.rng.bool() { " " } else { "" }
    }

    fn members(&mut self, keys: &[(&'static str, Kind)]) -> String {
        let mut text = String::from("{");
        text.push_str(self.blank());
        let mut order: Vec<usize> = (0..keys.len()).filter(|_| self.rng.u8(..8) > 0).collect();
        if self.rng.u8(..16) == 0 {
            self.rng.shuffle(&mut order);
        }
        if self.is_odd && !order.is_empty() && self.rng.u8(..20) == 0 {
            // A key that comes twice.
            order.push(order[self.rng.usize(..order.len())]);
        }
        for (number, key) in order.into_iter().enumerate() {
            if number > 0 {
                text.push(',');
                text.push_str(self.blank());
            }
            let (key, kind) = &keys[key];
            let key = self.string(key);
            text.push_str(&key);
            text.push_str(self.blank());
            text.push(':');
            text.push_str(self.blank());
            // Some values are of another type than the others of their key.
            let value = if self.rng.u8(..100) == 0 { self.surprise() } else { self.value(kind) };
            text.push_str(&value);
            text.push_str(self.blank());
        }
        text.push('}');
        text
    }

    fn value(&mut self, kind: &Kind) -> String {
        if self.rng.u8(..25) == 0 {
            return "null".into();
        }
        match kind {
            Kind::Null => "null".into(),
            Kind::Boolean => self.rng.bool().to_string(),
            Kind::Integer => self.integer(),
            Kind::Large => (i128::from(i64::MAX) + i128::from(self.rng.u64(1..))).to_string(),
            Kind::Fraction => self.fraction(),
            Kind::Number if self.rng.bool() => self.fraction(),
            Kind::Number => self.rng.i32(..).to_string(),
            Kind::Text => {
                let text = self.text_value();
                self.string(&text)
            }
            Kind::Time => format!("\"2026-03-09T10:00:{:02}.5Z\"", self.rng.u8(..60)),
            Kind::Level => ["\"INFO\"", "\"warning\"", "30", "\"?\""][self.rng.usize(..4)].into(),
            Kind::Object(keys) => self.members(keys),
            Kind::List(kind) => {
                let items: Vec<String> =
                    (0..self.rng.usize(..4)).map(|_| self.value(kind)).collect();
                let between = format!(",{}", self.blank());
                format!("[{}{}]", self.blank(), items.join(&between))
            }
            Kind::Mixed(kinds) => {
                let kind = self.rng.usize(..kinds.len());
                self.value(&kinds[kind])
            }
        }
    }

    fn surprise(&mut self) -> String {
        let odd = [
            "-0",
            "-0.0",
            "0",
            "1e5",
            "1E-5",
            "1.5e300",
            "123456789012345678",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "9007199254740993",
            "0.1234567890123456789",
            "100000000000000000000000",
            "{}",
            "[]",
            "[[]]",
            "[1,\"a\"]",
            "{\"x\":{\"y\":[{}]}}",
            "true",
            "\"\"",
            "\"1\"",
            "1",
            "[null]",
            "[1,2.5]",
            "{\"\":null}",
            "\"\\ud83d\\ude00\"",
            "[ 1 , 2 ]",
            "{\"x\":1,\"x\":2}",
        ];
        odd[self.rng.usize(..odd.len())].into()
    }

    fn integer(&mut self) -> String {
        match self.rng.u8(..12) {
            0 => self.rng.i64(..).to_string(),
            1 => self.rng.i64(-(1 << 54)..1 << 54).to_string(),
            2 => "0".into(),
            _ => self.rng.i32(-100..100_000).to_string(),
        }
    }

    fn fraction(&mut self) -> String {
        let double = f64::from_bits(self.rng.u64(..));
        match self.rng.u8(..8) {
            0 if double.is_finite() => format!("{double:e}"),
            1 => format!("{}", self.rng.f64()) + "1",
            2 => format!("{}.{:0>20}", self.rng.u32(..), self.rng.u64(..)),
            _ => format!("{}.{:02}", self.rng.i32(-1000..1000), self.rng.u8(..100)),
        }
    }

    fn text_value(&mut self) -> String {
        let parts = [
            "word",
            " ",
            "é",
            "\"",
            "\\",
            "\n",
            "\u{1b}[31m",
            "😀",
            "/",
            "2026-03-09",
            "\u{7f}",
            "x",
        ];
        let long = if self.rng.u8(..10) == 0 { 60 } else { 6 };
        (0..self.rng.usize(..long)).map(|_| parts[self.rng.usize(..parts.len())]).collect()
    }

    /// A string as JSON, with more escapes than needed at times.
    fn string(&mut self, text: &str) -> String {
        let is_escaped = self.is_odd && self.rng.u8(..10) == 0;
        let json = serde_json::to_string(text).unwrap();
        match is_escaped {
            true => json.replace('a', "\\u0061").replace('/', "\\/"),
            false => json,
        }
    }
}

fn object(rng: &mut Rng, count: usize, depth: usize) -> Vec<(&'static str, Kind)> {
    let mut names: Vec<&str> = KEYS.to_vec();
    rng.shuffle(&mut names);
    names.truncate(count);
    names.into_iter().map(|name| (name, kind(rng, name, depth))).collect()
}

fn kind(rng: &mut Rng, name: &str, depth: usize) -> Kind {
    match name {
        "time" | "ts" if rng.u8(..4) > 0 => return Kind::Time,
        "level" if rng.u8(..4) > 0 => return Kind::Level,
        "msg" if rng.u8(..4) > 0 => return Kind::Text,
        _ => {}
    }
    match rng.u8(..16) {
        0 => Kind::Null,
        1 | 2 => Kind::Boolean,
        3..6 => Kind::Integer,
        6 => Kind::Large,
        7 => Kind::Fraction,
        8 => Kind::Number,
        9 | 10 if depth < 8 => {
            let count = rng.usize(..5);
            Kind::Object(object(rng, count, depth + 1))
        }
        11 if depth < 8 => Kind::List(Box::new(kind(rng, "", depth + 1))),
        12 => Kind::Mixed((0..3).map(|_| kind(rng, "", depth + 4)).collect()),
        _ => Kind::Text,
    }
}
