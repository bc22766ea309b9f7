//! Turns objects with any keys into records: which key goes to which column.
//!
//! A [`Mapping`] ranks the keys that are known. Of an object's members the one of the lowest rank that
//! fits a column is taken for it; all others go to `extra`, as written. It is for NDJSON, for JSON
//! documents, and for the formats that wrap JSON, such as Docker's and Apify's.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::members::{Quick, quick_members};
use super::names::{LEVELS, MESSAGES, TIMES};
use super::number;
use super::thorough::{self, Extra, Fields, scalar, string};
use crate::record::{Record, level, timestamp};

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
    keys: Vec<(String, MappedColumn)>,
    /// The names that the column of stages takes; empty if the format has none.
    stages: &'static [&'static str],
    /// How many keys at the beginning were named by the user.
    named: usize,
    /// A bit for each named key that an object had, by rank; [`ANY`] once there was an object.
    found: Arc<AtomicU32>,
}

/// An object was parsed. Above the bits of ranks: the user can name five columns at most.
const ANY: u32 = 1 << 31;

impl Default for Mapping {
    /// The names in common use, in order of preference: `event` is the message only of an object that has
    /// none of the names before it.
    fn default() -> Self {
        use MappedColumn::{Level, Message, Pos, Timestamp};
        let times = TIMES.map(|key| (key, Timestamp));
        let levels = LEVELS.map(|key| (key, Level));
        let messages = MESSAGES.map(|key| (key, Message));
        let all = times.iter().chain(&levels).chain(&messages).chain(&[("pos", Pos)]);
        Self::of(all.copied(), &[])
    }
}

impl FromStr for Mapping {
    type Err = String;

    /// Reads `COLUMN=KEY,COLUMN=KEY`: of the columns that are named, these keys alone are looked at; the
    /// others keep their usual keys. A key may have spaces, but no comma.
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
        mapping.keys.retain(|(key, column)| {
            named.iter().all(|(other, named)| named != column && other != key)
        });
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
    /// The keys in order of preference; a record's stage is taken if it is one of `stages`. For formats with
    /// keys of their own.
    pub(crate) fn of(
        keys: impl IntoIterator<Item = (&'static str, MappedColumn)>,
        stages: &'static [&'static str],
    ) -> Self {
        let keys = keys.into_iter().map(|(key, column)| (key.to_owned(), column)).collect();
        Self { keys, stages, named: 0, found: Arc::default() }
    }

    /// Whether some key fills the column of args.
    pub(crate) fn has_args(&self) -> bool {
        self.keys.iter().any(|(_, column)| *column == MappedColumn::Args)
    }

    /// The keys named by the user that no object has had so far; none before the first object.
    pub fn unfound(&self) -> impl Iterator<Item = &str> {
        let found = self.found.load(Ordering::Relaxed);
        let named = self.keys[..self.named].iter().enumerate();
        let unfound = named.filter(move |(rank, _)| found & ANY != 0 && found & 1 << rank == 0);
        unfound.map(|(_, (key, _))| key.as_str())
    }

    /// Whether the user named some key.
    pub(crate) fn is_named(&self) -> bool {
        self.named > 0
    }

    /// Notes that an object has the key of this rank, or a key that is not known. Only keys that the user
    /// named are noted, by any thread, for a hint about those that no object has.
    pub(super) fn note(&self, rank: Option<usize>) {
        if self.named > 0 {
            let key = rank.filter(|&rank| rank < self.named).map_or(0, |rank| 1 << rank);
            self.found.fetch_or(ANY | key, Ordering::Relaxed);
        }
    }

    /// Whether a time, level or message may be taken from this key: an object with one is likely a record
    /// of a log.
    pub(crate) fn is_telling(&self, key: &str) -> bool {
        use MappedColumn::{Level, Message, Timestamp};
        self.rank(key).is_some_and(|rank| matches!(self.keys[rank].1, Timestamp | Level | Message))
    }

    /// The rank of a key; `None` if it is not known.
    pub(super) fn rank(&self, key: &str) -> Option<usize> {
        self.keys.iter().position(|(known, _)| known == key)
    }
}

