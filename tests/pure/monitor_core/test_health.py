"""One row of the table for each reason, and who wins where several apply."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_core.tools.health import (
    REASONS,
    Facts,
    decide,
    next_change_at,
    render,
)

NOON = datetime(2026, 1, 5, 12)
ERROR = "Access denied by mail server"


def at(hours):
    return NOON + timedelta(hours=hours)


#: An hourly scheduled action that ran well half an hour ago.
WELL = Facts(
    created_at=at(-1000),
    last_run_at=at(-0.5),
    last_success_at=at(-0.5),
    last_state="succeeded",
    last_outcome_class="success",
    last_duration_ms=4000,
    runs_24h=24,
    next_expected_at=at(0.5),
    grace_seconds=360,
)
FAILED = replace(
    WELL,
    last_state="failed",
    last_outcome_class="fault",
    last_error=ERROR,
    last_success_at=at(-1.5),
    last_failure_at=at(-0.5),
    consecutive_failures=1,
    failures_24h=1,
)
#: A job that did part of its work and then failed, three times in a row.
LOOPING = replace(FAILED, last_state="partial", consecutive_failures=3)
#: What Odoo counted before it switched a job off.
SWITCHED_OFF = {"switched_off_after": 9, "first_failure_at": at(-200)}
NEW = Facts(created_at=at(-1))
REFUSED = replace(
    FAILED, kind="automation", last_outcome_class="business_error", failures_24h=0
)

#: Facts, changes -> health, reason, since
TABLE = [
    (WELL, {"paused": True}, "paused", "paused", None),
    (
        WELL,
        {"paused": True, "pause_reason": "stock taking"},
        "paused",
        "paused_because",
        None,
    ),
    (WELL, {"source_state": "archived"}, "paused", "switched_off", None),
    (WELL, {"capture_enabled": False}, "unknown", "capture_off", None),
    (WELL, {"captured": False}, "unknown", "not_monitored", None),
    (WELL, {"source_state": "missing"}, "unknown", "source_missing", None),
    (FAILED, {"source_state": "deactivated"}, "failing", "deactivated", -0.5),
    (WELL, {"source_state": "deactivated"}, "failing", "deactivated_plain", None),
    (
        FAILED,
        {"source_state": "deactivated", **SWITCHED_OFF},
        "failing",
        "deactivated_after",
        -0.5,
    ),
    (
        FAILED,
        {"source_state": "deactivated", **SWITCHED_OFF, "switched_off_after": None},
        "failing",
        "deactivated",
        -0.5,
    ),
    (
        FAILED,
        {"source_state": "deactivated", **SWITCHED_OFF, "first_failure_at": None},
        "failing",
        "deactivated",
        -0.5,
    ),
    (
        WELL,
        {"source_state": "deactivated", **SWITCHED_OFF},
        "failing",
        "deactivated_after_plain",
        None,
    ),
    (FAILED, SWITCHED_OFF, "failing", "failed", -0.5),
    (WELL, {"user_archived": True}, "failing", "user_archived", None),
    (
        WELL,
        {"user_archived": True, "user_name": "Will"},
        "failing",
        "user_archived_named",
        None,
    ),
    (WELL, {"user_name": "Will"}, "healthy", "healthy", None),
    (LOOPING, {}, "failing", "looping", -0.5),
    (LOOPING, {"last_error": None}, "failing", "looping_plain", -0.5),
    (LOOPING, {"last_duration_ms": None}, "failing", "failing", -0.5),
    (LOOPING, {"last_state": "failed"}, "failing", "failing", -0.5),
    (FAILED, {}, "failing", "failed", -0.5),
    (FAILED, {"last_error": " \n"}, "failing", "failed_plain", -0.5),
    (FAILED, {"consecutive_failures": 3}, "failing", "failing", -0.5),
    (
        FAILED,
        {"consecutive_failures": 3, "failing_since": at(-5)},
        "failing",
        "failing",
        -5,
    ),
    (
        FAILED,
        {"consecutive_failures": 2, "last_error": None},
        "failing",
        "failing_plain",
        -0.5,
    ),
    (FAILED, {"last_outcome_class": "timeout"}, "failing", "timed_out", -0.5),
    (
        FAILED,
        {"last_state": "lost", "last_outcome_class": "lost"},
        "failing",
        "lost",
        -0.5,
    ),
    (
        FAILED,
        {"last_run_at": None, "last_failure_at": None},
        "failing",
        "failed_undated",
        None,
    ),
    (WELL, {"stalled_runs": 2, "stalled_step": "Packed"}, "late", "stalled", None),
    (WELL, {"running_state": "stalled"}, "late", "stalled_plain", None),
    (NEW, {"next_expected_at": at(-1)}, "late", "never_ran", -1),
    (WELL, {"next_expected_at": at(-0.25)}, "late", "late", -0.15),
    (
        NEW,
        {"next_expected_at": at(-1), "last_state": "cancelled"},
        "late",
        "late_plain",
        -1,
    ),
    (
        WELL,
        {
            "next_expected_at": at(-1),
            "running_since": at(-1),
            "answer_due_at": at(-0.2),
        },
        "late",
        "hung",
        -0.2,
    ),
    (
        WELL,
        {"last_state": "partial", "last_error": ERROR},
        "degraded",
        "partial",
        -0.5,
    ),
    (
        WELL,
        {"last_state": "partial", "last_outcome_class": "fault"},
        "degraded",
        "partial_plain",
        -0.5,
    ),
    (
        WELL,
        {"running_since": at(-0.1), "expected_duration_ms": 60_000},
        "degraded",
        "running_long",
        -0.1 + 1 / 60,
    ),
    (WELL, {"expected_duration_ms": 3999}, "degraded", "slow", -0.5),
    (
        WELL,
        {"failures_24h": 1, "last_failure_at": at(-3)},
        "degraded",
        "failed_recently",
        -3,
    ),
    (
        WELL,
        {"lost_runs_24h": 1, "last_failure_at": at(-3)},
        "degraded",
        "lost_recently",
        -3,
    ),
    (REFUSED, {"consecutive_failures": 3}, "degraded", "refused", -0.5),
    (
        REFUSED,
        {"consecutive_failures": 3, "last_error": None},
        "degraded",
        "refused_plain",
        -0.5,
    ),
    (NEW, {"running_since": NOON}, "new", "first_run", -1),
    (NEW, {"next_expected_at": at(1)}, "new", "not_due", -1),
    (NEW, {}, "new", "never_used", -1),
    (WELL, {}, "healthy", "healthy", None),
]


@pytest.mark.parametrize(
    ("facts", "changes", "health", "reason", "since"),
    TABLE,
    ids=[row[3] for row in TABLE],
)
def test_table(facts, changes, health, reason, since):
    verdict = decide(replace(facts, **changes), NOON)
    assert (verdict.health, verdict.reason_code) == (health, reason)
    if since is None:
        assert verdict.since is None
    else:
        assert abs(verdict.since - at(since)) < timedelta(seconds=1)
    render(verdict)


def test_every_reason_has_its_row():
    # "unreadable" is not the rule's: the model gives it where the rule raised
    assert {row[3] for row in TABLE} == set(REASONS) - {"unreadable"}


@pytest.mark.parametrize(
    ("label", "changes", "health"),
    [
        ("paused wins over failing", {"paused": True}, "paused"),
        ("paused wins over unknown", {"paused": True, "captured": False}, "paused"),
        ("unknown wins over failing", {"captured": False}, "unknown"),
        ("failing wins over late", {"next_expected_at": at(-9)}, "failing"),
        ("failing wins over stalled", {"stalled_runs": 1}, "failing"),
        ("failing wins over slow", {"expected_duration_ms": 1}, "failing"),
        ("late wins over slow", {"last_state": "succeeded", "expected_duration_ms": 1,
                                 "next_expected_at": at(-9)}, "late"),
        ("a later failure does not hide under a run under way",
         {"last_state": "running", "running_since": at(-0.1)}, "failing"),
        ("a cancelled run changes nothing", {"last_state": "cancelled"}, "failing"),
        ("a success ends it", {"last_state": "succeeded"}, "degraded"),
    ],
)  # fmt: skip
def test_which_rule_wins(label, changes, health):
    assert decide(replace(FAILED, **changes), NOON).health == health, label


@pytest.mark.parametrize("kind", ["cron", "webhook", "flow", "approval", "external"])
def test_a_business_error_is_a_failure_of_what_should_not_refuse(kind):
    assert decide(replace(REFUSED, kind=kind), NOON).health == "failing"
    before = replace(WELL, kind=kind, business_errors_24h=2)
    assert decide(before, NOON).params == {"count": 2, "total": 24}


@pytest.mark.parametrize("kind", ["automation", "server_action"])
def test_a_business_error_is_a_rule_doing_its_work(kind):
    refusals = replace(REFUSED, kind=kind, business_errors_24h=5)
    assert decide(refusals, NOON).health == "healthy"
    twice = replace(refusals, consecutive_failures=2)
    assert decide(twice, NOON).health == "healthy"
    fault = replace(refusals, last_outcome_class="fault")
    assert decide(fault, NOON).health == "failing"


@pytest.mark.parametrize(
    ("label", "changes"),
    [
        ("partly done without error", {"last_state": "partial"}),
        (
            "partly done without outcome",
            {"last_state": "partial", "last_outcome_class": None},
        ),
        ("runs as long as expected", {"expected_duration_ms": 4000}),
        ("failed a day ago", {"failures_24h": 1, "last_failure_at": at(-24)}),
        ("due, within grace", {"next_expected_at": at(-0.09)}),
        (
            "due, and under way",
            {"next_expected_at": at(-1), "running_since": at(-0.9)},
        ),
        (
            "due, and under way from that very moment",
            {"next_expected_at": at(-1), "running_since": at(-1)},
        ),
        ("never due", {"next_expected_at": None}),
        ("under way", {"running_since": at(-9)}),
    ],
)
def test_still_healthy(label, changes):
    assert decide(replace(WELL, **changes), NOON).health == "healthy", label


PARTIAL = replace(WELL, last_state="partial", last_outcome_class="fault")


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({"consecutive_failures": 2}, "degraded"),
        ({"consecutive_failures": 3}, "failing"),
        ({"consecutive_failures": 4}, "failing"),
        ({"consecutive_failures": 3, "last_outcome_class": "success"}, "healthy"),
    ],
)
def test_partly_done_three_times_in_a_row_is_failing(changes, health):
    assert decide(replace(PARTIAL, **changes), NOON).health == health


@pytest.mark.parametrize("state", ["failed", "lost"])
def test_the_state_alone_says_that_it_failed(state):
    facts = replace(WELL, last_state=state, consecutive_failures=0)
    assert decide(facts, NOON).health == "failing"


@pytest.mark.parametrize(
    ("failing_since", "last_failure_at", "last_run_at", "since"),
    [(-3, -2, -1, -3), (None, -2, -1, -2), (None, -2, None, -2), (None, None, -1, -1)],
)
def test_failing_since(failing_since, last_failure_at, last_run_at, since):
    moments = {
        "failing_since": failing_since,
        "last_failure_at": last_failure_at,
        "last_run_at": last_run_at,
    }
    known = {name: at(h) for name, h in moments.items() if h is not None}
    facts = replace(FAILED, last_failure_at=None, last_run_at=None)
    assert decide(replace(facts, **known), NOON).since == at(since)


@pytest.mark.parametrize(
    ("moments", "last_run"),
    [
        ({"last_run_at": -3, "last_success_at": -4, "last_failure_at": -5}, -3),
        ({"last_success_at": -4, "last_failure_at": -5}, -4),
        ({"last_success_at": -4}, -4),
        ({"last_failure_at": -5}, -5),
    ],
)
def test_late_names_the_last_run(moments, last_run):
    known = {name: at(hours) for name, hours in moments.items()}
    facts = replace(NEW, last_state="succeeded", next_expected_at=at(-1), **known)
    params = decide(facts, NOON).params
    assert params == {"expected": at(-1), "last_run": at(last_run)}


def test_a_millisecond_more_than_expected_is_slow():
    slow = replace(WELL, last_duration_ms=2, expected_duration_ms=1)
    assert decide(slow, NOON).reason_code == "slow"


def test_late_when_the_run_before_still_hangs():
    hangs = replace(WELL, running_since=at(-2), next_expected_at=at(-1))
    assert decide(hangs, NOON).reason_code == "late"


def test_late_from_the_very_moment():
    due = WELL.next_expected_at + timedelta(seconds=WELL.grace_seconds)
    just_before = due - timedelta(microseconds=1)
    assert decide(WELL, just_before).health == "healthy"
    assert decide(WELL, due).since == due
    assert decide(WELL, due + timedelta(hours=3)) == decide(WELL, due)


def test_the_reason_reads_as_a_sentence():
    facts = replace(FAILED, consecutive_failures=3, failing_since=at(-4.5))
    shown = render(
        decide(facts, NOON),
        show_moment=lambda moment: f"{moment:%H:%M}",
        translate=lambda template: template.replace("in a row", "de suite"),
    )
    assert shown == f'Failing since 07:30: 3 runs de suite, "{ERROR}"'
    slow = decide(replace(WELL, expected_duration_ms=1000), NOON)
    shown = render(slow, show_duration=lambda took: f"{took.seconds} s")
    assert shown == "The last run took 4 s, expected at most 1 s"


def test_a_long_error_is_shortened_to_its_first_line():
    facts = replace(FAILED, last_error="  100 % " + "x" * 500 + "\nDETAIL: secret")
    error = decide(facts, NOON).params["error"]
    assert len(error) == 200 and error.endswith("…") and error.startswith("100 % x")
    assert "100 % x" in render(decide(facts, NOON))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("boom\nDETAIL: secret", "boom"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_what_of_an_error_is_shown(text, shown):
    assert decide(replace(FAILED, last_error=text), NOON).params["error"] == shown


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WELL, at(0.6)),
        (replace(WELL, next_expected_at=None), None),
        (replace(WELL, next_expected_at=None, running_since=NOON), None),
        (
            replace(WELL, running_since=NOON, expected_duration_ms=60_000),
            NOON + timedelta(minutes=1),
        ),
        (
            replace(WELL, next_expected_at=at(90), failures_24h=1,
                    last_failure_at=at(-20)),
            at(4),
        ),
        (FAILED, None),
        (replace(WELL, paused=True), None),
        (NEW, None),
        (replace(NEW, next_expected_at=at(2)), at(2)),
    ],
)  # fmt: skip
def test_when_to_look_again(facts, expected):
    assert next_change_at(facts, NOON) == expected


def test_odoo_says_false_where_nothing_is():
    absent = {name: False for name, value in vars(Facts()).items() if value is None}
    assert decide(Facts(**absent), NOON).reason_code == "never_used"
    assert decide(Facts(**absent | {"last_run_at": NOON}), NOON).health == "healthy"


def test_a_start_answers_for_a_due_run_only_as_long_as_it_may_take():
    due = NOON - timedelta(hours=2)
    facts = Facts(
        next_expected_at=due,
        last_run_at=due - timedelta(hours=1),
        running_since=due,
        latest_start_at=due,
        answer_due_at=NOON,
    )

    assert decide(facts, NOON - timedelta(seconds=1)).health == "healthy"
    verdict = decide(facts, NOON)
    assert (verdict.health, verdict.reason_code) == ("late", "hung")
    assert (verdict.params, verdict.since) == ({"since": due}, NOON)
    assert next_change_at(facts, NOON - timedelta(hours=1)) == NOON


def test_a_newer_start_answers_for_an_older_one_that_never_ended():
    due = NOON - timedelta(minutes=30)
    facts = Facts(
        next_expected_at=due,
        last_run_at=due - timedelta(hours=1),
        running_since=due - timedelta(hours=20),
        latest_start_at=due,
        answer_due_at=NOON + timedelta(hours=1),
    )

    assert decide(facts, NOON).health == "healthy"


#: A daily heartbeat, an hour of grace; due at noon.
BEAT = Facts(
    kind="heartbeat",
    created_at=at(-1000),
    last_run_at=at(-24),
    last_success_at=at(-24),
    last_state="succeeded",
    last_outcome_class="success",
    next_expected_at=NOON,
    grace_seconds=3600,
)
NEW_BEAT = Facts(
    kind="heartbeat", created_at=at(-24), next_expected_at=NOON, grace_seconds=3600
)
SECOND = 1 / 3600


def started(hours, answer=1.0, **values):
    """Return what is known while a run that started at ``hours`` is under way."""
    return {
        "running_since": at(hours),
        "latest_start_at": at(hours),
        "answer_due_at": at(hours + answer),
        **values,
    }


BEATS = {
    "up": (BEAT, {}, -SECOND, "healthy", "healthy", None),
    "grace": (BEAT, {}, 0, "late", "late", 0),
    "still grace": (BEAT, {}, 1 - SECOND, "late", "late", 0),
    "down": (BEAT, {}, 1, "failing", "late", 1),
    "down, without history": (
        BEAT,
        {"last_run_at": None, "last_success_at": None},
        1,
        "failing",
        "late_plain",
        1,
    ),
    "new": (NEW_BEAT, {}, 1 - SECOND, "new", "not_due", -24),
    "never came": (NEW_BEAT, {}, 1, "late", "never_ran", 1),
    "never came, long ago": (NEW_BEAT, {}, 500, "late", "never_ran", 1),
    "no schedule": (BEAT, {"next_expected_at": None}, 9, "healthy", "healthy", None),
    "started before it is due": (BEAT, started(-2), -1.5, "healthy", "healthy", None),
    "hung before it is due": (BEAT, started(-2), -1, "failing", "hung", -1),
    "hung, noticed when overdue too": (BEAT, started(-2), 3, "failing", "hung", -1),
    "the first one hung": (NEW_BEAT, started(-2), -1, "failing", "hung", -1),
    "the first one hung, overdue": (NEW_BEAT, started(-2), 9, "failing", "hung", -1),
    "hung without schedule": (
        BEAT,
        started(-2, next_expected_at=None),
        -1,
        "failing",
        "hung",
        -1,
    ),
    "started in time": (BEAT, started(0.5), 1 - SECOND, "healthy", "healthy", None),
    "started in time, no end by then": (BEAT, started(0.5), 1, "failing", "late", 1),
    "started when due, no end": (BEAT, started(0), 1, "failing", "hung", 1),
    "overdue before it hung": (BEAT, started(0.5), 5, "failing", "late", 1),
    "may take its time": (
        BEAT,
        started(0, 4, expected_duration_ms=3 * 3_600_000),
        2.9,
        "healthy",
        "healthy",
        None,
    ),
    "took all its time": (
        BEAT,
        started(0, 4, expected_duration_ms=3 * 3_600_000),
        4,
        "failing",
        "hung",
        4,
    ),
    "an older run may not": (
        BEAT,
        started(-1, 4, expected_duration_ms=3 * 3_600_000),
        1,
        "failing",
        "late",
        1,
    ),
    "failed": (
        BEAT,
        {"last_state": "failed", "last_failure_at": at(-24)},
        3,
        "failing",
        "failed_plain",
        -24,
    ),
    "up again after a failure": (
        BEAT,
        {"last_failure_at": at(-20), "failures_24h": 3, "lost_runs_24h": 1},
        -2,
        "healthy",
        "healthy",
        None,
    ),
    "paused": (BEAT, {"paused": True}, 9, "paused", "paused", None),
    "another kind is late beyond the grace": (
        BEAT,
        {"kind": "external"},
        1,
        "late",
        "late",
        1,
    ),
    "and not before": (
        BEAT,
        {"kind": "external"},
        1 - SECOND,
        "healthy",
        "healthy",
        None,
    ),
}


@pytest.mark.parametrize(
    ("facts", "changes", "hours", "health", "reason", "since"),
    BEATS.values(),
    ids=BEATS,
)
def test_heartbeats_are_judged_as_healthchecks_does(
    facts, changes, hours, health, reason, since
):
    verdict = decide(replace(facts, **changes), at(hours))

    assert (verdict.health, verdict.reason_code) == (health, reason)
    assert verdict.since == (None if since is None else at(since))


def test_a_hung_heartbeat_tells_when_it_started():
    facts = replace(BEAT, **started(-2))

    assert decide(facts, NOON).params == {"since": at(-2)}
    assert decide(replace(facts, running_since=None), NOON).params == {"since": at(-2)}


def test_a_heartbeat_turns_when_due_and_when_the_grace_ends():
    assert next_change_at(BEAT, at(-5)) == NOON
    assert next_change_at(BEAT, NOON) == at(1)
    assert next_change_at(BEAT, at(1)) is None
    assert next_change_at(replace(BEAT, **started(-2)), at(-1.5)) == at(-1)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            LOOPING,
            {
                "since": at(-0.5),
                "count": 3,
                "took": timedelta(seconds=4),
                "error": ERROR,
            },
        ),
        (
            replace(FAILED, source_state="deactivated", **SWITCHED_OFF),
            {"count": 9, "first": at(-200), "error": ERROR},
        ),
        (replace(WELL, user_archived=True, user_name="Will"), {"user": "Will"}),
        (replace(WELL, user_archived=True), {}),
    ],
)
def test_what_a_reason_tells(facts, told):
    assert decide(facts, NOON).params == told
