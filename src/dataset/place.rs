//! Files that a run has written, with their names and their places in the manifest.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use super::commit::{Journal, STAGING};
use super::manifest::{FileRecord, Manifest, OWN};
use super::names::FileNames;
use super::order::{self, OrderFile, Recorded};
use super::partition::PartitionKey;
use super::writer::StagedFile;
use crate::error::{Error, Location, Result};

/// Adds the files of a run to the manifest, and says where they go; `owners` are the paths of bundles that have files
/// for themselves. `removed` are the records of files that are gone then.
///
/// # Errors
/// The operating system's.
pub(super) fn place(
    root: &Path,
    keys: &[PartitionKey],
    mut manifest: Manifest,
    staged: Vec<StagedFile>,
    owners: &HashMap<u64, String>,
    removed: &[FileRecord],
    sorted: bool,
) -> Result<Journal> {
    let cannot = |e| Error::io("cannot write", Location::bundle(root.to_string_lossy()), e);
    let staging = root.join(OWN).join(STAGING);
    let (mut moves, run) = (Vec::new(), manifest.runs);
    let mut names = FileNames::new(run, keys);
    for file in staged {
        let owner = file.owner.and_then(|id| owners.get(&id)).map(String::as_str);
        let path = names.next(&file.values, owner);
        let rows = file.runs.iter().map(|run| run.rows).sum();
        let Recorded { bundles, order } = order::record(&path, file.runs).map_err(cannot)?;
        let name = name_of(&file.path);
        let order = order.map(|OrderFile { path, bytes }| -> io::Result<String> {
            let own = format!("{name}.runs");
            fs::write(staging.join(&own), bytes)?;
            moves.push((own, path.clone()));
            Ok(path)
        });
        manifest.files.push(FileRecord {
            path: path.clone(),
            bytes: file.bytes,
            rows,
            partition: file.values.to_vec(),
            bundles,
            order: order.transpose().map_err(cannot)?,
            sorted: sorted.then_some(run),
        });
        moves.push((name, path));
    }
    let of_file = |file: &FileRecord| [Some(file.path.clone()), file.order.clone()];
    let removed = removed.iter().flat_map(of_file).flatten().collect();
    Ok(Journal { moves, removed, manifest })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
