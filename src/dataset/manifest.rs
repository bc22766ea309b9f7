//! What a data set has: its bundles, its files, and which rows of which are where.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::data_set::{VERSION, is_inside};
use crate::table::KeySchema;

pub(super) use crate::source::data_set::MANIFEST;

/// The folder of a data set that is ripsaw's own.
pub(super) const OWN: &str = ".ripsaw";

/// The manifest of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of the manifest; its name says what the file is.
    #[serde(rename = "ripsaw_data_set")]
    pub(super) version: u64,
    /// The version of the table.
    pub(super) table: String,
    /// Names of the columns that partition it, from the outermost.
    pub(super) partition_by: Vec<String>,
    /// Each bundle has files of its own.
    pub(super) per_bundle: bool,
    /// What decides on the rows and on the types of columns, by option.
    pub(super) settings: BTreeMap<String, String>,
    /// The compression and the rows per row group of the last run, which compaction keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) compression: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) row_group_rows: Option<usize>,
    /// The columns of keys.
    pub(super) keys: KeySchema,
    /// How many runs have changed it.
    pub(super) runs: u64,
    /// The bundles, in the order in which they were added.
    pub(super) bundles: Vec<BundleRecord>,
    /// The files, in the order in which they were added.
    pub(super) files: Vec<FileRecord>,
}

/// A bundle: an archive, a log file, or the loose files of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BundleRecord {
    /// What files call it; never used again.
    pub(super) id: u64,
    /// Its path without links.
    pub(super) path: String,
    /// What its rows call it: its path as the input had it.
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) stamp: Stamp,
    /// It is the loose files of a directory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) loose: bool,
    /// Its rows.
    pub(super) rows: u64,
    /// Not all of it could be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) damaged: bool,
}

/// What shows that a bundle is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// Bytes as stored.
    pub(super) size: u64,
    /// Of a zip archive, the hash of its central directory; else of what the file system says.
    #[serde(with = "hex")]
    pub(super) hash: u64,
}

/// A Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    /// Relative to the data set, with `/` between parts.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    /// The values of its partition, in the order of the keys.
    pub(super) partition: Vec<Option<String>>,
    /// The bundles that its rows are of, in the order of the rows; with `order`, the rows of each.
    pub(super) bundles: Vec<RowRun>,
    /// The file that has the bundles in the order of the rows, relative to the data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<String>,
    /// The run that has sorted its partition by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sorted: Option<u64>,
}

/// Consecutive rows of one bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub(super) struct RowRun {
    pub(super) bundle: u64,
    pub(super) rows: u64,
}

impl From<(u64, u64)> for RowRun {
    fn from((bundle, rows): (u64, u64)) -> Self {
        Self { bundle, rows }
    }
}

impl From<RowRun> for (u64, u64) {
    fn from(RowRun { bundle, rows }: RowRun) -> Self {
        (bundle, rows)
    }
}

/// Adds a run to others: to the last, if it is of the same bundle.
pub(super) fn push_run(runs: &mut Vec<RowRun>, run: RowRun) {
    match runs.last_mut() {
        Some(last) if last.bundle == run.bundle => last.rows += run.rows,
        _ if run.rows == 0 => {}
        _ => runs.push(run),
    }
}

/// Takes the first rows of runs, so many or as many as there are.
pub(super) fn take_runs(runs: &mut VecDeque<RowRun>, mut rows: u64) -> Vec<RowRun> {
    let mut taken = Vec::new();
    while rows > 0
        && let Some(run) = runs.front_mut()
    {
        let some = run.rows.min(rows);
        push_run(&mut taken, RowRun { rows: some, ..*run });
        rows -= some;
        run.rows -= some;
        if run.rows == 0 {
            runs.pop_front();
        }
    }
    taken
}

impl Manifest {
    /// That of a data set without bundles.
    pub(super) fn new(
        table: &str,
        partition_by: Vec<String>,
        per_bundle: bool,
        settings: BTreeMap<String, String>,
        keys: KeySchema,
    ) -> Self {
        let table = table.to_owned();
        let (runs, bundles, files) = (0, Vec::new(), Vec::new());
        Self {
            version: VERSION,
            table,
            partition_by,
            per_bundle,
            settings,
            compression: None,
            row_group_rows: None,
            keys,
            runs,
            bundles,
            files,
        }
    }

    /// Reads that of a data set; `None` if there is none.
    ///
    /// # Errors
    /// The operating system's, or why it is not one.
    pub(super) fn read(root: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read(root.join(MANIFEST)) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        #[derive(Deserialize)]
        struct Version {
            #[serde(rename = "ripsaw_data_set")]
            version: u64,
        }
        let invalid = |cause: String| io::Error::new(io::ErrorKind::InvalidData, cause);
        let broken = |e: serde_json::Error| invalid(format!("the manifest is damaged: {e}"));
        let Version { version } = serde_json::from_slice(&text).map_err(broken)?;
        if version != VERSION {
            return Err(invalid(format!("its manifest has version {version}, not {VERSION}")));
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(broken)?;
        manifest.check()?;
        Ok(Some(manifest))
    }

    /// Whether it can be true: anybody may have written it.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check(&self) -> io::Result<()> {
        let invalid = |cause: String| {
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the manifest is damaged: {cause}"),
            ))
        };
        if self.bundles.iter().any(|bundle| bundle.id == u64::MAX) || self.runs == u64::MAX {
            return invalid("a number is too large".into());
        }
        for file in &self.files {
            let rows = file.bundles.iter().try_fold(0_u64, |sum, run| sum.checked_add(run.rows));
            let paths = std::iter::once(&file.path).chain(&file.order);
            if let Some(path) = paths.into_iter().find(|path| !is_inside(path)) {
                return invalid(format!("{path:?} is not a file of the data set"));
            }
            if rows != Some(file.rows) || file.partition.len() != self.partition_by.len() {
                return invalid(format!("the numbers of {:?} do not fit", file.path));
            }
        }
        Ok(())
    }

    /// The id that the next bundle gets.
    pub(super) fn next_id(&self) -> u64 {
        self.bundles.iter().map(|bundle| bundle.id + 1).max().unwrap_or(1)
    }
}

/// Writes a file of JSON in place of another, which stays until the new one is whole.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    fs::rename(prepare_json(path, value)?, path)
}

/// Writes the new one, whole, under a temporary name, which is returned.
pub(super) fn prepare_json(path: &Path, value: &impl Serialize) -> io::Result<PathBuf> {
    let temporary = path.with_extension("partial");
    let mut file = io::BufWriter::new(fs::File::create(&temporary)?);
    serde_json::to_writer(&mut file, value).map_err(io::Error::from)?;
    file.write_all(b"\n")?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(temporary)
}

/// Numbers of 64 bits as text: JSON's have 53 for some readers.
mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{hash:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}
