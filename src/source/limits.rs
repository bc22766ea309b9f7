//! What is taken of inputs that are made to exhaust a machine. No real export comes near these limits.

use std::io::{self, Read};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::progress::Progress;
use super::readers::Stream;
use super::size::parse_bytes;

/// How much is listed and read, beside the [longest line](super::ReadOptions::max_line).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives that are inside of others, of all inputs.
    pub archives: u64,
    /// Entries of all inputs.
    pub entries: u64,
    /// How deep archives are nested.
    pub depth: u64,
    /// Bytes of an entry that comes out of an archive or a compression.
    pub entry_bytes: u64,
    /// Bytes of all such entries together that are read.
    pub bytes: u64,
    /// How many times as large as its stored bytes such an entry is, and all of them as the inputs, if
    /// that is more than 1 GiB.
    pub ratio: u64,
}

/// Bytes that any input may have, whatever their ratio: a test of a bomb takes a second then.
const FREE: u64 = 1 << 30;

impl Limits {
    const DEFAULT: Self = Self {
        archives: 50_000,
        entries: 10_000_000,
        depth: 8,
        entry_bytes: 1 << 40,
        bytes: 64 << 40,
        // Deflate reaches 1,032.
        ratio: 2_000,
    };

    /// The names and values of all, as `--limit` has them, and whether the value is a size.
    fn named(&mut self) -> [(&'static str, &mut u64, bool); 6] {
        let Self { archives, entries, depth, entry_bytes, bytes, ratio } = self;
        [
            ("archives", archives, false),
            ("entries", entries, false),
            ("depth", depth, false),
            ("entry-bytes", entry_bytes, true),
            ("bytes", bytes, true),
            ("ratio", ratio, false),
        ]
    }

    /// With other limits in place of some of these.
    #[must_use]
    pub fn with(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        for Limit { name, value } in limits {
            if let Some((_, own, _)) = self.named().into_iter().find(|(own, ..)| *own == name) {
                *own = value;
            }
        }
        self
    }

    /// What is said where one of them ends the listing or the reading.
    pub(super) fn exceeded(name: &str, value: u64) -> String {
        let what = match name {
            "archives" => format!("more than {value} archives are inside of others"),
            "entries" => format!("there are more than {value} entries"),
            "entry-bytes" => format!("it has more than {value} bytes"),
            "bytes" => format!("more than {value} bytes came out of archives"),
            "ratio" => format!("it is more than {value} times as large as it is stored"),
            _ => format!("archives are nested more than {value} deep"),
        };
        format!("{what} (--limit {name}=N)")
    }

    /// Whether so many bytes may come of what is stored in so many, if that is known.
    fn check_ratio(&self, bytes: u64, stored: Option<u64>) -> Result<(), String> {
        match stored {
            Some(stored) if bytes > FREE && bytes / self.ratio > stored => {
                Err(Self::exceeded("ratio", self.ratio))
            }
            _ => Ok(()),
        }
    }

    /// Whether an entry may have so many bytes, and all together; both with the bytes that are stored.
    pub(super) fn check(
        &self,
        (own, own_stored): (u64, Option<u64>),
        (all, all_stored): (u64, Option<u64>),
    ) -> Result<(), String> {
        if own > self.entry_bytes {
            return Err(Self::exceeded("entry-bytes", self.entry_bytes));
        }
        if all > self.bytes {
            return Err(Self::exceeded("bytes", self.bytes));
        }
        self.check_ratio(own, own_stored)?;
        self.check_ratio(all, all_stored)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What comes out of an archive or a compression, up to the limits.
pub(super) struct Unpacked {
    source: Stream,
    limits: Limits,
    /// Bytes that it is stored in, and all inputs, if they are known.
    stored: (Option<u64>, Option<u64>),
    /// Counts the bytes of all.
    progress: Arc<Progress>,
    /// Bytes that were read.
    read: u64,
    /// Why no more is.
    failure: Option<io::Error>,
}

impl Unpacked {
    pub(super) fn new(
        source: Stream,
        limits: Limits,
        stored: (Option<u64>, Option<u64>),
        progress: &Arc<Progress>,
    ) -> Self {
        let progress = Arc::clone(progress);
        Self { source, limits, stored, progress, read: 0, failure: None }
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        let counted = self.progress.unpacked.load(Ordering::Relaxed);
        let left = self.limits.entry_bytes.saturating_sub(self.read);
        // At a limit a byte shows that there is more.
        let left = left.min(self.limits.bytes.saturating_sub(counted)).max(1);
        let length = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.source.read(&mut into[..length])?;
        self.read += read as u64;
        let all = self.progress.unpacked.fetch_add(read as u64, Ordering::Relaxed) + read as u64;
        let (own_stored, all_stored) = self.stored;
        // Of what is read as it comes, as much as has come.
        let come = || Some(self.progress.stored.load(Ordering::Relaxed)).filter(|come| *come > 0);
        match self.limits.check((self.read, own_stored), (all, all_stored.or_else(come))) {
            Err(reason) if read <= 1 => Err(io::Error::other(reason)),
            // What was read is given first.
            Err(reason) => {
                self.failure = Some(io::Error::other(reason));
                Ok(read)
            }
            Ok(()) => Ok(read),
        }
    }
}

/// One limit: `NAME=VALUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    name: &'static str,
    value: u64,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Limits::DEFAULT;
        let names = limits.named().map(|(name, _, is_size)| (name, is_size));
        let known = || format!("the limits are {}", names.map(|(name, _)| name).join(", "));
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("write NAME=N; {}", known()))?;
        let (name, is_size) = names.into_iter().find(|(own, _)| *own == name).ok_or_else(known)?;
        let value = match is_size {
            true => parse_bytes(value)?,
            false => value
                .replace(['_', ','], "")
                .parse()
                .map_err(|_| "the value must be a number above 0")?,
        };
        match value {
            0 => Err("the value must be a number above 0".into()),
            value => Ok(Self { name, value }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_name() {
        let texts = ["archives=7", "entries=1_000", "entry-bytes=2k", "bytes=3GiB", "ratio=9"];
        let limits = texts.map(|text| text.parse::<Limit>().unwrap());
        let expected = Limits {
            archives: 7,
            entries: 1_000,
            entry_bytes: 2_048,
            bytes: 3 << 30,
            ratio: 9,
            ..Limits::default()
        };
        assert_eq!(Limits::default().with(limits), expected);
        for text in ["archives", "archives=", "archives=0", "archives=-1", "bytes=1x", "=1", "x=1"]
        {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }

    #[test]
    fn ratios_count_above_a_gibibyte() {
        let limits = Limits { ratio: 10, ..Limits::default() };
        let check = |own, all| limits.check(own, all).is_ok();
        assert!(check((FREE, Some(1)), (FREE, Some(1))));
        assert!(!check((FREE + 10, Some(1)), (FREE, None)));
        assert!(!check((1, Some(1)), (FREE + 10, Some(FREE / 10))));
        assert!(check((FREE + 9, None), (FREE + 9, Some(FREE / 10 + 1))));
    }
}
