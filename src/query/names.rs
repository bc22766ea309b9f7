//! Globs over the columns that a path tells.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Globs of one column: one of those that select, if there are any, and none of those with `!`.
#[derive(Debug, Clone)]
pub struct Names {
    texts: Vec<String>,
    wanted: Option<GlobSet>,
    unwanted: GlobSet,
}

impl Names {
    /// Reads globs; `*` matches `/` too, a backslash or `[!]` makes a first `!` plain.
    ///
    /// # Errors
    /// A glob that is none.
    pub fn parse<S: AsRef<str>>(globs: &[S]) -> Result<Self, String> {
        let build = |globs: Vec<&str>| {
            let mut set = GlobSetBuilder::new();
            for glob in globs {
                set.add(Glob::new(glob).map_err(|e| format!("{glob:?} is no glob: {}", e.kind()))?);
            }
            set.build().map_err(|e| e.to_string())
        };
        let texts: Vec<String> = globs.iter().map(|glob| glob.as_ref().to_owned()).collect();
        let (unwanted, wanted): (Vec<&str>, Vec<&str>) =
            texts.iter().map(String::as_str).partition(|glob| glob.starts_with('!'));
        let unwanted = build(unwanted.iter().map(|glob| &glob[1..]).collect())?;
        let wanted = if wanted.is_empty() { None } else { Some(build(wanted)?) };
        Ok(Self { texts, wanted, unwanted })
    }

    /// Whether a value passes; null passes nothing.
    pub(super) fn admit(&self, value: Option<&str>) -> bool {
        value.is_some_and(|value| {
            self.wanted.as_ref().is_none_or(|set| set.is_match(value))
                && !self.unwanted.is_match(value)
        })
    }

    /// The globs as they were written.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }
}
