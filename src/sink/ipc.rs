//! Arrow IPC, file and stream: every dictionary is written before the first batch, so that readers
//! which refuse replaced or growing dictionaries accept the file.
//!
//! A file is the magic, the messages of a stream, a footer with the place of each message, and the magic
//! again. A stream has only the messages: schema, dictionaries, batches. Workers make the messages of their
//! batches; the buffers of a batch are written from where they are, without a copy.

use std::io::{self, IoSlice, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::IpcSchemaEncoder;
use arrow::ipc::writer::{
    DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteContext, IpcWriteOptions,
    StreamEncoder, write_message,
};
use arrow::ipc::{Block as Extent, CompressionType, FooterBuilder, MetadataVersion};
use flatbuffers::FlatBufferBuilder;

use super::format::{FileFormat, OutputFormat, SinkOptions, refuse};
use super::{Block, Encoder, Flow, Sink, arrow_error, open_block};
use crate::error::Result;
use crate::table::expand;

/// Arrow IPC files, also known as Feather.
pub const FILE_FORMAT: FileFormat = FileFormat {
    name: "arrow",
    title: "Arrow",
    extensions: &["arrow", "feather", "ipc"],
    is_binary: true,
    prepare: |options| prepare(&FILE_FORMAT, IpcKind::File, options),
};

/// Arrow IPC streams.
pub const STREAM_FORMAT: FileFormat = FileFormat {
    name: "arrows",
    title: "Arrow stream",
    extensions: &["arrows"],
    is_binary: true,
    prepare: |options| prepare(&STREAM_FORMAT, IpcKind::Stream, options),
};

/// Checks the options; both formats take the same.
fn prepare(
    format: &FileFormat,
    kind: IpcKind,
    options: &SinkOptions,
) -> Result<Box<dyn OutputFormat>> {
    options.allow(format, &["the compression"])?;
    let compression = match options.compression.as_deref() {
        None | Some("none") => IpcCompression::None,
        Some("lz4") => IpcCompression::Lz4,
        Some("zstd") => IpcCompression::Zstd,
        Some(other) => {
            return Err(refuse("the compression", format!("unknown Arrow codec {other}"))
                .with_hint("use zstd, lz4 or none (zstd without a level)"));
        }
    };
    Ok(Box::new(ArrowIpc { kind, compression }))
}

/// Arrow IPC, and how it is written.
#[derive(Debug, Clone, Copy)]
pub struct ArrowIpc {
    /// File or stream.
    pub kind: IpcKind,
    /// Compression of the buffers.
    pub compression: IpcCompression,
}

impl Default for ArrowIpc {
    fn default() -> Self {
        Self { kind: IpcKind::File, compression: IpcCompression::None }
    }
}

impl OutputFormat for ArrowIpc {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        let Self { kind, compression } = *self;
        Ok(Box::new(IpcSink::new(output, SchemaRef::clone(schema), kind, compression)?))
    }
}

/// Compression of the buffers of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IpcCompression {
    /// None: buffers can be mapped and used in place.
    #[default]
    None,
    /// LZ4 frames.
    Lz4,
    /// Zstandard.
    Zstd,
}

/// File or stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpcKind {
    /// With a footer that lists the batches (`.arrow`).
    File,
    /// Front to back (`.arrows`).
    Stream,
}

/// What an Arrow file begins and ends with.
const MAGIC: &[u8; 6] = b"ARROW1";

/// A message of length 0: the marker that begins every message, then the length.
const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Writes an Arrow IPC file or stream.
pub struct IpcSink<W: Write> {
    output: W,
    kind: IpcKind,
    encoder: Arc<IpcEncoder>,
    /// Bytes written: where the next message begins.
    offset: usize,
    /// Where the messages of dictionaries are, for the footer.
    dictionaries: Vec<Extent>,
    /// Where the messages of batches are, for the footer.
    batches: Vec<Extent>,
}

