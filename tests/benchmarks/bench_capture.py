"""What recording costs: the same work with and without the suite, side by side.

One process opens the same database with ``monitor_core``, without it, and with OCA
auditlog in its place, and runs the same transactions in turn: A B A B ...
"""

import statistics
import time

from pairs import PAIRS, Bar, Cost, cost, judge

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

BLOCK = 20  # transactions of a side before it is the other's turn
TURNS = 4  # of each side of a pair: a disk that slows down meets both
RECORDS = 50  # of one transaction, against auditlog
WARM_UP = 2
BARS = {
    "automation rule, light model": Bar(1.15, 1.05),
    "server action, update record": Bar(1.5, 1.25),
    "server action, code pass": Bar(2.5, 1.6),
    "scheduled action": Bar(1.10, 1.03),
    "write, nothing monitored": Bar(1.05, 1.0),
}
PER_RECORD = Bar(0.25, 0.10)


class Work:
    """One kind of transaction on one database."""

    def __init__(self, database):
        self.registry = Registry(database)

    def block(self, function, count=BLOCK):
        """Return what one of ``count`` transactions ``function(env)`` costs."""
        with self.registry.cursor() as cr:

            def transaction():
                function(api.Environment(cr, SUPERUSER_ID, {}))
                cr.commit()

            return cost(cr, transaction, count)

    def prepare(self):
        """Create what the transactions use; return ``{title: function(env)}``."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
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
            tags = env["res.partner.category"].create(
                [{"name": f"bench {n}", "color": 1} for n in range(RECORDS)]
            )
            self.tags = tags.ids
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
        tag = self.tags[0]
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

    def records(self):
        """Return a transaction that changes many records, each by its own write."""
        numbers = iter(range(10**9))

        def write(env):
            for tag in env["res.partner.category"].browse(self.tags):
                tag.write({"color": 5 + next(numbers) % 6, "name": str(time.time())})

        return write


def _audit(env):
    """Have auditlog record changes of the model, in its fast mode."""
    model = env["ir.model"]._get("res.partner.category")
    rule = env["auditlog.rule"].create(
        {
            "name": "bench",
            "model_id": model.id,
            "log_type": "fast",
            "log_read": False,
            "log_create": True,
            "log_write": True,
            "log_unlink": True,
        }
    )
    rule.set_to_confirmed()


def report(with_suite, without_suite, with_auditlog):
    """Print the ratios; a ratio of the last line is of what each adds to a record."""
    ours, bare = Work(with_suite), Work(without_suite)
    for (title, our_work), bare_work in zip(
        ours.prepare().items(), bare.prepare().values(), strict=True
    ):
        pairs = [
            in_turn(
                lambda: ours.block(our_work),  # noqa: B023 - called at once
                lambda: bare.block(bare_work),  # noqa: B023
            )
            for _pair in range(PAIRS + WARM_UP)
        ][WARM_UP:]
        base = statistics.median(1000 * peer.wall for _ours, peer in pairs)
        judge(title, pairs, BARS[title], f"({base:.2f} ms without)")
    _against_auditlog(ours, bare, with_auditlog)


def in_turn(ours, peer):
    """Return what both sides cost: the means of some blocks of each, one by one."""
    costs = [(ours(), peer()) for _turn in range(TURNS)]
    return tuple(
        Cost(
            statistics.mean(cost.cpu for cost in side),
            statistics.mean(cost.wall for cost in side),
        )
        for side in zip(*costs, strict=True)
    )


def _against_auditlog(ours, bare, with_auditlog):
    audited = Work(with_auditlog)
    audited.prepare()
    with audited.registry.cursor() as cr:
        _audit(api.Environment(cr, SUPERUSER_ID, {}))
    works = [(side, side.records()) for side in (ours, audited, bare)]
    pairs = []
    for _pair in range(PAIRS + WARM_UP):
        one, other, none = [side.block(work, 4) for side, work in works]
        pairs.append((one.minus(none), other.minus(none)))
    added = statistics.median(other.wall for _one, other in pairs) / RECORDS
    told = f"(auditlog adds {1000 * added:.2f} ms a record)"
    judge("added to a record a rule is about", pairs[WARM_UP:], PER_RECORD, told)
