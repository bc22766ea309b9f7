//! Secrets, which are never printed.

use std::fmt;
use std::sync::Arc;

use ureq::http::HeaderValue;

/// An API key or token. `Debug` shows nothing of it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a secret, without white space around it, as files and variables often have.
    ///
    /// # Errors
    /// It is empty, or has characters that no header can hold.
    pub fn new(text: &str) -> Result<Self, String> {
        // Some editors begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err("it is empty".into());
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("it has blanks, line breaks or other characters that no token has".into());
        }
        Ok(Self(text.into()))
    }

    /// The account that a key of Harness names: `pat.ACCOUNT.ID.SECRET`, or `sat...`. It is not secret.
    pub fn account(&self) -> Option<&str> {
        let mut parts = self.0.split('.');
        let is_key = matches!(parts.next(), Some("pat" | "sat")) && self.0.split('.').count() == 4;
        parts.next().filter(|account| is_key && !account.is_empty())
    }

    /// The text, for a header.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// The value of a header, after a word such as `Bearer `.
    pub(super) fn header(&self, before: &str) -> HeaderValue {
        // Graphic ASCII is always a valid header.
        let value = HeaderValue::try_from(format!("{before}{}", self.0));
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What a server said, for a message: at most 300 characters, without the secrets that it may repeat, and
/// without the queries of addresses, which may be signed.
pub(super) fn clean(text: &str, secrets: &[Secret]) -> String {
    const LONGEST: usize = 300;
    // One line: a server must not make up others.
    let mut text = text.trim().replace(|c: char| c.is_control(), " ");
    for secret in secrets {
        text = text.replace(secret.reveal(), "***");
    }
    let mut cleaned = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let address = &rest[at..];
        let end = address.find(|c: char| c.is_whitespace() || "\"'<>".contains(c));
        let (address, after) = address.split_at(end.unwrap_or(address.len()));
        cleaned.push_str(&rest[..at]);
        cleaned.push_str(address.split(['?', '#']).next().unwrap_or_default());
        if address.contains('?') {
            cleaned.push_str("?...");
        }
        rest = after;
    }
    cleaned.push_str(rest);
    match cleaned.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &cleaned[..end]),
        None => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret::new("\u{feff} pat.acc.id.s3cret\r\n").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        assert_eq!(format!("{:?}", secret.header("Bearer ")), "Sensitive");
        assert_eq!(secret.header("Bearer ").to_str().unwrap(), "Bearer pat.acc.id.s3cret");
        assert_eq!(secret.account(), Some("acc"));
        assert_eq!(Secret::new("apify_api_x").unwrap().account(), None);
        assert!(Secret::new(" \n").is_err());
        assert!(Secret::new("two words").is_err());
    }

    #[test]
    fn what_servers_say_is_cleaned() {
        let secret = Secret::new("s3cret").unwrap();
        let said = "key s3cret refused, see \"https://a.example/x?sig=1&y=2\" or http://b/c";
        let cleaned = "key *** refused, see \"https://a.example/x?...\" or http://b/c";
        assert_eq!(clean(said, &[secret]), cleaned);
        assert_eq!(clean(&"ä".repeat(500), &[]).chars().count(), 303);
    }
}
