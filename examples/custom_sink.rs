//! A sink of your own: the number of bytes of messages, summed on all threads.
//!
//! `cargo run --example custom_sink -- fixtures/deploy.zip`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "examples print")]

use std::env;
use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use ripsaw::sink::{Block, Encoder, Flow, OutputFormat, Sink};
use ripsaw::{Result, Scan};

/// The format: opens the sink.
struct MessageBytes;

impl OutputFormat for MessageBytes {
    fn open(&self, output: Box<dyn Write + Send>, _: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(Sum { output, bytes: 0 }))
    }
}

/// The half that runs on many threads: a batch in, a block out.
struct Measure;

impl Encoder for Measure {
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        let messages = batches.iter().map(|batch| batch.column(0).as_string::<i32>());
        let bytes = messages.map(|m| m.iter().flatten().map(str::len).sum::<usize>());
        Ok(Box::new(bytes.sum::<usize>()))
    }
}

/// The half that owns the output: blocks in the order of the input.
struct Sum {
    output: Box<dyn Write + Send>,
    bytes: usize,
}

impl Sink for Sum {
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::new(Measure)
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        self.bytes += *block.downcast::<usize>().map_err(|_| io::Error::other("another block"))?;
        Ok(Flow::Continue)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        writeln!(self.output, "{} bytes", self.bytes)?;
        self.output.flush()
    }
}

fn main() -> Result<()> {
    let inputs: Vec<String> = env::args().skip(1).collect();
    Scan::open(&inputs)?.columns(["message"]).write_into(MessageBytes, io::stdout())?;
    Ok(())
}
