//! Lists what is in inputs: files, directories, and the zip archives among them.
//!
//! An input that cannot be read is an error with a hint. What cannot be read inside of one, such as a
//! damaged zip in a folder, is an entry with a reason: all others are read.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::archive::{self, Archive, Member};
use super::backing::Backing;
use super::directory::Found;
use super::magic::{self, Kind};
use super::readers::Stream;
use super::stream::Inner;
use super::{
    Bundle, Catalog, Entry, Home, Limits, MapPolicy, Opens, Place, directory, hint, name,
    read_up_to, stream,
};
use crate::error::{Error, Location, Plain, Result};
use crate::identity::{Outcome, identify_in};
use crate::parallel;

impl Catalog {
    /// Adds all entries of an input: a path, or `-`.
    pub(super) fn add(&mut self, input: &OsStr, threads: usize) -> Result<()> {
        if input == "-" {
            return self.add_stdin();
        }
        let path = Path::new(input);
        let name = path.to_string_lossy().into_owned();
        let cannot = |cause| cannot_read(&name, cause);
        // Follows links, as the user named the link for what it leads to.
        let meta = fs::metadata(path).map_err(|e| cannot(e).with_hint(hint::of_input(path)))?;
        if meta.is_dir() {
            return self.add_directory(path, name, threads);
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
        // Not by the size: files of /proc claim 0 bytes, but have a text.
        if read == 0 {
            return Err(Error::new("cannot read", Location::bundle(name), "the file is empty")
                .with_hint("an interrupted export leaves an empty file; download it again"));
        }
        self.count_stored(meta.len());
        let kind = magic::kind_of(&head[..read]);
        // Text called `.zip` is opened as one, too: the error then says what is wrong, for example a
        // download that is an HTML page.
        if kind == Kind::Zip || kind == Kind::Text && has_zip_suffix(&name) {
            return self.add_archive_input(path, name);
        }
        // The size of what is compressed shows only in reading.
        let inflated = (!matches!(kind, Kind::Compressed(_))).then_some(meta.len());
        let bundle = self.add_bundle(name);
        self.bundles[bundle].home = Home::File(path.into());
        self.push(bundle, base_name(path), meta.len(), inflated, Place::File(path.into()));
        Ok(())
    }

    /// Adds a zip archive that is an input; one that cannot be opened or is empty is an error.
    fn add_archive_input(&mut self, path: &Path, name: String) -> Result<()> {
        let location = Location::bundle(&name);
        let backing = Backing::open(path, self.options.map != MapPolicy::Never)
            .map_err(|cause| cannot_read(&name, cause))?;
        let before = self.entries.len();
        let home = Home::File(path.into());
        let problem = self.add_archive(backing, name.clone(), 0, home).map_err(|cause| {
            Error::new("cannot open the archive", location.clone(), cause).with_hint(
                "an incomplete download lacks the list at its end; download it again, \
                 or rename the file if it is not a zip",
            )
        })?;
        self.report(problem, location);
        self.refuse_empty(before, name)
    }

    /// Refuses an archive that has added nothing to so many entries.
    pub(super) fn refuse_empty(&self, before: usize, name: String) -> Result<()> {
        // A listing that failed after no entries is a problem already.
        if self.entries.len() == before && self.problems.is_empty() {
            return Err(Error::new("cannot read", Location::bundle(name), "the archive is empty")
                .with_hint(EMPTY_ARCHIVE));
        }
        Ok(())
    }

    /// Adds the members of an archive as a bundle called `name`. The error says why it cannot be opened
    /// at all; of one that is damaged further on the members that are found stay, and what is wrong is returned.
    pub(super) fn add_archive(
        &mut self,
        backing: Backing,
        name: String,
        depth: usize,
        home: Home,
    ) -> Result<Option<String>, String> {
        Ok(self.add_opened(Archive::open(backing)?, name, depth, home))
    }

    /// Reports why an archive could not be listed as a whole, if so.
    pub(super) fn report(&mut self, problem: Option<String>, location: Location) {
        if let Some(cause) = problem {
            let error = Error::new("could not list the whole archive", location, cause);
            self.problems.push(error.with_hint("the entries that could be found are read"));
        }
    }

    /// The same for one that is open. Returns why it could not be listed as a whole, if so.
    pub(super) fn add_opened(
        &mut self,
        opened: archive::Opened,
        name: String,
        depth: usize,
        home: Home,
    ) -> Option<String> {
        let (archive, mut members, mut problem) = opened;
        let limit = self.options.limits.entries;
        let room = limit.saturating_sub(self.entries.len() as u64);
        if members.len() as u64 > room {
            members.truncate(room as usize);
            problem = Some(Limits::exceeded("entries", limit));
        }
        let archive = Arc::new(archive);
        let bundle = self.add_bundle(name.clone());
        self.bundles[bundle].depth = depth;
        self.bundles[bundle].home = match home {
            // The outermost one has it all.
            Home::File(path) if !archive.backing().is_memory() => {
                Home::Zip(path, Arc::clone(&archive))
            }
            home => home,
        };
        for (path, member) in members {
            if name::is_clutter(&path) {
                continue;
            }
            // Other archives wait for `examine`: most entries need no look here, and listing stays
            // cheap.
            if has_zip_suffix(&path) && self.opens == Opens::All {
                self.add_nested(&archive, &name, bundle, path, member, depth);
            } else {
                self.push_member(bundle, path, &archive, member);
            }
        }
        // Those of archives inside are not among them.
        let own = self.entries.iter().rev().take_while(|entry| entry.bundle >= bundle);
        self.bundles[bundle].listed = own.filter(|entry| entry.bundle == bundle).count();
        problem
    }

    /// Counts an archive that is inside of another, so deep.
    ///
    /// # Errors
    /// It must stay closed.
    pub(super) fn enter(&mut self, depth: usize) -> Result<(), String> {
        let Limits { depth: deepest, archives, .. } = self.options.limits;
        if depth as u64 >= deepest {
            return Err(Limits::exceeded("depth", deepest));
        }
        if self.nested >= archives {
            return Err(Limits::exceeded("archives", archives));
        }
        self.nested += 1;
        Ok(())
    }

    /// Takes an archive that is inside of another.
    pub(super) fn hold(&self, bytes: Stream) -> io::Result<(Backing, Option<io::Error>)> {
        self.held.hold(bytes, self.options.limits, self.stored_bytes)
    }

    /// Opens an archive that is inside of another; of one that fails, what comes before.
    pub(super) fn open_held(&self, bytes: Stream) -> Result<archive::Opened, String> {
        let plain = |e: &io::Error| Plain(e).to_string();
        let (backing, failure) = self.hold(bytes).map_err(|e| plain(&e))?;
        archive::because_of(failure.as_ref().map(plain), Archive::open(backing))
    }

    /// Adds a member that is called `.zip`. If it is one, it is inflated and opened as a
    /// bundle of its own: a zip is listed from its end, and its members are read in any order.
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
            // Compressed twice, damaged, or another kind of file: `examine` says what it is.
            _ => return self.push_member(bundle, path, archive, member),
        };
        let opened = self.enter(depth + 1).and_then(|()| self.open_held(bytes));
        let problem = match opened {
            Ok(opened) => {
                let home = self.bundles[bundle].home.clone();
                self.add_opened(opened, format!("{outer}!{path}"), depth + 1, home)
            }
            Err(cause) => Some(cause),
        };
        // Also beside what was found of it.
        if let Some(cause) = problem {
            self.push(bundle, path, member.stored, None, Place::Unreadable(cause));
        }
    }

    /// Adds an entry for a member of a zip archive, unreadable if it is encrypted or of an unknown
    /// method.
    fn push_member(&mut self, bundle: usize, path: String, from: &Arc<Archive>, member: Member) {
        let (stored, inflated) = (member.stored, Some(member.inflated));
        let place = match member.refusal() {
            Some(why) => Place::Unreadable(why),
            None => Place::Member(Arc::clone(from), member),
        };
        self.push(bundle, path, stored, inflated, place);
    }

    /// Adds the files below a directory; zip archives among them are bundles of their own, named
    /// `DIR!PATH`.
    fn add_directory(&mut self, path: &Path, name: String, threads: usize) -> Result<()> {
        let mut listing = directory::list(path);
        let is_extracted =
            self.opens != Opens::Inputs && self.add_extracted(path, &name, &mut listing.files);
        // Nothing has come since.
        if is_extracted
            && listing.files.is_empty()
            && listing.data_sets.is_empty()
            && listing.problems.is_empty()
        {
            return Ok(());
        }
        // A data set may have no rows yet.
        let is_empty = listing.files.is_empty() && listing.data_sets.is_empty();
        if is_empty && listing.problems.is_empty() {
            return Err(Error::new(
                "cannot read",
                Location::bundle(name),
                "the directory has no log files",
            )
            .with_hint("name the folder to which the bundle was extracted"));
        }
        let bundle = self.add_bundle(name.clone());
        self.data_sets.extend(listing.data_sets.into_iter().map(|folder| (bundle, folder)));
        self.bundles[bundle].home = Home::Directory(path.into());
        // Only files called `.zip` are opened here; a pipe called so would block.
        let opens_all = self.opens == Opens::All;
        let is_named_zip =
            |file: &Found| opens_all && has_zip_suffix(&file.name) && file.is_regular();
        let map = self.options.map != MapPolicy::Never;
        let open = |file: &Found| is_named_zip(file).then(|| open_found(file, map)).flatten();
        let zips = listing.files.iter().filter(|file| is_named_zip(file)).count();
        let archives = parallel::map(&listing.files, threads, zips, open);
        for (file, archive) in listing.files.into_iter().zip(archives) {
            self.count_stored(file.bytes);
            if let Some(archive) = archive {
                self.add_found_archive(&name, bundle, file, archive, 0);
            } else {
                self.push_found(bundle, file);
            }
        }
        for path in listing.temporary {
            let reason = "a temporary file of a run that writes it, or was killed".to_owned();
            self.ignore(bundle, path, reason);
        }
        for (path, cause) in listing.problems {
            let location = match path {
                Some(path) => Location::entry(name.clone(), path),
                None => Location::bundle(name.clone()),
            };
            self.problems.push(Error::new("cannot read", location, cause));
        }
        if is_empty && self.entries.is_empty() {
            // The directory itself could not be listed.
            if let Some(problem) = self.problems.pop() {
                return Err(problem.with_hint(UNREADABLE));
            }
        }
        Ok(())
    }

    /// Adds a file that was found in a directory.
    pub(super) fn push_found(&mut self, bundle: usize, file: Found) {
        // By the suffix, as listing does not open files. Where it is wrong, reading finds out.
        let inflated = (!stream::has_compressed_suffix(&file.name)).then_some(file.bytes);
        let place = file.place();
        self.push(bundle, file.name, file.bytes, inflated, place);
    }

    /// Adds a zip archive that was found in a directory; one that is damaged is an unreadable entry, too.
    /// `depth`: how many archives it is in.
    pub(super) fn add_found_archive(
        &mut self,
        outer: &str,
        bundle: usize,
        file: Found,
        opened: Result<archive::Opened, String>,
        depth: usize,
    ) {
        let problem = match opened {
            Ok(opened) => {
                let home = Home::File(file.path.clone());
                self.add_opened(opened, format!("{outer}!{}", file.name), depth, home)
            }
            Err(cause) => Some(cause),
        };
        // Also beside what was found of it.
        if let Some(cause) = problem {
            self.push(bundle, file.name, file.bytes, None, Place::Unreadable(cause));
        }
    }

    /// Adds a bundle without entries, and returns its index.
    pub(super) fn add_bundle(&mut self, name: String) -> usize {
        let home = Home::Nowhere;
        self.bundles.push(Bundle { name, home, named_in: None, listed: 1, depth: 0 });
        self.bundles.len() - 1
    }

    /// Adds to the total of bytes, if it is still known.
    pub(super) fn count_stored(&mut self, bytes: u64) {
        if let Some(total) = &mut self.stored_bytes {
            *total += bytes;
        }
    }

    /// Adds an entry of which only path and sizes are known; see [`entry`](Self::entry).
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

    /// An entry before any look: its identity comes from bundle and path, all else is still unknown.
    /// `stored`: bytes as stored; `text`: bytes of text, if known.
    pub(super) fn entry(
        &self,
        bundle: usize,
        path: String,
        stored: u64,
        text: Option<u64>,
        place: Place,
    ) -> Entry {
        let identity = identify_in(&self.bundles[bundle].name, &path).shared();
        Entry {
            number: 0,
            bundle,
            path,
            stored_bytes: stored,
            inflated_bytes: text,
            identity,
            outcome: Outcome::default(),
            format: None,
            detected_by: Cow::Borrowed(""),
            stages: &[],
            left_out: None,
            modified: None,
            extracted: None,
            reference: super::Reference::default(),
            blocks: None,
            unit: Some(0),
            points: None,
            examined: false,
            place,
        }
    }
}

