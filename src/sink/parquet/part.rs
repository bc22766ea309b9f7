//! Rows of a column, with the validity of the structs around it.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::buffer::NullBuffer;

use super::page::PAGE_ROWS;

/// Some rows of a column of the file, from one array.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) array: ArrayRef,
    /// Which rows have a value: not null here, and in no struct that is. `None` if all have.
    pub(super) nulls: Option<NullBuffer>,
    /// The structs around it, from the outermost; `None` for one that is null nowhere.
    pub(super) outer: Vec<Option<NullBuffer>>,
}

impl Part {
    /// The rows of a batch; `path` has the column of the batch, then the member of each struct inside.
    /// `None` if there are no such structs in the batch.
    pub(super) fn of(batch: &RecordBatch, path: &[usize]) -> Option<Self> {
        let (&first, members) = path.split_first()?;
        let mut part = Self::from(batch.columns().get(first)?.clone());
        for &member in members {
            let structs: &StructArray = part.array.as_struct_opt()?;
            let array = structs.columns().get(member)?.clone();
            let own = structs.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
            let nulls = NullBuffer::union(part.nulls.as_ref(), array.nulls());
            part.outer.push(own);
            part = Self { array, nulls: nulls.filter(|nulls| nulls.null_count() > 0), ..part };
        }
        Some(part)
    }

    pub(super) fn len(&self) -> usize {
        self.array.len()
    }

    /// Rows that have a value.
    pub(super) fn values(&self) -> usize {
        self.len() - self.nulls.as_ref().map_or(0, NullBuffer::null_count)
    }

    /// Some of its rows.
    pub(super) fn cut(&self, rows: Range<usize>) -> Self {
        if rows == (0..self.len()) {
            return self.clone();
        }
        let cut = |nulls: &NullBuffer| nulls.slice(rows.start, rows.len());
        Self {
            array: self.array.slice(rows.start, rows.len()),
            nulls: self.nulls.as_ref().map(cut).filter(|nulls| nulls.null_count() > 0),
            outer: self.outer.iter().map(|nulls| nulls.as_ref().map(cut)).collect(),
        }
    }

    /// Calls `each` with every stretch of rows that have a value, until it gives `None`.
    #[inline]
    pub(super) fn try_valid(&self, mut each: impl FnMut(Range<usize>) -> Option<()>) -> Option<()> {
        match &self.nulls {
            None => each(0..self.len()),
            Some(nulls) => nulls.valid_slices().try_for_each(|(start, end)| each(start..end)),
        }
    }

    /// Calls `each` with every stretch of rows that have a value.
    #[inline]
    pub(super) fn for_valid(&self, mut each: impl FnMut(Range<usize>)) {
        let _ = self.try_valid(|rows| {
            each(rows);
            Some(())
        });
    }
}

impl From<ArrayRef> for Part {
    /// The rows of a column of the table.
    fn from(array: ArrayRef) -> Self {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        Self { array, nulls, outer: Vec::new() }
    }
}

/// Cuts the parts of a column into pages of [`PAGE_ROWS`], each a list of slices, none empty. Where one
/// array ends and the next begins makes no difference.
pub(super) fn pages(parts: &[Part]) -> impl Iterator<Item = Vec<Part>> {
    let mut parts = parts.iter();
    let mut rest: Option<Part> = None;
    std::iter::from_fn(move || {
        let (mut page, mut rows) = (Vec::new(), 0);
        while rows < PAGE_ROWS {
            let Some(part) = rest.take().or_else(|| parts.next().cloned()) else { break };
            // What does not fit is the start of the next page.
            let take = part.len().min(PAGE_ROWS - rows);
            if take < part.len() {
                rest = Some(part.cut(take..part.len()));
            }
            if take > 0 {
                page.push(part.cut(0..take));
            }
            rows += take;
        }
        (rows > 0).then_some(page)
    })
}
