"""``python -m ripsaw`` is the command ``ripsaw``."""

from ripsaw._command import main

main()
