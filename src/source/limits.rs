//! What is taken of inputs that are made to exhaust a machine. No real export comes near these limits.

use std::str::FromStr;

/// How much is listed and read, beside the [longest line](super::ReadOptions::max_line).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives that are inside of others, of all inputs.
    pub archives: u64,
    /// Entries of all inputs.
    pub entries: u64,
    /// How deep archives are nested.
    pub depth: u64,
}

impl Limits {
    const DEFAULT: Self = Self { archives: 50_000, entries: 10_000_000, depth: 8 };

    /// The names and values of all, as `--limit` has them.
    fn named(&mut self) -> [(&'static str, &mut u64); 3] {
        let Self { archives, entries, depth } = self;
        [("archives", archives), ("entries", entries), ("depth", depth)]
    }

    /// With other limits in place of some of these.
    #[must_use]
    pub fn with(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        for Limit { name, value } in limits {
            if let Some((_, own)) = self.named().into_iter().find(|(own, _)| *own == name) {
                *own = value;
            }
        }
        self
    }

    /// What is said where one of them ends the listing.
    pub(super) fn exceeded(name: &str, value: u64) -> String {
        let what = match name {
            "archives" => format!("more than {value} archives are inside of others"),
            "entries" => format!("there are more than {value} entries"),
            _ => format!("archives are nested more than {value} deep"),
        };
        format!("{what} (--limit {name}=N)")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One limit: `NAME=VALUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    name: &'static str,
    value: u64,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Limits::DEFAULT;
        let names = limits.named().map(|(name, _)| name);
        let known = || format!("the limits are {}", names.join(", "));
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("write NAME=N; {}", known()))?;
        let name = names.into_iter().find(|own| *own == name).ok_or_else(known)?;
        let value = value.replace(['_', ','], "").parse().ok().filter(|value| *value > 0);
        let value = value.ok_or("the value must be a number above 0")?;
        Ok(Self { name, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_name() {
        let limits = ["archives=7", "entries=1_000"].map(|text| text.parse::<Limit>().unwrap());
        let expected = Limits { archives: 7, entries: 1_000, ..Limits::default() };
        assert_eq!(Limits::default().with(limits), expected);
        for text in ["archives", "archives=", "archives=0", "archives=-1", "bytes=1", "=1"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
