//! Small files of each partition in one, sorted by time if asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use super::commit::{self, STAGING};
use super::manifest::{FileRecord, Manifest, OWN};
use super::place::place;
use super::sort::Sorter;
use super::writer::Writer;
use super::{Committed, DataSet, update};
use crate::error::{Error, Result};
use crate::sink::parquet::codec_named;

impl DataSet {
    /// Merges files of a partition that are smaller than half of what a file may have; with `sorts`, all files of
    /// each partition, so that its rows are in the order of their times. `is_stopped` is asked now and then.
    ///
    /// # Errors
    /// A directory that is not a data set; the operating system's; an interruption.
    pub fn compact(
        &mut self,
        sorts: bool,
        threads: usize,
        is_stopped: impl Fn() -> bool,
    ) -> Result<Committed> {
        let Some(manifest) = self.manifest.clone() else {
            return Err(self
                .refuse("it is not a data set".into())
                .with_hint("name one: ripsaw convert -o DIR/ writes it"));
        };
        // Files stay as they are but for their rows' places.
        let parquet = &mut self.options.parquet;
        parquet.timestamp_unit = update::unit_of(&manifest.settings);
        let codec = manifest.compression.as_deref().and_then(codec_named);
        parquet.compression = codec.unwrap_or(parquet.compression);
        parquet.row_group_rows = manifest.row_group_rows.unwrap_or(parquet.row_group_rows);
        let groups = self.groups(&manifest, sorts);
        if groups.is_empty() {
            return Ok(Committed::default());
        }
        let cannot = |e| self.cannot_write(e);
        let mut writer = self.writer(&manifest.keys, threads, sorts).map_err(cannot)?;
        for group in &groups {
            self.merge(group, &mut writer, sorts, &is_stopped)?;
        }
        let staged = writer.finish().map_err(cannot)?;
        let removed: Vec<FileRecord> = groups.into_iter().flatten().cloned().collect();
        let gone: HashSet<&str> = removed.iter().map(|file| file.path.as_str()).collect();
        let mut after = manifest.clone();
        after.runs += 1;
        after.files.retain(|file| !gone.contains(file.path.as_str()));
        let committed = Committed {
            rows: removed.iter().map(|file| file.rows).sum(),
            files: staged.len(),
            bytes: staged.iter().map(|file| file.bytes).sum(),
            replaced: removed.len(),
            pruned: 0,
        };
        let owners: HashMap<u64, String> =
            manifest.bundles.iter().map(|bundle| (bundle.id, bundle.path.clone())).collect();
        let journal = place(&self.root, &self.keys, after, staged, &owners, &removed, sorts)?;
        commit::commit(&self.root, &journal).map_err(cannot)?;
        self.manifest = Some(journal.manifest);
        commit::clean(&self.root);
        Ok(committed)
    }

    /// The files that are merged, by partition.
    fn groups<'m>(&self, manifest: &'m Manifest, sorts: bool) -> Vec<Vec<&'m FileRecord>> {
        let mut groups: BTreeMap<_, Vec<&FileRecord>> = BTreeMap::new();
        let small = self.options.file_bytes / 2;
        for file in &manifest.files {
            let owner = file.bundles.first().filter(|_| manifest.per_bundle).map(|run| run.bundle);
            if sorts || file.bytes < small {
                groups.entry((&file.partition, owner)).or_default().push(file);
            }
        }
        // Sorted together, and nothing added since.
        let is_sorted = |files: &[&FileRecord]| {
            let first = files[0].sorted;
            first.is_some() && files.iter().all(|file| file.sorted == first)
        };
        let is_done =
            |files: &[&FileRecord]| if sorts { is_sorted(files) } else { files.len() < 2 };
        groups.into_values().filter(|files| !is_done(files)).collect()
    }

    /// Writes the rows of some files of a partition anew.
    fn merge(
        &self,
        files: &[&FileRecord],
        writer: &mut Writer,
        sorts: bool,
        is_stopped: &impl Fn() -> bool,
    ) -> Result<()> {
        let folder = self.root.join(OWN).join(STAGING);
        let mut sorter = sorts.then(|| Sorter::new(&folder, self.options.memory / 2));
        for file in files {
            self.each_kept(file, &HashSet::new(), is_stopped, |fragment| match &mut sorter {
                Some(sorter) => sorter.push(fragment),
                None => writer.push(fragment),
            })?;
        }
        let stop = || io::Error::from(io::ErrorKind::Interrupted);
        let Some(sorter) = sorter else { return Ok(()) };
        let merged = sorter.finish(
            |fragment| {
                if is_stopped() { Err(stop()) } else { writer.push(fragment) }
            },
        );
        merged.map_err(|e| match is_stopped() {
            true => Error::interrupted(),
            false => self.cannot_write(e),
        })
    }
}
