#!/usr/bin/env python3
"""Make docs/openapi.json, the document that /monitor/openapi.json serves.

    setup/lib/gen_openapi.py            write it, exit 1 if something changed
    setup/lib/gen_openapi.py --check    write nothing, exit 1 if it is stale

It is put together from the parts in addons/*/data/openapi/, as the addons do it when
all of them are installed. Needs no Odoo.
"""

import argparse
import importlib.util
import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = REPO / "docs" / "openapi.json"
GATEWAY = REPO / "addons" / "monitor_gateway"
BASE = GATEWAY / "data" / "openapi" / "base.json"


def document():
    """Return the whole document."""
    parts = sorted(REPO.glob("addons/*/data/openapi/*.json"))
    others = [_load(part) for part in parts if part != BASE]
    return _merge()(_load(BASE), others)


def text():
    """Return what the file says; keys sorted, so that a change is easy to see."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _merge():
    """Return ``merge`` of the addon, by its file: the addon's package needs Odoo."""
    path = GATEWAY / "tools" / "openapi.py"
    spec = importlib.util.spec_from_file_location("monitor_openapi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.merge


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)  # of pre-commit
    options = parser.parse_args()
    wanted = text()
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{DOCUMENT.relative_to(REPO)} is stale")
    if not options.check:
        DOCUMENT.write_text(wanted, encoding="utf-8")
    return 1


if __name__ == "__main__":
    sys.exit(main())
