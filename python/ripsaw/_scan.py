"""Scans: lazy tables of log lines or of entries."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from ripsaw import _ripsaw
from ripsaw._errors import RipsawError, first_of, warn
from ripsaw._options import given_of, options_of, paths_of, texts

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Literal, Union

    import duckdb
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Unpack

    from ripsaw._options import Paths, StreamOptions, Texts, Time

T = TypeVar("T")

# From the least severe.
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

# Batches that Polars converts at once.
_AT_ONCE = 32


class Scan:
    """A lazy table: what :func:`ripsaw.scan`, :func:`ripsaw.entries` and :func:`ripsaw.grep` return.

    Nothing is read until it is used, and each use reads anew, in bounded memory. Any library that knows Arrow's
    PyCapsule interface takes it as it is, such as ``polars.DataFrame(scan)``; iterating over it gives batches
    (:class:`ripsaw.Batch`).

    While rows are read, other Python threads run, and Ctrl-C stops the reading: the methods here raise
    ``KeyboardInterrupt``, another library that has been handed the scan an error of its own with the text
    ``interrupted``. Likewise these methods raise :class:`ripsaw.RipsawError`, and another library an error with its
    text. An entry that cannot be read whole
    has its rows up to the damage and then a row whose ``parse_error`` is the reason; a
    :class:`ripsaw.RipsawWarning` says so at the end, and :attr:`problems` has them.
    """

    def __init__(self, inputs: _ripsaw.Inputs) -> None:
        self._inputs = inputs
        self._problems: Optional[list[RipsawError]] = None
        self._counts: Optional[tuple[int, int]] = None

    @property
    def schema(self) -> _ripsaw.Schema:
        """The columns, which any library that knows Arrow takes, such as ``pyarrow.schema(scan.schema)``.

        >>> import ripsaw
        >>> ripsaw.scan("fixtures/deploy.zip", columns=["line", "message"]).schema
        line: Int64
        message: Utf8
        """
        return self._inputs.schema

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._inputs.schema.names

    @property
    def key_schema(self) -> Optional[str]:
        """The columns that keys of generic JSON have, as the JSON that ``schema=`` takes; ``None`` without such."""
        return self._inputs.key_schema

    @property
    def problems(self) -> Optional[list[RipsawError]]:
        """The entries that the last finished reading could not read whole, not raised; ``None`` before that."""
        return self._problems

    @property
    def rows(self) -> Optional[int]:
        """How many log lines the last finished reading selected; ``None`` before that."""
        return None if self._counts is None else self._counts[0]

    @property
    def malformed(self) -> Optional[int]:
        """How many of these lines could not be parsed; ``None`` before a reading has finished."""
        return None if self._counts is None else self._counts[1]

    def __arrow_c_schema__(self) -> object:
        return self._inputs.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self._inputs.read(self._end).__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Iterator[_ripsaw.Batch]:
        return iter(self._inputs.read(self._end))

    def __repr__(self) -> str:
        return f"<ripsaw.Scan: {', '.join(self.columns)}>"

    def to_pyarrow(self) -> pyarrow.Table:
        """Reads all rows into a ``pyarrow.Table``.

        >>> import ripsaw
        >>> ripsaw.scan("fixtures/deploy.zip", columns=["message"]).to_pyarrow().num_rows
        1332
        """
        pa = _module("pyarrow", "pyarrow")
        # `pyarrow.table` would import pandas first, to see whether it is given a frame of that.
        table: pyarrow.Table = self._consume(lambda rows: pa.RecordBatchReader.from_stream(rows).read_all())
        return table

    def to_reader(self) -> pyarrow.RecordBatchReader:
        """A ``pyarrow.RecordBatchReader``, which reads as it is asked for batches.

        >>> import ripsaw
        >>> reader = ripsaw.scan("fixtures/deploy.zip", columns=["message"]).to_reader()
        >>> sum(batch.num_rows for batch in reader)
        1332
        """
        pa = _module("pyarrow", "pyarrow")
        reader: pyarrow.RecordBatchReader = pa.RecordBatchReader.from_stream(self)
        return reader

    def to_polars(self) -> polars.DataFrame:
        """Reads all rows into a ``polars.DataFrame``.

        >>> import ripsaw
        >>> frame = ripsaw.scan("fixtures/deploy.zip", level="ERROR+").to_polars()
        >>> frame.height
        4
        """
        pl = _module("polars", "polars")
        # Before Polars 1.32, categories of one frame were not those of another.
        if not hasattr(pl, "Categories"):
            whole: polars.DataFrame = self._consume(pl.DataFrame)
            return whole
        # Parts are converted while the next ones are read: of a stream, Polars converts all at its end.
        reading = self._inputs.read(self._end, views=True)
        with ThreadPoolExecutor(1) as pool:
            frames = [pool.submit(_frame, pl, part) for part in _parts(reading)]
        frame: polars.DataFrame = pl.concat([frame.result() for frame in frames], rechunk=False)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """Reads all rows into a ``pandas.DataFrame``, by way of pyarrow.

        >>> import ripsaw
        >>> ripsaw.scan("fixtures/deploy.zip", columns=["line", "message"]).to_pandas().shape
        (1332, 2)
        """
        _module("pandas", "pandas pyarrow")
        frame: pandas.DataFrame = self.to_pyarrow().to_pandas()
        return frame

    def to_duckdb(self, connection: Optional[duckdb.DuckDBPyConnection] = None) -> duckdb.DuckDBPyRelation:
        """A DuckDB relation over the rows, in ``connection`` or DuckDB's default one. Each query of it reads anew.

        >>> import ripsaw
        >>> rows = ripsaw.scan("fixtures/deploy.zip", columns=["level", "message"]).to_duckdb()
        >>> rows.filter("level = 'FATAL'").aggregate("count(*)").fetchall()
        [(1,)]
        """
        db = _module("duckdb", "duckdb")
        relation: duckdb.DuckDBPyRelation = (connection or db).from_arrow(self)
        return relation

    def _consume(self, take: Callable[[Any], T]) -> T:
        """Lets a library take all rows, and raises what has ended them rather than the library's own error."""
        reading = self._inputs.read(self._end)
        try:
            return take(reading)
        except Exception:
            raised = reading.raised()
            if raised is None:
                raise
            raise raised from None

    def _end(self, rows: int, malformed: int, problems: list[RipsawError]) -> None:
        self._counts = (rows, malformed)
        self._problems = problems
        if problems:
            warn(first_of(problems))


