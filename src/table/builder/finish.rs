//! The end of a batch: the rows so far become one `RecordBatch`, with what was counted of each part.

use std::sync::Arc;

use arrow::array::{DictionaryArray, Int8Array, Int32Array, RecordBatch};
use arrow::datatypes::Int32Type;

use super::{LinesBuilder, Part};
use crate::table::columns::Columns;
use crate::table::text_runs::{run_array, run_ends};
use crate::table::{Dictionaries, Lines};

impl LinesBuilder {
    /// The rows so far as one batch, of `run_schema` and the keys, with what was counted; the builder is empty
    /// again.
    pub fn finish(&mut self, dictionaries: &Dictionaries) -> Lines {
        self.end_part();
        let rows = self.columns.rows();
        let batch = match &self.empty {
            // Most portions of a search have no rows. To build their batch anew would cost more than to
            // find that out.
            Some(empty) if rows == 0 => empty.clone(),
            _ => self.batch(dictionaries),
        };
        if rows == 0 && self.empty.is_none() {
            self.empty = Some(batch.clone());
        }
        // Not columns of the table, so `batch` has left them: they are for the caller alone.
        let records = self.columns.json.finish_some(rows);
        let cut = self.columns.message.take_cut();
        let joined = std::mem::take(&mut self.joined);
        self.stages.clear();
        self.named = 0;
        Lines {
            batch,
            tallies: self.parts.drain(..).map(|part| (part.entry, part.tally)).collect(),
            malformed: std::mem::take(&mut self.malformed),
            malformed_rows: std::mem::take(&mut self.malformed_rows),
            raw: None,
            offsets: None,
            parts: None,
            records,
            joined,
            cut,
        }
    }

    /// The rows as a batch, which empties the columns.
    fn batch(&mut self, dictionaries: &Dictionaries) -> RecordBatch {
        let rows = self.columns.rows();
        // `level` and `level_number` have the same runs, since one is the other's index.
        let (starts, codes) = level_runs(&self.columns);
        let ends = run_ends(starts.into_iter(), rows);
        let numbers: Int8Array = codes.iter().map(|code| Some((*code)? as i8 + 1)).collect();
        let codes = Int32Array::from(codes);
        let level = DictionaryArray::<Int32Type>::new(codes, dictionaries.levels().clone());
        let level = run_array(ends.clone(), &level);
        // A part without rows is no run: Arrow's run ends must increase.
        let parts = || self.parts.iter().filter(|part| !part.rows.is_empty());
        let runs: Vec<(usize, usize)> = parts().map(|part| (part.entry, part.rows.end)).collect();
        let mut columns = dictionaries.arrays(&runs, &self.stages);
        let built = self.columns.finish();
        // After bundle and file. The columns that follow are in the order of the table.
        columns.insert(2, built.line);
        columns.extend([
            built.timestamp,
            built.zone,
            level,
            run_array(ends, &numbers),
            built.level_text,
            built.pos,
            built.message,
            built.args,
            built.extra,
            built.error,
        ]);
        if let Some(keys) = &mut self.keys {
            columns.extend(keys.finish(rows));
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .expect("the builder's columns are the schema's")
    }

    /// Counts the rows of the part that ends here; nothing if no part has begun. Each part ends once:
    /// where the next begins, or with the batch.
    pub(super) fn end_part(&mut self) {
        // A stage that a row named must not reach into the next part.
        if !self.stages.is_empty() {
            self.set_stage(None);
        }
        let Some(Part { rows, cut, tally, .. }) = self.parts.last_mut() else { return };
        rows.end = self.columns.rows();
        tally.local_times |= std::mem::take(&mut self.local_times);
        tally.truncated_lines = (self.columns.message.cut_rows() - *cut) as i64;
        tally.count(&self.columns, rows.clone());
    }
}

/// The rows at which levels change, and the index of each new level; `None` without one.
fn level_runs(columns: &Columns) -> (Vec<usize>, Vec<Option<i32>>) {
    let (mut starts, mut codes) = (Vec::new(), Vec::new());
    for (start, level) in columns.level_text.levels_since(0) {
        let code = level.map(|level| level as i32);
        // `WARN` and `warning` are different texts of one level: their runs become one.
        if codes.last() != Some(&code) {
            starts.push(start);
            codes.push(code);
        }
    }
    (starts, codes)
}
