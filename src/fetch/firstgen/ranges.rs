//! Ranges of times.

use std::fmt;

use super::super::context::time_of_millis;

/// Times from `since` on and before `until`, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fetch) struct Range {
    pub(super) since: i64,
    pub(super) until: i64,
}

impl Range {
    /// Its two halves, unless it is a single millisecond.
    pub(super) fn halves(self) -> Option<(Self, Self)> {
        let Self { since, until } = self;
        let middle = since + (until - since) / 2;
        (middle > since).then_some((Self { since, until: middle }, Self { since: middle, until }))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |millis| time_of_millis(millis).unwrap_or_else(|| "the beginning".into());
        write!(f, "{} to {}", time(self.since), time(self.until))
    }
}
