//! Where bytes come from: bundles and the entries in them.
//!
//! [`Catalog::open`] lists every entry of every input before anything is read; a [`Feed`] then
//! reads a run of entries as [`Portion`]s of whole lines.

mod archive;
mod backing;
mod codec;
mod directory;
mod examine;
mod feed;
mod framing;
pub mod hint;
pub mod inflate;
mod left_out;
mod lines;
mod magic;
mod name;
mod parts;
mod stream;
mod streamed;
mod tar;
mod twins;
mod wide;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Location, Plain, Result};
use crate::identity::{Identity, Outcome, identify_in};
use archive::{Archive, Member};
use backing::Backing;
use magic::Kind;
use streamed::StreamedTar;

pub use feed::{Ending, Feed, Piece, Portion, Progress};
pub(crate) use framing::BYTE_ORDER_MARK;
pub use framing::{Framing, Newlines, Recognise, Recognised};
pub use left_out::{LeftOut, LineRanges};
pub use lines::is_blank;
pub(crate) use parts::{Log, Part, StoredText};

/// Whether files are mapped into memory or read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapPolicy {
    /// Archives are mapped, plain files are read: the faster of the two for each.
    #[default]
    Auto,
    /// Archives and plain files are mapped.
    Always,
    /// Nothing is mapped: for inputs that may be cut short while they are read.
    Never,
}

/// What the reader takes and where it stops.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// Whether files are mapped into memory.
    pub map: MapPolicy,
    /// Longest line in bytes; a longer one becomes an error row with its first 4 KiB.
    pub max_line: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { map: MapPolicy::Auto, max_line: 64 << 20 }
    }
}

/// An input as a whole: an archive, a directory, a single file or standard input.
#[derive(Debug)]
pub struct Bundle {
    /// As the user named it; an archive found inside has its path appended after a `!`.
    pub name: String,
    /// How many archives it is inside of.
    depth: usize,
}

/// One log file in a bundle.
#[derive(Debug)]
pub struct Entry {
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Path in the bundle, exactly as stored; `/` between parts.
    pub path: String,
    /// Bytes as stored: compressed in an archive. 0 where not known beforehand.
    pub stored_bytes: u64,
    /// Bytes of text, as declared; `None` where it shows only in reading.
    pub inflated_bytes: Option<u64>,
    /// What is known of its log before it is read: at first from the path.
    pub identity: Identity,
    /// What the platform says became of it.
    pub outcome: Outcome,
    /// The format, by its place in `format::FORMATS`; `None`: yet to be told.
    pub format: Option<usize>,
    /// What the format was told by.
    pub told_by: Cow<'static, str>,
    /// The stages that its rows may name themselves; none where the entry has one.
    pub stages: &'static [&'static str],
    /// Lines that give no rows because other entries hold them.
    pub left_out: Option<Arc<LeftOut>>,
    /// Its first bytes were looked at, or need no look.
    examined: bool,
    place: Place,
}

impl Entry {
    fn recognised(&mut self, (format, told_by): Recognised) {
        (self.format, self.told_by) = (Some(format), told_by);
    }

    /// Why it cannot be read, where that is known before it is tried.
    pub fn refusal(&self) -> Option<&str> {
        match &self.place {
            Place::Unreadable(why) => Some(why),
            _ => None,
        }
    }

    /// Whether it can be looked at and then be read from its beginning.
    fn can_be_read_twice(&self) -> bool {
        match &self.place {
            Place::Member(..) | Place::Range(..) | Place::Lines(..) | Place::Streamed(..) => true,
            // A pipe has no size.
            Place::File(_) => self.stored_bytes > 0 || self.inflated_bytes.is_some(),
            Place::Stdin | Place::Unreadable(_) => false,
        }
    }
}

/// A file of a bundle that gives no rows.
#[derive(Debug)]
pub struct Aside {
    /// Index into [`Catalog::bundles`].
    pub bundle: usize,
    /// Path in the bundle.
    pub path: String,
    /// The format, by its place in `format::FORMATS`; `None`: not a log.
    pub format: Option<usize>,
    /// Why it gives none.
    pub reason: String,
    /// What other entries hold of it, where that is why.
    pub left_out: Option<Arc<LeftOut>>,
}

