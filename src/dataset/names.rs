//! The paths of files in a data set.

use std::collections::HashMap;
use std::path::Path;

use twox_hash::XxHash3_64;

use super::partition::{PartitionKey, Values, folder_of};

/// The longest part of a bundle's name in that of its files, in bytes.
const LONGEST: usize = 100;

/// Names the files of a run: the same run gives the same names, and no other run gives any of them.
///
/// Without `=` and `#`, which some readers take for parts of partitions and addresses.
pub(super) struct FileNames<'k> {
    run: u64,
    keys: &'k [PartitionKey],
    /// Files so far, or of each bundle that has files of its own.
    files: HashMap<String, u64>,
}

impl<'k> FileNames<'k> {
    pub(super) fn new(run: u64, keys: &'k [PartitionKey]) -> Self {
        Self { run, keys, files: HashMap::new() }
    }

    /// The path of the next file, of a partition, and of a bundle that has it for itself.
    pub(super) fn next(&mut self, values: &Values, owner: Option<&str>) -> String {
        let folder = folder_of(self.keys, values);
        let stem = owner.map_or_else(String::new, stem_of);
        let number = self.files.entry(stem.clone()).or_default();
        let name = format!("{stem}r{:06}-{number:05}.parquet", self.run);
        *number += 1;
        if folder.is_empty() { name } else { format!("{folder}/{name}") }
    }
}

/// What the name of a bundle's files begins with: its own name and a hash of its path, as others may have that name.
fn stem_of(path: &str) -> String {
    let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plain = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() => letter,
        '-' | '_' | '.' => letter,
        _ => '_',
    };
    let name: String = name.chars().map(plain).take(LONGEST).collect();
    // A name that begins with a dot or an underscore is hidden from many readers.
    let name = name.trim_start_matches(['.', '_']);
    let hash = XxHash3_64::oneshot(path.as_bytes()) as u32;
    format!("{name}-{hash:08x}-")
}
