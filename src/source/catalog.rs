//! What there is to read: the entries of all inputs.
//!
//! A catalog comes from `list`, which finds files and the zip archives among them, then from `examine`,
//! which looks into them. Afterwards it is filtered by path, and shared, unchanged, by the threads that
//! read. What is not read stays on record: in `problems`, `refused`, `warnings` and `ignored`.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::held::Held;
use super::limits::Unpacked;
use super::live::Patience;
use super::progress::Progress;
use super::readers::Stream;
use super::stream::{Inner, Known};
use super::written::Windows;
use super::{
    Bundle, Entry, FormatId, IgnoredFile, MissingLog, Opens, Place, ReadOptions, Recognise,
    encoding, feed, longest_row, parts, stream, twins, wide,
};
#[cfg(feature = "serve")]
use super::{Home, Stored};
use crate::error::{Error, Location, Result};

/// Every entry of every input, in output order.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The bundles, archives inside others included.
    pub bundles: Vec<Bundle>,
    /// The entries: inputs in the order given, directories in bytewise order of the path,
    /// archives in the order of their central directory.
    pub entries: Vec<Entry>,
    /// Inputs, folders and parts of archives that could not be listed; the rest was.
    pub problems: Vec<Error>,
    /// Inputs that are not logs and hold none, such as a PNG image, and so were left out.
    pub refused: Vec<Error>,
    /// Surprises, such as the same logs twice. All was listed all the same.
    pub warnings: Vec<Error>,
    /// Files in bundles that are not logs, or hold what others hold, each with its reason.
    pub ignored: Vec<IgnoredFile>,
    /// Logs that the description of a run names, and that are not there.
    pub missing: Vec<MissingLog>,
    /// Bytes of the inputs as stored; `None` if standard input or a pipe is among them.
    pub stored_bytes: Option<u64>,
    /// Those of the warnings, as text, that are about logs that are there twice: they are found
    /// anew whenever entries are left out.
    pub(super) twins: HashSet<String>,
    /// Inputs that a `*` of a shell names beside logs, such as indexes: refused if there is nothing else.
    pub(super) clutter: Vec<Error>,
    pub(super) options: ReadOptions,
    /// Detects formats: a trait, since sources do not depend on formats.
    pub(super) recogniser: Arc<dyn Recognise>,
    /// Standard input is among the inputs.
    pub(super) has_stdin: bool,
    /// The data sets among the inputs: each by its bundle, and its path in it with a `/` at its end.
    pub(super) data_sets: Vec<(usize, String)>,
    /// Rows of files that were decoded last.
    pub(super) windows: Arc<Windows>,
    /// Bundles with entries that were left out before any look.
    pub(super) left_out: HashSet<usize>,
    /// Which archives are opened.
    pub(super) opens: Opens,
    /// How many archives inside of others were opened, and where those are.
    pub(super) nested: u64,
    pub(super) held: Arc<Held>,
}

