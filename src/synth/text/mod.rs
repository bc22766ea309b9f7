//! Messages: the narrator, which picks templates and fills them with words for one entry.
//!
//! `pieces` takes the templates apart, `slots` fills a slot by its name; here is what they draw from. All
//! randomness comes from the entry's own generator and in a fixed order, so that an entry is the same
//! whenever and wherever it is made: a draw that is added, or moved, changes every bundle of every seed.

mod pieces;
mod slots;

use std::fmt::Write as _;

use fastrand::Rng;

use super::ndjson::push_time;
use super::words::{GLUE, PLACES, VERBS, WORDS};
pub(super) use crate::record::level::Level;
pub(super) use pieces::topic;
use pieces::{COMPILED, Piece};

/// Makes the messages of one entry. What stays the same through a build (its service, namespace, favourite
/// words) is drawn once; the rest is drawn per message. It compresses as real logs do because of that.
///
/// A message of the topic `cargo` in the words of two entries:
///
/// ```text
/// \u001b[1m\u001b[92m   Compiling\u001b[0m rudder_fennel v1.3.2
/// \u001b[1m\u001b[92m   Compiling\u001b[0m invoice-audit v0.4.11
/// ```
pub(super) struct Narrator {
    pub(super) rng: Rng,
    /// Nanoseconds since 1970, for the times inside messages.
    pub(super) now: i64,
    /// An index into the topics.
    topic: usize,
    /// For `{n}` and `{pct}`: goes up by one with each of them.
    count: u64,
    /// For `{total}`: never changes, and `count` may pass it.
    total: u64,
    /// Where in the list of words the entry's favourites begin; also the hash of its pods.
    favourite: u32,
    /// Such as `cart-api`.
    service: String,
    /// Such as `staging`.
    namespace: &'static str,
    /// The directory of sources, such as `/harness/cart`.
    root: String,
}

impl Narrator {
    /// A narrator at the first topic, at the beginning of 1970 until `now` is set.
    pub(super) fn new(mut rng: Rng) -> Self {
        let favourite = rng.u32(..);
        let namespace = pick(&mut rng, PLACES);
        let service = format!(
            "{}-{}",
            pick(&mut rng, WORDS),
            pick(&mut rng, &["api", "worker", "web", "job"])
        );
        let root =
            pick(&mut rng, &["/harness", "/home/ci/src", "/opt/agent/work", "/tmp/workspace"]);
        let total = rng.u64(120..9000);
        let root = format!("{root}/{}", pick(&mut rng, WORDS));
        Self { rng, now: 0, topic: 0, count: 0, total, favourite, service, namespace, root }
    }

    /// Turns to another topic, an index of [`topic`], as a build goes from one tool to the next.
    pub(super) fn turn_to(&mut self, topic: usize) {
        self.topic = topic;
    }

    /// Replaces `out` by the next message, without a newline at its end, and returns its level.
    pub(super) fn message(&mut self, out: &mut String) -> Level {
        out.clear();
        // An unknown topic or an empty one must not panic; there is none in the tables.
        let compiled = &COMPILED[self.topic % COMPILED.len()];
        let at = self.rng.u32(0..compiled.total.max(1));
        let chosen = compiled.templates.partition_point(|template| template.until <= at);
        let Some(template) = compiled.templates.get(chosen) else { return Level::Info };
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(slot) => self.fill(slot, out),
            }
        }
        template.level
    }

    /// A word, from the entry's favourites three times in four.
    pub(super) fn word(&mut self) -> &'static str {
        // One draw for all: its lowest two bits choose the list, those above choose the word.
        let draw = self.rng.u32(..);
        let len = WORDS.len() as u32;
        let index = if draw & 3 == 0 {
            (draw >> 2) % len
        } else {
            // The lower of two draws: few words are frequent, many are rare.
            self.favourite.wrapping_add(((draw >> 2) % 40).min((draw >> 12) % 40)) % len
        };
        WORDS[index as usize]
    }

    /// A verb in the past tense.
    pub(super) fn verb(&mut self) -> &'static str {
        pick(&mut self.rng, VERBS)
    }

    /// Appends a number of up to so many digits, without leading zeros.
    pub(super) fn number(&mut self, digits: u32, out: &mut String) {
        let _ = write!(out, "{}", self.rng.u32(0..10u32.pow(digits.min(9))));
    }

    /// Appends so many lower-case hexadecimal digits, from one draw per sixteen.
    pub(super) fn hex(&mut self, digits: usize, out: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut bits = 0;
        for n in 0..digits {
            if n % 16 == 0 {
                bits = self.rng.u64(..);
            }
            out.push(char::from(DIGITS[(bits & 15) as usize]));
            bits >>= 4;
        }
    }

    /// Appends so many characters of the usual base64, without padding.
    pub(super) fn base64(&mut self, len: usize, out: &mut String) {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        out.extend((0..len).map(|_| char::from(DIGITS[self.rng.u32(0..64) as usize])));
    }

    /// Appends a UUID of no version.
    pub(super) fn uuid(&mut self, out: &mut String) {
        for (n, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "-" });
            self.hex(digits, out);
        }
    }

    /// Appends a verb and some words, such as `resolved the cart of ledger`; no punctuation, no escapes.
    pub(super) fn sentence(&mut self, out: &mut String) {
        out.push_str(self.verb());
        for n in 0..self.rng.u32(2..7) {
            out.push(' ');
            out.push_str(if n % 2 == 0 { pick(&mut self.rng, GLUE) } else { self.word() });
        }
        out.push(' ');
        out.push_str(self.word());
    }

    /// Appends the present time in UTC, cut to milliseconds, as most loggers write it.
    pub(super) fn iso(&self, out: &mut String) {
        push_time(out, self.now - self.now.rem_euclid(1_000_000), 0);
    }
}

/// One of `list`, each as likely as the others. `list` must not be empty.
pub(super) fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    // u32 and not usize: the same draw on 32 bits.
    list[rng.u32(0..list.len() as u32) as usize]
}
