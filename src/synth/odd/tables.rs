//! Odd values and odd lines, as bytes: cases of JSON, of times, of levels and of text that is not JSON.
//!
//! Tests refer to the cases by their names. Bytes, not text, since some are not UTF-8.

/// Records of which one field has an unusual value: kind, key, JSON text. Some are not JSON, and make the
/// whole line invalid.
pub(super) const VALUES: &[(&str, &str, &[u8])] = &[
    // pino and bunyan write numbers; the addon copies whatever level the user's program writes.
    ("level-number", "level", b"30"),
    ("level-null", "level", b"null"),
    ("level-bool", "level", b"true"),
    ("level-object", "level", br#"{"name":"warn"}"#),
    ("level-empty", "level", br#""""#),
    ("level-lower-case", "level", br#""error""#),
    ("level-free-text", "level", br#""Informational (custom)""#),
    ("level-padded", "level", br#"" WARN ""#),
    // A scalar in place of the message is text; objects and arrays go to `extra`.
    ("out-number", "out", b"12.50"),
    ("out-null", "out", b"null"),
    ("out-bool", "out", b"false"),
    ("out-object", "out", br#"{"event":"login","ok":true,"tags":["a","b"]}"#),
    ("out-array", "out", br#"["a",1,null]"#),
    ("out-empty", "out", br#""""#),
    // Messages of which nothing is left once newline and escape sequences are removed.
    ("out-newline-only", "out", br#""\r\n""#),
    ("out-ansi-only", "out", br#""\u001b[0m\u001b[K""#),
    // Sequences that a cut has left open, and one that ends in a backslash (ST).
    ("out-ansi-unfinished", "out", br#""cut \u001b[38;5""#),
    (
        "out-osc-link",
        "out",
        br#""\u001b]8;;https://acme.example\u0007link\u001b]8;;\u001b\\ end\n""#,
    ),
    ("out-escapes-unusual", "out", br#""\u0041\/\u00e9\u20AC\b\f\u007f""#),
    // serde_json takes pairs of surrogates and refuses lone ones.
    ("out-surrogate-pair", "out", br#""\ud83d\ude80 up""#),
    ("out-surrogate-lone-high", "out", br#""a\ud83db""#),
    ("out-surrogate-lone-low", "out", br#""a\ude80b""#),
    ("out-surrogates-reversed", "out", br#""\ude80\ud83d""#),
    ("out-surrogate-at-end", "out", br#""a\ud83d""#),
    // A Windows path that was not escaped, and an escape that is cut.
    ("out-escape-unknown", "out", br#""C:\work\x""#),
    ("out-escape-short", "out", br#""\u12""#),
    ("out-nul-escaped", "out", br#""a\u0000b""#),
    // Latin-1, and the forms of UTF-8 that are forbidden: too long, a surrogate, cut.
    ("out-invalid-utf8", "out", b"\"caf\xe9 \xff\xfe\""),
    ("out-overlong-utf8", "out", b"\"\xc0\xaf\""),
    ("out-surrogate-utf8", "out", b"\"\xed\xa0\xbd\""),
    ("out-utf8-cut", "out", b"\"\xe2\x82\""),
    // JSON forbids raw bytes below 0x20, and only those.
    ("out-raw-tab", "out", b"\"a\tb\""),
    ("out-raw-control", "out", b"\"a\x01\x1b[0mb\""),
    ("out-raw-nul", "out", b"\"a\0b\""),
    ("out-raw-delete", "out", b"\"a\x7fb\""),
    ("out-raw-separators", "out", "\"a\u{2028}b\u{2029}c\u{85}d\"".as_bytes()),
    ("out-raw-return", "out", b"\"a\rb\""),
    ("out-unclosed", "out", b"\"never closed"),
    ("out-looks-like-json", "out", br#""{\"level\":\"FATAL\",\"out\":\"inner\"}""#),
    // Only integers of 64 bits have a place in the column; other values go to `extra` as written.
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
    // Out of a float's range, and forms that JSON does not have: invalid, all of them.
    ("pos-huge-exponent", "pos", b"1e400"),
    ("pos-leading-zeros", "pos", b"007"),
    ("pos-plus", "pos", b"+1"),
    ("pos-nan", "pos", b"NaN"),
    // Seconds, as Drone writes them, and what is not a time.
    ("time-seconds", "time", b"1773063661"),
    ("time-null", "time", b"null"),
    ("time-empty", "time", br#""""#),
    ("time-no-zone", "time", br#""2026-03-09T13:41:01.5""#),
    // Digits that nanoseconds do not hold, and the limits of a time and of 64 bits.
    ("time-12-digits", "time", br#""2026-03-09T13:41:01.123456789012Z""#),
    ("time-9-digits", "time", br#""2026-03-09T13:41:01.123456789Z""#),
    ("time-zero", "time", br#""0001-01-01T00:00:00Z""#),
    ("time-last", "time", br#""9999-12-31T23:59:59.999999999Z""#),
    ("time-int64-end", "time", br#""2262-04-11T23:47:16.854775807Z""#),
    ("time-past-int64", "time", br#""2262-04-11T23:47:16.854775808Z""#),
    ("time-garbage", "time", br#""yesterday at noon""#),
    // Dates that do not exist, and some that do.
    ("time-month-13", "time", br#""2026-13-01T00:00:00Z""#),
    ("time-february-30", "time", br#""2026-02-30T00:00:00Z""#),
    ("time-leap-day", "time", br#""2024-02-29T12:00:00Z""#),
    ("time-leap-second", "time", br#""2026-06-30T23:59:60Z""#),
    ("time-hour-24", "time", br#""2026-03-09T24:00:00Z""#),
    // Offsets and separators in the forms that are accepted, and some that are not.
    ("time-zone-no-colon", "time", br#""2026-03-09T19:11:01.25+0530""#),
    ("time-zone-colon", "time", br#""2026-03-09T19:11:01.25+05:30""#),
    ("time-zone-negative", "time", br#""2026-03-09T05:41:01-08:00""#),
    ("time-zone-minus-zero", "time", br#""2026-03-09T13:41:01-00:00""#),
    ("time-lower-case", "time", br#""2026-03-09t13:41:01z""#),
    ("time-space", "time", br#""2026-03-09 13:41:01Z""#),
    ("time-comma", "time", br#""2026-03-09T13:41:01,5Z""#),
    ("time-escaped", "time", br#""2026-03-09T13:41:01\u005a""#),
    // Go's type is a map of strings; other writers put anything here.
    ("args-empty", "args", b"{}"),
    ("args-strings", "args", br#"{"PodName":"sd-7c9","PodNamespace":"mesh","":"empty key"}"#),
    ("args-numbers", "args", br#"{"n":1,"big":123456789012345678901234567890,"f":1.50,"e":1E5}"#),
    ("args-nested", "args", br#"{"a":{"b":[1,{"c":null}]},"d":[ ],"t":true,"n":null}"#),
    ("args-duplicate", "args", br#"{"k":"first","k":"second"}"#),
    ("args-array", "args", br#"["a","b"]"#),
    ("args-string", "args", br#""none""#),
    ("args-unclosed", "args", br#"{"a":1"#),
];

/// Whole lines: kind, bytes. Blank ones give no row, those that are not a JSON object give an error row.
pub(super) const LINES: &[(&str, &[u8])] = &[
    ("blank-empty", b""),
    ("blank-spaces", b"   "),
    ("blank-tabs", b" \t\t "),
    ("blank-crlf", b"\r"),
    // What a shell prints between records, in any encoding.
    ("text-plain", b"+ make release"),
    ("text-brace", b"{ this is no JSON }"),
    ("text-latin1", b"Stra\xdfe gesperrt"),
    ("text-binary", b"\x00\x01\x02\xff\xfe\x1b[31m\x7f"),
    ("text-form-feed", b"\x0c"),
    ("json-empty-object", b"{}"),
    // Valid JSON that is not an object.
    ("json-array", br#"[{"level":"info","out":"in an array"}]"#),
    ("json-string", br#""just a string""#),
    ("json-number", b"42"),
    ("json-null", b"null"),
    ("json-true", b"true"),
    (
        "json-foreign",
        br#"{"timestamp":"2026-03-09T13:41:01Z","severity":"notice","message":"other names"}"#,
    ),
    // What other languages write for JSON, and what looser parsers would take.
    ("json-single-quotes", br#"{'level':'info','out':'python'}"#),
    ("json-comment", br#"{"level":"info",/* no */"out":"x"}"#),
    ("json-empty-key", br#"{"":"","out":"x"}"#),
    // Keys are compared once they are decoded, byte by byte.
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
