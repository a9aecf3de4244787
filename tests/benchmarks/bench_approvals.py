"""What an approval costs, beside OCA base_tier_validation on the same purchase orders.

Two people and an order: one makes it, one has it go on. Three databases do that in
turn: without approvals, with those of OCA, and with the suite. What counts is what each
adds. Many rows are in ``approvals_volume.py``.
"""

import statistics
from datetime import timedelta
from unittest.mock import patch

from approvals_volume import OPEN, QUICK_OPEN, copy_rows, mass, volume
from pairs import PAIRS, Bar, cost, judge

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import call_kw

CYCLES = 10  # of a side before it is the other's turn
WARM_UP = 2
PENDING = 10_000
ADDED = Bar(0.8, 0.5)
BADGE = Bar(0.1, 0.02)
MODEL = "purchase.order"


class Orders:
    """Orders of one database, from the one who makes them to the one who decides."""

    def __init__(self, database):
        self.registry = Registry(database)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.maker, self.decider = (
                self._user(env, name) for name in ("maker", "decider")
            )
            self.vendor = env["res.partner"].create({"name": "bench"}).id
            self.prepare(env)

    @staticmethod
    def _user(env, name):
        found = env["res.users"].search([("login", "=", f"bench_{name}")])
        users = env["res.users"].with_context(no_reset_password=True)
        values = {
            "name": name,
            "login": f"bench_{name}",
            "email": f"{name}@example.com",
            "group_ids": [Command.link(env.ref("purchase.group_purchase_manager").id)],
        }
        return (found or users.create(values)).id

    def prepare(self, env):
        """Configure what is to be measured."""

    def order(self, env):
        return env[MODEL].create({"partner_id": self.vendor, "user_id": self.maker})

    def request(self, order):
        """Ask for the approval of an order, as who made it."""

    def approve(self, order):
        """Approve it, as who decides."""

    def afterwards(self, env):
        """What is done later, out of the way of people."""

    def cycles(self, count=CYCLES):
        """Return what one cycle costs, and its SQL statements."""
        with self.registry.cursor() as cr:

            def work():
                for _cycle in range(count):
                    order = self.order(api.Environment(cr, self.maker, {}))
                    self.request(order)
                    cr.commit()
                    order = order.with_env(api.Environment(cr, self.decider, {}))
                    self.approve(order)
                    order.write({"state": "purchase"})
                    cr.commit()
                self.afterwards(api.Environment(cr, SUPERUSER_ID, {}))
                cr.commit()

            before = cr.sql_log_count
            one = cost(cr, work).each(count)
            return one, (cr.sql_log_count - before) / count


class OcaOrders(Orders):
    """The same with a tier of OCA base_tier_validation."""

    def prepare(self, env):
        model = env["ir.model"]._get_id(MODEL)
        env["tier.definition"].search([("model", "=", MODEL)]).active = False
        env["tier.definition"].create(
            {"name": "bench", "model_id": model, "reviewer_id": self.decider}
        )

    def request(self, order):
        order.request_validation()

    def approve(self, order):
        order.validate_tier()
        if order.validation_status != "validated":
            raise AssertionError(order.validation_status)


class ObservedOrders(Orders):
    """The same, where the suite looks on: an order waits until it goes on."""

    mode = "observe"

    def prepare(self, env):
        env["monitor.approval.policy"].search([("active", "=", True)]).active = False
        people = [Command.set([self.decider])]
        tier = {"name": "one", "level": 1, "user_ids": people}
        self.policy = (
            env["monitor.approval.policy"]
            .create(
                {
                    "name": f"bench, {self.mode}",
                    "mode": self.mode,
                    "model_id": env["ir.model"]._get_id(MODEL),
                    "pending_domain": "[('state', '=', 'draft')]",
                    "approved_domain": "[('state', '=', 'purchase')]",
                    "requester_path": "user_id",
                    "amount_path": "amount_total",
                    "currency_path": "currency_id",
                    "material_paths": "partner_id, partner_ref",
                    "tier_ids": [Command.create(tier)],
                }
            )
            .id
        )

    def afterwards(self, env):
        take = env["monitor.approval.take"]
        while take._take(_Clock.now()):
            pass


class DecidedOrders(ObservedOrders):
    """The same, where the suite is asked and decides."""

    mode = "decide"

    def request(self, order):
        policy = order.env["monitor.approval.policy"].browse(self.policy)
        self.waiting = policy._request(order).ids

    def approve(self, order):
        (answer,) = order.env["monitor.approval"].browse(self.waiting).approve()
        if answer["state"] != "approved":
            raise AssertionError(answer)


