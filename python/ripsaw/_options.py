"""The arguments of :func:`ripsaw.scan` and its kin, checked and spelled as the extension module takes them."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Optional, TypedDict, Union

Paths = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]
Texts = Union[str, Iterable[str]]
Time = Union[str, datetime.date]


class Options(TypedDict, total=False):
    """The options that all functions have in common: see :func:`ripsaw.scan`."""

    where: Optional[Texts]
    columns: Optional[Texts]
    level: Optional[Texts]
    since: Optional[Time]
    until: Optional[Time]
    stage: Optional[Texts]
    step_group: Optional[Texts]
    step: Optional[Texts]
    unit: Optional[Texts]
    pipeline: Optional[Texts]
    run: Optional[Union[int, Texts]]
    file: Optional[Texts]
    schema: Union[str, os.PathLike[str], Mapping[str, Any]]
    format: Optional[str]
    format_regex: Optional[str]
    formats_file: Optional[Paths]
    tz: Optional[str]
    dedupe: Optional[str]
    ansi: Literal["strip", "keep"]
    join: bool
    limit: Optional[Mapping[str, Union[int, str]]]
    strict: bool
    threads: Optional[int]
    index: Union[bool, str, os.PathLike[str]]


class StreamOptions(Options, total=False):
    """The options of rows that are handed to other libraries."""

    timestamp_unit: Literal["ns", "us"]
    dictionaries: bool


#: Arguments that select entries by their paths.
NAMES = ("stage", "step_group", "step", "unit", "pipeline", "run", "file")

#: What each argument is if it is not given.
DEFAULTS: dict[str, Any] = {
    "where": None,
    "columns": None,
    "level": None,
    "since": None,
    "until": None,
    **dict.fromkeys(NAMES),
    "schema": "sample",
    "format": None,
    "format_regex": None,
    "formats_file": None,
    "tz": None,
    "dedupe": None,
    "ansi": "strip",
    "join": False,
    "limit": None,
    "strict": False,
    "threads": None,
    "index": True,
    "timestamp_unit": "ns",
    "dictionaries": True,
    "search": None,
}


def paths_of(paths: Paths) -> list[str]:
    """The paths as texts; one path or several."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    if not isinstance(paths, Iterable) or isinstance(paths, (bytes, bytearray)):
        raise TypeError(f"a path is a text or a Path, not {paths!r}")
    found = [os.fspath(path) for path in paths]
    if not found:
        raise ValueError("no path is given")
    return found


def texts(value: Any, name: str) -> list[str]:
    """One text or several."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    # The elements of bytes would be numbers.
    if not isinstance(value, Iterable) or isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{name} takes a text or several, not {value!r}")
    found = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in value]
    if not all(isinstance(one, str) for one in found):
        raise TypeError(f"{name} takes a text or several, not {value!r}")
    return found


def time_of(value: Any, name: str) -> Optional[str]:
    """A time as text: RFC 3339 of a ``datetime``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    raise TypeError(f"{name} takes a text, a date or a datetime, not {value!r}")


def schema_of(value: Any) -> dict[str, str]:
    """Which keys are columns."""
    if isinstance(value, Mapping):
        return {"kind": "json", "text": json.dumps(value)}
    if value in ("sample", "scan", "extra"):
        return {"kind": value, "text": ""}
    return {"kind": "file", "text": os.fspath(value)}


def options_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """All options, as the extension module takes them."""
    unknown = [name for name in given if name not in DEFAULTS]
    if unknown:
        raise TypeError(f"unexpected argument {unknown[0]!r}")
    value = {**DEFAULTS, **given}
    check_choice("ansi", value["ansi"], ("strip", "keep"))
    check_choice("timestamp_unit", value["timestamp_unit"], ("ns", "us"))
    index = value["index"]
    return {
        "where": texts(value["where"], "where"),
        "columns": columns_of(value["columns"]),
        "level": texts(value["level"], "level"),
        "since": time_of(value["since"], "since"),
        "until": time_of(value["until"], "until"),
        "names": [(name, texts(value[name], name)) for name in NAMES if value[name] is not None],
        "schema": schema_of(value["schema"]),
        "format": value["format"],
        "format_regex": value["format_regex"],
        "formats_files": [] if value["formats_file"] is None else paths_of(value["formats_file"]),
        # A ZoneInfo is its name.
        "tz": None if value["tz"] is None else str(value["tz"]),
        "dedupe": value["dedupe"],
        "keeps_ansi": value["ansi"] == "keep",
        "join": bool(value["join"]),
        "limits": [f"{name}={most}" for name, most in (value["limit"] or {}).items()],
        "strict": bool(value["strict"]),
        "threads": threads_of(value["threads"]),
        "index": None if index is True else "" if index is False else os.fspath(index),
        "microseconds": value["timestamp_unit"] == "us",
        "dictionaries": bool(value["dictionaries"]),
        "search": value["search"],
    }


def check_choice(name: str, value: Any, choices: tuple[str, str]) -> None:
    """Refuses what is neither of two words."""
    if value not in choices:
        raise ValueError(f"{name} is {choices[0]!r} or {choices[1]!r}, not {value!r}")


def threads_of(value: Any) -> Optional[int]:
    """A number of threads."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"threads is a number, not {value!r}")
    return value


def columns_of(value: Any) -> list[str]:
    """The names of columns; a list of none is refused."""
    names = texts(value, "columns")
    if value is not None and not names:
        raise ValueError("columns is empty: name one, or leave it out for all")
    return names


def given_of(arguments: Mapping[str, Any], leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """The options among the arguments of a function."""
    return {name: value for name, value in arguments.items() if name in DEFAULTS and name not in leave_out}
