"""Log archives as Arrow streams.

>>> import ripsaw
>>> scan = ripsaw.scan("fixtures/deploy.zip", columns=["timestamp", "step", "message"], level="ERROR+")
>>> sum(batch.num_rows for batch in scan)
4

A scan is handed to any library that takes Arrow streams: ``polars.DataFrame(scan)``,
``pyarrow.table(scan)``, ``duckdb.from_arrow(scan)``, ``deltalake.write_deltalake(path, scan)``. None of these is
required.
"""

from ripsaw._errors import (
    RipsawError,
    RipsawFileNotFoundError,
    RipsawOSError,
    RipsawValueError,
    RipsawWarning,
)
from ripsaw._ripsaw import Batch, Schema
from ripsaw._scan import Scan, entries, grep, scan
from ripsaw._spans import plan, read_spans
from ripsaw._write import Compaction, Index, Report, compact, convert, index

__all__ = [
    "Batch",
    "Compaction",
    "Index",
    "Report",
    "RipsawError",
    "RipsawFileNotFoundError",
    "RipsawOSError",
    "RipsawValueError",
    "RipsawWarning",
    "Scan",
    "Schema",
    "compact",
    "convert",
    "entries",
    "grep",
    "index",
    "plan",
    "read_spans",
    "scan",
]
