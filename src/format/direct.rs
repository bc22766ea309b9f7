//! Rows of members whose values are texts, written straight to their columns. By way of JSON the rows are the same, but
//! that takes several times as long; whatever is unusual goes that way.

use super::lines::Place;

use super::stamped::Clock;
use crate::json::{
    KeySpreader, Mapping, TextRole, close_object, push_member, push_quoted, quoted_key,
};
use crate::record::Record;
use crate::record::ansi::{self, ESC};
use crate::table::{KeyColumns, KeyType, LinesBuilder, Scalar, Slot, TextRow};

/// Writes rows of members.
pub(super) struct Direct {
    mapping: Mapping,
    clock: Clock,
    /// What is known of keys, in the order in which records had them.
    keys: Vec<Key>,
    /// Made with the first columns of keys.
    spreader: Option<KeySpreader>,
    /// Reused from row to row.
    extra: String,
}

/// Where the values of a key go.
struct Key {
    key: String,
    /// As JSON, with the colon after it.
    quoted: String,
    role: TextRole,
    /// Its column, if there are columns of keys and it has one.
    slot: Option<Slot>,
}

/// Most keys that are remembered: a crafted log has new ones in each line.
const MOST: usize = 256;

impl Direct {
    pub(super) fn new(mapping: Mapping) -> Self {
        let (clock, keys, extra) = (Clock::default(), Vec::new(), String::new());
        Self { mapping, clock, keys, spreader: None, extra }
    }

    /// Whether rows may be written so: not if the user has named keys, whose use is noted.
    pub(super) fn is_possible(&self) -> bool {
        !self.mapping.is_named()
    }

