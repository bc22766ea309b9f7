//! Odd lines: what a record can look like when something else than the platform's Go code wrote it.
//!
//! Each kind has a name. Most are made from the record that would have been written in their place:
//! with another value ([`VALUES`]) or arranged anew ([`SHAPES`]). The others replace it ([`LINES`]).
//!
//! ```text
//! out-surrogate-lone-high   {"level":"INFO","pos":7,"out":"a\ud83db","time":"...","args":null}
//! order-three-keys          {"level":"INFO","time":"...","out":"Deployed"}
//! text-brace                { this is no JSON }
//! ```
//!
//! Some are valid, some are not, and for some parsers disagree: what serde_json says is right.

mod tables;

use fastrand::Rng;

use super::ndjson::Record;
use tables::{LINES, VALUES};

/// A record's fields, each as JSON text.
struct Fields {
    /// Key and value, in the order that Go writes.
    pairs: Vec<(&'static str, Vec<u8>)>,
}

/// Makes a line, without its newline, of a record's fields.
type Shape = fn(&Fields) -> Vec<u8>;

/// Kinds that arrange the fields anew, add to them, or cut the line.
const SHAPES: &[(&str, Shape)] = &[
    // Other orders, of Java and of encoders that sort keys, and records without one of the fields.
    ("order-delegate", |fields| fields.ordered(&["level", "out", "time", "pos", "args"])),
    ("order-sorted", |fields| fields.ordered(&["args", "level", "out", "pos", "time"])),
    ("order-reversed", |fields| fields.ordered(&["args", "time", "out", "pos", "level"])),
    ("order-three-keys", |fields| fields.ordered(&["level", "time", "out"])),
    ("missing-level", |fields| fields.ordered(&["pos", "out", "time", "args"])),
    ("missing-pos", |fields| fields.ordered(&["level", "out", "time", "args"])),
    ("missing-out", |fields| fields.ordered(&["level", "pos", "time", "args"])),
    ("missing-time", |fields| fields.ordered(&["level", "pos", "out", "args"])),
    ("missing-args", |fields| fields.ordered(&["level", "pos", "out", "time"])),
    ("only-out", |fields| fields.ordered(&["out"])),
    // Keys without a column, of which some come twice, or are refused for their value.
    ("unknown-scalar", |fields| fields.with(&[("ElaspedTime", b"12")])),
    ("unknown-nested", |fields| {
        fields.with(&[("ctx", br#"{ "a" : [1, 2.0, {"b":"\u003c"}] }"#), ("z", b"null")])
    }),
    ("unknown-duplicates", |fields| fields.with(&[("k", b"1"), ("k", b"\"two\"")])),
    ("unknown-big-integer", |fields| fields.with(&[("id", b"123456789012345678901234567890")])),
    ("unknown-huge-float", |fields| fields.with(&[("f", b"1e400")])),
    ("unknown-duplicates-key", |fields| fields.with(&[("_duplicates", b"[1]")])),
    // The last of equal keys counts.
    ("duplicate-out", |fields| fields.with(&[("out", b"\"the last one wins\"")])),
    ("duplicate-three-levels", |fields| {
        fields.with(&[("level", b"\"WARN\""), ("level", b"\"ERROR\"")])
    }),
    ("duplicate-time-and-args", |fields| {
        fields.with(&[("time", b"\"bad\""), ("args", b"{\"a\":\"b\"}")])
    }),
    // White space that JSON allows, and a byte order mark, which it does not.
    ("space-between-tokens", |fields| fields.spaced(b" ")),
    ("tabs-between-tokens", |fields| fields.spaced(b"\t \r ")),
    ("space-around", |fields| [b" \t", &*fields.usual(), b"  "].concat()),
    ("crlf", |fields| [&*fields.usual(), b"\r"].concat()),
    ("byte-order-mark", |fields| [b"\xef\xbb\xbf", &*fields.usual()].concat()),
    // Writers that were killed, and lines of two writers that were mixed.
    ("truncated-half", |fields| fields.cut(2)),
    ("truncated-last-byte", |fields| {
        fields.usual().split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec())
    }),
    ("truncated-brace", |_| b"{".to_vec()),
    ("trailing-comma", |fields| fields.closed(b",}")),
    ("trailing-text", |fields| [&*fields.usual(), b" and more"].concat()),
    ("two-records", |fields| [fields.usual(), fields.usual()].concat()),
    ("record-after-text", |fields| [b"stdout: ", &*fields.usual()].concat()),
    // The record is one level itself: serde_json refuses 128 in all.
    ("nested-100", |fields| fields.with(&[("deep", &nested(100))])),
    ("nested-126", |fields| fields.with(&[("deep", &nested(126))])),
    ("nested-127", |fields| fields.with(&[("deep", &nested(127))])),
    ("nested-128", |fields| fields.with(&[("deep", &nested(128))])),
    ("nested-200", |fields| fields.with(&[("deep", &nested(200))])),
    ("nested-200-unclosed", |fields| fields.closed(&[b",\"deep\":", &*b"[".repeat(200)].concat())),
    // More than a parser wants to compare with one another.
    ("many-unknown-keys", |fields| {
        let more: Vec<u8> = (0..200).flat_map(|n| format!(",\"k{n}\":{n}").into_bytes()).collect();
        fields.closed(&[&*more, b"}"].concat())
    }),
];

/// The record of 300 KB; separate, because a few of them would be most of a small bundle.
const HUGE: &str = "huge";

/// Empty arrays in one another.
fn nested(depth: usize) -> Vec<u8> {
    [b"[".repeat(depth), b"]".repeat(depth)].concat()
}

impl Fields {
    /// The fields as Go writes them.
    fn of(record: &Record) -> Self {
        let text = |push: &dyn Fn(&mut String)| {
            let mut text = String::new();
            push(&mut text);
            text.into_bytes()
        };
        let quoted = |value: &str| text(&|out| super::ndjson::push_string(out, value));
        let mut time = String::new();
        super::ndjson::push_time(&mut time, record.time, record.zone);
        let pairs = vec![
            ("level", quoted(record.level)),
            ("pos", record.pos.to_string().into_bytes()),
            ("out", text(&|out| record.push_out(out))),
            ("time", quoted(&time)),
            ("args", text(&|out| record.push_args(out))),
        ];
        Self { pairs }
    }

    /// The line that Go would have written.
    fn usual(&self) -> Vec<u8> {
        self.closed(b"}")
    }

    /// The fields in their order, then `end` in place of the closing brace: further members, or something
    /// invalid.
    fn closed(&self, end: &[u8]) -> Vec<u8> {
        let pairs: Vec<_> =
            self.pairs.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        let mut line = object(&pairs, b"");
        line.pop();
        line.extend_from_slice(end);
        line
    }

    /// Only these fields, in this order.
    fn ordered(&self, keys: &[&str]) -> Vec<u8> {
        let value_of = |key| {
            self.pairs.iter().find(|(name, _)| *name == key).map_or(&[][..], |(_, value)| value)
        };
        let pairs: Vec<_> = keys.iter().map(|&key| (key, value_of(key))).collect();
        object(&pairs, b"")
    }

    /// All fields, then more: keys that may come a second time.
    fn with(&self, more: &[(&str, &[u8])]) -> Vec<u8> {
        let usual = self.pairs.iter().map(|(key, value)| (*key, value.as_slice()));
        object(&usual.chain(more.iter().copied()).collect::<Vec<_>>(), b"")
    }

    /// All fields, one with another value, which need not be valid.
    fn replaced(&self, key: &str, value: &[u8]) -> Vec<u8> {
        let pairs = self
            .pairs
            .iter()
            .map(|(name, usual)| (*name, if *name == key { value } else { usual.as_slice() }));
        object(&pairs.collect::<Vec<_>>(), b"")
    }

    /// White space wherever JSON allows it within the object.
    fn spaced(&self, space: &[u8]) -> Vec<u8> {
        let pairs: Vec<_> =
            self.pairs.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        object(&pairs, space)
    }

    /// The first part of the line: the half of it for 2. Not at a token's end, unless by chance.
    fn cut(&self, part: usize) -> Vec<u8> {
        let line = self.usual();
        line[..line.len() / part].to_vec()
    }

    /// A message of 7,500 lines, full of escapes.
    fn huge(&self) -> Vec<u8> {
        let mut value = b"\"".to_vec();
        for n in 0..7_500 {
            value.extend_from_slice(
                format!("\\t{n:>8} of 300 KB \\u003cdata\\u003e \\\"{n:x}\\\"\\n").as_bytes(),
            );
        }
        value.push(b'"');
        self.replaced("out", &value)
    }
}

/// An object with `space` between its tokens.
fn object(pairs: &[(&str, &[u8])], space: &[u8]) -> Vec<u8> {
    let mut line = b"{".to_vec();
    for (n, (key, value)) in pairs.iter().enumerate() {
        let comma: &[u8] = if n == 0 { b"" } else { b"," };
        for part in [comma, space, b"\"", key.as_bytes(), b"\"", space, b":", space, value, space] {
            line.extend_from_slice(part);
        }
    }
    line.push(b'}');
    line
}

/// Every kind of odd line by name, made from `record`; the newline is not part of a line.
pub(super) fn all(record: &Record) -> Vec<(&'static str, Vec<u8>)> {
    let fields = Fields::of(record);
    let values = VALUES.iter().map(|(name, key, value)| (*name, fields.replaced(key, value)));
    let shapes = SHAPES.iter().map(|(name, shape)| (*name, shape(&fields)));
    let lines = LINES.iter().map(|(name, line)| (*name, line.to_vec()));
    values.chain(shapes).chain(lines).chain([(HUGE, fields.huge())]).collect()
}

/// One odd line made from `record`; `huge` allows the one of 300 KB.
pub(super) fn line(rng: &mut Rng, record: &Record, huge: bool) -> Vec<u8> {
    let fields = Fields::of(record);
    let (values, shapes, lines) = (VALUES.len() as u32, SHAPES.len() as u32, LINES.len() as u32);
    let draw = rng.u32(0..values + shapes + lines);
    if huge && rng.u32(0..400) == 0 {
        return fields.huge();
    }
    let nth = |offset: u32| (draw - offset) as usize;
    if draw < values {
        let (_, key, value) = VALUES[nth(0)];
        fields.replaced(key, value)
    } else if draw < values + shapes {
        SHAPES[nth(values)].1(&fields)
    } else {
        LINES[nth(values + shapes)].1.to_vec()
    }
}
