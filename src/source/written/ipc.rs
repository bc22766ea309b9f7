//! Arrow IPC files and streams: a unit is a batch.
//!
//! Both are the same messages, one after the other; a file has a list of them at its end as well. They are
//! read from the front, so that one that was cut short has its rows up to there.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::FileDecoder;
use arrow::ipc::{Block, Message, MessageHeader, RecordBatch as Header, root_as_message};

use super::table::{Batches, Bytes, Rows, Source, damaged, guarded};

/// What a file begins and ends with. Zeros follow the first one, as many as its writer likes.
const MAGIC: &[u8] = b"ARROW1";
const MOST_ZEROS: usize = 64;

/// What comes before each message, and then its size.
const MARK: [u8; 4] = [0xff; 4];

/// Bytes that the head of a message has at most.
const HEAD: usize = 64 << 20;

/// Bytes that a buffer has at most once it is decompressed.
const BUFFER: i64 = 1 << 31;

/// An Arrow IPC file or stream.
#[derive(Debug)]
pub(super) struct Ipc {
    source: Source,
    schema: SchemaRef,
    units: Vec<u64>,
    batches: Vec<Block>,
    /// With the dictionaries.
    decoder: FileDecoder,
    failure: Option<String>,
}

/// The messages of a file.
#[derive(Default)]
struct Messages {
    schema: Option<(SchemaRef, arrow::ipc::MetadataVersion)>,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
    units: Vec<u64>,
    failure: Option<String>,
}

impl Ipc {
    /// Lists the messages of a file or stream.
    ///
    /// # Errors
    /// Why it cannot be read, or is no Arrow file.
    pub(super) fn open(source: Source) -> io::Result<Self> {
        let bytes = source.open()?;
        guarded(|| {
            let Messages { schema, dictionaries, batches, units, failure } = list(&bytes)?;
            let Some((schema, version)) = schema else {
                return Err(damaged(failure.unwrap_or_else(|| "it has no schema".into())));
            };
            let mut decoder = FileDecoder::new(Arc::clone(&schema), version);
            for block in dictionaries {
                let message = read(&bytes, &block)?;
                decoder.read_dictionary(&block, &message).map_err(|error| plain(&error))?;
            }
            Ok(Self { source, schema, units, batches, decoder, failure })
        })
    }

    /// Decodes a batch.
    fn batch(&self, unit: usize) -> io::Result<RecordBatch> {
        let bytes = self.source.open()?;
        let block = self.batches.get(unit).ok_or_else(|| damaged("there is no such batch"))?;
        guarded(|| {
            let message = read(&bytes, block)?;
            let batch = self.decoder.read_record_batch(block, &message);
            let batch = batch.map_err(|error| plain(&error))?;
            batch
                .filter(|batch| batch.num_rows() as u64 == self.units[unit])
                .ok_or_else(|| damaged("a batch of the Arrow file is damaged"))
        })
    }
}

impl Rows for Ipc {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn units(&self) -> &[u64] {
        &self.units
    }

