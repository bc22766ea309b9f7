"""What is written in Rust of the package."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, NoReturn, final

from ripsaw._errors import RipsawError

__all__ = [
    "Batch",
    "Inputs",
    "Part",
    "Reading",
    "Schema",
    "add",
    "command",
    "compact",
    "convert",
    "index",
    "is_data_set",
    "plan",
]

@final
class Schema:
    """The names and types of columns. Every library that knows Arrow's PyCapsule interface takes it, as
    ``pyarrow.schema(schema)`` does."""

    @property
    def names(self) -> list[str]: ...
    @property
    def types(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class Batch:
    """Rows in Arrow's columns. Every library that knows Arrow's PyCapsule interface takes them without a copy, as
    ``pyarrow.record_batch(batch)`` does."""

    @property
    def num_rows(self) -> int: ...
    @property
    def schema(self) -> Schema: ...
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Part:
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Reading:
    def __iter__(self) -> Reading: ...
    def __next__(self) -> Batch: ...
    def take(self, batches: int) -> Part: ...
    def raised(self) -> BaseException | None: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Inputs:
    def __new__(
        cls,
        paths: Sequence[str | PathLike[str]],
        options: dict[str, Any],
        is_lines: bool,
        groups: Sequence[bytes] | None = None,
    ) -> Inputs: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def key_schema(self) -> str | None: ...
    @property
    def warnings(self) -> list[str]: ...
    def read(
        self, on_end: Callable[[int, int, list[RipsawError]], None], views: bool = False
    ) -> Reading: ...

def command(words: Sequence[str]) -> NoReturn: ...
def convert(
    paths: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
    options: dict[str, Any],
    format: dict[str, Any],
    is_lines: bool,
) -> dict[str, Any]: ...
def is_data_set(out: str | PathLike[str], argument: str | None = None) -> bool: ...
def add(
    paths: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
    options: dict[str, Any],
    format: dict[str, Any],
    run: dict[str, Any],
    is_lines: bool,
) -> dict[str, Any]: ...
def compact(
    path: str | PathLike[str], sorts: bool, file_size: int | None, threads: int | None
) -> dict[str, Any]: ...
def index(
    paths: Sequence[str | PathLike[str]], options: dict[str, Any], force: bool
) -> tuple[list[dict[str, Any]], list[RipsawError]]: ...
def plan(
    paths: Sequence[str | PathLike[str]], options: dict[str, Any], target_bytes: int, divide: bool, is_lenient: bool
) -> tuple[list[bytes], list[str]]: ...
