from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import flow, slug


class MonitorFlowStep(models.Model):
    """A checkpoint that each run of a flow must pass, with the time it may take."""

    _name = "monitor.flow.step"
    _description = "Monitor Flow Step"
    _order = "workflow_id, sequence, id"

    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        help="The name external systems use when they report this checkpoint.",
    )
    deadline_minutes = fields.Integer(
        help="How long a run may take from the checkpoint before (or from its start) "
        "to this one. 0: no limit.",
    )
    optional = fields.Boolean(help="A run may end without passing this checkpoint.")

    _code_uniq = models.Constraint(
        "UNIQUE (workflow_id, code)", "This flow already has a step with that code."
    )
    _deadline_positive = models.Constraint(
        "CHECK (deadline_minutes >= 0)", "A deadline cannot be negative."
    )

    @api.depends("name")
    def _compute_code(self):
        for step in self:
            if not step.code and step.name:
                step.code = slug.slugify(step.name)

    @api.constrains("code")
    def _check_code(self):
        for step in self:
            if not slug.is_valid_code(step.code):
                raise ValidationError(
                    self.env._(
                        "Step code “%s”: use lower-case letters, digits, dots, dashes "
                        "and underscores.",
                        step.code,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        self._check_not_recorded()

    def _check_not_recorded(self):
        """Refuse to delete a step that server actions record; name them."""
        # sudo: a manager of the Monitor may not see all server actions
        actions = (
            self.env["ir.actions.server"]
            .sudo()
            .search([("monitor_step_id", "in", self.ids)])
        )
        if actions:
            raise UserError(
                self.env._(
                    "“%(steps)s” cannot be deleted: server actions record it, "
                    "%(actions)s. Choose another checkpoint in them or delete them "
                    "first, in Settings / Technical / Server Actions.",
                    steps="”, “".join(actions.monitor_step_id.mapped("name")),
                    actions=", ".join(f"“{name}”" for name in actions.mapped("name")),
                )
            )

    def _to_rules(self):
        """Return the steps of ``self``, in order, as plain :class:`flow.Step`."""
        return [
            flow.Step(
                step.code,
                timedelta(minutes=step.deadline_minutes)
                if step.deadline_minutes
                else None,
                step.optional,
            )
            for step in self.sorted(lambda s: (s.sequence, s.id))
        ]
