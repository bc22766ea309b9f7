//! Bodies of responses: bytes in memory, or a source that is read in chunks on other threads.
//!
//! A chunk is read only when the one before it has been taken, so a slow client holds two chunks and no thread,
//! and one that is gone holds nothing: its body is dropped.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at once.
const CHUNK: usize = 128 << 10;

/// Where content is read from.
pub(super) type Reader = Box<dyn Read + Send>;

/// A chunk, and the reader if there may be more.
type Chunk = io::Result<(Bytes, Option<Reader>)>;

/// A body.
pub(super) struct ReplyBody {
    /// What is sent next; empty if there is nothing in memory.
    ready: Bytes,
    /// What is being read.
    reading: Option<JoinHandle<Chunk>>,
    /// Bytes that are still to be sent, if that is known. Fewer are an error.
    left: Option<u64>,
}

impl ReplyBody {
    /// A body in memory.
    pub(super) fn of_bytes(bytes: Bytes) -> Self {
        let left = Some(bytes.len() as u64);
        Self { ready: bytes, reading: None, left }
    }

    /// A body whose first chunk has been read. `length`: that of the body, if it is known.
    pub(super) fn of_chunk((ready, reader): (Bytes, Option<Reader>), length: Option<u64>) -> Self {
        let reading = reader.map(read_on);
        Self { ready, reading, left: length }
    }
}

/// Reads a chunk on a thread that may block.
fn read_on(reader: Reader) -> JoinHandle<Chunk> {
    spawn_blocking(move || read_chunk(reader))
}

/// Reads a chunk: whatever there is, up to its size. A reader that waits for more, such as a stream, gives less.
pub(super) fn read_chunk(mut reader: Reader) -> Chunk {
    let mut chunk = vec![0; CHUNK];
    let mut filled = 0;
    while filled < chunk.len() {
        match reader.read(&mut chunk[filled..]) {
            Ok(0) => {
                chunk.truncate(filled);
                return Ok((chunk.into(), None));
            }
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((chunk.into(), Some(reader)))
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        while self.ready.is_empty() {
            let Some(reading) = &mut self.reading else {
                return Poll::Ready(match self.left {
                    Some(1..) => Some(Err(io::ErrorKind::UnexpectedEof.into())),
                    _ => None,
                });
            };
            let chunk = ready!(Pin::new(reading).poll(context));
            self.reading = None;
            match chunk.map_err(io::Error::other).flatten() {
                Ok((bytes, reader)) => {
                    self.ready = bytes;
                    self.reading = reader.map(read_on);
                }
                Err(error) => {
                    self.left = Some(0);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        let bytes = std::mem::take(&mut self.ready);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && self.reading.is_none() && self.left.is_none_or(|left| left == 0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
