//! Ids for what a platform never named: always the same for the same archive, in whatever folder it is.

use std::collections::HashMap;

use twox_hash::XxHash3_64;

use crate::source::Catalog;

/// A number that is always the same for these texts.
pub(super) fn hash(parts: &[&str]) -> u128 {
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(part.as_bytes());
        // No text has this byte, so that parts do not run together.
        text.push(0xff);
    }
    let [high, low] = [0, 1].map(|seed| XxHash3_64::oneshot_with_seed(seed, &text));
    u128::from(high) << 64 | u128::from(low)
}

/// An id in the form of a UUID that is always the same for the same parts.
pub(super) fn uuid(parts: &[&str]) -> String {
    let hash = hash(parts);
    let (high, low) = ((hash >> 64) as u64, hash as u64);
    // Version 8 is for values that an application makes by rules of its own (RFC 9562).
    let high = high & !0xf000 | 0x8000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

/// For each bundle a name without the folder that it is in, different from those of the others.
pub(super) fn bundle_keys(catalog: &Catalog) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let keys = catalog.bundles.iter().map(|bundle| {
        let name = bundle.name.trim_end_matches(['/', '\\']);
        // Within an archive, folders tell the bundles apart.
        let outer = name.split('!').next().unwrap_or(name);
        let folder = outer.rfind(['/', '\\']).map_or(0, |at| at + 1);
        let key = &name[folder..];
        let times = seen.entry(key.to_owned()).or_default();
        *times += 1;
        if *times == 1 { key.to_owned() } else { format!("{key}#{times}") }
    });
    keys.collect()
}
