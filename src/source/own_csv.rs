//! The header of a CSV file that ripsaw wrote, or that a spreadsheet program saved again. Such a file
//! has rows that are converted already: read as a log, each would give another row.

use super::BYTE_ORDER_MARK;
use super::written::COLUMNS;

/// The first columns of the table of lines; any other of its columns follows, as those that nothing fills may be left
/// out.
const LINES: [&str; 3] = ["bundle", "file", "line"];

/// Those of the table of entries.
const ENTRIES: [&str; 4] = ["bundle", "file", "account", "org"];

/// Whether a file that begins so has ripsaw's columns: in UTF-8 or UTF-16, with or without a mark,
/// quoted or not, separated by commas, semicolons or tabs.
pub(super) fn is_header(head: &[u8]) -> bool {
    let text = BYTE_ORDER_MARK;
    let text = [text, b"\xff\xfe", b"\xfe\xff"].iter().find_map(|mark| head.strip_prefix(*mark));
    // Zero bytes are dropped instead of decoding UTF-16: the names of the columns are ASCII.
    let mut letters = text.unwrap_or(head).iter().copied();
    // In UTF-16 a 0 may come first. This rules nearly all files out at once: `b` of `bundle`, or a
    // quote.
    if !matches!(letters.clone().find(|&byte| byte != 0), Some(b'b' | b'"')) {
        return false;
    }
    let line = letters.by_ref().take(LONGEST).filter(|&byte| byte != 0);
    let line: Vec<u8> = line.take_while(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let is_ours = |separator: &u8| {
        let mut names = line.split(|byte| byte == separator).map(unquoted);
        let names = [(); 4].map(|()| names.next().unwrap_or_default());
        let begins = |columns: &[&str]| columns.iter().zip(names).all(|(a, b)| a.as_bytes() == b);
        let is_own = |name: &[u8]| COLUMNS[LINES.len()..].iter().any(|own| own.as_bytes() == name);
        begins(&ENTRIES) || begins(&LINES) && is_own(names[3])
    };
    b",;\t".iter().any(is_ours)
}

/// Bytes that the first four columns have at most: in UTF-16, with quotes and separators.
const LONGEST: usize = 96;

/// A name without the quotes around it, if it has both.
fn unquoted(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::is_header;

    #[test]
    fn headers_of_ours() {
        for (header, is_ours) in [
            ("bundle,file,line,account,org", true),
            ("bundle;file;account;org;project", true),
            ("\"bundle\"\t\"file\"\t\"line\"\t\"account\"\t\"org\"", true),
            ("bundle,file,line,message\r", true),
            ("bundle,file,line,level,message", true),
            ("bundle,file,line,accounting", false),
            ("bundle,file;line,account,org", false),
            ("bundle,file,line\naccount,org", false),
            ("b", false),
            ("", false),
        ] {
            let wide: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(is_header(header.as_bytes()), is_ours, "{header}");
            assert_eq!(is_header(&[b"\xff\xfe", &wide[..]].concat()), is_ours, "{header}");
            assert_eq!(is_header(&wide), is_ours, "{header}");
        }
    }
}
