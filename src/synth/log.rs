//! One entry's bytes, made in blocks and read as a stream.
//!
//! A [`Log`] decides how much is made and about what; its `Scribe` makes records as one of the writers
//! does, and asks the narrator for their messages. An entry depends on its seed and its [`Kind`] alone, so
//! entries are made on any thread, and again whenever their bytes are needed.
//!
//! One record of each writer, the delegate, the runner, the addon and an agent; the times are left out:
//!
//! ```text
//! {"level":"WARN","pos":0,"out":"\u001b[1;93m\u001b[40mWARNING: created\u001b[0m",...,"args":null}
//! {"level":"info","pos":7,"out":"  Restored C:\\src\\Cart.csproj (in 17ms).\r\n",...,"args":null}
//! {"level":"30","pos":1,"out":"retried from proxy",...,"args":{"level":"30","msg":"retried from proxy"}}
//! {"level":"","pos":1,"out":"{file:watch.go:12,level:info}",...,"args":{"PodName":"discovery-23232"}}
//! ```

use std::io::{self, Read, Write};

use fastrand::Rng;

use super::keys::{Kind, Writer};
use super::ndjson::{Args, Cut, Record};
use super::text::{Level, Narrator, topic};
use super::{EntryKind, NdjsonSet, odd, service};

/// A block is handed out when it has reached this size in bytes; it ends with a whole line.
const BLOCK: usize = 128 << 10;

/// 9 March 2026, 13:40 UTC, in nanoseconds since 1970: when the made-up runs begin.
pub(super) const START: i64 = 1_773_063_600_000_000_000;

/// The bytes of one generated entry, as a stream: the same ones each time.
pub struct Log {
    narrator: Narrator,
    writing: Writing,
    /// Bytes after which no further line is begun.
    target: u64,
    /// A line is odd if a draw of 32 bits is not above this; 0 for none.
    oddities: u32,
    /// The entry ends with a newline.
    last_newline: bool,
    /// The block that is being read.
    block: Vec<u8>,
    /// Bytes of the block that have been read.
    read: usize,
    /// Bytes in all blocks; a last newline counts even if it is left out.
    made: u64,
    /// Lines in all blocks, without blank ones.
    lines: u64,
}

/// What the lines are, and what is kept from one to the next.
enum Writing {
    /// A step's log.
    Step(Box<Step>),
    /// Records of a set, and room for one.
    Set(NdjsonSet, String),
}

/// The log of a step.
struct Step {
    scribe: Scribe,
    kind: Kind,
    /// Lines until the next topic.
    left_in_topic: u32,
    /// Topics begun so far.
    turn: usize,
}

/// What a writer keeps from record to record.
struct Scribe {
    writer: Writer,
    /// Minutes from UTC, the same for the whole entry.
    zone: i32,
    /// Messages end in `\r\n`, if they end in a newline at all.
    crlf: bool,
    /// The last record's counter.
    pos: u64,
    /// The last record's time: nanoseconds since 1970.
    time: i64,
    /// Room for a message.
    message: String,
    /// The last record, unless that was odd.
    line: String,
    /// The `args` of an agent, keys sorted.
    pod: Vec<(&'static str, String)>,
}

impl Log {
    /// A log at its start. `target` is in bytes, `oddities` a share from 0 to 1.
    pub(super) fn new(
        seed: u64,
        kind: EntryKind,
        target: u64,
        oddities: f64,
        last_newline: bool,
    ) -> Self {
        let mut rng = Rng::with_seed(seed);
        let writing = match kind {
            EntryKind::Step(kind) => {
                let scribe = Scribe::new(kind, &mut rng);
                Writing::Step(Box::new(Step { scribe, kind, left_in_topic: 0, turn: 0 }))
            }
            EntryKind::Set(set) => Writing::Set(set, String::new()),
        };
        // A share of all u32 draws; `as` saturates.
        let oddities = (oddities * f64::from(u32::MAX)) as u32;
        Self {
            narrator: Narrator::new(rng),
            writing,
            target,
            oddities,
            last_newline,
            block: Vec::new(),
            read: 0,
            made: 0,
            lines: 0,
        }
    }

