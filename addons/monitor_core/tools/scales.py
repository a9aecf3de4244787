"""The ordered scales of the suite, defined once.

Each scale is a list of ``(value, label)`` in ascending or natural order, ready
to be the ``selection`` of an Odoo field. Values are public (they are stored and
answered by RPC): never rename one.
"""

from __future__ import annotations

from collections.abc import Sequence

Scale = Sequence["tuple[str, str]"]

SEVERITIES = [
    ("info", "Info"),
    ("warning", "Warning"),
    ("error", "Error"),
    ("critical", "Critical"),
]
CRITICALITIES = [
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("critical", "Critical"),
]
HEALTHS = [
    ("new", "New"),
    ("healthy", "Healthy"),
    ("late", "Late"),
    ("degraded", "Degraded"),
    ("failing", "Failing"),
    ("paused", "Paused"),
    ("unknown", "Unknown"),
]
RUN_STATES = [
    ("running", "Running"),
    ("succeeded", "Succeeded"),
    ("failed", "Failed"),
    ("partial", "Partly done"),
    ("stalled", "Stalled"),
    ("lost", "Lost"),
    ("cancelled", "Cancelled"),
]
#: States in which a run is over.
TERMINAL_STATES = frozenset({"succeeded", "failed", "partial", "lost", "cancelled"})
#: What ``monitor.workflow.run_finish`` takes as ``outcome``.
RUN_OUTCOMES = [
    ("succeeded", "Succeeded"),
    ("failed", "Failed"),
    ("partial", "Partly done"),
    ("cancelled", "Cancelled"),
]
OUTCOME_CLASSES = [
    ("success", "Success"),
    ("business_error", "Refused by a business rule"),
    ("fault", "Technical fault"),
    ("timeout", "Timed out"),
    ("lost", "Lost"),
]
WORKFLOW_KINDS = [
    ("cron", "Scheduled action"),
    ("automation", "Automation rule"),
    ("server_action", "Server action"),
    ("webhook", "Webhook"),
    ("flow", "Business flow"),
    ("approval", "Approval"),
    ("connection", "Connection"),
    ("heartbeat", "Heartbeat"),
    ("probe", "Probe"),
    ("external", "External system"),
]
EVENT_KINDS = [
    ("started", "Started"),
    ("checkpoint", "Checkpoint"),
    ("succeeded", "Succeeded"),
    ("failed", "Failed"),
    ("retried", "Retried"),
    ("skipped", "Skipped"),
    ("lost", "Lost"),
    ("log", "Log"),
    ("custom", "Custom"),
]
INTERVAL_UNITS = [
    ("minutes", "Minutes"),
    ("hours", "Hours"),
    ("days", "Days"),
    ("weeks", "Weeks"),
    ("months", "Months"),
]
DATA_SENSITIVITIES = [
    ("public", "Public"),
    ("internal", "Internal"),
    ("confidential", "Confidential"),
    ("personal", "Personal"),
]
#: How far a failure reaches customers.
IMPACTS = [
    ("none", "None"),
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
]


def rank(scale: Scale, value: str) -> int:
    """Return the position of ``value`` on ``scale``, 0 for the first.

    Raises ``ValueError`` naming the known values for one that is not on it.

    >>> rank(SEVERITIES, "error") > rank(SEVERITIES, "warning")
    True
    >>> rank(SEVERITIES, "fatal")
    Traceback (most recent call last):
        ...
    ValueError: 'fatal' is none of info, warning, error, critical
    """
    values = [known for known, _label in scale]
    if value not in values:
        raise ValueError(f"{value!r} is none of {', '.join(values)}")
    return values.index(value)


#: What a checkpoint of a flow means; it does not change how deadlines count.
STEP_KINDS = [
    ("received", "Event received"),
    ("validated", "Data validated"),
    ("matched", "Record matched"),
    ("created", "Transaction created"),
    ("approval", "Approval assigned"),
    ("completed", "Completion confirmed"),
    ("custom", "Other"),
]
