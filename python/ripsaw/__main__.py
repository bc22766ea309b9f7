"""``python -m ripsaw`` is the command ``ripsaw``."""

from ripsaw._command import main

if __name__ == "__main__":
    main()
