"""Plan the parts of a test run, run them two at a time, add them up."""

import os
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from . import databases, parts
from .options import parse
from .outcome import FAILED, PASSED, SKIPPED, Outcome
from .settings import REPO, Settings, interrupt_children
from .template import Template

# When a part runs: beside the building of the template; beside others on the
# template; alone on the machine, because it is heavy or about time.
EARLY, BESIDE, ALONE = range(3)


def plan(options):
    """Return the parts of this run as (when, title, function)."""
    if options.odoo:
        return [(ALONE, "Odoo's own tests", odoo_core)]
    if options.mutation:
        return [(ALONE, "Mutation tests", mutation_tests)]
    has_tests = parts.has_tests
    inside = parts.any_tests(options.ordinary)
    bridges = parts.any_tests(options.bridges)
    in_odoo = (
        (inside, BESIDE, "Addon tests", parts.addon_tests),
        (bridges, BESIDE, "Bridge tests", parts.bridge_tests),
    )
    if options.postgres:
        return [part for wanted, *part in in_odoo if wanted]
    whole = not options.addons
    slow = options.all and whole
    heavy = slow and not options.keyword
    lint = not options.keyword and (REPO / ".pre-commit-config.yaml").exists()
    candidates = (
        (lint, EARLY, "Linters", parts.linters),
        (has_tests("tests/pure"), EARLY, "Pure tests", parts.pure),
        *in_odoo,
        (inside and not options.fast, BESIDE, "Browser tests", parts.browser_tests),
        (whole and has_tests("tests/rpc"), BESIDE, "RPC clients", parts.rpc_clients),
        (slow and has_tests("tests/process"), ALONE, "Processes", parts.processes),
        (heavy, ALONE, "Mutation tests", mutation_tests),
        (heavy, ALONE, "Odoo's own tests", odoo_core),
        *(
            (heavy and inside, BESIDE, f"PostgreSQL {version}", part)
            for version, part in parts.OTHER_POSTGRES.items()
        ),
    )
    return [part for wanted, *part in candidates if wanted]


def odoo_core(run):
    from .odoo_core import compare

    return compare(run)


def mutation_tests(run):
    from . import mutation

    return mutation.mutation_tests(run)


def template(run):
    provider = Template(run.settings)
    outcome = provider.provide()
    run.template = provider.name
    return outcome


#: Parts that need no template, or make one of their own.
WITHOUT_TEMPLATE = (
    *(parts.linters, parts.pure, parts.bridge_tests),
    *(odoo_core, mutation_tests),
)


class Report:
    """Prints the parts as they end, and the one line that counts."""

    def __init__(self):
        self.outcomes = []
        self.started = time.monotonic()

    def add(self, title, outcome, seconds):
        self.outcomes.append(outcome)
        counted = outcome if outcome.total else outcome.remark
        print(f"{title} ... {counted}  {seconds:.1f} s", flush=True)
        for name, reason in outcome.failures:
            print(f"    FAILED {name}" + (f": {reason}" if reason else ""))
        if outcome.failures and outcome.log:
            print(f"    log: {outcome.log}", flush=True)

    def close(self):
        """Print the closing line and return the exit status."""
        total = {
            name: sum(outcome.counts[name] for outcome in self.outcomes)
            for name in (PASSED, FAILED, SKIPPED)
        }
        print(f"All parts together: {time.monotonic() - self.started:.0f} s")
        if not total[PASSED] + total[FAILED]:
            print("No test ran.")
        print(", ".join(f"{count} {name}" for name, count in total.items()), flush=True)
        return int(bool(total[FAILED]) or not total[PASSED])


def timed(function, run):
    start = time.monotonic()
    try:
        outcome = function(run)
    except Exception as error:
        outcome = Outcome(log=getattr(error, "log", run.log("runner")))
        run.log("runner").write_text(traceback.format_exc())
        outcome.add(function.__name__, FAILED, f"{type(error).__name__}: {error}")
    return outcome, time.monotonic() - start


def run_all(run, report, chosen, pool):
    """Run the parts and print them in their order."""
    futures = [(title, pool.submit(timed, part, run)) for _, title, part in chosen]
    for title, future in futures:
        report.add(title, *future.result())


def execute(run, report, pool):
    chosen = plan(run.options)
    building = None
    if any(part not in WITHOUT_TEMPLATE for *_, part in chosen):
        building = pool.submit(timed, template, run)
    run_all(run, report, [part for part in chosen if part[0] == EARLY], pool)
    if building:
        outcome, seconds = building.result()
        report.add("Template database", outcome, seconds)
        if outcome.failures:
            print("    The tests that need this database did not run.")
            return
    run_all(run, report, [part for part in chosen if part[0] == BESIDE], pool)
    for part in chosen:
        if part[0] == ALONE:
            run_all(run, report, [part], pool)


def main(arguments):
    options = parse(arguments)
    settings = Settings.from_environment()
    # Also for a run in the background, where a shell has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    databases.drop_leftovers(settings.data_dir)
    report = Report()
    pool = ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1))
    try:
        execute(parts.Run(settings, options), report, pool)
    except KeyboardInterrupt:
        print("\nInterrupted: ending what runs.", flush=True)
        pool.shutdown(wait=False, cancel_futures=True)
        interrupt_children()
        pool.shutdown()
        return 130
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
