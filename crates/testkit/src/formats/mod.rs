//! Every format by plain loops and from the rules of `docs/formats.md` alone.

mod lines;
mod stamps;
mod times;
mod apify;
mod keys;
mod record;
mod json;
mod cri;
mod envelope;
mod deepset;
mod names;
mod execution;
mod recognise;

pub use execution::firstgen_execution;
pub use keys::usual;
pub use names::identity;
pub use recognise::recognise;

use crate::oracle::{self, Row};

/// The formats, by name, but for `ripsaw`: its rows are those of the others, so that the test of it
/// (`readback_ndjson`) needs no rules of its own.
pub const FORMATS: [&str; 13] = [
    "harness", "firstgen", "apify", "azure", "github", "docker", "cri", "access", "ndjson", "json",
    "deepset", "stamped", "text",
];

/// The extra of a line that continues another.
const CONTINUED: &str = r#"{"continued":true}"#;

/// The rows of one file, without bundle, file and identity; but `origin` of deepset is a stage.
pub fn rows(format: &str, text: &[u8], max_line: usize) -> Vec<Row> {
    match format {
        "harness" => oracle::file(text, max_line),
        "firstgen" => lines::stamped(text, max_line, stamps::FirstGen::get()),
        "apify" => apify::rows(text, max_line),
        "azure" | "github" => lines::stamped(text, max_line, stamps::GitHub::get()),
        "docker" => json::docker(text, max_line),
        "cri" => cri::rows(text, max_line),
        "access" => lines::stamped(text, max_line, stamps::Access::get()),
        "ndjson" => json::ndjson(text, max_line),
        "json" => json::json(text, max_line),
        "deepset" => deepset::rows(text, max_line),
        "stamped" => lines::stamped(text, max_line, stamps::Any::get()),
        "text" => lines::plain(text, max_line),
        other => panic!("no format {other}"),
    }
}
