//! What is asked for: filters, and the search for text in messages.

mod time;
mod names;
mod odata;
mod filter;
mod escapes;
mod needles;
mod matcher;
mod selection;

pub use filter::{Filter, Levels};
pub use matcher::{Matcher, PatternOptions};
pub use names::Names;
pub(crate) use needles::{Line, Needles};
pub use odata::{Mistake, Where};
pub use selection::Selection;
pub use time::{is_time_of_day, now_in, parse_instant, parse_span};
