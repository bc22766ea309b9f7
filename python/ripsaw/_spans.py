"""Plans: a scan cut into spans, which other processes or machines read apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripsaw import _ripsaw
from ripsaw._options import options_of, paths_of
from ripsaw._scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Union

    from typing_extensions import Unpack

    from ripsaw._options import Paths, StreamOptions


def plan(paths: Paths, *, target_bytes: int = 128 << 20, **options: Unpack[StreamOptions]) -> list[bytes]:
    """Cuts a scan into groups of spans of about ``target_bytes`` of text, for :func:`read_spans` in other
    processes. Takes the options of :func:`ripsaw.scan`; entries that filters exclude by path are in no span.

    >>> import ripsaw
    >>> groups = ripsaw.plan("fixtures/deploy.zip", target_bytes=40_000)
    >>> parts = [ripsaw.read_spans("fixtures/deploy.zip", group) for group in groups]
    >>> sum(batch.num_rows for part in parts for batch in part)
    1332
    """
    return _ripsaw.plan(paths_of(paths), options_of(options), target_bytes)


def read_spans(paths: Paths, spans: Union[bytes, Iterable[bytes]], **options: Unpack[StreamOptions]) -> Scan:
    """The rows of a group of a plan, or of several, of the same paths with the same options: a lazy table.

    Keys of generic JSON have the columns that a look at the inputs finds, which may differ from process to
    process while files grow: pass ``schema=json.loads(scan.key_schema)`` to pin them.
    """
    groups = [spans] if isinstance(spans, bytes) else list(spans)
    return Scan(_ripsaw.Inputs(paths_of(paths), options_of(options), True, groups))
