//! The six levels, and the words and numbers that writers use for them.
//!
//! Words outside these lists (`notice:`, `audit`) give no level; the row has them in `level_text`.

use super::ansi;

/// What a colour begins with.
const ESCAPE: char = '\u{1b}';

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
    /// other text, also for one with surrounding spaces. The word may be in colours.
    pub fn parse(text: &str) -> Option<Level> {
        match text {
            // The level of most lines: compared as it is, without the copy below.
            "INFO" | "info" => Some(Level::Info),
            _ if text.starts_with(ESCAPE) => Level::parse_any_case(ansi::strip(text).as_bytes()),
            _ => Level::parse_any_case(text.as_bytes()),
        }
    }

    /// The name in upper case, as [`Level::NAMES`] has it.
    pub fn name(self) -> &'static str {
        Level::NAMES[self as usize]
    }

    /// As [`parse`](Self::parse), by the upper-case form.
    fn parse_any_case(text: &[u8]) -> Option<Level> {
        let mut upper = [0; LONGEST];
        // A text longer than the longest word is no level.
        let upper = upper.get_mut(..text.len())?;
        upper.copy_from_slice(text);
        upper.make_ascii_uppercase();
        Level::of_upper_case(upper).or_else(|| slog(upper))
    }

    /// Whether a word is a level that a line of text may have: `I` and `fine` are levels as the value of a key, and
    /// prose anywhere else.
    #[inline]
    pub(crate) fn is_in_text(bytes: &[u8]) -> bool {
        let [first, .., last] = *bytes else { return false };
        // Most words end here.
        if LETTERS.0 & letter(first) == 0 || LETTERS.1 & letter(last) == 0 {
            return false;
        }
        if let Some(rest) = bytes.get(8..) {
            return rest.len() == 3 && bytes.eq_ignore_ascii_case(b"INFORMATION")
                || rest.is_empty() && bytes.eq_ignore_ascii_case(b"CRITICAL");
        }
        let mut upper = [0; 8];
        upper[..bytes.len()].copy_from_slice(bytes);
        upper.make_ascii_uppercase();
        IN_TEXT.contains(&u64::from_le_bytes(upper))
    }
}

/// Words of less than eight letters that are levels in text, too.
const IN_TEXT: [u64; 15] = {
    const fn word(text: &[u8]) -> u64 {
        let (mut bytes, mut at) = ([0; 8], 0);
        while at < text.len() {
            bytes[at] = text[at];
            at += 1;
        }
        u64::from_le_bytes(bytes)
    }
    [
        word(b"TRACE"),
        word(b"DEBUG"),
        word(b"PERF"),
        word(b"INFO"),
        word(b"NOTICE"),
        word(b"WARN"),
        word(b"WARNING"),
        word(b"ERROR"),
        word(b"ERR"),
        // As log15 and go-ethereum pad them to four letters.
        word(b"EROR"),
        word(b"DBUG"),
        word(b"SFAIL"),
        word(b"FATAL"),
        word(b"PANIC"),
        word(b"EMERG"),
    ]
};

/// A bit for a letter in any case; none for other bytes.
const fn letter(byte: u8) -> u32 {
    let at = (byte | 0x20).wrapping_sub(b'a');
    if at < 26 { 1 << at } else { 0 }
}

/// The first and the last letters of levels in text.
const LETTERS: (u32, u32) = {
    // Of the two words that are longer than the others.
    let (mut first, mut last) = (letter(b'I') | letter(b'C'), letter(b'N') | letter(b'L'));
    let mut at = 0;
    while at < IN_TEXT.len() {
        let bytes = IN_TEXT[at].to_le_bytes();
        let mut end = 7;
        while bytes[end] == 0 {
            end -= 1;
        }
        first |= letter(bytes[0]);
        last |= letter(bytes[end]);
        at += 1;
    }
    (first, last)
};

/// Go's slog names a level between two words by its distance from the lower one, as `INFO+2`: the word counts.
fn slog(text: &[u8]) -> Option<Level> {
    let sign = text.iter().position(|byte| matches!(byte, b'+' | b'-'))?;
    let (word, distance) = text.split_at(sign);
    let is_distance = distance.len() > 1 && distance[1..].iter().all(u8::is_ascii_digit);
    let is_slog = matches!(word, b"DEBUG" | b"INFO" | b"WARN" | b"ERROR");
    (is_distance && is_slog).then(|| Level::of_upper_case(word)).flatten()
}

/// Bytes of the longest word.
const LONGEST: usize = "INFORMATIONAL".len();

/// Makes the list of words and the look-up in it from one table.
macro_rules! words {
    ($($level:ident: $($word:literal)*;)*) => {
        impl Level {
            /// Every word and number that is a level, in upper case.
            pub(crate) const WORDS: &[(&str, Level)] = &[$($(($word, Level::$level),)*)*];

            /// The level of a word in upper case.
            fn of_upper_case(word: &[u8]) -> Option<Level> {
                $($(const { assert!($word.len() <= LONGEST) };)*)*
                match str::from_utf8(word).ok()? {
                    $($($word)|* => Some(Level::$level),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    Trace: "TRACE" "TRC" "FINEST" "10";
    Debug: "DEBUG" "DBUG" "DBG" "D" "PERF" "VERBOSE" "FINE" "FINER" "20" "100";
    Info: "INFO" "INF" "I" "INFORMATION" "INFORMATIONAL" "NOTICE" "30" "200" "250";
    Warn: "WARN" "WRN" "W" "WARNING" "40" "300";
    Error: "ERROR" "EROR" "ERR" "E" "SEVERE" "SFAIL" "50" "400";
    Fatal: "FATAL" "FTL" "F" "CRITICAL" "CRIT" "ALERT" "EMERGENCY" "EMERG" "PANIC" "DPANIC" "60" "500" "550" "600";
}
