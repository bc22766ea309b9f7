"""Reads ripsaw's Parquet and Arrow files with DuckDB, Polars and pyarrow and compares every value with its NDJSON.

Values are compared as plain Python ones, a column at a time: timestamps as whole numbers of the file's unit, `args` as
lists of pairs, `extra` as its text. Prints a line per file and reader.
"""

import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone

RIPSAW, WORK, BUNDLES = sys.argv[1], sys.argv[2], sys.argv[3:]
# The header of a CSV file.
COLUMNS = subprocess.run(
    [RIPSAW, "convert", "--quiet", "--to", "csv", "-o", "-", BUNDLES[0]], check=True, capture_output=True, text=True
).stdout.splitlines()[0].split(",")
# name, options, unit of timestamps
FILES = [
    ("zstd.parquet", ["--compression", "zstd"], "us"),
    ("snappy.parquet", ["--compression", "snappy"], "us"),
    ("lz4.parquet", ["--compression", "lz4"], "us"),
    ("none.parquet", ["--compression", "none"], "us"),
    ("ns.parquet", ["--timestamp-unit", "ns"], "ns"),
    ("groups.parquet", ["--row-group-size", "1000"], "us"),
    ("none.arrow", [], "ns"),
    ("zstd.arrow", ["--compression", "zstd"], "ns"),
    ("lz4.arrow", ["--compression", "lz4"], "ns"),
    ("none.arrows", [], "ns"),
]
STATISTICS_LENGTH = 64  # parquet cuts the bounds of longer strings
UNBOUNDED = {"message", "extra", "parse_error"}  # texts of which no bounds are written


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


duckdb, pl, pa = module("duckdb"), module("polars"), module("pyarrow")
if pa:
    import pyarrow.dataset
    import pyarrow.ipc
    import pyarrow.parquet


# What ripsaw says, from its NDJSON.


class Pairs(list):
    """An object with its keys in order, equal ones kept."""


DECODER = json.JSONDecoder(object_pairs_hook=Pairs)
sys.set_int_max_str_digits(0)


def raw_value(line, wanted):
    """The text of a value in an object, as written."""
    at = 1
    while True:
        key, at = DECODER.raw_decode(line, at)
        _, end = DECODER.raw_decode(line, at + 1)
        if key == wanted:
            return line[at + 1 : end]
        at = end + 1


