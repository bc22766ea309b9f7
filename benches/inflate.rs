//! One core, from memory: deflate data to text, in bytes of text per second.

use std::hint::black_box;
use std::io::{Read as _, Write as _};

use crc32fast::Hasher;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use ripsaw::source::inflate::{Inflater, Stop};
use ripsaw::synth::Recipe;

/// As much text as the reader takes at a time.
const PORTION: usize = 4 << 20;

/// As much input as the reader takes at a time.
const BUFFER: usize = 256 << 10;

/// Text of a generated bundle.
fn text() -> Vec<u8> {
    let recipe = Recipe { entries: 24, bytes: 32 << 20, ..Recipe::default() };
    let mut text = Vec::new();
    for entry in recipe.entries() {
        entry.log().read_to_end(&mut text).expect("memory can be read");
    }
    text
}

/// Ours, a portion at a time.
fn ours(data: &[u8], portion: &mut [u8], take: &mut dyn FnMut(&[u8])) {
    let mut inflater = Inflater::new();
    let (mut read, mut filled) = (0, 0);
    loop {
        let input = &data[read..data.len().min(read + BUFFER)];
        let outcome = inflater.inflate(input, &mut portion[filled..]);
        read += outcome.read;
        filled += outcome.written;
        if outcome.stop != Stop::Input || read == data.len() {
            take(&portion[..filled]);
            filled = 0;
        }
        match outcome.stop {
            Stop::Input | Stop::Output => {}
            Stop::End => return,
            Stop::Damage | Stop::Block => panic!("the data is sound, and no pause was asked for"),
        }
    }
}

/// zlib-rs, a portion at a time.
fn zlib_rs(data: &[u8], portion: &mut [u8], take: &mut dyn FnMut(&[u8])) {
    let mut state = Decompress::new(false);
    loop {
        let (read, written) = (state.total_in() as usize, state.total_out());
        let status = state.decompress(&data[read..], portion, FlushDecompress::None);
        take(&portion[..(state.total_out() - written) as usize]);
        if status.expect("the data is sound") == Status::StreamEnd {
            return;
        }
    }
}

fn inflate(criterion: &mut Criterion) {
    let text = text();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&text).expect("memory can be written");
    let data = encoder.finish().expect("memory can be written");
    let crc = crc32fast::hash(&text);

    let mut group = criterion.benchmark_group("inflate");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    let mut portion = vec![0; PORTION];
    for (name, inflate) in [
        ("ours, streamed", ours as fn(&[u8], &mut [u8], &mut dyn FnMut(&[u8]))),
        ("zlib-rs, streamed", zlib_rs),
    ] {
        let mut hasher = Hasher::new();
        inflate(&data, &mut portion, &mut |text| hasher.update(text));
        assert_eq!(hasher.finalize(), crc);
        group.bench_function(name, |bencher| {
            bencher.iter(|| inflate(&data, &mut portion, &mut |text| _ = black_box(text)));
        });
    }
    let mut whole = vec![0; text.len()];
    let mut libdeflate = libdeflater::Decompressor::new();
    let mut inflate = |whole: &mut [u8]| libdeflate.deflate_decompress(&data, whole);
    assert_eq!(inflate(&mut whole), Ok(text.len()));
    assert_eq!(crc32fast::hash(&whole), crc);
    group.bench_function("libdeflate, whole", |bencher| {
        bencher.iter(|| inflate(black_box(&mut whole)).expect("the data is sound"));
    });
    let inflate = |whole: &mut [u8]| Inflater::new().inflate(&data, whole).written;
    assert_eq!(inflate(&mut whole), text.len());
    assert_eq!(crc32fast::hash(&whole), crc);
    group.bench_function("ours, whole", |bencher| {
        bencher.iter(|| inflate(black_box(&mut whole)));
    });
    group.finish();
}

criterion_group!(benches, inflate);
criterion_main!(benches);
