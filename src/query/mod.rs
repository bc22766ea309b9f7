//! What is asked for: filters, and the search for text in messages.
//!
//! A [`Selection`] is both at once. It is asked three times, each time to save the work of the next: of
//! the paths of entries, before they are read ([`Filter::admits`]); of raw lines, before they are
//! decoded (`Needles`); and of the rows of a batch ([`Selection::rows`]), which alone decides.

mod time;
mod names;
mod odata;
mod filter;
mod line;
mod escapes;
mod needles;
mod values;
mod level_marks;
mod time_marks;
mod key_text;
mod matcher;
mod selection;

pub use filter::{Filter, Levels};
pub use key_text::KeyText;
pub(crate) use level_marks::LevelMarks;
pub(crate) use line::{Line, Writing};
pub use matcher::{Matcher, PatternOptions};
pub use names::Names;
pub(crate) use needles::{Needles, Places as NeedlePlaces};
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) use odata::{Member, MemberFilter, MemberNames, Members};
pub use odata::{Mistake, Where};
pub use selection::Selection;
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) use time::instant;
pub use time::{is_relative, is_time_of_day, now_in, parse_instant, parse_span};
pub(crate) use time_marks::{Bounds, TimeMarks};
pub(crate) use values::Marks;

/// What a line must have to be decoded, all of it; without any of it any line may be wanted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// A part of its message.
    pub(crate) needles: Option<&'a Needles>,
    /// A spelling of its level, where lines are JSON of any keys.
    pub(crate) levels: Option<&'a LevelMarks>,
    /// A time.
    pub(crate) times: Option<&'a TimeMarks>,
}
