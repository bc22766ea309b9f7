//! Lists what is in inputs: files, directories, and the zip archives among them.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::archive::{Archive, Member};
use super::backing::Backing;
use super::magic::{self, Kind};
use super::stream::Inner;
use super::{Bundle, Catalog, Entry, MapPolicy, Place, directory, hint, name, read_up_to, stream};
use crate::error::{Error, Location, Plain, Result};
use crate::identity::{Outcome, identify_in};

impl Catalog {
    pub(super) fn add(&mut self, input: &OsStr) -> Result<()> {
        if input == "-" {
            return self.add_stdin();
        }
        let path = Path::new(input);
        let name = path.to_string_lossy().into_owned();
        let cannot = |cause| cannot_read(&name, cause);
        let meta = fs::metadata(path).map_err(|e| cannot(e).with_hint(hint::of_input(path)))?;
        if meta.is_dir() {
            return self.add_directory(path, name);
        }
        if is_socket(&meta) {
            return Err(Error::new("cannot read", Location::bundle(name), "it is a socket")
                .with_hint("write the logs to a file or pipe instead"));
        }
        if !meta.is_file() {
            // A named pipe or a device: read once, front to back.
            let bundle = self.add_bundle(name);
            self.stored_bytes = None;
            self.push(bundle, base_name(path), 0, None, Place::File(path.into()));
            return Ok(());
        }
        let mut file = File::open(path).map_err(cannot)?;
        let mut head = [0; magic::HEAD];
        let (read, result) = read_up_to(&mut file, &mut head);
        result.map_err(cannot)?;
        // Files of /proc have no size, but a text.
        if read == 0 {
            return Err(Error::new("cannot read", Location::bundle(name), "the file is empty")
                .with_hint("an interrupted export leaves an empty file; download it again"));
        }
        self.count_stored(meta.len());
        let kind = magic::kind_of(&head[..read]);
        if kind == Kind::Zip || kind == Kind::Text && has_zip_suffix(&name) {
            return self.add_archive_input(path, name);
        }
        let inflated = (!matches!(kind, Kind::Compressed(_))).then_some(meta.len());
        let bundle = self.add_bundle(name);
        self.push(bundle, base_name(path), meta.len(), inflated, Place::File(path.into()));
        Ok(())
    }

    fn add_archive_input(&mut self, path: &Path, name: String) -> Result<()> {
        let location = Location::bundle(&name);
        let backing = Backing::open(path, self.options.map != MapPolicy::Never)
            .map_err(|cause| cannot_read(&name, cause))?;
        let before = self.entries.len();
        self.add_archive(backing, name.clone(), 0).map_err(|cause| {
            Error::new("cannot open the archive", location, cause).with_hint(
                "an incomplete download lacks the list at its end; download it again, \
                 or rename the file if it is not a zip",
            )
        })?;
        self.refuse_empty(before, name)
    }

    /// Refuses an archive that has added nothing to so many entries.
    pub(super) fn refuse_empty(&self, before: usize, name: String) -> Result<()> {
        if self.entries.len() == before && self.problems.is_empty() {
            return Err(Error::new("cannot read", Location::bundle(name), "the archive is empty")
                .with_hint(EMPTY_ARCHIVE));
        }
        Ok(())
    }

    /// Adds the members of an archive; the error says why it cannot be opened at all.
    pub(super) fn add_archive(
        &mut self,
        backing: Backing,
        name: String,
        depth: usize,
    ) -> Result<(), String> {
        let (archive, members, problem) = Archive::open(backing)?;
        let archive = Arc::new(archive);
        let bundle = self.add_bundle(name.clone());
        self.bundles[bundle].depth = depth;
        for (path, member) in members {
            if name::is_clutter(&path) {
                continue;
            }
            if has_zip_suffix(&path) {
                self.add_nested(&archive, &name, bundle, path, member, depth);
            } else {
                self.push_member(bundle, path, &archive, member);
            }
        }
        if let Some(problem) = problem {
            self.problems.push(
                Error::new("could not list the whole archive", Location::bundle(name), problem)
                    .with_hint("the entries listed before that were read"),
            );
        }
        Ok(())
    }

    /// A member that is named as a zip: if it is one, it is inflated into memory and opened as a bundle
    /// of its own.
    fn add_nested(
        &mut self,
        archive: &Arc<Archive>,
        outer: &str,
        bundle: usize,
        path: String,
        member: Member,
        depth: usize,
    ) {
        let inner =
            stream::open_member(archive, &member, &Arc::default()).and_then(stream::decompress);
        let bytes = match inner {
            Ok(Inner { kind, layers: 0, bytes }) if may_be_zip(kind) => bytes,
            // A look at it says what it is.
            _ => return self.push_member(bundle, path, archive, member),
        };
        let opened = if depth + 1 == stream::MAX_NESTING {
            Err(too_deep())
        } else {
            stream::read_all(bytes).map_err(|e| Plain(&e).to_string()).and_then(|bytes| {
                self.add_archive(Backing::memory(bytes), format!("{outer}!{path}"), depth + 1)
            })
        };
        if let Err(cause) = opened {
            self.push(bundle, path, member.stored, None, Place::Unreadable(cause));
        }
    }

