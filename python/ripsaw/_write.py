"""Files: conversions and indexes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from ripsaw import _ripsaw
from ripsaw._errors import RipsawError, first_of, warn
from ripsaw._options import check_choice, options_of, paths_of, texts

if TYPE_CHECKING:
    from typing import Literal, Union

    from typing_extensions import Unpack

    from ripsaw._options import Options, Paths, Texts


@dataclass(frozen=True)
class Report:
    """What a conversion wrote."""

    #: The file, or the directory of the data set.
    path: Path
    #: How long it took.
    seconds: float
    #: Rows that were written; of a data set, those of the bundles that were read.
    rows: int = 0
    #: Lines among them that could not be parsed.
    malformed: int = 0
    #: Rows with keys of JSON in ``extra`` because there are no columns for them.
    late: int = 0
    #: Bytes that were written; ``None`` if the file is a pipe or a device.
    bytes: Optional[int] = 0
    #: Entries that could not be read whole.
    problems: list[RipsawError] = field(default_factory=list)
    #: Files that were written.
    files: int = 0
    #: Bundles that the data set did not have.
    added: list[str] = field(default_factory=list)
    #: Bundles that have changed, whose rows were replaced.
    changed: list[str] = field(default_factory=list)
    #: How many bundles were not read, since the data set has them as they are.
    unchanged: int = 0
    #: Of those, the ones that could not be read to their end when they were added.
    damaged: list[str] = field(default_factory=list)
    #: Bundles that do not exist any more, whose rows were removed.
    removed: list[str] = field(default_factory=list)
    #: Nothing was written: this is what a run would do.
    is_dry: bool = False


@dataclass(frozen=True)
class Compaction:
    """What :func:`compact` wrote."""

    #: The directory of the data set.
    path: Path
    #: How long it took.
    seconds: float
    #: Rows of the files that were merged.
    rows: int
    #: Files that were written.
    files: int
    #: Files that were removed for them.
    replaced: int
    #: Bytes that were written.
    bytes: int


@dataclass(frozen=True)
class Index:
    """An index that was written."""

    #: The file.
    path: Path
    #: Log files and archives that it is of.
    files: int
    #: Entries in those.
    entries: int
    #: Its size.
    bytes: int
    #: Bytes of text of the entries.
    text_bytes: int
    #: Entries that could not be read to their end: each query reads them.
    unread: int


def convert(
    paths: Paths,
    out: Union[str, os.PathLike[str]],
    *,
    table: Literal["lines", "entries"] = "lines",
    to: Optional[str] = None,
    compression: Optional[str] = None,
    row_group_size: Optional[int] = None,
    timestamp_unit: Optional[Literal["us", "ns"]] = None,
    csv_null: Optional[str] = None,
    omit_nulls: bool = False,
    partition_by: Optional[Texts] = None,
    file_size: Optional[int] = None,
    per_bundle: bool = False,
    prune: bool = False,
    dry_run: bool = False,
    **options: Unpack[Options],
) -> Report:
    """Writes all rows to a file, or adds bundles to a data set; all of it or nothing. Takes the options of
    :func:`ripsaw.scan`.

    >>> import os, ripsaw, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> report = ripsaw.convert("fixtures/deploy.zip", os.path.join(folder.name, "deploy.parquet"))
    >>> report.rows, report.malformed
    (1332, 0)

    A data set is a directory of Parquet files that many runs add bundles to: archives, log files, and directories.
    It is written if ``out`` ends with a slash (which a ``Path`` drops) or is one already, or if any of its arguments
    is given. Another run reads only the bundles that are new or changed.

    >>> logs = os.path.join(folder.name, "logs/")
    >>> ripsaw.convert("fixtures/deploy.zip", logs, partition_by=["pipeline", "level"]).files
    4
    >>> report = ripsaw.convert(["fixtures/deploy.zip", "fixtures/odd.zip"], logs)
    >>> [os.path.basename(path) for path in report.added], report.unchanged
    (['odd.zip'], 1)
    >>> report = ripsaw.convert("fixtures", logs, dry_run=True)
    >>> report.unchanged, report.rows
    (2, 0)
    >>> ripsaw.scan(logs, level="ERROR+").to_pyarrow().num_rows
    10
    >>> folder.cleanup()

    Args:
        paths: As for :func:`ripsaw.scan`.
        out: The file: ``.parquet``, ``.arrow``, ``.arrows``, ``.csv`` or ``.ndjson``. Or a directory.
        table: One row for each line, or for each entry.
        to: The format, if the name of the file does not have it.
        compression: The codec, such as ``"zstd:3"``. Parquet and Arrow.
        row_group_size: Rows of a row group. Parquet.
        timestamp_unit: Parquet has microseconds unless ``"ns"`` is given.
        csv_null: The text of null. CSV.
        omit_nulls: Leave out columns that are null. NDJSON.
        partition_by: Names of columns, or ``"date"``: the day of the time in UTC. Each of their values has a
            folder. Needed in the first run of a data set alone.
        file_size: Begin another file of a data set after about so many bytes, 256 MiB by default.
        per_bundle: Each bundle of a data set has files of its own.
        prune: Also remove the rows of bundles that no longer exist from the data set.
        dry_run: Only list what would be added, changed and removed; write nothing.

    Raises:
        RipsawValueError: An argument does not fit the output, or the data set.
        RipsawError: Anything else that cannot be read or written.
    """
    if timestamp_unit is not None:
        check_choice("timestamp_unit", timestamp_unit, ("us", "ns"))
    started = time.monotonic()
    check_choice("table", table, ("lines", "entries"))
    _check_size(file_size)
    written = {
        "to": to,
        "compression": compression,
        "row_group_size": row_group_size,
        "timestamp_unit": timestamp_unit,
        "csv_null": csv_null,
        "omit_nulls": omit_nulls,
    }
    run = {
        "partition_by": texts(partition_by, "partition_by"),
        "file_size": file_size,
        "per_bundle": bool(per_bundle),
        "prune": bool(prune),
        "dry_run": bool(dry_run),
    }
    inputs, arguments = paths_of(paths), options_of(options)
    given = [name for name, value in run.items() if value]
    if _ripsaw.is_data_set(out, given[0] if given else None):
        found = _ripsaw.add(inputs, out, arguments, written, run, table == "lines")
    else:
        found = {"files": 1, **_ripsaw.convert(inputs, out, arguments, written, table == "lines")}
    report = Report(path=Path(out), seconds=time.monotonic() - started, **found)
    _warn(report.problems)
    return report


def compact(
    path: Union[str, os.PathLike[str]],
    *,
    sort: Optional[Literal["time"]] = None,
    file_size: Optional[int] = None,
    threads: Optional[int] = None,
) -> Compaction:
    """Merges the small files of each partition of a data set. The rows stay the same.

    >>> import os, ripsaw, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for path in ["fixtures/deploy.zip", "fixtures/odd.zip"]:
    ...         report = ripsaw.convert(path, os.path.join(folder, "logs/"))
    ...     done = ripsaw.compact(os.path.join(folder, "logs"), sort="time")
    >>> done.files, done.replaced
    (1, 2)

    Args:
        path: The directory.
        sort: ``"time"``: also sort the rows of each partition by ``timestamp``; rows without one come last.
        file_size: Begin another file after about so many bytes, 256 MiB by default. Files smaller than half of
            that are merged.
        threads: Threads that write; as many as processors by default.
    """
    started = time.monotonic()
    if sort not in (None, "time"):
        raise ValueError(f"sort is 'time' or None, not {sort!r}")
    _check_size(file_size)
    done = _ripsaw.compact(path, sort == "time", file_size, threads)
    return Compaction(path=Path(path), seconds=time.monotonic() - started, **done)


def index(paths: Paths, *, force: bool = False, **options: Unpack[Options]) -> list[Index]:
    """Writes the indexes that are missing or do not fit, or all of them anew (``force``), beside the logs or in
    ``index=DIRECTORY``. Later scans read only the parts of the logs that their filters may want.

    >>> import ripsaw, shutil, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = shutil.copy("fixtures/deploy.zip", folder)
    ...     written = ripsaw.index(path)
    ...     again = ripsaw.index(path)
    >>> [one.path.name for one in written], again
    (['deploy.zip.ripsaw'], [])
    """
    written, problems = _ripsaw.index(paths_of(paths), options_of(options), force)
    missing = [problem for problem in problems if isinstance(problem, FileNotFoundError)]
    if missing and not written:
        raise missing[0]
    _warn(problems)
    return [Index(**fields) for fields in written]


def _check_size(file_size: Optional[int]) -> None:
    if file_size is not None and not (isinstance(file_size, int) and 0 < file_size < 1 << 63):
        raise ValueError(f"file_size is a number of bytes, not {file_size!r}")


def _warn(problems: list[RipsawError]) -> None:
    if problems:
        warn(first_of(problems))
