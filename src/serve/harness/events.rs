//! A log as server-sent events: one for each line, and at the end an error that says `eof`.

use std::io::{self, BufRead as _, BufReader, Cursor, Read, Write as _};

use super::super::body::Reader;

/// Bytes of events that are made at once.
const MADE: usize = 64 << 10;
/// Bytes of a line that are sent: longer ones are cut by the platform, too.
const LONGEST: u64 = 1 << 20;

/// The events of a log.
pub(super) struct Events {
    text: BufReader<Reader>,
    made: Cursor<Vec<u8>>,
    is_over: bool,
}

impl Events {
    pub(super) fn of(text: Reader) -> Self {
        let text = BufReader::with_capacity(MADE, text);
        Self { text, made: Cursor::default(), is_over: false }
    }

    /// Makes some more events.
    fn fill(&mut self) -> io::Result<()> {
        self.made.set_position(0);
        let made = self.made.get_mut();
        made.clear();
        let mut line = Vec::new();
        while made.len() < MADE && !self.is_over {
            line.clear();
            let read = (&mut self.text).take(LONGEST).read_until(b'\n', &mut line)?;
            while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                line.pop();
            }
            if read == 0 {
                self.is_over = true;
                made.write_all(b"event: error\ndata: eof\n")?;
            } else if !line.is_empty() {
                made.write_all(b"data: ")?;
                made.write_all(&line)?;
                made.write_all(b"\n\n")?;
            }
        }
        Ok(())
    }
}

impl Read for Events {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.made.position() == self.made.get_ref().len() as u64 {
            self.fill()?;
        }
        self.made.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_an_event() {
        let mut said = String::new();
        let text = Box::new(&b"{\"a\":1}\r\n\n{\"b\":2}"[..]);
        Events::of(text).read_to_string(&mut said).unwrap();
        assert_eq!(said, "data: {\"a\":1}\n\ndata: {\"b\":2}\n\nevent: error\ndata: eof\n");
    }
}
