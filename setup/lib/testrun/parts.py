"""The parts of a test run: each runs one tool and returns an Outcome."""

import json
import os
import shutil
import subprocess

from suite import all_addons

from . import databases
from .options import OTHER_POSTGRES
from .outcome import FAILED, SKIPPED, Outcome, read_hooks, read_junit, read_report
from .settings import REPO, run_logged
from .template import BridgeTemplate

PART_TIMEOUT = 3600
# Exit statuses of pytest.
ALL_PASSED, SOME_FAILED, NO_TESTS = 0, 1, 5
BROWSER_HOME = "browser-failures"
# Random requests against the routes; with --all as many as take two minutes.
FUZZ_CASES, ALL_FUZZ_CASES = "200", "2000"


class Run:
    """One call of setup/test: its options, and what parts share."""

    def __init__(self, settings, options):
        self.settings = settings
        self.options = options
        self.template = None

    @property
    def addons(self):
        return self.options.addons or all_addons()

    def log(self, name):
        return self.settings.logs / f"{name}.log"


def has_tests(folder):
    return any((REPO / folder).rglob("test_*.py"))


def any_tests(addons):
    """Return whether one of these addons has tests inside Odoo."""
    return any(has_tests(f"addons/{name}/tests") for name in addons)


# -- Without Odoo ------------------------------------------------------------


def linters(run):
    outcome = Outcome(log=run.log("linters"))
    if not _is_git_checkout():
        outcome.add("linters", SKIPPED, "not a git checkout")
        return outcome
    status = run_logged(
        [
            run.settings.venv / "bin" / "pre-commit",
            "run",
            "--color",
            "never",
            *_files_to_lint(run),
        ],
        outcome.log,
        PART_TIMEOUT,
        {
            "PRE_COMMIT_HOME": str(run.settings.home / "pre-commit"),
            "PATH": f"{run.settings.venv / 'bin'}:{os.environ['PATH']}",
            **trust_checkout(),
        },
    )
    read_hooks(outcome.log.read_text(errors="replace"), outcome)
    return _never_silently(outcome, status, "pre-commit")


def _files_to_lint(run):
    if not run.options.addons:
        return ["--all-files"]
    tracked = subprocess.run(
        ["git", "ls-files", *(f"addons/{name}" for name in run.options.addons)],
        cwd=REPO,
        capture_output=True,
        text=True,
        env={**os.environ, **trust_checkout()},
    )
    return ["--files", *tracked.stdout.split("\n")[:-1]]


