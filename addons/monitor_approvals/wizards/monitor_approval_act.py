from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

OPERATIONS = [
    ("approve", "Approve"),
    ("reject", "Reject"),
    ("ask", "Ask"),
    ("answer", "Answer"),
    ("reassign", "Reassign"),
    ("delegate", "Delegate"),
    ("cancel", "Take back"),
]
DECISIONS = ("approve", "reject")
SHOWN = 10


class MonitorApprovalAct(models.TransientModel):
    """Shows what is about to be decided, asks for a comment, then does it."""

    _name = "monitor.approval.act"
    _description = "Act on Approvals"

    operation = fields.Selection(selection=OPERATIONS, required=True)
    approval_ids = fields.Many2many(
        comodel_name="monitor.approval",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Who",
        domain=[("share", "=", False)],
    )
    comment = fields.Text()
    count = fields.Integer(compute="_compute_preview")
    total_text = fields.Char(string="In All", compute="_compute_preview")
    notes = fields.Text(string="Mind", compute="_compute_preview")
    blocked = fields.Text(string="Cannot Be Decided by You", compute="_compute_preview")
    blocked_count = fields.Integer(compute="_compute_preview")
    only_possible = fields.Boolean(
        string="Leave these out and decide the others",
    )

    @api.depends("approval_ids", "operation")
    def _compute_preview(self):
        for wizard in self:
            approvals = wizard._approvals()
            blocked = approvals.browse()
            if wizard.operation in DECISIONS:
                blocked = approvals.filtered(lambda one: not one.is_mine)
            possible = approvals - blocked
            wizard.count = len(possible)
            wizard.blocked_count = len(blocked)
            wizard.total_text = wizard._total(possible)
            wizard.notes = wizard._warnings(possible)
            wizard.blocked = wizard._names(blocked)

    def _approvals(self):
        """Return the real records: those of a form that is open are stand-ins."""
        return self.env["monitor.approval"].browse(self.approval_ids.ids)

    def _total(self, approvals):
        """Return the sum, by currency."""
        sums = Counter()
        for approval in approvals:
            sums[approval.currency_id] += approval.amount
        return self.env["monitor.approval"]._sums_text(sums)

    def _warnings(self, approvals):
        """Return a line for each approval that asks for a second look."""
        lines = []
        for approval in approvals:
            # sudo: that there is something to explain, without what
            found = approval.sudo().exception_ids.filtered(
                lambda one: one.state == "open"
            )
            lines += [f"{approval.record_name}: {one.text}" for one in found]
            if approval.risk in ("high", "critical"):
                lines.append(self.env._("%s: high risk", approval.record_name))
        return "\n".join(lines[:SHOWN])

    def _names(self, approvals):
        names = approvals[:SHOWN].mapped("record_name")
        if len(approvals) > SHOWN:
            names.append(self.env._("and %s more", len(approvals) - SHOWN))
        return ", ".join(name or "" for name in names)

    def action_do(self):
        """Do it, as the user; nothing is done where one of them is refused."""
        self.ensure_one()
        approvals, comment = self._approvals(), self.comment or None
        if self.operation in DECISIONS and self.blocked_count:
            if not self.only_possible:
                raise UserError(
                    self.env._(
                        "Some of these do not wait for you: %s. Leave them out, or "
                        "choose others.",
                        self.blocked,
                    )
                )
            approvals = approvals.filtered("is_mine")
        if not approvals:
            raise AccessError(self.env._("Nothing of this waits for you."))
        if self.operation in ("reassign", "delegate"):
            getattr(approvals, self.operation)(self.user_id.id, comment)
        elif self.operation in ("ask", "answer"):
            getattr(approvals, self.operation)(comment or "")
        else:
            getattr(approvals, self.operation)(comment)
        return {"type": "ir.actions.act_window_close"}
