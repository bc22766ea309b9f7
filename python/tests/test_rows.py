"""Rows are those of the command, and of the logs as the standard library reads them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, rows_of

import ripsaw

BUNDLES = ["deploy.zip", "odd.zip", "standard.zip", "containers.zip", "app.ndjson"]
INPUTS = [f"fixtures/{name}" for name in BUNDLES] + sorted(
    f"fixtures/formats/{path.parent.name}/input" for path in (ROOT / "fixtures/formats").glob("*/input")
)


def plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, extension types and metadata, so that only values are compared."""
    columns: list[Any] = []
    for column in table.columns:
        if isinstance(column.type, pa.BaseExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append(column)
    return pa.table(dict(zip(table.column_names, columns)))


@pytest.mark.parametrize("path", INPUTS)
def test_rows_are_those_of_the_command(path: str, command: Any, tmp_path: Path) -> None:
    # Microseconds are the command's default in Parquet.
    written = tmp_path / "rows.parquet"
    done = command("convert", path, "-o", str(written), "--quiet", "--timestamp-unit", "ns")
    assert done.returncode in (0, 2), done.stderr
    with pytest.warns(ripsaw.RipsawWarning) if done.returncode == 2 else _nothing():
        table = ripsaw.scan(path).to_pyarrow()
    expected = pq.read_table(written)
    assert table.num_rows > 0
    assert table.column_names == expected.column_names
    own, other = plain(table), plain(expected)
    for name in own.column_names:
        assert own[name].cast(other[name].type).equals(other[name]), name


class _nothing:
    """No warning is expected."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("path", ["fixtures/deploy.zip", "fixtures/formats/ndjson/input"])
def test_rows_are_those_of_the_commands_ndjson(path: str, command: Any, tmp_path: Path) -> None:
    written = tmp_path / "rows.ndjson"
    assert command("convert", path, "-o", str(written), "--keys", "extra").returncode == 0
    expected = rows_of(written)
    rows = ripsaw.scan(path, schema="extra").to_pyarrow().to_pylist()
    assert len(rows) == len(expected)
    for row, other in zip(rows, expected):
        for name, value in other.items():
            own = row[name]
            if name == "timestamp":
                assert (own is None) == (value is None)
            elif name == "args":
                assert (None if own is None else dict(own)) == (value or (None if own is None else {}))
            elif name == "extra":
                assert (None if own is None else json.loads(own)) == value
            else:
                assert own == value, name


def test_messages_are_those_of_the_archive() -> None:
    expected = []
    with zipfile.ZipFile("fixtures/deploy.zip") as archive:
        for entry in archive.infolist():
            for line in archive.read(entry).splitlines():
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict) and "out" in record:
                    expected.append((entry.filename, record["pos"], record["level"]))
    table = ripsaw.scan("fixtures/deploy.zip", columns=["file", "pos", "level_text"]).to_pyarrow()
    own = [(row["file"], row["pos"], row["level_text"]) for row in table.to_pylist()]
    assert len(own) == 1332
    assert own == expected


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"level": "WARN+"}, ["--level", "WARN+"]),
    ({"level": ["ERROR", "FATAL"]}, ["--level", "ERROR", "--level", "FATAL"]),
    ({"where": "contains(message, 'make')"}, ["--where", "contains(message, 'make')"]),
    ({"where": ["line gt 5", "line lt 9"]}, ["--where", "line gt 5", "--where", "line lt 9"]),
    ({"stage": "Build"}, ["--stage", "Build"]),
    ({"stage": "!Build"}, ["--stage", "!Build"]),
    ({"step": ["Helm*", "Build*"]}, ["--step", "Helm*", "--step", "Build*"]),
    ({"run": 128}, ["--run", "128"]),
    ({"file": "*Build*"}, ["--file", "*Build*"]),
    ({"since": "2026-03-09T09:14:00Z"}, ["--since", "2026-03-09T09:14:00Z"]),
    ({"until": "2026-03-09T10:14", "tz": "+01:00"}, ["--until", "2026-03-09T10:14", "--tz", "+01:00"]),
    ({"columns": "line", "format": "text"}, ["--columns", "line", "--format", "text"]),
    ({"format_regex": r"(?<level>\w+) (?<message>.*)"}, ["--format-regex", r"(?<level>\w+) (?<message>.*)"]),
    ({"ansi": "keep"}, ["--ansi", "keep"]),
    ({"index": False, "threads": 1}, ["--no-index", "--threads", "1"]),
]


@pytest.mark.parametrize("options, words", FILTERS)
def test_options_are_the_commands(options: dict[str, Any], words: list[str], command: Any, tmp_path: Path) -> None:
    written = tmp_path / "rows.parquet"
    done = command("convert", "fixtures/deploy.zip", "-o", str(written), "--timestamp-unit", "ns", *words)
    assert done.returncode == 0, done.stderr
    expected, own = plain(pq.read_table(written)), plain(ripsaw.scan("fixtures/deploy.zip", **options).to_pyarrow())
    assert own.column_names == expected.column_names
    assert own.num_rows == expected.num_rows
    for name in own.column_names:
        assert own[name].cast(expected[name].type).equals(expected[name]), name


def test_times_may_be_those_of_datetime() -> None:
    from datetime import date, datetime, timedelta, timezone

    time = datetime(2026, 3, 9, 9, 14, tzinfo=timezone.utc)
    rows = [ripsaw.scan("fixtures/deploy.zip", since=since).to_pyarrow().num_rows
            for since in (time, time.astimezone(timezone(timedelta(hours=2))), "2026-03-09T09:14:00Z")]
    assert len(set(rows)) == 1 and 0 < rows[0] < 1332
    assert ripsaw.scan("fixtures/deploy.zip", since=date(2026, 3, 9), tz="UTC").to_pyarrow().num_rows == 1332


GREPS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"ignore_case": True}, ["-i"]),
    ({"fixed_strings": True}, ["-F"]),
    ({"word": True}, ["-w"]),
    ({"smart_case": True}, ["-S"]),
    ({"invert": True}, ["-v"]),
    ({"line": True}, ["-x"]),
    ({"field": "step"}, ["--field", "step"]),
    ({"level": "WARN+"}, ["--level", "WARN+"]),
]


@pytest.mark.parametrize("pattern", ["error", "Build", "make .*", "a.b"])
@pytest.mark.parametrize("options, words", GREPS)
def test_grep_is_the_commands(pattern: str, options: dict[str, Any], words: list[str], command: Any) -> None:
    done = command("grep", pattern, "fixtures/deploy.zip", "--count", "--no-filename", *words)
    assert done.returncode in (0, 1), done.stderr
    expected = sum(int(line) for line in done.stdout.split())
    found = ripsaw.grep(pattern, "fixtures/deploy.zip", columns=["message"], **options)
    assert sum(batch.num_rows for batch in found) == expected


@pytest.mark.parametrize("path", INPUTS)
def test_entries_are_the_commands(path: str, command: Any, tmp_path: Path) -> None:
    written = tmp_path / "entries.parquet"
    done = command("convert", path, "-o", str(written), "--table", "entries", "--timestamp-unit", "ns")
    assert done.returncode in (0, 2), done.stderr
    with pytest.warns(ripsaw.RipsawWarning) if done.returncode == 2 else _nothing():
        own = plain(ripsaw.entries(path).to_pyarrow())
    expected = plain(pq.read_table(written))
    assert own.column_names == expected.column_names and own.num_rows == expected.num_rows > 0
    for name in own.column_names:
        assert own[name].cast(expected[name].type).equals(expected[name]), name


def test_entries_have_the_columns_and_filters() -> None:
    scan = ripsaw.entries("fixtures/deploy.zip", columns=["step", "lines"], level="ERROR+")
    table = scan.to_pyarrow()
    assert table.column_names == scan.columns == ["step", "lines"]
    assert pc.sum(table["lines"]).as_py() == scan.rows == 4


def test_keys_are_columns() -> None:
    scan = ripsaw.scan("fixtures/app.ndjson")
    assert scan.key_schema is not None
    pinned = ripsaw.scan("fixtures/app.ndjson", schema=json.loads(scan.key_schema))
    assert pinned.schema == scan.schema
    assert pinned.to_pyarrow().equals(scan.to_pyarrow())
    assert ripsaw.scan("fixtures/app.ndjson", schema="scan").schema == scan.schema
    without = ripsaw.scan("fixtures/app.ndjson", schema="extra")
    assert without.key_schema is None and set(without.columns) < set(ripsaw.scan("fixtures/app.ndjson", columns="all").columns)


def test_a_schema_file_pins_keys(tmp_path: Path) -> None:
    scan = ripsaw.scan("fixtures/app.ndjson")
    assert scan.key_schema is not None
    file = tmp_path / "schema.json"
    file.write_text(scan.key_schema)
    assert ripsaw.scan("fixtures/app.ndjson", schema=file).schema == scan.schema


def test_several_paths_are_read_in_order() -> None:
    paths: list[Any] = [Path("fixtures/deploy.zip"), "fixtures/odd.zip"]
    bundles = ripsaw.scan(paths, columns=["bundle"], dictionaries=False).to_pyarrow()["bundle"].to_pylist()
    assert list(dict.fromkeys(bundles)) == ["fixtures/deploy.zip", "fixtures/odd.zip"]
