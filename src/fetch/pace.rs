//! When the next request may be sent: the rate of each host, pauses that a host asks for, and the growing
//! pauses between attempts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::stop::Stop;
use crate::error::Result;

/// Spaces the requests to each host.
#[derive(Debug)]
pub(super) struct Pace {
    /// Between two requests; zero for no limit.
    spacing: Duration,
    /// When the next request to a host may be sent.
    next: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// At most `rate` requests a second to a host; 0: any number.
    pub(super) fn new(rate: f64) -> Self {
        let spacing = if rate > 0.0 { 1.0 / rate } else { 0.0 };
        let spacing = Duration::try_from_secs_f64(spacing).unwrap_or_default();
        Self { spacing, next: Mutex::default() }
    }

    /// Waits until a request may be sent to a host.
    ///
    /// # Errors
    /// Interrupted.
    pub(super) fn wait(&self, host: &str, stop: &Stop) -> Result<()> {
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let free = next.get(host).copied().unwrap_or(now).max(now);
            if !self.spacing.is_zero() || free > now {
                next.insert(host.to_owned(), free + self.spacing);
            }
            free
        };
        stop.sleep_until(at)
    }

    /// Nothing is sent to a host for a while, as it asked.
    pub(super) fn pause(&self, host: &str, pause: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + pause;
        let next = next.entry(host.to_owned()).or_insert(until);
        *next = (*next).max(until);
    }
}

/// The longest pause between two attempts, unless the server asks for a longer one.
const LONGEST: Duration = Duration::from_secs(30);

/// The pause before attempt `number` (from 1) is made again: doubled each time, of which a random part of a
/// half is left out, so that clients do not come back all at once.
pub(super) fn backoff(number: u32) -> Duration {
    const FIRST: Duration = Duration::from_millis(400);
    let whole = FIRST.saturating_mul(1 << number.saturating_sub(1).min(16)).min(LONGEST);
    whole.mul_f64(1.0 - fastrand::f64() / 2.0)
}

/// The value of `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        for number in 1..40 {
            let whole =
                Duration::from_millis(400).saturating_mul(1 << (number - 1).min(16)).min(LONGEST);
            let pause = backoff(number);
            assert!(pause <= whole && pause * 2 >= whole, "{number}: {pause:?}");
        }
    }

    #[test]
    fn pauses_that_a_server_asks_for() {
        assert_eq!(retry_after(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let later = retry_after("Sat, 06 Nov 2094 08:49:37 GMT").unwrap();
        assert!(later > Duration::from_secs(1_000_000));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-1"), None);
    }

    #[test]
    fn requests_to_a_host_are_spaced() {
        let pace = Pace::new(1000.0);
        let stop = Stop::default();
        let start = Instant::now();
        for _ in 0..20 {
            pace.wait("a", &stop).unwrap();
        }
        assert!(start.elapsed() >= Duration::from_millis(19));
        let free = Pace::new(0.0);
        free.pause("b", Duration::from_millis(20));
        let start = Instant::now();
        free.wait("a", &stop).unwrap();
        free.wait("b", &stop).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(19));
    }
}
