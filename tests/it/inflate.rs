//! The deflate decoder against zlib's: accepts and refuses alike, and gives the same text.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Decompress, FlushDecompress, GzBuilder, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use ripsaw::source::inflate::{Gunzip, Inflated as Portion, Inflater, Stop};

/// Text, and how it ends.
#[derive(PartialEq)]
struct Inflated {
    text: Vec<u8>,
    end: End,
}

#[derive(Debug, PartialEq)]
enum End {
    /// Complete, after so many bytes of input.
    Whole(usize),
    Short,
    Damaged,
}

impl std::fmt::Debug for Inflated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let crc = crc32fast::hash(&self.text);
        write!(f, "{} bytes of CRC {crc:08x}, {:?}", self.text.len(), self.end)
    }
}

/// zlib-rs, which does as zlib does.
fn by_zlib(mut state: Decompress, data: &[u8]) -> Inflated {
    let (mut text, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let (read, written) = (state.total_in() as usize, state.total_out());
        let status = state.decompress(&data[read..], &mut part, FlushDecompress::None);
        let fresh = (state.total_out() - written) as usize;
        text.extend(&part[..fresh]);
        let end = match status {
            Ok(Status::StreamEnd) => End::Whole(state.total_in() as usize),
            Ok(_) if fresh == 0 && state.total_in() as usize == data.len() => End::Short,
            Ok(_) => continue,
            Err(_) => End::Damaged,
        };
        return Inflated { text, end };
    }
}

fn deflate_by_zlib(data: &[u8]) -> Inflated {
    by_zlib(Decompress::new(false), data)
}

fn gzip_by_zlib(data: &[u8]) -> Inflated {
    by_zlib(Decompress::new_gzip(15), data)
}

/// Ours, with input and output in pieces of these sizes, over and over.
fn in_pieces(
    mut inflate: impl FnMut(&[u8], &mut [u8]) -> Portion,
    data: &[u8],
    sizes: &[(usize, usize)],
) -> Inflated {
    let (mut text, mut part, mut read) = (Vec::new(), Vec::new(), 0);
    for &(input, output) in sizes.iter().cycle() {
        part.resize(part.len().max(output), 0xa5);
        let piece = &data[read..data.len().min(read + input)];
        let outcome = inflate(piece, &mut part[..output]);
        text.extend(&part[..outcome.written]);
        // What was written before is not there for a match to find.
        let touched = output.min(outcome.written + 400);
        part[..touched].fill(0xa5);
        read += outcome.read;
        match outcome.stop {
            Stop::Input => {
                assert_eq!(outcome.read, piece.len());
                if read == data.len() {
                    return Inflated { text, end: End::Short };
                }
            }
            Stop::Output => assert_eq!(outcome.written, output),
            Stop::End => return Inflated { text, end: End::Whole(read) },
            Stop::Damage => return Inflated { text, end: End::Damaged },
            Stop::Block => unreachable!("no pause was asked for"),
        }
    }
    unreachable!("there are sizes")
}

fn deflate_in_pieces(data: &[u8], sizes: &[(usize, usize)]) -> Inflated {
    let mut inflater = Inflater::new();
    in_pieces(|input, into| inflater.inflate(input, into), data, sizes)
}

fn gzip_in_pieces(data: &[u8], sizes: &[(usize, usize)]) -> Inflated {
    let mut gunzip = Gunzip::new();
    in_pieces(|input, into| gunzip.inflate(input, into), data, sizes)
}

const LARGE: (usize, usize) = (256 << 10, 4 << 20);

/// As zlib has it, in large pieces and small ones.
fn assert_like_zlib(data: &[u8], sizes: &[(usize, usize)]) -> Inflated {
    let expected = deflate_by_zlib(data);
    assert_eq!(deflate_in_pieces(data, &[LARGE]), expected);
    assert_eq!(deflate_in_pieces(data, sizes), expected, "{sizes:?}");
    expected
}

