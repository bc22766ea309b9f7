//! Extraction of bundles to files that every system takes.
//!
//! Names in archives are data: `../x`, `C:\x`, `aux`, two that differ in case, or one of 64 kB. Each entry
//! gets a name that Windows, macOS and Linux take, below the directory; the list in the directory
//! has both names, so that [`Scan`](crate::Scan) of the directory gives the rows of the bundle, names and errors
//! included. The directory appears whole or not at all.

mod names;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use rayon::prelude::*;

use crate::error::{Error, Location, Plain, Result};
use crate::format::Survey;
use crate::sink::folder::Folder;
use crate::source::{
    Catalog, LIST, LIST_VERSION, List, ListedBundle, ListedFile, Progress, RawEntries, ReadOptions,
    is_after_all,
};
use names::Names;

/// Bytes that are copied at a time.
const BUFFER: usize = 256 << 10;

/// Inputs that can be extracted.
#[derive(Debug)]
pub struct Extraction {
    catalog: Catalog,
    threads: usize,
}

/// What was extracted.
#[derive(Debug, Default)]
pub struct Extracted {
    /// Entries that have a file.
    pub files: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Files that are not called as their entries are.
    pub renamed: u64,
    /// Entries that could not be read to their end, in their order: their files have what comes before.
    pub failures: Vec<Error>,
}

impl Extraction {
    /// Lists what is in the inputs, which are those of a [`Scan`](crate::Scan). Archives in archives are extracted as
    /// files. `threads`: how many extract.
    ///
    /// # Errors
    /// An input that cannot be opened.
    pub fn open<I, S>(inputs: I, read: ReadOptions, threads: usize) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let survey = Survey { read, ..Survey::default() };
        Ok(Self { catalog: survey.files(inputs)?, threads })
    }

    /// What was listed, with the [problems](Catalog::problems) of that.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Extracts everything to a new directory, or one without files, as long as `watch` returns true: it is called
    /// several times a second with the progress.
    ///
    /// # Errors
    /// The directory has files, or cannot be written. Nothing is there then. Entries that cannot be read are
    /// [failures](Extracted::failures), not errors.
    pub fn write(
        &self,
        to: &Path,
        watch: &(dyn Fn(&Progress) -> bool + Sync),
    ) -> Result<Extracted> {
        let folder = Folder::create(to)?;
        let (mut list, roots) = self.plan();
        let cannot = |cause| folder.error(cause);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
        let pool = pool.map_err(|e| {
            Error::io("cannot start a thread", Location::default(), io::Error::other(e))
        })?;
        let work = Work {
            catalog: &self.catalog,
            root: folder.path(),
            progress: Arc::default(),
            folders: Mutex::default(),
            watch,
        };
        let runs = self.catalog.runs();
        let mut rest = &mut list.files[..];
        let mut parts = Vec::with_capacity(runs.len());
        for run in runs {
            let (own, others) = rest.split_at_mut(run.len());
            parts.push((run.start, own));
            rest = others;
        }
        let written = pool.install(|| {
            parts.into_par_iter().try_for_each(|(first, files)| work.run(first, files))
        });
        written.map_err(cannot)?;
        let mut extracted = Extracted::default();
        for file in &list.files {
            let root = &roots[file.bundle];
            let plain = match root.as_str() {
                "" => file.name.clone(),
                root => format!("{root}/{}", file.name),
            };
            extracted.files += u64::from(file.path.is_some());
            extracted.bytes += file.bytes;
            extracted.renamed += u64::from(file.path.as_ref().is_some_and(|path| *path != plain));
            if let Some(cause) = &file.error {
                let bundle = &list.bundles[file.bundle].name;
                let location = Location::entry(bundle, &file.name);
                extracted.failures.push(Error::new(
                    "could not read the whole entry",
                    location,
                    cause,
                ));
            }
        }
        write_list(folder.path(), &list).map_err(cannot)?;
        folder.commit()?;
        Ok(extracted)
    }

    /// The files that are written, and the folder of each bundle: none if there is only one.
    fn plan(&self) -> (List, Vec<String>) {
        let mut names = Names::default();
        let catalog = &self.catalog;
        let bundles: Vec<_> = catalog.bundles.iter().map(|bundle| &bundle.name).collect();
        let root_of = |name: &String| match bundles.len() {
            1 => String::new(),
            _ => {
                let last = name.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next();
                names.take("", &names::escape(last.unwrap_or_default()))
            }
        };
        let roots: Vec<String> = bundles.iter().copied().map(root_of).collect();
        let files = (0..catalog.entries.len()).map(|index| {
            let entry = &catalog.entries[index];
            let path = entry.refusal().is_none();
            ListedFile {
                bundle: entry.bundle,
                name: entry.path.clone(),
                path: path.then(|| names.file(&roots[entry.bundle], &entry.path)),
                bytes: 0,
                modified: catalog.stored_time(index).map(|time| time.div_euclid(1_000_000_000)),
                error: entry.refusal().map(str::to_owned),
                is_whole: false,
            }
        });
        let files = files.collect();
        let problems = |name: &str| {
            let own = |problem: &&Error| problem.location().bundle.as_deref() == Some(name);
            catalog.problems.iter().filter(own).map(Error::cause).collect()
        };
        let bundles = bundles
            .into_iter()
            .map(|name| ListedBundle { name: name.clone(), problems: problems(name) })
            .collect();
        (List { ripsaw_extract: LIST_VERSION, bundles, files }, roots)
    }
}

