//! Deflated text can be entered at the beginning of any block.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use ripsaw::source::inflate::{Inflater, Stop};

/// Where a block is in the data, in bits, the text just before it, and how much text that is in all.
type Noted = (u64, Vec<u8>, usize);

/// Decodes to the end, and takes the data and gives out the text in pieces of these sizes. `pause`: notes the
/// blocks after so much text each; where they are, in bits, the text before them and how much that is.
fn decode(
    inflater: &mut Inflater,
    data: &[u8],
    sizes: (usize, usize),
    pause: Option<usize>,
) -> (Vec<u8>, Vec<Noted>) {
    let (mut text, mut blocks, mut read) = (Vec::new(), Vec::new(), 0);
    inflater.pause_after(pause);
    let mut into = vec![0; sizes.1];
    loop {
        let input = &data[read..data.len().min(read + sizes.0)];
        let outcome = inflater.inflate(input, &mut into);
        read += outcome.read;
        text.extend_from_slice(&into[..outcome.written]);
        match outcome.stop {
            Stop::Block => {
                let (bit, history) = inflater.block();
                blocks.push((bit, history.to_vec(), text.len()));
                inflater.pause_after(pause);
            }
            Stop::End => return (text, blocks),
            Stop::Damage => panic!("damage after {} bytes of text", text.len()),
            Stop::Input if read == data.len() => panic!("the data is short"),
            Stop::Input | Stop::Output => {}
        }
    }
}

/// Deflated text, whose parts begin new blocks; with level 0 all blocks are stored.
fn deflated(parts: &[Vec<u8>], level: u32) -> (Vec<u8>, Vec<u8>) {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    for part in parts {
        encoder.write_all(part).unwrap();
        encoder.flush().unwrap();
    }
    (encoder.finish().unwrap(), parts.concat())
}

proptest! {
    #[test]
    fn what_follows_a_block_is_decoded_from_there(
        parts in prop::collection::vec(
            prop::collection::vec(prop::sample::select(b"abcdefgh \n{\"".to_vec()), 0..90_000),
            1..5,
        ),
        level in 0_u32..10,
        sizes in (1_usize..70_000, 1_usize..200_000),
        pause in 1_usize..60_000,
    ) {
        let (data, text) = deflated(&parts, level);
        let (whole, blocks) = decode(&mut Inflater::new(), &data, sizes, Some(pause));
        prop_assert_eq!(&whole, &text);
        for (bit, history, at) in blocks {
            prop_assert!(text[..at].ends_with(&history));
            prop_assert!(history.len() == at.min(32 << 10));
            let mut inflater = Inflater::resumed(&history, (bit % 8) as u32);
            let (rest, _) = decode(&mut inflater, &data[(bit / 8) as usize..], sizes, None);
            prop_assert_eq!(&rest, &text[at..]);
        }
    }
}