fn deflated(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn pieces() -> impl Strategy<Value = Vec<(usize, usize)>> {
    let size = || prop_oneof![1..4_usize, 1..400_usize, 1..100_000_usize];
    prop_oneof![
        1 => Just(vec![(1, 1)]),
        1 => size().prop_map(|size| vec![(1, size)]),
        1 => size().prop_map(|size| vec![(size, 1)]),
        4 => vec((size(), size()), 1..5),
    ]
}

/// Text of many kinds: constant, periodic, random, skewed, lines, and copies from afar.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        (any::<u8>(), 0..3_000_usize).prop_map(|(byte, length)| vec![byte; length]),
        (vec(any::<u8>(), 1..70), 1..200_usize).prop_map(|(part, times)| part.repeat(times)),
        vec(any::<u8>(), 0..5_000),
        vec(select(&b"0123456789abcdef"[..]), 0..5_000),
        vec(prop_oneof![30 => Just(b'a'), 5 => Just(b'b'), 1 => any::<u8>()], 0..5_000),
        vec(0..1_000_u32, 1..300).prop_map(|numbers| {
            let line =
                |n| format!("{{\"level\":\"info\",\"pos\":{n},\"out\":\"built target {n}\"}}\n");
            numbers.into_iter().map(line).collect::<String>().into_bytes()
        }),
    ];
    (vec(part, 0..6), vec(any::<Index>(), 0..6)).prop_map(|(parts, copies)| {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        if !parts.is_empty() {
            order.extend(copies.iter().map(|copy| copy.index(parts.len())));
        }
        order.into_iter().flat_map(|part| parts[part].iter().copied()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn text_of_many_kinds(text in text(), level in 0..10_u32, sizes in pieces()) {
        let mut data = deflated(&text, level);
        let end = End::Whole(data.len());
        data.extend(b"behind the end");
        prop_assert_eq!(assert_like_zlib(&data, &sizes), Inflated { text, end });
    }

    #[test]
    fn damaged_and_cut_short(
        text in text(),
        level in 0..10_u32,
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        length in any::<Index>(),
        sizes in pieces(),
    ) {
        let mut data = deflated(&text, level);
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] ^= byte;
        }
        assert_like_zlib(&data, &sizes);
        assert_like_zlib(&data[..length.index(data.len())], &sizes);
    }

    #[test]
    fn damage_in_the_first_bytes(
        text in text(),
        level in 1..10_u32,
        changes in vec((0..90_usize, any::<u8>()), 1..4),
        sizes in pieces(),
    ) {
        let mut data = deflated(&text, level);
        for (at, byte) in changes {
            if let Some(at) = data.get_mut(at) {
                *at = byte;
            }
        }
        assert_like_zlib(&data, &sizes);
    }

    #[test]
    fn noise(data in vec(any::<u8>(), 0..3_000), sizes in pieces()) {
        assert_like_zlib(&data, &sizes);
    }
}

/// A writer of deflate data, symbol by symbol.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    free: u32,
}

impl BitWriter {
    /// Lowest bit first.
    fn put(&mut self, value: u32, bits: u32) {
        for at in 0..bits {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= ((value >> at & 1) as u8) << (8 - self.free);
            self.free -= 1;
        }
    }

    /// The code of a symbol, highest bit first, in the canonical code of these lengths.
    fn put_code(&mut self, lengths: &[u8], symbol: usize) {
        let own = lengths[symbol];
        assert!(own > 0, "{symbol} has no code");
        let before = |(other, &bits): (usize, &u8)| {
            let is_before = bits > 0 && (bits < own || bits == own && other < symbol);
            if is_before { 1_u32 << (15 - bits) } else { 0 }
        };
        let code = lengths.iter().enumerate().map(before).sum::<u32>() >> (15 - own);
        for at in (0..own).rev() {
            self.put(code >> at, 1);
        }
    }

    /// The header of a dynamic block, each length by itself.
    fn put_header(&mut self, is_last: bool, codes: &Codes) {
        const PRECODE: [u8; 19] = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5];
        self.put(u32::from(is_last) | 2 << 1, 3);
        self.put(codes.litlen.len() as u32 - 257, 5);
        self.put(codes.distance.len() as u32 - 1, 5);
        self.put(19 - 4, 4);
        for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
            self.put(PRECODE[symbol].into(), 3);
        }
        for &bits in codes.litlen.iter().chain(&codes.distance) {
            self.put_code(&PRECODE, bits.into());
        }
    }

    fn put_match(
        &mut self,
        codes: &Codes,
        length_symbol: usize,
        distance_symbol: usize,
        extra: u32,
    ) {
        self.put_code(&codes.litlen, length_symbol);
        let length_bits = match length_symbol {
            265..285 => (length_symbol as u32 - 261) / 4,
            _ => 0,
        };
        self.put(extra, length_bits);
        self.put_code(&codes.distance, distance_symbol);
        self.put(extra, (distance_symbol as u32 / 2).saturating_sub(1));
    }
}

