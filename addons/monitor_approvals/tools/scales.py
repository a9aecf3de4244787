"""The selections of approvals, defined once. Values are public."""

from __future__ import annotations

from datetime import timedelta

STATES = [
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
    ("orphaned", "Orphaned"),
]
#: What becomes of one tier of an approval.
TIER_STATES = [
    ("waiting", "Not yet its turn"),
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("skipped", "Skipped"),
    ("cancelled", "Cancelled"),
]
RISKS = [
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("critical", "Critical"),
]
EVENT_KINDS = [
    ("requested", "Requested"),
    ("became_actionable", "Waits for a decision"),
    ("asked", "Asked back"),
    ("answered", "Answered"),
    ("reminded", "Reminded"),
    ("escalated", "Escalated"),
    ("delegated", "Delegated"),
    ("reassigned", "Reassigned"),
    ("approved", "Approved"),
    ("auto_approved", "Approved by a rule"),
    ("rejected", "Rejected"),
    ("bypassed", "Tier skipped"),
    ("amended", "Changed while it waited"),
    ("amended_after_approval", "Changed after the approval"),
    ("rescheduled", "Due date moved"),
    ("withdrawn", "Withdrawn"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
    ("reopened", "Reopened"),
    ("orphaned", "Record gone"),
]
#: How a decision came to us.
ORIGINS = [
    ("screen", "On screen"),
    ("rpc", "From another system"),
    ("cron", "Scheduled action"),
    ("server_action", "Server action"),
    ("automation", "Automation rule"),
    ("import", "Import"),
    ("sweep", "Found by the sweep"),
]
EXCEPTION_KINDS = [
    ("self_approval", "Approved their own"),
    ("same_person", "Same person on several tiers"),
    ("skipped_tier", "Tier skipped"),
    ("auto_bypass", "Tiers passed in one act"),
    ("outside_window", "Approved outside of working hours"),
    ("over_limit", "Over the approver's limit"),
    ("stale", "Changed after the approval"),
    ("bypass", "No approval on record"),
    ("forged", "Somebody else than recorded"),
    ("rubber_stamp", "Approved within seconds"),
    ("mass_approval", "Approved in bulk"),
    ("ping_pong", "Sent to and fro"),
    ("no_approver", "Nobody may approve"),
    ("orphaned", "Approver or record gone"),
    ("retroactive", "Judged by a later policy"),
]
EXCEPTION_STATES = [
    ("open", "Open"),
    ("explained", "Explained"),
    ("waived", "Waived"),
    ("resolved", "Resolved"),
]
APPROVER_KINDS = [
    ("users", "Users"),
    ("group", "Group"),
    ("manager", "Manager of the requester"),
    ("field", "Field of the record"),
    ("role", "Role"),
]
QUORUMS = [
    ("one", "One of them"),
    ("count", "A number of them"),
    ("all", "All of them"),
]
#: (value, label, from which age on), by the wall clock since a decision is awaited.
AGING = [
    ("lt_1d", "Less than 1 day", timedelta(0)),
    ("1_3d", "1 to 3 days", timedelta(days=1)),
    ("3_7d", "3 to 7 days", timedelta(days=3)),
    ("7_14d", "7 to 14 days", timedelta(days=7)),
    ("gt_14d", "14 days and more", timedelta(days=14)),
]
AGING_BUCKETS = [(value, label) for value, label, _since in AGING]


def aging_bucket(age: timedelta) -> str:
    """Return the bucket of what has waited for ``age``; lower bounds belong to it.

    >>> aging_bucket(timedelta(hours=23)), aging_bucket(timedelta(days=1))
    ('lt_1d', '1_3d')
    """
    reached = [value for value, _label, since in AGING if age >= since]
    return reached[-1] if reached else AGING[0][0]


def next_bucket_in(age: timedelta) -> timedelta | None:
    """Return how long until the bucket changes, ``None`` in the last one.

    >>> next_bucket_in(timedelta(days=2))
    datetime.timedelta(days=1)
    """
    later = [since - age for _value, _label, since in AGING if since > age]
    return later[0] if later else None
