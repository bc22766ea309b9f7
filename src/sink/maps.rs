//! Maps of text to text as the text sinks read them: `args`.

use std::ops::Range;

use arrow::array::{Array, MapArray, StringArray};
use arrow::error::ArrowError;

use super::array::{bytes_of, downcast, measure};
use super::value::{LONGEST_ESCAPE, is_escaped, object_room};

/// A map column and the keys and values of all its rows.
pub(super) struct MapColumn<'a> {
    maps: &'a MapArray,
    keys: &'a StringArray,
    values: &'a StringArray,
}

/// The entries of one row's map, an iterator in the order of the map. A value may be null, a key never.
pub(super) struct MapEntries<'a> {
    keys: &'a StringArray,
    values: &'a StringArray,
    /// Those of this row that are left, as indices into both.
    range: Range<usize>,
}

impl<'a> MapColumn<'a> {
    pub(super) fn open(name: &str, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let maps: &MapArray = downcast(name, array)?;
        let keys = downcast(name, maps.keys().as_ref())?;
        let values = downcast(name, maps.values().as_ref())?;
        Ok(Self { maps, keys, values })
    }

    /// The entries of `row`: none for `{}`.
    pub(super) fn entries(&self, row: usize) -> MapEntries<'a> {
        let offsets = self.maps.value_offsets();
        // Offsets of a valid array are never negative.
        let [start, end] = [offsets[row], offsets[row + 1]].map(|offset| offset as usize);
        MapEntries { keys: self.keys, values: self.values, range: start..end }
    }
}

impl MapEntries<'_> {
    /// Bytes that the map needs as JSON, a chunk included.
    pub(super) fn json_room(&self) -> usize {
        /// Bytes of text above which it is measured rather than taken six times.
        const LONG: usize = 64 << 10;
        let bytes = [self.keys, self.values].map(|texts| bytes_of(texts, &self.range));
        let bytes: usize = bytes.iter().sum();
        let written = match bytes {
            0..LONG => LONGEST_ESCAPE * bytes,
            _ => [self.keys, self.values].iter().map(|texts| self.measured(texts)).sum(),
        };
        object_room(self.range.len(), written)
    }

    /// Bytes of the keys or of the values with their escapes.
    fn measured(&self, texts: &StringArray) -> usize {
        let offsets = texts.value_offsets();
        // Offsets of a valid array are never negative.
        let [start, end] = [self.range.start, self.range.end].map(|at| offsets[at] as usize);
        measure(&texts.value_data()[start..end], LONGEST_ESCAPE, is_escaped)
    }

    pub(super) fn room(&self, widest: usize) -> usize {
        widest * self.json_room()
    }
}

impl<'a> Iterator for MapEntries<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.range.next()?;
        let value = self.values.is_valid(entry).then(|| self.values.value(entry));
        Some((self.keys.value(entry), value))
    }
}
