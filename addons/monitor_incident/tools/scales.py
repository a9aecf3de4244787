"""The selections of alerts and incidents, defined once. Values are public."""

from __future__ import annotations

ALERT_STATES = [
    ("firing", "Firing"),
    ("resolved", "Resolved"),
    ("suppressed", "Suppressed"),
]
#: Why an alert that would fire tells nobody.
SUPPRESSIONS = [
    ("pending", "Not lasting long enough yet"),
    ("silence", "Silenced"),
    ("maintenance", "Maintenance window"),
    ("inhibited", "Explained by another alert"),
    ("outage", "The scheduler itself was down"),
]
#: Why an alert ended although what it says may still be so.
END_REASONS = [
    ("paused", "The workflow was paused"),
    ("archived", "The workflow was archived"),
    ("deleted", "The workflow was deleted"),
    ("scope", "The rule does not look at the workflow any more"),
    ("rule", "The rule was changed, switched off or deleted"),
]
INCIDENT_STATES = [
    ("new", "New"),
    ("acknowledged", "Acknowledged"),
    ("in_progress", "In Progress"),
    ("snoozed", "Snoozed"),
    ("resolved", "Resolved"),
    ("closed", "Closed"),
    ("merged", "Merged"),
]
#: States in which somebody still owes something.
OPEN_STATES = ("new", "acknowledged", "in_progress", "snoozed")
PRIORITIES = [("1", "P1"), ("2", "P2"), ("3", "P3"), ("4", "P4")]
RULE_KINDS = [
    ("failure", "A run failed"),
    ("consecutive_failures", "Failures in a row"),
    ("failure_rate", "Failure rate"),
    ("late", "Late or missed"),
    ("heartbeat", "Heartbeat missing"),
    ("slow", "Runs too long"),
    ("stalled", "Waits at a checkpoint"),
    ("lost", "A run was lost"),
    ("deactivated", "Switched off by Odoo"),
    ("misconfigured", "Cannot run as configured"),
    ("backlog", "Backlog"),
    ("record_age", "Records that wait"),
    ("duplicate", "The same twice"),
    ("volume", "Unusual number of runs"),
    ("slo_burn", "Error budget burns"),
    ("outage", "The scheduler was down"),
    ("defect", "The Monitor itself"),
]
AGE_UNITS = [
    ("hours", "hours"),
    ("days", "days"),
    ("working_hours", "working hours"),
    ("working_days", "working days"),
]
GROUPINGS = [
    ("workflow", "Workflow"),
    ("rule", "Rule"),
    ("record", "Record"),
    ("team", "Team"),
]
CHANNELS = [
    ("activity", "Odoo activity"),
    ("inbox", "Inbox or e-mail, as the user prefers"),
    ("email", "E-mail"),
    ("discuss", "Discuss message"),
    ("sms", "SMS"),
]
NOTIFICATION_STATES = [
    ("queued", "Queued"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("suppressed", "Not sent"),
]
#: Why somebody is told; the first five are reasons of ``tools/grouping.py``.
NOTIFICATION_REASONS = [
    ("first", "It began"),
    ("firing", "More began"),
    ("released", "Silence expired"),
    ("repeat", "Not over yet"),
    ("resolved", "It is over"),
    ("partly", "Part of it is over"),
    ("level", "Nobody took care of it"),
    ("owner", "New owner"),
    ("reminder", "Reminder"),
]
TIMELINE_KINDS = [
    ("opened", "Opened"),
    ("alert", "Alert"),
    ("count", "Count"),
    ("notified", "Told"),
    ("skipped", "Skipped"),
    ("escalated", "Escalated"),
    ("acknowledged", "Acknowledged"),
    ("unacknowledged", "Acknowledgement expired"),
    ("assigned", "Assigned"),
    ("snoozed", "Snoozed"),
    ("merged", "Merged"),
    ("split", "Split"),
    ("action", "Action"),
    ("note", "Note"),
    ("resolved", "Resolved"),
    ("reopened", "Reopened"),
    ("closed", "Closed"),
    ("breached", "Deadline missed"),
]
