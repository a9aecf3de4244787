"""Build a database that later runs copy: under a lock, complete or not at all."""

import contextlib
import fcntl
import re
import time

from . import databases
from .settings import run_logged

BUILD_TIMEOUT = 1800
KEPT = 12
PREFIX = "monitor_tpl_"
# Asset bundles that browser tests load: a test would build them for itself
# and throw them away with its transaction.
BUNDLES = (
    "web.assets_web",
    "web.assets_tests",
    "web.assets_unit_tests_setup",
    "web.assets_unit_tests",
)
WARM_UP = f"""
qweb = env["ir.qweb"]
for name in {BUNDLES!r}:
    bundle = qweb._get_asset_bundle(name, css=True, js=True)
    bundle.css()
    bundle.js()
env.cr.commit()
"""


_ERROR = re.compile(
    r"^(?:[\w.]+(?:Error|Exception)\b.*|.* (?:ERROR|CRITICAL) .*)$", re.M
)


class BuildError(Exception):
    """A database could not be built; ``log`` says why."""

    def __init__(self, message, log):
        super().__init__(message)
        self.log = log


def create(settings, name, source, modules, log, warm=False, script=None):
    """Install modules in a new database; it gets its name when it is complete.

    :param script: Python that Odoo's shell runs in it, and that commits
    """
    partial = f"{name}_building"
    databases.drop(settings.data_dir, partial)
    try:
        if source:
            databases.copy(settings.data_dir, source, partial)
        install(settings, partial, modules, log)
        if script:
            run_script(
                settings, partial, script, log.with_name(f"{log.stem}-script.log")
            )
        if warm:
            warm_up(settings, partial, assets_log(log))
        databases.rename(settings.data_dir, partial, name)
    finally:
        databases.drop(settings.data_dir, partial)


def install(settings, database, modules, log):
    arguments = ("-i", ",".join(modules), "--stop-after-init", "--no-http")
    command = settings.odoo("-d", database, *arguments)
    if status := run_logged(command, log, BUILD_TIMEOUT, settings.environment):
        what = f"installing {', '.join(modules)} failed (exit status {status})"
        raise BuildError(f"{what}: {last_error(log)}", log)


def last_error(log):
    """Return the line that says most about a failed installation."""
    lines = _ERROR.findall(log.read_text(errors="replace"))
    return lines[-1] if lines else "see the log"


def assets_log(log):
    return log.with_name(f"{log.stem}-assets.log")


def warm_up(settings, database, log):
    """Build the asset bundles, and commit them."""
    run_script(settings, database, WARM_UP, log)


def run_script(settings, database, script, log):
    """Run Python in Odoo's shell."""
    file = settings.logs / f"{log.stem}.py"
    file.write_text(script)
    command = settings.odoo("--no-http", "-d", database)
    command.insert(command.index("odoo") + 1, "shell")
    with open(file) as stdin:
        if run_logged(command, log, BUILD_TIMEOUT, settings.environment, stdin):
            raise BuildError(f"a script failed in {database}", log)


# -- Keeping -----------------------------------------------------------------


@contextlib.contextmanager
def locked(settings):
    with open(settings.home / "locks" / "template", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def touch(settings, *names):
    """Remember that these templates are in use."""
    for name in names:
        stamp = _stamps(settings) / name
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(str(time.time()))


def forget_old(settings):
    """Drop the templates that were not used for longest, and half-built ones.

    Call it under the lock: nothing is being built then.
    """
    stamps = sorted(
        _stamps(settings).iterdir(),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    kept = {stamp.name for stamp in stamps[:KEPT]}
    found = f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"
    for name in databases.psql(found):
        if name not in kept:
            databases.drop(settings.data_dir, name)
    for stamp in stamps[KEPT:]:
        stamp.unlink()


def _stamps(settings):
    return settings.data_dir / "templates"
