//! The logs that are served, as all platforms share them.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;

use super::hash::SecretIds;
use super::options::ServeOptions;
use super::states::States;
use super::text::Text;
use crate::error::{Error, Result};
use crate::scan::{Batches, Records, Scan};
use crate::source::{Catalog, Entry, FormatId};

/// Opened inputs. Entries are named by their index in the catalog, which never changes.
pub(super) struct Archive {
    scan: Scan,
    states: States,
    options: ServeOptions,
    log_token: String,
}

impl Archive {
    /// Takes inputs that can be read again and again.
    ///
    /// # Errors
    /// Standard input or a pipe.
    pub(super) fn new(scan: Scan, options: &ServeOptions) -> Result<Self> {
        if let Some(live) = scan.entries().iter().position(Entry::is_live) {
            let cause = "it can be read only once";
            return Err(Error::new("cannot serve", scan.catalog().locate(live), cause)
                .with_hint("write it to a file first"));
        }
        let states = States::beside(scan.catalog());
        let log_token = SecretIds::default().make();
        Ok(Self { scan, states, options: options.clone(), log_token })
    }

    /// How it is served.
    pub(super) fn options(&self) -> &ServeOptions {
        &self.options
    }

    /// A token for logs alone, given to clients that have shown the other one.
    pub(super) fn log_token(&self) -> &str {
        &self.log_token
    }

    /// A text that changes if the text of an entry may have changed.
    pub(super) fn version(&self, entry: usize) -> String {
        let Some(home) = self.catalog().home_of(entry) else { return String::new() };
        let about = home.path.metadata().ok();
        let length = about.as_ref().map_or(0, |about| about.len());
        let changed = about.and_then(|about| about.modified().ok());
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let changed = changed.map_or(0, |since| since.as_nanos());
        format!("{}\0{length}\0{changed}\0{entry}", home.path.display())
    }

    /// What was noted of runs when their logs were fetched.
    pub(super) fn states(&self) -> &States {
        &self.states
    }

    /// Whether an entry is of the format of this name.
    pub(super) fn is_format(&self, entry: usize, name: &str) -> bool {
        let format = self.entries()[entry].format;
        format.is_some() && format == FormatId::named(name)
    }

    /// When the file that an entry is in was changed, in milliseconds since 1970.
    pub(super) fn modified(&self, entry: usize) -> Option<i64> {
        let time = self.catalog().home_of(entry)?.path.metadata().ok()?.modified().ok()?;
        Some(Timestamp::try_from(time).ok()?.as_millisecond())
    }

    /// The bundles and entries.
    pub(super) fn catalog(&self) -> &Arc<Catalog> {
        self.scan.catalog()
    }

    /// The entries, in the order of the input.
    pub(super) fn entries(&self) -> &[Entry] {
        self.scan.entries()
    }

    /// The text of an entry, decoded, as it is stored.
    pub(super) fn text(&self, entry: usize) -> Text {
        Text::new(self.catalog(), entry)
    }

    /// All inputs, to be searched.
    pub(super) fn scan(&self) -> &Scan {
        &self.scan
    }

    /// The rows of one entry, with these columns, on one thread.
    ///
    /// # Errors
    /// A column that does not exist.
    pub(super) fn rows(&self, entry: usize, columns: &[&str]) -> Result<Batches> {
        let scan = self.scan.clone().threads(1).columns(columns.iter().copied());
        scan.read_entry(entry)
    }

    /// As [`rows`](Self::rows), one by one.
    ///
    /// # Errors
    /// As for [`rows`](Self::rows).
    pub(super) fn records(&self, entry: usize, columns: &[&str]) -> Result<Records> {
        Ok(Records::of(self.rows(entry, columns)?))
    }

    /// The name of an entry's bundle without folders and extension, as in `deploy` for `logs/deploy.zip`.
    pub(super) fn bundle_name(&self, entry: usize) -> &str {
        stem(self.catalog().bundle_of(&self.entries()[entry]))
    }
}

/// The last part of a bundle's name, without the extensions of archives and compressed files.
fn stem(bundle: &str) -> &str {
    let name = bundle.trim_end_matches(['/', '\\']);
    let name = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    const EXTENSIONS: [&str; 14] = [
        ".zip", ".gz", ".zst", ".xz", ".bz2", ".lzma", ".tgz", ".tar", ".log", ".txt", ".json",
        ".ndjson", ".jsonl", ".csv",
    ];
    let mut stem = name;
    while let Some(shorter) = EXTENSIONS.iter().find_map(|extension| stem.strip_suffix(extension)) {
        stem = shorter;
    }
    match stem {
        "" | "." | ".." | "-" => "logs",
        stem => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn bundles_have_short_names() {
        for (bundle, name) in [
            ("logs/deploy.zip", "deploy"),
            ("a/b.tar.gz", "b"),
            ("dir/", "dir"),
            (".", "logs"),
            ("outer.zip!inner/x.tgz", "x"),
            ("run.2024.log", "run.2024"),
            (".zip", "logs"),
        ] {
            assert_eq!(stem(bundle), name, "{bundle}");
        }
    }
}
