from odoo import fields, models


class MonitorEscalationLevel(models.Model):
    """A level: after which time, whom, by which channel."""

    _name = "monitor.escalation.level"
    _description = "Monitor Escalation Level"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        comodel_name="monitor.escalation.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    delay_minutes = fields.Integer(
        string="After (min)", default=30, help="From the level before."
    )
    working_time = fields.Boolean(
        default=True, help="Counted in the working time of who is told."
    )
    condition = fields.Selection(
        selection=[
            ("unacknowledged", "Nobody acknowledged"),
            ("unresolved", "Not resolved"),
        ],
        required=True,
        default="unacknowledged",
    )
    min_severity = fields.Selection(
        selection=[
            ("info", "Info"),
            ("warning", "Warning"),
            ("error", "Error"),
            ("critical", "Critical"),
        ],
        default="info",
        required=True,
    )
    target = fields.Selection(
        selection=[
            ("owner", "The owner"),
            ("manager", "The owner's manager"),
            ("leader", "The team's leader"),
            ("oncall", "Who is on call"),
            ("user", "Persons"),
            ("group", "A group"),
            ("channel", "A Discuss channel"),
        ],
        required=True,
        default="owner",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users", domain=[("share", "=", False)]
    )
    group_id = fields.Many2one(comodel_name="res.groups")
    rotation_id = fields.Many2one(comodel_name="monitor.oncall.rotation")
    channel_id = fields.Many2one(comodel_name="discuss.channel")
    by_activity = fields.Boolean(default=True)
    by_inbox = fields.Boolean(default=True)
    by_discuss = fields.Boolean()
    by_sms = fields.Boolean()
    server_action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        ondelete="set null",
        help="Runs on the incident, or on the record where its model is that one's.",
    )
