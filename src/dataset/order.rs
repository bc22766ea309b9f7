//! Which rows of a file are of which bundle, if they take turns: sorted files have too many runs for the manifest.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::manifest::{FileRecord, OWN, RowRun};

/// Runs that the manifest has itself.
const FEW: usize = 1_000;

/// The folder of the files of runs, in [`OWN`].
const FOLDER: &str = "runs";

/// Bundles and rows of so many runs may not be more than a file has.
const INVALID: &str = "its list of bundles is damaged";

/// The runs of a file as its record has them.
pub(super) struct Recorded {
    /// All in order; with a file that has the order, the rows of each bundle.
    pub(super) bundles: Vec<RowRun>,
    pub(super) order: Option<OrderFile>,
}

/// A file that has the order of the rows of another.
pub(super) struct OrderFile {
    /// Relative to the data set.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// The runs of a file as its record has them.
pub(super) fn record(file: &str, runs: Vec<RowRun>) -> io::Result<Recorded> {
    if runs.len() <= FEW {
        return Ok(Recorded { bundles: runs, order: None });
    }
    let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
    let mut text = Vec::new();
    for RowRun { bundle, rows } in runs {
        *sums.entry(bundle).or_default() += rows;
        put(bundle, &mut text);
        put(rows, &mut text);
    }
    let bundles = sums.into_iter().map(RowRun::from).collect();
    let name = file.rsplit('/').next().unwrap_or(file);
    let path = format!("{OWN}/{FOLDER}/{name}.runs");
    let bytes = zstd::encode_all(&text[..], 1)?;
    Ok(Recorded { bundles, order: Some(OrderFile { path, bytes }) })
}

/// The runs of a file in the order of its rows.
///
/// # Errors
/// The operating system's; a list that is damaged.
pub(super) fn runs_of(root: &Path, record: &FileRecord) -> io::Result<Vec<RowRun>> {
    let Some(path) = &record.order else { return Ok(record.bundles.clone()) };
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, INVALID);
    let bytes = fs::read(root.join(path))?;
    // Each run has a row at least, and takes 20 bytes at most.
    let most = usize::try_from(record.rows.saturating_mul(20)).unwrap_or(usize::MAX);
    let mut text = Vec::new();
    let decoder = zstd::Decoder::new(&bytes[..])?;
    io::copy(&mut io::Read::take(decoder, most as u64), &mut text)?;
    let (mut rest, mut runs) = (&text[..], Vec::new());
    while !rest.is_empty() {
        let mut next = || take(&mut rest).ok_or_else(invalid);
        runs.push(RowRun { bundle: next()?, rows: next()? });
    }
    let rows = runs.iter().try_fold(0_u64, |sum, run| sum.checked_add(run.rows));
    if rows == Some(record.rows) { Ok(runs) } else { Err(invalid()) }
}

/// Appends a number, seven bits a byte, the lowest first; the highest bit says that more follow.
fn put(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number.
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put(number, &mut bytes);
            let mut rest = &bytes[..];
            assert_eq!(take(&mut rest), Some(number));
            assert!(rest.is_empty());
        }
        assert_eq!(take(&mut &[0x80_u8; 20][..]), None);
    }

    #[test]
    fn many_runs_go_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let runs: Vec<RowRun> = (0..5_000).map(|n| RowRun { bundle: n % 3, rows: n + 1 }).collect();
        let Recorded { bundles, order } = record("a=b/x.parquet", runs.clone()).unwrap();
        assert_eq!(bundles.len(), 3);
        let OrderFile { path, bytes } = order.unwrap();
        assert_eq!(path, ".ripsaw/runs/x.parquet.runs");
        let file = folder.path().join(&path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &bytes).unwrap();
        let rows = runs.iter().map(|run| run.rows).sum();
        let record = FileRecord {
            path: "a=b/x.parquet".into(),
            bytes: 0,
            rows,
            partition: vec![],
            bundles,
            order: Some(path),
            sorted: None,
        };
        assert_eq!(runs_of(folder.path(), &record).unwrap(), runs);
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        assert!(runs_of(folder.path(), &record).is_err());
    }
}
