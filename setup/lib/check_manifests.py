#!/usr/bin/env python3
"""Check what no linter knows about the addons of this suite.

    setup/lib/check_manifests.py addons/*

Key order and values of each manifest, the files every addon ships, that the core
depends on nothing more than it may, that what needs another app is a bridge to it, and
that Python libraries are pinned.
"""

import ast
import re
import struct
import sys
from pathlib import Path

KEYS = (
    "name summary version development_status category website author maintainers"
    " license application installable auto_install pre_init_hook post_init_hook"
    " uninstall_hook post_load external_dependencies depends data demo assets"
).split()
WEBSITE = "https://example.org/odoo-monitor"
AUTHOR = "Monitor contributors"
VERSION = re.compile(r"19\.0\.\d+\.\d+\.\d+")
CORE_DEPENDS = {"mail", "base_automation", "resource"}
#: What comes with these, so that every addon may name it.
EVERYWHERE = CORE_DEPENDS | {"base", "base_setup", "bus", "web"}
LICENSE, LICENSE_BESIDE_OCA = "LGPL-3", "AGPL-3"
FILES = (
    "__init__.py",
    "README.rst",
    "pyproject.toml",
    "readme/DESCRIPTION.md",
    "readme/USAGE.md",
    "static/description/icon.png",
    "static/description/icon.svg",
    "static/description/index.html",
)
ICON_SIZE = (128, 128)
ROOT = Path(__file__).resolve().parents[2]


def main(paths):
    """Print each problem as ``path: what``; return the exit status."""
    addons = sorted({addon for addon in map(addon_of, paths) if addon})
    problems = [problem for addon in addons for problem in check(addon)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


def addon_of(path):
    """Return the addon's folder that holds the path, None outside of addons."""
    for folder in (Path(path), *Path(path).parents):
        if (folder / "__manifest__.py").is_file():
            return folder
    return None


def check(addon):
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text("utf-8"))
    name = addon.resolve().name
    for what in check_keys(manifest):
        yield f"{addon}/__manifest__.py: {what}"
    for what in check_dependencies(name, manifest):
        yield f"{addon}/__manifest__.py: {what}"
    for what in check_bridge(manifest, own_addons(addon)):
        yield f"{addon}/__manifest__.py: {what}"
    for what in check_files(addon, name):
        yield f"{addon}: {what}"


def check_keys(manifest):
    known = [key for key in manifest if key in KEYS]
    for key in set(manifest) - set(known):
        yield f"unknown key {key!r}"
    ordered = sorted(known, key=KEYS.index)
    if known != ordered:
        yield f"keys out of order, expected: {', '.join(ordered)}"
    if not VERSION.fullmatch(manifest.get("version", "")):
        yield "version is not 19.0.x.y.z"
    for key, value in (("website", WEBSITE), ("author", AUTHOR)):
        if manifest.get(key) != value:
            yield f"{key} is not {value!r}"


def check_dependencies(name, manifest):
    extra = set(manifest.get("depends", ())) - CORE_DEPENDS
    if name == "monitor_core" and extra:
        yield f"the core depends on nothing more: {', '.join(sorted(extra))}"
    libraries = manifest.get("external_dependencies", {}).get("python", ())
    pinned = pinned_libraries()
    for library in libraries:
        if normal(library) not in pinned:
            yield f"{library} is not pinned in requirements.txt"


def own_addons(addon):
    """Return the names of the addons beside one, itself included."""
    return {
        path.parent.name for path in addon.resolve().parent.glob("*/__manifest__.py")
    }


def check_bridge(manifest, own):
    """Yield what is wrong with a bridge, or with what should be one.

    >>> manifest = {"depends": ["ours", "purchase"], "license": "LGPL-3"}
    >>> list(check_bridge(manifest, own={"ours"}))
    ['not a bridge (auto_install), so it cannot depend on purchase']
    """
    depends = set(manifest.get("depends", ()))
    foreign = depends - own - EVERYWHERE
    if not manifest.get("auto_install"):
        if foreign:
            names = ", ".join(sorted(foreign))
            yield f"not a bridge (auto_install), so it cannot depend on {names}"
    elif not foreign or not depends & own:
        yield "a bridge (auto_install) depends on the suite and on another app"
    licenses = {LICENSE}
    if foreign & peers():
        licenses.add(LICENSE_BESIDE_OCA)
    if manifest.get("license") not in licenses:
        yield f"license is not {' or '.join(sorted(licenses, reverse=True))}"


def peers():
    """Return the addons of OCA that setup/requirements-peers.txt pins."""
    lines = (ROOT / "setup" / "requirements-peers.txt").read_text("utf-8").splitlines()
    found = (re.match(r"odoo-addon-([\w-]+)==", line) for line in lines)
    return {pin[1].replace("-", "_") for pin in found if pin}


def pinned_libraries():
    requirements = ROOT / "requirements.txt"
    lines = (
        requirements.read_text("utf-8").splitlines() if requirements.exists() else ()
    )
    pins = (re.match(r"([\w.-]+)(\[[\w,-]+\])?==", line) for line in lines)
    return {normal(pin[1]) for pin in pins if pin}


def normal(library):
    return re.sub(r"[-_.]+", "-", library).lower()


def check_files(addon, name):
    for file in (*FILES, f"i18n/{name}.pot"):
        if not (addon / file).is_file():
            yield f"{file} is missing"
    icon = addon / "static/description/icon.png"
    if icon.is_file() and struct.unpack(">II", icon.read_bytes()[16:24]) != ICON_SIZE:
        yield f"{icon.name} is not {ICON_SIZE[0]} x {ICON_SIZE[1]} pixels"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