#[derive(Debug, Clone)]
enum Place {
    Member(Arc<Archive>, Member),
    /// A part of an archive that is stored as it is.
    Range(Arc<Backing>, Range<u64>),
    /// Lines of a text that holds the lines of many entries.
    Lines(parts::Lines),
    /// A member of a tar file that is read front to back, by its number.
    Streamed(Arc<StreamedTar>, usize),
    File(PathBuf),
    Stdin,
    /// Known to be unreadable, and why.
    Unreadable(String),
}

impl Place {
    /// Line and offset of the first byte, as they are counted in the text.
    fn beginning(&self) -> (i64, u64) {
        match self {
            Self::Lines(lines) => (lines.first_line, lines.offset),
            _ => (1, 0),
        }
    }

    /// Whether it is read in one go with the place of the entry before.
    fn continues(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Streamed(tar, a), Self::Streamed(same, b)) => Arc::ptr_eq(tar, same) && a < b,
            _ => false,
        }
    }
}

/// Every entry of every input, in output order.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The bundles, archives inside others included.
    pub bundles: Vec<Bundle>,
    /// The entries: inputs in the order given, directories in bytewise order of the path,
    /// archives in the order of their central directory.
    pub entries: Vec<Entry>,
    /// What could not be listed: the rest was.
    pub problems: Vec<Error>,
    /// Inputs that are not logs and hold none, and so were left out.
    pub refused: Vec<Error>,
    /// What may not be as the user expects: everything was listed all the same.
    pub warnings: Vec<Error>,
    /// Files that are not logs, or hold what others hold.
    pub aside: Vec<Aside>,
    /// Bytes of the inputs as stored; `None` when standard input is among them.
    pub stored_bytes: Option<u64>,
    /// The warnings among them of logs that are there twice.
    twins: HashSet<String>,
    options: ReadOptions,
    recogniser: Option<Arc<dyn Recognise>>,
}

