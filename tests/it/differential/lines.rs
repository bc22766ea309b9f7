//! Random lines of logs: as the platform writes them, and as others might.

use fastrand::Rng;

/// Makes lines; one seed makes the same ones again.
pub(super) struct Lines {
    pub(super) random: Rng,
    made: usize,
    /// One value in so many is not what it usually is.
    oddity: u32,
}

const LEVELS: &[&str] =
    &["INFO", "info", "WARN", "warn", "ERROR", "error", "DEBUG", "TRACE", "FATAL", "Warning"];

const ODD_LEVELS: &[&str] =
    &["", "30", "NOTICE", "INFORMATION", "information text", "VERBOSE", "é", "I", "INF", "panic"];

const WORDS: &[&str] = &[
    "Downloading",
    "from",
    "central:",
    "https://repo.example.com/a/b-1.2.3.jar",
    "[INFO]",
    "100%",
    "{\"a\":1}",
    "step",
    "done",
    "-",
    "   ",
    "=> [3/9] RUN",
    "|",
    "PASS",
    "(0.02s)",
    "}",
    "a:b,c",
];

/// Parts of a message as they stand in JSON; the quotes in `WORDS` are escaped there.
const ESCAPES: &[&str] = &[
    r"\n",
    r"\r",
    r"\t",
    r#"\""#,
    r"\\",
    r"\/",
    r"\b",
    r"\f",
    r"\u003c",
    r"\u003e",
    r"\u0026",
    r"\u001b[1;91m",
    r"\u001b[0m",
    r"\u001B[K",
    r"\u001b]0;t\u0007",
    r"\u001b",
    r"\u0000",
    r"\u007f",
    r"\u0085",
    r"\u00e9",
    r"\u00E9",
    r"\u07ff",
    r"\u0800",
    r"\u2028",
    r"\u2029",
    r"\ufffd",
    r"\uffff",
    r"\uFEFF",
    r"\ud83d\ude00",
    r"\uD800\uDC00",
    r"\udbff\udfff",
    r"\r\n",
    r"\\n",
    r"\\\\",
    r#"\\\""#,
    r"\\u003c",
    r"\u005c",
    r"\u0022",
    r"\ud7ff",
    r"\ue000",
];

const RAW: &[&str] = &[
    "é",
    "ß",
    "漢",
    "字",
    "😀",
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{800}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10ffff}",
    "\u{feff}",
    "\u{2028}",
    "{",
    "}",
    "[",
    ":",
    ",",
    "null",
    "'",
];

/// How messages end.
const ENDINGS: &[&str] = &[
    r"\n",
    r"\n",
    r"\n",
    r"\n",
    r"\n",
    r"\n",
    "",
    "",
    r"\r\n",
    r"\\n",
    r"\n\n",
    r"\r",
    r"\r\r\n",
    r"\u000a",
    r"\u000d\u000a",
    r"\u001b[0m\n",
    r"\n\u001b[0m",
    r"\\",
    r#"\""#,
    r"\r\\n",
    r"\/n",
    "... (log line truncated)",
    r"... (log line truncated)\n",
    r"\u001b[3... (log line truncated)",
    r"... (log line truncated)\r\n",
    r"... (log line truncated)\u001b[0m\n",
    "n",
    r"\t\n",
];

const LENGTHS: &[usize] = &[
    0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129,
    191, 192, 193, 255, 256, 257, 320, 511, 512, 513,
];

const ZONES: &[&str] =
    &["Z", "Z", "Z", "Z", "Z", "z", "+00:00", "-00:00", "+05:30", "-08:00", "+23:59", "+0530", ""];

const ODD_TIMES: &[&str] = &[
    "",
    "yesterday",
    "2024-05-01",
    "2024-05-01T10:00:00,5Z",
    "2024-02-30T00:00:00Z",
    "24:00",
    "2023-02-29T10:00:00Z",
    "2024-02-29T10:00:00Z",
    "0001-01-01T00:00:00Z",
    "2024-05-01T10:00:00.Z",
    "2024-13-01T10:00:00Z",
    "2024-05-01T24:00:00Z",
    "2024-05-01T10:00:60Z",
    "2024-5-1T10:00:00Z",
    "2262-04-11T23:47:16.854775807Z",
    "2262-04-11T23:47:16.854775808Z",
    "2024-05-01T10:00:00.1é",
    "1677-09-21T00:12:43.145224192Z",
    "1677-09-21T00:12:43.145224191Z",
    "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59.999999999Z",
    "2024-05-01T10:00:00.123456789",
    r"2024-05-01T10:00:00\u005a",
    "2024-05-01T10:00:00.1234567890Z",
    "2024-05-01T10:00:00.1234567891Z",
    "2024-05-01T10:00:00+24:00",
    "2024-05-01T10:00:00.123456789ZZ",
    "2024/05/01T10:00:00.123456789Z",
    "2024-05-0:T10:00:00.123Z",
    "2024-05-01T10:00:00.12345678/Z",
    "2024-05-01T10:00:0/.123456789Z",
    "-024-05-01T10:00:00Z",
];

