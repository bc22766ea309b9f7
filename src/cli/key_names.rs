//! Names of keys in arguments: whether records have them, and the columns that they give.

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Filter, Selection, Where};
use ripsaw::scan::{self, KeyPolicy, Scan};
use ripsaw::table::{Column, lines_schema};

/// The name that stands for all columns.
const ALL_COLUMNS: &str = "all";

/// The option that takes spans of time as well.
pub(super) const COUNT_BY: &str = "--count-by";

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

/// Searches the columns of keys as well where `extra` is searched: they have what would be there.
pub(super) fn search_keys(scan: Scan, selection: &Selection) -> Scan {
    let Some(schema) = scan.key_schema() else { return scan };
    if !selection.searched.contains(&Column::Extra.index()) {
        return scan;
    }
    let keys = Column::ALL.len()..Column::ALL.len() + schema.keys.len();
    let searched = selection.searched.iter().copied().chain(keys).collect();
    scan.select(Selection { searched, ..selection.clone() })
}

/// The error of a name that is not a column, for logs whose records have no keys of their own.
pub(super) fn unknown_column(name: &str, option: &str) -> Error {
    let error = scan::unknown_column(&lines_schema(), name, format!("cannot use {option}"));
    match error.hint() {
        Some(hint) if option == COUNT_BY => {
            let hint = format!("{hint}; spans are day, hour, minute");
            error.with_hint(hint)
        }
        _ => error,
    }
}

/// Refuses names in `--where` and other options that are not columns, if no record has keys of its own; returns
/// warnings of keys that no record has.
pub(super) fn check_names(
    filter: &Filter,
    names: &[(String, &'static str)],
    scan: &Scan,
) -> Result<Vec<Error>> {
    let unknown = filter.wheres.iter().find_map(Where::unknown);
    if unknown.is_none() && names.is_empty() {
        return Ok(Vec::new());
    }
    if !scan.has_keys() {
        return Err(match (unknown, names) {
            (None, [(name, option), ..]) => unknown_column(name, option),
            _ => refuse_filter(filter, unknown.map_or("", |mistake| &mistake.reason)),
        });
    }
    let seen = scan.infer_parts();
    // Nothing was looked at of what can be read only once.
    if seen.records() == 0 {
        return Ok(Vec::new());
    }
    let keys = filter.wheres.iter().filter(|_| unknown.is_some()).flat_map(Where::keys);
    let in_filter = keys.filter(|key| !seen.has(key)).map(|key| ("--where", key.join("/")));
    let named = names.iter().filter(|(name, _)| !seen.has_named(name));
    let missing = in_filter.chain(named.map(|(name, option)| (*option, name.clone())));
    Ok(missing.map(|(option, key)| missing_key(option, &key)).collect())
}

/// The error of a filter with a name that is not a column.
fn refuse_filter(filter: &Filter, reason: &str) -> Error {
    let texts: Vec<&str> = filter.wheres.iter().map(Where::text).collect();
    Error::new("cannot use --where", Location::default(), reason)
        .with_hint(format!("the filter is: {}", texts.join(" and ")))
}

/// The warning of a key that no record has.
fn missing_key(option: &'static str, key: &str) -> Error {
    let cause = format!("no record that was looked at has the key {key:?}");
    Error::new(option, Location::default(), cause).with_hint("ripsaw schema lists the keys")
}
