#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ripsaw_fuzz::question::run(bytes));