    fn read(&self, columns: &[usize], unit: usize, rows: &[Range<u64>]) -> io::Result<Batches> {
        let batch = self.batch(unit)?;
        let batch = batch.project(columns).map_err(|error| plain(&error))?;
        let rows = rows.to_vec();
        let parts = rows.into_iter().map(move |rows| {
            let (start, length) = (rows.start as usize, (rows.end - rows.start) as usize);
            match start.checked_add(length).is_some_and(|end| end <= batch.num_rows()) {
                true => Ok(batch.slice(start, length)),
                false => Err(damaged("a batch of the Arrow file is damaged")),
            }
        });
        Ok(Box::new(parts))
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// Finds the messages, front to back, up to the end or to damage.
fn list(bytes: &Bytes) -> io::Result<Messages> {
    let mut messages = Messages::default();
    let mut head = [0; MAGIC.len() + MOST_ZEROS];
    let read = bytes.read_some(&mut head, 0)?;
    let after = head[..read].strip_prefix(MAGIC);
    let is_file = after.is_some();
    let zeros = after.map_or(0, |after| after.iter().take_while(|byte| **byte == 0).count());
    let mut at = if is_file { (MAGIC.len() + zeros) as u64 } else { 0 };
    loop {
        match next(bytes, at, &mut messages) {
            Ok(Some(end)) => at = end,
            Ok(None) => break,
            Err(error) => {
                messages.failure = Some(error.to_string());
                return Ok(messages);
            }
        }
    }
    // The list at the end of a file, and its magic after that.
    let end = bytes.len().checked_sub(MAGIC.len() as u64).filter(|end| *end > at);
    let has_end =
        || end.is_some_and(|end| bytes.read(end, MAGIC.len()).is_ok_and(|end| end == MAGIC));
    if is_file && !has_end() {
        messages.failure = Some("the Arrow file is cut short".into());
    }
    Ok(messages)
}

/// Notes the message at a place; returns where it ends, `None` at the end of the messages.
fn next(bytes: &Bytes, at: u64, messages: &mut Messages) -> io::Result<Option<u64>> {
    let cut = || damaged("the Arrow file is cut short");
    if at >= bytes.len() {
        return Err(cut());
    }
    let prefix = bytes.read(at, 8).map_err(|_| cut())?;
    let length = i32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]);
    if prefix[..4] != MARK {
        return Err(damaged("the Arrow file is damaged"));
    }
    if length == 0 {
        return Ok(None);
    }
    let length = usize::try_from(length).ok().filter(|length| *length <= HEAD);
    let length = length.ok_or_else(|| damaged("the Arrow file is damaged"))?;
    let head = bytes.read(at + 8, length).map_err(|_| cut())?;
    let message = root_as_message(&head).map_err(|_| damaged("the Arrow file is damaged"))?;
    let body = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
    let start = at + 8 + length as u64;
    let end = start.checked_add(body).filter(|end| *end <= bytes.len()).ok_or_else(cut)?;
    note(&message, Block::new(at as i64, (8 + length) as i32, body as i64), messages)?;
    Ok(Some(end))
}

/// Adds a message to the list.
fn note(message: &Message<'_>, block: Block, messages: &mut Messages) -> io::Result<()> {
    match message.header_type() {
        MessageHeader::Schema if messages.schema.is_none() => {
            let schema = message.header_as_schema().map(fb_to_schema);
            let schema = schema.ok_or_else(|| damaged("the Arrow file has no schema"))?;
            messages.schema = Some((Arc::new(schema), message.version()));
        }
        MessageHeader::DictionaryBatch if messages.batches.is_empty() => {
            messages.dictionaries.push(block);
        }
        MessageHeader::DictionaryBatch => {
            let cause = "the Arrow file has dictionaries that change, which ripsaw never writes";
            return Err(damaged(cause));
        }
        MessageHeader::RecordBatch => {
            let header = message.header_as_record_batch();
            let rows = header.and_then(|header| u64::try_from(header.length()).ok());
            let rows = rows.filter(|rows| *rows <= u64::from(u32::MAX));
            messages.units.push(rows.ok_or_else(|| damaged("the Arrow file is damaged"))?);
            messages.batches.push(block);
        }
        _ => return Err(damaged("the Arrow file is damaged")),
    }
    Ok(())
}

/// The bytes of a message, whose buffers are not larger than they may be.
fn read(bytes: &Bytes, block: &Block) -> io::Result<Buffer> {
    let head = block.metaDataLength() as usize;
    let length = head + usize::try_from(block.bodyLength()).map_err(io::Error::other)?;
    let message = bytes.read(block.offset() as u64, length)?;
    let parsed = root_as_message(&message[8..head]).map_err(|_| damaged("it is damaged"))?;
    let header = parsed.header_as_record_batch();
    let header = header.or_else(|| parsed.header_as_dictionary_batch()?.data());
    match header.is_some_and(|header| are_possible(&header, &message[head..])) {
        true => Ok(Buffer::from(message)),
        false => Err(damaged("a batch of the Arrow file is damaged")),
    }
}

/// Whether the buffers of a batch are in its body, and not too large for memory once decompressed.
fn are_possible(header: &Header<'_>, body: &[u8]) -> bool {
    let is_compressed = header.compression().is_some();
    header.buffers().into_iter().flatten().all(|buffer| {
        let range =
            usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let range = range.and_then(|(start, length)| Some(start..start.checked_add(length)?));
        let Some(bytes) = range.and_then(|range| body.get(range)) else { return false };
        match bytes.first_chunk::<8>() {
            Some(size) if is_compressed => i64::from_le_bytes(*size) <= BUFFER,
            _ => true,
        }
    })
}

/// The error of a file, without the name of the crate that found it.
fn plain(error: &ArrowError) -> io::Error {
    let text = error.to_string();
    let text = text.rsplit_once("error: ").map_or(&*text, |(_, text)| text);
    damaged(format!("the Arrow file is damaged: {text}"))
}
