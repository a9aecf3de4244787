"""What the tests of the business context share."""

from contextlib import contextmanager
from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)


class EnrichmentCase(MonitorCase, TransactionCase):
    """Of partners, the salesperson, the industry and the reference are copied."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forget_rules(cls.env)
        cls.industry = cls.env["res.partner.industry"].create({"name": "Chocolate"})
        cls.rule = cls.make_rule(
            "res.partner",
            approval_owner="user_id",
            customer_tier="industry_id.name",
            sla_category="ref",
        )

    @classmethod
    def make_rule(cls, model, **paths):
        """Make a rule; ``paths`` are ``key=path``."""
        return cls.env["monitor.enrichment"].create(
            {
                "model_id": cls.env["ir.model"]._get_id(model),
                "line_ids": [
                    Command.create({"key": key, "path": path})
                    for key, path in paths.items()
                ],
            }
        )

    @classmethod
    def make_action(cls, code="pass", **values):
        return cls.env["ir.actions.server"].create(
            {
                "name": "Check partner",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": code,
                **values,
            }
        )

    def make_partner(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Ana",
                "ref": "gold",
                "user_id": self.manager.id,
                "industry_id": self.industry.id,
                **values,
            }
        )

    def run_on(self, action, records, **context):
        """Run ``action`` on ``records``."""
        context |= {"active_model": records._name, "active_ids": records.ids}
        if len(records) == 1:
            context["active_id"] = records.id
        action.with_context(**context).run()

    @contextmanager
    def refused(self, message):
        """Expect to be told ``message``; nothing is written then."""
        with (
            self.assertRaisesRegex(ValidationError, message),
            self.env.cr.savepoint(),
        ):
            yield

    def runs_of(self, source):
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.env["monitor.run"].search(
            [("source_ref", "=", f"{source._name},{source.id}")], order="id"
        )

    def copied(self, **values):
        """Return what the context of a run about Ana holds."""
        return {
            "approval_owner": self.manager.partner_id.complete_name,
            "approval_owner_id": self.manager.id,
            "customer_tier": "Chocolate",
            "sla_category": "gold",
            **values,
        }
