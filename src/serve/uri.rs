//! Paths and queries of URLs, decoded.

use percent_encoding::percent_decode_str;

/// The pairs of a query, decoded, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what follows the `?`. `+` is a blank, and a pair without `=` has an empty value.
    pub(super) fn of(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        });
        Self(pairs.collect())
    }

    /// The first value of a name.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// All values of a name, in order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name that is not empty: clients send empty ones beside a header.
    pub(super) fn filled<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).find(|value| !value.is_empty())
    }
}

/// The segments of a path, each decoded by itself, so that `%2F` does not divide. Empty ones are left out.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect()
}

/// Text without percent signs; invalid UTF-8 as U+FFFD.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(segments("//a%2Fb/c%20d//%zz/"), ["a/b", "c d", "%zz"]);
    }

    #[test]
    fn queries_are_decoded() {
        let query = Query::of("a=1+2&b&a=%2B&&=x&c=a%3Db=c&X-Harness-Token=&X-Harness-Token=t");
        assert_eq!(query.first("a"), Some("1 2"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1 2", "+"]);
        assert_eq!((query.first("b"), query.first("d")), (Some(""), None));
        assert_eq!(query.first("c"), Some("a=b=c"));
        assert_eq!(query.filled("X-Harness-Token"), Some("t"));
    }
}