def nanoseconds(text):
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    whole = datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (whole.days * 86_400 + whole.seconds) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def expected(ndjson):
    columns = {name: [] for name in COLUMNS}
    seen = {}
    with open(ndjson, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            pairs = DECODER.decode(line)
            row = dict(pairs)
            assert len(row) == len(pairs) and not row.keys() - columns.keys(), line
            if "timestamp" in row:
                row["timestamp"] = nanoseconds(row["timestamp"])
            if "args" in row:
                row["args"] = [tuple(pair) for pair in row["args"]]
            if "extra" in row:
                row["extra"] = raw_value(line, "extra")
            for name, column in columns.items():
                value = row.get(name)
                column.append(seen.setdefault(value, value) if type(value) is str else value)
    return columns


# Readers: each has `columns`, which yields (name, unit of time or None, values), and `count`, which applies a filter of
# the form (column, operator, value or bounds) while reading and returns the number of rows and the sum of `line`.


# DuckDB takes these two nanoseconds, the last of the year 2262's and nearly the first of 1677's, for infinite, whoever
# wrote the file: they can be told from all others, but it does not print them.
INFINITIES = {"infinity": 2**63 - 1, "-infinity": 1 - 2**63}


class DuckDB:
    name = f"DuckDB {duckdb.__version__}" if duckdb else "DuckDB"
    missing = not duckdb

    def __init__(self, path):
        self.notes = []
        self.base = duckdb.connect()
        self.base.execute("set timezone='UTC'")
        if path.endswith(".parquet"):
            self.table = f"read_parquet('{path}')"
        else:
            self.base.register("arrow_table", arrow_table(path))
            self.table = "arrow_table"
        described = self.base.execute(f"select column_name, column_type from (describe from {self.table})")
        self.types = dict(described.fetchall())
        self.unit = "ns" if "_NS" in self.types["timestamp"] else "us"

    def columns(self):
        for name in self.types:
            special = {"args": "map_entries(args)", "extra": "extra::varchar"}
            special["timestamp"] = f"epoch_{self.unit}(timestamp), timestamp::varchar"
            rows = self.base.execute(f"""select {special.get(name, f'"{name}"')} from {self.table}""").fetchall()
            values = [row[0] for row in rows]
            if name == "timestamp" and self.unit == "ns":
                values = [INFINITIES.get(row[1], row[0]) for row in rows]
                self.notes += [f"{text} at row {at}" for at, (_, text) in enumerate(rows) if text in INFINITIES]
            if name == "args":
                values = [value and [tuple(pair.values()) for pair in value] for value in values]
            yield name, self.unit if name == "timestamp" else None, values

    def count(self, column, operator, value):
        if column == "timestamp":
            kind = self.types["timestamp"]
            literals = [f"cast('{moment(at)}' as {kind})" for at in value]
        else:
            literals = [literal(at) for at in (value if operator == "between" else [value])]
        verb = "is not null" if operator == "not null" else f"{operator} {' and '.join(literals)}"
        query = f"""select count(*), coalesce(sum(line), 0) from {self.table} where "{column}" {verb}"""
        return tuple(self.base.execute(query).fetchone())


class Polars:
    name = f"Polars {pl.__version__}" if pl else "Polars"
    missing = not pl

    def __init__(self, path):
        if path.endswith(".parquet"):
            self.scan = pl.scan_parquet(path)
        elif path.endswith(".arrow"):
            self.scan = pl.scan_ipc(path)
        else:
            self.scan = pl.read_ipc_stream(path).lazy()
        self.unit = self.scan.collect_schema()["timestamp"].time_unit

    def columns(self):
        for name, column in ((column.name, column) for column in self.scan.collect()):
            if name == "timestamp":
                yield name, self.unit, column.to_physical().to_list()
            elif name == "args":
                yield name, None, [value if value is None else list(value.items()) for value in column.to_list()]
            else:
                yield name, None, column.to_list()

    def count(self, column, operator, value):
        of = pl.col(column)
        if column == "timestamp":
            value = [pl.lit(at // 1000).cast(pl.Datetime("us", "UTC")).dt.cast_time_unit(self.unit) for at in value]
        condition = {
            "between": lambda: of.is_between(*value),
            "=": lambda: of == value,
            "not null": of.is_not_null,
        }[operator]()
        found = self.scan.filter(condition).select(pl.len(), pl.col("line").sum().alias("sum"))
        return found.collect().row(0)


class PyArrow:
    name = f"pyarrow {pa.__version__}" if pa else "pyarrow"
    missing = not pa

    def __init__(self, path):
        self.table = arrow_table(path)
        parquet = path.endswith(".parquet")
        self.scan = pa.dataset.dataset(path, format="parquet") if parquet else pa.dataset.dataset(self.table)
        self.unit = self.table.schema.field("timestamp").type.unit

    def columns(self):
        for name in self.table.column_names:
            column = self.table[name]
            if name == "timestamp":
                column = column.cast(pa.int64())
            elif isinstance(column.type, pa.BaseExtensionType):
                column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
            yield name, self.unit if name == "timestamp" else None, column.to_pylist()

    def count(self, column, operator, value):
        of = pa.dataset.field(column)
        if column == "timestamp":
            value = [pa.scalar(at if self.unit == "ns" else at // 1000, pa.timestamp(self.unit, "UTC")) for at in value]
        if operator == "between":
            condition = (of >= value[0]) & (of <= value[1])
        else:
            condition = of == value if operator == "=" else of.is_valid()
        lines = self.scan.to_table(columns=["line"], filter=condition)["line"]
        return len(lines), sum(lines.to_pylist())


def arrow_table(path):
    if path.endswith(".parquet"):
        return pa.parquet.ParquetFile(path).read()
    with pa.OSFile(path) as file:
        return (pa.ipc.open_file(file) if path.endswith(".arrow") else pa.ipc.open_stream(file)).read_all()


def literal(value):
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def moment(at):
    seconds, rest = divmod(at, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S}.{rest // 1000:06d}+00"


# Comparisons: each returns what differs as lines of text.


def coarser(values, unit):
    return [value if value is None else value // 1000 for value in values] if unit == "us" else values


def compare_values(reader, want, unit):
    found = [] if reader.unit == unit else [f"timestamp: the file has {unit}, {reader.name} reads {reader.unit}"]
    names = []
    for name, time_unit, values in reader.columns():
        names.append(name)
        right = coarser(want[name], time_unit) if time_unit else want[name]
        if values == right:
            continue
        if len(values) != len(right):
            found.append(f"{name}: {len(values)} rows, not {len(right)}")
        differ = [at for at, pair in enumerate(zip(values, right)) if pair[0] != pair[1]]
        for at in differ[:1]:
            place = f"{want['file'][at]}:{want['line'][at]}"
            cell = f"{values[at]!r:.200}, not {right[at]!r:.200}"
            found.append(f"{name}: {len(differ)} differ, first row {at} ({place}): {cell}")
    return found + ([] if names == COLUMNS else [f"columns are {names}"])


def filters(want):
    """Filters with the rows that a full scan finds: (column, operator, value), (rows, sum of lines)."""
    times = sorted(at // 1000 * 1000 for at in want["timestamp"] if at is not None and at > 0)
    steps = Counter(step for step in want["step"] if step is not None).most_common()
    texts = sorted({text for text in want["message"] if text is not None and "\0" not in text})
    cases = [("level", "=", "ERROR"), ("level", "=", "no such"), ("extra", "not null", None)]
    cases += [("pos", "between", [3, 40]), ("pos", "=", -1), ("org", "not null", None)]
    cases += [("run", "=", want["run"][0])] if want["run"][0] is not None else []
    for low, high in ((0, 10), (40, 45), (99, 100)) if times else ():
        cases.append(("timestamp", "between", [times[len(times) * low // 100], times[len(times) * high // 100 - 1]]))
    cases += [("step", "=", step) for step, _ in (steps[0], steps[len(steps) // 2], steps[-1])] if steps else []
    # The least and greatest text stand at the edge of the statistics, the longest is cut there.
    cases += [("message", "=", text) for text in (texts[0], texts[len(texts) // 2], texts[-1], max(texts, key=len))]
    for column, operator, value in cases:
        matches = {
            "=": lambda at: at == value,
            "between": lambda at: at is not None and value[0] <= at <= value[1],
            "not null": lambda at: at is not None,
        }[operator]
        right = {}
        for unit, values in scans(want, column):
            lines = [line for line, at in zip(want["line"], values) if matches(at)]
            right[unit] = (len(lines), sum(lines))
        yield (column, operator, value), right


def scans(want, column):
    values = want[column]
    yield "ns", values
    # What lies behind an upper bound by less than a microsecond is inside it in a file of microseconds.
    yield "us", [at if at is None else at // 1000 * 1000 for at in values] if column == "timestamp" else values


def compare_filters(reader, cases):
    for case, right in cases:
        got = reader.count(*case)
        if got != right[reader.unit]:
            yield f"where {case}: (rows, sum of line) are {got}, not {right[reader.unit]}"


def cells(want, column, rows):
    """What stands in a leaf column of Parquet, a null for every list that is null or empty."""
    if not column.startswith("args."):
        return want[column][rows]
    which = 0 if column.rsplit(".", 1)[1].startswith("key") else 1
    return [pair and pair[which] for pairs in want["args"][rows] for pair in (pairs or [None])]


def compare_statistics(path, want, unit):
    meta = pa.parquet.ParquetFile(path).metadata
    start, checked = 0, 0
    for group in range(meta.num_row_groups):
        rows = slice(start, start + meta.row_group(group).num_rows)
        start = rows.stop
        for index in range(meta.num_columns):
            chunk = meta.row_group(group).column(index)
            name = chunk.path_in_schema
            values = cells(want, name, rows)
            values = coarser(values, unit) if name == "timestamp" else values
            there = [value for value in values if value is not None]
            statistics = chunk.statistics
            place = f"row group {group}, {name}"
            if chunk.num_values != len(values):
                yield f"{place}: {chunk.num_values} values, not {len(values)}"
            if statistics is None:
                if name not in UNBOUNDED:
                    yield f"{place}: no statistics"
                continue
            checked += 1
            if statistics.has_null_count and statistics.null_count != len(values) - len(there):
                yield f"{place}: null count {statistics.null_count}, not {len(values) - len(there)}"
            if statistics.has_min_max and not there:
                yield f"{place}: bounds without a value"
            elif statistics.has_min_max:
                yield from (f"{place}: {what}" for what in compare_bounds(statistics, min(there), max(there)))
            elif there and name not in UNBOUNDED:
                yield f"{place}: no bounds"
    if start != len(want["line"]):
        yield f"{start} rows in the metadata"
    if checked == 0:
        yield "no statistics at all"


def compare_bounds(statistics, low, high):
    got_low, got_high = statistics.min_raw, statistics.max_raw
    if isinstance(low, int):
        if (got_low, got_high) != (low, high):
            yield f"bounds {got_low}..{got_high}, not {low}..{high}"
        return
    low, high = low.encode(), high.encode()
    if got_low != low and not (len(low) > STATISTICS_LENGTH and low.startswith(got_low)):
        yield f"min {got_low!r:.200}, not {low!r:.200}"
    cut = len(high) > STATISTICS_LENGTH >= len(got_high) and got_high > high
    if got_high != high and not cut:
        yield f"max {got_high!r:.200}, not {high!r:.200}"


def convert(bundle, out, options):
    """Exit code 2 tells of damaged entries; what could be read is there."""
    command = [RIPSAW, "convert", "--quiet", bundle, "-o", out, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 2) or not os.path.exists(out):
        sys.exit(f"{command} failed: {done.stderr}")


def check(what, differences):
    """Prints a line, and the differences below it; any exception is one."""
    try:
        found = list(differences())
    except Exception as error:
        found = [f"{type(error).__name__}: {error}"]
    print(f"  {what:<40} {'DIFFERS' if found else 'equal'}", *found[:10], sep="\n    ", flush=True)
    if len(found) > 10:
        print(f"    and {len(found) - 10} more")
    return bool(found)


def check_file(path, unit, want, cases):
    differ = 0
    name = os.path.basename(path)
    for reader_type in (DuckDB, Polars, PyArrow):
        what = f"{name}, {reader_type.name}"
        if reader_type.missing or not pa and reader_type is DuckDB and not path.endswith(".parquet"):
            print(f"  {what:<40} skipped: {'not installed' if reader_type.missing else 'needs pyarrow'}")
            continue

        notes = []

        def differences():
            reader = reader_type(path)
            found = [*compare_values(reader, want, unit), *compare_filters(reader, cases)]
            notes.extend(getattr(reader, "notes", []))
            return found

        differ += check(what, differences)
        if notes:
            print(f"    DuckDB's infinities, {len(notes)}: the first is {notes[0]}")
    if pa and path.endswith(".parquet"):
        differ += check(f"{name}, statistics", lambda: compare_statistics(path, want, unit))
    return differ


def main():
    differ = 0
    for bundle in BUNDLES:
        stem = f"{WORK}/{os.path.basename(bundle).removesuffix('.zip')}"
        convert(bundle, f"{stem}.ndjson", ["--omit-nulls"])
        want = expected(f"{stem}.ndjson")
        os.remove(f"{stem}.ndjson")
        cases = list(filters(want))
        print(f"{bundle}: {len(want['line'])} rows, {len(cases)} filters", flush=True)
        for name, options, unit in FILES:
            path = f"{stem}-{name}"
            convert(bundle, path, options)
            differ += check_file(path, unit, want, cases)
            os.remove(path)
    print(f"{differ} of the above differ" if differ else "all equal")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
