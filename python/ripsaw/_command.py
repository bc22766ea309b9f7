"""The command ``ripsaw``."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from ripsaw._ripsaw import command


def main() -> NoReturn:
    """Runs the command line of this process, and ends it with the command's exit code."""
    # Python's own handlers would never run: the command handles signals itself, or is ended by them.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    command(["ripsaw", *sys.argv[1:]])
    raise AssertionError("the command ends the process")
