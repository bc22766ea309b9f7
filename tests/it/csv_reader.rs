//! CSV read back by a state machine that tells `""` from an empty field.

/// A field, and whether it stood in quotes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CsvField {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

/// Reads RFC 4180 strictly: every record ends in CRLF, a bare field has no special character.
pub(crate) fn read_csv(bytes: &[u8]) -> Vec<Vec<CsvField>> {
    let input: Vec<char> = std::str::from_utf8(bytes).unwrap().chars().collect();
    let (mut records, mut record, mut at) = (Vec::new(), Vec::new(), 0);
    while at < input.len() {
        let mut field = CsvField { text: String::new(), quoted: input[at] == '"' };
        if field.quoted {
            at += 1;
            while input[at] != '"' || input.get(at + 1) == Some(&'"') {
                at += usize::from(input[at] == '"');
                field.text.push(input[at]);
                at += 1;
            }
            at += 1;
        } else {
            while !matches!(input[at], ',' | '\r') {
                assert!(!matches!(input[at], '"' | '\n'), "special character in a bare field");
                field.text.push(input[at]);
                at += 1;
            }
        }
        record.push(field);
        if input[at] == ',' {
            at += 1;
            continue;
        }
        assert_eq!(input[at..at + 2], ['\r', '\n'], "after a field");
        at += 2;
        records.push(std::mem::take(&mut record));
    }
    assert!(record.is_empty(), "the last record has no end");
    records
}
