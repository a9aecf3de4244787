"""The sentences that say why a workflow has its health.

Business language, present tense; the model translates the templates and shows
moments and durations as the reader wants them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

#: Reason code -> English template. The values of a verdict's ``params`` are texts,
#: whole numbers, moments (``datetime``) and durations (``timedelta``).
REASONS = {
    "paused": "Paused",
    "paused_because": "Paused: %(reason)s",
    "switched_off": "Switched off",
    "capture_off": "Monitoring is switched off, so nothing is known",
    "not_monitored": "Not monitored, by choice",
    "source_missing": "What it stood for no longer exists in Odoo",
    "deactivated": (
        'Odoo switched it off after repeated failures, the last one: "%(error)s"'
    ),
    "deactivated_plain": "Odoo switched it off after repeated failures",
    "user_archived": "Odoo does not run it, because its user is archived",
    "failed": 'The last run failed at %(since)s: "%(error)s"',
    "failed_plain": "The last run failed at %(since)s",
    "failing": 'Failing since %(since)s: %(count)s runs in a row, "%(error)s"',
    "failing_plain": "Failing since %(since)s: %(count)s runs in a row",
    "timed_out": "The last run took too long and was stopped at %(since)s",
    "lost": "The last run stopped without finishing at %(since)s",
    "failed_undated": "The last run failed",
    "stalled": 'Runs waiting too long at "%(step)s": %(count)s',
    "stalled_plain": "Runs waiting too long: %(count)s",
    "never_ran": "Has never run; expected at %(expected)s",
    "late": "Expected at %(expected)s; last ran at %(last_run)s",
    "late_plain": "Expected at %(expected)s",
    "partial": 'The last run did only part of its work: "%(error)s"',
    "partial_plain": "The last run did only part of its work",
    "running_long": "Running since %(since)s, usually done in %(expected)s",
    "slow": "The last run took %(took)s, expected at most %(expected)s",
    "lost_recently": "%(count)s of %(total)s runs did not finish in the last 24 hours",
    "failed_recently": "%(count)s of %(total)s runs failed in the last 24 hours",
    "refused": 'Refused %(count)s times in a row: "%(error)s"',
    "refused_plain": "Refused %(count)s times in a row",
    "first_run": "The first run is under way",
    "not_due": "Has not run yet; expected at %(expected)s",
    "never_used": "Has not run yet",
    "healthy": "Works as expected",
}


class _Reasoned(Protocol):
    """What bears a reason: a ``health.Verdict``."""

    reason_code: str
    params: dict[str, Any]


def render(
    verdict: _Reasoned,
    show_moment: Callable[[datetime], str] = str,
    show_duration: Callable[[timedelta], str] = str,
    translate: Callable[[str], str] = str,
) -> str:
    """Return the reason as a sentence, with moments and durations as shown.

    >>> from types import SimpleNamespace
    >>> since = {"since": datetime(2026, 1, 5, 7)}
    >>> verdict = SimpleNamespace(reason_code="failed_plain", params=since)
    >>> render(verdict, show_moment=lambda moment: f"{moment:%H:%M}")
    'The last run failed at 07:00'
    """
    shown = {}
    for name, value in verdict.params.items():
        if isinstance(value, datetime):
            value = show_moment(value)
        elif isinstance(value, timedelta):
            value = show_duration(value)
        shown[name] = value
    return translate(REASONS[verdict.reason_code]) % shown
