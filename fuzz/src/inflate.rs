//! A raw deflate stream as the member of a zip: the text is flate2's.

use std::io::Write;
use std::sync::LazyLock;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use ripsaw::source::{Ending, MapPolicy};

use crate::read::{Input, contents};
use ripsaw_testkit::oracle;

/// More text than this would take too long.
const MOST: usize = 64 << 20;

/// Entries above a megabyte are streamed.
const STREAMED: usize = 9 << 20;

/// # Panics
/// Where the text differs, or the rows of a sound stream do from the oracle's.
pub fn run(bytes: &[u8]) {
    let Some((mode, stream)) = bytes.split_first() else { return };
    let large = *mode >= 0xf0;
    let stream = if large { [&**BLANK, stream].concat() } else { stream.to_vec() };
    let Some((text, whole)) = inflated(&stream) else { return };
    if is_wrapped(&text) {
        return;
    }
    // The text's own length, one above or one below: the other two are damage.
    let declared = match mode % 8 {
        1 => text.len() + 1,
        2 => text.len().saturating_sub(1),
        3 => STREAMED + text.len(),
        _ => text.len(),
    };
    let crc = crc32fast::hash(&text) ^ u32::from(mode % 8 == 4);
    let sound = whole && declared == text.len() && mode % 8 != 4;
    let zip = zip(&stream, declared as u32, crc);
    let input = Input::new("logs.zip", &zip);
    for map in [MapPolicy::Always, MapPolicy::Never] {
        let catalog = input.open(map).expect("the zip is sound");
        let contents = contents(&catalog);
        let [entry] = &*contents.texts else { panic!("{} entries", contents.texts.len()) };
        assert_eq!(entry.ending == Ending::Whole, sound, "{:?}", entry.ending);
        // How much is kept before damage is the decoder's choice; it must be the text.
        let kept = entry.bytes.len().min(text.len());
        assert!(entry.bytes[..kept] == text[..kept], "the text differs");
        assert!(!whole || entry.bytes.len() == text.len() || declared != text.len());
        if sound && !large {
            let lines: i64 = contents.tallies.iter().map(|(_, tally)| tally.lines).sum();
            assert_eq!(lines, oracle::rows(input.path(), 64 << 20).len() as i64);
        }
    }
}

/// A container in the member is the business of others.
fn is_wrapped(text: &[u8]) -> bool {
    [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK"].iter().any(|magic| text.starts_with(magic))
}

/// The text as far as it goes and whether that is to its end; `None` where there is too much.
fn inflated(stream: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut state = Decompress::new(false);
    let mut text = Vec::new();
    let mut part = vec![0; 1 << 16];
    while text.len() <= MOST {
        let (read, written) = (state.total_in() as usize, state.total_out());
        let status = state.decompress(&stream[read..], &mut part, FlushDecompress::Finish);
        text.extend_from_slice(&part[..(state.total_out() - written) as usize]);
        match status {
            Ok(Status::StreamEnd) => return Some((text, true)),
            Ok(_) if state.total_out() > written => {}
            _ => return Some((text, false)),
        }
    }
    None
}

/// Blank lines in blocks that are no last ones, to a byte's end.
static BLANK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut line = vec![b' '; 1 << 16];
    line.push(b'\n');
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..STREAMED >> 16 {
        encoder.write_all(&line).expect("memory takes all");
    }
    encoder.flush().expect("memory takes all");
    std::mem::take(encoder.get_mut())
});

/// An archive of one member.
pub fn zip(stream: &[u8], declared: u32, crc: u32) -> Vec<u8> {
    const NAME: &[u8] = b"acc/acc/pipeline/p/1/-run/stage/step";
    let number = |value: usize| (value as u32).to_le_bytes();
    let sizes = [number(crc as usize), number(stream.len()), number(declared as usize)].concat();
    let name = (NAME.len() as u16).to_le_bytes();
    let shared = [&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x58][..], &sizes, &name, &[0, 0]].concat();
    let local = [b"PK\x03\x04", &*shared, NAME, stream].concat();
    let central = [b"PK\x01\x02\x14\x00", &*shared, &[0; 14], NAME].concat();
    let places = [number(central.len()), number(local.len())].concat();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &places, &[0, 0]].concat();
    [local, central, end].concat()
}
