//! The folders that files of runs are in.
//!
//! The layout of an archive shows in its folders. But its files may be given one by one, as a shell does
//! with `run/*`: then each is a bundle of its own. INPUTs that are in the same folder on disk are taken
//! for parts of one archive, under the first of their bundles.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

use crate::source::Catalog;

/// A folder of one bundle; or of the folder on disk that several INPUTs are in, which goes by the first of
/// their bundles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folder {
    /// Index into the catalog's bundles.
    pub(super) bundle: usize,
    /// The path in that bundle or folder, `/` between parts; empty for the outermost.
    pub(super) path: String,
}

/// The entries of each folder, in their order.
pub(super) type Folders = BTreeMap<Folder, Vec<usize>>;

/// Sorts these entries into their folders.
pub(super) fn folders(catalog: &Catalog, own: &[usize]) -> Folders {
    // By folder on disk: the bundle of the first file in it that is an INPUT by itself.
    let mut first: HashMap<PathBuf, usize> = HashMap::new();
    for &entry in own {
        if is_input(catalog, entry)
            && let Some(parent) = parent(catalog, entry)
        {
            first.entry(parent).or_insert(catalog.entries[entry].bundle);
        }
    }
    let mut folders = Folders::new();
    for &entry in own {
        let bundle = catalog.entries[entry].bundle;
        let path = split(&catalog.entries[entry].path).0;
        let parent = parent(catalog, entry);
        let folder = match parent.as_deref().and_then(|parent| first.get(parent)) {
            Some(&first_beside) if is_input(catalog, entry) => {
                // Files of the folder above may be INPUTs as well.
                let above = parent.as_deref().and_then(|parent| Some((parent, parent.parent()?)));
                match above.and_then(|(parent, above)| Some((parent, *first.get(above)?))) {
                    Some((parent, first)) => Folder { bundle: first, path: last_name(parent) },
                    None => Folder { bundle: first_beside, path: String::new() },
                }
            }
            // A folder beside such files: `run/1_build.txt` and the folder `run/build` as INPUTs.
            Some(&first) => {
                let name = last_name(Path::new(&catalog.bundles[bundle].name));
                let path = if path.is_empty() { name } else { format!("{name}/{path}") };
                Folder { bundle: first, path }
            }
            None => Folder { bundle, path: path.to_owned() },
        };
        folders.entry(folder).or_default().push(entry);
    }
    folders
}

/// The folder and the name of a path, without the suffix of a compressed text file: `b/1_x.txt.gz` is `b`
/// and `1_x.txt`.
pub(super) fn split(path: &str) -> (&str, &str) {
    let plain = ["gz", "zst", "xz", "bz2"].iter().find_map(|suffix| {
        path.strip_suffix(suffix)?.strip_suffix('.').filter(|plain| plain.ends_with(".txt"))
    });
    let path = plain.unwrap_or(path);
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The last part of a path; empty if it has none, as `..`.
fn last_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether an entry is a file that was named as INPUT by itself.
fn is_input(catalog: &Catalog, entry: usize) -> bool {
    let bundle = catalog.bundle_of(&catalog.entries[entry]);
    catalog.file_of(entry).is_some_and(|file| file == Path::new(bundle))
}

/// The folder on disk that the INPUT of an entry is in; `None` in an archive.
fn parent(catalog: &Catalog, entry: usize) -> Option<PathBuf> {
    catalog.file_of(entry)?;
    let input = Path::new(catalog.bundle_of(&catalog.entries[entry]));
    // Without a name of its own, such as `..`, nobody knows.
    input.file_name()?;
    // `./run/a` and `run/b` are in one folder.
    let parts = input.parent()?.components();
    Some(parts.filter(|part| *part != Component::CurDir).collect())
}
