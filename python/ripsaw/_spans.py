"""Plans: a scan cut into spans, which other processes or machines read apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripsaw import _ripsaw
from ripsaw._errors import warn
from ripsaw._options import check_choice, options_of, paths_of
from ripsaw._scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Union

    from typing_extensions import Unpack

    from ripsaw._options import Paths, StreamOptions


def plan(
    paths: Paths, *, target_bytes: int = 128 << 20, divide: bool = True, **options: Unpack[StreamOptions]
) -> list[bytes]:
    """Cuts inputs into groups of spans of about ``target_bytes`` of text, for :func:`read_spans` in other
    processes. Reads nothing but directories and the lists of zip archives; with ``divide``, also large plain files
    once, to cut them at lines. Takes the options of :func:`ripsaw.scan`; entries that filters exclude by path are
    in no span.

    >>> import ripsaw
    >>> groups = ripsaw.plan("fixtures/deploy.zip", target_bytes=40_000)
    >>> parts = [ripsaw.read_spans("fixtures/deploy.zip", group) for group in groups]
    >>> sum(batch.num_rows for part in parts for batch in part)
    1332
    """
    groups, problems = _ripsaw.plan(paths_of(paths), options_of(options), target_bytes, divide, False)
    for problem in problems:
        warn(problem)
    return groups


def read_spans(
    paths: Paths, spans: Union[bytes, Iterable[bytes]], *, table: str = "lines", **options: Unpack[StreamOptions]
) -> Scan:
    """The rows of a group of a plan, or of several, of the same paths with the same options: a lazy table, of
    ``"lines"`` or of ``"entries"``. Only the archives and files of the spans are opened.

    It has the same columns for all groups: keys of generic JSON are columns only if ``schema`` is the JSON of
    :attr:`Scan.key_schema` or a file.
    """
    check_choice("table", table, ("lines", "entries"))
    options = {"schema": "extra", **options}
    groups = [spans] if isinstance(spans, bytes) else list(spans)
    return Scan(_ripsaw.Inputs(paths_of(paths), options_of(options), table == "lines", groups))