pub(super) const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "01",
    "+1",
    "1.",
    ".5",
    "1.0",
    "1e3",
    "1E+3",
    "1e-3",
    "1e",
    "-",
    "0x10",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999",
    "1e400",
    "00",
    "0.0",
    "12345678901234567890",
    "100000000000000000000",
    "1 2",
    "0e0",
    "-0.0",
    "1_000",
    "NaN",
    "Infinity",
];

pub(super) const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "[1, \"two\", {\"three\":3}]",
    "{\"a\":{\"b\":[]}}",
    "\"\"",
    "\"text\"",
    r#""a\u0041\/""#,
    "1.50",
    "-0",
    "[[[[]]]]",
    "{\"k\":\"v\",\"k\":\"w\"}",
    "\"INFO\"",
];

const ARGS: &[&str] = &[
    "null",
    "null",
    "null",
    "null",
    "{}",
    "{}",
    r#"{"PodName":"build-7","PodNamespace":"ci"}"#,
    r#"{"a":"1"}"#,
    r#"{"a":"1","b":"2","c":"3"}"#,
    r#"{"a":"x\n\u003c\"","":""}"#,
    r#"{"é":"漢"}"#,
    r#"{"n":1,"b":true,"z":null,"o":{"k":[1, 2]}}"#,
    r#"{"a":"1","a":"2"}"#,
    r#"{"a":"1","\u0061":"2"}"#,
    "[]",
    "0",
    "false",
    r#""text""#,
    "{ }",
    r#"{ "a" : "1" }"#,
];

const KEYS: [&str; 5] = ["level", "pos", "out", "time", "args"];

const OTHER_KEYS: &[&str] = &[
    "msg",
    "",
    "Out",
    "outs",
    "ou",
    "o\\u0075t",
    "timestamp",
    "level2",
    "leve",
    "_duplicates",
    "args/a",
    "a longer key than any writer of logs would have but still a key",
    "k\\n",
    "é",
    "pos\\u0000",
    "lev\\u0065l",
];

const SPACES: &[&str] = &["", "", "", " ", "  ", "\t", "\r", " \t\r "];

