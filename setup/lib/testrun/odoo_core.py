"""Odoo's own tests with and without the suite: the results must be equal.

They run in the full registry (all modules installed before the first test),
because tests that Odoo runs while it installs a module come before ours is
loaded. The results without the suite are kept for each build of Odoo.
"""

import json
import re

from . import databases
from .outcome import FAILED, PASSED, SKIPPED, Outcome, unexpected_log_lines
from .settings import REPO, run_logged, suite_addons
from .template import BUILD_TIMEOUT, create, key

MODULES = ("base_automation", "purchase", "sale", "test_base_automation", "test_mail")
TESTS = (
    "base/tests/test_ir_actions.py",
    "base/tests/test_ir_cron.py",
    "base_automation/tests",
    "mail/tests/test_fetchmail.py",
    "mail/tests/test_mail_activity.py",
    "purchase/tests",
    "sale/tests",
    "test_base_automation/tests",
    "test_mail/tests/test_mail_activity.py",
    "test_mail/tests/test_mail_activity_mixin.py",
    "test_mail/tests/test_mail_activity_plan.py",
    "test_mail/tests/test_mail_scheduled_message.py",
)
ALLOWED = REPO / "tests" / "odoo_core" / "expected_differences.txt"
MOST_ALLOWED = 5
MOST_QUERIES = 2
NEVER_ALLOWED = re.compile(r"^(test_)?base_automation\.|\.test_ir_cron\.")
_TEST_NAME = re.compile(r"(?:^|.*\.)(?P<name>\w+\.tests\..+)")
_QUERIES = re.compile(r"[Qq]uery count more than expected.*?: (\d+) > (\d+)")


def compare(run):
    """Run both sides and return one result for each of Odoo's tests."""
    outcome = Outcome(log=run.settings.logs / "odoo-with.log")
    modules, paths = _present(run.settings.odoo_addons)
    bare = _database_without(run.settings, modules)
    without = _results_without(run, bare, paths)
    with databases.fresh(run.settings.data_dir, bare, "odoo_with") as database:
        if problem := _install_suite(run.settings, database):
            outcome.add("installing the suite beside Odoo's modules", FAILED, problem)
            return outcome
        found = _run_tests(run, "odoo-with", database, paths)
    judge(without, found, read_allowed(ALLOWED.read_text()), outcome)
    return outcome


def _present(addons_paths):
    """Return the modules and test paths that this tree of Odoo has."""
    modules = [name for name in MODULES if any((path / name).is_dir() for path in addons_paths)]
    paths = [str(path / test) for test in TESTS for path in addons_paths if (path / test).exists()]
    return modules, paths


def _database_without(settings, modules):
    name = "monitor_tpl_core_" + key(settings.odoo_build, *modules)
    if not databases.exists(name):
        create(settings, name, None, modules, settings.logs / "odoo-install.log")
    return name


def _results_without(run, bare, paths):
    stored = run.settings.home / "odoo-core" / f"{key(bare, *paths)}.json"
    if stored.exists():
        return json.loads(stored.read_text())
    with databases.fresh(run.settings.data_dir, bare, "odoo_without") as database:
        found = _run_tests(run, "odoo-without", database, paths)
    stored.parent.mkdir(exist_ok=True)
    stored.write_text(json.dumps(found, indent=1))
    return found


def _install_suite(settings, database):
    log = settings.logs / "odoo-install-suite.log"
    addons = ",".join(suite_addons())
    command = settings.odoo("-d", database, "-i", addons, "--stop-after-init", "--no-http")
    if status := run_logged(command, log, BUILD_TIMEOUT):
        return f"exit status {status}, see {log}"
    lines = unexpected_log_lines(log.read_text(errors="replace"), f"{REPO}/addons/")
    return lines[0] if lines else ""


def _run_tests(run, name, database, paths):
    from .parts import pytest

    arguments = [
        *(f"--odoo-config={run.settings.conf}", f"--odoo-database={database}"),
        *("--odoo-http", "--odoo-log-level=info", "--show-capture=no"),
        *paths,
    ]
    found = pytest(run, name, arguments, inside_odoo=True).tests
    if not found:
        raise RuntimeError(f"none of Odoo's tests ran, see {run.settings.logs / name}.log")
    return {short_name(test): list(result) for test, result in found.items()}


def short_name(test):
    """Return the name from the module on.

    >>> short_name("usr.lib.odoo.addons.base.tests.test_ir_cron.TestIrCron.test_run")
    'base.tests.test_ir_cron.TestIrCron.test_run'
    """
    found = _TEST_NAME.match(test)
    return found["name"] if found else test


# -- Judging -----------------------------------------------------------------


def read_allowed(text):
    """Return the expected differences: test name -> reason.

    >>> read_allowed("# comment\\n\\nsale.tests.test_x.T.test_a: one query more")
    {'sale.tests.test_x.T.test_a': 'one query more'}
    """
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip(): reason.strip() for name, _colon, reason in pairs}


def judge(without, found, allowed, outcome):
    """Add a result for each test: failed when the suite changed it.

    >>> outcome = Outcome()
    >>> judge({"a": ["passed", ""], "b": ["failed", "x"]}, {"a": ["failed", "y"], "b": ["failed", "x"]}, {}, outcome)
    >>> outcome.failures
    [('a', 'passed without the suite, failed with it: y')]
    """
    for name in sorted(set(without) | set(found)):
        before, _reason = without.get(name, ["missing", ""])
        after, reason = found.get(name, ["missing", ""])
        if before == after:
            outcome.add(name, SKIPPED if after == SKIPPED else PASSED)
        elif name in allowed and _few_queries(reason):
            outcome.add(name, PASSED)
        else:
            outcome.add(name, FAILED, f"{before} without the suite, {after} with it: {reason}")
    for name, problem in _check_allowed(without, found, allowed):
        outcome.add(f"{ALLOWED.name}: {name}", FAILED, problem)


def _few_queries(reason):
    """Tell whether a failure is by at most MOST_QUERIES queries.

    >>> _few_queries("AssertionError: Query count more than expected for user admin: 46 > 45 in test_x")
    True
    >>> _few_queries("AssertionError: 1 != 2")
    False
    """
    found = _QUERIES.search(reason)
    return bool(found) and int(found[1]) - int(found[2]) <= MOST_QUERIES


def _check_allowed(without, found, allowed):
    if len(allowed) > MOST_ALLOWED:
        yield "list", f"{len(allowed)} entries, at most {MOST_ALLOWED} are allowed"
    for name, reason in allowed.items():
        if NEVER_ALLOWED.search(name):
            yield name, "no difference is allowed here"
        if not reason:
            yield name, "no reason given"
        if without.get(name, [""])[0] == found.get(name, [""])[0]:
            yield name, "the test does not differ any more: remove the line"
