#!/usr/bin/env python3
"""Which addons this repository has, and which of them are bridges to other apps.

    setup/lib/suite.py account,base,mail,purchase

prints the addons of the suite that can be installed where these modules are.

A bridge installs itself (``auto_install``) where the app is that it is about, or the
addon of somebody else. The others need nothing but what every Odoo has.
"""

import ast
import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def manifests(addons=ADDONS):
    """Return ``{name: manifest}`` of all addons, sorted by name."""
    return {
        path.parent.name: ast.literal_eval(path.read_text("utf-8"))
        for path in sorted(Path(addons).glob("*/__manifest__.py"))
    }


def is_bridge(manifest):
    """Return whether an addon installs itself beside another app.

    >>> is_bridge({"depends": ["monitor_core", "purchase"], "auto_install": True})
    True
    >>> is_bridge({"depends": ["monitor_core"]})
    False
    """
    return bool(manifest.get("auto_install"))


def all_addons(addons=ADDONS):
    """Return the names of the addons of this repository, sorted."""
    return list(manifests(addons))


def suite_addons(addons=ADDONS):
    """Return the names of those that every Odoo can have, sorted."""
    return [name for name, one in manifests(addons).items() if not is_bridge(one)]


def bridge_addons(addons=ADDONS):
    """Return the names of the bridges to other apps, sorted."""
    return [name for name, one in manifests(addons).items() if is_bridge(one)]


def needs(names, addons=ADDONS):
    """Return what these addons depend on that is not in this repository, sorted."""
    known = manifests(addons)
    wanted = {one for name in names for one in depends(known[name])}
    return sorted(wanted - set(known))


def depends(manifest):
    """Return what an addon depends on, as Odoo reads it."""
    return manifest.get("depends") or ["base"]


def fitting(present, addons=ADDONS):
    """Return the addons that can be installed beside modules, sorted.

    Those are the suite and the bridges to what is there, or to another such bridge.

    :param present: names of modules that are installed
    """
    known = manifests(addons)
    found = set(suite_addons(addons))
    while True:
        there = found | set(present)
        more = {name for name, one in known.items() if there >= set(depends(one))}
        if more <= found:
            return sorted(found)
        found |= more


if __name__ == "__main__":
    print(",".join(fitting(",".join(sys.argv[1:]).split(","))))
