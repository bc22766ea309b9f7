//! Made-up files of every format: what each of them may hold, in any order.

mod words;
mod stamped;
mod apify;
mod records;
mod documents;
mod envelopes;
mod deepset;
mod logfmt;
mod csv;
mod syslog;
mod klog;
mod clock;
mod prefixed;
mod steps;
mod gitlab;
mod jenkins;
mod gh;
mod buildkite;

use fastrand::Rng;

/// The bytes of a file until which it has no line of megabytes: formats are told by what comes first.
const HEAD: usize = 70_000;

/// About so many bytes of a file of a format.
pub(crate) fn text(format: &str, seed: u64, bytes: usize) -> Vec<u8> {
    let mut maker = Maker::new(seed);
    if maker.chance(15) {
        maker.out.extend(b"\xef\xbb\xbf");
    }
    match format {
        "firstgen" => stamped::firstgen(&mut maker, bytes),
        "apify" => apify::any(&mut maker, bytes),
        "azure" => stamped::azure(&mut maker, bytes),
        "github" => stamped::github(&mut maker, bytes),
        "stamped" => stamped::any_time(&mut maker, bytes),
        "text" => stamped::plain(&mut maker, bytes),
        "harness" => records::harness(&mut maker, bytes),
        "docker" => documents::docker(&mut maker, bytes),
        "access" => stamped::access(&mut maker, bytes),
        "cri" => documents::cri(&mut maker, bytes),
        "gitlab" => gitlab::any(&mut maker, bytes),
        "jenkins" => jenkins::any(&mut maker, bytes),
        "gh" => gh::any(&mut maker, bytes),
        "buildkite" => buildkite::any(&mut maker, bytes),
        "ndjson" => records::ndjson(&mut maker, bytes),
        "json" => documents::document(&mut maker, bytes),
        "deepset" => deepset::any(&mut maker, bytes),
        "logfmt" => logfmt::any(&mut maker, bytes),
        "csv" => csv::any(&mut maker, bytes),
        "syslog" => syslog::any(&mut maker, bytes),
        "clock" => clock::any(&mut maker, bytes),
        "klog" => klog::any(&mut maker, bytes),
        "prefixed" => prefixed::any(&mut maker, bytes),
        other => panic!("no format {other}"),
    }
    if maker.chance(20) {
        maker.out.pop_if(|last| *last == b'\n');
        maker.out.pop_if(|last| *last == b'\r');
    }
    maker.out
}

struct Maker {
    rng: Rng,
    out: Vec<u8>,
    /// The usual line end of the file.
    newline: &'static str,
    /// Milliseconds since 1970.
    clock: i64,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let newline = if rng.u8(..100) < 25 { "\r\n" } else { "\n" };
        let clock = rng.i64(1_400_000_000_000..1_800_000_000_000);
        Maker { rng, out: Vec::new(), newline, clock }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.usize(..of.len())]
    }

    /// A line and its end, which at times is not that of the others.
    fn line(&mut self, text: impl AsRef<[u8]>) {
        let newline = if self.chance(2) { self.one(&["\n", "\r\n"]) } else { self.newline };
        self.out.extend(text.as_ref());
        self.out.extend(newline.as_bytes());
    }

    /// Time goes on, and at times back.
    fn tick(&mut self) -> i64 {
        self.clock +=
            if self.chance(90) { self.rng.i64(0..3_000) } else { -self.rng.i64(0..9_000) };
        self.clock
    }

    /// A UTC time `2026-03-09T09:19:55.979` of so many fraction digits, without its zone.
    fn time(&mut self, digits: usize) -> String {
        let clock = self.tick();
        let (days, within) = (clock.div_euclid(86_400_000), clock.rem_euclid(86_400_000));
        // Civil from days, of the proleptic Gregorian calendar.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (hour, minute) = (within / 3_600_000, within / 60_000 % 60);
        let (second, milli) = (within / 1_000 % 60, within % 1_000);
        let fraction: String = format!("{milli:03}")
            .chars()
            .chain(std::iter::repeat_with(|| self.rng.digit(10)))
            .take(digits)
            .collect();
        let point = if digits == 0 { "" } else { "." };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}")
    }

    /// A time of that look which does not exist.
    fn impossible_time(&mut self, digits: usize) -> String {
        let time = self.time(digits);
        match self.rng.u8(..5) {
            0 => format!("{}-13-01{}", &time[..4], &time[10..]),
            1 => format!("2023-02-29{}", &time[10..]),
            2 => format!("{}24{}", &time[..11], &time[13..]),
            3 => format!("{}61{}", &time[..17], &time[19..]),
            _ => format!("{}-00-00{}", &time[..4], &time[10..]),
        }
    }

    /// A line that is not UTF-8.
    fn not_utf8(&mut self) -> Vec<u8> {
        const BAD: [&[u8]; 6] =
            [b"\xff", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80"];
        let mut line = words::message(self).into_bytes();
        line.extend(BAD[self.rng.usize(..BAD.len())]);
        line.extend(words::message(self).as_bytes());
        line
    }

    /// More than 1 MiB, where the file is large.
    fn long(&mut self) -> Option<String> {
        let fits = self.out.len() > HEAD && self.rng.u32(..2_000) == 0;
        fits.then(|| "0123456789 äöü {\"a\":".repeat(self.rng.usize(50_000..80_000)))
    }
}