/// Lengths of the codes of a block.
#[derive(Debug, Clone)]
struct Codes {
    litlen: Vec<u8>,
    distance: Vec<u8>,
}

impl Codes {
    /// Literals of 9 bits and the end of 1 and a few lengths of 9; the distances given.
    fn with_distances(distance: &[u8]) -> Self {
        let mut litlen = vec![9; 257];
        litlen[256] = 1;
        // 1/2 + 255/512 + 2/1024 + …: literal 0 makes place for two codes of 10 bits.
        litlen[0] = 0;
        litlen.extend([10, 10]);
        Self { litlen, distance: distance.to_vec() }
    }
}

/// A complete code: a tree whose leaves are split, the last or any one, and dealt to symbols.
fn complete(
    symbols: usize,
    splits: &[(bool, Index)],
    places: &[u8],
    must: Option<usize>,
) -> Vec<u8> {
    let mut leaves = vec![1_u8, 1];
    for (is_last, split) in splits {
        let at = if *is_last { leaves.len() - 1 } else { split.index(leaves.len()) };
        if leaves.len() < symbols && leaves[at] < 15 {
            leaves[at] += 1;
            leaves.push(leaves[at]);
        }
    }
    let mut order: Vec<usize> = (0..symbols).collect();
    order.sort_by_key(|&symbol| (Some(symbol) != must, places[symbol]));
    let mut lengths = vec![0; symbols];
    leaves.iter().zip(order).for_each(|(&bits, symbol)| lengths[symbol] = bits);
    lengths
}

fn codes() -> impl Strategy<Value = Codes> {
    let code = |least: usize, most: usize, must: Option<usize>| {
        (least..=most, vec((any::<bool>(), any::<Index>()), 0..most), vec(any::<u8>(), most))
            .prop_map(move |(symbols, splits, places)| complete(symbols, &splits, &places, must))
    };
    (code(257, 286, Some(256)), code(2, 30, None))
        .prop_map(|(litlen, distance)| Codes { litlen, distance })
}

/// A block of these symbols, each an index among those that have a code. Matches that would reach
/// too far are left out, unless they are to be tried.
fn put_block(
    to: &mut BitWriter,
    codes: &Codes,
    symbols: &[(Index, Index, u32)],
    mut so_far: usize,
    may_fail: bool,
) {
    let coded = |lengths: &[u8]| -> Vec<usize> {
        (0..lengths.len()).filter(|&symbol| lengths[symbol] > 0).collect()
    };
    let (litlens, distances) = (coded(&codes.litlen), coded(&codes.distance));
    to.put_header(true, codes);
    for (symbol, distance, extra) in symbols {
        match *symbol.get(&litlens) {
            256 => {}
            literal @ ..256 => {
                to.put_code(&codes.litlen, literal);
                so_far += 1;
            }
            length => {
                let distance = *distance.get(&distances);
                // Above any distance that has this symbol.
                if may_fail || so_far >> (distance / 2 + 1) > 0 {
                    to.put_match(codes, length, distance, *extra);
                    so_far += 3;
                }
            }
        }
    }
    to.put_code(&codes.litlen, 256);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_complete_codes(
        codes in codes(),
        symbols in vec((any::<Index>(), any::<Index>(), any::<u32>()), 0..2_000),
        head in select(&[0_u16, 5, 500, 40_000][..]),
        may_fail in prop::bool::weighted(0.2),
        sizes in pieces(),
    ) {
        let mut to = stored(head);
        put_block(&mut to, &codes, &symbols, head.into(), may_fail);
        let inflated = assert_like_zlib(&to.bytes, &sizes);
        prop_assert!(may_fail || inflated.end == End::Whole(to.bytes.len()));
    }
}

/// A stored block that is not the last, of text without much repetition.
fn stored(length: u16) -> BitWriter {
    let mut to = BitWriter::default();
    to.put(0, 8);
    to.put(u32::from(length) | u32::from(!length) << 16, 32);
    to.bytes.extend((0..u32::from(length)).map(|n| ((n * n) >> 7) as u8));
    to
}

/// Also in the middle of much else, where the decoder is in a hurry.
fn assert_damaged(to: &BitWriter, text: &[u8]) {
    for behind in [0, 1_000] {
        let data = [&to.bytes[..], &vec![0x55; behind]].concat();
        for sizes in [LARGE, (1, 1)] {
            let inflated = assert_like_zlib(&data, &[sizes]);
            assert_eq!(inflated, Inflated { text: text.to_vec(), end: End::Damaged });
        }
    }
}

