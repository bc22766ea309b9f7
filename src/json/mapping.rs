//! Which key goes to which column: the names in common use, and those that the user gives.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::names::{Kind, LEVELS, MESSAGES, TIMES, WRAPPERS};

/// A column that a key can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedColumn {
    /// The time: RFC 3339, or a number since 1970.
    Timestamp,
    /// The level: a string or a number.
    Level,
    /// The message: a string, a number or a boolean.
    Message,
    /// The writer's own counter: an integer of 64 bits.
    Pos,
    /// The arguments: an object.
    Args,
    /// One of the stages that the format knows; users cannot name it.
    Stage,
}

/// The keys that are looked at for each column, in order of preference. The user's come first, then those
/// in common use or of the format.
///
/// Clones share what was [found](Mapping::unfound).
#[derive(Debug, Clone)]
pub struct Mapping {
    /// A key's place is its rank. Several keys may be for one column.
    keys: Vec<Known>,
    /// Objects whose members count as the record's own.
    wrappers: &'static [&'static str],
    /// The names that the column of stages takes; empty if the format has none.
    stages: &'static [&'static str],
    /// How many keys at the beginning were named by the user.
    named: usize,
    /// A bit for each named key that an object had, by rank; [`ANY`] once there was an object.
    found: Arc<AtomicU32>,
}

/// A key that is known.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The key; of a nested one also how its path is written as one key.
    pub(super) name: String,
    /// The names on the way to a nested key, and its own; empty if it is not nested.
    pub(super) path: Vec<String>,
    pub(super) column: MappedColumn,
    pub(super) kind: Kind,
}

/// What a text under a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextRole {
    Time,
    Level,
    Message,
    /// A column of keys, or `extra`.
    None,
    /// Something that depends on the text or on other keys.
    Other,
}

/// A member with its rank among the keys that are known; `None` for an unknown key.
pub(super) struct Ranked<'a> {
    /// Decoded.
    pub(super) key: Cow<'a, str>,
    /// As written.
    pub(super) value: &'a str,
    /// Decoded, if it was.
    pub(super) text: Option<&'a str>,
    pub(super) rank: Option<usize>,
    /// A column has the whole value, so `extra` need not.
    pub(super) taken: bool,
}

impl Known {
    /// A key by its name; `separator` is between the names of a nested one.
    fn new(name: &str, separator: char, column: MappedColumn, kind: Kind) -> Self {
        let names: Vec<String> = name.split(separator).map(str::to_owned).collect();
        let is_path = names.len() > 1 && names.iter().all(|name| !name.is_empty());
        let path = if is_path { names } else { Vec::new() };
        Self { name: name.to_owned(), path, column, kind }
    }

    /// Whether they are the same key.
    fn is(&self, other: &Self) -> bool {
        self.name == other.name || !self.path.is_empty() && self.path == other.path
    }
}

/// The rank of a key that is not known itself, but has known ones in it.
pub(super) const PARENT: usize = 0xffff;

/// Added to the ranks of members of a wrapper.
pub(super) const WRAPPED: usize = 0x1_0000;

/// An object was parsed. Above the bits of ranks: the user can name five columns at most.
const ANY: u32 = 1 << 31;

impl Default for Mapping {
    /// The names in common use.
    fn default() -> Self {
        use MappedColumn::{Level, Message, Pos, Timestamp};
        let known = |name: &str, column, kind| Known::new(name, '.', column, kind);
        let times = TIMES.iter().map(|name| known(name, Timestamp, Kind::Any));
        let levels = LEVELS.iter().map(|&(name, kind)| known(name, Level, kind));
        let messages = MESSAGES.iter().map(|&(name, kind)| known(name, Message, kind));
        let mut keys: Vec<Known> = times.chain(levels).chain(messages).collect();
        keys.push(known("pos", Pos, Kind::Any));
        Self { keys, wrappers: &WRAPPERS, ..Self::of([], &[]) }
    }
}

impl FromStr for Mapping {
    type Err = String;

