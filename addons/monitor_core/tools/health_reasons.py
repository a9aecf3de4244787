"""The sentences that say why a workflow has its health.

Business language, present tense; the model translates the templates and shows
moments and durations as the reader wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol


def _lt(template: str) -> str:
    """Mark a template: Odoo's export of terms to translate looks for this name."""
    return template


#: Reason code -> English template. The values of a verdict's ``params`` are texts,
#: whole numbers, moments (``datetime``) and durations (``timedelta``).
REASONS = {
    "paused": _lt("Paused"),
    "paused_because": _lt("Paused: %(reason)s"),
    "switched_off": _lt("Switched off"),
    "capture_off": _lt("Monitoring is switched off, so nothing is known"),
    "not_monitored": _lt("Not monitored, by choice"),
    "source_missing": _lt("What it stood for no longer exists in Odoo"),
    "deactivated": _lt(
        'Odoo switched it off after repeated failures, the last one: "%(error)s"'
    ),
    "deactivated_after": _lt(
        "Odoo switched it off after %(count)s failures since %(first)s, the last one: "
        '"%(error)s"'
    ),
    "deactivated_after_plain": _lt(
        "Odoo switched it off after %(count)s failures since %(first)s"
    ),
    "deactivated_plain": _lt("Odoo switched it off after repeated failures"),
    "user_archived": _lt("Odoo does not run it, because its user is archived"),
    "user_archived_named": _lt(
        'Odoo does not run it, because its user "%(user)s" is archived: choose another '
        "user for it, or activate this one"
    ),
    "failed": _lt('The last run failed at %(since)s: "%(error)s"'),
    "failed_plain": _lt("The last run failed at %(since)s"),
    "failing": _lt('Failing since %(since)s: %(count)s runs in a row, "%(error)s"'),
    "failing_plain": _lt("Failing since %(since)s: %(count)s runs in a row"),
    "looping": _lt(
        "Fails after part of its work and is started over and over since %(since)s: "
        '%(count)s runs in a row, the last one took %(took)s, "%(error)s"'
    ),
    "looping_plain": _lt(
        "Fails after part of its work and is started over and over since %(since)s: "
        "%(count)s runs in a row, the last one took %(took)s"
    ),
    "timed_out": _lt("The last run took too long and was stopped at %(since)s"),
    "lost": _lt("The last run stopped without finishing at %(since)s"),
    "failed_undated": _lt("The last run failed"),
    "stalled": _lt('Runs waiting too long at "%(step)s": %(count)s'),
    "stalled_plain": _lt("Runs waiting too long: %(count)s"),
    "never_ran": _lt("Has never run; expected at %(expected)s"),
    "late": _lt("Expected at %(expected)s; last ran at %(last_run)s"),
    "late_plain": _lt("Expected at %(expected)s"),
    "hung": _lt("Started at %(since)s, and no end was reported"),
    "partial": _lt('The last run did only part of its work: "%(error)s"'),
    "partial_plain": _lt("The last run did only part of its work"),
    "running_long": _lt("Running since %(since)s, usually done in %(expected)s"),
    "slow": _lt("The last run took %(took)s, expected at most %(expected)s"),
    "lost_recently": _lt(
        "%(count)s of %(total)s runs did not finish in the last 24 hours"
    ),
    "failed_recently": _lt("%(count)s of %(total)s runs failed in the last 24 hours"),
    "refused": _lt('Refused %(count)s times in a row: "%(error)s"'),
    "refused_plain": _lt("Refused %(count)s times in a row"),
    "first_run": _lt("The first run is under way"),
    "not_due": _lt("Has not run yet; expected at %(expected)s"),
    "never_used": _lt("Has not run yet"),
    "unreadable": _lt("Its health could not be worked out; the server's log says why"),
    "healthy": _lt("Works as expected"),
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
    values = shown(verdict.params, show_moment, show_duration)
    return translate(REASONS[verdict.reason_code]) % values


def shown(
    params: Mapping[str, Any],
    show_moment: Callable[[datetime], str],
    show_duration: Callable[[timedelta], str],
) -> dict[str, Any]:
    """Return a sentence's values, with moments and durations as shown.

    >>> shown({"count": 3, "took": timedelta(minutes=2)}, str, str)
    {'count': 3, 'took': '0:02:00'}
    """
    values = {}
    for name, value in params.items():
        if isinstance(value, datetime):
            value = show_moment(value)
        elif isinstance(value, timedelta):
            value = show_duration(value)
        values[name] = value
    return values
