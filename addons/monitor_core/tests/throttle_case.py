"""A clock that stands still and empty buckets, for tests of rate limits."""

from unittest.mock import patch

from odoo.tools.lru import LRU

from ..controllers import throttle
from ..tools.rate_limit import RateLimiter


class ThrottleCase:
    """Use as ``class TestX(ThrottleCase, HttpCase)``."""

    def setUp(self):
        super().setUp()
        for name in ("_addresses", "_callers"):
            self.start_patch(patch.object(throttle, name, RateLimiter()))
        self.start_patch(patch.object(throttle, "_recognised", LRU(100)))
        self.time = self.start_patch(patch.object(throttle, "time"))
        self.time.monotonic.return_value = 1000.0

    def start_patch(self, patcher):
        self.addCleanup(patcher.stop)
        return patcher.start()

    def wait(self, seconds):
        self.time.monotonic.return_value += seconds

    def allow(self, **per_minute):
        """Set how many calls a minute: ``allow(key=2, token=2, address=2)``."""
        for name, calls in per_minute.items():
            self.env["ir.config_parameter"].set_param(
                f"monitor_core.calls_per_{name}", str(calls)
            )

    def assert_left(self, response, limit, remaining, reset):
        """Check what the answer says is left."""
        told = [
            response.headers.get(f"X-RateLimit-{name}")
            for name in ("Limit", "Remaining", "Reset")
        ]
        self.assertEqual(told, [str(limit), str(remaining), str(reset)])
