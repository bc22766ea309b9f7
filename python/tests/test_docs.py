"""The examples of docs/ in Python print what is shown, and those of the docstrings are right."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

#: The documents, and how many blocks they have at least.
DOCUMENTS = {"python.md": 7, "datasets.md": 2}
# A block of Python, and what it prints.
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_prints_what_is_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = ROOT / "docs" / name
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    text = document.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) >= DOCUMENTS[name]
    names: dict[str, Any] = {"__name__": "__main__"}
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(document), "exec"), names)
        if os.environ.get("RIPSAW_REGENERATE"):
            text = text.replace(f"{code}```\n\n```text\n{shown}", f"{code}```\n\n```text\n{printed.getvalue()}", 1)
        else:
            assert printed.getvalue() == shown, code
    if os.environ.get("RIPSAW_REGENERATE"):
        document.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["ripsaw", "ripsaw._errors", "ripsaw._scan", "ripsaw._spans", "ripsaw._write"])
def test_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 1 and found.failed == 0