/// Encodes batches as messages.
pub struct IpcEncoder {
    /// The schema of the file: without run-end encoding, which many readers lack.
    schema: SchemaRef,
    options: IpcWriteOptions,
    kind: IpcKind,
    /// What each thread reuses from one batch to the next. They have already given the schema and the
    /// dictionaries, so they give batches only.
    idle: Mutex<Vec<StreamEncoder>>,
}

/// A message as the pieces that it is written from: its header, then the buffers of the batch and their
/// padding. Buffers are shared with the batch, not copied.
struct Message(Vec<Buffer>);

impl<W: Write> IpcSink<W> {
    /// A file or stream of rows of `schema`.
    ///
    /// # Errors
    /// None at present: arrow refuses a compression only in older versions of the format.
    pub fn new(
        output: W,
        schema: SchemaRef,
        kind: IpcKind,
        compression: IpcCompression,
    ) -> io::Result<Self> {
        let compression = match compression {
            IpcCompression::None => None,
            IpcCompression::Lz4 => Some(CompressionType::LZ4_FRAME),
            IpcCompression::Zstd => Some(CompressionType::ZSTD),
        };
        let options =
            IpcWriteOptions::default().try_with_compression(compression).map_err(arrow_error)?;
        let encoder = Arc::new(IpcEncoder { schema, options, kind, idle: Mutex::default() });
        Ok(Self { output, kind, encoder, offset: 0, dictionaries: Vec::new(), batches: Vec::new() })
    }

    /// Writes bytes and counts them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.offset += bytes.len();
        self.output.write_all(bytes)
    }

    /// Writes a schema or a dictionary; returns where it is.
    fn write_data(&mut self, data: EncodedData) -> io::Result<Extent> {
        let start = self.offset;
        let (header, body) =
            write_message(&mut self.output, data, &self.encoder.options).map_err(arrow_error)?;
        self.offset += header + body;
        Ok(Extent::new(start as i64, header as i32, body as i64))
    }

    /// Writes a batch from all its pieces at once; returns where it is.
    fn write_batch(&mut self, message: &Message) -> io::Result<Extent> {
        let start = self.offset;
        let header = message.header_len()?;
        let mut slices: Vec<IoSlice<'_>> =
            message.0.iter().map(|piece| IoSlice::new(piece)).collect();
        let len: usize = slices.iter().map(|slice| slice.len()).sum();
        write_all(&mut self.output, &mut slices)?;
        self.offset += len;
        Ok(Extent::new(start as i64, header as i32, (len - header) as i64))
    }

    /// The footer of a file (Arrow's File.fbs): the schema again, and where the messages are.
    fn footer(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let dictionaries = builder.create_vector(&self.dictionaries);
        let batches = builder.create_vector(&self.batches);
        // Numbers the dictionaries in the order of the fields, as the messages at the start did.
        let mut tracker = DictionaryTracker::new(true);
        let schema = IpcSchemaEncoder::new()
            .with_dictionary_tracker(&mut tracker)
            .schema_to_fb_offset(&mut builder, &self.encoder.schema);
        let mut footer = FooterBuilder::new(&mut builder);
        footer.add_version(MetadataVersion::V5);
        footer.add_schema(schema);
        footer.add_dictionaries(dictionaries);
        footer.add_recordBatches(batches);
        let root = footer.finish();
        builder.finish(root, None);
        builder.finished_data().to_vec()
    }
}

impl<W: Write> Sink for IpcSink<W> {
    fn encoder(&self) -> Arc<dyn Encoder> {
        self.encoder.clone()
    }

