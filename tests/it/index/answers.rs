//! The same rows and counts with an index as without.

use std::sync::Arc;

use arrow::array::AsArray;
use ripsaw::query::{Filter, Levels, Matcher, PatternOptions, Selection};
use ripsaw::scan::IndexPolicy;

use super::{answer, index, inputs, scan};
use crate::convert::Folder;

/// What is asked of each input is multiplied by this.
fn times() -> usize {
    std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap())
}

/// Questions about an input: its own texts and times, and others.
struct Questions {
    random: fastrand::Rng,
    texts: Vec<String>,
    times: Vec<i64>,
}

impl Questions {
    fn pattern(&mut self) -> String {
        let random = &mut self.random;
        if self.texts.is_empty() || random.u8(..4) == 0 {
            let length = random.usize(1..16);
            return (0..length).map(|_| random.char('!'..='~')).collect();
        }
        let text = &self.texts[random.usize(..self.texts.len())];
        let characters: Vec<char> = text.chars().collect();
        let start = random.usize(..characters.len());
        let length = random.usize(1..24).min(characters.len() - start);
        characters[start..start + length].iter().collect()
    }

    fn matcher(&mut self) -> Matcher {
        let mut patterns: Vec<String> = vec![self.pattern()];
        if self.random.u8(..4) == 0 {
            patterns.push(self.pattern());
        }
        let random = &mut self.random;
        let options = PatternOptions {
            fixed_strings: true,
            ignore_case: random.u8(..3) == 0,
            smart_case: random.u8(..6) == 0,
            word_regexp: random.u8(..8) == 0,
            line_regexp: random.u8(..10) == 0,
            invert_match: random.u8(..10) == 0,
        };
        if options.ignore_case && random.bool() {
            // Letters that are equal to others outside of ASCII, too.
            patterns[0] = patterns[0].replace('k', "\u{212a}").to_uppercase();
        }
        if random.u8(..3) == 0 {
            // A regular expression that needs the literal, and more.
            let escaped: Vec<String> = patterns.iter().map(|text| regex::escape(text)).collect();
            let regex = format!("({})+|{}", escaped.join("|"), r"^\d{3}\bnever");
            let options = PatternOptions { fixed_strings: false, ..options };
            return Matcher::new(&[regex], options).unwrap();
        }
        Matcher::new(&patterns, options).unwrap()
    }

    fn filter(&mut self) -> Filter {
        let mut filter = Filter::default();
        let random = &mut self.random;
        if random.u8(..3) == 0 {
            let all = ["ERROR+", "FATAL", "WARN", "DEBUG,TRACE", "INFO"];
            filter.levels = Some(Levels::parse(all[random.usize(..all.len())]).unwrap());
        }
        if random.u8(..3) == 0 && !self.times.is_empty() {
            let time = self.times[random.usize(..self.times.len())];
            let width = [1, 1_000_000_000, 60_000_000_000, i64::MAX / 4][random.usize(..4)];
            filter.since = (random.u8(..4) > 0).then_some(time);
            filter.until = (random.u8(..4) > 0).then_some(time.saturating_add(width));
        }
        if random.u8(..8) == 0 {
            let all = [
                "line le 50 or level eq 'ERROR'",
                "level ge 'ERROR' and contains(message, 'a')",
                "not (level eq 'INFO')",
                "level in ('WARN', 'FATAL') or level eq null",
            ];
            filter = filter.expression(all[random.usize(..all.len())]).unwrap();
        }
        filter
    }

    fn selection(&mut self) -> Selection {
        let matcher = (self.random.u8(..4) > 0).then(|| Arc::new(self.matcher()));
        // The message, or other columns.
        let searched = if self.random.u8(..8) == 0 { vec![1, 14] } else { Vec::new() };
        Selection { filter: self.filter(), matcher, searched }
    }
}

#[test]
fn random_questions_have_the_same_answers() {
    let folder = Folder::new();
    let (mut unread, mut parts, mut asked, mut found) = (0, 0, 0, 0);
    for input in inputs(&folder) {
        let plain = scan(std::slice::from_ref(&input), IndexPolicy::Never);
        let (all, tallies) = answer(&plain, &Selection::default());
        index(&input);
        let indexed = scan(std::slice::from_ref(&input), IndexPolicy::Beside);
        assert!(indexed.catalog().warnings.len() == plain.catalog().warnings.len(), "{input:?}");
        let texts = all.column_by_name("message").unwrap().as_string::<i32>();
        let stamps = all.column_by_name("timestamp").unwrap();
        let stamps = stamps.as_primitive::<arrow::datatypes::TimestampNanosecondType>();
        let mut questions = Questions {
            random: fastrand::Rng::with_seed(31),
            texts: texts.iter().flatten().filter(|text| !text.is_empty()).map(Into::into).collect(),
            times: stamps.iter().flatten().collect(),
        };
        // A large one takes its time.
        let is_large = all.num_rows() > 5_000;
        assert_eq!(answer(&indexed, &Selection::default()), (all, tallies), "{input:?}");
        for number in 0..if is_large { 25 * times() } else { 170 * times() } {
            let selection = questions.selection();
            let about = || format!("{input:?}, question {number}: {selection:?}");
            let (rows, counts) = answer(&plain, &selection);
            let (own_rows, own_counts) = answer(&indexed, &selection);
            assert_eq!(own_rows.num_rows(), rows.num_rows(), "{}", about());
            assert_eq!(own_rows, rows, "{}", about());
            // Lines that cannot match are not counted, in either.
            if selection.matcher.is_none() {
                assert_eq!(own_counts, counts, "{}", about());
            }
            asked += 1;
            found += usize::from(rows.num_rows() > 0);
            let pruned = indexed.clone().select(selection).pruned(false).unwrap();
            unread += usize::from(pruned.bytes > 0);
            // Some blocks of an entry, and not others.
            let read = pruned.blocks - pruned.by_level - pruned.by_time - pruned.by_text;
            parts +=
                usize::from(pruned.blocks > pruned.indexed && 0 < read && read < pruned.blocks);
        }
    }
    assert!(unread * 4 > asked && found * 4 > asked, "{unread} and {found} of {asked}");
    assert!(parts > 5, "{parts}");
}

/// What is listed of entries is counted from the index alone.
#[test]
fn counts_come_from_the_index() {
    let folder = Folder::new();
    for input in inputs(&folder) {
        let counts = |index| {
            let scan = scan(std::slice::from_ref(&input), index);
            let report = scan.count_all(&mut ()).unwrap();
            format!("{:?}", scan.entries_batch(&report))
        };
        let plain = counts(IndexPolicy::Never);
        index(&input);
        assert_eq!(counts(IndexPolicy::Beside), plain, "{input:?}");
    }
}
