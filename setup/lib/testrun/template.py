"""The template database: the suite installed once, copied for every run.

Two layers, each rebuilt only when what it is made from changes: Odoo's
modules that the suite depends on, and the suite on top of them.
"""

import ast
import contextlib
import fcntl
import hashlib
import time

from . import databases
from .outcome import FAILED, PASSED, Outcome, unexpected_log_lines
from .settings import REPO, run_logged, suite_addons

BUILD_TIMEOUT = 1800
KEPT = 6
# Asset bundles that browser tests load: built once, here.
BUNDLES = ("web.assets_web", "web.assets_tests", "web.assets_unit_tests_setup", "web.assets_unit_tests")
WARM_UP = f"""
qweb = env["ir.qweb"]
for name in {BUNDLES!r}:
    bundle = qweb._get_asset_bundle(name, css=True, js=True)
    bundle.css()
    bundle.js()
env.cr.commit()
"""


class BuildError(Exception):
    """A template could not be built; ``log`` says why."""

    def __init__(self, message, log):
        super().__init__(message)
        self.log = log


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
        or parts[1:2] == ("tests",)
        or parts[1:3] == ("static", "tests")
        or parts[1:2] == ("readme",)
    )


def key(*values):
    return hashlib.sha256("\0".join(values).encode()).hexdigest()[:12]


class Template:
    """The template of the suite for one build of Odoo."""

    def __init__(self, settings):
        self.settings = settings
        self.dependencies = external_dependencies()
        self.base = "monitor_tpl_base_" + key(settings.odoo_build, *self.dependencies)
        self.name = "monitor_tpl_" + key(self.base, suite_digest())
        self.problems = []

    def provide(self):
        """Return an outcome: empty when the template was there already."""
        outcome = Outcome(log=self.settings.logs / "template.log")
        with self._lock():
            if databases.exists(self.name):
                self._touch()
                outcome.remark = "up to date"
                return outcome
            try:
                self._build()
            except BuildError as error:
                outcome.log = error.log
                outcome.add("template database", FAILED, str(error))
                return outcome
            self._touch()
            self._forget_old()
        for line in self.problems:
            outcome.add("template database", FAILED, f"unexpected in the log: {line}")
        if not self.problems:
            outcome.add("template database", PASSED)
        return outcome

    def _build(self):
        if not databases.exists(self.base):
            create(self.settings, self.base, None, self.dependencies, self.settings.logs / "template-base.log")
        log = self.settings.logs / "template.log"
        create(self.settings, self.name, self.base, suite_addons(), log, self._warm_up)
        self.problems = unexpected_log_lines(log.read_text(errors="replace"), f"{REPO}/addons/")
        if self.problems:
            databases.drop(self.settings.data_dir, self.name)

    def _warm_up(self, name):
        script = self.settings.logs / "warm-up.py"
        script.write_text(WARM_UP)
        log = self.settings.logs / "template-assets.log"
        command = self.settings.odoo("--no-http", "-d", name)
        command.insert(3, "shell")
        with open(script) as stdin:
            if run_logged(command, log, BUILD_TIMEOUT, stdin=stdin):
                raise BuildError("the asset bundles could not be built", log)

    @contextlib.contextmanager
    def _lock(self):
        with open(self.settings.home / "locks" / "template", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _stamp(self, name):
        return self.settings.home / "stamps" / f"template-{name}"

    def _touch(self):
        for name in (self.base, self.name):
            self._stamp(name).write_text(str(time.time()))

    def _forget_old(self):
        """Drop the templates that were not used for longest."""
        stamps = sorted(
            (self.settings.home / "stamps").glob("template-monitor_tpl_*"),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        for stamp in stamps[KEPT:]:
            databases.drop(self.settings.data_dir, stamp.name.removeprefix("template-"))
            stamp.unlink()


def create(settings, name, source, modules, log, finish=None):
    """Build a database under another name first: a half-built one is never used."""
    partial = f"{name}_building"
    databases.drop(settings.data_dir, partial)
    if source:
        databases.copy(settings.data_dir, source, partial)
    status = run_logged(
        settings.odoo("-d", partial, "-i", ",".join(modules), "--stop-after-init", "--no-http"),
        log,
        BUILD_TIMEOUT,
    )
    if status:
        databases.drop(settings.data_dir, partial)
        raise BuildError(f"installing {', '.join(modules)} failed (exit status {status})", log)
    if finish:
        finish(partial)
    databases.rename(settings.data_dir, partial, name)
