"""Times ripsaw and its peers in turns: Markdown tables of medians and ratios.

Every peer that writes Parquet must come to the same rows: their number, the sum of `pos`, and the
lines per level.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile

import tables

RIPSAW, WORK, BUNDLE, ROUNDS, THREADS = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
TREE = f"{WORK}/tree"
# Outputs stay in memory where there is room: the disk is not what is compared.
SHARED = "/dev/shm"
IN_MEMORY = os.path.isdir(SHARED) and shutil.disk_usage(SHARED).free > 8 << 30
OUT = f"{SHARED}/ripsaw-compare-{os.getpid()}" if IN_MEMORY else f"{WORK}/out"
PYTHON = sys.executable
UNZIP = f"{WORK}/bin/ripunzip"

DUCKDB = """
import sys, duckdb
tree, out, threads = sys.argv[1:]
base = duckdb.connect()
base.execute(f"set threads={threads}")
base.execute(f'''copy (
  select filename,
         regexp_extract(filename, '/-[^/]*/([^/]*)/', 1) as stage,
         regexp_extract(filename, '/([^/]*?)(-commandUnit:.*)?$', 1) as step,
         regexp_extract(filename, '-commandUnit:(.*)$', 1) as unit,
         cast(time as timestamptz) as timestamp, level, pos, out as message, args
  from read_json('{tree}/**', format='newline_delimited', filename=true,
    maximum_object_size=100000000,
    columns={{level: 'VARCHAR', pos: 'BIGINT', out: 'VARCHAR', time: 'VARCHAR', args: 'MAP(VARCHAR, VARCHAR)'}})
) to '{out}' (format parquet, compression zstd, compression_level 1)''')
"""

POLARS = """
import sys, polars as pl
tree, out, _ = sys.argv[1:]
schema = {"level": pl.String, "pos": pl.Int64, "out": pl.String, "time": pl.String, "args": pl.String}
lines = pl.scan_ndjson(tree + "/**/*", schema=schema, include_file_paths="file")
lines = lines.with_columns(
    stage=pl.col("file").str.extract(r"/-[^/]*/([^/]*)/"),
    step=pl.col("file").str.extract(r"/([^/]*?)(?:-commandUnit:.*)?$"),
    unit=pl.col("file").str.extract(r"-commandUnit:(.*)$"),
    timestamp=pl.col("time").str.to_datetime(time_zone="UTC", time_unit="us"),
).drop("time")
lines.sink_parquet(out, compression="zstd", compression_level=1)
"""

CLICKHOUSE = """
import sys, chdb
tree, out, threads = sys.argv[1:]
chdb.query(f'''
  select _path as file,
         extract(_path, '/-[^/]*/([^/]*)/') as stage,
         extract(_path, '/([^/]*?)(?:-commandUnit:.*)?$') as step,
         extract(_path, '-commandUnit:(.*)$') as unit,
         parseDateTime64BestEffort(time, 6, 'UTC') as timestamp, level, pos, out as message, args
  from file('{tree}/**', 'JSONEachRow', 'level String, pos Int64, out String, time String, args Nullable(String)')
  into outfile '{out}' truncate format Parquet
  settings max_threads={threads}, output_format_parquet_compression_method='zstd',
    output_format_compression_level=1, input_format_json_read_objects_as_strings=1''', "Null")
