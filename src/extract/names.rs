//! Names of files for names in archives: such that Windows, macOS and Linux take them, and no two are one.
//!
//! - A part of a path that some system refuses or changes is escaped, as `%3A` for `:`: what
//!   [Windows](https://learn.microsoft.com/windows/win32/fileio/naming-a-file) reserves, `.` and `..`,
//!   dots and blanks at the end, and an empty part (`%`).
//! - A long part is cut and gets a hash of the whole; of a long path the first folders become one, whose name is
//!   their hash.
//! - Names that differ only in case or in how letters are composed are one name on Windows or macOS: all but the first
//!   get a number, `a~2.log`, and so does a folder that is called as a file is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use twox_hash::XxHash3_64;
use unicode_normalization::UnicodeNormalization as _;

/// Bytes of a part. File systems take 255 of them; `~2` and what others append must fit, too.
const LONGEST_PART: usize = 150;

/// Bytes of a path. Windows' own tools take 260 letters, with the folder that it is extracted to.
const LONGEST_PATH: usize = 200;

/// Names that are given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The folders, by the folder that they are in, as it is called here, and their own name.
    folders: HashMap<(String, String), String>,
    /// What is taken, as the least exact file system compares it, and the number that is tried next.
    taken: HashMap<String, usize>,
}

impl Names {
    /// The file for the entry of this name, with `/` between parts; in the folder `root`, or in none if that is
    /// empty. Of two entries with one name each gets its own.
    pub(super) fn file(&mut self, root: &str, name: &str) -> String {
        let parts: Vec<&str> = name.split('/').collect();
        let escaped: Vec<String> = parts.iter().map(|part| escape(part)).collect();
        // From which part on the path is short enough.
        let mut length = root.len() + escaped.iter().map(|part| part.len() + 1).sum::<usize>();
        let hashed = HASH + 2;
        let (mut first, last) = (0, parts.len() - 1);
        while first < last && length + if first > 0 { hashed } else { 0 } > LONGEST_PATH {
            length -= escaped[first].len() + 1;
            first += 1;
        }
        let mut path = root.to_owned();
        if first > 0 {
            let whole = parts[..first].join("/");
            path = self.folder(path, format!("\0{whole}"), &format!("~{}", hash(&whole)));
        }
        for (part, escaped) in parts[first..last].iter().zip(&escaped[first..last]) {
            path = self.folder(path, (*part).to_owned(), escaped);
        }
        self.take(&path, &escaped[last])
    }

    /// The folder of this name in another.
    fn folder(&mut self, inside: String, name: String, escaped: &str) -> String {
        match self.folders.entry((inside, name)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let path = take(&mut self.taken, &new.key().0, escaped);
                new.insert(path).clone()
            }
        }
    }

    /// A new path for this part in a folder.
    pub(super) fn take(&mut self, inside: &str, part: &str) -> String {
        take(&mut self.taken, inside, part)
    }
}

/// As [`Names::take`].
fn take(taken: &mut HashMap<String, usize>, inside: &str, part: &str) -> String {
    let join = |part: &str| match inside {
        "" => part.to_owned(),
        inside => format!("{inside}/{part}"),
    };
    let plain = join(part);
    let mut number = match taken.entry(folded(&plain)) {
        Entry::Vacant(free) => {
            free.insert(2);
            return plain;
        }
        Entry::Occupied(number) => *number.get(),
    };
    loop {
        let other = join(&numbered(part, number));
        number += 1;
        if let Entry::Vacant(free) = taken.entry(folded(&other)) {
            free.insert(2);
            // The next of this name need not try those before.
            taken.insert(folded(&plain), number);
            return other;
        }
    }
}

/// What equal names of the least exact file systems have in common.
fn folded(path: &str) -> String {
    match path.is_ascii() {
        true => path.to_ascii_lowercase(),
        // Case may depend on composition, and the other way round.
        false => path.nfkc().collect::<String>().to_lowercase().to_uppercase().nfkc().collect(),
    }
}

