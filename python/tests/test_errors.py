"""Errors are exceptions with their place; damaged entries are warnings."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import ripsaw

DEPLOY = "fixtures/deploy.zip"


def test_a_missing_path_is_an_error_at_once() -> None:
    with pytest.raises(ripsaw.RipsawFileNotFoundError) as caught:
        ripsaw.scan([DEPLOY, "nothing.zip"])
    error = caught.value
    assert isinstance(error, FileNotFoundError) and isinstance(error, ripsaw.RipsawError)
    assert (error.bundle, error.entry, error.line) == ("nothing.zip", None, None)
    assert error.cause == "no such file or directory" and error.hint
    assert str(error) == "cannot read: nothing.zip: no such file or directory"
    assert error.errno == 2 and error.filename == "nothing.zip"
    if sys.version_info >= (3, 11):
        assert error.__notes__ == [f"hint: {error.hint}"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"columns": ["nothing"]}, 'unknown column "nothing"'),
    ({"columns": ["line", "line"]}, "selected twice"),
    ({"level": "LOUD"}, "level"),
    ({"since": "noon"}, "since"),
    ({"since": "10:15"}, "no date"),
    ({"where": "line gt"}, "where"),
    ({"where": "nothing eq 1"}, "nothing"),
    ({"stage": "["}, "stage"),
    ({"format": "nothing"}, "there is no format"),
    ({"format_regex": "(?<message>"}, "unclosed group"),
    ({"format": "text", "format_regex": "(?<message>.*)"}, "format is given as well"),
    ({"formats_file": "none.toml"}, "cannot read formats"),
    ({"tz": "Nowhere/Nothing"}, "tz"),
    ({"limit": {"depth": 0}}, "above 0"),
    ({"limit": {"nothing": 1}}, "the limits are"),
    ({"schema": "nothing.json"}, "schema"),
    ({"schema": {"keys": 1}}, "schema"),
]


@pytest.mark.parametrize("options, text", WRONG)
@pytest.mark.parametrize("table", [ripsaw.scan, lambda *words, **more: ripsaw.grep("x", *words, **more)])
def test_wrong_options_are_errors_at_once(options: dict[str, Any], text: str, table: Callable[..., Any]) -> None:
    with pytest.raises(ripsaw.RipsawError) as caught:
        table(DEPLOY, **options)
    assert isinstance(caught.value, (ValueError, OSError))
    assert text in str(caught.value)


def test_wrong_patterns_are_errors() -> None:
    with pytest.raises(ripsaw.RipsawValueError, match="pattern") as caught:
        ripsaw.grep("(", DEPLOY)
    assert caught.value.hint == "fixed_strings=True treats it as plain text"
    with pytest.raises(ripsaw.RipsawValueError, match="unknown column"):
        ripsaw.grep("x", DEPLOY, field="nothing")


@pytest.mark.parametrize(
    "call, kind",
    [
        (lambda: ripsaw.scan([]), ValueError),
        (lambda: ripsaw.scan(1), TypeError),  # type: ignore[arg-type]
        (lambda: ripsaw.scan(DEPLOY, columns=[]), ValueError),
        (lambda: ripsaw.scan(DEPLOY, since=1), TypeError),  # type: ignore[arg-type]
        (lambda: ripsaw.scan(DEPLOY, level=[object()]), TypeError),  # type: ignore[list-item]
        (lambda: ripsaw.scan(DEPLOY, timestamp_unit="ms"), ValueError),  # type: ignore[arg-type]
        (lambda: ripsaw.scan(DEPLOY, ansi="maybe"), ValueError),  # type: ignore[arg-type]
        (lambda: ripsaw.entries(DEPLOY, nothing=1), TypeError),  # type: ignore[call-arg]
        (lambda: ripsaw.convert(DEPLOY, "x.csv", table="x"), ValueError),  # type: ignore[arg-type]
        (lambda: ripsaw.read_spans(DEPLOY, b"x"), ValueError),
        (lambda: ripsaw.read_spans(DEPLOY, [], table="line"), ValueError),
        (lambda: ripsaw.scan(b"x.zip"), TypeError),  # type: ignore[arg-type]
        (lambda: ripsaw.grep(b"x", DEPLOY), TypeError),  # type: ignore[arg-type]
        (lambda: ripsaw.grep([], DEPLOY), TypeError),
        (lambda: ripsaw.scan(DEPLOY, run=[True]), TypeError),  # type: ignore[list-item]
        (lambda: ripsaw.scan(DEPLOY, threads=-1), ValueError),
        (lambda: ripsaw.convert(DEPLOY, "x.parquet", row_group_size=0), ValueError),
        (lambda: ripsaw.convert(DEPLOY, "x.parquet", timestamp_unit="ms"), ValueError),  # type: ignore[arg-type]
        (lambda: ripsaw.convert(DEPLOY, "set/", since="-1d"), ValueError),
        (lambda: ripsaw.index("nothing.zip"), FileNotFoundError),
    ],
)
def test_wrong_arguments(call: Callable[[], Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        call()
    assert not Path("x.parquet").exists() and not Path("set").exists()


def test_exceptions_can_be_pickled() -> None:
    for path in ("nothing.zip", "fixtures/unsupported.zip"):
        try:
            ripsaw.scan(path, columns="nothing")
        except ripsaw.RipsawError as error:
            other = pickle.loads(pickle.dumps(error))
            assert type(other) is type(error) and str(other) == str(error)
            assert {**vars(other)} == {**vars(error)}


def test_strict_ends_with_the_line(tmp_path: Path) -> None:
    log = tmp_path / "app.ndjson"
    log.write_text('{"message": "a"}\n' * 5 + "{]\n" + '{"message": "b"}\n' * 5)
    scan = ripsaw.scan(log, strict=True)
    # The error is ripsaw's own, whoever takes the rows.
    for take in (scan.to_pyarrow, scan.to_polars, scan.to_pandas, lambda: list(scan)):
        with pytest.raises(ripsaw.RipsawError) as caught:
            take()
        assert caught.value.line == 6 and caught.value.bundle == str(log)
    # By the C interface it is the library's, with ripsaw's text.
    with pytest.raises(Exception, match=":6: "):
        pa.table(scan)
    with pytest.raises(Exception, match=":6: "):
        pl.DataFrame(scan)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A bundle with an entry that cannot be read whole."""
    return Path(shutil.copy("fixtures/corrupt.zip", tmp_path / "corrupt.zip"))