    fn push_member(&mut self, bundle: usize, path: String, from: &Arc<Archive>, member: Member) {
        let (stored, inflated) = (member.stored, Some(member.inflated));
        let place = match member.refusal() {
            Some(why) => Place::Unreadable(why),
            None => Place::Member(Arc::clone(from), member),
        };
        self.push(bundle, path, stored, inflated, place);
    }

    fn add_directory(&mut self, path: &Path, name: String) -> Result<()> {
        let listing = directory::list(path);
        let empty = listing.files.is_empty();
        if empty && listing.problems.is_empty() {
            return Err(Error::new(
                "cannot read",
                Location::bundle(name),
                "the directory has no log files",
            )
            .with_hint("name the folder to which the bundle was extracted"));
        }
        let bundle = self.add_bundle(name.clone());
        for file in listing.files {
            self.count_stored(file.bytes);
            let is_zip = has_zip_suffix(&file.name)
                && file.is_regular()
                && may_be_zip(kind_of_file(&file.path));
            if is_zip {
                self.add_found_archive(&name, bundle, file);
            } else {
                let inflated = (!stream::has_compressed_suffix(&file.name)).then_some(file.bytes);
                let place = file.place();
                self.push(bundle, file.name, file.bytes, inflated, place);
            }
        }
        for (path, cause) in listing.problems {
            let location = match path {
                Some(path) => Location::entry(name.clone(), path),
                None => Location::bundle(name.clone()),
            };
            self.problems.push(Error::new("cannot read", location, cause));
        }
        if empty && self.entries.is_empty() {
            // The directory itself could not be listed.
            if let Some(problem) = self.problems.pop() {
                return Err(problem.with_hint(UNREADABLE));
            }
        }
        Ok(())
    }

    fn add_found_archive(&mut self, outer: &str, bundle: usize, file: directory::Found) {
        let opened = Backing::open(&file.path, self.options.map != MapPolicy::Never)
            .map_err(|e| Plain(&e).to_string())
            .and_then(|backing| self.add_archive(backing, format!("{outer}!{}", file.name), 0));
        if let Err(cause) = opened {
            self.push(bundle, file.name, file.bytes, None, Place::Unreadable(cause));
        }
    }

    pub(super) fn add_bundle(&mut self, name: String) -> usize {
        self.bundles.push(Bundle { name, depth: 0 });
        self.bundles.len() - 1
    }

    pub(super) fn count_stored(&mut self, bytes: u64) {
        if let Some(total) = &mut self.stored_bytes {
            *total += bytes;
        }
    }

    pub(super) fn push(
        &mut self,
        bundle: usize,
        path: String,
        stored: u64,
        text: Option<u64>,
        place: Place,
    ) {
        let entry = self.entry(bundle, path, stored, text, place);
        self.entries.push(entry);
    }

    pub(super) fn entry(
        &self,
        bundle: usize,
        path: String,
        stored: u64,
        text: Option<u64>,
        place: Place,
    ) -> Entry {
        let identity = identify_in(&self.bundles[bundle].name, &path);
        Entry {
            number: 0,
            bundle,
            path,
            stored_bytes: stored,
            inflated_bytes: text,
            identity,
            outcome: Outcome::default(),
            format: None,
            told_by: Cow::Borrowed(""),
            stages: &[],
            left_out: None,
            examined: false,
            place,
        }
    }
}

/// For an archive in which nothing is.
pub(super) const EMPTY_ARCHIVE: &str = "a run without logs results in an empty archive";

/// For an input that is there, but is not ours to read.
const UNREADABLE: &str = "check that you may read it: ls -ld shows its owner and mode";

fn cannot_read(name: &str, cause: io::Error) -> Error {
    Error::io("cannot read", Location::bundle(name), cause).with_hint(UNREADABLE)
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub(super) fn has_zip_suffix(name: &str) -> bool {
    name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b".zip")
}

/// Whether what is named as a zip is one, or nothing else that is known: then it is said why it is
/// none.
fn may_be_zip(kind: Kind) -> bool {
    matches!(kind, Kind::Zip | Kind::Text)
}

fn kind_of_file(path: &Path) -> Kind {
    let mut head = [0; magic::HEAD];
    let read = File::open(path).map_or(0, |mut file| read_up_to(&mut file, &mut head).0);
    magic::kind_of(&head[..read])
}

pub(super) fn too_deep() -> String {
    format!("archives are nested more than {} deep", stream::MAX_NESTING)
}

#[cfg(unix)]
fn is_socket(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    meta.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_: &fs::Metadata) -> bool {
    false
}