class _Clock:
    """The Monitor's clock, a minute later each time it is read, in working hours.

    Who approves hundreds within a second, or at night, would be noted each time.
    """

    moment = None

    @classmethod
    def now(cls):
        cls.moment += timedelta(minutes=1)
        while cls.moment.weekday() > 4 or cls.moment.hour not in (9, 10, 13, 14):
            cls.moment += timedelta(minutes=30)
        return cls.moment


def report(bare, oca, ours, copy, quick=False):
    """Print what the suite adds to an approval, of what OCA adds."""
    from odoo.addons.monitor_core.tools import clock

    _Clock.moment = clock.utcnow()
    plain, tiers = Orders(bare), OcaOrders(oca)
    with patch.object(clock, "utcnow", _Clock.now):
        for title, kind in (
            ("cycle decided here", DecidedOrders),
            ("cycle observed", ObservedOrders),
        ):
            _cycles(title, plain, tiers, kind(ours))
    _badge(DecidedOrders(ours), tiers)
    mass(DecidedOrders(ours))
    volume(DecidedOrders(copy), QUICK_OPEN if quick else OPEN)


def _cycles(title, plain, tiers, watched):
    pairs, statements = [], []
    for _pair in range(PAIRS + WARM_UP):
        (ours, one), (other, two), (none, base) = (
            side.cycles() for side in (watched, tiers, plain)
        )
        pairs.append((ours.minus(none), other.minus(none)))
        statements.append((one - base, two - base))
    ours, other = (
        1000 * statistics.median(pair[side].wall for pair in pairs) for side in (0, 1)
    )
    told = f"({ours:.1f} ms added, OCA {other:.1f} ms)"
    judge(f"{title}, added, of OCA's", pairs[WARM_UP:], ADDED, told)
    ours, other = statements[-1]
    print(f"    SQL statements added: {ours:.1f}, OCA {other:.1f}")


# -- The badge ---------------------------------------------------------------


def _badge(ours, tiers):
    """Compare what a page asks for its badge, with ten thousand that wait."""
    _fill_ours(ours)
    _fill_tiers(tiers)
    pairs = []
    for _pair in range(PAIRS + 1):
        one = _asked(ours, "monitor.approval", "pending_for_me")
        other = _asked(tiers, "res.users", "review_user_count")
        pairs.append((one, other))
    one, other = (1000 * statistics.median(p[n].wall for p in pairs) for n in (0, 1))
    told = f"({one:.1f} ms, OCA {other:.0f} ms)"
    judge(f"badge, {PENDING:,} wait, of OCA's", pairs[1:], BADGE, told)


def _asked(side, model, method):
    """Return what a call by RPC costs that asks how many wait."""
    with side.registry.cursor() as cr:
        answers = []

        def call():
            cr.rollback()  # as every request: nothing is remembered
            env = api.Environment(cr, side.decider, {})
            answers.append(call_kw(env[model], method, [], {}))

        found = cost(cr, call, 20 if model == "monitor.approval" else 1)
        answer = answers[-1]
        cr.rollback()
    count = answer["count"] if isinstance(answer, dict) else answer[0]["pending_count"]
    if count != PENDING:
        raise AssertionError(answer)
    return found


def _fill_ours(side):
    with side.registry.cursor() as cr:
        cr.execute("UPDATE monitor_approval SET state = 'cancelled'")
        side.request(side.order(api.Environment(cr, side.maker, {})))
        cr.flush()
        (first,) = side.waiting
        copy_rows(cr, "monitor_approval", first, PENDING - 1, res_id="1000000 + g")
        cr.execute(
            "INSERT INTO monitor_approval_holder_rel"
            " SELECT id, %s FROM monitor_approval WHERE id > %s",
            [side.decider, first],
        )
        cr.execute("ANALYZE monitor_approval, monitor_approval_holder_rel")


def _fill_tiers(side):
    with side.registry.cursor() as cr:
        cr.execute("DELETE FROM tier_review")
        order = side.order(api.Environment(cr, side.maker, {}))
        side.request(order)
        cr.flush()
        review, last = order.review_ids.id, order.id
        copy_rows(cr, "purchase_order", last, PENDING - 1, name="'B' || g")
        cr.execute("SELECT min(id) - 1 FROM purchase_order WHERE id > %s", [last])
        start = cr.fetchone()[0]
        copy_rows(cr, "tier_review", review, PENDING - 1, res_id=f"{start} + g")
        cr.execute(
            "INSERT INTO res_users_tier_review_rel (tier_review_id, res_users_id)"
            " SELECT id, %s FROM tier_review WHERE id > %s",
            [side.decider, review],
        )
        cr.execute("ANALYZE tier_review, res_users_tier_review_rel, purchase_order")