impl Catalog {
    /// Lists what is in `inputs`: paths, or `-` for standard input. Of the archives in them, those
    /// are opened that are called `.zip`; a survey of the formats finds the others.
    ///
    /// # Errors
    /// An input that does not exist, cannot be opened, is empty or holds no log is an error. What
    /// is wrong deeper inside (a broken archive in a directory) goes to
    /// [`problems`](Catalog::problems) or becomes an entry that cannot be read.
    pub fn open<I, S>(inputs: I, options: ReadOptions) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut catalog = Self { stored_bytes: Some(0), options, ..Self::default() };
        let mut paths = Vec::new();
        for input in inputs {
            catalog.add(input.as_ref())?;
            paths.push(PathBuf::from(input.as_ref()));
        }
        catalog.warnings = twins::inside_of_others(&paths);
        Ok(catalog)
    }

    /// As [`open`](Self::open), but an input that cannot be opened is one of the
    /// [`problems`](Self::problems), and the others are listed.
    pub fn open_some<I, S>(inputs: I, options: ReadOptions) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut catalog = Self { stored_bytes: Some(0), options, ..Self::default() };
        let mut paths = Vec::new();
        for input in inputs {
            match catalog.add(input.as_ref()) {
                Ok(()) => paths.push(PathBuf::from(input.as_ref())),
                Err(error) => catalog.problems.push(error),
            }
        }
        catalog.warnings = twins::inside_of_others(&paths);
        catalog
    }

    /// Leaves out the entries that are not wanted; `is_wanted` is given the name of their bundle.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&str, &Entry) -> bool) {
        let bundles = &self.bundles;
        self.entries.retain(|entry| is_wanted(&bundles[entry.bundle].name, entry));
        self.forget_twins();
    }

    /// The name of the bundle an entry is in.
    pub fn bundle_of(&self, entry: &Entry) -> &str {
        &self.bundles[entry.bundle].name
    }

    /// Where an entry is, for a message. A log file by itself has the input's name alone.
    pub fn locate(&self, entry: usize) -> Location {
        let entry = &self.entries[entry];
        match &entry.place {
            Place::Stdin => return Location::bundle("standard input"),
            Place::File(path) if path == Path::new(self.bundle_of(entry)) => {
                return Location::bundle(self.bundle_of(entry));
            }
            Place::Lines(_) if parts::is_bundle_itself(self.bundle_of(entry), &entry.path) => {
                return Location::bundle(self.bundle_of(entry));
            }
            _ => {}
        }
        Location::entry(self.bundle_of(entry), entry.path.clone())
    }

    /// The name of an entry in one piece, as tools write it: `BUNDLE!ENTRY` in an archive, a path
    /// elsewhere.
    pub fn name_of(&self, entry: usize) -> String {
        let Entry { path, place, .. } = &self.entries[entry];
        let bundle = self.bundle_of(&self.entries[entry]);
        match place {
            Place::Stdin => bundle.to_owned(),
            Place::File(file) if file == Path::new(bundle) => bundle.to_owned(),
            Place::Lines(_) if parts::is_bundle_itself(bundle, path) => bundle.to_owned(),
            Place::Lines(_) if parts::is_named_as_archive(bundle) => format!("{bundle}!{path}"),
            Place::File(_) | Place::Lines(_) if bundle.ends_with('/') => format!("{bundle}{path}"),
            Place::File(_) | Place::Lines(_) => format!("{bundle}/{path}"),
            Place::Member(..) | Place::Range(..) | Place::Streamed(..) | Place::Unreadable(_) => {
                format!("{bundle}!{path}")
            }
        }
    }

    /// Who tells the formats of entries that are told only in reading. Without one, all of those are
    /// of the first format.
    pub fn set_recogniser(&mut self, recogniser: Arc<dyn Recognise>) {
        self.recogniser = Some(recogniser);
    }

    /// An entry's bytes without the compression around them.
    fn bytes(&self, entry: usize) -> io::Result<stream::Stream> {
        let Entry { place, stored_bytes, .. } = &self.entries[entry];
        let stored = feed::open(place, *stored_bytes, &Arc::default())?;
        Ok(stream::decompress(stored)?.bytes)
    }

    /// An entry's text, front to back.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn text(&self, entry: usize) -> io::Result<Box<dyn Read + Send>> {
        let Entry { place, stored_bytes, .. } = &self.entries[entry];
        let bytes = feed::open(place, *stored_bytes, &Arc::default())?;
        stream::text(bytes, self.is_forced(), &Arc::default())
    }

    /// Whether an entry can be looked at and then be read from its beginning.
    pub fn can_be_read_twice(&self, entry: usize) -> bool {
        self.entries[entry].can_be_read_twice()
    }

    /// Whether an entry can be read beside others and then once more: not a pipe, nor a member of a
    /// compressed tar file, which is read front to back.
    pub fn can_be_read_beside_others(&self, entry: usize) -> bool {
        let entry = &self.entries[entry];
        entry.can_be_read_twice() && !matches!(entry.place, Place::Streamed(..))
    }

    /// The first bytes of an entry's text, up to `limit` of them: fewer where it ends or cannot be
    /// read further.
    pub fn head(&self, entry: usize, limit: usize) -> Vec<u8> {
        let mut head = Vec::new();
        if let Ok(bytes) = self.bytes(entry) {
            // What comes before an error is there.
            let text = wide::Utf8::new(bytes, Arc::default());
            let _ = text.take(limit as u64).read_to_end(&mut head);
        }
        head
    }

    /// Bytes that will be read, as stored; `None` when that is not known beforehand.
    pub fn bytes_to_read(&self) -> Option<u64> {
        self.stored_bytes?;
        let mut before = &Place::Stdin;
        let mut sum = 0;
        for entry in &self.entries {
            // Members of a compressed tar file have no size of their own as stored.
            sum += match &entry.place {
                Place::Streamed(tar, _) if !entry.place.continues(before) => tar.stored,
                _ => entry.stored_bytes,
            };
            before = &entry.place;
        }
        Some(sum)
    }

    /// Whether the format is forced, so that what does not look like a log is read all the same.
    fn is_forced(&self) -> bool {
        self.recogniser.as_ref().is_some_and(|recogniser| recogniser.is_forced())
    }

    /// The encoding of an entry's text, such as `UTF-16LE`; `None` for UTF-8 and where it shows only
    /// in reading.
    pub fn encoding(&self, entry: usize) -> Option<&'static str> {
        if !self.entries[entry].can_be_read_twice() {
            return None;
        }
        let mut head = Vec::new();
        // What comes before an error is there.
        let _ = self.bytes(entry).ok()?.take(512).read_to_end(&mut head);
        wide::encoding_of(&head).map(wide::Wide::name)
    }

    /// Moves entries aside; `reason` gives format and reason of those that go.
    pub fn set_aside(&mut self, mut reason: impl FnMut(&Entry) -> Option<(usize, String)>) {
        let aside = &mut self.aside;
        self.entries.retain(|entry| match reason(entry) {
            Some((format, reason)) => {
                let path = entry.path.clone();
                let left_out = entry.left_out.clone();
                let bundle = entry.bundle;
                aside.push(Aside { bundle, path, format: Some(format), reason, left_out });
                false
            }
            None => true,
        });
    }

    /// The limits and choices it was opened with.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    fn add(&mut self, input: &OsStr) -> Result<()> {
        if input == "-" {
            let bundle = self.add_bundle("-".into());
            self.stored_bytes = None;
            self.push(bundle, "-".into(), 0, None, Place::Stdin);
            return Ok(());
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
                .with_hint("have its program write to a file or pipe"));
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
                .with_hint("an export that was interrupted leaves an empty file; fetch it again"));
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
                "a download that was cut short lacks the list at its end; fetch it again, \
                 or rename a file that is no zip",
            )
        })?;
        if self.entries.len() == before && self.problems.is_empty() {
            return Err(Error::new("cannot read", Location::bundle(name), "the archive is empty")
                .with_hint(EMPTY_ARCHIVE));
        }
        Ok(())
    }

    /// Adds the members of an archive; the error says why it cannot be opened at all.
    fn add_archive(&mut self, backing: Backing, name: String, depth: usize) -> Result<(), String> {
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
                Error::new("cannot list the archive to its end", Location::bundle(name), problem)
                    .with_hint("the entries listed before were read"),
            );
        }
        Ok(())
    }

    /// An archive inside an archive: inflated into memory and opened as a bundle of its own.
    fn add_nested(
        &mut self,
        archive: &Arc<Archive>,
        outer: &str,
        bundle: usize,
        path: String,
        member: Member,
        depth: usize,
    ) {
        let opened = if depth + 1 == stream::MAX_NESTING {
            Err(too_deep())
        } else {
            stream::open_member(archive, &member, &Arc::default())
                .and_then(|mut stream| {
                    let mut bytes = Vec::new();
                    stream.read_to_end(&mut bytes)?;
                    Ok(bytes)
                })
                .map_err(|e| Plain(&e).to_string())
                .and_then(|bytes| {
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
                "the directory holds no log file",
            )
            .with_hint("name the folder that the bundle was extracted to"));
        }
        let bundle = self.add_bundle(name.clone());
        for file in listing.files {
            self.count_stored(file.bytes);
            if has_zip_suffix(&file.name) && file.is_regular() && may_be_zip(&file.path) {
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

    fn add_bundle(&mut self, name: String) -> usize {
        self.bundles.push(Bundle { name, depth: 0 });
        self.bundles.len() - 1
    }

    fn count_stored(&mut self, bytes: u64) {
        if let Some(total) = &mut self.stored_bytes {
            *total += bytes;
        }
    }

    fn push(&mut self, bundle: usize, path: String, stored: u64, text: Option<u64>, place: Place) {
        let entry = self.entry(bundle, path, stored, text, place);
        self.entries.push(entry);
    }

    fn entry(
        &self,
        bundle: usize,
        path: String,
        stored: u64,
        text: Option<u64>,
        place: Place,
    ) -> Entry {
        let identity = identify_in(&self.bundles[bundle].name, &path);
        Entry {
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
const EMPTY_ARCHIVE: &str = "a run without logs gives such a bundle";

/// For an input that is there, but is not ours to read.
const UNREADABLE: &str = "you must be allowed to read it: see its owner and mode with ls -ld";

fn cannot_read(name: &str, cause: io::Error) -> Error {
    Error::io("cannot read", Location::bundle(name), cause).with_hint(UNREADABLE)
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn has_zip_suffix(name: &str) -> bool {
    name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b".zip")
}

/// Whether a file that is named as a zip is one, or nothing else that is known.
fn may_be_zip(path: &Path) -> bool {
    let mut head = [0; magic::HEAD];
    let read = File::open(path).map_or(0, |mut file| read_up_to(&mut file, &mut head).0);
    matches!(magic::kind_of(&head[..read]), Kind::Zip | Kind::Text)
}

fn too_deep() -> String {
    format!("archives are nested more than {} deep", stream::MAX_NESTING)
}

/// Reads until `into` is full or the source ends; returns how much that was, even after an error.
fn read_up_to(source: &mut impl Read, into: &mut [u8]) -> (usize, io::Result<()>) {
    let mut read = 0;
    while read < into.len() {
        match source.read(&mut into[read..]) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (read, Err(e)),
        }
    }
    (read, Ok(()))
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
