//! What the names in an export say of a log: `<app>_<name>_<time>_<id><4>/<step>_<unit>_<id><4>.log`.
//!
//! Names are free text and may contain `_`; ids are base64url, which has `_` and `-`. So nothing is split
//! from the left: ids are at the end, and are cut off by their length.

use crate::identity::Identity;

/// The folder at the root of an export.
pub(super) const EXPORT: &str = "HarnessExecutionsLogs";

/// Characters of an id: 16 bytes in base64url.
const ID: usize = 22;

/// Random characters after an id, which keep equal names apart.
const RANDOM: usize = 4;

/// Whether a file is below the root folder of an export, in the bundle's name or in its path.
pub(super) fn is_in_export(bundle: &str, path: &str) -> bool {
    bundle.split('/').chain(path.split('/').rev().skip(1)).any(|part| part == EXPORT)
}

/// What the names of archive, folder and log say. `execution.json` says it better, if there is one.
pub(super) fn identify(bundle: &str, path: &str) -> Identity {
    let account = account_of(bundle);
    let Some((folder, name)) = split(bundle, path) else {
        return Identity { account, ..of_log(path.rsplit('/').next().unwrap_or(path)) };
    };
    let (prefix, execution) = cut_id(folder).unwrap_or((folder, ""));
    let prefix = cut_time(prefix);
    // `<app>_<name>`, if exactly one `_` separates them; with more, no one knows which.
    let pipeline = match prefix.split_once('_') {
        Some((_, pipeline)) if !pipeline.contains('_') => pipeline,
        _ => prefix,
    };
    Identity { account, pipeline: text(pipeline), execution: text(execution), ..of_log(name) }
}

/// The folder of the execution that a file is in, and the rest of its path. `None` if neither a folder of
/// the path nor the bundle ends in an id. Names are not cleaned when they are written: a `/` in one looks
/// like another folder.
pub(super) fn split<'a>(bundle: &'a str, path: &'a str) -> Option<(&'a str, &'a str)> {
    let below = path.find(&format!("{EXPORT}/")).map_or(0, |at| at + EXPORT.len() + 1);
    let path = &path[below..];
    let ends = path.match_indices('/').map(|(end, _)| end);
    // A folder with a time is certain; one that only ends in 26 fitting characters is not.
    let found = ends.clone().find(|&end| has_time(&path[..end]));
    let found = found.or_else(|| ends.clone().find(|&end| cut_id(&path[..end]).is_some()));
    match found {
        Some(end) => Some((&path[..end], &path[end + 1..])),
        // The input is the folder itself.
        None => {
            let folder = bundle.trim_end_matches('/').rsplit('/').next().unwrap_or(bundle);
            (!path.contains('/') && cut_id(folder).is_some()).then_some((folder, path))
        }
    }
}

/// Whether a folder's name has a time before its id.
fn has_time(folder: &str) -> bool {
    cut_id(folder).is_some_and(|(prefix, _)| cut_time(prefix).len() < prefix.len())
}

/// Step and unit by the name of a log, `<step>_<unit>_<id><4>.log`.
fn of_log(name: &str) -> Identity {
    let stem = name.strip_suffix(".log").unwrap_or(name);
    let stem = cut_id(stem).map_or(stem, |(prefix, _)| prefix);
    let (step, unit) = stem.rsplit_once('_').unwrap_or((stem, ""));
    Identity { step: text(step), unit: text(unit), ..Identity::default() }
}

/// The part of a name before its id, and the id; `None` if it does not end in one.
fn cut_id(name: &str) -> Option<(&str, &str)> {
    let (prefix, end) = name.split_at_checked(name.len().checked_sub(ID + RANDOM)?)?;
    let is_id = end.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let is_random = end.bytes().skip(ID).all(|b| b.is_ascii_alphanumeric());
    // A name may be nothing but the id.
    let prefix = if prefix.is_empty() { prefix } else { prefix.strip_suffix('_')? };
    (is_id && is_random).then_some((prefix, &end[..ID]))
}

/// The part of a name before its time, `_2020-06-05T20-50-58-752`; all of it if there is none.
fn cut_time(prefix: &str) -> &str {
    // `d` is a digit. In a file name a time has `-` in place of its colons and its point.
    const SHAPE: &[u8] = b"_dddd-dd-ddTdd-dd-dd-ddd";
    let Some((before, time)) =
        prefix.len().checked_sub(SHAPE.len()).and_then(|at| prefix.split_at_checked(at))
    else {
        return prefix;
    };
    let fits = |(shape, byte): (&u8, u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        other => *other == byte,
    };
    if SHAPE.iter().zip(time.bytes()).all(fits) { before } else { prefix }
}

/// The account by the name of an archive, `<account>_<request>.zip`; both are ids.
fn account_of(bundle: &str) -> Option<String> {
    let name = bundle.rsplit(['/', '!']).next()?;
    let (account, rest) = name.strip_suffix(".zip")?.split_at_checked(ID)?;
    let is_id =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let request = rest.strip_prefix('_').filter(|request| request.len() == ID)?;
    (is_id(account) && is_id(request)).then(|| account.to_owned())
}

/// A part of a name; an empty one counts as absent.
pub(super) fn text(part: &str) -> Option<String> {
    (!part.is_empty()).then(|| part.to_owned())
}
