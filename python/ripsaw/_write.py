"""Files: conversions and indexes."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from ripsaw import _ripsaw
from ripsaw._errors import RipsawError, RipsawWarning
from ripsaw._options import options_of, paths_of

if TYPE_CHECKING:
    from typing import Literal, Union

    from typing_extensions import Unpack

    from ripsaw._options import Options, Paths


@dataclass(frozen=True)
class Report:
    """What a conversion wrote."""

    #: The file.
    path: Path
    #: Rows in it.
    rows: int
    #: Lines among them that could not be parsed.
    malformed: int
    #: The size of the file; ``None`` if it is a pipe or a device.
    bytes: Optional[int]
    #: How long it took.
    seconds: float
    #: Entries that could not be read whole.
    problems: list[RipsawError]


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
    **options: Unpack[Options],
) -> Report:
    """Writes all rows to a file, which appears whole or not at all. Takes the options of :func:`ripsaw.scan`.

    >>> import os, ripsaw, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = ripsaw.convert("fixtures/deploy.zip", os.path.join(folder, "deploy.parquet"))
    >>> report.rows, report.malformed
    (1332, 0)

    Args:
        paths: As for :func:`ripsaw.scan`.
        out: The file: ``.parquet``, ``.arrow``, ``.arrows``, ``.csv`` or ``.ndjson``.
        table: One row for each line, or for each entry.
        to: The format, if the name of the file does not have it.
        compression: The codec, such as ``"zstd:3"``. Parquet and Arrow.
        row_group_size: Rows of a row group. Parquet.
        timestamp_unit: Parquet has microseconds unless ``"ns"`` is given.
        csv_null: The text of null. CSV.
        omit_nulls: Leave out columns that are null. NDJSON.
    """
    started = time.monotonic()
    if table not in ("lines", "entries"):
        raise ValueError(f"table is 'lines' or 'entries', not {table!r}")
    written = {
        "to": to,
        "compression": compression,
        "row_group_size": row_group_size,
        "timestamp_unit": timestamp_unit,
        "csv_null": csv_null,
        "omit_nulls": omit_nulls,
    }
    found = _ripsaw.convert(paths_of(paths), os.fspath(out), options_of(options), written, table == "lines")
    report = Report(path=Path(out), seconds=time.monotonic() - started, **found)
    _warn(report.problems)
    return report


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
    _warn(problems)
    return [Index(**fields) for fields in written]


def _warn(problems: list[RipsawError]) -> None:
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        warnings.warn(f"{problems[0]}{more}", RipsawWarning, stacklevel=3)
