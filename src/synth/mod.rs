//! Made-up bundles: seeded text like that of real builds, for tests, benchmarks and
//! `ripsaw bench --generate`.
//!
//! ```text
//! keys  →  text, service  →  ndjson, odd, sets  →  log  →  archive
//!  names    messages from     records and           an entry's   the zip
//!           templates         odd lines             bytes        or tree
//! ```
//!
//! A [`Recipe`] gives the same bytes on every platform and at any number of threads. That is why there are
//! no hash maps, no mathematical functions and no draws of `usize` in here: their results differ by platform
//! or by run.

mod words;
mod templates;
mod text;
mod service;
mod ndjson;
mod odd;
mod keys;
mod sets;
mod log;
mod archive;

use std::io::{self, Write};
use std::ops::AddAssign;
use std::path::Path;

use fastrand::Rng;

pub use log::Log;
pub use sets::NdjsonSet;

/// How the entries of a Harness bundle are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `ACCOUNT/ACCOUNT/pipeline/PIPELINE/RUN/-EXECUTION/STAGE/…/STEP`.
    #[default]
    Simplified,
    /// `ACCOUNT/accountId:ACCOUNT/…/runSequence:N/level0:pipeline/…`, with a legacy key here and there.
    Standard,
}

/// What the entries of a bundle are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Logs of the steps of builds, as Harness stores them.
    #[default]
    Steps,
    /// NDJSON of no platform.
    Ndjson(NdjsonSet),
}

/// What a generated bundle is made of.
///
/// # Examples
/// ```
/// use ripsaw::synth::Recipe;
///
/// let recipe = Recipe { entries: 3, bytes: 10_000, ..Recipe::default() };
/// let mut zip = Vec::new();
/// let made = recipe.write_zip(&mut zip)?;
/// assert_eq!(made.entries, 3);
/// assert!(zip.starts_with(b"PK"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Another seed, another bundle: names, sizes and text.
    pub seed: u64,
    /// What the entries are. The layout and oddities are of steps alone.
    pub content: Content,
    /// How entries are named.
    pub layout: Layout,
    /// Number of entries; 0 gives an empty bundle.
    pub entries: usize,
    /// Bytes of all entries together, inflated; each entry may go over its part by one record.
    pub bytes: u64,
    /// Whether one entry holds a fifth of the bytes. The others' sizes are log-normal.
    pub big_entry: bool,
    /// Share of odd lines, from 0 (every line as the platform writes it) to 1: malformed and blank
    /// lines, other keys, types and key orders. Above 0 some entries end without a newline, and one in
    /// 17 is empty, so that the bytes fall short by about as much.
    pub oddities: f64,
}

impl Default for Recipe {
    /// A clean megabyte of 20 entries.
    fn default() -> Self {
        Self {
            seed: 1,
            content: Content::Steps,
            layout: Layout::Simplified,
            entries: 20,
            bytes: 1 << 20,
            big_entry: false,
            oddities: 0.0,
        }
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Number of entries.
    pub entries: usize,
    /// Bytes of all entries, inflated.
    pub bytes: u64,
    /// Lines that hold more than spaces and tabs (and the `\r` of a line's end).
    pub lines: u64,
}

impl AddAssign for Made {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.bytes += other.bytes;
        self.lines += other.lines;
    }
}

/// One entry of a generated bundle: known by name and size, its bytes made when asked for.
#[derive(Clone, Debug)]
pub struct MadeEntry {
    name: String,
    /// As for [`bytes`](Self::bytes).
    bytes: u64,
    /// Of this entry's text alone.
    seed: u64,
    kind: EntryKind,
    /// As in the recipe.
    oddities: f64,
    /// The entry ends with a newline, unlike one of a writer that was cut off.
    last_newline: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug)]
enum EntryKind {
    /// The log of a step.
    Step(keys::Kind),
    /// Records of a set.
    Set(NdjsonSet),
}

impl MadeEntry {
    /// The entry's path in the bundle.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size that the entry's bytes reach, or pass by less than one record; the last newline counts even
    /// if it is left out. 0: the entry is empty.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The entry's bytes, from the start: a stream that makes them as they are read.
    pub fn log(&self) -> Log {
        Log::new(self.seed, self.kind, self.bytes, self.oddities, self.last_newline)
    }
}

