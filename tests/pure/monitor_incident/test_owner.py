from dataclasses import replace

import pytest

from odoo.addons.monitor_incident.tools.owner import (
    Candidate,
    Choice,
    choose,
    obstacle,
    reachable,
)

ANA, BEN = Candidate(1, "technical", "Ana"), Candidate(2, "leader", "Ben")
OBSTACLES = [
    ("archived", {"active": False}),
    ("share", {"share": True}),
    ("company", {"in_company": False}),
    ("no_access", {"may_see": False}),
    ("no_email", {"email": False}),
    ("on_leave", {"on_leave": True}),
]


@pytest.mark.parametrize("reason, values", OBSTACLES)
def test_each_obstacle_passes_the_person_over(reason, values):
    away = replace(ANA, **values)
    assert obstacle(away) == reason
    assert choose([away, BEN]) == Choice(2, "leader", ((away, reason),))
    assert reachable([away, BEN]) == ([BEN], [(away, reason)])


@pytest.mark.parametrize("reason, values", OBSTACLES)
def test_somebody_there_rather_than_nobody(reason, values):
    away = replace(ANA, **values)
    expected = 1 if reason in ("no_email", "on_leave") else None
    assert choose([away]).user_id == expected
    assert choose([away]).skipped == ((away, reason),)


def test_the_first_counts_and_is_named_once():
    assert choose([ANA, BEN]) == Choice(1, "technical")
    away = replace(ANA, on_leave=True)
    again = replace(away, role="manager")
    assert choose([away, again, BEN]).skipped == ((away, "on_leave"),)
    assert reachable([ANA, ANA, BEN]) == ([ANA, BEN], [])
    assert choose([]) == Choice()
