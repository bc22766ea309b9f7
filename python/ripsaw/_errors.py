"""Exceptions and warnings."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Optional

_PACKAGE = os.path.dirname(__file__)


class RipsawWarning(UserWarning):
    """Something is not as it should be, and rows are there all the same. Mostly an entry that could not be read
    whole: its rows up to the damage are there, and then a row with the reason."""


class RipsawError(Exception):
    """Something could not be done. The text says what, where and why; the attributes have the parts.

    >>> import ripsaw
    >>> try:
    ...     ripsaw.scan("fixtures/deploy.zip", level="LOUD")
    ... except ripsaw.RipsawError as error:
    ...     print(error)
    cannot use level: unknown level "LOUD"; use TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or WARN+ for WARN and above
    """

    #: The input or output as it was named; ``None`` if the error has no place.
    bundle: Optional[str]
    #: The entry's path in the bundle.
    entry: Optional[str]
    #: The physical line, from 1.
    line: Optional[int]
    #: The byte in the entry's text, from 0.
    offset: Optional[int]
    #: Why it could not be done.
    cause: str
    #: What to do about it.
    hint: Optional[str]

    def __init__(
        self,
        message: str,
        *,
        bundle: Optional[str] = None,
        entry: Optional[str] = None,
        line: Optional[int] = None,
        offset: Optional[int] = None,
        cause: str = "",
        hint: Optional[str] = None,
        errno: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.bundle = bundle
        self.entry = entry
        self.line = line
        self.offset = offset
        self.cause = cause
        self.hint = hint
        self._number = errno
        # Tracebacks show notes, from Python 3.11 on.
        if hint is not None and hasattr(self, "add_note"):
            self.add_note(f"hint: {hint}")

    def __str__(self) -> str:
        # OSError's own would add its number.
        return str(self.args[0])

    def __reduce__(self) -> Any:
        names = ("bundle", "entry", "line", "offset", "cause", "hint")
        fields = {**{name: getattr(self, name) for name in names}, "errno": self._number}
        return _again, (type(self), self.args[0], fields)


class RipsawValueError(RipsawError, ValueError):
    """An argument or an input is not valid."""


class RipsawOSError(RipsawError, OSError):
    """The operating system refused something, or reading or writing failed."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.errno = self._number
        self.filename = self.bundle


class RipsawFileNotFoundError(RipsawOSError, FileNotFoundError):
    """An input does not exist."""


def first_of(problems: Sequence[object]) -> str:
    """The first of some problems, and how many more there are."""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0]}{more}"


def warn(text: str) -> None:
    """Warns of something at the line that called the package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, RipsawWarning, stacklevel=level)


def _again(kind: type[RipsawError], message: str, fields: dict[str, Any]) -> RipsawError:
    return kind(message, **fields)
