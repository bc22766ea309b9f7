//! The folders that files of runs are in. INPUTs that lie side by side, as a shell's `run/*` names them,
//! are in one.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

use crate::source::Catalog;

/// A folder of one bundle, or of the folder that several INPUTs are in, by the first of their bundles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folder {
    pub(super) bundle: usize,
    /// `/` between parts; empty for the outermost.
    pub(super) path: String,
}

/// Files by their folders.
pub(super) type Folders = BTreeMap<Folder, Vec<usize>>;

/// Finds the folders of these entries.
pub(super) fn folders(catalog: &Catalog, own: &[usize]) -> Folders {
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

/// The folder and the name of a path, without the suffix of its compression.
pub(super) fn split(path: &str) -> (&str, &str) {
    let plain = ["gz", "zst", "xz", "bz2"].iter().find_map(|suffix| {
        path.strip_suffix(suffix)?.strip_suffix('.').filter(|plain| plain.ends_with(".txt"))
    });
    let path = plain.unwrap_or(path);
    path.rsplit_once('/').unwrap_or(("", path))
}

fn last_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether an entry is a file that is an INPUT by itself.
fn is_input(catalog: &Catalog, entry: usize) -> bool {
    let bundle = catalog.bundle_of(&catalog.entries[entry]);
    catalog.file_of(entry).is_some_and(|file| file == Path::new(bundle))
}

/// The folder that the INPUT of a file is in; `None` in an archive.
fn parent(catalog: &Catalog, entry: usize) -> Option<PathBuf> {
    catalog.file_of(entry)?;
    let input = Path::new(catalog.bundle_of(&catalog.entries[entry]));
    // Without a name of its own, such as `..`, nobody knows.
    input.file_name()?;
    let parts = input.parent()?.components();
    Some(parts.filter(|part| *part != Component::CurDir).collect())
}
