//! What users know from SQL and from programming languages, and what OData has for it.

/// Operators; one that begins another stands after it.
const OPERATORS: [(&str, &str); 24] = [
    ("==", "eq"),
    ("=~", "contains(message, 'text')"),
    ("!=", "ne"),
    ("!~", "not contains(message, 'text')"),
    ("<>", "ne"),
    ("<=", "le"),
    (">=", "ge"),
    ("&&", "and"),
    ("||", "or"),
    ("=", "eq"),
    ("<", "lt"),
    (">", "gt"),
    ("!", "not"),
    ("~", "contains(message, 'text')"),
    ("[", "lists in parentheses, as in ('A', 'B'), and times with a zone in quotes"),
    ("]", "lists in parentheses, as in ('A', 'B'), and times with a zone in quotes"),
    ("{", "lists in parentheses, as in ('A', 'B')"),
    // Quotes that word processors, chats and shells make of plain ones.
    ("\u{2018}", QUOTES),
    ("\u{2019}", QUOTES),
    ("\u{201a}", QUOTES),
    ("\u{201c}", QUOTES),
    ("\u{201d}", QUOTES),
    ("\u{201e}", QUOTES),
    ("`", QUOTES),
];

const QUOTES: &str = "text in plain single quotes: 'like this'";

const KEYWORDS: [(&str, &str); 9] = [
    ("is", "eq null or ne null"),
    ("like", "contains(message, 'text'), startswith or endswith"),
    ("ilike", "contains(tolower(message), 'text')"),
    ("rlike", "contains(message, 'text')"),
    ("matches", "contains(message, 'text')"),
    ("contains", "contains(message, 'text')"),
    ("between", "COLUMN ge A and COLUMN le B"),
    ("equals", "eq"),
    ("not", "not (COLUMN in ('A', 'B'))"),
];

/// The operator that a text begins with, and what to write in its place.
pub(super) fn operator(text: &str) -> Option<(&'static str, &'static str)> {
    OPERATORS.into_iter().find(|(operator, _)| text.starts_with(operator))
}

/// What to write in place of a keyword.
pub(super) fn keyword(word: &str) -> Option<&'static str> {
    let known = KEYWORDS.into_iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word));
    known.map(|(_, meant)| meant)
}
