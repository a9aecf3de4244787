from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_incident.tools.retry import next_attempt

NOON = datetime(2026, 1, 5, 12)


@pytest.mark.parametrize(
    "attempts, minutes", [(0, None), (1, 1), (2, 5), (3, 15), (4, 60), (5, None)]
)
def test_waits(attempts, minutes):
    expected = NOON + timedelta(minutes=minutes) if minutes else None
    assert next_attempt(attempts, NOON) == expected
