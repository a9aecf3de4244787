"""Do the pure tests check the pure rules? Each module of ``addons/*/tools`` is a test.

mutmut makes mutants of a copy: each changes one thing (``<`` becomes ``<=``, ``or``
becomes ``and``, 1 becomes 2). A test that fails kills the mutant. The module passes
when enough are killed; some cannot be, because they do the same as the original.
"""

import re
import shutil
from collections import Counter

from suite import all_addons

from . import mutation_record
from .outcome import FAILED, PASSED, Outcome
from .settings import REPO, run_logged

#: Percent of the mutants of a module that the tests must kill.
LEAST_KILLED = 90
TIMEOUT = 1800
#: ``odoo`` so that modules have the names by which the tests import them.
ADDONS = "odoo/addons"
TESTS = "pure"
_CONFIGURATION = f"""\
[mutmut]
source_paths={ADDONS}
also_copy=
  {TESTS}
  pytest.ini
pytest_add_cli_args_test_selection=
  {TESTS}
pytest_add_cli_args=
  -c
  pytest.ini
  --import-mode=importlib
  -p
  no:odoo
  -p
  no:unraisableexception
  -p
  testrun.pytest_mutation
# Every mutant starts from a process in which no test ran yet.
process_isolation=forkserver
# Seconds, and times what the tests take: a loop without end counts as killed, a
# machine that is busy should not.
timeout_constant=3
timeout_multiplier=5
use_git_change_detection=false
track_dependencies=false
"""
_RESULT = re.compile(r"^ +odoo\.addons\.(\w+\.)tools\.(\w+)\.\S+: (.+)$", re.M)


def mutation_tests(run):
    """Run the pure tests on mutants of a copy of the rules.

    Those of modules that did not change since they were tried are left out.
    """
    outcome = Outcome(log=run.log("mutation-run"))
    found = mutation_record.modules(all_addons())
    wanted = mutation_record.untried(found, LEAST_KILLED)
    if not wanted:
        outcome.add("mutants.json", PASSED)
        return outcome
    folder = run.settings.logs / "mutation"
    copy_code(folder)
    environment = {
        "MONITOR_HYPOTHESIS": "mutation",
        "MONITOR_PURE_ADDONS": str(folder / "mutants" / ADDONS),
        "PYTHONPATH": str(REPO / "setup" / "lib"),
    }
    names = [f"odoo.addons.{name}.*" for name in wanted]
    mutmut = [run.settings.venv / "bin" / "mutmut", "run", *names]
    if status := run_logged(mutmut, outcome.log, TIMEOUT, environment, cwd=folder):
        outcome.add("mutmut", FAILED, f"exit status {status}")
        return outcome
    outcome.log = run.log("mutation")
    report = [run.settings.python, "-m", "testrun.mutants"]
    run_logged(report, outcome.log, TIMEOUT, environment, cwd=folder)
    statuses = read_statuses(outcome.log.read_text(), wanted)
    judge(statuses, outcome)
    if run.options.mutation:
        scores = {name: percent(counts) for name, counts in statuses.items()}
        mutation_record.write(found, scores)
    shutil.rmtree(folder)
    return outcome


def copy_code(folder):
    """Copy what is mutated and its tests: nothing is written to the checkout."""
    pure = REPO / "tests" / "pure"
    for addon in all_addons():
        if (pure / addon).is_dir():
            copy_python(REPO / "addons" / addon / "tools", folder / ADDONS / addon)
            copy_python(pure / addon, folder / TESTS)
    shutil.copy(pure / "conftest.py", folder / TESTS)
    shutil.copy(REPO / "setup" / "lib" / "testrun" / "pytest.ini", folder)
    (folder / "setup.cfg").write_text(_CONFIGURATION)


def copy_python(source, parent):
    left = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, parent / source.name, ignore=left)


def read_statuses(report, wanted):
    """Return ``{module: how many mutants came to what}``.

    >>> line = "  odoo.addons.monitor_core.tools.flow.x_progress__mutmut_{}: {}\\n"
    >>> report = line.format(1, "killed") + line.format(2, "survived")
    >>> read_statuses(report, ["monitor_core.tools.flow"])
    {'monitor_core.tools.flow': Counter({'killed': 1, 'survived': 1})}
    """
    modules = {name: Counter() for name in wanted}
    for addon, module, status in _RESULT.findall(report):
        name = f"{addon}tools.{module}"
        if name in modules:
            modules[name][status] += 1
    return modules


def percent(statuses):
    """Return how many of some mutants were killed; all of none.

    >>> percent(Counter(killed=2, timeout=1, survived=1))
    75.0
    """
    killed = statuses["killed"] + statuses["timeout"]
    total = statuses.total()
    return round(100 * killed / total, 1) if total else 100.0


def judge(modules, outcome):
    """Add a result for each module.

    >>> outcome = Outcome()
    >>> judge({"a.tools.flow": Counter(killed=1, survived=1)}, outcome)
    >>> outcome.failures
    [('a.tools.flow', '50 % of 2 mutants killed, 90 % wanted')]
    """
    for name, statuses in modules.items():
        score = percent(statuses)
        wanted = f"of {statuses.total()} mutants killed, {LEAST_KILLED} % wanted"
        result = PASSED if score >= LEAST_KILLED else FAILED
        outcome.add(name, result, f"{score:.0f} % {wanted}")
    if not any(statuses.total() for statuses in modules.values()):
        outcome.add("mutation tests", FAILED, "there are no mutants")
