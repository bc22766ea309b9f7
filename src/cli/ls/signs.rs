//! Marks of logs that may be incomplete, in the table of `ripsaw ls`.

use std::fmt::Write as _;

use ripsaw::table::Tally;

/// A reason why a log may be incomplete: its mark, its test, and the note below the table.
type Sign = (char, fn(&Tally) -> bool, &'static str);

/// In the order in which marks are printed, the most serious first.
const SIGNS: [Sign; 4] = [
    ('!', |tally| tally.failure.is_some(), "could not be read completely; see the errors"),
    ('h', Tally::lacks_start, "the start is missing: pos starts above 0"),
    ('c', |tally| tally.truncated_lines > 0, "lines were cut by the platform"),
    ('s', Tally::is_at_size_limit, "at the platform's size limit: the start may be missing"),
];

/// The marks of an entry; empty if nothing is suspicious.
pub(super) fn signs(tally: &Tally) -> String {
    SIGNS.iter().filter(|(_, test, _)| test(tally)).map(|(mark, ..)| *mark).collect()
}

/// Appends the explanation of every mark that these entries have.
pub(super) fn push_notes<'a>(tallies: impl Iterator<Item = &'a Tally> + Clone, text: &mut String) {
    for (mark, test, explanation) in SIGNS {
        if tallies.clone().any(test) {
            let _ = writeln!(text, "{mark}  {explanation}");
        }
    }
}