    /// Lines made so far that hold more than spaces and tabs: all of the entry's once it is read to its end.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Writes what is left to `out` and returns its length in bytes.
    pub(super) fn write_to(&mut self, out: &mut impl Write) -> io::Result<u64> {
        let mut written = 0;
        loop {
            out.write_all(&self.block[self.read..])?;
            written += (self.block.len() - self.read) as u64;
            if !self.next_block() {
                return Ok(written);
            }
        }
    }

    /// Replaces the block by the next one; false at the end, and whenever it is called again.
    fn next_block(&mut self) -> bool {
        self.block.clear();
        self.read = 0;
        while self.block.len() < BLOCK && self.made < self.target {
            let before = self.block.len();
            self.push_line();
            self.block.push(b'\n');
            self.made += (self.block.len() - before) as u64;
        }
        // The last block: a newline at its end is left out if the writer was cut off.
        if self.made >= self.target && !self.last_newline {
            self.block.pop();
        }
        !self.block.is_empty()
    }

    /// Appends a line without its newline: a record, or an odd line.
    fn push_line(&mut self) {
        let step = match &mut self.writing {
            Writing::Step(step) => step,
            Writing::Set(set, line) => {
                line.clear();
                set.push(&mut self.narrator, self.lines, line);
                self.block.extend_from_slice(line.as_bytes());
                self.lines += 1;
                return;
            }
        };
        // Long runs of one topic, as a tool prints them, rather than a mix of all.
        if step.left_in_topic == 0 {
            step.left_in_topic = self.narrator.rng.u32(20..600);
            let topics = step.kind.topics;
            self.narrator.turn_to(topic(topics[step.turn % topics.len().max(1)]));
            step.turn += 1;
        }
        step.left_in_topic -= 1;
        let odd = self.oddities > 0 && self.narrator.rng.u32(..) <= self.oddities;
        let room = self.target - self.made;
        let Some(line) = step.scribe.write(&mut self.narrator, room, odd) else {
            self.block.extend_from_slice(step.scribe.line.as_bytes());
            self.lines += 1;
            return;
        };
        self.block.extend_from_slice(&line);
        // Blank as a reader sees it: it counts no row for such a line.
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        self.lines += u64::from(!line.iter().all(|byte| matches!(byte, b' ' | b'\t')));
    }
}

impl Read for Log {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.block.len() && !self.next_block() {
            return Ok(0);
        }
        let rest = &self.block[self.read..];
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        self.read += len;
        Ok(len)
    }
}

impl Scribe {
    /// Draws what is the same for all records of an entry.
    fn new(kind: Kind, rng: &mut Rng) -> Self {
        let writer = kind.writer;
        // One machine in six is set to India's time, UTC+05:30, in minutes.
        let host_zone = rng.u32(0..6) == 0;
        let zone =
            if host_zone && matches!(writer, Writer::Runner | Writer::Addon) { 330 } else { 0 };
        // A counter that starts late: the platform dropped the log's oldest lines.
        let dropped = if rng.u32(0..12) == 0 { rng.u64(100..90_000) } else { 0 };
        let pos = if writer == Writer::Delegate { 0 } else { dropped };
        let pod = vec![
            ("PodName", format!("discovery-{:05x}", rng.u32(0..1 << 20))),
            ("PodNamespace", "acme-mesh".to_owned()),
        ];
        let crlf =
            kind.topics.contains(&"windows") || (writer == Writer::Runner && rng.u32(0..10) == 0);
        let time = START + rng.i64(0..1_200) * 1_000_000_000;
        Self { writer, zone, crlf, pos, time, message: String::new(), line: String::new(), pod }
    }

    /// Writes the next record to `self.line`, or returns an odd line made from it. `room` is what is
    /// left of the entry: long records are for entries that can bear them.
    fn write(&mut self, narrator: &mut Narrator, room: u64, odd: bool) -> Option<Vec<u8>> {
        self.tick(narrator);
        let mut level = narrator.message(&mut self.message);
        let mut cut = Cut::Whole;
        // One record in 20,000 would be too long for the platform.
        if room > 2_000_000 && narrator.rng.u32(0..20_000) == 0 {
            cut = self.overflow(narrator);
        }
        // The addon takes a message apart that is a line of JSON. Here a new event is drawn instead, and the
        // message is not used.
        let mut event = None;
        if self.writer == Writer::Addon && self.message.starts_with("{\"level\"") {
            event = Some(service::event(narrator).into_args());
            level = Level::Info;
        }
        self.finish_message(level, cut);
        let (out, level, args) = match (&event, self.writer) {
            (Some((msg, level, fields)), _) => (msg.as_str(), level.as_str(), Args::Map(fields)),
            (None, Writer::Delegate) => (self.message.as_str(), level.java(), Args::Null),
            (None, Writer::Runner) => (self.message.as_str(), "info", Args::Null),
            (None, Writer::Addon) => (self.message.as_str(), "info", Args::Map(&[])),
            (None, Writer::Agent) => (self.message.as_str(), "", Args::Map(&self.pod)),
        };
        let record =
            Record { level, pos: self.pos, out, cut, time: self.time, zone: self.zone, args };
        if odd {
            return Some(odd::line(&mut narrator.rng, &record, room > 4_000_000));
        }
        self.line.clear();
        record.push(&mut self.line);
        None
    }

