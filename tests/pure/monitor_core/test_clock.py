from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.addons.monitor_core.tools import clock


def test_utcnow_is_naive_utc():
    before = datetime.now(timezone.utc).replace(tzinfo=None)
    now = clock.utcnow()
    assert now.tzinfo is None
    assert timedelta() <= now - before < timedelta(minutes=1)


def test_utcnow_can_be_patched_for_everybody():
    noon = datetime(2026, 1, 5, 12)
    with patch.object(clock, "utcnow", return_value=noon):
        assert clock.utcnow() == noon


def test_monotonic_ms_counts_whole_milliseconds():
    with patch("time.monotonic_ns", return_value=1_999_999):
        assert clock.monotonic_ms() == 1
    with patch("time.monotonic_ns", return_value=10**12):
        assert clock.monotonic_ms() == 10**6
