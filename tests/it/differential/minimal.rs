//! The smallest text that still fails.

/// Removes lines, then bytes, then makes what is left plain, as long as `fails` holds.
pub(super) fn minimal(text: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let lines = fewest(lines, |lines| fails(&lines.concat()));
    let mut bytes = lines.concat();
    loop {
        let before = bytes.clone();
        bytes = fewest(bytes, &mut fails);
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], b'a');
            if kept == b'a' || !fails(&bytes) {
                bytes[at] = kept;
            }
        }
        if bytes == before {
            return bytes;
        }
    }
}

/// Removes runs of ever fewer elements.
fn fewest<T: Clone>(mut kept: Vec<T>, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut run = kept.len() / 2;
    while run > 0 {
        let mut at = 0;
        while at < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(at..(at + run).min(kept.len()));
            if fails(&fewer) {
                kept = fewer;
            } else {
                at += run;
            }
        }
        run /= 2;
    }
    kept
}

#[test]
fn what_fails_is_found() {
    let text = b"one\ntwo \"x\"\nthree\nfour\n".repeat(9);
    assert_eq!(minimal(&text, |text| text.windows(2).any(|two| two == b"\"\n")), b"\"\n");
    let both = |text: &[u8]| text.contains(&b'h') && text.len() > 6;
    assert_eq!(minimal(&text, both).len(), 7);
}
