//! Lines for every rule of the table, and logs made of them.

/// Lines of one log, without their newlines.
pub fn lines() -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = TEXT.iter().map(|line| line.as_bytes().to_vec()).collect();
    lines.extend(BYTES.iter().map(|line| line.to_vec()));
    lines.extend(levels());
    for depth in [126, 127, 128, 129, 200] {
        lines.push(format!(r#"{{"deep":{}{}}}"#, "[".repeat(depth), "]".repeat(depth)).into());
        let open = r#"{"args":"#.repeat(depth);
        lines.push(format!("{open}1{}", "}".repeat(depth)).into());
        lines.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into());
    }
    let long = "0123456789abcdef".repeat(300 * 64);
    lines.push(format!(r#"{{"level":"INFO","pos":0,"out":"{long}\n","time":null}}"#).into());
    lines.push(format!(r#"{{"out":"cut in the middle {long}"#).into());
    lines.push(record("the last one"));
    lines
}

/// A record as the platform writes it.
pub fn record(message: &str) -> Vec<u8> {
    let message = serde_json::to_string(message).unwrap();
    let rest = r#""time":"2024-05-01T10:00:00.123456789Z","args":null"#;
    format!(r#"{{"level":"INFO","pos":7,"out":{message},{rest}}}"#).into()
}

fn levels() -> impl Iterator<Item = Vec<u8>> {
    let words = "TRACE DEBUG INFO WARN ERROR FATAL WARNING ERR CRITICAL NOTICE PERF SFAIL \
                 INFORMATION PANIC EMERG 10 20 30 40 50 60 0 35 70 100 VERBOSE EROR DBUG OFF İNFO INFOS INF";
    let words = words.split_whitespace().flat_map(|word| {
        [word.to_owned(), word.to_lowercase(), word.to_lowercase().replacen(['e', 'r'], "E", 1)]
    });
    let spaced =
        ["", " ", " INFO", "INFO ", "\\tERROR", "\\u0049NFO", "info\\n"].map(str::to_owned);
    let quoted = words.chain(spaced).map(|word| format!(r#"{{"level":"{word}","out":"x"}}"#));
    let bare = ["10", "20", "30", "40", "50", "60", "30.0", "3e1", "-10", "0", "true", "null"];
    let bare = bare.into_iter().chain(["[]", "{}", r#"["INFO"]"#, r#"{"name":"INFO"}"#]);
    quoted.chain(bare.map(|word| format!(r#"{{"level":{word}}}"#))).map(String::into_bytes)
}

const TEXT: &[&str] = &[
    // As written by the platform.
    r#"{"level":"info","pos":0,"out":"+ go build\n","time":"2024-05-01T10:00:00.123456789Z","args":null}"#,
    r#"{"level":"INFO","pos":0,"out":"\u003cb\u003e \u0026 \u001b[1;91m\u001b[40mred\u001b[0m","time":"2024-05-01T10:00:00Z","args":{}}"#,
    r#"{"level":"","pos":2,"out":"","time":"0001-01-01T00:00:00Z","args":{"PodName":"a","PodNamespace":"b"}}"#,
    r#"{"pos":1,"out":"drone","time":12}"#,
    "{}",
    " \t{ } \r",
    // Positions.
    r#"{"pos":"7"}"#,
    r#"{"pos":7.0}"#,
    r#"{"pos":-0}"#,
    r#"{"pos":0}"#,
    r#"{"pos":-1}"#,
    r#"{"pos":-0.0}"#,
    r#"{"pos":1e3}"#,
    r#"{"pos":9223372036854775807}"#,
    r#"{"pos":9223372036854775808}"#,
    r#"{"pos":-9223372036854775808}"#,
    r#"{"pos":-9223372036854775809}"#,
    r#"{"pos":18446744073709551615}"#,
    r#"{"pos":18446744073709551616}"#,
    r#"{"pos":123456789012345678901234567890}"#,
    r#"{"pos":true}"#,
    r#"{"pos":null}"#,
    r#"{"pos":[1]}"#,
    r#"{"pos":{}}"#,
    r#"{"pos":01}"#,
    r#"{"pos":+1}"#,
    // Messages.
    r#"{"out":5}"#,
    r#"{"out":-0}"#,
    r#"{"out":1.0e5}"#,
    r#"{"out":false}"#,
    r#"{"out":null}"#,
    r#"{"out":{"a": 1}}"#,
    r#"{"out":[1, "\n"]}"#,
    r#"{"out":"a\n"}"#,
    r#"{"out":"a\r\n"}"#,
    r#"{"out":"a\n\n"}"#,
    r#"{"out":"a\r\n\r\n"}"#,
    r#"{"out":"a\r"}"#,
    r#"{"out":"\n"}"#,
    r#"{"out":"\r\n"}"#,
    r#"{"out":"\n\r"}"#,
    r#"{"out":"10%\r20%\rdone\r\r\n"}"#,
    r#"{"out":"one\ntwo\n"}"#,
    r#"{"out":"\u001b[32mgreen\u001b[0m\n"}"#,
    r#"{"out":"\u001b[32mgreen\n\u001b[0m"}"#,
    r#"{"out":"\u001b]0;title\u0007text\u001b"}"#,
    r#"{"out":"cut \u001b[1;9... (log line truncated)"}"#,
    r#"{"out":"cut... (log line truncated)\n"}"#,
    r#"{"out":"cut... (log line truncated)\u001b[0m\n"}"#,
    r#"{"out":"text below... (log line truncated)\n\n"}"#,
    r#"{"out":"not cut... (log line truncated) here"}"#,
    r#"{"out":"\u0000\u0001\u007f\u0085\u2028\ufffd\/\b\f"}"#,
    r#"{"out":"é漢😀 \ud83d\ude00 \u00e9"}"#,
    // Times.
    r#"{"time":"yesterday"}"#,
    r#"{"time":""}"#,
    r#"{"time":null}"#,
    r#"{"time":1714557600}"#,
    r#"{"time":true}"#,
    r#"{"time":{}}"#,
    r#"{"time":["2024-05-01T10:00:00Z"]}"#,
    r#"{"time":"2024-05-01T10:00:00"}"#,
    r#"{"time":"2024-05-01 10:00:00.5"}"#,
    r#"{"time":"2024-05-01t10:00:00z"}"#,
    r#"{"time":"2024-05-01T10:00:00.123456789+05:30"}"#,
    r#"{"time":"2024-05-01T10:00:00-0530"}"#,
    r#"{"time":"2024-05-01T10:00:00+23:59"}"#,
    r#"{"time":"2024-05-01T10:00:00+24:00"}"#,
    r#"{"time":"2024-05-01T10:00:00+05"}"#,
    r#"{"time":"2024-05-01T10:00:00.123456789012Z"}"#,
    r#"{"time":"2024-05-01T10:00:00.123456789000Z"}"#,
    r#"{"time":"2024-05-01T10:00:00.Z"}"#,
    r#"{"time":"2024-05-01T10:00:00,5Z"}"#,
    r#"{"time":"2016-12-31T23:59:60Z"}"#,
    r#"{"time":"2024-05-01T10:00:60.25Z"}"#,
    r#"{"time":"2024-05-01T10:00:61Z"}"#,
    r#"{"time":"2024-05-01T24:00:00Z"}"#,
    r#"{"time":"2024-02-29T00:00:00Z"}"#,
    r#"{"time":"2023-02-29T00:00:00Z"}"#,
    r#"{"time":"1900-02-29T00:00:00Z"}"#,
    r#"{"time":"1969-12-31T23:59:59.999999999Z"}"#,
    r#"{"time":"1969-12-31T23:59:59.9999994Z"}"#,
    r#"{"time":"1677-09-21T00:12:43.145224192Z"}"#,
    r#"{"time":"1677-09-21T00:12:43.145224191Z"}"#,
    r#"{"time":"2262-04-11T23:47:16.854775807Z"}"#,
    r#"{"time":"2262-04-11T23:47:16.854775808Z"}"#,
    r#"{"time":"9999-12-31T23:59:59Z"}"#,
    r#"{"time":"0000-01-01T00:00:00+00:01"}"#,
    r#"{"time":" 2024-05-01T10:00:00Z"}"#,
    r#"{"time":"2024-05-01T10:00:00Z "}"#,
    r#"{"time":"2024-05-01T10:00:00é"}"#,
    r#"{"time":"\u0032024-05-01T10:00:00Z"}"#,
    // Arguments.
    r#"{"args":null}"#,
    r#"{"args":{}}"#,
    r#"{"args": { } }"#,
    r#"{"args":{"":""}}"#,
    r#"{"args":{"n":1.0e5,"b":true,"z":null,"o":{"a": [1, 2]},"l":[ ],"s":"\u0041\n"}}"#,
    r#"{"args":{"a":"1","b":"2","a":"3","a":"4"}}"#,
    r#"{"args":{"a":1,"\u0061":2},"a":5,"a":6}"#,
    r#"{"args":{"a":1,"a":2},"args":{"b":1}}"#,
    r#"{"args":{"b":1},"args":{"a":{"x":1,"x":2},"a":2}}"#,
    r#"{"args":{"a":"1"},"args":null}"#,
    r#"{"args":[]}"#,
    r#"{"args":[{"a":"1"}]}"#,
    r#"{"args":"a"}"#,
    r#"{"args":0}"#,
    r#"{"args":false}"#,
    // Other keys, and keys that come again.
    r#"{"unknown":1,"out":"x"}"#,
    r#"{"Level":"INFO","OUT":"x","":0}"#,
    r#"{"a":1.0e5,"b":"\u0041\/","c": { "d" : [ 1 ,2 ] } , "e":-0,"f":1E400000}"#,
    r#"{"a":1.0e5,"b":"\u0041\/","c": { "d" : [ 1 ,2 ] } , "e":-0,"f":0.1e1}"#,
    r#"{"level":"ERROR","level":"INFO"}"#,
    r#"{"level":"ERROR","level":null}"#,
    r#"{"level":"ERROR","level":[],"level":{}}"#,
    r#"{"pos":1,"pos":2,"pos":3}"#,
    r#"{"pos":1,"pos":"2"}"#,
    r#"{"time":"2024-05-01T10:00:00Z","time":"x"}"#,
    r#"{"time":"x","time":"2024-05-01T10:00:00Z"}"#,
    r#"{"out":"a","out":"b","out":"b"}"#,
    r#"{"o\u0075t":"escaped","lev\u0065l":"WARN","p\u006fs":3,"tim\u0065":"2024-05-01T10:00:00Z","\u0061rgs":{}}"#,
    r#"{"x":1,"x":1, "x" : [ 1 ] ,"y":2,"y":{"z":1,"z":2}}"#,
    r#"{"_duplicates":1,"a":1}"#,
    r#"{"\"quoted\"":1,"new\nline":2,"\u0000":3,"é😀":4}"#,
    r#"{"big":123456789012345678901234567890,"small":1e-400,"huge":1e308}"#,
    r#"{"huge":1e309}"#,
    // Whitespace.
    " {\t\"level\" :\r\"INFO\" , \"out\":  \"x\" ,\"k\" : [ 1,\t2 ]\t}  ",
    "{\"out\":\"x\"}\r",
    "{\"k\":[1,\r2]}\r",
    "{\"out\":\"x\"}\u{b}",
    "{\"out\":\"x\"}\u{a0}",
    "\u{feff}{\"out\":\"not at the start\"}",
    "",
    " ",
    "\t \t",
    "\r",
    " \r",
    "\r\r",
    "\r ",
    "\u{a0}",
    "\u{c}",
    // No records.
    "plain text",
    "null",
    "true",
    "0",
    "-",
    "\"text\"",
    "[]",
    r#"[{"out":"x"}]"#,
    "{",
    "}",
    r#"{"out""#,
    r#"{"out":"#,
    r#"{"out":"x"#,
    r#"{"out":"x\"#,
    r#"{"out":"x\u00"#,
    r#"{"out":"x""#,
    r#"{"out":"x","#,
    r#"{"out":"x",}"#,
    r#"{"out":"x"}}"#,
    r#"{"out":"x"} {"out":"y"}"#,
    r#"{"out":"x"}{"#,
    r#"{"out":"x"},"#,
    r#"{"out":"x" "pos":1}"#,
    r#"{"out" "x"}"#,
    r#"{out:"x"}"#,
    r#"{'out':'x'}"#,
    r#"{1:2}"#,
    r#"{null:2}"#,
    r#"{"a":NaN}"#,
    r#"{"a":Infinity}"#,
    r#"{"a":.5}"#,
    r#"{"a":5.}"#,
    r#"{"a":5e}"#,
    r#"{"a":0x10}"#,
    r#"{"a":-}"#,
    r#"{"a":tru}"#,
    r#"{"a":nulll}"#,
    r#"{"a":[1,]}"#,
    r#"{"a":[1 2]}"#,
    r#"{"a":[1}"#,
    r#"{"a":{]}"#,
    r#"{"a":"\x"}"#,
    r#"{"a":"\u12g4"}"#,
    r#"{"a":1 /* comment */}"#,
    r#"{"out":"lone \ud800"}"#,
    r#"{"out":"lone \udc00"}"#,
    r#"{"out":"swapped \udc00\ud800"}"#,
    r#"{"out":"two \ud800\ud800\udc00"}"#,
    r#"{"out":"high \uD83D then \u0041"}"#,
    r#"{"other":"lone \ud800"}"#,
    r#"{"lone \ud800":1}"#,
    r#"{"args":{"lone \udfff":"1"}}"#,
    r#"{"out":"no surrogate \\ud800"}"#,
    "{\"out\":\"tab\there\"}",
    "{\"out\":\"esc\u{1b}[0m\"}",
    "{\"tab\there\":1}",
    "{\"out\":\"del\u{7f}\"}",
    "{\"other\":\"tab\there\"}",
    "a\u{1b}[31mred\u{1b}[0m\r",
];

const BYTES: &[&[u8]] = &[
    b"{\"out\":\"\xff\"}",
    b"{\"out\":\"cut \xe6\xbc\"}",
    b"{\"out\":\"overlong \xc0\x80\"}",
    b"{\"out\":\"surrogate \xed\xa0\x80\"}",
    b"{\"out\":\"above \xf4\x90\x80\x80\"}",
    b"{\"\xff\":1}",
    b"{\"other\":\"\x80\"}",
    b"{\"args\":{\"a\":\"\xfe\"}}",
    b"{\"out\":\"x\"}\xff",
    b"\xff\xfe{\x00}\x00",
    b"{\"out\":\"\x00\"}",
    b"{\"out\":\"x\"}\x00",
    b"\x00",
    b"\x00{}",
    b"{\"out\":\"\x01\x1f\"}",
    b"\x80\x81 caf\xe9 \xf0\x9f\x98",
];

/// The lines as one text.
pub fn joined(lines: &[Vec<u8>], newline: &str) -> Vec<u8> {
    lines.iter().flat_map(|line| line.iter().copied().chain(newline.bytes())).collect()
}

/// Entries of a bundle, by path, in bytewise order.
pub fn bundle() -> Vec<(String, Vec<u8>)> {
    let lines = lines();
    let run = "acc/acc/pipeline/deploy/12/-exec1";
    let mark = b"\xef\xbb\xbf";
    let mut reversed = lines.clone();
    reversed.reverse();
    let mut entries = vec![
        (format!("{run}/build/compile"), joined(&lines, "\n")),
        (format!("{run}/build/empty"), Vec::new()),
        (
            format!("{run}/build/group/step-commandUnit:Install / Upgrade"),
            joined(&reversed, "\r\n"),
        ),
        (format!("{run}/build/marked"), [&mark[..], &joined(&lines[..3], "\n")].concat()),
        (format!("{run}/build/marked_blank"), [&mark[..], b" \n{}\n"].concat()),
        (format!("{run}/build/marked_only"), mark.to_vec()),
        (format!("{run}/build/marked_twice"), [&mark[..], mark, b"{}\n"].concat()),
        (format!("{run}/build/newlines"), b"\n\n\r\n \n\n".to_vec()),
        (
            format!("{run}/build/no_newline"),
            joined(&lines[..2], "\n")[1..].trim_ascii_end().to_vec(),
        ),
        (format!("{run}/build/no_newline_bad"), b"{}\n{\"out\":".to_vec()),
        (format!("{run}/build/no_newline_blank"), b"{}\n \t".to_vec()),
        (format!("{run}/build_0/ShellScript_0_1"), joined(&[record("looped")], "\n")),
        ("no layout at all.log".to_owned(), joined(&[record("plain")], "\n")),
    ];
    entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    entries
}