    /// Writes the row of a record with these members, each a key's place in the record, the key, which comes once, and its
    /// value; `false` if it must be written by way of JSON.
    #[inline]
    pub(super) fn push<'m>(
        &mut self,
        members: impl Iterator<Item = (usize, &'m str, &'m str)>,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        self.extra.clear();
        let mut columns = rows.take_keys();
        let row = rows.row();
        let record = self.distribute(members, columns.as_deref_mut(), row);
        if let Some(mut columns) = columns {
            if record.is_none() {
                columns.forget(row);
            }
            rows.put_keys(columns);
        }
        let Some(record) = record else { return false };
        let extra = Some(&*self.extra).filter(|extra| !extra.is_empty());
        rows.push(place.line, &Record { extra, ..record });
        true
    }

    /// Writes a row of text and members that are in no fixed column; `false` if it must be written by way of JSON.
    #[inline]
    pub(super) fn push_line(
        &mut self,
        text: &TextRow<'_>,
        members: &[(&str, &str)],
        rows: &mut LinesBuilder,
    ) -> bool {
        // A row without text has its JSON for one.
        if !is_visible(text.message[1]) {
            return false;
        }
        self.extra.clear();
        let mut columns = rows.take_keys();
        let row = rows.row();
        let mut is_done = true;
        for (at, &(key, value)) in members.iter().enumerate() {
            let key = self.key(at, key, columns.as_deref());
            is_done &= self.give(key, value, columns.as_deref_mut(), row);
        }
        if let Some(mut columns) = columns {
            if !is_done {
                columns.forget(row);
            }
            rows.put_keys(columns);
        }
        if !is_done {
            return false;
        }
        rows.push_text(text);
        if !self.extra.is_empty() {
            close_object(&mut self.extra, 0);
            rows.set_extra(&self.extra);
        }
        true
    }

    /// Gives members to columns of keys and `extra`, and returns those of fixed columns.
    #[inline]
    fn distribute<'m>(
        &mut self,
        members: impl Iterator<Item = (usize, &'m str, &'m str)>,
        mut columns: Option<&mut KeyColumns>,
        row: usize,
    ) -> Option<Record<'m>> {
        let mut record = Record::default();
        for (at, key, value) in members {
            let key = self.key(at, key, columns.as_deref());
            let before = match self.keys[key].role {
                TextRole::Time => {
                    // Nothing around it: what is before a message would be passed with its time.
                    let bytes = value.as_bytes();
                    let is_plain = bytes.first().is_some_and(u8::is_ascii_digit)
                        && bytes.last().is_some_and(u8::is_ascii_alphanumeric);
                    let time = if is_plain { self.clock.read_any(value) } else { None };
                    let time = time.filter(|time| time.text == ["", ""])?;
                    record.zone = time.zone;
                    record.timestamp.replace(time.nanos).is_some()
                }
                // A digit is a number of some scale.
                TextRole::Level if value.len() < 2 => return None,
                TextRole::Level => record.level.replace(value).is_some(),
                TextRole::Message => record.message.replace(value).is_some(),
                TextRole::None => {
                    if !self.give(key, value, columns.as_deref_mut(), row) {
                        return None;
                    }
                    false
                }
                TextRole::Other => return None,
            };
            // Of two for a column one is chosen.
            if before {
                return None;
            }
        }
        if !self.extra.is_empty() {
            close_object(&mut self.extra, 0);
        }
        record.message.is_some_and(is_visible).then_some(record)
    }

    /// Gives a value to the column of its key, or to `extra` if there are no columns of keys. Whether that can be.
    #[inline]
    fn give(
        &mut self,
        key: usize,
        value: &str,
        columns: Option<&mut KeyColumns>,
        row: usize,
    ) -> bool {
        let Key { quoted, slot, .. } = &self.keys[key];
        match (columns, slot) {
            (None, _) => {
                self.extra.push(if self.extra.is_empty() { '{' } else { ',' });
                self.extra.push_str(quoted);
                push_quoted(&mut self.extra, value);
                true
            }
            (Some(columns), Some(Slot::Text(at))) => {
                columns.texts[*at].set(row, value);
                true
            }
            (Some(_), Some(Slot::LeftOut(KeyType::Scalar(Scalar::String)))) => true,
            _ => false,
        }
    }

    /// The place among the known keys of the one that is at a place in a record: most records have the keys of the one
    /// before, in their order.
    #[inline]
    fn key(&mut self, at: usize, key: &str, columns: Option<&KeyColumns>) -> usize {
        match self.keys.get(at) {
            Some(known) if is_same(known.key.as_bytes(), key.as_bytes()) => at,
            _ => self.find(at, key, columns),
        }
    }

    /// As [`key`](Self::key), for another key than the last time, which takes that one's place.
    fn find(&mut self, at: usize, key: &str, columns: Option<&KeyColumns>) -> usize {
        // A record may have more keys, each in its place; but they are not looked for elsewhere.
        let mut near = self.keys.iter().take(if at < MOST { MOST } else { 0 });
        let known = near.position(|known| known.key == key);
        let place = known.unwrap_or_else(|| {
            let slot = columns.and_then(|columns| {
                let spreader = self.spreader.get_or_insert_with(|| KeySpreader::new(columns));
                spreader.slot(key)
            });
            let quoted = quoted_key(key);
            let role = self.mapping.role_of_text(key);
            let new = Key { key: key.to_owned(), quoted, role, slot };
            if self.keys.len() >= MOST {
                self.keys.truncate(at);
            }
            self.keys.push(new);
            self.keys.len() - 1
        });
        if at < self.keys.len() {
            self.keys.swap(at, place);
            return at;
        }
        place
    }
}

/// Whether two texts are the same. Of short ones, as keys are, this takes less time than a call.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        text.first_chunk().zip(text.last_chunk())
    }
    match one.len() {
        length if length != other.len() => false,
        8..=16 => ends::<8>(one) == ends::<8>(other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        0..4 => one.iter().zip(other).all(|(one, other)| one == other),
        _ => one == other,
    }
}

/// Adds a member with any key to an object that is being written.
#[inline]
pub(super) fn push_text_of(object: &mut String, key: &str, value: &str) {
    if key.bytes().all(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\\')) {
        return push_member(object, 0, key, value);
    }
    object.push(if object.is_empty() { '{' } else { ',' });
    push_quoted(object, key);
    object.push(':');
    push_quoted(object, value);
}

/// Whether something is seen of a text, at a quick look.
#[inline]
pub(super) fn is_visible(text: &str) -> bool {
    let first = text.bytes().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    match first {
        Some(ESC) => {
            let mut is_visible = false;
            ansi::pieces(text, |piece| is_visible |= piece.bytes().any(|byte| byte > b' '));
            is_visible
        }
        first => first.is_some_and(|first| first > b' '),
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn texts_of_any_length_are_compared() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for length in 0..=text.len() {
            assert!(is_same(&text[..length], &text.to_vec()[..length]));
            assert!(length == 0 || !is_same(&text[..length], &text[..length - 1]));
            for at in 0..length {
                let mut other = text[..length].to_vec();
                other[at] = b'?';
                assert!(!is_same(&text[..length], &other), "{length} {at}");
            }
        }
    }
}
