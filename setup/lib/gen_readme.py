#!/usr/bin/env python3
"""Make README.rst and static/description/index.html of addons from readme/*.md.

    setup/lib/gen_readme.py addons/monitor_core     write, exit 1 if something changed
    setup/lib/gen_readme.py --check addons/*        write nothing, exit 1 if stale

Files inside an addon stand for their addon, so pre-commit can pass what it has. Needs
the libraries pinned at the hook `gen-readme`; the easiest way to run it is
`pre-commit run gen-readme --all-files`.
"""

import argparse
import ast
import sys
from pathlib import Path

from docutils.core import publish_parts
from docutils.utils import SystemMessage
from md2rst import UnsupportedMarkdown, heading, md_to_rst

NOTICE = """\
..
   Made by setup/lib/gen_readme.py from readme/*.md and __manifest__.py:
   change those, not this file.
"""
# Fragment, its title in the README (None: it opens the page), required
SECTIONS = (
    ("DESCRIPTION", None, True),
    ("CONTEXT", "Context", False),
    ("INSTALL", "Installation", False),
    ("CONFIGURE", "Configuration", False),
    ("USAGE", "Usage", True),
    ("ROADMAP", "Known issues and roadmap", False),
    ("DEVELOP", "Development", False),
    ("CONTRIBUTORS", "Contributors", False),
    ("CREDITS", "Credits", False),
    ("HISTORY", "Changelog", False),
)
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<title>{title}</title>
<style>
body {{ max-width: 56rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
  font-family: system-ui, sans-serif; color: #1f2937; }}
a {{ color: #0f766e; }}
code, pre {{ font-family: ui-monospace, monospace; font-size: 0.9em; }}
pre {{ padding: 0.75rem 1rem; border-radius: 0.5rem; background: #f3f4f6;
  overflow-x: auto; }}
table {{ border-collapse: collapse; }}
td, th {{ padding: 0.25rem 0.75rem; border: 1px solid #d1d5db; text-align: left;
  vertical-align: top; }}
img {{ max-width: 100%; }}
li p {{ margin: 0.25rem 0; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
DOCUTILS = {
    "embed_stylesheet": False,
    "file_insertion_enabled": False,
    "halt_level": 2,  # a warning is an error
    "initial_header_level": 2,
    "raw_enabled": False,
    "report_level": 5,  # the exception says it
    "stylesheet_path": None,
    "syntax_highlight": "none",
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("paths", nargs="+", type=Path, metavar="ADDON")
    options = parser.parse_args(arguments)
    addons = sorted({addon_of(path) for path in options.paths} - {None})
    status = 0
    for addon in addons:
        try:
            stale = [page for page in pages(addon) if differs(*page)]
            for path, text in stale:
                print(f"{path}: {'is stale' if options.check else 'written'}")
                if not options.check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
            status |= bool(stale)
        except (OSError, UnsupportedMarkdown, SystemMessage) as error:
            print(f"{addon}: {error}", file=sys.stderr)
            status = 1
    return status


def addon_of(path):
    """Return the addon's folder that holds the path, None outside of addons."""
    for folder in (path, *path.parents):
        if (folder / "__manifest__.py").is_file():
            return folder
    return None


def differs(path, text):
    return not path.is_file() or path.read_text(encoding="utf-8") != text


def pages(addon):
    """Return (path, text) of each page made from the addon's fragments."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text("utf-8"))
    rst = readme(addon, manifest)
    return [
        (addon / "README.rst", f"{NOTICE}\n{rst}"),
        (
            addon / "static/description/index.html",
            PAGE.format(title=manifest["name"], body=html(rst, addon)),
        ),
    ]


def readme(addon, manifest):
    bar = "=" * len(manifest["name"])
    parts = [f"{bar}\n{manifest['name']}\n{bar}", facts(addon, manifest)]
    for fragment, title, required in SECTIONS:
        text = convert(addon / "readme" / f"{fragment}.md", required)
        if text:
            parts += [heading(title), text] if title else [text, contents()]
    return "\n\n".join(parts) + "\n"


def facts(addon, manifest):
    """Return the line under the title: what this is, at a glance."""
    status = manifest.get("development_status", "Beta")
    words = [manifest["version"], status, manifest["license"], manifest["author"]]
    if beside := manifest.get("auto_install"):
        modules = beside if isinstance(beside, list) else manifest["depends"]
        names = " and ".join(f"``{name}``" for name in modules)
        words.append(f"installs itself beside {names}")
    return " · ".join((f"``{addon.resolve().name}``", *words))


def contents():
    return ".. contents::\n   :local:\n   :depth: 1\n   :backlinks: none"


def convert(path, required):
    if not path.is_file() and not required:
        return ""
    try:
        return md_to_rst(path.read_text("utf-8"))
    except UnsupportedMarkdown as error:
        raise UnsupportedMarkdown(f"{path.name}: {error}") from error


def html(rst, addon):
    parts = publish_parts(
        rst,
        source_path=str(addon / "README.rst"),
        writer="html5_polyglot",
        settings_overrides=DOCUTILS,
    )
    lines = (line.rstrip() for line in parts["html_body"].splitlines())
    return "\n".join(lines).strip()


if __name__ == "__main__":
    sys.exit(main())
