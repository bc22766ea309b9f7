//! What shows that an index still fits: the file that it is of, and the options that change rows.

use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use twox_hash::XxHash3_64;
use zerocopy::IntoBytes as _;

use super::file::Key;
use super::layout::StampRecord;
use crate::format::{Formats, REVISION};
use crate::pipeline::Options;
use crate::source::{Catalog, HomeFile, ReadOptions};

/// The key of rows that are made with these options.
pub(crate) fn key_of(catalog: &Catalog, options: &Options, formats: &Formats) -> Key {
    let Options { ansi, mapping, zone, .. } = options;
    let ReadOptions { max_line, join, .. } = *catalog.options();
    let join = if join { " join" } else { "" };
    let text =
        format!("{ansi:?} {max_line} {:?} {}{join}", formats.settings(), mapping.description());
    let options = XxHash3_64::oneshot(text.as_bytes());
    let zone = XxHash3_64::oneshot(format!("{zone:?}").as_bytes()) as u32;
    Key { decoders: REVISION, options, zone }
}

/// The stamp of a file as it is now.
///
/// # Errors
/// The operating system's.
pub(super) fn stamp_of(home: &HomeFile<'_>) -> io::Result<StampRecord> {
    match home.directory_of_zip()? {
        Some((size, directory)) => Ok(StampRecord {
            kind: 1.into(),
            size: size.into(),
            modified: XxHash3_64::oneshot(&directory).cast_signed().into(),
            ..StampRecord::default()
        }),
        None => stamp_of_file(home.path),
    }
}

/// The size of a file, and a number that another content would change: by what the file system says.
///
/// # Errors
/// The operating system's.
pub(crate) fn fingerprint(path: &Path) -> io::Result<(u64, u64)> {
    let stamp = stamp_of_file(path)?;
    Ok((stamp.size.get(), XxHash3_64::oneshot(stamp.as_bytes())))
}

/// By what the file system says.
fn stamp_of_file(path: &Path) -> io::Result<StampRecord> {
    let meta = fs::metadata(path)?;
    let modified = meta.modified()?.duration_since(UNIX_EPOCH);
    let modified = modified.map_or(0, |since| since.as_nanos() as i64);
    let (changed, inode) = change_of(&meta);
    Ok(StampRecord {
        kind: 2.into(),
        size: meta.len().into(),
        modified: modified.into(),
        changed: changed.into(),
        inode: inode.into(),
    })
}

/// The time of the last change of a file's content or attributes, in nanoseconds, and its number.
#[cfg(unix)]
pub(crate) fn change_of(meta: &fs::Metadata) -> (i64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let nanos = meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec());
    (nanos, meta.ino())
}

#[cfg(not(unix))]
pub(crate) fn change_of(_: &fs::Metadata) -> (i64, u64) {
    (0, 0)
}
