//! Many files of one schema, which share an encoder: what each thread reuses is there once, however many files
//! are open.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::datatypes::Schema;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use super::{Parquet, ParquetEncoder, ParquetSink, io_error};

/// Makes Parquet files of one schema.
pub(crate) struct ParquetFiles {
    encoder: Arc<ParquetEncoder>,
    root: TypePtr,
    properties: WriterPropertiesPtr,
}

impl ParquetFiles {
    /// Files of rows of `schema`.
    ///
    /// # Errors
    /// A type that Parquet does not have.
    pub(crate) fn new(schema: &Schema, options: &Parquet) -> io::Result<Self> {
        let ParquetSink { file, encoder } = ParquetSink::new(io::sink(), schema, options)?;
        let root = file.schema_descr().root_schema_ptr();
        Ok(Self { encoder, root, properties: Arc::clone(file.properties()) })
    }

    /// The same for rows that are in the order of this column, as their metadata says then; nulls come last.
    pub(crate) fn sorted_by(mut self, column: &str) -> Self {
        let leaves = self.encoder.descriptors.columns();
        let place = leaves.iter().position(|leaf| leaf.path().string() == column);
        if let Some(place) = place {
            let column =
                SortingColumn { column_idx: place as i32, descending: false, nulls_first: false };
            let properties = WriterProperties::clone(&self.properties).into_builder();
            let sorted = properties.set_sorting_columns(Some(vec![column])).build();
            self.properties = Arc::new(sorted);
        }
        self
    }

    /// What makes the blocks of all files.
    pub(crate) fn encoder(&self) -> &ParquetEncoder {
        &self.encoder
    }

    /// Begins a file.
    ///
    /// # Errors
    /// The output's.
    pub(crate) fn create<W: Write + Send>(&self, output: W) -> io::Result<ParquetSink<W>> {
        let properties = Arc::clone(&self.properties);
        let file = SerializedFileWriter::new(output, Arc::clone(&self.root), properties);
        Ok(ParquetSink { file: file.map_err(io_error)?, encoder: Arc::clone(&self.encoder) })
    }
}

impl<W: Write + Send> ParquetSink<W> {
    /// Adds a pair to the metadata of the file.
    pub(crate) fn annotate(&mut self, key: &str, value: String) {
        self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    /// Hands all bytes so far to the output, and returns how many there are.
    ///
    /// # Errors
    /// The output's.
    pub(crate) fn flushed(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.file.bytes_written() as u64)
    }
}
