//! Globs over the columns that come from the path: `--step 'build*' --step '!*_test'`.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Globs of one column. A value passes if it matches any glob without `!`, or there is none of those,
/// and no glob with `!`. So null, which matches none, passes if all of them have a `!`.
#[derive(Debug, Clone)]
pub struct Names {
    /// As given.
    texts: Vec<String>,
    /// `None`: every value that is not unwanted.
    wanted: Option<Globs>,
    /// Those with a `!`, without it.
    unwanted: Globs,
}

/// Globs, any of which may match.
#[derive(Debug, Clone)]
struct Globs {
    /// Compared with the name alone.
    all: GlobSet,
    /// Those with a `/`, which may mean a name after its parents: `build/compile`.
    of_paths: GlobSet,
}

impl Globs {
    /// Compiles globs, or says which one is invalid and why.
    fn build(globs: &[&str]) -> Result<Self, String> {
        // The error names the glob as it was given; the library's text repeats it.
        let set = |globs: &mut dyn Iterator<Item = &&str>| {
            let mut set = GlobSetBuilder::new();
            for glob in globs {
                set.add(
                    Glob::new(glob).map_err(|e| format!("invalid glob {glob:?}: {}", e.kind()))?,
                );
            }
            set.build().map_err(|e| e.to_string())
        };
        let all = set(&mut globs.iter())?;
        let of_paths = set(&mut globs.iter().filter(|glob| glob.contains('/')))?;
        Ok(Self { all, of_paths })
    }

    /// Whether one matches the name, or one with a `/` the path.
    fn match_any(&self, name: &str, path: Option<&str>) -> bool {
        self.all.is_match(name) || path.is_some_and(|path| self.of_paths.is_match(path))
    }
}

impl Names {
    /// Reads globs. `*` also matches `/`; a first `!` negates, unless a backslash precedes it.
    ///
    /// # Errors
    /// An invalid glob.
    pub fn parse<S: AsRef<str>>(globs: &[S]) -> Result<Self, String> {
        let texts: Vec<String> = globs.iter().map(|glob| glob.as_ref().to_owned()).collect();
        let (unwanted, wanted): (Vec<&str>, Vec<&str>) =
            texts.iter().map(String::as_str).partition(|glob| glob.starts_with('!'));
        let unwanted: Vec<&str> = unwanted.iter().map(|glob| &glob[1..]).collect();
        let unwanted = Globs::build(&unwanted)?;
        let wanted = if wanted.is_empty() { None } else { Some(Globs::build(&wanted)?) };
        Ok(Self { texts, wanted, unwanted })
    }

    /// Whether a value passes, or null.
    pub(super) fn admit(&self, value: Option<&str>) -> bool {
        self.admit_within(value, None)
    }

    /// As [`admit`](Self::admit), and a glob with a `/` may match `path` as well: the value after the
    /// names of its parents.
    pub(super) fn admit_within(&self, value: Option<&str>, path: Option<&str>) -> bool {
        let matches = |globs: &Globs| value.is_some_and(|value| globs.match_any(value, path));
        self.wanted.as_ref().is_none_or(matches) && !matches(&self.unwanted)
    }

    /// The globs as they were written.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }
}
