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
        let mut upper = [0; LONGEST];
        // A text longer than the longest word is no level.
        let upper = upper.get_mut(..text.len())?;
        upper.copy_from_slice(text);
        upper.make_ascii_uppercase();
        Level::of_upper_case(upper)
    }
}

/// Bytes of the longest word.
const LONGEST: usize = "INFORMATION".len();

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
    Trace: "TRACE" "10";
    Debug: "DEBUG" "PERF" "20";
    Info: "INFO" "INFORMATION" "NOTICE" "30";
    Warn: "WARN" "WARNING" "40";
    Error: "ERROR" "ERR" "SFAIL" "50";
    Fatal: "FATAL" "CRITICAL" "PANIC" "EMERG" "60";
}
