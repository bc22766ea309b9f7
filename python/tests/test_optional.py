"""No other package is needed, and what is missing is said."""

from __future__ import annotations

import pytest
from conftest import ROOT, python

BLOCK = "import sys\nfor name in ('pyarrow', 'polars', 'pandas', 'duckdb', 'numpy'): sys.modules[name] = None\nimport ripsaw\n"


def test_nothing_else_is_imported() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport ripsaw\nprint(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    done = python(code, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert not {"pyarrow", "polars", "pandas", "duckdb", "numpy", "typing_extensions"} & set(done.stdout.split())


def test_batches_and_files_need_nothing(tmp_path: object) -> None:
    code = BLOCK + (
        "scan = ripsaw.scan('fixtures/deploy.zip')\n"
        "assert sum(batch.num_rows for batch in scan) == 1332\n"
        "assert scan.schema.names[0] == 'bundle'\n"
        "assert ripsaw.convert('fixtures/deploy.zip', sys.argv[1]).rows == 1332\n"
    )
    done = python(code, f"{tmp_path}/a.parquet", cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "method, packages",
    [
        ("to_pyarrow", "pyarrow"),
        ("to_reader", "pyarrow"),
        ("to_polars", "polars"),
        ("to_pandas", "pandas pyarrow"),
        ("to_duckdb", "duckdb"),
    ],
)
def test_what_is_missing_is_said(method: str, packages: str) -> None:
    done = python(BLOCK + f"ripsaw.scan('fixtures/deploy.zip').{method}()", cwd=ROOT)
    assert done.returncode == 1
    assert f"pip install {packages}" in done.stderr.splitlines()[-1]