fn assert_whole(to: &BitWriter, text: &[u8]) {
    for behind in [0, 1_000] {
        let data = [&to.bytes[..], &vec![0x55; behind]].concat();
        let inflated = assert_like_zlib(&data, &[(1, 1)]);
        assert_eq!(inflated, Inflated { text: text.to_vec(), end: End::Whole(to.bytes.len()) });
    }
}

/// A block with one literal and, if told, a match with the first bit of a distance's code.
fn one_match(distance: &[u8], bit: Option<u32>) -> BitWriter {
    let codes = Codes::with_distances(distance);
    let mut to = BitWriter::default();
    to.put_header(true, &codes);
    to.put_code(&codes.litlen, 97);
    if let Some(bit) = bit {
        to.put_code(&codes.litlen, 257);
        to.put(bit, 1);
    }
    to.put_code(&codes.litlen, 256);
    to
}

#[test]
fn incomplete_distance_codes() {
    // One code of one bit, none at all: accepted, unless what has no code is used.
    assert_whole(&one_match(&[1], Some(0)), b"aaaa");
    assert_whole(&one_match(&[1], None), b"a");
    assert_whole(&one_match(&[0], None), b"a");
    assert_damaged(&one_match(&[1], Some(1)), b"a");
    assert_damaged(&one_match(&[0], Some(0)), b"a");
    assert_damaged(&one_match(&[0], Some(1)), b"a");
    // Others: the header is refused.
    for distance in [&[2][..], &[2, 2], &[1, 2], &[15, 15], &[1, 1, 1], &[2, 2, 2, 2, 15]] {
        assert_damaged(&one_match(distance, None), b"");
    }
}

#[test]
fn incomplete_literal_codes() {
    let block = |litlen: Vec<u8>, bit: u32| {
        let codes = Codes { litlen, distance: vec![1] };
        let mut to = BitWriter::default();
        to.put_header(true, &codes);
        to.put(bit, 1);
        to
    };
    let with = |changes: &[(usize, u8)]| {
        let mut litlen = vec![0; 257];
        changes.iter().for_each(|&(symbol, bits)| litlen[symbol] = bits);
        litlen
    };
    assert_whole(&block(with(&[(256, 1)]), 0), b"");
    assert_damaged(&block(with(&[(256, 1)]), 1), b"");
    // No end of block.
    assert_damaged(&block(with(&[(97, 1)]), 0), b"");
    assert_damaged(&block(with(&[(97, 1), (98, 1)]), 0), b"");
    assert_damaged(&block(with(&[]), 0), b"");
    assert_damaged(&block(with(&[(256, 2)]), 0), b"");
    assert_damaged(&block(with(&[(97, 1), (256, 2)]), 0), b"");
    assert_damaged(&block(with(&[(97, 1), (98, 1), (256, 1)]), 0), b"");
}

#[test]
fn distances_too_far_back() {
    let codes = Codes::with_distances(&[1, 1]);
    for (literals, distance, is_far) in [(1, 1, true), (2, 1, false), (1, 0, false), (0, 0, true)] {
        let mut to = BitWriter::default();
        to.put_header(true, &codes);
        (0..literals).for_each(|_| to.put_code(&codes.litlen, 97));
        to.put_match(&codes, 258, distance, 0);
        to.put_code(&codes.litlen, 256);
        if is_far {
            assert_damaged(&to, &vec![97; literals]);
        } else {
            assert_whole(&to, &vec![97; literals + 4]);
        }
    }
}

#[test]
fn the_whole_window() {
    let mut distance = vec![0; 30];
    (distance[0], distance[29]) = (1, 1);
    let codes = Codes::with_distances(&distance);
    for head in [32_767, 32_768, 32_769, 65_535] {
        let mut to = stored(head);
        let text = to.bytes[5..].to_vec();
        to.put_header(true, &codes);
        to.put_match(&codes, 258, 29, 0x1fff);
        to.put_code(&codes.litlen, 256);
        if head < 32_768 {
            assert_damaged(&to, &text);
        } else {
            let from = text.len() - 32_768;
            assert_whole(&to, &[&text[..], &text[from..from + 4]].concat());
        }
    }
}

