//! The levels that `--level` selects.

use crate::record::level::Level;

/// A set of levels: for each of [`Level::ALL`] whether it is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels(pub(super) [bool; Level::ALL.len()]);

impl Levels {
    /// Reads `WARN+` (that and what is more severe), or a list such as `ERROR,FATAL`; both mix. Any
    /// spelling of a level will do, in any case: `warning+`.
    ///
    /// # Errors
    /// A word that is not a level.
    pub fn parse(text: &str) -> Result<Self, String> {
        let level = |word: &str| {
            Level::parse(word.trim()).ok_or_else(|| {
                let names = Level::NAMES.join(", ");
                format!("unknown level {word:?}; use {names}, or WARN+ for WARN and above")
            })
        };
        let mut levels = [false; Level::ALL.len()];
        for word in text.split(',') {
            match word.trim().strip_suffix('+') {
                // Levels are in the order of severity, so the rest of the array is what is at least as
                // severe.
                Some(least) => levels[level(least)? as usize..].fill(true),
                None => levels[level(word)? as usize] = true,
            }
        }
        Ok(Self(levels))
    }

    /// The levels that are in either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|level| self.0[level] || other.0[level]))
    }

    /// Whether a level is among them.
    pub(crate) fn has(self, level: Level) -> bool {
        self.0[level as usize]
    }

    /// The names of the selected levels, as the query plan shows them: `WARN, ERROR, FATAL`.
    pub(super) fn names(self) -> String {
        let names = Level::NAMES.into_iter().zip(self.0);
        let names: Vec<&str> = names.filter_map(|(name, is_in)| is_in.then_some(name)).collect();
        names.join(", ")
    }
}
