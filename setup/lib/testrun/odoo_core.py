"""Odoo's own tests with and without the suite: the results must be equal.

They run in the full registry (all modules installed before the first test),
because tests that Odoo runs while it installs a module come before ours is
loaded. Without the suite only those run that did not pass with it: what passes
is what Odoo promises.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from suite import suite_addons

from . import building, databases
from .building import BuildError
from .outcome import FAILED, PASSED, SKIPPED, Outcome, unexpected_log_lines
from .settings import REPO
from .template import key

MODULES = (
    "base_automation",
    "purchase",
    "sale_management",
    "test_base_automation",
    "test_mail",
)
# Two shards that take about as long as each other.
SHARDS = (
    ("sale/tests",),
    (
        "base/tests/test_ir_actions.py",
        "base/tests/test_ir_cron.py",
        "base_automation/tests",
        "mail/tests/test_fetchmail.py",
        "mail/tests/test_mail_activity.py",
        "purchase/tests",
        "test_base_automation/tests",
        "test_mail/tests/test_mail_activity.py",
        "test_mail/tests/test_mail_activity_mixin.py",
        "test_mail/tests/test_mail_activity_plan.py",
        "test_mail/tests/test_mail_scheduled_message.py",
    ),
)
ALLOWED = REPO / "tests" / "odoo_core" / "expected_differences.txt"
# A database that automates something, as those do that install the suite: what Odoo
# spends on having an automation rule is no difference. Nothing ever triggers this one.
A_RULE = """
model = env["ir.model"]._get("res.country.group")
env["base.automation"].create(
    {
        "name": "A rule of somebody",
        "model_id": model.id,
        "trigger": "on_unlink",
        "action_server_ids": [
            (0, 0, {"name": "Nothing", "model_id": model.id, "state": "code",
                    "code": "pass", "usage": "base_automation"})
        ],
    }
)
env.cr.commit()
"""
MOST_ALLOWED = 5
MOST_TRIES = 3
MOST_QUERIES = 2
NEVER_ALLOWED = re.compile(r"^(test_)?base_automation\.|\.test_ir_cron\.")
_TEST_NAME = re.compile(r"(?:^|.*\.)(?P<name>\w+\.tests\..+)")
_QUERIES = re.compile(r"[Qq]uery count more than expected.*?: (\d+) > (\d+)")


def compare(run):
    """Run both sides and return one result for each of Odoo's tests."""
    outcome = Outcome(log=run.log("odoo-with-1"))
    settings = run.settings
    modules, shards, root = _present(settings.odoo_addons)
    bare = _database_without(settings, modules)
    with databases.fresh(settings.data_dir, bare, "odoo_with") as database:
        log = run.log("odoo-install-suite")
        building.install(settings, database, suite_addons(), log)
        building.warm_up(settings, database, building.assets_log(log))
        for line in unexpected_log_lines(log.read_text(), f"{REPO}/addons/"):
            outcome.add("installing the suite beside Odoo's modules", FAILED, line)
        found = _run_shards(run, "odoo-with", database, shards, root)
    allowed = read_allowed(ALLOWED.read_text())
    without = _results_without(run, bare, root, found, allowed)
    judge(without, found, allowed, outcome)
    return outcome


def _present(addons_paths):
    """Return what this tree of Odoo has: modules, shards of tests, their root."""
    root = os.path.commonpath(addons_paths)
    modules = [
        name for name in MODULES if any((path / name).is_dir() for path in addons_paths)
    ]
    shards = [
        [
            str(path / test)
            for test in shard
            for path in addons_paths
            if (path / test).exists()
        ]
        for shard in SHARDS
    ]
    return modules, shards, root


def _database_without(settings, modules):
    name = f"{building.PREFIX}core_" + key(settings.odoo_build, A_RULE, *modules)
    with building.locked(settings):
        if not databases.exists(name):
            log = settings.logs / "odoo-install.log"
            building.create(settings, name, None, modules, log, True, A_RULE)
        building.touch(settings, name)
    return name


def _results_without(run, bare, root, found, allowed):
    """Return what the tests come to without the suite, run where that is in doubt."""
    doubtful = in_doubt(found, allowed)
    without = {name: [PASSED, ""] for name in found if name not in doubtful}
    if doubtful:
        nodes = [_node(run.settings.odoo_addons, name) for name in doubtful]
        without |= _run_shard(run, bare, root, "odoo-without", nodes)
    return without


