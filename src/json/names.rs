//! The keys in common use: of loggers, exporters and platforms, in order of preference.

use Kind::{Any, Bytes, Mongo, Otel, Syslog, Text, Weak, Word};

/// What a key takes for its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All that fits the column.
    Any,
    /// Levels: their words alone, no numbers.
    Word,
    /// Levels: words of more than a letter or two, which may mean something else: the key keeps its value.
    Weak,
    /// Levels: the letters of MongoDB, `F` to `D5`.
    Mongo,
    /// Levels: the numbers of syslog, 0 to 7.
    Syslog,
    /// Levels: the numbers of OpenTelemetry, 1 to 24.
    Otel,
    /// Messages: strings alone.
    Text,
    /// Messages: also an array of bytes, as journald writes what is not plain text.
    Bytes,
}

/// Keys of the time. A dot separates the names of nested keys, which may as well be one key with the dot.
pub(crate) const TIMES: [&str; 39] = [
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "logged_at",
    // Serilog's compact form, Python, Monolog, `go test`, Serilog, Log4j 2, MongoDB, zap's short form.
    "@t",
    "asctime",
    "datetime",
    "Time",
    "Timestamp",
    "timeMillis",
    "instant",
    "t",
    "T",
    // CloudTrail, OTLP, journald, nginx, Azure, Better Stack, Splunk, Okta, Kubernetes.
    "eventTime",
    "timeUnixNano",
    "observedTimeUnixNano",
    "__REALTIME_TIMESTAMP",
    "time_iso8601",
    "time_local",
    "TimeGenerated",
    "EventTime",
    "event_time",
    "log_time",
    "dt",
    "_time",
    "published",
    "requestReceivedTimestamp",
    "lastTimestamp",
    "date",
    "Date",
    "created",
    "created_at",
    "createdAt",
    "start_time",
    "StartUTC",
    "msec",
    "ingestionTime",
    // Papertrail.
    "generated_at",
];

/// Keys of the level.
pub(super) const LEVELS: [(&str, Kind); 27] = [
    ("level", Any),
    ("severity", Any),
    ("lvl", Any),
    ("@level", Any),
    ("@l", Any),
    ("log.level", Any),
    ("levelname", Any),
    ("level_name", Any),
    ("level.name", Any),
    ("LogLevel", Any),
    ("Level", Any),
    ("loglevel", Any),
    ("log_level", Any),
    ("Severity", Any),
    ("severityText", Any),
    ("SeverityText", Any),
    ("severity_text", Any),
    ("severityNumber", Otel),
    ("SeverityNumber", Otel),
    ("error_severity", Word),
    ("L", Word),
    ("s", Mongo),
    ("PRIORITY", Syslog),
    // Datadog.
    ("status", Weak),
    // Papertrail, Azure.
    ("severity_name", Word),
    ("SeverityLevel", Word),
    ("severityLevel", Word),
];

/// Keys of the message. `event` is the message only of an object that has none of the names before it.
pub(super) const MESSAGES: [(&str, Kind); 25] = [
    ("msg", Any),
    ("message", Any),
    ("log", Any),
    ("out", Any),
    ("body", Any),
    ("@message", Any),
    ("@m", Any),
    ("short_message", Any),
    ("RenderedMessage", Any),
    ("Message", Any),
    ("MESSAGE", Bytes),
    ("textPayload", Any),
    ("body.stringValue", Any),
    ("body.intValue", Any),
    ("body.doubleValue", Any),
    ("body.boolValue", Any),
    ("Body", Any),
    ("event", Any),
    ("@mt", Any),
    ("MessageTemplate", Any),
    ("Output", Text),
    ("line", Text),
    ("M", Text),
    // Azure, Splunk.
    ("SyslogMessage", Any),
    ("_raw", Text),
];

/// Objects that records are in, beside what their sender adds: Elasticsearch, Google Cloud, Rust's tracing,
/// Loguru, Datadog. Their members count as the record's own, after these.
pub(super) const WRAPPERS: [&str; 5] = ["_source", "jsonPayload", "fields", "record", "attributes"];
