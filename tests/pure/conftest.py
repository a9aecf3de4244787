"""Make the pure part of the addons importable, and nothing else.

``from odoo.addons.monitor_core.tools import scales`` works here although Odoo
is never imported: the packages above ``tools`` are empty stand-ins. Anything
else of ``odoo`` raises, so a module in ``tools/`` that needs Odoo fails.

Property tests are repeatable, are not timed and leave no files behind.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import tempfile
import time
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(tempfile.gettempdir())
hypothesis.settings.register_profile(
    "monitor", database=None, deadline=None, derandomize=True, max_examples=200
)
# Mutation tests run these thousands of times, and only ask whether one fails.
hypothesis.settings.register_profile(
    "mutation",
    hypothesis.settings.get_profile("monitor"),
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
hypothesis.settings.load_profile(os.environ.get("MONITOR_HYPOTHESIS", "monitor"))

# Elsewhere for mutation tests, which change copies (setup/lib/testrun/mutation.py).
ADDONS = Path(
    os.environ.get("MONITOR_PURE_ADDONS")
    or Path(os.path.abspath(__file__)).parents[2] / "addons"
)


class PureFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        parts = fullname.split(".")
        if parts[0] != "odoo" or (parts[:2] == ["odoo", "addons"] and len(parts) > 3):
            return None
        if fullname not in ("odoo", "odoo.addons") and parts[:2] != ["odoo", "addons"]:
            raise ImportError(f"pure code must not import {fullname}")
        spec = importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        if len(parts) == 3:
            spec.submodule_search_locations = [str(ADDONS / parts[2])]
        return spec

    def exec_module(self, module):
        """Leave it empty: the package's own code would import Odoo."""


sys.meta_path.insert(0, PureFinder())


@pytest.fixture(autouse=True, scope="session")
def far_away():
    """Let the machine have a time zone that no test names: none may matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()
