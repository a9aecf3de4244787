from odoo import api, fields, models

from ..tools import texts


class MonitorApprovalExceptionText(models.AbstractModel):
    """An exception in words, in the reader's language."""

    _name = "monitor.approval.exception.text"
    _description = "Monitor Approval Exception: In Words"

    text = fields.Text(string="What Happened", compute="_compute_text")
    evidence_text = fields.Text(compute="_compute_text")
    has_approvals = fields.Boolean(compute="_compute_text")

    @api.depends_context("lang")
    @api.depends("kind", "evidence", "count", "person_ids")
    def _compute_text(self):
        for one in self:
            # sudo: names of colleagues
            names = ", ".join(one.sudo().person_ids.mapped("name"))
            params = {"who": names or self.env._("somebody"), "count": one.count}
            params |= {
                name: texts.plain(value) for name, value in (one.evidence or {}).items()
            }
            sentence = texts.EXCEPTIONS[texts.variant(one.kind, one.evidence or {})]
            # Marked for extraction where it stands (tools/texts.py)
            words = self.env._(sentence)  # pylint: disable=translation-not-lazy
            one.text = texts.filled(words, params)
            lines = (one.evidence or {}).items()
            one.evidence_text = "\n".join(
                f"{name}: {texts.plain(value)}" for name, value in lines
            )
            one.has_approvals = bool(one._approval_ids())

    def _approval_ids(self):
        """Return the ids of the approvals it is about."""
        self.ensure_one()
        return self.approval_id.ids or (self.evidence or {}).get("ids") or []

    def action_open_approvals(self):
        """Open the approvals it is about."""
        ids = self._approval_ids()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "monitor_approvals.monitor_approval_action"
        )
        if len(ids) == 1:
            return {**action, "views": [(False, "form")], "res_id": ids[0]}
        return {**action, "domain": [("id", "in", ids)], "context": {}}
