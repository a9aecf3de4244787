from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.funnel import Passed, StepInfo, Waiting, rows

STEPS = [
    StepInfo("paid", "Paid", "Other"),
    StepInfo("wrapped", "Wrapped", "Other", optional=True),
    StepInfo("sent", "Sent", "Completion confirmed"),
]


def test_a_row_for_each_step():
    found = rows(
        STEPS,
        8,
        {"paid": Passed(6, 1000, 5000), "wrapped": Passed(1, 0, 0), "x": Passed(9)},
        {"sent": Waiting(2, 1, 60_000)},
    )
    assert found == [
        {
            "code": "paid",
            "name": "Paid",
            "kind": "Other",
            "optional": False,
            "reached": 6,
            "percent": 75.0,
            "lost": 2,
            "median_ms": 1000,
            "p95_ms": 5000,
            "waiting": 0,
            "stalled": 0,
            "longest_wait_ms": False,
        },
        {
            "code": "wrapped",
            "name": "Wrapped",
            "kind": "Other",
            "optional": True,
            "reached": 1,
            "percent": 12.5,
            "lost": 0,
            "median_ms": 0,
            "p95_ms": 0,
            "waiting": 0,
            "stalled": 0,
            "longest_wait_ms": False,
        },
        {
            "code": "sent",
            "name": "Sent",
            "kind": "Completion confirmed",
            "optional": False,
            "reached": 0,
            "percent": 0.0,
            "lost": 6,
            "median_ms": False,
            "p95_ms": False,
            "waiting": 2,
            "stalled": 1,
            "longest_wait_ms": 60_000,
        },
    ]


def test_without_runs():
    found = rows(STEPS, 0, {}, {})
    assert [row["percent"] for row in found] == [0.0, 0.0, 0.0]
    assert [row["lost"] for row in found] == [0, 0, 0]
    assert rows([], 7, {}, {}) == []


def test_a_step_that_more_passed_than_the_one_before_loses_none():
    found = rows(STEPS, 3, {"paid": Passed(1), "sent": Passed(3)}, {})
    assert [row["lost"] for row in found] == [2, 0, 0]
    assert rows(STEPS, 3, {"paid": Passed(1)}, {})[0]["percent"] == 33.3


codes = st.sampled_from(["paid", "wrapped", "sent"])


@given(st.dictionaries(codes, st.integers(0, 50)))
def test_shares_are_shares(reached):
    found = rows(STEPS, 50, {code: Passed(n) for code, n in reached.items()}, {})
    assert [row["reached"] for row in found] == [
        reached.get(step.code, 0) for step in STEPS
    ]
    assert all(0 <= row["percent"] <= 100 and row["lost"] >= 0 for row in found)
