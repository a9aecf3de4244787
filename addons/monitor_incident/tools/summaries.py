"""The sentences of alerts, incidents and their timelines, by code.

As in ``monitor_core.tools.health_reasons``: business language, present tense; the
model translates the templates and shows moments and durations as the reader wants
them. Values are texts, whole numbers, moments and durations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from odoo.addons.monitor_core.tools import (  # noqa: TID251 - they are pure too
    health_reasons,
)

from . import escalation_texts


def _lt(template: str) -> str:
    """Mark a template: Odoo's export of terms to translate looks for this name."""
    return template


#: What happens to an incident: lines of its timeline.
TIMELINE = {
    "opened": _lt("Opened: %(title)s"),
    "opened_again": _lt("Opened: %(title)s. The same as %(previous)s earlier."),
    "alert_added": _lt("Also: %(summary)s"),
    "alert_over": _lt("Over at %(since)s: %(summary)s"),
    "alert_paused": _lt("Paused, so not watched since %(since)s: %(summary)s"),
    "alert_archived": _lt("Archived, so not watched since %(since)s: %(summary)s"),
    "alert_deleted": _lt("Deleted, so not watched since %(since)s: %(summary)s"),
    "alert_scope": _lt(
        "The rule does not look at it any more since %(since)s: %(summary)s"
    ),
    "alert_rule": _lt(
        "Rule changed, switched off or deleted; not watched since %(since)s: "
        "%(summary)s"
    ),
    "alert_suppressed": _lt("Nobody is told: %(summary)s (%(by)s)"),
    "alert_released": _lt('Still so after "%(by)s" ended: %(summary)s'),
    "milestone": _lt("It happened %(count)s times"),
    "flapping": _lt(
        "It begins and ends again and again; it stays open until nothing changed for "
        "30 minutes"
    ),
    "owner": _lt("Owner: %(owner)s (%(reason)s)"),
    "no_owner": _lt("No owner was found"),
    "acknowledged": _lt("Acknowledged by %(user)s"),
    "in_progress": _lt("Taken up by %(user)s"),
    "reassigned": _lt("Given to %(owner)s by %(user)s"),
    "snoozed": _lt("Snoozed until %(until)s by %(user)s"),
    "snooze_over": _lt("The snooze ended and it is not over"),
    "resolved": _lt("Resolved by %(user)s"),
    "recovered": _lt("Over by itself at %(since)s"),
    "recovered_runs": _lt(
        "Over by itself at %(since)s: the run that ended at %(run_at)s succeeded"
    ),
    "recovered_late": _lt(
        "Over by itself at %(since)s: the run came %(late)s late; runs missed: "
        "%(missed)s"
    ),
    "self_resolved": _lt("Over at %(since)s, before anybody was told"),
    "unwatched": _lt("Not watched any more since %(since)s; it did not recover"),
    "closed": _lt("Closed by %(user)s"),
    "closed_auto": _lt("Closed: nothing new since it was resolved"),
    "reopened": _lt("Reopened by %(user)s"),
    "reopened_auto": _lt("Reopened: it happened again"),
    "frozen": _lt("Open for 24 hours: what comes new is an incident of its own"),
    "merged": _lt("Merged into %(target)s by %(user)s"),
    "merged_from": _lt("Took over %(source)s, by %(user)s"),
    "split": _lt("%(count)s alerts moved to %(target)s by %(user)s"),
    "split_from": _lt("Split from %(source)s by %(user)s"),
    "escalated": _lt("Escalated by %(user)s"),
    "severity": _lt("More severe than before: %(severity)s"),
    "severity_set": _lt("%(user)s set the severity: %(severity)s, was %(before)s"),
    "priority": _lt("Priority %(now)s, was %(before)s"),
    "run_again": _lt('"%(workflow)s" started again by %(user)s'),
    "task": _lt('Task "%(task)s" made by %(user)s'),
    "silenced": _lt('Silenced by %(user)s until %(until)s: "%(reason)s"'),
    "note": _lt("Note by %(user)s"),
    "evidence_exported": _lt("Evidence exported by %(user)s"),
    "asked_again": _lt("It was asked for again; %(count)s times by now"),
    "server_action": _lt('Ran "%(action)s"'),
    "server_action_failed": _lt('"%(action)s" failed: %(error)s'),
    "respond_missed": _lt("Nobody responded by %(due)s"),
    "resolve_missed": _lt("Not resolved by %(due)s"),
}