impl Recipe {
    /// The entries in the order of the bundle, which is bytewise by name.
    pub fn entries(&self) -> Vec<MadeEntry> {
        // All draws for all entries are made here, in one thread; each entry gets a seed for its own.
        let mut rng = Rng::with_seed(self.seed);
        let keys: Vec<(String, EntryKind)> = match self.content {
            Content::Steps => {
                let keys = keys::keys(&mut rng, self.layout, self.entries);
                keys.into_iter().map(|(name, kind)| (name, EntryKind::Step(kind))).collect()
            }
            Content::Ndjson(set) => (0..self.entries)
                .map(|number| (format!("app/part-{number:07}.ndjson"), EntryKind::Set(set)))
                .collect(),
        };
        let weight = |kind: &EntryKind| match kind {
            EntryKind::Step(kind) => kind.weight,
            EntryKind::Set(_) => 1.0,
        };
        let weights: Vec<f64> =
            keys.iter().map(|(_, kind)| weight(kind) * log_normal(&mut rng)).collect();
        // The entry that is the largest anyway; the last of several.
        let big = (0..keys.len())
            .max_by(|&a, &b| weights[a].total_cmp(&weights[b]))
            .filter(|_| self.big_entry);
        let sizes = sizes(self.bytes, &weights, big);
        let odd = self.oddities > 0.0;
        let entry = |(n, ((name, kind), bytes)): (usize, ((String, EntryKind), u64))| MadeEntry {
            name,
            kind,
            // Every 17th entry is empty, every seventh has no newline at its end: by number, so that any
            // bundle of some size has them.
            bytes: if odd && n % 17 == 5 && Some(n) != big { 0 } else { bytes },
            seed: rng.u64(..),
            oddities: self.oddities,
            last_newline: !(odd && n % 7 == 3),
        };
        keys.into_iter().zip(sizes).enumerate().map(entry).collect()
    }

    /// Writes the bundle as a zip like the platform's: deflate, sizes in data descriptors, entries in
    /// key order. Deflates on all threads of rayon's pool; holds compressed bytes of a part of the
    /// entries, and parts of a large one, so that memory does not grow with the bundle.
    ///
    /// # Errors
    /// The output's.
    pub fn write_zip(&self, out: impl Write + Send) -> io::Result<Made> {
        self.write_zip_while(out, &|| true)
    }

    /// Writes the bundle's entries as files under `dir`, as extraction would.
    ///
    /// # Errors
    /// The file system's; what was written until then stays.
    pub fn write_tree(&self, dir: &Path) -> io::Result<Made> {
        self.write_tree_while(dir, &|| true)
    }

    /// As [`write_zip`](Self::write_zip), as long as `go_on` returns true; it is called from many threads,
    /// for every block.
    ///
    /// # Errors
    /// The output's, and one of its own if it was stopped.
    pub fn write_zip_while(
        &self,
        out: impl Write + Send,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> io::Result<Made> {
        archive::write_zip(&self.entries(), out, go_on)
    }

    /// As [`write_tree`](Self::write_tree), as long as `go_on` returns true.
    ///
    /// # Errors
    /// As [`write_tree`](Self::write_tree), and one of its own if it was stopped.
    pub fn write_tree_while(
        &self,
        dir: &Path,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> io::Result<Made> {
        archive::write_tree(&self.entries(), dir, go_on)
    }
}

/// Every kind of odd line that [`Recipe::oddities`] mixes in: a name, and the line without its newline.
/// Names are unique; no line has a newline inside.
pub fn odd_lines() -> Vec<(&'static str, Vec<u8>)> {
    log::odd_lines()
}

/// Parts of `bytes` by weight, rounded down; the entry at `big` gets a fifth, the others share what is left.
fn sizes(bytes: u64, weights: &[f64], big: Option<usize>) -> Vec<u64> {
    let fifth = if big.is_some() { bytes / 5 } else { 0 };
    let others =
        weights.iter().enumerate().filter(|(n, _)| Some(*n) != big).map(|(_, weight)| weight);
    let sum: f64 = others.sum();
    let part = |weight: f64| ((bytes - fifth) as f64 * (weight / sum)) as u64;
    weights
        .iter()
        .enumerate()
        .map(|(n, &weight)| if Some(n) == big { fifth } else { part(weight) })
        .collect()
}

/// A draw from a log-normal distribution, by additions and multiplications alone: the mathematical
/// functions of platforms differ in their last bits.
fn log_normal(rng: &mut Rng) -> f64 {
    // The sum of twelve uniform draws has a variance of 1 and a mean of 6, and is nearly normal.
    let normal = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
    // (1 + x/1024)^1024 is near enough to e^x. It is squared ten times; 0.9 is the deviation of the exponent.
    (0..10).fold(1.0 + normal * 0.9 / 1024.0, |power, _| power * power)
}
