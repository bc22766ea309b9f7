//! The text of an entry: every row and every count is the oracle's.

use std::cell::RefCell;

use ripsaw_testkit::check::{Check, Way};

thread_local! {
    static CHECK: RefCell<Check> = RefCell::new(Check::new());
}

/// # Panics
/// Where they differ.
pub fn run(text: &[u8]) {
    let lines = text.iter().filter(|&&byte| byte == b'\n').count() + 1;
    // Different texts lie differently, and one text always the same.
    let before = text.len() % 64;
    let ways = [
        Way::default(),
        Way { before, behind: true, cuts: vec![lines / 2], ..Way::default() },
        Way { before, fails: true, keep_ansi: true, ..Way::default() },
        Way { before, short: true, ..Way::default() },
    ];
    CHECK.with_borrow_mut(|check| {
        if let Some(said) = check.difference(text, &ways) {
            panic!("{said}");
        }
    });
}
