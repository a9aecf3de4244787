"""The template database: the suite installed once, copied for every run.

Two layers, each rebuilt only when what it is made from changes: Odoo's
modules that the suite depends on, and the suite on top of them.
"""

import ast
import hashlib

from . import building, databases
from .outcome import FAILED, PASSED, Outcome, unexpected_log_lines
from .settings import REPO, suite_addons


def external_dependencies():
    """Return Odoo's modules that the suite depends on, sorted."""
    own = set(suite_addons())
    wanted = set()
    for name in own:
        manifest = (REPO / "addons" / name / "__manifest__.py").read_text()
        wanted.update(ast.literal_eval(manifest).get("depends", ["base"]))
    return sorted(wanted - own) or ["base"]


def suite_digest():
    """Return a key of all files in addons/ that an installation depends on."""
    digest = hashlib.sha256()
    for path in sorted((REPO / "addons").rglob("*")):
        parts = path.relative_to(REPO / "addons").parts
        if path.is_file() and not _is_test_file(parts):
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_test_file(parts):
    return (
        "__pycache__" in parts
        or parts[1:2] in (("tests",), ("readme",))
        or parts[1:3] == ("static", "tests")
    )


def key(*values):
    return hashlib.sha256("\0".join(values).encode()).hexdigest()[:12]


class Template:
    """The template of the suite for one build of Odoo."""

    def __init__(self, settings):
        self.settings = settings
        self.dependencies = external_dependencies()
        self.base = f"{building.PREFIX}base_" + key(
            settings.odoo_build, *self.dependencies
        )
        self.name = building.PREFIX + key(self.base, suite_digest())
        self.log = settings.logs / "template.log"

    def provide(self):
        """Return an outcome: empty when the template was there already."""
        outcome = Outcome(log=self.log, remark="up to date")
        with building.locked(self.settings):
            if not databases.exists(self.name):
                self._build(outcome)
            if not outcome.failures:
                building.touch(self.settings, self.base, self.name)
                building.forget_old(self.settings)
        return outcome

    def _build(self, outcome):
        settings = self.settings
        if not databases.exists(self.base):
            log = settings.logs / "template-base.log"
            building.create(settings, self.base, None, self.dependencies, log)
        building.create(
            settings, self.name, self.base, suite_addons(), self.log, warm=True
        )
        for log in (self.log, building.assets_log(self.log)):
            lines = log.read_text(errors="replace")
            for line in unexpected_log_lines(lines, f"{REPO}/addons/"):
                outcome.add("installation", FAILED, f"unexpected in the log: {line}")
        if outcome.failures:
            databases.drop(settings.data_dir, self.name)
        else:
            outcome.add("installation", PASSED)
