//! Messages: the templates, compiled once, and the narrator that fills them for one entry.

use std::fmt::Write as _;
use std::sync::LazyLock;

use fastrand::Rng;

use super::ndjson::push_time;
use super::service;
use super::templates::TOPICS;
use super::words::{EXTENSIONS, FOREIGN, GLUE, HOSTS, PLACES, VERBS, WORDS};
pub(super) use crate::record::level::Level;

/// A topic whose templates are taken apart: total weight, then templates by running weight.
struct Compiled {
    total: u32,
    templates: Vec<Template>,
}

struct Template {
    until: u32,
    level: Level,
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Slot(&'static str),
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    TOPICS
        .iter()
        .map(|topic| {
            let mut until = 0;
            let mut templates = Vec::with_capacity(topic.lines.len());
            for &(level, weight, text) in topic.lines {
                until += weight;
                templates.push(Template { until, level, pieces: pieces(text) });
            }
            Compiled { total: until, templates }
        })
        .collect()
});

fn pieces(mut text: &'static str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut plain = String::new();
    while let Some(at) = text.find(['{', '}']) {
        plain.push_str(&text[..at]);
        let rest = &text[at + 1..];
        if rest.starts_with(&text[at..=at]) {
            plain.push_str(&text[at..=at]);
            text = &rest[1..];
        } else if let (b'{', Some(end)) = (text.as_bytes()[at], rest.find('}')) {
            found.push(Piece::Text(std::mem::take(&mut plain)));
            found.push(Piece::Slot(&rest[..end]));
            text = &rest[end + 1..];
        } else {
            plain.push_str(&text[at..=at]);
            text = rest;
        }
    }
    plain.push_str(text);
    found.push(Piece::Text(plain));
    found
}

/// The number of the topic called `name`; an unknown name is the first topic.
pub(super) fn topic(name: &str) -> usize {
    TOPICS.iter().position(|topic| topic.name == name).unwrap_or(0)
}

/// Tells the messages of one entry. What stays the same through a build (its service, namespace,
/// favourite words) is drawn once; the rest is drawn per message.
pub(super) struct Narrator {
    pub(super) rng: Rng,
    /// Nanoseconds since 1970, for the times inside messages.
    pub(super) now: i64,
    topic: usize,
    count: u64,
    total: u64,
    favourite: u32,
    service: String,
    namespace: &'static str,
    root: String,
}

impl Narrator {
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

    /// Turns to another topic, as a build goes from one tool to the next.
    pub(super) fn turn_to(&mut self, topic: usize) {
        self.topic = topic;
    }

    /// Replaces `out` by the next message, without a newline at its end, and returns its level.
    pub(super) fn message(&mut self, out: &mut String) -> Level {
        out.clear();
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

    pub(super) fn verb(&mut self) -> &'static str {
        pick(&mut self.rng, VERBS)
    }

    pub(super) fn number(&mut self, digits: u32, out: &mut String) {
        let _ = write!(out, "{}", self.rng.u32(0..10u32.pow(digits.min(9))));
    }

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

    pub(super) fn base64(&mut self, len: usize, out: &mut String) {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        out.extend((0..len).map(|_| char::from(DIGITS[self.rng.u32(0..64) as usize])));
    }