    /// Reads `COLUMN=KEY,COLUMN=KEY`: of the columns that are named, these keys alone are looked at; the
    /// others keep their usual keys. A key may have spaces, but no comma; `/` separates the names of a nested one.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut mapping = Self::default();
        let mut named: Vec<(String, MappedColumn)> = Vec::new();
        for pair in text.split(',') {
            let (column, key) =
                pair.split_once('=').ok_or_else(|| format!("{pair:?} is not COLUMN=KEY"))?;
            let column = match column.trim() {
                "timestamp" => MappedColumn::Timestamp,
                "level" => MappedColumn::Level,
                "message" => MappedColumn::Message,
                "pos" => MappedColumn::Pos,
                "args" => MappedColumn::Args,
                other => {
                    let columns = ["message", "timestamp", "level", "pos", "args"];
                    let meant =
                        nearest(other, &columns).map(|near| format!("; did you mean {near}?"));
                    return Err(format!(
                        "unknown column {other:?}; columns are {}{}",
                        columns.join(", "),
                        meant.unwrap_or_default(),
                    ));
                }
            };
            if key.trim().is_empty() {
                return Err(format!("{pair:?} has no key"));
            }
            if let Some((other, _)) = named.iter().find(|(_, named)| *named == column) {
                return Err(format!("{pair:?}: the column is already mapped to the key {other:?}"));
            }
            if named.iter().any(|(other, _)| other == key) {
                return Err(format!("{pair:?}: the key is already mapped to another column"));
            }
            named.push((key.to_owned(), column));
        }
        // Neither another key for a named column, nor another column for a named key.
        let known = |(key, column): &(String, _)| Known::new(key, '/', *column, Kind::Any);
        let named: Vec<Known> = named.iter().map(known).collect();
        mapping
            .keys
            .retain(|key| named.iter().all(|named| named.column != key.column && !named.is(key)));
        mapping.named = named.len();
        // In front, since the bits of `found` are counted from rank 0.
        mapping.keys.splice(0..0, named);
        Ok(mapping)
    }
}

/// The name spelled most like the word, if any is close: `timestamp` for `timestmp`, none for `colour`.
fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &&str| strsim::jaro_winkler(name, &word.to_lowercase());
    let near = names.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    near.filter(|near| likeness(near) > 0.75)
}

