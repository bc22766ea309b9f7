//! The six levels, and the words and numbers that writers use for them.
//!
//! Words outside these lists (`notice:`, `audit`) give no level; the row has them in `level_text`.

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

    /// The level of a writer's word, in any ASCII case, or of a number of pino's or Monolog's; `None` for any
    /// other text, also for one with surrounding spaces.
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

    /// As [`parse`](Self::parse), of the words that a line of text may have as well: `I` and `fine` are
    /// levels as the value of a key, and prose anywhere else.
    pub(crate) fn parse_in_text(word: &str) -> Option<Level> {
        upper_case(word.as_bytes(), |word| match word {
            b"TRACE" => Some(Level::Trace),
            b"DEBUG" | b"PERF" => Some(Level::Debug),
            b"INFO" | b"INFORMATION" | b"NOTICE" => Some(Level::Info),
            b"WARN" | b"WARNING" => Some(Level::Warn),
            b"ERROR" | b"ERR" | b"SFAIL" => Some(Level::Error),
            b"FATAL" | b"CRITICAL" | b"PANIC" | b"EMERG" => Some(Level::Fatal),
            _ => None,
        })
    }

    /// As [`parse`](Self::parse), by the upper-case form.
    fn parse_any_case(text: &[u8]) -> Option<Level> {
        upper_case(text, |word| match word {
            b"TRACE" | b"TRC" | b"FINEST" | b"10" => Some(Level::Trace),
            b"DEBUG" | b"DBG" | b"D" | b"PERF" | b"VERBOSE" | b"FINE" | b"FINER" | b"20"
            | b"100" => Some(Level::Debug),
            b"INFO" | b"INF" | b"I" | b"INFORMATION" | b"INFORMATIONAL" | b"NOTICE" | b"30"
            | b"200" | b"250" => Some(Level::Info),
            b"WARN" | b"WRN" | b"W" | b"WARNING" | b"40" | b"300" => Some(Level::Warn),
            b"ERROR" | b"ERR" | b"E" | b"SEVERE" | b"SFAIL" | b"50" | b"400" => Some(Level::Error),
            b"FATAL" | b"FTL" | b"F" | b"CRITICAL" | b"CRIT" | b"ALERT" | b"EMERGENCY"
            | b"EMERG" | b"PANIC" | b"DPANIC" | b"60" | b"500" | b"550" | b"600" => {
                Some(Level::Fatal)
            }
            _ => slog(word),
        })
    }
}

/// Go's slog names a level between two words by its distance from the lower one, as `INFO+2`: the word counts.
fn slog(text: &[u8]) -> Option<Level> {
    let sign = text.iter().position(|byte| matches!(byte, b'+' | b'-'))?;
    let (word, distance) = text.split_at(sign);
    if distance.len() < 2 || !distance[1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    match word {
        b"DEBUG" => Some(Level::Debug),
        b"INFO" => Some(Level::Info),
        b"WARN" => Some(Level::Warn),
        b"ERROR" => Some(Level::Error),
        _ => None,
    }
}

/// What `find` makes of the text in upper case; `None` for a text longer than any word.
fn upper_case(text: &[u8], find: impl FnOnce(&[u8]) -> Option<Level>) -> Option<Level> {
    let mut upper = [0; "INFORMATIONAL".len()];
    let upper = upper.get_mut(..text.len())?;
    upper.copy_from_slice(text);
    upper.make_ascii_uppercase();
    find(upper)
}