/// Parses objects of any keys, one after the other.
pub(crate) struct AnyParser {
    mapping: Mapping,
    /// The keys of the last object and their ranks, in its order, since the next one likely has the same:
    /// comparing one key is cheaper than searching all.
    seen: Vec<(String, Option<usize>)>,
}

/// A member with its rank among the keys that are known; `None` for an unknown key.
pub(super) struct Ranked<'a> {
    /// Decoded.
    pub(super) key: Cow<'a, str>,
    /// As written.
    pub(super) value: &'a str,
    pub(super) rank: Option<usize>,
    /// A column has the whole value, so `extra` need not.
    pub(super) taken: bool,
}

impl AnyParser {
    /// Which keys go to which column.
    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// A parser that fills columns by this mapping.
    pub(crate) fn new(mapping: Mapping) -> Self {
        Self { mapping, seen: Vec::new() }
    }

    /// Parses an object and hands the record to `take`, which is not called if there is an error.
    ///
    /// # Errors
    /// Why the text is not an object.
    pub(crate) fn parse<R>(
        &mut self,
        json: &[u8],
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        // About as many members as the last object had.
        let mut quick: Vec<Quick<'_>> = Vec::with_capacity(self.seen.len());
        let text = simdutf8::basic::from_utf8(json).ok();
        if text.and_then(|text| quick_members(text, &mut quick)).is_some() {
            let members = quick.iter().enumerate().map(|(index, member)| Ranked {
                key: Cow::Borrowed(member.key),
                value: member.value,
                rank: self.rank(index, member.key),
                taken: false,
            });
            let members = members.collect();
            return Ok(take(&self.fields(members, Extra::default()).record()));
        }
        self.parse_thoroughly(json, take)
    }

    /// Parses with serde_json alone, which decides what is accepted. For objects that the quick way leaves,
    /// with escapes in keys or keys that come twice, and for whatever is not an object.
    fn parse_thoroughly<R>(
        &mut self,
        json: &[u8],
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        let object = thorough::members(json)?;
        let mut extra = Extra::default();
        for (key, value) in &object.overridden {
            extra.add_duplicate(key, value);
        }
        let members = object.members.into_iter().map(|(key, value)| {
            let rank = self.mapping.rank(&key);
            self.mapping.note(rank);
            Ranked { rank, key, value, taken: false }
        });
        let members = members.collect();
        Ok(take(&self.fields(members, extra).record()))
    }

    /// The rank of the key at this place, to be asked for all keys of an object in their order.
    #[inline]
    fn rank(&mut self, index: usize, key: &str) -> Option<usize> {
        match self.seen.get(index) {
            Some((seen, rank)) if seen == key => *rank,
            _ => {
                let rank = self.mapping.rank(key);
                self.mapping.note(rank);
                // From here on the object differs from the last one.
                self.seen.truncate(index);
                self.seen.push((key.to_owned(), rank));
                rank
            }
        }
    }