    /// Moves clock and counter on. Several threads push, so a time now and then steps back.
    fn tick(&mut self, narrator: &mut Narrator) {
        let rng = &mut narrator.rng;
        // A pause, some work, another thread's record, and mostly bursts.
        let nanos = match rng.u32(0..64) {
            0 => rng.i64(100_000_000..2_500_000_000),
            1..10 => rng.i64(1_000_000..60_000_000),
            10 => -rng.i64(0..40_000_000),
            _ => rng.i64(2_000..900_000),
        };
        self.time += nanos;
        let repeated = self.writer == Writer::Agent && rng.u32(0..4) == 0;
        if self.writer != Writer::Delegate && !repeated {
            self.pos += 1;
        }
        // Java's clock has milliseconds.
        if matches!(self.writer, Writer::Delegate) {
            self.time -= self.time.rem_euclid(1_000_000);
            // The clock of milliseconds would stand still on small steps.
            self.time += 1_000_000 * i64::from(rng.u32(0..3) == 0);
        }
        narrator.now = self.time;
    }

    /// A line past the platform's limit: minified text, cut. The limits are in bytes, of the log service for
    /// the delegate and of the build's own writer for others.
    fn overflow(&mut self, narrator: &mut Narrator) -> Cut {
        let limit = if self.writer == Writer::Delegate { 25_600 } else { 71_680 };
        while self.message.len() < limit {
            self.message.push_str("{\"k\":\"");
            narrator.base64(40, &mut self.message);
            self.message.push_str("\",\"w\":\"");
            narrator.sentence(&mut self.message);
            self.message.push_str("\"},");
        }
        // The platform cuts bytes. A string cannot end within a character, so `Cut` says that it would.
        let end = (0..=limit).rev().find(|&at| self.message.is_char_boundary(at)).unwrap_or(0);
        self.message.truncate(end);
        if narrator.rng.bool() { Cut::InsideCharacter } else { Cut::BetweenCharacters }
    }

    /// What the writer does to a message: the delegate colours warnings and errors, line by line; the
    /// runner leaves the newline at the end, which a cut takes away.
    fn finish_message(&mut self, level: Level, cut: Cut) {
        match self.writer {
            Writer::Delegate => {
                let colour = match level {
                    Level::Warn => "\x1b[1;93m\x1b[40m",
                    Level::Error | Level::Fatal => "\x1b[1;91m\x1b[40m",
                    _ => return,
                };
                let lines: Vec<_> = self
                    .message
                    .trim_end_matches('\n')
                    .split('\n')
                    .map(|l| format!("{colour}{l}\x1b[0m"))
                    .collect();
                self.message = lines.join("\n");
            }
            Writer::Runner | Writer::Addon if cut == Cut::Whole => {
                self.message.push_str(if self.crlf { "\r\n" } else { "\n" });
            }
            _ => {}
        }
    }
}

impl Level {
    /// The delegate's name of the level; its enumeration has no TRACE.
    fn java(self) -> &'static str {
        match self {
            Self::Trace | Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// Every kind of odd line by name, without its newline, made from a record of the delegate.
pub(super) fn odd_lines() -> Vec<(&'static str, Vec<u8>)> {
    let record = Record {
        level: "INFO",
        pos: 7,
        out: "Deployed \"cart\" <1.4.2> & 2 more\n",
        cut: Cut::Whole,
        time: START + 61_250_000_000,
        zone: 0,
        args: Args::Null,
    };
    odd::all(&record)
}
