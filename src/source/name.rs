//! Names of the members of archives.

/// The upper half of code page 437, the encoding of names without the UTF-8 flag
/// (APPNOTE.TXT, appendix D).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// An entry's name as text. Writers often leave the UTF-8 flag out, so whatever is valid UTF-8 is
/// taken as such; the rest is code page 437, which keeps different names different.
pub(super) fn decode(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw.iter().map(|&byte| cp437(byte)).collect(),
    }
}

/// Whether a desktop wrote it beside what people keep, so that it is no entry of any bundle.
pub(super) fn is_clutter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let names = ["Thumbs.db", "desktop.ini"];
    name == ".DS_Store"
        || names.iter().any(|clutter| name.eq_ignore_ascii_case(clutter))
        || path.split('/').any(|part| part == "__MACOSX")
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => byte.into(),
        Some(upper) => CP437.chars().nth(upper.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn names() {
        assert_eq!(super::CP437.chars().count(), 128);
        assert_eq!(decode("Überprüfung/✓".as_bytes()), "Überprüfung/✓");
        assert_eq!(decode(b"\x9aberpr\x81fung"), "Überprüfung");
        assert_eq!(decode(b"a\xff"), "a\u{a0}");
    }
}
