//! Which keys of generic JSON are columns: `--keys`, `--schema`, `--max-columns`.

use std::path::Path;

use ripsaw::error::Result;
use ripsaw::scan::KeyPolicy;

use super::super::args::{KeyArgs, KeyPlace};

/// The keys that are columns, and how many columns there may be.
///
/// # Errors
/// A file of `--schema` that cannot be read, or is not a schema.
pub(in crate::cli) fn keys_of(args: &KeyArgs) -> Result<(KeyPolicy, usize)> {
    let most = usize::try_from(args.max_columns).unwrap_or(usize::MAX);
    let keys = match args.keys {
        KeyPlace::Extra => KeyPolicy::Extra,
        KeyPlace::Columns => match args.schema.to_str() {
            Some("sample") => KeyPolicy::Sample,
            Some("scan") => KeyPolicy::Scan,
            _ => KeyPolicy::read(Path::new(&args.schema)).map_err(|error| {
                error.with_hint("--schema takes sample, scan or a file: the JSON of 'ripsaw schema', or Parquet")
            })?,
        },
    };
    Ok((keys, most))
}
