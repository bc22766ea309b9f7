//! Names of keys in arguments: whether records have them, and the columns that they give.

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Filter, Where};
use ripsaw::scan::{KeyPolicy, Scan, column_index};
use ripsaw::table::lines_schema;

/// The name that stands for all columns.
const ALL_COLUMNS: &str = "all";

/// The scan with its columns of keys, and of these those that are named; none: all that are filled.
pub(super) fn with_columns(
    scan: Scan,
    (keys, most): &(KeyPolicy, usize),
    names: &[String],
) -> Result<Scan> {
    let scan = scan.keys(keys, *most)?;
    let scan = match names {
        [] => scan,
        [all] if all == ALL_COLUMNS => scan.all_columns(),
        names => scan.columns(names.iter().cloned()),
    };
    // Before any output is created: a name that no column has.
    scan.schema()?;
    Ok(scan)
}

/// A name that is no column, for logs whose records have no keys of their own.
pub(super) fn refuse_key(name: &str, option: &str) -> Error {
    let unknown = column_index(&lines_schema(), name, format!("cannot use {option}"));
    unknown.expect_err("it is no column")
}

/// The warnings of [`check_keys`] and [`check_key_texts`].
pub(super) fn check_names(
    filter: &Filter,
    keys: &[(String, &'static str)],
    scan: &Scan,
) -> Result<Vec<Error>> {
    let mut missing = check_keys(filter, scan)?;
    missing.extend(check_key_texts(keys, scan)?);
    Ok(missing)
}

/// Refuses names in `--where` that are no columns if no record has keys of its own; returns warnings of keys
/// that no record has.
fn check_keys(filter: &Filter, scan: &Scan) -> Result<Vec<Error>> {
    let unknown = filter.wheres.iter().find_map(Where::unknown);
    let Some(unknown) = unknown else { return Ok(Vec::new()) };
    if !scan.has_keys() {
        let texts: Vec<&str> = filter.wheres.iter().map(Where::text).collect();
        let error = Error::new("cannot use --where", Location::default(), unknown.reason.clone());
        return Err(error.with_hint(format!("the filter is: {}", texts.join(" and "))));
    }
    let seen = scan.infer_parts();
    // Nothing was looked at of what can be read only once.
    let keys = filter.wheres.iter().flat_map(Where::keys);
    let missing = keys.filter(|key| seen.records() > 0 && !seen.has(key));
    Ok(missing.map(|key| missing_key("--where", &key.join("/"))).collect())
}

/// As [`check_keys`], of the keys that other options name.
fn check_key_texts(keys: &[(String, &'static str)], scan: &Scan) -> Result<Vec<Error>> {
    let Some((first, option)) = keys.first() else { return Ok(Vec::new()) };
    if !scan.has_keys() {
        return Err(refuse_key(first, option));
    }
    let seen = scan.infer_parts();
    let missing = keys.iter().filter(|(key, _)| seen.records() > 0 && !seen.has_named(key));
    Ok(missing.map(|(key, option)| missing_key(option, key)).collect())
}

/// The warning of a key that no record has.
fn missing_key(option: &'static str, key: &str) -> Error {
    let cause = format!("no record that was looked at has the key {key:?}");
    Error::new(option, Location::default(), cause).with_hint("ripsaw schema lists the keys")
}