    pub(super) fn uuid(&mut self, out: &mut String) {
        for (n, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "-" });
            self.hex(digits, out);
        }
    }

    pub(super) fn sentence(&mut self, out: &mut String) {
        out.push_str(self.verb());
        for n in 0..self.rng.u32(2..7) {
            out.push(' ');
            out.push_str(if n % 2 == 0 { pick(&mut self.rng, GLUE) } else { self.word() });
        }
        out.push(' ');
        out.push_str(self.word());
    }

    pub(super) fn iso(&self, out: &mut String) {
        push_time(out, self.now - self.now.rem_euclid(1_000_000), 0);
    }

    fn fill(&mut self, slot: &'static str, out: &mut String) {
        let _ = match slot {
            "d1" | "d2" | "d3" | "d4" | "d6" => {
                return self.number(u32::from(slot.as_bytes()[1] - b'0'), out);
            }
            "h7" => return self.hex(7, out),
            "h12" => return self.hex(12, out),
            "h40" => return self.hex(40, out),
            "h64" => return self.hex(64, out),
            "hex" => return self.hex(16, out),
            "uuid" => return self.uuid(out),
            "b64" => return self.base64(43, out),
            "word" => return out.push_str(self.word()),
            "verb" => return out.push_str(self.verb()),
            "sentence" => return self.sentence(out),
            "iso" => return self.iso(out),
            "json" => return service::event(self).push_json(out),
            "n" => {
                self.count += 1;
                write!(out, "{}", self.count)
            }
            "total" => write!(out, "{}", self.total),
            "pct" => {
                self.count += 1;
                write!(out, "{:>3}", self.count * 100 / self.total % 101)
            }
            "clock" => write!(out, "{:02}:{:02}:{:02}", self.hour(), self.minute(), self.second()),
            "ms" | "secs" | "size" | "status" | "port" | "ip" | "ver" => {
                return self.measure(slot, out);
            }
            _ => return self.name(slot, out),
        };
    }

    fn second(&self) -> i64 {
        self.now / 1_000_000_000 % 60
    }

    fn minute(&self) -> i64 {
        self.now / 60_000_000_000 % 60
    }

    fn hour(&self) -> i64 {
        self.now / 3_600_000_000_000 % 24
    }

    /// Numbers with a unit or a shape; small ones are the likely ones.
    fn measure(&mut self, slot: &str, out: &mut String) {
        let rng = &mut self.rng;
        let low = |rng: &mut Rng, top: u32| rng.u32(0..top).min(rng.u32(0..top));
        let _ = match slot {
            "ms" => write!(out, "{}ms", low(rng, 900)),
            "secs" => write!(out, "{}.{:02}s", low(rng, 40), rng.u32(0..100)),
            "size" if rng.bool() => write!(out, "{} kB", low(rng, 1000)),
            "size" => write!(out, "{}.{} MB", low(rng, 90), rng.u32(0..10)),
            "status" => write!(
                out,
                "{}",
                pick(rng, &[200, 200, 200, 200, 201, 204, 304, 400, 401, 404, 429, 500, 503])
            ),
            "port" => write!(out, "{}", pick(rng, &[80, 443, 3000, 5432, 6379, 8080, 8443, 9090])),
            "ip" => write!(out, "10.{}.{}.{}", rng.u32(0..4), rng.u32(0..32), rng.u32(1..255)),
            _ => write!(out, "{}.{}.{}", low(rng, 8), low(rng, 30), low(rng, 20)),
        };
    }

    /// Names that code and packages bear.
    fn name(&mut self, slot: &'static str, out: &mut String) {
        let _ = match slot {
            "name" => write!(out, "{}-{}", self.word(), self.word()),
            "crate" => write!(
                out,
                "{}{}{}",
                self.word(),
                pick(&mut self.rng, &["-", "_", ""]),
                self.word()
            ),
            "scope" if self.rng.bool() => write!(out, "@{}/{}", self.word(), self.word()),
            "scope" => write!(out, "{}", self.word()),
            "class" => {
                push_capital(self.word(), out);
                return push_capital(self.word(), out);
            }
            "method" => {
                out.push_str(self.verb());
                return push_capital(self.word(), out);
            }
            "pkg" => write!(out, "com.acme.{}.{}", self.word(), self.word()),
            "test" => write!(out, "test_{}_{}_{}", self.word(), self.verb(), self.word()),
            "gotest" => {
                out.push_str("Test");
                push_capital(self.word(), out);
                return push_capital(self.verb(), out);
            }
            "file" => {
                let extension = pick(&mut self.rng, EXTENSIONS);
                write!(out, "src/{}/{}_{}.{extension}", self.word(), self.word(), self.word())
            }
            "path" => {
                let word = self.word();
                write!(out, "{}/{word}", self.root)
            }
            "winpath" => {
                write!(out, "C:\\agent\\_work\\{}\\s\\src\\{}", self.favourite % 9, self.word())
            }
            _ => return self.surroundings(slot, out),
        };
    }

    /// Hosts, clusters and what else stands around the code.
    fn surroundings(&mut self, slot: &'static str, out: &mut String) {
        let _ = match slot {
            "host" => write!(out, "{}", pick(&mut self.rng, HOSTS)),
            "branch" => write!(
                out,
                "{}/{}",
                pick(&mut self.rng, &["feature", "fix", "release"]),
                self.word()
            ),
            "ns" => write!(out, "{}", self.namespace),
            "svc" => write!(out, "{}", self.service),
            "image" => write!(out, "{}/acme/{}:{}", HOSTS[0], self.service, self.total),
            "pod" => {
                // A deployment has a handful of pods: their suffixes come back again and again.
                let replica =
                    u64::from(self.favourite) ^ self.rng.u64(0..6).wrapping_mul(0x9E37_79B9_7F4A);
                write!(out, "{}-{:08x}-{:05x}", self.service, self.favourite, replica & 0xF_FFFF)
            }
            "env" => write!(
                out,
                "{}_{}",
                self.word().to_ascii_uppercase(),
                self.word().to_ascii_uppercase()
            ),
            "hitmiss" => write!(
                out,
                "{}",
                pick(&mut self.rng, &["hit", "hit", "hit", "miss", "revalidated"])
            ),
            "verbhttp" => write!(
                out,
                "{}",
                pick(&mut self.rng, &["GET", "GET", "GET", "POST", "PUT", "DELETE"])
            ),
            "foreign" => write!(out, "{}", pick(&mut self.rng, FOREIGN)),
            "plusminus" => {
                write!(
                    out,
                    "{:+<1$}{2:-<3$}",
                    "",
                    self.rng.u32(1..20) as usize,
                    "",
                    self.rng.u32(0..14) as usize
                )
            }
            _ => return self.block(slot, out),
        };
    }

    /// Slots that give several lines or a whole progress bar.
    fn block(&mut self, slot: &'static str, out: &mut String) {
        match slot.split_once(':') {
            Some(("bar", label)) => self.progress(label, out),
            _ => match slot {
                "cargobar" => {
                    let _ = write!(out, "\x1b[1m\x1b[96m    Building\x1b[0m [{:=<1$}>", "", self.rng.u32(1..20) as usize);
                    let word = self.word();
                    let _ = write!(out, "    ] {}/{}: {word}", self.rng.u64(0..self.total), self.total);
                }
                "jframes" => self.frames(4..14, "\tat {pkg}.{class}.{method}({class}.java:{d3})", out),
                "pyframes" => self.frames(2..7, "  File \"{path}/{word}.py\", line {d3}, in {method}\n    return {word}.{method}({word})", out),
                "goframes" => self.frames(3..8, "github.example/acme/{word}.({class}).{method}(0xc000{h7})\n\t{path}/{word}.go:{d3} +0x{h7}", out),
                "xml" => {
                    self.frames(2..8, "<dependency scope=\"{word}\"><groupId>{pkg}</groupId><artifactId>{name}</artifactId><version>{ver}</version></dependency>", out);
                }
                unknown => {
                    let _ = write!(out, "{{{unknown}}}");
                }
            },
        }
    }

    fn frames(&mut self, count: std::ops::Range<u32>, template: &'static str, out: &mut String) {
        for _ in 0..self.rng.u32(count) {
            for piece in pieces(template) {
                match piece {
                    Piece::Text(text) => out.push_str(&text),
                    Piece::Slot(slot) => self.fill(slot, out),
                }
            }
            out.push('\n');
        }
    }

    /// A progress bar as terminals get it: every state in one line, parted by carriage returns.
    fn progress(&mut self, label: &str, out: &mut String) {
        let total = self.rng.u32(20..4000);
        for tenth in 0..=self.rng.u32(3..20) {
            let pct = (tenth * 100 / 20 + self.rng.u32(0..5)).min(100);
            let _ = write!(out, "\r{label}: {pct:>3}% ({}/{total})", total * pct / 100);
        }
        let _ = write!(out, "\r{label}: 100% ({total}/{total}), done.");
    }
}

/// One of `list`, each as likely as the others. `list` must not be empty.
pub(super) fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    // u32 and not usize: the same draw on 32 bits.
    list[rng.u32(0..list.len() as u32) as usize]
}

fn push_capital(word: &str, out: &mut String) {
    let mut chars = word.chars();
    out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(chars.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_of_every_template_is_known() {
        let mut narrator = Narrator::new(Rng::with_seed(1));
        let mut out = String::new();
        for topic in TOPICS {
            for (_, _, text) in topic.lines {
                for piece in pieces(text) {
                    if let Piece::Slot(slot) = piece {
                        out.clear();
                        narrator.fill(slot, &mut out);
                        assert_ne!(out, format!("{{{slot}}}"), "{}", topic.name);
                    }
                }
            }
        }
    }

    #[test]
    fn doubled_braces_are_braces() {
        let text: String = pieces("{{a}} {d1}{b")
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Slot(slot) => format!("<{slot}>"),
            })
            .collect();
        assert_eq!(text, "{a} <d1>{b");
    }
}
