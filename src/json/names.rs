//! The keys that loggers and exporters in wide use have for time, level and message, in order of preference.

/// Usual keys of times: of many writers first, then those of Serilog, Python, Log4j, Go, and exporters.
pub(super) const TIMES: [&str; 16] = [
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "logged_at",
    "@t",
    "asctime",
    "datetime",
    "timeMillis",
    "Time",
    "Timestamp",
    "T",
    "eventTime",
    "created",
    "date",
    "__REALTIME_TIMESTAMP",
];

/// Usual keys of levels.
pub(super) const LEVELS: [&str; 11] = [
    "level",
    "severity",
    "lvl",
    "@level",
    "@l",
    "levelname",
    "level_name",
    "log.level",
    "LogLevel",
    "Level",
    "L",
];

/// Usual keys of messages.
pub(super) const MESSAGES: [&str; 17] = [
    "msg",
    "message",
    "log",
    "out",
    "body",
    "@message",
    "@m",
    "@mt",
    "short_message",
    "Message",
    "RenderedMessage",
    "textPayload",
    "fields.message",
    "MESSAGE",
    "event",
    "Output",
    "M",
];