/// A part with a number before its suffix: `a~2.log`.
fn numbered(part: &str, number: usize) -> String {
    const LONGEST_SUFFIX: usize = 8;
    let dot = part.rfind('.').filter(|dot| *dot > 0 && part.len() - dot <= LONGEST_SUFFIX);
    let (stem, suffix) = part.split_at(dot.unwrap_or(part.len()));
    format!("{stem}~{number}{suffix}")
}

/// Letters of a hash.
const HASH: usize = 16;

fn hash(text: &str) -> String {
    format!("{:016x}", XxHash3_64::oneshot(text.as_bytes()))
}

/// A part of a path as the name of a file. What is escaped can be read back, unless the part is cut.
pub(super) fn escape(part: &str) -> String {
    if part.is_empty() {
        return "%".to_owned();
    }
    let bytes = part.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let is_reserved = is_device(part);
    let mut escaped = String::with_capacity(part.len());
    for (at, letter) in part.char_indices() {
        let is_last = at + letter.len_utf8() == part.len();
        let is_unusual = match letter {
            '\0'..='\x1f' | '\x7f' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' => true,
            // Else it would be taken for an escape.
            '%' => is_hex(at + 1) && is_hex(at + 2) || part.len() == 1,
            '.' | ' ' => is_last || part == "..",
            _ => is_reserved && at == 0,
        };
        match is_unusual {
            // All of these are ASCII.
            true => escaped.push_str(&format!("%{:02X}", letter as u32)),
            false => escaped.push(letter),
        }
    }
    if escaped.len() <= LONGEST_PART {
        return escaped;
    }
    let suffix =
        escaped.rfind('.').filter(|dot| escaped.len() - dot <= HASH).unwrap_or(escaped.len());
    let room = LONGEST_PART - (escaped.len() - suffix) - HASH - 1;
    let end = (0..=room).rev().find(|&end| escaped.is_char_boundary(end)).unwrap_or(0);
    format!("{}~{}{}", &escaped[..end], hash(part), &escaped[suffix..])
}