impl Mapping {
    /// The names in common use: as [`default`](Self::default), made once.
    pub(crate) fn usual() -> &'static Self {
        static USUAL: LazyLock<Mapping> = LazyLock::new(Mapping::default);
        &USUAL
    }

    /// The keys in order of preference; a record's stage is taken if it is one of `stages`. For formats with
    /// keys of their own.
    pub(crate) fn of(
        keys: impl IntoIterator<Item = (&'static str, MappedColumn)>,
        stages: &'static [&'static str],
    ) -> Self {
        let keys = keys.into_iter().map(|(name, column)| Known {
            name: name.to_owned(),
            path: Vec::new(),
            column,
            kind: Kind::Any,
        });
        Self { keys: keys.collect(), wrappers: &[], stages, named: 0, found: Arc::default() }
    }

    /// Whether some key fills the column of args.
    pub(crate) fn has_args(&self) -> bool {
        self.keys.iter().any(|key| key.column == MappedColumn::Args)
    }

    /// The keys named by the user that no object has had so far; none before the first object.
    pub fn unfound(&self) -> impl Iterator<Item = &str> {
        let found = self.found.load(Ordering::Relaxed);
        let named = self.keys[..self.named].iter().enumerate();
        let unfound = named.filter(move |(rank, _)| found & ANY != 0 && found & 1 << rank == 0);
        unfound.map(|(_, key)| key.name.as_str())
    }

    /// Notes that an object has the key of this rank, or a key that is not known. Only keys that the user
    /// named are noted, by any thread, for a hint about those that no object has.
    pub(super) fn note(&self, rank: Option<usize>) {
        if self.named > 0 {
            let key = rank.filter(|&rank| rank < self.named).map_or(0, |rank| 1 << rank);
            self.found.fetch_or(ANY | key, Ordering::Relaxed);
        }
    }

    /// Whether the user named some key.
    pub(crate) fn is_named(&self) -> bool {
        self.named > 0
    }

    /// Whether a time, level or message may be taken from this key: an object with one is likely a record
    /// of a log.
    pub(crate) fn is_telling(&self, key: &str) -> bool {
        use MappedColumn::{Level, Message, Timestamp};
        let known = self.rank(key).and_then(|rank| self.keys.get(rank));
        known.is_some_and(|known| matches!(known.column, Timestamp | Level | Message))
    }

    /// What a text under a key is for.
    pub(crate) fn role_of_text(&self, key: &str) -> TextRole {
        // Known keys in an object under it are in no text.
        let Some(known) = self.rank(key).and_then(|rank| self.keys.get(rank)) else {
            return TextRole::None;
        };
        match (known.column, known.kind) {
            (MappedColumn::Timestamp, Kind::Any) => TextRole::Time,
            (MappedColumn::Level, Kind::Any) => TextRole::Level,
            (MappedColumn::Message, _) => TextRole::Message,
            _ => TextRole::Other,
        }
    }

    /// Whether some column may be filled from this key.
    pub(crate) fn is_known(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known.name == key)
    }

    /// The first key that is a name in other letters, if one may fill a column. Keys of one letter mean
    /// others.
    pub(crate) fn known_as(&self, name: &str) -> Option<&str> {
        let is_one = |known: &&Known| name.len() > 1 && known.name.eq_ignore_ascii_case(name);
        self.keys.iter().find(is_one).map(|known| &*known.name)
    }

    /// Whether a key in common use is of a time; a number of seconds is one under few names.
    pub(crate) fn is_time(key: &str) -> bool {
        TIMES.contains(&key)
    }

    /// Whether a key in common use is of a message.
    pub(crate) fn is_message(key: &str) -> bool {
        MESSAGES.iter().any(|(name, _)| *name == key)
    }

    /// The keys that the user named, as `--map` has them.
    pub(crate) fn named_keys(&self) -> String {
        let key = |known: &Known| format!("{:?}={}", known.column, known.name).to_lowercase();
        self.keys[..self.named.min(self.keys.len())].iter().map(key).collect::<Vec<_>>().join(" ")
    }

    /// All that it says, in words.
    pub(crate) fn description(&self) -> String {
        format!("{:?} {:?} {:?}", self.keys, self.wrappers, self.stages)
    }

    /// Whether an object with this member is a record, whatever else it has: it has a level or message, or an
    /// object of those. `value` may be only its beginning.
    pub(crate) fn is_of_record(&self, key: &str, value: &[u8]) -> bool {
        let of_record = |known: &Known| match known.column {
            MappedColumn::Level => known.kind != Kind::Weak,
            column => column == MappedColumn::Message,
        };
        let known = self.rank(key).and_then(|rank| self.keys.get(rank));
        known.is_some_and(of_record) || self.is_wrapper(key) && value.starts_with(b"{")
    }

    /// The rank of a key of a record, [`PARENT`] if only keys in it are known; `None` if none is.
    pub(super) fn rank(&self, key: &str) -> Option<usize> {
        let rank = self.keys.iter().position(|known| known.name == key);
        rank.or_else(|| self.is_parent(key).then_some(PARENT))
    }

    /// The rank of a key of an object under the key `parent` of a record, [`PARENT`] if only keys in it are known;
    /// `None` if none is.
    pub(super) fn rank_in(&self, parent: &str, key: &str) -> Option<usize> {
        let begins = |known: &Known| known.path.len() > 1 && known.path[..2] == [parent, key];
        let is_it = |known: &Known| known.path.len() == 2 && begins(known);
        let rank = self.keys.iter().position(is_it);
        let wrapped = || self.is_wrapper(parent).then(|| self.rank(key)).flatten();
        let wrapped = || wrapped().map(|rank| if rank == PARENT { PARENT } else { WRAPPED + rank });
        let deeper = || self.keys.iter().any(begins).then_some(PARENT);
        rank.or_else(wrapped).or_else(deeper)
    }

    /// Whether there are known keys in an object under this key.
    pub(super) fn is_parent(&self, key: &str) -> bool {
        let is_first = |known: &Known| known.path.first().is_some_and(|first| first == key);
        self.is_wrapper(key) || self.keys.iter().any(is_first)
    }

    /// Whether the members of an object under this key count as the record's own.
    pub(super) fn is_wrapper(&self, key: &str) -> bool {
        self.wrappers.contains(&key)
    }

    /// What is known by a rank, which is not [`PARENT`].
    pub(super) fn known(&self, rank: usize) -> &Known {
        &self.keys[rank % WRAPPED]
    }

    /// All keys that are known, by rank.
    pub(super) fn keys(&self) -> &[Known] {
        &self.keys
    }

    /// The names that the column of stages takes.
    pub(super) fn stages(&self) -> &'static [&'static str] {
        self.stages
    }
}
