"""What a part of the tests came to, read from what its tool wrote."""

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree import ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_WORST = {PASSED: 0, SKIPPED: 1, FAILED: 2}
_HOOK_LINE = re.compile(
    r"^(?P<name>\S.*?)\.{3,}(?:\(.*\))?(?P<result>Passed|Failed|Skipped)$"
)
_REPORTED = re.compile(r"^    FAILED (\S+?)(?:: (.*))?$", re.M)
_CLOSING = re.compile(
    r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped$", re.M
)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ (?P<text>.*)"
)


@dataclass
class Outcome:
    """Counts, the failures with a reason each, and where to read more."""

    counts: Counter = field(default_factory=Counter)
    failures: list = field(default_factory=list)
    log: object = None
    remark: str = "nothing to do"
    tests: dict = field(default_factory=dict)  # of a pytest run: result, reason
    completed: bool = False  # of a pytest run: it came to its end

    def add(self, name, result, reason=""):
        self.counts[result] += 1
        if result == FAILED:
            self.failures.append((name, reason.strip().split("\n", 1)[0][:200]))

    @property
    def total(self):
        return sum(self.counts.values())

    def __str__(self):
        return ", ".join(
            f"{self.counts[name]} {name}" for name in (PASSED, FAILED, SKIPPED)
        )


def read_junit(path, outcome):
    """Add the tests of a JUnit file; one that appears twice counts once.

    The XML is written by our own pytest run.
    """
    worst = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}".lstrip(".")
        result, reason = _case_result(case)
        if name not in worst or _WORST[result] > _WORST[worst[name][0]]:
            worst[name] = (result, reason)
    for name, (result, reason) in worst.items():
        outcome.add(name, result, reason)
    return worst


def _case_result(case):
    for child in case:
        if child.tag in ("failure", "error"):
            return FAILED, child.get("message") or child.text or ""
    if case.find("skipped") is not None:
        return SKIPPED, case.find("skipped").get("message") or ""
    return PASSED, ""


def read_hooks(text, outcome):
    """Add the hooks of a pre-commit run.

    >>> outcome = Outcome()
    >>> read_hooks("ruff.........Passed\\nmypy...(no files)Skipped", outcome)
    >>> str(outcome)
    '1 passed, 0 failed, 1 skipped'
    """
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if found := _HOOK_LINE.match(line):
            result = found["result"].lower()
            reason = _said(lines[number:]) if result == FAILED else ""
            outcome.add(f"linter {found['name']}", result, reason)


def _said(lines):
    """Return the first line a hook printed, below pre-commit's own."""
    for line in lines:
        if _HOOK_LINE.match(line):
            break
        line = _COLOUR.sub("", line)
        if line.strip() and not line.startswith(("- ", "***")):
            return line
    return "it changed files"


def read_report(text, outcome):
    """Add what another run of setup/test printed.

    >>> outcome = Outcome()
    >>> read_report("    FAILED a.b: boom\\n7 passed, 1 failed, 2 skipped\\n", outcome)
    >>> str(outcome), outcome.failures
    ('7 passed, 1 failed, 2 skipped', [('a.b', 'boom')])
    """
    for found in _CLOSING.finditer(text):
        outcome.counts = Counter(
            {name: int(n) for name, n in found.groupdict().items()}
        )
    outcome.failures = [(name, reason) for name, reason in _REPORTED.findall(text)]


def unexpected_log_lines(text, own_addons):
    """Return the lines of an Odoo log that should not be there.

    >>> when = "2026-01-05 12:00:00,000 7"
    >>> unexpected_log_lines(f"{when} ERROR db odoo.x: broken", "/addons/")
    ['ERROR odoo.x: broken']
    >>> unexpected_log_lines(f"{when} WARNING db odoo.x: hm", "/addons/")
    []
    """
    return [
        f"{found['level']} {found['text']}"
        for found in map(_LOG_LINE.match, text.splitlines())
        if found and _is_unexpected(found["level"], found["text"], own_addons)
    ]


def _is_unexpected(level, text, own_addons):
    if level in ("ERROR", "CRITICAL"):
        return True
    return level == "WARNING" and text.startswith(f"py.warnings: {own_addons}")