#[test]
fn symbols_that_mean_nothing() {
    let mut fixed = vec![8; 288];
    fixed[144..256].fill(9);
    fixed[256..280].fill(7);
    let codes = Codes { litlen: fixed, distance: vec![5; 32] };
    let start = || {
        let mut to = BitWriter::default();
        to.put(3, 3);
        to.put_code(&codes.litlen, 97);
        to
    };
    for symbol in [286, 287] {
        let mut to = start();
        to.put_code(&codes.litlen, symbol);
        to.put(0, 32);
        assert_damaged(&to, b"a");
    }
    for symbol in [30, 31] {
        let mut to = start();
        to.put_code(&codes.litlen, 257);
        to.put_code(&codes.distance, symbol);
        to.put(0, 32);
        assert_damaged(&to, b"a");
    }
    let mut to = start();
    to.put_match(&codes, 285, 0, 0);
    // Length 258 by the code for up to 257.
    to.put_match(&codes, 284, 0, 31);
    to.put_code(&codes.litlen, 256);
    assert_whole(&to, &[b'a'; 1 + 258 + 258]);
}

#[test]
fn bad_headers() {
    let block = |fields: &[(u32, u32)]| {
        let mut to = BitWriter::default();
        fields.iter().for_each(|&(value, bits)| to.put(value, bits));
        to.put(0, 32);
        to
    };
    let precode = |lengths: [u32; 4]| lengths.map(|bits| (bits, 3));
    // Of no known type; stored with a length that is not its complement.
    assert_damaged(&block(&[(7, 3)]), b"");
    assert_damaged(&block(&[(1, 8), (5, 16), (5, 16)]), b"");
    assert_damaged(&block(&[(1, 8), (0, 16), (0, 16)]), b"");
    // Too many literals and lengths, too many distances.
    assert_damaged(&block(&[(5, 3), (30, 5), (0, 5), (0, 4)]), b"");
    assert_damaged(&block(&[(5, 3), (0, 5), (30, 5), (0, 4)]), b"");
    // The code of code lengths: of one bit only, too many codes.
    for lengths in [[1, 0, 0, 0], [1, 1, 1, 0], [2, 2, 2, 0], [7, 7, 0, 0]] {
        let fields = [&[(5, 3), (0, 5), (0, 5), (0, 4)][..], &precode(lengths)].concat();
        assert_damaged(&block(&fields), b"");
    }
    // A repetition of nothing; 18 for 138 zeros, twice: beyond the end.
    let repeat = [&[(5, 3), (0, 5), (0, 5), (0, 4)][..], &precode([1, 0, 1, 0])].concat();
    assert_damaged(&block(&[&repeat[..], &[(0, 1), (3, 2)]].concat()), b"");
    assert_damaged(&block(&[&repeat[..], &[(1, 1), (127, 7), (1, 1), (127, 7)]].concat()), b"");
}

/// Lines like those of a build, with numbers that do not repeat.
/// Every bit is a length of 0 then: short until all lengths are there, damaged with the last.
#[test]
fn no_code_for_code_lengths() {
    let mut to = BitWriter::default();
    to.put(1 | 2 << 1, 3);
    to.put(0, 5 + 5 + 4);
    to.put(0, 4 * 3);
    let header = to.bytes.len();
    to.bytes.resize(header + 40, 0);
    let ends = (0..=to.bytes.len()).map(|end| assert_like_zlib(&to.bytes[..end], &[(1, 1)]).end);
    let ends: Vec<End> = ends.collect();
    assert!(ends.contains(&End::Short) && ends.contains(&End::Damaged), "{ends:?}");
}

fn log(bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = Vec::new();
    while text.len() < bytes {
        let (id, kind) = (random.u64(..), random.usize(..40));
        let dots = ".".repeat(random.usize(..70));
        writeln!(text, "{{\"pos\":{},\"out\":\"[{kind}] compiled {id:x} {dots} ok\"}}", text.len())
            .unwrap();
    }
    text
}

#[test]
fn much_text_in_pieces_of_many_sizes() {
    let text = log(9 << 20);
    for level in [0, 1, 6, 9] {
        let data = deflated(&text, level);
        let whole = Inflated { text: text.clone(), end: End::Whole(data.len()) };
        assert_eq!(assert_like_zlib(&data, &[(data.len(), 64 << 10)]), whole);
        for sizes in [
            vec![(data.len(), 16 << 20)],
            vec![(300, 1 << 20)],
            vec![(1, 100_000), (70_000, 1)],
            vec![(30_000, 65_537), (1_000, 65_535), (50_000, 3), (9, 70_000), (90_000, 131_072)],
        ] {
            assert_eq!(deflate_in_pieces(&data, &sizes), whole, "{sizes:?}");
        }
    }
}

