from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import flow, slug
from ..tools.scales import STEP_KINDS


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
    kind = fields.Selection(
        selection=STEP_KINDS,
        required=True,
        default="custom",
        help="What has happened when this checkpoint is passed.",
    )
    parallel = fields.Boolean(
        string="Alongside",
        help="Runs alongside the checkpoint before: either may come first, and what "
        "follows waits for both.",
    )
    working_time = fields.Boolean(
        help="The minutes allowed count in the working time of the team, else of the "
        "company. Off: the clock, at night and on weekends too.",
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
                step.parallel,
                step._plan if step.working_time else None,
            )
            for step in self.sorted(lambda s: (s.sequence, s.id))
        ]

    def _plan(self, moment, duration):
        """Return ``moment`` plus ``duration`` of working time, leaves left out.

        Where nobody ever works the clock counts: a deadline too early is noticed, one
        that never comes is not.
        """
        self.ensure_one()
        # sudo: whoever reports a run need not see calendars
        workflow = self.sudo().workflow_id
        company = workflow.company_id or self.env.company.sudo()
        calendar = workflow.team_id.calendar_id or company.resource_calendar_id
        hours = duration / timedelta(hours=1)
        planned = calendar and calendar.plan_hours(hours, moment, compute_leaves=True)
        return planned or moment + duration
