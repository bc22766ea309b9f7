//! The levels that `--level` selects.

use crate::record::level::Level;

/// Levels, by their place in [`Level::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels(pub(super) [bool; Level::ALL.len()]);

impl Levels {
    /// Reads `WARN+` (that and what is more severe), or a list as `ERROR,FATAL`.
    ///
    /// # Errors
    /// A word that is no level.
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
                Some(least) => levels[level(least)? as usize..].fill(true),
                None => levels[level(word)? as usize] = true,
            }
        }
        Ok(Self(levels))
    }

    pub(super) fn names(self) -> String {
        let names = Level::NAMES.into_iter().zip(self.0);
        let names: Vec<&str> = names.filter_map(|(name, is_in)| is_in.then_some(name)).collect();
        names.join(", ")
    }
}