"""

# One file at a time: its reader takes no directory of files whose names have no suffix.
PYARROW = """
import os, sys
import pyarrow as pa, pyarrow.json as pj, pyarrow.parquet as pq
tree, out, threads = sys.argv[1:]
pa.set_cpu_count(int(threads))
read = pa.schema([("level", pa.string()), ("pos", pa.int64()), ("out", pa.string()), ("time", pa.string())])
options = pj.ParseOptions(explicit_schema=read, unexpected_field_behavior="ignore")
schema = read.append(pa.field("file", pa.string()))
with pq.ParquetWriter(out, schema, compression="zstd", compression_level=1) as writer:
    for folder, _, names in sorted(os.walk(tree)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.getsize(path):
                block = pj.ReadOptions(block_size=8 << 20)
                table = pj.read_json(path, read_options=block, parse_options=options)
                file = pa.repeat(path, table.num_rows)
                writer.write_table(table.append_column("file", file).select(schema.names))
"""


def has(module):
    return importlib.util.find_spec(module) is not None


def timed(command, threads):
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"{command[:2]} failed: {error.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ripsaw(source, out, threads):
    return [RIPSAW, "convert", "-q", "--threads", str(threads), source, "-o", f"{OUT}/{out}"]


def peer(script, name, threads):
    return [PYTHON, "-c", script, TREE, f"{OUT}/{name}.parquet", str(threads)]


def unzip(threads):
    return [UNZIP, "unzip-file", "-q", BUNDLE, "-d", TREE]


def facts(file, level):
    import duckdb

    rows, = duckdb.sql(f"select count(*), sum(pos)::bigint from '{file}'").fetchall()
    levels = duckdb.sql(f"select {level} as l, count(*) from '{file}' group by all order by all").fetchall()
    return rows, levels


def medians(samples):
    return {name: [statistics.median(values) for values in zip(*runs)] for name, runs in samples.items()}


def rounds(jobs, count, threads):
    samples = {name: [] for name in jobs}
    for _ in range(count):
        shutil.rmtree(TREE, ignore_errors=True)
        for name, command in jobs.items():
            samples[name].append(timed(command, threads))
    return medians(samples)


def size(name):
    return os.path.getsize(f"{OUT}/{name}.parquet") / 1e6


def conversions(text, about):
    """ripsaw against the peers, all threads. Returns the outputs and the medians."""
    jobs = {"ripunzip": unzip(THREADS), "ripsaw, zip": ripsaw(BUNDLE, "ripsaw.parquet", THREADS)}
    outputs = {"ripsaw, zip": "ripsaw", "ripsaw, directory": "ripsaw-tree"}
    scripts = {"DuckDB": DUCKDB, "Polars": POLARS}
    scripts.update({"ClickHouse (chdb)": CLICKHOUSE} if has("chdb") else {})
    scripts.update({"pyarrow (no stage, step, time)": PYARROW} if has("pyarrow") else {})
    for number, (title, script) in enumerate(scripts.items()):
        jobs[f"{title}, directory"] = peer(script, f"peer{number}", THREADS)
        outputs[f"{title}, directory"] = f"peer{number}"
        if number == 0:
            jobs["ripsaw, directory"] = ripsaw(TREE, "ripsaw-tree.parquet", THREADS)
    for tool, command in {"unzip": ["unzip", "-q", "-o", BUNDLE, "-d", TREE], "7z": ["7z", "x", "-y", f"-o{TREE}", BUNDLE]}.items():
        if shutil.which(tool):
            jobs[f"{tool} (serial)"] = command
    median = rounds(jobs, ROUNDS, THREADS)
    levels = {"ripsaw": "level_text", "ripsaw-tree": "level_text"}
    found = {name: facts(f"{OUT}/{file}.parquet", levels.get(file, "level")) for name, file in outputs.items()}
    if len({repr(value) for value in found.values()}) != 1:
        sys.exit(f"the outputs differ: {found}")
    lines = [f"All produce the same {found['ripsaw, zip'][0][0]:,} rows.\n",
             "| job | wall s | CPU s | peak RSS MiB | out MB | ripsaw is faster by |", "|---|---|---|---|---|---|"]
    for name, (wall, seconds, rss) in median.items():
        ratio = f"{wall / median['ripsaw, directory'][0]:.1f}x" if name in outputs and not name.startswith("ripsaw") else ""
        mb = f"{size(outputs[name]):.1f}" if name in outputs else ""
        lines.append(f"| {name} | {wall:.2f} | {seconds:.2f} | {rss:.0f} | {mb} | {ratio} |")
    best = min(["DuckDB, directory", "Polars, directory"], key=lambda name: median[name][0])
    both = [a + b for a, b in zip(median["ripunzip"][:2], median[best][:2])]
    zipped = median["ripsaw, zip"]
    name = best.split(",")[0]
    lines.append(f"| **ripunzip + {name}** | {both[0]:.2f} | {both[1]:.2f} | | | "
                 f"**{both[0] / zipped[0]:.1f}x** (CPU {both[1] / zipped[1]:.1f}x) |")
    lines.append(f"\nripsaw, zip: {zipped[1] / text * 1e9:.2f} CPU seconds per GB of NDJSON.")
    lines += [f"{peer} skipped: it is not installed." for peer in ["chdb", "pyarrow"] if not has(peer)]
    numbers = {**median, "best": name, "unzipped": both, "threads": THREADS, "text": about}
    tables.keep(WORK, "conversions", "\n".join(lines), numbers)


def per_core(text):
    """ripsaw on one thread and on all, by input and output."""
    jobs = {}
    for source, title in [(BUNDLE, "zip"), (TREE, "directory")]:
        for suffix in ["parquet", "arrow", "csv", "ndjson"]:
            for threads in sorted({1, THREADS}):
                jobs[title, suffix, threads] = ripsaw(source, f"one.{suffix}", threads)
    timed(unzip(THREADS), THREADS)
    samples = {name: [] for name in jobs}
    for _ in range(max(3, ROUNDS // 2)):
        for name, command in jobs.items():
            samples[name].append(timed(command, name[2]))
            os.remove(command[-1])
    median = medians(samples)
    lines = [f"| from | to | 1 thread: wall s | CPU s | GB per CPU second | {THREADS} threads: wall s | GB/s | faster than 1 by |",
             "|---|---|---|---|---|---|---|---|"]
    for source, suffix, threads in jobs:
        if threads == 1:
            one, all = median[source, suffix, 1], median[source, suffix, THREADS]
            lines.append(f"| {source} | {suffix} | {one[0]:.2f} | {one[1]:.2f} | {text / 1e9 / one[1]:.2f} | "
                         f"{all[0]:.2f} | {text / 1e9 / all[0]:.2f} | {one[0] / all[0]:.1f}x |")
    tables.keep(WORK, "per-core", "\n".join(lines))


def start_up():
    """The whole command on a bundle of one 10 kB entry."""
    line = '{"level":"INFO","pos":0,"out":"nothing new","time":"2024-05-01T10:00:00Z","args":null}\n'
    with zipfile.ZipFile(f"{OUT}/small.zip", "w", zipfile.ZIP_DEFLATED) as small:
        small.writestr("a/a/pipeline/p/1/-e/stage/step", line * (10_000 // len(line)))
    runs = [timed(ripsaw(f"{OUT}/small.zip", "small.parquet", THREADS), THREADS)[0] for _ in range(101)]
    tables.keep(WORK, "start-up", "A bundle of one entry of 10 kB to Parquet, the whole command: "
                f"{statistics.median(runs) * 1e3:.1f} ms (median of 101).")


def jq():
    """A filter over a part of the tree, in GB/s; jq uses one thread."""
    if not shutil.which("jq"):
        print("jq skipped: it is not on the PATH.")
        return
    files, bytes = [], 0
    for folder, _, names in sorted(os.walk(TREE)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if bytes + os.path.getsize(path) <= 50_000_000:
                files.append(path)
                bytes += os.path.getsize(path)
    runs = [timed(["jq", "-c", 'select(.level == "ERROR") | .out', *files], 1)[0] for _ in range(3)]
    tables.keep(WORK, "jq", f"jq, `select(.level == \"ERROR\") | .out` over {bytes / 1e6:.0f} MB of it: "
                f"{bytes / 1e9 / statistics.median(runs):.3f} GB/s.")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    with zipfile.ZipFile(BUNDLE) as bundle:
        entries = bundle.infolist()
        text = sum(entry.file_size for entry in entries)
        largest = max(entry.file_size for entry in entries)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ["duckdb", "polars", "chdb", "pyarrow"] if has(name)]
    outputs = ", outputs on tmpfs" if IN_MEMORY else ""
    tables.keep(WORK, "setting", f"{text / 1e9:.2f} GB of NDJSON in {len(entries)} entries, the largest {largest / text:.0%}; "
                f"{tables.machine(THREADS)};\nmedians of {ROUNDS} interleaved rounds, everything in the page cache{outputs};\n"
                f"ripunzip 2.0.3, {', '.join(versions)}, all zstd 1.")
    conversions(text, f"{text / 1e9:.2f} GB of NDJSON, {len(entries)} entries")
    per_core(text)
    start_up()
    jq()
    shutil.rmtree(OUT)


main()
