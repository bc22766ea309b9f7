//! A log without its escape sequences, as it is sent unless it is asked for as it was.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use crate::record::ansi::{ESC, pieces};
use crate::serve::answer::Source;
use crate::serve::text::Text;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// A line that is longer is taken in parts.
const LONGEST: usize = 1 << 20;

/// A log's text without escape sequences. Its length shows only when it is read.
pub(super) struct Plain(pub(super) Text);

impl Source for Plain {
    fn length(&self) -> Option<u64> {
        None
    }

    fn open(self: Box<Self>, from: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut reader = Stripped::new(Box::new(self.0).open(0)?);
        io::copy(&mut reader.by_ref().take(from), &mut io::sink())?;
        Ok(Box::new(reader))
    }
}

/// Takes escape sequences out of a text. They never cross the end of a line.
struct Stripped<R> {
    source: R,
    /// The beginning of a line that is not whole yet.
    rest: Vec<u8>,
    /// Text that is still to be handed out, from `at` on.
    ready: Vec<u8>,
    at: usize,
    is_end: bool,
}

impl<R: Read> Stripped<R> {
    fn new(source: R) -> Self {
        Self { source, rest: Vec::new(), ready: Vec::new(), at: 0, is_end: false }
    }

    /// Reads on, and makes whole lines ready.
    fn fill(&mut self) -> io::Result<()> {
        let start = self.rest.len();
        self.rest.resize(start + CHUNK, 0);
        let read = self.source.read(&mut self.rest[start..]);
        self.rest.truncate(start + *read.as_ref().unwrap_or(&0));
        self.is_end = read? == 0;
        let end = match memrchr(b'\n', &self.rest) {
            _ if self.is_end => self.rest.len(),
            Some(newline) => newline + 1,
            // A sequence that the cut would divide is left for the next part.
            None if self.rest.len() > LONGEST => {
                let last = memrchr(ESC, &self.rest).filter(|&escape| escape > LONGEST / 2);
                last.unwrap_or(self.rest.len())
            }
            None => 0,
        };
        self.ready.clear();
        self.at = 0;
        strip(&self.rest[..end], &mut self.ready);
        self.rest.drain(..end);
        Ok(())
    }
}

impl<R: Read> Read for Stripped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            if self.is_end {
                return Ok(0);
            }
            match self.fill() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                filled => filled?,
            }
        }
        let size = into.len().min(self.ready.len() - self.at);
        into[..size].copy_from_slice(&self.ready[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}

/// Appends lines without their escape sequences. Bytes that are not UTF-8 stay.
fn strip(lines: &[u8], out: &mut Vec<u8>) {
    if memchr(ESC, lines).is_none() {
        return out.extend_from_slice(lines);
    }
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text, "\n"),
            None => (line, ""),
        };
        for chunk in text.utf8_chunks() {
            pieces(chunk.valid(), |piece| out.extend_from_slice(piece.as_bytes()));
            out.extend_from_slice(chunk.invalid());
        }
        out.extend_from_slice(end.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::Stripped;
    use crate::record::ansi;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(size);
            into[..size].copy_from_slice(now);
            self.0 = later;
            Ok(size)
        }
    }

    #[test]
    fn sequences_are_removed_however_the_text_arrives() {
        let text = "\x1b[32mINFO\x1b[39m  a\r\nno \x1b[3\nend \x1b]0;title\x07x\n\n\x1b";
        let whole: Vec<_> = text.split('\n').map(|line| ansi::strip(line).into_owned()).collect();
        for size in [1, 2, 3, 7, 1000] {
            let mut read = String::new();
            Stripped::new(Slow(text.as_bytes(), size)).read_to_string(&mut read).unwrap();
            assert_eq!(read, whole.join("\n"), "{size} bytes at a time");
        }
    }

    #[test]
    fn bytes_that_are_not_text_stay() {
        let mut read = Vec::new();
        Stripped::new(&b"\xff\x1b[1m\xfe a\x1b[0m"[..]).read_to_end(&mut read).unwrap();
        assert_eq!(read, b"\xff\xfe a");
    }

    #[test]
    fn a_long_line_is_taken_in_parts() {
        let text = "x\x1b[1my".repeat(1 << 19);
        let mut read = String::new();
        Stripped::new(text.as_bytes()).read_to_string(&mut read).unwrap();
        assert!(read == "xy".repeat(1 << 19), "{} bytes", read.len());
    }
}
