"""What recording costs: the same work with and without the suite, side by side.

    setup/bench capture

One process opens two databases, one with ``monitor_core`` and one without, and runs the
same transaction in turn: A B A B ... Each pair gives a ratio, so a machine whose speed
drifts does not matter. Quoted are the median of the ratios and their quartiles.
"""

import statistics
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

PAIRS = 300
WARM_UP = 30


class Work:
    """One kind of transaction on one database."""

    def __init__(self, database):
        self.registry = Registry(database)

    def env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def transaction(self, function):
        """Run ``function(env)``, commit, return the seconds it took."""
        started = time.perf_counter()
        with self.registry.cursor() as cr:
            function(self.env(cr))
        return time.perf_counter() - started

    def prepare(self):
        """Create what the transactions use; return ``{title: function(env)}``."""
        with self.registry.cursor() as cr:
            env = self.env(cr)
            model = env["ir.model"]._get("res.partner.category")
            action = {"model_id": model.id, "name": "bench"}
            env["base.automation"].create(
                {
                    "name": "bench",
                    "model_id": model.id,
                    "trigger": "on_create_or_write",
                    "filter_domain": "[('color', '>', 4)]",
                    "action_server_ids": [
                        (0, 0, {**action, "state": "code", "code": "pass"})
                    ],
                }
            )
            tag = env["res.partner.category"].create({"name": "bench", "color": 1}).id
            field = env["ir.model.fields"]._get("res.partner.category", "color")
            write = env["ir.actions.server"].create(
                {
                    **action,
                    "state": "object_write",
                    "update_field_id": field.id,
                    "update_path": "color",
                    "value": "2",
                }
            )
            code = env["ir.actions.server"].create(
                {**action, "state": "code", "code": "pass"}
            )
            cron = env["ir.cron"].create({**action, "state": "code", "code": "pass"})
            if "monitor.tick" in env:
                env["monitor.tick"]._run(env.cr.now())
        return {
            "automation rule, light model": self._rule(tag),
            "server action, update record": self._action(write.id, tag),
            "server action, code pass": self._action(code.id, tag),
            "scheduled action": lambda env: (
                env["ir.cron"].browse(cron.id).method_direct_trigger()
            ),
            "write, nothing monitored": lambda env: (
                env["res.country"]
                .browse(1)
                .write({"phone_code": int(time.time() * 1000) % 900})
            ),
        }

    @staticmethod
    def _rule(tag):
        numbers = iter(range(10**9))
        return lambda env: (
            env["res.partner.category"]
            .browse(tag)
            .write({"color": 5 + next(numbers) % 6, "name": str(time.time())})
        )

    @staticmethod
    def _action(action, tag):
        context = {
            "active_model": "res.partner.category",
            "active_id": tag,
            "active_ids": [tag],
        }
        return lambda env: (
            env["ir.actions.server"].browse(action).with_context(**context).run()
        )


def measure(with_suite, without_suite):
    """Yield ``(title, ms without, ratios)`` for each kind of transaction."""
    ours, bare = Work(with_suite), Work(without_suite)
    for (title, our_work), bare_work in zip(
        ours.prepare().items(), bare.prepare().values(), strict=True
    ):
        pairs = []
        for _pair in range(PAIRS + WARM_UP):
            pairs.append((ours.transaction(our_work), bare.transaction(bare_work)))
        pairs = pairs[WARM_UP:]
        yield (
            title,
            1000 * statistics.median(b for _a, b in pairs),
            1000 * statistics.median(a - b for a, b in pairs),
            sorted(a / b for a, b in pairs),
        )


def report(with_suite, without_suite):
    """Print the table; the ratio's spread is its lower and upper quartile."""
    print(f"{'transaction':32} {'bare ms':>8} {'added ms':>9} {'ratio':>6}  quartiles")
    for title, bare_ms, added_ms, ratios in measure(with_suite, without_suite):
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"{title:32} {bare_ms:8.2f} {added_ms:9.2f} {middle:6.2f}  "
            f"{low:.2f} - {high:.2f}"
        )
