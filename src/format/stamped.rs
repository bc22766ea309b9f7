//! Lines that begin with a stamp, and lines without one, which continue those.

use memchr::memrchr;

use super::lines::is_blank;
use crate::source::Framing;

/// What a line is to those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Nothing: it continues what is before it.
    None,
    /// It has a time, but goes on with the level before it.
    Time,
    /// All that follows takes time and level from it.
    Whole,
}

/// Cuts at newlines; the context is the last line that lines behind it continue, and behind that the
/// last one with a time if it is another.
pub(super) struct Stamped {
    anchor: fn(&str) -> Anchor,
    whole: Vec<u8>,
    time: Vec<u8>,
}

impl Stamped {
    pub(super) fn new(anchor: fn(&str) -> Anchor) -> Self {
        Self { anchor, whole: Vec::new(), time: Vec::new() }
    }

    fn look_at(&mut self, text: &[u8]) {
        let mut time = None;
        let mut rest = text;
        while !rest.is_empty() {
            let start = memrchr(b'\n', rest).map_or(0, |newline| newline + 1);
            let line = &rest[start..];
            rest = &rest[..start.saturating_sub(1)];
            if is_blank(line) {
                continue;
            }
            match std::str::from_utf8(line).map_or(Anchor::None, self.anchor) {
                Anchor::None => {}
                Anchor::Time => {
                    time.get_or_insert(line);
                }
                Anchor::Whole => {
                    self.whole = line.to_vec();
                    self.time = time.unwrap_or_default().to_vec();
                    return;
                }
            }
        }
        if let Some(time) = time {
            self.time = time.to_vec();
        }
    }
}

impl Framing for Stamped {
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        let newline = memrchr(b'\n', text)?;
        self.look_at(&text[..newline]);
        Some(newline + 1)
    }

    fn context(&self) -> Vec<u8> {
        [&self.whole, &b"\n"[..], &self.time].concat()
    }
}

/// The lines of a context.
pub(super) fn context_lines(context: &[u8]) -> impl Iterator<Item = &str> {
    let lines = context.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok())
}
