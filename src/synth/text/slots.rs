//! The slots of templates, by name; [`crate::synth::templates`] lists them.
//!
//! One chain of functions, each with a group of names, which passes what it does not know to the next.
//! An unknown name is written in its braces, for a test to find.

use std::fmt::Write as _;

use fastrand::Rng;

use super::pieces::{Piece, pieces};
use super::{Narrator, pick};
use crate::synth::service;
use crate::synth::words::{EXTENSIONS, FOREIGN, HOSTS};

impl Narrator {
    /// Appends what the slot is filled with: numbers, hashes and words here.
    pub(super) fn fill(&mut self, slot: &'static str, out: &mut String) {
        // Writing to a string cannot fail.
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

    /// Of [`now`](Self::now), 0 to 59.
    fn second(&self) -> i64 {
        self.now / 1_000_000_000 % 60
    }

    /// Of [`now`](Self::now), 0 to 59.
    fn minute(&self) -> i64 {
        self.now / 60_000_000_000 % 60
    }

    /// Of [`now`](Self::now) in UTC, 0 to 23.
    fn hour(&self) -> i64 {
        self.now / 3_600_000_000_000 % 24
    }

    /// Numbers with a unit or a shape: `35ms`, `1.07s`, `12.4 MB`, `10.0.31.7`. Small ones are the likely
    /// ones.
    fn measure(&mut self, slot: &str, out: &mut String) {
        let rng = &mut self.rng;
        // The lower of two draws.
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

    /// Names of code and packages: `cart-ledger`, `OrderCart`, `com.acme.cart.order`,
    /// `src/cart/order_ledger.rs`.
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

    /// Hosts, clusters and whatever else surrounds the code: `git.acme.example`, `feature/cart`, `cart-api`.
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

    /// Slots that give several lines, each with its newline, or a whole progress bar.
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

    /// Appends a number of lines from one template, as a stack trace has; none if `count` begins at 0.
    fn frames(&mut self, count: std::ops::Range<u32>, template: &'static str, out: &mut String) {
        for _ in 0..self.rng.u32(count) {
            // Taken apart every time: stack traces are rare.
            for piece in pieces(template) {
                match piece {
                    Piece::Text(text) => out.push_str(&text),
                    Piece::Slot(slot) => self.fill(slot, out),
                }
            }
            out.push('\n');
        }
    }

    /// A progress bar as terminals get it: every state in one line, with a carriage return before each. In a
    /// build's log that is one record.
    fn progress(&mut self, label: &str, out: &mut String) {
        let total = self.rng.u32(20..4000);
        for tenth in 0..=self.rng.u32(3..20) {
            let pct = (tenth * 100 / 20 + self.rng.u32(0..5)).min(100);
            let _ = write!(out, "\r{label}: {pct:>3}% ({}/{total})", total * pct / 100);
        }
        let _ = write!(out, "\r{label}: 100% ({total}/{total}), done.");
    }
}

/// Appends an ASCII word with its first letter in upper case.
fn push_capital(word: &str, out: &mut String) {
    let mut chars = word.chars();
    out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(chars.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::templates::TOPICS;

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
}