def test_damage_is_a_row_a_warning_and_a_problem(damaged: Path) -> None:
    scan = ripsaw.scan(damaged, columns=["file", "line", "parse_error"])
    assert (scan.problems, scan.rows) == (None, None)
    takes: list[Callable[[], Any]] = [scan.to_pyarrow, lambda: pa.table(scan), lambda: list(scan)]
    takes += [scan.to_polars, lambda: pl.DataFrame(scan)]
    for take in takes:
        with pytest.warns(ripsaw.RipsawWarning) as warned:
            take()
        assert len(warned) == 1
        assert scan.problems
        problem = scan.problems[0]
        assert problem.bundle == str(damaged) and problem.entry and problem.cause
        assert problem.entry in str(warned[0].message)
    with pytest.warns(ripsaw.RipsawWarning):
        rows = scan.to_pyarrow().to_pylist()
    errors = [row for row in rows if row["parse_error"]]
    assert {problem.entry for problem in scan.problems or []} == {row["file"] for row in errors}
    assert scan.rows == len(rows)


def test_problems_of_spans_are_those_of_their_entries(damaged: Path) -> None:
    whole = ripsaw.scan(damaged)
    with pytest.warns(ripsaw.RipsawWarning):
        rows = whole.to_pyarrow().num_rows
    problems = []
    for group in ripsaw.plan(damaged, target_bytes=1):
        part = ripsaw.read_spans(damaged, group)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ripsaw.RipsawWarning)
            rows -= part.to_pyarrow().num_rows
        problems += part.problems or []
    assert rows == 0
    assert [str(problem) for problem in problems] == [str(problem) for problem in whole.problems or []] != []


def test_warnings_are_of_the_line_that_read(damaged: Path) -> None:
    scan = ripsaw.scan(damaged)
    takes: list[Callable[[], Any]] = [scan.to_pyarrow, lambda: pa.table(scan), lambda: list(scan), scan.to_polars]
    takes.append(lambda: ripsaw.convert(damaged, damaged.parent / "out.csv"))
    for take in takes:
        with pytest.warns(ripsaw.RipsawWarning) as warned:
            take()
        assert [warning.filename for warning in warned] == [__file__]


def test_what_can_be_read_once_is_not_read_again() -> None:
    code = """
import ripsaw
scan = ripsaw.scan("-")
print(scan.to_pyarrow().num_rows)
try:
    scan.to_polars()
except ripsaw.RipsawError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], input=b"one\ntwo\n", capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == ["2", "cannot read: -: it has been read, and can be read only once"]


def test_a_warning_can_be_an_error(damaged: Path) -> None:
    scan = ripsaw.scan(damaged)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ripsaw.RipsawWarning)
        with pytest.raises(ripsaw.RipsawWarning):
            scan.to_pyarrow()
        with pytest.raises(ripsaw.RipsawWarning):
            list(scan)


def test_a_reading_that_stops_early_has_no_counts() -> None:
    scan = ripsaw.scan(DEPLOY)
    next(iter(scan))
    assert scan.problems is None and scan.rows is None
    assert sum(len(batch) for batch in scan) == scan.rows == 1332
    assert scan.problems == [] and scan.malformed == 0


def test_names_that_c_cannot_hold_are_refused(tmp_path: Path) -> None:
    log = tmp_path / "nul.ndjson"
    log.write_text('{"message": "a", "k\\u0000": 1}\n' * 3)
    scan = ripsaw.scan(log)
    assert "k\0" in scan.columns
    for take in (scan.to_pyarrow, scan.to_polars):
        with pytest.raises(ValueError, match="cannot hand over"):
            take()
    assert ripsaw.scan(log, schema="extra").to_pyarrow().num_rows == 3
