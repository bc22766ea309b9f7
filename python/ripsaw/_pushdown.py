"""Spark's filters as filters of ripsaw: only those that select exactly the same rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Optional

from pyspark.sql import datasource as spark

#: The levels as a column of text has them.
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

#: Columns of text. Of `args`, `extra` and keys of JSON, Spark's comparisons differ.
TEXTS = frozenset(
    "bundle file account org project pipeline execution stage step_group step unit iteration zone level_text message "
    "parse_error".split()
)

#: Columns of whole numbers.
NUMBERS = frozenset(["line", "run", "pos", "level_number"])

#: Times that every part of the way can hold.
EARLIEST = datetime.datetime(1700, 1, 1, tzinfo=datetime.timezone.utc)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.timezone.utc)

#: Rows have nanoseconds, of which Spark sees whole microseconds.
MICROSECOND = datetime.timedelta(microseconds=1)

#: Spark's comparisons in the words of OData.
WORDS = {
    spark.EqualTo: "eq",
    spark.GreaterThan: "gt",
    spark.GreaterThanOrEqual: "ge",
    spark.LessThan: "lt",
    spark.LessThanOrEqual: "le",
}

#: Spark's tests of text in the words of OData.
CALLS = {
    spark.StringStartsWith: "startswith",
    spark.StringEndsWith: "endswith",
    spark.StringContains: "contains",
}


@dataclass
class Pushed:
    """What ripsaw tests in Spark's place."""

    #: OData filters; all must hold.
    where: list[str] = field(default_factory=list)
    #: From this time on.
    since: Optional[datetime.datetime] = None
    #: Before this time.
    until: Optional[datetime.datetime] = None
    #: Only these levels; ``None``: any, and none at all.
    levels: Optional[frozenset[str]] = None

    def take(self, filter: spark.Filter) -> bool:
        """Takes over a filter; false if Spark must test it."""
        filter, is_negated = (filter.child, True) if isinstance(filter, spark.Not) else (filter, False)
        attribute: tuple[str, ...] = getattr(filter, "attribute", ())
        if len(attribute) != 1:
            return False
        column = attribute[0]
        if isinstance(filter, (spark.IsNull, spark.IsNotNull)):
            return self._null(column, isinstance(filter, spark.IsNull) != is_negated)
        if isinstance(filter, spark.EqualNullSafe):
            if is_negated:
                return False
            if filter.value is None:
                return self._null(column, True)
            filter = spark.EqualTo(filter.attribute, filter.value)
        if column == "level":
            return self._level(filter, is_negated)
        if column == "timestamp":
            return not is_negated and self._time(filter)
        expression = expression_of(column, filter)
        if expression is None:
            return False
        # In OData, null is not equal to a text, and in SQL it is neither that nor the opposite.
        self.where.append(f"{column} ne null and not ({expression})" if is_negated else expression)
        return True

    def _null(self, column: str, is_null: bool) -> bool:
        if column not in TEXTS | NUMBERS | {"level", "timestamp"}:
            return False
        self.where.append(f"{column} {'eq' if is_null else 'ne'} null")
        return True

    def _level(self, filter: spark.Filter, is_negated: bool) -> bool:
        """There are six levels, so any test of text is a set of them."""
        tests = [holds(filter, level) for level in LEVELS]
        if None in tests:
            return False
        own = frozenset(level for level, test in zip(LEVELS, tests) if test != is_negated)
        self.levels = own if self.levels is None else self.levels & own
        return True

    def _time(self, filter: spark.Filter) -> bool:
        value = getattr(filter, "value", None)
        if not isinstance(value, datetime.datetime) or value.tzinfo is None or not EARLIEST < value < LATEST:
            return False
        since, until = {
            spark.EqualTo: (value, value + MICROSECOND),
            spark.GreaterThan: (value + MICROSECOND, None),
            spark.GreaterThanOrEqual: (value, None),
            spark.LessThan: (None, value),
            spark.LessThanOrEqual: (None, value + MICROSECOND),
        }.get(type(filter), (None, None))
        if since is None and until is None:
            return False
        if since is not None:
            self.since = max(since, self.since or EARLIEST)
        if until is not None:
            self.until = min(until, self.until or LATEST)
        return True


def expression_of(column: str, filter: spark.Filter) -> Optional[str]:
    """A comparison as OData; ``None`` if it means something else there."""
    value = getattr(filter, "value", None)
    if type(filter) in WORDS:
        literal = literal_of(column, value)
        return None if literal is None else f"{column} {WORDS[type(filter)]} {literal}"
    if isinstance(filter, spark.In):
        literals = [literal_of(column, one) for one in value or ()]
        # With a null among them, no row is certainly none of them.
        if not literals or None in literals:
            return None
        return f"{column} in ({', '.join(literals)})"  # type: ignore[arg-type]
    if type(filter) in CALLS and column in TEXTS and isinstance(value, str):
        return f"{CALLS[type(filter)]}({column}, {quoted(value)})"
    return None


def literal_of(column: str, value: Any) -> Optional[str]:
    """A value as OData spells it; ``None`` if the column is of another type."""
    if column in TEXTS and isinstance(value, str):
        return quoted(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if column in NUMBERS and is_number and -(2**63) < value < 2**63:
        return str(value)
    return None


def quoted(text: str) -> str:
    """A text in quotes."""
    return "'" + text.replace("'", "''") + "'"


def holds(filter: spark.Filter, text: str) -> Optional[bool]:
    """What Spark finds of a text; ``None`` for tests that are not of text. Spark compares bytes."""
    value = getattr(filter, "value", None)
    if isinstance(filter, spark.In):
        values: Iterable[Any] = value or ()
        return text in values if all(isinstance(one, str) for one in values) else None
    if not isinstance(value, str):
        return None
    own, other = text.encode(), value.encode("utf-8", "surrogatepass")
    if isinstance(filter, spark.EqualTo):
        return own == other
    if isinstance(filter, spark.GreaterThan):
        return own > other
    if isinstance(filter, spark.GreaterThanOrEqual):
        return own >= other
    if isinstance(filter, spark.LessThan):
        return own < other
    if isinstance(filter, spark.LessThanOrEqual):
        return own <= other
    if isinstance(filter, spark.StringStartsWith):
        return own.startswith(other)
    if isinstance(filter, spark.StringEndsWith):
        return own.endswith(other)
    if isinstance(filter, spark.StringContains):
        return other in own
    return None
