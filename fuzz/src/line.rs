//! One line: the ways to parse that take lines alone agree with serde_json's. (The fast way takes
//! blocks: see `block`.)

use std::cell::RefCell;

use ripsaw::format::harness::KEYS;
use ripsaw::json::Parser;
use ripsaw::record::Record;
use serde_json::Value;

thread_local! {
    /// Used again from line to line, as in a conversion: what it remembers must not matter.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new(KEYS));
}

/// # Panics
/// Where they differ.
pub fn run(bytes: &[u8]) {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let shown = |record: &Record<'_>| format!("{record:?}");
    PARSER.with_borrow_mut(|parser| {
        let thorough = parser.parse_thoroughly(line, shown);
        assert_eq!(parser.parse(line, shown), thorough);
        let value = serde_json::from_slice::<Value>(line);
        assert_eq!(thorough.is_ok(), matches!(value, Ok(Value::Object(_))));
    });
}
