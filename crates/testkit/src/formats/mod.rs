//! Every format by plain loops and from the rules of `docs/formats.md` alone.

mod lines;
mod stamps;
mod times;
mod apify;
mod keys;
mod record;
mod json;
mod cri;
mod steps;
mod gitlab;
mod jenkins;
mod gh;
mod buildkite;
mod envelope;
mod deepset;
mod names;
mod execution;
mod made;
mod logfmt;
mod csv;
mod syslog;
mod klog;
mod clock;
mod prefixed;
mod recognise;

pub use execution::firstgen_execution;
pub use jenkins::status;
pub use keys::usual;
pub use names::identity;
pub use recognise::recognise;
pub use steps::stretches;

use crate::oracle::{self, Row};

/// The formats, by name, but for `ripsaw`: its rows are those of the others, so that the test of it
/// (`readback_ndjson`) needs no rules of its own.
pub const FORMATS: [&str; 23] = [
    "harness",
    "firstgen",
    "apify",
    "azure",
    "github",
    "docker",
    "gitlab",
    "jenkins",
    "gh",
    "buildkite",
    "cri",
    "access",
    "ndjson",
    "json",
    "syslog",
    "klog",
    "prefixed",
    "logfmt",
    "csv",
    "deepset",
    "stamped",
    "clock",
    "text",
];

/// When files were last changed of which it is not told, in seconds since 1970: 2026-11-20T00:00:00Z. It tells
/// the year of times without one.
pub const MODIFIED: i64 = 1_795_132_800;

/// The extra of a line that continues another.
const CONTINUED: &str = r#"{"continued":true}"#;

/// The formats whose files are entries for each stretch of lines of one stage and step.
pub fn has_steps(format: &str) -> bool {
    matches!(format, "gitlab" | "jenkins" | "gh" | "buildkite")
}

/// The formats of which the level is a word in any text.
pub fn has_any_level(format: &str) -> bool {
    matches!(format, "gitlab" | "jenkins" | "buildkite" | "syslog" | "prefixed" | "clock")
}

/// The rows of one file, without bundle, file and identity; but `origin` of deepset is a stage, and
/// the formats with steps tell stage and step of each row.
pub fn rows(format: &str, text: &[u8], max_line: usize) -> Vec<Row> {
    rows_of(format, "", text, max_line, Some(MODIFIED))
}

/// The rows of one file of this name that was last changed at a time, if that is known.
pub fn rows_of(
    format: &str,
    file: &str,
    text: &[u8],
    max_line: usize,
    modified: Option<i64>,
) -> Vec<Row> {
    match format {
        "harness" => oracle::file(text, max_line),
        "firstgen" => lines::stamped(text, max_line, stamps::FirstGen::get()),
        "apify" => apify::rows(text, max_line),
        "azure" | "github" => lines::stamped(text, max_line, stamps::GitHub::get()),
        "docker" => json::docker(text, max_line),
        "gitlab" => gitlab::rows(text, max_line),
        "jenkins" => jenkins::rows(text, max_line, file),
        "gh" => gh::rows(text, max_line),
        "buildkite" => buildkite::rows(text, max_line),
        "cri" => cri::rows(text, max_line),
        "access" => lines::stamped(text, max_line, stamps::Access::get()),
        "ndjson" => json::ndjson(text, max_line),
        "json" => json::json(text, max_line),
        "syslog" => syslog::rows(text, max_line, modified),
        "klog" => klog::rows(text, max_line, modified),
        "prefixed" => prefixed::rows(text, max_line, modified),
        "logfmt" => logfmt::rows(text, max_line),
        "csv" => csv::rows(text, max_line),
        "deepset" => deepset::rows(text, max_line),
        "stamped" => lines::stamped(text, max_line, stamps::Any::get()),
        "clock" => clock::rows(text, max_line, file),
        "text" => lines::plain(text, max_line),
        other => panic!("no format {other}"),
    }
}
