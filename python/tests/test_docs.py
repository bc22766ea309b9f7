"""The examples of docs/python.md print what is shown, and those of the docstrings are right."""

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

DOCUMENT = ROOT / "docs" / "python.md"
# A block of Python, and what it prints.
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


def test_the_document_prints_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) > 6
    names: dict[str, Any] = {"__name__": "__main__"}
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(DOCUMENT), "exec"), names)
        if os.environ.get("RIPSAW_REGENERATE"):
            text = text.replace(f"{code}```\n\n```text\n{shown}", f"{code}```\n\n```text\n{printed.getvalue()}", 1)
        else:
            assert printed.getvalue() == shown, code
    if os.environ.get("RIPSAW_REGENERATE"):
        DOCUMENT.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["ripsaw", "ripsaw._errors", "ripsaw._scan", "ripsaw._spans", "ripsaw._write"])
def test_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 1 and found.failed == 0