    fn begin(&mut self, empty: &RecordBatch) -> io::Result<()> {
        if self.kind == IpcKind::File {
            self.write(MAGIC)?;
            // The first message starts at a multiple of 64, the alignment of buffers, so that they stay
            // aligned when the file is mapped.
            self.write(&[0; 64 - MAGIC.len()])?;
        }
        let encoder = Arc::clone(&self.encoder);
        // The dictionaries are written whole here, as `empty` has those of the entire run.
        let empty = expand(empty, &encoder.schema).map_err(arrow_error)?;
        let (schema, dictionaries) = encoder.start(&empty)?;
        self.write_data(schema)?;
        for dictionary in dictionaries {
            let extent = self.write_data(dictionary)?;
            self.dictionaries.push(extent);
        }
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let batches: Vec<Message> = open_block(block)?;
        for batch in batches {
            let extent = self.write_batch(&batch)?;
            self.batches.push(extent);
        }
        Ok(Flow::Continue)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.kind {
            IpcKind::Stream => self.output.flush(),
            // Nobody reads a file before its end.
            IpcKind::File => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.write(&END_OF_STREAM)?;
        if self.kind == IpcKind::File {
            let footer = self.footer();
            self.write(&footer)?;
            // A reader starts from the end: the magic, the length before it, the footer before that.
            self.write(&(footer.len() as i32).to_le_bytes())?;
            self.write(MAGIC)?;
        }
        self.output.flush()
    }
}

impl IpcEncoder {
    /// The messages of the schema and of the dictionaries of a batch.
    fn start(&self, batch: &RecordBatch) -> io::Result<(EncodedData, Vec<EncodedData>)> {
        let generator = IpcDataGenerator::default();
        let mut tracker = DictionaryTracker::new(false);
        let schema = generator.schema_to_bytes_with_dictionary_tracker(
            &self.schema,
            &mut tracker,
            &self.options,
        );
        let mut context = IpcWriteContext::default();
        let encoded = generator.encode(batch, &mut tracker, &self.options, &mut context);
        Ok((schema, encoded.map_err(arrow_error)?.0))
    }

    /// An encoder that is past schema and dictionaries, which all batches share. Without this each thread's
    /// first batch would repeat them.
    fn past_start(&self, batch: &RecordBatch) -> std::result::Result<StreamEncoder, ArrowError> {
        let options = self.options.clone();
        let mut encoder = StreamEncoder::try_new_with_options(&self.schema, options)?;
        // What it returns, the start of a stream, is dropped: `begin` has written one.
        encoder.encode(&batch.slice(0, 0))?;
        Ok(encoder)
    }

    /// Batches as messages, one each.
    fn messages(&self, batches: &[RecordBatch]) -> std::result::Result<Vec<Message>, ArrowError> {
        let batches = batches.iter().map(|batch| expand(batch, &self.schema));
        let batches: Vec<RecordBatch> = batches.collect::<std::result::Result<_, _>>()?;
        let Some(first) = batches.first() else { return Ok(Vec::new()) };
        let idle = self.idle().pop();
        let mut encoder = idle.map_or_else(|| self.past_start(first), Ok)?;
        let messages = batches.iter().map(|batch| encoder.encode(batch).map(Message)).collect();
        self.idle().push(encoder);
        messages
    }

    /// The encoders that no thread uses now.
    fn idle(&self) -> MutexGuard<'_, Vec<StreamEncoder>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Encoder for IpcEncoder {
    fn uses_records(&self) -> bool {
        false
    }

    fn cuts_early(&self) -> bool {
        self.kind == IpcKind::Stream
    }

    fn bytes_of(&self, block: &Block) -> usize {
        let messages: Option<&Vec<Message>> = block.downcast_ref();
        messages.into_iter().flatten().flat_map(|message| &message.0).map(Buffer::len).sum()
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        Ok(Box::new(self.messages(batches).map_err(arrow_error)?))
    }
}

impl Message {
    /// Bytes before the body. A message begins with a marker of four bytes and the length of its metadata,
    /// padding included, in four more; the metadata follows.
    fn header_len(&self) -> io::Result<usize> {
        let prefix = self.0.first().and_then(|prefix| prefix.first_chunk::<8>());
        match prefix {
            Some([0xff, 0xff, 0xff, 0xff, len @ ..]) => Ok(8 + u32::from_le_bytes(*len) as usize),
            _ => Err(io::Error::other("a message without a length")),
        }
    }
}

/// As [`Write::write_all`], from many places at once (`write_all_vectored` is not stable yet).
fn write_all(output: &mut impl Write, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    // Drops empty slices at the front: writing only those would return 0, as a full output does.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match output.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
