//! Objects one a line, and documents that span lines.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "pino",
        "ndjson",
        "pino.log",
        r#"{"level":30,"time":1773050400123,"pid":657,"hostname":"web-1","msg":"listening"}
{"level":50,"time":1773050401123,"pid":657,"hostname":"web-1","err":{"type":"Error"},"msg":"boom"}
"#,
    ),
    (
        "bunyan",
        "ndjson",
        "bunyan.log",
        r#"{"name":"api","hostname":"web-1","pid":7,"level":40,"msg":"slow query","time":"2026-03-09T10:00:00.500Z","v":0}
{"name":"api","hostname":"web-1","pid":7,"level":30,"msg":"done","time":"2026-03-09T10:00:01.500Z","v":0}
"#,
    ),
    (
        "zerolog",
        "ndjson",
        "zerolog.log",
        r#"{"level":"info","component":"cart","time":1773050400,"message":"started"}
{"level":"error","error":"connection refused","time":1773050401,"message":"cannot reach db"}
"#,
    ),
    (
        "slog",
        "ndjson",
        "slog.json",
        r#"{"time":"2026-03-09T10:00:00.123456789Z","level":"INFO","msg":"hello","count":3}
{"time":"2026-03-09T10:00:01.123456789Z","level":"WARN","msg":"slow","group":{"a":1}}
"#,
    ),
    (
        "serilog",
        "ndjson",
        "shop20260309.clef",
        r#"{"@t":"2026-03-09T10:00:00.1234567Z","@mt":"Hello {Name}","Name":"shop"}
{"@t":"2026-03-09T10:00:01.1234567Z","@mt":"Failed","@l":"Error","@x":"System.Exception: no"}
"#,
    ),
    (
        "zap",
        "ndjson",
        "zap.json",
        r#"{"level":"info","ts":1773050400.1234567,"caller":"server/main.go:42","msg":"listening","addr":":8080"}
{"level":"panic","ts":1773050401.5,"caller":"server/main.go:57","msg":"boom"}
"#,
    ),
    (
        "mongod",
        "ndjson",
        "mongod.log",
        r#"{"t":{"$date":"2026-03-09T10:00:00.123+00:00"},"s":"I","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections"}
{"t":{"$date":"2026-03-09T10:00:01.123+00:00"},"s":"W","c":"STORAGE","id":22120,"ctx":"main","msg":"Access control is not enabled"}
"#,
    ),
    (
        "journal-json",
        "ndjson",
        "journal.json",
        r#"{"__REALTIME_TIMESTAMP":"1773050400123456","PRIORITY":"6","_HOSTNAME":"web-1","_PID":"41","MESSAGE":"Started shop.service"}
{"__REALTIME_TIMESTAMP":"1773050401123456","PRIORITY":"3","_HOSTNAME":"web-1","_PID":"42","MESSAGE":"cannot bind"}
"#,
    ),
    (
        "ecs",
        "ndjson",
        "ecs.json",
        r#"{"@timestamp":"2026-03-09T10:00:00.123Z","log.level":"INFO","message":"started","ecs.version":"1.2.0"}
{"@timestamp":"2026-03-09T10:00:01.123Z","log.level":"WARN","message":"slow","ecs.version":"1.2.0"}
"#,
    ),
    (
        "cloud-logging",
        "ndjson",
        "entries.jsonl",
        r#"{"insertId":"a","jsonPayload":{"message":"one"},"severity":"INFO","timestamp":"2026-03-09T10:00:00Z"}
{"insertId":"b","textPayload":"two","severity":"ERROR","timestamp":"2026-03-09T10:00:01Z"}
"#,
    ),
    (
        "go-test",
        "ndjson",
        "test.json",
        r#"{"Time":"2026-03-09T10:00:00.1Z","Action":"run","Package":"shop/cart","Test":"TestSum"}
{"Time":"2026-03-09T10:00:00.2Z","Action":"output","Package":"shop/cart","Test":"TestSum","Output":"ok\n"}
"#,
    ),
    (
        "cargo-messages",
        "ndjson",
        "build.json",
        r#"{"reason":"compiler-artifact","package_id":"shop 0.1.0","fresh":true}
{"reason":"build-finished","success":true}
"#,
    ),
    (
        "go-panic-in-json",
        "ndjson",
        "crash.log",
        r#"{"level":"info","ts":1773050400.1,"msg":"listening"}
{"level":"error","ts":1773050401.1,"msg":"handler failed"}
panic: runtime error: index out of range
goroutine 7 [running]:
"#,
    ),
    (
        "bulk",
        "ndjson",
        "bulk.ndjson",
        r#"{"index":{"_index":"logs"}}
{"@timestamp":"2026-03-09T10:00:00Z","message":"first"}
{"index":{"_index":"logs"}}
{"@timestamp":"2026-03-09T10:00:01Z","message":"second"}
"#,
    ),
    (
        "event-stream",
        "ndjson",
        "stream.txt",
        r#": connected
event: log
data: {"level":"warn","msg":"first"}

data: {"level":"info","msg":"second"}
"#,
    ),
    (
        "json-sequence",
        "ndjson",
        "journal.seq",
        "\u{1e}{\"level\":\"error\",\"msg\":\"first\"}\n\
         \u{1e}{\"level\":\"info\",\"msg\":\"second\"}\n",
    ),
    (
        "ndjson-blanks",
        "ndjson",
        "spaced.json",
        r#"{"time": "2026-03-09T10:00:00Z", "level": "info", "msg": "started"}
{"time": "2026-03-09T10:00:01Z", "level": "info", "msg": "stopped"}
"#,
    ),
    (
        "ndjson-one-line",
        "ndjson",
        "one.json",
        r#"{"time":"2026-03-09T10:00:00Z","level":"info","msg":"started"}
"#,
    ),
    (
        "ndjson-crlf",
        "ndjson",
        "windows.json",
        "\u{feff}{\"Timestamp\":\"2026-03-09T10:00:00.123+01:00\",\"Level\":\"Information\",\"MessageTemplate\":\"Hello\"}\r\n\
         {\"Timestamp\":\"2026-03-09T10:00:01.123+01:00\",\"Level\":\"Error\",\"MessageTemplate\":\"Failed\"}\r\n",
    ),
    // The header of npm comes first; two objects with keys of a record among other lines.
    (
        "npm-banner",
        "ndjson",
        "npm.log",
        "\n\
         > shop@1.0.0 start\n\
         > node server.js\n\
         \n\
         {\"level\":30,\"time\":1773050400123,\"msg\":\"listening\"}\n\
         {\"level\":40,\"time\":1773050401123,\"msg\":\"slow query\"}\n",
    ),
    // A line of the shell comes first.
    (
        "json-behind-prompt",
        "ndjson",
        "shell.log",
        r#"$ kubectl logs web-1
{"level":"info","ts":1773050400.1,"msg":"listening"}
{"level":"warn","ts":1773050401.1,"msg":"slow"}
"#,
    ),
    // One line has a time, three are objects with keys of a record.
    (
        "more-objects-than-times",
        "ndjson",
        "boot.log",
        r#"2026-03-09 10:00:00 loading configuration
{"level":"info","ts":1773050400.1,"msg":"listening"}
{"level":"info","ts":1773050401.1,"msg":"ready"}
{"level":"warn","ts":1773050402.1,"msg":"slow"}
"#,
    ),
    (
        "array",
        "json",
        "export.json",
        r#"[
  {"ts": "2026-03-09T10:00:00Z", "level": "info", "message": "one"},
  {"ts": "2026-03-09T10:00:01Z", "level": "warn", "message": "two"}
]
"#,
    ),
    (
        "array-one-line",
        "json",
        "short.json",
        r#"[{"time":1773050400,"message":"a"},{"time":1773050401,"message":"b"}]
"#,
    ),
    ("array-empty", "json", "none.json", "[]\n"),
    (
        "array-crlf",
        "json",
        "windows-array.json",
        "\u{feff}[\r\n\
         \x20 {\"ts\": \"2026-03-09T10:00:00Z\", \"level\": \"info\", \"message\": \"one\"}\r\n\
         ]\r\n",
    ),
    (
        "circleci",
        "json",
        "output.json",
        r#"[{"message":"Spin up...\r\n","time":"2026-03-09T10:00:00.000Z","type":"out"}]
"#,
    ),
    (
        "cloudtrail",
        "json",
        "trail.json",
        r#"{"Records":[{"eventTime":"2026-03-09T10:00:00Z","eventName":"GetObject"},{"eventTime":"2026-03-09T10:00:01Z","eventName":"PutObject"}]}
"#,
    ),
    (
        "cloudwatch-events",
        "json",
        "events.json",
        r#"{"logGroup":"api","logEvents":[{"id":"1","timestamp":1773050400123,"message":"started"}]}
"#,
    ),
    (
        "azure-activity",
        "json",
        "activity.json",
        r#"{"records":[{"time":"2026-03-09T10:00:02Z","level":"Error","operationName":"write"}]}
"#,
    ),
    (
        "event-list",
        "json",
        "kubectl-events.json",
        r#"{
    "apiVersion": "v1",
    "items": [
        {"kind": "Event", "message": "Pulled image"}
    ],
    "kind": "EventList"
}
"#,
    ),
    (
        "jq-sequence",
        "json",
        "jq.json",
        r#"{
  "level": "info",
  "msg": "a"
}
{
  "level": "warn",
  "msg": "b"
}
"#,
    ),
    (
        "package-json",
        "json",
        "package.json",
        r#"{
  "name": "shop",
  "version": "1.0.0",
  "scripts": {"start": "node server.js"}
}
"#,
    ),
    // A document, then the text of a build: from there on the lines are rows.
    (
        "document-and-text",
        "json",
        "whoami.log",
        r#"{
  "Account": "000000000000",
  "Arn": "arn:aws:iam::000000000000:user/ci"
}
+ make deploy [dry-run]
done
"#,
    ),
    // RS and an object that spans lines.
    (
        "sequence-spread",
        "json",
        "pretty.seq",
        "\u{1e}{\n\
         \x20 \"level\": \"info\",\n\
         \x20 \"msg\": \"a\"\n\
         }\n",
    ),
    // Objects that hold records, but two lines of them.
    (
        "two-trails",
        "ndjson",
        "trails.json",
        r#"{"Records":[{"eventTime":"2026-03-09T10:00:00Z","eventName":"GetObject"}]}
{"Records":[{"eventTime":"2026-03-09T10:00:01Z","eventName":"PutObject"}]}
"#,
    ),
    // A message of its own, so the object is a record and does not hold others.
    (
        "records-with-message",
        "ndjson",
        "batch.json",
        r#"{"message":"batch done","items":[{"id":1},{"id":2}]}
"#,
    ),
    // The array is empty, so there are no records to hold.
    (
        "records-empty",
        "ndjson",
        "empty-items.json",
        r#"{"items":[],"next":null}
"#,
    ),
];
