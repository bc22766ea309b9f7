//! Turns objects with any keys into records: which key goes to which column.
//!
//! A [`Mapping`] ranks the keys that are known. Of an object's members the one of the lowest rank that
//! fits a column is taken for it; all others go to `extra`, as written. It is for NDJSON, for JSON
//! documents, and for the formats that wrap JSON, such as Docker's and Apify's.

use std::sync::Arc;

use super::learned::Reader;
use super::mapping::{MappedColumn, Mapping, PARENT, Ranked, WRAPPED};
use super::nested::{self, Nested};
use super::place::{is_digit, is_level, place};
use super::thorough::{self, Extra, Fields};
use crate::record::Record;
use crate::table::KeyColumns;

/// Parses objects of any keys, one after the other.
pub(crate) struct AnyParser {
    mapping: Mapping,
    reader: Reader,
    /// No columns: the reader finds all members.
    none: KeyColumns,
}

impl AnyParser {
    /// Which keys go to which column.
    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// A parser that fills columns by this mapping.
    pub(crate) fn new(mapping: Mapping) -> Self {
        let none = KeyColumns::new(Arc::default());
        Self { mapping, reader: Reader::new(&none, false), none }
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
        match simdutf8::basic::from_utf8(json) {
            Ok(text) => self.parse_text(text, text, take),
            Err(_) => self.parse_thoroughly(json, take),
        }
    }

