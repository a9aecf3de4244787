from odoo import api, models

from odoo.addons.monitor_core.tools import clock

#: Columns that an event copies from its approval, as they are then.
COPIED = (
    "model",
    "res_id",
    "record_name",
    "round",
    "policy_version",
    "amount",
    "amount_company",
    "rate_date",
    "department",
    "risk",
    "escalation_level",
)


class MonitorApprovalLog(models.AbstractModel):
    """What happens to approvals is noted, and stays."""

    _name = "monitor.approval.log"
    _description = "Monitor Approval: Timeline"

    def _event(self, kind, at, **values):
        """Return the values of an event of this approval.

        :param at: when it happened (naive UTC)
        :param values: ``actor``, ``on_behalf_of``: ids; further columns as they are
        """
        self.ensure_one()
        for name, column in (
            ("actor", "actor_id"),
            ("on_behalf_of", "on_behalf_of_id"),
        ):
            if name in values:
                values[column] = values.pop(name)
        rate = self.amount_company / self.amount if self.amount else 0.0
        return {
            **{name: self[name] for name in COPIED},
            "approval_id": self.id,
            "policy_id": self.policy_id.id,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
            "rate": rate,
            "kind": kind,
            "occurred_at": at,
            **values,
        }

    @api.model
    def _record_events(self, events):
        """Add events (see :meth:`_event`), all in one statement."""
        now = clock.utcnow()
        # sudo: nobody adds events by hand
        return (
            self.env["monitor.approval.event"]
            .sudo()
            .create([{"recorded_at": now, **event} for event in events])
        )
