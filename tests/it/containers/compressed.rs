//! Compressed logs: every compression, everywhere a log may be.

use super::{CODECS, Folder, compress, file, lines, messages, tar, zip};

#[test]
fn a_compressed_log_is_read_wherever_it_is() {
    let text = lines("a line", 20_000);
    let folder = Folder::new();
    for codec in CODECS {
        let packed = compress(codec, &text);
        folder.write("x.log", &packed);
        folder.write("d/x", &packed);
        folder.write("logs.zip", zip(&[file("x.log", packed.clone())]));
        folder.write("logs.tar", tar(&[file("x.log", packed.clone())]));
        folder.write("logs.tgz", compress("gz", &tar(&[file("x.log", packed.clone())])));
        folder.write("twice", compress("gz", &packed));
        for input in ["x.log", "d", "logs.zip", "logs.tar", "logs.tgz", "twice"] {
            let run = folder.convert(&[input]);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{codec}, {input}");
            assert!(run.messages() == messages(&text), "{codec}, {input}");
        }
        let run = folder.run(&["convert", "-q", "-o", "-", "--to", "ndjson", "-"], &packed);
        assert!(run.messages() == messages(&text), "{codec} on standard input");
    }
}

#[test]
fn parts_that_follow_each_other_and_padding_belong_to_the_file() {
    let (first, second) = (lines("first", 500), lines("second", 500));
    let folder = Folder::new();
    for codec in CODECS.into_iter().filter(|codec| *codec != "lzma") {
        let parts = [compress(codec, &first), compress(codec, b""), compress(codec, &second)];
        let padding = if codec == "zst" { Vec::new() } else { vec![0; 1024] };
        folder.write("x", [parts.concat(), padding].concat());
        let run = folder.convert(&["x"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{codec}");
        assert_eq!(run.messages(), messages(&[first.clone(), second.clone()].concat()), "{codec}");
    }
}

#[test]
fn skippable_frames_may_come_first() {
    let text = lines("a line", 10);
    let folder = Folder::new();
    for number in [0x50, 0x5f] {
        let frame = [&[number, 0x2a, 0x4d, 0x18, 4, 0, 0, 0][..], b"size"].concat();
        folder.write("x.log", [&frame[..], &compress("zst", &text), &frame].concat());
        let run = folder.convert(&["x.log"]);
        assert_eq!((run.code, run.messages()), (0, messages(&text)), "{}", run.stderr);
    }
}

#[test]
fn damaged_or_cut_data_keeps_the_lines_before() {
    let text = lines("a line that differs from the others by its number", 60_000);
    let folder = Folder::new();
    for codec in CODECS {
        let packed = compress(codec, &text);
        let middle = packed.len() / 2;
        let mut damaged = packed.clone();
        damaged[middle..middle + 40].fill(0xff);
        let trailed = [&packed[..], b"trailing garbage"].concat();
        for (what, bytes) in
            [("cut", &packed[..middle]), ("damaged", &damaged[..]), ("trailed", &trailed)]
        {
            folder.write("x.log", bytes);
            folder.write("logs.zip", zip(&[file("x.log", bytes)]));
            for input in ["x.log", "logs.zip"] {
                let run = folder.convert(&[input]);
                if what == "trailed" && codec == "lzma" {
                    continue;
                }
                assert_eq!(run.code, 2, "{codec}, {what}, {input}");
                let good = run.messages();
                let least = if what == "trailed" { 60_000 } else { 10_000 };
                assert!(good.len() >= least, "{codec}, {what}: {} lines", good.len());
                let same = good.iter().zip(messages(&text)).filter(|(a, b)| *a == b).count();
                assert!(same + 1_000 > least.min(good.len()), "{codec}, {what}: {same} same lines");
                assert!(run.errors() >= 1, "{codec}, {what}");
            }
        }
    }
}

#[test]
fn compression_has_a_limit_of_depth() {
    let folder = Folder::new();
    let mut bytes = lines("deep", 3);
    for _ in 0..8 {
        bytes = compress("gz", &bytes);
    }
    folder.write("x.log", &bytes);
    assert_eq!(folder.convert(&["x.log"]).messages(), ["deep 0", "deep 1", "deep 2"]);
    folder.write("x.log", compress("gz", &bytes));
    let run = folder.convert(&["x.log"]);
    assert_eq!((run.code, run.messages().len(), run.errors()), (2, 0, 1));

    let mut archive = tar(&[file("a.log", lines("deep", 1))]);
    for _ in 0..12 {
        archive = tar(&[file("in.tar", archive)]);
    }
    folder.write("x.tar", &archive);
    let run = folder.convert(&["x.tar"]);
    assert_eq!((run.code, run.messages().len(), run.errors()), (2, 0, 1));
    assert!(run.stderr.contains("nested more than 8 deep"), "{}", run.stderr);
}
