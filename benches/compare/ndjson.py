"""Times ripsaw and its peers in turns on NDJSON of no platform: Markdown tables of medians and ratios.

What a peer writes is checked before it is timed: the number of rows, and for each column of scalars how many
values are not null and the sum of the numbers. What a peer loses, or cannot read, is printed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile

import sets
import tables

RIPSAW, WORK, MEGABYTES, ROUNDS, THREADS = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
FOLDER = f"{WORK}/ndjson"
OUT = "/dev/shm/ripsaw-ndjson" if os.path.isdir("/dev/shm") else f"{FOLDER}/out"

# Each prints the seconds it takes without its start.
PEERS = {
    "DuckDB": """
import sys, time, duckdb
file, out, threads = sys.argv[1:]
base = duckdb.connect()
base.execute(f"set threads={threads}")
begun = time.perf_counter()
base.execute(f"copy (select * from read_json('{file}', format='newline_delimited')) to '{out}' (format parquet, compression zstd, compression_level 1)")
print(time.perf_counter() - begun)
""",
    "Polars": """
import sys, time, polars
file, out, threads = sys.argv[1:]
begun = time.perf_counter()
polars.scan_ndjson(file).sink_parquet(out, compression="zstd", compression_level=1)
print(time.perf_counter() - begun)
""",
    "pyarrow": """
import sys, time, pyarrow, pyarrow.json, pyarrow.parquet
file, out, threads = sys.argv[1:]
pyarrow.set_cpu_count(int(threads))
begun = time.perf_counter()
pyarrow.parquet.write_table(pyarrow.json.read_json(file), out, compression="zstd", compression_level=1)
print(time.perf_counter() - begun)
""",
    "ClickHouse": """
import sys, time, chdb
file, out, threads = sys.argv[1:]
begun = time.perf_counter()
chdb.query(f"select * from file('{file}', JSONEachRow) into outfile '{out}' format Parquet settings max_threads={threads}, output_format_parquet_compression_method='zstd'")
print(time.perf_counter() - begun)
""",
}


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def timed(command):
    begun = time.perf_counter()
    done = run(command)
    return time.perf_counter() - begun, done


def ripsaw(*arguments):
    seconds, done = timed([RIPSAW, *arguments, "--threads", str(THREADS)])
    if done.returncode not in (0, 1):
        sys.exit(f"ripsaw {arguments}: {done.stderr}")
    return seconds, done


def peer(name, file, out):
    """Seconds, or why there are none."""
    if os.path.exists(out):
        os.remove(out)
    env = {**os.environ, "POLARS_MAX_THREADS": str(THREADS)}
    done = run([sys.executable, "-c", PEERS[name], file, out, str(THREADS)], env=env)
    if done.returncode != 0:
        return None, (done.stderr.strip().splitlines() or ["it failed"])[-1][:160]
    return float(done.stdout.strip().splitlines()[-1]), None


def leaves(base, path):
    """Number of rows; and by column of scalars, values that are not null and the sum of numbers."""
    names = base.execute(f"select name, type from (describe select * from '{path}') t(name, type, a, b, c, d)").fetchall()
    found, queue = {}, [((name,), kind) for name, kind in names]
    rows = base.execute(f"select count(*) from '{path}'").fetchone()[0]
    while queue:
        way, kind = queue.pop()
        column = ".".join('"' + part.replace('"', '""') + '"' for part in way)
        if kind.startswith("STRUCT("):
            members = base.execute(f"select unnest(json_keys(to_json({column}))) from '{path}' where {column} is not null limit 1").fetchall()
            for (member,) in members:
                inner = base.execute(f"select typeof({column}.\"{member}\") from '{path}' limit 1").fetchone()[0]
                queue.append(((*way, member), inner))
            continue
        if kind in ("BIGINT", "DOUBLE", "UBIGINT", "INTEGER", "HUGEINT"):
            total = f"sum({column}::DOUBLE)"
        else:
            total = "0"
        count, total = base.execute(f"select count({column}), {total} from '{path}'").fetchone()
        found[".".join(way)] = (count, round(total or 0, 3))
    return rows, found


def differences(base, own, other):
    """What another file has less of than ripsaw's."""
    own_rows, own_columns = leaves(base, own)
    rows, columns = leaves(base, other)
    lost = [] if rows == own_rows else [f"{own_rows - rows} rows fewer"]
    fixed = {"bundle", "file", "line", "timestamp", "zone", "level", "level_number", "level_text", "pos", "message", "extra", "parse_error"}
    for name, (count, total) in sorted(own_columns.items()):
        if name in fixed:
            continue
        if name not in columns:
            lost.append(f"no {name}")
        elif columns[name][0] != count or abs(columns[name][1] - total) > abs(total) * 1e-9:
            lost.append(f"{name} differs")
    return lost


