"""Approvals of plain records: contacts stand for documents.

``function`` is how far a document is, ``partner_latitude`` what it is worth, ``ref`` a
material field, ``user_id`` who asks.
"""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.monitor_core.tests.common import MonitorCase
from odoo.addons.monitor_core.tools import clock

MONDAY = datetime(2026, 3, 2, 9)  # 10 o'clock in Brussels


class ApprovalCase(MonitorCase):
    """Use as ``class TestX(ApprovalCase, TransactionCase)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        before = MONDAY - timedelta(days=2)
        patcher = patch.object(clock, "utcnow", lambda: before)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        quiet = {"no_reset_password": True, "tracking_disable": True}
        group = "base.group_user,base.group_partner_manager"
        for name in ("ada", "ben", "cleo", "dan", "eve"):
            user = new_test_user(
                cls.env,
                f"approval_{name}",
                groups=group,
                context=quiet,
                tz="Europe/Brussels",
            )
            setattr(cls, name, user)
        rules = cls.env["base.automation"].search([("model_name", "=", "res.partner")])
        rules.active = False
        cls.approvals = cls.env["monitor.approval"]
        cls.exceptions = cls.env["monitor.approval.exception"]
        cls.env.company.resource_calendar_id = cls.make_calendar()
        cls.env["monitor.approval.policy"].search([]).active = False

    def setUp(self):
        super().setUp()
        self.at(MONDAY)

    # Time

    def at(self, moment):
        """Stop the clock at a moment, or so many hours after Monday."""
        if not isinstance(moment, datetime):
            moment = MONDAY + timedelta(hours=moment)
        self.clock = moment
        self.set_clock(moment)

    @classmethod
    def make_calendar(cls, tz="Europe/Brussels", hours=((8, 12), (13, 17))):
        return cls.env["resource.calendar"].create(
            {
                "name": "Mon-Fri",
                "tz": tz,
                "hours_per_day": 8,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "work",
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": end,
                        }
                    )
                    for day in range(5)
                    for begin, end in hours
                ],
            }
        )

    # Policies and documents

    @classmethod
    def make_policy(cls, tiers=None, **values):
        """Make a policy of contacts; ``tiers`` are values, or users of one tier."""
        if tiers is None:
            tiers = [cls.ben]
        lines = []
        for level, tier in enumerate(tiers, 1):
            if not isinstance(tier, dict):
                tier = {"user_ids": [Command.set(tier.ids)]}
            lines.append(Command.create({"name": f"T{level}", "level": level, **tier}))
        return cls.env["monitor.approval.policy"].create(
            {
                "name": "Contacts",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "pending_domain": "[('function', '=', 'waiting')]",
                "approved_domain": "[('function', '=', 'approved')]",
                "rejected_domain": "[('function', '=', 'refused')]",
                "requester_path": "user_id",
                "amount_path": "partner_latitude",
                "material_paths": "ref",
                "window": "none",
                "rubber_seconds": 0,
                "burst_count": 0,
                "tier_ids": lines,
                **values,
            }
        )

    def make_document(self, user=None, **values):
        """Make a document as somebody; one that does not wait yet."""
        documents = self.env["res.partner"].with_user(user or self.ada)
        return documents.create(
            {"name": "Paper", "user_id": (user or self.ada).id, **values}
        )

    def move(self, documents, state, user, **values):
        """Move documents as somebody, and take that in."""
        documents.with_user(user).write({"function": state, **values})
        self.take()

    def take(self):
        """End the transaction as far as it is noted, and take in what was."""
        self.env.cr.flush()
        self.env["monitor.approval.take"]._take(self.clock)
        self.env.invalidate_all()

    def sweep(self, policy=None):
        """Compare the documents with what is known, and take in what differs."""
        self.take()
        policies = policy or self.env["monitor.approval.policy"].search([])
        counts = [one._sweep(self.clock) for one in policies]
        self.take()
        return sum(counts)

    def sql(self, document, **values):
        """Change a document behind everybody's back."""
        self.take()
        for name, value in values.items():
            self.env.cr.execute(
                f"UPDATE res_partner SET {name} = %s WHERE id = ANY(%s)",
                [value, document.ids],
            )
        self.env.invalidate_all()

    def approval_of(self, document):
        """Return the newest round of a document."""
        return self.approvals.search(
            [("model", "=", document._name), ("res_id", "=", document.id)],
            order="round desc",
            limit=1,
        )

    def kinds(self, approval, state="open"):
        """Return the kinds of the open exceptions of an approval."""
        found = approval.exception_ids.filtered(lambda one: one.state == state)
        return sorted(found.mapped("kind"))

    def story(self, approval):
        """Return the kinds of its events, in order."""
        return approval.event_ids.sorted("id").mapped("kind")


class ScenarioCase(ApprovalCase):
    """Due after 8 working hours, reminder after 4, Mon-Fri 8-12 and 13-17 Brussels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy()

    def run_through(self, start, stop, **values):
        """Have a document wait from one moment to another; return its approval."""
        document = self.make_document(**values)
        self.at(start)
        self.move(document, "waiting", self.ada)
        self.at(stop)
        self.move(document, "approved", self.ben)
        return self.approval_of(document)