impl Catalog {
    /// Lists what is in `inputs`: paths, or `-` for standard input. Opens only those archives in
    /// them that are called `.zip`; [`examine`](Self::examine) finds the others. An input that
    /// cannot be opened is an error, or with `is_lenient` one of the [`problems`](Self::problems). Many archives
    /// are opened on `threads` threads.
    pub(crate) fn list<I, S>(
        inputs: I,
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
        is_lenient: bool,
        threads: usize,
    ) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut catalog = Self::empty(options, recogniser);
        let mut paths = Vec::new();
        for input in inputs {
            match catalog.add(input.as_ref(), threads) {
                Ok(()) => paths.push(PathBuf::from(input.as_ref())),
                Err(error) if is_lenient => catalog.problems.push(error),
                Err(error) => return Err(error),
            }
        }
        // By paths alone; copies of the same text are found by `examine`, once formats and
        // archives are known.
        catalog.warnings = twins::inside_of_others(&paths);
        Ok(catalog)
    }

    /// A catalog of nothing.
    pub(crate) fn empty(options: ReadOptions, recogniser: Arc<dyn Recognise>) -> Self {
        Self {
            bundles: Vec::new(),
            entries: Vec::new(),
            problems: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
            ignored: Vec::new(),
            missing: Vec::new(),
            stored_bytes: Some(0),
            twins: HashSet::new(),
            clutter: Vec::new(),
            options,
            recogniser,
            has_stdin: false,
            data_sets: Vec::new(),
            windows: Arc::default(),
            left_out: HashSet::new(),
            opens: Opens::All,
            nested: 0,
            held: Arc::default(),
        }
    }

    /// Leaves out the entries that are not wanted; `is_wanted` is given the name of their bundle.
    /// Entries keep their `number`, but not their index.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&str, &Entry) -> bool) {
        let bundles = &self.bundles;
        self.entries.retain(|entry| is_wanted(&bundles[entry.bundle].name, entry));
        // Of two copies one may be gone now, and the warning with it.
        self.forget_twins();
    }

    /// Leaves out entries that were listed and not looked at; in what they are of, there are logs all the same.
    pub(crate) fn leave_out_unseen(&mut self, mut is_wanted: impl FnMut(&Entry) -> bool) {
        let mut left_out = HashSet::new();
        self.retain(|_, entry| {
            let is_kept = is_wanted(entry);
            if !is_kept {
                left_out.insert(entry.bundle);
            }
            is_kept
        });
        self.left_out.extend(left_out);
    }

    /// Some of the entries, to be looked at: without what else was found.
    pub(crate) fn of_entries(&self, is_wanted: impl Fn(&Entry) -> bool) -> Self {
        Self {
            bundles: self.bundles.clone(),
            entries: self.entries.iter().filter(|entry| is_wanted(entry)).cloned().collect(),
            stored_bytes: self.stored_bytes,
            has_stdin: self.has_stdin,
            data_sets: self.data_sets.clone(),
            windows: Arc::clone(&self.windows),
            ..Self::empty(self.options, Arc::clone(&self.recogniser))
        }
    }

    /// Puts the entries in bytewise order of their bundles' names, then of their paths.
    pub(crate) fn sort_by_path(&mut self) {
        let bundles = &self.bundles;
        self.entries.sort_by(|a, b| {
            let name = |entry: &Entry| bundles[entry.bundle].name.as_bytes();
            (name(a), a.path.as_bytes()).cmp(&(name(b), b.path.as_bytes()))
        });
    }

    /// The name of the bundle that an entry is in.
    pub fn bundle_of(&self, entry: &Entry) -> &str {
        &self.bundles[entry.bundle].name
    }

    /// Where an entry is, for a message. A log file by itself has the input's name alone.
    pub fn locate(&self, entry: usize) -> Location {
        let entry = &self.entries[entry];
        match &entry.place {
            Place::Stdin(_) => return Location::bundle("standard input"),
            Place::File(path) if path == Path::new(self.bundle_of(entry)) => {
                return Location::bundle(self.bundle_of(entry));
            }
            // A part of a file, or a log that was a file by itself when its rows were written.
            Place::Lines(_) | Place::Written(_)
                if parts::is_bundle_itself(self.bundle_of(entry), &entry.path) =>
            {
                return Location::bundle(self.bundle_of(entry));
            }
            _ => {}
        }
        Location::entry(self.bundle_of(entry), entry.path.clone())
    }

    /// The name of an entry in one piece, as tools write it: `BUNDLE!ENTRY` in an archive, a path
    /// elsewhere.
    pub fn name_of(&self, entry: usize) -> String {
        let Entry { path, place, extracted, .. } = &self.entries[entry];
        let bundle = self.bundle_of(&self.entries[entry]);
        // The place does not show whether the bundle is an archive or a folder; its name does.
        let is_elsewhere =
            matches!(place, Place::Lines(_) | Place::Written(_)) || extracted.is_some();
        match place {
            Place::Stdin(_) => bundle.to_owned(),
            Place::File(file) if file == Path::new(bundle) => bundle.to_owned(),
            _ if is_elsewhere && parts::is_bundle_itself(bundle, path) => bundle.to_owned(),
            _ if is_elsewhere && parts::is_named_as_archive(bundle) => format!("{bundle}!{path}"),
            Place::File(_) | Place::Lines(_) | Place::Written(_) if bundle.ends_with('/') => {
                format!("{bundle}{path}")
            }
            Place::File(_) | Place::Lines(_) | Place::Written(_) => format!("{bundle}/{path}"),
            Place::Member(..) | Place::Range(..) | Place::Streamed(..) | Place::Unreadable(_) => {
                format!("{bundle}!{path}")
            }
        }
    }

    /// An entry's bytes without the compression around them, for a look before it is read: what a look
    /// takes from a pipe is gone, so that is an error.
    fn bytes(&self, entry: usize) -> io::Result<Stream> {
        if !self.can_be_read_twice(entry) {
            return Err(io::Error::other("it can be read only once"));
        }
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
        let progress = Arc::default();
        let bytes = feed::open(place, *stored_bytes, &progress)?;
        if let Place::Written(_) = place {
            return Ok(bytes);
        }
        let inner = self.limited(entry, stream::decompress(bytes)?, &progress);
        stream::text_of(inner, self.known_of(entry), Patience::Full, &progress)
    }

    /// What is inside of an entry's compression, up to the limits.
    pub(super) fn limited(&self, entry: usize, inner: Inner, progress: &Arc<Progress>) -> Inner {
        let entry = &self.entries[entry];
        let Inner { kind, layers, mut bytes } = inner;
        if let Some(extracted) = &entry.extracted {
            bytes = extracted.after(bytes);
        }
        // What comes out of a compressed tar file was counted there.
        let counted = Arc::default();
        let (own, progress) = match &entry.place {
            Place::Member(..) => (Some(entry.stored_bytes), progress),
            Place::Streamed(..) => (None, &counted),
            _ if layers == 0 => return Inner { kind, layers, bytes },
            Place::File(_) if !entry.is_live() => (Some(entry.stored_bytes), progress),
            _ => (None, progress),
        };
        let stored = (own, self.stored_bytes);
        let bytes = Box::new(Unpacked::new(bytes, self.options.limits, stored, progress));
        Inner { kind, layers, bytes }
    }

    /// The length of an entry's text, if the archive or the file system has it and the text is stored as it is:
    /// neither compressed in its own way nor in UTF-16 or UTF-32.
    #[cfg(feature = "serve")]
    pub(crate) fn plain_length(&self, entry: usize) -> Option<u64> {
        let Entry { place, stored_bytes, inflated_bytes, .. } = &self.entries[entry];
        let length = match place {
            Place::Unreadable(_) => return None,
            // It may have grown since it was listed.
            Place::File(path) => path.metadata().ok()?.len(),
            _ => (*inflated_bytes)?,
        };
        let mut head = Vec::new();
        let bytes = feed::open(place, *stored_bytes, &Arc::default()).ok()?;
        bytes.take(encoding::SAMPLE as u64).read_to_end(&mut head).ok()?;
        stream::is_text(&head, self.is_forced()).then_some(length)
    }

    /// The data of an entry as its zip archive stores it; `None` if it is in no zip archive, or damaged.
    #[cfg(feature = "serve")]
    pub(crate) fn stored(&self, entry: usize) -> Option<Stored> {
        match &self.entries[entry].place {
            Place::Member(archive, member) => {
                Stored::new(&self.entries[entry].path, archive, member).ok()
            }
            _ => None,
        }
    }

    /// The zip archive in the file system that an entry is a direct member of.
    #[cfg(feature = "serve")]
    pub(crate) fn zip_of(&self, entry: usize) -> Option<&Path> {
        let entry = &self.entries[entry];
        match (&self.bundles[entry.bundle].home, &entry.place) {
            (Home::Zip(path, home), Place::Member(archive, _)) if Arc::ptr_eq(home, archive) => {
                Some(path)
            }
            _ => None,
        }
    }

    /// The file that an entry is; `None` for members of archives, standard input and unreadable ones.
    pub(crate) fn file_of(&self, entry: usize) -> Option<&Path> {
        match &self.entries[entry].place {
            Place::File(path) => Some(path),
            _ => None,
        }
    }

    /// Whether an entry can be looked at and then be read from its beginning: standard input and
    /// pipes cannot.
    pub fn can_be_read_twice(&self, entry: usize) -> bool {
        self.entries[entry].can_be_read_twice()
    }

    /// Whether some entry is read as it comes, from a pipe.
    pub fn has_live(&self) -> bool {
        self.entries.iter().any(Entry::is_live)
    }

    /// Whether an entry can be read at the same time as others and then once more: not a pipe, nor
    /// a member of a compressed tar file, where a look at one decompresses what comes before it.
    pub fn can_be_read_beside_others(&self, entry: usize) -> bool {
        let entry = &self.entries[entry];
        entry.can_be_read_twice() && !matches!(entry.place, Place::Streamed(..))
    }

    /// The first bytes of an entry's text in UTF-8, up to `limit` of them: fewer if it ends or
    /// cannot be read further, none if it cannot be opened or, as a pipe, be read only once.
    pub fn head(&self, entry: usize, limit: usize) -> Vec<u8> {
        let mut head = Vec::new();
        if let Ok(bytes) = self.bytes(entry) {
            // What comes before an error is there.
            let text = wide::Utf8::new(bytes, Patience::Full, Arc::default());
            let _ = text.take(limit as u64).read_to_end(&mut head);
        }
        head
    }

    /// Bytes that will be read, as stored: the total for progress. `None` if that is not known
    /// beforehand.
    pub fn bytes_to_read(&self) -> Option<u64> {
        self.stored_bytes?;
        let mut before = None;
        let mut sum = 0;
        for entry in &self.entries {
            // Members of a compressed tar file have no size of their own as stored: the
            // file counts once for each run of members that one pass reads.
            sum += match &entry.place {
                Place::Streamed(tar, _)
                    if !before.is_some_and(|before| entry.place.continues(before)) =>
                {
                    tar.stored
                }
                _ => entry.stored_bytes,
            };
            before = Some(&entry.place);
        }
        Some(sum)
    }

    /// The format of an entry, or if it is not known yet, that of an entry that begins with this text.
    pub(crate) fn format_of(&self, index: usize, head: &[u8]) -> FormatId {
        let entry = &self.entries[index];
        let in_passing = || self.recogniser.in_passing(self.bundle_of(entry), &entry.path, head);
        entry.format.unwrap_or_else(in_passing)
    }

    /// Whether the format is forced, so that what does not look like a log is read all the same.
    pub(super) fn is_forced(&self) -> bool {
        self.recogniser.is_forced()
    }

    /// What is known of an entry before it is read.
    pub(super) fn known_of(&self, entry: usize) -> Known {
        match self.entries[entry].format {
            _ if self.is_forced() => Known::Forced,
            Some(_) => Known::Looked,
            None => Known::Nothing,
        }
    }

    /// The encoding of an entry's text, such as `UTF-16LE`; `None` for UTF-8 and where it shows only
    /// in reading.
    pub fn encoding(&self, entry: usize) -> Option<&'static str> {
        // Rows are put together in UTF-8.
        if self.entries[entry].written().is_some() {
            return None;
        }
        let mut head = Vec::new();
        // What comes before an error is there.
        let _ = self.bytes(entry).ok()?.take(encoding::SAMPLE as u64).read_to_end(&mut head);
        encoding::encoding_of(&head).map(encoding::Encoding::name)
    }

    /// Moves entries to [`ignored`](Self::ignored); `reason` gives format and reason of those that go,
    /// and `None` for the others.
    pub fn ignore_entries(&mut self, mut reason: impl FnMut(&Entry) -> Option<(FormatId, String)>) {
        let ignored = &mut self.ignored;
        self.entries.retain(|entry| match reason(entry) {
            Some((format, reason)) => {
                let path = entry.path.clone();
                let left_out = entry.left_out.clone();
                let bundle = entry.bundle;
                ignored.push(IgnoredFile { bundle, path, format: Some(format), reason, left_out });
                false
            }
            None => true,
        });
    }

    /// Whether all entries are of one format, whatever they look like.
    pub(crate) fn has_forced_format(&self) -> bool {
        self.recogniser.is_forced()
    }

    /// Bytes of a line of an entry at most.
    pub(super) fn max_line(&self, entry: usize) -> usize {
        let is_rows = self.entries[entry].format == Some(self.recogniser.written().0);
        if is_rows { longest_row(self.options.max_line) } else { self.options.max_line }
    }

    /// The limits and choices it was opened with.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }
}