/// What the threads share.
struct Work<'a> {
    catalog: &'a Catalog,
    /// The folder that everything is in.
    root: &'a Path,
    progress: Arc<Progress>,
    /// Folders that are there.
    folders: Mutex<HashSet<String>>,
    watch: &'a (dyn Fn(&Progress) -> bool + Sync),
}

impl Work<'_> {
    /// Extracts entries one after the other, from this one on.
    ///
    /// # Errors
    /// Of writing. What cannot be read is noted.
    fn run(&self, first: usize, files: &mut [ListedFile]) -> io::Result<()> {
        let mut source = RawEntries::of(&self.progress);
        let mut buffer = vec![0; BUFFER];
        for (index, file) in (first..).zip(files) {
            if let Some(path) = &file.path {
                let out = self.create(path)?;
                self.copy(&mut source, index, out, &mut buffer, file)?;
            }
        }
        Ok(())
    }

    fn copy(
        &self,
        source: &mut RawEntries,
        index: usize,
        mut out: File,
        buffer: &mut [u8],
        file: &mut ListedFile,
    ) -> io::Result<()> {
        let mut failed = None;
        match source.open(self.catalog, index) {
            Ok(mut bytes) => loop {
                if !(self.watch)(&self.progress) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                match bytes.read(buffer) {
                    Ok(0) => break,
                    Ok(read) => {
                        out.write_all(&buffer[..read])?;
                        file.bytes += read as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            },
            Err(error) => failed = Some(error),
        }
        if let Some(error) = failed {
            file.error = Some(Plain(&error).to_string());
            file.is_whole = is_after_all(&error);
        }
        if let Some(seconds) = file.modified.and_then(|time| u64::try_from(time).ok()) {
            // The list has the time as well, so a file system that cannot store it is not an error.
            let _ = out.set_modified(UNIX_EPOCH + Duration::from_secs(seconds));
        }
        Ok(())
    }

    /// A new file, and the folders that it is in.
    fn create(&self, path: &str) -> io::Result<File> {
        if let Some((folder, _)) = path.rsplit_once('/') {
            let is_there = |folders: &HashSet<String>| folders.contains(folder);
            let is_known = is_there(&self.folders.lock().unwrap_or_else(PoisonError::into_inner));
            if !is_known {
                fs::create_dir_all(self.root.join(folder))?;
                let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
                folders.insert(folder.to_owned());
            }
        }
        // Never through a link, nor over another: each file has its name for itself.
        File::create_new(self.root.join(path))
    }
}

/// Writes the list, a file on each line.
fn write_list(root: &Path, list: &List) -> io::Result<()> {
    let path = root.join(LIST);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    let mut out = BufWriter::new(File::create_new(path)?);
    let List { ripsaw_extract, bundles, files } = list;
    write!(out, "{{\"ripsaw_extract\":{ripsaw_extract},\"bundles\":")?;
    serde_json::to_writer(&mut out, bundles)?;
    write!(out, ",\"files\":[")?;
    for (index, file) in files.iter().enumerate() {
        writeln!(out, "{}", if index > 0 { "," } else { "" })?;
        serde_json::to_writer(&mut out, file)?;
    }
    write!(out, "\n]}}\n")?;
    out.flush()
}