impl Lines {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let oddity = [8, 40, 400][random.usize(..3)];
        Self { random, made: 0, oddity }
    }

    pub(super) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.random.usize(..of.len())]
    }

    pub(super) fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(..n) == 0
    }

    /// A line as the platform writes it.
    pub(super) fn usual(&mut self) -> String {
        self.made += 1;
        let [level, pos, out, time, args] = [0, 1, 2, 3, 4].map(|key| self.value(key));
        format!(r#"{{"level":{level},"pos":{pos},"out":{out},"time":{time},"args":{args}}}"#)
    }

    /// A record with its keys in some other order, fewer or more of them, or white space.
    pub(super) fn unusual(&mut self) -> String {
        self.made += 1;
        let mut members: Vec<(String, String)> = permutation(self.made % 120)
            .into_iter()
            .map(|key| (KEYS[key].to_owned(), self.value(key)))
            .collect();
        if self.one_in(3) {
            members.remove(self.random.usize(..5));
        }
        while self.one_in(4) {
            let value = if self.one_in(2) { VALUES } else { NUMBERS };
            let known = self.one_in(4);
            let key = if known { self.pick(&KEYS) } else { self.pick(OTHER_KEYS) };
            let place = self.random.usize(..=members.len());
            members.insert(place, (key.to_owned(), self.pick(value).to_owned()));
        }
        if self.one_in(3) {
            members.truncate(self.random.usize(..=members.len()));
        }
        let spaced = self.one_in(3);
        let space = |lines: &mut Self| if spaced { lines.pick(SPACES) } else { "" };
        let mut line = format!("{}{{", space(self));
        for (at, (key, value)) in members.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let [a, b, c, d] = [(); 4].map(|()| space(self));
            line += &format!("{comma}{a}\"{key}\"{b}:{c}{value}{d}");
        }
        line + "}" + space(self)
    }

    /// The keys in this order. Below 5, `change` leaves one out; below 10 it comes twice; below 15
    /// another key comes before it.
    pub(super) fn of_order(&mut self, order: usize, change: usize) -> String {
        let mut members = Vec::new();
        for (place, key) in permutation(order).into_iter().enumerate() {
            if change == 5 + place {
                members.push(format!("\"{}\":{}", KEYS[key], self.value(key)));
            } else if change == 10 + place {
                members.push(format!("\"{}\":{}", self.pick(OTHER_KEYS), self.pick(VALUES)));
            }
            if change != place {
                members.push(format!("\"{}\":{}", KEYS[key], self.value(key)));
            }
        }
        format!("{{{}}}", members.join(","))
    }

    /// The value of the key of this index, quotes included.
    fn value(&mut self, key: usize) -> String {
        match key {
            _ if self.one_in(10 * self.oddity) => {
                let of = if self.one_in(2) { VALUES } else { NUMBERS };
                self.pick(of).to_owned()
            }
            0 if self.one_in(self.oddity) => format!("\"{}\"", self.pick(ODD_LEVELS)),
            0 => format!("\"{}\"", self.pick(LEVELS)),
            1 => self.pos(),
            2 => format!("\"{}\"", self.message()),
            3 if self.one_in(self.oddity) => format!("\"{}\"", self.pick(ODD_TIMES)),
            3 => format!("\"{}\"", self.time()),
            _ => self.pick(ARGS).to_owned(),
        }
    }

    /// Of 1 to 19 digits, each number of digits as likely as any other.
    fn pos(&mut self) -> String {
        if self.one_in(3) {
            return self.made.to_string();
        }
        let digits = self.random.u32(1..=19);
        let least = 10_u64.pow(digits - 1);
        self.random.u64(least - u64::from(digits == 1)..least.saturating_mul(10)).to_string()
    }

    pub(super) fn time(&mut self) -> String {
        let r = &mut self.random;
        let (year, month, day) = (r.u32(1990..2040), r.u32(1..=12), r.u32(1..=28));
        let (hour, minute, second) = (r.u32(..24), r.u32(..60), r.u32(..60));
        let usual = !r.u8(..).is_multiple_of(3);
        let digits = if usual { 9 } else { r.usize(..=12) };
        let mut fraction: String = (0..digits).map(|_| r.char('0'..='9')).collect();
        if digits > 0 {
            fraction.insert(0, '.');
        }
        let zone = if usual { "Z" } else { self.pick(ZONES) };
        let separator =
            if self.one_in(5 * self.oddity) { self.pick(&["t", " ", "_"]) } else { "T" };
        format!(
            "{year}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
        )
    }

    /// Of one of the lengths at which vectors begin and end, as written, and its ending.
    pub(super) fn message(&mut self) -> String {
        let length = match self.random.u8(..16) {
            0 => self.random.usize(..2_000),
            1..6 => self.random.usize(..300),
            _ => LENGTHS[self.random.usize(..LENGTHS.len())],
        };
        let richness = [0, 1, 8][self.random.usize(..3)];
        let mut text = String::new();
        while text.len() < length {
            match self.random.u32(..24) {
                n if n < richness => text += self.pick(ESCAPES),
                n if n < 2 * richness => text += self.pick(RAW),
                22 => text.extend(std::iter::repeat_n('x', self.random.usize(..70))),
                _ => text += &self.pick(WORDS).replace('"', "\\\""),
            }
            if richness < 8 || self.one_in(2) {
                text.push(' ');
            }
        }
        // The length is met to the byte where no escape is cut by it.
        let cut = (0..=length.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
        let kept = text.split_at(cut.unwrap_or(0)).0;
        let whole = serde_json::from_str::<String>(&format!("\"{kept}\"")).is_ok();
        if whole {
            text.truncate(kept.len());
        }
        text + self.pick(ENDINGS)
    }
}

/// What a message is made of, as it stands in JSON.
pub(super) fn parts() -> impl Iterator<Item = &'static str> {
    [ESCAPES, RAW, ENDINGS].into_iter().flatten().copied()
}

/// What stands before and behind a part of a message, in a line as the platform writes it.
pub(super) fn around(before: &str, behind: &str) -> [String; 2] {
    [
        format!(r#"{{"level":"INFO","pos":1,"out":"{before}"#),
        format!(r#"{behind}","time":"2024-05-01T10:00:00.123456789Z","args":null}}"#),
    ]
}

/// The five keys in one of the 120 orders.
fn permutation(mut number: usize) -> [usize; 5] {
    let mut rest = vec![0, 1, 2, 3, 4];
    [5, 4, 3, 2, 1].map(|left| {
        let chosen = rest.remove(number % left);
        number /= left;
        chosen
    })
}
