//! Text from logs on a terminal: control characters are shown, not executed.
//!
//! A log line can contain sequences that retitle the window, hide text, or make a terminal answer as if the
//! user had typed. Control characters are those of Unicode: below U+0020, DEL, and U+0080 to U+009F, which
//! some terminals take for sequences just as `ESC [`. Piped output keeps its bytes.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write, stdout};
use std::path::Path;

use comfy_table::Table;

use super::place::Place;

/// Text on one line, with control characters as Rust writes them: `\n`, `\u{1b}`. For names and messages.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, char::is_control)
}

/// As [`printable`], but newlines and tabs stay. For text of several lines.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

/// Appends a line of a log as [`shown`] writes it; bytes that are not UTF-8 become `\xff`.
pub(super) fn push_shown(line: &[u8], out: &mut Vec<u8>) {
    for chunk in line.utf8_chunks() {
        out.extend_from_slice(shown(chunk.valid()).as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
}

/// Whether a terminal would act on the character, other than by moving on.
fn is_obeyed(letter: char) -> bool {
    letter.is_control() && letter != '\n' && letter != '\t'
}

/// The text with some characters escaped; borrowed if there are none, as in most lines.
fn escaped(text: &str, is_escaped: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_escaped(letter) {
            safe.extend(letter.escape_debug());
        } else {
            safe.push(letter);
        }
    }
    safe.into()
}

/// Columns of the terminal; 80 if it does not say how many it has.
pub(super) fn width() -> u16 {
    Table::new().width().filter(|width| *width > 0).unwrap_or(80)
}

/// How a format can represent a control character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// `\u{1b}`, for people: the text cannot be read back.
    Text,
    /// `\u001b`, as in a JSON string: the value stays the same.
    Json,
}

/// Standard output for machine-readable formats: the bytes as they are, but escaped on a terminal.
pub(super) fn plain_stdout(notation: Notation) -> Box<dyn Write + Send> {
    guarded(Box::new(stdout()), notation)
}

/// Guards a writer to standard output if that is a terminal.
pub(super) fn guarded(out: Box<dyn Write + Send>, notation: Notation) -> Box<dyn Write + Send> {
    guarded_at(&Place::Stdout, out, notation)
}

/// Guards a writer to a place if that is a terminal; otherwise returns it unchanged.
pub(super) fn guarded_at(
    place: &Place,
    out: Box<dyn Write + Send>,
    notation: Notation,
) -> Box<dyn Write + Send> {
    if is_terminal(place) { Box::new(Guard::new(out, notation)) } else { out }
}

/// Whether a place is a terminal: standard output, or a device such as `/dev/tty`.
pub(super) fn is_terminal(place: &Place) -> bool {
    match place {
        Place::Stdout => stdout().is_terminal(),
        Place::Path(path) => {
            is_device(path) && File::open(path).is_ok_and(|file| file.is_terminal())
        }
    }
}

/// Whether what is written to a place may appear on the terminal while it is written: it is one, or
/// standard output is a pipe, whose reader may be a pager on the same terminal.
pub(super) fn may_be_shown(place: &Place) -> bool {
    is_terminal(place) || matches!(place, Place::Stdout) && is_pipe()
}

/// Whether standard output is a pipe.
#[cfg(unix)]
fn is_pipe() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let stdout = stdout().as_fd().try_clone_to_owned().map(File::from);
    let kind = stdout.and_then(|file| file.metadata()).map(|meta| meta.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

#[cfg(not(unix))]
fn is_pipe() -> bool {
    !stdout().is_terminal()
}

/// Whether the path is a character device. A pipe must not be opened to find out: that would wait for a
/// process at its other end.
#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|meta| meta.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_device(_: &Path) -> bool {
    false
}

/// Escapes the control characters in what is written, except newlines (also `\r\n`) and tabs.
struct Guard<W> {
    /// The terminal.
    out: W,
    /// How control characters are escaped.
    notation: Notation,
    /// The beginning of a character, or a `\r` that may belong to a `\r\n`: the next write decides.
    held: Vec<u8>,
}

impl<W: Write> Guard<W> {
    /// Guards `out`; what is held at the end of the output is never written.
    fn new(out: W, notation: Notation) -> Self {
        Self { out, notation, held: Vec::new() }
    }

    /// Appends complete text to `safe`, escaped.
    fn push(&self, text: &str, safe: &mut Vec<u8>) {
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            // A lone `\r` would let the rest of the line overwrite its beginning.
            let ends_line = letter == '\r' && letters.peek() == Some(&'\n');
            if !is_obeyed(letter) || ends_line {
                safe.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            } else if self.notation == Notation::Json {
                safe.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes());
            } else {
                safe.extend_from_slice(letter.escape_debug().to_string().as_bytes());
            }
        }
    }
}

impl<W: Write> Write for Guard<W> {
    /// Writes what is complete, escaped, and holds back the few bytes that the next write completes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        // Writes may end anywhere, also between the two bytes of U+009B: checked one by one they would pass.
        let mut end = all.len() - incomplete(&all);
        // It is not known yet whether a newline follows.
        if all[..end].ends_with(b"\r") {
            end -= 1;
        }
        let mut safe = Vec::with_capacity(all.len());
        for chunk in all[..end].utf8_chunks() {
            self.push(chunk.valid(), &mut safe);
            // Bytes that are not UTF-8 can be controls as well: in an 8-bit terminal 0x9B is CSI.
            push_shown(chunk.invalid(), &mut safe);
        }
        self.held = all.split_off(end);
        // All or an error: the caller cannot be told how much of the escaped text was written.
        self.out.write_all(&safe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How many bytes at the end are the beginning of a character; 0 if they cannot become one.
fn incomplete(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last();
    let invalid = last.map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(invalid) {
        Err(error) if error.error_len().is_none() => invalid.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\u{1b}[31mb\u{9b}0mc\x7fd\re\r\nf\tg\u{0}ö";

    #[test]
    fn text_keeps_its_lines() {
        assert_eq!(shown(NASTY), "a\\u{1b}[31mb\\u{9b}0mc\\u{7f}d\\re\\r\nf\tg\\0ö");
        assert!(!printable(NASTY).contains(char::is_control));
        assert!(matches!(shown("plain\n"), Cow::Borrowed(_)));
        let mut out = Vec::new();
        push_shown(b"\x9b31m\xc3\xb6\x1b", &mut out);
        assert_eq!(out, "\\x9b31mö\\u{1b}".as_bytes());
    }

    #[test]
    fn a_guard_sees_characters_whole_however_they_are_written() {
        for (notation, expected) in [
            (Notation::Text, "a\\u{1b}[31mb\\u{9b}0mc\\u{7f}d\\re\r\nf\tg\\0ö"),
            (Notation::Json, "a\\u001b[31mb\\u009b0mc\\u007fd\\u000de\r\nf\tg\\u0000ö"),
        ] {
            for size in 1..NASTY.len() {
                let mut guard = Guard::new(Vec::new(), notation);
                NASTY.as_bytes().chunks(size).for_each(|part| guard.write_all(part).unwrap());
                assert_eq!(String::from_utf8(guard.out).unwrap(), expected, "{size}");
            }
        }
    }
}
