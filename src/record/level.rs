//! The six levels and the words that writers use for them.
//!
//! Words outside this list (`SEVERE`, `notice:`) give no level; the row has them in `level_text`.

/// How severe a line is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// `TRACE`
    Trace,
    /// `DEBUG`
    Debug,
    /// `INFO`
    Info,
    /// `WARN`
    Warn,
    /// `ERROR`
    Error,
    /// `FATAL`
    Fatal,
}

impl Level {
    /// Every level at the index of its discriminant. `level_number` is one more.
    pub const ALL: [Level; 6] =
        [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];

    /// The name of every level, in the order of [`Level::ALL`].
    pub const NAMES: [&'static str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

    /// The level of a writer's word or pino's number, in any ASCII case; `None` for any other text, also for
    /// one with surrounding spaces.
    pub fn parse(text: &str) -> Option<Level> {
        match text {
            // The level of most lines: compared as it is, without the copy below.
            "INFO" | "info" => Some(Level::Info),
            _ => Level::parse_any_case(text.as_bytes()),
        }
    }

    /// The name in upper case, as [`Level::NAMES`] has it.
    pub fn name(self) -> &'static str {
        Level::NAMES[self as usize]
    }

    /// As [`parse`](Self::parse), by the upper-case form.
    fn parse_any_case(text: &[u8]) -> Option<Level> {
        let mut upper = [0; "INFORMATION".len()];
        // A text longer than the longest word is no level.
        let upper = upper.get_mut(..text.len())?;
        upper.copy_from_slice(text);
        upper.make_ascii_uppercase();
        match &*upper {
            b"TRACE" | b"10" => Some(Level::Trace),
            b"DEBUG" | b"PERF" | b"20" => Some(Level::Debug),
            b"INFO" | b"INFORMATION" | b"NOTICE" | b"30" => Some(Level::Info),
            b"WARN" | b"WARNING" | b"40" => Some(Level::Warn),
            b"ERROR" | b"ERR" | b"SFAIL" | b"50" => Some(Level::Error),
            b"FATAL" | b"CRITICAL" | b"PANIC" | b"EMERG" | b"60" => Some(Level::Fatal),
            _ => None,
        }
    }
}
