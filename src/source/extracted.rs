//! Bundles that `ripsaw extract` has unpacked: which entries are in which files, and how those were called.
//!
//! Names in archives are not names of files everywhere, so the files have others; the list in the directory has
//! both. Read with it, the directory is the bundle that it was made from, with the same names, order and
//! errors.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::{self, Opened};
use super::directory::Found;
use super::inputs::{has_zip_suffix, open_found};
use super::readers::{Broken, Mismatch, Stream};
use super::written::{file_of, is_inside};
use super::{Catalog, Entry, Home, MapPolicy, Opens, Place, stream};
use crate::error::{Error, Location, Result};

/// Where the list is in the directory.
pub(crate) const LIST: &str = ".ripsaw/extracted.json";

/// The version of the list.
pub(crate) const VERSION: u64 = 1;

/// What was extracted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) ripsaw_extract: u64,
    /// The inputs, as they were named.
    pub(crate) bundles: Vec<ListedBundle>,
    /// In the order of the entries.
    pub(crate) files: Vec<ListedFile>,
}

/// An input that was extracted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListedBundle {
    pub(crate) name: String,
    /// Why not all of it could be listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<String>,
}

/// An entry that was extracted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListedFile {
    /// Its bundle, by number.
    pub(crate) bundle: usize,
    /// Its path in the bundle.
    pub(crate) name: String,
    /// Its file, relative to the directory, with `/` between parts; `None`: it cannot be read at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// When it was written, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<i64>,
    /// Why it could not be read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// With an error: all bytes are there.
    #[serde(default, skip_serializing_if = "is_not")]
    pub(crate) is_whole: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_not(is: &bool) -> bool {
    !is
}

impl List {
    /// The list of a directory; `None` if it has none.
    ///
    /// # Errors
    /// Why it cannot be read, or is not one.
    fn read(root: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(root.join(LIST)) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let invalid = |cause: String| io::Error::new(io::ErrorKind::InvalidData, cause);
        let list: Self = serde_json::from_reader(BufReader::new(file))
            .map_err(|e| invalid(format!("it is not the list of an extraction: {e}")))?;
        if list.ripsaw_extract != VERSION {
            let version = list.ripsaw_extract;
            return Err(invalid(format!("it is of version {version}, and this ripsaw reads 1")));
        }
        let is_valid = |file: &&ListedFile| {
            file.bundle < list.bundles.len()
                && file.path.as_ref().is_none_or(|path| is_inside(path))
        };
        match list.files.iter().find(|file| !is_valid(file)) {
            Some(file) => Err(invalid(format!("{:?} is not a file of it", file.name))),
            None => Ok(Some(list)),
        }
    }
}

/// What is known of an extracted entry beside its file.
#[derive(Debug)]
pub(super) struct Extracted {
    /// Its file; the list, if it has none.
    pub(super) file: PathBuf,
    /// Why it could not be read to its end, and whether all bytes are there.
    error: Option<(String, bool)>,
}

impl Extracted {
    /// The bytes of its file, and the error after them.
    pub(super) fn after(&self, bytes: Stream) -> Stream {
        match &self.error {
            Some((reason, is_whole)) => {
                let error = match is_whole {
                    true => io::Error::new(io::ErrorKind::InvalidData, Mismatch(reason.clone())),
                    false => io::Error::other(reason.clone()),
                };
                Box::new(bytes.chain(Broken(Some(error))))
            }
            None => bytes,
        }
    }

    /// What becomes of the archive that it is: what was wrong with it then is the reason for what is wrong with it
    /// now.
    pub(super) fn explain(&self, opened: Result<Opened, String>) -> Result<Opened, String> {
        archive::because_of(self.error.as_ref().map(|(reason, _)| reason.clone()), opened)
    }

    /// Whether it could not be read to its end.
    pub(super) fn is_damaged(&self) -> bool {
        self.error.is_some()
    }
}

impl Catalog {
    /// Adds the entries that were extracted to a directory, and files that have come since. `false`: nothing was
    /// extracted there.
    pub(super) fn add_extracted(
        &mut self,
        root: &Path,
        name: &str,
        others: &mut Vec<Found>,
    ) -> bool {
        let list = match List::read(root) {
            Ok(Some(list)) => list,
            Ok(None) => return false,
            Err(cause) => {
                let location = Location::entry(name, LIST);
                let error = Error::io("cannot use the list of the extraction", location, cause);
                self.problems.push(error.with_hint("the files are read under their own names"));
                return false;
            }
        };
        let first = self.bundles.len();
        for ListedBundle { name, problems } in list.bundles {
            let bundle = self.add_bundle(name.clone());
            self.bundles[bundle].home = Home::Directory(root.into());
            for problem in problems {
                self.report(Some(problem), Location::bundle(&name));
            }
        }
        let own: HashSet<&str> =
            list.files.iter().filter_map(|file| file.path.as_deref()).collect();
        others.retain(|file| !own.contains(&*file.name));
        for file in list.files {
            self.add_listed(root, first, file);
        }
        true
    }

    fn add_listed(&mut self, root: &Path, first: usize, file: ListedFile) {
        let bundle = first + file.bundle;
        let ListedFile { name, path, modified, error, is_whole, .. } = file;
        let file = path.as_ref().map_or_else(|| root.join(LIST), |path| file_of(root, path));
        let mut refuse = |file, reason: String| {
            let entry = self.entry(bundle, name.clone(), 0, None, Place::Unreadable(reason));
            let extracted = Some(Arc::new(Extracted { file, error: None }));
            self.entries.push(Entry { modified, extracted, ..entry });
        };
        if path.is_none() {
            return refuse(file, error.unwrap_or_default());
        }
        let Ok(bytes) = fs::metadata(&file).map(|meta| meta.len()) else {
            let reason = "the file is missing, but the list of the extraction has it";
            return refuse(file, reason.into());
        };
        self.count_stored(bytes);
        let error = error.map(|error| (error, is_whole));
        let extracted = Extracted { file: file.clone(), error };
        if has_zip_suffix(&name) && self.opens == Opens::All {
            let found = Found::regular(name.clone(), file.clone(), bytes);
            if let Some(opened) = open_found(&found, self.options.map != MapPolicy::Never) {
                let opened = extracted.explain(opened);
                let outer = self.bundles[bundle].name.clone();
                let opened = self.enter(1).and(opened);
                return self.add_found_archive(&outer, bundle, found, opened, 1);
            }
        }
        let inflated = (!stream::has_compressed_suffix(&name)).then_some(bytes);
        let entry = self.entry(bundle, name, bytes, inflated, Place::File(file.clone()));
        let extracted = Some(Arc::new(extracted));
        self.entries.push(Entry { modified, extracted, ..entry });
    }
}
