//! What is known of each item from one fetch to the next: a JSON file for each in `.ripsaw/fetch` of the
//! output directory. It has no secret and no signed address.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::name::{file_name, with_hash};
use crate::error::{Error, Location, Result};

/// What is known of an item. Members that are not known are kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// 1.
    pub(super) version: u32,
    /// `harness`, `firstgen`, `apify` or `deepset`.
    pub(super) platform: String,
    /// The platform's id.
    pub(super) id: String,
    /// Its file, in the output directory; there only once it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// Whether the run has ended, so that the file is final.
    #[serde(default)]
    pub(super) finished: bool,
    /// The platform's word for how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) started_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fetched_at: Option<String>,
    /// A download that is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<Partial>,
    /// Whether it is of a piece of an item, which has no state of its own.
    #[serde(skip)]
    is_piece: bool,
    /// What only one platform has, such as an export's request.
    #[serde(flatten)]
    pub(super) more: Map<String, Value>,
}

/// How a download is continued: the bytes so far are in a file beside the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Partial {
    /// The answer's `ETag` (a strong one), or `Last-Modified`.
    pub(super) validator: String,
    /// The declared length.
    pub(super) total: u64,
    /// Whether the run had ended, so that nothing is added to the file.
    #[serde(default)]
    pub(super) is_final: bool,
}

impl Record {
    /// Of a piece of an item: never written.
    pub(super) fn piece() -> Self {
        Self { is_piece: true, ..Self::default() }
    }

    /// A member that only one platform has.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.more.get(name)?.as_str()
    }

    /// Sets such a member.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.more.insert(name.to_owned(), value.into());
    }
}

/// The output directory and its states. Only one process uses it at a time.
#[derive(Debug)]
pub(super) struct Store {
    /// Where the logs go.
    out: PathBuf,
    /// Where the states and the parts of downloads are.
    folder: PathBuf,
    platform: &'static str,
    /// Names that are taken, in lower case, and by which id.
    taken: Mutex<HashMap<String, String>>,
    /// Locked while the process lives.
    _lock: Option<File>,
}

impl Store {
    /// Makes the directories, and locks them; `is_dry`: nothing is written.
    ///
    /// # Errors
    /// A directory that cannot be made, or another fetch that is using it.
    pub(super) fn open(out: &Path, platform: &'static str, is_dry: bool) -> Result<Self> {
        let folder = out.join(".ripsaw").join("fetch");
        let error = |e| cannot("create", &folder, e);
        if is_dry {
            let taken = Mutex::default();
            return Ok(Self { out: out.to_owned(), taken, folder, platform, _lock: None });
        }
        fs::create_dir_all(&folder).map_err(error)?;
        let lock = File::create(folder.join("lock")).map_err(error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let location = Location::bundle(out.display().to_string());
                return Err(Error::new("cannot fetch", location, "another fetch is writing there"));
            }
            // File systems without locks are used without.
            Err(fs::TryLockError::Error(_)) => {}
        }
        let store = Self {
            out: out.to_owned(),
            taken: Mutex::new(taken(&folder)),
            folder,
            platform,
            _lock: Some(lock),
        };
        Ok(store)
    }

    /// What is known of an item: nothing if its state is damaged.
    pub(super) fn load(&self, id: &str) -> Record {
        let read = fs::read(self.path_of(id, "json")).ok();
        let record: Option<Record> = read.and_then(|text| serde_json::from_slice(&text).ok());
        record.filter(|record| record.platform == self.platform && record.id == id).unwrap_or_else(
            || Record {
                version: 1,
                platform: self.platform.to_owned(),
                id: id.to_owned(),
                ..Record::default()
            },
        )
    }

    /// All states of the platform.
    pub(super) fn all(&self) -> Vec<Record> {
        let mut records = records(&self.folder);
        records.retain(|record| record.platform == self.platform);
        records
    }

    /// Writes what is known of an item: whole, or not at all.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn save(&self, record: &Record) -> Result<()> {
        if record.is_piece {
            return Ok(());
        }
        let path = self.path_of(&record.id, "json");
        let error = |e| cannot("write", &path, e);
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".state").tempfile_in(&self.folder)?;
            let mut text = serde_json::to_vec_pretty(record)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.persist(&path).map_err(|e| e.error)?;
            Ok(())
        };
        write().map_err(error)
    }

    /// The file of an item, if it is there as it was written.
    pub(super) fn file_of(&self, record: &Record) -> Option<PathBuf> {
        let path = self.out.join(record.file.as_ref()?);
        let is_same = fs::metadata(&path).is_ok_and(|data| Some(data.len()) == record.bytes);
        is_same.then_some(path)
    }

    /// Where a file of this name is, or will be.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// Where the bytes of a download are collected.
    pub(super) fn part_of(&self, id: &str) -> PathBuf {
        self.path_of(id, "part")
    }

    /// A folder for the pieces of an item: of one that has ended, or as it is while it runs.
    pub(super) fn pieces_of(&self, id: &str, is_running: bool) -> PathBuf {
        self.path_of(id, if is_running { "running" } else { "pieces" })
    }

    fn path_of(&self, id: &str, extension: &str) -> PathBuf {
        // Ids that differ in case alone, as Apify's may, share a name on some file systems.
        let name = file_name(&[self.platform, id]);
        let name = match id.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => with_hash(&name, id),
            false => name,
        };
        self.folder.join(format!("{name}.{extension}"))
    }

    /// The file name for an item, `stem.extension`, or with a hash if another item has that.
    pub(super) fn claim(&self, id: &str, stem: &str, extension: &str) -> String {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{stem}.{extension}");
        let key = name.to_lowercase();
        let owner = format!("{} {id}", self.platform);
        match taken.get(&key) {
            Some(other) if *other != owner => format!("{}.{extension}", with_hash(stem, id)),
            _ => {
                taken.insert(key, owner);
                name
            }
        }
    }

    /// Gives a complete file its name.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn publish(&self, part: &Path, name: &str) -> Result<PathBuf> {
        let path = self.out.join(name);
        let error = |e| cannot("write", &path, e);
        fs::rename(part, &path).map_err(error)?;
        Ok(path)
    }
}

/// An error of the operating system with a file or folder.
pub(super) fn cannot(what: &str, path: &Path, e: io::Error) -> Error {
    Error::io(format!("cannot {what}"), Location::bundle(path.display().to_string()), e)
}

/// The states in a folder; those that are damaged are left out.
fn records(folder: &Path) -> Vec<Record> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok());
    let paths = entries.map(|entry| entry.path());
    let states = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let texts = states.filter_map(|path| fs::read(path).ok());
    texts.filter_map(|text| serde_json::from_slice(&text).ok()).collect()
}

/// The names of files that items have, in lower case.
fn taken(folder: &Path) -> HashMap<String, String> {
    let owner = |record: &Record| format!("{} {}", record.platform, record.id);
    let named = records(folder).into_iter().filter_map(|record| {
        let owner = owner(&record);
        Some((record.file?.to_lowercase(), owner))
    });
    named.collect()
}