#: What an alert says.
ALERTS = {
    "alert": _lt("%(rule)s: %(workflow)s"),
    "external": _lt("%(title)s"),
    "alert_plain": _lt("%(rule)s"),
    "failed": _lt('A run failed: "%(error)s"'),
    "failed_plain": _lt("A run failed"),
    "failures_in_a_row": _lt('%(count)s runs in a row failed: "%(error)s"'),
    "failures_in_a_row_plain": _lt("%(count)s runs in a row failed"),
    "late": _lt("It did not run; expected at %(expected)s"),
    "never_ran": _lt("It has never run; expected at %(expected)s"),
    "hung": _lt("It started at %(since)s, and no end was reported"),
    "stalled": _lt("Runs that wait for too long: %(count)s"),
    "stalled_at": _lt('Runs that wait for too long at "%(step)s": %(count)s'),
    "lost": _lt("A run stopped without finishing"),
    "timed_out": _lt("A run took too long and was stopped"),
    "deactivated": _lt('Odoo switched it off after repeated failures: "%(error)s"'),
    "deactivated_plain": _lt("Odoo switched it off after repeated failures"),
    "user_archived": _lt("Odoo does not run it, because its user is archived"),
    "running_long": _lt("Running since %(since)s, usually done in %(expected)s"),
    "slow": _lt("The last run took %(took)s, expected at most %(expected)s"),
    "failure_rate": _lt("%(bad)s of %(total)s runs within %(window)s failed"),
    "slo_burn": _lt(
        "Errors use up what the objective of %(target)s percent allows %(rate)s times "
        "too fast (in %(window)s)"
    ),
    "duplicate": _lt('"%(key)s" came %(count)s times'),
    "volume_few": _lt("Only %(count)s runs from %(hour)s on, usually %(usual)s"),
    "volume_many": _lt("%(count)s runs from %(hour)s on, usually %(usual)s"),
    "backlog": _lt("%(what)s: %(count)s"),
    "record_age": _lt("%(record)s waits since %(since)s"),
    "waits_for": _lt("%(count)s wait for %(who)s, the oldest since %(since)s"),
    "breaches": _lt("%(what)s: %(count)s to be explained"),
    "outage": _lt(
        "Nothing was looked at from %(since)s to %(until)s (%(duration)s): the "
        "scheduler was down. What was due meanwhile has half an hour to come"
    ),
    "defect": _lt('The Monitor could not do all of its work: "%(error)s"'),
}

#: What a title says, where that is shorter than the whole sentence: it outlives the
#: counts and moments of when it was given.
TITLES = {
    "failures_in_a_row": _lt('Fails: "%(error)s"'),
    "failures_in_a_row_plain": _lt("Fails"),
    "looping": _lt('Fails and is started over and over: "%(error)s"'),
    "looping_plain": _lt("Fails and is started over and over"),
    "late": _lt("Did not run"),
    "never_ran": _lt("Has never run"),
    "hung": _lt("Started and did not end"),
    "stalled": _lt("Runs wait for too long"),
    "stalled_at": _lt('Waits for too long at "%(step)s"'),
    "deactivated": _lt("Switched off by Odoo after repeated failures"),
    "deactivated_plain": _lt("Switched off by Odoo after repeated failures"),
    "deactivated_after": _lt("Switched off by Odoo after repeated failures"),
    "deactivated_after_plain": _lt("Switched off by Odoo after repeated failures"),
    "user_archived_named": _lt(
        'Odoo does not run it, because its user "%(user)s" is archived'
    ),
    "running_long": _lt("Runs for too long"),
    "slow": _lt("Took too long"),
    "failure_rate": _lt("Too many runs fail"),
    "slo_burn": _lt("Too many errors for its objective"),
    "duplicate": _lt('"%(key)s" came more than once'),
    "volume_few": _lt("Too few runs"),
    "volume_many": _lt("Too many runs"),
    "backlog": "",
    "record_age": _lt("%(record)s"),
    "waits_for": _lt("Nobody decides: %(who)s"),
    "breaches": _lt("%(what)s"),
    "outage": "",
    "defect": "",
}

SENTENCES = {
    **health_reasons.REASONS,
    **ALERTS,
    **TIMELINE,
    **escalation_texts.TIMELINE,
}


def render(
    code: str | None,
    params: Mapping[str, Any] | None,
    show_moment: Callable[[datetime], str] = str,
    show_duration: Callable[[timedelta], str] = str,
    translate: Callable[[str], str] = str,
) -> str:
    """Return a sentence with its values; empty for a code that is not known.

    A value that is missing shows as a question mark: an old line of a timeline must
    never keep the others from being read.

    >>> render("acknowledged", {"user": "Olga"})
    'Acknowledged by Olga'
    >>> render("acknowledged", None)
    'Acknowledged by ?'
    >>> render("no such code", {})
    ''
    """
    template = SENTENCES.get(code or "")
    if template is None:
        return ""
    shown = health_reasons.shown(params or {}, show_moment, show_duration)
    return translate(template) % _Lenient(shown)


def title(code: str | None, params: Mapping[str, Any] | None, rule: str) -> str:
    """Return the words for a title; those of the rule where it says what is wrong.

    >>> title("late", {}, "Late or missed"), title("outage", {}, "Scheduler down")
    ('Did not run', 'Scheduler down')
    """
    if code == "record_age":
        return f"{rule}: {render_title(code, params)}"
    return render_title(code, params) or rule


def render_title(code: str | None, params: Mapping[str, Any] | None) -> str:
    """Return the short sentence of a code, else its whole one, in English."""
    if code not in TITLES:
        return render(code, params)
    shown = health_reasons.shown(params or {}, str, str)
    return TITLES[code] % _Lenient(shown)


class _Lenient(dict):
    def __missing__(self, key: str) -> str:
        return "?"