    /// As [`parse`](Self::parse), of text. `onward` is a text that begins with it, and is faster to read if it
    /// is longer.
    ///
    /// # Errors
    /// Why the text is not an object.
    #[inline]
    pub(crate) fn parse_text<R>(
        &mut self,
        json: &str,
        onward: &str,
        take: impl FnOnce(&Record<'_>) -> R,
    ) -> Result<R, String> {
        let Self { mapping, reader, none } = self;
        if reader.read(mapping, json, onward, 0, none).is_none() {
            return self.parse_thoroughly(json.as_bytes(), take);
        }
        let members = self.reader.found(json).collect();
        Ok(take(&self.fields(members, Extra::default()).record()))
    }

    /// Parses with serde_json alone, which decides what is accepted. For objects that the quick way leaves,
    /// with escapes in keys or keys that come twice, and for whatever is not an object.
    pub(super) fn parse_thoroughly<R>(
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
            Ranked { key, value, text: None, rank, taken: false }
        });
        let members = members.collect();
        Ok(take(&self.fields(members, extra).record()))
    }

    /// Distributes the members to the columns; what no column takes goes to `extra`, in the object's order.
    /// `extra` has what is overridden already.
    pub(super) fn fields<'a>(&self, mut members: Vec<Ranked<'a>>, extra: Extra) -> Fields<'a> {
        let mut fields = Fields::default();
        fields.extra = extra;
        let mut known: Vec<(usize, usize)> = Vec::with_capacity(members.len());
        let ranks = members.iter().enumerate();
        known.extend(ranks.filter_map(|(index, member)| Some((member.rank?, index))));
        let nested = self.nested(&members, &mut known);
        // By rank: of several keys for a column the preferred one is taken, wherever it is.
        known.sort_unstable();
        self.choose(&known, &mut members, nested.as_deref().unwrap_or_default(), &mut fields);
        for (index, member) in members.iter().enumerate().filter(|(_, member)| !member.taken) {
            let inside = nested.iter().flatten().filter(|nested| nested.parent == index);
            let taken: Vec<&[&str]> =
                inside.filter(|nested| nested.taken.get()).map(|nested| &*nested.path).collect();
            match taken.is_empty() {
                true => fields.extra.add(&member.key, member.value),
                // What is left of the object, if anything is.
                false => {
                    if let Some(rest) = nested::without(member.value, &taken) {
                        fields.extra.add(&member.key, &rest);
                    }
                }
            }
        }
        fields
    }

    /// The fields of members, of which each fills a column of its own whole: what
    /// most objects have. `None` if it is not so simple.
    #[inline]
    pub(super) fn whole_fields<'a>(
        &self,
        members: impl Iterator<Item = Ranked<'a>>,
    ) -> Option<Fields<'a>> {
        let mut fields = Fields::default();
        let mut done = [false; 6];
        for Ranked { rank, value, text, .. } in members {
            let rank = rank.filter(|&rank| rank != PARENT)?;
            let column = self.mapping.known(rank).column;
            let is_first = !std::mem::replace(&mut done[column as usize], true);
            // Objects may have known keys in them, and what a single digit means as a level is for the other
            // keys to say.
            let is_open = match column {
                // An object that is a time has no other keys in it.
                MappedColumn::Timestamp => false,
                MappedColumn::Level => value.starts_with('{') || is_digit(value),
                _ => value.starts_with('{'),
            };
            let mut is_whole =
                || place(&self.mapping, &mut fields, rank, (value, text), &[]) == (true, true);
            if !is_first || is_open || !is_whole() {
                return None;
            }
        }
        Some(fields)
    }

    /// The members of objects that are known, `None` if there are no such objects; adds their ranks, with an
    /// index after those of the members.
    fn nested<'a>(
        &self,
        members: &[Ranked<'a>],
        known: &mut Vec<(usize, usize)>,
    ) -> Option<Vec<Nested<'a>>> {
        let is_object = |&&(_, index): &&(usize, usize)| members[index].value.starts_with('{');
        // Most records have none.
        known.iter().find(is_object)?;
        let mut found = Vec::new();
        for &(_, index) in known.iter().filter(is_object) {
            let Ranked { key, value, .. } = &members[index];
            nested::find(&self.mapping, index, key, value, &mut found);
        }
        for one in &found {
            self.mapping.note(Some(one.rank % WRAPPED));
        }
        known.retain(|&(rank, _)| rank != PARENT);
        known.extend(found.iter().enumerate().map(|(at, one)| (one.rank, members.len() + at)));
        Some(found)
    }

    /// Fills each column from the first of the known members, which come by rank, that fits.
    fn choose<'a>(
        &self,
        known: &[(usize, usize)],
        members: &mut [Ranked<'a>],
        nested: &[Nested<'a>],
        fields: &mut Fields<'a>,
    ) {
        // One for each column that can be mapped.
        let mut done = [false; 6];
        let known = || known.iter().copied().filter(|&(rank, _)| rank != PARENT);
        let column = |rank| self.mapping.known(rank).column;
        let level = self.level_among(known(), members, nested);
        for (rank, index) in known() {
            let (column, value) = (column(rank), value_at(members, nested, index));
            let is_other =
                column == MappedColumn::Level && level.is_some_and(|level| level != index);
            if done[column as usize] || value == "null" || is_other {
                continue;
            }
            // What does not fit leaves the column to the next key, as `time: "yesterday"` does.
            let text = members.get(index).and_then(|member| member.text);
            let (fits, whole) = place(&self.mapping, fields, rank, (value, text), members);
            done[column as usize] = fits;
            match index.checked_sub(members.len()) {
                Some(at) => nested[at].taken.set(whole),
                None => members[index].taken = whole,
            }
        }
        // Only now nulls: a null under the preferred key must not hide a value under another.
        for (rank, index) in known() {
            let column = column(rank);
            let is_null = members.get(index).is_some_and(|member| member.value == "null");
            if !done[column as usize] && is_null {
                done[column as usize] = true;
                members[index].taken = true;
            }
        }
    }

    /// The first of several members for the level that is one: `level` may be a number of the writer's own, and
    /// `severity` a word. `None` if there are not several, or none is.
    fn level_among(
        &self,
        known: impl Iterator<Item = (usize, usize)> + Clone,
        members: &[Ranked<'_>],
        nested: &[Nested<'_>],
    ) -> Option<usize> {
        let is_for_level =
            |&(rank, _): &(usize, usize)| self.mapping.known(rank).column == MappedColumn::Level;
        let mut levels = known.filter(is_for_level);
        levels.clone().nth(1)?;
        let is_one = |&(rank, index): &(usize, usize)| {
            let value = value_at(members, nested, index);
            value != "null" && is_level(self.mapping.known(rank).kind, value, members)
        };
        levels.find(is_one).map(|(_, index)| index)
    }
}

/// The value of a member, or of a nested one: those are counted after all members.
fn value_at<'a>(members: &[Ranked<'a>], nested: &[Nested<'a>], index: usize) -> &'a str {
    match index.checked_sub(members.len()) {
        Some(at) => nested[at].value,
        None => members[index].value,
    }
}
