//! What `-r` puts in place of matches.

use ripsaw::query::Matcher;

/// Each match in a message, and what `-r` puts in its place: `replacement` with its references to groups.
pub(super) fn replaced<'m>(
    matcher: &'m Matcher,
    message: &'m str,
    replacement: &'m str,
) -> impl Iterator<Item = (regex::Match<'m>, String)> + 'm {
    matcher.captures(message).map(move |captures| {
        let mut text = String::new();
        captures.expand(replacement, &mut text);
        (captures.get_match(), text)
    })
}
