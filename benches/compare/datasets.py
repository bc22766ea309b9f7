"""Measures `ripsaw convert -o DIR/`: datasets.py RIPSAW FOLDER ROUNDS."""

import collections
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import zipfile

import pyarrow.dataset

RIPSAW, FOLDER, ROUNDS = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
MANY, ONE, NEW = FOLDER / "bundles", FOLDER / "all.zip", FOLDER / "new-bundles"
BUNDLES, EXTRA = 1000, 5
BY = "pipeline,level"


def generate(folder, seeds):
    """Small bundles, a megabyte of text each."""
    if folder.is_dir():
        return
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for seed in seeds:
        out = partial / f"{seed:05}.zip"
        subprocess.run(
            [RIPSAW, "bench", "--generate", "1MB", "--entries", "8", "--seed", str(seed), "-o", out, "-q"], check=True
        )
    partial.rename(folder)


def join(bundles, out):
    """One bundle with the entries of many, each below a folder of its own."""
    if out.exists():
        return
    partial = out.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as joined:
        for path in sorted(bundles.iterdir()):
            with zipfile.ZipFile(path) as bundle:
                for info in bundle.infolist():
                    joined.writestr(info.filename, bundle.read(info))
    partial.rename(out)


def convert(inputs, out, *options):
    """Seconds, and what it said."""
    start = time.perf_counter()
    done = subprocess.run(
        [RIPSAW, "convert", *map(str, inputs), "-o", f"{out}/", *options], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, done.stderr


def partitions(folder):
    """Rows by partition."""
    table = pyarrow.dataset.dataset(folder, partitioning="hive").to_table(columns=BY.split(","))
    return collections.Counter(zip(*(table[name].to_pylist() for name in BY.split(","))))


def main():
    generate(MANY, range(BUNDLES))
    generate(NEW, range(BUNDLES, BUNDLES + EXTRA))
    join(MANY, ONE)
    out = FOLDER / "data-set"
    counts = {}
    times = collections.defaultdict(list)
    for round_ in range(ROUNDS + 1):
        for name, inputs in [("1,000 bundles", [MANY]), ("one bundle", [ONE])]:
            shutil.rmtree(out, ignore_errors=True)
            seconds, _ = convert(inputs, out, "--partition-by", BY)
            if round_ == 0:
                # Answers first.
                counts[name] = partitions(out)
                continue
            times[name].append(seconds)
        shutil.rmtree(out, ignore_errors=True)
        convert([MANY], out, "--partition-by", BY)
        seconds, said = convert([MANY], out)
        assert f"{BUNDLES:,} unchanged" in said, said
        again, said = convert([MANY, NEW], out)
        assert f"{EXTRA} new, {BUNDLES:,} unchanged" in said, said
        if round_:
            times["rerun, nothing new"].append(seconds)
            times["rerun, 5 new"].append(again)
    assert counts["1,000 bundles"] == counts["one bundle"], "the partitions differ"
    rows = sum(counts["one bundle"].values())
    print(f"{rows:,} rows in {len(counts['one bundle'])} partitions by {BY}, medians of {ROUNDS} rounds\n")
    print("| | s |\n|---|---|")
    for name, seconds in times.items():
        print(f"| {name} | {statistics.median(seconds):.2f} |")
    pairs = zip(times["1,000 bundles"], times["one bundle"])
    print(f"\n1,000 bundles against one: {statistics.median(many / one for many, one in pairs):.2f}")


main()
