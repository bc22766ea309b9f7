//! What users know from SQL and programming languages, and what OData has for it: suggestions in
//! messages. Nothing here is accepted in a filter.

/// Operators, and what to write instead. The first that a text begins with is taken, so `=` comes after
/// `==`.
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
    // What word processors and chats make of plain quotes, and the backticks of shells and SQL.
    ("\u{2018}", QUOTES),
    ("\u{2019}", QUOTES),
    ("\u{201a}", QUOTES),
    ("\u{201c}", QUOTES),
    ("\u{201d}", QUOTES),
    ("\u{201e}", QUOTES),
    ("`", QUOTES),
];

/// What to write instead of any other quotes.
const QUOTES: &str = "text in plain single quotes: 'like this'";

/// Keywords in lower case, and what to write instead.
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

/// The operator that a text begins with, and what to write instead.
pub(super) fn operator(text: &str) -> Option<(&'static str, &'static str)> {
    OPERATORS.into_iter().find(|(operator, _)| text.starts_with(operator))
}

/// What to write instead of a keyword, in any case; `None` if it is not one of these.
pub(super) fn keyword(word: &str) -> Option<&'static str> {
    let known = KEYWORDS.into_iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word));
    known.map(|(_, meant)| meant)
}