def _frame(pl: ModuleType, part: _ripsaw.Part) -> polars.DataFrame:
    """A part as Polars has it: Arrow's order of levels is lost to it but in an ``Enum``."""
    frame: polars.DataFrame = pl.DataFrame(part)
    if isinstance(frame.schema.get("level"), pl.Categorical):
        frame = frame.with_columns(pl.col("level").cast(pl.Enum(_LEVELS)))
    return frame


def _parts(reading: _ripsaw.Reading) -> Iterator[_ripsaw.Part]:
    """All rows, some batches at a time; at least one part, which may have none."""
    while True:
        part = reading.take(_AT_ONCE)
        yield part
        if len(part) < _AT_ONCE:
            return


def _module(name: str, packages: str) -> ModuleType:
    """A package that is not required."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"this needs {name}: pip install {packages}", name=name) from error


def scan(
    paths: Paths,
    *,
    where: Optional[Texts] = None,
    columns: Optional[Texts] = None,
    level: Optional[Texts] = None,
    since: Optional[Time] = None,
    until: Optional[Time] = None,
    stage: Optional[Texts] = None,
    step_group: Optional[Texts] = None,
    step: Optional[Texts] = None,
    unit: Optional[Texts] = None,
    pipeline: Optional[Texts] = None,
    run: Optional[Union[int, Texts]] = None,
    file: Optional[Texts] = None,
    schema: Union[str, os.PathLike[str], Mapping[str, Any]] = "sample",
    format: Optional[str] = None,
    format_regex: Optional[str] = None,
    formats_file: Optional[Paths] = None,
    tz: Optional[str] = None,
    dedupe: Optional[str] = None,
    ansi: Literal["strip", "keep"] = "strip",
    join: bool = False,
    limit: Optional[Mapping[str, Union[int, str]]] = None,
    strict: bool = False,
    threads: Optional[int] = None,
    index: Union[bool, str, os.PathLike[str]] = True,
    timestamp_unit: Literal["ns", "us"] = "ns",
    dictionaries: bool = True,
) -> Scan:
    """A lazy table of log lines.

    The inputs are opened and listed now, so that a path that does not exist, an invalid filter or an unknown
    column is an error here. Lines are read when the scan is used, and anew each time.

    >>> import ripsaw
    >>> scan = ripsaw.scan("fixtures/deploy.zip", where="contains(message, 'timed out')", step="Helm*")
    >>> scan.to_polars()["level"].unique().to_list()
    ['ERROR']

    Args:
        paths: An archive, a directory or a log file, or several, read in this order.
        where: OData filters over all columns, such as ``"level ge 'WARN' and run eq 7"``; all must hold.
        columns: Names of columns, in this order; only these are decoded. ``"all"``: also the fixed columns that no
            format of the inputs fills.
        level: ``"WARN+"``, or levels such as ``["ERROR", "FATAL"]``.
        since: Only lines from this time on: a ``datetime``, ``"2024-05-01T10:00:00Z"``, ``"yesterday"``, ``"-3h"``.
            Without an offset it is of the zone ``tz``, or the system's.
        until: Only lines before this time.
        stage, step_group, step, unit, pipeline, run, file: Globs on names; ``"!GLOB"`` leaves out. A line must
            pass one of each.
        schema: Which keys of generic JSON are columns: those that a look at parts of the input finds
            (``"sample"``), that all of it has (``"scan"``), none (``"extra"``: the column ``extra`` has them), or
            the JSON of ``ripsaw schema`` or of :attr:`Scan.key_schema`, parsed or as the path of a file.
        format: The format of all entries, as ``ripsaw formats`` lists them; each is detected else.
        format_regex: A regular expression with named groups, which all lines are read by; docs/own-formats.md.
        formats_file: A file of your own formats, or several, which are tried before all others.
        tz: The zone of times without an offset, in arguments and in logs.
        dedupe: Of lines with the same value of this key, keep the first.
        ansi: ``"keep"`` leaves escape sequences in messages.
        join: Join lines that continue a record, such as a stack trace, to its row; else each line is a row.
        limit: Limits on inputs that are made to exhaust a machine, such as ``{"entry-bytes": "1GiB", "depth": 3}``;
            docs/formats.md.
        strict: The first malformed line is an error.
        threads: Threads that read and decode; as many as processors by default.
        index: Use indexes beside the logs, none (``False``), or those in this directory.
        timestamp_unit: ``"us"`` for libraries that take no nanoseconds.
        dictionaries: ``False`` gives names and levels as plain text.

    Raises:
        RipsawFileNotFoundError: A path does not exist.
        RipsawError: Anything else that cannot be opened or is not valid.
    """
    return _open(paths, given_of(locals()), True)


def entries(paths: Paths, **options: Unpack[StreamOptions]) -> Scan:
    """A lazy table of entries: one row for each log file, with its counts. Takes the options of :func:`scan`;
    filters that select lines apply to the counts.

    >>> import ripsaw
    >>> table = ripsaw.entries("fixtures/deploy.zip", columns=["step", "lines", "error_lines"]).to_polars()
    >>> table["lines"].sum()
    1332
    """
    return _open(paths, options, False)


def grep(
    pattern: Texts,
    paths: Paths,
    *,
    fixed_strings: bool = False,
    ignore_case: bool = False,
    smart_case: bool = False,
    word: bool = False,
    line: bool = False,
    invert: bool = False,
    field: Optional[Texts] = None,
    **options: Unpack[StreamOptions],
) -> Scan:
    """A lazy table of the lines whose decoded message matches. Takes the options of :func:`scan` as well.

    >>> import ripsaw
    >>> ripsaw.grep("timed out", "fixtures/deploy.zip", columns=["step", "message"]).to_pyarrow().num_rows
    1

    Args:
        pattern: A regular expression, or several, any of which matches.
        paths: As for :func:`scan`.
        fixed_strings: The pattern is plain text.
        ignore_case: Case does not matter.
        smart_case: Case matters only if the pattern has an upper-case letter.
        word: Only whole words match.
        line: Only whole lines match.
        invert: The lines that do not match.
        field: Columns to search instead of the message.
    """
    patterns = [part for text in texts(pattern, "pattern") for part in text.split("\n")]
    if not patterns:
        raise TypeError("pattern takes a text or several, not none")
    search = {
        "patterns": patterns,
        "fields": texts(field, "field"),
        "fixed_strings": fixed_strings,
        "ignore_case": ignore_case,
        "smart_case": smart_case,
        "word": word,
        "line": line,
        "invert": invert,
    }
    return _open(paths, {**options, "search": search}, True)


def _open(paths: Paths, given: Mapping[str, Any], is_lines: bool) -> Scan:
    inputs = _ripsaw.Inputs(paths_of(paths), options_of(given), is_lines)
    for text in inputs.warnings:
        warn(text)
    return Scan(inputs)
