"""Every example in the docstrings of ``addons/*/tools``, without Odoo.

And those of the test runner itself.
"""

import doctest
import importlib
import os
from pathlib import Path

import pytest

ADDONS = Path(os.path.abspath(__file__)).parents[2] / "addons"
SELECTED = [name for name in os.environ.get("MONITOR_ADDONS", "").split(",") if name]


def modules():
    for path in sorted(ADDONS.glob("*/tools/**/*.py")):
        parts = path.relative_to(ADDONS).with_suffix("").parts
        if (not SELECTED or parts[0] in SELECTED) and parts[-1] != "__init__":
            yield "odoo.addons." + ".".join(parts)
    if not SELECTED:
        yield from ("suite", "testrun.outcome", "testrun.mutation", "testrun.odoo_core")


@pytest.mark.parametrize("name", list(modules()))
def test_doctests(name):
    module = importlib.import_module(name)
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert not found.failed, (
        f"{found.failed} of {found.attempted} examples failed, see the output"
    )