    /// Distributes the members to the columns; what no column takes goes to `extra`, in the object's order.
    /// `extra` has what is overridden already.
    pub(super) fn fields<'a>(&self, mut members: Vec<Ranked<'a>>, extra: Extra) -> Fields<'a> {
        let mut fields = Fields::default();
        fields.extra = extra;
        let mut known: Vec<(usize, usize)> = Vec::with_capacity(members.len());
        let ranks = members.iter().enumerate();
        known.extend(ranks.filter_map(|(index, member)| Some((member.rank?, index))));
        // By rank: of several keys for a column the preferred one is taken, wherever it is.
        known.sort_unstable();
        let level = self.level_member(&known, &members);
        let skips =
            |column, index| column == MappedColumn::Level && level.is_some_and(|at| at != index);
        // One for each column that can be mapped.
        let mut done = [false; 6];
        let is_null = |member: &Ranked<'_>| member.value == "null";
        for &(rank, index) in &known {
            let column = self.mapping.keys[rank].1;
            let member = &mut members[index];
            if !done[column as usize] && !is_null(member) && !skips(column, index) {
                // What does not fit leaves the column to the next key, as `time: "yesterday"` does.
                let (fits, whole) = self.place(&mut fields, column, member.value);
                done[column as usize] = fits;
                member.taken = whole;
            }
        }
        // Only now nulls: a null under the preferred key must not hide a value under another.
        for &(rank, index) in &known {
            let column = self.mapping.keys[rank].1;
            if !done[column as usize] && is_null(&members[index]) {
                done[column as usize] = true;
                members[index].taken = true;
            }
        }
        for member in members.iter().filter(|member| !member.taken) {
            fields.extra.add(&member.key, member.value);
        }
        fields
    }

    /// The first member, by rank, that is a level, if there are several for that column: `level` may be a
    /// number of the writer's own, and `severity` a word.
    fn level_member(&self, known: &[(usize, usize)], members: &[Ranked<'_>]) -> Option<usize> {
        let is_for_level = |rank: usize| self.mapping.keys[rank].1 == MappedColumn::Level;
        let mut levels = known.iter().filter(|known| is_for_level(known.0)).map(|known| known.1);
        levels.clone().nth(1)?;
        let parse = |text: Cow<'_, str>| level::Level::parse(&text);
        levels.find(|&index| scalar(members[index].value).and_then(parse).is_some())
    }

    /// The fields of members, given by rank and value, of which each fills a column of its own whole: what
    /// most objects have. `None` if it is not so simple.
    #[inline]
    pub(super) fn whole_fields<'a>(
        &self,
        members: impl Iterator<Item = (Option<usize>, &'a str)>,
    ) -> Option<Fields<'a>> {
        let mut fields = Fields::default();
        let mut done = [false; 6];
        for (rank, value) in members {
            let column = self.mapping.keys[rank?].1;
            let is_first = !std::mem::replace(&mut done[column as usize], true);
            if !is_first || self.place(&mut fields, column, value) != (true, true) {
                return None;
            }
        }
        Some(fields)
    }

    /// Whether the value fits the column, and whether the column takes all of it. They differ for a time with
    /// more digits than nanoseconds have: the column has it, and `extra` the text.
    fn place<'a>(
        &self,
        fields: &mut Fields<'a>,
        column: MappedColumn,
        value: &'a str,
    ) -> (bool, bool) {
        match column {
            MappedColumn::Message => {
                fields.message = scalar(value);
                (fields.message.is_some(), fields.message.is_some())
            }
            MappedColumn::Level => {
                fields.level = scalar(value);
                (fields.level.is_some(), fields.level.is_some())
            }
            MappedColumn::Pos => {
                fields.pos = number::integer(value);
                (fields.pos.is_some(), fields.pos.is_some())
            }
            MappedColumn::Args => {
                let fits = value.starts_with('{') && fields.place_args(value);
                (fits, fits)
            }
            MappedColumn::Stage => {
                let name = scalar(value);
                fields.stage = self
                    .mapping
                    .stages
                    .iter()
                    .find(|stage| name.as_deref() == Some(**stage))
                    .copied();
                (fields.stage.is_some(), fields.stage.is_some())
            }
            MappedColumn::Timestamp => place_time(fields, value),
        }
    }
}

/// A time as text, or seconds (or finer units) since 1970, which may be in quotes. Digits that the column
/// cannot hold stay in `extra`: then the second answer is false.
fn place_time(fields: &mut Fields<'_>, value: &str) -> (bool, bool) {
    let is_text = value.starts_with('"');
    let Some(text) = (if is_text { string(value) } else { Some(Cow::Borrowed(value)) }) else {
        return (false, false);
    };
    // Only text can be RFC 3339; only digits can be an epoch, quoted or not.
    if let Some(time) = timestamp::parse(&text).filter(|time| is_text && time.nanos.is_some()) {
        fields.timestamp = time.nanos;
        fields.zone = time.zone.map(str::to_owned);
        return (true, time.exact);
    }
    match timestamp::parse_epoch(&text) {
        Some((Some(nanos), exact)) => {
            fields.timestamp = Some(nanos);
            fields.is_epoch = true;
            (true, exact)
        }
        _ => (false, false),
    }
}
