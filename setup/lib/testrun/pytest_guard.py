"""Pytest plugin for tests inside Odoo: what must not pass unnoticed.

- An ERROR or CRITICAL line that no test expects (``mute_logger`` and
  ``assertLogs`` keep expected ones away from here) fails the test it came in.
- A warning that Python attributes to our addons fails the run.
- A HOOT filter that matched nothing fails its test: HOOT calls it a success.
- ``--monitor-tier`` separates tests in a browser from the others; without a
  browser, a test that opens one all the same is skipped.
"""

import json
import logging
import os
import re
from functools import wraps
from pathlib import Path
from unittest import SkipTest

import pytest

HOOT_PASSED = re.compile(r"\[HOOT\] Passed (\d+) tests")
BROWSER_TAG = "monitor_browser"
OWN_ADDONS = str(Path(os.path.abspath(__file__)).parents[3] / "addons") + os.sep


def pytest_addoption(parser):
    parser.addoption("--monitor-tier", choices=("orm", "browser", "all"), default="all")
    parser.addoption("--monitor-no-browser", action="store_true")
    parser.addoption("--monitor-stray", help="file for problems outside of any test")
    parser.addoption("--monitor-odoo-log", help="file for the log of Odoo")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.register(Guard(config), "monitor_guard")
    guard_browser(skip=config.getoption("--monitor-no-browser"))


def pytest_collection_modifyitems(config, items):
    tier = config.getoption("--monitor-tier")
    if tier == "all":
        return
    kept = [item for item in items if is_browser_test(item) == (tier == "browser")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def is_browser_test(item):
    cls = getattr(item, "cls", None)
    if cls is None:
        return False
    return "browser" in cls.__name__.lower() or BROWSER_TAG in getattr(
        cls, "test_tags", ()
    )


class Unexpected(logging.Handler):
    """Collects what reaches the root logger at level ERROR and above."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def take(self):
        lines, self.lines = self.lines, []
        return lines


class Guard:
    def __init__(self, config):
        self.config = config
        self.unexpected = Unexpected()
        self.stray = []
        logging.getLogger().addHandler(self.unexpected)
        if path := config.getoption("--monitor-odoo-log"):
            logging.getLogger().addHandler(_log_file(path))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        self.stray += self.unexpected.take()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.when == "setup" and report.passed:
            return report
        lines = self.unexpected.take()
        if lines and not report.failed:
            report.outcome = "failed"
            report.longrepr = "unexpected in the log: " + "\n".join(lines)
        return report

    def pytest_warning_recorded(self, warning_message):
        warning = warning_message
        if str(warning.filename).startswith(OWN_ADDONS):
            place = f"{warning.filename[len(OWN_ADDONS) :]}:{warning.lineno}"
            kind = warning.category.__name__
            self.stray.append(f"{kind} {place}: {warning.message}")

    def pytest_unconfigure(self):
        self.stray += self.unexpected.take()
        if path := self.config.getoption("--monitor-stray"):
            Path(path).write_text(json.dumps(self.stray))


def _log_file(path):
    handler = logging.FileHandler(path, mode="w")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    return handler


# -- Browser -----------------------------------------------------------------


class HootCounter(logging.Handler):
    def __init__(self):
        super().__init__(logging.INFO)
        self.passed = 0

    def emit(self, record):
        if found := HOOT_PASSED.search(record.getMessage()):
            self.passed += int(found[1])


def guard_browser(skip):
    from odoo.tests import HttpCase

    open_browser = HttpCase.browser_js

    @wraps(open_browser)
    def browser_js(self, url_path, *args, **kwargs):
        if skip:
            raise SkipTest("needs a browser (--fast)")
        if not url_path.startswith("/web/tests"):
            return open_browser(self, url_path, *args, **kwargs)
        counter = HootCounter()
        logging.getLogger().addHandler(counter)
        try:
            result = open_browser(self, url_path, *args, **kwargs)
        finally:
            logging.getLogger().removeHandler(counter)
        if not counter.passed:
            self.fail(f"the HOOT filter matched no test: {url_path}")
        return result

    HttpCase.browser_js = browser_js
