//! Names of keys in arguments: whether records have them, and the columns that they give.

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Filter, Where};
use ripsaw::scan::Scan;

use super::report;
use super::settings::{Reading, refuse_key};

/// The name that stands for all columns.
const ALL_COLUMNS: &str = "all";

/// The scan with the columns that are asked for.
pub(super) fn with_columns(scan: Scan, reading: &Reading) -> Result<Scan> {
    // Of the entries that are read.
    let (keys, most) = &reading.keys;
    let scan = scan.keys(keys, *most)?;
    Ok(match &*reading.columns {
        [] => scan,
        [all] if all == ALL_COLUMNS => scan.all_columns(),
        names => scan.columns(names.iter().cloned()),
    })
}

/// Refuses names in `--where` that are no columns if no record has keys of its own, and warns of keys that no
/// record has.
pub(super) fn check_keys(filter: &Filter, scan: &Scan) -> Result<()> {
    let unknown = filter.wheres.iter().filter_map(Where::unknown);
    let Some(unknown) = unknown.into_iter().next() else { return Ok(()) };
    if !scan.has_keys() {
        let texts: Vec<&str> = filter.wheres.iter().map(Where::text).collect();
        let error = Error::new("cannot use --where", Location::default(), unknown.reason.clone());
        return Err(error.with_hint(format!("the filter is: {}", texts.join(" and "))));
    }
    let seen = scan.infer_parts();
    // Nothing was looked at of what can be read only once.
    if seen.records() > 0 {
        let keys = filter.wheres.iter().flat_map(Where::keys);
        for key in keys.filter(|key| !seen.has(key)) {
            let cause = format!("no record that was looked at has the key {:?}", key.join("/"));
            let warning = Error::new("--where", Location::default(), cause);
            report::warning(&warning.with_hint("ripsaw schema lists the keys"));
        }
    }
    Ok(())
}

/// As [`check_keys`], of the keys that other options name.
pub(super) fn check_key_texts(keys: &[(String, &'static str)], scan: &Scan) -> Result<()> {
    let Some((first, option)) = keys.first() else { return Ok(()) };
    if !scan.has_keys() {
        return Err(refuse_key(first, option));
    }
    let seen = scan.infer_parts();
    let unknown = keys.iter().filter(|(key, _)| seen.records() > 0 && !seen.has_named(key));
    for (key, option) in unknown {
        let cause = format!("no record that was looked at has the key {key:?}");
        let warning = Error::new(*option, Location::default(), cause);
        report::warning(&warning.with_hint("ripsaw schema lists the keys"));
    }
    Ok(())
}
