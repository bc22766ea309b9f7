"""Log archives as a data source of Apache Spark 4.1 and later.

    from ripsaw.spark import RipsawDataSource

    spark.dataSource.register(RipsawDataSource)
    errors = spark.read.format("ripsaw").option("level", "ERROR+").load("/shared/bundles/")

Spark's own Python registers it by itself where the package is installed. Every executor needs the package, and the
same files at the same paths.
"""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Optional

from ripsaw import _ripsaw
from ripsaw._errors import first_of, warn
from ripsaw._options import options_of
from ripsaw._scan import Scan

try:
    import pyarrow as pa
    from pyspark.sql import types as sql
    from pyspark.sql.datasource import DataSource, DataSourceReader, Filter, InputPartition

    from ripsaw._pushdown import Pushed, quoted
except ImportError as error:
    raise ImportError("ripsaw.spark needs Spark 4.1 or later: pip install 'pyspark>=4.1' pyarrow") from error

__all__ = ["RipsawDataSource"]

#: Options that are those of :func:`ripsaw.scan`.
SCAN_OPTIONS = frozenset(
    (
        "where level since until stage step_group step unit pipeline run file "
        "format format_regex formats_file tz ansi join limit threads"
    ).split()
)

#: Options of the data source alone.
OWN_OPTIONS = frozenset(
    "path paths table columns schema keys partitionbytes pushdown skipunlisted index".split()
)

#: Bytes of text in a partition, about.
PARTITION_BYTES = 128 << 20

#: Groups of a plan that are looked at for keys of JSON.
SAMPLED = 8


class RipsawDataSource(DataSource):
    """``spark.read.format("ripsaw")``: the tables ``lines`` and ``entries`` of log archives.

    Options, beside those of :func:`ripsaw.scan` that select rows:

    - ``table``: ``lines`` (default) or ``entries``.
    - ``columns``: names, separated by commas; all others are not decoded.
    - ``paths``: instead of ``load(path)``, several paths: a JSON list, or separated by commas. Paths may be globs.
    - ``schema``: which keys of generic JSON are columns, as a file that ``ripsaw schema`` or a run has written;
      ``keys=sample`` looks at parts of the input for them. Without either, the column ``extra`` has them.
    - ``partitionBytes``: bytes of text in a partition, 128 MiB by default.
    - ``pushdown=true``: filters are tested while lines are read, if
      ``spark.sql.python.filterPushdown.enabled`` is set. Then load anew for each query: Spark gives the filters of a
      query to later ones of the same DataFrame that have none.
    - ``skipUnlisted=true``: only warn of inputs that cannot be opened or listed.
    """

    @classmethod
    def name(cls) -> str:
        """What ``format`` takes."""
        return "ripsaw"

    def schema(self) -> sql.StructType:
        """The columns, which do not depend on what is in the inputs unless keys of JSON are sampled."""
        settings = Settings(self.options)
        # Workers are given this object, and not the options alone: they need not look for the keys again.
        self.keys = settings.keys()
        return spark_schema(settings.empty(self.keys).schema)

    def reader(self, schema: sql.StructType) -> DataSourceReader:
        """Reads these columns."""
        settings = Settings(self.options)
        keys = self.keys if hasattr(self, "keys") else settings.keys()
        options = {**settings.scan, "schema": keys or "extra", "columns": schema.fieldNames()}
        kind = PushingReader if settings.pushes else Reader
        return kind(settings, options, schema)