def bundle(name, file):
    """The same lines in 40 files of a zip."""
    path = f"{FOLDER}/{name}.zip"
    if not os.path.exists(path):
        lines = open(file, "rb").read().splitlines(keepends=True)
        step = -(-len(lines) // 40)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in range(40):
                archive.writestr(f"app/part-{part:02}.ndjson", b"".join(lines[part * step : (part + 1) * step]))
    return path


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def unzip(archive):
    """Seconds to extract it in parallel; `None` without ripunzip."""
    program, folder = f"{WORK}/bin/ripunzip", f"{OUT}/tree"
    if not os.path.exists(program):
        return None
    shutil.rmtree(folder, ignore_errors=True)
    seconds, done = timed([program, "unzip-file", "-q", "-d", folder, archive])
    return seconds if done.returncode == 0 else None


def median(times):
    return statistics.median(times)


def main():
    import duckdb

    base = duckdb.connect()
    os.makedirs(OUT, exist_ok=True)
    conversions, notes = [], []
    for name in sets.SETS:
        file = f"{FOLDER}/{name}-{MEGABYTES}.ndjson"
        if not os.path.exists(file):
            sets.write(name, file, MEGABYTES * 1_000_000)
        archive = bundle(f"{name}-{MEGABYTES}", file)
        own = f"{OUT}/ripsaw.parquet"
        ripsaw("convert", "-q", file, "-o", own)
        own_size = os.path.getsize(own)
        sizes, peers = {"ripsaw": own_size}, []
        for other in PEERS:
            out = f"{OUT}/{other}.parquet"
            seconds, failure = peer(other, file, out)
            if failure:
                notes.append(f"- `{name}`: {other} fails: {failure}")
                continue
            lost = differences(base, own, out)
            if lost:
                shown = ", ".join(lost[:4]) + (f" and {len(lost) - 4} more" if len(lost) > 4 else "")
                notes.append(f"- `{name}`: {other}: {shown}")
            sizes[other] = os.path.getsize(out)
            peers.append(other)
        times = {"ripsaw": [], "ripsaw zip": [], "unzip": [], **{other: [] for other in peers}}
        for _ in range(ROUNDS):
            times["ripsaw"].append(ripsaw("convert", "-q", file, "-o", own)[0])
            times["unzip"].append(unzip(archive))
            times["ripsaw zip"].append(ripsaw("convert", "-q", archive, "-o", own)[0])
            for other in peers:
                seconds, _ = peer(other, file, f"{OUT}/{other}.parquet")
                times[other].append(seconds)
        fastest = min(peers, key=lambda other: median(times[other]), default=None)
        row = [f"`{name}`", f"{median(times['ripsaw']):.2f}", f"{median(times['ripsaw zip']):.2f}"]
        row += [f"{median(times[other]):.2f}" if other in times else "fails" for other in PEERS]
        ratio = median(times[fastest]) / median(times["ripsaw"]) if fastest else 0
        row += [f"{ratio:.1f}x {fastest}"]
        if None not in times["unzip"] and fastest:
            unzipped = median(times["unzip"]) + median(times[fastest])
            row += [f"{unzipped / median(times['ripsaw zip']):.1f}x"]
        else:
            row += [""]
        row += [f"{own_size / 1e6:.1f}"] + [f"{sizes[other] / 1e6:.1f}" if other in sizes else "" for other in PEERS]
        conversions.append(row)
    names = list(PEERS)
    head = ["set", "ripsaw", "ripsaw, zip", *names, "vs fastest peer", "zip vs ripunzip + that", "MB", *[f"MB {other}" for other in names]]
    text = f"Seconds, medians of {ROUNDS} rounds, {tables.machine(THREADS)}.\n\n"
    text += "\n".join([markdown(head, conversions), "", *notes]).rstrip()
    tables.keep(WORK, "ndjson", text)
    searches()
    shutil.rmtree(OUT, ignore_errors=True)


def printed(command):
    """How many lines a command prints."""
    return subprocess.run(command, stdout=subprocess.PIPE).stdout.count(b"\n")


def plain_text(tree):
    """The messages of a Harness directory, as lines of one file."""
    path = f"{FOLDER}/text-{MEGABYTES}.log"
    if not os.path.exists(path):
        with open(path, "wb") as file, subprocess.Popen([RIPSAW, "cat", tree], stdout=subprocess.PIPE) as cat:
            while file.tell() < MEGABYTES * 1_000_000 and (text := cat.stdout.read(1 << 20)):
                file.write(text)
            cat.kill()
    return path


def searches():
    """An absent literal in JSON, in a Harness directory and in text; a level in the lines of a service."""
    service, tree = f"{FOLDER}/service-{MEGABYTES}.ndjson", f"{WORK}/tree"
    # The name, the literal that both must find in as many lines, and where.
    literals = [("absent literal, `service`", "request errored", service)]
    if os.path.isdir(tree):
        literals.append(("absent literal, Harness directory", "retried", tree))
        literals.append(("absent literal, plain text", "retried", plain_text(tree)))
    else:
        print(f"{tree} is made by benches/compare/run: the directory and plain text are skipped")
    jobs = []
    for job, present, path in literals:
        own, other = [RIPSAW, "grep", present, path], ["rg", "-uuu", "--no-heading", present, path]
        if shutil.which("rg"):
            assert printed(own) == printed(other) > 0, job
            jobs.append((job, ["grep", "-c", "zxqj-absent", path], "ripgrep", ["rg", "-uuu", "-c", "zxqj-absent", path]))
        else:
            print(f"rg is not on the PATH: {job} is skipped")
    level = ["cat", service, "--level", "ERROR+"]
    for other, command in {"hl": ["hl", "-P", "-l", "e", service], "jaq": ["jaq", "-c", "select(.level >= 50)", service]}.items():
        if shutil.which(other):
            assert printed([RIPSAW, *level]) == printed(command) > 0, other
            jobs.append((f"`--level ERROR+`, `service`", level, other, command))
        else:
            print(f"{other} is not on the PATH: skipped")
    rows = []
    for job, own, other, command in jobs:
        times = ([], [])
        for _ in range(ROUNDS):
            times[0].append(ripsaw(*own)[0])
            times[1].append(timed(command)[0])
        ours, theirs = map(median, times)
        rows.append([job, f"{ours:.3f}", f"{other} {theirs:.3f}", f"{theirs / ours:.2f}x"])
    text = markdown(["search", "ripsaw", "peer", "ratio"], rows)
    tables.keep(WORK, "ndjson-search", text)


main()