/// For an archive in which nothing is.
pub(super) const EMPTY_ARCHIVE: &str = "a run without logs results in an empty archive";

/// For an input that is there, but that the user may not read.
const UNREADABLE: &str = "check that you may read it: ls -ld shows its owner and mode";

/// The error for an input that the system refuses to open.
pub(super) fn cannot_read(name: &str, cause: io::Error) -> Error {
    Error::io("cannot read", Location::bundle(name), cause).with_hint(UNREADABLE)
}

/// The last part of a path, which names the only entry of a single file.
fn base_name(path: &Path) -> String {
    name::of_file(path.file_name().unwrap_or(path.as_os_str())).into_owned()
}

/// Whether a name ends in `.zip`, in any case.
pub(super) fn has_zip_suffix(name: &str) -> bool {
    name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b".zip")
}

/// Whether a file called `.zip` is opened as one: if it is one, or looks like nothing else that is
/// known. The latter fails to open, with the reason.
fn may_be_zip(kind: Kind) -> bool {
    matches!(kind, Kind::Zip | Kind::Text)
}

/// Opens a file that is called `.zip`; `None`: it is another kind of file.
pub(super) fn open_found(found: &Found, map: bool) -> Option<Result<archive::Opened, String>> {
    let cannot = |e: io::Error| Plain(&e).to_string();
    let mut file = match File::open(&found.path) {
        Ok(file) => file,
        Err(e) => return Some(Err(cannot(e))),
    };
    let mut head = [0; magic::HEAD];
    // Nothing contradicts the name of one that cannot be read.
    let (read, _) = read_up_to(&mut file, &mut head);
    let open = || Archive::open(Backing::of(file, Some(&found.path), map).map_err(cannot)?);
    may_be_zip(magic::kind_of(&head[..read])).then(open)
}

// Opening a socket as a file fails with an error that nobody understands.
#[cfg(unix)]
fn is_socket(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    meta.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_: &fs::Metadata) -> bool {
    false
}
