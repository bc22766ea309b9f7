//! Odd lines: what a record can look like when something else than the platform's Go code wrote it.

use fastrand::Rng;

use super::ndjson::Record;

/// Records whose one field has an unusual value: kind, key, JSON text.
const VALUES: &[(&str, &str, &[u8])] = &[
    ("level-number", "level", b"30"),
    ("level-null", "level", b"null"),
    ("level-bool", "level", b"true"),
    ("level-object", "level", br#"{"name":"warn"}"#),
    ("level-empty", "level", br#""""#),
    ("level-lower-case", "level", br#""error""#),
    ("level-free-text", "level", br#""Informational (custom)""#),
    ("level-padded", "level", br#"" WARN ""#),
    ("out-number", "out", b"12.50"),
    ("out-null", "out", b"null"),
    ("out-bool", "out", b"false"),
    ("out-object", "out", br#"{"event":"login","ok":true,"tags":["a","b"]}"#),
    ("out-array", "out", br#"["a",1,null]"#),
    ("out-empty", "out", br#""""#),
    ("out-newline-only", "out", br#""\r\n""#),
    ("out-ansi-only", "out", br#""\u001b[0m\u001b[K""#),
    ("out-ansi-unfinished", "out", br#""cut \u001b[38;5""#),
    (
        "out-osc-link",
        "out",
        br#""\u001b]8;;https://acme.example\u0007link\u001b]8;;\u001b\\ end\n""#,
    ),
    ("out-escapes-unusual", "out", br#""\u0041\/\u00e9\u20AC\b\f\u007f""#),
    ("out-surrogate-pair", "out", br#""\ud83d\ude80 up""#),
    ("out-surrogate-lone-high", "out", br#""a\ud83db""#),
    ("out-surrogate-lone-low", "out", br#""a\ude80b""#),
    ("out-surrogates-reversed", "out", br#""\ude80\ud83d""#),
    ("out-surrogate-at-end", "out", br#""a\ud83d""#),
    ("out-escape-unknown", "out", br#""C:\work\x""#),
    ("out-escape-short", "out", br#""\u12""#),
    ("out-nul-escaped", "out", br#""a\u0000b""#),
    ("out-invalid-utf8", "out", b"\"caf\xe9 \xff\xfe\""),
    ("out-overlong-utf8", "out", b"\"\xc0\xaf\""),
    ("out-surrogate-utf8", "out", b"\"\xed\xa0\xbd\""),
    ("out-utf8-cut", "out", b"\"\xe2\x82\""),
    ("out-raw-tab", "out", b"\"a\tb\""),
    ("out-raw-control", "out", b"\"a\x01\x1b[0mb\""),
    ("out-raw-nul", "out", b"\"a\0b\""),
    ("out-raw-delete", "out", b"\"a\x7fb\""),
    ("out-raw-separators", "out", "\"a\u{2028}b\u{2029}c\u{85}d\"".as_bytes()),
    ("out-raw-return", "out", b"\"a\rb\""),
    ("out-unclosed", "out", b"\"never closed"),
    ("out-looks-like-json", "out", br#""{\"level\":\"FATAL\",\"out\":\"inner\"}""#),
    ("pos-string", "pos", br#""17""#),
    ("pos-float", "pos", b"1.0"),
    ("pos-exponent", "pos", b"1e3"),
    ("pos-negative", "pos", b"-5"),
    ("pos-minus-zero", "pos", b"-0"),
    ("pos-null", "pos", b"null"),
    ("pos-int64-max", "pos", b"9223372036854775807"),
    ("pos-int64-max-plus-one", "pos", b"9223372036854775808"),
    ("pos-uint64-max", "pos", b"18446744073709551615"),
    ("pos-30-digits", "pos", b"123456789012345678901234567890"),
    ("pos-huge-exponent", "pos", b"1e400"),
    ("pos-leading-zeros", "pos", b"007"),
    ("pos-plus", "pos", b"+1"),
    ("pos-nan", "pos", b"NaN"),
    ("time-seconds", "time", b"1773063661"),
    ("time-null", "time", b"null"),
    ("time-empty", "time", br#""""#),
    ("time-no-zone", "time", br#""2026-03-09T13:41:01.5""#),
    ("time-12-digits", "time", br#""2026-03-09T13:41:01.123456789012Z""#),
    ("time-9-digits", "time", br#""2026-03-09T13:41:01.123456789Z""#),
    ("time-zero", "time", br#""0001-01-01T00:00:00Z""#),
    ("time-last", "time", br#""9999-12-31T23:59:59.999999999Z""#),
    ("time-int64-end", "time", br#""2262-04-11T23:47:16.854775807Z""#),
    ("time-past-int64", "time", br#""2262-04-11T23:47:16.854775808Z""#),
    ("time-garbage", "time", br#""yesterday at noon""#),
    ("time-month-13", "time", br#""2026-13-01T00:00:00Z""#),
    ("time-february-30", "time", br#""2026-02-30T00:00:00Z""#),
    ("time-leap-day", "time", br#""2024-02-29T12:00:00Z""#),
    ("time-leap-second", "time", br#""2026-06-30T23:59:60Z""#),
    ("time-hour-24", "time", br#""2026-03-09T24:00:00Z""#),
    ("time-zone-no-colon", "time", br#""2026-03-09T19:11:01.25+0530""#),
    ("time-zone-colon", "time", br#""2026-03-09T19:11:01.25+05:30""#),
    ("time-zone-negative", "time", br#""2026-03-09T05:41:01-08:00""#),
    ("time-zone-minus-zero", "time", br#""2026-03-09T13:41:01-00:00""#),
    ("time-lower-case", "time", br#""2026-03-09t13:41:01z""#),
    ("time-space", "time", br#""2026-03-09 13:41:01Z""#),
    ("time-comma", "time", br#""2026-03-09T13:41:01,5Z""#),
    ("time-escaped", "time", br#""2026-03-09T13:41:01\u005a""#),
    ("args-empty", "args", b"{}"),
    ("args-strings", "args", br#"{"PodName":"sd-7c9","PodNamespace":"mesh","":"empty key"}"#),
    ("args-numbers", "args", br#"{"n":1,"big":123456789012345678901234567890,"f":1.50,"e":1E5}"#),
    ("args-nested", "args", br#"{"a":{"b":[1,{"c":null}]},"d":[ ],"t":true,"n":null}"#),
    ("args-duplicate", "args", br#"{"k":"first","k":"second"}"#),
    ("args-array", "args", br#"["a","b"]"#),
    ("args-string", "args", br#""none""#),
    ("args-unclosed", "args", br#"{"a":1"#),
];

/// Whole lines: kind, bytes.
const LINES: &[(&str, &[u8])] = &[
    ("blank-empty", b""),
    ("blank-spaces", b"   "),
    ("blank-tabs", b" \t\t "),
    ("blank-crlf", b"\r"),
    ("text-plain", b"+ make release"),
    ("text-brace", b"{ this is no JSON }"),
    ("text-latin1", b"Stra\xdfe gesperrt"),
    ("text-binary", b"\x00\x01\x02\xff\xfe\x1b[31m\x7f"),
    ("text-form-feed", b"\x0c"),
    ("json-empty-object", b"{}"),
    ("json-array", br#"[{"level":"info","out":"in an array"}]"#),
    ("json-string", br#""just a string""#),
    ("json-number", b"42"),
    ("json-null", b"null"),
    ("json-true", b"true"),
    (
        "json-foreign",
        br#"{"timestamp":"2026-03-09T13:41:01Z","severity":"notice","message":"other names"}"#,
    ),
    ("json-single-quotes", br#"{'level':'info','out':'python'}"#),
    ("json-comment", br#"{"level":"info",/* no */"out":"x"}"#),
    ("json-empty-key", br#"{"":"","out":"x"}"#),
    (
        "json-key-escaped",
        br#"{"\u006cevel":"WARN","o\u0075t":"escaped keys","time":"2026-03-09T13:41:01Z"}"#,
    ),
    ("json-key-invalid-utf8", b"{\"out\":\"x\",\"k\xff\":1}"),
    (
        "json-keys-upper-case",
        br#"{"Level":"WARN","Pos":1,"Out":"x","Time":"2026-03-09T13:41:01Z"}"#,
    ),
    ("json-key-unquoted", br#"{level:"info",out:"x"}"#),
    ("json-no-colon", br#"{"level" "info"}"#),
    ("json-mismatched", br#"{"level":"info","args":[}]"#),
];

/// A record's fields, each as JSON text.
struct Fields {
    pairs: Vec<(&'static str, Vec<u8>)>,
}

type Shape = fn(&Fields) -> Vec<u8>;

/// Kinds that arrange the fields anew.
const SHAPES: &[(&str, Shape)] = &[
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
    ("unknown-scalar", |fields| fields.with(&[("ElaspedTime", b"12")])),
    ("unknown-nested", |fields| {
        fields.with(&[("ctx", br#"{ "a" : [1, 2.0, {"b":"\u003c"}] }"#), ("z", b"null")])
    }),
    ("unknown-duplicates", |fields| fields.with(&[("k", b"1"), ("k", b"\"two\"")])),
    ("unknown-big-integer", |fields| fields.with(&[("id", b"123456789012345678901234567890")])),
    ("unknown-huge-float", |fields| fields.with(&[("f", b"1e400")])),
    ("unknown-duplicates-key", |fields| fields.with(&[("_duplicates", b"[1]")])),
    ("duplicate-out", |fields| fields.with(&[("out", b"\"the last one wins\"")])),
    ("duplicate-three-levels", |fields| {
        fields.with(&[("level", b"\"WARN\""), ("level", b"\"ERROR\"")])
    }),
    ("duplicate-time-and-args", |fields| {
        fields.with(&[("time", b"\"bad\""), ("args", b"{\"a\":\"b\"}")])
    }),
    ("space-between-tokens", |fields| fields.spaced(b" ")),
    ("tabs-between-tokens", |fields| fields.spaced(b"\t \r ")),
    ("space-around", |fields| [b" \t", &*fields.usual(), b"  "].concat()),
    ("crlf", |fields| [&*fields.usual(), b"\r"].concat()),
    ("byte-order-mark", |fields| [b"\xef\xbb\xbf", &*fields.usual()].concat()),
    ("truncated-half", |fields| fields.cut(2)),
    ("truncated-last-byte", |fields| {
        fields.usual().split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec())
    }),
    ("truncated-brace", |_| b"{".to_vec()),
    ("trailing-comma", |fields| fields.closed(b",}")),
    ("trailing-text", |fields| [&*fields.usual(), b" and more"].concat()),
    ("two-records", |fields| [fields.usual(), fields.usual()].concat()),
    ("record-after-text", |fields| [b"stdout: ", &*fields.usual()].concat()),
    ("nested-100", |fields| fields.with(&[("deep", &nested(100))])),
    ("nested-126", |fields| fields.with(&[("deep", &nested(126))])),
    ("nested-127", |fields| fields.with(&[("deep", &nested(127))])),
    ("nested-128", |fields| fields.with(&[("deep", &nested(128))])),
    ("nested-200", |fields| fields.with(&[("deep", &nested(200))])),
    ("nested-200-unclosed", |fields| fields.closed(&[b",\"deep\":", &*b"[".repeat(200)].concat())),
    ("many-unknown-keys", |fields| {
        let more: Vec<u8> = (0..200).flat_map(|n| format!(",\"k{n}\":{n}").into_bytes()).collect();
        fields.closed(&[&*more, b"}"].concat())
    }),
];

/// The record of 300 KB; apart, because a few of them would be most of a small bundle.
const HUGE: &str = "huge";

fn nested(depth: usize) -> Vec<u8> {
    [b"[".repeat(depth), b"]".repeat(depth)].concat()
}

impl Fields {
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

    fn usual(&self) -> Vec<u8> {
        self.closed(b"}")
    }

    /// The fields in their order, then `end` in place of the closing brace.
    fn closed(&self, end: &[u8]) -> Vec<u8> {
        let pairs: Vec<_> =
            self.pairs.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        let mut line = object(&pairs, b"");
        line.pop();
        line.extend_from_slice(end);
        line
    }

    fn ordered(&self, keys: &[&str]) -> Vec<u8> {
        let value_of = |key| {
            self.pairs.iter().find(|(name, _)| *name == key).map_or(&[][..], |(_, value)| value)
        };
        let pairs: Vec<_> = keys.iter().map(|&key| (key, value_of(key))).collect();
        object(&pairs, b"")
    }

    fn with(&self, more: &[(&str, &[u8])]) -> Vec<u8> {
        let usual = self.pairs.iter().map(|(key, value)| (*key, value.as_slice()));
        object(&usual.chain(more.iter().copied()).collect::<Vec<_>>(), b"")
    }

    fn replaced(&self, key: &str, value: &[u8]) -> Vec<u8> {
        let pairs = self
            .pairs
            .iter()
            .map(|(name, usual)| (*name, if *name == key { value } else { usual.as_slice() }));
        object(&pairs.collect::<Vec<_>>(), b"")
    }

    fn spaced(&self, space: &[u8]) -> Vec<u8> {
        let pairs: Vec<_> =
            self.pairs.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        object(&pairs, space)
    }

    fn cut(&self, part: usize) -> Vec<u8> {
        let line = self.usual();
        line[..line.len() / part].to_vec()
    }

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
