"""Data sets that the command wrote, as DuckDB, Polars, pyarrow and ripsaw itself read them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from data_sets import PARTITIONS, Expected, Values, bundles, command, generate, text_of

import ripsaw


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return bundles(tmp_path_factory.mktemp("inputs") / "logs")


@pytest.fixture(scope="module")
def expected(inputs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Expected:
    return Expected(inputs, tmp_path_factory.mktemp("expected") / "all.ndjson")


def by_duckdb(folder: Path) -> pa.Table:
    files = str(folder / "**" / "*.parquet")
    with duckdb.connect() as connection:
        found = connection.sql(f"SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
        assert found is not None
        return found.to_arrow_table()


def by_polars(folder: Path) -> pa.Table:
    return pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=True).collect().to_arrow()


def by_pyarrow(folder: Path) -> pa.Table:
    return pyarrow.dataset.dataset(folder, partitioning="hive").to_table()


READERS: dict[str, Callable[[Path], pa.Table]] = {"duckdb": by_duckdb, "polars": by_polars, "pyarrow": by_pyarrow}


def counts(table: pa.Table, names: list[str]) -> Counter[Values]:
    """The number of rows of each partition."""
    columns = [[text_of(value) for value in table[name].to_pylist()] for name in names]
    return Counter(zip(*columns))


def lines(table: pa.Table) -> list[tuple[Any, ...]]:
    """What identifies rows, and their text."""
    columns = [table[name].to_pylist() for name in ("bundle", "file", "line", "message")]
    return sorted(zip(*columns))


def check(folder: Path, names: list[str], expected: Expected) -> dict[str, str]:
    """All readers find the expected rows, and the same columns, which are returned with their types."""
    own = expected.filled()
    columns: dict[str, str] = {}
    for name, read in READERS.items():
        table = read(folder)
        assert counts(table, names) == expected.counts(names), name
        assert lines(table) == expected.lines(), name
        filled = {column: table.num_rows - table[column].null_count for column in table.column_names}
        # The date comes from the folders alone.
        assert filled.keys() - {"date"} == own.keys() and filled.keys() >= set(names), name
        assert {column: filled[column] for column in own} == own, name
        # What a value of a folder is, each decides itself.
        types = {field.name: kind_of(field.type) for field in table.schema if field.name not in names}
        columns = columns or types
        assert types == columns, name
    return columns


def kind_of(kind: pa.DataType) -> str:
    """The type of a column but for how it is laid out in memory."""
    if isinstance(kind, pa.BaseExtensionType):
        return kind_of(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    if pa.types.is_struct(kind):
        return str({field.name: kind_of(field.type) for field in kind})
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        # Polars has lists of structs instead of maps.
        return "nested"
    # They may name the zone otherwise.
    return "timestamp" if pa.types.is_timestamp(kind) and kind.tz else str(kind)


@pytest.fixture(params=PARTITIONS)
def data_set(request: pytest.FixtureRequest, inputs: list[str], tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    folder = tmp_path / "set"
    command("convert", *inputs, "-o", f"{folder}/", "--partition-by", request.param)
    yield folder, request.param.split(",")


def test_all_readers_find_the_rows(
    data_set: tuple[Path, list[str]], inputs: list[str], expected: Expected, tmp_path: Path
) -> None:
    folder, names = data_set
    assert len(expected.counts(names)) > 5
    types = check(folder, names, expected)
    assert types["pid"] == "int64" and types["timestamp"] == "timestamp"
    # ripsaw reads it as what it was.
    assert lines(ripsaw.scan(folder, columns="all").to_pyarrow()) == expected.lines()

    # A bundle changes, and its rows are replaced.
    changing = Path(inputs[0])
    before = tmp_path / "before.zip"
    shutil.copy2(changing, before)
    try:
        generate(changing, 77)
        assert "1 changed" in command("convert", *inputs, "-o", str(folder))
        changed = Expected(inputs, tmp_path / "changed.ndjson")
        assert changed.lines() != expected.lines()
        assert check(folder, names, changed) == types

        command("compact", str(folder), "--sort", "time")
        assert check(folder, names, changed) == types
        assert lines(ripsaw.scan(folder, columns="all").to_pyarrow()) == changed.lines()
        files = list(folder.rglob("*.parquet"))
        assert len(files) == len(changed.counts(names))
        for file in files:
            times = pq.ParquetFile(file).read(["timestamp"])["timestamp"].to_pylist()
            assert times == sorted(times, key=lambda time: (time is None, time)), file
    finally:
        # Of other tests too.
        os.replace(before, changing)