class Settings:
    """The options of a data source, checked."""

    def __init__(self, options: Any) -> None:
        given = {name.lower(): value for name, value in options.items()}
        for name in given:
            if name not in SCAN_OPTIONS | OWN_OPTIONS:
                known = ", ".join(sorted(SCAN_OPTIONS | OWN_OPTIONS))
                raise ValueError(f"unknown option {name!r}; options are {known}")
        self.paths = paths_of(given)
        self.table = given.get("table", "lines")
        if self.table not in ("lines", "entries"):
            raise ValueError(f"table is lines or entries, not {self.table!r}")
        self.partition_bytes = int(given.get("partitionbytes", PARTITION_BYTES))
        self.pushes = flag(given, "pushdown", False) and self.table == "lines"
        self.skips_unlisted = flag(given, "skipunlisted", False)
        self.key_source = given.get("keys", "extra")
        if self.key_source not in ("extra", "sample"):
            raise ValueError(f"keys is extra or sample, not {self.key_source!r}")
        self.key_file = given.get("schema")
        #: Arguments of `ripsaw.scan`.
        self.scan: dict[str, Any] = {name: given[name] for name in SCAN_OPTIONS if name in given}
        for name in ("since", "until"):
            # What `yesterday` is must not depend on when and where a task runs.
            if not re.match(r"\d{4}-\d{2}-\d{2}", self.scan.get(name, "2000-01-01")):
                raise ValueError(f"{name} is a date and time such as 2024-05-01T10:00:00Z, not {self.scan[name]!r}")
        if "level" in self.scan:
            self.scan["level"] = self.scan["level"].strip()
        # Nor must a zone depend on the machine. Spark runs a task on each processor.
        self.scan = {"tz": "UTC", "threads": 1, **self.scan}
        self.scan["threads"] = int(self.scan["threads"])
        self.scan["join"] = flag(given, "join", False)
        if "limit" in given:
            pairs = (limit.partition("=") for limit in given["limit"].split(","))
            self.scan["limit"] = {name.strip(): most.strip() for name, _, most in pairs}
        self.scan.update(index=flag(given, "index", True), timestamp_unit="us", dictionaries=False)
        if "columns" in given:
            self.scan["columns"] = [name.strip() for name in given["columns"].split(",") if name.strip()]

    def keys(self) -> Optional[dict[str, Any]]:
        """The keys of JSON that are columns."""
        if self.key_file is not None:
            schema: Any = os.path.abspath(self.key_file)
            found = self.opened([], {**self.scan, "schema": schema, "columns": None}).key_schema
        elif self.key_source == "sample":
            groups = self.plan({**self.scan, "columns": None}, self.partition_bytes)
            step = max(1, len(groups) // SAMPLED)
            found = self.opened(groups[::step][:SAMPLED], {**self.scan, "schema": "sample", "columns": None}).key_schema
        else:
            return None
        return None if found is None else json.loads(found)

    def empty(self, keys: Optional[dict[str, Any]]) -> _ripsaw.Inputs:
        """A scan of nothing, with the columns of all parts."""
        return self.opened([], {**self.scan, "schema": keys or "extra"})

    def opened(self, groups: Sequence[bytes], options: dict[str, Any]) -> _ripsaw.Inputs:
        """Groups of a plan, opened."""
        return _ripsaw.Inputs(self.paths, options_of(options), self.table == "lines", groups)

    def plan(self, options: dict[str, Any], target_bytes: int) -> list[bytes]:
        """The groups of a plan; refuses what could not be listed."""
        divides = self.table == "lines"
        # Opening many archives is not the work of a task.
        options = {**options, "threads": None}
        skips = self.skips_unlisted
        groups, problems = _ripsaw.plan(self.paths, options_of(options), target_bytes, divides, skips)
        if problems and not (skips and groups):
            hint = "" if skips else " (skipUnlisted=true reads the others)"
            raise ValueError(f"{first_of(problems)}{hint}")
        for problem in problems:
            warn(problem)
        return groups


class Reader(DataSourceReader):
    """Reads the groups of a plan, each of which is a partition."""

    def __init__(self, settings: Settings, options: dict[str, Any], schema: sql.StructType) -> None:
        self.settings = settings
        self.options = options
        self.schema = schema
        self.is_empty = False

    def partitions(self) -> Sequence[InputPartition]:
        """The groups of a plan."""
        if self.is_empty:
            return []
        groups = self.settings.plan(self.options, self.settings.partition_bytes)
        return [InputPartition(group) for group in groups]

    def read(self, partition: InputPartition) -> Iterator[Any]:
        """The rows of a partition, as Arrow batches."""
        # Without any partition Spark makes one of its own.
        if partition.value is None:
            return
        wanted = arrow_schema(self.schema)
        for batch in Scan(self.settings.opened([partition.value], self.options)):
            yield conformed(pa.record_batch(batch), wanted)


class Pushing:
    """A method that Spark takes for the one that it knows.

    With `spark.sql.python.filterPushdown.enabled` off, as it is unless it is set, Spark refuses a reader that has
    `pushFilters` of its own. It looks at `__func__` for that; this one works with either setting, for nothing is
    wrong if it is never called.
    """

    __func__ = staticmethod(DataSourceReader.pushFilters)

    def __init__(self, reader: PushingReader) -> None:
        self.reader = reader

    def __call__(self, filters: list[Filter]) -> Iterable[Filter]:
        """Takes over what it can, and returns the others."""
        return self.reader.push(filters)


class PushingReader(Reader):
    """A reader that tests some of Spark's filters itself."""

    @property
    def pushFilters(self) -> Pushing:  # type: ignore[override]
        """Spark calls this with the filters of a query."""
        return Pushing(self)

    def push(self, filters: list[Filter]) -> list[Filter]:
        """Takes over the filters that select exactly the same rows here; returns the others."""
        pushed = Pushed()
        rest = [filter for filter in filters if not pushed.take(filter)]
        options = self.options
        where = [options["where"]] if "where" in options else []
        where.extend(pushed.where)
        for name, word, time in (("since", "ge", pushed.since), ("until", "lt", pushed.until)):
            if time is None:
                continue
            text = time.isoformat()
            # Both hold if there is one already.
            if name in options:
                where.append(f"timestamp {word} {text.replace('+00:00', 'Z')}")
            else:
                options[name] = text
        if pushed.levels is not None:
            self.is_empty = not pushed.levels
            levels = sorted(pushed.levels)
            if "level" in options and levels:
                where.append(f"level in ({', '.join(map(quoted, levels))})")
            elif levels:
                options["level"] = ",".join(levels)
        if where:
            options["where"] = where
        return rest


def flag(given: dict[str, str], name: str, default: bool) -> bool:
    """An option that is true or false."""
    value = str(given.get(name, default)).lower()
    if value not in ("true", "false"):
        raise ValueError(f"{name} is true or false, not {given[name]!r}")
    return value == "true"


def paths_of(given: dict[str, str]) -> list[str]:
    """The inputs as absolute paths: executors run in folders of their own."""
    paths = [given["path"]] if "path" in given else []
    several = given.get("paths", "")
    listed = several.lstrip().startswith("[")
    paths += json.loads(several) if listed else [path.strip() for path in several.split(",") if path.strip()]
    found: list[str] = []
    for path in paths:
        path = re.sub(r"^file:(//)?(?=/)", "", path)
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/", path)
        if scheme and not os.path.exists(path):
            raise ValueError(f"cannot read {path}: {scheme[1]} is not a file system here; mount it, or copy the files")
        path = os.path.abspath(path) + ("/" if path.endswith("/") else "")
        if os.path.exists(path):
            found.append(path)
            continue
        matching = sorted(glob.glob(path, recursive=True))
        if not matching:
            raise FileNotFoundError(f"cannot read {path}: it does not exist")
        found.extend(matching)
    if not found:
        raise ValueError("no path is given: load(PATH), or the option paths")
    return found


def spark_schema(schema: _ripsaw.Schema) -> sql.StructType:
    """Columns as Spark names their types; all may be null."""
    fields = [sql.StructField(field.name, spark_type(field.type), True) for field in pa.schema(schema)]
    return sql.StructType(fields)


def spark_type(kind: Any) -> sql.DataType:
    """The type of a column."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_map(kind):
        return sql.MapType(spark_type(kind.key_type), spark_type(kind.item_type), True)
    if pa.types.is_struct(kind):
        return sql.StructType([sql.StructField(field.name, spark_type(field.type), True) for field in kind])
    if pa.types.is_list(kind):
        return sql.ArrayType(spark_type(kind.value_type), True)
    for is_kind, own in (
        (pa.types.is_string, sql.StringType()),
        (pa.types.is_int8, sql.ByteType()),
        (pa.types.is_int64, sql.LongType()),
        (pa.types.is_float64, sql.DoubleType()),
        (pa.types.is_boolean, sql.BooleanType()),
        (pa.types.is_timestamp, sql.TimestampType()),
        (pa.types.is_null, sql.StringType()),
    ):
        if is_kind(kind):
            return own
    raise TypeError(f"Spark has no type for {kind}")


def arrow_schema(schema: sql.StructType) -> Any:
    """Columns as Spark wants them in batches."""
    return pa.schema([pa.field(field.name, arrow_type(field.dataType), field.nullable) for field in schema])


def arrow_type(kind: sql.DataType) -> Any:
    """The type of a column of a batch."""
    if isinstance(kind, sql.MapType):
        return pa.map_(arrow_type(kind.keyType), pa.field("value", arrow_type(kind.valueType), kind.valueContainsNull))
    if isinstance(kind, sql.StructType):
        return pa.struct(list(arrow_schema(kind)))
    if isinstance(kind, sql.ArrayType):
        return pa.list_(pa.field("element", arrow_type(kind.elementType), kind.containsNull))
    for own, arrow in (
        (sql.StringType, pa.string()),
        (sql.ByteType, pa.int8()),
        (sql.LongType, pa.int64()),
        (sql.DoubleType, pa.float64()),
        (sql.BooleanType, pa.bool_()),
        (sql.TimestampType, pa.timestamp("us", "UTC")),
    ):
        if isinstance(kind, own):
            return arrow
    raise TypeError(f"a column of ripsaw is not {kind.simpleString()}")


def conformed(batch: Any, wanted: Any) -> Any:
    """A batch with the types that Spark wants. Nothing is copied but what is of another type."""
    columns = []
    for column, field in zip(batch.columns, wanted):
        if isinstance(column.type, pa.BaseExtensionType):
            column = column.storage
        columns.append(column if column.type.equals(field.type) else column.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=wanted)