def trust_checkout():
    """Git refuses a checkout of another user unless told that it is safe."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(REPO),
    }


def _is_git_checkout():
    return shutil.which("git") and (REPO / ".git").exists()


def pure(run):
    arguments = ["tests/pure"]
    if run.options.addons:
        folders = [f"tests/pure/{name}" for name in run.addons]
        arguments = ["tests/pure/test_doctests.py", *filter(has_tests, folders)]
    return pytest(run, "pure", arguments, {"MONITOR_ADDONS": ",".join(run.addons)})


# -- Inside Odoo -------------------------------------------------------------


def addon_tests(run):
    return _in_odoo(run, "orm", "addons", run.template, run.options.ordinary)


def browser_tests(run):
    return _in_odoo(run, "browser", "browser", run.template, run.options.ordinary)


def bridge_tests(run):
    """Test the bridges, in a database that has all they are about."""
    provider = BridgeTemplate(run.settings)
    outcome = provider.provide()
    if outcome.failures:
        return outcome
    beside = Run(provider.settings, run.options)
    tier = "orm" if run.options.fast else "all"
    return _in_odoo(beside, tier, "bridges", provider.name, run.options.bridges)


def _in_odoo(run, tier, name, template, addons):
    paths = [f"addons/{addon}/tests" for addon in addons if any_tests([addon])]
    with databases.fresh(run.settings.data_dir, template, name) as database:
        return in_odoo(run, name, database, paths, [f"--monitor-tier={tier}"])


def in_odoo(run, name, database, paths, arguments=()):
    """Run tests inside Odoo; problems outside of any test are failures too."""
    stray = run.settings.logs / f"{name}-stray.json"
    stray.unlink(missing_ok=True)
    options = [
        *("-p", "testrun.pytest_guard", f"--monitor-stray={stray}"),
        f"--monitor-odoo-log={run.settings.logs / f'{name}-odoo.log'}",
        *(f"--odoo-config={run.settings.conf}", f"--odoo-database={database}"),
        *("--odoo-http", "--odoo-log-level=info"),
        f"--odoo-extra=screenshots={run.settings.logs / BROWSER_HOME}",
        *arguments,
    ]
    if run.options.fast:
        options.append("--monitor-no-browser")
    outcome = pytest(run, name, [*options, *paths], inside_odoo=True)
    for line in json.loads(stray.read_text()) if stray.exists() else ():
        outcome.add(f"{name}: outside of the tests", FAILED, line)
    return outcome


# -- Beside Odoo -------------------------------------------------------------


def rpc_clients(run):
    environment = {
        "MONITOR_TEMPLATE": run.template,
        "MONITOR_FUZZ_CASES": ALL_FUZZ_CASES if run.options.all else FUZZ_CASES,
    }
    return pytest(run, "rpc", ["tests/rpc"], environment)


def processes(run):
    return pytest(run, "process", ["tests/process"], {"MONITOR_TEMPLATE": run.template})


def _on_other_postgres(version):
    """Return a part: this program again, on another version of PostgreSQL."""

    def part(run):
        outcome = Outcome(log=run.log(f"postgresql-{version}"))
        command = ["setup/test", "--postgres", version]
        status = run_logged(command, outcome.log, PART_TIMEOUT)
        read_report(outcome.log.read_text(errors="replace"), outcome)
        return _never_silently(outcome, status, f"PostgreSQL {version}")

    return part


OTHER_POSTGRES = {version: _on_other_postgres(version) for version in OTHER_POSTGRES}


# -- Pytest ------------------------------------------------------------------


def pytest(run, name, arguments, env=None, inside_odoo=False, root=REPO):
    outcome = Outcome(log=run.log(name))
    junit = run.settings.logs / f"{name}.xml"
    junit.unlink(missing_ok=True)
    command = [
        *(run.settings.python, "-m", "pytest", "-c", "setup/lib/testrun/pytest.ini"),
        *(f"--rootdir={root}", f"--junitxml={junit}", "-v", "--durations=10"),
        *([] if inside_odoo else ["-p", "no:odoo", "--import-mode=importlib"]),
        *(["-k", run.options.keyword] if run.options.keyword else []),
        *arguments,
    ]
    status = run_logged(
        command, outcome.log, PART_TIMEOUT, {**_paths(run), **(env or {})}
    )
    outcome.completed = status in (ALL_PASSED, SOME_FAILED)
    outcome.tests = read_junit(junit, outcome) if junit.exists() else {}
    if status == NO_TESTS and (run.options.keyword or name == "browser"):
        outcome.remark = "no test matches"
        return outcome
    return _never_silently(outcome, status, "pytest")


def _paths(run):
    """Return where Python finds this program, and what Odoo needs besides."""
    paths = [
        str(REPO / "setup" / "lib"),
        os.environ.get("PYTHONPATH"),
        run.settings.environment.get("PYTHONPATH"),
    ]
    return {"PYTHONPATH": ":".join(filter(None, paths))}


def _never_silently(outcome, status, tool):
    """A tool that failed, or tested nothing, is a failure by itself."""
    if not outcome.total:
        outcome.add(tool, FAILED, f"no test ran (exit status {status})")
    elif status and not outcome.counts[FAILED]:
        outcome.add(tool, FAILED, f"exit status {status}")
    return outcome