#[test]
fn used_again() {
    let (one, two) = (log(200_000), log(300));
    let mut inflater = Inflater::new();
    for text in [&one, &two, &one] {
        let data = deflated(text, 6);
        let inflate = |input: &[u8], into: &mut [u8]| inflater.inflate(input, into);
        let inflated = in_pieces(inflate, &data, &[(5_000, 70_000)]);
        assert_eq!(inflated, Inflated { text: text.clone(), end: End::Whole(data.len()) });
        // What is said is said again.
        let again = Portion { read: 0, written: 0, stop: Stop::End };
        assert_eq!(inflater.inflate(&data, &mut [0; 9]), again);
        inflater.reset();
        // Nothing of the text before is within reach.
        let mut to = BitWriter::default();
        let codes = Codes::with_distances(&[1, 1]);
        to.put_header(true, &codes);
        to.put_match(&codes, 258, 0, 0);
        assert_eq!(inflater.inflate(&to.bytes, &mut [0; 9]).stop, Stop::Damage);
        assert_eq!(inflater.inflate(&data, &mut [0; 9]).stop, Stop::Damage);
        inflater.reset();
    }
}

/// Gzip data, its header with the fields told.
fn gzipped(text: &[u8], extra: Option<&[u8]>, name: bool, comment: bool) -> Vec<u8> {
    let mut builder = GzBuilder::new();
    if let Some(extra) = extra {
        builder = builder.extra(extra);
    }
    if name {
        builder = builder.filename("log of a build");
    }
    if comment {
        builder = builder.comment("a comment");
    }
    let mut encoder = builder.write(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Adds the check sum of the header, which ends at `end`.
fn with_header_crc(mut data: Vec<u8>, end: usize) -> Vec<u8> {
    data[3] |= 2;
    let crc = crc32fast::hash(&data[..end]) as u16;
    data.splice(end..end, crc.to_le_bytes());
    data
}

fn assert_gzip_like_zlib(data: &[u8], sizes: &[(usize, usize)]) -> Inflated {
    let expected = gzip_by_zlib(data);
    assert_eq!(gzip_in_pieces(data, &[LARGE]), expected);
    assert_eq!(gzip_in_pieces(data, sizes), expected, "{sizes:?}");
    expected
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn gzip_members(
        text in text(),
        extra in proptest::option::of(vec(any::<u8>(), 0..300)),
        (name, comment, header_crc) in any::<(bool, bool, bool)>(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
        place in select(&[0, 1, 2][..]),
        length in any::<Index>(),
        sizes in pieces(),
    ) {
        let mut data = gzipped(&text, extra.as_deref(), name, comment);
        if header_crc {
            let fields = extra.map_or(0, |extra| 2 + extra.len())
                + if name { 15 } else { 0 }
                + if comment { 10 } else { 0 };
            data = with_header_crc(data, 10 + fields);
        }
        let end = End::Whole(data.len());
        prop_assert_eq!(assert_gzip_like_zlib(&data, &sizes), Inflated { text, end });
        assert_gzip_like_zlib(&data[..length.index(data.len())], &sizes);
        // In the header, the trailer or anywhere.
        let range = [0..data.len().min(30), data.len() - 8..data.len(), 0..data.len()][place].clone();
        for (at, byte) in changes {
            data[range.start + at.index(range.len())] ^= byte;
        }
        assert_gzip_like_zlib(&data, &sizes);
        assert_gzip_like_zlib(&data[..length.index(data.len())], &sizes);
    }
}

#[test]
fn gzip_members_one_after_another() {
    let texts = [log(100_000), Vec::new(), log(10)];
    let data: Vec<u8> = texts
        .iter()
        .flat_map(|text| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        })
        .collect();
    for sizes in [LARGE, (1, 1), (7, 40_000)] {
        let (mut gunzip, mut rest) = (Gunzip::new(), &data[..]);
        for text in &texts {
            let inflate = |input: &[u8], into: &mut [u8]| gunzip.inflate(input, into);
            let inflated = in_pieces(inflate, rest, &[sizes]);
            let End::Whole(read) = inflated.end else { panic!("{inflated:?}") };
            assert_eq!(&inflated.text, text);
            rest = &rest[read..];
        }
        assert!(rest.is_empty());
    }
}