def in_doubt(found, allowed):
    """Return the tests that must run without the suite too.

    >>> in_doubt({"a": ["passed", ""], "b": ["failed", "x"], "c": ["passed", ""]}, "c")
    ['b', 'c']
    """
    return [
        name
        for name, (result, _reason) in sorted(found.items())
        if result != PASSED or name in allowed
    ]


def _run_shards(run, name, source, shards, root):
    """Run the shards side by side, each in a copy of the database.

    What failed runs once more, alone: a browser on a busy machine may be late. Tours
    up to three times: some of Odoo's click faster than its own page answers, now and
    then (the menu of a field opens before the field knows its new model).
    """
    numbered = [(f"{name}-{number}", shard) for number, shard in enumerate(shards, 1)]
    with ThreadPoolExecutor(max_workers=len(shards)) as pool:
        parts = list(
            pool.map(lambda one: _run_shard(run, source, root, *one), numbered)
        )
    found = {test: result for part in parts for test, result in part.items()}
    for attempt in range(1, MOST_TRIES + 1):
        failed = [
            test
            for test, (result, reason) in found.items()
            if result == FAILED and (attempt == 1 or "odoo.startTour" in reason)
        ]
        if not failed:
            break
        nodes = [_node(run.settings.odoo_addons, test) for test in failed]
        again = f"{name}-again-{attempt}"
        found.update(_run_shard(run, source, root, again, nodes))
    return found


def _run_shard(run, source, root, name, paths):
    from .parts import pytest

    with databases.fresh(run.settings.data_dir, source, name.replace("-", "_")) as copy:
        arguments = [
            *(f"--odoo-config={run.settings.conf}", f"--odoo-database={copy}"),
            *("--odoo-http", "--odoo-log-level=info", "--show-capture=no"),
            *paths,
        ]
        part = pytest(run, name, arguments, inside_odoo=True, root=root)
    if not part.completed:
        raise BuildError("Odoo's tests did not run to their end", run.log(name))
    return {short_name(test): list(result) for test, result in part.tests.items()}


def _node(addons_paths, test):
    """Return pytest's name of a test: path::class::method."""
    *folders, cls, method = test.split(".")
    for path in addons_paths:
        file = path.joinpath(*folders).with_suffix(".py")
        if file.exists():
            return f"{file}::{cls}::{method}"
    raise LookupError(f"no file for {test}")


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
    >>> same = ["failed", "x"]
    >>> without, found = ["passed", ""], ["failed", "y"]
    >>> judge({"a": without, "b": same}, {"a": found, "b": same}, {}, outcome)
    >>> outcome.failures
    [('a', 'passed without the suite, failed with it: y')]
    """
    for name in sorted(set(without) | set(found)):
        before, reason_before = without.get(name, ["missing", ""])
        after, reason = found.get(name, ["missing", ""])
        extra = extra_queries(reason_before, reason)
        if before == after and not extra:
            outcome.add(name, SKIPPED if after == SKIPPED else PASSED)
        elif name in allowed and extra is not None and extra <= MOST_QUERIES:
            outcome.add(name, PASSED)
        else:
            sides = f"{before} without the suite, {after} with it"
            outcome.add(name, FAILED, f"{sides}: {reason}")
    for name, problem in _check_allowed(without, found, allowed):
        outcome.add(f"{ALLOWED.name}: {name}", FAILED, problem)


def extra_queries(before, after):
    """Return how many SQL queries more a failed assertQueryCount has seen.

    A test that fails on both sides is compared with the other side.

    >>> extra_queries("", "Query count more than expected for user x: 46 > 45 in y")
    1
    >>> extra_queries("Query count more than expected for user x: 67 > 50 in y",
    ...     "Query count more than expected for user x: 67 > 50 in y")
    0
    >>> extra_queries("", "AssertionError: 1 != 2") is None
    True
    """
    found = _QUERIES.search(after)
    if not found:
        return None
    usual = _QUERIES.search(before)
    return int(found[1]) - int(usual[1] if usual else found[2])


def _check_allowed(without, found, allowed):
    if len(allowed) > MOST_ALLOWED:
        yield "list", f"{len(allowed)} entries, at most {MOST_ALLOWED} are allowed"
    for name, reason in allowed.items():
        if NEVER_ALLOWED.search(name):
            yield name, "no difference is allowed here"
        if not reason:
            yield name, "no reason given"
        before, after = without.get(name, ["", ""]), found.get(name, ["", ""])
        # one that counts statements, and too many for Odoo alone, may be equal
        counted = extra_queries(before[1], after[1]) is not None
        if before[0] == after[0] and not counted:
            yield name, "the test does not differ any more: remove the line"
