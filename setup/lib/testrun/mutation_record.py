"""What mutants of which code were tried: ``tests/pure/mutants.json``.

It names, for each module of ``addons/*/tools``, a digest of the module and of the
tests that mention it, and how many of its mutants they killed.
``setup/test --mutation`` tries what is not in it as it stands and writes it; ``--all``
tries that and writes nothing.
"""

import hashlib
import json
import re

from .settings import REPO

RECORD = REPO / "tests" / "pure" / "mutants.json"
# one that only marks terms to be translated has nothing to change
_FUNCTION = re.compile(r"^ *def (?!_lt\()", re.M)


def modules(addons):
    """Return ``{"addon.tools.module": path}`` of all that can be mutated and tested.

    What mutmut changes is in functions.
    """
    return {
        f"{addon}.tools.{path.stem}": path
        for addon in addons
        if (REPO / "tests" / "pure" / addon).is_dir()
        for path in sorted((REPO / "addons" / addon / "tools").glob("*.py"))
        if _FUNCTION.search(path.read_text())
    }


def digest(name, path):
    """Return what a module and its tests are: other when one of them changed."""
    addon, _tools, module = name.split(".")
    word = re.compile(rf"\b{module}\b")
    tests = sorted((REPO / "tests" / "pure" / addon).rglob("*.py"))
    parts = [path.read_text(), *filter(word.search, (one.read_text() for one in tests))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def untried(found, least):
    """Return the names of those whose mutants were not tried as they stand.

    :param dict found: of :func:`modules`
    :param int least: percent that had to be killed
    """
    known = read()
    return [
        name
        for name, path in found.items()
        if known.get(name, {}).get("of") != digest(name, path)
        or known[name]["killed"] < least
    ]


def read():
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def write(found, scores):
    """Record ``{name: percent}``; modules that are gone are forgotten."""
    known = read() | {
        name: {"of": digest(name, found[name]), "killed": percent}
        for name, percent in scores.items()
        if name in found
    }
    kept = {name: known[name] for name in sorted(known) if name in found}
    RECORD.write_text(json.dumps(kept, indent=2) + "\n")
