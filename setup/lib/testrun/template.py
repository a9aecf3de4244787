"""The template database: the suite installed once, copied for every run.

Two layers, each rebuilt only when what it is made from changes: Odoo's
modules that the suite depends on, and the suite on top of them. Bridges have one of
their own, with the apps they are about, so that these are in no other test.
"""

import hashlib

from suite import all_addons, needs, suite_addons

from . import building, databases
from .outcome import FAILED, PASSED, Outcome, unexpected_log_lines
from .settings import REPO

#: Addons of others that are installed beside the bridges, whoever asks for them.
PEERS = ("auditlog", "purchase_tier_validation", "queue_job")


def suite_digest(addons):
    """Return a key of all files of addons that an installation depends on."""
    digest = hashlib.sha256()
    files = (path for name in addons for path in (REPO / "addons" / name).rglob("*"))
    for path in sorted(files):
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

    title = "template"

    def __init__(self, settings):
        self.settings = settings
        self.addons = self.chosen()
        self.dependencies = self.modules()
        self.base = f"{building.PREFIX}base_" + key(
            settings.odoo_build, *self.dependencies, *self.more_keys()
        )
        self.name = building.PREFIX + key(self.base, suite_digest(self.addons))
        self.log = settings.logs / f"{self.title}.log"

    def chosen(self):
        """Return the addons that are installed, sorted."""
        return suite_addons()

    def modules(self):
        """Return what they are installed on, sorted."""
        return needs(self.addons) or ["base"]

    def more_keys(self):
        """Return what else the lower layer is made from."""
        return ()

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
            log = settings.logs / f"{self.title}-base.log"
            building.create(settings, self.base, None, self.dependencies, log)
        building.create(
            settings, self.name, self.base, self.addons, self.log, warm=True
        )
        for log in (self.log, building.assets_log(self.log)):
            lines = log.read_text(errors="replace")
            for line in unexpected_log_lines(lines, f"{REPO}/addons/"):
                outcome.add("installation", FAILED, f"unexpected in the log: {line}")
        if outcome.failures:
            databases.drop(settings.data_dir, self.name)
        else:
            outcome.add("installation", PASSED)


class BridgeTemplate(Template):
    """The suite with all bridges, beside the apps and addons that they are about."""

    title = "template-bridges"

    def __init__(self, settings):
        super().__init__(settings.beside_peers())

    def chosen(self):
        return all_addons()

    def modules(self):
        return sorted({*needs(self.addons), *PEERS})

    def more_keys(self):
        return [(REPO / "setup" / "requirements-peers.txt").read_text()]
