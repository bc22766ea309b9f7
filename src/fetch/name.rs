//! Names of files, made of what servers and users say: never paths, and no two the same on file systems that
//! ignore case.

use twox_hash::XxHash3_64;

/// The longest name, without its extension: file systems allow 255 bytes.
const LONGEST: usize = 150;

/// Whether Windows has a device of this name.
fn is_device(stem: &str) -> bool {
    let is_port = |name: &str| stem.strip_prefix(name).is_some_and(|number| number.len() == 1);
    ["con", "prn", "aux", "nul"].contains(&stem) || is_port("com") || is_port("lpt")
}

/// A name of parts, joined by `-`, as far as it is safe: letters, digits, `.`, `_` and `-`. What was changed has
/// a hash of the original at its end, so that two ids never share a name.
pub(super) fn file_name(parts: &[&str]) -> String {
    let whole = parts.join("-");
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let mut name: String = whole.chars().map(safe).collect();
    // A leading `.` hides a file, and a leading `-` makes an option of it.
    let start = name.trim_start_matches(['.', '-']).len();
    name = name.split_off(name.len() - start);
    name.truncate(LONGEST);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    // Windows drops a `.` at the end.
    let is_odd = name != whole || name.is_empty() || name.ends_with('.') || is_device(&stem);
    if is_odd { with_hash(&name, &whole) } else { name }
}

/// A name with a hash of what it names.
pub(super) fn with_hash(name: &str, of: &str) -> String {
    format!("{}~{:08x}", name.trim_end_matches('.'), XxHash3_64::oneshot(of.as_bytes()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_never_paths() {
        assert_eq!(file_name(&["Release_1", "12", "aT5-x"]), "Release_1-12-aT5-x");
        assert_eq!(file_name(&["HG7ML7M8z78YcAPEB"]), "HG7ML7M8z78YcAPEB");
        let odd = [
            "..",
            "",
            "../../etc/passwd",
            "-o",
            "a/b",
            "a\\b",
            "a:b",
            "CON",
            "com1",
            "nul.log",
            "a\0b",
            "ü",
            ".hidden",
            "end.",
        ];
        let names: Vec<String> = odd.iter().map(|id| file_name(&[id])).collect();
        for (name, id) in names.iter().zip(odd) {
            assert!(name.contains('~'), "{id}: {name}");
            assert!(
                !name.starts_with(['.', '-']) && !name.contains(['/', '\\', ':', '\0']),
                "{id}: {name}"
            );
        }
        let distinct: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), odd.len());
        assert!(file_name(&[&"x".repeat(1000)]).len() < 200);
    }
}
