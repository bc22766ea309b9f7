//! Names made by hashing: stable ones for what has none, and secret ones for links.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use twox_hash::XxHash3_64;

/// An id of 22 letters, digits, `-` and `_` that is always the same for these texts.
pub(super) fn stable_id(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
        // No part has it, so no two lists of parts are one text.
        text.push('\0');
    }
    URL_SAFE_NO_PAD.encode(hash(text.as_bytes()).to_be_bytes())
}

/// A hash of 128 bits, always the same for the same bytes.
pub(super) fn hash(bytes: &[u8]) -> u128 {
    let halves = [0, 1].map(|seed| u128::from(XxHash3_64::oneshot_with_seed(seed, bytes)));
    halves[0] << 64 | halves[1]
}

/// Makes ids that nobody can guess: a counter, through a keyed hash whose key the operating system chose at
/// random.
#[derive(Debug, Default)]
pub(super) struct SecretIds {
    keys: [RandomState; 2],
    next: AtomicU64,
}

impl SecretIds {
    /// A new id of 22 letters, digits, `-` and `_`.
    pub(super) fn make(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let halves = self.keys.each_ref().map(|key| key.hash_one(number).to_be_bytes());
        URL_SAFE_NO_PAD.encode(halves.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_stay() {
        assert_eq!(stable_id(&["a", "b"]), stable_id(&["a", "b"]));
        assert_ne!(stable_id(&["a", "b"]), stable_id(&["ab", ""]));
        let ids = SecretIds::default();
        let (one, other) = (ids.make(), ids.make());
        assert!(one != other && one.len() == 22, "{one} {other}");
        assert_ne!(SecretIds::default().make(), one);
    }
}
