"""Say what became of the mutants in the current directory: run by ``mutation``.

Prints one line for each, ``name: status``, and for those that no test noticed what
they changed.
"""

import contextlib
import io

from mutmut.__main__ import cli


def call(*arguments):
    """Return what a command of mutmut prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        cli(arguments, standalone_mode=False)
    return printed.getvalue()


def main():
    results = call("results", "--all", "true")
    unnoticed = [line for line in results.splitlines() if is_unnoticed(line)]
    for line in unnoticed:
        print(call("show", line.split(":")[0].strip()))
    print(results)


def is_unnoticed(line):
    return line.endswith((": survived", ": suspicious"))


if __name__ == "__main__":
    main()
