//! Whether a text is JSON that a row can be made of.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Any value, which is checked and not kept. serde's own `IgnoredAny` passes over strings with lone surrogates, numbers
/// that are out of range, bytes that are no UTF-8, and any depth: the parsers refuse these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Valid;

/// Whether a text is one value.
pub(crate) fn is_valid(text: &[u8]) -> bool {
    serde_json::from_slice::<Valid>(text).is_ok()
}

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn as_a_value_that_is_kept() {
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        let (most, more) = (deep(127), deep(128));
        for text in [
            r#"{"a":[1,-0.5,true,null,"\ud83d\ude00"],"a":{}}"#,
            r#"{"a":"\ud83d"}"#,
            r#"{"\ud83d":1}"#,
            r#"["\udc00"]"#,
            "[1e999]",
            "[1e308]",
            "[-1e-999]",
            "18446744073709551616",
            "01",
            "[1,]",
            "[1] 2",
            "",
            &most,
            &more,
        ] {
            let expected = serde_json::from_str::<Value>(text).is_ok();
            assert_eq!(is_valid(text.as_bytes()), expected, "{text}");
        }
        assert!(!is_valid(b"\"\xff\"") && !is_valid(b"{\"\xff\":1}"));
        assert!(is_valid(most.as_bytes()) && !is_valid(more.as_bytes()));
    }
}