/// Whether Windows takes a name for a device, whatever follows its first dot.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let stem = stem.to_ascii_uppercase();
    if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut letters = number.unwrap_or_default().chars();
    matches!((letters.next(), letters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a part was, unless it was cut.
    fn unescape(part: &str) -> String {
        let mut bytes = part.bytes().collect::<std::collections::VecDeque<_>>();
        let mut plain = Vec::new();
        if part == "%" {
            return String::new();
        }
        while let Some(byte) = bytes.pop_front() {
            let code = (byte == b'%' && bytes.len() > 1)
                .then(|| std::str::from_utf8(&[bytes[0], bytes[1]]).ok().map(str::to_owned))
                .flatten()
                .and_then(|code| u8::from_str_radix(&code, 16).ok())
                .filter(|_| bytes[0].is_ascii_hexdigit() && bytes[1].is_ascii_hexdigit());
            match code {
                Some(code) => {
                    plain.push(code);
                    bytes.drain(..2);
                }
                None => plain.push(byte),
            }
        }
        String::from_utf8(plain).unwrap()
    }

    /// Whether all systems take it as it is.
    fn is_safe(path: &str) -> bool {
        path.len() <= LONGEST_PATH + 20
            && path.split('/').all(|part| {
                !part.is_empty()
                    && part.len() <= LONGEST_PART + 20
                    && !part.ends_with(['.', ' '])
                    && !is_device(part)
                    && !part
                        .chars()
                        .any(|letter| letter.is_ascii_control() || "<>:\"|?*\\".contains(letter))
            })
    }

    #[test]
    fn parts_are_escaped_and_read_back() {
        let cases = [
            ("a.log", "a.log"),
            ("-commandUnit:x", "-commandUnit%3Ax"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            (".hidden", ".hidden"),
            ("", "%"),
            ("%", "%25"),
            ("100%", "100%"),
            ("%41", "%2541"),
            ("%4:", "%4%3A"),
            ("a.", "a%2E"),
            ("a. ", "a.%20"),
            ("C:", "C%3A"),
            ("a\\b", "a%5Cb"),
            ("x\0\u{1b}", "x%00%1B"),
            ("con", "%63on"),
            ("Aux.tar.gz", "%41ux.tar.gz"),
            ("COM¹ .log", "%43OM¹ .log"),
            ("com10", "com10"),
            ("größe", "größe"),
        ];
        for (part, escaped) in cases {
            assert_eq!(escape(part), escaped);
            assert_eq!(unescape(escaped), part);
        }
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..50_000 {
            let letters =
                ["%", "2", "5", "A", ":", ".", " ", "a", "\\", "ö", "\n", "nul", "E", "~"];
            let part: String =
                (0..random.usize(0..9)).map(|_| random.choice(letters).unwrap()).collect();
            assert_eq!(unescape(&escape(&part)), part);
            assert!(is_safe(&escape(&part)), "{part:?}");
        }
    }

    #[test]
    fn long_ones_are_cut_and_stay_apart() {
        let long = |last: &str| format!("{}{last}", "größer".repeat(60));
        let names = [long("1.log"), long("2.log"), long("1"), "x".repeat(65_535)];
        let cut: Vec<String> = names.iter().map(|name| escape(name)).collect();
        assert!(cut.iter().all(|name| is_safe(name)), "{cut:?}");
        assert!(cut[0].ends_with(".log") && cut[0] != cut[1] && cut[0] != cut[2]);
        let mut all = Names::default();
        let deep = "account:1/pipeline/".repeat(20);
        let (a, b) = (format!("{deep}Build/a.log"), format!("{deep}Build/b.log"));
        let (a, b) = (all.file("", &a), all.file("", &b));
        assert!(is_safe(&a) && a.starts_with('~') && a.ends_with("/Build/a.log"), "{a}");
        assert_eq!(a.rsplit_once('/').unwrap().0, b.rsplit_once('/').unwrap().0);
    }

    #[test]
    fn equal_names_get_numbers() {
        let mut names = Names::default();
        let cases = [
            ("a.log", "a.log"),
            ("A.LOG", "A~2.LOG"),
            ("a.log", "a~3.log"),
            ("a~2.log", "a~2~2.log"),
            ("a", "a"),
            ("a/b", "a~2/b"),
            ("a/c", "a~2/c"),
            ("A/c", "A~3/c"),
            ("d/e", "d/e"),
            ("d", "d~2"),
            ("\u{e9}", "\u{e9}"),
            ("e\u{301}", "e\u{301}~2"),
            ("E\u{301}", "E\u{301}~3"),
            ("/etc/passwd", "%/etc/passwd"),
            ("../../x", "%2E%2E/%2E%2E/x"),
            ("f//g", "f/%/g"),
            ("f/", "f/%~2"),
        ];
        for (name, file) in cases {
            assert_eq!(names.file("", name), file);
        }
        assert_eq!(names.file("logs.zip", "a.log"), "logs.zip/a.log");
    }

    #[test]
    fn any_names_give_files_of_their_own() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..300 {
            let mut names = Names::default();
            let (mut files, mut folders) = (Vec::new(), Vec::new());
            for _ in 0..80 {
                let parts =
                    ["a", "A", "b", "", "..", "a~2", "ä", "a\u{308}", "nul", "/", "x/y", ":"];
                let name: String =
                    (0..random.usize(1..5)).map(|_| random.choice(parts).unwrap()).collect();
                let file = names.file("", &name);
                assert!(is_safe(&file), "{name:?} {file:?}");
                let ends = file.match_indices('/').map(|(at, _)| at);
                folders.extend(ends.map(|end| folded(&file[..end])));
                files.push(folded(&file));
            }
            let all = files.len();
            files.sort_unstable();
            files.dedup();
            assert_eq!(files.len(), all);
            assert!(folders.iter().all(|folder| files.binary_search(folder).is_err()));
        }
    }

    #[test]
    fn a_name_that_comes_often_takes_linear_time() {
        let mut names = Names::default();
        let last = (0..100_000).map(|_| names.file("", "x/a.log")).last().unwrap();
        assert_eq!(last, "x/a~100000.log");
    }
}
