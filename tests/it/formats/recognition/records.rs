//! Docker's, deepset's and ripsaw's own objects, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "docker-plain",
        "docker",
        "4f1c-json.log",
        r#"{"log":"listening on :8080\n","stream":"stdout","time":"2026-03-09T10:00:00.125641305Z"}
{"log":"warning: slow\n","stream":"stderr","time":"2026-03-09T10:00:01.1Z"}
"#,
    ),
    (
        "docker-attrs",
        "docker",
        "attrs-json.log",
        r#"{"log":"one\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-03-09T10:00:00.125641305Z"}
{"log":"two\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-03-09T10:00:01.125641305Z"}
"#,
    ),
    (
        "docker-json",
        "docker",
        "app-json.log",
        r#"{"log":"{\"level\":\"error\",\"msg\":\"failed\"}\n","stream":"stdout","time":"2026-03-09T10:00:00.123456789Z"}
{"log":"{\"level\":\"info\",\"msg\":\"retry\"}\n","stream":"stdout","time":"2026-03-09T10:00:01.123456789Z"}
"#,
    ),
    (
        "docker-parts",
        "docker",
        "parts-json.log.1",
        r#"{"log":"first half ","stream":"stdout","time":"2026-03-09T10:00:00.123456789Z"}
{"log":"second half\n","stream":"stdout","time":"2026-03-09T10:00:00.123456790Z"}
{"log":"next\n","stream":"stdout","time":"2026-03-09T10:00:02Z"}
"#,
    ),
    (
        "docker-one-line",
        "docker",
        "one-json.log",
        r#"{"log":"hello\n","stream":"stdout","time":"2026-03-09T10:00:00.125641305Z"}
"#,
    ),
    (
        "docker-bom-crlf",
        "docker",
        "copied.log",
        "\u{feff}{\"log\":\"hello\\r\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-09T10:00:00.125641305Z\"}\r\n\
         {\"log\":\"bye\\r\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-09T10:00:01.125641305Z\"}\r\n",
    ),
    // The command's line comes first; the objects among other lines are Docker's.
    (
        "docker-behind-prompt",
        "docker",
        "shell.txt",
        r#"$ sudo cat 4f1c-json.log
{"log":"hello\n","stream":"stdout","time":"2026-03-09T10:00:00.125641305Z"}
{"log":"bye\n","stream":"stdout","time":"2026-03-09T10:00:01.125641305Z"}
"#,
    ),
    // No `time`: what some collectors leave of Docker's records.
    (
        "docker-no-time",
        "ndjson",
        "fluent.json",
        r#"{"log":"hello\n","stream":"stdout"}
{"log":"bye\n","stream":"stdout"}
"#,
    ),
    // An array of Docker's records.
    (
        "docker-array",
        "json",
        "array.json",
        r#"[
  {"log":"hello\n","stream":"stdout","time":"2026-03-09T10:00:00.125641305Z"},
  {"log":"bye\n","stream":"stdout","time":"2026-03-09T10:00:01.125641305Z"}
]
"#,
    ),
    // One of Docker's records, over several lines.
    (
        "docker-spread",
        "json",
        "spread.json",
        r#"{
  "log": "hello\n",
  "stream": "stdout",
  "time": "2026-03-09T10:00:00.125641305Z"
}
"#,
    ),
    (
        "deepset-page",
        "deepset",
        "page-1.json",
        r#"{
  "data": [
    {"log_id": "aa01", "message": "Query failed", "logged_at": "2026-03-09T10:00:00Z", "level": "error", "origin": "querypipeline"}
  ],
  "has_more": false,
  "total": 1
}
"#,
    ),
    (
        "deepset-page-line",
        "deepset",
        "page-2.json",
        r#"{"data":[{"log_id":"aa02","message":"ok","logged_at":"2026-03-09T10:00:00Z","level":"info","origin":"haystack"}],"has_more":false,"total":1}
"#,
    ),
    (
        "deepset-records",
        "deepset",
        "records.ndjson",
        r#"{"log_id":"cc01","message":"one","logged_at":"2026-03-09T10:00:00Z","level":"info","origin":"haystack"}
{"log_id":"cc02","message":"two","logged_at":"2026-03-09T10:00:01Z","level":"info","origin":"haystack"}
"#,
    ),
    (
        "deepset-array",
        "deepset",
        "array-of-logs.json",
        r#"[
{"log_id":"bb01","message":"one","logged_at":"2026-03-09T10:00:00Z","level":"debug","origin":"haystack"},
{"log_id":"bb02","message":"two","logged_at":"2026-03-09T10:00:01Z","level":"info","origin":"haystack"}
]
"#,
    ),
    (
        "deepset-csv",
        "deepset",
        "logs.csv",
        r#"log_id,logged_at,level,origin,message
dd01,2026-03-09T10:00:00Z,info,querypipeline,started
dd02,2026-03-09T10:00:01Z,error,haystack,"first line
second line"
"#,
    ),
    (
        "deepset-csv-windows",
        "deepset",
        "excel.csv",
        "\u{feff}level,logged_at,message,log_id\r\n\
         info,2026-03-09T10:00:00Z,\"a, b\",dd01\r\n",
    ),
    // A page has `total` as well.
    (
        "deepset-no-total",
        "ndjson",
        "answer.json",
        r#"{"data":[{"id":1}],"has_more":false}
"#,
    ),
    // The same over several lines.
    (
        "deepset-spread-no-total",
        "json",
        "answer-pretty.json",
        r#"{
  "data": [{"id": 1}],
  "has_more": false
}
"#,
    ),
    // `log_id` without `logged_at`.
    (
        "deepset-no-date",
        "ndjson",
        "ids.json",
        r#"{"log_id":"cc01","message":"one","timestamp":"2026-03-09T10:00:00Z"}
{"log_id":"cc02","message":"two","timestamp":"2026-03-09T10:00:01Z"}
"#,
    ),
    // A table with `log_id`, but without `logged_at`: any other table of a log.
    (
        "deepset-csv-no-date",
        "csv",
        "ids.csv",
        "log_id,timestamp,message\n\
         cc01,2026-03-09T10:00:00Z,one\n\
         cc02,2026-03-09T10:00:01Z,two\n",
    ),
    (
        "ripsaw-all",
        "ripsaw",
        "rows.ndjson",
        r#"{"bundle":"logs.zip","file":"api.log","line":1,"account":null,"org":null,"project":null,"pipeline":null,"run":null,"execution":null,"stage":null,"step_group":null,"step":null,"unit":null,"iteration":null,"timestamp":"2026-03-09T10:00:00Z","zone":"Z","level":"INFO","level_number":3,"level_text":"info","pos":null,"message":"begin","args":null,"extra":null,"parse_error":null}
{"bundle":"logs.zip","file":"api.log","line":2,"account":null,"org":null,"project":null,"pipeline":null,"run":null,"execution":null,"stage":null,"step_group":null,"step":null,"unit":null,"iteration":null,"timestamp":"2026-03-09T10:00:01Z","zone":"Z","level":"INFO","level_number":3,"level_text":"info","pos":null,"message":"end","args":null,"extra":null,"parse_error":null}
"#,
    ),
    (
        "ripsaw-omit-nulls",
        "ripsaw",
        "short-rows.ndjson",
        r#"{"bundle":"logs.zip","file":"api.log","line":1,"timestamp":"2026-03-09T10:00:00Z","zone":"Z","level":"WARN","level_number":4,"level_text":"WARNING","message":"slow"}
{"bundle":"logs.zip","file":"api.log","line":3,"message":"text"}
"#,
    ),
    (
        "ripsaw-keys",
        "ripsaw",
        "key-rows.ndjson",
        r#"{"bundle":"logs.zip","file":"api.log","line":1,"timestamp":"2026-03-09T10:00:00Z","level":"INFO","level_number":3,"level_text":"info","message":"one","host":"web-1"}
{"bundle":"logs.zip","file":"api.log","line":2,"timestamp":"2026-03-09T10:00:01Z","level":"INFO","level_number":3,"level_text":"info","message":"two","host":"web-1"}
"#,
    ),
    (
        "ripsaw-error",
        "ripsaw",
        "error-rows.ndjson",
        "\u{feff}{\"bundle\":\"logs.zip\",\"file\":\"api.log\",\"line\":5,\"message\":\"{cut\",\"parse_error\":\"invalid JSON at byte 4\"}\n\
         {\"bundle\":\"logs.zip\",\"file\":\"api.log\",\"line\":6,\"parse_error\":\"could not read the rest of the entry\"}\n",
    ),
    (
        "ripsaw-one-row",
        "ripsaw",
        "one-row.ndjson",
        r#"{"bundle":"logs.zip","file":"a/b.log","line":7,"level_text":"odd","extra":{"message":null}}
"#,
    ),
    // `bundle` is not there.
    (
        "ripsaw-without-bundle",
        "ndjson",
        "findings.json",
        r#"{"file":"src/cart.js","line":12,"message":"unused variable","level":"warning"}
{"file":"src/user.js","line":7,"message":"missing semicolon","level":"warning"}
"#,
    ),
    // `line` is a text, and `msg` no column.
    (
        "ripsaw-line-text",
        "ndjson",
        "bundles.json",
        r#"{"bundle":"main.js","file":"src/cart.js","line":"12","msg":"unused variable"}
{"bundle":"main.js","file":"src/user.js","line":"7","msg":"missing semicolon"}
"#,
    ),
    // The right beginning, but keys and none of the columns that prove a row.
    (
        "ripsaw-foreign-key",
        "ndjson",
        "foreign.json",
        r#"{"bundle":"main.js","file":"src/cart.js","line":12,"message":"unused","rule":"no-unused"}
{"bundle":"main.js","file":"src/user.js","line":7,"message":"missing","rule":"semi"}
"#,
    ),
];
